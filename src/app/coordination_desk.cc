#include "app/coordination_desk.h"

#include <algorithm>

#include "app/access_desk.h"
#include "app/act.h"
#include "app/post_desk.h"
#include "base/json.h"
#include "coordination/interests.h"
#include "coordination/messages.h"
#include "crypto/digest.h"
#include "exchange/post.h"
#include "model/canonical.h"
#include "register/coordination_rows.h"
#include "register/work_rows.h"
#include "selectors/normalise.h"

namespace crossguard {
namespace {

using coordination::OperationSecret;
using nlohmann::json;

constexpr uint64_t kAccountsDocumentMaxBytes = uint64_t{512} * 1024 * 1024;
constexpr std::string_view kSecretPrefix = "deconfliction-", kSecretSuffix = ".key";
constexpr size_t kOperationNameMaxBytes = 64;
constexpr size_t kClaimsInMessage = 50'000;  // some 9 MB of the 16 that a message may have

// For its receiver and nobody else: H2 is "not to be passed on without the sender's permission".
Labels LabelsFor(const House& house, const std::string& to) {
  Labels labels;
  labels.owner = house.book().self;
  labels.originators = {house.book().self};
  labels.purposes = {"facilitate_exchange"};
  labels.handling = {HandlingCode::kH2};
  labels.release_to = std::vector<std::string>{to};
  return labels;
}

Result<std::string> Say(House& house, Transaction& transaction, const Permit& permit, OutgoingMessage message) {
  message.labels = LabelsFor(house, message.to);
  return exchange::Post(transaction, permit, house.ids(), message);
}

bool IsOperationName(std::string_view name) {
  return !name.empty() && name.size() <= kOperationNameMaxBytes && name.front() != '.' &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '.';
         });
}

Result<std::string> SecretPath(const House& house, const std::string& operation) {
  if (!IsOperationName(operation))
    return Fail(Code::kInvalid, "Name the operation in at most 64 letters, digits, '-', '_' and '.'.");
  return house.Path("keys/" + std::string(kSecretPrefix) + operation + std::string(kSecretSuffix));
}

Result<SecretKey> ReadSecret(Env& env, const std::string& path) {
  Bytes bytes = TRY(env.files.ReadWhole(path, SecretKey::kSize + 1));
  const CleanseAtExit cleanse(bytes);
  return SecretKey::From(bytes);
}

Result<std::vector<OperationSecret>> Secrets(House& house) {
  std::vector<OperationSecret> out;
  for (const std::string& name : TRY(house.env().files.List(house.Path("keys")))) {
    if (!name.starts_with(kSecretPrefix) || !name.ends_with(kSecretSuffix)) continue;
    SecretKey secret = TRY(ReadSecret(house.env(), house.Path("keys/" + name)));
    out.push_back(
        {.operation = name.substr(kSecretPrefix.size(), name.size() - kSecretPrefix.size() - kSecretSuffix.size()),
         .secret = std::move(secret)});
  }
  return out;
}

Status TellNotices(House& house, Transaction& transaction, const Permit& permit) {
  for (const coordination::Notice& notice : TRY(coordination::NoticesDue(transaction.db(), house.book()))) {
    const coordination::NoticeBody body{.deconfliction = notice.deconfliction,
                                        .kind = notice.kind,
                                        .other = notice.other.authority,
                                        .contact = notice.other.contact,
                                        .since = notice.other.since};
    const std::string message =
        TRY(Say(house, transaction, permit,
                {.to = notice.to,
                 .kind = MessageKind::kDeconflictionNotice,
                 .body = coordination::NoticeJson(body),
                 .idempotency_key = notice.deconfliction + "/" + notice.other.party + "/" + notice.other.channel,
                 .in_reply_to = "",
                 .labels = {},
                 .urgency = Urgency::kUrgent,
                 .due_at = std::nullopt,
                 .attachment = ""}));
    TRY(coordination::MarkTold(transaction, notice, message, permit.at()));
  }
  return coordination::MarkContactsTold(transaction, house.book());
}

