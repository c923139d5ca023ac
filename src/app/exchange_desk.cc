#include "app/exchange_desk.h"

#include "app/node.h"
#include "app/parcel_desk.h"
#include "base/json.h"
#include "exchange/folder_transport.h"
#include "exchange/outbox.h"
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

exchange::CarrierOf CarrierOver(exchange::Transport& folder, exchange::Transport* https) {
  return [&folder, https](const exchange::Peer& peer) { return peer.channel == "folder" ? &folder : https; };
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
Status SettleAndPrepare(const exchange::Room& room, const exchange::CarrierOf& carrier,
                        std::optional<std::vector<std::string>>& due, size_t& at,
                        std::vector<std::pair<exchange::Departing, exchange::Carried>>& under_way,
                        exchange::SendSummary& summary) {
  for (const auto& [departing, carried] : under_way) TRY(exchange::Settle(room, departing, carried, summary));
  under_way.clear();
  if (!due) due = TRY(exchange::DueToSend(room, kSendRoundMax));
  uint64_t sealed_bytes = 0;
  while (at < due->size() && under_way.size() < kApartMax && sealed_bytes < kApartBytesMax) {
    auto departing = TRY(exchange::Prepare(room, carrier, (*due)[at++], summary));
    if (!departing) continue;
    for (const exchange::ParcelFile& file : departing->outer.files) sealed_bytes += file.size_bytes;
    under_way.emplace_back(std::move(*departing), std::optional<Bytes>());
  }
  return {};
}

}  // namespace

Result<json> SendMessages(House& house, const Actor& actor, exchange::Transport* https) {
  const NodeKeys keys = TRY(KeysOf(house));
  const exchange::Room room = RoomOf(house, keys, actor.officer, actor.reason);
  exchange::FolderTransport folder(house.env().files);
  const auto summary = exchange::SendDue(room, CarrierOver(folder, https), kSendRoundMax);
  TRY(house.ledger().Publish(house.db()));
  if (!summary) return std::unexpected(summary.error());
  return SentJson(house, *summary);
}

Result<json> SendMessagesApart(Env& env, const HouseOptions& options, const Actor& actor, exchange::Transport* https) {
  exchange::FolderTransport folder(env.files);
  const exchange::CarrierOf carrier = CarrierOver(folder, https);
  exchange::SendSummary summary;
  std::optional<std::vector<std::string>> due;
  std::vector<std::pair<exchange::Departing, exchange::Carried>> under_way;
  for (size_t at = 0;;) {
    {
      const auto house = TRY(OpenWhenFree(env, options));
      const NodeKeys keys = TRY(KeysOf(*house));
      const exchange::Room room = RoomOf(*house, keys, actor.officer, actor.reason);
      const Status done = SettleAndPrepare(room, carrier, due, at, under_way, summary);
      TRY(house->ledger().Publish(house->db()));
      if (!done) return std::unexpected(done.error());
      if (under_way.empty()) return SentJson(*house, summary);
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
      .take = [&](const std::string& from, const std::string& parcel) -> Result<Bytes> {
        auto receipt = TakeParcel(house, keys, from, parcel);
        if (!receipt) remember("parcel of " + from, receipt.error());
        return receipt;
      },
      .receipt = [&](const std::string& id, ByteView bytes) -> Status {
        const auto taken = exchange::TakeReceipt(room, id, bytes);
        if (taken) return {};
        remember("receipt for " + id, taken.error());
        return std::unexpected(taken.error());
      }};
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
