// config/outcome.toml, read strictly: an unknown key or word is refused with its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/outcome.h"

namespace crossguard::outcome {

struct PressLine {
  OutcomeKind metric = OutcomeKind::kCaseOpened;
  std::string scope;  // global | eu | two capital letters
  std::string text;   // with "{n}"
  std::optional<int64_t> more_than;
};
struct OutcomeRules {
  int64_t small_number = 5;
  int64_t answer_days = 7;
  int64_t calibration_accounts_min = 20;
  std::vector<PressLine> press;
};
Result<OutcomeRules> ReadOutcomeRules(std::string_view toml_text);

bool IsScope(std::string_view text);

}  // namespace crossguard::outcome
