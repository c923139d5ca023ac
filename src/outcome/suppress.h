// Small numbers are not published, and cannot be found by subtraction from the totals that are.
//
// A table of one metric: a cell for each country of the authority book, the total of the EU's countries, and the total.
// The rule (docs/decisions/small_numbers.md has the proof):
// 1. The countries of the EU are one group and the others another, as each total is known; with fewer than two
//    countries in either, all are one group.
// 2. In a group, every cell from 1 to threshold-1 is hidden. If hidden cells are all equal (one alone, too), all cells
//    of the smallest value that is still shown are hidden too, then the empty ones. If there is nothing left to hide,
//    the whole table is withheld, totals too.
// 3. The part of each authority within a country that is shown is shown whole or, if a part is from 1 to threshold-1,
//    not at all.
// Which cells are hidden depends on values only, never on names: so whoever knows the rule and all that is published
// can swap the values of any two hidden cells of a group, and since they are not all equal, none of them is certain.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace crossguard::outcome {

constexpr int64_t kThresholdMin = 3;  // below it a hidden cell could only be 1

// One group whose sum is known: which cells are hidden; nullopt if it cannot be protected.
std::optional<std::vector<bool>> HiddenOf(std::span<const int64_t> cells, int64_t threshold);

struct Cell {
  bool eu = false;
  int64_t count = 0;
};
struct Published {
  std::optional<int64_t> total, eu;           // absent: withheld
  std::vector<std::optional<int64_t>> cells;  // in the order given
};
Published Publish(std::span<const Cell> cells, int64_t threshold);

// Within a cell that is shown: may its parts be shown?
bool PartsMayBeShown(std::span<const int64_t> parts, int64_t threshold);

}  // namespace crossguard::outcome
