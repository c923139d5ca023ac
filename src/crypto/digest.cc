#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <utility>

#include "crypto/digest_three.h"
#include "crypto/openssl_raii.h"

namespace crossguard {
namespace {

using crypto::openssl::Data;
using crypto::openssl::MdCtx;

// Fetched once: looking an algorithm up by name costs more than hashing a short message. OpenSSL shares these between
// threads and frees them at exit.
const EVP_MD* Algorithm(const char* name) {
  EVP_MD* md = EVP_MD_fetch(nullptr, name, nullptr);
  CHECK(md != nullptr);  // a build of OpenSSL without it cannot run this program at all
  return md;
}
const EVP_MD* AlgorithmMd5() {
  static const EVP_MD* const kMd = Algorithm("MD5");
  return kMd;
}
const EVP_MD* AlgorithmSha1() {
  static const EVP_MD* const kMd = Algorithm("SHA1");
  return kMd;
}
const EVP_MD* AlgorithmSha256() {
  static const EVP_MD* const kMd = Algorithm("SHA256");
  return kMd;
}

// Digest calls fail only when memory runs out or on misuse: a bug, not an outcome.
void Start(EVP_MD_CTX* context, const EVP_MD* md) {
  CHECK(EVP_DigestInit_ex2(context, md, nullptr) == 1);
}
void Feed(EVP_MD_CTX* context, ByteView bytes) {
  if (!bytes.empty()) CHECK(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
}
template <size_t N>
FixedBytes<N> End(EVP_MD_CTX* context) {
  FixedBytes<N> out;
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(context, out.bytes.data(), &size) == 1 && size == N);
  return out;
}

MdCtx Started(const EVP_MD* md) {
  MdCtx context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  Start(context.get(), md);
  return context;
}

// Small enough that a piece is still in the first-level cache (32-48 KiB) for the second and third digest.
constexpr size_t kInterleaveBytes = size_t{16} * 1024;

}  // namespace

void Cleanse(std::span<uint8_t> bytes) {
  if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
}

bool EqualConstantTime(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(Data(a), Data(b), a.size()) == 0;
}

class DigestStream::State {
 public:
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  virtual ~State() = default;
  virtual void Update(ByteView bytes) = 0;
  virtual Digests Finish() = 0;
};

// The plain way, and the judge of the other.
class DigestStream::InTurn final : public State {
 public:
  void Update(ByteView bytes) override {
    size_bytes_ += bytes.size();
    while (!bytes.empty()) {
      const ByteView piece = bytes.first(std::min(bytes.size(), kInterleaveBytes));
      Feed(md5_.get(), piece);
      Feed(sha1_.get(), piece);
      Feed(sha256_.get(), piece);
      bytes = bytes.subspan(piece.size());
    }
  }

  Digests Finish() override {
    const Digests out{.md5 = End<16>(md5_.get()),
                      .sha1 = End<20>(sha1_.get()),
                      .sha256 = End<32>(sha256_.get()),
                      .size_bytes = std::exchange(size_bytes_, 0)};
    Start(md5_.get(), AlgorithmMd5());
    Start(sha1_.get(), AlgorithmSha1());
    Start(sha256_.get(), AlgorithmSha256());
    return out;
  }

 private:
  MdCtx md5_ = Started(AlgorithmMd5());
  MdCtx sha1_ = Started(AlgorithmSha1());
  MdCtx sha256_ = Started(AlgorithmSha256());
  uint64_t size_bytes_ = 0;
};

class DigestStream::Interleaved final : public State {
 public:
  void Update(ByteView bytes) override {
    size_bytes_ += bytes.size();
    if (rest_bytes_ > 0) {
      const size_t count = std::min(bytes.size(), rest_.size() - rest_bytes_);
      std::copy_n(bytes.begin(), count, rest_.begin() + static_cast<ptrdiff_t>(rest_bytes_));
      rest_bytes_ += count;
      bytes = bytes.subspan(count);
      if (rest_bytes_ < rest_.size()) return;
      crypto::DigestBlocks(states_, rest_.data(), rest_.data(), 1);
    }
    const size_t blocks = bytes.size() / crypto::kDigestBlockBytes;
    if (blocks > 0) crypto::DigestBlocks(states_, bytes.data(), bytes.data(), blocks);
    bytes = bytes.subspan(blocks * crypto::kDigestBlockBytes);
    std::ranges::copy(bytes, rest_.begin());
    rest_bytes_ = bytes.size();
  }

