#include "app/access_desk.h"

#include <algorithm>

#include "app/mail_access.h"
#include "app/post_desk.h"
#include "exchange/post.h"
#include "model/canonical.h"
#include "register/exchange_rows.h"
#include "register/label_rows.h"
#include "register/outcome_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr int64_t kMicrosPerHour = 3'600 * kMicrosPerSecond;

std::unexpected<Error> NotFound(const std::string& noun, const std::string& id) {
  return Fail(Code::kNotFound, "No " + noun + " is named '" + id + "'; take an id from a list, a queue or a package.");
}

Result<Instant> TimeOr(const std::string& text, Instant otherwise) {
  if (text.empty()) return otherwise;
  return ParseInstant(text);
}

// The labels of a datum for who may see that it is there, else as if it were not.
struct Labelled {
  std::string_view noun;
  DatumLabels labels;
};
Result<Labelled> SeenLabels(const Reader& reader, const std::string& id) {
  const auto noun = LabelledNoun(id);
  if (!noun)
    return Fail(Code::kInvalid,
                "Labels stand on op-, sub-, con-, pkg-, acc-, med-, cas- and out- ids; give one of these.");
  auto found = LabelsOn(reader.db, reader.viewer, *noun, id);
  if (!found && found.error().code != Code::kNotFound) return std::unexpected(found.error());
  // A contribution is laid down to be cross-checked: that it is there is asked for that purpose.
  Reader asking = reader;
  if (*noun == "contribution") asking.context.purpose = "cross_check";
  if (!found || found->ways.empty() || !Judge(asking, DataAct::kSeeExistence, *found).permit)
    return NotFound(std::string(*noun), id);
  return Labelled{.noun = *noun, .labels = std::move(*found)};
}

Result<std::vector<std::string>> Sorted(std::vector<std::string> words) {
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  return words;
}

// The strict reader of labels judges the words.
Result<Labels> Wished(const Labels& from, const LabelWish& wish) {
  json out = LabelsJson(from);
  if (wish.purposes) out["purposes"] = TRY(Sorted(*wish.purposes));
  if (wish.handling) out["handling"] = TRY(Sorted(*wish.handling));
  if (wish.handling_text) out["handling_text"] = *wish.handling_text;
  if (wish.grade) out["grade"] = *wish.grade;
  if (wish.category) out["category"] = *wish.category;
  if (wish.release_to) out["release_to"] = TRY(Sorted(*wish.release_to));
  if (wish.release_to_anybody) out["release_to"] = nullptr;
  if (wish.compartment) out["compartment"] = *wish.compartment;
  if (wish.review_at) out["review_at"] = wish.review_at->empty() ? json() : json(*wish.review_at);
  Labels to = TRY(ParseLabels(out));
  const bool h3 = std::ranges::find(to.handling, HandlingCode::kH3) != to.handling.end();
  if (h3 && to.handling_text.empty())
    return Fail(Code::kInvalid, "H3 says that a text must be read; give it with --handling-text.");
  if (to == from) return Fail(Code::kInvalid, "These labels stand there already; say what is to change.");
  return to;
}

std::string Names(const std::vector<std::string>& ids) {
  std::string out;
  for (const std::string& id : ids) out += (out.empty() ? "" : ", ") + id;
  return out.empty() ? "nobody" : out;
}

Status CheckMayLabel(const Reader& reader, const DatumLabels& labels, const Labels& from, bool widens) {
  const Decision decision = Judge(reader, widens ? DataAct::kWiden : DataAct::kRelabel, labels);
  if (decision.permit) return {};
  if (decision.rule == "orcon") {
    return Fail(Code::kDenied, "Only the originators loosen these labels: " + Names(Consenters(from)) +
                                   "; ask them, or change nothing but what narrows.");
  }
  return Fail(Code::kDenied, "Officer " + reader.subject.officer + " may not change these labels (" +
                                 std::string(decision.rule) + "); ask an officer who may.");
}

// What has members: an operation (by id or name) or a case (by id), for who may see it.
struct Compartment {
  std::string noun, id;
};
Result<Compartment> SeenCompartment(const Reader& reader, const std::string& text) {
  if (LabelledNoun(text) != "case")
    return Compartment{.noun = "operation", .id = TRY(SeenOperation(reader.db, reader.viewer, text))};
  return Compartment{.noun = "case",
                     .id = TRY(outcome_rows::FindCase(reader.db, reader.viewer.To(DataAct::kRead), text)).id};
}

// The labels by which the glass of a compartment is broken; kNotFound where there is none of that id.
Result<Labels> LabelsOfCompartment(House& house, const std::string& id) {
  if (LabelledNoun(id) == "operation") {
    if (!TRY(OperationExists(house.db(), id))) return NotFound("operation", id);
    return LabelsOfOperation(house.db(), house.book().self, id);
  }
  if (!TRY(CaseExists(house.db(), id))) return NotFound("case", id);
  if (auto own = TRY(OwnLabels(house.db(), "case", id))) return std::move(*own);
  return OperationLabels(house.book().self, id);
}

}  // namespace

