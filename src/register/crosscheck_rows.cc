#include "register/crosscheck_rows.h"

namespace crossguard::crosscheck_rows {

Status EachAccount(Database& db, const std::function<Status(const AccountRow&)>& on_account) {
  AccountRow account;
  return db.Each(
      "SELECT a.account_key,a.id,a.ever_victim,a.minor,EXISTS (SELECT 1 FROM account_mention m WHERE "
      "m.account_key=a.account_key AND m.role='reported'),"
      "EXISTS (SELECT 1 FROM account_mention m WHERE m.account_key=a.account_key AND m.role='victim') FROM account a",
      [&](const SqlRow& row) -> Status {
        account.key = row.KeyOf<Account>(0);
        account.id.assign(row.TextView(1));
        account.ever_victim = row.Bool(2) || row.Bool(5);  // two witnesses: the mark and the mention
        account.may_be_minor = row.TextView(3) == "may_be_minor";
        account.reported = row.Bool(4);
        return on_account(account);
      });
}

Status EachAccountSighting(Database& db, const std::function<Status(const SightingRow&)>& on_sighting) {
  SightingRow sighting;
  return db.Each(
      "SELECT sel.selector_key,sel.type,sel.value,m.account_key,s.origin,s.at,s.zone_known,s.port,s.possible_proxy "
      "FROM selector sel JOIN sighting s ON s.selector_key=sel.selector_key JOIN account_mention m ON "
      "m.mention_key=s.mention_key "
      "ORDER BY sel.type,sel.value",
      [&](const SqlRow& row) -> Status {
        sighting.selector = row.KeyOf<Selector>(0);
        sighting.type = row.TextView(1);
        sighting.value = row.TextView(2);
        sighting.account = row.KeyOf<Account>(3);
        sighting.declared = row.TextView(4) == "declared";
        sighting.at = row.OptionalTime(5);
        sighting.zone_known = row.Bool(6);
        sighting.port = row.OptionalInt(7);
        sighting.proxy = row.Tri(8).value_or(false);
        return on_sighting(sighting);
      });
}

Status ClearResolution(Database& db) {
  return db.Script(
      "DELETE FROM link_account; DELETE FROM link; DELETE FROM subject_account; DELETE FROM subject; DELETE FROM "
      "index_exclusion;");
}

Status InsertExclusion(Database& db, Key<Account> account, std::string_view reason) {
  return db.Run("INSERT INTO index_exclusion (account_key,reason) VALUES (?1,?2)", account, reason);
}

Result<Key<SubjectCandidate>> InsertSubject(Database& db, const Id<SubjectCandidate>& id, int64_t account_count) {
  TRY(db.Run("INSERT INTO subject (id,account_count) VALUES (?1,?2)", id, account_count));
  return Key<SubjectCandidate>{db.last_insert_key()};
}

Status InsertSubjectAccount(Database& db, Key<Account> account, Key<SubjectCandidate> subject) {
  return db.Run("INSERT INTO subject_account (account_key,subject_key) VALUES (?1,?2)", account, subject);
}

Result<int64_t> InsertLink(Database& db, const LinkRow& link) {
  TRY(db.Run("INSERT INTO link (selector_key,strength,sharer_count,reason) VALUES (?1,?2,?3,?4)", link.selector,
             link.strength, link.sharer_count, link.reason));
  return db.last_insert_key();
}

Status InsertLinkAccount(Database& db, int64_t link_key, Key<Account> account, int64_t joined_group) {
  return db.Run("INSERT INTO link_account (link_key,account_key,joined_group) VALUES (?1,?2,?3)", link_key, account,
                joined_group);
}

Result<std::optional<ContributionRow>> FindContributionBySource(Database& db, const Sha256& source_sha256) {
  std::optional<ContributionRow> found;
  const auto take = [&](const SqlRow& row) -> Status {
    found.emplace();
    found->key = row.KeyOf<Contribution>(0);
    found->id = row.IdOf<Contribution>(1);
    found->owner = row.Text(2);
    found->purpose = row.Text(3);
    found->handling_json = row.Text(4);
    found->handling_text = row.Text(5);
    found->grade = row.Text(6);
    found->contact = row.Text(7);
    found->imported_at = row.Time(8);
    found->item_count = row.Int(9);
    found->taken_count = row.Int(10);
    found->refused_count = row.Int(11);
    return {};
  };
  TRY(
      db.Each("SELECT "
              "contribution_key,id,owner,purpose,handling,handling_text,grade,contact,imported_at,item_count,taken_"
              "count,refused_count "
              "FROM contribution WHERE source_sha256=?1",
              take, source_sha256));
  if (found) found->source_sha256 = source_sha256;
  return found;
}

Result<Key<Contribution>> InsertContribution(Database& db, const ContributionRow& c) {
  TRY(
      db.Run("INSERT INTO contribution "
             "(id,owner,purpose,handling,handling_text,grade,contact,source_sha256,imported_at,item_count,taken_count,"
             "refused_count) "
             "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
             c.id, c.owner, c.purpose, c.handling_json, c.handling_text, c.grade, c.contact, c.source_sha256,
             c.imported_at, c.item_count, c.taken_count, c.refused_count));
  return Key<Contribution>{db.last_insert_key()};
}

Status UpdateContribution(Database& db, const ContributionRow& c) {
  return db.Run(
      "UPDATE contribution SET "
      "owner=?2,purpose=?3,handling=?4,handling_text=?5,grade=?6,contact=?7,item_count=?8,taken_count=?9,refused_count="
      "?10 "
      "WHERE contribution_key=?1",
      c.key, c.owner, c.purpose, c.handling_json, c.handling_text, c.grade, c.contact, c.item_count, c.taken_count,
      c.refused_count);
}

Result<bool> InsertHolding(Database& db, const HoldingRow& h) {
  TRY(
      db.Run("INSERT INTO holding (contribution_key,type,value,category,ref) SELECT ?1,?2,?3,?4,?5 "
             "WHERE NOT EXISTS (SELECT 1 FROM holding WHERE type=?2 AND value=?3 AND contribution_key=?1)",
             h.contribution, h.type, h.value, h.category, h.ref));
  return db.changes() > 0;
}

Status InsertRefusal(Database& db, Key<Contribution> contribution, std::string_view reason, int64_t count) {
  return db.Run("INSERT INTO contribution_refusal (contribution_key,reason,count) VALUES (?1,?2,?3)", contribution,
                reason, count);
}

Status EachRefusal(Database& db, Key<Contribution> contribution,
                   const std::function<Status(std::string_view, int64_t)>& on_refusal) {
  return db.Each(
      "SELECT reason,count FROM contribution_refusal WHERE contribution_key=?1 ORDER BY reason",
      [&](const SqlRow& row) { return on_refusal(row.TextView(0), row.Int(1)); }, contribution);
}

Status EachSelectorMet(Database& db, const std::function<Status(const MetRow&)>& on_met) {
  MetRow met;
  return db.Each(
      "SELECT DISTINCT a.account_key,a.id,h.holding_key,c.id,h.type,h.value,c.owner,c.contact FROM holding h "
      "JOIN contribution c ON c.contribution_key=h.contribution_key JOIN selector sel ON sel.type=h.type AND "
      "sel.value=h.value "
      "JOIN sighting s ON s.selector_key=sel.selector_key JOIN account_mention m ON m.mention_key=s.mention_key "
      "JOIN subject_account sa ON sa.account_key=m.account_key JOIN account a ON a.account_key=sa.account_key",
      [&](const SqlRow& row) -> Status {
        met.account = row.KeyOf<Account>(0);
        met.account_id = row.Text(1);
        met.holding = row.KeyOf<Holding>(2);
        met.contribution_id = row.Text(3);
        met.type = row.Text(4);
        met.value = row.Text(5);
        met.owner = row.Text(6);
        met.contact = row.Text(7);
        return on_met(met);
      });
}

Status EachDigestHolding(Database& db, const std::function<Status(const MetRow&)>& on_holding) {
  MetRow met;
  return db.Each(
      "SELECT h.holding_key,c.id,h.type,h.value,c.owner,c.contact FROM holding h JOIN contribution c ON "
      "c.contribution_key=h.contribution_key "
      "WHERE h.type IN ('sha256','sha1','md5','pdq')",
      [&](const SqlRow& row) -> Status {
        met.holding = row.KeyOf<Holding>(0);
        met.contribution_id = row.Text(1);
        met.type = row.Text(2);
        met.value = row.Text(3);
        met.owner = row.Text(4);
        met.contact = row.Text(5);
        return on_holding(met);
      });
}

Result<std::vector<Key<Media>>> MediaWithDigest(Database& db, std::string_view type, ByteView digest) {
  std::vector<Key<Media>> media;
  const std::string_view sql = type == "sha256" ? "SELECT media_key FROM media WHERE sha256=?1 AND size_bytes>0"
                               : type == "sha1" ? "SELECT media_key FROM media WHERE sha1=?1 AND size_bytes>0"
                                                : "SELECT media_key FROM media WHERE md5=?1 AND size_bytes>0";
  const auto take = [&](const SqlRow& row) -> Status {
    media.push_back(row.KeyOf<Media>(0));
    return {};
  };
  TRY(db.Each(sql, take, digest));
  return media;
}

Status EachMediaPdq(Database& db, int64_t quality_min, const std::function<Status(Key<Media>, const Pdq&)>& on_media) {
  return db.Each(
      "SELECT media_key,pdq FROM media WHERE size_bytes>0 AND pdq IS NOT NULL AND pdq_quality>=?1",
      [&](const SqlRow& row) -> Status {
        const auto pdq = row.Digest<Pdq>(1);
        return pdq ? on_media(row.KeyOf<Media>(0), *pdq) : Status();
      },
      quality_min);
}

Status EachAccountWithMedia(Database& db, Key<Media> media,
                            const std::function<Status(Key<Account>, std::string_view)>& on_account) {
  return db.Each(
      "SELECT DISTINCT a.account_key,a.id FROM media_copy k JOIN file_details f ON f.media_item_key=k.item_key "
      "JOIN subject_account sa ON sa.account_key=f.account_key JOIN account a ON a.account_key=sa.account_key WHERE "
      "k.media_key=?1",
      [&](const SqlRow& row) { return on_account(row.KeyOf<Account>(0), row.TextView(1)); }, media);
}

Status ClearPartnerHits(Database& db) {
  return db.Script("DELETE FROM partner_hit;");
}

Status InsertPartnerHit(Database& db, const Id<PartnerHit>& id, const MetRow& met) {
  return db.Run(
      "INSERT INTO partner_hit (id,account_key,holding_key,selector_type,owner,contact) VALUES (?1,?2,?3,?4,?5,?6)", id,
      met.account, met.holding, met.type, met.owner, met.contact);
}

Result<int64_t> CountHoldings(Database& db) {
  return TRY(db.Number("SELECT count(*) FROM holding")).value_or(0);
}
Result<int64_t> CountSubjectAccounts(Database& db) {
  return TRY(db.Number("SELECT count(*) FROM subject_account")).value_or(0);
}

Status EachPartnerAnswer(Database& db, Key<Account> account,
                         const std::function<Status(std::string_view, std::string_view, std::string_view)>& on_answer) {
  return db.Each(
      "SELECT DISTINCT selector_type,owner,contact FROM partner_hit WHERE account_key=?1 ORDER BY "
      "owner,selector_type,contact",
      [&](const SqlRow& row) { return on_answer(row.TextView(0), row.TextView(1), row.TextView(2)); }, account);
}

}  // namespace crossguard::crosscheck_rows
