#include "crypto/signing.h"

#include <algorithm>
#include <charconv>

#include "crypto/digest.h"
#include "crypto/openssl_raii.h"

namespace crossguard {
namespace {

using namespace crypto::openssl;  // NOLINT: this room's own words

constexpr uint8_t kAlgorithmEd25519 = 0x01;
constexpr std::string_view kSignatureMark = "\xE2\x80\x94 ";  // em dash, space

bool IsNoteName(std::string_view name) {
  if (name.empty() || !IsUtf8(name)) return false;
  for (const char c : name) {
    if (static_cast<uint8_t>(c) <= 0x20 || c == 0x7F || c == '+') return false;
  }
  return true;
}

bool IsNoteText(std::string_view text) {
  if (text.empty() || text.back() != '\n' || !IsUtf8(text)) return false;
  for (const char c : text) {
    if (static_cast<uint8_t>(c) < 0x20 && c != '\n') return false;
  }
  return true;
}

// Where the signature lines start: after the last empty line.
Result<size_t> SignaturesStart(std::string_view note) {
  const auto fail = [] {
    return Fail(Code::kInvalid, "This is not a signed note: give the file as the log wrote it.");
  };
  if (note.size() > kNoteSizeMaxBytes) {
    return Fail(Code::kExhausted, "A signed note may have 64 KiB at most: give the checkpoint, not the log.");
  }
  const size_t gap = note.rfind("\n\n");
  if (gap == std::string_view::npos || !IsNoteText(note.substr(0, gap + 1)) || note.back() != '\n') return fail();
  return gap + 2;
}

std::string SignatureLine(std::string_view text, std::string_view name, const SigningKey& key) {
  const uint32_t id = NoteKeyId(name, key.public_key());
  Bytes blob = {static_cast<uint8_t>(id >> 24U), static_cast<uint8_t>(id >> 16U), static_cast<uint8_t>(id >> 8U),
                static_cast<uint8_t>(id)};
  const Signature signature = key.Sign(AsBytes(text));
  blob.insert(blob.end(), signature.bytes.begin(), signature.bytes.end());
  return std::string(kSignatureMark) + std::string(name) + " " + ToBase64(blob) + "\n";
}

// Strict: the one padded spelling of these bytes.
Result<Bytes> CanonicalBase64(std::string_view text) {
  Bytes bytes = TRY(FromBase64(text));
  if (ToBase64(bytes) != text) return Fail(Code::kInvalid, "A base64 value is not in its one canonical spelling.");
  return bytes;
}

// The next line without its newline, taken off the front of `text`, which ends in a newline.
std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

SigningKey::SigningKey(SecretKey seed) : seed_(std::move(seed)) {
  const Pkey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed_.reveal().data(), SecretKey::kSize));
  size_t size = PublicKey{}.raw.bytes.size();
  CHECK(key != nullptr && EVP_PKEY_get_raw_public_key(key.get(), public_key_.raw.bytes.data(), &size) == 1);
  CHECK(size == public_key_.raw.bytes.size());
}

Signature SigningKey::Sign(ByteView message) const {
  const Pkey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed_.reveal().data(), SecretKey::kSize));
  const MdCtx context(EVP_MD_CTX_new());
  Signature signature;
  size_t size = signature.bytes.size();
  CHECK(key != nullptr && context != nullptr &&
        EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
        EVP_DigestSign(context.get(), signature.bytes.data(), &size, Data(message), message.size()) == 1 &&
        size == signature.bytes.size());
  return signature;
}

bool Verify(const PublicKey& key, ByteView message, const Signature& signature) {
  const Pkey pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.raw.bytes.data(), key.raw.bytes.size()));
  const MdCtx context(EVP_MD_CTX_new());
  const bool right = pkey != nullptr && context != nullptr &&
                     EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
                     EVP_DigestVerify(context.get(), signature.bytes.data(), signature.bytes.size(), Data(message),
                                      message.size()) == 1;
  if (!right) ERR_clear_error();
  return right;
}

uint32_t NoteKeyId(std::string_view name, const PublicKey& key) {
  Bytes input = ToBytes(name);
  input.push_back('\n');
  input.push_back(kAlgorithmEd25519);
  input.insert(input.end(), key.raw.bytes.begin(), key.raw.bytes.end());
  const Sha256 digest = HashSha256(input);
  uint32_t id = 0;
  for (size_t i = 0; i < 4; ++i) id = (id << 8U) | digest.bytes[i];
  return id;
}

std::string VerifierText(const NoteVerifier& verifier) {
  const uint32_t id = NoteKeyId(verifier.name, verifier.key);
  const Bytes id_bytes = {static_cast<uint8_t>(id >> 24U), static_cast<uint8_t>(id >> 16U),
                          static_cast<uint8_t>(id >> 8U), static_cast<uint8_t>(id)};
  Bytes key = {kAlgorithmEd25519};
  key.insert(key.end(), verifier.key.raw.bytes.begin(), verifier.key.raw.bytes.end());
  return verifier.name + "+" + ToHex(id_bytes) + "+" + ToBase64(key);
}

