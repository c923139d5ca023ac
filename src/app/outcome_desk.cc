#include "app/outcome_desk.h"

#include <algorithm>

#include "app/access_desk.h"
#include "app/act.h"
#include "app/carriage_desk.h"
#include "app/mail_outcome.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "exchange/post.h"
#include "model/canonical.h"
#include "outcome/batch.h"
#include "outcome/cases.h"
#include "outcome/feedback.h"
#include "outcome/picture.h"
#include "outcome/take.h"
#include "outcome/tokens.h"
#include "register/outcome_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr uint64_t kBatchFileMaxBytes = 64 * 1024 * 1024;
constexpr uint64_t kRulesFileMaxBytes = 1 << 20;
constexpr std::string_view kKeyFile = "keys/outcome.key";

Result<outcome::OutcomeRules> Rules(House& house) {
  const Bytes bytes = TRY(house.env().files.ReadWhole(house.Path("config/outcome.toml"), kRulesFileMaxBytes));
  return outcome::ReadOutcomeRules(AsText(bytes));
}

Result<SecretKey> OperationKey(House& house) {
  const std::string path = house.Path(std::string(kKeyFile));
  if (!house.env().files.Exists(path)) {
    const SecretKey made = SecretKey::Make(house.env().random);
    TRY(house.env().files.WriteWhole(path, made.reveal()));
  }
  Bytes bytes = TRY(house.env().files.ReadWhole(path, 4096));
  const CleanseAtExit cleanse(bytes);
  auto key = SecretKey::From(bytes);
  if (!key)
    return Fail(Code::kCorrupt, "'" + path + "' is damaged; take the operation's key from a participant again.");
  return key;
}

Result<Instant> AsOf(House& house, const std::string& text) {
  if (text.empty()) return outcome::DayOf(house.env().clock.Now());
  const auto day = outcome::ReadDay(text);
  if (!day) return Fail(Code::kInvalid, "Give --as-of as a day: 2022-03-02.");
  return *day;
}

// No gateway, no flow: what came of it is a kind of data of its own.
Status CheckOutcomeWay(const AuthorityBook& book, const std::string& to, Instant at) {
  if (book.Find(to) == nullptr || to == book.self)
    return Fail(Code::kNotFound,
                "'" + to + "' is no other authority of the authority book; see config/authorities.toml.");
  const GatewayDecision decision =
      Decide(book, {.from = book.self, .to = to, .purpose = "facilitate_exchange", .data_kind = "outcomes"}, at);
  if (decision.allowed) return {};
  return Fail(Code::kDenied, decision.reason + " Nothing was recorded or sent.");
}

// Feedback needs a way that is open today, whatever it was opened for: it says nothing of a person.
Status CheckWay(const AuthorityBook& book, const std::string& to, Instant at) {
  if (book.Find(to) == nullptr || to == book.self)
    return Fail(Code::kNotFound,
                "'" + to + "' is no other authority of the authority book; see config/authorities.toml.");
  const bool open = std::ranges::any_of(book.gateways, [&](const Gateway& gateway) {
    return gateway.from == book.self && gateway.to == to && gateway.valid_from <= at &&
           (!gateway.valid_until || at < *gateway.valid_until);
  });
  if (open) return {};
  return Fail(Code::kDenied,
              "No gateway from " + book.self + " to " + to + " is open today; nothing was recorded or sent.");
}

Labels LabelsOf(const AuthorityBook& book, const std::string& to) {
  Labels out;
  out.owner = book.self;
  out.originators = {book.self};
  out.purposes = {"facilitate_exchange", "strategic_analysis"};
  out.handling = {HandlingCode::kH0};
  out.grade = "A1";
  if (!to.empty()) out.release_to = std::vector<std::string>{to};
  return out;
}

json TakenJson(const outcome::Taken& taken) {
  json out = {{"id", taken.id}, {"ref", taken.ref}, {"state", Text(taken.state)}, {"is_new", taken.is_new}};
  if (!taken.why.empty()) out["why"] = taken.why;
  if (!taken.superseded.empty()) out["superseded"] = taken.superseded;
  return out;
}

