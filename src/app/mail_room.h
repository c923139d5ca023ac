// What a message does when it arrives: one handler for each kind, in the mail_*.cc file of its subject. The exchange
// has proven by then who sent it, that it is for this house and that it is new; the handler's rows, the mark that the
// message was taken and the ledger leaf stand in one transaction.
#pragma once

#include "app/house.h"
#include "base/json.h"
#include "custody/gate.h"
#include "model/message.h"

namespace crossguard {

struct Handled {
  nlohmann::json facts =
      nlohmann::json::object();  // counts, ids, words: goes into the receipt and is seen by the sender
  bool answers = true;           // false: what the message replies to still waits for its answer
};

// An error refuses the message: kDenied, kInvalid, kConflict, kNotFound, kUnsupported with the one sentence that the
// sender will read (so: nothing of a person in it, nothing the sender may not know). kUnavailable and kExhausted hold
// it: it is tried again. Nothing of a refused or held message stays applied.
using Handler = Result<Handled> (*)(House& house, Transaction& transaction, const Permit& permit,
                                    const ReceivedMessage& message);

// What officers type is read before it is posted as its receiver will read it: a refusal there is final, and what was
// decided here beside it would stand. Kinds whose bodies are made by the house itself have no check.
Status CheckTyped(MessageKind kind, const nlohmann::json& body);

// nullptr: this house does not take that kind; the sender is told so.
Handler HandlerOf(MessageKind kind);

}  // namespace crossguard
