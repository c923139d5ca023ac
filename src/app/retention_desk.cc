#include "app/retention_desk.h"

#include <algorithm>
#include <map>

#include "app/act.h"
#include "app/retention_config.h"
#include "base/json.h"
#include "exchange/post.h"
#include "model/canonical.h"
#include "selectors/normalise.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace kept = retention_rows;

constexpr size_t kEraseAtOnce = 500;  // targets in one transaction
constexpr int kKeepMonthsMax = 36;

struct DueItem {
  std::string kind, object, what;
  Instant due_at;
  Due state = Due::kLater;
};

class DueList {
 public:
  explicit DueList(Instant now) : now_(now) {}
  void Add(std::string kind, std::string object, Instant due_at, int warn_days, std::string what) {
    const Due state = DueAt(due_at, warn_days, now_);
    if (state == Due::kLater) return;
    ++(state == Due::kOverdue ? overdue_ : soon_);
    items_.push_back({.kind = std::move(kind),
                      .object = std::move(object),
                      .what = std::move(what),
                      .due_at = due_at,
                      .state = state});
  }
  json Take(int64_t limit) {
    std::ranges::sort(items_, [](const DueItem& a, const DueItem& b) {
      return std::tie(a.due_at, a.kind, a.object) < std::tie(b.due_at, b.kind, b.object);
    });
    json out = {{"now", ToText(now_)}, {"overdue", overdue_}, {"soon", soon_}, {"items", json::array()}};
    for (const DueItem& item : items_) {
      if (std::ssize(out["items"]) >= limit) break;
      out["items"].push_back({{"kind", item.kind},
                              {"object", item.object},
                              {"due_at", ToText(item.due_at)},
                              {"state", Text(item.state)},
                              {"what", item.what}});
    }
    out["shown"] = out["items"].size();
    return out;
  }
  Instant at() const { return now_; }

 private:
  Instant now_;
  std::vector<DueItem> items_;
  int64_t overdue_ = 0, soon_ = 0;
};

Preservation StateOf(const RetentionRules& rules, const kept::Preserved& report, Instant now, Instant* until) {
  *until = report.until.value_or(PreservedUntil(rules, report.provider, report.received));
  const auto stored =
      report.stored ? std::optional(*report.stored ? Preservation::kConfirmed : Preservation::kAsked) : std::nullopt;
  return PreservationNow(stored, *until, now);
}

Status AddHeld(Database& db, const RetentionRules& rules, DueList& due) {
  return kept::EachHeld(db, [&](const kept::Held& held) -> Status {
    due.Add("review", held.id, ReviewBy(rules, held.began, held.keep_until), rules.review_warn_days,
            rules.erase_at_review ? "decide to keep it, with a reason, or it is erased" : "decide: keep or erase");
    if (held.kind == "account" && held.category == Text(DataSubjectCategory::kUnresolved) && !held.keep_until) {
      due.Add("categorisation", held.id, CategoriseBy(rules, held.began), rules.categorise_warn_days,
              "say what the person is, keep with a reason, or erase");
    }
    return {};
  });
}

