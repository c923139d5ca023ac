// Viral and batched reports as one, with their count. A report is in one bundle at most: in a batched one if the
// provider says so, else in that of the known content that most reports share. Nothing is dropped: a bundle says which
// of its reports bring something that the others do not.
#pragma once

#include "base/error.h"
#include "crypto/public_id.h"
#include "triage/account_facts.h"
#include "triage/rules.h"

namespace crossguard {

struct BundleCounts {
  int64_t bundle_count = 0;
  int64_t report_count = 0;
  int64_t new_information_count = 0;
};
// Writes bundle and bundle_report (both empty before), and fills `spread`. Memory: some 16 bytes per known content and
// per bundled report, and the selectors of one bundle at a time. Time: O(n log n) in those pairs.
Result<BundleCounts> MakeBundles(Database& database, const IdMaker& ids, const TriageRules& rules, KnownSpread& spread);

}  // namespace crossguard
