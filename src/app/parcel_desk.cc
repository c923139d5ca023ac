#include "app/parcel_desk.h"

#include <chrono>
#include <thread>

#include "app/carriage_desk.h"
#include "app/desk.h"
#include "app/mail_room.h"
#include "app/node.h"
#include "register/exchange_rows.h"

namespace crossguard {
namespace {

constexpr int kOpenTriesMax = 40;
constexpr auto kBetweenTries = std::chrono::milliseconds(50);

Result<exchange::Applied> Handle(House& house, Transaction& transaction, const Permit& permit,
                                 const ReceivedMessage& message) {
  const Handler handler = HandlerOf(message.kind);
  if (handler == nullptr)
    return Fail(Code::kUnsupported,
                "This node does not take messages of kind '" + std::string(Text(message.kind)) + "'.");
  Handled handled = TRY(handler(house, transaction, permit, message));
  return exchange::Applied{.facts = std::move(handled.facts), .answers = handled.answers};
}

}  // namespace

Result<std::unique_ptr<House>> OpenWhenFree(Env& env, HouseOptions options) {
  options.writable = true;
  for (int i = 0;; ++i) {
    auto house = House::Open(env, options);
    if (house || house.error().code != Code::kConflict) return house;
    if (i + 1 >= kOpenTriesMax)
      return Fail(Code::kUnavailable, "Another command is writing to this node's data; try again later.");
    std::this_thread::sleep_for(kBetweenTries);
  }
}

exchange::Room RoomOf(House& house, const NodeKeys& keys, std::string officer, std::string reason) {
  std::string data = house.Path("");
  data.pop_back();  // the final slash
  return exchange::Room{.env = house.env(),
                        .db = house.db(),
                        .gate = house.gate(),
                        .book = house.book(),
                        .message_key = keys.message_key,
                        .identity = keys.envelope_identity,
                        .data_folder = std::move(data),
                        .folder = house.Path("exchange"),
                        .officer = std::move(officer),
                        .reason = std::move(reason)};
}

Result<Bytes> TakeParcel(House& house, const NodeKeys& keys, const std::string& peer, const std::string& folder,
                         const ByWayOfOthers* others) {
  const exchange::Room room = RoomOf(house, keys, DefaultOfficer(house.book(), Act::kTakeMessages), "arrived");
  auto receipt = exchange::TakeParcel(
      room, peer, folder,
      [&](Transaction& transaction, const Permit& permit, const ReceivedMessage& message) -> Result<exchange::Applied> {
        if (others == nullptr) return Handle(house, transaction, permit, message);
        TRY(others->check(message));
        auto applied = TRY(Handle(house, transaction, permit, message));
        TRY(others->taken(transaction));
        return applied;
      });
  TRY(house.ledger().Publish(house.db()));
  // The receipt stands whatever comes of this: what could not be opened now is, when messages are sent or taken next.
  if (others == nullptr) (void)SettleCarried(house, keys);
  return receipt;
}

Result<std::optional<std::string>> HouseParcelDesk::PeerOf(const Sha256& tls_key_sha256) {
  const auto db = TRY(OpenSqlite(options_.data_folder + "/register.db", OpenMode::kReadOnly));
  const auto row = TRY(exchange_rows::FindPeerByTlsKey(*db, tls_key_sha256));
  if (!row || row->revoked_at) return std::optional<std::string>();
  return std::optional(row->authority);
}

Result<std::optional<Bytes>> HouseParcelDesk::ReceiptOf(const std::string& peer, const std::string& id) {
  const auto db = TRY(OpenSqlite(options_.data_folder + "/register.db", OpenMode::kReadOnly));
  return exchange::StoredReceipt(*db, peer, id);
}

Result<Bytes> HouseParcelDesk::Take(const std::string& peer, const std::string& folder) {
  const auto house = TRY(OpenWhenFree(env_, options_));
  const NodeKeys keys = TRY(KeysOf(*house));
  return TakeParcel(*house, keys, peer, folder);
}

}  // namespace crossguard
