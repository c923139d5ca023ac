// Evidence bytes: append-only pack files, each blob sealed under a key of its own, that key wrapped by the store's key.
// Bytes go in once per distinct content. Order: pack append -> fdatasync -> the caller's transaction holds the rows ->
// ack. The format is docs/formats/pack.md.
//
// Threads. A Vault object and its Database belong to one thread at a time. One writer (Open) per folder, which the
// owner of the data directory guarantees by its lock; any number of readers (OpenToRead), each with its own Database,
// in other threads or processes, may run beside it: a row that they can see points to bytes that never change.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "crypto/aead.h"
#include "crypto/digest.h"
#include "env/env.h"
#include "register/sql.h"

namespace crossguard {

struct VaultLimits {
  uint64_t pack_roll_bytes = uint64_t{1} << 30U;  // a pack that has reached this is closed; a blob is never split
  size_t hold_bytes = size_t{4} << 20U;           // contents up to this are hashed in memory before anything is written
};

class Vault {
 public:
  // folder: holds pack-000001 ... ; made if absent. Recovery: bytes behind the last row are cut off by size, never
  // trusted. kCorrupt if a pack is shorter than its rows say, or the packs prove that the register is older than they
  // are. What is handed in must outlive the vault.
  static Result<std::unique_ptr<Vault>> Open(Env& env, Database& database, std::string folder,
                                             const SecretKey& store_key, VaultLimits limits = {});
  // Reads only: changes nothing on disk; Stage and Flush are kDenied.
  static Result<std::unique_ptr<Vault>> OpenToRead(Env& env, Database& database, std::string folder,
                                                   const SecretKey& store_key);
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;
  ~Vault();

  // Stages one blob. Streams from `source` in pieces of at most 1 MiB, computes the three digests, and does NOT hold
  // the whole in memory (at most limits.hold_bytes). Appends sealed bytes to the current pack. Not durable and not in
  // the register until Flush + the caller's commit. A content that is already in the register, or already staged, is
  // not kept again. `source`: fills the span, returns how much (0 = end). A failure leaves what was staged before as it
  // was. kExhausted when the disk is full, or when two packs would be closed in one batch (Flush first; staged_bytes()
  // tells).
  using Source = crossguard::Source;
  Result<Digests> Stage(const Source& source);
  // The same for who is handed the bytes instead of asking for them: StageBegin, StagePart as often as they come
  // (pieces of any size), StageEnd. Nothing else may be staged between; after an error, or by StageCancel, the blob is
  // as if it had never begun. Memory: limits.hold_bytes, whatever comes.
  Status StageBegin();
  Status StagePart(ByteView content);
  Result<Digests> StageEnd();
  void StageCancel();
  // Sealed bytes that wait for a Flush. A caller that flushes at 64 MiB or so never meets the limit above.
  uint64_t staged_bytes() const;

  // One fdatasync for all staged blobs, then writes their rows into the caller's transaction. The caller commits.
  // After an error nothing of the batch counts: roll back, Abandon, begin again.
  Status Flush(Transaction& transaction);
  // After a failed or rolled-back batch (and after the rollback): forgets what was staged and cuts its bytes off. If
  // the cut fails, the next Stage or Flush tries again first. Harmless after a commit: only bytes without rows are cut.
  void Abandon();

  // The whole blob; kNotFound; kCorrupt if a chunk does not authenticate or the SHA-256 differs; kExhausted above
  // size_max_bytes; kDenied if the store key is not the one that sealed it.
  Result<Bytes> Read(const Sha256& sha256, uint64_t size_max_bytes);
  // In pieces; the sink sees authenticated bytes only. The digest is checked at the end: treat an error as "none of
  // it".
  Status ReadStream(const Sha256& sha256, const std::function<Status(ByteView)>& sink);

  // A part: fills `out` from `offset_bytes` of the content on, as far as there are bytes; returns how many, 0 at the
  // end or behind it. Each chunk of 64 KiB that is touched is authenticated in its place; the SHA-256 of the whole is
  // not computed (ReadStream and Scrub do that). Errors as Read. Memory: two chunks.
  Result<size_t> ReadAt(const Sha256& sha256, uint64_t offset_bytes, std::span<uint8_t> out);

  // Destroys contents: their rows, and with them the wrapped keys, go in the caller's transaction; digests that the
  // vault does not hold are passed over. Only the place of the record stays known. Returns how many were held.
  // kConflict while something is staged: flush or abandon it first.
  Result<int64_t> Destroy(Transaction& transaction, std::span<const Sha256> contents);
  // After the commit: zeros over every destroyed record that still stands in a pack. Safe to repeat, also after a
  // crash. Returns how many records were overwritten. Other vault objects that read may keep a file open; the bytes
  // they could still see are zeros too where the file system writes in place (env/files.h).
  Result<int64_t> PunchDestroyed();

  // Re-reads every blob, compares all three digests, the size, and the record around it, and that the records of a pack
  // lie without gaps they should not have. kCorrupt names the first blob that is not what was written.
  struct ScrubReport {
    int64_t blob_count = 0;
    uint64_t byte_count = 0;  // of contents
    // In packs, behind no row: destroyed, or left by batches that were rolled back without Abandon.
    uint64_t unused_byte_count = 0;
  };
  Result<ScrubReport> Scrub(const std::function<void(int64_t)>& on_blob);

  // Bytes that Open found behind the last row and cut off: what a crash interrupted.
  uint64_t recovered_bytes() const;

 private:
  struct State;
  explicit Vault(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace crossguard
