// The loops of the fingerprint that cost the time: from pixels to the 64x64 grid, its quality and its frequencies. They
// are written once (pdq_hot.inc) and compiled for every processor, for AVX2 and for AVX-512. All ways make the same
// float operations in the same order on each value, so all give the same bits; only how many values stand side by side
// differs.
#pragma once

#include <array>
#include <cstdint>

#include "examine/kernel/picture.h"

namespace crossguard::examine {

constexpr uint32_t kPdqGridSide = 64;     // of the small picture
constexpr uint32_t kPdqFrequencies = 16;  // kept per direction

using PdqGrid = std::array<std::array<float, kPdqGridSide>, kPdqGridSide>;
using PdqFrequencies = std::array<float, size_t{kPdqFrequencies} * kPdqFrequencies>;

struct PdqHot {
  // Both sides at least 5. Memory: some 40 rows of floats.
  void (*reduce)(const SampledPicture& picture, PdqGrid& grid);
  int (*quality)(const PdqGrid& grid);
  void (*transform)(const PdqGrid& grid, PdqFrequencies& out);
};

enum class PdqWay : uint8_t { kPlain, kAvx2, kAvx512 };
bool HasPdqWay(PdqWay way);            // this processor
const PdqHot& PickPdqHot(PdqWay way);  // only where HasPdqWay(way)
const PdqHot& FastestPdqHot();

}  // namespace crossguard::examine
