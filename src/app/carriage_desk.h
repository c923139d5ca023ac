// Messages by way of others: a house that reaches another through an organisation hands it the sealed parcel, the
// organisation hands it on once, and the receipt of the one at the end comes back the same way. Format:
// docs/formats/messages/carriage.md; why so: docs/decisions/carried_by_others.md.
#pragma once

#include <optional>
#include <string>

#include "app/house.h"
#include "app/node_keys.h"
#include "base/json.h"
#include "exchange/outbox.h"
#include "register/carriage_rows.h"

namespace crossguard {

constexpr std::string_view kCarrierChannel = "carrier";  // of a peer: its address is the organisation's authority id

// Who carries this message; "": nobody, it goes straight. By the peer's channel; else, of a package, by its gateway;
// else the way that the last message to it took, so that a recall follows its package.
Result<std::string> CarrierFor(House& house, const exchange::Peer& peer, const exchange_rows::OutgoingRow& row);

// May `carrier` carry a message of this kind? Packages, contributions and questions need a gateway in force that names
// it; what follows up (answers, recalls, erasures, receipts) also comes through where something was carried between the
// two. The gateway's id, "" for what follows up. kDenied.
struct CarriageAsked {
  std::string origin, destination, carrier;
  MessageKind kind;
};
Result<std::string> CheckCarriage(House& house, const CarriageAsked& asked, Instant at);

// In place of a transport, with the house held: posts the carriage of a sealed parcel, once. The id of a message that
// is now due itself, "" if it is on its way already. An error is the carried message's own problem.
Result<std::string> HandOn(House& house, const exchange::Room& room, const exchange::Departing& departing,
                           const std::string& carrier);

// What arrived by way of others is opened, their receipts are written down, and what was refused on its way is told.
// Not within a transaction; a crash leaves it to the next call. Publishes the ledger if anything was done.
Status SettleCarried(House& house, const NodeKeys& keys);

// Everything that was carried: by us, for us, through us.
Result<nlohmann::json> ListCarried(House& house);
// [{"carrier", "destination", "kind", "messages", "taken"}]: what this house sent by way of others.
Result<nlohmann::json> CarriedFigures(Database& db);

// Where the parcel of a carriage lies meanwhile, below the data directory.
std::string CarriageFolder(const carriage_rows::CarriageRow& row);

}  // namespace crossguard
