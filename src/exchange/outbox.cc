#include "exchange/outbox.h"

#include <algorithm>

#include "crypto/digest.h"
#include "exchange/envelope.h"
#include "exchange/identity.h"
#include "exchange/receipt.h"
#include "model/canonical.h"

namespace crossguard::exchange {
namespace {

namespace rows = exchange_rows;
using nlohmann::json;

constexpr size_t kPieceBytes = size_t{256} * 1024;

std::string OutFolder(const Room& room) {
  return room.folder + "/out";
}

Result<ParcelFile> Measure(Files& files, const std::string& path, std::string name) {
  const auto file = TRY(files.OpenRead(path));
  Sha256Stream digest;
  Bytes piece(kPieceBytes);
  uint64_t size_bytes = 0;
  for (;;) {
    const size_t got = TRY(file->ReadAt(size_bytes, piece));
    if (got == 0) break;
    digest.Update(ByteView(piece).first(got));
    size_bytes += got;
  }
  return ParcelFile{.name = std::move(name), .size_bytes = size_bytes, .sha256 = digest.Finish()};
}

// The files of the attachment: a flat folder, such as a sealed package.
Result<std::vector<ParcelFile>> Attach(const Room& room, const std::string& attachment, const std::string& parcel) {
  std::vector<ParcelFile> out;
  if (attachment.empty()) return out;
  Files& files = room.env.files;
  const std::string from = room.data_folder + "/" + attachment;
  const std::string to = parcel + "/attachment";
  TRY(files.MakeFolders(to));
  for (const std::string& name : TRY(files.List(from))) {
    if (!IsSafeName(name) || out.size() + 1 >= kParcelFilesMax)
      return Fail(Code::kInvalid, "The attachment '" + attachment + "' holds a name that cannot travel, or too many.");
    TRY(Link(files, from + "/" + name, to + "/" + name));
    out.push_back(TRY(Measure(files, to + "/" + name, name)));
  }
  if (out.empty()) return Fail(Code::kNotFound, "The attachment '" + attachment + "' is empty or gone; restore it.");
  std::ranges::sort(out, {}, &ParcelFile::name);
  TRY(files.SyncFolder(to));
  return out;
}

// Who says something without labels is its owner, and asks for nothing more than that it be carried.
Labels OwnLabels(const Room& room, Labels labels) {
  if (labels.owner.empty() && labels.originators.empty()) {
    labels.owner = room.book.self;
    labels.originators = {room.book.self};
  }
  return labels;
}

struct Written {
  ParcelOuter outer;
  Sha256 message_sha256;
};

Result<Written> Write(const Room& room, const Peer& peer, const rows::OutgoingRow& row, const std::string& parcel) {
  Files& files = room.env.files;
  SignedMessage message;
  message.id = row.id;
  message.from = room.book.self;
  message.to = row.message.to;
  message.kind = row.message.kind;
  message.created = row.created_at;
  message.in_reply_to = row.message.in_reply_to;
  message.labels = OwnLabels(room, row.message.labels);
  message.urgency = row.message.urgency;
  message.due_at = row.message.due_at;
  message.body = row.message.body;
  message.attachment = TRY(Attach(room, row.message.attachment, parcel));
  const std::string text = MessageText(message);
  TRY(ParseMessage(text));  // what nobody could read is not sealed
  const Bytes content = TRY(SignMessage(text, room.signer(), room.message_key));
  const AgeRecipient recipients[] = {peer.seal_to};
  const Bytes envelope = TRY(SealAgeSmall(content, recipients, room.env.random));
  TRY(files.WriteWhole(parcel + "/" + std::string(kEnvelopeName), envelope));
  Written out;
  out.message_sha256 = HashSha256(AsBytes(text));
  out.outer.id = row.id;
  out.outer.from = message.from;
  out.outer.to = message.to;
  for (ParcelFile file : message.attachment) {
    file.name = std::string(kAttachmentPrefix) + file.name;
    out.outer.files.push_back(std::move(file));
  }
  out.outer.files.push_back(
      {.name = std::string(kEnvelopeName), .size_bytes = envelope.size(), .sha256 = HashSha256(envelope)});
  std::ranges::sort(out.outer.files, {}, &ParcelFile::name);
  const std::string outer = OuterText(out.outer);
  TRY(ParseOuter(AsBytes(outer)));
  TRY(files.WriteWhole(parcel + "/" + std::string(kOuterName), AsBytes(outer)));
  TRY(files.SyncFolder(parcel));
  return out;
}

std::optional<ParcelOuter> ReadParcel(const Room& room, const std::string& id) {
  const auto bytes =
      room.env.files.ReadWhole(OutFolder(room) + "/" + id + "/" + std::string(kOuterName), kOuterMaxBytes);
  if (!bytes) return std::nullopt;
  auto outer = ParseOuter(*bytes);
  if (!outer || outer->id != id) return std::nullopt;
  return std::move(*outer);
}

Instant NextAttempt(Instant now, int64_t attempts) {
  int64_t wait = kFirstWaitMicros;
  for (int64_t i = 0; i < attempts && wait < kLongestWaitMicros; ++i) wait *= 2;
  return {now.micros + std::min(wait, kLongestWaitMicros)};
}

Status Complain(const Room& room, const rows::OutgoingRow& row, const Error& error) {
  Transaction transaction = TRY(Transaction::Begin(room.db));
  TRY(rows::MarkAttempt(transaction, row.id,
                        {.code = std::string(Name(error.code)),
                         .problem = error.message,
                         .next_attempt_at = NextAttempt(room.env.clock.Now(), row.attempt_count)}));
  return transaction.Commit();
}

// The receipt is genuine, and about this message as it stands here.
Result<Receipt> Genuine(const Peer& peer, const rows::OutgoingRow& row, const std::string& self, ByteView bytes,
                        const std::optional<ParcelOuter>& outer) {
  Receipt receipt = TRY(OpenReceipt(AsText(bytes), peer.signer));
  if (receipt.id != row.id || receipt.from != peer.authority || receipt.to != self)
    return Fail(Code::kDenied, "The receipt is for another message; the one for this is still awaited.");
  if (receipt.message_sha256) {
    if (receipt.message_sha256 != row.message_sha256)
      return Fail(Code::kCorrupt, "The receipt is about other contents than were sent under this id.");
    return receipt;
  }
  const bool ours = outer && std::ranges::any_of(outer->files, [&](const ParcelFile& file) {
                      return file.name == kEnvelopeName && file.sha256 == receipt.envelope_sha256;
                    });
  if (!ours) return Fail(Code::kCorrupt, "The receipt is about another envelope than was sent.");
  return receipt;
}

bool IsOpen(const std::optional<rows::OutgoingRow>& row) {
  return row && row->state != "taken" && row->state != "refused";
}

Status WriteDown(const Room& room, const rows::OutgoingRow& row, const Receipt& receipt, ByteView bytes) {
  Transaction transaction = TRY(Transaction::Begin(room.db));
  const json details = {{"to", row.message.to},
                        {"kind", Text(row.message.kind)},
                        {"state", receipt.state},
                        {"code", receipt.code ? json(Name(*receipt.code)) : json()},
                        {"message_sha256", row.message_sha256 ? json(row.message_sha256->hex()) : json()},
                        {"receipt_sha256", HashSha256(bytes).hex()}};
  const Permit permit = TRY(room.gate.Pass(transaction, room.AskTo(Act::kSendMessages, row.id, Canonical(details))));
  rows::Decided decided{.state = receipt.state,
                        .code = receipt.code ? std::string(Name(*receipt.code)) : "",
                        .problem = receipt.sentence,
                        .receipt = std::string(AsText(bytes)),
                        .at = permit.at()};
  if (receipt.state == "held") decided.next_attempt_at = NextAttempt(permit.at(), row.attempt_count);
  TRY(rows::MarkDecided(transaction, row.id, decided));
  TRY(transaction.Commit());
  if (receipt.state != "held") TRY(room.env.files.RemoveTree(OutFolder(room) + "/" + row.id));
  return {};
}

Result<Peer> PeerOf(const Room& room, const std::string& authority) {
  const auto row = TRY(rows::FindPeer(room.db, authority));
  if (!row)
    return Fail(Code::kNotFound, "No node of '" + authority + "' has been pinned; see `crossguard node trust`.");
  Peer peer = TRY(PeerFrom(*row));
  if (peer.revoked)
    return Fail(Code::kDenied, "The node of '" + authority + "' has been revoked; pin its new identity first.");
  return peer;
}

// As far as a sealed parcel. The error is the message's own problem.
Result<Departing> Depart(const Room& room, const CarrierOf& carrier_of, const rows::OutgoingRow& row) {
  Departing out{.row = row};
  out.peer = TRY(PeerOf(room, row.message.to));
  out.carrier = carrier_of(out.peer, row);
  if (out.carrier == nullptr)
    return Fail(Code::kUnavailable, "Nothing here carries to a peer on channel '" + out.peer.channel + "' now.");
  out.outer = TRY(SealOutgoing(room, out.peer, row));
  out.folder = OutFolder(room) + "/" + row.id;
  return out;
}

// What the receiver said, written down. The error is the message's own problem.
Status Conclude(const Room& room, const Departing& departing, const rows::OutgoingRow& row, const Carried& carried,
                SendSummary& summary) {
  if (!carried) return std::unexpected(carried.error());
  if (!*carried) {
    Transaction transaction = TRY(Transaction::Begin(room.db));
    const Instant next{room.env.clock.Now().micros + kHandedOverWaitMicros};
    TRY(rows::MarkAttempt(transaction, row.id, {.next_attempt_at = next}));
    TRY(transaction.Commit());
    ++summary.handed_over;
    return {};
  }
  const Bytes& bytes = **carried;
  const Receipt receipt = TRY(Genuine(departing.peer, row, room.book.self, bytes, departing.outer));
  TRY(WriteDown(room, row, receipt, bytes));
  ++(receipt.state == "taken" ? summary.taken : receipt.state == "held" ? summary.held : summary.refused);
  return {};
}

}  // namespace

NoteVerifier Room::signer() const {
  return {.name = SignerName(book.self), .key = message_key.public_key()};
}

Status CheckFile(Files& files, const std::string& path, const ParcelFile& expected) {
  const auto found = Measure(files, path, expected.name);
  if (found && found->size_bytes == expected.size_bytes && found->sha256 == expected.sha256) return {};
  if (!found && found.error().code != Code::kNotFound) return std::unexpected(found.error());
  return Fail(Code::kCorrupt, "File '" + expected.name + "' of the parcel is not what was sent; send it again.");
}

Status Link(Files& files, const std::string& from, const std::string& to) {
  TRY(files.LinkOrCopy(from, to));
  return TRY(files.OpenAppend(to))->Sync();
}

Status Copy(Files& files, const std::string& from, const std::string& to) {
  const auto source = TRY(files.OpenRead(from));
  const auto target = TRY(files.OpenAppend(to));
  if (target->size() != 0)
    return Fail(Code::kConflict, "'" + to + "' is there already; remove what a broken run left.");
  Bytes piece(kPieceBytes);
  for (uint64_t offset = 0;;) {
    const size_t got = TRY(source->ReadAt(offset, piece));
    if (got == 0) return target->Sync();
    TRY(target->Append(ByteView(piece).first(got)));
    offset += got;
  }
}

Result<ParcelOuter> SealOutgoing(const Room& room, const Peer& peer, const rows::OutgoingRow& row) {
  Files& files = room.env.files;
  if (row.message_sha256) {
    if (auto outer = ReadParcel(room, row.id); outer) return std::move(*outer);
  }
  const std::string temporary = OutFolder(room) + "/.new-" + row.id;
  const std::string parcel = OutFolder(room) + "/" + row.id;
  TRY(files.MakeFolders(OutFolder(room)));
  TRY(files.RemoveTree(temporary));
  TRY(files.MakeFolders(temporary));
  const auto written = Write(room, peer, row, temporary);
  if (!written) {
    (void)files.RemoveTree(temporary);  // the error that made it useless is the one to tell
    return std::unexpected(written.error());
  }
  // The message's digest first: whichever parcel is carried, its receipt will be known.
  Transaction transaction = TRY(Transaction::Begin(room.db));
  TRY(rows::MarkSealed(transaction, row.id, written->message_sha256));
  TRY(transaction.Commit());
  TRY(files.RemoveTree(parcel));
  TRY(files.Rename(temporary, parcel));
  TRY(files.SyncFolder(OutFolder(room)));
  return written->outer;
}

Result<std::vector<std::string>> DueToSend(const Room& room, int64_t limit) {
  TRY(SweepParcels(room));
  return rows::OutgoingDue(room.db, room.env.clock.Now(), limit);
}

Result<std::optional<Departing>> Prepare(const Room& room, const CarrierOf& carrier_of, const std::string& id,
                                         SendSummary& summary) {
  const auto row = TRY(rows::FindOutgoing(room.db, id));
  if (!IsOpen(row)) return std::optional<Departing>();
  ++summary.tried;
  auto departing = Depart(room, carrier_of, *row);
  if (departing) return std::optional(std::move(*departing));
  ++summary.kept;
  TRY(Complain(room, *row, departing.error()));  // a full disk ends the round here
  return std::optional<Departing>();
}

Carried Carry(const Departing& departing) {
  return departing.carrier->Carry(departing.peer, departing.folder, departing.outer);
}

Status Settle(const Room& room, const Departing& departing, const Carried& carried, SendSummary& summary) {
  // As it stands now: sealed since, and perhaps settled or erased by another command while this one was on its way.
  const auto row = TRY(rows::FindOutgoing(room.db, departing.row.id));
  if (!IsOpen(row)) return {};
  const Status concluded = Conclude(room, departing, *row, carried, summary);
  if (concluded) return {};
  ++summary.kept;
  return Complain(room, *row, concluded.error());
}

Result<SendSummary> SendDue(const Room& room, const CarrierOf& carrier_of, int64_t limit) {
  SendSummary summary;
  for (const std::string& id : TRY(DueToSend(room, limit))) {
    const auto departing = TRY(Prepare(room, carrier_of, id, summary));
    if (departing) TRY(Settle(room, *departing, Carry(*departing), summary));
  }
  return summary;
}

Result<bool> TakeReceipt(const Room& room, const std::string& id, ByteView receipt_bytes) {
  const auto row = TRY(rows::FindOutgoing(room.db, id));
  if (!IsOpen(row)) return false;
  const Peer peer = TRY(PeerOf(room, row->message.to));
  const Receipt receipt = TRY(Genuine(peer, *row, room.book.self, receipt_bytes, ReadParcel(room, id)));
  TRY(WriteDown(room, *row, receipt, receipt_bytes));
  return true;
}

Status SweepParcels(const Room& room) {
  Files& files = room.env.files;
  if (!files.Exists(OutFolder(room))) return {};
  for (const std::string& name : TRY(files.List(OutFolder(room)))) {
    const auto row = TRY(rows::FindOutgoing(room.db, name));
    if (!IsOpen(row)) TRY(files.RemoveTree(OutFolder(room) + "/" + name));
  }
  return {};
}

}  // namespace crossguard::exchange
