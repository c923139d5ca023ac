#include "app/mail_request.h"

#include <algorithm>

#include "app/erase_notice.h"
#include "app/mail_blind.h"
#include "exchange/post.h"
#include "model/canonical.h"
#include "model/fields.h"
#include "register/crosscheck_rows.h"
#include "register/exchange_rows.h"
#include "register/request_rows.h"
#include "selectors/normalise.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = request_rows;

size_t DigestBytes(std::string_view type) {
  return type == "md5" ? 16 : type == "sha1" ? 20 : type == "sha256" ? 32 : 0;
}

Result<std::string> Normal(std::string_view type, std::string_view value) {
  if (const size_t bytes = DigestBytes(type); bytes != 0) {
    const auto digest = FromHex(value);
    if (!digest || digest->size() != bytes) return Fail(Code::kInvalid, "A digest is not of its length in hex.");
    return ToHex(*digest);
  }
  const auto known = FromText<SelectorType>(type);
  if (!known) return Fail(Code::kInvalid, "A selector is of a type of the glossary, or md5, sha1 or sha256.");
  return Normalise(*known, value);
}

// Files with that digest that an account in the index holds.
Result<int64_t> AccountsWithDigest(House& house, const AskedSelector& selector) {
  int64_t count = 0;
  const Bytes digest = TRY(FromHex(selector.value));
  for (const Key<Media> media : TRY(crosscheck_rows::MediaWithDigest(house.db(), selector.type, digest))) {
    TRY(crosscheck_rows::EachAccountWithMedia(house.db(), media, [&](Key<Account>, std::string_view) -> Status {
      ++count;
      return {};
    }));
  }
  return count;
}

json HitJson(bool hit, std::string_view type, std::string_view owner, std::string_view contact) {
  return {{"hit", hit}, {"type", type}, {"owner", owner}, {"contact", contact}};
}

// Type, owner, contact, and nothing else (Regulation (EU) 2016/794, article 20(2)).
Result<json> HitsFor(House& house, const AskedSelector& selector, const std::string& asker) {
  json hits = json::array();
  const bool own = !TRY(HeldOn(house, selector)).empty() ||
                   (DigestBytes(selector.type) != 0 && TRY(AccountsWithDigest(house, selector)) > 0);
  if (own) hits.push_back(HitJson(true, selector.type, house.book().self, ContactOf(house)));
  TRY(rows::EachOwnerMet(house.db(), selector.type, selector.value, house.book().self, asker,
                         [&](std::string_view owner, std::string_view contact) -> Status {
                           if (hits.size() < 8) hits.push_back(HitJson(true, selector.type, owner, contact));
                           return {};
                         }));
  if (hits.empty()) hits.push_back(HitJson(false, "", "", ""));
  return hits;
}

// Every answer is of one size, hit or not.
json Padded(json body) {
  body["padding"] = "";
  const size_t size = Canonical(body).size();
  if (size < kHitAnswerBytes) body["padding"] = std::string(kHitAnswerBytes - size, ' ');
  return body;
}

Instant DueAt(const ReceivedMessage& message) {
  if (message.due_at) return *message.due_at;
  constexpr int64_t kHour = 3'600 * kMicrosPerSecond;
  const int64_t wait = message.urgency == Urgency::kUrgentDirect ? 8 * kHour
                       : message.urgency == Urgency::kUrgent     ? 3 * kMicrosPerDay
                                                                 : 7 * kMicrosPerDay;
  return {message.created.micros + wait};
}

std::unexpected<Error> NotAsked(const std::string& from) {
  return Fail(Code::kNotFound, "This node asked " + from + " nothing of that id.");
}

Result<std::vector<json>> ReadReleased(const Fields& fields, const rows::ReleaseRow& asked) {
  std::vector<json> out;
  for (const json& one : *TRY(fields.List("fields", kReleasedFieldsMax))) {
    const Fields item = TRY(Fields::Of(one, "A released field", {"category", "ref", "type", "value"}));
    TRY(item.Word<DataSubjectCategory>("category"));
    TRY(item.LineOrEmpty("ref"));
    if (TRY(item.Line("type")) != asked.type || TRY(item.Line("value", kSelectorRawMax)) != asked.value)
      return Fail(Code::kInvalid, "A released field is about another selector than was asked for.");
    out.push_back(one);
  }
  return out;
}

}  // namespace

