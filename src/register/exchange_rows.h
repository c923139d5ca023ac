// Envelopes that leave and arrive, as rows. The SQL of exchange/.
#pragma once

#include <string>

#include "model/message.h"
#include "register/sql.h"

namespace crossguard::exchange_rows {

// False if a message with this id stands there already: posting twice is posting once.
Result<bool> InsertOutgoing(Transaction& transaction, std::string_view id, const OutgoingMessage& message, Instant at);

}  // namespace crossguard::exchange_rows
