// The keys of blinded questions: one for each authority and week, made when its tags are first published, kept one week
// longer for questions on their way, and then destroyed, so that no tag outlives its week as a standing watch.
// Files: DATA/keys/hits/<authority>.<epoch>.key. docs/decisions/blinded_hit_no_hit.md.
#pragma once

#include <string>

#include "app/house.h"
#include "crypto/voprf.h"

namespace crossguard {

constexpr int64_t kHitEpochMicros = 7 * kMicrosPerDay;

// Weeks since 1970 (they begin on Thursdays).
int64_t HitEpochAt(Instant at);
// kNotFound: none was made, or it has been destroyed. kCorrupt: the file is damaged.
Result<VoprfKey> LoadHitKey(House& house, const std::string& authority, int64_t epoch);
Result<VoprfKey> MakeOrLoadHitKey(House& house, const std::string& authority, int64_t epoch);
// Of every authority, the keys of epochs that ended more than a week ago.
Status DestroyOldHitKeys(House& house);

}  // namespace crossguard
