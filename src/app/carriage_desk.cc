#include "app/carriage_desk.h"

#include <algorithm>

#include "app/desk.h"
#include "app/mail_carriage.h"
#include "app/mail_package.h"
#include "app/parcel_desk.h"
#include "exchange/envelope.h"
#include "exchange/identity.h"
#include "exchange/receipt.h"
#include "model/canonical.h"
#include "model/fields.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = carriage_rows;

constexpr int64_t kHour = 3'600 * kMicrosPerSecond;
constexpr int64_t kReceiptWaitMicros = 3 * kMicrosPerDay;  // for the word of the end of the way; then it goes again
constexpr int64_t kRefusedWaitMicros = 6 * kHour;          // before a carrier that refused is asked again

// Said in this house alone: who carries it learns of no other way.
constexpr std::string_view kCameBefore = "It had come before by another way; it is kept once.";
constexpr std::string_view kReceiptCameBefore = "Its receipt had come before.";

// What a gateway must cover for the carrier to take it; "": it follows up something else.
std::string_view DataKindOf(MessageKind kind) {
  switch (kind) {
    case MessageKind::kReferralPackage:
      return "referral";
    case MessageKind::kEvidencePackage:
      return "evidence";
    case MessageKind::kContribution:
    case MessageKind::kHitQuery:
    case MessageKind::kReleaseRequest:
      return "selectors";
    default:
      return "";
  }
}

bool Stands(const Gateway& gateway, Instant at) {
  return at >= gateway.valid_from && (!gateway.valid_until || at < *gateway.valid_until);
}

// The parcel's files under flat names: an attachment is one folder of files.
Status Flatten(Files& files, const std::string& parcel, const exchange::ParcelOuter& outer, const std::string& to) {
  const std::string above = to.substr(0, to.find_last_of('/'));
  const std::string made = above + "/.new-" + outer.id;
  TRY(files.MakeFolders(above));
  TRY(files.RemoveTree(made));
  TRY(files.MakeFolders(made));
  TRY(exchange::Link(files, parcel + "/" + std::string(exchange::kOuterName),
                     made + "/" + std::string(exchange::kOuterName)));
  for (const exchange::ParcelFile& file : outer.files) {
    std::string flat = file.name;
    if (flat.starts_with(exchange::kAttachmentPrefix))
      flat = std::string(kCarriedPrefix) + flat.substr(exchange::kAttachmentPrefix.size());
    TRY(exchange::Link(files, parcel + "/" + file.name, made + "/" + flat));
  }
  TRY(files.SyncFolder(made));
  TRY(files.RemoveTree(to));
  TRY(files.Rename(made, to));
  return files.SyncFolder(above);
}

Status Unflatten(Files& files, const std::string& flat, const std::string& parcel) {
  TRY(files.RemoveTree(parcel));
  TRY(files.MakeFolders(parcel + "/attachment"));
  for (const std::string& name : TRY(files.List(flat))) {
    const std::string to = name.starts_with(kCarriedPrefix)
                               ? std::string(exchange::kAttachmentPrefix) + name.substr(kCarriedPrefix.size())
                               : name;
    TRY(exchange::Link(files, flat + "/" + name, parcel + "/" + to));
  }
  return files.SyncFolder(parcel);
}

Result<std::vector<rows::CarriageRow>> InState(Database& db, std::string_view direction, std::string_view state) {
  std::vector<rows::CarriageRow> out;
  TRY(rows::EachInState(db, direction, state, [&](const rows::CarriageRow& row) -> Status {
    out.push_back(row);
    return {};
  }));
  return out;
}

class Settling {
 public:
  Settling(House& house, const NodeKeys& keys) : house_(house), keys_(keys), db_(house.db()) {}

  Status Run() {
    for (const char* state : {"arrived", "opened"}) {
      for (rows::CarriageRow& row : TRY(InState(db_, "in", state))) TRY(OpenArrived(row));
    }
    for (rows::CarriageRow& row : TRY(InState(db_, "out", "answered"))) TRY(WriteDown(row));
    std::vector<rows::RefusedRow> refused;
    TRY(rows::EachRefused(db_, [&](const rows::RefusedRow& row) -> Status {
      refused.push_back(row);
      return {};
    }));
    for (rows::RefusedRow& one : refused) TRY(TellRefused(one));
    TRY(Sweep());
    if (worked_) TRY(house_.ledger().Publish(db_));
    return {};
  }

