// The one table of who may do what with labelled data, as data: the kernel (custody/policy) interprets it, the register
// (register/visibility) compiles it to SQL, and the tests hold both against a third that was written from the law.
// Sources: Europol Regulation (EU) 2016/794 art. 18, 19 (purposes, the owner decides), 20 (hit / no hit), 30 (victims,
// witnesses, minors); SIENA handling codes (Council document 6243/18).
//
// How it decides: a deny rule that holds wins, the first names the reason; else the first permit rule that holds; else
// no ("default-deny"). What is permitted carries the obligations of its permit rule and of every oblige rule that
// holds.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "model/words.h"

namespace crossguard {

// What is done with a datum. (What is done in the house, and by which role: custody/acts.h.)
enum class DataAct : uint8_t {
  kSeeExistence,  // that it is there: hit or no hit
  kRead,
  kSearch,  // find it, as the subject of a search
  kCount,
  kRelease,  // disseminate to another authority
  kUseInProceedings,
  kWiden,    // loosen its labels
  kRelabel,  // any other change of its labels
  kReadLedger,
  kBreakGlass
};
CROSSGUARD_WORDS(DataAct, "see_existence", "read", "search", "count", "release", "use_in_proceedings", "widen",
                 "relabel", "read_ledger", "break_glass");
constexpr uint32_t ActBit(DataAct act) {
  return 1U << static_cast<uint32_t>(act);
}

// What a permit binds its user to.
enum class Obligation : uint8_t {
  kNotInProceedings,  // H1: not in judicial proceedings without the owner's permission
  kNotDisseminated,   // H2: not to anybody else without the owner's permission
  kShowText,          // H3: its text must be shown
  kHitOnly,           // that there is a hit, whose, and whom to ask; no content
  kLogged,            // with its reason
  kNotifyOwner
};
CROSSGUARD_WORDS(Obligation, "not_in_proceedings", "not_disseminated", "show_text", "hit_only", "logged",
                 "notify_owner");
constexpr uint32_t ObligationBit(Obligation one) {
  return 1U << static_cast<uint32_t>(one);
}

// What a rule may ask. Each is true or false of (subject, act, labels, context), never unknown.
enum class Fact : uint8_t {
  kHasRole,  // the officer holds a role for the act
  kOwner,    // the officer's authority owns the datum
  kNamed,    // release_to names the officer's authority
  kPurpose,  // the purpose asked for is one of the datum's
  kMember,   // of each of its compartments: by a dated grant, an open compartment or broken glass
  kByGlass,  // member, but of some compartment by broken glass alone
  kConsent,  // every originator is the officer's authority or has permitted it
  kH1,
  kH2,
  kH3,
  kProtected,        // victim, witness or informant
  kUnresolvedMinor,  // not categorised, and may be a minor
  kOperational,      // the purpose asked for is operational analysis
  kReleaseListed,    // a release-to set is present, be it empty
  kRecipientOwner,
  kRecipientNamed,  // release_to names the recipient
  kGateway,         // a gateway allows the flow to the recipient
  kTwoOfficers      // two different officers agreed
};
constexpr int kFactCount = 18;

enum class Effect : uint8_t { kDeny, kPermit, kOblige };

struct Term {
  Fact fact;
  bool is;  // false: the fact must not hold
};

struct PolicyRule {
  std::string_view id;  // "need-to-know": in the ledger and in answers
  Effect effect;
  uint32_t acts;              // ActBit(...) | ...
  std::span<const Term> all;  // every term must hold; none: always
  uint32_t obligations = 0;   // of permit and oblige rules
  std::string_view because;   // for people
};

std::span<const PolicyRule> PolicyRules();
constexpr std::string_view kDefaultDeny = "default-deny";

}  // namespace crossguard
