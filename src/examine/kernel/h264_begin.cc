#include "examine/kernel/h264_begin.h"

#include <algorithm>
#include <optional>

#include "examine/kernel/h264_bits.h"

namespace crossguard::examine {
namespace {

constexpr uint8_t kSliceUnit = 1, kIdrUnit = 5, kMessageUnit = 6;
constexpr size_t kMessagesMax = 64;
constexpr uint32_t kRecoveryPoint = 6;

// Numbers in messages: 255 for each that goes over, then the rest (7.3.2.3.1).
std::optional<uint32_t> TakeMessageNumber(H264Bits& bits) {
  uint32_t number = 0;
  for (uint32_t byte = 255; byte == 255 && bits.good() && number < 65'536;) number += byte = bits.Take(8);
  return bits.good() && number < 65'536 ? std::optional(number) : std::nullopt;
}

bool PromisesAll(ByteView unit) {
  H264Bits bits(unit);
  for (size_t i = 0; i < kMessagesMax && bits.good(); ++i) {
    const auto type = TakeMessageNumber(bits);
    const auto size = TakeMessageNumber(bits);
    if (!type || !size) return false;
    if (*type == kRecoveryPoint) {
      const bool at_once = bits.Number() == 0;
      return at_once && bits.Flag() && bits.good();
    }
    for (uint32_t k = 0; k < *size && bits.good(); ++k) bits.Take(8);
  }
  return false;
}

// The next unit, and what is behind it; nullopt at the end or where lengths do not add up.
std::optional<ByteView> TakeUnit(ByteView& rest, size_t length_bytes) {
  size_t size = 0;
  if (length_bytes > 0) {
    if (rest.size() < length_bytes) return std::nullopt;
    for (size_t i = 0; i < length_bytes; ++i) size = size << 8 | rest[i];
    rest = rest.subspan(length_bytes);
    if (size == 0 || size > rest.size()) return std::nullopt;
  } else {
    constexpr uint8_t kStart[] = {0, 0, 1};
    const auto at = std::ranges::search(rest, kStart);
    if (at.empty() || at.end() == rest.end()) return std::nullopt;
    rest = rest.subspan(static_cast<size_t>(at.end() - rest.begin()));
    size = static_cast<size_t>(std::ranges::search(rest, kStart).begin() - rest.begin());
    size = std::max<size_t>(size, 1);
  }
  const ByteView unit = rest.first(size);
  rest = rest.subspan(size);
  return unit;
}

}  // namespace

bool H264BeginsAfresh(ByteView packet, size_t length_bytes) {
  bool promised = false;
  while (const auto unit = TakeUnit(packet, length_bytes)) {
    const uint8_t type = unit->front() & 0x1FU;
    if (type == kIdrUnit) return true;
    if (type == kMessageUnit) promised = promised || PromisesAll(*unit);
    if (type == kSliceUnit) return promised;
  }
  return false;
}

}  // namespace crossguard::examine
