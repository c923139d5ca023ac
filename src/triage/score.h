// One number per axis, with every contribution to it; and the lane, band and due date that follow.
#pragma once

#include <string>
#include <vector>

#include "register/triage_rows.h"
#include "triage/account_facts.h"

namespace crossguard {

struct ScoreContribution {
  std::string rule;  // rule id; "safeguarding_floor" and "limit" for what the house adds
  int points = 0;
  std::string because;
};
struct Score {
  int points = 0;                                // 0..100: always the sum of the contributions
  std::vector<ScoreContribution> contributions;  // in rule order, floor and limit last
};
Score ScoreOf(const AccountFacts& facts, Axis axis, const TriageRules& rules, const KnownSpread& spread);
std::string ContributionsJson(const Score& score);

// Lane by the urgent rules, band by rescue_priority, due date from the oldest report's arrival (facts.now without one),
// second officer where the reported person may be a minor or is also named as a victim.
TriageRow StandingOf(const AccountFacts& facts, const Score& rescue_priority, const TriageRules& rules,
                     const KnownSpread& spread);

}  // namespace crossguard
