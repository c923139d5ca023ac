#include "register/work_rows.h"

namespace crossguard::work_rows {
namespace {

LeadRow LeadOf(const SqlRow& row) {
  return {.origin = row.Text(0),
          .about = row.Text(1),
          .authority = row.Text(2),
          .assigned_by = row.Text(3),
          .since = row.Time(4),
          .until = row.OptionalTime(5)};
}

TaskRow TaskOf(const SqlRow& row) {
  return {.key = row.Int(0),
          .origin = row.Text(1),
          .id = row.Text(2),
          .about = row.Text(3),
          .what = row.Text(4),
          .authority = row.Text(5),
          .state = row.Text(6),
          .set_by = row.Text(7),
          .due_at = row.Time(8),
          .set_at = row.Time(9)};
}

}  // namespace

Result<std::optional<LeadRow>> CurrentLead(Database& db, std::string_view origin, std::string_view about) {
  std::optional<LeadRow> out;
  TRY(db.Each(
      "SELECT origin,about,authority,assigned_by,since,until FROM lead_assignment WHERE origin=?1 AND about=?2 AND "
      "until "
      "IS NULL",
      [&](const SqlRow& row) -> Status {
        out = LeadOf(row);
        return {};
      },
      origin, about));
  return out;
}

Status EndLead(Database& db, std::string_view origin, std::string_view about, Instant at) {
  return db.Run("UPDATE lead_assignment SET until=?3 WHERE origin=?1 AND about=?2 AND until IS NULL", origin, about,
                at);
}

Status InsertLead(Database& db, const LeadRow& row) {
  return db.Run(
      "INSERT INTO lead_assignment (origin,about,authority,since,until,assigned_by) VALUES (?1,?2,?3,?4,?5,?6)",
      row.origin, row.about, row.authority, row.since, row.until, row.assigned_by);
}

Status EachLead(Database& db, const Sight& see, std::string_view about,
                const std::function<Status(const LeadRow&)>& on_row) {
  return db.Each(
      "SELECT origin,about,authority,assigned_by,since,until FROM lead_assignment WHERE (?1='' OR about=?1) AND " +
          see.About("lead_assignment.origin", "lead_assignment.about") + " ORDER BY origin,about,since,lead_key",
      [&](const SqlRow& row) { return on_row(LeadOf(row)); }, about);
}

Result<bool> InsertTask(Database& db, const TaskRow& row) {
  TRY(
      db.Run("INSERT INTO task (origin,id,about,what,authority,due_at,state,set_by,set_at) VALUES "
             "(?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT (origin,id) DO NOTHING",
             row.origin, row.id, row.about, row.what, row.authority, row.due_at, row.state, row.set_by, row.set_at));
  return db.changes() > 0;
}

Result<std::vector<TaskRow>> FindTasks(Database& db, std::string_view id) {
  std::vector<TaskRow> out;
  TRY(db.Each(
      "SELECT task_key,origin,id,about,what,authority,state,set_by,due_at,set_at FROM task WHERE id=?1 ORDER BY origin",
      [&](const SqlRow& row) -> Status {
        out.push_back(TaskOf(row));
        return {};
      },
      id));
  return out;
}

Result<std::optional<TaskRow>> FindTask(Database& db, std::string_view origin, std::string_view id) {
  std::optional<TaskRow> out;
  TRY(db.Each(
      "SELECT task_key,origin,id,about,what,authority,state,set_by,due_at,set_at FROM task WHERE origin=?1 AND id=?2",
      [&](const SqlRow& row) -> Status {
        out = TaskOf(row);
        return {};
      },
      origin, id));
  return out;
}

Status SetTaskState(Database& db, int64_t key, std::string_view state) {
  return db.Run("UPDATE task SET state=?2 WHERE task_key=?1", key, state);
}

Status EachTask(Database& db, const Sight& see, Instant now, const std::function<Status(const TaskRow&)>& on_row) {
  return db.Each(
      "SELECT task_key,origin,id,about,what,authority,state,set_by,due_at,set_at FROM task WHERE " +
          see.About("task.origin", "task.about") +
          " ORDER BY state NOT IN ('open','accepted'), due_at>=?1, due_at, id, origin",
      [&](const SqlRow& row) { return on_row(TaskOf(row)); }, now);
}

Status InsertReport(Database& db, int64_t task_key, const ReportRow& row) {
  return db.Run("INSERT INTO task_report (task_key,state,note,said_by,at) VALUES (?1,?2,?3,?4,?5)", task_key, row.state,
                row.note, row.said_by, row.at);
}

Result<std::vector<ReportRow>> ReportsOf(Database& db, int64_t task_key) {
  std::vector<ReportRow> out;
  TRY(db.Each(
      "SELECT state,note,said_by,at FROM task_report WHERE task_key=?1 ORDER BY report_key",
      [&](const SqlRow& row) -> Status {
        out.push_back({.state = row.Text(0), .note = row.Text(1), .said_by = row.Text(2), .at = row.Time(3)});
        return {};
      },
      task_key));
  return out;
}

Result<bool> AboutIsSeen(Database& db, const Sight& see, std::string_view self, std::string_view about) {
  return TRY(db.Number("SELECT 1 WHERE " + see.About("?1", "?2"), self, about)).has_value();
}

Result<bool> TaskIsSeen(Database& db, const Sight& see, int64_t key) {
  return TRY(db.Number("SELECT 1 FROM task WHERE task_key=?1 AND " + see.About("task.origin", "task.about"), key))
      .has_value();
}

namespace {
Result<std::vector<std::string>> AuthoritiesWhere(Database& db, std::string_view id, const std::string& condition) {
  std::vector<std::string> out;
  TRY(db.Each(
      "SELECT DISTINCT i.party FROM subject s JOIN subject_account sa ON sa.subject_key=s.subject_key JOIN "
      "coordination_key k ON k.noun='account' AND k.noun_key=sa.account_key JOIN coordination_interest i ON "
      "i.key=k.key WHERE s.id=?1 AND " +
          condition + " ORDER BY 1",
      [&](const SqlRow& row) -> Status {
        out.push_back(row.Text(0));
        return {};
      },
      id));
  return out;
}
}  // namespace

Result<std::vector<std::string>> AuthoritiesOfSubject(Database& db, std::string_view id) {
  return AuthoritiesWhere(db, id, "1");
}

Result<std::vector<std::string>> SeenAuthoritiesOfSubject(Database& db, const Sight& see, std::string_view id) {
  return AuthoritiesWhere(db, id, see.Subject("s.subject_key") + " AND " + see.Source("i.source"));
}

}  // namespace crossguard::work_rows
