#include "custody/policy.h"

#include <algorithm>

#include "base/error.h"

namespace crossguard {
namespace {

constexpr std::string_view kOperationalAnalysis = "operational_analysis";

bool Holds(const std::vector<std::string>& all, std::string_view one) {
  return std::ranges::find(all, one) != all.end();
}

bool Active(const Membership& membership, Instant now) {
  return membership.from <= now && (!membership.until || now < *membership.until);
}

// Member of every compartment, counting memberships of the kinds that `counts` accepts.
template <class Counts>
bool MemberOfAll(const PolicySubject& subject, const Labels& labels, Instant now, Counts counts) {
  return std::ranges::all_of(Compartments(labels), [&](const std::string& compartment) {
    return std::ranges::any_of(subject.memberships, [&](const Membership& one) {
      return one.compartment == compartment && counts(one.kind) && Active(one, now);
    });
  });
}

bool AllConsent(const PolicySubject& subject, const Labels& labels, const PolicyContext& context) {
  const std::vector<std::string> consenters = Consenters(labels);
  return !consenters.empty() && std::ranges::all_of(consenters, [&](const std::string& one) {
    return one == subject.authority || Holds(context.permissions, one);
  });
}

bool IsProtected(DataSubjectCategory category) {
  return category == DataSubjectCategory::kVictim || category == DataSubjectCategory::kWitness ||
         category == DataSubjectCategory::kInformant;
}

bool TwoOfficers(const std::vector<std::string>& officers) {
  return std::ranges::any_of(officers, [&](const std::string& one) { return one != officers.front(); });
}

class Facts {
 public:
  Facts(const PolicySubject& subject, DataAct act, const Labels& labels, const PolicyContext& context)
      : subject_(subject), act_(act), labels_(labels), context_(context) {}

  bool Is(Fact fact) const {
    switch (fact) {
      case Fact::kHasRole:
        return HoldsRoleFor(subject_.roles, act_);
      case Fact::kOwner:
        return !labels_.owner.empty() && labels_.owner == subject_.authority;
      case Fact::kNamed:
        return labels_.release_to && Holds(*labels_.release_to, subject_.authority);
      case Fact::kPurpose:
        return IsPurpose(context_.purpose) && Holds(labels_.purposes, context_.purpose);
      case Fact::kMember:
        return MemberOfAll(subject_, labels_, context_.now, [](MembershipKind) { return true; });
      case Fact::kByGlass:
        return Is(Fact::kMember) && !MemberOfAll(subject_, labels_, context_.now,
                                                 [](MembershipKind kind) { return kind != MembershipKind::kGlass; });
      case Fact::kConsent:
        return AllConsent(subject_, labels_, context_);
      case Fact::kH1:
        return Bears(HandlingCode::kH1);
      case Fact::kH2:
        return Bears(HandlingCode::kH2);
      case Fact::kH3:
        return Bears(HandlingCode::kH3);
      case Fact::kProtected:
        return IsProtected(labels_.category);
      case Fact::kUnresolvedMinor:
        return labels_.category == DataSubjectCategory::kUnresolved && context_.may_be_minor;
      case Fact::kOperational:
        return context_.purpose == kOperationalAnalysis;
      case Fact::kReleaseListed:
        return labels_.release_to.has_value();
      case Fact::kRecipientOwner:
        return !labels_.owner.empty() && labels_.owner == context_.recipient;
      case Fact::kRecipientNamed:
        return labels_.release_to && Holds(*labels_.release_to, context_.recipient);
      case Fact::kGateway:
        return context_.gateway.allowed;
      case Fact::kTwoOfficers:
        return TwoOfficers(context_.officers);
    }
    CHECK(false);
    return false;
  }

  bool AllOf(std::span<const Term> terms) const {
    return std::ranges::all_of(terms, [&](const Term& term) { return Is(term.fact) == term.is; });
  }

 private:
  bool Bears(HandlingCode code) const { return std::ranges::find(labels_.handling, code) != labels_.handling.end(); }

  const PolicySubject& subject_;
  DataAct act_;
  const Labels& labels_;
  const PolicyContext& context_;
};

}  // namespace

bool Decision::Has(Obligation one) const {
  return std::ranges::find(obligations, one) != obligations.end();
}

Act RolesFor(DataAct act) {
  switch (act) {
    case DataAct::kSeeExistence:
    case DataAct::kRead:
    case DataAct::kSearch:
    case DataAct::kCount:
      return Act::kShowRecord;
    case DataAct::kRelease:
    case DataAct::kUseInProceedings:
      return Act::kReleasePackage;
    case DataAct::kWiden:
    case DataAct::kRelabel:
      return Act::kChangeLabel;
    case DataAct::kReadLedger:
      return Act::kVerifyLedger;
    case DataAct::kBreakGlass:
      return Act::kBreakGlass;
  }
  CHECK(false);
  return Act::kBreakGlass;
}

uint32_t RolesOf(const Officer& officer) {
  uint32_t out = 0;
  for (const std::string& name : officer.roles) {
    if (const auto role = RoleFromText(name)) out |= RoleBit(*role);
  }
  return out;
}

bool HoldsRoleFor(uint32_t roles, DataAct act) {
  return (roles & RuleOf(RolesFor(act)).roles) != 0;
}

Decision Decide(const PolicySubject& subject, DataAct act, const Labels& labels, const PolicyContext& context) {
  const Facts facts(subject, act, labels, context);
  const auto first = [&](Effect effect) -> const PolicyRule* {
    for (const PolicyRule& rule : PolicyRules()) {
      if (rule.effect == effect && (rule.acts & ActBit(act)) != 0 && facts.AllOf(rule.all)) return &rule;
    }
    return nullptr;
  };
  if (const PolicyRule* const denies = first(Effect::kDeny)) return {.rule = denies->id};
  const PolicyRule* const permits = first(Effect::kPermit);
  if (permits == nullptr) return {.rule = kDefaultDeny};
  uint32_t bits = permits->obligations;
  for (const PolicyRule& rule : PolicyRules()) {
    if (rule.effect == Effect::kOblige && (rule.acts & ActBit(act)) != 0 && facts.AllOf(rule.all))
      bits |= rule.obligations;
  }
  Decision out{.permit = true, .obligations = {}, .rule = permits->id};
  for (size_t i = 0; i < Words<Obligation>::kTexts.size(); ++i) {
    const auto one = static_cast<Obligation>(i);
    if ((bits & ObligationBit(one)) != 0) out.obligations.push_back(one);
  }
  return out;
}

}  // namespace crossguard
