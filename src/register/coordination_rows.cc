#include "register/coordination_rows.h"

namespace crossguard::coordination_rows {
namespace {

constexpr std::string_view kDeconflictionColumns =
    "SELECT deconfliction_key,id,kind,state,party_count,first_seen_at,settled_at FROM deconfliction ";

DeconflictionRow DeconflictionOf(const SqlRow& row) {
  return {.key = row.Int(0),
          .id = row.Text(1),
          .kind = row.Text(2),
          .state = row.Text(3),
          .party_count = row.Int(4),
          .first_seen_at = row.Time(5),
          .settled_at = row.OptionalTime(6)};
}

template <class... Values>
Result<std::optional<DeconflictionRow>> OneDeconfliction(Database& db, std::string_view where,
                                                         const Values&... values) {
  std::optional<DeconflictionRow> out;
  TRY(db.Each(
      std::string(kDeconflictionColumns) + std::string(where),
      [&](const SqlRow& row) -> Status {
        out = DeconflictionOf(row);
        return {};
      },
      values...));
  return out;
}

template <class... Values>
Result<std::vector<std::string>> Texts(Database& db, std::string_view sql, const Values&... values) {
  std::vector<std::string> out;
  TRY(db.Each(
      sql,
      [&](const SqlRow& row) -> Status {
        out.push_back(row.Text(0));
        return {};
      },
      values...));
  return out;
}

}  // namespace

Result<std::optional<DeconflictionRow>> FindDeconfliction(Database& db, std::string_view id) {
  return OneDeconfliction(db, "WHERE id=?1", id);
}

Result<std::optional<DeconflictionRow>> DeconflictionOfUnit(Database& db, const Sha256& unit) {
  return OneDeconfliction(db, "WHERE unit=?1", unit);
}

Status EachDeconfliction(Database& db, const std::function<Status(const DeconflictionRow&)>& on_row) {
  return db.Each(std::string(kDeconflictionColumns) + "ORDER BY id",
                 [&](const SqlRow& row) { return on_row(DeconflictionOf(row)); });
}

Result<std::optional<DeconflictionRow>> SeenDeconfliction(Database& db, const Sight& see, std::string_view id) {
  return OneDeconfliction(db, "WHERE id=?1 AND " + see.Deconfliction("deconfliction.deconfliction_key"), id);
}

Status EachSeenDeconfliction(Database& db, const Sight& see,
                             const std::function<Status(const DeconflictionRow&)>& on_row) {
  return db.Each(std::string(kDeconflictionColumns) + "WHERE " + see.Deconfliction("deconfliction.deconfliction_key") +
                     " ORDER BY id",
                 [&](const SqlRow& row) { return on_row(DeconflictionOf(row)); });
}

Result<SeenCounts> CountSeen(Database& db, const Sight& see, Instant at) {
  SeenCounts out;
  TRY(db.Each(
      "SELECT count(*) FILTER (WHERE d.first_seen_at=?1), coalesce(sum((SELECT count(*) FROM deconfliction_party p "
      "WHERE p.deconfliction_key=d.deconfliction_key AND p.seen_at=?1)) FILTER (WHERE d.first_seen_at<>?1),0), "
      "count(*) FILTER (WHERE d.state<>'settled') FROM deconfliction d WHERE " +
          see.Deconfliction("d.deconfliction_key"),
      [&](const SqlRow& row) -> Status {
        out = {.found = row.Int(0), .joined = row.Int(1), .unsettled = row.Int(2)};
        return {};
      },
      at));
  return out;
}

Result<int64_t> CountUnsettled(Database& db) {
  return TRY(db.Number("SELECT count(*) FROM deconfliction WHERE state<>'settled'")).value_or(0);
}

Result<int64_t> InsertDeconfliction(Database& db, std::string_view id, const Sha256& unit, std::string_view kind,
                                    Instant at) {
  TRY(db.Run("INSERT INTO deconfliction (id,unit,kind,state,party_count,first_seen_at) VALUES (?1,?2,?3,'open',0,?4)",
             id, unit, kind, at));
  return db.last_insert_key();
}

Status SetKind(Database& db, int64_t key, std::string_view kind) {
  return db.Run("UPDATE deconfliction SET kind=?2 WHERE deconfliction_key=?1", key, kind);
}

Status SetState(Database& db, int64_t key, std::string_view state, std::optional<Instant> settled_at) {
  return db.Run("UPDATE deconfliction SET state=?2, settled_at=?3 WHERE deconfliction_key=?1", key, state, settled_at);
}

Result<bool> InsertParty(Database& db, int64_t key, const MetRow& party, Instant at) {
  TRY(
      db.Run("INSERT INTO deconfliction_party (deconfliction_key,party,channel,contact,since,quiet,seen_at) "
             "VALUES (?1,?2,?3,?4,?5,?6,?7) ON CONFLICT DO NOTHING",
             key, party.party, party.channel, party.contact, party.since, party.quiet, at));
  if (db.changes() > 0) return true;
  TRY(
      db.Run("UPDATE deconfliction_party SET since=min(since,?4), quiet=min(quiet,?5), contact=max(contact,?6) WHERE "
             "deconfliction_key=?1 AND party=?2 AND channel=?3 AND (since>?4 OR quiet>?5 OR contact<?6)",
             key, party.party, party.channel, party.since, party.quiet, party.contact));
  return false;
}

Status CountParties(Database& db, int64_t key) {
  return db.Run(
      "UPDATE deconfliction SET party_count=(SELECT count(*) FROM deconfliction_party p WHERE "
      "p.deconfliction_key=?1) WHERE deconfliction_key=?1",
      key);
}

Result<std::vector<PartyRow>> PartiesOf(Database& db, int64_t key) {
  std::vector<PartyRow> out;
  TRY(db.Each(
      "SELECT party,channel,contact,since,quiet FROM deconfliction_party WHERE deconfliction_key=?1 ORDER BY "
      "party,channel",
      [&](const SqlRow& row) -> Status {
        out.push_back({.party = row.Text(0),
                       .channel = row.Text(1),
                       .contact = row.Text(2),
                       .since = row.Time(3),
                       .quiet = row.Bool(4)});
        return {};
      },
      key));
  return out;
}

Result<std::vector<std::string>> AccountIdsOf(Database& db, int64_t key, int64_t limit) {
  return Texts(db,
               "SELECT a.id FROM deconfliction_account x JOIN account a ON a.account_key=x.account_key WHERE "
               "x.deconfliction_key=?1 ORDER BY a.id LIMIT ?2",
               key, limit);
}

Result<std::optional<std::string>> SubjectOf(Database& db, const Sight& see, int64_t key) {
  return db.TextOf(
      "SELECT s.id FROM deconfliction_account x JOIN subject_account sa ON sa.account_key=x.account_key JOIN subject s "
      "ON s.subject_key=sa.subject_key WHERE x.deconfliction_key=?1 AND " +
          see.Subject("s.subject_key") + " ORDER BY s.id LIMIT 1",
      key);
}

Status AddSources(Database& db) {
  return db.Run(
      "INSERT INTO deconfliction_source (deconfliction_key,source) SELECT DISTINCT d.deconfliction_key,i.source FROM "
      "coordination_interest i LEFT JOIN coordination_unit u ON u.key=i.key JOIN deconfliction d ON "
      "d.unit=coalesce(u.unit,i.key) WHERE true ON CONFLICT DO NOTHING");
}

Result<int64_t> FillQueue(Database& db) {
  TRY(db.Run("DELETE FROM queue_item WHERE queue='deconfliction'"));
  TRY(db.Run(
      "INSERT INTO queue_item (queue,position,noun,noun_key,noun_id,reason,due_at) "
      "SELECT 'deconfliction', row_number() OVER (ORDER BY accounts=0, NOT urgent, due_at IS NULL, due_at, id), "
      "'deconfliction', deconfliction_key, id, CASE accounts WHEN 0 THEN party_count || ' parties hold the same ' || "
      "kind ELSE 'Release waits for deconfliction ' || id || ': ' || accounts || ' accounts, ' || party_count || ' "
      "parties' END, due_at FROM (SELECT d.deconfliction_key, d.id, d.kind, d.party_count, count(x.account_key) AS "
      "accounts, coalesce(max(t.lane='urgent'),0) AS urgent, min(t.due_at) AS due_at FROM deconfliction d LEFT JOIN "
      "deconfliction_account x ON x.deconfliction_key=d.deconfliction_key LEFT JOIN triage t ON "
      "t.account_key=x.account_key WHERE d.state<>'settled' GROUP BY d.deconfliction_key)"));
  return TRY(db.Number("SELECT count(*) FROM queue_item WHERE queue='deconfliction'")).value_or(0);
}

Result<bool> WasTold(Database& db, int64_t key, std::string_view recipient, const PartyRow& other) {
  return TRY(db.Number("SELECT 1 FROM deconfliction_told WHERE deconfliction_key=?1 AND recipient=?2 AND party=?3 AND "
                       "channel=?4",
                       key, recipient, other.party, other.channel))
      .has_value();
}

Status InsertTold(Database& db, int64_t key, std::string_view recipient, const PartyRow& other,
                  std::string_view message, Instant at) {
  return db.Run(
      "INSERT INTO deconfliction_told (deconfliction_key,recipient,party,channel,message,at) VALUES "
      "(?1,?2,?3,?4,?5,?6)",
      key, recipient, other.party, other.channel, message, at);
}

Result<std::vector<std::string>> ToldRecipients(Database& db, int64_t key) {
  return Texts(db, "SELECT DISTINCT recipient FROM deconfliction_told WHERE deconfliction_key=?1 ORDER BY 1", key);
}

Status UpsertAgreement(Database& db, int64_t key, std::string_view authority, std::string_view leads,
                       std::string_view outcome, int64_t party_count, Instant at) {
  return db.Run(
      "INSERT INTO deconfliction_agreement (deconfliction_key,authority,leads,outcome,party_count,at) VALUES "
      "(?1,?2,?3,?4,?5,?6) ON CONFLICT (deconfliction_key,authority) DO UPDATE SET leads=excluded.leads, "
      "outcome=excluded.outcome, party_count=excluded.party_count, at=excluded.at",
      key, authority, leads, outcome, party_count, at);
}

Result<std::vector<std::string>> AgreedSo(Database& db, int64_t key, std::string_view leads, std::string_view outcome,
                                          int64_t party_count) {
  return Texts(db,
               "SELECT authority FROM deconfliction_agreement WHERE deconfliction_key=?1 AND leads=?2 AND outcome=?3 "
               "AND party_count=?4 ORDER BY 1",
               key, leads, outcome, party_count);
}

Status InsertSettlement(Database& db, int64_t key, const SettlementRow& row) {
  return db.Run(
      "INSERT INTO deconfliction_settlement (deconfliction_key,leaf_index,leads,outcome,agreed_by,officer,at) VALUES "
      "(?1,?2,?3,?4,?5,?6,?7)",
      key, row.leaf_index, row.leads, row.outcome, row.agreed_by_json, row.officer, row.at);
}

Result<std::vector<SettlementRow>> SettlementsOf(Database& db, int64_t key) {
  std::vector<SettlementRow> out;
  TRY(db.Each(
      "SELECT leads,outcome,agreed_by,officer,leaf_index,at FROM deconfliction_settlement WHERE deconfliction_key=?1 "
      "ORDER BY leaf_index",
      [&](const SqlRow& row) -> Status {
        out.push_back({.leads = row.Text(0),
                       .outcome = row.Text(1),
                       .agreed_by_json = row.Text(2),
                       .officer = row.Text(3),
                       .leaf_index = row.Int(4),
                       .at = row.Time(5)});
        return {};
      },
      key));
  return out;
}

Status UpsertOverride(Database& db, int64_t key, const OverrideRow& row) {
  return db.Run(
      "INSERT INTO deconfliction_override (deconfliction_key,authority,kind,party_count,leaf_index,officer,at) VALUES "
      "(?1,?2,?3,?4,?5,?6,?7) ON CONFLICT (deconfliction_key,authority,kind) DO UPDATE SET "
      "party_count=excluded.party_count, leaf_index=excluded.leaf_index, officer=excluded.officer, at=excluded.at",
      key, row.authority, row.kind, row.party_count, row.leaf_index, row.officer, row.at);
}

Result<std::vector<OverrideRow>> OverridesOf(Database& db, int64_t key) {
  std::vector<OverrideRow> out;
  TRY(db.Each(
      "SELECT authority,kind,officer,party_count,leaf_index,at FROM deconfliction_override WHERE deconfliction_key=?1 "
      "ORDER BY authority,kind",
      [&](const SqlRow& row) -> Status {
        out.push_back({.authority = row.Text(0),
                       .kind = row.Text(1),
                       .officer = row.Text(2),
                       .party_count = row.Int(3),
                       .leaf_index = row.Int(4),
                       .at = row.Time(5)});
        return {};
      },
      key));
  return out;
}

namespace {
template <class Value>
Result<Overlap> OverlapWith(Database& db, int64_t key, std::string_view accounts, const Value& of) {
  Overlap out;
  TRY(db.Each(
      "SELECT count(*), count(*) FILTER (WHERE t.lane='urgent') FROM deconfliction_account d LEFT JOIN triage t ON "
      "t.account_key=d.account_key WHERE d.deconfliction_key=?1 AND d.account_key IN (" +
          std::string(accounts) + ")",
      [&](const SqlRow& row) -> Status {
        out = {.accounts = row.Int(0), .urgent = row.Int(1)};
        return {};
      },
      key, of));
  return out;
}
}  // namespace

Result<Overlap> OverlapOf(Database& db, int64_t key, Key<Package> package) {
  return OverlapWith(db, key,
                     "SELECT account_key FROM package_account WHERE package_key=?2 UNION SELECT account_key FROM "
                     "package_held_back WHERE package_key=?2",
                     package);
}

Result<Overlap> OverlapWaiting(Database& db, int64_t key, std::string_view authority) {
  return OverlapWith(db, key, "SELECT account_key FROM withheld WHERE authority=?2 AND reason_code='deconfliction'",
                     authority);
}

Status EachPausedAccount(Database& db, std::string_view authority, std::string_view kind,
                         const std::function<Status(Key<Account> account, std::string_view deconfliction)>& on_row) {
  return db.Each(
      "SELECT y.account_key,min(d.id) FROM deconfliction d JOIN deconfliction_account y ON "
      "y.deconfliction_key=d.deconfliction_key WHERE d.state<>'settled' AND NOT EXISTS (SELECT 1 FROM "
      "deconfliction_override o WHERE o.deconfliction_key=d.deconfliction_key AND o.authority=?1 AND o.kind=?2 AND "
      "o.party_count=d.party_count) GROUP BY y.account_key",
      [&](const SqlRow& row) { return on_row(row.KeyOf<Account>(0), row.TextView(1)); }, authority, kind);
}

Result<std::optional<std::string>> DeconflictionThatPauses(Database& db, Key<Package> package) {
  return db.TextOf(
      "SELECT d.id FROM package p JOIN package_account x ON x.package_key=p.package_key JOIN deconfliction_account y "
      "ON y.account_key=x.account_key JOIN deconfliction d ON d.deconfliction_key=y.deconfliction_key WHERE "
      "p.package_key=?1 AND d.state<>'settled' AND NOT EXISTS (SELECT 1 FROM deconfliction_override o WHERE "
      "o.deconfliction_key=d.deconfliction_key AND o.authority=p.authority AND o.kind=p.kind AND "
      "o.party_count=d.party_count) ORDER BY d.id LIMIT 1",
      package);
}

Result<bool> InsertNotice(Database& db, const NoticeRow& row) {
  TRY(
      db.Run("INSERT INTO deconfliction_notice (origin,deconfliction,other,contact,kind,since,message,received_at) "
             "VALUES (?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT DO NOTHING",
             row.origin, row.deconfliction, row.other, row.contact, row.kind, row.since, row.message, row.received_at));
  return db.changes() > 0;
}

Result<int64_t> SettleNotices(Database& db, std::string_view origin, std::string_view deconfliction,
                              std::string_view leads, std::string_view outcome) {
  TRY(
      db.Run("UPDATE deconfliction_notice SET state='settled', leads=?3, outcome=?4 WHERE origin=?1 AND "
             "deconfliction=?2",
             origin, deconfliction, leads, outcome));
  return db.changes();
}

Status EachNotice(Database& db, const std::function<Status(const NoticeRow&)>& on_row) {
  return db.Each(
      "SELECT origin,deconfliction,other,contact,kind,message,state,leads,outcome,since,received_at FROM "
      "deconfliction_notice ORDER BY origin,deconfliction,other",
      [&](const SqlRow& row) {
        return on_row({.origin = row.Text(0),
                       .deconfliction = row.Text(1),
                       .other = row.Text(2),
                       .contact = row.Text(3),
                       .kind = row.Text(4),
                       .message = row.Text(5),
                       .state = row.Text(6),
                       .leads = row.Text(7),
                       .outcome = row.Text(8),
                       .since = row.Time(9),
                       .received_at = row.Time(10)});
      });
}

Result<std::vector<std::string>> OriginsOfNotice(Database& db, std::string_view deconfliction) {
  return Texts(db, "SELECT DISTINCT origin FROM deconfliction_notice WHERE deconfliction=?1 ORDER BY 1", deconfliction);
}

}  // namespace crossguard::coordination_rows
