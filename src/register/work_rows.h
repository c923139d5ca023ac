// Who leads, who does what until when. The SQL of coordination/ for leads and tasks.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "register/sql.h"
#include "register/visibility.h"

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
// Those that the viewer sees.
Status EachLead(Database& db, const Sight& see, std::string_view about,
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
Status EachTask(Database& db, const Sight& see, Instant now, const std::function<Status(const TaskRow&)>& on_row);
struct ReportRow {
  std::string state, note, said_by;
  Instant at;
};
Status InsertReport(Database& db, int64_t task_key, const ReportRow& row);
Result<std::vector<ReportRow>> ReportsOf(Database& db, int64_t task_key);

// Is it a subject or deconfliction of this house (`self`) that the viewer sees?
Result<bool> AboutIsSeen(Database& db, const Sight& see, std::string_view self, std::string_view about);
// Does the viewer see the task?
Result<bool> TaskIsSeen(Database& db, const Sight& see, int64_t key);
// The authorities that hold or work on the accounts of the subject candidate, sorted.
Result<std::vector<std::string>> AuthoritiesOfSubject(Database& db, std::string_view id);
// The same as far as the viewer sees by what it is known.
Result<std::vector<std::string>> SeenAuthoritiesOfSubject(Database& db, const Sight& see, std::string_view id);

}  // namespace crossguard::work_rows
