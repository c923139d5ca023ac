#include "outcome/take.h"

#include <algorithm>

#include "base/json.h"
#include "model/canonical.h"
#include "model/ids.h"
#include "outcome/batch.h"
#include "outcome/docket.h"
#include "register/outcome_rows.h"

namespace crossguard::outcome {
namespace {

bool IsOrganisation(const Authority& authority) {
  return authority.country.empty();
}

Status CheckWords(const AuthorityBook& book, const OutcomeBatch& batch) {
  const Authority* const authority = book.Find(batch.authority);
  if (authority == nullptr)
    return Fail(Code::kNotFound, "The authority book does not have the authority that reports; enter it first.");
  for (const OutcomeReport& report : batch.reports) {
    if (!IsOrganisation(*authority) && report.country != authority->country)
      return Fail(Code::kDenied, "An authority reports what happened in its own country; report '" + report.ref +
                                     "' speaks of another.");
    if (!report.country.empty() && book.ForCountry(report.country) == nullptr)
      return Fail(Code::kNotFound,
                  "Report '" + report.ref + "' speaks of a country that the authority book does not have.");
    if (report.channel.empty()) continue;
    const Authority* const channel = book.Find(report.channel);
    if (channel == nullptr || !IsOrganisation(*channel) || report.channel == batch.authority)
      return Fail(Code::kNotFound,
                  "Report '" + report.ref + "' came through a channel that is no organisation of the authority book.");
  }
  return {};
}

// Whatever channel carries it, the same content is the same report.
std::string IdOf(const IdMaker& ids, const OutcomeBatch& batch, OutcomeReport report) {
  report.channel.clear();
  return ids
      .Make<Outcome>(
          Canonical(BatchJson({.operation = batch.operation, .authority = batch.authority, .reports = {report}})))
      .text();
}

class Taker {
 public:
  Taker(Transaction& transaction, const Permit& permit, const IdMaker& ids, const OutcomeBatch& batch,
        const Arrival& arrival, Docket docket)
      : transaction_(transaction),
        permit_(permit),
        ids_(ids),
        batch_(batch),
        arrival_(arrival),
        docket_(std::move(docket)) {
    labels_ = Canonical(LabelsJson(arrival.labels));
  }

  Status Take(OutcomeReport report) {
    Taken taken{.ref = report.ref, .id = IdOf(ids_, batch_, report), .why = {}, .superseded = {}};
    TRY(ResolveAccounts(report));
    if (const auto known = docket_.WithId(taken.id)) {
      const StoredOutcome& stored = docket_.at(*known);
      TRY(outcome_rows::AddArrival(transaction_, stored.key, report.channel, arrival_.message, permit_.at()));
      taken.state = stored.state;
      taken.why = stored.why;
      ++summary_.repeated_count;
      summary_.reports.push_back(std::move(taken));
      return {};
    }
    StoredOutcome stored{.id = taken.id,
                         .operation = batch_.operation,
                         .authority = batch_.authority,
                         .report = std::move(report),
                         .state = OutcomeState::kHeld,
                         .why = "It is being taken in.",
                         .superseded_on = std::nullopt,
                         .received_at = permit_.at()};
    TRY(outcome_rows::InsertOutcome(transaction_, stored, labels_));
    TRY(outcome_rows::AddArrival(transaction_, stored.key, stored.report.channel, arrival_.message, permit_.at()));
    const size_t place = docket_.Add(std::move(stored));
    taken.is_new = true;
    TRY(Judge(place, taken));
    ++summary_.new_count;
    const bool counted = taken.state == OutcomeState::kCounted;
    if (!counted) ++summary_.held_count;
    summary_.reports.push_back(std::move(taken));
    return counted ? JudgeThoseWaiting(docket_.at(place).report.ref) : Status();
  }

  TakeSummary Summary() { return std::move(summary_); }

 private:
  // Names that this house has an account for become its id; others are not kept: they would be a person's data.
  Status ResolveAccounts(OutcomeReport& report) {
    std::vector<std::string> known;
    for (std::string& account : report.accounts) {
      auto id = TRY(outcome_rows::AccountId(transaction_.db(), account));
      if (id)
        known.push_back(std::move(*id));
      else if (account.starts_with("acc-"))
        known.push_back(std::move(account));  // another node's id: opaque
      else
        ++summary_.unknown_account_count;
    }
    std::ranges::sort(known);
    known.erase(std::ranges::unique(known).begin(), known.end());
    report.accounts = std::move(known);
    return {};
  }

  Status Hold(size_t place, Taken& taken, std::string why, const std::vector<size_t>& against) {
    StoredOutcome& stored = docket_.at(place);
    stored.why = std::move(why);
    taken.state = stored.state;
    taken.why = stored.why;
    for (const size_t other : against)
      TRY(outcome_rows::AddContradiction(transaction_, stored.key, docket_.at(other).key));
    return outcome_rows::SetState(transaction_, stored);
  }

