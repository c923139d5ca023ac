#include "triage/triage.h"

#include <set>

#include "base/json.h"
#include "model/canonical.h"
#include "register/triage_rows.h"
#include "triage/account_facts.h"
#include "triage/bundle.h"
#include "triage/jurisdiction.h"
#include "triage/score.h"
#include "triage/unknown_material.h"

namespace crossguard {
namespace {

std::string ExplanationJson(const JurisdictionResult& result) {
  nlohmann::json totals = nlohmann::json::array();
  for (const auto& [country, points] : result.totals) totals.push_back({{"country", country}, {"points", points}});
  return Canonical({{"totals", std::move(totals)}, {"verdict", result.verdict}, {"notes", result.notes}});
}

class Run {
 public:
  Run(Database& database, const TriageRules& rules, const IpCountrySource& ip_source, const KnownSpread& spread)
      : database_(database), rules_(rules), ip_source_(ip_source), spread_(spread) {}

  Status One(AccountFacts& facts) {
    const JurisdictionResult place = DecideJurisdiction(facts.hints, rules_.jurisdiction, ip_source_);
    facts.country_confidence = place.country.empty() ? 0 : place.confidence;
    TRY(WriteJurisdiction(facts.account.key, place));

    const Score rescue = ScoreOf(facts, Axis::kRescuePriority, rules_, spread_);
    const Score action = ScoreOf(facts, Axis::kActionability, rules_, spread_);
    TRY(InsertScore(database_, facts.account.key, Text(Axis::kRescuePriority), rescue.points,
                    ContributionsJson(rescue)));
    TRY(InsertScore(database_, facts.account.key, Text(Axis::kActionability), action.points,
                    ContributionsJson(action)));

    const TriageRow standing = StandingOf(facts, rescue, rules_, spread_);
    TRY(InsertTriage(database_, facts.account.key, standing));
    ++summary.account_count;
    ++summary.band_count[static_cast<size_t>(FromText<RiskBand>(standing.band).value())];
    return {};
  }

  TriageSummary summary;
  std::set<std::string> countries;

 private:
  Status WriteJurisdiction(Key<Account> account, const JurisdictionResult& place) {
    for (const JurisdictionClaim& claim : place.claims)
      TRY(InsertClaim(database_, account, claim.country, claim.basis, claim.weight, claim.because));
    TRY(InsertJurisdiction(database_, account, place.country, place.confidence, ExplanationJson(place),
                           Canonical(place.contradictions)));
    summary.claim_count += static_cast<int64_t>(place.claims.size());
    if (!place.contradictions.empty()) ++summary.contradiction_count;
    if (!place.country.empty()) countries.insert(place.country);
    return {};
  }

  Database& database_;
  const TriageRules& rules_;
  const IpCountrySource& ip_source_;
  const KnownSpread& spread_;
};

}  // namespace

Result<TriageSummary> Triage(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                             const TriageRules& rules, const IpCountrySource& ip_source) {
  CHECK(permit.act() == Act::kTriage);
  Database& database = transaction.db();
  TRY(ClearTriage(database));
  KnownSpread spread;
  const BundleCounts bundles = TRY(MakeBundles(database, ids, rules, spread));

  Run run(database, rules, ip_source, spread);
  FactsReader reader(database, permit.at());
  for (const Key<Account> account : TRY(ReportedAccounts(database))) {
    AccountFacts facts = TRY(reader.Read(account));
    TRY(run.One(facts));
  }

  TriageSummary summary = run.summary;
  summary.country_count = static_cast<int64_t>(run.countries.size());
  summary.bundle_count = bundles.bundle_count;
  summary.bundled_report_count = bundles.report_count;
  summary.new_information_count = bundles.new_information_count;
  summary.urgent_count = TRY(FillUrgentQueue(database));
  summary.unclear_count = TRY(FillUnclearQueue(database));
  summary.second_officer_count = TRY(FillSecondOfficerQueue(database));
  summary.safeguarding_count =
      TRY(FillSafeguardingQueue(database, {permit.at().micros + rules.urgent_due_days * kMicrosPerDay}));
  summary.unknown_material_count = TRY(FillUnknownMaterialQueue(database, rules));
  return summary;
}

}  // namespace crossguard
