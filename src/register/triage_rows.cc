#include "register/triage_rows.h"

#include "base/json.h"

namespace crossguard {
namespace {

// A JSON array of texts, as intake wrote it; anything else is no flags.
std::vector<std::string> Flags(std::string_view json_text) {
  std::vector<std::string> out;
  if (json_text.size() <= 2) return out;
  const auto parsed = ParseJson(json_text);
  if (!parsed.is_array()) return out;
  for (const auto& one : parsed) {
    if (one.is_string()) out.push_back(one.get<std::string>());
  }
  return out;
}

std::string Camera(std::string_view exif_text) {
  if (exif_text.size() <= 2) return {};
  const auto exif = ParseJson(exif_text);
  if (!exif.is_object()) return {};
  std::string out;
  for (const char* key : {"make", "model", "serial"}) {
    const auto it = exif.find(key);
    if (it != exif.end() && it->is_string() && !it->get_ref<const std::string&>().empty())
      out += (out.empty() ? "" : " ") + it->get<std::string>();
  }
  return out;
}

// What only packs other files: its members are looked at, it is not. Documents and messages are more than their
// pictures.
constexpr std::string_view kPackingKinds =
    R"(["application/zip","application/x-7z-compressed","application/vnd.rar","application/x-tar","application/gzip",)"
    R"("application/x-bzip2","application/x-xz","application/zstd","application/x-iso9660-image","application/mbox",)"
    R"("application/x-cpio","application/x-archive","application/vnd.ms-cab-compressed","application/x-lzh-compressed",)"
    R"("application/x-compress","application/x-lz4","application/x-lzma","application/x-lzip"])";

std::optional<std::string> OptionalText(const SqlRow& row, int column) {
  return row.IsNull(column) ? std::nullopt : std::optional(row.Text(column));
}

constexpr std::string_view kFileColumns =
    "SELECT d.details_key, d.report_key, d.viewed_by_esp, d.industry_classification, d.annotations, d.uploaded_at, "
    "m.media_key, m.state, m.kind, v.verdict, "
    "cm.cluster_key, m.exif, m.facts->'jpeg'->>'codes' = 'own' FROM file_details d LEFT JOIN media_copy c ON "
    "c.item_key=d.media_item_key LEFT JOIN media "
    "m ON m.media_key=c.media_key "
    "LEFT JOIN media_verdict v ON v.media_key=m.media_key LEFT JOIN cluster_member cm ON cm.media_key=m.media_key ";

TriageFileRow FileRow(const SqlRow& row) {
  TriageFileRow out;
  out.details_key = row.Int(0);
  out.report = row.KeyOf<Report>(1);
  out.viewed_by_esp = row.Tri(2);
  out.industry_classification = row.Text(3);
  out.annotations = Flags(row.TextView(4));
  out.uploaded_at = row.OptionalTime(5);
  out.media_key = row.Int(6);
  out.media_state = row.Text(7);
  out.media_kind = row.Text(8);
  out.verdict = row.Text(9);
  out.group = row.IsNull(10) ? -out.media_key : row.Int(10);
  out.camera = Camera(row.TextView(11));
  out.rewritten = !row.IsNull(12) && row.Bool(12);
  return out;
}

constexpr std::string_view kSightingColumns =
    "SELECT s.sighting_key, e.type, e.value, s.origin, s.at, s.zone_known, s.port, s.possible_proxy, s.verified ";

TriageSightingRow SightingRow(const SqlRow& row) {
  TriageSightingRow out;
  out.key = row.Int(0);
  out.type = row.Text(1);
  out.value = row.Text(2);
  out.mined = row.TextView(3) == "mined";
  out.at = row.OptionalTime(4);
  out.zone_known = row.Bool(5);
  out.has_port = !row.IsNull(6);
  out.possible_proxy = row.Tri(7);
  out.verified = row.Tri(8);
  return out;
}

TriageValueRow ValueRow(const SqlRow& row) {
  return {row.Int(0), row.KeyOf<Report>(1), row.Text(2), row.Text(3), row.Text(4)};
}

template <class T, class Read, class... Values>
Result<std::vector<T>> Rows(Database& database, std::string_view sql, Read read, const Values&... values) {
  std::vector<T> out;
  TRY(database.Each(
      sql,
      [&](const SqlRow& row) -> Status {
        out.push_back(read(row));
        return {};
      },
      values...));
  return out;
}

}  // namespace

Result<std::vector<Key<Account>>> ReportedAccounts(Database& database) {
  return Rows<Key<Account>>(
      database, "SELECT DISTINCT account_key FROM account_mention WHERE role='reported' ORDER BY account_key",
      [](const SqlRow& row) { return row.KeyOf<Account>(0); });
}

Result<TriageAccountRow> ReadTriageAccount(Database& database, Key<Account> account) {
  TriageAccountRow out;
  TRY(database.Each(
      "SELECT account_key, id, identifier_derived, ever_victim, minor FROM account WHERE account_key=?1",
      [&](const SqlRow& row) -> Status {
        out = {row.KeyOf<Account>(0), row.Text(1), row.Bool(2), row.Bool(3), row.Text(4)};
        return {};
      },
      account));
  return out;
}

Result<std::vector<TriageReportRow>> ReadTriageReports(Database& database, Key<Account> account) {
  return Rows<TriageReportRow>(
      database,
      "SELECT r.report_key, r.incident_type, r.incident_at, r.received_at, r.escalate_reason, r.batched_reason, "
      "r.annotations, r.additional_info, "
      "br.report_key, br.new_information FROM account_mention mm JOIN report r ON r.report_key=mm.report_key "
      "LEFT JOIN bundle_report br ON br.report_key=r.report_key WHERE mm.account_key=?1 AND mm.role='reported' ORDER "
      "BY r.report_key",
      [](const SqlRow& row) {
        TriageReportRow out;
        out.key = row.KeyOf<Report>(0);
        out.incident_type = row.Text(1);
        out.incident_at = row.OptionalTime(2);
        out.received_at = row.OptionalTime(3);
        out.escalate_reason = OptionalText(row, 4);
        out.batched_reason = OptionalText(row, 5);
        out.annotations = Flags(row.TextView(6));
        out.additional_info = row.Text(7);
        out.bundled = !row.IsNull(8);
        out.new_information = row.Text(9);
        return out;
      },
      account);
}

Result<std::vector<TriageValueRow>> ReadTriageValues(Database& database, Key<Account> account) {
  return Rows<TriageValueRow>(database,
                              "SELECT v.value_key, mm.report_key, v.field, v.value, '' FROM account_mention mm JOIN "
                              "account_value v ON v.mention_key=mm.mention_key "
                              "WHERE mm.account_key=?1 AND mm.role='reported' ORDER BY v.value_key",
                              ValueRow, account);
}

Status EachTriageSighting(Database& database, Key<Account> account, const OnSighting& on_row) {
  const auto walk = [&](const SqlRow& row) -> Status {
    on_row(SightingRow(row));
    return {};
  };
  TRY(database.Each(std::string(kSightingColumns) +
                        "FROM account_mention mm JOIN sighting s ON s.mention_key=mm.mention_key JOIN selector e ON "
                        "e.selector_key=s.selector_key "
                        "WHERE mm.account_key=?1 AND mm.role='reported' ORDER BY s.sighting_key",
                    walk, account));
  // The plus keeps the planner from walking every sighting without a mention, once for each account.
  return database.Each(std::string(kSightingColumns) +
                           "FROM file_details d JOIN sighting s ON s.details_key=d.details_key JOIN selector e ON "
                           "e.selector_key=s.selector_key "
                           "WHERE d.account_key=?1 AND +s.mention_key IS NULL ORDER BY s.sighting_key",
                       walk, account);
}

Result<std::vector<TriageFileRow>> ReadTriageFiles(Database& database, Key<Account> account) {
  return Rows<TriageFileRow>(database,
                             std::string(kFileColumns) + "WHERE d.account_key=?1 ORDER BY d.details_key, m.media_key",
                             FileRow, account);
}

Result<int64_t> CountPartnerOwners(Database& database, Key<Account> account) {
  return TRY(database.Number("SELECT count(DISTINCT owner) FROM partner_hit WHERE account_key=?1", account))
      .value_or(0);
}

Result<int64_t> CountSubjectAccounts(Database& database, Key<Account> account) {
  return TRY(database.Number("SELECT s.account_count FROM subject_account a JOIN subject s ON "
                             "s.subject_key=a.subject_key WHERE a.account_key=?1",
                             account))
      .value_or(1);
}

Result<TriageReportContext> ReadTriageReportContext(Database& database, Key<Report> report) {
  TriageReportContext out;
  TRY(database.Each(
      "SELECT role, count(*) FROM account_mention WHERE report_key=?1 GROUP BY role",
      [&](const SqlRow& row) -> Status {
        if (row.TextView(0) == "reported") out.reported_count = row.Int(1);
        if (row.TextView(0) == "victim") out.victim_count = row.Int(1);
        return {};
      },
      report));
  out.school_count = TRY(database.Number("SELECT count(DISTINCT v.value) FROM account_mention mm JOIN account_value v "
                                         "ON v.mention_key=mm.mention_key "
                                         "WHERE mm.report_key=?1 AND v.field='school'",
                                         report))
                         .value_or(0);
  return out;
}

Result<std::vector<TriageFileRow>> ReadUnattributedFiles(Database& database, Key<Report> report) {
  return Rows<TriageFileRow>(
      database,
      std::string(kFileColumns) + "WHERE d.report_key=?1 AND d.account_key IS NULL ORDER BY d.details_key, m.media_key",
      FileRow, report);
}

Status EachUnattributedSighting(Database& database, Key<Report> report, const OnSighting& on_row) {
  return database.Each(
      std::string(kSightingColumns) +
          "FROM sighting s JOIN selector e ON e.selector_key=s.selector_key LEFT JOIN file_details d ON "
          "d.details_key=s.details_key "
          "WHERE s.report_key=?1 AND s.mention_key IS NULL AND d.account_key IS NULL ORDER BY s.sighting_key",
      [&](const SqlRow& row) -> Status {
        on_row(SightingRow(row));
        return {};
      },
      report);
}

Result<std::vector<TriageValueRow>> ReadAssociatedValues(Database& database, Key<Report> report) {
  return Rows<TriageValueRow>(
      database,
      "SELECT v.value_key, mm.report_key, v.field, v.value, coalesce((SELECT max(t.value) FROM account_value t WHERE "
      "t.mention_key=mm.mention_key "
      "AND t.field='association'), '') FROM account_mention mm JOIN account_value v ON v.mention_key=mm.mention_key "
      "WHERE mm.report_key=?1 AND mm.role='associated' ORDER BY v.value_key",
      ValueRow, report);
}

Status EachBatchedReport(Database& database, const std::function<void(const BatchedReportRow&)>& on_row) {
  return database.Each(
      "SELECT report_key, provider, batched_reason FROM report WHERE batched_reason IS NOT NULL AND state='taken' "
      "ORDER BY provider, batched_reason, report_key",
      [&](const SqlRow& row) -> Status {
        on_row({row.KeyOf<Report>(0), row.Text(1), row.Text(2)});
        return {};
      });
}

Status EachKnownGroupReport(Database& database, const std::function<void(int64_t group, Key<Report> report)>& on_row) {
  return database.Each(
      "SELECT DISTINCT coalesce(cm.cluster_key, -v.media_key) AS content_group, d.report_key FROM media_verdict v JOIN "
      "media_copy c ON c.media_key=v.media_key "
      "JOIN file_details d ON d.media_item_key=c.item_key JOIN report r ON r.report_key=d.report_key LEFT JOIN "
      "cluster_member cm ON cm.media_key=v.media_key "
      "WHERE v.verdict='known' AND r.state='taken' ORDER BY content_group, d.report_key",
      [&](const SqlRow& row) -> Status {
        on_row(row.Int(0), row.KeyOf<Report>(1));
        return {};
      });
}

Result<std::string> GroupId(Database& database, int64_t group) {
  const auto id = group > 0 ? TRY(database.TextOf("SELECT id FROM cluster WHERE cluster_key=?1", group))
                            : TRY(database.TextOf("SELECT id FROM media WHERE media_key=?1", -group));
  CHECK(id.has_value());
  return *id;
}

Status EachBundleSelector(Database& database, int64_t bundle_key,
                          const std::function<void(Key<Report>, std::string_view type, int64_t selector_key)>& on_row) {
  return database.Each(
      "SELECT DISTINCT b.report_key, e.type, e.selector_key FROM bundle_report b JOIN sighting s ON "
      "s.report_key=b.report_key "
      "JOIN selector e ON e.selector_key=s.selector_key WHERE b.bundle_key=?1 ORDER BY b.report_key, e.selector_key",
      [&](const SqlRow& row) -> Status {
        on_row(row.KeyOf<Report>(0), row.TextView(1), row.Int(2));
        return {};
      },
      bundle_key);
}

Status EachBundleUnknownGroup(Database& database, int64_t bundle_key,
                              const std::function<void(Key<Report>, int64_t group)>& on_row) {
  return database.Each(
      "SELECT DISTINCT b.report_key, coalesce(cm.cluster_key, -m.media_key) FROM bundle_report b JOIN file_details d "
      "ON d.report_key=b.report_key "
      "JOIN media_copy c ON c.item_key=d.media_item_key JOIN media m ON m.media_key=c.media_key LEFT JOIN "
      "media_verdict v ON v.media_key=m.media_key "
      "LEFT JOIN cluster_member cm ON cm.media_key=m.media_key WHERE b.bundle_key=?1 AND v.media_key IS NULL AND "
      "m.state NOT IN ('pending','empty') "
      "AND m.kind NOT IN (SELECT value FROM json_each(?2)) ORDER BY 1, 2",
      [&](const SqlRow& row) -> Status {
        on_row(row.KeyOf<Report>(0), row.Int(1));
        return {};
      },
      bundle_key, kPackingKinds);
}

Status EachUnknownMedia(Database& database, const std::function<Status(const UnknownMediaRow&)>& on_row) {
  // Per report once, not once per file: a report may name very many accounts.
  TRY(database.Script(
      "DROP TABLE IF EXISTS report_standing; "
      "CREATE TEMP TABLE report_standing (report_key INTEGER PRIMARY KEY, points INTEGER, due_at INTEGER); "
      "INSERT INTO report_standing SELECT mm.report_key, max(s.points), min(t.due_at) FROM account_mention mm "
      "JOIN score s ON s.account_key=mm.account_key AND s.axis='rescue_priority' JOIN triage t ON "
      "t.account_key=mm.account_key "
      "WHERE mm.role='reported' GROUP BY mm.report_key"));
  TRY(database.Each(
      "SELECT coalesce(cm.cluster_key, -m.media_key) AS content_group, m.media_key, m.id, m.state, CASE WHEN "
      "k.representative_key=m.media_key THEN 1 ELSE 0 END, "
      "coalesce(d.details_key, 0), d.report_key, coalesce(d.industry_classification, ''), coalesce(d.annotations, "
      "'[]'), coalesce(r.incident_type, ''), "
      "coalesce(s.points, rs.points, 0), coalesce(t.due_at, rs.due_at) FROM media m LEFT JOIN media_verdict v ON "
      "v.media_key=m.media_key "
      "LEFT JOIN cluster_member cm ON cm.media_key=m.media_key LEFT JOIN cluster k ON k.cluster_key=cm.cluster_key "
      "LEFT JOIN media_copy c ON c.media_key=m.media_key "
      "LEFT JOIN file_details d ON d.media_item_key=c.item_key LEFT JOIN report r ON r.report_key=d.report_key "
      "LEFT JOIN score s ON s.account_key=d.account_key AND s.axis='rescue_priority' LEFT JOIN triage t ON "
      "t.account_key=d.account_key "
      "LEFT JOIN report_standing rs ON rs.report_key=d.report_key "
      "WHERE v.media_key IS NULL AND m.state NOT IN ('pending','empty') AND m.kind NOT IN (SELECT value FROM "
      "json_each(?1)) ORDER BY content_group, m.id, d.details_key",
      [&](const SqlRow& row) -> Status {
        return on_row({row.Int(0), row.Int(1), row.Text(2), row.Text(3), row.Bool(4), row.Int(5), row.KeyOf<Report>(6),
                       row.Text(7), row.Text(8), row.Text(9), row.Int(10), row.OptionalTime(11)});
      },
      kPackingKinds));
  return database.Script("DROP TABLE report_standing");
}

Status ClearTriage(Database& database) {
  return database.Script(
      "DELETE FROM bundle_report; DELETE FROM bundle; DELETE FROM score; DELETE FROM triage; DELETE FROM "
      "jurisdiction_claim; "
      "DELETE FROM jurisdiction; DELETE FROM queue_item WHERE queue IN "
      "('urgent','unclear_jurisdiction','second_officer','unknown_material','safeguarding')");
}

Result<int64_t> InsertBundle(Database& database, std::string_view id, std::string_view kind, std::string_view label,
                             int64_t report_count) {
  TRY(database.Run("INSERT INTO bundle (id, kind, label, report_count, new_information_count) VALUES (?1,?2,?3,?4,0)",
                   id, kind, label, report_count));
  return database.last_insert_key();
}
Status InsertBundleReport(Database& database, Key<Report> report, int64_t bundle_key) {
  return database.Run("INSERT INTO bundle_report (report_key, bundle_key) VALUES (?1,?2)", report, bundle_key);
}
Status SetNewInformation(Database& database, Key<Report> report, std::string_view text) {
  return database.Run("UPDATE bundle_report SET new_information=?2 WHERE report_key=?1", report, text);
}
Status SetNewInformationCount(Database& database, int64_t bundle_key, int64_t count) {
  return database.Run("UPDATE bundle SET new_information_count=?2 WHERE bundle_key=?1", bundle_key, count);
}
Status InsertScore(Database& database, Key<Account> account, std::string_view axis, int64_t points,
                   std::string_view contributions) {
  return database.Run("INSERT INTO score (account_key, axis, points, contributions) VALUES (?1,?2,?3,?4)", account,
                      axis, points, contributions);
}
Status InsertTriage(Database& database, Key<Account> account, const TriageRow& row) {
  return database.Run(
      "INSERT INTO triage (account_key, lane, lane_reason, band, due_at, second_officer, second_officer_reason) VALUES "
      "(?1,?2,?3,?4,?5,?6,?7)",
      account, row.lane, row.lane_reason, row.band, row.due_at, row.second_officer, row.second_officer_reason);
}
Status InsertClaim(Database& database, Key<Account> account, std::string_view country, std::string_view basis,
                   int64_t weight, std::string_view because) {
  return database.Run(
      "INSERT INTO jurisdiction_claim (account_key, country, basis, weight, because) VALUES (?1,?2,?3,?4,?5)", account,
      country, basis, weight, because);
}
Status InsertJurisdiction(Database& database, Key<Account> account, std::string_view country, int64_t confidence,
                          std::string_view explanation, std::string_view contradictions) {
  return database.Run(
      "INSERT INTO jurisdiction (account_key, country, confidence, explanation, contradictions) VALUES "
      "(?1,?2,?3,?4,?5)",
      account, country, confidence, explanation, contradictions);
}
Status InsertQueueItem(Database& database, const QueueRow& row) {
  return database.Run(
      "INSERT INTO queue_item (queue, position, noun, noun_key, noun_id, reason, due_at) VALUES (?1,?2,?3,?4,?5,?6,?7)",
      row.queue, row.position, row.noun, row.noun_key, row.noun_id, row.reason, row.due_at);
}

namespace {
// Urgent first, then the score, then what is due first; the public id settles equals.
constexpr std::string_view kAccountOrder =
    "row_number() OVER (ORDER BY CASE WHEN t.lane='urgent' THEN 0 ELSE 1 END, s.points DESC, t.due_at, a.id)";
constexpr std::string_view kAccountTables =
    " FROM triage t JOIN account a ON a.account_key=t.account_key JOIN score s ON s.account_key=t.account_key AND "
    "s.axis='rescue_priority' "
    "JOIN jurisdiction j ON j.account_key=t.account_key ";

Result<int64_t> FillAccountQueue(Database& database, const std::string& queue, const std::string& reason,
                                 const std::string& where) {
  TRY(database.Run("INSERT INTO queue_item (queue, position, noun, noun_key, noun_id, reason, due_at) SELECT '" +
                   queue + "', " + std::string(kAccountOrder) + ", 'account', a.account_key, a.id, " + reason +
                   ", t.due_at" + std::string(kAccountTables) + "WHERE " + where));
  return database.changes();
}
}  // namespace

Result<int64_t> FillUrgentQueue(Database& database) {
  return FillAccountQueue(database, "urgent", "t.lane_reason", "t.lane='urgent'");
}
Result<int64_t> FillUnclearQueue(Database& database) {
  return FillAccountQueue(database, "unclear_jurisdiction", "j.explanation->>'verdict'", "j.country=''");
}
Result<int64_t> FillSecondOfficerQueue(Database& database) {
  return FillAccountQueue(database, "second_officer", "t.second_officer_reason", "t.second_officer=1");
}

Result<int64_t> FillSafeguardingQueue(Database& database, Instant due_at_if_none) {
  TRY(database.Run(
      "WITH victim AS (SELECT a.account_key, a.id, max(s.points) AS points, max(CASE WHEN t.lane='urgent' THEN 1 ELSE "
      "0 END) AS urgent, min(t.due_at) AS due_at "
      "FROM account a JOIN account_mention vm ON vm.account_key=a.account_key AND vm.role='victim' "
      "LEFT JOIN account_mention mm ON mm.report_key=vm.report_key AND mm.role='reported' LEFT JOIN triage t ON "
      "t.account_key=mm.account_key "
      "LEFT JOIN score s ON s.account_key=mm.account_key AND s.axis='rescue_priority' WHERE a.ever_victim=1 GROUP BY "
      "a.account_key, a.id), "
      "peer AS (SELECT a.account_key, a.id, s.points, CASE WHEN t.lane='urgent' THEN 1 ELSE 0 END AS urgent, t.due_at "
      "FROM account a "
      "JOIN triage t ON t.account_key=a.account_key JOIN score s ON s.account_key=a.account_key AND "
      "s.axis='rescue_priority' "
      "WHERE EXISTS (SELECT 1 FROM account_mention mm JOIN report r ON r.report_key=mm.report_key WHERE "
      "mm.account_key=a.account_key AND mm.role='reported' "
      "AND r.annotations LIKE '%\"minorToMinorInteraction\"%') AND a.account_key NOT IN (SELECT account_key FROM "
      "victim)), "
      "waiting AS (SELECT account_key, id, points, urgent, due_at, 'Named as a victim.' AS reason FROM victim UNION "
      "ALL "
      "SELECT account_key, id, points, urgent, due_at, 'Reported for contact between minors.' FROM peer) "
      "INSERT INTO queue_item (queue, position, noun, noun_key, noun_id, reason, due_at) SELECT 'safeguarding', "
      "row_number() OVER (ORDER BY urgent DESC, coalesce(points, 0) DESC, coalesce(due_at, ?1), id), 'account', "
      "account_key, id, reason, coalesce(due_at, ?1) FROM waiting",
      due_at_if_none));
  return database.changes();
}

}  // namespace crossguard