  // Does the report, which is held so far, count?
  Status Judge(size_t place, Taken& taken) {
    const OutcomeReport report = docket_.at(place).report;
    std::optional<size_t> target;
    if (!report.corrects.empty()) {
      const auto named = docket_.WithRef(batch_.authority, report.corrects);
      for (const size_t one : named) {
        if (docket_.at(one).state == OutcomeState::kCounted) target = one;
      }
      if (named.empty()) return Hold(place, taken, "It corrects a report that has not come.", {});
      if (!target)
        return Hold(place, taken, "It corrects a report that does not count: held, or corrected by another already.",
                    {});
      if (docket_.at(*target).report.reported_on > report.reported_on)
        return Hold(place, taken, "It is dated before the report that it corrects.", {*target});
    }
    std::set<size_t> aside;
    if (target) aside.insert(*target);
    if (const auto found = docket_.Against(batch_.authority, report, aside))
      return Hold(place, taken, found->why, found->against);
    StoredOutcome& stored = docket_.at(place);
    stored.state = OutcomeState::kCounted;
    stored.why.clear();
    taken.state = stored.state;
    TRY(outcome_rows::SetState(transaction_, stored));
    if (!target) {
      docket_.BeganToCount(place);
      return {};
    }
    TRY(Supersede(*target, place, taken));
    docket_.StateChanged();
    return {};
  }

  Status Supersede(size_t target, size_t by, Taken& taken) {
    const StoredOutcome& newer = docket_.at(by);
    StoredOutcome& old = docket_.at(target);
    const bool withdrawn = newer.report.count == 0;
    old.state = withdrawn ? OutcomeState::kWithdrawn : OutcomeState::kReplaced;
    old.why = newer.report.reason;
    old.superseded_on = newer.report.reported_on;
    old.replaced_by = newer.key;
    taken.superseded = old.id;
    ++(withdrawn ? summary_.withdrawn_count : summary_.corrected_count);
    return outcome_rows::SetState(transaction_, old);
  }

  // A correction may overtake what it corrects on the way.
  Status JudgeThoseWaiting(const std::string& ref) {
    for (size_t i = 0; i < docket_.all().size(); ++i) {
      const StoredOutcome& one = docket_.all()[i];
      if (one.state != OutcomeState::kHeld || one.authority != batch_.authority || one.report.corrects != ref) continue;
      if (!TRY(outcome_rows::Contradictions(transaction_.db(), one.key)).empty()) continue;
      Taken taken{.ref = one.report.ref, .id = one.id, .why = {}, .superseded = {}};
      TRY(Judge(i, taken));
      if (taken.state == OutcomeState::kCounted) summary_.reports.push_back(std::move(taken));
    }
    return {};
  }

  Transaction& transaction_;
  const Permit& permit_;
  const IdMaker& ids_;
  const OutcomeBatch& batch_;
  const Arrival& arrival_;
  Docket docket_;
  std::string labels_;
  TakeSummary summary_;
};

}  // namespace

Result<TakeSummary> TakeReports(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                                const AuthorityBook& book, const OutcomeBatch& batch, const Arrival& arrival) {
  CHECK(permit.act() == Act::kReportOutcome || permit.act() == Act::kCorrectOutcome || permit.act() == Act::kOpenCase ||
        permit.act() == Act::kTakeMessages);
  TRY(CheckWords(book, batch));
  Docket docket(TRY(outcome_rows::LoadOutcomes(transaction.db(), batch.operation)));
  Taker taker(transaction, permit, ids, batch, arrival, std::move(docket));
  for (const OutcomeReport& report : batch.reports) TRY(taker.Take(report));
  return taker.Summary();
}

Result<Decision> Decide(Transaction& transaction, const Permit& permit, const std::string& id, bool accept,
                        const std::string& reason) {
  CHECK(permit.act() == Act::kCorrectOutcome);
  const std::string operation = TRY(outcome_rows::OperationOfOutcome(transaction.db(), id));
  Docket docket(TRY(outcome_rows::LoadOutcomes(transaction.db(), operation)));
  const size_t place = docket.WithId(id).value();
  StoredOutcome& stored = docket.at(place);
  if (stored.state != OutcomeState::kHeld)
    return Fail(Code::kConflict, "Outcome " + id + " is not held; see `crossguard outcome list --state held`.");
  Decision out{.id = id, .state = OutcomeState::kRejected, .superseded = {}};
  if (!accept) {
    stored.state = out.state;
    stored.why = reason;
    TRY(outcome_rows::SetState(transaction, stored));
    return out;
  }
  std::set<size_t> aside;
  const auto contradicted = TRY(outcome_rows::Contradictions(transaction.db(), stored.key));
  for (size_t i = 0; i < docket.all().size(); ++i) {
    const StoredOutcome& other = docket.all()[i];
    const bool is_corrected = !stored.report.corrects.empty() && other.authority == stored.authority &&
                              other.report.ref == stored.report.corrects;
    if (other.state == OutcomeState::kCounted && (std::ranges::count(contradicted, other.key) > 0 || is_corrected))
      aside.insert(i);
  }
  // A version of the same reference that was corrected meanwhile does not stand against a person's word.
  for (const size_t other : docket.WithRef(stored.authority, stored.report.ref)) aside.insert(other);
  if (const auto found = docket.Against(stored.authority, stored.report, aside))
    return Fail(Code::kConflict, "Outcome " + id + " would contradict " + docket.at(found->against.front()).id +
                                     " too: " + found->why + " Decide on that one first.");
  stored.state = out.state = OutcomeState::kCounted;
  stored.why.clear();
  TRY(outcome_rows::SetState(transaction, stored));
  for (const size_t other : aside) {
    StoredOutcome& old = docket.at(other);
    if (old.state != OutcomeState::kCounted || other == place) continue;
    old.state = stored.report.count == 0 ? OutcomeState::kWithdrawn : OutcomeState::kReplaced;
    old.why = reason;
    old.superseded_on = stored.report.reported_on;
    old.replaced_by = stored.key;
    out.superseded.push_back(old.id);
    TRY(outcome_rows::SetState(transaction, old));
  }
  return out;
}

}  // namespace crossguard::outcome
