// What a person does with the post: send what waits, collect from a folder, look at what left and arrived.
#pragma once

#include <string>

#include "app/desk.h"
#include "app/house.h"
#include "base/json.h"
#include "exchange/transport.h"

namespace crossguard {

constexpr int64_t kSendRoundMax = 10'000;
constexpr int64_t kListMax = 1'000;

// One round over everything due. https: the transport to peers on that channel; nullptr: their messages are kept, with
// the reason. Folders are carried to here.
Result<nlohmann::json> SendMessages(House& house, const Actor& actor, exchange::Transport* https);
// The same for a command of its own: the house is open only while parcels are sealed and receipts are written down,
// never while they are carried, so other commands and the server write meanwhile. kUnavailable: another command held
// the house for too long; what was carried and not written down is asked for again by the next round.
Result<nlohmann::json> SendMessagesApart(Env& env, const HouseOptions& options, const Actor& actor,
                                         exchange::Transport* https);
// Parcels and receipts for this authority from a shared or carried folder.
Result<nlohmann::json> CollectMessages(House& house, const Actor& actor, const std::string& folder);

// What left, newest first, and what waits overdue for an answer.
Result<nlohmann::json> ListOutgoing(House& house);
Result<nlohmann::json> ListIncoming(House& house);
// How many of each kind rest in each state, by authority and direction.
Result<nlohmann::json> ExchangeFigures(House& house);
// One message, in either direction; the ledger keeps who looked. kNotFound.
Result<nlohmann::json> ShowMessage(House& house, const Actor& actor, const std::string& id);

}  // namespace crossguard
