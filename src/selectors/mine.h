// Finds identifiers that hide in free text: e-mail, phone, IP with port and a nearby time, profile URLs, user names,
// IBAN.
//
// Prefers to miss over to invent: version numbers, dates, clock times, long runs of digits and file names are not
// identifiers. Time is linear in the text; at most kMineTextMax bytes are looked at and kMineHitsMax found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_text.h"
#include "selectors/normalise.h"

namespace crossguard {

constexpr size_t kMineTextMax = 1U << 20U;
constexpr size_t kMineHitsMax = 10'000;

struct MinedSelector {
  SelectorType type{};
  std::string value;              // normalised
  std::string raw;                // as it stands in the text
  size_t offset_bytes = 0;        // where `raw` begins
  std::optional<uint16_t> port;   // ip
  std::optional<WrittenTime> at;  // ip: the nearest time in the same line
  std::string at_text;
};

struct Mined {
  std::vector<MinedSelector> found;  // in the order of the text; the same value twice is two finds
  bool cut = false;                  // a limit was reached: the rest of the text was not looked at
};

// hint.service: whose user names these are, when the text names none itself ("<service> user name: ..."). Without any,
// names are not mined. Invalid UTF-8 is skipped byte by byte. Pure.
Mined Mine(std::string_view text, const SelectorHint& hint = {});

}  // namespace crossguard
