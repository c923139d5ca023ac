#include "custody/witness.h"

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "register/witness_rows.h"

namespace crossguard {
namespace {

namespace rows = witness_rows;

constexpr std::string_view kMark = "\u2014 ";
constexpr uint8_t kAlgorithmCosignature = 0x04;
constexpr size_t kBlobBytes = 4 + 8 + 64;

// tlog-cosignature.md: as of a note's key, with another algorithm byte.
Bytes KeyIdOf(std::string_view name, const PublicKey& key) {
  Bytes input = ToBytes(name);
  input.push_back('\n');
  input.push_back(kAlgorithmCosignature);
  input.insert(input.end(), key.raw.bytes.begin(), key.raw.bytes.end());
  const Sha256 digest = HashSha256(input);
  return {digest.bytes.begin(), digest.bytes.begin() + 4};
}

std::string Signed(std::string_view checkpoint_text, int64_t seconds) {
  return "cosignature/v1\ntime " + std::to_string(seconds) + "\n" + std::string(checkpoint_text);
}

std::unexpected<Error> NotALine() {
  return Fail(Code::kCorrupt, "The text is not this witness's cosignature of this checkpoint; ask the witness again.");
}

// The text that is signed: what stands before the empty line.
std::string TextOf(std::string_view note) {
  const size_t end = note.find("\n\n");
  return std::string(note.substr(0, end == std::string_view::npos ? 0 : end + 1));
}

Status CheckLog(const std::optional<rows::Seen>& seen, const WitnessedLog& log) {
  const std::string origin = "crossguard/" + log.authority + "/";
  if (!log.verifier.name.starts_with(origin))
    return Fail(Code::kDenied,
                "The ledger's name is not of the authority that sent it; a ledger is named after its own.");
  if (seen && (seen->authority != log.authority || seen->verifier != VerifierText(log.verifier)))
    return Fail(Code::kDenied,
                "The ledger has another key than when it was first seen here; let officers of both houses compare it.");
  return {};
}

}  // namespace

Result<std::string> SignCosignature(std::string_view checkpoint_text, std::string_view name, const SigningKey& key,
                                    Instant at) {
  TRY(ParseCheckpoint(checkpoint_text));
  const int64_t seconds = at.micros / kMicrosPerSecond;
  if (seconds < 0) return Fail(Code::kInvalid, "The clock stands before 1970; set it.");
  Bytes blob = KeyIdOf(name, key.public_key());
  for (int shift = 56; shift >= 0; shift -= 8)
    blob.push_back(static_cast<uint8_t>((static_cast<uint64_t>(seconds) >> static_cast<unsigned>(shift)) & 0xFFU));
  const Signature signature = key.Sign(AsBytes(Signed(checkpoint_text, seconds)));
  blob.insert(blob.end(), signature.bytes.begin(), signature.bytes.end());
  return std::string(kMark) + std::string(name) + " " + ToBase64(blob);
}

Result<Instant> VerifyCosignature(std::string_view checkpoint_text, std::string_view line,
                                  const NoteVerifier& witness) {
  const std::string begin = std::string(kMark) + witness.name + " ";
  if (!line.starts_with(begin)) return NotALine();
  const auto blob = FromBase64(line.substr(begin.size()));
  if (!blob || blob->size() != kBlobBytes || ToBase64(*blob) != line.substr(begin.size())) return NotALine();
  const Bytes key_id = KeyIdOf(witness.name, witness.key);
  if (!std::equal(key_id.begin(), key_id.end(), blob->begin())) return NotALine();
  uint64_t seconds = 0;
  for (size_t i = 4; i < 12; ++i) seconds = (seconds << 8U) | (*blob)[i];
  if (seconds > uint64_t{1} << 40U) return NotALine();
  const auto signature = Signature::From(ByteView(*blob).subspan(12));
  const std::string text = Signed(checkpoint_text, static_cast<int64_t>(seconds));
  if (!signature || !Verify(witness.key, AsBytes(text), *signature)) return NotALine();
  return Instant{static_cast<int64_t>(seconds) * kMicrosPerSecond};
}

Result<CosignAnswer> Cosign(Transaction& transaction, const Permit& permit, const WitnessedLog& log,
                            const CosignRequest& request, std::string_view name, const SigningKey& key) {
  const auto seen = TRY(rows::FindSeen(transaction.db(), log.verifier.name));
  TRY(CheckLog(seen, log));
  if (request.checkpoint.size() > kNoteSizeMaxBytes || request.proof.size() > kProofHashesMax)
    return Fail(Code::kInvalid, "The checkpoint or its proof is longer than any can be; send it as its format says.");
  const Checkpoint head = TRY(OpenCheckpoint(request.checkpoint, log.verifier));
  if (head.size > kTreeSizeMax || request.old_size > head.size)
    return Fail(Code::kInvalid, "The checkpoint is smaller than what it is said to extend; send the newer one.");
  const uint64_t last_size = seen ? static_cast<uint64_t>(seen->size) : 0;
  CosignAnswer answer{.state = CosignAnswer::State::kConflict, .last_seen = last_size};
  const auto raise = [&](std::string_view kind) -> Status {
    answer.alarm = true;
    return rows::PutAlarm(transaction, {.origin = log.verifier.name,
                                        .kind = std::string(kind),
                                        .seen_note = seen->note,
                                        .other_note = request.checkpoint,
                                        .at = permit.at()});
  };
  if (seen && head.size == last_size && head.root != seen->root) {
    TRY(raise("split_view"));
    answer.state = CosignAnswer::State::kRefused;
    return answer;
  }
  if (request.old_size != last_size) return answer;
  const ConsistencyClaim claim{.old_size = last_size,
                               .old_root = seen ? seen->root : EmptyTreeRoot(),
                               .new_size = head.size,
                               .new_root = head.root};
  if (!VerifyConsistency(claim, request.proof)) {
    if (seen) TRY(raise("rewritten"));
    answer.state = CosignAnswer::State::kRefused;
    return answer;
  }
  TRY(rows::PutSeen(transaction, {.origin = log.verifier.name,
                                  .authority = log.authority,
                                  .verifier = VerifierText(log.verifier),
                                  .note = request.checkpoint,
                                  .size = static_cast<int64_t>(head.size),
                                  .root = head.root,
                                  .at = permit.at()}));
  answer.line = TRY(SignCosignature(TextOf(request.checkpoint), name, key, permit.at()));
  answer.state = CosignAnswer::State::kCosigned;
  answer.last_seen = head.size;
  return answer;
}

Result<bool> CompareHeads(Transaction& transaction, std::string_view checkpoint, Instant at, bool* alarm) {
  *alarm = false;
  const Checkpoint claimed = TRY(ParseCheckpoint(TextOf(checkpoint)));
  const auto seen = TRY(rows::FindSeen(transaction.db(), claimed.origin));
  if (!seen)
    return Fail(Code::kNotFound, "This house has seen no checkpoint of that ledger; compare with one that has.");
  const Checkpoint other = TRY(OpenCheckpoint(checkpoint, TRY(ParseVerifier(seen->verifier))));
  if (other.size != static_cast<uint64_t>(seen->size)) return false;
  if (other.root == seen->root) return true;
  *alarm = true;
  TRY(rows::PutAlarm(transaction, {.origin = claimed.origin,
                                   .kind = "split_view",
                                   .seen_note = seen->note,
                                   .other_note = std::string(checkpoint),
                                   .at = at}));
  return true;
}

Status KeepCosignature(Transaction& transaction, const Permit& permit, uint64_t size, const std::string& authority,
                       const NoteVerifier& witness, std::string_view line) {
  const auto sent = TRY(rows::FindSent(transaction.db(), static_cast<int64_t>(size)));
  if (!sent) return Fail(Code::kNotFound, "This house sent out no checkpoint of that size; cosign one that it sent.");
  if (!witness.name.starts_with("crossguard/" + authority + "/"))
    return Fail(Code::kDenied, "A witness's key is named after its own authority; send the line with that one.");
  const std::string verifier = VerifierText(witness);
  const auto before = TRY(rows::VerifierOf(transaction.db(), authority));
  if (before && *before != verifier)
    return Fail(Code::kDenied, "The witness has another key than before; let officers of both houses compare it.");
  TRY(VerifyCosignature(TextOf(sent->note), line, witness));
  return rows::PutCosignature(transaction, {.size = static_cast<int64_t>(size),
                                            .witness = authority,
                                            .verifier = verifier,
                                            .line = std::string(line),
                                            .root = sent->root,
                                            .at = permit.at()});
}

Result<std::vector<WitnessCover>> CosignedSizes(Database& database) {
  std::vector<WitnessCover> out;
  std::vector<rows::Cosignature> kept;
  TRY(rows::EachCosignature(database, [&](const rows::Cosignature& one) -> Status {
    kept.push_back(one);
    return {};
  }));
  for (const rows::Cosignature& one : kept) {
    const auto sent = TRY(rows::FindSent(database, one.size));
    if (!sent || sent->root != one.root ||
        !VerifyCosignature(TextOf(sent->note), one.line, TRY(ParseVerifier(one.verifier)))) {
      return Fail(Code::kCorrupt, "The cosignature of " + one.witness + " over size " + std::to_string(one.size) +
                                      " is not over what this house published; stop, and compare with the witness.");
    }
    if (out.empty() || out.back().size != static_cast<uint64_t>(one.size))
      out.push_back({.size = static_cast<uint64_t>(one.size), .authorities = {}});
    out.back().authorities.push_back(one.witness);
  }
  return out;
}

uint64_t QuorumSize(const std::vector<WitnessCover>& covers, const std::vector<std::string>& witnesses, int needed) {
  uint64_t largest = 0;
  for (const WitnessCover& cover : covers) {
    const auto count = std::ranges::count_if(cover.authorities, [&](const std::string& authority) {
      return std::ranges::find(witnesses, authority) != witnesses.end();
    });
    if (needed > 0 && count >= needed) largest = std::max(largest, cover.size);
  }
  return largest;
}

}  // namespace crossguard
