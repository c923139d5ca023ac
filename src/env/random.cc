#include "env/random.h"

#include <sys/random.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace crossguard {

void SystemRandom::Fill(std::span<uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    CHECK(got > 0);
    out = out.subspan(static_cast<size_t>(got));
  }
}

SeededRandom::SeededRandom(uint64_t seed) {
  for (uint64_t& word : state_) {  // splitmix64, as the authors of xoshiro advise for seeding
    seed += 0x9E3779B97F4A7C15ULL;
    uint64_t z = seed;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    word = z ^ (z >> 31U);
  }
}

uint64_t SeededRandom::Next() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t t = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

uint64_t SeededRandom::Below(uint64_t bound) {
  CHECK(bound > 0);
  const uint64_t reject = (0 - bound) % bound;  // 2^64 mod bound: numbers below it would favour small results
  uint64_t n = Next();
  while (n < reject) n = Next();
  return n % bound;
}

double SeededRandom::Unit() {
  return static_cast<double>(Next() >> 11U) * 0x1.0p-53;
}

void SeededRandom::Fill(std::span<uint8_t> out) {
  while (!out.empty()) {
    const uint64_t word = Next();
    const size_t n = out.size() < 8 ? out.size() : 8;
    std::memcpy(out.data(), &word, n);
    out = out.subspan(n);
  }
}

}  // namespace crossguard
