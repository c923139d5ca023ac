// Hit or no hit with partners' holdings: Regulation (EU) 2016/794, article 20(2). The answer holds the type of the
// selector that met, the owner and the owner's contact, and nothing else: what the owner holds is asked for through the
// contact.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "custody/gate.h"
#include "model/ids.h"

namespace crossguard {

class IdMaker;

namespace crosscheck {

struct PartnerSummary {
  int64_t accounts_asked = 0;  // eligible accounts only: excluded ones are never compared
  int64_t holdings_compared = 0;
  int64_t hit_count = 0;  // (account, holding) pairs
  int64_t accounts_with_hit = 0;
};

struct HitNoHit {
  bool hit = false;
  std::string type;   // selector type, or md5 | sha1 | sha256 | pdq; "" without a hit
  std::string owner;  // authority id
  std::string contact;
};

// Remakes partner_hit as a whole. permit: Act::kCrossCheck; run after ResolveSubjects (index_exclusion is obeyed).
// Selectors meet by type and normalised value; the digests of an account's files (also of members of its archives) meet
// digest holdings by equality; PDQ by equality too at quality >= 50, because a near picture is a lead to look at and
// not a hit to send to a partner.
Result<PartnerSummary> CrossCheckPartners(Transaction& transaction, const Permit& permit, const IdMaker& ids);

// The answer for one account: one entry per (type, owner, contact), sorted; a single {hit = false} if there is none.
// permit: Act::kCrossCheck or kShowRecord.
Result<std::vector<HitNoHit>> AnswerFor(Transaction& transaction, const Permit& permit, Key<Account> account);

}  // namespace crosscheck
}  // namespace crossguard
