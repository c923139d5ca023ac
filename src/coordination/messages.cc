#include "coordination/messages.h"

#include <algorithm>

#include "base/json.h"
#include "coordination/interests.h"
#include "coordination/settle.h"
#include "coordination/work.h"
#include "model/fields.h"

namespace crossguard::coordination {
namespace {

using nlohmann::json;

constexpr std::string_view kNotice = "crossguard-deconfliction-notice/1";
constexpr std::string_view kSettled = "crossguard-deconfliction-settled/1";
constexpr std::string_view kLead = "crossguard-lead-assignment/1";
constexpr std::string_view kTask = "crossguard-task/1";
constexpr std::string_view kTaskReport = "crossguard-task-report/1";
constexpr size_t kAgreedByMax = 100;

}  // namespace

json NoticeJson(const NoticeBody& body) {
  return {{"format", kNotice},
          {"deconfliction", body.deconfliction},
          {"kind", body.kind},
          {"other", {{"authority", body.other}, {"contact", body.contact}}},
          {"since", DateText(body.since)}};
}

Result<NoticeBody> ReadNotice(const json& json) {
  const Fields fields =
      TRY(Fields::OfFormat(json, "A deconfliction notice", kNotice, {"deconfliction", "kind", "other", "since"}));
  const Fields other = TRY(Fields::Of(fields.at("other"), "The other party", {"authority", "contact"}));
  NoticeBody body;
  body.deconfliction = TRY(fields.Id("deconfliction", {Deconfliction::kPrefix}));
  body.kind = TRY(fields.OneOf("kind", {"subject", "account", "file", "selector"}));
  body.other = TRY(other.Authority("authority"));
  body.contact = TRY(other.Line("contact", kContactMaxBytes));
  body.since = TRY(fields.Day("since"));
  return body;
}

json SettledJson(const SettledBody& body) {
  return {{"format", kSettled},
          {"deconfliction", body.deconfliction},
          {"leads", body.leads},
          {"outcome", body.outcome},
          {"agreed_by", body.agreed_by}};
}

Result<SettledBody> ReadSettled(const json& object) {
  const Fields fields = TRY(Fields::OfFormat(object, "A message that a deconfliction is settled", kSettled,
                                             {"deconfliction", "leads", "outcome", "agreed_by"}));
  SettledBody body;
  body.deconfliction = TRY(fields.Id("deconfliction", {Deconfliction::kPrefix}));
  body.outcome = TRY(fields.OneOf("outcome", kOutcomes));
  body.leads = TRY(fields.AuthorityOrEmpty("leads"));
  if ((body.outcome == "not_the_same") != body.leads.empty())
    return fields.Wrong("leads", "empty where the outcome is not_the_same, and only there");
  const json& agreed = fields.at("agreed_by");
  if (!agreed.is_array() || agreed.empty() || agreed.size() > kAgreedByMax ||
      !std::ranges::all_of(
          agreed, [](const json& one) { return one.is_string() && IsAuthorityId(one.get_ref<const std::string&>()); }))
    return fields.Wrong("agreed_by", "a list of 1 to 100 ids of authorities");
  body.agreed_by = agreed.get<std::vector<std::string>>();
  return body;
}

json LeadJson(const LeadBody& body) {
  return {{"format", kLead}, {"about", body.about}, {"lead", body.lead}};
}

Result<LeadBody> ReadLead(const json& json) {
  const Fields fields = TRY(Fields::OfFormat(json, "A lead assignment", kLead, {"about", "lead"}));
  LeadBody body;
  body.about = TRY(fields.Id("about", {SubjectCandidate::kPrefix, Deconfliction::kPrefix}));
  body.lead = TRY(fields.Authority("lead"));
  return body;
}

json TaskJson(const TaskBody& body) {
  return {
      {"format", kTask}, {"task", body.task}, {"about", body.about}, {"what", body.what}, {"due", ToText(body.due)}};
}

Result<TaskBody> ReadTask(const json& json) {
  const Fields fields = TRY(Fields::OfFormat(json, "A task", kTask, {"task", "about", "what", "due"}));
  TaskBody body;
  body.task = TRY(fields.Id("task", {Task::kPrefix}));
  body.about = TRY(fields.Id("about", {SubjectCandidate::kPrefix, Deconfliction::kPrefix}));
  body.what = TRY(fields.Line("what", kTaskTextMaxBytes));
  body.due = TRY(fields.Time("due"));
  return body;
}

json TaskReportJson(const TaskReportBody& body) {
  return {{"format", kTaskReport}, {"task", body.task}, {"state", body.state}, {"note", body.note}};
}

Result<TaskReportBody> ReadTaskReport(const json& json) {
  const Fields fields = TRY(Fields::OfFormat(json, "A report on a task", kTaskReport, {"task", "state", "note"}));
  TaskReportBody body;
  body.task = TRY(fields.Id("task", {Task::kPrefix}));
  body.state = TRY(fields.OneOf("state", {"accepted", "done", "refused"}));
  body.note = TRY(fields.LineOrEmpty("note", kNoteMaxBytes));
  return body;
}

}  // namespace crossguard::coordination
