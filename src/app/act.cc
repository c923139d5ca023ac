#include "app/act.h"

#include "model/canonical.h"

namespace crossguard {

Result<Permit> Pass(House& house, Transaction& transaction, const Actor& actor, Act act, const std::string& object_id,
                    const nlohmann::json& details) {
  return house.gate().Pass(transaction, {.act = act,
                                         .officer = actor.officer,
                                         .object_id = object_id,
                                         .reason = actor.reason,
                                         .details_json = Canonical(details)});
}

Status Finish(House& house, Transaction& transaction) {
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return {};
}

}  // namespace crossguard
