// What waits in the outbox is sealed into parcels and carried, and the receiver's signed receipt is written down. Every
// step may be cut off and is done again: a parcel appears by one rename, the row follows, and what the receiver does
// has effect once however often the parcel comes.
#pragma once

#include <functional>
#include <string>

#include "exchange/room.h"
#include "register/exchange_rows.h"

namespace crossguard::exchange {

constexpr int64_t kFirstWaitMicros = 60 * kMicrosPerSecond;  // after a first failure; doubles each time
constexpr int64_t kLongestWaitMicros = 6 * 3'600 * kMicrosPerSecond;
constexpr int64_t kHandedOverWaitMicros = kMicrosPerDay;  // for a receipt by folder, before it is handed over again

struct SendSummary {
  int64_t tried = 0;
  int64_t taken = 0;
  int64_t refused = 0;
  int64_t held = 0;         // by the receiver
  int64_t handed_over = 0;  // lies in a folder; the receipt comes another way
  int64_t kept = 0;         // no way to go: see the problem of each
};

// What carries a message to its recipient; nullptr: nothing does now, and it stays with the reason.
using CarrierOf = std::function<Transport*(const Peer& peer, const exchange_rows::OutgoingRow& row)>;

// A message on its way: what is carried without the house. Between Prepare and Settle nothing of the register is held,
// so the house may be closed, opened and changed by others meanwhile, or the process killed: then the next round seals
// nothing anew, and the receiver gives the receipt that it gave before.
struct Departing {
  exchange_rows::OutgoingRow row;
  Peer peer;
  Transport* carrier = nullptr;
  std::string folder;  // of the parcel
  ParcelOuter outer;
};
using Carried = Result<std::optional<Bytes>>;

// What is due, oldest first, at most `limit`. Sweeps first.
Result<std::vector<std::string>> DueToSend(const Room& room, int64_t limit);
// Seals one message. nullopt: it is not to be sent any more, or cannot be now, which is written down as its problem. An
// error is the register's.
Result<std::optional<Departing>> Prepare(const Room& room, const CarrierOf& carrier_of, const std::string& id,
                                         SendSummary& summary);
// On the network, in a folder: no register, no lock.
Carried Carry(const Departing& departing);
// Writes down what came of it, unless another has done so meanwhile. An error is the register's.
Status Settle(const Room& room, const Departing& departing, const Carried& carried, SendSummary& summary);

// One round over everything due with the house held all the time, oldest first, at most `limit`. An error of one
// message is that message's problem; an error of the register ends the round. The caller publishes the ledger.
Result<SendSummary> SendDue(const Room& room, const CarrierOf& carrier_of, int64_t limit);

// Seals one message into <folder>/out/<id> unless a parcel that can be read lies there and the row says sealed.
// kDenied: the recipient is not a pinned peer. kCorrupt, kNotFound: an attachment is not what it was.
Result<ParcelOuter> SealOutgoing(const Room& room, const Peer& peer, const exchange_rows::OutgoingRow& row);

// Takes a receipt that came by itself. False: it is of no message that still waits for one. kDenied, kCorrupt,
// kInvalid: not a genuine receipt for it.
Result<bool> TakeReceipt(const Room& room, const std::string& id, ByteView receipt);

// Removes parcels that are decided or that a broken run left half made.
Status SweepParcels(const Room& room);

}  // namespace crossguard::exchange