// What a scan found, as far as the officer may know of it.
Result<json> SummaryFor(House& house, const Permit& permit, const coordination::ScanSummary& summary) {
  const Reader reader = TRY(ReadAs(house, permit.officer()));
  const auto seen = TRY(coordination_rows::CountSeen(house.db(), reader.viewer.To(DataAct::kCount), permit.at()));
  return json{{"new", seen.found},
              {"new_parties", seen.joined},
              {"open", seen.unsettled},
              {"claims_without_secret", summary.claims_unread}};
}

// What the officer may not see is not there.
Status CheckSees(House& house, const Actor& actor, const std::string& deconfliction) {
  const Reader reader = TRY(ReadAs(house, actor.officer));
  if (!TRY(coordination_rows::FindDeconfliction(house.db(), deconfliction)) ||
      TRY(coordination_rows::SeenDeconfliction(house.db(), reader.viewer.To(DataAct::kRead), deconfliction)))
    return {};
  return Fail(Code::kNotFound, "There is no deconfliction of that id here; see `crossguard deconfliction list`.");
}

// The accounts of a package that was opened: what stands in its bag (docs/formats/package.md).
Status AddOpened(House& house, const std::string& folder, coordination::Held& held) {
  const Bytes bytes = TRY(house.env().files.ReadWhole(folder + "/bag/data/accounts.json", kAccountsDocumentMaxBytes));
  const json root = ParseJson(bytes);
  if (!root.is_object() || root.value("format", json()) != "crossguard-accounts/1" || !root.contains("accounts") ||
      !root["accounts"].is_array())
    return Fail(Code::kInvalid, "'" + folder + "' is not a package opened by `crossguard package open`.");
  for (const json& account : root["accounts"]) {
    const auto text = [&](const char* name) {
      return account.is_object() && account.contains(name) && account[name].is_string()
                 ? account[name].get<std::string>()
                 : std::string();
    };
    held.accounts.push_back({.service = text("service"), .esp_identifier = text("esp_identifier")});
  }
  return {};
}

Result<coordination::Held> HeldOf(House& house, const HoldFacts& facts) {
  coordination::Held held{.party = house.book().self,
                          .channel = facts.channel,
                          .source = facts.source,
                          .basis = facts.channel.empty() ? "own_case" : "received",
                          .contact = "",
                          .since = house.env().clock.Now()};
  if (!facts.since.empty()) held.since = TRY(ParseInstant(facts.since));
  if (!facts.channel.empty() && house.book().Find(facts.channel) == nullptr)
    return Fail(Code::kNotFound, "The channel is no authority of the authorities file; name one that is.");
  if (facts.service.empty() != facts.account.empty())
    return Fail(Code::kInvalid, "An account needs its service and its identifier: give both.");
  if (!facts.account.empty()) held.accounts.push_back({.service = facts.service, .esp_identifier = facts.account});
  if (!facts.type.empty() || !facts.value.empty()) {
    const auto type = FromText<SelectorType>(facts.type);
    if (!type) return Fail(Code::kInvalid, "A selector needs its type: email, phone, screen_name, profile_url ...");
    std::string value = TRY(Normalise(*type, facts.value, {.service = facts.service}));
    held.selectors.push_back({.type = *type, .value = std::move(value)});
  }
  if (!facts.sha256.empty()) held.files.push_back(TRY(Sha256::FromHexText(facts.sha256)));
  if (!facts.opened_folder.empty()) TRY(AddOpened(house, facts.opened_folder, held));
  return held;
}

// Only those whom the book knows can be written to.
std::vector<std::string> Known(const House& house, std::vector<std::string> authorities) {
  std::erase_if(authorities, [&](const std::string& id) { return house.book().Find(id) == nullptr; });
  return authorities;
}

Result<work_rows::TaskRow> OneTask(const Reader& reader, const std::string& id, const std::string& origin) {
  std::vector<work_rows::TaskRow> found;
  for (work_rows::TaskRow& task : TRY(work_rows::FindTasks(reader.db, id))) {
    if (TRY(work_rows::TaskIsSeen(reader.db, reader.viewer.To(DataAct::kRead), task.key)))
      found.push_back(std::move(task));
  }
  if (!origin.empty()) std::erase_if(found, [&](const work_rows::TaskRow& task) { return task.origin != origin; });
  if (found.empty()) return Fail(Code::kNotFound, "There is no task of that id; see `crossguard task list`.");
  if (found.size() > 1) return Fail(Code::kConflict, "Two authorities set a task of that id; say whose with --of.");
  return std::move(found.front());
}

}  // namespace

