// The tamper-evident ledger: RFC 6962 Merkle tree over canonical JSON entries. Entries stand in the register, in the
// same transaction as the act they record; Publish() writes them out as static tiles (C2SP tlog-tiles) and a signed
// checkpoint, which verify offline from a copy of the folder. The format is docs/formats/ledger.md.
//
// What a leaf may hold: counts, digests, public ids, words of closed lists. A reason and anything about a person is
// kept beside it and only committed to (SHA-256 of 32 salt bytes and the value): erase salt and value, and the log
// still verifies and says nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/private.h"
#include "crypto/signing.h"
#include "env/env.h"
#include "register/sql.h"

namespace crossguard {

constexpr size_t kLedgerEntryMaxBytes = 65'535;       // what an entry bundle can carry
constexpr size_t kLedgerPrivateMaxBytes = 16 * 1024;  // of one private value

struct LedgerSecret {
  std::string field;  // "reason"
  Private<std::string> value;
};

struct LedgerEntry {
  Instant at;
  std::string act;
  std::string officer;                // id in the authority book; "" if there is none
  std::string object_id;              // public id of what it was done to; "" if none
  std::string details_json = "{}";    // a JSON object: counts, digests, ids; no person's data
  std::vector<LedgerSecret> secrets;  // committed to, kept beside
};

struct LedgerHead {
  int64_t size = 0;  // leaves
  Sha256 root;
  std::string checkpoint;  // C2SP signed note
};

struct LedgerReport {  // what Verify found
  int64_t leaf_count = 0;
  int64_t published_count = 0;  // leaves covered by the last checkpoint
  Sha256 root;                  // of published_count leaves
  std::string origin;
};

struct LedgerExtension {
  uint64_t size = 0;
  Sha256 root;
  std::string checkpoint;  // signed note
  std::vector<Sha256> proof;
};

class Ledger {
 public:
  // folder: where `tile/` and `checkpoint` lie; made at the first Publish. origin: "crossguard/<authority>/<store id>",
  // no spaces, no '+'. The key signs checkpoints. References must outlive the ledger.
  Ledger(Env& env, std::string folder, std::string origin, const SigningKey& key);

  // Appends within the transaction. Returns the leaf's index. kExhausted for an entry above kLedgerEntryMaxBytes,
  // kInvalid if the details are not a JSON object.
  Result<int64_t> Append(Transaction& transaction, const LedgerEntry& entry);
  // After commit: brings tiles and checkpoint up to all committed leaves. Safe to repeat, and after a crash at any
  // point. kCorrupt if the register has fewer leaves than the checkpoint or others at its edge: history was rewritten.
  Result<LedgerHead> Publish(Database& database);
  // Every leaf of the register (hash, columns, commitments), the folder as VerifyLedgerFolder does, and that each
  // published leaf is the register's. kCorrupt names the first leaf or file that differs. Nothing published yet is no
  // error.
  Result<LedgerReport> Verify(Database& database);
  // Inclusion proof of one leaf (C2SP tlog-proof) for packages; kNotFound unless a published checkpoint covers it.
  Result<std::string> Proof(Database& database, int64_t leaf_index);

  // The published head, and the proof that it extends the head of `old_size` (RFC 6962). kNotFound: nothing is
  // published yet. kConflict: the ledger is shorter than that: history was rewritten, or an old backup was put back.
  Result<LedgerExtension> ProveSince(uint64_t old_size);

  // The entry of a leaf, byte for byte as hashed.
  static Result<std::string> Entry(Database& database, int64_t leaf_index);
  // nullopt if it was erased; kNotFound if the leaf has no such field.
  static Result<std::optional<Private<std::string>>> Reveal(Database& database, int64_t leaf_index,
                                                            std::string_view field);
  // Lawful erasure: the salt and the value go, the leaf stays. kNotFound if there is nothing to erase.
  static Status Erase(Transaction& transaction, int64_t leaf_index, std::string_view field);

  NoteVerifier verifier() const { return {.name = origin_, .key = key_.public_key()}; }

 private:
  Result<std::optional<Checkpoint>> LastCheckpoint(std::string* note);

  Env& env_;
  std::string folder_;
  std::string origin_;
  const SigningKey& key_;
};

// Offline: a copy of the folder and the log's name and public key (ParseVerifier reads their one-line form). Every
// entry, every tile, the root, the signature. kCorrupt names the file. kNotFound without a checkpoint. Streams: memory
// of a few tiles. `on_entry` may be empty; it sees each entry in order, before the whole is known to be right.
Result<LedgerReport> VerifyLedgerFolder(Files& files, const std::string& folder, const NoteVerifier& log,
                                        const std::function<Status(int64_t index, ByteView entry)>& on_entry = {});

// A proof that travelled: the entry is leaf `index` of the log whose checkpoint it carries. kCorrupt otherwise.
struct ProvenLeaf {
  int64_t index = 0;
  Checkpoint checkpoint;
};
Result<ProvenLeaf> VerifyLedgerProof(std::string_view proof, std::string_view entry, const NoteVerifier& log);

}  // namespace crossguard
