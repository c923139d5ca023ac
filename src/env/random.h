// Randomness, handed in.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace crossguard {

class Random {
 public:
  virtual ~Random() = default;
  virtual void Fill(std::span<uint8_t> out) = 0;

  template <size_t N>
  std::array<uint8_t, N> Take() {
    std::array<uint8_t, N> out;
    Fill(out);
    return out;
  }
};

// getrandom(2): fit for keys.
class SystemRandom final : public Random {
 public:
  void Fill(std::span<uint8_t> out) override;
};

// xoshiro256** from a seed: the same seed, the same bytes, on every machine. Never for keys outside tests and demos.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed);
  void Fill(std::span<uint8_t> out) override;
  uint64_t Next();
  uint64_t Below(uint64_t bound);  // uniform in [0, bound); bound > 0
  double Unit();                   // uniform in [0, 1)
  bool Chance(double probability) { return Unit() < probability; }

 private:
  std::array<uint64_t, 4> state_{};
};

}  // namespace crossguard
