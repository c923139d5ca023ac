#include "examine/kernel/pdq_hot.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numbers>

#if defined(__x86_64__)
#include <immintrin.h>
#define CROSSGUARD_PDQ_X86 1
#else
#define CROSSGUARD_PDQ_X86 0
#endif

namespace crossguard::examine {
namespace {

// One box filter along a side, as the reference lays it: `window` values around the place, one more behind it where
// that is even. In step `step` the value `step` enters and `step - window` leaves, and the mean at `step - ahead` is
// known.
struct BoxPlan {
  uint32_t length = 0;
  uint32_t window = 0;
  uint32_t ahead = 0;
  uint32_t steps = 0;

  explicit BoxPlan(uint32_t side)
      : length(side),
        window((side + 2 * kPdqGridSide - 1) / (2 * kPdqGridSide)),
        ahead((window + 2) / 2 - 1),
        steps(side + ahead) {}
  uint32_t CountAt(uint32_t step) const {
    return std::min(step + 1, length) - (step >= window ? step + 1 - window : 0);
  }
};

// The centre of each of 64 equal parts: floor((k + 1/2) * side / 64).
std::array<uint32_t, kPdqGridSide> Centres(uint32_t side) {
  std::array<uint32_t, kPdqGridSide> centres{};
  for (uint32_t k = 0; k < kPdqGridSide; ++k)
    centres[k] = static_cast<uint32_t>(uint64_t{2 * k + 1} * side / (2 * kPdqGridSide));
  return centres;
}

// The three products of each value, so that a pixel costs two additions.
struct LumaTable {
  std::array<float, 256> red, green, blue;
  LumaTable() {
    for (uint32_t value = 0; value < 256; ++value) {
      red[value] = 0.299F * static_cast<float>(value);
      green[value] = 0.587F * static_cast<float>(value);
      blue[value] = 0.114F * static_cast<float>(value);
    }
  }
};

void LumaByTable(const uint8_t* pixel, uint32_t count, float* out) {
  static const LumaTable table;
  for (uint32_t i = 0; i < count; ++i, pixel += 3) {
    out[i] = table.red[pixel[0]] + table.green[pixel[1]] + table.blue[pixel[2]];
  }
}

// Rows are the frequencies 1..16 over 64 samples; and the same transposed, so that both products run along lines.
struct Cosines {
  std::array<std::array<float, kPdqGridSide>, kPdqFrequencies> by_frequency{};
  std::array<std::array<float, kPdqFrequencies>, kPdqGridSide> by_sample{};
  Cosines() {
    const float scale = static_cast<float>(std::sqrt(2.0 / 64.0));
    for (uint32_t i = 0; i < kPdqFrequencies; ++i) {
      for (uint32_t j = 0; j < kPdqGridSide; ++j) {
        const double angle = (std::numbers::pi / 2.0 / 64.0) * (i + 1) * (2 * j + 1);
        by_frequency[i][j] = static_cast<float>(static_cast<double>(scale) * std::cos(angle));
        by_sample[j][i] = by_frequency[i][j];
      }
    }
  }
};

const Cosines& TheCosines() {
  static const Cosines cosines;
  return cosines;
}

// Floats on a cache line's boundary, all zero.
class Room {
 public:
  explicit Room(size_t count) : bytes_(std::make_unique<float[]>(count + kLine)) {
    const size_t over = reinterpret_cast<uintptr_t>(bytes_.get()) / sizeof(float) % kLine;
    first_ = bytes_.get() + (kLine - over) % kLine;
  }
  float* first() const { return first_; }

 private:
  static constexpr size_t kLine = 16;
  std::unique_ptr<float[]> bytes_;
  float* first_;
};

namespace plain {
#define CROSSGUARD_HOT [[gnu::always_inline]] inline
#define CROSSGUARD_HOT_ENTRY
#define CROSSGUARD_HOT_LANES 4
#include "examine/kernel/pdq_hot.inc"
#undef CROSSGUARD_HOT
#undef CROSSGUARD_HOT_ENTRY
#undef CROSSGUARD_HOT_LANES
}  // namespace plain

#if CROSSGUARD_PDQ_X86
namespace avx2 {
#define CROSSGUARD_HOT [[gnu::always_inline, gnu::target("avx2")]] inline
#define CROSSGUARD_HOT_ENTRY [[gnu::target("avx2")]]
#define CROSSGUARD_HOT_LANES 8
#include "examine/kernel/pdq_hot.inc"
#undef CROSSGUARD_HOT
#undef CROSSGUARD_HOT_ENTRY
#undef CROSSGUARD_HOT_LANES
}  // namespace avx2

namespace avx512 {
#define CROSSGUARD_HOT [[gnu::always_inline, gnu::target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi")]] inline
#define CROSSGUARD_HOT_ENTRY [[gnu::target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi")]]
#define CROSSGUARD_HOT_LANES 16
#include "examine/kernel/pdq_hot.inc"
#undef CROSSGUARD_HOT
#undef CROSSGUARD_HOT_ENTRY
#undef CROSSGUARD_HOT_LANES
}  // namespace avx512
#endif

}  // namespace

bool HasPdqWay(PdqWay way) {
#if CROSSGUARD_PDQ_X86
  __builtin_cpu_init();
  switch (way) {
    case PdqWay::kAvx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vbmi");
    case PdqWay::kAvx2:
      return __builtin_cpu_supports("avx2");
    case PdqWay::kPlain:
      break;
  }
#endif
  return way == PdqWay::kPlain;
}

const PdqHot& PickPdqHot(PdqWay way) {
  static constexpr PdqHot kPlain{.reduce = plain::Reduce, .quality = plain::Quality, .transform = plain::Transform};
#if CROSSGUARD_PDQ_X86
  static constexpr PdqHot kAvx2{.reduce = avx2::Reduce, .quality = avx2::Quality, .transform = avx2::Transform};
  static constexpr PdqHot kAvx512{.reduce = avx512::Reduce, .quality = avx512::Quality, .transform = avx512::Transform};
  if (way == PdqWay::kAvx2) return kAvx2;
  if (way == PdqWay::kAvx512) return kAvx512;
#endif
  return way == PdqWay::kPlain ? kPlain : kPlain;
}

const PdqHot& FastestPdqHot() {
  static const PdqHot& kFastest = PickPdqHot(HasPdqWay(PdqWay::kAvx512) ? PdqWay::kAvx512
                                             : HasPdqWay(PdqWay::kAvx2) ? PdqWay::kAvx2
                                                                        : PdqWay::kPlain);
  return kFastest;
}

}  // namespace crossguard::examine
