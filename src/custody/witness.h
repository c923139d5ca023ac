// Witnesses: other nodes' ledgers as this house has seen them, and what other nodes say of its own. A witness keeps the
// last head that it saw of each log, and cosigns a new one only with a proof that it extends the old one, having stored
// the new one first: so no operator can rewrite history, or show two of them, without another house noticing. After
// C2SP tlog-witness.md (its 409 and 422) and tlog-cosignature.md, Ed25519. Format: docs/formats/ledger.md, "Witnesses".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/signing.h"
#include "custody/gate.h"
#include "custody/ledger.h"

namespace crossguard {

// --- Cosignatures ---------------------------------------------------------------------------------------------------

// "— <name> <base64 of key id | seconds, 8 bytes | signature>": over "cosignature/v1\ntime <seconds>\n" and the
// checkpoint's text.
Result<std::string> SignCosignature(std::string_view checkpoint_text, std::string_view name, const SigningKey& key,
                                    Instant at);
// When the witness signed. kCorrupt unless the line is this verifier's over exactly this text.
Result<Instant> VerifyCosignature(std::string_view checkpoint_text, std::string_view line, const NoteVerifier& witness);

// --- As a witness of others -----------------------------------------------------------------------------------------

// Another node's ledger: whose it is, and its key; the key's name is the log's origin.
struct WitnessedLog {
  std::string authority;
  NoteVerifier verifier;
};
// The log's head, and the proof that it extends the head of `old_size`.
struct CosignRequest {
  uint64_t old_size = 0;  // what the log believes this witness saw last; 0: nothing
  std::vector<Sha256> proof;
  std::string checkpoint;  // signed note
};
struct CosignAnswer {
  // kCosigned; kConflict (409): old_size is not what was seen last, ask again from last_seen; kRefused (422): the proof
  // does not lead from what was seen to this head.
  enum class State : uint8_t { kCosigned, kConflict, kRefused };
  State state = State::kRefused;
  uint64_t last_seen = 0;
  std::string line;    // of kCosigned
  bool alarm = false;  // both heads are signed by the log and cannot both be true: recorded with both notes
};
// The head is stored in `transaction` before it is signed: commit before the answer leaves. kDenied: not signed by this
// log, or the log has another key or authority than when it was first seen. kInvalid: out of shape.
Result<CosignAnswer> Cosign(Transaction& transaction, const Permit& permit, const WitnessedLog& log,
                            const CosignRequest& request, std::string_view name, const SigningKey& key);
// A head of that log that somebody else was shown, held against what this house saw: kCorrupt, and recorded, if they
// are of one size and differ. False: of different sizes, so only the log's own proof can tell. kNotFound: not seen
// here.
Result<bool> CompareHeads(Transaction& transaction, std::string_view checkpoint, Instant at, bool* alarm);

// --- This house's own ledger ----------------------------------------------------------------------------------------

// A witness's line for the head that was sent to it; verified, then kept. kNotFound: that head was not sent out.
// kDenied: the witness has another key than before.
Status KeepCosignature(Transaction& transaction, const Permit& permit, uint64_t size, const std::string& authority,
                       const NoteVerifier& witness, std::string_view line);

struct WitnessCover {
  uint64_t size = 0;
  std::vector<std::string> authorities;  // whose cosignatures hold
};
// For each cosigned size, largest first. Every line is verified again: kCorrupt names the size and the witness.
Result<std::vector<WitnessCover>> CosignedSizes(Database& database);
// The largest size that `needed` of these witnesses cover; 0: none.
uint64_t QuorumSize(const std::vector<WitnessCover>& covers, const std::vector<std::string>& witnesses, int needed);

}  // namespace crossguard
