// Ed25519 (RFC 8032) and the C2SP signed note with the checkpoint body (signed-note.md, tlog-checkpoint.md): what
// stands at the head of a log and on a receipt.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace crossguard {

using Signature = FixedBytes<64>;  // Ed25519: R | S

struct PublicKey {
  FixedBytes<32> raw;
  bool operator==(const PublicKey&) const = default;
};

// The secret half: the 32-byte seed of RFC 8032. Signatures are deterministic: the same bytes, the same signature.
class SigningKey {
 public:
  static SigningKey Make(Random& random) { return SigningKey(SecretKey::Make(random)); }
  explicit SigningKey(SecretKey seed);

  const PublicKey& public_key() const { return public_key_; }
  // To be stored with mode 0600 or sealed (aead.h).
  const SecretKey& RevealSeed() const { return seed_; }
  Signature Sign(ByteView message) const;

 private:
  SecretKey seed_;
  PublicKey public_key_;
};

// True only if `signature` is this key's over exactly these bytes.
bool Verify(const PublicKey& key, ByteView message, const Signature& signature);

// --- Signed notes ---------------------------------------------------------------------------------------------------

// Who signs: a name (no spaces, no '+', not empty, UTF-8 without control characters; a host and path by custom) and a
// key.
struct NoteVerifier {
  std::string name;
  PublicKey key;
};

// First 4 bytes of SHA-256(name | '\n' | 0x01 | key), big-endian.
uint32_t NoteKeyId(std::string_view name, const PublicKey& key);
// "<name>+<8 hex of key id>+<base64 of 0x01 | key>", the C2SP verifier key; and back. kInvalid if any part disagrees.
std::string VerifierText(const NoteVerifier& verifier);
Result<NoteVerifier> ParseVerifier(std::string_view text);

constexpr size_t kNoteSizeMaxBytes = size_t{64} * 1024;
constexpr size_t kNoteSignaturesMax = 64;

// `text` must be UTF-8, end in a newline and hold no control character but newline (kInvalid otherwise). The note is
// text, an empty line, one line "— <name> <base64(key id | signature)>" per signature.
Result<std::string> SignNote(std::string_view text, std::string_view name, const SigningKey& key);
// Adds one more signature line to a note.
Result<std::string> AddNoteSignature(std::string_view note, std::string_view name, const SigningKey& key);

struct OpenedNote {
  std::string text;                  // with its final newline
  std::vector<std::string> signers;  // names of the known keys whose signature is right, in the order of the lines
};
// kInvalid: not a note. kCorrupt: a signature of a known key is wrong. kDenied: none of the known keys signed it.
// Signatures by unknown keys are ignored, as the format asks.
Result<OpenedNote> OpenNote(std::string_view note, std::span<const NoteVerifier> known);

// --- Checkpoints ----------------------------------------------------------------------------------------------------

// The head of a log: "<origin>\n<size>\n<base64 root>\n" and extension lines, if any.
struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Sha256 root;
  std::vector<std::string> extensions;  // not empty lines, in order
  bool operator==(const Checkpoint&) const = default;
};
Result<std::string> CheckpointText(const Checkpoint& checkpoint);  // kInvalid if a line would break the format
Result<Checkpoint> ParseCheckpoint(std::string_view text);         // strict: one text for one checkpoint

Result<std::string> SignCheckpoint(const Checkpoint& checkpoint, const SigningKey& key);  // the name is the origin
// As OpenNote with one key whose name is the origin; kInvalid if the origin inside is another one.
Result<Checkpoint> OpenCheckpoint(std::string_view note, const NoteVerifier& log);

}  // namespace crossguard
