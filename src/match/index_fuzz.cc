// Any hashes: the index finds what a plain scan finds, each once. A hash is an earlier one with a few bits turned, so
// that neighbours of all distances come about: 32 bytes of the first, then 8 bytes each (which earlier one, which
// bits).
#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "match/hamming_index.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;  // NOLINT
  constexpr size_t kStepBytes = 8, kHashesMax = 300;
  if (size < sizeof(Pdq)) return 0;
  std::vector<Pdq> hashes(1);
  std::memcpy(hashes[0].bytes.data(), data, sizeof(Pdq));
  for (ByteView rest(data + sizeof(Pdq), size - sizeof(Pdq)); rest.size() >= kStepBytes && hashes.size() < kHashesMax;
       rest = rest.subspan(kStepBytes)) {
    Pdq hash = hashes[rest[0] % hashes.size()];
    for (const uint8_t bit : rest.subspan(1, kStepBytes - 1))
      hash.bytes[bit / 8] = static_cast<uint8_t>(hash.bytes[bit / 8] ^ (1U << (bit % 8)));
    hashes.push_back(hash);
  }
  const match::HammingIndex index(hashes);
  for (const Pdq* query : {&hashes.front(), &hashes.back()}) {
    std::vector<int> told(hashes.size(), -1);
    index.Search(*query, [&](uint32_t number, int distance) {
      CHECK(number < told.size() && told[number] == -1);
      told[number] = distance;
      return true;
    });
    for (size_t i = 0; i < hashes.size(); ++i) {
      int distance = 0;
      for (size_t at = 0; at < sizeof(Pdq); ++at)
        distance += std::popcount(static_cast<uint8_t>(query->bytes[at] ^ hashes[i].bytes[at]));
      CHECK(told[i] == (distance <= match::HammingIndex::kRadius ? distance : -1));
    }
  }
  return 0;
}