Result<std::string> PostBatch(House& house, Transaction& transaction, const Permit& permit, const std::string& to,
                              json body, const std::string& idempotency_key) {
  const OutgoingMessage message{.to = to,
                                .kind = MessageKind::kOutcomeReport,
                                .body = std::move(body),
                                .idempotency_key = idempotency_key,
                                .in_reply_to = {},
                                .labels = LabelsOf(house.book(), to),
                                .due_at = std::nullopt,
                                .attachment = {}};
  return exchange::Post(transaction, permit, house.ids(), message);
}

// One report of this house: recorded here, and posted to those who are to know.
Result<json> RecordAndTell(House& house, Transaction& transaction, const Permit& permit, const std::string& operation,
                           const OutcomeReport& report, const std::vector<std::string>& to) {
  const OutcomeBatch batch{.operation = operation, .authority = house.book().self, .reports = {report}};
  const json body = outcome::BatchJson(batch);
  TRY(outcome::ReadBatch(body));  // what would be refused elsewhere is refused here first
  for (const std::string& recipient : to) TRY(CheckOutcomeWay(house.book(), recipient, permit.at()));
  const outcome::Arrival arrival{.message = "", .labels = LabelsOf(house.book(), "")};
  const auto summary = TRY(outcome::TakeReports(transaction, permit, house.ids(), house.book(), batch, arrival));
  const outcome::Taken& taken = summary.reports.front();
  json out = TakenJson(taken);
  out["messages"] = json::array();
  for (const std::string& recipient : to)
    out["messages"].push_back(TRY(PostBatch(house, transaction, permit, recipient, body, taken.id)));
  return out;
}

// The same feedback to the same authority twice is one message.
Result<std::string> PostFeedback(House& house, Transaction& transaction, const Permit& permit, const std::string& to,
                                 json body) {
  body["format"] = kFeedbackFormat;
  const std::string key = HashSha256(AsBytes(Canonical(body))).hex();
  const OutgoingMessage message{.to = to,
                                .kind = MessageKind::kFeedback,
                                .body = std::move(body),
                                .idempotency_key = key,
                                .in_reply_to = {},
                                .labels = LabelsOf(house.book(), to),
                                .due_at = std::nullopt,
                                .attachment = {}};
  return exchange::Post(transaction, permit, house.ids(), message);
}

// A correction may name what it corrects by the id that lists show.
Result<std::string> RefOf(House& house, const Sight& see, const std::string& ref_or_id) {
  if (!ref_or_id.starts_with("out-")) return ref_or_id;
  const std::string operation = TRY(outcome_rows::OperationOfOutcome(house.db(), see, ref_or_id));
  for (const StoredOutcome& stored : TRY(outcome_rows::LoadOutcomes(house.db(), operation))) {
    if (stored.id != ref_or_id) continue;
    if (stored.authority != house.book().self)
      return Fail(Code::kDenied, "Only the authority that reported an outcome corrects it; ask it to.");
    return stored.report.ref;
  }
  return ref_or_id;
}

Result<OutcomeReport> ReportOf(House& house, const Sight& see, const OutcomeToReport& facts) {
  const auto kind = FromText<OutcomeKind>(facts.kind);
  if (!kind) return Fail(Code::kInvalid, "That is no kind of outcome; see `crossguard outcome report --help`.");
  const Authority* const self = house.book().Find(house.book().self);
  const Instant today = outcome::DayOf(house.env().clock.Now());
  OutcomeReport out;
  out.kind = *kind;
  out.count = facts.count;
  out.on = facts.on.empty() ? today : TRY(outcome::ReadDay(facts.on));
  out.reported_on = today;
  out.country = !facts.country.empty() ? facts.country : self == nullptr ? "" : self->country;
  out.case_number = facts.case_number;
  out.package = facts.package;
  out.accounts = facts.accounts;
  out.files = facts.files;
  out.reason = facts.reason;
  if (!facts.corrects.empty()) out.corrects = TRY(RefOf(house, see, facts.corrects));
  const SecretKey key = TRY(OperationKey(house));
  for (const std::string& reference : facts.references) {
    if (out.subjects.empty() || facts.count > 1) out.subjects.emplace_back();
    out.subjects.back().push_back(TRY(outcome::SubjectToken(key, UnitOf(*kind), reference)));
  }
  out.ref = facts.ref;
  if (out.ref.empty())  // the same facts on the same day are the same report
    out.ref = house.ids()
                  .Make<Outcome>(Canonical(outcome::BatchJson(
                      {.operation = facts.operation, .authority = house.book().self, .reports = {out}})))
                  .text();
  return out;
}

