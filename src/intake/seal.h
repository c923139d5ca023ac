// Sealing: what a provider handed in goes into the vault byte for byte, before anybody reads it.
//
// Every file is read twice and both readings must agree; bytes, then fdatasync, then rows, in batches of 64 files or 64
// MiB. A crash loses at most the batch that was open. Called again, sealing goes on behind what is committed, and
// hashes again what it finds there: a name alone is never trusted. Memory is flat: one folder's names, one batch, one
// piece of a file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "custody/gate.h"
#include "env/env.h"
#include "env/source_tree.h"
#include "model/ids.h"
#include "register/sql.h"
#include "vault/vault.h"

namespace crossguard {

class IdMaker;

// Passes the gate within the given transaction. app/ binds the officer and the reason; a stage says what it does to
// what.
using PassGate = std::function<Result<Permit>(Transaction& transaction, Act act, const std::string& object_id,
                                              const std::string& details_json)>;

struct SealProgress {
  int64_t file_count = 0;   // files seen so far
  uint64_t byte_count = 0;  // of them
};

struct SealOutcome {
  Key<Submission> key;
  Id<Submission> id;              // of the sealed submission: its own, or the one that came before
  bool already_taken_in = false;  // the operation holds a submission of the same manifest: nothing was changed
  bool resumed = false;           // a sealing that was broken off was continued
  Sha256 manifest_sha256;
  int64_t item_count = 0;  // = sealed + unreadable + not_regular
  int64_t sealed_count = 0;
  int64_t unreadable_count = 0;
  int64_t not_regular_count = 0;  // symbolic links (never followed), FIFOs, devices, sockets
  uint64_t byte_count = 0;        // of the sealed items
  std::string receipt;  // canonical JSON: format, submission, operation, manifest_sha256, counts, sealed_at. Unsigned.
};

// source_path: a folder, or a single regular file. `operation` must exist. The gate is passed with Act::kSealSubmission
// once when a sealing begins (or goes on) and once when it ends; a submission that is already here passes it once, with
// "already_taken_in" in the details. Manifest: SHA-256 of the lines "<sha256 hex>  <path>\n" in byte order of the paths
// ("-" for the digest of an item without bytes). Errors: kNotFound / kDenied (the source itself), kInvalid (an empty
// folder, a source that is no file or folder), kExhausted (disk full: what was committed stays, run again),
// kUnavailable. One file that cannot be read is a row of state 'unreadable', not an error.
Result<SealOutcome> Seal(Env& env, Vault& vault, Database& database, const IdMaker& ids, const PassGate& pass_gate,
                         Key<Operation> operation, const std::string& source_path,
                         const std::function<void(const SealProgress&)>& on_progress = {});

// The same over a tree that is already open; source_name names it in the register. For tests with a tree that changes
// under the reader.
Result<SealOutcome> SealTree(Env& env, Vault& vault, Database& database, const IdMaker& ids, const PassGate& pass_gate,
                             Key<Operation> operation, const std::string& source_name, SourceTree& tree,
                             const std::function<void(const SealProgress&)>& on_progress = {});

}  // namespace crossguard
