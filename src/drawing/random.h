// Private to src/drawing: a small generator that is the same on every machine.
#pragma once

#include <cstdint>

namespace crossguard::drawing {

// SplitMix64 (Steele, Lea, Flood 2014; as published in the public domain by S. Vigna).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(((Next() >> 32U) * n) >> 32U); }
  double Unit() { return static_cast<double>(Next() >> 11U) * 0x1p-53; }  // 0 <= u < 1
  double Between(double low, double high) { return low + (high - low) * Unit(); }

 private:
  uint64_t state_;
};

}  // namespace crossguard::drawing