Status CheckHitGateway(const House& house, const std::string& to, Instant at) {
  const GatewayDecision decision = Decide(
      house.book(), {.from = house.book().self, .to = to, .purpose = "cross_check", .data_kind = "selectors"}, at);
  if (decision.allowed) return {};
  return Fail(Code::kDenied,
              "No gateway lets selectors go from " + house.book().self + " to " + to + " for this purpose.");
}

std::string OfficerTo(const House& house, const std::string& officer, const std::string& to, Instant at) {
  return house.ids().Make<ActingOfficer>(to + "\n" + DateText(at) + "\n" + officer).text();
}

Status CheckOfficerName(std::string_view name) {
  if (IsPublicId(name, ActingOfficer::kPrefix)) return {};
  return Fail(Code::kInvalid, "A question names the officer who asks by an id of its house, 'ofc-' and 16 characters.");
}

Status TakeFromQuota(Transaction& transaction, const HitQuestions& asked) {
  if (asked.count > kHitQueriesPerOfficerMax)
    return Fail(Code::kInvalid, "One officer asks at most " + std::to_string(kHitQueriesPerOfficerMax) +
                                    " hit queries a day; ask less at once.");
  const std::string day = DateText(asked.received);
  if (TRY(rows::AskedOn(transaction.db(), asked.authority, day)) + asked.count > kHitQueriesPerDayMax)
    return Fail(Code::kExhausted, "The quota of " + std::to_string(kHitQueriesPerDayMax) +
                                      " hit queries a day is used up; it will be answered tomorrow.");
  if (TRY(rows::OfficerAskedOn(transaction.db(), asked.authority, asked.officer, day)) + asked.count >
      kHitQueriesPerOfficerMax)
    return Fail(Code::kExhausted, "This officer's quota of " + std::to_string(kHitQueriesPerOfficerMax) +
                                      " hit queries a day is used up; it will be answered tomorrow.");
  return rows::CountOfficerAsked(transaction, asked.authority, asked.officer, day, asked.count);
}

Result<json> ListHitQuota(House& house) {
  json out = json::array();
  TRY(rows::EachQuota(house.db(), [&](const rows::QuotaRow& row) -> Status {
    out.push_back(
        {{"day", row.day}, {"authority", row.authority}, {"officer", row.officer}, {"asked", row.asked_count}});
    return {};
  }));
  return out;
}

std::string ContactOf(const House& house) {
  const Authority* const self = house.book().Find(house.book().self);
  return self == nullptr ? "" : self->contact;
}

Result<AskedSelector> SelectorFromText(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    return Fail(Code::kInvalid, "Write a selector as type:value, such as email:a@b.example.");
  AskedSelector out{.type = std::string(text.substr(0, colon))};
  out.value = TRY(Normal(out.type, text.substr(colon + 1)));
  return out;
}

Result<AskedSelector> SelectorFromJson(const json& object) {
  const Fields fields = TRY(Fields::Of(object, "A selector", {"type", "value"}));
  AskedSelector out{.type = TRY(fields.Line("type", 32)), .value = TRY(fields.Line("value", kSelectorRawMax))};
  if (TRY(Normal(out.type, out.value)) != out.value)
    return Fail(Code::kInvalid, "A selector is not in its normal form; both nodes must follow one rule.");
  return out;
}

Result<json> HeldOn(House& house, const AskedSelector& selector) {
  json out = json::array();
  TRY(rows::EachHeld(
      house.db(), house.book().self, selector.type, selector.value, [&](const rows::HeldRow& row) -> Status {
        if (out.size() < kReleasedFieldsMax)
          out.push_back(
              {{"type", selector.type}, {"value", selector.value}, {"category", row.category}, {"ref", row.ref}});
        return {};
      }));
  return out;
}

