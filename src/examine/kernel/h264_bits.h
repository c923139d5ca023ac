// The bits of the headers of H.264 (ISO/IEC 14496-10, 7.2, 9.1). Internal to the kernel.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace crossguard::examine {

// Bits of a NAL unit behind its first byte, without the bytes that keep start codes out (7.4.1). Reading behind the end
// gives zeros and makes it not good.
class H264Bits {
 public:
  explicit H264Bits(ByteView unit) {
    size_t zeros = 0;
    for (size_t i = 1; i < unit.size() && i < kBytesRead; ++i) {
      if (zeros >= 2 && unit[i] == 3) {
        zeros = 0;
        ++escapes_;
        continue;
      }
      zeros = unit[i] == 0 ? zeros + 1 : 0;
      bytes_.push_back(unit[i]);
    }
  }

  bool good() const { return at_ <= bytes_.size() * 8; }
  // So many bytes of the unit hold what was read.
  size_t unit_bytes() const { return 1 + (at_ + 7) / 8 + escapes_; }

  uint32_t Take(uint32_t count) {
    uint32_t value = 0;
    for (; count > 0; --count, ++at_) {
      const uint32_t bit = at_ < bytes_.size() * 8 ? bytes_[at_ / 8] >> (7 - at_ % 8) & 1U : 0U;
      value = value << 1 | bit;
    }
    return value;
  }
  bool Flag() { return Take(1) != 0; }
  uint32_t Number() {  // ue(v), 9.1
    uint32_t zeros = 0;
    while (zeros < 32 && good() && !Flag()) ++zeros;
    if (zeros >= 32) at_ = bytes_.size() * 8 + 1;
    return zeros >= 32 ? 0 : (uint32_t{1} << zeros) - 1 + Take(zeros);
  }
  int32_t Signed() {  // se(v)
    const uint32_t number = Number();
    const auto half = static_cast<int32_t>(number / 2 + number % 2);
    return number % 2 == 1 ? half : -half;
  }

 private:
  static constexpr size_t kBytesRead = 512;  // a header is far shorter

  Bytes bytes_;
  size_t at_ = 0;
  size_t escapes_ = 0;
};

}  // namespace crossguard::examine
