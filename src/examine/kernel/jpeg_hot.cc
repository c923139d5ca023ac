#include "examine/kernel/jpeg_hot.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#define CROSSGUARD_HOT_SSE2 1
#else
#define CROSSGUARD_HOT_SSE2 0
#endif

namespace crossguard::examine {
namespace {

// Where the stream's k-th coefficient stands in the block (T.81 figure 5), and one place behind the block for those
// that a damaged run counts too many.
constexpr std::array<uint8_t, 80> kNaturalOrder = [] {
  std::array<uint8_t, 80> order{};
  order.fill(64);
  uint32_t k = 0;
  for (uint32_t diagonal = 0; diagonal < 15; ++diagonal) {
    for (uint32_t i = 0; i <= diagonal; ++i) {
      const uint32_t row = diagonal % 2 == 0 ? diagonal - i : i;
      const uint32_t column = diagonal - row;
      if (row < 8 && column < 8) order[k++] = static_cast<uint8_t>(8 * row + column);
    }
  }
  return order;
}();
constexpr uint32_t kLastOfCorner = 9;  // up to here all stand in the first four rows and columns

// The one-dimensional inverse DCT of Loeffler, Ligtenberg and Moschytz (1989) in integers with 13 bits of fraction, as
// the Independent JPEG Group chose its constants ("islow"). Nothing is rounded inside, so each output is a sum of the
// inputs with whole weights: kWeights[k][x], and any one output can be had without the others.
constexpr std::array<int32_t, 8> InverseOf(const std::array<int32_t, 8>& in) {
  const int32_t even_z = (in[2] + in[6]) * 4'433;
  const int32_t even_2 = even_z - in[6] * 15'137, even_3 = even_z + in[2] * 6'270;
  const int32_t even_0 = (in[0] + in[4]) * 8'192, even_1 = (in[0] - in[4]) * 8'192;
  const std::array<int32_t, 4> even{even_0 + even_3, even_1 + even_2, even_1 - even_2, even_0 - even_3};
  const int32_t z5 = (in[7] + in[3] + in[5] + in[1]) * 9'633;
  const int32_t z1 = (in[7] + in[1]) * -7'373, z2 = (in[5] + in[3]) * -20'995;
  const int32_t z3 = (in[7] + in[3]) * -16'069 + z5, z4 = (in[5] + in[1]) * -3'196 + z5;
  const std::array<int32_t, 4> odd{in[1] * 12'299 + z1 + z4, in[3] * 25'172 + z2 + z3, in[5] * 16'819 + z2 + z4,
                                   in[7] * 2'446 + z1 + z3};
  std::array<int32_t, 8> out{};
  for (size_t i = 0; i < 4; ++i) {
    out[i] = even[i] + odd[i];
    out[7 - i] = even[i] - odd[i];
  }
  return out;
}
constexpr std::array<std::array<int32_t, 8>, 8> kWeights = [] {
  std::array<std::array<int32_t, 8>, 8> weights{};
  for (size_t k = 0; k < 8; ++k) {
    std::array<int32_t, 8> unit{};
    unit[k] = 1;
    weights[k] = InverseOf(unit);
  }
  return weights;
}();

// The weights of two neighbouring frequencies in the halves of one word.
struct PairWeights {
  alignas(32) int32_t by_pair[4][8];    // [pair][sample]
  alignas(32) int32_t by_sample[8][4];  // [sample][pair]
};
constexpr PairWeights kPairWeights = [] {
  PairWeights out{};
  for (size_t pair = 0; pair < 4; ++pair) {
    for (size_t x = 0; x < 8; ++x) {
      const uint32_t low = static_cast<uint16_t>(kWeights[2 * pair][x]);
      const uint32_t high = static_cast<uint16_t>(kWeights[2 * pair + 1][x]);
      out.by_pair[pair][x] = out.by_sample[x][pair] = static_cast<int32_t>(low | high << 16U);
    }
  }
  return out;
}();

// Within these no way of computing the transform leaves 16 bits anywhere: inputs are added in pairs at most, so are the
// values between the passes. Beyond them libjpeg's vector code and its plain code may differ, and who is right is not
// ours to say. No picture that an encoder makes comes near.
constexpr int32_t kInputMax = 16'383;  // -kInputMax - 1 .. kInputMax, and so the next
constexpr int32_t kLineMax = 16'383;   // between the passes
constexpr int32_t kSampleMax = 511;    // around zero, before it is cut to 8 bits

// The entry of a code that is longer than the table's index; kSpecial alone if there is none.
[[gnu::noinline]] uint32_t LongCode(const HuffmanTable& table, uint64_t bits) {
  const uint32_t first_16 = static_cast<uint32_t>(bits >> 48U);
  uint32_t length = HuffmanTable::kLookupBits + 1;
  while (length <= 16 && first_16 >= table.limit[length]) ++length;
  if (length > 16) return HuffmanTable::kSpecial;
  const uint32_t index = table.offset[length] + (first_16 >> (16 - length));
  return index < table.entries.size() ? table.entries[index] : HuffmanTable::kSpecial;
}

namespace plain {
#define CROSSGUARD_HOT [[gnu::always_inline]] inline
#define CROSSGUARD_HOT_ENTRY
#define CROSSGUARD_HOT_WIDE 0
#include "examine/kernel/jpeg_hot.inc"
#include "examine/kernel/jpeg_scans.inc"
#undef CROSSGUARD_HOT
#undef CROSSGUARD_HOT_ENTRY
#undef CROSSGUARD_HOT_WIDE
}  // namespace plain

#if CROSSGUARD_HOT_SSE2
namespace wide {
#define CROSSGUARD_HOT [[gnu::always_inline, gnu::target("avx2,bmi,bmi2,popcnt,lzcnt")]] inline
#define CROSSGUARD_HOT_ENTRY [[gnu::target("avx2,bmi,bmi2,popcnt,lzcnt")]]
#define CROSSGUARD_HOT_WIDE 1
#include "examine/kernel/jpeg_hot.inc"
#include "examine/kernel/jpeg_scans.inc"
#undef CROSSGUARD_HOT
#undef CROSSGUARD_HOT_ENTRY
#undef CROSSGUARD_HOT_WIDE
}  // namespace wide
#endif

}  // namespace

bool TakeRestart(JpegBaselineScan& scan) {
  if (!scan.window->AtEnd(scan.reader) || scan.window->marker() != 0xD0 + scan.restart_next) return false;
  scan.restart_next = static_cast<uint8_t>((scan.restart_next + 1) % 8);
  scan.restart_left = scan.restart_interval;
  for (JpegBaselineScan::Tables& tables : scan.tables) tables.last_dc = 0;
  scan.window->Begin(scan.window->marker_at() + 2, scan.reader);
  return true;
}

bool HasWideJpegHot() {
#if CROSSGUARD_HOT_SSE2
  static const bool kHas = [] {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("lzcnt");
  }();
  return kHas;
#else
  return false;
#endif
}

const JpegHot& PickJpegHot(bool wide) {
  static constexpr JpegHot kPlain{.decode_row = plain::DecodeRow,
                                  .emit_row = plain::EmitRow,
                                  .decode_scan = plain::DecodeScan,
                                  .put_row = plain::PutRow};
#if CROSSGUARD_HOT_SSE2
  static constexpr JpegHot kWide{.decode_row = wide::DecodeRow,
                                 .emit_row = wide::EmitRow,
                                 .decode_scan = wide::DecodeScan,
                                 .put_row = wide::PutRow};
  if (wide) return kWide;
#endif
  return wide ? kPlain : kPlain;
}

}  // namespace crossguard::examine