Result<Reader> ReadAs(House& house, const std::string& officer, std::string_view purpose) {
  return ReadAs(house.db(), house.book(), officer, house.env().clock.Now(), purpose);
}

Result<Reader> ReadFor(House& house, const Actor& actor, Act act, std::string_view purpose) {
  auto reader = ReadAs(house, actor.officer, purpose);
  if (reader || reader.error().code != Code::kDenied) return reader;
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  TRY(house.gate().Pass(transaction, {.act = act, .officer = actor.officer, .object_id = "", .reason = actor.reason}));
  return reader;  // the gate found a role: what it would have recorded is rolled back
}

Result<json> Search(House& house, const Actor& actor, const std::string& text, int64_t limit) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kShowRecord));
  json found = TRY(SearchAccounts(house.db(), reader.viewer, text, limit));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  TRY(house.gate().Pass(transaction,
                        {.act = Act::kShowRecord,
                         .officer = actor.officer,
                         .object_id = "",
                         .reason = actor.reason,
                         .details_json = Canonical({{"searched", "accounts"}, {"found", found["found"]}})}));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return found;
}

Result<json> ShowCaseAccess(House& house, const Actor& actor, const std::string& operation) {
  const Reader reader = TRY(ReadAs(house, actor.officer));
  const auto [noun, id] = TRY(SeenCompartment(reader, operation));
  json members = TRY(ListMemberships(house.db(), id));
  const bool closed = TRY(IsClosed(house.db(), id));
  return json{{noun, id}, {"access", closed ? "members" : "open"}, {"members", std::move(members)}};
}

Result<json> GrantCaseAccess(House& house, const Actor& actor, const CaseGrant& grant) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kJoinCase));
  const auto [noun, id] = TRY(SeenCompartment(reader, grant.operation));
  if (house.book().FindOfficer(grant.officer) == nullptr)
    return Fail(Code::kNotFound, "The authority book knows no officer of this id; ask a supervisor to enter one.");
  MembershipRow row{.compartment = id, .officer = grant.officer};
  row.from = TRY(TimeOr(grant.from, reader.context.now));
  if (!grant.until.empty()) row.until = TRY(ParseInstant(grant.until));
  if (row.until && *row.until <= row.from)
    return Fail(Code::kInvalid, "The end of a membership lies after its beginning; give another --until.");
  for (const MembershipRow& held : TRY(AccessOf(house.db(), grant.officer)).granted) {
    const bool lasts = !held.until || (row.until && *held.until >= *row.until);
    if (held.compartment == id && held.from <= row.from && lasts)
      return Fail(Code::kConflict, "Officer " + grant.officer + " is a member for all of that time already.");
  }
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  json details = {{"granted_to", grant.officer}, {"from", ToText(row.from)}};
  if (row.until) details["until"] = ToText(*row.until);
  const Permit permit = TRY(house.gate().Pass(transaction, {.act = Act::kJoinCase,
                                                            .officer = actor.officer,
                                                            .object_id = id,
                                                            .reason = actor.reason,
                                                            .details_json = Canonical(details)}));
  const bool first = !TRY(IsClosed(house.db(), id));
  TRY(InsertMembership(transaction, row, permit.leaf_index()));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return json{{noun, id},
              {"officer", grant.officer},
              {"from", ToText(row.from)},
              {"until", row.until ? json(ToText(*row.until)) : json()},
              {"closed_by_this", first}};
}

Result<json> RevokeCaseAccess(House& house, const Actor& actor, const CaseGrant& grant) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kJoinCase));
  const auto [noun, id] = TRY(SeenCompartment(reader, grant.operation));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit =
      TRY(house.gate().Pass(transaction, {.act = Act::kJoinCase,
                                          .officer = actor.officer,
                                          .object_id = id,
                                          .reason = actor.reason,
                                          .details_json = Canonical({{"revoked_from", grant.officer}})}));
  const int64_t ended = TRY(EndMemberships(transaction, id, grant.officer, permit.at(), permit.leaf_index()));
  if (ended == 0) {
    return Fail(Code::kNotFound, "This officer is no member of " + id + "; see `crossguard case-access list`.");
  }
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return json{{noun, id}, {"ended", ended}, {"at", ToText(permit.at())}};
}

