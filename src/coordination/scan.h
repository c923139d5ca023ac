// Detection: two authorities or two channels with the same key. Once found it stays until it is settled, and the order
// in which things became known makes no difference to what is found.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "crypto/public_id.h"
#include "crypto/secret.h"
#include "custody/gate.h"
#include "model/authority.h"
#include "model/ids.h"

namespace crossguard::coordination {

struct OperationSecret {
  std::string operation;  // its name, as the nodes of the operation call it
  SecretKey secret;
};

struct ScanSummary {
  int64_t interest_count = 0;  // (unit, party, channel)
  int64_t new_count = 0;       // deconflictions that were not there before
  int64_t joined_count = 0;    // new parties of old ones
  int64_t open_count = 0;      // not settled, after the scan
  int64_t queued_count = 0;    // accounts and units in the queue "deconfliction"
  int64_t claims_unread = 0;   // claims under a secret that this house does not have: compared with one another only
};

// Remakes what is derived (keys, interests of packages, hits and holdings, units), then walks the interests once in the
// order of their unit: n log n for n interests, whoever holds them. Writes deconfliction, its parties and accounts, and
// the queue "deconfliction"; never removes a deconfliction. The same twice changes nothing.
// permit: Act::kCrossCheck, or that of what brought something: kTakeMessages, kImportContribution, kOpenCase.
Result<ScanSummary> Scan(Transaction& transaction, const Permit& permit, const IdMaker& ids, const std::string& self,
                         std::span<const OperationSecret> secrets);

// One notice that is due: `to` is told of one other party of a deconfliction that is not settled.
struct Notice {
  int64_t deconfliction_key = 0;
  std::string deconfliction;  // public id
  std::string kind;
  std::string to;  // authority id
  struct Other {
    std::string authority;  // who speaks for the other party
    std::string contact;
    Instant since;
    std::string party, channel;  // which party it is; not told
  } other;
};
// Each pair of parties once in each direction; never to this house itself, never to whom the book does not know, never
// about a party whose handling codes forbid it.
Result<std::vector<Notice>> NoticesDue(Database& db, const AuthorityBook& book);
// After the message was posted. The deconfliction becomes contacts_told when nobody is left to be told.
Status MarkTold(Transaction& transaction, const Notice& notice, const std::string& message, Instant at);
Status MarkContactsTold(Transaction& transaction, const AuthorityBook& book);

}  // namespace crossguard::coordination
