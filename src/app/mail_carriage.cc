#include "app/mail_carriage.h"

#include <algorithm>

#include "app/carriage_desk.h"
#include "app/post_desk.h"
#include "exchange/envelope.h"
#include "exchange/post.h"
#include "exchange/receipt.h"
#include "exchange/room.h"
#include "model/fields.h"
#include "register/exchange_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = carriage_rows;

constexpr size_t kSealedReceiptMaxBytes = 2 * exchange::kReceiptMaxBytes;  // as base64, and some for the seal
constexpr std::string_view kNotAsSent = "The parcel inside is not what its own page names; hand it on as it came.";

struct CarriageNote {
  std::string origin, id, destination;
  MessageKind kind;
};
Result<CarriageNote> ReadCarriage(const json& body) {
  const Fields fields = TRY(Fields::Of(body, "The carriage", {"destination", "id", "kind", "origin"}));
  CarriageNote out;
  out.origin = TRY(fields.Authority("origin"));
  out.id = TRY(fields.MessageId("id"));
  out.destination = TRY(fields.Authority("destination"));
  out.kind = TRY(fields.Word<MessageKind>("kind"));
  if (out.kind == MessageKind::kCarriage || out.kind == MessageKind::kCarriageReceipt)
    return Fail(Code::kDenied, "A message is carried by one organisation; hand it to that one.");
  return out;
}

// The parcel as its own page names it, whole and nothing beside. Who carries it can prove that much without opening it.
Status CheckParcel(House& house, const ReceivedMessage& message, const CarriageNote& note) {
  if (message.attachment.empty()) return Fail(Code::kInvalid, "The carriage brings no parcel; attach it.");
  Files& files = house.env().files;
  const std::string folder = house.Path(message.attachment);
  const auto page = files.ReadWhole(folder + "/" + std::string(exchange::kOuterName), exchange::kOuterMaxBytes);
  if (!page) return Fail(Code::kInvalid, "The carriage brings no parcel that names its files; attach it whole.");
  const exchange::ParcelOuter outer = TRY(exchange::ParseOuter(*page));
  if (outer.id != note.id || outer.from != note.origin || outer.to != note.destination)
    return Fail(Code::kInvalid, "The parcel inside is another one than the carriage names; hand on the one it names.");
  if (TRY(files.List(folder)).size() != outer.files.size() + 1) return Fail(Code::kInvalid, std::string(kNotAsSent));
  for (const exchange::ParcelFile& file : outer.files) {
    std::string flat = file.name;
    if (flat.starts_with(exchange::kAttachmentPrefix))
      flat = std::string(kCarriedPrefix) + flat.substr(exchange::kAttachmentPrefix.size());
    const Status same = exchange::CheckFile(files, folder + "/" + flat, file);
    if (!same && same.error().code == Code::kCorrupt) return Fail(Code::kInvalid, std::string(kNotAsSent));
    TRY(Status(same));
  }
  return {};
}

Status MoveIn(House& house, const ReceivedMessage& message, const rows::CarriageRow& row) {
  Files& files = house.env().files;
  const std::string to = house.Path(CarriageFolder(row));
  const std::string above = to.substr(0, to.find_last_of('/'));
  TRY(files.MakeFolders(above));
  TRY(files.RemoveTree(to));  // of an attempt before, or of a run that was cut off
  TRY(files.Rename(house.Path(message.attachment), to));
  return files.SyncFolder(above);
}

Status CheckPinned(Database& db, const std::string& authority) {
  const auto peer = TRY(exchange_rows::FindPeer(db, authority));
  if (!peer || peer->revoked_at)
    return Fail(Code::kDenied, "No node of " + authority + " is pinned here, so nothing of it or for it is carried.");
  return {};
}

