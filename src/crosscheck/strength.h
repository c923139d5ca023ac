// How strongly one selector ties the accounts that share it. Pure: no register, no order of rows. resolve.h uses it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_text.h"
#include "crosscheck/rules.h"

namespace crossguard::crosscheck {

// One sighting. `account` is any number that names an account; only equality and order are used.
struct Seen {
  uint32_t account = 0;
  bool declared = false;      // the provider states it as the account's own; else found in free text
  std::optional<Instant> at;  // only if its zone is known
  std::optional<int64_t> port;
  bool proxy = false;
};

struct Strength {
  int64_t sharer_count = 0;
  std::vector<std::vector<uint32_t>>
      groups;          // accounts joined into one, each sorted, two or more; empty: the link is weak
  std::string reason;  // one sentence without the value
};

// The sightings of one selector, in any order; they are sorted in place.
Strength Weigh(std::string_view type, std::string_view value, std::span<Seen> seen, const CrossCheckRules& rules);

}  // namespace crossguard::crosscheck
