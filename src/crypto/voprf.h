// A keyed function that is evaluated without seeing what it is evaluated on, and with a proof of which key was used:
// RFC 9497 in mode VOPRF with the suite ristretto255-SHA512. Who asks blinds its inputs; who holds the key evaluates
// the blinded elements and proves, once for all of them, that it used the key whose public half is known; who asked
// checks the proof, takes the blind away and has the outputs, which nobody could have made without the key.
//
// The holder learns how many inputs there are, and nothing else of them. A blinded element commits the asker to its
// input all the same: with the input and the blind anybody can make it again (IsBlindOf), and without a discrete
// logarithm nobody can open it to another one.
//
// The only room that knows libsodium; randomness is handed in as everywhere.
#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "crypto/secret.h"
#include "env/random.h"

namespace crossguard {

constexpr size_t kVoprfInputMaxBytes = 65'535;  // RFC 9497, section 1.2: two bytes of length
constexpr size_t kVoprfBatchMax = 65'535;       // the same, section 2.2.1

using GroupElement = FixedBytes<32>;  // ristretto255, canonical (RFC 9496), never the identity
using VoprfProof = FixedBytes<64>;    // challenge | response
using VoprfOutput = FixedBytes<64>;

struct BlindedInput {
  SecretKey blind;  // a scalar: keep it, it takes the blind away and opens the element to an auditor
  GroupElement element;
};
struct Evaluation {
  std::vector<GroupElement> elements;  // in the order of the blinded ones
  VoprfProof proof;                    // over all of them
};

// The holder's key: a scalar from 1 to the order of the group. Whoever has it can try inputs at leisure: about 20,000 a
// second and core.
class VoprfKey {
 public:
  static VoprfKey Make(Random& random);
  // kInvalid unless it is 32 bytes of a scalar as Make() makes them.
  static Result<VoprfKey> From(ByteView bytes);

  const GroupElement& public_key() const { return public_key_; }
  ByteView reveal() const { return scalar_.reveal(); }

  // What an asker with this input ends with. kInvalid: an input that is too long, or (never met) maps to the identity.
  Result<VoprfOutput> Output(ByteView input) const;
  // kInvalid: none, more than kVoprfBatchMax, or an element that is none of the group.
  Result<Evaluation> Evaluate(std::span<const GroupElement> blinded, Random& random) const;

 private:
  VoprfKey(SecretKey scalar, const GroupElement& public_key) : scalar_(std::move(scalar)), public_key_(public_key) {}
  SecretKey scalar_;
  GroupElement public_key_;
};

// True for the canonical form of an element other than the identity.
bool IsElement(const GroupElement& element);
// kInvalid as for Output.
Result<BlindedInput> BlindInput(ByteView input, Random& random);
bool IsBlindOf(const GroupElement& element, ByteView input, const SecretKey& blind);

// kDenied: the evaluation was not made by the key of that public half, or is of other elements. kInvalid: the counts
// differ, or something is none of the group.
Status VerifyEvaluation(const GroupElement& public_key, std::span<const GroupElement> blinded,
                        const Evaluation& evaluation);
// The output for one input: call it after VerifyEvaluation only. kInvalid as for Output.
Result<VoprfOutput> TakeBlindAway(ByteView input, const SecretKey& blind, const GroupElement& evaluated);

}  // namespace crossguard
