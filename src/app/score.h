// How much of what was planted was found, and how much of what was found was planted: precision and recall per stage.
// Every miss is counted under its cause, as the truth gives it, and the first of them are listed to be looked at.
#pragma once

#include <string>

#include "app/house.h"
#include "base/json.h"

namespace crossguard {

// {"truth": {...}, "lines": [{"stage", "counts", "planted", "found", "right", "precision", "recall",
//   "missed_by_cause": {cause: count}, "missed": [...], "wrong": [...]}]}.
// Pairs are counted for clusters and subjects: two files in one cluster, two accounts of one subject; their causes
// count members that stand apart from the greatest part of their group. Memory: the truth's sets, some 300 bytes a
// planted thing. kInvalid: not a truth of format crossguard-truth/1.
Result<nlohmann::json> Score(House& house, const std::string& truth_path);

}  // namespace crossguard