// What is done in an operation is done by who may see it; one that this register has not is the house's.
Status CheckOperation(const Reader& reader, const std::string& name) {
  if (TRY(outcome_rows::OperationIsOpen(reader.db, reader.viewer.To(DataAct::kRead), name))) return {};
  return Fail(Code::kNotFound, "No operation is named '" + name + "'; see `crossguard package list`.");
}

}  // namespace

Result<json> OpenCase(House& house, const Actor& actor, const CaseToOpen& facts) {
  TRY(CheckOperation(TRY(ReadFor(house, actor, Act::kOpenCase)), facts.operation));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kOpenCase, ""));
  const auto opened = TRY(outcome::OpenCase(transaction, permit, house.ids(), house.book(),
                                            {.operation = facts.operation,
                                             .case_number = facts.case_number,
                                             .package = facts.package,
                                             .account = facts.account}));
  json out = {{"case", opened.id}, {"case_number", opened.case_number}, {"lead_officer", opened.lead_officer}};
  out["outcome"] =
      TRY(RecordAndTell(house, transaction, permit, facts.operation, outcome::CaseOpened(opened), facts.to));
  TRY(Finish(house, transaction));
  return out;
}

Result<json> ShowCase(House& house, const Actor& actor, const std::string& id_or_number) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kShowRecord));
  const Sight& see = reader.viewer.To(DataAct::kRead);
  const auto found = TRY(outcome_rows::FindCase(house.db(), see, id_or_number));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  TRY(Pass(house, transaction, actor, Act::kShowRecord, found.id));
  json out = TRY(outcome_rows::ShowCase(house.db(), see, found.id, house.book().self));
  TRY(Finish(house, transaction));
  return out;
}

Result<json> ListCases(House& house, const std::string& officer, const std::string& operation) {
  const Reader reader = TRY(ReadAs(house, officer));
  return outcome_rows::ListCases(house.db(), reader.viewer.To(DataAct::kRead), operation);
}

Result<json> ListOutcomes(House& house, const std::string& officer, const OutcomesAsked& asked) {
  const Reader reader = TRY(ReadAs(house, officer));
  return outcome_rows::ListOutcomes(house.db(), reader.viewer.To(DataAct::kRead), asked.operation, asked.state,
                                    asked.limit);
}

Result<json> CloseCase(House& house, const Actor& actor, const std::string& id_or_number) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kOpenCase));
  const auto found = TRY(outcome_rows::FindCase(house.db(), reader.viewer.To(DataAct::kRead), id_or_number));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kOpenCase, found.id, {{"state", "closed"}}));
  TRY(outcome::CloseCase(transaction, permit, found.id, actor.reason));
  TRY(Finish(house, transaction));
  return json{{"case", found.id}, {"state", "closed"}};
}

Result<json> ReportOutcome(House& house, const Actor& actor, const OutcomeToReport& facts) {
  const Act act = facts.corrects.empty() ? Act::kReportOutcome : Act::kCorrectOutcome;
  const Reader reader = TRY(ReadFor(house, actor, act));
  TRY(CheckOperation(reader, facts.operation));
  const OutcomeReport report = TRY(ReportOf(house, reader.viewer.To(DataAct::kRead), facts));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, act, "", {{"kind", Text(report.kind)}}));
  json out = TRY(RecordAndTell(house, transaction, permit, facts.operation, report, facts.to));
  TRY(Finish(house, transaction));
  return out;
}

Result<json> DecideOutcome(House& house, const Actor& actor, const std::string& id, bool accept) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kCorrectOutcome));
  TRY(outcome_rows::OperationOfOutcome(house.db(), reader.viewer.To(DataAct::kRead), id));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kCorrectOutcome, id, {{"accepted", accept}}));
  const auto decision = TRY(outcome::Decide(transaction, permit, id, accept, actor.reason));
  TRY(Finish(house, transaction));
  return json{{"id", id}, {"state", Text(decision.state)}, {"superseded", decision.superseded}};
}

