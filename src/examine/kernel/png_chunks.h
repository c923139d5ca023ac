// The chunks of a PNG one after the other (ISO/IEC 15948, 5.3). Internal to the kernel.
#pragma once

#include <optional>
#include <string_view>

#include "examine/kernel/numbers.h"

namespace crossguard::examine {

constexpr size_t kPngSignatureBytes = 8;

struct PngChunk {
  std::string_view type;
  ByteView data;
};

// The chunk at `at`, which goes on to the next one. nullopt: no whole one is there.
inline std::optional<PngChunk> NextPngChunk(ByteView bytes, size_t& at) {
  constexpr size_t kAround = 12;  // length, type, sum
  if (bytes.size() < at + kAround) return std::nullopt;
  const uint64_t length = BigEndian(bytes, at, 4);
  if (length > bytes.size() - at - kAround) return std::nullopt;
  const PngChunk chunk{.type = AsText(bytes.subspan(at + 4, 4)), .data = bytes.subspan(at + 8, length)};
  at += kAround + length;
  return chunk;
}

}  // namespace crossguard::examine
