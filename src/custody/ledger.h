// The tamper-evident ledger: RFC 6962 Merkle tree over canonical JSON entries. Entries stand in the register, in the same
// transaction as the act they record; Publish() writes them out as static tiles (C2SP tlog-tiles) and a signed checkpoint,
// which verify offline from a copy of the folder.
#pragma once

#include <cstdint>
#include <string>

#include "crypto/signing.h"
#include "env/env.h"
#include "register/sql.h"

namespace crossguard {

struct LedgerHead {
  int64_t size = 0;             // leaves
  Sha256 root;
  std::string checkpoint;       // C2SP signed note
};

struct LedgerReport {           // what Verify found
  int64_t leaf_count = 0;
  int64_t published_count = 0;  // leaves covered by the last checkpoint
  Sha256 root;
};

class Ledger {
 public:
  // folder: where tiles and `checkpoint` lie. origin: "crossguard/<authority>/<store id>". The key signs checkpoints.
  Ledger(Env& env, std::string folder, std::string origin, const SigningKey& key);

  // Appends within the transaction. Returns the leaf's index. kExhausted for an entry of 64 KiB or more.
  Result<int64_t> Append(Transaction& transaction, Instant at, std::string_view act, std::string_view object_id,
                         std::string_view entry_json);
  // After commit: brings tiles and checkpoint up to all committed leaves. Safe to repeat, and after a crash at any point.
  Result<LedgerHead> Publish(Database& database);
  // Every leaf hash, the root, the tiles, the checkpoint's signature, and that the checkpoint is a prefix of the register's
  // leaves. kCorrupt names the first leaf or tile that differs.
  Result<LedgerReport> Verify(Database& database);
  // Inclusion proof of one leaf as a text (C2SP tlog-proof shape) for packages; needs a published checkpoint that covers it.
  Result<std::string> Proof(Database& database, int64_t leaf_index);

 private:
  Env& env_;
  std::string folder_;
  std::string origin_;
  const SigningKey& key_;
};

// Offline: a copy of the folder and the public key alone.
Result<LedgerReport> VerifyLedgerFolder(Files& files, const std::string& folder, const NoteVerifier& key);

}  // namespace crossguard
