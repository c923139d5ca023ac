// How a deconfliction ends, or is set aside for a child at risk; and what this house answers when it has had the same
// by another way.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "custody/gate.h"
#include "model/ids.h"
#include "register/visibility.h"

namespace crossguard::coordination {

// one_leads: one acts, the others stand by. joint: together, one leads. in_parallel: each goes on with its own part,
// one keeps the overview. stands_down: the others drop it. not_the_same: it only looked alike; nobody leads.
inline const std::vector<std::string_view> kOutcomes = {"one_leads", "joint", "in_parallel", "stands_down",
                                                        "not_the_same"};

struct Settlement {
  std::string deconfliction;           // public id
  std::string leads;                   // authority id of a party; "" exactly where the outcome is not_the_same
  std::string outcome;                 // of kOutcomes
  std::vector<std::string> agreed_by;  // authority ids: parties, or who speaks for one; not empty
};
struct Settled {
  std::vector<std::string> recipients;  // who must hear of it: whoever speaks for a party, but this house
};
// Lifts the pause. permit: Act::kSettleDeconfliction, or kTakeMessages when all parties said the same. kNotFound,
// kConflict if it is settled already, kInvalid if somebody is named who is no party.
Result<Settled> Settle(Transaction& transaction, const Permit& permit, const std::string& self,
                       const Settlement& settlement);
// What one party says was agreed. True when with it all parties but this house have said the same of the same parties:
// then the caller settles. kDenied if `from` speaks for no party. permit: kTakeMessages.
Result<bool> Agree(Transaction& transaction, const Permit& permit, const std::string& self, const std::string& from,
                   const Settlement& settlement);

// Its accounts may go to one authority though the deconfliction is not settled, because one of them is in the urgent
// lane. Named by a package that carries or held back such an account (then for packages of that kind), or by the
// authority for whose referral they wait. Holds for the parties known now. permit: Act::kOverrideDeconfliction, whose
// reason says why. kConflict if nothing is to be overridden or nothing in it is urgent.
struct OverrideFor {
  std::string package;    // public id; or
  std::string authority;  // authority id
};
Status Override(Transaction& transaction, const Permit& permit, const std::string& deconfliction,
                const OverrideFor& what);

// What may be shown to a viewer in this house: parties, states, accounts by id, how it was settled. known_through: by
// which ways this house itself has it already.
Result<nlohmann::json> ListDeconflictions(Database& db, const Sight& see, const std::string& self);
Result<nlohmann::json> ShowDeconfliction(Database& db, const Sight& see, const std::string& self,
                                         const std::string& id);

// What was received with `source` (a package id), held against all that this house had before it by whatever way.
struct AnswerProposal {
  std::string decision;  // already_known if every account of it was known; "" if an officer must decide
  int64_t account_count = 0, known_count = 0;
  struct Way {
    std::string channel;  // authority; "" a case of its own
    int64_t account_count = 0;
    Instant since;
  };
  std::vector<Way> ways;  // earliest first
};
// kNotFound if nothing was recorded of that source.
Result<AnswerProposal> ProposeAnswer(Database& db, const Sight& see, const std::string& self,
                                     const std::string& source);

}  // namespace crossguard::coordination
