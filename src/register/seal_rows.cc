#include "register/seal_rows.h"

#include "register/row_readers.h"

namespace crossguard::rows {
namespace {

constexpr std::string_view kSubmissionColumns =
    "SELECT submission_key, id, operation_key, state, manifest_sha256, receipt FROM submission ";

template <class... Values>
Result<std::optional<SubmissionRow>> OneSubmission(Database& db, std::string_view where, const Values&... values) {
  std::optional<SubmissionRow> out;
  TRY(db.Each(
      std::string(kSubmissionColumns) + std::string(where),
      [&](const SqlRow& row) -> Status {
        out = SubmissionRow{.key = row.KeyOf<Submission>(0),
                            .id = row.IdOf<Submission>(1),
                            .operation = row.KeyOf<Operation>(2),
                            .state = row.Text(3),
                            .manifest_sha256 = row.Digest<Sha256>(4),
                            .receipt = row.Text(5)};
        return {};
      },
      values...));
  return out;
}

}  // namespace

Result<std::string> OperationId(Database& db, Key<Operation> operation) {
  const auto id = TRY(db.TextOf("SELECT id FROM operation WHERE operation_key = ?1", operation));
  if (!id) return Fail(Code::kNotFound, "The operation does not exist; open it first.");
  return *id;
}

Result<bool> OperationHasSealed(Database& db, Key<Operation> operation) {
  return TRY(db.Number("SELECT count(*) FROM submission WHERE operation_key = ?1 AND state <> 'sealing'", operation))
             .value_or(0) > 0;
}

Result<std::optional<SubmissionRow>> SubmissionByKey(Database& db, Key<Submission> key) {
  return OneSubmission(db, "WHERE submission_key = ?1", key);
}

Result<std::optional<SubmissionRow>> SubmissionInSealing(Database& db, Key<Operation> operation,
                                                         std::string_view source_path) {
  return OneSubmission(db, "WHERE operation_key = ?1 AND source_path = ?2 AND state = 'sealing'", operation,
                       source_path);
}

Result<std::optional<SubmissionRow>> SubmissionByManifest(Database& db, Key<Operation> operation,
                                                          const Sha256& manifest) {
  return OneSubmission(db, "WHERE operation_key = ?1 AND manifest_sha256 = ?2", operation, manifest);
}

Result<Key<Submission>> InsertSubmission(Database& db, const Id<Submission>& id, Key<Operation> operation,
                                         std::string_view source_path, Instant at) {
  TRY(db.Run(
      "INSERT INTO submission (id, operation_key, state, source_path, begun_at) VALUES (?1, ?2, 'sealing', ?3, ?4)", id,
      operation, source_path, at));
  return Key<Submission>{db.last_insert_key()};
}

Status FinishSubmission(Database& db, Key<Submission> key, const Id<Submission>& id, const Sha256& manifest,
                        const ItemCounts& counts, Instant at, std::string_view receipt) {
  return db.Run(
      "UPDATE submission SET id = ?2, state = 'sealed', manifest_sha256 = ?3, item_count = ?4, byte_count = ?5, "
      "sealed_at = ?6, receipt = ?7 WHERE submission_key = ?1",
      key, id, manifest, counts.item, counts.sealed_bytes, at, receipt);
}

Status SetSubmissionState(Database& db, Key<Submission> key, std::string_view state) {
  return db.Run("UPDATE submission SET state = ?2 WHERE submission_key = ?1", key, state);
}

Status DropSubmission(Database& db, Key<Submission> key) {
  TRY(db.Run("DELETE FROM exhibit_item WHERE submission_key = ?1", key));
  return db.Run("DELETE FROM submission WHERE submission_key = ?1", key);
}

Result<std::optional<ItemRow>> ItemByPath(Database& db, Key<Submission> submission, std::string_view path) {
  std::optional<ItemRow> out;
  TRY(db.Each(
      "SELECT item_key, path, size_bytes, sha256, state, reason, role FROM exhibit_item WHERE submission_key = ?1 AND "
      "path = ?2",
      [&](const SqlRow& row) -> Status {
        out = ItemOf(row);
        return {};
      },
      submission, path));
  return out;
}

Status PutItem(Database& db, Key<Submission> submission, const ItemRow& item) {
  const std::optional<std::string> reason = item.reason.empty() ? std::nullopt : std::optional(item.reason);
  return db.Run(
      "INSERT INTO exhibit_item (submission_key, path, size_bytes, sha256, state, reason) VALUES (?1, ?2, ?3, ?4, ?5, "
      "?6) "
      "ON CONFLICT (submission_key, path) DO UPDATE SET size_bytes = excluded.size_bytes, sha256 = excluded.sha256, "
      "state = excluded.state, reason = excluded.reason",
      submission, item.path, item.size_bytes, item.sha256, item.state, reason);
}

Status EachItem(Database& db, Key<Submission> submission, const std::function<Status(const ItemRow&)>& on_item) {
  return db.Each(
      "SELECT item_key, path, size_bytes, sha256, state, reason, role FROM exhibit_item WHERE submission_key = ?1 "
      "ORDER BY path",
      [&](const SqlRow& row) { return on_item(ItemOf(row)); }, submission);
}

Result<ItemCounts> CountItems(Database& db, Key<Submission> submission) {
  ItemCounts out;
  TRY(db.Each(
      "SELECT state, count(*), sum(size_bytes) FROM exhibit_item WHERE submission_key = ?1 GROUP BY state",
      [&](const SqlRow& row) -> Status {
        const std::string_view state = row.TextView(0);
        out.item += row.Int(1);
        if (state == "sealed") {
          out.sealed = row.Int(1);
          out.sealed_bytes = row.Int(2);
        } else if (state == "unreadable") {
          out.unreadable = row.Int(1);
        } else {
          out.not_regular = row.Int(1);
        }
        return {};
      },
      submission));
  return out;
}

}  // namespace crossguard::rows
