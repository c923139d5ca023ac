// Who leads and who does what until when, and the board that shows it. Ids of other nodes' subjects, deconflictions and
// tasks stand beside the authority that made them (origin): two nodes may use one id for different things.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "crypto/public_id.h"
#include "custody/gate.h"
#include "model/ids.h"
#include "register/visibility.h"

namespace crossguard::coordination {

constexpr size_t kTaskTextMaxBytes = 300;
constexpr size_t kNoteMaxBytes = 1'000;

struct NewLead {
  std::string origin;     // who assigns
  std::string about;      // "sbj-..." or "dec-..."
  std::string authority;  // who leads from now on
};
struct LeadChange {
  std::string former;  // authority; "" if nobody led
  bool changed = false;
};
// One leads at a time: the former lead ends at the same instant, and stays in the history. The same again changes
// nothing. permit: kAssignLead, kSettleDeconfliction, kTakeMessages. Whether `about` exists is not asked.
Result<LeadChange> PutLead(Transaction& transaction, const Permit& permit, const NewLead& lead);
// kNotFound unless it is a deconfliction or a subject candidate of this house that the viewer sees.
Status CheckAbout(Database& db, const Sight& see, const std::string& self, const std::string& about);
// The authorities that must hear who leads: all that hold or work on it, and the lead; never this house.
Result<std::vector<std::string>> InterestedIn(Database& db, const std::string& self, const std::string& about);

struct NewTask {
  std::string origin;     // who sets it
  std::string id;         // "" : made here
  std::string about;      // "sbj-..." or "dec-..."
  std::string what;       // one line; it travels: no person's data in it
  std::string authority;  // who does it
  Instant due;
};
// Its id. A task that is due before it is set is kInvalid when made here; one from elsewhere is taken, and overdue.
Result<std::string> PutTask(Transaction& transaction, const Permit& permit, const IdMaker& ids, const NewTask& task);

struct TaskNews {
  std::string origin, id;
  std::string state;  // accepted | done | refused
  std::string note;   // one line or ""
  std::string said_by;
};
// open -> accepted | done | refused; accepted -> done | refused; those two are the end. kConflict otherwise, kDenied if
// somebody else than the authority of the task says it.
Status ReportTask(Transaction& transaction, const Permit& permit, const TaskNews& news);

// What follows is said to a viewer, of what the viewer sees.
Result<nlohmann::json> ListLeads(Database& db, const Sight& see, const std::string& about);
// state "overdue" where it runs and the time is over. Overdue first, then by due date; those that ended come last.
Result<nlohmann::json> ListTasks(Database& db, const Sight& see, Instant now);
// Per subject (or per deconfliction that no subject of this house has part in): lead, parties, open tasks, next due,
// deconflictions that are not settled. Overdue first, then by next due date, then by id.
Result<nlohmann::json> Board(Database& db, const Sight& see, const std::string& self, Instant now);

}  // namespace crossguard::coordination
