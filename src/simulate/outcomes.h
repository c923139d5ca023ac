// What authorities report to have come of the operation: outcomes/<authority>.json, and the figures that an honest
// picture must show. Planted with traps, so that a plain sum is wrong: one child reported by two agencies, one case
// through two channels, corrections, withdrawals, a contradiction, reports of a later day, other countries.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "model/outcome.h"
#include "simulate/plan.h"

namespace crossguard::simulate {

constexpr std::string_view kPictureAsOf = "2022-03-02";

struct PlantedOutcomes {
  std::map<std::string, OutcomeBatch> files;  // by authority
  nlohmann::ordered_json truth;               // the part "picture" of truth.json
};
// press_release: the numbers of the announcement (836, 46, 104, 146), whatever the size; else in proportion to it.
PlantedOutcomes PlantOutcomes(const OperationPlan& plan, bool press_release);

}  // namespace crossguard::simulate
