// Lists, counts and searches of the desk.

#include "base/json.h"
#include "model/words.h"
#include "register/desk_parts.h"
#include "register/desk_rows.h"
#include "register/json_rows.h"

namespace crossguard {

using desk_parts::First;
using desk_parts::KeyFor;
using nlohmann::json;

namespace {

constexpr std::string_view kHashListColumns =
    "SELECT id, name, version, owner, kind, scheme, scheme_country, scheme_version, environment, pdq_definition, "
    "state, row_count, "
    "taken_count, ignored_count, quarantined_count, source_name, source_sha256, imported_at FROM hash_list ";

// Counts of one operation; each condition is the viewer's.
class Figures {
 public:
  Figures(Database& db, const Viewer& viewer, int64_t operation)
      : db_(db),
        see_(viewer.To(DataAct::kCount)),
        exists_(viewer.To(DataAct::kSeeExistence)),
        operation_(operation),
        accounts_(
            "SELECT DISTINCT m.account_key FROM account_mention m JOIN report r USING (report_key) WHERE "
            "r.operation_key=?1 AND " +
            see_.Submission("r.submission_key") + " AND " + see_.AccountLabels("m.account_key")),
        // What was worked out of an account counts for who may see all its reports.
        whole_("(SELECT n.account_key FROM (" + accounts_ + ") n WHERE " + see_.AccountWhole("n.account_key") + ")"),
        media_(
            "(SELECT c.media_key FROM media_copy c JOIN exhibit_item i USING (item_key) JOIN submission s USING "
            "(submission_key) WHERE s.operation_key=?1 AND " +
            see_.Submission("s.submission_key") + " AND " + see_.MediaLabels("c.media_key") + ")") {}

  Status Fill(json& out) const {
    TRY(FillTaken(out));
    TRY(FillFiles(out));
    return FillWorkedOut(out);
  }

 private:
  Result<int64_t> Number(const std::string& sql) const { return TRY(db_.Number(sql, operation_)).value_or(0); }

  Status FillTaken(json& out) const {
    const std::string reports = "SELECT count(*) FROM report r WHERE r.operation_key=?1 AND " +
                                see_.Submission("r.submission_key") + " AND r.state=";
    out["reports"] = TRY(Number(reports + "'taken'"));
    out["reports_duplicate"] =
        TRY(Number(reports + "'duplicate' AND (r.duplicate_of IS NULL OR " + see_.Report("r.duplicate_of") + ")"));
    out["accounts"] = TRY(Number("SELECT count(*) FROM (" + accounts_ + ")"));
    out["accounts_reported"] = TRY(Number("SELECT count(*) FROM (" + accounts_ + " AND m.role='reported')"));
    out["selectors"] =
        TRY(Number("SELECT count(DISTINCT g.selector_key) FROM sighting g JOIN report r USING (report_key) LEFT "
                   "JOIN account_mention m ON m.mention_key=g.mention_key WHERE r.operation_key=?1 AND " +
                   see_.Submission("r.submission_key") + " AND " + see_.AccountLabels("m.account_key")));
    const std::string submissions =
        " FROM submission s WHERE s.operation_key=?1 AND " + see_.Submission("s.submission_key");
    out["submissions"] = TRY(Number("SELECT count(*)" + submissions + " AND s.state<>'sealing'"));
    out["items"] = TRY(Number("SELECT coalesce(sum(item_count),0)" + submissions));
    out["bytes"] = TRY(Number("SELECT coalesce(sum(byte_count),0)" + submissions));
    out["quarantine"] =
        TRY(JsonRows(db_,
                     "SELECT q.kind, count(*) AS records FROM quarantine q JOIN exhibit_item i USING (item_key) JOIN "
                     "submission s USING (submission_key) WHERE s.operation_key=?1 AND " +
                         see_.Submission("s.submission_key") + " AND NOT " + RepeatsUnseen(see_) +
                         " GROUP BY q.kind ORDER BY q.kind",
                     operation_));
    return {};
  }

