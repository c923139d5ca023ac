// PDQ, the perceptual picture hash (Facebook ThreatExchange, hashing.pdf of 2019), as its public C++ reference computes
// it, bit for bit: every float operation is made in the reference's order, so this file must be compiled without
// contraction to FMA.
//
// luma -> two passes of a box filter along rows and columns -> 64x64 by picking centres -> quality from its gradients
// -> frequencies 1..16 x 1..16 of the DCT -> one bit each: above the lower median or not.
#pragma once

#include "base/bytes.h"
#include "examine/kernel/picture.h"

namespace crossguard::examine {

struct PdqHash {
  Pdq hash;         // bit i*16+j is frequency (i+1, j+1); hex prints as the reference does
  int quality = 0;  // 0..100; below 50 the picture is too flat to be matched by its hash
  bool operator==(const PdqHash&) const = default;
};

// A picture with a side below 5 has the zero hash and quality 0, as in the reference. Uses about 3 MiB while it runs.
PdqHash HashPdq(const SampledPicture& picture);

}  // namespace crossguard::examine
