#include "register/erase_rows.h"

#include <unordered_set>

#include "register/erase_message_rows.h"

namespace crossguard::erase_rows {
namespace {

Result<int64_t> Count(Database& db, std::string_view sql, const SqlValue& value) {
  int64_t out = 0;
  TRY(db.Query(sql, std::span(&value, 1), [&](const SqlRow& row) -> Status {
    out = row.Int(0);
    return {};
  }));
  return out;
}

// Runs one DELETE with one value; how many rows went.
Result<int64_t> Delete(Transaction& transaction, std::string_view sql, const SqlValue& value) {
  TRY(transaction.db().Query(sql, std::span(&value, 1), [](const SqlRow&) -> Status { return {}; }));
  return transaction.db().changes();
}

Status Keys(Database& db, std::string_view sql, const SqlValue& value, const std::function<void(int64_t)>& on_key) {
  return db.Query(sql, std::span(&value, 1), [&](const SqlRow& row) -> Status {
    if (!row.IsNull(0)) on_key(row.Int(0));
    return {};
  });
}

Result<bool> HasInbox(Database& db) {
  return TRY(db.Number("SELECT count(*) FROM pragma_table_info('inbox') WHERE name IN ('sender','state','labels')"))
             .value_or(0) == 3;
}

}  // namespace

// --- Accounts -------------------------------------------------------------------------------------------------------

Result<std::optional<AccountRow>> FindAccount(Database& db, std::string_view id) {
  std::optional<AccountRow> out;
  TRY(db.Each(
      "SELECT account_key, id, service, esp_identifier, identifier_derived FROM account WHERE id=?1",
      [&](const SqlRow& row) -> Status {
        out = {.key = row.KeyOf<Account>(0),
               .id = row.Text(1),
               .service = row.Text(2),
               .esp_identifier = row.Text(3),
               .derived = row.Bool(4)};
        return {};
      },
      id));
  return out;
}

Status EachAccountText(Database& db, Key<Account> account, const OnText& on_text) {
  const auto take = [&](const SqlRow& row) -> Status { return on_text(row.TextView(0)); };
  // Words that many share (a city, a country, an age) are no name: they go with their rows and are not sought
  // elsewhere.
  constexpr std::string_view kTexts[] = {
      "SELECT esp_identifier FROM account WHERE account_key=?1 AND identifier_derived=0",
      "SELECT g.raw FROM sighting g JOIN account_mention m USING (mention_key) WHERE m.account_key=?1",
      "SELECT g.raw FROM sighting g JOIN file_details d USING (details_key) WHERE d.account_key=?1",
      "SELECT v.value FROM account_value v JOIN account_mention m USING (mention_key) WHERE m.account_key=?1 AND "
      "(v.field IN ('display_name','bio','notes') OR instr(v.value,'@')>0 OR (v.field LIKE 'unknown:%' AND "
      "length(v.value)>=12))",
      "SELECT f.value||' '||l.value FROM account_value f JOIN account_value l USING (mention_key) JOIN account_mention "
      "m "
      "USING (mention_key) WHERE m.account_key=?1 AND f.field='first_name' AND l.field='last_name'",
      "SELECT file_name FROM file_details WHERE account_key=?1",
      "SELECT original_file_name FROM file_details WHERE account_key=?1",
      "SELECT additional_info FROM file_details WHERE account_key=?1"};
  for (const std::string_view sql : kTexts) TRY(db.Each(sql, take, account));
  return {};
}

Result<std::vector<SelectorRow>> OwnSelectors(Database& db, Key<Account> account) {
  std::vector<SelectorRow> out;
  TRY(db.Each(
      "SELECT s.selector_key, s.type, s.value FROM selector s WHERE s.selector_key IN (SELECT g.selector_key FROM "
      "sighting g JOIN account_mention m USING (mention_key) WHERE m.account_key=?1 UNION SELECT g.selector_key FROM "
      "sighting g JOIN file_details d USING (details_key) WHERE d.account_key=?1) AND NOT EXISTS (SELECT 1 FROM "
      "sighting g JOIN account_mention m USING (mention_key) WHERE g.selector_key=s.selector_key AND "
      "m.account_key<>?1) AND NOT EXISTS (SELECT 1 FROM sighting g JOIN file_details d USING (details_key) WHERE "
      "g.selector_key=s.selector_key AND g.mention_key IS NULL AND d.account_key<>?1) ORDER BY s.selector_key",
      [&](const SqlRow& row) -> Status {
        out.push_back({.key = row.Int(0), .type = row.Text(1), .value = row.Text(2)});
        return {};
      },
      account));
  return out;
}

Result<std::set<int64_t>> DocumentsOf(Database& db, Key<Account> account) {
  std::set<int64_t> out;
  constexpr std::string_view kPlaces[] = {
      "SELECT item_key FROM account_mention WHERE account_key=?1",
      "SELECT v.item_key FROM account_value v JOIN account_mention m USING (mention_key) WHERE m.account_key=?1",
      "SELECT g.item_key FROM sighting g JOIN account_mention m USING (mention_key) WHERE m.account_key=?1",
      "SELECT item_key FROM file_details WHERE account_key=?1",
      "SELECT r.item_key FROM report r JOIN account_mention m USING (report_key) WHERE m.account_key=?1",
      "SELECT d.item_key FROM report d JOIN account_mention m ON m.report_key=d.duplicate_of WHERE m.account_key=?1",
      "SELECT d.item_key FROM file_details d JOIN account_mention m USING (report_key) WHERE m.account_key=?1",
      "SELECT o.item_key FROM sighting g JOIN account_mention m USING (mention_key) JOIN sighting o ON "
      "o.selector_key=g.selector_key AND o.mention_key IS NULL WHERE m.account_key=?1"};
  for (const std::string_view sql : kPlaces) TRY(Keys(db, sql, account, [&](int64_t key) { out.insert(key); }));
  return out;
}

Result<bool> IsMentionedIn(Database& db, Key<Account> account, int64_t item_key) {
  return TRY(db.Number("SELECT 1 FROM account_mention WHERE account_key=?1 AND item_key=?2 LIMIT 1", account, item_key))
      .has_value();
}

Result<std::vector<OwnFile>> OwnFiles(Database& db, Key<Account> account) {
  std::vector<OwnFile> out;
  TRY(db.Each(
      "SELECT d.media_item_key, max(EXISTS (SELECT 1 FROM media_copy c JOIN media_verdict v USING (media_key) WHERE "
      "c.item_key=d.media_item_key AND v.verdict IN ('known','conflict'))) FROM file_details d WHERE d.account_key=?1 "
      "AND d.media_item_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM file_details o WHERE "
      "o.media_item_key=d.media_item_key AND (o.account_key IS NULL OR o.account_key<>?1)) GROUP BY d.media_item_key",
      [&](const SqlRow& row) -> Status {
        out.push_back({.item_key = row.Int(0), .known = row.Bool(1)});
        return {};
      },
      account));
  return out;
}

Result<std::vector<Key<Report>>> ReportsNamingNobodyElse(Database& db, Key<Account> account) {
  std::vector<Key<Report>> out;
  TRY(Keys(db,
           "SELECT DISTINCT m.report_key FROM account_mention m WHERE m.account_key=?1 AND NOT EXISTS (SELECT 1 FROM "
           "account_mention o WHERE o.report_key=m.report_key AND o.account_key<>?1)",
           account, [&](int64_t key) { out.push_back({key}); }));
  return out;
}

namespace {

// Open keys are plain digests: who guesses the datum can try them. So they go with it.
Status DeleteKeys(Transaction& transaction, std::string_view noun, int64_t noun_key) {
  constexpr std::string_view kRows[] = {
      "DELETE FROM coordination_interest WHERE key IN (SELECT key FROM coordination_key WHERE noun=?1 AND noun_key=?2)",
      "DELETE FROM coordination_unit WHERE key IN (SELECT key FROM coordination_key WHERE noun=?1 AND noun_key=?2)",
      "DELETE FROM coordination_key WHERE noun=?1 AND noun_key=?2"};
  for (const std::string_view sql : kRows) TRY(transaction.db().Run(sql, noun, noun_key));
  return {};
}

}  // namespace

Result<Lines> DeleteAccount(Transaction& transaction, const AccountRow& account, const Replacement& replacement,
                            const std::vector<SelectorRow>& own_selectors) {
  Lines lines;
  Database& db = transaction.db();
  lines["accounts"] =
      TRY(Count(db,
                "SELECT count(DISTINCT r.operation_key) FROM account_mention m JOIN report r USING (report_key) WHERE "
                "m.account_key=?1 AND m.role='reported' AND r.state='taken'",
                account.key));
  for (const char* line : {"subjects", "triage", "jurisdiction"}) lines[line] = lines["accounts"] > 0 ? 1 : 0;
  TRY(db.Run(
      "UPDATE deconfliction SET unit=?2 WHERE unit IN (SELECT key FROM coordination_key WHERE noun='account' AND "
      "noun_key=?1)",
      account.key, replacement.unit));
  TRY(DeleteKeys(transaction, "account", account.key.value));
  const auto subject = TRY(db.Number("SELECT subject_key FROM subject_account WHERE account_key=?1", account.key));
  constexpr std::string_view kSightings[] = {
      "DELETE FROM sighting WHERE mention_key IN (SELECT mention_key FROM account_mention WHERE account_key=?1)",
      "DELETE FROM sighting WHERE details_key IN (SELECT details_key FROM file_details WHERE account_key=?1)"};
  for (const std::string_view sql : kSightings) lines["selectors"] += TRY(Delete(transaction, sql, account.key));
  for (const SelectorRow& selector : own_selectors) {
    for (const auto& [line, count] : TRY(DeleteSelector(transaction, selector.key))) lines[line] += count;
  }
  lines["details"] = TRY(Delete(transaction, "DELETE FROM file_details WHERE account_key=?1", account.key));
  constexpr std::string_view kRows[] = {
      "DELETE FROM account_value WHERE mention_key IN (SELECT mention_key FROM account_mention WHERE account_key=?1)",
      "DELETE FROM account_mention WHERE account_key=?1",
      "DELETE FROM partner_hit WHERE account_key=?1",
      "DELETE FROM link_account WHERE account_key=?1",
      "DELETE FROM subject_account WHERE account_key=?1",
      "DELETE FROM index_exclusion WHERE account_key=?1",
      "DELETE FROM score WHERE account_key=?1",
      "DELETE FROM triage WHERE account_key=?1",
      "DELETE FROM jurisdiction_claim WHERE account_key=?1",
      "DELETE FROM jurisdiction WHERE account_key=?1",
      "DELETE FROM withheld WHERE account_key=?1",
      "DELETE FROM destination WHERE account_key=?1",
      "DELETE FROM package_held_back WHERE account_key=?1",
      "DELETE FROM queue_item WHERE noun='account' AND noun_key=?1"};
  for (const std::string_view sql : kRows) TRY(Delete(transaction, sql, account.key));
  if (subject) {
    TRY(db.Run("UPDATE subject SET account_count=account_count-1 WHERE subject_key=?1", *subject));
    TRY(db.Run("DELETE FROM subject WHERE subject_key=?1 AND account_count<=0", *subject));
  }
  TRY(db.Run("DELETE FROM retention_keep WHERE kind='account' AND object_id=?1", account.id));
  TRY(
      db.Run("UPDATE account SET id=?2, service='erased', esp_identifier=?2, identifier_derived=1, ever_victim=0, "
             "minor='unknown', category='unresolved' WHERE account_key=?1",
             account.key, replacement.id));
  return lines;
}

Status BlankReportTexts(Transaction& transaction, Key<Report> report) {
  return transaction.db().Run(
      "UPDATE report SET additional_info='', unknown_fields='[]' WHERE report_key=?1 OR duplicate_of=?1", report);
}

// --- Contributions, identifiers, contents ---------------------------------------------------------------------------

Result<std::optional<ContributionRow>> FindContribution(Database& db, std::string_view id) {
  std::optional<ContributionRow> out;
  TRY(db.Each(
      "SELECT contribution_key, id, owner FROM contribution WHERE id=?1",
      [&](const SqlRow& row) -> Status {
        out = {.key = row.Int(0), .id = row.Text(1), .owner = row.Text(2)};
        return {};
      },
      id));
  return out;
}

Status EachHolding(Database& db, int64_t contribution_key, const std::function<Status(const HoldingRow&)>& on_row) {
  return db.Each(
      "SELECT h.holding_key, h.contribution_key, c.owner, h.type, h.value FROM holding h JOIN contribution c USING "
      "(contribution_key) WHERE ?1=0 OR h.contribution_key=?1 ORDER BY h.holding_key",
      [&](const SqlRow& row) -> Status {
        return on_row({.key = row.Int(0),
                       .contribution_key = row.Int(1),
                       .owner = row.Text(2),
                       .type = row.Text(3),
                       .value = row.Text(4)});
      },
      contribution_key);
}

Result<Lines> DeleteHolding(Transaction& transaction, int64_t holding_key) {
  TRY(Delete(transaction, "DELETE FROM partner_hit WHERE holding_key=?1", holding_key));
  Lines lines;
  lines["holdings"] = TRY(Delete(transaction, "DELETE FROM holding WHERE holding_key=?1", holding_key));
  return lines;
}

Status BlankContribution(Transaction& transaction, int64_t contribution_key, std::string_view new_id,
                         const Sha256& new_source) {
  return transaction.db().Run(
      "UPDATE contribution SET id=?2, source_sha256=?3, contact='', handling_text='' WHERE contribution_key=?1",
      contribution_key, new_id, new_source);
}

Result<std::optional<SelectorRow>> FindSelector(Database& db, std::string_view type, std::string_view value) {
  const auto key = TRY(db.Number("SELECT selector_key FROM selector WHERE type=?1 AND value=?2", type, value));
  if (!key) return std::optional<SelectorRow>();
  return std::optional(SelectorRow{.key = *key, .type = std::string(type), .value = std::string(value)});
}

Status EachSelectorText(Database& db, int64_t selector_key, const OnText& on_text) {
  return db.Each(
      "SELECT DISTINCT raw FROM sighting WHERE selector_key=?1",
      [&](const SqlRow& row) -> Status { return on_text(row.TextView(0)); }, selector_key);
}

Result<std::set<int64_t>> DocumentsOfSelector(Database& db, int64_t selector_key) {
  std::set<int64_t> out;
  TRY(Keys(db, "SELECT item_key FROM sighting WHERE selector_key=?1", selector_key,
           [&](int64_t key) { out.insert(key); }));
  // Repetitions of a report are not read for identifiers, but hold them all the same.
  TRY(Keys(db, "SELECT d.item_key FROM sighting g JOIN report d ON d.duplicate_of=g.report_key WHERE g.selector_key=?1",
           selector_key, [&](int64_t key) { out.insert(key); }));
  return out;
}

Status DeleteOpenKey(Transaction& transaction, const Sha256& key) {
  for (const std::string_view sql :
       {"DELETE FROM coordination_interest WHERE key=?1", "DELETE FROM coordination_unit WHERE key=?1"})
    TRY(transaction.db().Run(sql, key));
  return {};
}

Result<Lines> DeleteSelector(Transaction& transaction, int64_t selector_key) {
  Lines lines;
  TRY(DeleteKeys(transaction, "selector", selector_key));
  lines["selectors"] = TRY(Delete(transaction, "DELETE FROM sighting WHERE selector_key=?1", selector_key));
  constexpr std::string_view kRows[] = {
      "DELETE FROM link_account WHERE link_key IN (SELECT link_key FROM link WHERE selector_key=?1)",
      "DELETE FROM link WHERE selector_key=?1", "DELETE FROM selector WHERE selector_key=?1"};
  for (const std::string_view sql : kRows) TRY(Delete(transaction, sql, selector_key));
  return lines;
}

Result<std::optional<MediaRow>> FindMedia(Database& db, std::string_view id) {
  std::optional<MediaRow> out;
  TRY(db.Each(
      "SELECT media_key, id, sha256, md5, sha1, pdq FROM media WHERE id=?1",
      [&](const SqlRow& row) -> Status {
        MediaRow media{.key = row.KeyOf<Media>(0), .id = row.Text(1)};
        const auto sha256 = row.Digest<Sha256>(2);
        if (!sha256)
          return Fail(Code::kCorrupt, "A row of table media has no digest; restore the register from a backup.");
        media.sha256 = *sha256;
        media.digests = {{"sha256", sha256->hex()}, {"md5", ToHex(row.Blob(3))}, {"sha1", ToHex(row.Blob(4))}};
        if (!row.IsNull(5)) media.digests.emplace_back("pdq", ToHex(row.Blob(5)));
        out = std::move(media);
        return {};
      },
      id));
  if (out) {
    TRY(Keys(db, "SELECT DISTINCT item_key FROM media_copy WHERE media_key=?1 AND parent_media_key IS NULL", out->key,
             [&](int64_t key) { out->items.push_back(key); }));
    TRY(Keys(db, "SELECT DISTINCT item_key FROM media_copy WHERE media_key=?1 AND parent_media_key IS NOT NULL",
             out->key, [&](int64_t key) { out->archives.push_back(key); }));
  }
  return out;
}

Result<std::vector<Key<Account>>> AccountsOfMedia(Database& db, Key<Media> media) {
  std::vector<Key<Account>> out;
  TRY(Keys(db,
           "SELECT DISTINCT d.account_key FROM media_copy c JOIN file_details d ON d.media_item_key=c.item_key WHERE "
           "c.media_key=?1 AND d.account_key IS NOT NULL",
           media, [&](int64_t key) { out.push_back({key}); }));
  return out;
}

Status BlankDetailsOfItem(Transaction& transaction, int64_t item_key) {
  return transaction.db().Run(
      "UPDATE file_details SET file_name='', original_file_name='', claimed_hashes='[]', additional_info='', "
      "unknown_fields='[]' WHERE media_item_key=?1",
      item_key);
}

// --- Files of submissions -------------------------------------------------------------------------------------------

Result<Item> FindItem(Database& db, int64_t item_key) {
  std::optional<Item> out;
  TRY(db.Each(
      "SELECT item_key, sha256, role, path, size_bytes FROM exhibit_item WHERE item_key=?1",
      [&](const SqlRow& row) -> Status {
        out = {.key = row.Int(0),
               .sha256 = row.Digest<Sha256>(1),
               .role = row.Text(2),
               .path = row.Text(3),
               .size_bytes = row.Int(4)};
        return {};
      },
      item_key));
  if (!out) return Fail(Code::kCorrupt, "A row refers to a file that no submission has; restore the register.");
  return *out;
}

Result<std::vector<int64_t>> ItemsWith(Database& db, const Sha256& sha256) {
  std::vector<int64_t> out;
  TRY(Keys(db, "SELECT item_key FROM exhibit_item WHERE sha256=?1 ORDER BY item_key", sha256,
           [&](int64_t key) { out.push_back(key); }));
  return out;
}

Status SetItemContent(Transaction& transaction, int64_t item_key, const Sha256& sha256) {
  return transaction.db().Run("UPDATE exhibit_item SET sha256=?2 WHERE item_key=?1", item_key, sha256);
}

namespace {

// A content without any occurrence left, and what was found of it.
Status DeleteMedia(Transaction& transaction, int64_t media_key) {
  TRY(DeleteKeys(transaction, "media", media_key));
  constexpr std::string_view kRows[] = {
      "DELETE FROM outcome_file WHERE sha256=(SELECT sha256 FROM media WHERE media_key=?1)",
      "DELETE FROM hash_hit WHERE media_key=?1",
      "DELETE FROM media_verdict WHERE media_key=?1",
      "DELETE FROM cluster_member WHERE cluster_key IN (SELECT cluster_key FROM cluster WHERE representative_key=?1)",
      "DELETE FROM cluster_thumbnail WHERE cluster_key IN (SELECT cluster_key FROM cluster WHERE "
      "representative_key=?1)",
      "DELETE FROM cluster_member WHERE media_key=?1",
      "DELETE FROM cluster_thumbnail WHERE media_key=?1",
      "DELETE FROM cluster WHERE representative_key=?1",
      "DELETE FROM media_frame WHERE media_key=?1",
      "DELETE FROM video_link WHERE media_key=?1 OR other_key=?1",
      "DELETE FROM queue_item WHERE noun='media' AND noun_key=?1",
      "DELETE FROM media WHERE media_key=?1"};
  for (const std::string_view sql : kRows) TRY(Delete(transaction, sql, media_key));
  return {};
}

}  // namespace

Result<Lines> EraseItem(Transaction& transaction, const Item& item, std::vector<Sha256>& contents) {
  Lines lines;
  Database& db = transaction.db();
  if (item.sha256) {
    lines["bytes"] = item.size_bytes;
    contents.push_back(*item.sha256);
  }
  std::vector<int64_t> media;
  TRY(Keys(db, "SELECT DISTINCT media_key FROM media_copy WHERE item_key=?1", item.key,
           [&](int64_t key) { media.push_back(key); }));
  lines["copies"] = TRY(Delete(transaction, "DELETE FROM media_copy WHERE item_key=?1", item.key));
  for (const int64_t key : media) {
    if (TRY(db.Number("SELECT 1 FROM media_copy WHERE media_key=?1 OR parent_media_key=?1 LIMIT 1", key))) continue;
    TRY(db.Each(
        "SELECT sha256 FROM media WHERE media_key=?1",
        [&](const SqlRow& row) -> Status {
          if (const auto sha256 = row.Digest<Sha256>(0)) contents.push_back(*sha256);
          return {};
        },
        key));
    TRY(DeleteMedia(transaction, key));
    ++lines["files"];
  }
  TRY(BlankDetailsOfItem(transaction, item.key));
  TRY(db.Run("UPDATE file_details SET media_item_key=NULL, state='erased', hash_check='none' WHERE media_item_key=?1",
             item.key));
  TRY(
      db.Run("UPDATE exhibit_item SET state='erased', sha256=NULL, path='erased/'||item_key, reason=NULL WHERE "
             "item_key=?1",
             item.key));
  return lines;
}

Result<bool> IsDeclared(Database& db, int64_t item_key) {
  return TRY(db.Number("SELECT 1 FROM file_details WHERE media_item_key=?1 LIMIT 1", item_key)).has_value();
}

Result<bool> ContentIsUsed(Database& db, const Sha256& sha256) {
  return TRY(db.Number("SELECT 1 FROM exhibit_item WHERE sha256=?1 UNION SELECT 1 FROM media WHERE sha256=?1 LIMIT 1",
                       sha256))
      .has_value();
}

// --- Packages and messages ------------------------------------------------------------------------------------------

Result<std::vector<Carrier>> PackagesWith(Database& db, Key<Account> account) {
  std::vector<Carrier> out;
  TRY(db.Each(
      "SELECT p.package_key, p.id, p.authority, p.state, o.name, p.released_at IS NOT NULL FROM package_account x JOIN "
      "package p USING (package_key) JOIN operation o USING (operation_key) WHERE x.account_key=?1 ORDER BY p.id",
      [&](const SqlRow& row) -> Status {
        out.push_back({.key = row.KeyOf<Package>(0),
                       .id = row.Text(1),
                       .authority = row.Text(2),
                       .state = row.Text(3),
                       .operation = row.Text(4),
                       .left = row.Bool(5)});
        return {};
      },
      account));
  return out;
}

Result<std::vector<std::string>> SupersededPackages(Database& db) {
  std::vector<std::string> out;
  TRY(db.Each("SELECT id FROM package WHERE state='superseded' ORDER BY id", [&](const SqlRow& row) -> Status {
    out.push_back(row.Text(0));
    return {};
  }));
  return out;
}

Status MarkPackageErased(Transaction& transaction, Key<Package> package, Key<Erasure> erasure, Instant at) {
  return transaction.db().Run(
      "INSERT INTO erased_package (package_key, erasure_key, at) VALUES (?1,?2,?3) ON CONFLICT DO NOTHING", package,
      erasure, at);
}

Status EachSent(Database& db, const std::function<Status(const Sent&)>& on_row) {
  return db.Each("SELECT id, recipient, kind, body, attachment FROM outbox ORDER BY message_key",
                 [&](const SqlRow& row) -> Status {
                   return on_row({.id = row.Text(0),
                                  .recipient = row.Text(1),
                                  .kind = row.Text(2),
                                  .body = row.Text(3),
                                  .attachment = row.Text(4)});
                 });
}

Status SetSentBody(Transaction& transaction, std::string_view message_id, std::string_view body) {
  return transaction.db().Run("UPDATE outbox SET body=?2 WHERE id=?1", message_id, body);
}

Status BlankSent(Transaction& transaction, std::string_view message_id) {
  return transaction.db().Run("UPDATE outbox SET body='{}' WHERE id=?1 AND state<>'waiting'", message_id);
}

Result<bool> PassedOn(Database& db, std::string_view sender, std::string_view owner) {
  if (!TRY(HasInbox(db))) return false;
  return TRY(db.Number("SELECT 1 FROM inbox WHERE sender=?1 AND state='taken' AND json_extract(labels,'$.owner')=?2 "
                       "LIMIT 1",
                       sender, owner))
      .has_value();
}

// --- All texts ------------------------------------------------------------------------------------------------------

Status KeepOnlyUnused(Database& db, std::set<std::string>& texts) {
  if (texts.empty()) return {};
  constexpr std::string_view kColumns[] = {"SELECT esp_identifier FROM account",
                                           "SELECT value FROM selector",
                                           "SELECT raw FROM sighting",
                                           "SELECT value FROM account_value",
                                           "SELECT value FROM holding",
                                           "SELECT file_name FROM file_details",
                                           "SELECT original_file_name FROM file_details"};
  for (const std::string_view sql : kColumns) {
    TRY(db.Each(sql, [&](const SqlRow& row) -> Status {
      texts.erase(row.Text(0));
      return {};
    }));
  }
  return {};
}

namespace {

struct TextColumns {
  std::string table;
  std::vector<std::string> key;    // what names a row
  std::vector<std::string> texts;  // columns of text that are no key
};

// Tables whose rows are deleted as such, or which hold nothing of a person by their own rule.
bool IsLeftAlone(std::string_view table) {
  static const std::unordered_set<std::string_view> kTables = {
      "ledger_leaf", "ledger_private",  "selector",  "holding",       "account", "blob", "hash_entry",      "hash_list",
      "cosignature", "checkpoint_seen", "witnessed", "witness_alarm", "balance", "step", "destroyed_extent"};
  return kTables.contains(table) || table.starts_with("sqlite_") || table.starts_with("erasure") ||
         table.starts_with("erased_");
}

Result<std::vector<TextColumns>> AllTexts(Database& db) {
  std::vector<std::pair<std::string, bool>> tables;
  TRY(db.Each("SELECT name, sql LIKE '%WITHOUT ROWID%' FROM sqlite_schema WHERE type='table' ORDER BY name",
              [&](const SqlRow& row) -> Status {
                if (!IsLeftAlone(row.TextView(0))) tables.emplace_back(row.Text(0), row.Bool(1));
                return {};
              }));
  std::vector<TextColumns> out;
  for (const auto& [table, without_rowid] : tables) {
    TextColumns columns{.table = table};
    if (!without_rowid) columns.key.emplace_back("rowid");
    TRY(db.Each(
        "SELECT name, type, pk FROM pragma_table_info(?1)",
        [&](const SqlRow& row) -> Status {
          if (row.Int(2) != 0) {
            if (without_rowid) columns.key.push_back(row.Text(0));
          } else if (row.TextView(1) == "TEXT") {
            columns.texts.push_back(row.Text(0));
          }
          return {};
        },
        table));
    if (!columns.texts.empty() && columns.key.size() <= 4) out.push_back(std::move(columns));
  }
  return out;
}

using KeyValue = std::variant<int64_t, std::string, Bytes>;

struct Change {
  std::vector<KeyValue> key;
  std::string text;
};

KeyValue KeyOf(const SqlRow& row, int column) {
  if (row.IsNumber(column)) return row.Int(column);
  if (row.IsBlob(column)) return ToBytes(row.Blob(column));
  return row.Text(column);
}

Result<int64_t> MaskColumn(Database& db, const TextColumns& columns, const std::string& column,
                           const std::function<size_t(std::string&)>& mask, std::set<std::string>& stuck) {
  std::string keys, where;
  for (size_t i = 0; i < columns.key.size(); ++i) {
    keys += "\"" + columns.key[i] + "\",";
    where += (i > 0 ? " AND \"" : "\"") + columns.key[i] + "\"=?" + std::to_string(i + 2);
  }
  std::vector<Change> changes;
  const auto key_count = static_cast<int>(columns.key.size());
  TRY(db.Each(
      "SELECT " + keys + "\"" + column + "\" FROM \"" + columns.table + "\" WHERE length(\"" + column + "\")>=6",
      [&](const SqlRow& row) -> Status {
        std::string text = row.Text(key_count);
        if (mask(text) == 0) return {};
        Change change{.key = {}, .text = std::move(text)};
        for (int i = 0; i < key_count; ++i) change.key.push_back(KeyOf(row, i));
        changes.push_back(std::move(change));
        return {};
      }));
  const std::string update = "UPDATE \"" + columns.table + "\" SET \"" + column + "\"=?1 WHERE " + where;
  int64_t count = 0;
  for (const Change& change : changes) {
    std::vector<SqlValue> values = {SqlValue(change.text)};
    for (const KeyValue& key : change.key)
      values.push_back(std::visit([](const auto& value) { return SqlValue(value); }, key));
    const Status done = db.Query(update, values, [](const SqlRow&) -> Status { return {}; });
    if (!done && done.error().code == Code::kConflict) {
      stuck.insert(columns.table);
      continue;
    }
    TRY(Status(done));
    ++count;
  }
  return count;
}

}  // namespace

Result<int64_t> MaskTexts(Transaction& transaction, const std::function<size_t(std::string&)>& mask,
                          std::set<std::string>& stuck) {
  int64_t count = 0;
  for (const TextColumns& columns : TRY(AllTexts(transaction.db()))) {
    for (const std::string& column : columns.texts)
      count += TRY(MaskColumn(transaction.db(), columns, column, mask, stuck));
  }
  return count;
}

Result<std::set<std::pair<std::string, std::string>>> SweptColumns(Database& db) {
  std::set<std::pair<std::string, std::string>> out;
  for (const TextColumns& columns : TRY(AllTexts(db))) {
    for (const std::string& column : columns.texts) out.emplace(columns.table, column);
  }
  return out;
}

Status EachPrivateText(Database& db,
                       const std::function<Status(int64_t leaf_index, std::string_view field, std::string_view)>& on) {
  return db.Each(
      "SELECT leaf_index, field, value FROM ledger_private WHERE value IS NOT NULL ORDER BY leaf_index, field",
      [&](const SqlRow& row) -> Status { return on(row.Int(0), row.TextView(1), row.TextView(2)); });
}

}  // namespace crossguard::erase_rows
