// Evidence bytes: append-only pack files, each blob sealed under a key of its own, that key wrapped by the store's key.
// Bytes go in once per distinct content. Order: pack append -> fdatasync -> the caller's transaction holds the rows -> ack.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crypto/aead.h"
#include "crypto/digest.h"
#include "env/env.h"
#include "register/sql.h"

namespace crossguard {

class Vault {
 public:
  // folder: holds pack-000001 ... ; made if absent. Recovery: bytes behind the last row are cut off by size, never trusted.
  static Result<std::unique_ptr<Vault>> Open(Env& env, Database& database, std::string folder, const SecretKey& store_key);

  // Stages one blob. Streams from `source` in pieces of at most 1 MiB, computes the three digests, and does NOT hold the
  // whole in memory. Appends sealed bytes to the current pack. Not durable and not in the register until Flush + the rows.
  // A content that is already in the register, or already staged, is not written again.
  // `source`: fills the span, returns how much (0 = end).
  using Source = std::function<Result<size_t>(std::span<uint8_t>)>;
  Result<Digests> Stage(const Source& source);

  // One fdatasync for all staged blobs, then writes their rows into the caller's transaction. The caller commits.
  Status Flush(Transaction& transaction);
  // After a failed or rolled-back batch: forgets what was staged.
  void Abandon();

  // The whole blob; kNotFound; kCorrupt if a chunk does not authenticate or the SHA-256 differs; kExhausted above size_max_bytes.
  Result<Bytes> Read(const Sha256& sha256, uint64_t size_max_bytes);
  // In pieces; the sink sees authenticated bytes only. The digest is checked at the end: treat an error as "none of it".
  Status ReadStream(const Sha256& sha256, const std::function<Status(ByteView)>& sink);

  // Re-reads every blob and compares all three digests. Progress in blobs.
  struct ScrubReport { int64_t blob_count = 0; uint64_t byte_count = 0; };
  Result<ScrubReport> Scrub(const std::function<void(int64_t)>& on_blob);

  virtual ~Vault() = default;

 protected:
  Vault() = default;
};

}  // namespace crossguard
