// The other half of coordination_rows.h: keys, interests, and how a scan meets them.
#include <span>

#include "register/coordination_rows.h"

namespace crossguard::coordination_rows {

Status EachAccountWithoutKey(
    Database& db,
    const std::function<Status(int64_t noun_key, std::string_view service, std::string_view identifier)>& on_row) {
  return db.Each(
      "SELECT a.account_key,a.service,a.esp_identifier FROM account a WHERE a.ever_victim=0 "
      "AND EXISTS (SELECT 1 FROM account_mention m WHERE m.account_key=a.account_key AND m.role='reported') "
      "AND NOT EXISTS (SELECT 1 FROM coordination_key k WHERE k.noun='account' AND k.noun_key=a.account_key)",
      [&](const SqlRow& row) { return on_row(row.Int(0), row.TextView(1), row.TextView(2)); });
}

Status EachSelectorWithoutKey(
    Database& db, bool all,
    const std::function<Status(int64_t noun_key, std::string_view type, std::string_view value)>& on_row) {
  return db.Each(
      "SELECT s.selector_key,s.type,s.value FROM selector s WHERE s.type<>'ip' AND (?1 OR EXISTS (SELECT 1 FROM "
      "holding "
      "h WHERE h.type=s.type AND h.value=s.value)) AND NOT EXISTS (SELECT 1 FROM coordination_key k WHERE "
      "k.noun='selector' AND k.noun_key=s.selector_key) AND EXISTS (SELECT 1 FROM sighting t JOIN account_mention m ON "
      "m.mention_key=t.mention_key JOIN subject_account sa ON sa.account_key=m.account_key WHERE "
      "t.selector_key=s.selector_key AND t.origin='declared')",
      [&](const SqlRow& row) { return on_row(row.Int(0), row.TextView(1), row.TextView(2)); }, all);
}

Status EachMediaWithoutKey(Database& db, const std::function<Status(int64_t noun_key, const Sha256&)>& on_row) {
  return db.Each(
      "SELECT m.media_key,m.sha256 FROM media m WHERE m.size_bytes>0 AND NOT EXISTS (SELECT 1 FROM coordination_key k "
      "WHERE k.noun='media' AND k.noun_key=m.media_key) AND NOT EXISTS (SELECT 1 FROM media_verdict v WHERE "
      "v.media_key=m.media_key) AND EXISTS (SELECT 1 FROM media_copy c JOIN file_details f ON "
      "f.media_item_key=c.item_key "
      "WHERE c.media_key=m.media_key AND f.account_key IS NOT NULL)",
      [&](const SqlRow& row) -> Status {
        const auto digest = row.Digest<Sha256>(1);
        return digest ? on_row(row.Int(0), *digest) : Status{};
      });
}

Status InsertKey(Database& db, std::string_view noun, int64_t noun_key, const Sha256& key) {
  return db.Run("INSERT INTO coordination_key (noun,noun_key,key) VALUES (?1,?2,?3)", noun, noun_key, key);
}

Result<bool> InsertInterest(Database& db, const InterestRow& row) {
  TRY(db.Run(
      "INSERT INTO coordination_interest (key,party,channel,source,kind,basis,contact,since,quiet,derived) VALUES "
      "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT DO NOTHING",
      row.key, row.party, row.channel, row.source, row.kind, row.basis, row.contact, row.since, row.quiet,
      row.derived));
  return db.changes() > 0;
}

Status ClearDerivedInterests(Database& db) {
  return db.Run("DELETE FROM coordination_interest WHERE derived=1");
}

Status DeriveFromPackages(Database& db) {
  TRY(db.Run(
      "INSERT INTO coordination_interest (key,party,channel,source,kind,basis,contact,since,quiet,derived) "
      "SELECT k.key,p.authority,'',p.id,'account','package','',p.composed_at,0,1 FROM package p "
      "JOIN package_account x ON x.package_key=p.package_key JOIN account a ON a.account_key=x.account_key "
      "JOIN coordination_key k ON k.noun='account' AND k.noun_key=x.account_key WHERE a.ever_victim=0 AND p.state IN "
      "('released','accepted','already_known') ON CONFLICT DO NOTHING"));
  return db.Run(
      "INSERT INTO coordination_interest (key,party,channel,source,kind,basis,contact,since,quiet,derived) "
      "SELECT k.key,p.authority,'',p.id,'file','package','',p.composed_at,0,1 FROM package p "
      "JOIN package_account x ON x.package_key=p.package_key JOIN file_details f ON f.account_key=x.account_key "
      "JOIN media_copy c ON c.item_key=f.media_item_key JOIN coordination_key k ON k.noun='media' AND "
      "k.noun_key=c.media_key WHERE p.kind='evidence' AND p.state IN ('composed','sealed','released','accepted') AND "
      "NOT "
      "EXISTS (SELECT 1 FROM media_verdict v WHERE v.media_key=c.media_key) ON CONFLICT DO NOTHING");
}

Status DeriveFromDestinations(Database& db, std::string_view self) {
  return db.Run(
      "INSERT INTO coordination_interest (key,party,channel,source,kind,basis,contact,since,quiet,derived) "
      "SELECT k.key,t.authority,'',o.id,'account',CASE t.authority WHEN ?1 THEN 'own_case' ELSE 'package' END,'',"
      "CASE t.authority WHEN ?1 THEN o.created_at ELSE t.since END,0,1 FROM destination t JOIN operation o ON "
      "o.operation_key=t.operation_key JOIN account a ON a.account_key=t.account_key JOIN coordination_key k ON "
      "k.noun='account' AND k.noun_key=t.account_key WHERE a.ever_victim=0 AND NOT EXISTS (SELECT 1 FROM "
      "package p CROSS JOIN package_account x ON x.package_key=p.package_key AND x.account_key=t.account_key WHERE "
      "p.operation_key=t.operation_key AND p.kind='referral' AND p.released_at IS NOT NULL) ON CONFLICT DO NOTHING",
      self);
}

Status DeriveFromPartnerHits(Database& db, int64_t sharers_max) {
  return db.Run(
      "INSERT INTO coordination_interest (key,party,channel,source,kind,basis,contact,since,quiet,derived) "
      "SELECT k.key,t.owner,'',c.id,'account','hit',t.contact,c.imported_at,"
      "c.handling LIKE '%H2%' OR c.handling LIKE '%H3%',1 FROM partner_hit t JOIN holding h ON "
      "h.holding_key=t.holding_key JOIN contribution c ON c.contribution_key=h.contribution_key JOIN coordination_key "
      "k "
      "ON k.noun='account' AND k.noun_key=t.account_key LEFT JOIN selector s ON s.type=h.type AND s.value=h.value "
      "LEFT JOIN link l ON l.selector_key=s.selector_key WHERE h.type NOT IN ('ip','md5','sha1','sha256','pdq') AND "
      "NOT "
      "(h.type='payment' AND h.value LIKE 'card:%') AND coalesce(l.sharer_count,1)<=?1 ON CONFLICT DO NOTHING",
      sharers_max);
}

Status EachHolding(Database& db, const std::function<Status(const HoldingRow&)>& on_row) {
  HoldingRow holding;
  return db.Each(
      "SELECT h.type,h.value,c.owner,c.contact,c.id,c.imported_at,c.handling LIKE '%H2%' OR c.handling LIKE '%H3%' "
      "FROM "
      "holding h JOIN contribution c ON c.contribution_key=h.contribution_key WHERE h.type NOT IN ('ip','pdq')",
      [&](const SqlRow& row) -> Status {
        holding = {.type = row.Text(0),
                   .value = row.Text(1),
                   .owner = row.Text(2),
                   .contact = row.Text(3),
                   .contribution = row.Text(4),
                   .since = row.Time(5),
                   .quiet = row.Bool(6)};
        return on_row(holding);
      });
}

Result<bool> ListKnows(Database& db, Key<Media> media) {
  return TRY(db.Number("SELECT 1 FROM media_verdict WHERE media_key=?1", media)).has_value();
}

Result<std::optional<Sha256>> DigestOf(Database& db, Key<Media> media) {
  std::optional<Sha256> out;
  TRY(db.Each(
      "SELECT sha256 FROM media WHERE media_key=?1",
      [&](const SqlRow& row) -> Status {
        out = row.Digest<Sha256>(0);
        return {};
      },
      media));
  return out;
}

Result<bool> AnyGivenInterest(Database& db) {
  return TRY(db.Number("SELECT 1 WHERE EXISTS (SELECT 1 FROM coordination_claim) OR EXISTS (SELECT 1 FROM "
                       "coordination_interest WHERE derived=0)"))
      .has_value();
}

Result<bool> InsertClaim(Database& db, const ClaimRow& row) {
  TRY(
      db.Run("INSERT INTO coordination_claim (operation,key,party,channel,kind,contact,since,source) VALUES "
             "(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT DO NOTHING",
             row.operation, row.key, row.party, row.channel, row.kind, row.contact, row.since, row.source));
  return db.changes() > 0;
}

Status EachClaim(Database& db, std::string_view operation, const std::function<Status(const ClaimRow&)>& on_row) {
  return db.Each(
      "SELECT key,party,channel,kind,contact,since,source FROM coordination_claim WHERE operation=?1 ORDER BY "
      "key,party,"
      "channel",
      [&](const SqlRow& row) -> Status {
        const auto key = row.Digest<Sha256>(0);
        if (!key) return Fail(Code::kCorrupt, "A row of coordination_claim has a key of a wrong length.");
        return on_row({.operation = std::string(operation),
                       .key = *key,
                       .party = row.Text(1),
                       .channel = row.Text(2),
                       .kind = row.Text(3),
                       .contact = row.Text(4),
                       .source = row.Text(6),
                       .since = row.Time(5)});
      },
      operation);
}

Result<std::vector<std::string>> OperationsWithClaims(Database& db) {
  std::vector<std::string> out;
  TRY(db.Each("SELECT DISTINCT operation FROM coordination_claim ORDER BY 1", [&](const SqlRow& row) -> Status {
    out.push_back(row.Text(0));
    return {};
  }));
  return out;
}

Status EachOpenKey(Database& db, const std::function<Status(const Sha256& key)>& on_row) {
  return db.Each("SELECT key FROM coordination_key UNION SELECT key FROM coordination_interest WHERE basis<>'claim'",
                 [&](const SqlRow& row) -> Status {
                   const auto key = row.Digest<Sha256>(0);
                   if (!key) return Fail(Code::kCorrupt, "The register has a deconfliction key of a wrong length.");
                   return on_row(*key);
                 });
}

Status EachHeld(Database& db, const std::function<Status(const HeldRow&)>& on_row) {
  return db.Each(
      "SELECT key,kind,party,min(since) FROM coordination_interest WHERE basis IN ('package','own_case','received') "
      "GROUP "
      "BY key,party",
      [&](const SqlRow& row) -> Status {
        const auto key = row.Digest<Sha256>(0);
        if (!key) return Fail(Code::kCorrupt, "The register has a deconfliction key of a wrong length.");
        return on_row({.key = *key, .kind = row.Text(1), .party = row.Text(2), .since = row.Time(3)});
      });
}

// A subject candidate is one unit, named by its smallest account key; so are a selector and a file that only accounts
// of one subject have.
Status RemakeUnits(Database& db, int64_t sharers_max) {
  TRY(db.Run("DELETE FROM coordination_unit"));
  TRY(
      db.Run("INSERT INTO coordination_unit (key,unit,kind) SELECT k.key,g.unit,'subject' FROM (SELECT sa.subject_key, "
             "min(k2.key) AS unit FROM subject s JOIN subject_account sa ON sa.subject_key=s.subject_key JOIN "
             "coordination_key k2 ON k2.noun='account' AND k2.noun_key=sa.account_key WHERE s.account_count>1 GROUP BY "
             "sa.subject_key) g JOIN subject_account x ON x.subject_key=g.subject_key JOIN coordination_key k ON "
             "k.noun='account' AND k.noun_key=x.account_key WHERE true ON CONFLICT DO NOTHING"));
  TRY(
      db.Run("INSERT INTO coordination_unit (key,unit,kind) SELECT k.key,min(coalesce(u.unit,ak.key)),"
             "min(coalesce(u.kind,'account')) FROM coordination_key k JOIN sighting t ON t.selector_key=k.noun_key AND "
             "t.origin='declared' JOIN account_mention m ON m.mention_key=t.mention_key JOIN subject_account sa ON "
             "sa.account_key=m.account_key JOIN coordination_key ak ON ak.noun='account' AND ak.noun_key=m.account_key "
             "LEFT JOIN coordination_unit u ON u.key=ak.key LEFT JOIN link l ON l.selector_key=k.noun_key WHERE "
             "k.noun='selector' AND coalesce(l.sharer_count,1)<=?1 AND EXISTS (SELECT 1 FROM coordination_interest i "
             "WHERE i.key=k.key) GROUP BY k.key HAVING count(DISTINCT sa.subject_key)=1 ON CONFLICT DO NOTHING",
             sharers_max));
  return db.Run(
      "INSERT INTO coordination_unit (key,unit,kind) SELECT k.key,min(coalesce(u.unit,ak.key)),"
      "min(coalesce(u.kind,'account')) FROM coordination_key k JOIN media_copy c ON c.media_key=k.noun_key JOIN "
      "file_details f ON f.media_item_key=c.item_key JOIN subject_account sa ON sa.account_key=f.account_key JOIN "
      "coordination_key ak ON ak.noun='account' AND ak.noun_key=f.account_key LEFT JOIN coordination_unit u ON "
      "u.key=ak.key WHERE k.noun='media' AND EXISTS (SELECT 1 FROM coordination_interest i WHERE i.key=k.key) GROUP BY "
      "k.key HAVING count(DISTINCT sa.subject_key)=1 ON CONFLICT DO NOTHING");
}

Status EachMet(Database& db, const std::function<Status(const MetRow&)>& on_row) {
  return db.Each(
      "SELECT coalesce(u.unit,i.key) AS met,coalesce(u.kind,i.kind),i.party,i.channel,max(i.contact),min(i.since),"
      "min(i.quiet) FROM coordination_interest i LEFT JOIN coordination_unit u ON u.key=i.key GROUP BY met,i.party,"
      "i.channel ORDER BY met,i.party,i.channel",
      [&](const SqlRow& row) -> Status {
        const auto unit = row.Digest<Sha256>(0);
        if (!unit) return Fail(Code::kCorrupt, "A row of coordination_interest has a key of a wrong length.");
        return on_row({.unit = *unit,
                       .kind = row.Text(1),
                       .party = row.Text(2),
                       .channel = row.Text(3),
                       .contact = row.Text(4),
                       .since = row.Time(5),
                       .quiet = row.Bool(6)});
      });
}

Status RemakeAccounts(Database& db, int64_t sharers_max) {
  TRY(db.Run(
      "INSERT INTO deconfliction_account (deconfliction_key,account_key) SELECT d.deconfliction_key,k.noun_key FROM "
      "deconfliction d JOIN coordination_key k ON k.key=d.unit AND k.noun='account' WHERE true ON CONFLICT DO "
      "NOTHING"));
  TRY(db.Run(
      "INSERT INTO deconfliction_account (deconfliction_key,account_key) SELECT d.deconfliction_key,k.noun_key FROM "
      "deconfliction d JOIN coordination_unit u ON u.unit=d.unit JOIN coordination_key k ON k.key=u.key AND "
      "k.noun='account' WHERE true ON CONFLICT DO NOTHING"));
  TRY(
      db.Run("INSERT INTO deconfliction_account (deconfliction_key,account_key) SELECT DISTINCT d.deconfliction_key,"
             "m.account_key FROM deconfliction d JOIN coordination_key k ON k.key=d.unit AND k.noun='selector' JOIN "
             "sighting t ON t.selector_key=k.noun_key AND t.origin='declared' JOIN account_mention m ON "
             "m.mention_key=t.mention_key JOIN subject_account sa ON sa.account_key=m.account_key LEFT JOIN link l ON "
             "l.selector_key=k.noun_key WHERE coalesce(l.sharer_count,1)<=?1 ON CONFLICT DO NOTHING",
             sharers_max));
  return db.Run(
      "INSERT INTO deconfliction_account (deconfliction_key,account_key) SELECT DISTINCT d.deconfliction_key,"
      "f.account_key FROM deconfliction d JOIN coordination_key k ON k.key=d.unit AND k.noun='media' JOIN media_copy c "
      "ON "
      "c.media_key=k.noun_key JOIN file_details f ON f.media_item_key=c.item_key JOIN account a ON "
      "a.account_key=f.account_key WHERE a.ever_victim=0 ON CONFLICT DO NOTHING");
}

Result<int64_t> CountKeysOf(Database& db, const Sight& see, std::string_view source) {
  return TRY(db.Number("SELECT count(DISTINCT i.key) FROM coordination_interest i WHERE i.source=?1 AND "
                       "i.kind='account' AND " +
                           see.Source("i.source"),
                       source))
      .value_or(0);
}

Status EachKnownOf(Database& db, const Sight& see, std::string_view source, std::string_view self,
                   const std::function<Status(const KnownRow&)>& on_row) {
  return db.Each(
      "SELECT o.channel,o.basis,count(DISTINCT o.key),min(o.since) FROM coordination_interest i JOIN "
      "coordination_interest o ON o.key=i.key AND o.party=?2 AND (o.since<i.since OR (o.since=i.since AND "
      "o.source<i.source)) WHERE "
      "i.source=?1 AND i.party=?2 AND i.kind='account' AND " +
          see.Source("i.source") + " AND " + see.Source("o.source") +
          " GROUP BY o.channel,o.basis ORDER BY "
          "min(o.since),o.channel,o.basis",
      [&](const SqlRow& row) {
        return on_row({.channel = row.Text(0), .basis = row.Text(1), .keys = row.Int(2), .since = row.Time(3)});
      },
      source, self);
}

Result<int64_t> CountKnownOf(Database& db, const Sight& see, std::string_view source, std::string_view self) {
  return TRY(db.Number("SELECT count(DISTINCT i.key) FROM coordination_interest i JOIN coordination_interest o ON "
                       "o.key=i.key AND o.party=?2 AND (o.since<i.since OR (o.since=i.since AND o.source<i.source)) "
                       "WHERE i.source=?1 AND "
                       "i.party=?2 AND i.kind='account' AND " +
                           see.Source("i.source") + " AND " + see.Source("o.source"),
                       source, self))
      .value_or(0);
}

namespace {
Result<std::string> Joined(Database& db, std::span<const std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) out += TRY(db.TextOf(part)).value_or("") + "\n";
  return out;
}
}  // namespace