namespace {
struct RequestNote {
  std::string question, legal_basis;
  std::vector<AskedSelector> selectors;
};
Result<RequestNote> ReadRequestNote(const json& body) {
  const Fields fields = TRY(Fields::Of(body, "The request", {"legal_basis", "question", "selectors"}));
  RequestNote out;
  out.question = TRY(fields.Text("question"));
  out.legal_basis = TRY(fields.Line("legal_basis"));
  if (out.question.empty()) return fields.Wrong("question", "what is asked");
  for (const json& one : *TRY(fields.List("selectors", kSelectorsPerRequestMax)))
    out.selectors.push_back(TRY(SelectorFromJson(one)));
  return out;
}

struct AnswerNote {
  std::string decision, text;
};
Result<AnswerNote> ReadAnswerNote(const json& body) {
  const Fields fields = TRY(Fields::Of(body, "The answer", {"decision", "text"}));
  AnswerNote out;
  out.decision = TRY(fields.OneOf("decision", {"answered", "refused", "clarification"}));
  out.text = TRY(fields.Text("text"));
  return out;
}

struct ReleaseNote {
  AskedSelector selector;
  std::string reason;
};
Result<ReleaseNote> ReadReleaseNote(const json& body) {
  const Fields fields = TRY(Fields::Of(body, "The release request", {"reason", "type", "value"}));
  ReleaseNote out;
  out.selector = TRY(SelectorFromJson({{"type", fields.at("type")}, {"value", fields.at("value")}}));
  out.reason = TRY(fields.Line("reason", 1'000));
  return out;
}
}  // namespace

Status CheckRequestBody(const json& body) {
  TRY(ReadRequestNote(body));
  return {};
}
Status CheckRequestAnswerBody(const json& body) {
  TRY(ReadAnswerNote(body));
  return {};
}
Status CheckReleaseRequestBody(const json& body) {
  TRY(ReadReleaseNote(body));
  return {};
}

Result<Handled> HandleInformationRequest(House& house, Transaction& transaction, const Permit&,
                                         const ReceivedMessage& message) {
  const RequestNote note = TRY(ReadRequestNote(message.body));
  rows::InformationRow row{.direction = "in", .authority = message.from, .message_id = message.id};
  row.question = note.question;
  row.legal_basis = note.legal_basis;
  // Incoming requests are compared with held data (Dir. (EU) 2023/977, article 16(1)(d)). The figure is for the
  // officers of this house: the receipt says nothing of it.
  for (const AskedSelector& selector : note.selectors) row.held_count += TRY(HeldOn(house, selector)).empty() ? 0 : 1;
  row.selectors = Canonical(message.body["selectors"]);
  row.urgency = std::string(Text(message.urgency));
  row.asked_at = message.created;
  row.due_at = DueAt(message);
  TRY(rows::InsertInformation(transaction, row));
  return Handled{.facts = {{"due", ToText(row.due_at)}}};
}

Result<Handled> HandleInformationAnswer(House&, Transaction& transaction, const Permit&,
                                        const ReceivedMessage& message) {
  const auto [decision, text] = TRY(ReadAnswerNote(message.body));
  auto row = TRY(rows::FindInformation(transaction.db(), "out", message.in_reply_to));
  if (!row || row->authority != message.from) return NotAsked(message.from);
  if (row->state == "answered" || row->state == "refused")
    return Fail(Code::kConflict, "The request was answered before; send a correction if the answer was wrong.");
  row->state = decision;
  row->answer = text;
  row->answered_at = message.received;
  TRY(rows::MarkInformation(transaction, *row));
  return Handled{.facts = {{"state", decision}}, .answers = decision != "clarification"};
}

Result<Handled> HandleReleaseRequest(House& house, Transaction& transaction, const Permit&,
                                     const ReceivedMessage& message) {
  const auto [selector, reason] = TRY(ReadReleaseNote(message.body));
  TRY(CheckHitGateway(house, message.from, message.received));
  if (TRY(HeldOn(house, selector)).empty())
    return Fail(Code::kNotFound, "Nothing that this node owns meets that selector; ask for a hit first.");
  TRY(rows::InsertRelease(transaction, {.direction = "in",
                                        .authority = message.from,
                                        .message_id = message.id,
                                        .type = selector.type,
                                        .value = selector.value,
                                        .reason = reason,
                                        .asked_at = message.created}));
  return Handled{.facts = {{"state", "open"}}};
}

Result<Handled> HandleReleaseDecision(House&, Transaction& transaction, const Permit&, const ReceivedMessage& message) {
  const Fields fields = TRY(Fields::Of(message.body, "The release decision", {"decision", "fields", "reason"}));
  const std::string decision = TRY(fields.OneOf("decision", {"granted", "refused"}));
  auto row = TRY(rows::FindRelease(transaction.db(), "out", message.in_reply_to));
  if (!row || row->authority != message.from) return NotAsked(message.from);
  if (row->state != "open") return Fail(Code::kConflict, "The release was decided before; send a correction instead.");
  std::vector<json> released;
  if (!row->value.empty()) {
    released = TRY(ReadReleased(fields, *row));
  } else if (decision == "granted") {
    // What was asked about has been erased here since: the answer is taken, and nothing of it is kept.
    row->state = decision;
    row->decided_at = message.received;
    TRY(rows::MarkRelease(transaction, *row));
    return Handled{.facts = {{"state", decision}}};
  }
  if (released.empty() != (decision == "refused"))
    return fields.Wrong("fields", "what was granted, and nothing where it was refused");
  row->state = decision;
  row->decision_reason = TRY(fields.Text("reason", 1'000));
  row->fields = Canonical(released);
  row->labels = Canonical(LabelsJson(message.labels));
  row->decided_at = message.received;
  TRY(rows::MarkRelease(transaction, *row));
  return Handled{.facts = {{"state", decision}}};
}

Result<Handled> HandleHitQuery(House& house, Transaction& transaction, const Permit& permit,
                               const ReceivedMessage& message) {
  if (IsBlindQuery(message.body)) return HandleBlindQuery(house, transaction, permit, message);
  const Fields fields = TRY(Fields::Of(message.body, "The hit query", {"officer", "type", "value"}));
  const std::string officer = TRY(fields.Line("officer", 64));
  TRY(CheckOfficerName(officer));
  const AskedSelector selector = TRY(SelectorFromJson({{"type", fields.at("type")}, {"value", fields.at("value")}}));
  TRY(CheckHitGateway(house, message.from, message.received));
  TRY(TakeFromQuota(transaction, {.authority = message.from, .officer = officer, .received = message.received}));
  const std::string day = DateText(message.received);
  const json hits = TRY(HitsFor(house, selector, message.from));
  TRY(rows::CountAsked(transaction, message.from, day, hits.front()["hit"].get<bool>()));
  OutgoingMessage answer{.to = message.from, .kind = MessageKind::kHitAnswer};
  answer.body = Padded({{"hits", hits}});
  answer.idempotency_key = message.id;
  answer.in_reply_to = message.id;
  answer.labels.owner = house.book().self;
  answer.labels.originators = {house.book().self};
  answer.labels.purposes = {"cross_check"};
  answer.labels.handling = {HandlingCode::kH2};
  answer.labels.release_to = {{message.from}};
  TRY(exchange::Post(transaction, permit, house.ids(), answer));
  return Handled{};  // the receipt says nothing of a hit
}

Result<Handled> HandleHitAnswer(House& house, Transaction& transaction, const Permit& permit,
                                const ReceivedMessage& message) {
  if (IsBlindAnswer(message.body)) return HandleBlindAnswer(house, transaction, permit, message);
  const Fields fields = TRY(Fields::Of(message.body, "The hit answer", {"hits", "padding"}));
  TRY(fields.Text("padding"));
  auto row = TRY(rows::FindHitQuery(transaction.db(), message.from, message.in_reply_to));
  if (!row) return NotAsked(message.from);
  if (row->answered_at) return Fail(Code::kConflict, "The query was answered before.");
  const json& hits = *TRY(fields.List("hits", 9));
  if (hits.empty()) return fields.Wrong("hits", "at least one answer");
  for (const json& one : hits) {
    const Fields hit = TRY(Fields::Of(one, "A hit", {"contact", "hit", "owner", "type"}));
    const bool is_hit = TRY(hit.Flag("hit"));
    const std::string type = TRY(hit.LineOrEmpty("type"));
    if (TRY(hit.LineOrEmpty("owner")).empty() == is_hit || (is_hit ? type != row->type : !type.empty()))
      return hit.Wrong("type", "the type that was asked and its owner, and nothing where there is no hit");
    TRY(hit.LineOrEmpty("contact"));
  }
  row->answers = row->value.empty() ? "[]" : Canonical(hits);  // erased since it was asked: nothing of it is kept
  row->answered_at = message.received;
  TRY(rows::MarkHitQuery(transaction, *row));
  return Handled{};
}

}  // namespace crossguard
