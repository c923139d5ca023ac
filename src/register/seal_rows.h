// Statements of intake/seal: submission and exhibit_item.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "model/ids.h"
#include "register/sql.h"

namespace crossguard::rows {

struct SubmissionRow {
  Key<Submission> key;
  Id<Submission> id;
  Key<Operation> operation;
  std::string state;  // sealing | sealed | read
  std::optional<Sha256> manifest_sha256;
  std::string receipt;
};
struct ItemCounts {
  int64_t item = 0;
  int64_t sealed = 0;
  int64_t unreadable = 0;
  int64_t not_regular = 0;
  int64_t sealed_bytes = 0;
};
struct ItemRow {
  Key<ExhibitItem> key;
  std::string path;
  uint64_t size_bytes = 0;
  std::optional<Sha256> sha256;
  std::string state;  // sealed | unreadable | not_regular
  std::string reason;
  std::string role;
};

Result<std::string> OperationId(Database& db, Key<Operation> operation);  // kNotFound
Result<bool> OperationHasSealed(Database& db, Key<Operation> operation);
Result<std::optional<SubmissionRow>> SubmissionByKey(Database& db, Key<Submission> key);
Result<std::optional<SubmissionRow>> SubmissionInSealing(Database& db, Key<Operation> operation,
                                                         std::string_view source_path);
Result<std::optional<SubmissionRow>> SubmissionByManifest(Database& db, Key<Operation> operation,
                                                          const Sha256& manifest);
Result<Key<Submission>> InsertSubmission(Database& db, const Id<Submission>& id, Key<Operation> operation,
                                         std::string_view source_path, Instant at);
Status FinishSubmission(Database& db, Key<Submission> key, const Id<Submission>& id, const Sha256& manifest,
                        const ItemCounts& counts, Instant at, std::string_view receipt);
Status SetSubmissionState(Database& db, Key<Submission> key, std::string_view state);
// The provisional rows of a sealing that turned out to be a repetition.
Status DropSubmission(Database& db, Key<Submission> key);

Result<std::optional<ItemRow>> ItemByPath(Database& db, Key<Submission> submission, std::string_view path);
Status PutItem(Database& db, Key<Submission> submission,
               const ItemRow& item);  // by (submission, path); replaces state, size, digest
Status EachItem(Database& db, Key<Submission> submission,
                const std::function<Status(const ItemRow&)>& on_item);  // in byte order of the paths
Result<ItemCounts> CountItems(Database& db, Key<Submission> submission);

}  // namespace crossguard::rows