// Whether an account has left or is still to go there makes no difference to who works on it.
Result<std::string> ScanInput(Database& db) {
  constexpr std::string_view kParts[] = {
      "SELECT coalesce(group_concat(id||':'||gone),'') FROM (SELECT id,state IN ('refused','superseded') AS gone FROM "
      "package WHERE kind='evidence' OR state='refused' ORDER BY package_key)",
      "SELECT coalesce(group_concat(authority||':'||n||':'||last),'') FROM (SELECT authority,count(*) AS n,"
      "max(since) AS last FROM destination GROUP BY authority ORDER BY authority)",
      "SELECT count(*) FROM coordination_interest WHERE derived=0", "SELECT count(*) FROM coordination_claim",
      "SELECT count(*)||','||coalesce(max(contribution_key),0) FROM contribution"};
  return Joined(db, kParts);
}

Result<std::string> PauseInput(Database& db) {
  constexpr std::string_view kParts[] = {
      "SELECT coalesce(group_concat(id||':'||party_count),'') FROM (SELECT id,party_count FROM deconfliction WHERE "
      "state<>'settled' ORDER BY id)",
      "SELECT count(*) FROM deconfliction_account",
      "SELECT coalesce(group_concat(deconfliction_key||':'||authority||':'||kind||':'||party_count),'') FROM (SELECT * "
      "FROM deconfliction_override ORDER BY deconfliction_key,authority,kind)"};
  return Joined(db, kParts);
}

}  // namespace crossguard::coordination_rows