Status AddMessages(Database& db, const RetentionRules& rules, DueList& due) {
  TRY(kept::EachUnanswered(db, [&](const kept::Asked& asked) -> Status {
    const Urgency urgency = FromText<Urgency>(asked.urgency).value_or(Urgency::kNormal);
    due.Add("answer", asked.message_id, asked.due_at.value_or(AnswerBy(rules, asked.created_at, urgency)), 1,
            "ask " + asked.recipient + " again for its answer to " + asked.kind);
    return {};
  }));
  TRY(kept::EachNotice(db, [&](const kept::Notice& notice) -> Status {
    if (notice.state != "done")
      due.Add("erasure", notice.erasure_id, notice.due_at, 3, notice.recipient + " has not proved that it erased");
    return {};
  }));
  return kept::EachOrder(db, [&](const kept::Order& order) -> Status {
    if (order.state != "done")
      due.Add("erasure", order.erasure_id, order.due_at, 36'500, order.sender + " waits for it: `retention run`");
    return {};
  });
}

json NoticesJson(Database& db, bool unproved_only, Status& status) {
  json out = json::array();
  status = kept::EachNotice(db, [&](const kept::Notice& notice) -> Status {
    if (unproved_only && notice.state == "done") return {};
    out.push_back({{"erasure", notice.erasure_id},
                   {"recipient", notice.recipient},
                   {"state", notice.state},
                   {"message", notice.message_state},
                   {"due_at", ToText(notice.due_at)},
                   {"asked_again", notice.chased_count},
                   {"reason", notice.reason}});
    return {};
  });
  return out;
}

// After the commit of an eraser: the physical part, and the receipts.
Result<json> FinishAndSettle(House& house, const Actor& actor, Act act, const Needles* needles) {
  const FinishFacts facts = TRY(FinishErasures(house, needles));
  {
    Transaction transaction = TRY(Transaction::Begin(house.db()));
    const Permit permit = TRY(Pass(house, transaction, actor, act, "", {{"step", "settle"}}));
    TRY(SettleErasures(house, transaction, permit));
    TRY(transaction.Commit());
  }
  TRY(house.ledger().Publish(house.db()));
  TRY(kept::CutWriteAheadLog(house.db()));
  return json{{"overwritten", facts.overwritten_count},
              {"removed", facts.removed_count},
              {"rewritten", facts.rewritten},
              {"still_found_in", facts.found_in}};
}

// What may go wrong between the permit and the commit leaves the vault's batch behind.
template <class Work>
Status InOneTransaction(House& house, const Work& work) {
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  Status done = work(transaction);
  if (done) done = transaction.Commit();
  if (!done) {
    {
      const Transaction gone = std::move(transaction);
    }
    house.vault().Abandon();
  }
  return done;
}

std::vector<EraseTarget> DueTargets(House& house, const RetentionRules& rules, Status& status) {
  std::vector<EraseTarget> out;
  const Instant now = house.env().clock.Now();
  status = kept::EachHeld(house.db(), [&](const kept::Held& held) -> Status {
    if (out.size() < kEraseAtOnce && DueAt(ReviewBy(rules, held.began, held.keep_until), 0, now) == Due::kOverdue)
      out.push_back({.kind = held.kind, .id = held.id, .type = "", .value = ""});
    return {};
  });
  return out;
}

// Recipients that have not proved it in time are asked again, with the same words.
Result<int64_t> Chase(House& house, Transaction& transaction, const Permit& permit, const RetentionRules& rules) {
  std::vector<kept::Notice> late;
  TRY(kept::EachNotice(transaction.db(), [&](const kept::Notice& notice) -> Status {
    if (notice.state != "done" && notice.due_at <= permit.at()) late.push_back(notice);
    return {};
  }));
  int64_t count = 0;
  for (const kept::Notice& notice : late) {
    const auto text = TRY(kept::SentBody(transaction.db(), notice.message_id));
    const json body = ParseJson(text.value_or(""));
    if (!body.is_object() || body.empty()) continue;
    Labels labels;
    labels.owner = house.book().self;
    labels.originators = {house.book().self};
    labels.purposes = {"facilitate_exchange"};
    labels.handling = {HandlingCode::kH0};
    labels.release_to = std::vector{notice.recipient};
    const Instant due_at{permit.at().micros + rules.erasure_answer_days * kMicrosPerDay};
    TRY(exchange::Post(transaction, permit, house.ids(),
                       {.to = notice.recipient,
                        .kind = MessageKind::kErasureNotice,
                        .body = body,
                        .idempotency_key = notice.erasure_id + "\n" + std::to_string(notice.chased_count + 1),
                        .in_reply_to = "",
                        .labels = labels,
                        .due_at = due_at,
                        .attachment = ""}));
    TRY(kept::ChaseNotice(transaction, notice, due_at));
    ++count;
  }
  return count;
}

struct RunFacts {
  int64_t erased = 0, obeyed = 0, chased = 0;
  std::set<std::string> operations;
};

// One transaction's worth; false when nothing is left to do.
Result<bool> RunBatch(House& house, const Actor& actor, const RetentionRules& rules, RunFacts& facts) {
  Status read;
  std::vector<EraseTarget> targets;
  if (rules.erase_at_review) targets = DueTargets(house, rules, read);
  TRY(Status(read));
  std::vector<kept::Order> orders;
  TRY(kept::EachOrder(house.db(), [&](const kept::Order& order) -> Status {
    if (order.state == "waiting" && orders.size() < kEraseAtOnce) orders.push_back(order);
    return {};
  }));
  if (targets.empty() && orders.empty()) return false;
  Needles needles;
  TRY(InOneTransaction(house, [&](Transaction& transaction) -> Status {
    const Permit permit = TRY(Pass(house, transaction, actor, Act::kReviewRetention, "",
                                   {{"due", targets.size()}, {"asked_by_others", orders.size()}}));
    Eraser eraser(house, transaction, permit, rules);
    for (const EraseTarget& target : targets) TRY(eraser.Erase(target, "review_date"));
    for (const kept::Order& order : orders) TRY(eraser.Obey(order, TRY(ReadNotice(ParseJson(order.body)))));
    TRY(eraser.Finish());
    needles = eraser.needles();
    facts.operations.insert(eraser.operations().begin(), eraser.operations().end());
    return {};
  }));
  facts.erased += std::ssize(targets);
  facts.obeyed += std::ssize(orders);
  TRY(FinishAndSettle(house, actor, Act::kReviewRetention, &needles));
  return true;
}

}  // namespace

