#include "crypto/age.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "crypto/bech32.h"
#include "crypto/chunked_cipher.h"
#include "crypto/digest.h"
#include "crypto/openssl_raii.h"

namespace crossguard {
namespace {

using namespace crypto;  // NOLINT: this room's own words

constexpr std::string_view kVersionLine = "age-encryption.org/v1\n";
constexpr std::string_view kX25519Info = "age-encryption.org/v1/X25519";
constexpr std::string_view kRecipientPrefix = "age";
constexpr std::string_view kIdentityPrefix = "age-secret-key-";
constexpr size_t kBodyColumns = 64;
constexpr size_t kPayloadNonceBytes = 16;
using FileKey = Secret<16>;

openssl::Pkey ScalarKey(const SecretKey& scalar) {
  return openssl::Pkey(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, scalar.reveal().data(), SecretKey::kSize));
}

FixedBytes<32> PublicPoint(const SecretKey& scalar) {
  const openssl::Pkey key = ScalarKey(scalar);
  FixedBytes<32> point;
  size_t size = point.bytes.size();
  CHECK(key != nullptr && EVP_PKEY_get_raw_public_key(key.get(), point.bytes.data(), &size) == 1 && size == 32);
  return point;
}

// RFC 7748. nullopt if the point is of small order: the result would be all zeros, whoever the secret belongs to.
std::optional<SecretKey> SharedSecret(const SecretKey& scalar, const FixedBytes<32>& point) {
  const openssl::Pkey mine = ScalarKey(scalar);
  const openssl::Pkey theirs(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, point.bytes.data(), 32));
  CHECK(mine != nullptr && theirs != nullptr);
  const openssl::PkeyCtx context(EVP_PKEY_CTX_new(mine.get(), nullptr));
  SecretKey shared;
  size_t size = SecretKey::kSize;
  const bool done = context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
                    EVP_PKEY_derive_set_peer(context.get(), theirs.get()) == 1 &&
                    EVP_PKEY_derive(context.get(), shared.writable().data(), &size) == 1 && size == SecretKey::kSize;
  if (!done || EqualConstantTime(shared.reveal(), SecretKey().reveal())) {
    ERR_clear_error();
    return std::nullopt;
  }
  return shared;
}

SecretKey WrapKeyOf(const SecretKey& shared, const FixedBytes<32>& share, const FixedBytes<32>& recipient) {
  Bytes salt = ToBytes(share.view());
  salt.insert(salt.end(), recipient.bytes.begin(), recipient.bytes.end());
  return HkdfSha256Key(shared.reveal(), salt, AsBytes(kX25519Info));
}

Sha256 HeaderMac(const FileKey& file_key, std::string_view header) {
  const SecretKey key = HkdfSha256Key(file_key.reveal(), {}, AsBytes("header"));
  return HmacSha256(key.reveal(), AsBytes(header));
}

SecretKey PayloadKey(const FileKey& file_key, ByteView nonce) {
  return HkdfSha256Key(file_key.reveal(), nonce, AsBytes("payload"));
}

// --- Header reading -------------------------------------------------------------------------------------------------

std::unexpected<Error> BadHeader() {
  return Fail(Code::kCorrupt, "The header of the age file is damaged: get the file again from its sender.");
}

// Lines from a source, without reading past the header (the payload follows it at once). One byte a call is slow, and
// so a header is; it has a limit.
class HeaderReader {
 public:
  explicit HeaderReader(const Source& source) : source_(source) {}

  // The next line without its newline; valid until the next call.
  Result<std::string_view> Line() {
    const size_t begin = text_.size();
    for (;;) {
      uint8_t byte = 0;
      if (TRY(source_(std::span(&byte, 1))) == 0) return BadHeader();
      if (byte == '\n') {
        text_ += '\n';
        return std::string_view(text_).substr(begin, text_.size() - begin - 1);
      }
      if (byte < 0x20 || byte > 0x7e) return BadHeader();
      text_ += static_cast<char>(byte);
      if (text_.size() > kAgeHeaderMaxBytes) {
        return Fail(Code::kExhausted, "The header of the age file is larger than 256 KiB: ask for fewer recipients.");
      }
    }
  }
  std::string_view text() const { return text_; }  // all lines so far

 private:
  const Source& source_;
  std::string text_;
};

struct Stanza {
  std::vector<std::string> arguments;  // the first is the type
  Bytes body;
};

struct Header {
  std::vector<Stanza> stanzas;
  Sha256 mac;
  std::string mac_covers;  // everything up to and with "---"
};

// The one spelling: standard alphabet, no padding, no stray bits.
Result<Bytes> StrictBase64(std::string_view text) {
  if (text.find('=') != std::string_view::npos) return BadHeader();
  auto bytes = FromBase64(text);
  if (!bytes) return BadHeader();
  return bytes;
}

