// For tests and benches only: PDQ as it is told, without transposing, picking or skipping, floats in the order that the
// public reference uses. HashPdq must agree with it to the bit.
#pragma once

#include "examine/kernel/pdq.h"

namespace crossguard::examine {

PdqHash JudgePdq(const SampledPicture& picture);

}  // namespace crossguard::examine