  Digests Finish() override {
    crypto::DigestEnd(states_, ByteView(rest_).first(rest_bytes_), size_bytes_);
    Digests out;
    out.size_bytes = std::exchange(size_bytes_, 0);
    PutWords(states_.md5, out.md5.bytes, false);
    PutWords(states_.sha1, out.sha1.bytes, true);
    PutWords(states_.sha256, out.sha256.bytes, true);
    states_ = {};
    rest_bytes_ = 0;
    return out;
  }

 private:
  template <size_t N>
  static void PutWords(const std::array<uint32_t, N>& words, std::array<uint8_t, 4 * N>& out, bool big_endian) {
    for (size_t i = 0; i < out.size(); ++i) {
      const size_t byte = big_endian ? 3 - i % 4 : i % 4;
      out[i] = static_cast<uint8_t>(words[i / 4] >> (8 * byte));
    }
  }

  crypto::ThreeStates states_;
  std::array<uint8_t, crypto::kDigestBlockBytes> rest_{};  // the begun block
  size_t rest_bytes_ = 0;
  uint64_t size_bytes_ = 0;
};

DigestStream::DigestStream(DigestWay way) {
  if (way == DigestWay::kFastest && crypto::HasInterleavedDigests()) {
    state_ = std::make_unique<Interleaved>();
  } else {
    state_ = std::make_unique<InTurn>();
  }
}
DigestStream::DigestStream(DigestStream&&) noexcept = default;
DigestStream& DigestStream::operator=(DigestStream&&) noexcept = default;
DigestStream::~DigestStream() = default;

void DigestStream::Update(ByteView bytes) {
  state_->Update(bytes);
}

Digests DigestStream::Finish() {
  return state_->Finish();
}

struct Sha256Stream::State {
  MdCtx context = Started(AlgorithmSha256());
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {}
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;
Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Update(ByteView bytes) {
  Feed(state_->context.get(), bytes);
}

Sha256 Sha256Stream::Finish() {
  const Sha256 out = End<32>(state_->context.get());
  Start(state_->context.get(), AlgorithmSha256());
  return out;
}

Digests HashAll(ByteView bytes) {
  DigestStream stream;
  stream.Update(bytes);
  return stream.Finish();
}

Sha256 HashSha256(ByteView bytes) {
  // Reused: for the short messages of a Merkle tree, making a context would cost more than the hashing.
  thread_local const MdCtx kContext = Started(AlgorithmSha256());
  Start(kContext.get(), nullptr);
  Feed(kContext.get(), bytes);
  return End<32>(kContext.get());
}

Sha256 HmacSha256(ByteView key, ByteView message) {
  CHECK(key.size() <= INT_MAX);
  Sha256 out;
  unsigned size = 0;
  CHECK(HMAC(AlgorithmSha256(), Data(key), static_cast<int>(key.size()), Data(message), message.size(),
             out.bytes.data(), &size) != nullptr &&
        size == 32);
  return out;
}

void HkdfSha256(ByteView input_key, ByteView salt, ByteView info, std::span<uint8_t> out) {
  CHECK(out.size() <= size_t{255} * 32);
  static constexpr std::array<uint8_t, 32> kZeroSalt{};
  Sha256 extracted = HmacSha256(salt.empty() ? ByteView(kZeroSalt) : salt, input_key);
  const CleanseAtExit cleanse_extracted(extracted.bytes);
  Sha256 block;
  const CleanseAtExit cleanse_block(block.bytes);
  Bytes message;
  for (uint8_t counter = 1; !out.empty(); ++counter) {
    if (counter == 1) {
      message.assign(info.begin(), info.end());
    } else {
      message.assign(block.bytes.begin(), block.bytes.end());
      message.insert(message.end(), info.begin(), info.end());
    }
    message.push_back(counter);
    block = HmacSha256(extracted.view(), message);
    Cleanse(message);
    const size_t count = std::min(out.size(), block.bytes.size());
    std::copy_n(block.bytes.begin(), count, out.begin());
    out = out.subspan(count);
  }
}

SecretKey HkdfSha256Key(ByteView input_key, ByteView salt, ByteView info) {
  SecretKey out;
  HkdfSha256(input_key, salt, info, out.writable());
  return out;
}

}  // namespace crossguard
