#include "exchange/inbox.h"

#include <algorithm>

#include "crypto/digest.h"
#include "exchange/envelope.h"
#include "exchange/identity.h"
#include "exchange/receipt.h"
#include "model/canonical.h"
#include "register/exchange_rows.h"

namespace crossguard::exchange {
namespace {

namespace rows = exchange_rows;
using nlohmann::json;

bool IsHeld(Code code) {
  return code == Code::kUnavailable || code == Code::kExhausted;
}

// A sentence for the receipt: one line, bounded, whatever it was made of.
std::string Sentence(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  if (text.size() > kSentenceMaxBytes) text.resize(kSentenceMaxBytes);
  return ToValidUtf8(text).substr(0, kSentenceMaxBytes);
}

class Taking {
 public:
  Taking(const Room& room, Peer peer, std::string folder)
      : room_(room), peer_(std::move(peer)), folder_(std::move(folder)) {}

  Result<Bytes> Run(const ParcelOuter& outer, const Apply& apply) {
    id_ = outer.id;
    // Every receipt says of which envelope it is; that the file is so is checked when it is read.
    envelope_sha256_ = std::ranges::find(outer.files, kEnvelopeName, &ParcelFile::name)->sha256;
    if (peer_.revoked)
      return Unproven("refused", Code::kDenied,
                      "The identity of " + peer_.authority + " has been revoked here; ask to be pinned anew.");
    if (outer.to != room_.book.self)
      return Unproven("held", Code::kDenied,
                      "The parcel is for " + outer.to + ", not for " + room_.book.self + "; hand it to its recipient.");
    const auto opened = Open(outer);
    if (!opened) return Unproven("held", opened.error().code, opened.error().message);
    message_sha256_ = opened->sha256;
    const auto message = ParseMessage(opened->text);
    if (!message) return Unproven("refused", message.error().code, message.error().message);
    if (message->id != outer.id)
      return Unproven("held", Code::kCorrupt, "outer.json names another message than the envelope; send it again.");
    message_ = &*message;
    if (const auto known = TRY(rows::FindIncoming(room_.db, peer_.authority, id_)); known && known->state != "held") {
      if (known->state == "erased")
        return Unproven("refused", Code::kConflict,
                        "Message " + id_ + " was erased by its sender before it came; it is not taken any more.");
      if (known->message_sha256 == message_sha256_) return ToBytes(known->receipt);
      return Unproven(
          "refused", Code::kConflict,
          "Message " + id_ + " came before with other contents and this one contradicts it; give it a new id.");
    }
    return Decide(outer, apply);
  }

  // A parcel of another protocol: the clear answer, to whom outer.json names.
  Result<Bytes> RunUnsupported(const std::string& id, const Error& error) {
    id_ = id;
    if (peer_.revoked) return std::unexpected(error);
    const auto envelope = room_.env.files.ReadWhole(folder_ + "/" + std::string(kEnvelopeName), kEnvelopeMaxBytes);
    if (envelope) envelope_sha256_ = HashSha256(*envelope);
    return Unproven("held", error.code, error.message);
  }

 private:
  // The message's text, signed by the peer. What fails here may have been damaged on the way.
  Result<OpenedMessage> Open(const ParcelOuter& outer) {
    const auto file = std::ranges::find(outer.files, kEnvelopeName, &ParcelFile::name);
    if (file->size_bytes > kEnvelopeMaxBytes)
      return Fail(Code::kExhausted, "The envelope is larger than " + std::to_string(kEnvelopeMaxBytes) +
                                        " bytes; send less, or send it as an attachment.");
    const std::string path = folder_ + "/" + std::string(kEnvelopeName);
    TRY(CheckFile(room_.env.files, path, *file));
    const Bytes sealed = TRY(room_.env.files.ReadWhole(path, kEnvelopeMaxBytes));
    const auto content = OpenAgeSmall(sealed, {&room_.identity, 1});
    if (!content && content.error().code == Code::kDenied)
      return Fail(Code::kDenied, "The envelope is sealed to another key than this node's; pin its identity anew.");
    if (!content) return std::unexpected(content.error());
    const auto opened = OpenSigned(*content, peer_.signer);
    if (!opened && opened.error().code == Code::kDenied)
      return Fail(Code::kDenied, "The message is not signed by the key that is pinned for " + peer_.authority + ".");
    return opened;
  }

