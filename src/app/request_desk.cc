#include "app/request_desk.h"

#include "app/blind_desk.h"
#include "app/mail_request.h"
#include "app/post_desk.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "model/canonical.h"
#include "register/request_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = request_rows;

constexpr int64_t kHourMicros = 3'600 * kMicrosPerSecond;

int64_t AnswerTime(Urgency urgency) {
  return urgency == Urgency::kUrgentDirect ? 8 * kHourMicros
         : urgency == Urgency::kUrgent     ? 3 * kMicrosPerDay
                                           : 7 * kMicrosPerDay;
}

json TimeOrNull(const std::optional<Instant>& at) {
  return at ? json(ToText(*at)) : json();
}

// A question asked twice on two days is two questions.
std::string KeyOf(const json& body, Instant at) {
  return DateText(at) + "\n" + HashSha256(AsBytes(Canonical(body))).hex();
}

Ask AskFor(const Actor& actor, Act act, const std::string& object, const json& details = json::object()) {
  return {.act = act,
          .officer = actor.officer,
          .object_id = object,
          .reason = actor.reason,
          .details_json = Canonical(details)};
}

}  // namespace

Result<json> AskInformation(House& house, const Actor& actor, const InformationToAsk& request) {
  const auto urgency = FromText<Urgency>(request.urgency);
  if (!urgency) return Fail(Code::kInvalid, "An urgency is normal, urgent or urgent_direct.");
  if (request.question.empty() || request.legal_basis.empty())
    return Fail(Code::kInvalid, "Say what is asked and on which legal basis: --question and --legal-basis.");
  json selectors = json::array();
  for (const std::string& text : request.selectors) {
    const AskedSelector selector = TRY(SelectorFromText(text));
    selectors.push_back({{"type", selector.type}, {"value", selector.value}});
  }
  if (selectors.size() > kSelectorsPerRequestMax)
    return Fail(Code::kExhausted, "A request names at most 100 selectors; ask in parts.");
  const Instant now = house.env().clock.Now();
  OutgoingMessage message{.to = request.to, .kind = MessageKind::kInformationRequest};
  message.body = {{"question", request.question}, {"legal_basis", request.legal_basis}, {"selectors", selectors}};
  message.idempotency_key = KeyOf(message.body, now);
  message.labels = OwnLabelsTo(house, request.to, "facilitate_exchange");
  message.urgency = *urgency;
  message.due_at = Instant{now.micros + AnswerTime(*urgency)};
  const std::string id = TRY(PostAs(house, AskFor(actor, Act::kAskInformation, request.to), message,
                                    [&](Transaction& transaction, const Permit& permit, const std::string& message_id) {
                                      return rows::InsertInformation(transaction, {.direction = "out",
                                                                                   .authority = request.to,
                                                                                   .message_id = message_id,
                                                                                   .question = request.question,
                                                                                   .selectors = Canonical(selectors),
                                                                                   .legal_basis = request.legal_basis,
                                                                                   .urgency = request.urgency,
                                                                                   .asked_at = permit.at(),
                                                                                   .due_at = *message.due_at});
                                    }));
  return json{{"request", id}, {"to", request.to}, {"due", ToText(*message.due_at)}};
}

Result<json> AnswerInformation(House& house, const Actor& actor, const InformationToGive& answer) {
  auto row = TRY(rows::FindInformation(house.db(), "in", answer.id));
  if (!row) return Fail(Code::kNotFound, "No request " + answer.id + " came; see `crossguard request list`.");
  if (row->state == "answered" || row->state == "refused")
    return Fail(Code::kConflict, "Request " + answer.id + " was " + row->state + " before; send a correction instead.");
  if (answer.text.empty())
    return Fail(Code::kInvalid, "Give the answer, the ground of refusal or the question: --text.");
  OutgoingMessage message{.to = row->authority, .kind = MessageKind::kInformationAnswer};
  message.body = {{"decision", answer.decision}, {"text", answer.text}};
  message.idempotency_key = answer.id + "\n" + HashSha256(AsBytes(Canonical(message.body))).hex();
  message.in_reply_to = answer.id;
  message.labels = OwnLabelsTo(house, row->authority, "facilitate_exchange");
  const std::string id = TRY(PostAs(house, AskFor(actor, Act::kAnswerInformation, answer.id), message,
                                    [&](Transaction& transaction, const Permit& permit, const std::string&) {
                                      row->state = answer.decision;
                                      row->answer = answer.text;
                                      row->answered_at = permit.at();
                                      return rows::MarkInformation(transaction, *row);
                                    }));
  return json{{"request", answer.id}, {"decision", answer.decision}, {"message", id}};
}

Result<json> ListInformation(House& house) {
  json out = json::array();
  const Instant now = house.env().clock.Now();
  TRY(rows::EachInformation(house.db(), [&](const rows::InformationRow& row) -> Status {
    const bool open = row.state == "open" || row.state == "clarification";
    json one = {{"request", row.message_id},
                {"direction", row.direction},
                {"authority", row.authority},
                {"urgency", row.urgency},
                {"asked", ToText(row.asked_at)},
                {"due", ToText(row.due_at)},
                {"state", open && row.due_at < now ? "overdue" : row.state},
                {"question", row.question},
                {"answer", row.answer},
                {"answered", TimeOrNull(row.answered_at)}};
    if (row.direction == "in") one["selectors_held"] = row.held_count;
    out.push_back(std::move(one));
    return {};
  }));
  return out;
}