Result<Handled> Arrive(House& house, Transaction& transaction, const ReceivedMessage& message,
                       const CarriageNote& note) {
  if (note.origin == message.from)
    return Fail(Code::kDenied, "The parcel is of who brings it; send it straight, not as a carriage.");
  TRY(CheckPinned(transaction.db(), note.origin));
  const auto known = TRY(rows::Find(transaction.db(), "in", note.origin, note.id));
  rows::CarriageRow row{.direction = "in",
                        .origin = note.origin,
                        .id = note.id,
                        .destination = note.destination,
                        .carrier = message.from,
                        .kind = std::string(Text(note.kind))};
  row.gateway = TRY(CheckCarriage(
      house, {.origin = note.origin, .destination = note.destination, .carrier = message.from, .kind = note.kind},
      message.received));
  row.attempt = known ? known->attempt + 1 : 1;
  row.message_id = message.id;
  row.state = "arrived";  // opened after the commit, in a transaction of its own: app/carriage_desk
  row.begun_at = message.received;
  TRY(MoveIn(house, message, row));
  TRY(rows::Put(transaction, row));
  return Handled{.facts = {{"id", note.id}, {"origin", note.origin}}};
}

Result<Handled> PassOn(House& house, Transaction& transaction, const Permit& permit, const ReceivedMessage& message,
                       const CarriageNote& note) {
  const std::string self = house.book().self;
  if (message.from != note.origin)
    return Fail(Code::kDenied, "A message is carried by one organisation; hand it to that one.");
  if (note.destination == note.origin)
    return Fail(Code::kInvalid, "The parcel is for who hands it over; name another destination.");
  const std::string gateway = TRY(
      CheckCarriage(house, {.origin = note.origin, .destination = note.destination, .carrier = self, .kind = note.kind},
                    message.received));
  TRY(CheckPinned(transaction.db(), note.destination));
  const Handled done{.facts = {{"id", note.id}, {"destination", note.destination}}};
  const auto known = TRY(rows::Find(transaction.db(), "through", note.origin, note.id));
  if (known && known->state == "carried") return done;  // it is on its way: once is enough
  rows::CarriageRow row{.direction = "through",
                        .origin = note.origin,
                        .id = note.id,
                        .destination = note.destination,
                        .carrier = self,
                        .kind = std::string(Text(note.kind)),
                        .gateway = gateway};
  if (known) row = *known;
  row.attempt = known ? known->attempt + 1 : 1;
  if (known && known->state == "delivered") {
    // Only its receipt was lost on the way back.
    TRY(rows::Put(transaction, row));
    TRY(PostCarriageReceipt(house, transaction, permit, row.origin, row));
    return done;
  }
  row.state = "carried";
  row.problem = "";
  row.begun_at = message.received;
  row.ended_at = std::nullopt;
  TRY(MoveIn(house, message, row));
  row.message_id = TRY(PostCarriage(house, transaction, permit, row.destination, row));
  TRY(rows::Put(transaction, row));
  return done;
}

std::string KeyOf(const rows::CarriageRow& row, int64_t attempt) {
  return row.origin + "\n" + row.id + "\n" + std::to_string(attempt);
}

// Whom this house gave it at one time: the last one stands in the row, and one before it may have delivered it too.
Result<bool> WasHandedTo(House& house, const rows::CarriageRow& row, const std::string& carrier) {
  if (row.carrier == carrier) return true;
  const std::string begin = carrier + "\n" + std::string(Text(MessageKind::kCarriage)) + "\n";
  for (int64_t attempt = 1; attempt <= row.attempt; ++attempt) {
    const std::string id = house.ids().Make<Message>(begin + KeyOf(row, attempt)).text();
    if (TRY(exchange_rows::FindOutgoing(house.db(), id))) return true;
  }
  return false;
}

