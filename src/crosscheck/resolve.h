// Accounts become subject candidates: those that share a strong selector are taken for one person until somebody finds
// otherwise. docs/decisions/strong_and_weak_links.md gives each rule with its reason.
//
// Only an account that some report names as `reported`, that no report names as a victim, and that may not be a minor
// enters. All others go to index_exclusion with the reason (victim | may_be_minor | recipient_only, in this order of
// precedence). Remade as a whole: subject, subject_account, link, link_account, index_exclusion.
#pragma once

#include <cstdint>

#include "crosscheck/rules.h"
#include "custody/gate.h"

namespace crossguard {

class IdMaker;

namespace crosscheck {

struct ResolveSummary {
  int64_t account_count = 0;  // = eligible + the three excluded
  int64_t eligible_count = 0;
  int64_t excluded_victim = 0;
  int64_t excluded_may_be_minor = 0;
  int64_t excluded_recipient_only = 0;
  int64_t subject_count = 0;        // every eligible account has exactly one
  int64_t subjects_of_several = 0;  // of two accounts or more
  int64_t accounts_in_several = 0;  // accounts in those
  int64_t strong_links = 0;         // selectors shared by two or more eligible accounts
  int64_t weak_links = 0;
  int64_t largest_sharer_count = 0;
};

// permit: Act::kCrossCheck. O(n log n) in sightings; memory about 100 bytes per sighting of an eligible account. Same
// rows in, same rows out, whatever their order; the ids of subjects are stable as long as their accounts are.
Result<ResolveSummary> ResolveSubjects(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                                       const CrossCheckRules& rules);

}  // namespace crosscheck
}  // namespace crossguard