Result<json> BreakGlass(House& house, const Actor& actor, const std::string& id) {
  const auto noun = LabelledNoun(id);
  if (noun != "operation" && noun != "case")
    return Fail(Code::kInvalid,
                "Name the operation or case whose glass is to be broken by its id, op-... or cas-... .");
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Ask ask{.act = Act::kBreakGlass, .officer = actor.officer, .object_id = id, .reason = actor.reason};
  const ApprovalState state = TRY(house.gate().Approve(transaction, ask));
  json out = {{std::string(*noun), id},
              {"approvals", state.given},
              {"needed", state.needed},
              {"broken", false},
              {"obligations", json::array()}};
  if (state.complete()) {
    PolicyContext context{.now = house.env().clock.Now()};
    for (const Approval& one : TRY(house.gate().Approvals(house.db(), Act::kBreakGlass, id)))
      context.officers.push_back(one.officer);
    const Permit permit = TRY(house.gate().Pass(transaction, ask));
    const Labels labels = TRY(LabelsOfCompartment(house, id));
    const PolicySubject subject{.authority = house.book().self,
                                .officer = actor.officer,
                                .roles = RolesOf(*house.book().FindOfficer(actor.officer))};
    const Decision decision = Decide(subject, DataAct::kBreakGlass, labels, context);
    if (!decision.permit)
      return Fail(Code::kDenied, "The glass may not be broken (" + std::string(decision.rule) + ").");
    const Instant until{permit.at().micros + kBreakGlassHours * kMicrosPerHour};
    for (const std::string& officer : context.officers) {
      TRY(InsertBreakGlass(transaction, {.compartment = id, .officer = officer, .from = permit.at(), .until = until},
                           permit.leaf_index()));
    }
    if (labels.owner != house.book().self && house.book().Find(labels.owner) != nullptr) {
      OutgoingMessage notice{.to = labels.owner, .kind = MessageKind::kAccessNotice};
      notice.body = AccessNoticeJson(id, static_cast<int64_t>(context.officers.size()), permit.at(), until);
      notice.idempotency_key = id + "/" + std::to_string(permit.leaf_index());
      notice.labels = OwnLabelsTo(house, labels.owner, "facilitate_exchange");
      notice.urgency = Urgency::kUrgent;
      out["owner_told_by"] = TRY(exchange::Post(transaction, permit, house.ids(), notice));
      TRY(MarkOwnerNotified(transaction, permit.leaf_index(), permit.at()));
    }
    out["broken"] = true;
    out["until"] = ToText(until);
    out["owner"] = labels.owner;
    for (const Obligation one : decision.obligations) out["obligations"].push_back(Text(one));
  }
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return out;
}

Result<json> ShowAccessNotices(House& house, const std::string& officer) {
  TRY(ReadAs(house, officer));  // whoever may look at all
  json out = {{"told_us", TRY(ListAccessNotices(house.db()))}, {"told_owners", json::array()}};
  TRY(exchange_rows::EachOutgoing(house.db(), INT64_MAX, [&](const exchange_rows::OutgoingRow& row) -> Status {
    if (row.message.kind != MessageKind::kAccessNotice) return {};
    out["told_owners"].push_back({{"compartment", row.message.body["compartment"]},
                                  {"to", row.message.to},
                                  {"message", row.id},
                                  {"until", row.message.body["until"]},
                                  {"state", row.state}});
    return {};
  }));
  return out;
}

Result<json> ShowLabels(House& house, const Actor& actor, const std::string& id) {
  const Reader reader = TRY(ReadAs(house, actor.officer));
  const Labelled seen = TRY(SeenLabels(reader, id));
  const auto own = TRY(OwnLabels(house.db(), seen.noun, id));
  json history = TRY(LabelHistory(house.db(), seen.noun, id));
  return json{{"id", id},
              {"labels", LabelsJson(seen.labels.Joined())},
              {"own", own ? LabelsJson(*own) : json()},
              {"history", std::move(history)}};
}

Result<json> ChangeLabels(House& house, const Actor& actor, const std::string& id, const LabelWish& wish) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kChangeLabel));
  const Labelled seen = TRY(SeenLabels(reader, id));
  const auto own = TRY(OwnLabels(house.db(), seen.noun, id));
  const Labels from = own ? *own : seen.labels.Joined();
  const Labels to = TRY(Wished(from, wish));
  const bool widens = Widens(from, to);
  TRY(CheckMayLabel(reader, {.ways = {{from}}, .may_be_minor = false}, from, widens));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(house.gate().Pass(transaction, {.act = Act::kChangeLabel,
                                                            .officer = actor.officer,
                                                            .object_id = id,
                                                            .reason = actor.reason,
                                                            .details_json = Canonical({{"widens", widens}})}));
  TRY(SetOwnLabels(
      transaction,
      {.noun = seen.noun, .id = id, .at = permit.at(), .officer = permit.officer(), .leaf_index = permit.leaf_index()},
      to));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return json{{"id", id}, {"widens", widens}, {"labels", LabelsJson(to)}};
}

}  // namespace crossguard
