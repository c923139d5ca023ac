#include "outcome/suppress.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>

namespace crossguard::outcome {
namespace {

using Rule = std::function<Published(std::span<const Cell>, int64_t)>;

std::string TextOf(const std::optional<int64_t>& value) {
  return value ? std::to_string(*value) : "-";
}
// All that the public sees.
std::string TextOf(const Published& published) {
  std::string out = TextOf(published.total) + "/" + TextOf(published.eu);
  for (const auto& cell : published.cells) out += " " + TextOf(cell);
  return out;
}

// The strongest attacker there can be on a small table: knows the rule, has tried every table, and asks which of them
// would have been published as this one was. Returns how many cells of how many publications he is certain of.
int64_t CertainCells(const Rule& rule, size_t eu_count, size_t rest_count, int64_t threshold, int64_t value_max) {
  const size_t n = eu_count + rest_count;
  std::vector<Cell> cells(n);
  for (size_t i = 0; i < n; ++i) cells[i].eu = i < eu_count;
  std::map<std::string, std::vector<std::set<int64_t>>> worlds;  // publication -> possible values of each cell
  std::map<std::string, Published> seen;
  for (;;) {
    const Published published = rule(cells, threshold);
    const std::string text = TextOf(published);
    auto& possible = worlds[text];
    possible.resize(n);
    for (size_t i = 0; i < n; ++i) possible[i].insert(cells[i].count);
    seen.emplace(text, published);
    size_t at = 0;
    while (at < n && ++cells[at].count > value_max) cells[at++].count = 0;
    if (at == n) break;
  }
  int64_t certain = 0;
  for (const auto& [text, possible] : worlds) {
    for (size_t i = 0; i < n; ++i) certain += !seen.at(text).cells[i] && possible[i].size() < 2 ? 1 : 0;
  }
  return certain;
}

TEST(Suppress, NoHiddenCellCanBeFoundBySubtractionByWhoeverKnowsTheRuleAndHasTriedEveryTable) {
  for (const int64_t threshold : {3, 4, 5}) {
    for (const auto& [eu, rest] :
         {std::pair<size_t, size_t>(2, 2), {3, 2}, {2, 3}, {1, 3}, {3, 1}, {0, 4}, {4, 0}, {1, 1}, {2, 0}})
      EXPECT_EQ(CertainCells(Publish, eu, rest, threshold, threshold + 2), 0)
          << eu << "+" << rest << " at " << threshold;
  }
}

TEST(Suppress, TheJudgeFindsWhatHidingSmallCellsAloneGivesAway) {
  const Rule plain = [](std::span<const Cell> cells, int64_t threshold) {
    Published out{.total = 0, .eu = 0, .cells = {}};
    for (const Cell& cell : cells) {
      *out.total += cell.count;
      *out.eu += cell.eu ? cell.count : 0;
      out.cells.push_back(cell.count > 0 && cell.count < threshold ? std::nullopt : std::optional(cell.count));
    }
    return out;
  };
  EXPECT_GT(CertainCells(plain, 2, 2, 5, 7), 100);
  // Two hidden cells are not enough where both must be 1.
  const Rule two = [](std::span<const Cell> cells, int64_t threshold) {
    Published out = Publish(cells, threshold);
    int64_t small = 0;
    for (const Cell& cell : cells) small += cell.count > 0 && cell.count < threshold ? 1 : 0;
    if (small < 2) return out;
    out.total = out.eu = 0;
    for (size_t i = 0; i < cells.size(); ++i) {
      *out.total += cells[i].count;
      *out.eu += cells[i].eu ? cells[i].count : 0;
      out.cells[i] = cells[i].count > 0 && cells[i].count < threshold ? std::nullopt : std::optional(cells[i].count);
    }
    return out;
  };
  EXPECT_GT(CertainCells(two, 2, 2, 5, 7), 0);
  // Nor is choosing by name instead of by value, where two are equal.
  const Rule by_name = [](std::span<const Cell> cells, int64_t threshold) {
    Published out = Publish(cells, threshold);
    if (!out.total) return out;
    std::optional<size_t> small;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].count > 0 && cells[i].count < threshold) {
        if (small) return out;
        small = i;
      }
    }
    if (!small) return out;
    std::optional<size_t> other;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].count >= threshold && (!other || cells[i].count < cells[*other].count)) other = i;
    }
    if (!other) return out;
    for (size_t i = 0; i < cells.size(); ++i)
      out.cells[i] = i == *small || i == *other ? std::nullopt : std::optional(cells[i].count);
    return out;
  };
  EXPECT_GT(CertainCells(by_name, 4, 0, 3, 5), 0);
}

TEST(Suppress, WhatIsShownIsTrueAndSmallCellsNeverAre) {
  const std::vector<Cell> cells{{true, 37},  {true, 3},  {true, 12}, {true, 0},
                                {false, 46}, {false, 9}, {false, 4}, {false, 2}};
  const Published published = Publish(cells, 5);
  EXPECT_EQ(TextOf(published), "113/52 37 - - 0 46 9 - -");
  EXPECT_EQ(TextOf(Publish(cells, 3)), "113/52 37 3 12 0 46 9 - -");  // a lower bar shows more, and 2 still needs cover
}

TEST(Suppress, AnOperationOfOneSmallCountryHidesWhichItIs) {
  EXPECT_EQ(TextOf(Publish(std::vector<Cell>{{true, 3}, {true, 0}, {false, 0}, {false, 0}}, 5)), "3/3 - - 0 0");
  EXPECT_EQ(TextOf(Publish(std::vector<Cell>{{true, 2}, {true, 2}, {false, 9}, {false, 9}}, 5)), "-/- - - - -");
}

TEST(Suppress, PartsOfACountryAreShownWholeOrNotAtAllAndNoneIsCertain) {
  for (const int64_t threshold : {3, 4, 5}) {
    for (const size_t n : {2U, 3U, 4U}) {
      std::vector<int64_t> parts(n, 0);
      std::map<int64_t, std::vector<std::set<int64_t>>> withheld;  // by the sum, which is known
      for (;;) {
        int64_t sum = 0;
        for (const int64_t part : parts) sum += part;
        if (sum >= threshold && !PartsMayBeShown(parts, threshold)) {
          auto& possible = withheld[sum];
          possible.resize(n);
          for (size_t i = 0; i < n; ++i) possible[i].insert(parts[i]);
        }
        size_t at = 0;
        while (at < n && ++parts[at] > 2 * threshold) parts[at++] = 0;
        if (at == n) break;
      }
      EXPECT_FALSE(withheld.empty());
      for (const auto& [sum, possible] : withheld) {
        if (sum > threshold * 2) continue;  // beyond it tables were cut off
        for (const auto& values : possible) EXPECT_GE(values.size(), 2U) << sum << " in " << n;
      }
    }
  }
}

}  // namespace
}  // namespace crossguard::outcome