Result<NoteVerifier> ParseVerifier(std::string_view text) {
  const auto fail = [] {
    return Fail(Code::kInvalid, "This is not a verifier key: give it as <name>+<key id>+<base64 key> with Ed25519.");
  };
  const size_t first = text.find('+');
  if (first == std::string_view::npos) return fail();
  const size_t second = text.find('+', first + 1);
  if (second == std::string_view::npos) return fail();
  const auto key = CanonicalBase64(text.substr(second + 1));
  if (!key || key->size() != 33 || key->front() != kAlgorithmEd25519) return fail();
  NoteVerifier out{.name = std::string(text.substr(0, first)), .key = {}};
  std::copy(key->begin() + 1, key->end(), out.key.raw.bytes.begin());
  if (!IsNoteName(out.name) || VerifierText(out) != text) return fail();
  return out;
}

Result<std::string> SignNote(std::string_view text, std::string_view name, const SigningKey& key) {
  if (!IsNoteText(text)) {
    return Fail(Code::kInvalid, "A note must be UTF-8 lines that end in a newline and hold no control characters.");
  }
  if (!IsNoteName(name)) return Fail(Code::kInvalid, "A note's signer needs a name without spaces, '+' and controls.");
  return std::string(text) + "\n" + SignatureLine(text, name, key);
}

Result<std::string> AddNoteSignature(std::string_view note, std::string_view name, const SigningKey& key) {
  const size_t start = TRY(SignaturesStart(note));
  if (!IsNoteName(name)) return Fail(Code::kInvalid, "A note's signer needs a name without spaces, '+' and controls.");
  return std::string(note) + SignatureLine(note.substr(0, start - 1), name, key);
}

Result<OpenedNote> OpenNote(std::string_view note, std::span<const NoteVerifier> known) {
  const auto fail = [] {
    return Fail(Code::kInvalid, "A signature line of the note is malformed: get the note again.");
  };
  const size_t start = TRY(SignaturesStart(note));
  OpenedNote out{.text = std::string(note.substr(0, start - 1)), .signers = {}};
  std::string_view lines = note.substr(start);
  if (lines.empty()) return fail();
  for (size_t count = 0; !lines.empty(); ++count) {
    if (count == kNoteSignaturesMax) return Fail(Code::kExhausted, "A note may have 64 signatures at most.");
    std::string_view line = TakeLine(lines);
    if (!line.starts_with(kSignatureMark)) return fail();
    line.remove_prefix(kSignatureMark.size());
    const size_t space = line.find(' ');
    if (space == std::string_view::npos || !IsNoteName(line.substr(0, space))) return fail();
    const std::string_view name = line.substr(0, space);
    const auto blob = CanonicalBase64(line.substr(space + 1));
    if (!blob || blob->size() < 5) return fail();
    uint32_t id = 0;
    for (size_t i = 0; i < 4; ++i) id = (id << 8U) | (*blob)[i];
    for (const NoteVerifier& verifier : known) {
      if (verifier.name != name || NoteKeyId(verifier.name, verifier.key) != id) continue;
      const auto signature = Signature::From(ByteView(*blob).subspan(4));
      if (!signature || !Verify(verifier.key, AsBytes(out.text), *signature)) {
        return Fail(Code::kCorrupt, "The note is not what its signer wrote: get it again and do not rely on this one.");
      }
      if (std::find(out.signers.begin(), out.signers.end(), name) == out.signers.end()) out.signers.emplace_back(name);
      break;
    }
  }
  if (out.signers.empty()) {
    return Fail(Code::kDenied, "None of the known keys signed the note: add the signer's key if you trust it.");
  }
  return out;
}

Result<std::string> CheckpointText(const Checkpoint& checkpoint) {
  std::string text =
      checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + ToBase64(checkpoint.root.view()) + "\n";
  for (const std::string& extension : checkpoint.extensions) text += extension + "\n";
  if (ParseCheckpoint(text) != checkpoint) {
    return Fail(Code::kInvalid, "A checkpoint's origin and extensions must each be one line that is not empty.");
  }
  return text;
}

Result<Checkpoint> ParseCheckpoint(std::string_view text) {
  const auto fail = [] {
    return Fail(Code::kInvalid, "This is not a checkpoint: it needs an origin, a size and a root, one a line.");
  };
  if (!IsNoteText(text)) return fail();
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    lines.push_back(TakeLine(text));
    if (lines.back().empty()) return fail();
  }
  if (lines.size() < 3) return fail();
  Checkpoint out{.origin = std::string(lines[0]), .size = 0, .root = {}, .extensions = {}};
  const std::string_view size = lines[1];
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), out.size);
  if (error != std::errc() || end != size.data() + size.size() || (size.size() > 1 && size[0] == '0')) return fail();
  const auto root = CanonicalBase64(lines[2]);
  if (!root || root->size() != Sha256::kSize) return fail();
  std::copy(root->begin(), root->end(), out.root.bytes.begin());
  for (size_t i = 3; i < lines.size(); ++i) out.extensions.emplace_back(lines[i]);
  return out;
}

Result<std::string> SignCheckpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  return SignNote(TRY(CheckpointText(checkpoint)), checkpoint.origin, key);
}

Result<Checkpoint> OpenCheckpoint(std::string_view note, const NoteVerifier& log) {
  const OpenedNote opened = TRY(OpenNote(note, std::span(&log, 1)));
  Checkpoint checkpoint = TRY(ParseCheckpoint(opened.text));
  if (checkpoint.origin != log.name) {
    return Fail(Code::kInvalid, "The checkpoint is of another log: compare its first line with the log you meant.");
  }
  return checkpoint;
}

}  // namespace crossguard