  // A proven message that was not decided before.
  Result<Bytes> Decide(const ParcelOuter& outer, const Apply& apply) {
    const auto applied = [&]() -> Result<Bytes> {
      TRY(Admit(outer));
      const std::string attachment = TRY(BringAttachment());
      Transaction transaction = TRY(Transaction::Begin(room_.db));
      const Permit permit =
          TRY(room_.gate.Pass(transaction, room_.AskTo(Act::kTakeMessages, id_, Details("taken", std::nullopt))));
      const ReceivedMessage received{.id = id_,
                                     .from = peer_.authority,
                                     .kind = message_->kind,
                                     .body = message_->body,
                                     .in_reply_to = message_->in_reply_to,
                                     .labels = message_->labels,
                                     .urgency = message_->urgency,
                                     .due_at = message_->due_at,
                                     .created = message_->created,
                                     .received = permit.at(),
                                     .attachment = attachment};
      const Applied done = TRY(apply(transaction, permit, received));
      Receipt receipt = Blank(permit.at());
      receipt.state = "taken";
      receipt.facts = done.facts;
      const std::string note = TRY(SignReceipt(receipt, room_.signer(), room_.message_key));
      TRY(Put(transaction, "taken", note, permit.at()));
      if (done.answers && !message_->in_reply_to.empty())
        TRY(rows::MarkReplied(transaction, message_->in_reply_to, peer_.authority, permit.at()));
      TRY(transaction.Commit());
      return ToBytes(note);
    }();
    // What was brought and not moved on by Apply is not kept.
    TRY(room_.env.files.RemoveTree(InFolder()));
    if (applied) return applied;
    return Record(IsHeld(applied.error().code) || applied.error().code == Code::kCorrupt ? "held" : "refused",
                  applied.error());
  }

  Status Admit(const ParcelOuter& outer) const {
    if (message_->from != peer_.authority)
      return Fail(Code::kDenied, "The message says it is from " + message_->from + " and is signed by " +
                                     peer_.authority + "; nobody speaks in another's name.");
    if (message_->to != room_.book.self)
      return Fail(Code::kDenied, "The message is for " + message_->to + ", not for " + room_.book.self +
                                     ": somebody sealed it anew. Tell its sender.");
    if (message_->created.micros > room_.env.clock.Now().micros + kClockAheadMaxMicros)
      return Fail(Code::kUnavailable,
                  "The message was made more than a day ahead of this node's clock; set the wrong clock of the two.");
    TRY(CheckLabels(room_.book, peer_.authority, message_->labels));
    std::vector<ParcelFile> outside;
    for (ParcelFile file : outer.files) {
      if (file.name == kEnvelopeName) continue;
      file.name = file.name.substr(kAttachmentPrefix.size());
      outside.push_back(std::move(file));
    }
    const auto same = [](const ParcelFile& a, const ParcelFile& b) {
      return a.name == b.name && a.size_bytes == b.size_bytes && a.sha256 == b.sha256;
    };
    if (!std::ranges::equal(outside, message_->attachment, same))
      return Fail(Code::kCorrupt, "The attachment listed outside is not the one that was signed; send it again.");
    return {};
  }

  std::string InName() const { return "in/" + peer_.authority + "/" + id_; }
  std::string InFolder() const { return room_.folder + "/" + InName(); }

  // Checks each file while it is brought below the data directory. "" if there is no attachment.
  Result<std::string> BringAttachment() const {
    if (message_->attachment.empty()) return std::string();
    Files& files = room_.env.files;
    TRY(files.RemoveTree(InFolder()));
    TRY(files.MakeFolders(InFolder()));
    for (const ParcelFile& file : message_->attachment) {
      if (file.name.find('/') != std::string::npos)
        return Fail(Code::kInvalid, "An attachment is one folder of files; send it flat.");
      const std::string from = folder_ + "/" + std::string(kAttachmentPrefix) + file.name;
      if (!files.Exists(from))
        return Fail(Code::kCorrupt, "File '" + file.name + "' of the parcel is missing; send it again.");
      // What others may still write to is copied: it must stay what was checked.
      const bool inside = folder_.starts_with(room_.data_folder + "/");
      TRY((inside ? Link : Copy)(files, from, InFolder() + "/" + file.name));
      TRY(CheckFile(files, InFolder() + "/" + file.name, file));
    }
    TRY(files.SyncFolder(InFolder()));
    return room_.folder.substr(room_.folder.find_last_of('/') + 1) + "/" + InName();
  }

  std::string Details(std::string_view state, std::optional<Code> code) const {
    json details = {{"from", peer_.authority}, {"state", state}, {"code", code ? json(Name(*code)) : json()}};
    if (message_ != nullptr) details["kind"] = Text(message_->kind);
    if (message_sha256_) details["message_sha256"] = message_sha256_->hex();
    return Canonical(details);
  }

  Receipt Blank(Instant at) const {
    Receipt out;
    out.id = id_;
    out.from = room_.book.self;
    out.to = peer_.authority;
    out.envelope_sha256 = envelope_sha256_;
    out.message_sha256 = message_sha256_;
    out.at = at;
    return out;
  }
  Result<std::string> Refusal(std::string_view state, const Error& error, Instant at) const {
    Receipt receipt = Blank(at);
    receipt.state = std::string(state);
    receipt.code = error.code;
    receipt.sentence = Sentence(error.message);
    return SignReceipt(receipt, room_.signer(), room_.message_key);
  }