Result<RetentionRules> RulesOf(House& house) {
  return LoadRetentionRules(house.env().files, house.Path("config/retention.toml"));
}

Result<json> Clocks(House& house, int64_t limit) {
  const RetentionRules rules = TRY(RulesOf(house));
  DueList due(house.env().clock.Now());
  TRY(kept::EachPreserved(house.db(), "", [&](const kept::Preserved& report) -> Status {
    Instant until;
    const Preservation state = StateOf(rules, report, due.at(), &until);
    const char* const what = state == Preservation::kLapsed ? "the provider need keep it no longer"
                             : report.stored                ? "what was asked for ends: ask again, or leave it"
                                                            : "ask the provider to keep it: `preservation ask`";
    due.Add("preservation", report.id, until, rules.preservation_warn_days, what);
    return {};
  }));
  TRY(AddHeld(house.db(), rules, due));
  TRY(kept::EachBanded(house.db(), [&](const kept::Banded& account) -> Status {
    due.Add("band", account.account_id, account.due_at, 1, "first look at risk band " + account.band);
    return {};
  }));
  TRY(AddMessages(house.db(), rules, due));
  return due.Take(limit);
}

Result<json> KeepUntil(House& house, const Actor& actor, const std::string& id, Instant until) {
  const Instant now = house.env().clock.Now();
  if (until <= now) return Fail(Code::kInvalid, "The date to keep it until is past; give one that is to come.");
  if (until > AddMonths(now, kKeepMonthsMax))
    return Fail(Code::kInvalid,
                "Nothing is kept for more than three years without another look; give an earlier date.");
  std::string kind;
  TRY(kept::EachHeld(house.db(), [&](const kept::Held& held) -> Status {
    if (held.id == id) kind = held.kind;
    return {};
  }));
  if (kind.empty()) return Fail(Code::kNotFound, "No account or contribution is named '" + id + "'; see `clocks`.");
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit =
      TRY(Pass(house, transaction, actor, Act::kReviewRetention, id, {{"decision", "keep"}, {"until", ToText(until)}}));
  TRY(kept::PutKeep(transaction, {.kind = kind,
                                  .object_id = id,
                                  .officer = actor.officer,
                                  .keep_until = until,
                                  .decided_at = permit.at(),
                                  .leaf_index = permit.leaf_index()}));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return json{{"object", id}, {"kind", kind}, {"keep_until", ToText(until)}, {"decided_by", actor.officer}};
}

Result<json> ApproveErasure(House& house, const Actor& actor, const EraseTarget& target, const std::string& why,
                            bool keep_files) {
  const RetentionRules rules = TRY(RulesOf(house));
  if (!IsWhy(why)) return Fail(Code::kInvalid, "Say why: cleared, mistake, order, review_date or owner_erased.");
  const Ask ask{.act = Act::kErase,
                .officer = actor.officer,
                .object_id = ObjectIdOf(house, target),
                .reason = actor.reason,
                .details_json = Canonical({{"kind", target.kind}, {"why", why}, {"keep_files", keep_files}})};
  ApprovalState state;
  Needles needles;
  json out;
  TRY(InOneTransaction(house, [&](Transaction& transaction) -> Status {
    state = TRY(house.gate().Approve(transaction, ask));
    if (!state.complete()) return {};
    const Permit permit = TRY(house.gate().Pass(transaction, ask));
    Eraser eraser(house, transaction, permit, rules);
    TRY(eraser.Erase(target, why, keep_files));
    TRY(eraser.Finish());
    needles = eraser.needles();
    out = eraser.Answer()[0];
    out["operations_to_compose"] = eraser.operations();
    return {};
  }));
  TRY(house.ledger().Publish(house.db()));
  if (!state.complete()) {
    return json{{"object", ask.object_id}, {"erased", false}, {"approvals", state.given}, {"needed", state.needed}};
  }
  const FinishFacts facts = TRY(FinishErasures(house, &needles));
  {
    // No message is said here, so no permit is needed: erased here, or done where nobody else got it.
    Transaction transaction = TRY(Transaction::Begin(house.db()));
    TRY(SettleStates(transaction.db()));
    TRY(transaction.Commit());
  }
  TRY(kept::CutWriteAheadLog(house.db()));
  out["erased"] = true;
  out["overwritten"] = facts.overwritten_count;
  out["rewritten"] = facts.rewritten;
  out["still_found_in"] = facts.found_in;
  const auto erasure = TRY(kept::FindErasure(house.db(), out["erasure"].get<std::string>()));
  out["state"] = erasure ? erasure->state : "";
  return out;
}

