// Whole numbers in headers, of at most eight bytes, in either order. The bytes must be there. Internal to the kernel.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace crossguard::examine {

inline uint64_t LittleEndian(ByteView bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = count; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

inline uint64_t BigEndian(ByteView bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8 | bytes[at + i];
  return value;
}

}  // namespace crossguard::examine
