// What arriving messages about erasure and about ledgers do. Formats: docs/formats/messages/retention.md.
#pragma once

#include "app/mail_room.h"

namespace crossguard {

// Another house tells that what came from it must go. The order is taken down; `retention run` executes it.
Result<Handled> HandleErasureNotice(House& house, Transaction& transaction, const Permit& permit,
                                    const ReceivedMessage& message);
// A recipient proves that it erased, or says why not yet.
Result<Handled> HandleErasureReceipt(House& house, Transaction& transaction, const Permit& permit,
                                     const ReceivedMessage& message);

}  // namespace crossguard