 private:
  // For this house: taken as if it had come straight, save that its carrier was told its kind, which must be true.
  Status OpenArrived(rows::CarriageRow& row) {
    Files& files = house_.env().files;
    const std::string parcel = house_.Path("exchange/carried/open-" + row.id);
    TRY(Unflatten(files, house_.Path(CarriageFolder(row)), parcel));
    const ByWayOfOthers others{
        .check = [&](const ReceivedMessage& message) -> Status {
          if (Text(message.kind) == row.kind) return {};
          return Fail(Code::kDenied,
                      "The message is of another kind than its carrier was told; send it as what it is.");
        },
        .taken = [&](Transaction& transaction) -> Status {
          TRY(rows::MarkPackageVia(transaction, row.origin, row.id, row.carrier));
          rows::CarriageRow opened = row;
          opened.state = "opened";
          return rows::Put(transaction, opened);
        }};
    const auto receipt = TakeParcel(house_, keys_, row.origin, parcel, &others);
    TRY(files.RemoveTree(parcel));
    const auto now = TRY(rows::Find(db_, "in", row.origin, row.id));
    const bool came_before = now && now->state != "opened";
    if (!receipt && (receipt.error().code == Code::kUnavailable || receipt.error().code == Code::kExhausted)) return {};
    row.state = "refused";
    std::string said_sentence;
    if (receipt) {
      const auto said = TRY(exchange::OpenReceipt(AsText(*receipt), Room().signer()));
      // Held for a reason of this house: the parcel stays, and is opened again at the next round.
      if (said.state == "held" && (said.code == Code::kUnavailable || said.code == Code::kExhausted)) return {};
      if (said.state == "taken") row.state = "taken";
      said_sentence = said.sentence;
      row.receipt = TRY(SealedTo(row.origin, *receipt));
    } else {
      row.problem = receipt.error().message;
    }
    Transaction transaction = TRY(Transaction::Begin(db_));
    const Permit permit = TRY(PermitFor(house_, transaction, Act::kTakeMessages, row.id));
    row.ended_at = permit.at();
    TRY(PostCarriageReceipt(house_, transaction, permit, row.carrier, row));
    row.receipt = "";  // it stands in the inbox
    if (receipt) row.problem = row.state == "taken" && came_before ? std::string(kCameBefore) : said_sentence;
    TRY(rows::Put(transaction, row));
    TRY(transaction.Commit());
    worked_ = true;
    return {};
  }

  // The receipt is believed for the destination's signature alone, whoever brought it.
  Status WriteDown(rows::CarriageRow& row) {
    std::optional<Error> wrong;
    if (row.receipt.empty()) {
      wrong = Error{Code::kUnavailable, row.carrier + " could not deliver it: " + row.problem};
    } else {
      const auto taken = TakeSealed(row);
      if (!taken) wrong = taken.error();
      row.problem = taken && !*taken ? kReceiptCameBefore : "";
    }
    Transaction transaction = TRY(Transaction::Begin(db_));
    if (wrong) TRY(Complain(transaction, row, *wrong));
    row.state = wrong ? "refused" : "settled";
    row.receipt = "";  // it stands in the outbox
    TRY(rows::Put(transaction, row));
    TRY(transaction.Commit());
    worked_ = true;
    return {};
  }

  // A carriage of this house was refused: by the carrier (ours), or by the destination (of another, who is told).
  Status TellRefused(rows::RefusedRow& one) {
    Transaction transaction = TRY(Transaction::Begin(db_));
    const Permit permit = TRY(PermitFor(house_, transaction, Act::kTakeMessages, one.row.id));
    one.row.state = "refused";
    one.row.problem = one.sentence;
    one.row.ended_at = permit.at();
    TRY(rows::Put(transaction, one.row));
    if (one.row.direction == "through") {
      TRY(PostCarriageReceipt(house_, transaction, permit, one.row.origin, one.row));
    } else {
      TRY(Complain(transaction, one.row,
                   {exchange::CodeFromName(one.code).value_or(Code::kDenied),
                    one.row.carrier + " does not carry it: " + one.sentence}));
    }
    TRY(transaction.Commit());
    worked_ = true;
    return {};
  }

