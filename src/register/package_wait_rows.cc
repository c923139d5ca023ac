// The other half of package_rows.h: who is to receive what, and what waits for a deconfliction and follows.
#include "register/package_rows.h"

namespace crossguard::package_rows {

Status AddHeldBack(Transaction& transaction, Key<Package> package, Key<Account> account) {
  return transaction.db().Run("INSERT INTO package_held_back (package_key, account_key) VALUES (?1, ?2)", package,
                              account);
}

Result<int64_t> CountHeldBack(Database& db, Key<Package> package) {
  return TRY(db.Number("SELECT count(*) FROM package_held_back WHERE package_key = ?1", package)).value_or(0);
}

Status EachHeldBack(Database& db, Key<Operation> operation, std::string_view authority, std::string_view kind,
                    const std::function<Status(Key<Package> package, std::string_view id, Key<Account>)>& on_row) {
  return db.Each(
      "SELECT p.package_key, p.id, h.account_key FROM package p JOIN package_held_back h ON h.package_key = "
      "p.package_key WHERE p.operation_key = ?1 AND p.authority = ?2 AND p.kind = ?3 AND p.released_at IS NOT NULL "
      "ORDER BY p.released_at, p.package_key",
      [&](const SqlRow& row) -> Status {
        return on_row(row.KeyOf<Package>(0), row.TextView(1), row.KeyOf<Account>(2));
      },
      operation, authority, kind);
}

Result<bool> EvidenceHeldBack(Database& db, Key<Package> referral) {
  return TRY(db.Number("SELECT 1 FROM package p JOIN package_held_back h ON h.package_key = p.package_key WHERE "
                       "p.answers_package_key = ?1 AND p.released_at IS NOT NULL LIMIT 1",
                       referral))
      .has_value();
}

Status EachEvidenceSent(Database& db, Key<Package> referral, const std::function<Status(Key<Account>)>& on_row) {
  return db.Each(
      "SELECT DISTINCT x.account_key FROM package p JOIN package_account x ON x.package_key = p.package_key"
      " WHERE p.answers_package_key = ?1 AND p.released_at IS NOT NULL",
      [&](const SqlRow& row) -> Status { return on_row(row.KeyOf<Account>(0)); }, referral);
}

Result<std::vector<std::string>> ReferralsOwedEvidence(Database& db, Key<Operation> operation) {
  std::vector<std::string> out;
  TRY(db.Each(
      "SELECT r.id FROM package r WHERE r.operation_key = ?1 AND r.kind = 'referral' AND r.state = 'accepted' AND "
      "EXISTS (SELECT 1 FROM package p JOIN package_held_back h ON h.package_key = p.package_key WHERE "
      "p.answers_package_key = r.package_key AND p.state <> 'superseded' AND NOT EXISTS (SELECT 1 FROM package q JOIN "
      "package_account y ON y.package_key = q.package_key WHERE q.answers_package_key = r.package_key AND q.state <> "
      "'superseded' AND y.account_key = h.account_key)) ORDER BY r.id",
      [&](const SqlRow& row) -> Status {
        out.push_back(row.Text(0));
        return {};
      },
      operation));
  return out;
}

Status RemakeDestinations(Transaction& transaction, Key<Operation> operation,
                          const std::vector<Destination>& destinations, Instant at) {
  Database& db = transaction.db();
  TRY(db.Run("UPDATE destination SET current = 0 WHERE operation_key = ?1", operation));
  for (const Destination& one : destinations) {
    TRY(
        db.Run("INSERT INTO destination (operation_key, account_key, authority, since, current) VALUES (?1, ?2, ?3, "
               "?4, 1) ON CONFLICT (operation_key, account_key) DO UPDATE SET current = 1, since = CASE WHEN "
               "authority = excluded.authority THEN since ELSE excluded.since END, authority = excluded.authority",
               operation, one.account, one.authority, at));
  }
  return db.Run("DELETE FROM destination WHERE operation_key = ?1 AND current = 0", operation);
}

}  // namespace crossguard::package_rows
