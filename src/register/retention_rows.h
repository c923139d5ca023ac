// What the clocks look at, what was decided, and what is known of erasures: rows only. The SQL of app/retention_desk,
// app/erase_notice and app/mail_retention.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "register/sql.h"

namespace crossguard::retention_rows {

// --- What the clocks look at ----------------------------------------------------------------------------------------

struct Preserved {
  Key<Report> report;
  std::string id, provider, provider_report_id;
  Instant received;            // by the report, else when its submission was sealed
  std::optional<bool> stored;  // nullopt: not asked; else: confirmed?
  std::optional<Instant> until, asked_at;
  std::string reference;
};
// Each report that was taken; id "": all.
Status EachPreserved(Database& db, std::string_view id, const std::function<Status(const Preserved&)>& on_row);
Status AskPreservation(Transaction& transaction, Key<Report> report, Instant until, Instant at);
// kNotFound unless it was asked.
Status ConfirmPreservation(Transaction& transaction, Key<Report> report, Instant until, std::string_view reference,
                           Instant at);

struct Held {
  std::string kind;  // account | contribution
  std::string id;
  std::string category;  // of an account
  Instant began;         // when the first of it came in
  std::optional<Instant> keep_until;
};
// Accounts that a report names, and contributions; not what was erased.
Status EachHeld(Database& db, const std::function<Status(const Held&)>& on_row);
struct Keep {
  std::string kind, object_id, officer;
  Instant keep_until, decided_at;
  int64_t leaf_index = 0;
};
Status PutKeep(Transaction& transaction, const Keep& keep);

struct Banded {
  std::string account_id, band;
  Instant due_at;
};
// Accounts that triage looked at and that have not left in a package.
Status EachBanded(Database& db, const std::function<Status(const Banded&)>& on_row);

struct Asked {
  std::string message_id, recipient, kind, urgency;
  Instant created_at;
  std::optional<Instant> due_at;
};
// Messages of this house that want an answer and have none.
Status EachUnanswered(Database& db, const std::function<Status(const Asked&)>& on_row);

// --- Erasures -------------------------------------------------------------------------------------------------------

struct Erased {
  Key<Erasure> key;
  std::string id, kind, object_id, why, asked_by, officer, counts, state;
  Instant at;
  Sha256 commitment;
};
Result<Key<Erasure>> InsertErasure(Transaction& transaction, const Erased& erasure);
Status SetErasure(Transaction& transaction, Key<Erasure> key, std::string_view state, std::string_view counts);
Status SetErasureState(Database& db, Key<Erasure> key, std::string_view state);
Status EachErasure(Database& db, const std::function<Status(const Erased&)>& on_row);
Result<std::optional<Erased>> FindErasure(Database& db, std::string_view id);
Result<std::optional<Erased>> FindErasure(Database& db, Key<Erasure> key);
Status AddOpen(Transaction& transaction, Key<Erasure> key, std::string_view object, std::string_view reason,
               Instant at);
struct Open {
  std::string erasure_id, object, reason;
  Instant at;
};
Status EachOpen(Database& db, const std::function<Status(const Open&)>& on_row);
Result<int64_t> OpenCount(Database& db, Key<Erasure> key);
Status CloseOpen(Transaction& transaction, Key<Erasure> key, Instant at);
Status AddLine(Transaction& transaction, Key<Erasure> key, std::string_view line, int64_t count);
// How many a line of the balance counts as erased.
Result<int64_t> ErasedInLine(Database& db, std::string_view line);
struct Document {
  int64_t item_key = 0;
  std::string outcome;  // masked | destroyed
  int64_t record_count = 0, value_count = 0;
  Sha256 original_commitment;
};
Status AddDocument(Transaction& transaction, Key<Erasure> key, const Document& document);
Result<bool> PackageIsErased(Database& db, std::string_view package_id);

// Files and folders below the data directory that go after the commit.
Status AddFile(Transaction& transaction, std::string_view path);
Result<std::vector<std::string>> FilesToRemove(Database& db);
Status ForgetFile(Database& db, std::string_view path);

struct Notice {
  Key<Erasure> erasure;
  std::string erasure_id, recipient, message_id, state, reason;
  std::string message_state;  // of the outbox: waiting, taken, refused ...
  Instant asked_at, due_at;
  std::optional<Instant> answered_at;
  int64_t chased_count = 0;
};
Status PutNotice(Transaction& transaction, const Notice& notice);
Status EachNotice(Database& db, const std::function<Status(const Notice&)>& on_row);
// What a recipient said; kNotFound if it was not asked. False: it said the same, or "done", before.
Result<bool> AnswerNotice(Transaction& transaction, std::string_view erasure_id, std::string_view recipient,
                          std::string_view state, std::string_view reason, Instant at);
Status ChaseNotice(Transaction& transaction, const Notice& notice, Instant due_at);
Result<std::optional<std::string>> SentBody(Database& db, std::string_view message_id);
// Recipients that have not proved it yet.
Result<int64_t> UnprovedCount(Database& db, Key<Erasure> key);

struct Order {
  int64_t key = 0;
  std::string sender, erasure_id, message_id, body, state, said;
  Instant received_at, due_at;
  Key<Erasure> erasure;
};
// False: it stood there before.
Result<bool> PutOrder(Transaction& transaction, const Order& order);
Status EachOrder(Database& db, const std::function<Status(const Order&)>& on_row);
Status SetOrder(Database& db, const Order& order);  // state, said, body, erasure

// --- The file itself ------------------------------------------------------------------------------------------------

// Outside of a transaction. All of the write-ahead log goes into the register's file, and the log is cut to nothing.
// kUnavailable while somebody else reads.
Status CutWriteAheadLog(Database& db);
// Outside of a transaction. Writes the register's file anew, without the free room in and between its pages.
Status Rewrite(Database& db);

}  // namespace crossguard::retention_rows
