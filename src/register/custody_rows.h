// Custody's rows: the ledger's leaves, what they commit to, and the approvals that wait.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "register/sql.h"

namespace crossguard {

struct LeafRow {
  int64_t index = 0;
  std::string entry;  // canonical JSON, exactly the hashed bytes
  Sha256 leaf_hash;
  Instant at;
  std::string act;
  std::string object_id;
};

// One past the highest index.
Result<int64_t> LeafCount(Database& database);
Status InsertLeaf(Database& database, const LeafRow& row);
Result<std::optional<LeafRow>> FindLeaf(Database& database, int64_t index);
// Leaves from <= index < until, in order. Says nothing of gaps: the caller counts.
Status EachLeaf(Database& database, int64_t from, int64_t until, const std::function<Status(const LeafRow&)>& on_leaf);
// All leaves of one object, in order: its chain of custody.
Status EachLeafOf(Database& database, std::string_view object_id, const std::function<Status(const LeafRow&)>& on_leaf);

struct PrivateRow {
  int64_t leaf_index = 0;
  std::string field;
  std::optional<Bytes> salt;  // nullopt: erased
  std::optional<std::string> value;
};
Status InsertPrivate(Database& database, const PrivateRow& row);
Status EachPrivate(Database& database, int64_t leaf_index, const std::function<Status(const PrivateRow&)>& on_row);
// How many were erased.
Result<int64_t> ErasePrivate(Database& database, int64_t leaf_index, std::string_view field);

struct ApprovalRow {
  std::string act;
  std::string object_id;
  std::string officer;
  Sha256 details_sha256;
  Instant at;
  int64_t leaf_index = 0;
};
Status PutApproval(Database& database, const ApprovalRow& row);  // replaces this officer's earlier one
Result<std::vector<ApprovalRow>> ApprovalsOf(Database& database, std::string_view act, std::string_view object_id);
Status RemoveApprovals(Database& database, std::string_view act, std::string_view object_id);

}  // namespace crossguard
