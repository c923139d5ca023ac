// Who holds what: what this house records of itself and its partners, and what other nodes claim by keyed key.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "coordination/key.h"
#include "custody/gate.h"

namespace crossguard::coordination {

constexpr size_t kContactMaxBytes = 200;
constexpr size_t kClaimsMax = 250'000;  // in one document
constexpr uint64_t kClaimsDocumentMaxBytes = uint64_t{64} * 1024 * 1024;

// What came to a party from one source: a received package, a case of its own. The exchange hands in what a package
// holds; whoever works on a case of its own says so by hand.
struct Held {
  std::string party;    // authority id: who holds it
  std::string channel;  // authority through which it came; "" directly
  std::string source;   // public id of the package, message or case
  std::string basis;    // received | own_case
  std::string contact;  // of the channel, or of the party; "" as the authorities say
  Instant since;
  struct AccountName {
    std::string service, esp_identifier;
  };
  struct SelectorValue {
    SelectorType type;
    std::string value;  // normalised
  };
  std::vector<AccountName> accounts;
  std::vector<SelectorValue> selectors;
  std::vector<Sha256> files;  // leave out what a list knows: it is everywhere
};
struct HeldSummary {
  int64_t keys = 0;     // new interests
  int64_t without = 0;  // what has no key: it identifies nobody
};
// The same again changes nothing. kInvalid for an unknown basis or an empty party or source.
Result<HeldSummary> RecordHeld(Transaction& transaction, const Permit& permit, const Held& held);

constexpr std::string_view kClaimsFormat = "crossguard-deconfliction-claims/1";
// Claims: {"format": "crossguard-deconfliction-claims/1", "operation", "from", "contact", "claims": [{"kind", "key",
// "party", "channel", "since"}]}. A claim is of the sender itself, or of what went through the sender.
nlohmann::json ClaimsDocument(const std::string& operation, const std::string& from, const std::string& contact,
                              nlohmann::json claims);
// The claims of this house under the operation's secret: what it works on, and what left it in packages to others.
Result<nlohmann::json> OwnClaims(Transaction& transaction, const Permit& permit, const std::string& self,
                                 const SecretKey& operation_secret);
struct ClaimsTaken {
  std::string operation, from;
  int64_t taken = 0, known = 0;
};
// Strict and bounded; kInvalid names the claim by its number, kDenied for a claim that speaks of somebody else, or a
// document of another sender than `from` ("": whoever it says).
Result<ClaimsTaken> TakeClaims(Transaction& transaction, const Permit& permit, ByteView document,
                               const std::string& from, const std::string& source);
// The reading half of TakeClaims, for the fuzzer too.
struct ClaimsRead {
  std::string operation, from, contact;
  struct Claim {
    std::string kind, party, channel;
    Sha256 key;
    Instant since;
  };
  std::vector<Claim> claims;
};
Result<ClaimsRead> ReadClaims(ByteView document);

}  // namespace crossguard::coordination