Result<json> TakeOutcomeFile(House& house, const Actor& actor, const std::string& path,
                             const std::vector<std::string>& to) {
  const Bytes bytes = TRY(house.env().files.ReadWhole(path, kBatchFileMaxBytes));
  const OutcomeBatch batch = TRY(outcome::ReadBatch(ParseJson(bytes)));
  if (!to.empty() && batch.authority != house.book().self)
    return Fail(Code::kDenied, "Only an authority's own outcomes are sent on; leave out --to.");
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kReportOutcome, "",
                                 {{"authority", batch.authority}, {"sha256", HashSha256(bytes).hex()}}));
  for (const std::string& recipient : to) TRY(CheckOutcomeWay(house.book(), recipient, permit.at()));
  Labels labels = LabelsOf(house.book(), house.book().self);
  labels.owner = batch.authority;
  labels.originators = {batch.authority};
  const auto summary = TRY(
      outcome::TakeReports(transaction, permit, house.ids(), house.book(), batch, {.message = "", .labels = labels}));
  json out = TakeSummaryJson(batch, summary);
  if (!to.empty()) out["messages"] = json::array();
  // What an organisation carries comes by that organisation: told here as well, it would be the same report twice.
  OutcomeBatch direct = batch;
  std::erase_if(direct.reports, [](const OutcomeReport& report) { return !report.channel.empty(); });
  for (const std::string& recipient : to)
    out["messages"].push_back(
        TRY(PostBatch(house, transaction, permit, recipient, outcome::BatchJson(direct), HashSha256(bytes).hex())));
  TRY(Finish(house, transaction));
  return out;
}

Result<json> Picture(House& house, const Actor& actor, const std::string& operation, const std::string& as_of) {
  const Instant day = TRY(AsOf(house, as_of));
  const auto rules = TRY(Rules(house));
  const Reader reader = TRY(ReadFor(house, actor, Act::kPublishPicture));
  json picture =
      TRY(outcome::MakePicture(house.db(), reader.viewer.To(DataAct::kCount), house.book(), rules, operation, day));
  // By whose hands it went is part of the honest figures: an organisation between counts nothing twice.
  if (json carried = TRY(CarriedFigures(house.db())); !carried.empty()) picture["carried"] = std::move(carried);
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  // What was said to the public on which day can be proven.
  TRY(Pass(house, transaction, actor, Act::kPublishPicture, "",
           {{"as_of", DateText(day)}, {"sha256", HashSha256(AsBytes(Canonical(picture))).hex()}}));
  TRY(Finish(house, transaction));
  return picture;
}

Result<json> OpenPicture(House& house, const Actor& actor, const std::string& operation, const std::string& metric,
                         const std::string& scope, const std::string& as_of) {
  const auto kind = FromText<OutcomeKind>(metric);
  if (!kind) return Fail(Code::kInvalid, "That is no metric; take one from `crossguard picture --json`.");
  const Instant day = TRY(AsOf(house, as_of));
  const Reader reader = TRY(ReadFor(house, actor, Act::kShowRecord));
  json out = TRY(
      outcome::OpenFigure(house.db(), reader.viewer.To(DataAct::kRead), house.book(), operation, *kind, scope, day));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  TRY(Pass(house, transaction, actor, Act::kShowRecord, "",
           {{"metric", metric}, {"scope", scope}, {"as_of", DateText(day)}}));
  TRY(Finish(house, transaction));
  return out;
}

Result<json> Feedback(House& house, const Actor& actor, const std::string& about, const std::string& operation) {
  const auto rules = TRY(Rules(house));
  const Reader reader = TRY(ReadFor(house, actor, Act::kShowRecord));
  const Sight& see = reader.viewer.To(DataAct::kCount);
  json out;
  if (about == "provider")
    out = TRY(outcome::ProviderCards(house.db(), see, rules));
  else if (about == "lists")
    out = TRY(outcome::ListVotes(house.db(), see));
  else if (about == "triage")
    out = TRY(outcome::Calibration(house.db(), see, rules, operation));
  else if (about == "officers")
    out = TRY(outcome::ForOfficers(house.db(), see, operation));
  else
    return Fail(Code::kInvalid, "Feedback is about provider, lists, triage or officers.");
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  TRY(Pass(house, transaction, actor, Act::kShowRecord, "", {{"feedback", about}}));
  TRY(Finish(house, transaction));
  return out;
}

