#include "examine/kernel/jpeg_signs.h"

#include <algorithm>
#include <numeric>

#include "examine/kernel/jpeg_markers.h"

namespace crossguard::examine {
namespace {

using Table = std::array<uint16_t, 64>;

// T.81 tables K.1 and K.2, in the order of the stream.
constexpr Table kLuminance{16, 11, 12,  14,  12,  10, 16, 14,  13,  14,  18,  17,  16, 19,  24,  40,
                           26, 24, 22,  22,  24,  49, 35, 37,  29,  40,  58,  51,  61, 60,  57,  51,
                           56, 55, 64,  72,  92,  78, 64, 68,  87,  69,  55,  56,  80, 109, 81,  87,
                           95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99};
constexpr Table kChrominance{17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99, 99, 99, 99, 99, 99, 99,
                             99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
                             99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

// As libjpeg scales them.
bool IsScaled(const Table& table, const Table& standard, int quality) {
  const int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  for (size_t i = 0; i < table.size(); ++i) {
    if (table[i] != std::clamp((standard[i] * scale + 50) / 100, 1, 255)) return false;
  }
  return true;
}

// FNV-1a of the counts and symbols of T.81 tables K.3 to K.6.
constexpr uint64_t kDcLuminance = 0x2a06fe474e29db95, kDcChrominance = 0x7c7e4f8f115f0739;
constexpr uint64_t kAcLuminance = 0x1424519e984219df, kAcChrominance = 0x901af5735ecd5799;

bool Is(const JpegCodes& codes, uint64_t standard) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3; };
  std::ranges::for_each(codes.counts, add);
  const size_t symbols = std::accumulate(codes.counts.begin(), codes.counts.end(), size_t{0});
  std::for_each_n(codes.symbols.begin(), std::min(symbols, codes.symbols.size()), add);
  return codes.seen && hash == standard;
}

}  // namespace

std::optional<JpegSigns> ReadJpegSigns(ByteView jpeg) {
  JpegMarkers markers(jpeg);
  if (markers.First() != JpegMarkers::Found::kScan) return std::nullopt;
  const JpegFrame& frame = markers.frame();
  const bool colour = frame.components == 3;
  JpegSigns signs{.progressive = frame.progressive};
  for (int quality = 1; quality <= 100 && signs.quality == 0; ++quality) {
    if (!IsScaled(frame.quant[frame.component[0].quant], kLuminance, quality)) continue;
    if (colour && !IsScaled(frame.quant[frame.component[1].quant], kChrominance, quality)) continue;
    signs.quality = static_cast<uint8_t>(quality);
  }
  signs.standard_codes = !frame.progressive && Is(markers.dc(0), kDcLuminance) && Is(markers.ac(0), kAcLuminance) &&
                         (!colour || (Is(markers.dc(1), kDcChrominance) && Is(markers.ac(1), kAcChrominance)));
  return signs;
}

}  // namespace crossguard::examine
