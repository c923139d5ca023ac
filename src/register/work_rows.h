// Who leads, who does what until when. The SQL of coordination/ for leads and tasks.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "register/sql.h"

namespace crossguard::work_rows {

struct LeadRow {
  std::string origin, about, authority, assigned_by;
  Instant since;
  std::optional<Instant> until;
};
Result<std::optional<LeadRow>> CurrentLead(Database& db, std::string_view origin, std::string_view about);
Status EndLead(Database& db, std::string_view origin, std::string_view about, Instant at);
// kConflict by the register's own rule if somebody leads it still.
Status InsertLead(Database& db, const LeadRow& row);
Status EachLead(Database& db, std::string_view about,
                const std::function<Status(const LeadRow&)>& on_row);  // "" all; by origin, about, since

struct TaskRow {
  int64_t key = 0;
  std::string origin, id, about, what, authority, state, set_by;
  Instant due_at, set_at;
};
// False if it stands there already.
Result<bool> InsertTask(Database& db, const TaskRow& row);
Result<std::vector<TaskRow>> FindTasks(Database& db, std::string_view id);  // of any origin
Result<std::optional<TaskRow>> FindTask(Database& db, std::string_view origin, std::string_view id);
Status SetTaskState(Database& db, int64_t key, std::string_view state);
// Those that still run first and overdue before others, then by due date and id.
Status EachTask(Database& db, Instant now, const std::function<Status(const TaskRow&)>& on_row);
struct ReportRow {
  std::string state, note, said_by;
  Instant at;
};
Status InsertReport(Database& db, int64_t task_key, const ReportRow& row);
Result<std::vector<ReportRow>> ReportsOf(Database& db, int64_t task_key);

Result<bool> SubjectExists(Database& db, std::string_view id);
// The authorities that hold or work on the accounts of the subject candidate, sorted.
Result<std::vector<std::string>> AuthoritiesOfSubject(Database& db, std::string_view id);

}  // namespace crossguard::work_rows