Result<coordination::ScanSummary> ScanAndTell(House& house, Transaction& transaction, const Permit& permit) {
  const std::vector<OperationSecret> secrets = TRY(Secrets(house));
  auto summary = TRY(coordination::Scan(transaction, permit, house.ids(), house.book().self, secrets));
  TRY(TellNotices(house, transaction, permit));
  return summary;
}

Status TellSettled(House& house, Transaction& transaction, const Permit& permit,
                   const coordination::Settlement& settlement, const std::vector<std::string>& recipients) {
  const coordination::SettledBody body{.deconfliction = settlement.deconfliction,
                                       .leads = settlement.leads,
                                       .outcome = settlement.outcome,
                                       .agreed_by = settlement.agreed_by};
  for (const std::string& to : Known(house, recipients)) {
    TRY(Say(house, transaction, permit,
            {.to = to,
             .kind = MessageKind::kDeconflictionSettled,
             .body = coordination::SettledJson(body),
             .idempotency_key = settlement.deconfliction + "/" + std::to_string(permit.leaf_index()),
             .in_reply_to = "",
             .labels = {},
             .due_at = std::nullopt,
             .attachment = ""}));
  }
  return {};
}

Result<json> ScanForDeconfliction(House& house, const Actor& actor) {
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kCrossCheck, ""));
  const auto summary = TRY(ScanAndTell(house, transaction, permit));
  json out = TRY(SummaryFor(house, permit, summary));
  TRY(Finish(house, transaction));
  return out;
}

Result<json> SettleDeconfliction(House& house, const Actor& actor, const coordination::Settlement& settlement) {
  TRY(CheckSees(house, actor, settlement.deconfliction));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kSettleDeconfliction, settlement.deconfliction,
                                 {{"leads", settlement.leads}, {"outcome", settlement.outcome}}));
  std::vector<std::string> told;
  const bool ours = TRY(coordination_rows::FindDeconfliction(house.db(), settlement.deconfliction)).has_value();
  coordination::Settlement said = settlement;
  if (ours) {
    told = Known(house, TRY(coordination::Settle(transaction, permit, house.book().self, settlement)).recipients);
  } else {
    told = TRY(coordination_rows::OriginsOfNotice(house.db(), settlement.deconfliction));
    if (told.empty())
      return Fail(Code::kNotFound, "There is no deconfliction of that id here; see `crossguard deconfliction list`.");
    said.agreed_by = {house.book().self};  // this house can speak for itself only
  }
  TRY(coordination::ReadSettled(
      coordination::SettledJson({.deconfliction = said.deconfliction,
                                 .leads = said.leads,
                                 .outcome = said.outcome,
                                 .agreed_by = said.agreed_by})));  // nothing unreadable leaves
  TRY(TellSettled(house, transaction, permit, said, told));
  TRY(Finish(house, transaction));
  return json{{"deconfliction", settlement.deconfliction}, {"settled", ours}, {"told", told}};
}

Result<json> OverrideDeconfliction(House& house, const Actor& actor, const std::string& deconfliction,
                                   const coordination::OverrideFor& what) {
  TRY(CheckSees(house, actor, deconfliction));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kOverrideDeconfliction, deconfliction,
                                 {{"package", what.package}, {"authority", what.authority}}));
  TRY(coordination::Override(transaction, permit, deconfliction, what));
  TRY(TellNotices(house, transaction, permit));
  TRY(Finish(house, transaction));
  return json{{"deconfliction", deconfliction},
              {"package", what.package.empty() ? json(nullptr) : json(what.package)},
              {"overridden_by", actor.officer},
              {"leaf", permit.leaf_index()},
              {"next", "crossguard package compose: packs what was held back; two officers release as ever"}};
}