  Status FillFiles(json& out) const {
    out["files"] = TRY(Number("SELECT count(*) FROM media WHERE media_key IN " + media_));
    out["file_states"] = TRY(JsonRows(
        db_,
        "SELECT state, count(*) AS files FROM media WHERE media_key IN " + media_ + " GROUP BY state ORDER BY state",
        operation_));
    const auto verdicts = [&](const char* verdict) {
      return Number(std::string("SELECT count(*) FROM media_verdict WHERE verdict='") + verdict +
                    "' AND media_key IN " + media_);
    };
    out["hits"] = json::object();
    out["hits"]["hash_hits"] =
        TRY(Number("SELECT count(*) FROM hash_hit WHERE state='live' AND media_key IN " + media_));
    out["hits"]["files_known"] = TRY(verdicts("known"));
    out["hits"]["files_benign"] = TRY(verdicts("benign"));
    out["hits"]["files_in_conflict"] = TRY(verdicts("conflict"));
    out["hits"]["partner_hits"] =
        TRY(Number("SELECT count(*) FROM partner_hit p JOIN holding h USING (holding_key) WHERE p.account_key IN " +
                   whole_ + " AND " + exists_.Contribution("h.contribution_key")));
    const std::string clusters = " FROM cluster_member m WHERE m.media_key IN " + media_ +
                                 // Asked once for each cluster, not for each member: a cluster may hold very many.
                                 " AND m.cluster_key IN (SELECT k.cluster_key FROM cluster k WHERE " +
                                 see_.Cluster("k.cluster_key") + ")";
    const int64_t contents =
        TRY(Number("SELECT count(*) FROM media m WHERE (m.pdq IS NOT NULL OR EXISTS (SELECT 1 FROM "
                   "media_frame f WHERE f.media_key=m.media_key)) AND m.media_key IN " +
                   media_)) +
        TRY(Number("SELECT count(*) FROM media m WHERE m.facts<>'{}' AND "
                   "m.facts->'thumbnail'->>'differs'=1 AND m.media_key IN " +
                   media_));
    const std::string looks = " FROM cluster_look m WHERE m.media_key IN " + media_ +
                              " AND m.cluster_key IN (SELECT k.cluster_key FROM cluster k WHERE " +
                              see_.Cluster("k.cluster_key") + ")";
    const int64_t saved = TRY(Number("SELECT count(*)-count(DISTINCT m.cluster_key)" + looks));
    out["looks"] = {{"contents", contents}, {"needed", contents - saved}, {"saved", saved}};
    out["clusters"] = TRY(Number("SELECT count(DISTINCT m.cluster_key)" + clusters));
    out["clustered_files"] = TRY(Number("SELECT count(*)" + clusters));
    return {};
  }

  Status FillWorkedOut(json& out) const {
    out["subjects"] =
        TRY(Number("SELECT count(*) FROM (SELECT DISTINCT u.subject_key FROM subject_account u WHERE "
                   "u.account_key IN " +
                   whole_ + ") d WHERE " + see_.Subject("d.subject_key")));
    out["urgent_cases"] = TRY(Number("SELECT count(*) FROM triage WHERE lane='urgent' AND account_key IN " + whole_));
    out["countries"] =
        TRY(JsonRows(db_,
                     "SELECT country, count(*) AS accounts FROM jurisdiction WHERE country<>'' AND account_key IN " +
                         whole_ + " GROUP BY country ORDER BY accounts DESC, country",
                     operation_));
    out["accounts_unclear"] =
        TRY(Number("SELECT count(*) FROM jurisdiction WHERE country='' AND account_key IN " + whole_));
    out["packages"] =
        TRY(JsonRows(db_,
                     "SELECT p.id, p.authority, p.kind, p.state, p.account_count, p.file_count, p.payload_bytes FROM "
                     "package p WHERE p.operation_key=?1 AND " +
                         see_.Package("p.package_key") + " ORDER BY p.kind DESC, p.authority, p.package_key",
                     operation_));
    out["withheld"] = TRY(JsonRows(db_,
                                   "SELECT w.reason_code, count(*) AS accounts FROM withheld w WHERE "
                                   "w.operation_key=?1 AND w.account_key IN " +
                                       whole_ + " GROUP BY w.reason_code ORDER BY w.reason_code",
                                   operation_));
    return {};
  }

