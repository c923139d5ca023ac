#include "crypto/aead.h"

#include "crypto/chunked_cipher.h"

namespace crossguard {
namespace {

using crypto::Aead;
using crypto::Cipher;
using crypto::kNonceBytes;
using crypto::Nonce;

static_assert(kBlobChunkBytes == crypto::kStreamChunkBytes && kBlobTagBytes == crypto::kTagBytes);

}  // namespace

WrappedKey WrapKey(const SecretKey& key, const SecretKey& kek, ByteView context, Random& random) {
  WrappedKey wrapped;
  const Nonce nonce = random.Take<kNonceBytes>();
  std::copy(nonce.begin(), nonce.end(), wrapped.bytes.begin());
  Aead(Cipher::kAes256Gcm, kek, Aead::Way::kSeal)
      .Seal(nonce, context, key.reveal(), std::span(wrapped.bytes).subspan(kNonceBytes));
  return wrapped;
}

Result<SecretKey> UnwrapKey(const WrappedKey& wrapped, const SecretKey& kek, ByteView context) {
  Nonce nonce;
  std::copy_n(wrapped.bytes.begin(), kNonceBytes, nonce.begin());
  SecretKey key;
  if (!Aead(Cipher::kAes256Gcm, kek, Aead::Way::kOpen)
           .Open(nonce, context, wrapped.view().subspan(kNonceBytes), key.writable())) {
    return Fail(Code::kDenied, "The wrapped key does not open: use the key-encryption key it was wrapped under.");
  }
  return key;
}

struct BlobSealer::State {
  State(SecretKey body_key, Sink sealed)
      : key(std::move(body_key)), chunks(Cipher::kAes256Gcm, key, std::move(sealed)) {}
  SecretKey key;
  crypto::ChunkSealer chunks;
  Random* random = nullptr;
  uint64_t size_bytes = 0;
  bool finished = false;
};

BlobSealer::BlobSealer(Random& random, Sink sealed)
    : state_(std::make_unique<State>(SecretKey::Make(random), std::move(sealed))) {
  state_->random = &random;
}
BlobSealer::BlobSealer(BlobSealer&&) noexcept = default;
BlobSealer& BlobSealer::operator=(BlobSealer&&) noexcept = default;
BlobSealer::~BlobSealer() = default;

Status BlobSealer::Write(ByteView content) {
  CHECK(!state_->finished);
  state_->size_bytes += content.size();
  if (state_->size_bytes > kBlobSizeMaxBytes) {
    return Fail(Code::kExhausted, "A content larger than 1 PiB cannot be sealed: hand it in as several files.");
  }
  return state_->chunks.Write(content);
}

Result<WrappedKey> BlobSealer::Finish(const SecretKey& kek, ByteView context) {
  CHECK(!state_->finished);  // the body key is for one body
  state_->finished = true;
  TRY(state_->chunks.Finish());
  return WrapKey(state_->key, kek, context, *state_->random);
}

Status OpenBlob(const WrappedKey& wrapped, const SecretKey& kek, ByteView context, const Source& sealed,
                const Sink& content) {
  const SecretKey key = TRY(UnwrapKey(wrapped, kek, context));
  return crypto::OpenChunks(Cipher::kAes256Gcm, key, "The sealed body", sealed, content);
}

struct BlobChunks::State {
  crypto::Aead aead;
  uint64_t content_bytes = 0;
};

BlobChunks::BlobChunks(std::unique_ptr<State> state) : state_(std::move(state)) {}
BlobChunks::BlobChunks(BlobChunks&&) noexcept = default;
BlobChunks& BlobChunks::operator=(BlobChunks&&) noexcept = default;
BlobChunks::~BlobChunks() = default;

Result<BlobChunks> BlobChunks::Open(const WrappedKey& wrapped, const SecretKey& kek, ByteView context,
                                    uint64_t content_bytes) {
  const SecretKey key = TRY(UnwrapKey(wrapped, kek, context));
  return BlobChunks(std::make_unique<State>(
      State{.aead = crypto::Aead(Cipher::kAes256Gcm, key, crypto::Aead::Way::kOpen), .content_bytes = content_bytes}));
}

size_t BlobChunks::ContentBytes(uint64_t chunk) const {
  if (chunk > state_->content_bytes / kBlobChunkBytes) return 0;
  return static_cast<size_t>(std::min<uint64_t>(state_->content_bytes - chunk * kBlobChunkBytes, kBlobChunkBytes));
}

Status BlobChunks::Read(uint64_t chunk, ByteView sealed, std::span<uint8_t> content) {
  const size_t bytes = ContentBytes(chunk);
  CHECK(content.size() == bytes);
  const bool last = chunk * kBlobChunkBytes + bytes == state_->content_bytes;
  if (bytes == 0 || sealed.size() != bytes + kBlobTagBytes ||
      !state_->aead.Open(crypto::ChunkNonce(chunk).Next(last), {}, sealed, content)) {
    return Fail(Code::kCorrupt, "The sealed body is not what was written: get it again from where it came from.");
  }
  return {};
}

Result<Bytes> SealSmall(ByteView content, const SecretKey& kek, ByteView context, Random& random) {
  Bytes out(WrappedKey::kSize);
  out.reserve(WrappedKey::kSize + SealedBodyBytes(content.size()));
  BlobSealer sealer(random, SinkTo(out));
  TRY(sealer.Write(content));
  const WrappedKey wrapped = TRY(sealer.Finish(kek, context));
  std::copy(wrapped.bytes.begin(), wrapped.bytes.end(), out.begin());
  return out;
}

Result<Bytes> OpenSmall(ByteView sealed, const SecretKey& kek, ByteView context) {
  if (sealed.size() < WrappedKey::kSize + kBlobTagBytes) {
    return Fail(Code::kCorrupt, "The sealed value is too short to be one: restore it from a copy.");
  }
  const WrappedKey wrapped = TRY(WrappedKey::From(sealed.first(WrappedKey::kSize)));
  Bytes content;
  content.reserve(sealed.size());
  const Status opened = OpenBlob(wrapped, kek, context, SourceOf(sealed.subspan(WrappedKey::kSize)), SinkTo(content));
  if (!opened) {
    Cleanse(content);
    return std::unexpected(opened.error());
  }
  return content;
}

}  // namespace crossguard
