// How much of what was planted was found, and how much of what was found was planted: precision and recall per stage,
// with the misses listed so that each can be looked at.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/house.h"

namespace crossguard {

// {"truth": {...}, "lines": [{"stage", "counts", "planted", "found", "right", "precision", "recall", "missed": [...],
// "wrong": [...]}]}. Pairs are counted for clusters and subjects: two files in one cluster, two accounts of one
// subject. Memory: the truth's sets, some 200 bytes a planted thing. kInvalid: not a truth of format
// crossguard-truth/1.
Result<nlohmann::json> Score(House& house, const std::string& truth_path);

}  // namespace crossguard