Result<EraseTarget> IdentifierIn(House& house, const std::string& type_text, const std::string& path) {
  const auto type = FromText<SelectorType>(type_text);
  if (!type)
    return Fail(Code::kInvalid, "An identifier is email, phone, screen_name, profile_url, device_id, ip or payment.");
  const Bytes bytes = TRY(house.env().files.ReadWhole(path, kSelectorRawMax));
  std::string raw(AsText(bytes));
  while (!raw.empty() && (raw.back() == '\n' || raw.back() == '\r')) raw.pop_back();
  EraseTarget target{.kind = "identifier", .id = "", .type = type_text, .value = ""};
  target.value = TRY(Normalise(*type, raw));
  return target;
}

Result<json> RunRetention(House& house, const Actor& actor) {
  const RetentionRules rules = TRY(RulesOf(house));
  // What was broken off before: its values are no longer known here.
  const FinishFacts before = TRY(FinishErasures(house, nullptr));
  RunFacts facts;
  while (TRY(RunBatch(house, actor, rules, facts))) {
  }
  {
    Transaction transaction = TRY(Transaction::Begin(house.db()));
    const Permit permit = TRY(Pass(house, transaction, actor, Act::kReviewRetention, "", {{"step", "chase"}}));
    facts.chased = TRY(Chase(house, transaction, permit, rules));
    TRY(SettleErasures(house, transaction, permit));
    TRY(transaction.Commit());
  }
  TRY(house.ledger().Publish(house.db()));
  TRY(kept::CutWriteAheadLog(house.db()));
  return json{{"erased", facts.erased},
              {"executed_for_others", facts.obeyed},
              {"asked_again", facts.chased},
              {"finished_what_was_broken_off", before.rewritten},
              {"operations_to_compose", facts.operations}};
}

Result<json> OpenErasures(House& house) {
  json here = json::array();
  TRY(kept::EachOpen(house.db(), [&](const kept::Open& open) -> Status {
    here.push_back(
        {{"erasure", open.erasure_id}, {"object", open.object}, {"since", ToText(open.at)}, {"reason", open.reason}});
    return {};
  }));
  Status read;
  json recipients = NoticesJson(house.db(), true, read);
  TRY(Status(read));
  json orders = json::array();
  TRY(kept::EachOrder(house.db(), [&](const kept::Order& order) -> Status {
    if (order.state != "done")
      orders.push_back({{"sender", order.sender},
                        {"erasure", order.erasure_id},
                        {"state", order.state},
                        {"due_at", ToText(order.due_at)}});
    return {};
  }));
  return json{{"here", here}, {"recipients", recipients}, {"asked_by_others", orders}};
}

Result<json> ListErasures(House& house) {
  json out = json::array();
  TRY(kept::EachErasure(house.db(), [&](const kept::Erased& erasure) -> Status {
    out.push_back({{"id", erasure.id},
                   {"kind", erasure.kind},
                   {"object", erasure.object_id},
                   {"why", erasure.why},
                   {"at", ToText(erasure.at)},
                   {"officer", erasure.officer},
                   {"state", erasure.state},
                   {"counts", ParseJson(erasure.counts)},
                   {"commitment", erasure.commitment.hex()}});
    return {};
  }));
  return out;
}

Result<json> CloseErasure(House& house, const Actor& actor, const std::string& erasure_id) {
  const auto erasure = TRY(kept::FindErasure(house.db(), erasure_id));
  if (!erasure) return Fail(Code::kNotFound, "No erasure is named '" + erasure_id + "'; see `retention list`.");
  if (TRY(kept::OpenCount(house.db(), erasure->key)) == 0)
    return Fail(Code::kConflict, "Nothing of that erasure waits for a decision; see `retention open`.");
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit =
      TRY(Pass(house, transaction, actor, Act::kReviewRetention, erasure_id, {{"decision", "close"}}));
  TRY(kept::CloseOpen(transaction, erasure->key, permit.at()));
  TRY(SettleErasures(house, transaction, permit));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  const auto now = TRY(kept::FindErasure(house.db(), erasure_id));
  return json{{"erasure", erasure_id}, {"state", now ? now->state : ""}};
}

