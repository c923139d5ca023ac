// Private to this room: one AEAD, used chunk by chunk in the STREAM construction (see aead.h; age.h uses the same with
// ChaCha20-Poly1305), and its single-message form.
#pragma once

#include <array>
#include <cstdint>

#include "crypto/openssl_raii.h"
#include "crypto/secret.h"
#include "crypto/stream.h"

namespace crossguard::crypto {

constexpr size_t kStreamChunkBytes = size_t{64} * 1024;
constexpr size_t kTagBytes = 16;
constexpr size_t kNonceBytes = 12;
using Nonce = std::array<uint8_t, kNonceBytes>;

enum class Cipher : uint8_t { kAes256Gcm, kChaCha20Poly1305 };

// One key, many messages. Not shared between threads.
class Aead {
 public:
  enum class Way : uint8_t { kSeal, kOpen };
  Aead(Cipher cipher, const SecretKey& key, Way way);

  // out.size() == plain.size() + kTagBytes.
  void Seal(const Nonce& nonce, ByteView aad, ByteView plain, std::span<uint8_t> out);
  // out.size() == sealed.size() - kTagBytes; sealed.size() >= kTagBytes. False: not authentic, and out holds nothing of
  // it.
  bool Open(const Nonce& nonce, ByteView aad, ByteView sealed, std::span<uint8_t> out);

 private:
  openssl::CipherCtx context_;
};

// Counts chunks; the nonce says which and whether it is the last.
class ChunkNonce {
 public:
  explicit ChunkNonce(uint64_t index = 0) : index_(index) {}
  Nonce Next(bool last);

 private:
  uint64_t index_;
};

// The writing half: cuts what it gets into chunks; the last chunk is known only at Finish.
class ChunkSealer {
 public:
  ChunkSealer(Cipher cipher, const SecretKey& key, Sink sealed);
  ~ChunkSealer();
  ChunkSealer(const ChunkSealer&) = delete;
  ChunkSealer& operator=(const ChunkSealer&) = delete;
  Status Write(ByteView content);
  Status Finish();

 private:
  Status Emit(ByteView chunk, bool last);

  Aead aead_;
  ChunkNonce nonce_;
  Sink sealed_;
  Bytes waiting_;  // < or = one chunk
  Bytes out_;
};

// The reading half. kCorrupt if a chunk is not authentic, the last is missing, or something follows it. `what` names
// the thing in the error sentence ("The sealed body").
Status OpenChunks(Cipher cipher, const SecretKey& key, std::string_view what, const Source& sealed,
                  const Sink& content);

}  // namespace crossguard::crypto