Result<json> ShowDeconfliction(House& house, const Actor& actor, const std::string& id) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kShowRecord));
  json record =
      TRY(coordination::ShowDeconfliction(house.db(), reader.viewer.To(DataAct::kRead), house.book().self, id));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  TRY(Pass(house, transaction, actor, Act::kShowRecord, id));
  TRY(Finish(house, transaction));
  return record;
}

Result<json> ListDeconflictions(House& house, const std::string& officer) {
  const Reader reader = TRY(ReadAs(house, officer));
  return coordination::ListDeconflictions(house.db(), reader.viewer.To(DataAct::kRead), house.book().self);
}

Result<json> ShowBoard(House& house, const std::string& officer) {
  const Reader reader = TRY(ReadAs(house, officer));
  return coordination::Board(house.db(), reader.viewer.To(DataAct::kRead), house.book().self, house.env().clock.Now());
}

Result<json> ListLeads(House& house, const std::string& officer, const std::string& about) {
  const Reader reader = TRY(ReadAs(house, officer));
  return coordination::ListLeads(house.db(), reader.viewer.To(DataAct::kRead), about);
}

Result<json> ListTasks(House& house, const std::string& officer) {
  const Reader reader = TRY(ReadAs(house, officer));
  return coordination::ListTasks(house.db(), reader.viewer.To(DataAct::kRead), house.env().clock.Now());
}

Result<json> AssignLead(House& house, const Actor& actor, const std::string& about, const std::string& authority) {
  const std::string& self = house.book().self;
  const Reader reader = TRY(ReadFor(house, actor, Act::kAssignLead));
  TRY(coordination::CheckAbout(house.db(), reader.viewer.To(DataAct::kRead), self, about));
  if (house.book().Find(authority) == nullptr)
    return Fail(Code::kNotFound, "The lead is no authority of the authorities file; name one that is.");
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kAssignLead, about, {{"lead", authority}}));
  const auto change =
      TRY(coordination::PutLead(transaction, permit, {.origin = self, .about = about, .authority = authority}));
  std::vector<std::string> told;
  if (change.changed) {
    told = TRY(coordination::InterestedIn(house.db(), self, about));
    if (!change.former.empty() && change.former != self) told.push_back(change.former);
    std::ranges::sort(told);
    told.erase(std::unique(told.begin(), told.end()), told.end());
    told = Known(house, std::move(told));
  }
  for (const std::string& to : told) {
    TRY(Say(house, transaction, permit,
            {.to = to,
             .kind = MessageKind::kLeadAssignment,
             .body = coordination::LeadJson({.about = about, .lead = authority}),
             .idempotency_key = about + "/" + std::to_string(permit.leaf_index()),
             .in_reply_to = "",
             .labels = {},
             .due_at = std::nullopt,
             .attachment = ""}));
  }
  TRY(Finish(house, transaction));
  return json{{"about", about}, {"lead", authority}, {"former", change.former}, {"told", told}};
}

Result<json> SetTask(House& house, const Actor& actor, const TaskFacts& task) {
  const std::string& self = house.book().self;
  const Instant due = TRY(ParseInstant(task.due));
  const Reader reader = TRY(ReadFor(house, actor, Act::kSetTask));
  TRY(coordination::CheckAbout(house.db(), reader.viewer.To(DataAct::kRead), self, task.about));
  if (house.book().Find(task.authority) == nullptr)
    return Fail(Code::kNotFound, "Who does it is no authority of the authorities file; name one that is.");
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kSetTask, task.about, {{"for", task.authority}}));
  const std::string id = TRY(coordination::PutTask(
      transaction, permit, house.ids(),
      {.origin = self, .id = "", .about = task.about, .what = task.what, .authority = task.authority, .due = due}));
  if (task.authority != self) {
    TRY(Say(house, transaction, permit,
            {.to = task.authority,
             .kind = MessageKind::kTask,
             .body = coordination::TaskJson({.task = id, .about = task.about, .what = task.what, .due = due}),
             .idempotency_key = id,
             .in_reply_to = "",
             .labels = {},
             .due_at = due,
             .attachment = ""}));
  }
  TRY(Finish(house, transaction));
  return json{{"task", id}, {"about", task.about}, {"for", task.authority}, {"due", ToText(due)}};
}

