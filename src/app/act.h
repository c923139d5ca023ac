// An act at a desk: the gate is passed as the named officer, the work is done in the transaction, and the ledger is
// published once it is committed. What every *_desk.cc does around its work.
#pragma once

#include <string>

#include "app/desk.h"
#include "app/house.h"
#include "base/json.h"

namespace crossguard {

// details: counts, digests and ids; no person's data (custody/gate.h).
Result<Permit> Pass(House& house, Transaction& transaction, const Actor& actor, Act act, const std::string& object_id,
                    const nlohmann::json& details = nlohmann::json::object());
Status Finish(House& house, Transaction& transaction);

}  // namespace crossguard