Result<json> SendListVotes(House& house, const Actor& actor) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kSendMessages));
  const json lists = TRY(outcome::ListVotes(house.db(), reader.viewer.To(DataAct::kCount)));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kSendMessages, "", {{"feedback", "lists"}}));
  json out = json::array();
  for (const json& list : lists) {
    const std::string owner = list["owner"].get<std::string>();
    json row = {{"owner", owner}, {"list", list["list"]}, {"up", list["up"]}, {"down", list["down"]}};
    if (const Status way = CheckWay(house.book(), owner, permit.at()); !way)
      row["not_sent"] = way.error().message;
    else
      row["message"] = TRY(PostFeedback(
          house, transaction, permit, owner,
          {{"about", "list"}, {"name", list["list"]}, {"version", list["version"]}, {"votes", list["votes"]}}));
    out.push_back(std::move(row));
  }
  TRY(Finish(house, transaction));
  return out;
}

Result<json> SendTriageFigures(House& house, const Actor& actor, const std::string& operation,
                               const std::vector<std::string>& to) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kSendMessages));
  const json calibration =
      TRY(outcome::Calibration(house.db(), reader.viewer.To(DataAct::kCount), TRY(Rules(house)), operation));
  // Shares only, and only where enough were answered: what a peer may learn from, and nobody can be found in.
  json figures = json::object();
  if (!calibration["yield_percent"].is_null()) figures["all: yield percent"] = calibration["yield_percent"];
  for (const char* part : {"bands", "rules"}) {
    const std::string name = std::string(part) == "bands" ? "band" : "rule";
    for (const json& line : calibration[part]) {
      if (!line["yield_percent"].is_null() && figures.size() < kFiguresMax)
        figures[name + " " + line[name].get<std::string>() + ": yield percent"] = line["yield_percent"];
    }
  }
  if (figures.empty())
    return Fail(Code::kConflict, "Too few accounts were answered to say anything of triage; wait for more outcomes.");
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kSendMessages, "", {{"feedback", "triage"}}));
  json out = json::array();
  for (const std::string& peer : to) {
    TRY(CheckWay(house.book(), peer, permit.at()));
    const std::string id = TRY(PostFeedback(house, transaction, permit, peer,
                                            {{"about", "triage"}, {"name", operation}, {"figures", figures}}));
    out.push_back({{"to", peer}, {"message", id}, {"figures", figures.size()}});
  }
  TRY(Finish(house, transaction));
  return out;
}

Result<json> OutcomeKeyFile(House& house, const Actor& actor, const std::string& write_to,
                            const std::string& take_from) {
  if (!write_to.empty() && !take_from.empty()) return Fail(Code::kInvalid, "Give one of --write and --from, not both.");
  if (!take_from.empty()) {
    Bytes bytes = TRY(house.env().files.ReadWhole(take_from, 4096));
    const CleanseAtExit cleanse(bytes);
    const SecretKey given = TRY(SecretKey::From(bytes));
    if (!EqualConstantTime(TRY(OperationKey(house)).reveal(), given.reveal())) {
      for (const std::string& operation : TRY(outcome_rows::OperationsWithOutcomes(house.db()))) {
        for (const StoredOutcome& stored : TRY(outcome_rows::LoadOutcomes(house.db(), operation))) {
          if (stored.authority == house.book().self && !stored.report.subjects.empty())
            return Fail(
                Code::kConflict,
                "This house has reported outcomes under another key; they would be counted twice beside new ones.");
        }
      }
      TRY(house.env().files.WriteWhole(house.Path(std::string(kKeyFile)), given.reveal()));
    }
  }
  const SecretKey key = TRY(OperationKey(house));
  if (!write_to.empty()) TRY(house.env().files.WriteWhole(write_to, key.reveal()));
  const std::string fingerprint = HashSha256(key.reveal()).hex().substr(0, 16);
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  TRY(Pass(house, transaction, actor, Act::kReportOutcome, "", {{"outcome_key", fingerprint}}));
  TRY(Finish(house, transaction));
  return json{
      {"fingerprint", fingerprint},
      {"next", "compare the fingerprint with the other participants by telephone; keep the key from everybody else"}};
}

}  // namespace crossguard