Result<Stanza> ReadStanza(HeaderReader& reader, std::string_view first_line) {
  Stanza stanza;
  std::string_view rest = first_line.substr(3);  // "-> "
  for (;;) {
    const size_t space = rest.find(' ');
    if (rest.substr(0, space).empty()) return BadHeader();
    stanza.arguments.emplace_back(rest.substr(0, space));
    if (space == std::string_view::npos) break;
    rest.remove_prefix(space + 1);
  }
  for (;;) {  // full lines, then one that is shorter (possibly empty)
    const std::string_view line = TRY(reader.Line());
    if (line.size() > kBodyColumns) return BadHeader();
    const Bytes piece = TRY(StrictBase64(line));
    stanza.body.insert(stanza.body.end(), piece.begin(), piece.end());
    if (line.size() < kBodyColumns) return stanza;
  }
}

Result<Header> ReadHeader(const Source& source) {
  std::array<uint8_t, kVersionLine.size()> version{};
  const size_t got = TRY(ReadFull(source, version));
  const std::string_view seen = AsText(ByteView(version).first(got));
  if (seen != kVersionLine) {
    if (seen.starts_with("age-encryption.org/")) {
      return Fail(Code::kUnsupported, "The age file is of another version: ask its sender for age version 1.");
    }
    return Fail(Code::kInvalid, "This is not a binary age file: give the payload as it was received.");
  }
  HeaderReader reader(source);
  Header header;
  for (;;) {
    const std::string_view line = TRY(reader.Line());
    if (line.starts_with("--- ")) {
      const Bytes mac = TRY(StrictBase64(line.substr(4)));
      const auto fixed = Sha256::From(mac);
      if (!fixed) return BadHeader();
      header.mac = *fixed;
      header.mac_covers = std::string(kVersionLine) +
                          std::string(reader.text().substr(0, reader.text().size() - line.size() - 1)) + "---";
      if (header.stanzas.empty()) return BadHeader();
      return header;
    }
    if (!line.starts_with("-> ")) return BadHeader();
    if (header.stanzas.size() == kAgeRecipientsMax) {
      return Fail(Code::kExhausted, "The age file has more than 1,024 recipients: ask for fewer.");
    }
    const std::string first_line(line);
    header.stanzas.push_back(TRY(ReadStanza(reader, first_line)));
  }
}

// The file key, if this stanza is for this identity. kCorrupt if an X25519 stanza is not shaped as one.
Result<std::optional<FileKey>> Unwrap(const Stanza& stanza, const AgeIdentity& identity) {
  if (stanza.arguments.size() != 2 || stanza.body.size() != FileKey::kSize + kTagBytes) return BadHeader();
  const Bytes share_bytes = TRY(StrictBase64(stanza.arguments[1]));
  const auto share = FixedBytes<32>::From(share_bytes);
  if (!share) return BadHeader();
  const auto shared = SharedSecret(identity.RevealScalar(), *share);
  if (!shared) return BadHeader();
  const SecretKey wrap_key = WrapKeyOf(*shared, *share, identity.recipient().point());
  FileKey file_key;
  if (!Aead(Cipher::kChaCha20Poly1305, wrap_key, Aead::Way::kOpen).Open({}, {}, stanza.body, file_key.writable())) {
    return std::optional<FileKey>();
  }
  return std::optional<FileKey>(std::move(file_key));
}

Result<FileKey> FindFileKey(const Header& header, std::span<const AgeIdentity> identities) {
  for (const Stanza& stanza : header.stanzas) {
    if (stanza.arguments.front() == "scrypt") {
      return Fail(Code::kUnsupported,
                  "The age file is locked with a passphrase: ask for one sealed to your recipient.");
    }
  }
  std::optional<FileKey> found;
  for (const Stanza& stanza : header.stanzas) {
    if (stanza.arguments.front() != "X25519") continue;  // other types are for others, as the format asks
    for (const AgeIdentity& identity : identities) {
      if (found) break;
      found = TRY(Unwrap(stanza, identity));
    }
  }
  if (!found) {
    return Fail(Code::kDenied, "None of the identities opens the age file: use the identity it was sealed to.");
  }
  return std::move(*found);
}

}  // namespace

// --- Keys -----------------------------------------------------------------------------------------------------------

Result<AgeRecipient> AgeRecipient::Parse(std::string_view text) {
  const auto decoded = DecodeBech32(text);
  AgeRecipient out;
  if (decoded && decoded->prefix == kRecipientPrefix && decoded->data.size() == out.point_.bytes.size()) {
    std::copy(decoded->data.begin(), decoded->data.end(), out.point_.bytes.begin());
    if (out.text() == text) return out;
  }
  return Fail(Code::kInvalid, "This is not an age recipient: it starts with 'age1' and has 62 lower-case characters.");
}

std::string AgeRecipient::text() const {
  return EncodeBech32(kRecipientPrefix, point_.view());
}

AgeIdentity::AgeIdentity(SecretKey scalar) : scalar_(std::move(scalar)) {
  recipient_.point_ = PublicPoint(scalar_);
}

AgeIdentity AgeIdentity::Make(Random& random) {
  return AgeIdentity(SecretKey::Make(random));
}

