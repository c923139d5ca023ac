#include "register/outcome_rows.h"

#include <map>

#include "register/json_rows.h"

namespace crossguard::outcome_rows {
namespace {

using nlohmann::json;

constexpr std::string_view kReportColumns =
    "SELECT report_key, id, operation, authority, ref, kind, count, on_day, reported_on, country, case_number, "
    "package, "
    "channel, corrects, reason, state, why, superseded_on, replaced_by, received_at FROM outcome_report ";

Result<StoredOutcome> ReadReport(const SqlRow& row) {
  StoredOutcome out;
  out.key = row.Int(0);
  out.id = row.Text(1);
  out.operation = row.Text(2);
  out.authority = row.Text(3);
  out.report.ref = row.Text(4);
  const auto kind = FromText<OutcomeKind>(row.TextView(5));
  const auto state = FromText<OutcomeState>(row.TextView(15));
  if (!kind || !state)
    return Fail(Code::kCorrupt, "Outcome " + out.id + " has a word that this version does not know; see the backup.");
  out.report.kind = *kind;
  out.report.count = row.Int(6);
  out.report.on = row.Time(7);
  out.report.reported_on = row.Time(8);
  out.report.country = row.Text(9);
  out.report.case_number = row.Text(10);
  out.report.package = row.Text(11);
  out.report.channel = row.Text(12);
  out.report.corrects = row.Text(13);
  out.report.reason = row.Text(14);
  out.state = *state;
  out.why = row.Text(16);
  out.superseded_on = row.OptionalTime(17);
  out.replaced_by = row.Int(18);
  out.received_at = row.Time(19);
  return out;
}

// Names for people and JSON: days as days.
std::string Shown(const Sight& see) {
  return std::string(
             "SELECT r.report_key, r.id, r.operation, r.authority, r.ref, r.kind, r.count, "
             "strftime('%Y-%m-%d', r.on_day/1000000, 'unixepoch') AS happened, "
             "strftime('%Y-%m-%d', r.reported_on/1000000, 'unixepoch') AS reported, r.country, r.case_number, "
             "r.package, "
             "r.corrects, r.reason, r.state, r.why, "
             "strftime('%Y-%m-%d', r.superseded_on/1000000, 'unixepoch') AS superseded, "
             "(SELECT b.id FROM outcome_report b WHERE b.report_key=r.replaced_by AND ") +
         see.Outcome("b.report_key") +
         ") AS replaced_by, r.received_at, "
         "(SELECT count(DISTINCT subject) FROM outcome_subject s WHERE s.report_key=r.report_key) AS with_keys, "
         "(SELECT json_group_array(CASE channel WHEN '' THEN 'direct' ELSE channel END) FROM (SELECT DISTINCT channel "
         "FROM "
         "outcome_arrival a WHERE a.report_key=r.report_key ORDER BY channel)) AS came_by_json, "
         "(SELECT json_group_array(b.id) FROM outcome_contradiction c JOIN outcome_report b ON "
         "b.report_key=c.against_key "
         "WHERE c.report_key=r.report_key AND " +
         see.Outcome("b.report_key") + ") AS contradicts_json FROM outcome_report r ";
}

json WithoutKeys(json rows) {
  for (json& row : rows) row.erase("report_key");
  return rows;
}

}  // namespace

// --- cases ---

Status InsertCase(Transaction& transaction, const CaseRow& row) {
  Database& db = transaction.db();
  const auto there = TRY(db.Number("SELECT case_key FROM national_case WHERE operation=?1 AND case_number=?2",
                                   row.operation, row.case_number));
  if (there)
    return Fail(Code::kConflict, "A case of this number is open or closed in the operation already; see `case list`.");
  return db.Run(
      "INSERT INTO national_case (id,operation,case_number,country,package,account,lead_officer,opened_at) "
      "VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
      row.id, row.operation, row.case_number, row.country, row.package, row.account, row.lead_officer, row.opened_at);
}

namespace {
Result<CaseRow> OneCase(Database& database, const std::string& condition, std::string_view id_or_number) {
  std::vector<CaseRow> found;
  TRY(database.Each(
      "SELECT id,operation,case_number,country,package,account,lead_officer,opened_at FROM national_case c WHERE "
      "(id=?1 OR case_number=?1) AND " +
          condition + " ORDER BY case_key",
      [&](const SqlRow& row) -> Status {
        found.push_back({.id = row.Text(0),
                         .operation = row.Text(1),
                         .case_number = row.Text(2),
                         .country = row.Text(3),
                         .package = row.Text(4),
                         .account = row.Text(5),
                         .lead_officer = row.Text(6),
                         .opened_at = row.Time(7)});
        return {};
      },
      id_or_number));
  if (found.empty())
    return Fail(Code::kNotFound, "No case here has this id or number; take one from `crossguard case list`.");
  if (found.size() > 1)
    return Fail(Code::kConflict, "Several operations have a case of this number; name it by its id (cas-...).");
  return found.front();
}
}  // namespace

Result<CaseRow> FindCase(Database& database, std::string_view id_or_number) {
  return OneCase(database, "1", id_or_number);
}

Result<CaseRow> FindCase(Database& database, const Sight& see, std::string_view id_or_number) {
  return OneCase(database, see.Case("c.case_key"), id_or_number);
}

Result<bool> CloseCase(Transaction& transaction, std::string_view id, std::string_view reason, Instant at) {
  TRY(transaction.db().Run(
      "UPDATE national_case SET state='closed', closed_at=?2, close_reason=?3 WHERE id=?1 AND state='open'", id, at,
      reason));
  return transaction.db().changes() > 0;
}

Result<json> ListCases(Database& database, const Sight& see, std::string_view operation) {
  return JsonRows(database,
                  "SELECT c.id, c.case_number, c.operation, c.country, c.state, c.lead_officer, c.package, c.account, "
                  "c.opened_at, c.closed_at, (SELECT count(*) FROM submission_origin o WHERE o.case_id=c.id AND "
                  "EXISTS (SELECT 1 FROM submission s WHERE s.id=o.submission AND " +
                      see.Submission("s.submission_key") +
                      ")) AS seizures FROM national_case c WHERE (?1='' OR c.operation=?1) AND " +
                      see.Case("c.case_key") + " ORDER BY c.case_key",
                  operation);
}

Result<json> ShowCase(Database& database, const Sight& see, std::string_view id, std::string_view self) {
  json out = TRY(JsonRows(database,
                          "SELECT id, case_number, operation, country, package, account, lead_officer, state, "
                          "opened_at, closed_at, close_reason FROM national_case c WHERE id=?1 AND " +
                              see.Case("c.case_key"),
                          id));
  if (out.empty()) return Fail(Code::kNotFound, "No case here has this id; take one from `crossguard case list`.");
  out = out.front();
  out["outcomes"] = WithoutKeys(TRY(
      JsonRows(database,
               Shown(see) +
                   "JOIN national_case c ON c.case_number=r.case_number AND c.operation=r.operation WHERE c.id=?1 AND "
                   "r.authority=?2 AND " +
                   see.Outcome("r.report_key") + " ORDER BY r.report_key",
               id, self)));
  // What came of a search is a submission like any other: what the cross-check found for it stands here. Beside it
  // counts only what the viewer sees too.
  const std::string other = " AND " + see.Submission("q.submission_key");
  const std::string account = " AND " + see.Account("m.account_key");
  out["seized"] = TRY(JsonRows(
      database,
      "SELECT o.submission, o.at, s.state, s.item_count AS items, s.byte_count AS bytes, "
      "(SELECT count(*) FROM report r WHERE r.submission_key=s.submission_key) AS reports, "
      "(SELECT count(DISTINCT m.account_key) FROM account_mention m JOIN report r USING (report_key) WHERE "
      "r.submission_key=s.submission_key" +
          account +
          ") AS accounts, "
          "(SELECT count(DISTINCT m.account_key) FROM account_mention m JOIN report r USING (report_key) WHERE "
          "r.submission_key=s.submission_key" +
          account +
          " AND EXISTS (SELECT 1 FROM account_mention n JOIN report q ON q.report_key=n.report_key WHERE "
          "n.account_key=m.account_key AND q.submission_key<>s.submission_key" +
          other +
          ")) AS accounts_known_before, "
          "(SELECT count(DISTINCT l.link_key) FROM link_account l JOIN account_mention m USING (account_key) JOIN "
          "report r USING (report_key) WHERE r.submission_key=s.submission_key AND " +
          see.Link("l.link_key") +
          " AND EXISTS (SELECT 1 FROM link_account k JOIN account_mention n USING (account_key) JOIN report q ON "
          "q.report_key=n.report_key WHERE k.link_key=l.link_key AND q.submission_key<>s.submission_key" +
          other +
          ")) AS links_to_others, "
          "(SELECT count(DISTINCT e.sha256) FROM exhibit_item e WHERE e.submission_key=s.submission_key AND "
          "e.role='media' AND EXISTS (SELECT 1 FROM exhibit_item q WHERE q.sha256=e.sha256 AND "
          "q.submission_key<>s.submission_key" +
          other +
          ")) AS files_known_before, "
          "(SELECT count(DISTINCT h.media_key) FROM hash_hit h JOIN media d USING (media_key) JOIN exhibit_item e ON "
          "e.sha256=d.sha256 WHERE h.state='live' AND e.submission_key=s.submission_key AND " +
          see.MediaLabels("h.media_key") +
          ") AS files_on_lists, "
          "(SELECT count(DISTINCT p.partner_hit_key) FROM partner_hit p JOIN holding g USING (holding_key) JOIN "
          "account_mention m USING (account_key) JOIN report r USING (report_key) WHERE "
          "r.submission_key=s.submission_key AND " +
          see.Source("(SELECT c.id FROM contribution c WHERE c.contribution_key=g.contribution_key)") + " AND " +
          see.AccountWhole("m.account_key") +
          ") AS partner_hits FROM submission_origin o JOIN submission s ON s.id=o.submission WHERE o.case_id=?1 AND " +
          see.Submission("s.submission_key") + " ORDER BY o.at, o.submission",
      id));
  return out;
}

Status PutOrigin(Transaction& transaction, std::string_view submission_id, std::string_view case_id, Instant at) {
  Database& db = transaction.db();
  const auto there = TRY(db.TextOf("SELECT case_id FROM submission_origin WHERE submission=?1", submission_id));
  if (there && *there != case_id)
    return Fail(Code::kConflict, "Submission " + std::string(submission_id) + " has its origin in case " + *there +
                                     " already; the first word stands.");
  return db.Run("INSERT INTO submission_origin (submission,case_id,at) VALUES (?1,?2,?3) ON CONFLICT DO NOTHING",
                submission_id, case_id, at);
}

// --- outcomes ---

namespace {
Result<std::vector<StoredOutcome>> Load(Database& database, std::string_view operation, const std::string& condition) {
  std::vector<StoredOutcome> out;
  std::map<int64_t, size_t> at;
  TRY(database.Each(
      std::string(kReportColumns) + "WHERE operation=?1 AND " + condition + " ORDER BY report_key",
      [&](const SqlRow& row) -> Status {
        out.push_back(TRY(ReadReport(row)));
        at[out.back().key] = out.size() - 1;
        return {};
      },
      operation));
  const auto each = [&](std::string_view sql,
                        const std::function<void(OutcomeReport&, const SqlRow&)>& take) -> Status {
    return database.Each(
        sql,
        [&](const SqlRow& row) -> Status {
          if (const auto found = at.find(row.Int(0)); found != at.end()) take(out[found->second].report, row);
          return {};
        },
        operation);
  };
  TRY(each(
      "SELECT s.report_key, s.subject, s.token FROM outcome_subject s JOIN outcome_report r USING (report_key) WHERE "
      "r.operation=?1 ORDER BY s.report_key, s.subject, s.token",
      [](OutcomeReport& report, const SqlRow& row) {
        const auto subject = static_cast<size_t>(row.Int(1));
        if (report.subjects.size() <= subject) report.subjects.resize(subject + 1);
        report.subjects[subject].push_back(row.Text(2));
      }));
  TRY(
      each("SELECT a.report_key, a.account FROM outcome_account a JOIN outcome_report r USING (report_key) WHERE "
           "r.operation=?1 ORDER BY a.report_key, a.account",
           [](OutcomeReport& report, const SqlRow& row) { report.accounts.push_back(row.Text(1)); }));
  TRY(
      each("SELECT f.report_key, f.sha256 FROM outcome_file f JOIN outcome_report r USING (report_key) WHERE "
           "r.operation=?1 ORDER BY f.report_key, f.sha256",
           [](OutcomeReport& report, const SqlRow& row) { report.files.push_back(ToHex(row.Blob(1))); }));
  return out;
}
}  // namespace

Result<std::vector<StoredOutcome>> LoadOutcomes(Database& database, std::string_view operation) {
  return Load(database, operation, "1");
}

Result<std::vector<StoredOutcome>> LoadOutcomes(Database& database, const Sight& see, std::string_view operation) {
  return Load(database, operation, see.Outcome("outcome_report.report_key"));
}

Result<std::vector<std::string>> OperationsWithOutcomes(Database& database) {
  std::vector<std::string> out;
  TRY(database.Each("SELECT DISTINCT operation FROM outcome_report ORDER BY operation",
                    [&](const SqlRow& row) -> Status {
                      out.push_back(row.Text(0));
                      return {};
                    }));
  return out;
}

Status InsertOutcome(Transaction& transaction, StoredOutcome& stored, std::string_view labels_json) {
  Database& db = transaction.db();
  const OutcomeReport& r = stored.report;
  TRY(
      db.Run("INSERT INTO outcome_report (id,operation,authority,ref,kind,count,on_day,reported_on,country,case_number,"
             "package,channel,corrects,reason,labels,state,why,received_at) VALUES "
             "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)",
             stored.id, stored.operation, stored.authority, r.ref, Text(r.kind), r.count, r.on, r.reported_on,
             r.country, r.case_number, r.package, r.channel, r.corrects, r.reason, labels_json, Text(stored.state),
             stored.why, stored.received_at));
  stored.key = db.last_insert_key();
  for (size_t i = 0; i < r.subjects.size(); ++i) {
    for (const std::string& token : r.subjects[i])
      TRY(db.Run("INSERT INTO outcome_subject VALUES (?1,?2,?3)", stored.key, static_cast<int64_t>(i), token));
  }
  for (const std::string& account : r.accounts)
    TRY(db.Run("INSERT INTO outcome_account VALUES (?1,?2)", stored.key, account));
  for (const std::string& file : r.files) {
    const Sha256 digest = TRY(Sha256::FromHexText(file));
    TRY(db.Run("INSERT INTO outcome_file VALUES (?1,?2)", stored.key, digest));
  }
  return {};
}

Status SetState(Transaction& transaction, const StoredOutcome& stored) {
  return transaction.db().Run(
      "UPDATE outcome_report SET state=?2, why=?3, superseded_on=?4, replaced_by=nullif(?5,0) WHERE report_key=?1",
      stored.key, Text(stored.state), stored.why, stored.superseded_on, stored.replaced_by);
}

Result<bool> AddArrival(Transaction& transaction, int64_t report_key, std::string_view channel,
                        std::string_view message, Instant at) {
  TRY(transaction.db().Run(
      "INSERT INTO outcome_arrival (report_key,channel,message,at) VALUES (?1,?2,?3,?4) ON CONFLICT DO NOTHING",
      report_key, channel, message, at));
  return transaction.db().changes() > 0;
}

Status AddContradiction(Transaction& transaction, int64_t report_key, int64_t against_key) {
  return transaction.db().Run("INSERT INTO outcome_contradiction VALUES (?1,?2) ON CONFLICT DO NOTHING", report_key,
                              against_key);
}

Result<std::vector<int64_t>> Contradictions(Database& database, int64_t report_key) {
  std::vector<int64_t> out;
  TRY(database.Each(
      "SELECT against_key FROM outcome_contradiction WHERE report_key=?1 ORDER BY against_key",
      [&](const SqlRow& row) -> Status {
        out.push_back(row.Int(0));
        return {};
      },
      report_key));
  return out;
}

namespace {
Result<std::string> OperationWhere(Database& database, std::string_view id, const std::string& condition) {
  const auto operation =
      TRY(database.TextOf("SELECT operation FROM outcome_report r WHERE id=?1 AND " + condition, id));
  if (!operation) return Fail(Code::kNotFound, "No outcome here has this id; take one from `crossguard outcome list`.");
  return *operation;
}
}  // namespace

Result<std::string> OperationOfOutcome(Database& database, std::string_view id) {
  return OperationWhere(database, id, "1");
}

Result<std::string> OperationOfOutcome(Database& database, const Sight& see, std::string_view id) {
  return OperationWhere(database, id, see.Outcome("r.report_key"));
}

Result<json> ListOutcomes(Database& database, const Sight& see, std::string_view operation, std::string_view state,
                          int64_t limit) {
  return WithoutKeys(TRY(JsonRows(database,
                                  Shown(see) + "WHERE (?1='' OR r.operation=?1) AND (?2='' OR r.state=?2) AND " +
                                      see.Outcome("r.report_key") + " ORDER BY r.report_key DESC LIMIT ?3",
                                  operation, state, limit)));
}

Result<json> ShowOutcomes(Database& database, const Sight& see, const std::vector<int64_t>& keys) {
  return WithoutKeys(TRY(JsonRows(database,
                                  Shown(see) + "WHERE r.report_key IN (SELECT value FROM json_each(?1)) AND " +
                                      see.Outcome("r.report_key") + " ORDER BY r.on_day, r.report_key",
                                  json(keys).dump())));
}

Result<bool> OperationIsOpen(Database& database, const Sight& see, std::string_view name) {
  return TRY(database.Number("SELECT 1 WHERE " + see.OperationNamed("?1"), name)).has_value();
}

Result<std::optional<std::string>> AccountId(Database& database, std::string_view id_or_name) {
  return database.TextOf("SELECT id FROM account WHERE id=?1 OR service||'/'||esp_identifier=?1 LIMIT 1", id_or_name);
}

// --- the picture ---

Result<std::vector<PackageFacts>> ReleasedPackages(Database& database, const Sight& see, std::string_view operation) {
  std::vector<PackageFacts> out;
  TRY(database.Each(
      "SELECT p.id, p.authority, p.kind, p.state, p.released_at, p.answered_at FROM package p JOIN operation o USING "
      "(operation_key) WHERE o.name=?1 AND p.released_at IS NOT NULL AND " +
          see.Package("p.package_key") + " ORDER BY p.authority, p.package_key",
      [&](const SqlRow& row) -> Status {
        out.push_back({.id = row.Text(0),
                       .authority = row.Text(1),
                       .kind = row.Text(2),
                       .state = row.Text(3),
                       .released_at = row.Time(4),
                       .answered_at = row.OptionalTime(5)});
        return {};
      },
      operation));
  return out;
}

Status EachAccountSent(Database& database, const Sight& see, std::string_view operation, Instant until,
                       const std::function<void(int64_t account, std::string_view authority)>& on) {
  return database.Each(
      "SELECT DISTINCT a.account_key, p.authority FROM package p JOIN operation o USING (operation_key) JOIN "
      "package_account a USING (package_key) WHERE o.name=?1 AND p.kind='referral' AND p.released_at<=?2 AND " +
          see.Package("p.package_key") + " AND " + see.AccountLabels("a.account_key"),
      [&](const SqlRow& row) -> Status {
        on(row.Int(0), row.TextView(1));
        return {};
      },
      operation, until);
}

}  // namespace crossguard::outcome_rows
