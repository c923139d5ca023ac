#include "match/hamming_index.h"

#include <bit>
#include <cstring>
#include <limits>

namespace crossguard::match {
namespace {

// A probe meets its candidates at random places in memory, a scan in order; measured, one candidate costs about as much
// as four.
constexpr size_t kScanAdvantage = 4;

uint32_t ChunkOf(const PdqWords& words, int chunk) {
  return static_cast<uint32_t>(words[static_cast<size_t>(chunk) / 4] >> (16 * (chunk % 4))) & 0xFFFF;
}

// The lowest chunk in which the two differ in at most one bit: the one table that may report the pair, so that each is
// told once.
int FirstCloseChunk(const PdqWords& a, const PdqWords& b, int chunks) {
  for (int chunk = 0; chunk < chunks; ++chunk) {
    if (std::popcount(ChunkOf(a, chunk) ^ ChunkOf(b, chunk)) <= 1) return chunk;
  }
  return chunks;
}

struct Range {
  const uint32_t* begin;
  const uint32_t* end;
  int chunk;
};
using OnFound = std::function<bool(uint32_t, int)>;

[[gnu::always_inline]] inline void Scan(std::span<const PdqWords> all, const PdqWords& wanted, const OnFound& found) {
  for (size_t number = 0; number < all.size(); ++number) {
    const int distance = Distance(wanted, all[number]);
    if (distance <= HammingIndex::kRadius && !found(static_cast<uint32_t>(number), distance)) return;
  }
}

[[gnu::always_inline]] inline void Probe(std::span<const PdqWords> all, std::span<const Range> ranges,
                                         const PdqWords& wanted, const OnFound& found) {
  for (const Range& range : ranges) {
    for (const uint32_t* at = range.begin; at != range.end; ++at) {
      const int distance = Distance(wanted, all[*at]);
      if (distance > HammingIndex::kRadius || FirstCloseChunk(wanted, all[*at], 16) != range.chunk) continue;
      if (!found(*at, distance)) return;
    }
  }
}

// The ordinary build may run on any x86-64, which has no POPCNT by rule; nearly every one has it by fact (measured: 3
// to 7 times faster).
#if defined(__x86_64__)
[[gnu::target("popcnt")]] void ScanPopcnt(std::span<const PdqWords> all, const PdqWords& wanted, const OnFound& found) {
  Scan(all, wanted, found);
}
[[gnu::target("popcnt")]] void ProbePopcnt(std::span<const PdqWords> all, std::span<const Range> ranges,
                                           const PdqWords& wanted, const OnFound& found) {
  Probe(all, ranges, wanted, found);
}
bool HasPopcnt() {
  return __builtin_cpu_supports("popcnt") != 0;
}
#else
constexpr auto ScanPopcnt = Scan;
constexpr auto ProbePopcnt = Probe;
constexpr bool HasPopcnt() {
  return true;
}
#endif

void FastScan(std::span<const PdqWords> all, const PdqWords& wanted, const OnFound& found) {
  HasPopcnt() ? ScanPopcnt(all, wanted, found) : Scan(all, wanted, found);
}
void FastProbe(std::span<const PdqWords> all, std::span<const Range> ranges, const PdqWords& wanted,
               const OnFound& found) {
  HasPopcnt() ? ProbePopcnt(all, ranges, wanted, found) : Probe(all, ranges, wanted, found);
}

}  // namespace

PdqWords WordsOf(const Pdq& hash) {
  PdqWords words{};
  std::memcpy(words.data(), hash.bytes.data(), sizeof(words));
  return words;
}

HammingIndex::HammingIndex(std::span<const Pdq> hashes) {
  CHECK(hashes.size() < std::numeric_limits<uint32_t>::max());
  words_.reserve(hashes.size());
  for (const Pdq& hash : hashes) words_.push_back(WordsOf(hash));
  const size_t n = words_.size();
  starts_.assign(kChunks * (kBuckets + 1), 0);
  members_.resize(kChunks * n);
  for (int chunk = 0; chunk < kChunks; ++chunk) {
    // Counting sort: numbers stay in order within a bucket.
    uint32_t* starts = starts_.data() + static_cast<size_t>(chunk) * (kBuckets + 1);
    uint32_t* members = members_.data() + static_cast<size_t>(chunk) * n;
    for (const PdqWords& words : words_) ++starts[ChunkOf(words, chunk) + 1];
    for (size_t value = 0; value < kBuckets; ++value) starts[value + 1] += starts[value];
    std::vector<uint32_t> next(starts, starts + kBuckets);
    for (size_t number = 0; number < n; ++number)
      members[next[ChunkOf(words_[number], chunk)]++] = static_cast<uint32_t>(number);
  }
}

void HammingIndex::Search(const Pdq& query, const std::function<bool(uint32_t number, int distance)>& found) const {
  const PdqWords wanted = WordsOf(query);
  const size_t n = words_.size();

  std::array<Range, kChunks * 17> ranges;
  size_t range_count = 0;
  size_t candidates = 0;
  for (int chunk = 0; chunk < kChunks; ++chunk) {
    const uint32_t* starts = starts_.data() + static_cast<size_t>(chunk) * (kBuckets + 1);
    const uint32_t* members = members_.data() + static_cast<size_t>(chunk) * n;
    const uint32_t exact = ChunkOf(wanted, chunk);
    for (int flip = -1; flip < 16; ++flip) {
      const uint32_t value = flip < 0 ? exact : exact ^ (1U << flip);
      if (starts[value] == starts[value + 1]) continue;
      ranges[range_count++] = {members + starts[value], members + starts[value + 1], chunk};
      candidates += starts[value + 1] - starts[value];
    }
  }

  if (candidates * kScanAdvantage >= n) {
    FastScan(words_, wanted, found);
  } else {
    FastProbe(words_, std::span(ranges).first(range_count), wanted, found);
  }
}

}  // namespace crossguard::match
