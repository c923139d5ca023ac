// Sealing at rest: how evidence bytes lie on disk.
//
// A sealed body is AES-256-GCM in chunks of 64 KiB under a key that belongs to that one body (the STREAM construction
// of Hoang, Reyhanitabar, Rogaway and Vizár, 2015): the nonce of chunk i is 11 bytes big-endian i and one byte that is
// 1 for the last chunk, else 0. So a chunk that is changed, moved, repeated, left out or taken from another body does
// not open, and neither does a body cut short or lengthened.
//
//   body    = chunk*            chunk = ciphertext (65,536 bytes; the last 1..65,536, or 0 if the whole is empty) | tag
//   16 wrapped = nonce 12 | AES-256-GCM under the KEK of the body key, 32 | tag 16     = 60 bytes
//
// The body key is made here, used for one body, and exists outside memory only as `wrapped`, bound to what the caller
// gives as `context` (the vault: the SHA-256 of the content): destroy the wrapped key and the body can never be read
// again.
//
// Limits. A KEK may wrap 2^32 keys (random 96-bit nonces, NIST SP 800-38D §8.3). The size of the content is not hidden.
// Tags are 128 bit. The KEK's holder can read and forge everything under it.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "crypto/secret.h"
#include "crypto/stream.h"

namespace crossguard {

constexpr size_t kBlobChunkBytes = size_t{64} * 1024;
constexpr size_t kBlobTagBytes = 16;
constexpr uint64_t kBlobSizeMaxBytes = uint64_t{1} << 50U;  // 1 PiB: far below any limit of GCM under one key

using WrappedKey = FixedBytes<60>;

// Size of the sealed body of a content of that many bytes.
constexpr uint64_t SealedBodyBytes(uint64_t content_bytes) {
  const uint64_t chunks = content_bytes == 0 ? 1 : (content_bytes + kBlobChunkBytes - 1) / kBlobChunkBytes;
  return content_bytes + chunks * kBlobTagBytes;
}

WrappedKey WrapKey(const SecretKey& key, const SecretKey& kek, ByteView context, Random& random);
// kDenied if the KEK or the context is another one, or the wrapped key was changed: the three cannot be told apart.
Result<SecretKey> UnwrapKey(const WrappedKey& wrapped, const SecretKey& kek, ByteView context);

// Seals one content of any size in memory of two chunks. Write in pieces of any size, then Finish once. The sink's
// errors are passed on; after an error the object must be thrown away together with what it wrote.
class BlobSealer {
 public:
  BlobSealer(Random& random, Sink sealed);  // draws the body key
  BlobSealer(BlobSealer&&) noexcept;
  BlobSealer& operator=(BlobSealer&&) noexcept;
  ~BlobSealer();

  Status Write(ByteView content);
  // Writes the last chunk and returns the body key, wrapped. `context` may depend on the content.
  Result<WrappedKey> Finish(const SecretKey& kek, ByteView context);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Opens a sealed body of any size in memory of two chunks. Only chunks that are authentic reach `content`, in order;
// but that the body is whole is known only when this returns success, so the caller releases nothing before that.
// kDenied: see UnwrapKey. kCorrupt: the body is not what was written. Errors of source and sink are passed on.
Status OpenBlob(const WrappedKey& wrapped, const SecretKey& kek, ByteView context, const Source& sealed,
                const Sink& content);

// Opens single chunks of a sealed body, in any order, for a reader that needs parts of it. Each chunk is authentic in
// its place; that the rest of the body is whole is not said.
class BlobChunks {
 public:
  // content_bytes: of the whole content. kDenied: see UnwrapKey.
  static Result<BlobChunks> Open(const WrappedKey& wrapped, const SecretKey& kek, ByteView context,
                                 uint64_t content_bytes);
  BlobChunks(BlobChunks&&) noexcept;
  BlobChunks& operator=(BlobChunks&&) noexcept;
  ~BlobChunks();

  size_t ContentBytes(uint64_t chunk) const;  // of that chunk; 0 if there is none of that number
  // sealed: the whole chunk with its tag; content: of exactly ContentBytes(chunk). kCorrupt: it is not what was
  // written.
  Status Read(uint64_t chunk, ByteView sealed, std::span<uint8_t> content);

 private:
  struct State;
  explicit BlobChunks(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The same for small contents, all in memory: wrapped key | body, as one value.
Result<Bytes> SealSmall(ByteView content, const SecretKey& kek, ByteView context, Random& random);
// kCorrupt if it is too short to be one; otherwise as OpenBlob. Returns nothing unless all of it is authentic.
Result<Bytes> OpenSmall(ByteView sealed, const SecretKey& kek, ByteView context);

}  // namespace crossguard