  Status Put(Transaction& transaction, std::string_view state, const std::string& note, Instant at) const {
    return rows::PutIncoming(transaction, {.sender = peer_.authority,
                                           .id = id_,
                                           .kind = std::string(Text(message_->kind)),
                                           .message_sha256 = *message_sha256_,
                                           .labels = Canonical(LabelsJson(message_->labels)),
                                           .in_reply_to = message_->in_reply_to,
                                           .urgency = std::string(Text(message_->urgency)),
                                           .due_at = message_->due_at,
                                           .created_at = message_->created,
                                           .received_at = at,
                                           .state = std::string(state),
                                           .receipt = note});
  }

  // Held or refused, in a transaction of its own: nothing of the message itself.
  Result<Bytes> Record(std::string_view state, const Error& error) {
    Transaction transaction = TRY(Transaction::Begin(room_.db));
    const Permit permit =
        TRY(room_.gate.Pass(transaction, room_.AskTo(Act::kTakeMessages, id_, Details(state, error.code))));
    const std::string note = TRY(Refusal(state, error, permit.at()));
    TRY(Put(transaction, state, note, permit.at()));
    TRY(transaction.Commit());
    return ToBytes(note);
  }

  // Before the message is proven, or against one that stands: a leaf and an answer, and no row.
  Result<Bytes> Unproven(std::string_view state, Code code, std::string message) {
    Transaction transaction = TRY(Transaction::Begin(room_.db));
    const Permit permit = TRY(room_.gate.Pass(transaction, room_.AskTo(Act::kTakeMessages, id_, Details(state, code))));
    const std::string note = TRY(Refusal(state, Error{code, std::move(message)}, permit.at()));
    TRY(transaction.Commit());
    return ToBytes(note);
  }

  const Room& room_;
  Peer peer_;
  std::string folder_;
  std::string id_;
  Sha256 envelope_sha256_;
  std::optional<Sha256> message_sha256_;
  const SignedMessage* message_ = nullptr;
};

}  // namespace

Status CheckLabels(const AuthorityBook& book, const std::string& from, const Labels& labels) {
  const auto known = [&](const std::string& id) { return book.Find(id) != nullptr; };
  const auto among = [](const std::vector<std::string>& list, const std::string& id) {
    return std::ranges::find(list, id) != list.end();
  };
  if (labels.originators.empty() || !std::ranges::all_of(labels.originators, known))
    return Fail(Code::kInvalid, "The labels name no originator, or one that this node does not know.");
  if (labels.owner.empty() ? labels.originators.size() < 2 : !known(labels.owner))
    return Fail(Code::kInvalid, "The labels name no owner, or one that this node does not know.");
  if (labels.release_to && !std::ranges::all_of(*labels.release_to, known))
    return Fail(Code::kInvalid, "The labels release to an authority that this node does not know.");
  const bool ours = labels.owner == book.self || among(labels.originators, book.self);
  const bool named = labels.release_to && among(*labels.release_to, book.self);
  if (labels.release_to && !named && !ours)
    return Fail(Code::kDenied, "The labels do not release this to " + book.self + "; ask the owner.");
  if (labels.owner != from && !named && !ours)
    return Fail(Code::kDenied,
                "The sender is not the owner, and the labels do not release this to " + book.self + "; ask the owner.");
  return {};
}

Result<std::optional<Bytes>> StoredReceipt(Database& db, const std::string& peer, const std::string& id) {
  const auto row = TRY(rows::FindIncoming(db, peer, id));
  if (!row || row->state == "held" || row->state == "erased") return std::optional<Bytes>();
  return std::optional(ToBytes(row->receipt));
}

Result<Bytes> TakeParcel(const Room& room, const std::string& peer, const std::string& folder, const Apply& apply) {
  const Bytes outer_bytes = TRY(room.env.files.ReadWhole(folder + "/" + std::string(kOuterName), kOuterMaxBytes));
  const auto outer = ParseOuter(outer_bytes);
  OuterAddress address;
  if (outer)
    address = {.id = outer->id, .from = outer->from, .to = outer->to};
  else if (outer.error().code == Code::kUnsupported)
    address = TRY(PeekOuter(outer_bytes));
  else
    return std::unexpected(outer.error());
  if (address.from != peer)
    return Fail(Code::kDenied, "The parcel is not of the peer that brings it; nobody speaks in another's name.");
  const auto row = TRY(rows::FindPeer(room.db, peer));
  if (!row)
    return Fail(Code::kDenied,
                "No such peer has been pinned here; send the identity of this node to its officers first.");
  Taking taking(room, TRY(PeerFrom(*row)), folder);
  if (!outer) return taking.RunUnsupported(address.id, outer.error());
  return taking.Run(*outer, apply);
}

}  // namespace crossguard::exchange
