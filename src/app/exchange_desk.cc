#include "app/exchange_desk.h"

#include "app/carriage_desk.h"
#include "app/node.h"
#include "app/parcel_desk.h"
#include "base/json.h"
#include "exchange/folder_transport.h"
#include "exchange/outbox.h"
#include "exchange/receipt.h"
#include "register/exchange_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = exchange_rows;

// Carried between two openings of the house: a receipt waits no longer than for these to be written down.
constexpr size_t kApartMax = 32;
constexpr uint64_t kApartBytesMax = uint64_t{64} << 20U;

json TimeOrNull(const std::optional<Instant>& at) {
  return at ? json(ToText(*at)) : json();
}

json OutgoingJson(const rows::OutgoingRow& row, Instant now) {
  const bool overdue = row.message.due_at && *row.message.due_at < now && !row.answered_at && row.state != "refused";
  return {{"id", row.id},
          {"to", row.message.to},
          {"kind", Text(row.message.kind)},
          {"state", row.state},
          {"created", ToText(row.created_at)},
          {"due", TimeOrNull(row.message.due_at)},
          {"answered", TimeOrNull(row.answered_at)},
          {"overdue", overdue},
          {"attempts", row.attempt_count},
          {"next_attempt", TimeOrNull(row.next_attempt_at)},
          {"code", row.problem_code},
          {"problem", row.problem}};
}

json IncomingJson(const rows::IncomingRow& row) {
  return {{"id", row.id},
          {"from", row.sender},
          {"kind", row.kind},
          {"state", row.state},
          {"created", ToText(row.created_at)},
          {"received", ToText(row.received_at)},
          {"urgency", row.urgency},
          {"due", TimeOrNull(row.due_at)},
          {"in_reply_to", row.in_reply_to}};
}

// In the place of a transport: an organisation carries it, to whom it goes as a message of its own.
class ByOthers final : public exchange::Transport {
 public:
  Result<std::optional<Bytes>> Carry(const exchange::Peer&, const std::string&, const exchange::ParcelOuter&) override {
    return std::optional<Bytes>();
  }
};

struct Ways {
  exchange::FolderTransport folder;
  exchange::Transport* https;
  ByOthers others;
};
exchange::CarrierOf CarrierOver(House& house, Ways& ways) {
  return [&](const exchange::Peer& peer, const exchange_rows::OutgoingRow& row) -> exchange::Transport* {
    const auto carrier = CarrierFor(house, peer, row);
    if (!carrier) return nullptr;
    if (!carrier->empty()) return &ways.others;
    return peer.channel == "folder" ? &ways.folder : ways.https;
  };
}

// True if others carry it: then it is handed on and settled here, and the message that takes it along is due next.
Result<bool> HandedOn(House& house, const exchange::Room& room, const Ways& ways, const exchange::Departing& departing,
                      std::vector<std::string>& due, exchange::SendSummary& summary) {
  if (departing.carrier != &ways.others) return false;
  const std::string carrier = TRY(CarrierFor(house, departing.peer, departing.row));
  const auto handed = HandOn(house, room, departing, carrier);
  if (handed && !handed->empty()) due.push_back(*handed);
  TRY(exchange::Settle(room, departing,
                       handed ? exchange::Carried(std::nullopt) : exchange::Carried(std::unexpected(handed.error())),
                       summary));
  return true;
}

Result<json> SentJson(House& house, const exchange::SendSummary& summary) {
  int64_t overdue = 0;
  TRY(rows::EachOverdue(house.db(), house.env().clock.Now(), [&](const rows::OutgoingRow&) -> Status {
    ++overdue;
    return {};
  }));
  return json{{"tried", summary.tried},
              {"taken", summary.taken},
              {"refused", summary.refused},
              {"held", summary.held},
              {"handed_over", summary.handed_over},
              {"kept", summary.kept},
              {"overdue_answers", overdue}};
}

// With the house open: what was carried is written down, and the next few are sealed.
Status SettleAndPrepare(House& house, const exchange::Room& room, Ways& ways,
                        std::optional<std::vector<std::string>>& due, size_t& at,
                        std::vector<std::pair<exchange::Departing, exchange::Carried>>& under_way,
                        exchange::SendSummary& summary) {
  for (const auto& [departing, carried] : under_way) TRY(exchange::Settle(room, departing, carried, summary));
  under_way.clear();
  if (!due) due = TRY(exchange::DueToSend(room, kSendRoundMax));
  uint64_t sealed_bytes = 0;
  while (at < due->size() && under_way.size() < kApartMax && sealed_bytes < kApartBytesMax) {
    auto departing = TRY(exchange::Prepare(room, CarrierOver(house, ways), std::string((*due)[at++]), summary));
    if (!departing || TRY(HandedOn(house, room, ways, *departing, *due, summary))) continue;
    for (const exchange::ParcelFile& file : departing->outer.files) sealed_bytes += file.size_bytes;
    under_way.emplace_back(std::move(*departing), std::optional<Bytes>());
  }
  return {};
}

Result<exchange::SendSummary> SendRound(House& house, const exchange::Room& room, Ways& ways) {
  exchange::SendSummary summary;
  std::vector<std::string> due = TRY(exchange::DueToSend(room, kSendRoundMax));
  for (size_t i = 0; i < due.size(); ++i) {
    const auto departing = TRY(exchange::Prepare(room, CarrierOver(house, ways), std::string(due[i]), summary));
    if (!departing || TRY(HandedOn(house, room, ways, *departing, due, summary))) continue;
    TRY(exchange::Settle(room, *departing, exchange::Carry(*departing), summary));
  }
  return summary;
}

}  // namespace