 public:
  // A record that repeats one which came through a submission that the viewer may not see: to say so would say what
  // lies there. `q` is the quarantine row.
  static std::string RepeatsUnseen(const Sight& see) {
    return "EXISTS (SELECT 1 FROM report t WHERE t.item_key=q.item_key AND t.place=q.place AND t.duplicate_of IS NOT "
           "NULL AND NOT " +
           see.Report("t.duplicate_of") + ")";
  }

 private:
  Database& db_;
  const Sight& see_;
  const Sight& exists_;
  int64_t operation_;
  std::string accounts_, whole_, media_;
};

// Everything that begins with the text, as a range of bytes: the end is the text and the last code point there is.
std::string EndOfPrefix(std::string_view text) {
  return std::string(text) + "\xF4\x8F\xBF\xBF";
}

std::string SelectorTypes() {
  std::string out;
  for (const std::string_view type : Words<SelectorType>::kTexts)
    out += (out.empty() ? "'" : ",'") + std::string(type) + "'";
  return out;
}

}  // namespace

Result<json> ListHashLists(Database& db) {
  return JsonRows(db, std::string(kHashListColumns) + "ORDER BY list_key");
}

Result<json> ShowHashList(Database& db, const Viewer& viewer, std::string_view id) {
  const int64_t key = TRY(KeyFor(
      db, "hash list", id, "SELECT list_key FROM hash_list WHERE id=?1 OR name=?1 ORDER BY list_key DESC LIMIT 1"));
  json out = TRY(First(JsonRows(db, std::string(kHashListColumns) + "WHERE list_key=?1", key), "hash list", id));
  out["codes"] = TRY(JsonRows(db,
                              "SELECT code, grade, count(*) AS entries, count(withdrawn_at) AS withdrawn FROM "
                              "hash_entry WHERE list_key=?1 GROUP BY code, grade ORDER BY code, grade",
                              key));
  out["quarantine"] =
      TRY(JsonRows(db, "SELECT place, reason FROM list_quarantine WHERE list_key=?1 ORDER BY place LIMIT 1000", key));
  out["hits"] = TRY(JsonRows(db,
                             "SELECT h.method, h.state, count(*) AS hits FROM hash_hit h JOIN hash_entry e USING "
                             "(entry_key) WHERE e.list_key=?1 AND " +
                                 viewer.To(DataAct::kCount).Media("h.media_key") +
                                 " GROUP BY h.method, h.state ORDER BY h.method, h.state",
                             key));
  return out;
}

Result<json> ListPackages(Database& db, const Viewer& viewer) {
  return JsonRows(db,
                  "SELECT p.id, o.name AS operation, p.authority, p.kind, p.state, p.account_count, p.file_count, "
                  "p.payload_bytes, p.gateway, p.folder, p.composed_at, "
                  "p.sealed_at, p.released_at, p.answered_at, p.case_number, (SELECT count(*) FROM package_held_back h "
                  "WHERE h.package_key=p.package_key) AS held_back, f.id AS follows FROM package p JOIN operation o "
                  "USING (operation_key) LEFT JOIN package f ON f.package_key=p.follows_package_key AND " +
                      viewer.To(DataAct::kRead).Package("f.package_key") + " WHERE " +
                      viewer.To(DataAct::kRead).Package("p.package_key") +
                      " ORDER BY o.name, p.authority, p.package_key");
}

Result<json> ListQueues(Database& db, const Viewer& viewer) {
  return JsonRows(db, "SELECT q.queue, count(*) AS waiting, min(q.due_at) AS first_due_at FROM queue_item q WHERE " +
                          viewer.To(DataAct::kCount).QueueRow("q.noun", "q.noun_key") +
                          " GROUP BY q.queue ORDER BY q.queue");
}

Result<json> ShowQueue(Database& db, const Viewer& viewer, std::string_view queue, int64_t limit) {
  // Places among what the viewer sees: the place in the whole queue would count the rest.
  return JsonRows(db,
                  "SELECT row_number() OVER (ORDER BY q.position) AS position, q.noun, q.noun_id AS id, q.reason, "
                  "q.due_at FROM queue_item q WHERE q.queue=?1 AND " +
                      viewer.To(DataAct::kRead).QueueRow("q.noun", "q.noun_key") + " ORDER BY q.position LIMIT ?2",
                  queue, limit);
}

Result<json> ListQuarantine(Database& db, const Viewer& viewer, int64_t limit) {
  const Sight& see = viewer.To(DataAct::kRead);
  return JsonRows(db,
                  "SELECT i.path, q.place, q.kind, q.reason FROM quarantine q JOIN exhibit_item i USING (item_key) "
                  "WHERE " +
                      see.Submission("i.submission_key") + " AND NOT " + Figures::RepeatsUnseen(see) +
                      " ORDER BY i.path, q.quarantine_key LIMIT ?1",
                  limit);
}

Result<json> SearchAccounts(Database& db, const Viewer& viewer, std::string_view text, int64_t limit) {
  if (text.size() < kSearchTextMinBytes || text.size() > kSearchTextMaxBytes || !IsUtf8(text))
    return Fail(Code::kInvalid, "Search for 3 to 256 bytes of text: the beginning of an identifier.");
  const Sight& see = viewer.To(DataAct::kSearch);
  std::string lower(text);  // the normalised form of most selectors (docs/formats/selectors.md)
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const std::string end = EndOfPrefix(text);
  const std::string lower_end = EndOfPrefix(lower);
  json rows = TRY(JsonRows(
      db,
      "SELECT a.id, a.service, a.esp_identifier, s.type AS by, s.value, count(*) AS sightings FROM selector s JOIN "
      "sighting g USING (selector_key) JOIN account_mention m USING (mention_key) JOIN account a USING (account_key) "
      "JOIN report r ON r.report_key=g.report_key WHERE s.type IN (" +
          SelectorTypes() + ") AND ((s.value>=?1 AND s.value<?2) OR (s.value>=?3 AND s.value<?4)) AND " +
          see.Submission("r.submission_key") + " AND " + see.SearchSubject("a.account_key") +
          " GROUP BY a.account_key, s.selector_key UNION ALL SELECT a.id, a.service, a.esp_identifier, 'account', '', "
          "0 FROM account a WHERE ((a.esp_identifier>=?1 AND a.esp_identifier<?2) OR a.id=?1) AND " +
          see.SearchSubject("a.account_key") + " ORDER BY 2, 3, 4, 5",
      text, end, lower, lower_end));
  json out = {{"found", rows.size()}};
  while (static_cast<int64_t>(rows.size()) > std::max<int64_t>(limit, 0)) rows.erase(rows.size() - 1);
  out["shown"] = rows.size();
  out["accounts"] = std::move(rows);
  return out;
}

Result<json> ListLedger(Database& db, const Viewer& viewer, std::string_view object_id, int64_t limit) {
  return JsonRows(db,
                  "SELECT l.at, l.act, json_extract(CAST(l.entry AS TEXT),'$.officer') AS officer, l.object_id AS "
                  "object FROM ledger_leaf l WHERE (?1='' OR l.object_id=?1) AND (" +
                      viewer.To(DataAct::kReadLedger).ObjectOf("l.object_id") +
                      " OR json_extract(CAST(l.entry AS TEXT),'$.officer')=?2) ORDER BY l.leaf_index DESC LIMIT ?3",
                  object_id, viewer.facts().officer, limit);
}

Result<json> OperationFigures(Database& db, const Viewer& viewer, std::string_view name) {
  const int64_t key = TRY(KeyFor(db, "operation", name,
                                 "SELECT o.operation_key FROM operation o WHERE o.name=?1 AND " +
                                     viewer.To(DataAct::kCount).Operation("o.operation_key")));
  json out = {{"operation", name}};
  TRY(Figures(db, viewer, key).Fill(out));
  out["queues"] = TRY(ListQueues(db, viewer));
  return out;
}

}  // namespace crossguard
