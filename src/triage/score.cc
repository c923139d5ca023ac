#include "triage/score.h"

#include <algorithm>

#include "base/json.h"
#include "model/canonical.h"

namespace crossguard {
namespace {

std::string Filled(std::string text, int64_t number) {
  for (size_t at = 0; (at = text.find("{n}", at)) != std::string::npos;) text.replace(at, 3, std::to_string(number));
  return text;
}

bool BetweenMinors(const AccountFacts& facts) {
  return std::ranges::any_of(facts.reports, [](const TriageReportRow& report) {
    return std::ranges::find(report.annotations, "minorToMinorInteraction") != report.annotations.end();
  });
}

}  // namespace

Score ScoreOf(const AccountFacts& facts, Axis axis, const TriageRules& rules, const KnownSpread& spread) {
  Score score;
  const auto add = [&](const std::string& rule, int points, std::string because) {
    score.contributions.push_back({rule, points, std::move(because)});
    score.points += points;
  };
  for (const Rule& rule : rules.rules) {
    if (rule.axis != axis) continue;
    const int64_t number = Measure(facts, rule.signal, rule.params, rules, spread);
    if (number >= rule.params.at_least) add(rule.id, rule.points, Filled(rule.because, number));
  }
  if (axis == Axis::kRescuePriority && score.points < rules.safeguarding_floor && BetweenMinors(facts)) {
    add("safeguarding_floor", rules.safeguarding_floor - score.points,
        "Contact between minors does not fall below " + std::to_string(rules.safeguarding_floor) + ".");
  }
  const int limited = std::clamp(score.points, 0, 100);
  if (limited != score.points) {
    add("limit", limited - score.points,
        "The sum " + std::to_string(score.points) + " is limited to " + std::to_string(limited) + ".");
  }
  return score;
}

std::string ContributionsJson(const Score& score) {
  nlohmann::json out = nlohmann::json::array();
  for (const ScoreContribution& one : score.contributions)
    out.push_back({{"rule", one.rule}, {"points", one.points}, {"because", one.because}});
  return Canonical(out);
}

TriageRow StandingOf(const AccountFacts& facts, const Score& rescue_priority, const TriageRules& rules,
                     const KnownSpread& spread) {
  TriageRow row;
  row.lane = "normal";
  for (const UrgentRule& rule : rules.urgent) {
    const int64_t number = Measure(facts, rule.signal, rule.params, rules, spread);
    if (number < rule.params.at_least) continue;
    row.lane = "urgent";
    row.lane_reason += (row.lane_reason.empty() ? "" : " ") + Filled(rule.because, number);
  }
  const auto band =
      std::ranges::find_if(rules.bands, [&](const Band& one) { return rescue_priority.points >= one.at_least; });
  CHECK(band != rules.bands.end());  // the last begins at 0
  row.band = Text(band->band);
  int days = band->due_days;
  if (row.lane == "urgent") days = std::min(days, rules.urgent_due_days);
  row.due_at = {facts.first_received_at.value_or(facts.now).micros + days * kMicrosPerDay};
  if (row.lane_reason.empty()) row.lane_reason = "No urgent rule applies.";

  const auto second = [&](const std::string& why) {
    row.second_officer = true;
    row.second_officer_reason += (row.second_officer_reason.empty() ? "" : " ") + why;
  };
  if (facts.account.minor == "may_be_minor")
    second("The reported person may be a minor.");
  else if (facts.account.minor != "adult" && BetweenMinors(facts))
    second("A report says minor to minor, and nothing says that this person is an adult.");
  if (facts.account.ever_victim) second("The account is also named as a victim.");
  return row;
}

}  // namespace crossguard
