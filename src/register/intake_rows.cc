#include "register/intake_rows.h"

#include "register/row_readers.h"

namespace crossguard::rows {
namespace {

ReportFound FoundOf(const SqlRow& row) {
  return {.key = row.KeyOf<Report>(0),
          .id = row.IdOf<Report>(1),
          .submission = row.KeyOf<Submission>(2),
          .item = row.KeyOf<ExhibitItem>(3),
          .operation = row.KeyOf<Operation>(4),
          .place = row.Text(5),
          .state = row.Text(6)};
}
constexpr std::string_view kFoundColumns =
    "SELECT report_key, id, submission_key, item_key, operation_key, place, state FROM report ";

}  // namespace

Result<Key<Report>> InsertReport(Database& db, const ReportRow& r) {
  TRY(
      db.Run("INSERT INTO report (id, operation_key, submission_key, item_key, place, dialect, provider, "
             "provider_report_id, state, duplicate_of, incident_type, incident_at, "
             "incident_at_text, incident_zone_known, received_at, escalate_reason, batched_reason, annotations, "
             "additional_info, unknown_fields) "
             "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)",
             r.id, r.operation, r.submission, r.item, r.place, r.dialect, r.provider, r.provider_report_id, r.state,
             r.duplicate_of, r.incident_type, r.incident_at, r.incident_at_text, r.incident_zone_known, r.received_at,
             r.escalate_reason, r.batched_reason, r.annotations, r.additional_info, r.unknown_fields));
  return Key<Report>{db.last_insert_key()};
}

Result<std::optional<ReportFound>> ReportById(Database& db, const Id<Report>& id) {
  std::optional<ReportFound> out;
  TRY(db.Each(
      std::string(kFoundColumns) + "WHERE id = ?1",
      [&](const SqlRow& row) -> Status {
        out = FoundOf(row);
        return {};
      },
      id));
  return out;
}

Result<std::vector<ReportFound>> ReportsOf(Database& db, std::string_view provider,
                                           std::string_view provider_report_id) {
  std::vector<ReportFound> out;
  TRY(db.Each(
      std::string(kFoundColumns) + "WHERE provider_report_id = ?2 AND (provider = ?1 OR ?1 = '') ORDER BY report_key",
      [&](const SqlRow& row) -> Status {
        out.push_back(FoundOf(row));
        return {};
      },
      provider, provider_report_id));
  return out;
}

Result<std::string> ReportUnknown(Database& db, Key<Report> report) {
  return TRY(db.TextOf("SELECT unknown_fields FROM report WHERE report_key = ?1", report)).value_or("[]");
}

Status AddToReport(Database& db, Key<Report> report, const std::optional<std::string>& escalate_reason,
                   const std::optional<std::string>& batched_reason) {
  return db.Run(
      "UPDATE report SET escalate_reason = coalesce(escalate_reason, ?2), batched_reason = coalesce(batched_reason, "
      "?3) WHERE report_key = ?1",
      report, escalate_reason, batched_reason);
}

Result<std::string> ReportAnnotations(Database& db, Key<Report> report) {
  return TRY(db.TextOf("SELECT annotations FROM report WHERE report_key = ?1", report)).value_or("[]");
}

Status SetReportAnnotations(Database& db, Key<Report> report, std::string_view annotations) {
  return db.Run("UPDATE report SET annotations = ?2 WHERE report_key = ?1", report, annotations);
}

Result<bool> ReportHasSelector(Database& db, Key<Report> report, std::string_view type, std::string_view value) {
  return TRY(db.Number("SELECT 1 FROM selector s JOIN sighting g ON g.selector_key = s.selector_key WHERE s.type = ?2 "
                       "AND s.value = ?3 AND g.report_key = ?1 LIMIT 1",
                       report, type, value))
      .has_value();
}

Result<Key<Account>> PutAccount(Database& db, const Id<Account>& id, std::string_view service,
                                std::string_view esp_identifier, bool derived) {
  const auto known = TRY(
      db.Number("SELECT account_key FROM account WHERE service = ?1 AND esp_identifier = ?2", service, esp_identifier));
  if (known) return Key<Account>{*known};
  TRY(db.Run("INSERT INTO account (id, service, esp_identifier, identifier_derived) VALUES (?1, ?2, ?3, ?4)", id,
             service, esp_identifier, derived));
  return Key<Account>{db.last_insert_key()};
}

Status MarkAccount(Database& db, Key<Account> account, std::string_view role, std::string_view minor) {
  TRY(
      db.Run("UPDATE account SET ever_victim = CASE WHEN ?2 = 'victim' THEN 1 ELSE ever_victim END, "
             "minor = CASE WHEN minor = 'may_be_minor' OR ?3 = 'may_be_minor' THEN 'may_be_minor' WHEN ?3 = 'adult' "
             "THEN 'adult' ELSE minor END WHERE account_key = ?1",
             account, role, minor));
  return db.Run(
      "UPDATE account SET category = CASE WHEN ever_victim = 1 THEN 'victim' WHEN minor = 'may_be_minor' THEN "
      "'unresolved' "
      "WHEN ?2 = 'reported' OR category = 'suspect' THEN 'suspect' WHEN ?2 = 'associated' OR category = "
      "'contact_associate' THEN 'contact_associate' "
      "ELSE category END WHERE account_key = ?1",
      account, role);
}

Result<PutMentionResult> PutMention(Database& db, Key<Account> account, Key<Report> report, std::string_view role,
                                    Key<ExhibitItem> item, std::string_view place, std::string_view unknown_fields) {
  PutMentionResult out;
  TRY(db.Each(
      "SELECT mention_key, item_key, place FROM account_mention WHERE report_key = ?1 AND account_key = ?2 AND role = "
      "?3",
      [&](const SqlRow& row) -> Status {
        out = {.key = row.KeyOf<Mention>(0), .made = false, .item = row.KeyOf<ExhibitItem>(1), .place = row.Text(2)};
        return {};
      },
      report, account, role));
  if (out.key) return out;
  TRY(
      db.Run("INSERT INTO account_mention (account_key, report_key, role, item_key, place, unknown_fields) VALUES (?1, "
             "?2, ?3, ?4, ?5, ?6)",
             account, report, role, item, place, unknown_fields));
  return PutMentionResult{.key = {db.last_insert_key()}, .made = true, .item = item, .place = std::string(place)};
}

Result<std::vector<std::pair<Key<Mention>, Key<Account>>>> MentionsOf(Database& db, Key<Report> report,
                                                                      std::string_view role) {
  std::vector<std::pair<Key<Mention>, Key<Account>>> out;
  TRY(db.Each(
      "SELECT mention_key, account_key FROM account_mention WHERE report_key = ?1 AND role = ?2 ORDER BY mention_key",
      [&](const SqlRow& row) -> Status {
        out.emplace_back(row.KeyOf<Mention>(0), row.KeyOf<Account>(1));
        return {};
      },
      report, role));
  return out;
}

Result<std::pair<Key<Mention>, Key<Account>>> MentionOfUser(Database& db, Key<Report> report,
                                                            std::string_view user_id) {
  std::pair<Key<Mention>, Key<Account>> out;
  TRY(db.Each(
      "SELECT m.mention_key, m.account_key FROM account_mention m JOIN account a ON a.account_key = m.account_key "
      "WHERE m.report_key = ?1 AND a.esp_identifier = ?2 "
      "ORDER BY CASE m.role WHEN 'reported' THEN 0 ELSE 1 END, m.mention_key LIMIT 1",
      [&](const SqlRow& row) -> Status {
        out = {row.KeyOf<Mention>(0), row.KeyOf<Account>(1)};
        return {};
      },
      report, user_id));
  return out;
}

Result<bool> MentionHasPlace(Database& db, Key<Mention> mention, Key<ExhibitItem> item, std::string_view place) {
  // A place of the row itself, or of one of its columns ("line 7", "line 7 emails[2]").
  const std::string below = std::string(place) + " ";
  const std::string above = std::string(place) + "!";
  const auto count =
      TRY(db.Number("SELECT EXISTS (SELECT 1 FROM account_value WHERE mention_key = ?1 AND item_key = ?2 AND (place = "
                    "?3 OR (place >= ?4 AND place < ?5))) + "
                    "EXISTS (SELECT 1 FROM sighting WHERE mention_key = ?1 AND item_key = ?2 AND (place = ?3 OR (place "
                    ">= ?4 AND place < ?5)))",
                    mention, item, place, below, above));
  return count.value_or(0) > 0;
}

Status InsertValue(Database& db, Key<Mention> mention, std::string_view field, std::string_view value,
                   Key<ExhibitItem> item, std::string_view place) {
  return db.Run("INSERT INTO account_value (mention_key, field, value, item_key, place) VALUES (?1, ?2, ?3, ?4, ?5)",
                mention, field, value, item, place);
}

Result<Key<Selector>> PutSelector(Database& db, std::string_view type, std::string_view value) {
  const auto known = TRY(db.Number("SELECT selector_key FROM selector WHERE type = ?1 AND value = ?2", type, value));
  if (known) return Key<Selector>{*known};
  TRY(db.Run("INSERT INTO selector (type, value) VALUES (?1, ?2)", type, value));
  return Key<Selector>{db.last_insert_key()};
}

Status InsertSighting(Database& db, const SightingRow& s) {
  return db.Run(
      "INSERT INTO sighting (selector_key, mention_key, report_key, details_key, origin, raw, at, at_text, zone_known, "
      "port, event_name, possible_proxy, verified, item_key, place) "
      "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)",
      s.selector, s.mention, s.report, s.details, s.origin, s.raw, s.at, s.at_text, s.zone_known, s.port, s.event_name,
      s.possible_proxy, s.verified, s.item, s.place);
}

Result<std::optional<DetailsRow>> DetailsById(Database& db, const Id<FileDetails>& id) {
  std::optional<DetailsRow> out;
  TRY(db.Each(
      "SELECT details_key, item_key, place FROM file_details WHERE id = ?1",
      [&](const SqlRow& row) -> Status {
        out.emplace();
        out->key = row.KeyOf<FileDetails>(0);
        out->item = row.KeyOf<ExhibitItem>(1);
        out->place = row.Text(2);
        return {};
      },
      id));
  return out;
}

Result<Key<FileDetails>> InsertDetails(Database& db, const DetailsRow& d) {
  TRY(
      db.Run("INSERT INTO file_details (id, report_key, provider_report_id, account_key, provider_file_id, file_name, "
             "original_file_name, viewed_by_esp, exif_viewed_by_esp, "
             "publicly_available, relevance, industry_classification, annotations, claimed_hashes, uploaded_at, "
             "uploaded_at_text, additional_info, unknown_fields, item_key, place) "
             "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)",
             d.id, d.report, d.provider_report_id, d.account, d.provider_file_id, d.file_name, d.original_file_name,
             d.viewed_by_esp, d.exif_viewed_by_esp, d.publicly_available, d.relevance, d.industry_classification,
             d.annotations, d.claimed_hashes, d.uploaded_at, d.uploaded_at_text, d.additional_info, d.unknown_fields,
             d.item, d.place));
  return Key<FileDetails>{db.last_insert_key()};
}

Result<std::vector<DetailsRow>> DeclaredDetails(Database& db, Key<Submission> submission, Key<FileDetails> after,
                                                int64_t limit) {
  std::vector<DetailsRow> out;
  TRY(db.Each(
      "SELECT d.details_key, d.report_key, d.account_key, d.provider_file_id, d.file_name, d.original_file_name, "
      "d.claimed_hashes, d.item_key, i.path, d.provider_report_id "
      "FROM file_details d CROSS JOIN exhibit_item i ON i.item_key = d.item_key WHERE d.details_key > ?2 AND d.state = "
      "'declared' AND +i.submission_key = ?1 ORDER BY d.details_key LIMIT ?3",
      [&](const SqlRow& row) -> Status {
        DetailsRow d;
        d.key = row.KeyOf<FileDetails>(0);
        d.report = row.KeyOf<Report>(1);
        d.account = row.KeyOf<Account>(2);
        d.provider_file_id = row.Text(3);
        d.file_name = row.Text(4);
        d.original_file_name = row.Text(5);
        d.claimed_hashes = row.Text(6);
        d.item = row.KeyOf<ExhibitItem>(7);
        d.item_path = row.Text(8);
        d.provider_report_id = row.Text(9);
        out.push_back(std::move(d));
        return {};
      },
      submission, after.value, limit));
  return out;
}

Status LinkDetails(Database& db, const DetailsRow& row, Key<ExhibitItem> media_item, std::string_view hash_check) {
  return db.Run(
      "UPDATE file_details SET report_key = ?2, account_key = ?3, media_item_key = ?4, state = CASE WHEN ?4 IS NULL "
      "THEN 'missing' ELSE 'matched' END, hash_check = ?5 "
      "WHERE details_key = ?1",
      row.key, row.report, row.account, media_item, hash_check);
}

Result<Key<Account>> AccountBySharedSelector(Database& db, Key<Report> report, Key<FileDetails> details) {
  std::vector<Key<Account>> found;
  TRY(db.Each(
      "SELECT DISTINCT m.account_key FROM sighting f JOIN sighting s ON s.report_key = f.report_key AND s.selector_key "
      "= f.selector_key AND s.mention_key IS NOT NULL "
      "JOIN account_mention m ON m.mention_key = s.mention_key AND m.role = 'reported' WHERE f.report_key = ?1 AND "
      "f.details_key = ?2 LIMIT 2",
      [&](const SqlRow& row) -> Status {
        found.push_back(row.KeyOf<Account>(0));
        return {};
      },
      report, details));
  return found.size() == 1 ? found[0] : Key<Account>{};
}

Status TieSightings(Database& db, Key<Report> report, Key<FileDetails> details, Key<Account> account) {
  return db.Run(
      "UPDATE sighting SET mention_key = (SELECT m.mention_key FROM account_mention m WHERE m.report_key = ?1 AND "
      "m.account_key = ?3 "
      "ORDER BY CASE m.role WHEN 'reported' THEN 0 ELSE 1 END, m.mention_key LIMIT 1) WHERE report_key = ?1 AND "
      "details_key = ?2 AND mention_key IS NULL",
      report, details, account);
}

Status AddQuarantine(Database& db, Key<ExhibitItem> item, std::string_view place, std::string_view kind,
                     std::string_view reason) {
  return db.Run(
      "INSERT INTO quarantine (item_key, place, kind, reason) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (item_key, place, "
      "kind) DO NOTHING",
      item, place, kind, reason);
}

Result<bool> ItemHasRecords(Database& db, Key<ExhibitItem> item, std::string_view role) {
  const std::string_view sql = role == "file_details" ? "SELECT 1 FROM file_details WHERE item_key = ?1 LIMIT 1"
                                                      : "SELECT 1 FROM report WHERE item_key = ?1 LIMIT 1";
  return TRY(db.Number(sql, item)).has_value();
}

Status SetItemRole(Database& db, Key<ExhibitItem> item, std::string_view role) {
  return db.Run("UPDATE exhibit_item SET role = ?2 WHERE item_key = ?1", item, role);
}

Status SetReportCount(Database& db, Key<ExhibitItem> item, int64_t count) {
  return db.Run("UPDATE exhibit_item SET report_count = ?2 WHERE item_key = ?1", item, count);
}

Status CountIdentifiers(Database& db, Key<ExhibitItem> item, int64_t found, int64_t refused) {
  return db.Run(
      "UPDATE exhibit_item SET identifier_count = identifier_count + ?2, refused_count = refused_count + ?3 WHERE "
      "item_key = ?1",
      item, found, refused);
}

Result<std::vector<ItemRow>> UnreadItems(Database& db, Key<Submission> submission, Key<ExhibitItem> after,
                                         int64_t limit) {
  std::vector<ItemRow> out;
  // The pluses, here and below, make the planner go on from the key: a page must not cost a walk over all that came
  // before.
  TRY(db.Each(
      "SELECT item_key, path, size_bytes, sha256, state, reason, role FROM exhibit_item WHERE +submission_key = ?1 AND "
      "item_key > ?2 AND role = 'unread' AND state = 'sealed' "
      "ORDER BY item_key LIMIT ?3",
      [&](const SqlRow& row) -> Status {
        out.push_back(ItemOf(row));
        return {};
      },
      submission, after.value, limit));
  return out;
}

Result<std::optional<ItemRow>> ItemByKey(Database& db, Key<ExhibitItem> key) {
  std::optional<ItemRow> out;
  TRY(db.Each(
      "SELECT item_key, path, size_bytes, sha256, state, reason, role FROM exhibit_item WHERE item_key = ?1",
      [&](const SqlRow& row) -> Status {
        out = ItemOf(row);
        return {};
      },
      key));
  return out;
}

Status PutMedia(Database& db, const Id<Media>& id, const Sha256& sha256, Key<ExhibitItem> item) {
  TRY(
      db.Run("INSERT INTO media (id, sha256, md5, sha1, size_bytes) SELECT ?1, sha256, md5, sha1, size_bytes FROM blob "
             "WHERE sha256 = ?2 ON CONFLICT (sha256) DO NOTHING",
             id, sha256));
  return db.Run(
      "INSERT INTO media_copy (media_key, item_key) SELECT m.media_key, ?2 FROM media m WHERE m.sha256 = ?1 "
      "AND NOT EXISTS (SELECT 1 FROM media_copy c WHERE c.item_key = ?2 AND c.parent_media_key IS NULL)",
      sha256, item);
}

namespace {
MediaFound MediaOf(const SqlRow& row) {
  MediaFound out;
  out.item = row.KeyOf<ExhibitItem>(0);
  out.sha256 = row.Digest<Sha256>(1).value_or(Sha256{});
  out.md5 = row.Digest<Md5>(2).value_or(Md5{});
  out.sha1 = row.Digest<Sha1>(3).value_or(Sha1{});
  return out;
}
}  // namespace

Result<std::optional<MediaFound>> MediaOfItem(Database& db, Key<ExhibitItem> item) {
  std::optional<MediaFound> out;
  TRY(db.Each(
      "SELECT i.item_key, b.sha256, b.md5, b.sha1 FROM exhibit_item i JOIN blob b ON b.sha256 = i.sha256 WHERE "
      "i.item_key = ?1",
      [&](const SqlRow& row) -> Status {
        out = MediaOf(row);
        return {};
      },
      item));
  return out;
}

Result<std::optional<MediaFound>> MediaByDigest(Database& db, Key<Submission> submission, std::string_view kind,
                                                ByteView digest) {
  const std::string_view column = kind == "md5" ? "md5" : kind == "sha1" ? "sha1" : "sha256";
  std::optional<MediaFound> out;
  TRY(db.Each(
      // From the digest to its few items, in this order: the planner would rather walk all items of the submission,
      // once for each file whose bytes did not come.
      "SELECT i.item_key, m.sha256, m.md5, m.sha1 FROM media m CROSS JOIN media_copy c CROSS JOIN exhibit_item i WHERE "
      "m." +
          std::string(column) +
          " = ?2 AND c.media_key = m.media_key AND c.parent_media_key IS NULL AND i.item_key = c.item_key AND "
          "i.submission_key = ?1 ORDER BY i.item_key LIMIT 1",
      [&](const SqlRow& row) -> Status {
        out = MediaOf(row);
        return {};
      },
      submission, digest));
  return out;
}

Result<int64_t> DocumentCount(Database& db, Key<Submission> submission) {
  return TRY(db.Number("SELECT count(*) FROM exhibit_item WHERE submission_key = ?1 AND state = 'sealed' AND role <> "
                       "'media'",
                       submission))
      .value_or(0);
}

Status EachMediaItem(Database& db, Key<Submission> submission,
                     const std::function<Status(Key<ExhibitItem>, std::string_view)>& on_item) {
  return db.Each(
      "SELECT item_key, path FROM exhibit_item WHERE submission_key = ?1 AND role = 'media' ORDER BY path",
      [&](const SqlRow& row) { return on_item(row.KeyOf<ExhibitItem>(0), row.TextView(1)); }, submission);
}

Result<ReadFigures> CountRead(Database& db, Key<Submission> submission) {
  ReadFigures out;
  const auto count = [&](int64_t& to, std::string_view sql) -> Status {
    to = TRY(db.Number(sql, submission)).value_or(0);
    return {};
  };
  TRY(count(out.reports_taken, "SELECT count(*) FROM report WHERE submission_key = ?1 AND state = 'taken'"));
  TRY(count(out.reports_duplicate, "SELECT count(*) FROM report WHERE submission_key = ?1 AND state = 'duplicate'"));
  TRY(count(out.accounts,
            "SELECT count(DISTINCT m.account_key) FROM account_mention m JOIN report r ON r.report_key = m.report_key "
            "WHERE r.submission_key = ?1"));
  TRY(count(out.mentions,
            "SELECT count(*) FROM account_mention m JOIN report r ON r.report_key = m.report_key WHERE "
            "r.submission_key = ?1"));
  constexpr std::string_view kSightings =
      "SELECT count(*) FROM sighting s JOIN report r ON r.report_key = s.report_key WHERE r.submission_key = ?1 AND "
      "s.origin = ";
  TRY(count(out.sightings_declared, std::string(kSightings) + "'declared'"));
  TRY(count(out.sightings_mined, std::string(kSightings) + "'mined'"));
  const std::string details =
      "SELECT count(*) FROM file_details d JOIN exhibit_item i ON i.item_key = d.item_key WHERE i.submission_key = ?1";
  TRY(count(out.details, details));
  TRY(count(out.details_matched, details + " AND d.state = 'matched'"));
  TRY(count(out.details_missing, details + " AND d.state = 'missing'"));
  TRY(count(out.hash_differs, details + " AND d.hash_check = 'differs'"));
  const std::string copies =
      " FROM media_copy c JOIN exhibit_item i ON i.item_key = c.item_key WHERE i.submission_key = ?1 AND "
      "c.parent_media_key IS NULL";
  TRY(count(out.media, "SELECT count(DISTINCT c.media_key)" + copies));
  TRY(count(out.media_copies, "SELECT count(*)" + copies));
  TRY(count(out.undeclared, "SELECT count(*)" + copies +
                                " AND NOT EXISTS (SELECT 1 FROM file_details d WHERE d.media_item_key = c.item_key)"));
  const std::string quarantine =
      "SELECT count(*) FROM quarantine q JOIN exhibit_item i ON i.item_key = q.item_key WHERE i.submission_key = ?1";
  TRY(count(out.quarantine, quarantine));
  TRY(count(out.quarantine_value, quarantine + " AND q.kind = 'value'"));
  out.quarantine_duplicate =
      TRY(db.Number(quarantine + " AND q.reason = ?2", submission, kDuplicateReason)).value_or(0);
  return out;
}

}  // namespace crossguard::rows