Result<json> AskRelease(House& house, const Actor& actor, const ReleaseToAsk& request) {
  const AskedSelector selector = TRY(SelectorFromText(request.selector));
  if (request.why.empty()) return Fail(Code::kInvalid, "Say to the owner why it is needed: --why.");
  OutgoingMessage message{.to = request.to, .kind = MessageKind::kReleaseRequest};
  message.body = {{"type", selector.type}, {"value", selector.value}, {"reason", request.why}};
  const Instant now = house.env().clock.Now();
  message.idempotency_key = KeyOf(message.body, now);
  message.labels = OwnLabelsTo(house, request.to, "cross_check");
  message.due_at = Instant{now.micros + AnswerTime(Urgency::kNormal)};
  const std::string id = TRY(PostAs(house, AskFor(actor, Act::kAskRelease, request.to), message,
                                    [&](Transaction& transaction, const Permit& permit, const std::string& message_id) {
                                      return rows::InsertRelease(transaction, {.direction = "out",
                                                                               .authority = request.to,
                                                                               .message_id = message_id,
                                                                               .type = selector.type,
                                                                               .value = selector.value,
                                                                               .reason = request.why,
                                                                               .asked_at = permit.at()});
                                    }));
  return json{{"request", id}, {"to", request.to}, {"state", "open"}};
}

Result<json> DecideRelease(House& house, const Actor& actor, const ReleaseToDecide& decision) {
  auto row = TRY(rows::FindRelease(house.db(), "in", decision.id));
  if (!row) return Fail(Code::kNotFound, "No release request " + decision.id + " came; see `crossguard release list`.");
  if (row->state != "open")
    return Fail(Code::kConflict, "Release request " + decision.id + " was " + row->state + " before.");
  const json fields = decision.granted ? TRY(HeldOn(house, {.type = row->type, .value = row->value})) : json::array();
  if (decision.granted && fields.empty())
    return Fail(Code::kConflict, "Nothing that this node owns meets the selector any more; refuse, and say so.");
  // The two agree to exactly these fields. Named by an id that only this house can make: a plain digest of them would
  // stand in the ledger for ever, for anybody to try guesses on.
  const std::string word = decision.granted ? "granted" : "refused";
  const Ask ask = AskFor(actor, Act::kDecideRelease, decision.id,
                         {{"decision", word}, {"fields", house.ids().Make<Selector>(Canonical(fields)).text()}});
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const ApprovalState state = TRY(house.gate().Approve(transaction, ask));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  json out = {{"request", decision.id}, {"decision", word}, {"approvals", state.given}, {"needed", state.needed}};
  if (!state.complete()) return out;
  OutgoingMessage message{.to = row->authority, .kind = MessageKind::kReleaseDecision};
  message.body = {{"decision", word}, {"reason", decision.reason}, {"fields", fields}};
  message.idempotency_key = decision.id;
  message.in_reply_to = decision.id;
  message.labels = OwnLabelsTo(house, row->authority, "cross_check");
  out["message"] = TRY(PostAs(house, ask, message, [&](Transaction& within, const Permit& permit, const std::string&) {
    row->state = word;
    row->decision_reason = decision.reason;
    row->fields = Canonical(fields);
    row->labels = Canonical(LabelsJson(message.labels));
    row->decided_at = permit.at();
    return rows::MarkRelease(within, *row);
  }));
  return out;
}

Result<json> ListReleases(House& house) {
  json out = json::array();
  TRY(rows::EachRelease(house.db(), [&](const rows::ReleaseRow& row) -> Status {
    out.push_back({{"request", row.message_id},
                   {"direction", row.direction},
                   {"authority", row.authority},
                   {"type", row.type},
                   {"value", row.value},
                   {"why", row.reason},
                   {"state", row.state},
                   {"asked", ToText(row.asked_at)},
                   {"decided", TimeOrNull(row.decided_at)},
                   {"fields", ParseJson(row.fields)}});
    return {};
  }));
  return out;
}

Result<json> AskHit(House& house, const Actor& actor, const HitToAsk& query) {
  const AskedSelector selector = TRY(SelectorFromText(query.selector));
  OutgoingMessage message{.to = query.to, .kind = MessageKind::kHitQuery};
  const Instant now = house.env().clock.Now();
  message.body = {
      {"type", selector.type}, {"value", selector.value}, {"officer", OfficerTo(house, actor.officer, query.to, now)}};
  message.idempotency_key = KeyOf(message.body, now);
  message.labels = OwnLabelsTo(house, query.to, "cross_check");
  message.due_at = Instant{now.micros + kMicrosPerDay};
  const std::string id = TRY(PostAs(house, AskFor(actor, Act::kAskInformation, query.to), message,
                                    [&](Transaction& transaction, const Permit& permit, const std::string& message_id) {
                                      return rows::InsertHitQuery(transaction, {.authority = query.to,
                                                                                .message_id = message_id,
                                                                                .type = selector.type,
                                                                                .value = selector.value,
                                                                                .asked_at = permit.at()});
                                    }));
  return json{{"query", id}, {"to", query.to}};
}

Result<json> ListHits(House& house) {
  json out = json::array();
  TRY(rows::EachHitQuery(house.db(), [&](const rows::HitQueryRow& row) -> Status {
    out.push_back({{"query", row.message_id},
                   {"to", row.authority},
                   {"type", row.type},
                   {"value", row.value},
                   {"asked", ToText(row.asked_at)},
                   {"answered", TimeOrNull(row.answered_at)},
                   {"blinded", false},
                   {"hits", ParseJson(row.answers)}});
    return {};
  }));
  TRY(EachBlindHit(house, [&](json one) { out.push_back(std::move(one)); }));
  return out;
}

}  // namespace crossguard
