// The receiver's signed word on one parcel. The same parcel again brings the same receipt, so it is kept by both sides.
// docs/formats/envelope.md, "The receipt".
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/time_text.h"
#include "crypto/signing.h"
#include "exchange/transport.h"

namespace crossguard::exchange {

constexpr size_t kFactsMaxBytes = size_t{16} * 1024;
constexpr size_t kSentenceMaxBytes = 1'000;

struct Receipt {
  std::string id;            // of the message
  std::string from;          // the receiver, who signs
  std::string to;            // the sender
  std::string state;         // taken | held | refused; held: it may be sent again, nothing of it stays applied
  std::optional<Code> code;  // of what was held or refused
  std::string sentence;
  nlohmann::json facts = nlohmann::json::object();  // what the handler tells the sender
  Sha256 envelope_sha256;                           // of the envelope.age that was read
  std::optional<Sha256> message_sha256;             // of the message in it, once it was opened
  Instant at;
};

// kExhausted if the facts are larger than allowed.
Result<std::string> SignReceipt(const Receipt& receipt, const NoteVerifier& signer, const SigningKey& key);
// Strict. kDenied, kCorrupt: not signed by that key. kInvalid: not a receipt.
Result<Receipt> OpenReceipt(std::string_view note, const NoteVerifier& signer);

// The code of a name (base/error.h), as receipts carry it.
std::optional<Code> CodeFromName(std::string_view name);

}  // namespace crossguard::exchange
