#include "model/policy_rules.h"

#include <array>

namespace crossguard {
namespace {

constexpr uint32_t kExistence = ActBit(DataAct::kSeeExistence);
constexpr uint32_t kRead = ActBit(DataAct::kRead);
constexpr uint32_t kSearch = ActBit(DataAct::kSearch);
constexpr uint32_t kCount = ActBit(DataAct::kCount);
constexpr uint32_t kRelease = ActBit(DataAct::kRelease);
constexpr uint32_t kProceedings = ActBit(DataAct::kUseInProceedings);
constexpr uint32_t kWiden = ActBit(DataAct::kWiden);
constexpr uint32_t kRelabel = ActBit(DataAct::kRelabel);
constexpr uint32_t kLedger = ActBit(DataAct::kReadLedger);
constexpr uint32_t kGlass = ActBit(DataAct::kBreakGlass);
constexpr uint32_t kContent = kRead | kSearch | kCount;
constexpr uint32_t kUse = kExistence | kContent | kRelease | kProceedings;  // what a purpose binds
constexpr uint32_t kAll = kUse | kWiden | kRelabel | kLedger | kGlass;

constexpr uint32_t kNoticed = ObligationBit(Obligation::kLogged) | ObligationBit(Obligation::kNotifyOwner);

constexpr Term kNoRole[] = {{Fact::kHasRole, false}};
constexpr Term kNoMember[] = {{Fact::kMember, false}};
constexpr Term kOtherPurpose[] = {{Fact::kPurpose, false}};
constexpr Term kIsProtected[] = {{Fact::kProtected, true}};
constexpr Term kIsUnresolvedMinor[] = {{Fact::kUnresolvedMinor, true}};
constexpr Term kStrangersAnalysis[] = {{Fact::kOwner, false}, {Fact::kNamed, false}, {Fact::kOperational, true}};
constexpr Term kRecipientLeftOut[] = {
    {Fact::kReleaseListed, true}, {Fact::kRecipientNamed, false}, {Fact::kRecipientOwner, false}};
constexpr Term kNoGateway[] = {{Fact::kGateway, false}};
constexpr Term kH2Alone[] = {{Fact::kH2, true}, {Fact::kConsent, false}, {Fact::kRecipientOwner, false}};
constexpr Term kH1Alone[] = {{Fact::kH1, true}, {Fact::kConsent, false}};
constexpr Term kNoConsent[] = {{Fact::kConsent, false}};
constexpr Term kOneOfficer[] = {{Fact::kTwoOfficers, false}};
constexpr Term kIsOwner[] = {{Fact::kOwner, true}};
constexpr Term kIsNamed[] = {{Fact::kNamed, true}};
constexpr Term kConsented[] = {{Fact::kConsent, true}};
constexpr Term kTwo[] = {{Fact::kTwoOfficers, true}};
constexpr Term kHasH1[] = {{Fact::kH1, true}};
constexpr Term kHasH2[] = {{Fact::kH2, true}};
constexpr Term kHasH3[] = {{Fact::kH3, true}};
constexpr Term kThroughGlass[] = {{Fact::kByGlass, true}};

constexpr auto kRules = std::to_array<PolicyRule>({
    // What is never allowed, in the order in which it is said.
    {"no-role", Effect::kDeny, kAll, kNoRole, 0, "the officer holds no role for it"},
    {"need-to-know", Effect::kDeny, kAll & ~kGlass, kNoMember, 0, "the officer is no member of its compartment today"},
    {"purpose", Effect::kDeny, kUse, kOtherPurpose, 0, "its owner gave it for another purpose (art. 19)"},
    {"protected-person", Effect::kDeny, kSearch, kIsProtected, 0,
     "a victim, witness or informant is never the subject of a search (art. 30)"},
    {"unresolved-minor", Effect::kDeny, kSearch, kIsUnresolvedMinor, 0,
     "who may be a minor and is not categorised is never the subject of a search (art. 30)"},
    {"hit-or-no-hit", Effect::kDeny, kContent, kStrangersAnalysis, 0,
     "for operational analysis another's data answers hit or no hit alone (art. 20(2))"},
    {"release-to", Effect::kDeny, kRelease, kRecipientLeftOut, 0, "its release-to set does not name the recipient"},
    {"no-gateway", Effect::kDeny, kRelease, kNoGateway, 0, "no gateway allows the flow"},
    {"h2-permission", Effect::kDeny, kRelease, kH2Alone, 0, "H2: its owner has not permitted dissemination"},
    {"h1-permission", Effect::kDeny, kProceedings, kH1Alone, 0,
     "H1: its owner has not permitted use in judicial proceedings"},
    {"orcon", Effect::kDeny, kWiden, kNoConsent, 0, "only its originators widen a label"},
    {"two-people", Effect::kDeny, kGlass, kOneOfficer, 0, "the glass is broken by two officers"},
    // What is allowed.
    {"owner", Effect::kPermit, kUse | kRelabel | kLedger, kIsOwner, 0, "the house owns it"},
    {"released-to", Effect::kPermit, kUse | kLedger, kIsNamed, 0, "its owner released it to this authority"},
    {"hit",
     Effect::kPermit,
     kExistence,
     {},
     ObligationBit(Obligation::kHitOnly),
     "that there is a hit may be known, and whom to ask"},
    {"narrowing", Effect::kPermit, kRelabel, {}, 0, "whoever is authorised may narrow a label"},
    {"originator", Effect::kPermit, kWiden, kConsented, 0, "its originators agree"},
    {"broken-glass", Effect::kPermit, kGlass, kTwo, kNoticed, "two officers agreed"},
    // What goes with it.
    {"h1", Effect::kOblige, kUse, kHasH1, ObligationBit(Obligation::kNotInProceedings), "H1"},
    {"h2", Effect::kOblige, kUse, kHasH2, ObligationBit(Obligation::kNotDisseminated), "H2"},
    {"h3", Effect::kOblige, kUse, kHasH3, ObligationBit(Obligation::kShowText), "H3"},
    {"through-glass", Effect::kOblige, kAll, kThroughGlass, kNoticed, "seen through broken glass"},
});

}  // namespace

std::span<const PolicyRule> PolicyRules() {
  return kRules;
}

}  // namespace crossguard