struct ReceiptNote {
  std::string origin, id, state, sentence, receipt;
};
Result<ReceiptNote> ReadReceipt(const json& body) {
  const Fields fields = TRY(Fields::Of(body, "The carriage receipt", {"id", "origin", "receipt", "sentence", "state"}));
  ReceiptNote out;
  out.origin = TRY(fields.Authority("origin"));
  out.id = TRY(fields.MessageId("id"));
  out.state = TRY(fields.OneOf("state", {"delivered", "refused"}));
  out.sentence = TRY(fields.LineOrEmpty("sentence", exchange::kSentenceMaxBytes));
  out.receipt = TRY(fields.Text("receipt", kSealedReceiptMaxBytes));
  if (out.receipt.empty() && (out.state == "delivered" || out.sentence.empty()))
    return fields.Wrong("receipt", "the destination's receipt, or the sentence why there is none");
  return out;
}

}  // namespace

std::string CarriageFolder(const rows::CarriageRow& row) {
  return "exchange/carried/" + row.direction + "/" + row.origin + "/" + row.id;
}

Status PostCarriageReceipt(House& house, Transaction& transaction, const Permit& permit, const std::string& to,
                           const rows::CarriageRow& row) {
  OutgoingMessage message{.to = to, .kind = MessageKind::kCarriageReceipt};
  message.body = {{"origin", row.origin},
                  {"id", row.id},
                  {"state", row.state == "taken" ? "delivered" : row.state},
                  {"sentence", row.receipt.empty() ? row.problem : ""},  // else the receipt says it to the origin alone
                  {"receipt", row.receipt}};
  message.idempotency_key = KeyOf(row, row.attempt);
  message.labels = OwnLabelsTo(house, to, "facilitate_exchange");
  TRY(exchange::Post(transaction, permit, house.ids(), message));
  return {};
}

Result<std::string> PostCarriage(House& house, Transaction& transaction, const Permit& permit, const std::string& to,
                                 const rows::CarriageRow& row) {
  OutgoingMessage message{.to = to, .kind = MessageKind::kCarriage};
  message.body = {{"origin", row.origin}, {"id", row.id}, {"destination", row.destination}, {"kind", row.kind}};
  message.idempotency_key = KeyOf(row, row.attempt);
  message.labels = OwnLabelsTo(house, to, "facilitate_exchange");
  message.attachment = CarriageFolder(row);
  return exchange::Post(transaction, permit, house.ids(), message);
}

Result<Handled> HandleCarriage(House& house, Transaction& transaction, const Permit& permit,
                               const ReceivedMessage& message) {
  const CarriageNote note = TRY(ReadCarriage(message.body));
  if (note.origin == house.book().self)
    return Fail(Code::kDenied, "The parcel is of this very node; nothing is carried back to where it came from.");
  TRY(CheckParcel(house, message, note));
  if (note.destination == house.book().self) return Arrive(house, transaction, message, note);
  return PassOn(house, transaction, permit, message, note);
}

Result<Handled> HandleCarriageReceipt(House& house, Transaction& transaction, const Permit& permit,
                                      const ReceivedMessage& message) {
  const ReceiptNote note = TRY(ReadReceipt(message.body));
  const bool own = note.origin == house.book().self;
  auto row = TRY(rows::Find(transaction.db(), own ? "out" : "through", note.origin, note.id));
  const bool asked = row && (own ? TRY(WasHandedTo(house, *row, message.from)) : message.from == row->destination);
  if (!asked) return Fail(Code::kNotFound, "No message of that id was handed to " + message.from + " to be carried.");
  // Another carries it meanwhile: the receipt counts, whoever brings it; that this one could not deliver it does not.
  if (own && message.from != row->carrier && note.receipt.empty()) return Handled{.facts = {{"id", note.id}}};
  row->receipt = note.receipt;
  row->problem = note.sentence;
  row->ended_at = message.received;
  row->state = own ? "answered" : note.state;  // proven after the commit: app/carriage_desk
  TRY(rows::Put(transaction, *row));
  if (!own) TRY(PostCarriageReceipt(house, transaction, permit, row->origin, *row));
  return Handled{.facts = {{"id", note.id}}};
}

}  // namespace crossguard
