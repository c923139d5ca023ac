// What travels inside an envelope, and what is written on its outside. docs/formats/envelope.md.
//
// Sign, then seal: the message names its recipient inside the signature, so nobody can seal it anew to somebody else in
// the sender's name. All readers are strict and bounded: a stranger's bytes end in a value or in one sentence.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "crypto/signing.h"
#include "exchange/transport.h"
#include "model/message.h"

namespace crossguard::exchange {

constexpr size_t kMessageMaxBytes = size_t{16} * 1024 * 1024;                // canonical JSON of one message
constexpr size_t kEnvelopeMaxBytes = kMessageMaxBytes + size_t{256} * 1024;  // with signature and seal
constexpr std::string_view kEnvelopeName = "envelope.age";
constexpr std::string_view kOuterName = "outer.json";
constexpr std::string_view kAttachmentPrefix = "attachment/";

// A message as it is signed.
struct SignedMessage {
  std::string id, from, to;
  MessageKind kind = MessageKind::kContribution;
  Instant created;
  std::string in_reply_to;
  Labels labels;
  Urgency urgency = Urgency::kNormal;
  std::optional<Instant> due_at;
  nlohmann::json body;
  std::vector<ParcelFile> attachment;  // names without the prefix, sorted
};

std::string MessageText(const SignedMessage& message);  // canonical JSON
// kUnsupported: a protocol or a kind that this version does not know; kInvalid otherwise.
Result<SignedMessage> ParseMessage(std::string_view text);

// The content to seal: a signed note over the text's digest and size, and the text. kExhausted: larger than allowed.
Result<Bytes> SignMessage(std::string_view message_text, const NoteVerifier& signer, const SigningKey& key);
struct OpenedMessage {
  std::string text;  // canonical JSON, signed by the key
  Sha256 sha256;     // of it: names the message, however often it was sealed
};
// kInvalid: not such a content. kDenied: another key signed it. kCorrupt: signed, and not over this text.
Result<OpenedMessage> OpenSigned(ByteView content, const NoteVerifier& signer);

std::string OuterText(const ParcelOuter& outer);
// Of an outer.json that ParseOuter refuses as kUnsupported: to whom the clear answer goes. kInvalid if even that cannot
// be read.
struct OuterAddress {
  std::string id, from, to;
};
Result<OuterAddress> PeekOuter(ByteView json);
// Relative, at most four parts of A-Z a-z 0-9 '.' '_' '-', none beginning with '.', each at most 128 bytes.
bool IsSafeName(std::string_view name);

}  // namespace crossguard::exchange