Result<AgeIdentity> AgeIdentity::Parse(std::string_view text) {
  auto decoded = DecodeBech32(text);
  if (decoded) {
    const CleanseAtExit cleanse(decoded->data);
    auto scalar = SecretKey::From(decoded->data);
    if (scalar && decoded->prefix == kIdentityPrefix && text.front() == 'A') return AgeIdentity(std::move(*scalar));
  }
  return Fail(Code::kInvalid, "This is not an age identity: it starts with 'AGE-SECRET-KEY-1', in capitals.");
}

Result<AgeIdentity> AgeIdentity::ParseFile(std::string_view text) {
  std::optional<AgeIdentity> found;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    if (found) return Fail(Code::kInvalid, "The identity file holds more than one identity: give them one by one.");
    found = TRY(Parse(line));
  }
  if (!found) return Fail(Code::kInvalid, "The identity file holds no identity: give the file that age-keygen wrote.");
  return std::move(*found);
}

std::string AgeIdentity::RevealText() const {
  std::string text = EncodeBech32(kIdentityPrefix, scalar_.reveal());
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

// --- Sealing --------------------------------------------------------------------------------------------------------

struct AgeSealer::State {
  State(const SecretKey& payload_key, Sink sealed)
      : chunks(Cipher::kChaCha20Poly1305, payload_key, std::move(sealed)) {}
  ChunkSealer chunks;
  bool finished = false;
};

AgeSealer::AgeSealer(std::unique_ptr<State> state) : state_(std::move(state)) {}
AgeSealer::AgeSealer(AgeSealer&&) noexcept = default;
AgeSealer& AgeSealer::operator=(AgeSealer&&) noexcept = default;
AgeSealer::~AgeSealer() = default;

Result<AgeSealer> AgeSealer::Start(std::span<const AgeRecipient> recipients, Random& random, Sink sealed) {
  if (recipients.empty() || recipients.size() > kAgeRecipientsMax) {
    return Fail(Code::kInvalid, "An age file needs 1 to 1,024 recipients: give at least one, and no more than that.");
  }
  const FileKey file_key = FileKey::Make(random);
  std::string header(kVersionLine);
  for (const AgeRecipient& recipient : recipients) {
    const SecretKey ephemeral = SecretKey::Make(random);
    const FixedBytes<32> share = PublicPoint(ephemeral);
    const auto shared = SharedSecret(ephemeral, recipient.point());
    if (!shared) return Fail(Code::kInvalid, "An age recipient is not a usable key: ask its owner for another one.");
    const SecretKey wrap_key = WrapKeyOf(*shared, share, recipient.point());
    std::array<uint8_t, FileKey::kSize + kTagBytes> body{};
    Aead(Cipher::kChaCha20Poly1305, wrap_key, Aead::Way::kSeal).Seal({}, {}, file_key.reveal(), body);
    header += "-> X25519 " + ToBase64Unpadded(share.view()) + "\n" + ToBase64Unpadded(body) + "\n";
  }
  header += "---";
  header += " " + ToBase64Unpadded(HeaderMac(file_key, header).view()) + "\n";
  const auto nonce = random.Take<kPayloadNonceBytes>();
  TRY(sealed(AsBytes(header)));
  TRY(sealed(nonce));
  return AgeSealer(std::make_unique<State>(PayloadKey(file_key, nonce), std::move(sealed)));
}

Status AgeSealer::Write(ByteView content) {
  CHECK(!state_->finished);
  return state_->chunks.Write(content);
}

Status AgeSealer::Finish() {
  CHECK(!state_->finished);
  state_->finished = true;
  return state_->chunks.Finish();
}

// --- Opening --------------------------------------------------------------------------------------------------------

Status OpenAge(std::span<const AgeIdentity> identities, const Source& sealed, const Sink& content) {
  const Header header = TRY(ReadHeader(sealed));
  const FileKey file_key = TRY(FindFileKey(header, identities));
  if (!EqualConstantTime(HeaderMac(file_key, header.mac_covers).view(), header.mac.view())) return BadHeader();
  std::array<uint8_t, kPayloadNonceBytes> nonce{};
  if (TRY(ReadFull(sealed, nonce)) != nonce.size()) return BadHeader();
  const SecretKey payload_key = PayloadKey(file_key, nonce);
  return OpenChunks(Cipher::kChaCha20Poly1305, payload_key, "The content of the age file", sealed, content);
}

Result<Bytes> SealAgeSmall(ByteView content, std::span<const AgeRecipient> recipients, Random& random) {
  Bytes out;
  AgeSealer sealer = TRY(AgeSealer::Start(recipients, random, SinkTo(out)));
  TRY(sealer.Write(content));
  TRY(sealer.Finish());
  return out;
}

Result<Bytes> OpenAgeSmall(ByteView sealed, std::span<const AgeIdentity> identities) {
  Bytes content;
  content.reserve(sealed.size());  // so that no copy of the content is left behind by growth
  const Status opened = OpenAge(identities, SourceOf(sealed), SinkTo(content));
  if (!opened) {
    Cleanse(content);
    return std::unexpected(opened.error());
  }
  return content;
}

}  // namespace crossguard