Result<json> SendMessages(House& house, const Actor& actor, exchange::Transport* https) {
  const NodeKeys keys = TRY(KeysOf(house));
  const exchange::Room room = RoomOf(house, keys, actor.officer, actor.reason);
  TRY(SettleCarried(house, keys));
  Ways ways{.folder = exchange::FolderTransport(house.env().files), .https = https, .others = {}};
  const auto summary = SendRound(house, room, ways);
  TRY(house.ledger().Publish(house.db()));
  if (!summary) return std::unexpected(summary.error());
  TRY(SettleCarried(house, keys));
  return SentJson(house, *summary);
}

Result<json> SendMessagesApart(Env& env, const HouseOptions& options, const Actor& actor, exchange::Transport* https) {
  Ways ways{.folder = exchange::FolderTransport(env.files), .https = https, .others = {}};
  exchange::SendSummary summary;
  std::optional<std::vector<std::string>> due;
  std::vector<std::pair<exchange::Departing, exchange::Carried>> under_way;
  for (size_t at = 0;;) {
    {
      const auto house = TRY(OpenWhenFree(env, options));
      const NodeKeys keys = TRY(KeysOf(*house));
      const exchange::Room room = RoomOf(*house, keys, actor.officer, actor.reason);
      if (!due) TRY(SettleCarried(*house, keys));
      const Status done = SettleAndPrepare(*house, room, ways, due, at, under_way, summary);
      TRY(house->ledger().Publish(house->db()));
      if (!done) return std::unexpected(done.error());
      if (under_way.empty()) {
        TRY(SettleCarried(*house, keys));
        return SentJson(*house, summary);
      }
    }
    for (auto& [departing, carried] : under_way) carried = exchange::Carry(departing);
  }
}

Result<json> CollectMessages(House& house, const Actor& actor, const std::string& folder) {
  const NodeKeys keys = TRY(KeysOf(house));
  const exchange::Room room = RoomOf(house, keys, actor.officer, actor.reason);
  json problems = json::array();
  const auto remember = [&](const std::string& what, const Error& error) {
    if (problems.size() < 100)
      problems.push_back({{"what", what}, {"code", Name(error.code)}, {"problem", error.message}});
  };
  const exchange::FolderVisitor visitor{
      // Who brings a stick is not who sent what is on it: what was not taken is told to both.
      .take = [&](const std::string& from, const std::string& parcel) -> Result<Bytes> {
        Bytes bytes = TRY(TakeParcel(house, keys, from, parcel));
        const auto receipt = TRY(exchange::OpenReceipt(AsText(bytes), room.signer()));
        if (receipt.state != "taken")
          remember(receipt.id + " of " + from + ", " + receipt.state,
                   Error{receipt.code.value_or(Code::kDenied), receipt.sentence});
        return bytes;
      },
      .receipt = [&](const std::string& id, ByteView bytes) -> Status {
        TRY(exchange::TakeReceipt(room, id, bytes));
        return {};
      },
      .left = [&](const std::string& id, const Error& why) { remember(id + ", left", why); }};
  const auto summary = exchange::Collect(house.env().files, folder, house.book().self, visitor);
  TRY(house.ledger().Publish(house.db()));
  if (!summary) return std::unexpected(summary.error());
  return json{
      {"parcels", summary->parcels}, {"receipts", summary->receipts}, {"left", summary->left}, {"problems", problems}};
}

Result<json> ListOutgoing(House& house) {
  json out = json::array();
  const Instant now = house.env().clock.Now();
  TRY(rows::EachOutgoing(house.db(), kListMax, [&](const rows::OutgoingRow& row) -> Status {
    out.push_back(OutgoingJson(row, now));
    return {};
  }));
  return out;
}

Result<json> ListIncoming(House& house) {
  json out = json::array();
  TRY(rows::EachIncoming(house.db(), kListMax, [&](const rows::IncomingRow& row) -> Status {
    out.push_back(IncomingJson(row));
    return {};
  }));
  return out;
}

Result<json> ExchangeFigures(House& house) {
  json out = json::array();
  TRY(rows::EachFigure(house.db(), [&](const rows::FigureRow& row) -> Status {
    out.push_back({{"direction", row.direction},
                   {"authority", row.authority},
                   {"kind", row.kind},
                   {"state", row.state},
                   {"count", row.count}});
    return {};
  }));
  return out;
}

Result<json> ShowMessage(House& house, const Actor& actor, const std::string& id) {
  json out = json::array();
  if (const auto row = TRY(rows::FindOutgoing(house.db(), id)); row) {
    json one = OutgoingJson(*row, house.env().clock.Now());
    one["direction"] = "out";
    one["labels"] = LabelsJson(row->message.labels);
    one["body"] = row->message.body;
    one["receipt"] = row->receipt;
    out.push_back(std::move(one));
  }
  TRY(rows::EachIncomingOfId(house.db(), id, [&](const rows::IncomingRow& row) -> Status {
    json one = IncomingJson(row);
    one["direction"] = "in";
    one["labels"] = ParseJson(row.labels);
    one["receipt"] = row.receipt;
    out.push_back(std::move(one));
    return {};
  }));
  if (out.empty()) return Fail(Code::kNotFound, "There is no message " + id + "; see `crossguard exchange list`.");
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  TRY(house.gate().Pass(transaction,
                        {.act = Act::kShowRecord, .officer = actor.officer, .object_id = id, .reason = actor.reason}));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return out.size() == 1 ? out.front() : out;
}

}  // namespace crossguard