Result<json> ReportTask(House& house, const Actor& actor, const TaskReportFacts& report) {
  const std::string& self = house.book().self;
  const Reader reader = TRY(ReadFor(house, actor, Act::kSetTask));
  const work_rows::TaskRow task = TRY(OneTask(reader, report.id, report.origin));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kSetTask, report.id, {{"state", report.state}}));
  TRY(coordination::ReportTask(
      transaction, permit,
      {.origin = task.origin, .id = task.id, .state = report.state, .note = report.note, .said_by = self}));
  if (task.origin != self) {
    TRY(Say(house, transaction, permit,
            {.to = task.origin,
             .kind = MessageKind::kTaskReport,
             .body = coordination::TaskReportJson({.task = task.id, .state = report.state, .note = report.note}),
             .idempotency_key = task.id + "/" + report.state,
             .in_reply_to = "",
             .labels = {},
             .due_at = std::nullopt,
             .attachment = ""}));
  }
  TRY(Finish(house, transaction));
  return json{{"task", task.id}, {"state", report.state}, {"told", task.origin == self ? json() : json(task.origin)}};
}

Result<json> Hold(House& house, const Actor& actor, const HoldFacts& facts) {
  const coordination::Held held = TRY(HeldOf(house, facts));
  if (held.accounts.empty() && held.selectors.empty() && held.files.empty())
    return Fail(Code::kInvalid,
                "Say what is held: an account, a selector, a file, or the folder of an opened package.");
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kOpenCase, facts.source));
  const auto recorded = TRY(coordination::RecordHeld(transaction, permit, held));
  const auto summary = TRY(ScanAndTell(house, transaction, permit));
  json out = TRY(SummaryFor(house, permit, summary));
  TRY(Finish(house, transaction));
  out["source"] = facts.source;
  out["keys"] = recorded.keys;
  out["without_key"] = recorded.without;
  return out;
}

Result<json> ProposeAnswer(House& house, const std::string& officer, const std::string& source) {
  const Reader reader = TRY(ReadAs(house, officer));
  const auto proposal =
      TRY(coordination::ProposeAnswer(house.db(), reader.viewer.To(DataAct::kCount), house.book().self, source));
  json ways = json::array();
  for (const auto& way : proposal.ways) {
    ways.push_back({{"known_through", way.channel.empty() ? "own case" : way.channel},
                    {"accounts", way.account_count},
                    {"since", DateText(way.since)}});
  }
  return json{{"package", source},
              {"proposed_answer", proposal.decision.empty() ? json(nullptr) : json(proposal.decision)},
              {"accounts", proposal.account_count},
              {"known", proposal.known_count},
              {"ways", std::move(ways)}};
}

Result<json> KeepOperationSecret(House& house, const Actor& actor, const std::string& operation,
                                 const std::string& from_path) {
  const std::string path = TRY(SecretPath(house, operation));
  Env& env = house.env();
  const SecretKey secret = from_path.empty() ? SecretKey::Make(env.random) : TRY(ReadSecret(env, from_path));
  if (env.files.Exists(path)) {
    const SecretKey there = TRY(ReadSecret(env, path));
    if (from_path.empty() || !EqualConstantTime(there.reveal(), secret.reveal()))
      return Fail(Code::kConflict, "'" + path + "' is there already; give a copy of it to the other nodes.");
  }
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  TRY(Pass(house, transaction, actor, Act::kLoadAuthorities, "", {{"deconfliction_secret", operation}}));
  TRY(env.files.WriteWhole(path, secret.reveal()));
  TRY(Finish(house, transaction));
  return json{{"operation", operation}, {"file", path}};
}

namespace {
Result<SecretKey> SecretOf(House& house, const std::string& operation) {
  const std::string path = TRY(SecretPath(house, operation));
  if (!house.env().files.Exists(path))
    return Fail(Code::kNotFound, "This house has no secret of that operation; see `crossguard deconfliction secret`.");
  return ReadSecret(house.env(), path);
}

json DocumentOf(const House& house, const std::string& operation, json claims) {
  const std::string& self = house.book().self;
  const Authority* const own = house.book().Find(self);
  return coordination::ClaimsDocument(operation, self, own == nullptr ? "" : own->contact, std::move(claims));
}
}  // namespace

