#include "register/package_rows.h"

namespace crossguard::package_rows {
namespace {

// The four columns that say where a value was read, from column `first` on: item_key, sha256, path, place.
Result<SourceRow> SourceAt(const SqlRow& row, int first) {
  SourceRow out;
  out.item_key = row.Int(first);
  const auto digest = row.Digest<Sha256>(first + 1);
  if (!digest)
    return Fail(Code::kCorrupt, "An exhibit item without a digest is quoted as a source; run crossguard balance.");
  out.exhibit = *digest;
  out.path = row.Text(first + 2);
  out.place = row.Text(first + 3);
  return out;
}

std::optional<std::string> OptionalText(const SqlRow& row, int column) {
  return row.IsNull(column) ? std::nullopt : std::optional(row.Text(column));
}

// Changes exactly one row, or the row is not in the state that the caller saw.
Status One(Database& db, std::string_view what) {
  if (db.changes() != 1)
    return Fail(Code::kConflict, "The package was changed by someone else (" + std::string(what) + "); look again.");
  return {};
}

}  // namespace

Result<std::optional<OperationRow>> FindOperation(Database& db, std::string_view id) {
  std::optional<OperationRow> out;
  TRY(db.Each(
      "SELECT o.operation_key, o.id, o.name, o.created_at,"
      " coalesce((SELECT max(s.sealed_at) FROM submission s WHERE s.operation_key = o.operation_key), o.created_at)"
      " FROM operation o WHERE o.id = ?1",
      [&](const SqlRow& row) -> Status {
        out = OperationRow{.key = row.KeyOf<Operation>(0),
                           .id = row.Text(1),
                           .name = row.Text(2),
                           .created_at = row.Time(3),
                           .as_of = row.Time(4)};
        return {};
      },
      id));
  return out;
}

Status EachReportedAccount(Database& db, Key<Operation> operation,
                           const std::function<Status(const ReportedAccount&)>& on_row) {
  return db.Each(
      "SELECT a.account_key, a.id, a.ever_victim, a.minor, coalesce(j.country, ''), j.account_key IS NOT NULL,"
      " coalesce(t.second_officer, 0), coalesce(t.second_officer_reason, ''), coalesce(p.points, 0), "
      "coalesce(q.points, 0),"
      " coalesce(t.lane = 'urgent', 0)"
      " FROM (SELECT DISTINCT m.account_key FROM account_mention m JOIN report r ON r.report_key = m.report_key"
      "       WHERE r.operation_key = ?1 AND m.role = 'reported') x"
      " JOIN account a ON a.account_key = x.account_key"
      " LEFT JOIN jurisdiction j ON j.account_key = a.account_key"
      " LEFT JOIN triage t ON t.account_key = a.account_key"
      " LEFT JOIN score p ON p.account_key = a.account_key AND p.axis = 'rescue_priority'"
      " LEFT JOIN score q ON q.account_key = a.account_key AND q.axis = 'actionability'"
      " ORDER BY a.id",
      [&](const SqlRow& row) -> Status {
        return on_row({.key = row.KeyOf<Account>(0),
                       .id = row.Text(1),
                       .ever_victim = row.Bool(2),
                       .minor = row.Text(3),
                       .country = row.Text(4),
                       .has_jurisdiction = row.Bool(5),
                       .second_officer = row.Bool(6),
                       .second_officer_reason = row.Text(7),
                       .priority = row.Int(8),
                       .actionability = row.Int(9),
                       .urgent = row.Bool(10)});
      },
      operation);
}

Result<bool> ApprovedByAnother(Database& db, std::string_view act, std::string_view object_id,
                               std::string_view officer) {
  const auto found = TRY(db.Number("SELECT 1 FROM approval WHERE act = ?1 AND object_id = ?2 AND officer <> ?3 LIMIT 1",
                                   act, object_id, officer));
  return found.has_value();
}

Result<AccountRow> ReadAccount(Database& db, Key<Account> account) {
  std::optional<AccountRow> out;
  TRY(db.Each(
      "SELECT account_key, id, service, esp_identifier, minor, category, identifier_derived FROM account WHERE "
      "account_key = ?1",
      [&](const SqlRow& row) -> Status {
        out = AccountRow{.key = row.KeyOf<Account>(0),
                         .id = row.Text(1),
                         .service = row.Text(2),
                         .esp_identifier = row.Text(3),
                         .minor = row.Text(4),
                         .category = row.Text(5),
                         .identifier_derived = row.Bool(6)};
        return {};
      },
      account));
  if (!out) return Fail(Code::kNotFound, "An account of a package is not in the register; run crossguard balance.");
  return *out;
}

Status EachMention(Database& db, Key<Operation> operation, Key<Account> account,
                   const std::function<Status(const MentionRow&)>& on_row) {
  return db.Each(
      "SELECT m.mention_key, r.report_key, r.id, r.provider, r.provider_report_id, m.role, r.incident_type, "
      "r.incident_at_text, r.dialect,"
      " r.incident_at, r.escalate_reason, coalesce(r.batched_reason, ''), r.additional_info, r.annotations,"
      " i.item_key, i.sha256, i.path, m.place"
      " FROM account_mention m JOIN report r ON r.report_key = m.report_key JOIN exhibit_item i ON i.item_key = "
      "m.item_key"
      " WHERE m.account_key = ?2 AND r.operation_key = ?1 AND m.role <> 'victim' ORDER BY r.id, m.role",
      [&](const SqlRow& row) -> Status {
        MentionRow out{.mention_key = row.Int(0),
                       .report_key = row.KeyOf<Report>(1),
                       .report_id = row.Text(2),
                       .provider = row.Text(3),
                       .provider_report_id = row.Text(4),
                       .role = row.Text(5),
                       .incident_type = row.Text(6),
                       .incident_at_text = row.Text(7),
                       .dialect = row.Text(8),
                       .incident_at = row.OptionalTime(9),
                       .escalate_reason = OptionalText(row, 10),
                       .batched_reason = row.Text(11),
                       .report_additional_info = row.Text(12),
                       .annotations = row.Text(13),
                       .source = {}};
        out.source = TRY(SourceAt(row, 14));
        return on_row(out);
      },
      operation, account);
}

Status EachValue(Database& db, Key<Operation> operation, Key<Account> account,
                 const std::function<Status(const ValueRow&)>& on_row) {
  return db.Each(
      "SELECT v.field, v.value, i.item_key, i.sha256, i.path, v.place"
      " FROM account_mention m JOIN report r ON r.report_key = m.report_key"
      " JOIN account_value v ON v.mention_key = m.mention_key JOIN exhibit_item i ON i.item_key = v.item_key"
      " WHERE m.account_key = ?2 AND r.operation_key = ?1 AND m.role <> 'victim' ORDER BY v.field, v.value, i.path, "
      "v.place",
      [&](const SqlRow& row) -> Status {
        ValueRow out{.field = row.Text(0), .value = row.Text(1), .source = {}};
        out.source = TRY(SourceAt(row, 2));
        return on_row(out);
      },
      operation, account);
}

Status EachSighting(Database& db, Key<Operation> operation, Key<Account> account,
                    const std::function<Status(const SightingRow&)>& on_row) {
  return db.Each(
      "SELECT s.type, s.value, g.raw, g.origin, g.at_text, g.event_name, g.at, g.zone_known, g.port, g.possible_proxy, "
      "g.verified,"
      " i.item_key, i.sha256, i.path, g.place"
      " FROM account_mention m JOIN report r ON r.report_key = m.report_key"
      " JOIN sighting g ON g.mention_key = m.mention_key JOIN selector s ON s.selector_key = g.selector_key"
      " JOIN exhibit_item i ON i.item_key = g.item_key"
      " WHERE m.account_key = ?2 AND r.operation_key = ?1 AND m.role <> 'victim'"
      " AND NOT (g.origin = 'mined' AND EXISTS (SELECT 1 FROM sighting v JOIN account_mention vm ON vm.mention_key = "
      "v.mention_key JOIN account va ON va.account_key = vm.account_key WHERE v.selector_key = g.selector_key AND "
      "va.ever_victim = 1))"
      " ORDER BY s.type, s.value, i.path, g.place, g.at, g.raw, g.event_name, g.port",
      [&](const SqlRow& row) -> Status {
        SightingRow out{.type = row.Text(0),
                        .value = row.Text(1),
                        .raw = row.Text(2),
                        .origin = row.Text(3),
                        .at_text = row.Text(4),
                        .event_name = row.Text(5),
                        .at = row.OptionalTime(6),
                        .zone_known = row.Bool(7),
                        .port = row.OptionalInt(8),
                        .possible_proxy = row.Tri(9),
                        .verified = row.Tri(10),
                        .source = {}};
        out.source = TRY(SourceAt(row, 11));
        return on_row(out);
      },
      operation, account);
}

Status EachDetails(Database& db, Key<Operation> operation, Key<Account> account,
                   const std::function<Status(const DetailsRow&)>& on_row) {
  return db.Each(
      "SELECT d.id, r.id, d.provider_file_id, d.file_name, d.original_file_name, d.relevance, "
      "d.industry_classification, d.annotations,"
      " d.claimed_hashes, d.hash_check, d.state, d.viewed_by_esp, d.exif_viewed_by_esp, d.publicly_available, "
      "d.uploaded_at, d.uploaded_at_text,"
      " (SELECT e.id FROM media_copy c JOIN media e ON e.media_key = c.media_key"
      "  WHERE c.item_key = d.media_item_key AND c.parent_media_key IS NULL LIMIT 1),"
      " d.media_item_key, i.item_key, i.sha256, i.path, d.place"
      " FROM (SELECT DISTINCT m.report_key FROM account_mention m WHERE m.account_key = ?2 AND m.role <> 'victim') x"
      " JOIN report r ON r.report_key = x.report_key AND r.operation_key = ?1"
      " JOIN file_details d ON d.report_key = r.report_key JOIN exhibit_item i ON i.item_key = d.item_key"
      " WHERE d.account_key = ?2 OR (d.account_key IS NULL"
      "  AND EXISTS (SELECT 1 FROM account_mention y WHERE y.report_key = d.report_key AND y.account_key = ?2 AND "
      "y.role = 'reported')"
      "  AND (SELECT count(DISTINCT z.account_key) FROM account_mention z WHERE z.report_key = d.report_key AND z.role "
      "= 'reported') = 1)"
      " ORDER BY d.id",
      [&](const SqlRow& row) -> Status {
        DetailsRow out{.id = row.Text(0),
                       .report_id = row.Text(1),
                       .provider_file_id = row.Text(2),
                       .file_name = row.Text(3),
                       .original_file_name = row.Text(4),
                       .relevance = row.Text(5),
                       .classification = row.Text(6),
                       .annotations = row.Text(7),
                       .claimed_hashes = row.Text(8),
                       .hash_check = row.Text(9),
                       .state = row.Text(10),
                       .viewed = row.Tri(11),
                       .exif_viewed = row.Tri(12),
                       .public_ = row.Tri(13),
                       .uploaded_at = row.OptionalTime(14),
                       .uploaded_at_text = row.Text(15),
                       .media_id = OptionalText(row, 16),
                       .media_item_key = row.Int(17),
                       .source = {}};
        out.source = TRY(SourceAt(row, 18));
        return on_row(out);
      },
      operation, account);
}

namespace {
Result<MediaRow> MediaOf(const SqlRow& row) {
  const auto sha256 = row.Digest<Sha256>(4);
  const auto sha1 = row.Digest<Sha1>(5);
  const auto md5 = row.Digest<Md5>(6);
  if (!sha256 || !sha1 || !md5)
    return Fail(Code::kCorrupt, "Media " + row.Text(1) + " has a digest of a wrong length; restore the register.");
  return MediaRow{.key = row.KeyOf<Media>(0),
                  .id = row.Text(1),
                  .kind = row.Text(2),
                  .state = row.Text(3),
                  .sha256 = *sha256,
                  .sha1 = *sha1,
                  .md5 = *md5,
                  .pdq = row.Digest<Pdq>(7),
                  .pdq_quality = row.OptionalInt(8),
                  .width = row.OptionalInt(9),
                  .height = row.OptionalInt(10),
                  .size_bytes = row.Int(11)};
}
#define CROSSGUARD_MEDIA_COLUMNS \
  "e.media_key, e.id, e.kind, e.state, e.sha256, e.sha1, e.md5, e.pdq, e.pdq_quality, e.width, e.height, e.size_bytes"
}  // namespace

Status EachMediaOfItem(Database& db, int64_t item_key, const std::function<Status(const MediaRow&)>& on_row) {
  return db.Each(
      "SELECT DISTINCT " CROSSGUARD_MEDIA_COLUMNS
      " FROM media_copy c JOIN media e ON e.media_key = c.media_key WHERE c.item_key = ?1 ORDER BY e.id",
      [&](const SqlRow& row) -> Status { return on_row(TRY(MediaOf(row))); }, item_key);
}

Result<std::optional<MediaRow>> FindMedia(Database& db, std::string_view id) {
  std::optional<MediaRow> out;
  const auto take = [&](const SqlRow& row) -> Status {
    out = TRY(MediaOf(row));
    return {};
  };
  TRY(db.Each("SELECT " CROSSGUARD_MEDIA_COLUMNS " FROM media e WHERE e.id = ?1", take, id));
  return out;
}

Status EachHit(Database& db, Key<Media> media, const std::function<Status(const HitRow&)>& on_row) {
  return db.Each(
      "SELECT l.name, l.version, l.owner, l.scheme, l.scheme_country, l.scheme_version, e.code, e.grade, e.series, "
      "h.method, h.state, e.entry_id, h.distance"
      " FROM hash_hit h JOIN hash_entry e ON e.entry_key = h.entry_key JOIN hash_list l ON l.list_key = e.list_key"
      " WHERE h.media_key = ?1 ORDER BY l.owner, l.name, l.version, e.entry_id, h.method, e.place",
      [&](const SqlRow& row) -> Status {
        return on_row({.list_name = row.Text(0),
                       .list_version = row.Text(1),
                       .list_owner = row.Text(2),
                       .scheme = row.Text(3),
                       .scheme_country = row.Text(4),
                       .scheme_version = row.Text(5),
                       .code = row.Text(6),
                       .grade = row.Text(7),
                       .series = row.Text(8),
                       .method = row.Text(9),
                       .state = row.Text(10),
                       .entry_id = row.Text(11),
                       .distance = row.Int(12)});
      },
      media);
}

Status EachScore(Database& db, Key<Account> account, const std::function<Status(const ScoreRow&)>& on_row) {
  return db.Each(
      "SELECT axis, contributions, points FROM score WHERE account_key = ?1 ORDER BY axis",
      [&](const SqlRow& row) -> Status {
        return on_row({.axis = row.Text(0), .contributions = row.Text(1), .points = row.Int(2)});
      },
      account);
}

Result<std::optional<TriageRow>> ReadTriage(Database& db, Key<Account> account) {
  std::optional<TriageRow> out;
  TRY(db.Each(
      "SELECT lane, lane_reason, band FROM triage WHERE account_key = ?1",
      [&](const SqlRow& row) -> Status {
        out = TriageRow{.lane = row.Text(0), .lane_reason = row.Text(1), .band = row.Text(2)};
        return {};
      },
      account));
  return out;
}

Result<std::optional<JurisdictionRow>> ReadJurisdiction(Database& db, Key<Account> account) {
  std::optional<JurisdictionRow> out;
  TRY(db.Each(
      "SELECT country, explanation, contradictions, confidence FROM jurisdiction WHERE account_key = ?1",
      [&](const SqlRow& row) -> Status {
        out = JurisdictionRow{.country = row.Text(0),
                              .explanation = row.Text(1),
                              .contradictions = row.Text(2),
                              .confidence = row.Int(3)};
        return {};
      },
      account));
  return out;
}

Status EachClaim(Database& db, Key<Account> account, const std::function<Status(const ClaimRow&)>& on_row) {
  return db.Each(
      "SELECT country, basis, because, weight FROM jurisdiction_claim WHERE account_key = ?1 ORDER BY country, basis, "
      "because, weight",
      [&](const SqlRow& row) -> Status {
        return on_row({.country = row.Text(0), .basis = row.Text(1), .because = row.Text(2), .weight = row.Int(3)});
      },
      account);
}

namespace {
// True of an account, by an expression of its key, that a report of another operation (?2 is ours) names.
std::string Elsewhere(std::string_view account) {
  return "EXISTS (SELECT 1 FROM account_mention w JOIN report v ON v.report_key = w.report_key WHERE w.account_key = " +
         std::string(account) + " AND v.operation_key <> ?2)";
}
}  // namespace

Result<bool> NamedElsewhere(Database& db, Key<Operation> operation, Key<Account> account) {
  return TRY(db.Number("SELECT 1 WHERE " + Elsewhere("?1"), account, operation)).has_value();
}

Result<std::optional<SubjectRow>> ReadSubject(Database& db, Key<Operation> operation, Key<Account> account) {
  std::optional<SubjectRow> out;
  TRY(db.Each(
      "SELECT s.id, s.account_count FROM subject_account x JOIN subject s ON s.subject_key = x.subject_key WHERE "
      "x.account_key = ?1 AND NOT EXISTS (SELECT 1 FROM subject_account u WHERE u.subject_key = x.subject_key AND " +
          Elsewhere("u.account_key") + ")",
      [&](const SqlRow& row) -> Status {
        out = SubjectRow{.id = row.Text(0), .account_count = row.Int(1)};
        return {};
      },
      account, operation));
  return out;
}

Status EachLink(Database& db, Key<Operation> operation, Key<Account> account,
                const std::function<Status(const LinkRow&)>& on_row) {
  return db.Each(
      "SELECT s.type, s.value, l.strength, l.reason, l.sharer_count FROM link_account x JOIN link l ON l.link_key = "
      "x.link_key"
      " JOIN selector s ON s.selector_key = l.selector_key WHERE x.account_key = ?1 AND NOT EXISTS (SELECT 1 FROM "
      "link_account k WHERE k.link_key = "
      "l.link_key AND " +
          Elsewhere("k.account_key") + ") ORDER BY s.type, s.value",
      [&](const SqlRow& row) -> Status {
        return on_row({.type = row.Text(0),
                       .value = row.Text(1),
                       .strength = row.Text(2),
                       .reason = row.Text(3),
                       .sharer_count = row.Int(4)});
      },
      account, operation);
}

Status EachPartnerHit(Database& db, Key<Operation> operation, Key<Account> account,
                      const std::function<Status(const PartnerHitRow&)>& on_row) {
  return db.Each(
      "SELECT DISTINCT p.selector_type, p.owner, p.contact, c.handling FROM partner_hit p"
      " JOIN holding h ON h.holding_key = p.holding_key JOIN contribution c ON c.contribution_key = h.contribution_key"
      " WHERE p.account_key = ?1 AND (NOT " +
          Elsewhere("?1") +
          " OR EXISTS (SELECT 1 FROM sighting g JOIN selector s ON s.selector_key = g.selector_key JOIN "
          "account_mention "
          "m ON m.mention_key = g.mention_key JOIN report r ON r.report_key = g.report_key WHERE m.account_key = ?1 "
          "AND "
          "r.operation_key = ?2 AND s.type = h.type AND s.value = h.value) OR EXISTS (SELECT 1 FROM file_details f "
          "JOIN "
          "report r ON r.report_key = f.report_key JOIN media_copy y ON y.item_key = f.media_item_key JOIN media d ON "
          "d.media_key = y.media_key WHERE f.account_key = ?1 AND r.operation_key = ?2 AND upper(h.value) IN "
          "(hex(d.sha256), hex(d.sha1), hex(d.md5)))) ORDER BY p.owner, p.selector_type, p.contact, c.handling",
      [&](const SqlRow& row) -> Status {
        return on_row(
            {.selector_type = row.Text(0), .owner = row.Text(1), .contact = row.Text(2), .handling = row.Text(3)});
      },
      account, operation);
}

Result<DocumentRow> ReadDocument(Database& db, int64_t item_key) {
  std::optional<DocumentRow> out;
  TRY(db.Each(
      "SELECT item_key, sha256, size_bytes, path, role FROM exhibit_item WHERE item_key = ?1",
      [&](const SqlRow& row) -> Status {
        const auto digest = row.Digest<Sha256>(1);
        if (!digest) return Fail(Code::kCorrupt, "A document that was read has no digest; run crossguard balance.");
        out = DocumentRow{.item_key = row.Int(0),
                          .sha256 = *digest,
                          .size_bytes = row.Int(2),
                          .path = row.Text(3),
                          .role = row.Text(4)};
        return {};
      },
      item_key));
  if (!out) return Fail(Code::kNotFound, "A document of a package is not in the register; run crossguard balance.");
  return *out;
}

Status EachDocumentPerson(Database& db, const DocumentRow& document,
                          const std::function<Status(const DocumentPerson&)>& on_row) {
  const auto take = [&](const SqlRow& row) -> Status {
    return on_row({.account = row.KeyOf<Account>(0), .role = row.Text(1), .place = row.Text(2)});
  };
  TRY(db.Each(
      "SELECT m.account_key, m.role, m.place FROM account_mention m WHERE m.item_key = ?1"
      " UNION SELECT m.account_key, m.role, m.place FROM report r JOIN account_mention m ON m.report_key = "
      "r.report_key WHERE r.item_key = ?1"
      " UNION SELECT d.account_key, 'owner', d.place FROM file_details d WHERE d.item_key = ?1 AND d.account_key IS "
      "NOT NULL",
      take, document.item_key));
  if (document.role != "table") return {};
  // Rows of a table add to mentions that another document brought. Without an index on the place: tables are few.
  return db.Each(
      "SELECT DISTINCT m.account_key, m.role, '' FROM sighting g JOIN account_mention m ON m.mention_key = "
      "g.mention_key WHERE g.item_key = ?1"
      " UNION SELECT DISTINCT m.account_key, m.role, '' FROM account_value v JOIN account_mention m ON m.mention_key = "
      "v.mention_key WHERE v.item_key = ?1",
      take, document.item_key);
}

Status EachDocumentReport(Database& db, int64_t item_key, const std::function<Status(const DocumentReport&)>& on_row) {
  return db.Each(
      "SELECT report_key, id, dialect, place, state = 'taken' FROM report WHERE item_key = ?1 ORDER BY id",
      [&](const SqlRow& row) -> Status {
        return on_row({.key = row.KeyOf<Report>(0),
                       .id = row.Text(1),
                       .dialect = row.Text(2),
                       .place = row.Text(3),
                       .taken = row.Bool(4)});
      },
      item_key);
}

Result<bool> DocumentHasQuarantine(Database& db, int64_t item_key) {
  return TRY(db.Number("SELECT 1 FROM quarantine WHERE item_key = ?1 LIMIT 1", item_key)).has_value();
}

Status EachReportPerson(Database& db, Key<Report> report, const std::function<Status(const DocumentPerson&)>& on_row) {
  return db.Each(
      "SELECT account_key, role, place FROM account_mention WHERE report_key = ?1",
      [&](const SqlRow& row) -> Status {
        return on_row({.account = row.KeyOf<Account>(0), .role = row.Text(1), .place = row.Text(2)});
      },
      report);
}

Status EachDetailsReport(Database& db, int64_t item_key, const std::function<Status(Key<Report>)>& on_row) {
  return db.Each(
      "SELECT DISTINCT report_key FROM file_details WHERE item_key = ?1 AND report_key IS NOT NULL ORDER BY report_key",
      [&](const SqlRow& row) -> Status { return on_row(row.KeyOf<Report>(0)); }, item_key);
}

Result<int64_t> DetailsInDocument(Database& db, int64_t item_key) {
  return TRY(db.Number("SELECT count(*) FROM file_details WHERE item_key = ?1", item_key)).value_or(0);
}

namespace {
constexpr std::string_view kPackageColumns =
    "SELECT p.package_key, p.operation_key, p.id, o.id, p.authority, p.kind, p.state, p.gateway, p.gateway_reason, "
    "p.folder, p.case_number,"
    " p.contents_sha256, p.payload_bytes, p.account_count, p.file_count, p.composed_at, p.sealed_at, p.released_at, "
    "p.answered_at,"
    " (SELECT q.id FROM package q WHERE q.package_key = p.answers_package_key),"
    " (SELECT q.id FROM package q WHERE q.package_key = p.follows_package_key)"
    " FROM package p JOIN operation o ON o.operation_key = p.operation_key ";

Result<PackageRow> PackageOf(const SqlRow& row) {
  const auto contents = row.Digest<Sha256>(11);
  if (!contents)
    return Fail(Code::kCorrupt, "Package " + row.Text(2) + " has a digest of a wrong length; restore the register.");
  return PackageRow{.key = row.KeyOf<Package>(0),
                    .operation_key = row.KeyOf<Operation>(1),
                    .id = row.Text(2),
                    .operation_id = row.Text(3),
                    .authority = row.Text(4),
                    .kind = row.Text(5),
                    .state = row.Text(6),
                    .gateway = row.Text(7),
                    .gateway_reason = row.Text(8),
                    .folder = row.Text(9),
                    .case_number = row.Text(10),
                    .contents_sha256 = *contents,
                    .payload_bytes = row.Int(12),
                    .account_count = row.Int(13),
                    .file_count = row.Int(14),
                    .composed_at = row.Time(15),
                    .sealed_at = row.OptionalTime(16),
                    .released_at = row.OptionalTime(17),
                    .answered_at = row.OptionalTime(18),
                    .answers_package = OptionalText(row, 19),
                    .follows_package = OptionalText(row, 20)};
}
}  // namespace

Result<std::optional<PackageRow>> FindPackage(Database& db, std::string_view id) {
  std::optional<PackageRow> out;
  const auto take = [&](const SqlRow& row) -> Status {
    out = TRY(PackageOf(row));
    return {};
  };
  TRY(db.Each(std::string(kPackageColumns) + "WHERE p.id = ?1", take, id));
  return out;
}

Status EachPackage(Database& db, Key<Operation> operation, const std::function<Status(const PackageRow&)>& on_row) {
  return db.Each(
      std::string(kPackageColumns) + "WHERE p.operation_key = ?1 ORDER BY p.authority, p.kind, p.id",
      [&](const SqlRow& row) -> Status { return on_row(TRY(PackageOf(row))); }, operation);
}

Result<Key<Package>> InsertPackage(Transaction& transaction, const NewPackage& package) {
  TRY(transaction.db().Run(
      "INSERT INTO package (id, operation_key, authority, kind, state, gateway, gateway_reason, contents_sha256, "
      "account_count, file_count,"
      " composed_at, answers_package_key, follows_package_key) VALUES (?1, ?2, ?3, ?4, 'composed', ?5, ?6, ?7, ?8, "
      "?9, ?10, ?11, ?12)",
      package.id, package.operation, package.authority, package.kind, package.gateway, package.gateway_reason,
      package.contents_sha256, package.account_count, package.file_count, package.composed_at, package.answers,
      package.follows));
  return Key<Package>{transaction.db().last_insert_key()};
}

Status AddPackageAccount(Transaction& transaction, Key<Package> package, Key<Account> account) {
  return transaction.db().Run("INSERT INTO package_account (package_key, account_key) VALUES (?1, ?2)", package,
                              account);
}

Status EachPackageAccount(Database& db, Key<Package> package, const std::function<Status(Key<Account>)>& on_row) {
  return db.Each(
      "SELECT a.account_key FROM package_account x JOIN account a ON a.account_key = x.account_key WHERE x.package_key "
      "= ?1 ORDER BY a.id",
      [&](const SqlRow& row) -> Status { return on_row(row.KeyOf<Account>(0)); }, package);
}

Status EachSentAccount(Database& db, Key<Operation> operation, const std::function<Status(Key<Account>)>& on_row) {
  return db.Each(
      "SELECT DISTINCT x.account_key FROM package p JOIN package_account x ON x.package_key = p.package_key"
      " WHERE p.operation_key = ?1 AND p.kind = 'referral' AND p.released_at IS NOT NULL",
      [&](const SqlRow& row) -> Status { return on_row(row.KeyOf<Account>(0)); }, operation);
}

Status Supersede(Transaction& transaction, Key<Package> package) {
  Database& db = transaction.db();
  TRY(db.Run("UPDATE package SET state = 'superseded' WHERE package_key = ?1 AND released_at IS NULL", package));
  TRY(One(db, "supersede"));
  TRY(db.Run("DELETE FROM package_held_back WHERE package_key = ?1", package));
  return db.Run("DELETE FROM package_account WHERE package_key = ?1", package);
}

Status Revive(Transaction& transaction, Key<Package> package, Instant at) {
  Database& db = transaction.db();
  TRY(
      db.Run("UPDATE package SET state = 'composed', composed_at = ?2, sealed_at = NULL, folder = '', payload_bytes = 0"
             " WHERE package_key = ?1 AND state = 'superseded'",
             package, at));
  return One(db, "revive");
}

Status Unseal(Transaction& transaction, Key<Package> package, std::string_view certificate_sha256, Instant at) {
  Database& db = transaction.db();
  TRY(
      db.Run("INSERT INTO package_seal (package_key, version, certificate_sha256, sealed_at, superseded_at) SELECT "
             "package_key, 1 + (SELECT count(*) FROM package_seal s WHERE s.package_key = ?1), ?2, sealed_at, ?3 FROM "
             "package WHERE package_key = ?1 AND sealed_at IS NOT NULL",
             package, certificate_sha256, at));
  TRY(One(db, "seal anew"));
  TRY(db.Run(
      "UPDATE package SET state = 'composed', sealed_at = NULL, released_at = NULL, folder = '', payload_bytes = "
      "0 WHERE package_key = ?1 AND state IN ('sealed', 'released')",
      package));
  return One(db, "seal anew");
}

Status MarkSealed(Transaction& transaction, Key<Package> package, std::string_view folder, int64_t payload_bytes,
                  Instant at) {
  Database& db = transaction.db();
  TRY(
      db.Run("UPDATE package SET state = 'sealed', folder = ?2, payload_bytes = ?3, sealed_at = ?4 WHERE package_key = "
             "?1 AND state = 'composed'",
             package, folder, payload_bytes, at));
  return One(db, "seal");
}

Result<int64_t> HeldAccountsIn(Database& db, Key<Package> package, std::string_view compose_act) {
  return TRY(db.Number("SELECT count(*) FROM package_account x JOIN account a ON a.account_key = x.account_key WHERE "
                       "x.package_key = ?1 AND (a.ever_victim = 1 OR (a.minor = 'may_be_minor' AND NOT EXISTS "
                       "(SELECT 1 FROM approval p WHERE p.act = ?2 AND p.object_id = a.id)))",
                       package, compose_act))
      .value_or(0);
}

Status MarkReleased(Transaction& transaction, Key<Package> package, Instant at) {
  Database& db = transaction.db();
  TRY(db.Run("UPDATE package SET state = 'released', released_at = ?2 WHERE package_key = ?1 AND state = 'sealed'",
             package, at));
  return One(db, "release");
}

Status MarkAnswered(Transaction& transaction, Key<Package> package, std::string_view state,
                    std::string_view case_number, Instant at) {
  Database& db = transaction.db();
  TRY(db.Run(
      "UPDATE package SET state = ?2, case_number = ?3, answered_at = ?4 WHERE package_key = ?1 AND state = 'released'",
      package, state, case_number, at));
  return One(db, "answer");
}

Status ClearWithheld(Transaction& transaction, Key<Operation> operation) {
  return transaction.db().Run("DELETE FROM withheld WHERE operation_key = ?1", operation);
}

Status InsertWithheld(Transaction& transaction, Key<Operation> operation, const Withheld& withheld) {
  return transaction.db().Run(
      "INSERT INTO withheld (operation_key, account_key, authority, reason_code, reason) VALUES (?1, ?2, ?3, ?4, ?5)",
      operation, withheld.account, withheld.authority, withheld.reason_code, withheld.reason);
}

Status EachCustodyLeaf(Database& db, Key<Operation> operation, std::string_view package_id,
                       const std::function<Status(const LeafRow&)>& on_row) {
  return db.Each(
      "SELECT leaf_index, act, object_id, entry, at FROM ledger_leaf WHERE object_id = ?2"
      " OR object_id = (SELECT id FROM operation WHERE operation_key = ?1)"
      " OR object_id IN (SELECT id FROM submission WHERE operation_key = ?1) ORDER BY leaf_index",
      [&](const SqlRow& row) -> Status {
        return on_row({.index = row.Int(0),
                       .act = row.Text(1),
                       .object_id = row.Text(2),
                       .entry = std::string(AsText(row.Blob(3))),
                       .at = row.Time(4)});
      },
      operation, package_id);
}

}  // namespace crossguard::package_rows