// --- Preservation ---------------------------------------------------------------------------------------------------

namespace {

json DraftJson(House& house, const std::string& provider, const std::vector<kept::Preserved>& reports, Instant until) {
  std::string numbers;
  for (const kept::Preserved& report : reports)
    numbers += "  " + report.provider_report_id + " (received " + DateText(report.received) + ")\n";
  const Authority* const self = house.book().Find(house.book().self);
  const std::string text =
      "To: " + provider +
      "\n\nWe ask you to keep all contents and records of the accounts of these reports, unchanged, until " +
      DateText(until) +
      ", whatever your own periods are. Please confirm with your reference, and tell nobody whom "
      "it concerns.\n\nReports:\n" +
      numbers + "\n" + (self == nullptr ? house.book().self : self->name) + "\n" +
      (self == nullptr ? "" : self->contact + "\n");
  return {{"provider", provider}, {"reports", reports.size()}, {"until", ToText(until)}, {"draft", text}};
}

}  // namespace

Result<json> AskPreservation(House& house, const Actor& actor, const std::vector<std::string>& ids) {
  const RetentionRules rules = TRY(RulesOf(house));
  const Instant now = house.env().clock.Now();
  const Instant until = AddMonths(now, 12);
  std::map<std::string, std::vector<kept::Preserved>> by_provider;
  if (ids.empty()) {
    TRY(kept::EachPreserved(house.db(), "", [&](const kept::Preserved& report) -> Status {
      Instant ends;
      if (StateOf(rules, report, now, &ends) == Preservation::kNotAsked &&
          DueAt(ends, rules.preservation_warn_days, now) == Due::kSoon)
        by_provider[report.provider].push_back(report);
      return {};
    }));
  }
  for (const std::string& id : ids) {
    bool found = false;
    TRY(kept::EachPreserved(house.db(), id, [&](const kept::Preserved& report) -> Status {
      found = true;
      by_provider[report.provider].push_back(report);
      return {};
    }));
    if (!found || id.empty()) return Fail(Code::kNotFound, "No report is named '" + id + "'; see `preservation list`.");
  }
  json out = json::array();
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  for (const auto& [provider, reports] : by_provider) {
    const Permit permit = TRY(Pass(house, transaction, actor, Act::kAskPreservation,
                                   reports.size() == 1 ? reports.front().id : "", {{"reports", reports.size()}}));
    for (const kept::Preserved& report : reports)
      TRY(kept::AskPreservation(transaction, report.report, until, permit.at()));
    out.push_back(DraftJson(house, provider, reports, until));
  }
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return out;
}

Result<json> ConfirmPreservation(House& house, const Actor& actor, const std::string& id, Instant until,
                                 const std::string& reference) {
  std::optional<kept::Preserved> found;
  TRY(kept::EachPreserved(house.db(), id, [&](const kept::Preserved& report) -> Status {
    found = report;
    return {};
  }));
  if (!found || id.empty()) return Fail(Code::kNotFound, "No report is named '" + id + "'; see `preservation list`.");
  if (reference.size() > 200)
    return Fail(Code::kInvalid, "The provider's reference is longer than 200 bytes; shorten it.");
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kAskPreservation, id, {{"confirmed", true}}));
  TRY(kept::ConfirmPreservation(transaction, found->report, until, reference, permit.at()));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return json{{"report", id},
              {"state", Text(PreservationNow(Preservation::kConfirmed, until, permit.at()))},
              {"until", ToText(until)}};
}

Result<json> ListPreservation(House& house, int64_t limit) {
  const RetentionRules rules = TRY(RulesOf(house));
  const Instant now = house.env().clock.Now();
  json counts = json::object(), items = json::array();
  TRY(kept::EachPreserved(house.db(), "", [&](const kept::Preserved& report) -> Status {
    Instant until;
    const std::string state(Text(StateOf(rules, report, now, &until)));
    counts[state] = counts.value(state, int64_t{0}) + 1;
    if (std::ssize(items) < limit)
      items.push_back({{"report", report.id},
                       {"provider", report.provider},
                       {"state", state},
                       {"until", ToText(until)},
                       {"reference", report.reference}});
    return {};
  }));
  return json{{"counts", counts}, {"items", items}};
}

}  // namespace crossguard
