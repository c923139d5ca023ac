// Posting: a message enters the outbox in the transaction of the act that says it, and leaves later. Sending is not
// here: exchange/ seals what waits and a transport carries it.
#pragma once

#include <string>

#include "crypto/public_id.h"
#include "custody/gate.h"
#include "model/message.h"
#include "register/sql.h"

namespace crossguard::exchange {

constexpr size_t kBodyMaxBytes = size_t{15} * 1024 * 1024;  // canonical; leaves room for labels (envelope.h)

// The message's id, made from recipient, kind and idempotency key: the same posted twice is one message. kInvalid: a
// body that is no object, a recipient or key that is empty. kExhausted: a body above kBodyMaxBytes.
Result<std::string> Post(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                         const OutgoingMessage& message);

}  // namespace crossguard::exchange
