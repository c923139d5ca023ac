#include "register/witness_rows.h"

namespace crossguard::witness_rows {
namespace {

Result<Sha256> RootOf(const SqlRow& row, int column) {
  const auto root = row.Digest<Sha256>(column);
  if (!root) return Fail(Code::kCorrupt, "A row about a checkpoint has no root; restore the register from a backup.");
  return *root;
}

Result<Seen> SeenOf(const SqlRow& row) {
  return Seen{.origin = row.Text(0),
              .authority = row.Text(1),
              .verifier = row.Text(2),
              .note = row.Text(3),
              .size = row.Int(4),
              .root = row.Digest<Sha256>(5).value_or(Sha256{}),
              .at = row.Time(6)};
}
constexpr std::string_view kSeenColumns = "SELECT origin, authority, verifier, note, size, root, at FROM witnessed ";

}  // namespace

Result<std::optional<Seen>> FindSeen(Database& db, std::string_view origin) {
  std::optional<Seen> out;
  TRY(db.Each(
      std::string(kSeenColumns) + "WHERE origin=?1",
      [&](const SqlRow& row) -> Status {
        TRY(RootOf(row, 5));
        out = TRY(SeenOf(row));
        return {};
      },
      origin));
  return out;
}

Status PutSeen(Transaction& transaction, const Seen& seen) {
  return transaction.db().Run(
      "INSERT INTO witnessed (origin, authority, verifier, note, size, root, at) VALUES (?1,?2,?3,?4,?5,?6,?7) "
      "ON CONFLICT (origin) DO UPDATE SET note=?4, size=?5, root=?6, at=?7",
      seen.origin, seen.authority, seen.verifier, seen.note, seen.size, seen.root, seen.at);
}

Status EachSeen(Database& db, const std::function<Status(const Seen&)>& on_row) {
  return db.Each(std::string(kSeenColumns) + "ORDER BY origin",
                 [&](const SqlRow& row) -> Status { return on_row(TRY(SeenOf(row))); });
}

Status PutAlarm(Transaction& transaction, const Alarm& alarm) {
  return transaction.db().Run(
      "INSERT INTO witness_alarm (origin, kind, seen_note, other_note, at) VALUES (?1,?2,?3,?4,?5) ON CONFLICT DO "
      "NOTHING",
      alarm.origin, alarm.kind, alarm.seen_note, alarm.other_note, alarm.at);
}

Status EachAlarm(Database& db, const std::function<Status(const Alarm&)>& on_row) {
  return db.Each("SELECT origin, kind, seen_note, other_note, at FROM witness_alarm ORDER BY alarm_key",
                 [&](const SqlRow& row) -> Status {
                   return on_row({.origin = row.Text(0),
                                  .kind = row.Text(1),
                                  .seen_note = row.Text(2),
                                  .other_note = row.Text(3),
                                  .at = row.Time(4)});
                 });
}

Result<std::optional<Sent>> FindSent(Database& db, int64_t size) {
  std::optional<Sent> out;
  TRY(db.Each(
      "SELECT size, root, note FROM checkpoint_seen WHERE size=?1",
      [&](const SqlRow& row) -> Status {
        const Sha256 root = TRY(RootOf(row, 1));
        out = {.size = row.Int(0), .root = root, .note = row.Text(2)};
        return {};
      },
      size));
  return out;
}

Status PutSent(Transaction& transaction, const Sent& sent, Instant at) {
  const auto before = TRY(FindSent(transaction.db(), sent.size));
  if (before && before->root != sent.root)
    return Fail(
        Code::kConflict,
        "Another checkpoint of this size was sent to witnesses before: history was rewritten. Stop, and compare "
        "the ledger with a backup.");
  return transaction.db().Run(
      "INSERT INTO checkpoint_seen (size, root, note, at) VALUES (?1,?2,?3,?4) ON CONFLICT DO NOTHING", sent.size,
      sent.root, sent.note, at);
}

Status PutCosignature(Transaction& transaction, const Cosignature& c) {
  return transaction.db().Run(
      "INSERT INTO cosignature (size, witness, root, verifier, line, at) VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT DO "
      "NOTHING",
      c.size, c.witness, c.root, c.verifier, c.line, c.at);
}

Status EachCosignature(Database& db, const std::function<Status(const Cosignature&)>& on_row) {
  return db.Each("SELECT size, witness, verifier, line, root, at FROM cosignature ORDER BY size DESC, witness",
                 [&](const SqlRow& row) -> Status {
                   const Sha256 root = TRY(RootOf(row, 4));
                   return on_row({.size = row.Int(0),
                                  .witness = row.Text(1),
                                  .verifier = row.Text(2),
                                  .line = row.Text(3),
                                  .root = root,
                                  .at = row.Time(5)});
                 });
}

Result<std::optional<std::string>> VerifierOf(Database& db, std::string_view witness) {
  return db.TextOf("SELECT verifier FROM cosignature WHERE witness=?1 ORDER BY size LIMIT 1", witness);
}

Result<int64_t> LastCosigned(Database& db, std::string_view witness) {
  return TRY(db.Number("SELECT max(size) FROM cosignature WHERE witness=?1", witness)).value_or(0);
}

}  // namespace crossguard::witness_rows
