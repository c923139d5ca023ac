// Rows of the composition: operations, steps of a run, the balance. Plain functions over the register.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_text.h"
#include "model/ids.h"
#include "register/sql.h"

namespace crossguard {

struct OperationRow {
  Key<Operation> key;
  Id<Operation> id;
};
// Key 0 if there is none of that name.
Result<OperationRow> FindOperation(Database& database, std::string_view name);
Result<Key<Operation>> AddOperation(Transaction& transaction, const Id<Operation>& id, std::string_view name,
                                    Instant at);

// A step that is done for the same input is not done again.
Result<bool> StepDone(Database& database, Key<Operation> operation, std::string_view name,
                      std::string_view input_digest);
Status MarkStep(Transaction& transaction, Key<Operation> operation, std::string_view name,
                std::string_view input_digest, Instant at);

// What the derived steps (match, cross-check, triage, packages) depend on, as text: counts and versions of their
// inputs.
Result<std::string> DerivedInput(Database& database);

Result<bool> HoldsEvidence(Database& database);  // any blob row: keys must not be made anew

// The public id of every package of the operation in one of these states, in the order they were composed.
// May the account be a minor's, or does triage ask for a second officer?
Result<bool> WaitsForSecondOfficer(Database& db, std::string_view account_id);
Result<std::vector<std::string>> PackagesInState(Database& database, Key<Operation> operation, std::string_view state);
Result<std::string> OperationOfPackage(Database& database, std::string_view package_id);  // its name; kNotFound

// Where each package lies that should lie somewhere: for the balance, which is taken over everything.
struct PackageFolderRow {
  std::string id;
  std::string state;
  std::string folder;  // below the data directory; "" before it is sealed
};
Result<std::vector<PackageFolderRow>> PackageFolders(Database& database);

struct BalanceLine {
  std::string name;                                     // "reports", "accounts", "files", ...
  std::string noun;                                     // what is counted, for people
  int64_t in_count = 0;                                 // what came in, as counted when it came
  int64_t out_count = 0;                                // the sum over the named states in which it rests now
  std::vector<std::pair<std::string, int64_t>> states;  // each state and its count
  bool holds() const { return in_count == out_count; }
};
// Over the whole data directory.
Result<std::vector<BalanceLine>> ComputeBalance(Database& database);
Status StoreBalance(Transaction& transaction, const std::vector<BalanceLine>& lines);

}  // namespace crossguard
