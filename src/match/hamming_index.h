// Exact radius search over 256-bit PDQ hashes: every stored hash within distance 31 of a query, and no other.
//
// Multi-index hashing (Norouzi, Punjani, Fleet: "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012): 16
// chunks of 16 bits. Two hashes within 31 differ in at most one bit in at least one chunk (16 chunks of two or more
// would be 32), so 17 probes into each of 16 tables meet every neighbour. When the buckets to be probed hold more than
// the whole set (many flat, alike pictures), the search is a plain scan instead: never slower than a scan by more than
// the probes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace crossguard::match {

using PdqWords = std::array<uint64_t, 4>;
PdqWords WordsOf(const Pdq& hash);

// The built-in, and inlined by force: so it becomes the POPCNT instruction inside a function that may use it
// (hamming_index.cc).
[[gnu::always_inline]] inline int Distance(const PdqWords& a, const PdqWords& b) {
  return __builtin_popcountll(a[0] ^ b[0]) + __builtin_popcountll(a[1] ^ b[1]) + __builtin_popcountll(a[2] ^ b[2]) +
         __builtin_popcountll(a[3] ^ b[3]);
}

class HammingIndex {
 public:
  static constexpr int kRadius = 31;

  // Numbers the hashes 0, 1, 2 ... as given; equal hashes are welcome, but callers collapse them to keep answers short.
  // Memory: 96 bytes per hash and 4 MiB. At most 2^32 - 1 hashes (CHECKed).
  explicit HammingIndex(std::span<const Pdq> hashes);

  // Calls found(number, distance) once for each hash within kRadius, in no set order; stops early when it returns
  // false.
  void Search(const Pdq& query, const std::function<bool(uint32_t number, int distance)>& found) const;

  size_t size() const { return words_.size(); }
  const PdqWords& words(uint32_t number) const { return words_[number]; }

 private:
  static constexpr int kChunks = 16;
  static constexpr size_t kBuckets = size_t{1} << 16;

  std::vector<PdqWords> words_;
  std::vector<uint32_t>
      starts_;  // [chunk][value]: where its numbers begin in members_; one more at the end of each chunk
  std::vector<uint32_t> members_;  // [chunk]: all numbers, grouped by the chunk's value
};

}  // namespace crossguard::match