Result<json> ExportClaims(House& house, const Actor& actor, const std::string& operation, const std::string& path) {
  const SecretKey secret = TRY(SecretOf(house, operation));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kSendMessages, "", {{"claims_of", operation}}));
  json claims = TRY(coordination::OwnClaims(transaction, permit, house.book().self, secret));
  const size_t count = claims.size();
  const json document = DocumentOf(house, operation, std::move(claims));
  TRY(house.env().files.WriteWhole(path, AsBytes(Canonical(document))));
  TRY(Finish(house, transaction));
  return json{{"operation", operation}, {"claims", count}, {"file", path}};
}

// Sorted by key, so that the same claims are cut into the same messages: sent again, they are the same.
Result<json> SendClaims(House& house, const Actor& actor, const std::string& operation, const std::string& to) {
  const std::string& self = house.book().self;
  if (house.book().Find(to) == nullptr || to == self)
    return Fail(Code::kNotFound, "'" + to + "' is no other authority of the authority book.");
  const SecretKey secret = TRY(SecretOf(house, operation));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kSendMessages, to, {{"claims_of", operation}}));
  const GatewayDecision decision =
      Decide(house.book(), {.from = self, .to = to, .purpose = "cross_check", .data_kind = "selectors"}, permit.at());
  if (!decision.allowed) return Fail(Code::kDenied, decision.reason);
  const json claims = TRY(coordination::OwnClaims(transaction, permit, self, secret));
  json messages = json::array();
  for (size_t at = 0; at < claims.size(); at += kClaimsInMessage) {
    json part = json::array();
    for (size_t i = at; i < std::min(claims.size(), at + kClaimsInMessage); ++i) part.push_back(claims[i]);
    OutgoingMessage message{.to = to, .kind = MessageKind::kContribution};
    message.body = DocumentOf(house, operation, std::move(part));
    message.idempotency_key = HashSha256(AsBytes(Canonical(message.body))).hex();
    message.labels = OwnLabelsTo(house, to, "cross_check");
    messages.push_back(TRY(exchange::Post(transaction, permit, house.ids(), message)));
  }
  TRY(Finish(house, transaction));
  return json{{"operation", operation}, {"claims", claims.size()}, {"to", to}, {"messages", std::move(messages)}};
}

Result<json> TakeClaimsMessage(House& house, Transaction& transaction, const Permit& permit,
                               const ReceivedMessage& message) {
  if (message.labels.owner != message.from ||
      std::ranges::find(message.labels.purposes, "cross_check") == message.labels.purposes.end())
    return Fail(Code::kDenied, "Claims are their sender's own, labelled for the purpose 'cross_check'.");
  const std::string document = Canonical(message.body);
  const auto taken = TRY(coordination::TakeClaims(transaction, permit, AsBytes(document), message.from, message.id));
  TRY(ScanAndTell(house, transaction, permit));
  return json{{"taken", taken.taken}, {"known", taken.known}};
}

Result<json> ImportClaims(House& house, const Actor& actor, const std::string& path) {
  const Bytes bytes = TRY(house.env().files.ReadWhole(path, coordination::kClaimsDocumentMaxBytes));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kImportContribution, ""));
  const std::string source = house.ids().Make<Contribution>("claims/" + HashSha256(bytes).hex()).text();
  const auto taken = TRY(coordination::TakeClaims(transaction, permit, bytes, "", source));
  if (house.book().Find(taken.from) == nullptr)
    return Fail(Code::kDenied,
                "The sender is no authority of the authorities file; add it first, if it should be one.");
  if (taken.from == house.book().self) return Fail(Code::kInvalid, "These claims are this house's own.");
  const auto summary = TRY(ScanAndTell(house, transaction, permit));
  json out = TRY(SummaryFor(house, permit, summary));
  TRY(Finish(house, transaction));
  out["from"] = taken.from;
  out["taken"] = taken.taken;
  out["known"] = taken.known;
  return out;
}

}  // namespace crossguard
