#include "crypto/chunked_cipher.h"

#include <algorithm>

namespace crossguard::crypto {
namespace {

const EVP_CIPHER* Fetch(const char* name) {
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  CHECK(cipher != nullptr);
  return cipher;
}

const EVP_CIPHER* Algorithm(Cipher cipher) {
  static const EVP_CIPHER* const kGcm = Fetch("AES-256-GCM");
  static const EVP_CIPHER* const kChaCha = Fetch("ChaCha20-Poly1305");
  return cipher == Cipher::kAes256Gcm ? kGcm : kChaCha;
}

int Int(size_t size) {
  CHECK(size <= INT_MAX);
  return static_cast<int>(size);
}

}  // namespace

Aead::Aead(Cipher cipher, const SecretKey& key, Way way) : context_(EVP_CIPHER_CTX_new()) {
  CHECK(context_ != nullptr);
  CHECK(EVP_CipherInit_ex2(context_.get(), Algorithm(cipher), key.reveal().data(), nullptr, way == Way::kSeal ? 1 : 0,
                           nullptr) == 1);
}

void Aead::Seal(const Nonce& nonce, ByteView aad, ByteView plain, std::span<uint8_t> out) {
  CHECK(out.size() == plain.size() + kTagBytes);
  EVP_CIPHER_CTX* const context = context_.get();
  int written = 0;
  CHECK(EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1);
  if (!aad.empty()) CHECK(EVP_EncryptUpdate(context, nullptr, &written, aad.data(), Int(aad.size())) == 1);
  written = 0;
  if (!plain.empty()) CHECK(EVP_EncryptUpdate(context, out.data(), &written, plain.data(), Int(plain.size())) == 1);
  CHECK(written == Int(plain.size()));
  CHECK(EVP_EncryptFinal_ex(context, out.data() + written, &written) == 1 && written == 0);
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, out.data() + plain.size()) == 1);
}

bool Aead::Open(const Nonce& nonce, ByteView aad, ByteView sealed, std::span<uint8_t> out) {
  CHECK(sealed.size() >= kTagBytes && out.size() == sealed.size() - kTagBytes);
  EVP_CIPHER_CTX* const context = context_.get();
  const ByteView body = sealed.first(out.size());
  std::array<uint8_t, kTagBytes> tag;
  std::copy_n(sealed.end() - kTagBytes, kTagBytes, tag.begin());
  uint8_t nowhere[1];
  int written = 0;
  CHECK(EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  if (!aad.empty()) CHECK(EVP_DecryptUpdate(context, nullptr, &written, aad.data(), Int(aad.size())) == 1);
  written = 0;
  if (!body.empty()) CHECK(EVP_DecryptUpdate(context, out.data(), &written, body.data(), Int(body.size())) == 1);
  const bool authentic = EVP_DecryptFinal_ex(context, nowhere, &written) == 1;
  if (!authentic) {
    Cleanse(out);
    ERR_clear_error();
  }
  return authentic;
}

Nonce ChunkNonce::Next(bool last) {
  Nonce nonce{};
  for (size_t i = 0; i < 8; ++i) nonce[10 - i] = static_cast<uint8_t>(index_ >> (8 * i));
  nonce[11] = last ? 1 : 0;
  CHECK(++index_ != 0);  // 2^64 chunks cannot happen; a repeated nonce must not
  return nonce;
}

ChunkSealer::ChunkSealer(Cipher cipher, const SecretKey& key, Sink sealed)
    : aead_(cipher, key, Aead::Way::kSeal), sealed_(std::move(sealed)), out_(kStreamChunkBytes + kTagBytes) {}

ChunkSealer::~ChunkSealer() {
  Cleanse(waiting_);
}

Status ChunkSealer::Emit(ByteView chunk, bool last) {
  const std::span<uint8_t> out = std::span(out_).first(chunk.size() + kTagBytes);
  aead_.Seal(nonce_.Next(last), {}, chunk, out);
  return sealed_(out);
}

// A full chunk waits until more comes, for the last chunk is never empty (unless the content is) and may be full.
Status ChunkSealer::Write(ByteView content) {
  if (waiting_.capacity() < kStreamChunkBytes) waiting_.reserve(kStreamChunkBytes);
  while (!content.empty()) {
    if (waiting_.size() == kStreamChunkBytes) {
      TRY(Emit(waiting_, false));
      waiting_.clear();
    }
    if (waiting_.empty() && content.size() > kStreamChunkBytes) {  // whole chunks go past the buffer
      TRY(Emit(content.first(kStreamChunkBytes), false));
      content = content.subspan(kStreamChunkBytes);
      continue;
    }
    const size_t count = std::min(content.size(), kStreamChunkBytes - waiting_.size());
    waiting_.insert(waiting_.end(), content.begin(), content.begin() + static_cast<std::ptrdiff_t>(count));
    content = content.subspan(count);
  }
  return {};
}

Status ChunkSealer::Finish() {
  TRY(Emit(waiting_, true));
  Cleanse(waiting_);
  waiting_.clear();
  return {};
}

Status OpenChunks(Cipher cipher, const SecretKey& key, std::string_view what, const Source& sealed,
                  const Sink& content) {
  const auto corrupt = [&] {
    return Fail(Code::kCorrupt, std::string(what) + " is not what was written: get it again from where it came from.");
  };
  constexpr size_t kSealedChunkBytes = kStreamChunkBytes + kTagBytes;
  Aead aead(cipher, key, Aead::Way::kOpen);
  ChunkNonce nonce;
  Bytes current(kSealedChunkBytes);
  Bytes plain(kStreamChunkBytes);
  const CleanseAtExit cleanse(plain);
  // One byte of the next chunk is read ahead: whether it exists says whether this chunk is the last.
  size_t filled = TRY(ReadFull(sealed, current));
  for (bool first = true;; first = false) {
    std::array<uint8_t, 1> ahead{};
    const bool last = filled < kSealedChunkBytes || TRY(ReadFull(sealed, ahead)) == 0;
    if (filled < kTagBytes) return corrupt();
    const std::span<uint8_t> out = std::span(plain).first(filled - kTagBytes);
    if (out.empty() && !first) return corrupt();
    if (!aead.Open(nonce.Next(last), {}, ByteView(current).first(filled), out)) return corrupt();
    if (!out.empty()) TRY(content(out));
    if (last) return {};
    current[0] = ahead[0];
    filled = 1 + TRY(ReadFull(sealed, std::span(current).subspan(1)));
  }
}

}  // namespace crossguard::crypto
