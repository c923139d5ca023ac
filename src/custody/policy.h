// The policy kernel: may this officer do this with a datum that bears these labels? A pure function over the one rule
// table (model/policy_rules.h): no clock, no register, no state. The same table as SQL: register/visibility.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "custody/acts.h"
#include "model/authority.h"
#include "model/labels.h"
#include "model/policy_rules.h"

namespace crossguard {

// Why an officer counts as member of a compartment.
enum class MembershipKind : uint8_t {
  kGranted,  // by name, with dates
  kOpen,     // nobody was ever granted it: every officer of the house who holds a role is a member
  kGlass     // two officers broke the glass, for a time
};
struct Membership {
  std::string compartment;
  MembershipKind kind = MembershipKind::kGranted;
  Instant from;                  // inclusive
  std::optional<Instant> until;  // exclusive
};

struct PolicySubject {
  std::string authority;  // for which the officer works
  std::string officer;
  uint32_t roles = 0;  // RoleBit(...) | ...: of today
  std::vector<Membership> memberships;
};

struct PolicyContext {
  Instant now;
  std::string purpose;                   // one of IsPurpose(); anything else is none
  std::string recipient;                 // authority id, for a release
  GatewayDecision gateway;               // for a release
  std::vector<std::string> permissions;  // authorities that permitted exactly this
  std::vector<std::string> officers;     // who agreed to exactly this
  bool may_be_minor = false;             // what is said of the data subject's age
};

struct Decision {
  bool permit = false;
  std::vector<Obligation> obligations;  // in the order of the vocabulary; empty when denied
  std::string_view rule;                // the one that decided: lives for ever
  bool Has(Obligation one) const;
};

Decision Decide(const PolicySubject& subject, DataAct act, const Labels& labels, const PolicyContext& context);

// The act of the closed table (custody/acts.h) whose roles a data act asks for.
Act RolesFor(DataAct act);
// The roles of an officer as bits; a role that this version does not know is none.
uint32_t RolesOf(const Officer& officer);
bool HoldsRoleFor(uint32_t roles, DataAct act);

}  // namespace crossguard
