// The receiving side of the exchange over this house: one parcel, one decision, one receipt.
#pragma once

#include <functional>
#include <string>

#include "app/house.h"
#include "app/node_keys.h"
#include "base/json.h"
#include "exchange/inbox.h"
#include "exchange/room.h"
#include "model/message.h"

namespace crossguard {

// The house, as soon as no other command writes to it: tried for about two seconds, then kUnavailable.
Result<std::unique_ptr<House>> OpenWhenFree(Env& env, HouseOptions options);

// The exchange's room over a house. All three must outlive it.
exchange::Room RoomOf(House& house, const NodeKeys& keys, std::string officer, std::string reason);

// As exchange::TakeParcel, with the handlers of mail_room.h; publishes the ledger. An officer who may take messages
// must be in the book: kDenied otherwise.
// What came by way of others is opened after it (app/carriage_desk.h); where this is that, the rest is left to the
// caller. check: refuses a message before its handler sees it. taken: writes beside what the handler wrote, in the same
// transaction; not called for a message that came before.
struct ByWayOfOthers {
  std::function<Status(const ReceivedMessage&)> check;
  std::function<Status(Transaction&)> taken;
};
Result<Bytes> TakeParcel(House& house, const NodeKeys& keys, const std::string& peer, const std::string& folder,
                         const ByWayOfOthers* others = nullptr);

// For a server: opens the house for each call, since other commands write to it too.
class HouseParcelDesk final : public exchange::ParcelDesk {
 public:
  // env must outlive the desk. options.writable is set by the desk.
  HouseParcelDesk(Env& env, HouseOptions options) : env_(env), options_(std::move(options)) {}

  Result<std::optional<std::string>> PeerOf(const Sha256& tls_key_sha256) override;
  Result<std::optional<Bytes>> ReceiptOf(const std::string& peer, const std::string& id) override;
  // kUnavailable while another command writes: it is tried again for about two seconds.
  Result<Bytes> Take(const std::string& peer, const std::string& folder) override;

 private:
  Env& env_;
  HouseOptions options_;
};

}  // namespace crossguard
