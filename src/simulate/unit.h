// One piece of an operation, made by one thread: a block with its documents and files, or some of the popular pictures
// for the lists.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "env/files.h"
#include "simulate/holdings.h"
#include "simulate/shapes.h"

namespace crossguard::simulate {

constexpr uint64_t kPopularPerUnit = 64;

// What has an order over the whole operation and is appended by one hand.
struct UnitParts {
  CsvRows csv;
  ListRows lists;
  HoldingItems holdings;
  TruthParts truth;
  TruthCounts counts;
  std::vector<std::pair<uint64_t, Sha256>> popular;  // contents by popular scene: their clusters span units
  std::map<uint64_t, FootageMembers> footage;        // of popular footages
  std::vector<bool> countries;                       // of Countries(): whether an adult account is there
};

int64_t UnitCount(const OperationPlan& plan);
// Writes the unit's own files below `folder`.
Result<UnitParts> MakeUnit(Files& files, const OperationPlan& plan, int64_t number, ContentMaker& maker,
                           const std::string& folder);

}  // namespace crossguard::simulate
