// PDQ, the perceptual picture hash (Facebook ThreatExchange, hashing.pdf of 2019), as its public C++ reference computes
// it, bit for bit: every float operation is made in the reference's order, so the loops (pdq_hot.h) must be compiled
// without contraction to FMA.
//
// luma -> two passes of a box filter along rows and columns -> 64x64 by picking centres -> quality from its gradients
// -> frequencies 1..16 x 1..16 of the DCT -> one bit each: above the lower median or not.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "examine/kernel/picture.h"

namespace crossguard::examine {

struct PdqHot;

constexpr uint32_t kPdqSideMin = 5;  // a picture with a smaller side has no hash

struct PdqHash {
  Pdq hash;         // bit i*16+j is frequency (i+1, j+1); hex prints as the reference does
  int quality = 0;  // 0..100; below 50 the picture is too flat to be matched by its hash
  bool operator==(const PdqHash&) const = default;
};

// The eight ways in which a square can be laid on itself, in the order of ThreatExchange's own tools.
enum class Turn : uint8_t {
  kNone = 0,
  kRotate90,  // counterclockwise
  kRotate180,
  kRotate270,
  kFlipX,       // upside down
  kFlipY,       // left and right changed
  kFlipPlus1,   // along the main diagonal
  kFlipMinus1,  // along the other one
};
constexpr size_t kTurns = 8;
std::string_view Name(Turn turn);  // "none", "rotate90", ...

// From a grid that was gathered elsewhere (whole_grid.h): 64 rows of 64 values.
PdqHash HashPdqGrid(std::span<const float> grid);
// The hashes of the picture as it would be turned, all from one transform: a turned grid has the same frequencies with
// other signs and places. The first is that of HashPdq. Equal to hashing the turned 64x64 grid, but for bits next to
// the median; the turned picture itself is filtered and sampled a little differently
// (docs/decisions/pdq_definitions.md).
std::array<Pdq, kTurns> HashPdqTurned(const SampledPicture& picture);

// Bits in which two hashes differ, 0..256.
int Distance(const Pdq& a, const Pdq& b);

// A picture with a side below 5 has the zero hash and quality 0, as in the reference. Uses at most half a MiB while it
// runs, of a picture 8,192 wide 8.
PdqHash HashPdq(const SampledPicture& picture);
// The same by one way of compiling the loops: for the tests, which hold each of them against the judge.
PdqHash HashPdqBy(const PdqHot& hot, const SampledPicture& picture);

}  // namespace crossguard::examine
