#include "coordination/work.h"

#include <algorithm>
#include <map>
#include <set>

#include "model/fields.h"
#include "register/coordination_rows.h"
#include "register/work_rows.h"

namespace crossguard::coordination {
namespace {

using nlohmann::json;
namespace rows = work_rows;

bool IsAbout(std::string_view about) {
  return IsPublicId(about, SubjectCandidate::kPrefix) || IsPublicId(about, Deconfliction::kPrefix);
}

bool Runs(const rows::TaskRow& task) {
  return task.state == "open" || task.state == "accepted";
}

// One line of the board while it is gathered.
struct Work {
  std::string origin, about;
  std::string lead;
  std::set<std::string> parties;
  int64_t open_tasks = 0;
  std::optional<Instant> next_due;
  std::map<std::string, std::string> deconflictions;  // id -> "kind, state"

  bool Overdue(Instant now) const { return next_due && *next_due < now; }
};

class BoardMaker {
 public:
  BoardMaker(Database& db, const Sight& see, std::string self, Instant now)
      : db_(db), see_(see), self_(std::move(self)), now_(now) {}

  Status Gather() {
    TRY(Deconflictions());
    TRY(rows::EachLead(db_, see_, "", [&](const rows::LeadRow& lead) -> Status {
      if (lead.until) return {};
      const bool is_new = !lines_.contains(Place(lead.origin, lead.about));
      Work& line = Line(lead.origin, lead.about);
      // The subject's own lead wins over that of one of its deconflictions.
      if (is_new || line.lead.empty() || lead.about == line.about) line.lead = lead.authority;
      line.parties.insert(lead.authority);
      return {};
    }));
    TRY(rows::EachTask(db_, see_, now_, [&](const rows::TaskRow& task) -> Status {
      if (!Runs(task)) return {};
      Work& line = Line(task.origin, task.about);
      ++line.open_tasks;
      line.next_due = line.next_due ? std::min(*line.next_due, task.due_at) : task.due_at;
      line.parties.insert(task.authority);
      return {};
    }));
    for (auto& [place, line] : lines_) {
      if (!line.about.starts_with(SubjectCandidate::kPrefix) || line.origin != self_) continue;
      for (const std::string& party : TRY(rows::SeenAuthoritiesOfSubject(db_, see_, line.about)))
        line.parties.insert(party);
    }
    return {};
  }

  json Answer() const {
    std::vector<const Work*> sorted;
    for (const auto& [place, line] : lines_) {
      if (line.open_tasks > 0 || !line.lead.empty() || !line.deconflictions.empty()) sorted.push_back(&line);
    }
    std::ranges::sort(sorted, {}, [this](const Work* line) {
      return std::tuple(!line->Overdue(now_), !line->next_due, line->next_due.value_or(Instant{}), line->about,
                        line->origin);
    });
    json out = json::array();
    for (const Work* line : sorted) {
      json open = json::array();
      for (const auto& [id, words] : line->deconflictions) open.push_back(id + ": " + words);
      out.push_back({{"about", line->about},
                     {"of", line->origin},
                     {"lead", line->lead},
                     {"parties", line->parties},
                     {"open_tasks", line->open_tasks},
                     {"next_due", line->next_due ? json(ToText(*line->next_due)) : json(nullptr)},
                     {"overdue", line->Overdue(now_)},
                     {"deconflictions", std::move(open)}});
    }
    return out;
  }

 private:
  Status Deconflictions() {
    std::vector<coordination_rows::DeconflictionRow> found;
    TRY(coordination_rows::EachSeenDeconfliction(db_, see_,
                                                 [&](const coordination_rows::DeconflictionRow& row) -> Status {
                                                   found.push_back(row);
                                                   return {};
                                                 }));
    for (const auto& row : found) {
      const auto subject = TRY(coordination_rows::SubjectOf(db_, see_, row.key));
      if (subject) subject_of_[row.id] = *subject;
      Work& line = Line(self_, row.id);
      for (const auto& party : TRY(coordination_rows::PartiesOf(db_, row.key))) line.parties.insert(party.party);
      if (row.state != "settled") line.deconflictions[row.id] = row.kind + ", " + row.state;
    }
    return coordination_rows::EachNotice(db_, [&](const coordination_rows::NoticeRow& notice) -> Status {
      Work& line = Line(notice.origin, notice.deconfliction);
      line.parties.insert(notice.other);
      if (notice.state != "settled") line.deconflictions[notice.deconfliction] = notice.kind + ", " + notice.state;
      return {};
    });
  }
  // A deconfliction of this house stands in the line of its subject.
  std::pair<std::string, std::string> Place(const std::string& origin, const std::string& about) const {
    const auto subject = subject_of_.find(about);
    return {origin, origin == self_ && subject != subject_of_.end() ? subject->second : about};
  }
  Work& Line(const std::string& origin, const std::string& about) {
    const auto place = Place(origin, about);
    Work& line = lines_[place];
    line.origin = place.first;
    line.about = place.second;
    return line;
  }