  // A receipt names what it is about: that is for the origin's eyes, not for those who carry it.
  Result<std::string> SealedTo(const std::string& authority, ByteView receipt) {
    const auto row = TRY(exchange_rows::FindPeer(db_, authority));
    CHECK(row.has_value());  // it was pinned when the carriage came, and a pinned node is never forgotten
    const exchange::Peer peer = TRY(exchange::PeerFrom(*row));
    const AgeRecipient recipients[] = {peer.seal_to};
    return ToBase64(TRY(SealAgeSmall(receipt, recipients, house_.env().random)));
  }
  // False: the message was settled before.
  Result<bool> TakeSealed(const rows::CarriageRow& row) {
    const auto sealed = FromBase64(row.receipt);
    const auto receipt = sealed ? OpenAgeSmall(*sealed, {&keys_.envelope_identity, 1}) : sealed;
    if (!receipt)
      return Fail(Code::kCorrupt, "The receipt that " + row.carrier + " brought is not sealed to this node's key.");
    return exchange::TakeReceipt(Room(), row.id, *receipt);
  }

  Status Complain(Transaction& transaction, const rows::CarriageRow& row, const Error& error) {
    return exchange_rows::MarkAttempt(
        transaction, row.id,
        {.code = std::string(Name(error.code)),
         .problem = error.message,
         .next_attempt_at = Instant{house_.env().clock.Now().micros + kRefusedWaitMicros}});
  }

  // Nobody keeps a parcel longer than it is on its way.
  Status Sweep() {
    Files& files = house_.env().files;
    for (const char* direction : {"out", "through", "in"}) {
      const std::string above = house_.Path("exchange/carried/" + std::string(direction));
      if (!files.Exists(above)) continue;
      for (const std::string& origin : TRY(files.List(above))) {
        for (const std::string& id : TRY(files.List(above + "/" + origin))) {
          const auto row = TRY(rows::Find(db_, direction, origin, id));
          if (row && row->state != "carried" && row->state != "arrived" && row->state != "opened")
            TRY(files.RemoveTree(above + "/" + origin + "/" + id));
        }
      }
    }
    return {};
  }

  exchange::Room Room() { return RoomOf(house_, keys_, DefaultOfficer(house_.book(), Act::kSendMessages), "arrived"); }

  House& house_;
  const NodeKeys& keys_;
  Database& db_;
  bool worked_ = false;
};

}  // namespace

Result<std::string> CarrierFor(House& house, const exchange::Peer& peer, const exchange_rows::OutgoingRow& row) {
  const MessageKind kind = row.message.kind;
  if (peer.channel == kCarrierChannel) return peer.address;
  if (kind == MessageKind::kCarriage || kind == MessageKind::kCarriageReceipt) return std::string();
  if (kind == MessageKind::kReferralPackage || kind == MessageKind::kEvidencePackage) {
    return Decide(house.book(),
                  {.from = house.book().self,
                   .to = row.message.to,
                   .purpose = "facilitate_exchange",
                   .data_kind = DataKindOf(kind)},
                  house.env().clock.Now())
        .via;
  }
  return rows::LastCarrierTo(house.db(), row.message.to);
}

