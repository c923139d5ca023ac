#include "match/hamming_index.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "env/random.h"

namespace crossguard::match {
namespace {

Pdq RandomHash(SeededRandom& random) {
  Pdq hash;
  random.Fill(hash.bytes);
  return hash;
}

Pdq Flip(Pdq hash, std::span<const int> bits) {
  for (const int bit : bits)
    hash.bytes[static_cast<size_t>(bit) / 8] =
        static_cast<uint8_t>(hash.bytes[static_cast<size_t>(bit) / 8] ^ (1U << (bit % 8)));
  return hash;
}

Pdq FlipRandom(const Pdq& hash, int count, SeededRandom& random) {
  std::vector<int> bits(256);
  std::iota(bits.begin(), bits.end(), 0);
  for (int i = 0; i < count; ++i)
    std::swap(bits[static_cast<size_t>(i)],
              bits[static_cast<size_t>(i) + random.Below(256 - static_cast<uint64_t>(i))]);
  bits.resize(static_cast<size_t>(count));
  return Flip(hash, bits);
}

// Bit by bit, and no table.
int PlainDistance(const Pdq& a, const Pdq& b) {
  int distance = 0;
  for (size_t i = 0; i < 32; ++i) {
    for (int bit = 0; bit < 8; ++bit) distance += ((a.bytes[i] >> bit) & 1) != ((b.bytes[i] >> bit) & 1);
  }
  return distance;
}

using Answer = std::vector<std::pair<uint32_t, int>>;

Answer Judge(const std::vector<Pdq>& hashes, const Pdq& query) {
  Answer answer;
  for (uint32_t i = 0; i < hashes.size(); ++i) {
    if (const int distance = PlainDistance(hashes[i], query); distance <= 31) answer.emplace_back(i, distance);
  }
  return answer;
}

Answer Ask(const HammingIndex& index, const Pdq& query) {
  Answer answer;
  index.Search(query, [&](uint32_t number, int distance) {
    answer.emplace_back(number, distance);
    return true;
  });
  std::sort(answer.begin(), answer.end());
  return answer;
}

TEST(HammingIndex, FindsExactlyWhatAPlainScanFinds) {
  rc::check("planted neighbours at 0..40 bits among strangers", [] {
    SeededRandom random(*rc::gen::arbitrary<uint64_t>());
    std::vector<Pdq> hashes;
    const auto strangers =
        *rc::gen::inRange(0, 3'000);  // enough that the tables are used, and few enough that they are not
    for (int i = 0; i < strangers; ++i) hashes.push_back(RandomHash(random));
    const Pdq query = RandomHash(random);
    for (int distance = 0; distance <= 40; ++distance)
      hashes.insert(hashes.begin() + static_cast<std::ptrdiff_t>(random.Below(hashes.size() + 1)),
                    FlipRandom(query, distance, random));
    const HammingIndex index(hashes);
    RC_ASSERT(Ask(index, query) == Judge(hashes, query));
    const Pdq& member = hashes[random.Below(hashes.size())];
    RC_ASSERT(Ask(index, member) == Judge(hashes, member));
  });
}

TEST(HammingIndex, ThirtyOneDifferencesSpreadAsEvenlyAsTheyGoAreFoundAndThirtyTwoAreNot) {
  SeededRandom random(1);
  std::vector<Pdq> hashes;
  for (int i = 0; i < 5'000; ++i) hashes.push_back(RandomHash(random));
  const Pdq query = RandomHash(random);
  // Two flipped bits in fifteen chunks and one in the sixteenth: only one table of sixteen can find it, by a probe
  // beside the value.
  for (int lonely = 0; lonely < 16; ++lonely) {
    std::vector<int> bits;
    for (int chunk = 0; chunk < 16; ++chunk) {
      const int first = static_cast<int>(random.Below(16));
      bits.push_back(chunk * 16 + first);
      if (chunk != lonely) bits.push_back(chunk * 16 + (first + 1 + static_cast<int>(random.Below(15))) % 16);
    }
    ASSERT_EQ(bits.size(), 31U);
    hashes.push_back(Flip(query, bits));
    // And one more in the lonely chunk: 32, out of reach.
    std::vector<int> more = bits;
    for (int bit = lonely * 16; bit < lonely * 16 + 16; ++bit) {
      if (std::find(bits.begin(), bits.end(), bit) == bits.end()) {
        more.push_back(bit);
        break;
      }
    }
    hashes.push_back(Flip(query, more));
  }
  const HammingIndex index(hashes);
  EXPECT_EQ(Ask(index, query), Judge(hashes, query));
  EXPECT_EQ(Ask(index, query).size(), 16U);
}

TEST(HammingIndex, EqualHashesAndCrowdedBucketsLoseNothing) {
  SeededRandom random(2);
  std::vector<Pdq> hashes(500);  // all the same
  for (int i = 0; i < 500; ++i)
    hashes.push_back(FlipRandom(Pdq{}, static_cast<int>(random.Below(60)), random));  // flat pictures
  for (int i = 0; i < 500; ++i) {
    Pdq half =
        RandomHash(random);  // the same in one chunk, strangers elsewhere: the worst that can be made against one table
    half.bytes[0] = half.bytes[1] = 0;
    hashes.push_back(half);
  }
  for (int i = 0; i < 5'000; ++i) hashes.push_back(RandomHash(random));
  const HammingIndex index(hashes);
  EXPECT_EQ(Ask(index, Pdq{}), Judge(hashes, Pdq{}));
  for (size_t i = 0; i < 1'500; i += 50) EXPECT_EQ(Ask(index, hashes[i]), Judge(hashes, hashes[i])) << i;
}

TEST(HammingIndex, AnEmptyIndexAnswersAndASearchMayStop) {
  const HammingIndex empty(std::span<const Pdq>{});
  EXPECT_TRUE(Ask(empty, Pdq{}).empty());
  const std::vector<Pdq> same(100);
  const HammingIndex index(same);
  int seen = 0;
  index.Search(Pdq{}, [&](uint32_t, int) { return ++seen < 3; });
  EXPECT_EQ(seen, 3);
}

TEST(HammingIndex, AHundredThousandHashesAreSearchedBySelfJoin) {
  SeededRandom random(3);
  std::vector<Pdq> hashes;
  while (hashes.size() < 100'000) {
    hashes.push_back(RandomHash(random));
    if (hashes.size() % 10 == 0)
      hashes.push_back(FlipRandom(hashes.back(), static_cast<int>(random.Below(32)), random));
  }
  const auto begin = std::chrono::steady_clock::now();
  const HammingIndex index(hashes);
  const auto built = std::chrono::steady_clock::now();
  int64_t pairs = 0;
  for (const Pdq& hash : hashes) {
    index.Search(hash, [&](uint32_t, int) {
      ++pairs;
      return true;
    });
  }
  const auto done = std::chrono::steady_clock::now();
  const auto ms = [](auto from, auto to) {
    return static_cast<long long>(std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count());
  };
  std::printf("100,000 hashes: index %lld ms, self-join %lld ms, %lld pairs\n", ms(begin, built), ms(built, done),
              static_cast<long long>(pairs));
  // Each hash meets itself; each planted one its base and back.
  EXPECT_GE(pairs, 100'000 + 2 * 9'000);
}

}  // namespace
}  // namespace crossguard::match
