// For the tests of this module: parts to make files from that hurt whoever opens them. All are structure abused.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "drawing/drawing.h"
#include "examine/kernel/facts.h"

namespace crossguard::examine::testing {

struct Crafted {
  std::string name;
  Bytes bytes;
  State state;
  Reason reason;
};

inline const drawing::Picture& Scene() {
  static const drawing::Picture scene = drawing::DrawScene(1, 96, 64);
  return scene;
}

inline void Put32Big(Bytes& bytes, size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}
inline void Append16(Bytes& bytes, uint32_t value) {
  for (size_t i = 0; i < 2; ++i) bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
}
inline void Append32(Bytes& bytes, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
}
inline void Append(Bytes& bytes, ByteView more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}
inline size_t Find(const Bytes& bytes, std::string_view what) {
  const size_t at = AsText(bytes).find(what);
  CHECK(at != std::string_view::npos);
  return at;
}
inline Bytes Cut(Bytes bytes, size_t to) {
  bytes.resize(std::min(bytes.size(), to));
  return bytes;
}

inline uint32_t Crc32(ByteView bytes) {
  uint32_t crc = ~0U;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

inline size_t SegmentOf(const Bytes& jpeg, uint8_t marker) {
  for (size_t i = 2; i + 4 < jpeg.size();) {
    if (jpeg[i] == 0xFF && jpeg[i + 1] == marker) return i;
    i += 2 + (size_t{jpeg[i + 2]} << 8 | jpeg[i + 3]);
  }
  CHECK(false);
  return 0;
}

}  // namespace crossguard::examine::testing