Result<std::string> CheckCarriage(House& house, const CarriageAsked& asked, Instant at) {
  const AuthorityBook& book = house.book();
  const Authority* const carrier = book.Find(asked.carrier);
  const std::string_view data_kind = DataKindOf(asked.kind);
  const std::string_view purpose = data_kind == "selectors" ? "cross_check" : "facilitate_exchange";
  const auto names = [](const std::vector<std::string>& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
  };
  if (carrier != nullptr && carrier->is_organisation()) {
    for (const Gateway& gateway : book.gateways) {
      const bool there = gateway.from == asked.origin && gateway.to == asked.destination;
      const bool back = gateway.from == asked.destination && gateway.to == asked.origin;
      if (gateway.via != asked.carrier || !Stands(gateway, at) || (!there && !back)) continue;
      if (data_kind.empty() || (there && names(gateway.data_kinds, data_kind) && names(gateway.purposes, purpose)))
        return gateway.id;
    }
    if (data_kind.empty() && TRY(rows::WasCarried(house.db(), asked.origin, asked.destination, asked.carrier)))
      return std::string();
  }
  return Fail(Code::kDenied, "No gateway from " + asked.origin + " to " + asked.destination + " names " +
                                 asked.carrier + " as the one that carries this; enter one, or send it straight.");
}

Result<std::string> HandOn(House& house, const exchange::Room& room, const exchange::Departing& departing,
                           const std::string& carrier) {
  Files& files = house.env().files;
  const exchange_rows::OutgoingRow& message = departing.row;
  const auto known = TRY(rows::Find(room.db, "out", room.book.self, message.id));
  rows::CarriageRow row{.direction = "out",
                        .origin = room.book.self,
                        .id = message.id,
                        .destination = message.message.to,
                        .carrier = carrier,
                        .kind = std::string(Text(message.message.kind))};
  const Instant now = room.env.clock.Now();
  if (known && known->state == "carried" && known->carrier == carrier) {
    const auto sent = TRY(exchange_rows::FindOutgoing(room.db, known->message_id));
    if (sent && sent->state != "taken") {
      const std::string folder = house.Path(CarriageFolder(*known));
      // Sealed anew meanwhile (a new key of the recipient, an erasure): what is carried is what is sealed now.
      if (!files.Exists(folder)) TRY(Flatten(files, departing.folder, departing.outer, folder));
      return std::string();
    }
    if (sent && sent->decided_at && now.micros < sent->decided_at->micros + kReceiptWaitMicros) return std::string();
  }
  const auto peer = TRY(exchange_rows::FindPeer(room.db, carrier));
  if (!peer || peer->channel == kCarrierChannel)
    return Fail(Code::kUnavailable, "Messages to " + row.destination + " go by way of " + carrier +
                                        ", whose node is not pinned with a "
                                        "channel of its own; see `crossguard node trust`.");
  row.attempt = known ? known->attempt + 1 : 1;
  row.state = "carried";
  row.begun_at = now;
  TRY(Flatten(files, departing.folder, departing.outer, house.Path(CarriageFolder(row))));
  Transaction transaction = TRY(Transaction::Begin(room.db));
  const Permit permit = TRY(room.gate.Pass(
      transaction, room.AskTo(Act::kSendMessages, message.id,
                              Canonical(json{{"to", row.destination}, {"kind", row.kind}, {"carried_by", carrier}}))));
  row.message_id = TRY(PostCarriage(house, transaction, permit, carrier, row));
  TRY(rows::Put(transaction, row));
  TRY(transaction.Commit());
  return row.message_id;
}

Status SettleCarried(House& house, const NodeKeys& keys) {
  return Settling(house, keys).Run();
}

Result<json> ListCarried(House& house) {
  json out = json::array();
  TRY(rows::Each(house.db(), [&](const rows::CarriageRow& row) -> Status {
    out.push_back({{"direction", row.direction},
                   {"message", row.id},
                   {"kind", row.kind},
                   {"from", row.origin},
                   {"carrier", row.carrier},
                   {"to", row.destination},
                   {"gateway", row.gateway},
                   {"attempt", row.attempt},
                   {"state", row.state},
                   {"problem", row.problem},
                   {"begun", ToText(row.begun_at)}});
    return {};
  }));
  return out;
}

Result<json> CarriedFigures(Database& db) {
  json out = json::array();
  TRY(rows::EachFigure(db, [&](const rows::FigureRow& row) -> Status {
    out.push_back({{"carrier", row.carrier},
                   {"destination", row.destination},
                   {"kind", row.kind},
                   {"messages", row.count},
                   {"taken", row.taken_count}});
    return {};
  }));
  return out;
}

}  // namespace crossguard
