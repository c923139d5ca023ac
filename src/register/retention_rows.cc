#include "register/retention_rows.h"

namespace crossguard::retention_rows {
namespace {

Erased ErasedOf(const SqlRow& row) {
  return {.key = row.KeyOf<Erasure>(0),
          .id = row.Text(1),
          .kind = row.Text(2),
          .object_id = row.Text(3),
          .why = row.Text(4),
          .asked_by = row.Text(5),
          .officer = row.Text(6),
          .counts = row.Text(7),
          .state = row.Text(8),
          .at = row.Time(9),
          .commitment = row.Digest<Sha256>(10).value_or(Sha256{})};
}
constexpr std::string_view kErasedColumns =
    "SELECT erasure_key, id, kind, object_id, why, asked_by, officer, counts, state, at, commitment FROM erasure ";

// The exchange keeps what arrived in a table that is its own; a register without it has no answers.
Result<bool> HasInbox(Database& db) {
  return TRY(db.Number("SELECT count(*) FROM pragma_table_info('inbox') WHERE name='in_reply_to'")).value_or(0) > 0;
}

}  // namespace

Status EachPreserved(Database& db, std::string_view id, const std::function<Status(const Preserved&)>& on_row) {
  return db.Each(
      "SELECT r.report_key, r.id, r.provider, r.provider_report_id, coalesce(r.received_at, s.sealed_at, s.begun_at), "
      "p.state, p.until_at, p.asked_at, coalesce(p.reference,'') FROM report r JOIN submission s USING "
      "(submission_key) LEFT JOIN preservation p USING (report_key) WHERE r.state='taken' AND (?1='' OR r.id=?1) "
      "ORDER BY r.id",
      [&](const SqlRow& row) -> Status {
        Preserved out{.report = row.KeyOf<Report>(0),
                      .id = row.Text(1),
                      .provider = row.Text(2),
                      .provider_report_id = row.Text(3),
                      .received = row.Time(4),
                      .until = row.OptionalTime(6),
                      .asked_at = row.OptionalTime(7),
                      .reference = row.Text(8)};
        if (!row.IsNull(5)) out.stored = row.TextView(5) == "confirmed";
        return on_row(out);
      },
      id);
}

Status AskPreservation(Transaction& transaction, Key<Report> report, Instant until, Instant at) {
  return transaction.db().Run(
      "INSERT INTO preservation (report_key, state, asked_at, until_at) VALUES (?1,'asked',?2,?3) "
      "ON CONFLICT (report_key) DO UPDATE SET state='asked', asked_at=?2, until_at=?3",
      report, at, until);
}

Status ConfirmPreservation(Transaction& transaction, Key<Report> report, Instant until, std::string_view reference,
                           Instant at) {
  TRY(transaction.db().Run(
      "UPDATE preservation SET state='confirmed', until_at=?2, reference=?3, confirmed_at=?4 WHERE report_key=?1",
      report, until, reference, at));
  if (transaction.db().changes() == 0)
    return Fail(Code::kNotFound, "The provider was not asked to keep this report; ask first (`preservation ask`).");
  return {};
}

Status EachHeld(Database& db, const std::function<Status(const Held&)>& on_row) {
  const auto take = [&](const SqlRow& row) -> Status {
    return on_row({.kind = row.Text(0),
                   .id = row.Text(1),
                   .category = row.Text(2),
                   .began = row.Time(3),
                   .keep_until = row.OptionalTime(4)});
  };
  TRY(
      db.Each("SELECT 'account', a.id, a.category, min(coalesce(s.sealed_at, s.begun_at)), k.keep_until FROM account a "
              "JOIN account_mention m USING (account_key) JOIN report r USING (report_key) JOIN submission s ON "
              "s.submission_key = r.submission_key LEFT JOIN retention_keep k ON k.kind='account' AND k.object_id=a.id "
              "GROUP BY a.account_key ORDER BY a.id",
              take));
  return db.Each(
      "SELECT 'contribution', c.id, '', c.imported_at, k.keep_until FROM contribution c LEFT JOIN retention_keep k ON "
      "k.kind='contribution' AND k.object_id=c.id WHERE c.contact<>'' ORDER BY c.id",
      take);
}

Status PutKeep(Transaction& transaction, const Keep& keep) {
  return transaction.db().Run(
      "INSERT INTO retention_keep (kind, object_id, keep_until, decided_at, officer, leaf_index) VALUES "
      "(?1,?2,?3,?4,?5,?6) ON CONFLICT (kind, object_id) DO UPDATE SET keep_until=?3, decided_at=?4, officer=?5, "
      "leaf_index=?6",
      keep.kind, keep.object_id, keep.keep_until, keep.decided_at, keep.officer, keep.leaf_index);
}

Status EachBanded(Database& db, const std::function<Status(const Banded&)>& on_row) {
  return db.Each(
      "SELECT a.id, t.band, t.due_at FROM triage t JOIN account a USING (account_key) WHERE NOT EXISTS (SELECT 1 FROM "
      "package_account x JOIN package p USING (package_key) WHERE x.account_key=t.account_key AND p.released_at IS NOT "
      "NULL) ORDER BY t.due_at, a.id",
      [&](const SqlRow& row) -> Status {
        return on_row({.account_id = row.Text(0), .band = row.Text(1), .due_at = row.Time(2)});
      });
}

Status EachUnanswered(Database& db, const std::function<Status(const Asked&)>& on_row) {
  constexpr std::string_view kSelect =
      "SELECT o.id, o.recipient, o.kind, o.urgency, o.created_at, o.due_at FROM outbox o WHERE o.state<>'refused' AND "
      "(o.due_at IS NOT NULL OR o.kind IN ('information_request','release_request','referral_package',"
      "'evidence_package')) AND o.kind<>'erasure_notice'";
  constexpr std::string_view kAnswered = " AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.in_reply_to=o.id)";
  const std::string sql =
      std::string(kSelect) + (TRY(HasInbox(db)) ? std::string(kAnswered) : "") + " ORDER BY o.created_at, o.id";
  return db.Each(sql, [&](const SqlRow& row) -> Status {
    return on_row({.message_id = row.Text(0),
                   .recipient = row.Text(1),
                   .kind = row.Text(2),
                   .urgency = row.Text(3),
                   .created_at = row.Time(4),
                   .due_at = row.OptionalTime(5)});
  });
}

Result<Key<Erasure>> InsertErasure(Transaction& transaction, const Erased& e) {
  TRY(transaction.db().Run(
      "INSERT INTO erasure (id, kind, object_id, why, asked_by, officer, at, commitment, counts, state) VALUES "
      "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
      e.id, e.kind, e.object_id, e.why, e.asked_by, e.officer, e.at, e.commitment, e.counts, e.state));
  return Key<Erasure>{transaction.db().last_insert_key()};
}

Status SetErasure(Transaction& transaction, Key<Erasure> key, std::string_view state, std::string_view counts) {
  return transaction.db().Run("UPDATE erasure SET state=?2, counts=?3 WHERE erasure_key=?1", key, state, counts);
}

Status SetErasureState(Database& db, Key<Erasure> key, std::string_view state) {
  return db.Run("UPDATE erasure SET state=?2 WHERE erasure_key=?1", key, state);
}

Status EachErasure(Database& db, const std::function<Status(const Erased&)>& on_row) {
  return db.Each(std::string(kErasedColumns) + "ORDER BY erasure_key",
                 [&](const SqlRow& row) -> Status { return on_row(ErasedOf(row)); });
}

Result<std::optional<Erased>> FindErasure(Database& db, std::string_view id) {
  std::optional<Erased> out;
  TRY(db.Each(
      std::string(kErasedColumns) + "WHERE id=?1",
      [&](const SqlRow& row) -> Status {
        out = ErasedOf(row);
        return {};
      },
      id));
  return out;
}

Result<std::optional<Erased>> FindErasure(Database& db, Key<Erasure> key) {
  std::optional<Erased> out;
  TRY(db.Each(
      std::string(kErasedColumns) + "WHERE erasure_key=?1",
      [&](const SqlRow& row) -> Status {
        out = ErasedOf(row);
        return {};
      },
      key));
  return out;
}

Status AddOpen(Transaction& transaction, Key<Erasure> key, std::string_view object, std::string_view reason,
               Instant at) {
  return transaction.db().Run(
      "INSERT INTO erasure_open (erasure_key, object, reason, at) VALUES (?1,?2,?3,?4) ON CONFLICT DO NOTHING", key,
      object, reason, at);
}

Status EachOpen(Database& db, const std::function<Status(const Open&)>& on_row) {
  return db.Each(
      "SELECT e.id, o.object, o.reason, o.at FROM erasure_open o JOIN erasure e USING (erasure_key) WHERE o.closed_at "
      "IS NULL ORDER BY o.at, e.id, o.object",
      [&](const SqlRow& row) -> Status {
        return on_row({.erasure_id = row.Text(0), .object = row.Text(1), .reason = row.Text(2), .at = row.Time(3)});
      });
}

Result<int64_t> OpenCount(Database& db, Key<Erasure> key) {
  return TRY(db.Number("SELECT count(*) FROM erasure_open WHERE erasure_key=?1 AND closed_at IS NULL", key))
      .value_or(0);
}

Status CloseOpen(Transaction& transaction, Key<Erasure> key, Instant at) {
  return transaction.db().Run("UPDATE erasure_open SET closed_at=?2 WHERE erasure_key=?1 AND closed_at IS NULL", key,
                              at);
}

Status AddLine(Transaction& transaction, Key<Erasure> key, std::string_view line, int64_t count) {
  if (count == 0) return {};
  return transaction.db().Run(
      "INSERT INTO erasure_line (erasure_key, line, count) VALUES (?1,?2,?3) ON CONFLICT (erasure_key, line) DO UPDATE "
      "SET count=count+?3",
      key, line, count);
}

Result<int64_t> ErasedInLine(Database& db, std::string_view line) {
  return TRY(db.Number("SELECT coalesce(sum(count),0) FROM erasure_line WHERE line=?1", line)).value_or(0);
}

Status AddDocument(Transaction& transaction, Key<Erasure> key, const Document& d) {
  return transaction.db().Run(
      "INSERT INTO erasure_document (erasure_key, item_key, outcome, record_count, value_count, original_commitment) "
      "VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT (erasure_key, item_key) DO UPDATE SET outcome=?3",
      key, d.item_key, d.outcome, d.record_count, d.value_count, d.original_commitment);
}

Result<bool> PackageIsErased(Database& db, std::string_view package_id) {
  return TRY(db.Number("SELECT 1 FROM erased_package JOIN package USING (package_key) WHERE id=?1", package_id))
      .has_value();
}

Status AddFile(Transaction& transaction, std::string_view path) {
  return transaction.db().Run("INSERT INTO erasure_file (path) VALUES (?1) ON CONFLICT DO NOTHING", path);
}

Result<std::vector<std::string>> FilesToRemove(Database& db) {
  std::vector<std::string> out;
  TRY(db.Each("SELECT path FROM erasure_file ORDER BY path", [&](const SqlRow& row) -> Status {
    out.push_back(row.Text(0));
    return {};
  }));
  return out;
}

Status ForgetFile(Database& db, std::string_view path) {
  return db.Run("DELETE FROM erasure_file WHERE path=?1", path);
}

Status PutNotice(Transaction& transaction, const Notice& n) {
  return transaction.db().Run(
      "INSERT INTO erasure_notice (erasure_key, recipient, message_id, asked_at, due_at, state) VALUES "
      "(?1,?2,?3,?4,?5,'asked') ON CONFLICT DO NOTHING",
      n.erasure, n.recipient, n.message_id, n.asked_at, n.due_at);
}

Status EachNotice(Database& db, const std::function<Status(const Notice&)>& on_row) {
  return db.Each(
      "SELECT n.erasure_key, e.id, n.recipient, n.message_id, n.state, n.reason, n.asked_at, n.due_at, n.answered_at, "
      "n.chased_count, coalesce(o.state,'') FROM erasure_notice n JOIN erasure e USING (erasure_key) LEFT JOIN outbox "
      "o "
      "ON o.id=n.message_id ORDER BY n.due_at, e.id, n.recipient",
      [&](const SqlRow& row) -> Status {
        return on_row({.erasure = row.KeyOf<Erasure>(0),
                       .erasure_id = row.Text(1),
                       .recipient = row.Text(2),
                       .message_id = row.Text(3),
                       .state = row.Text(4),
                       .reason = row.Text(5),
                       .message_state = row.Text(10),
                       .asked_at = row.Time(6),
                       .due_at = row.Time(7),
                       .answered_at = row.OptionalTime(8),
                       .chased_count = row.Int(9)});
      });
}

Result<bool> AnswerNotice(Transaction& transaction, std::string_view erasure_id, std::string_view recipient,
                          std::string_view state, std::string_view reason, Instant at) {
  const auto before =
      TRY(transaction.db().TextOf("SELECT n.state FROM erasure_notice n JOIN erasure e USING (erasure_key) WHERE "
                                  "e.id=?1 AND n.recipient=?2",
                                  erasure_id, recipient));
  if (!before) return Fail(Code::kNotFound, "This house did not ask you for that erasure; name one that it asked for.");
  if (*before == "done" || *before == state) return false;
  TRY(transaction.db().Run(
      "UPDATE erasure_notice SET state=?3, reason=?4, answered_at=?5 WHERE recipient=?2 AND erasure_key=(SELECT "
      "erasure_key FROM erasure WHERE id=?1)",
      erasure_id, recipient, state, reason, at));
  return true;
}

Status ChaseNotice(Transaction& transaction, const Notice& n, Instant due_at) {
  return transaction.db().Run(
      "UPDATE erasure_notice SET chased_count=chased_count+1, due_at=?3 WHERE erasure_key=?1 AND recipient=?2",
      n.erasure, n.recipient, due_at);
}

Result<std::optional<std::string>> SentBody(Database& db, std::string_view message_id) {
  return db.TextOf("SELECT body FROM outbox WHERE id=?1", message_id);
}

Result<int64_t> UnprovedCount(Database& db, Key<Erasure> key) {
  return TRY(db.Number("SELECT count(*) FROM erasure_notice WHERE erasure_key=?1 AND state<>'done'", key)).value_or(0);
}

Result<bool> PutOrder(Transaction& transaction, const Order& o) {
  TRY(transaction.db().Run(
      "INSERT INTO erasure_order (sender, erasure_id, message_id, body, received_at, due_at, state) VALUES "
      "(?1,?2,?3,?4,?5,?6,'waiting') ON CONFLICT (sender, erasure_id) DO NOTHING",
      o.sender, o.erasure_id, o.message_id, o.body, o.received_at, o.due_at));
  return transaction.db().changes() > 0;
}

Status EachOrder(Database& db, const std::function<Status(const Order&)>& on_row) {
  return db.Each(
      "SELECT order_key, sender, erasure_id, message_id, body, state, said, received_at, due_at, erasure_key FROM "
      "erasure_order ORDER BY order_key",
      [&](const SqlRow& row) -> Status {
        return on_row({.key = row.Int(0),
                       .sender = row.Text(1),
                       .erasure_id = row.Text(2),
                       .message_id = row.Text(3),
                       .body = row.Text(4),
                       .state = row.Text(5),
                       .said = row.Text(6),
                       .received_at = row.Time(7),
                       .due_at = row.Time(8),
                       .erasure = row.KeyOf<Erasure>(9)});
      });
}

Status SetOrder(Database& db, const Order& o) {
  return db.Run("UPDATE erasure_order SET state=?2, said=?3, body=?4, erasure_key=?5 WHERE order_key=?1", o.key,
                o.state, o.said, o.body, o.erasure);
}

Status CutWriteAheadLog(Database& db) {
  bool busy = false;
  TRY(db.Each("PRAGMA wal_checkpoint(TRUNCATE)", [&](const SqlRow& row) -> Status {
    busy = row.Int(0) != 0;
    return {};
  }));
  if (busy)
    return Fail(Code::kUnavailable,
                "The register is being read by another command, so its log cannot be cut; run `crossguard retention "
                "run` when that has ended.");
  return {};
}

Status Rewrite(Database& db) {
  return db.Script("VACUUM");
}

}  // namespace crossguard::retention_rows