  Database& db_;
  const Sight& see_;
  std::string self_;
  Instant now_;
  std::map<std::string, std::string> subject_of_;  // deconfliction of this house -> subject
  std::map<std::pair<std::string, std::string>, Work> lines_;
};

}  // namespace

Result<LeadChange> PutLead(Transaction& transaction, const Permit& permit, const NewLead& lead) {
  CHECK(permit.act() == Act::kAssignLead || permit.act() == Act::kSettleDeconfliction ||
        permit.act() == Act::kTakeMessages);
  if (!IsAbout(lead.about) || !IsAuthorityId(lead.authority) || !IsAuthorityId(lead.origin))
    return Fail(Code::kInvalid, "Name a subject (sbj-...) or a deconfliction (dec-...), and the authority that leads.");
  Database& db = transaction.db();
  const auto now = TRY(rows::CurrentLead(db, lead.origin, lead.about));
  LeadChange change{.former = now ? now->authority : ""};
  if (change.former == lead.authority) return change;
  change.changed = true;
  TRY(rows::EndLead(db, lead.origin, lead.about, permit.at()));
  TRY(rows::InsertLead(db, {.origin = lead.origin,
                            .about = lead.about,
                            .authority = lead.authority,
                            .assigned_by = permit.officer(),
                            .since = permit.at(),
                            .until = std::nullopt}));
  return change;
}

Status CheckAbout(Database& db, const Sight& see, const std::string& self, const std::string& about) {
  if (TRY(rows::AboutIsSeen(db, see, self, about))) return {};
  return Fail(Code::kNotFound, "There is no subject or deconfliction of that id; see `crossguard coordination board`.");
}

Result<std::vector<std::string>> InterestedIn(Database& db, const std::string& self, const std::string& about) {
  std::set<std::string> out;
  if (const auto row = TRY(coordination_rows::FindDeconfliction(db, about))) {
    for (const auto& party : TRY(coordination_rows::PartiesOf(db, row->key))) out.insert(party.spokesman());
  } else {
    for (const std::string& authority : TRY(rows::AuthoritiesOfSubject(db, about))) out.insert(authority);
  }
  if (const auto lead = TRY(rows::CurrentLead(db, self, about))) out.insert(lead->authority);
  out.erase(self);
  return std::vector<std::string>(out.begin(), out.end());
}

Result<std::string> PutTask(Transaction& transaction, const Permit& permit, const IdMaker& ids, const NewTask& task) {
  CHECK(permit.act() == Act::kSetTask || permit.act() == Act::kTakeMessages);
  if (!IsAbout(task.about) || !IsAuthorityId(task.authority) || !IsLine(task.what, kTaskTextMaxBytes))
    return Fail(Code::kInvalid, "A task needs what it is about, who does it, and one line that says what.");
  if (task.id.empty() && task.due <= permit.at())
    return Fail(Code::kInvalid, "A task is due in the future; give a later time.");
  const std::string id =
      task.id.empty() ? ids.Make<Task>("leaf " + std::to_string(permit.leaf_index())).text() : task.id;
  TRY(rows::InsertTask(transaction.db(), {.origin = task.origin,
                                          .id = id,
                                          .about = task.about,
                                          .what = task.what,
                                          .authority = task.authority,
                                          .state = "open",
                                          .set_by = permit.officer(),
                                          .due_at = task.due,
                                          .set_at = permit.at()}));
  return id;
}

Status ReportTask(Transaction& transaction, const Permit& permit, const TaskNews& news) {
  CHECK(permit.act() == Act::kSetTask || permit.act() == Act::kTakeMessages);
  Database& db = transaction.db();
  const auto task = TRY(rows::FindTask(db, news.origin, news.id));
  // Who has no task of that id learns nothing of whose it is.
  if (!task || task->authority != news.said_by)
    return Fail(Code::kNotFound, "There is no task of that id for " + news.said_by + "; see `crossguard task list`.");
  if (news.state != "accepted" && news.state != "done" && news.state != "refused")
    return Fail(Code::kInvalid, "A task is reported as accepted, done or refused.");
  if (!news.note.empty() && !IsLine(news.note, kNoteMaxBytes))
    return Fail(Code::kInvalid, "A note is one line of at most 1000 bytes.");
  if (!Runs(*task) || (task->state == "accepted" && news.state == "accepted"))
    return Fail(Code::kConflict, "Task " + task->id + " is " + task->state + "; set a new one to change that.");
  TRY(rows::SetTaskState(db, task->key, news.state));
  return rows::InsertReport(db, task->key,
                            {.state = news.state, .note = news.note, .said_by = news.said_by, .at = permit.at()});
}

Result<json> ListLeads(Database& db, const Sight& see, const std::string& about) {
  json out = json::array();
  TRY(rows::EachLead(db, see, about, [&](const rows::LeadRow& lead) -> Status {
    out.push_back({{"about", lead.about},
                   {"of", lead.origin},
                   {"lead", lead.authority},
                   {"since", ToText(lead.since)},
                   {"until", lead.until ? json(ToText(*lead.until)) : json(nullptr)},
                   {"assigned_by", lead.assigned_by}});
    return {};
  }));
  return out;
}

Result<json> ListTasks(Database& db, const Sight& see, Instant now) {
  std::vector<rows::TaskRow> tasks;
  TRY(rows::EachTask(db, see, now, [&](const rows::TaskRow& task) -> Status {
    tasks.push_back(task);
    return {};
  }));
  json out = json::array();
  for (const rows::TaskRow& task : tasks) {
    json reports = json::array();
    for (const rows::ReportRow& report : TRY(rows::ReportsOf(db, task.key))) {
      reports.push_back(
          {{"state", report.state}, {"note", report.note}, {"by", report.said_by}, {"at", ToText(report.at)}});
    }
    out.push_back({{"id", task.id},
                   {"of", task.origin},
                   {"about", task.about},
                   {"what", task.what},
                   {"for", task.authority},
                   {"due", ToText(task.due_at)},
                   {"state", Runs(task) && task.due_at < now ? "overdue" : task.state},
                   {"reports", std::move(reports)}});
  }
  return out;
}

Result<json> Board(Database& db, const Sight& see, const std::string& self, Instant now) {
  BoardMaker board(db, see, self, now);
  TRY(board.Gather());
  return board.Answer();
}

}  // namespace crossguard::coordination
