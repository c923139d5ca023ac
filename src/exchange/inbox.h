// A parcel arrives: proven, decided once, and answered with a signed receipt. What a message does is not here: `Apply`
// is handed in, and its rows, the mark that the message was taken and the ledger leaf stand in one transaction.
//
// Nothing unsigned decides: until the signature of a pinned peer holds, the answer is `held` at worst (it may have been
// damaged on the way), save that a revoked peer is refused. Order: the peer is pinned and not revoked; the outside;
// the seal; the signature; the recipient; has it been decided before; the clock; the labels; the attachment; Apply.
#pragma once

#include <functional>
#include <string>

#include "exchange/room.h"
#include "model/message.h"

namespace crossguard::exchange {

constexpr int64_t kClockAheadMaxMicros = kMicrosPerDay;  // a message from further ahead is held

struct Applied {
  nlohmann::json facts = nlohmann::json::object();
  bool answers = true;  // false: what it replies to still waits for its answer
};
// An error refuses the message; kUnavailable and kExhausted hold it. Nothing of it stays applied then.
using Apply =
    std::function<Result<Applied>(Transaction& transaction, const Permit& permit, const ReceivedMessage& message)>;

// The signed receipt. `peer`: whose parcel it is, by the transport's proof or (folders) the parcel's own word. Errors,
// where there is nobody to sign for or nothing could be written down: kDenied an unknown peer, or outer.json names
// another; kInvalid, kUnsupported, kExhausted no readable outer.json; kExhausted the disk is full; kUnavailable.
// The caller publishes the ledger. `folder` is only read, and may be removed afterwards.
Result<Bytes> TakeParcel(const Room& room, const std::string& peer, const std::string& folder, const Apply& apply);

// The stored receipt of a parcel that was taken or refused; nullopt: not yet decided.
Result<std::optional<Bytes>> StoredReceipt(Database& db, const std::string& peer, const std::string& id);

// The labels of a message as this house must obey them: known authorities only, and released to it. kInvalid, kDenied.
Status CheckLabels(const AuthorityBook& book, const std::string& from, const Labels& labels);

}  // namespace crossguard::exchange
