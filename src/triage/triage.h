// Which first, and whose. One stage: reads what intake, match and crosscheck left in the register, and remakes every
// triage table as a whole: bundles, two scores per reported account with each contribution, lanes and due dates,
// jurisdiction claims and results, and the queues of work that waits for a person. The score orders work; it never
// closes any.
#pragma once

#include <array>
#include <cstdint>

#include "base/error.h"
#include "crypto/public_id.h"
#include "custody/gate.h"
#include "register/sql.h"
#include "triage/ip_country.h"
#include "triage/rules.h"

namespace crossguard {

struct TriageSummary {
  int64_t account_count = 0;            // reported accounts: each has one triage row, two scores, one jurisdiction
  int64_t urgent_count = 0;             // accounts in the urgent lane
  std::array<int64_t, 4> band_count{};  // by RiskBand
  int64_t second_officer_count = 0;
  int64_t unclear_count = 0;  // jurisdiction ''
  int64_t country_count = 0;  // distinct countries among the clear ones
  int64_t claim_count = 0;
  int64_t contradiction_count = 0;  // accounts with at least one
  int64_t bundle_count = 0;
  int64_t bundled_report_count = 0;
  int64_t new_information_count = 0;   // bundled reports that bring something the others do not
  int64_t unknown_material_count = 0;  // queue rows: one per visual cluster, or per media that is in none
  int64_t safeguarding_count = 0;
};

// Needs a permit for Act::kTriage; its time is "now" for recency and for due dates of reports without a time of
// arrival. Deterministic: the same register, rules, data files and permit time give the same rows. Repeating it changes
// nothing. Memory: one account's rows at a time, plus 8 bytes per reported account, the queues (some 200 bytes a row)
// and a cache of at most kReportFilesCacheMax file rows. Time: O(n log n) in accounts, files and sightings. Call inside
// the step's transaction, after matching and cross-check; the caller commits.
Result<TriageSummary> Triage(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                             const TriageRules& rules, const IpCountrySource& ip_source);

}  // namespace crossguard
