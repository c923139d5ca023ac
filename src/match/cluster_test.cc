#include "match/cluster.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <set>

#include "env/random.h"
#include "match/hamming_index.h"

namespace crossguard::match {
namespace {

Pdq RandomHash(SeededRandom& random) {
  Pdq hash;
  random.Fill(hash.bytes);
  return hash;
}
Pdq FlipRandom(Pdq hash, uint64_t count, SeededRandom& random) {
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t bit = random.Below(256);
    hash.bytes[bit / 8] = static_cast<uint8_t>(hash.bytes[bit / 8] ^ (1U << (bit % 8)));
  }
  return hash;
}
Pdq WithBits(int from, int to) {
  Pdq hash;
  for (int bit = from; bit < to; ++bit)
    hash.bytes[static_cast<size_t>(bit) / 8] =
        static_cast<uint8_t>(hash.bytes[static_cast<size_t>(bit) / 8] | (1U << (bit % 8)));
  return hash;
}
ClusterInput File(uint64_t number, const Pdq& pdq, uint64_t size_bytes = 100) {
  ClusterInput file{.size_bytes = size_bytes, .pdq = pdq};
  for (size_t i = 0; i < 8; ++i) file.sha256.bytes[i] = static_cast<uint8_t>(number >> (8 * (7 - i)));
  return file;
}
int Far(const Pdq& a, const Pdq& b) {
  return Distance(WordsOf(a), WordsOf(b));
}

// A group as a person would name it: representative and members by SHA-256.
using Named = std::map<Sha256, std::map<Sha256, int>>;
Named NamesOf(const std::vector<ClusterInput>& files, const std::vector<NearDuplicates>& groups) {
  Named named;
  for (const NearDuplicates& group : groups) {
    auto& members = named[files[group.representative].sha256];
    for (const ClusterMember& member : group.members) members[files[member.input].sha256] = member.distance;
  }
  return named;
}

// The rule written file by file, with every pair compared.
Named Judge(const std::vector<ClusterInput>& files) {
  std::map<Pdq, int64_t> degree;
  for (const ClusterInput& a : files) {
    degree[a.pdq] =
        std::count_if(files.begin(), files.end(), [&](const ClusterInput& b) { return Far(a.pdq, b.pdq) <= 31; });
  }
  std::vector<Pdq> centres;
  std::vector<std::pair<int64_t, Pdq>> queue;
  for (const auto& [hash, count] : degree) queue.emplace_back(-std::min(count, kDegreeMax), hash);
  std::sort(queue.begin(), queue.end());
  for (const auto& [count, hash] : queue) {
    const bool covered =
        std::any_of(centres.begin(), centres.end(), [&](const Pdq& centre) { return Far(centre, hash) <= 31; });
    if (!covered && count <= -2) centres.push_back(hash);
  }
  std::map<Pdq, std::vector<std::pair<const ClusterInput*, int>>> stars;
  for (const ClusterInput& file : files) {
    const Pdq* best = nullptr;
    for (const Pdq& centre : centres) {
      if (Far(centre, file.pdq) <= 31 && (best == nullptr || Far(centre, file.pdq) < Far(*best, file.pdq)))
        best = &centre;
    }
    if (best != nullptr) stars[*best].emplace_back(&file, Far(*best, file.pdq));
  }
  Named named;
  for (const auto& [centre, members] : stars) {
    if (members.size() < 2) continue;
    const ClusterInput* representative = nullptr;
    for (const auto& [file, distance] : members) {
      if (distance == 0 &&
          (representative == nullptr ||
           std::tie(file->size_bytes, file->sha256) < std::tie(representative->size_bytes, representative->sha256)))
        representative = file;
    }
    for (const auto& [file, distance] : members) named[representative->sha256][file->sha256] = distance;
  }
  return named;
}

std::vector<ClusterInput> Families(SeededRandom& random, size_t families) {
  std::vector<ClusterInput> files;
  uint64_t number = 0;
  for (size_t f = 0; f < families; ++f) {
    const Pdq base = RandomHash(random);
    const uint64_t size = 1 + random.Below(6);
    for (uint64_t i = 0; i < size; ++i)
      files.push_back(File(number++, FlipRandom(base, random.Below(30), random), 50 + random.Below(5)));
    if (random.Chance(0.3)) files.push_back(File(number++, files.back().pdq));  // the same hash again
  }
  return files;
}

TEST(Clusters, FollowTheRuleAsWrittenFileByFileInAnyOrder) {
  rc::check("stars against the plain judge", [] {
    SeededRandom random(*rc::gen::arbitrary<uint64_t>());
    std::vector<ClusterInput> files = Families(random, random.Below(20));
    const Named found = NamesOf(files, FindClusters(files));
    RC_ASSERT(found == Judge(files));
    for (size_t i = files.size(); i > 1; --i) std::swap(files[i - 1], files[random.Below(i)]);
    RC_ASSERT(NamesOf(files, FindClusters(files)) == found);
  });
}

TEST(Clusters, AChainOfSmallStepsIsNotOneCluster) {
  // Each 20 bits from the next, the ends 180 bits apart: single link would call them one picture.
  std::vector<ClusterInput> files;
  for (int i = 0; i < 10; ++i) files.push_back(File(static_cast<uint64_t>(i), WithBits(0, 20 * i)));
  const auto groups = FindClusters(files);
  EXPECT_GT(groups.size(), 1U);
  for (const NearDuplicates& group : groups) {
    for (const ClusterMember& a : group.members) {
      EXPECT_LE(a.distance, 31);
      for (const ClusterMember& b : group.members) EXPECT_LE(Far(files[a.input].pdq, files[b.input].pdq), 62);
    }
  }
}

TEST(Clusters, VariantsThatMeetOnlyThroughTheirBaseStayTogether) {
  const Pdq base = WithBits(0, 40);
  const std::vector<ClusterInput> files{File(1, base), File(2, WithBits(0, 65)),
                                        File(3, WithBits(15, 40))};  // 25 each way, 50 between
  const auto groups = FindClusters(files);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].representative, 0U);
  EXPECT_EQ(groups[0].members.size(), 3U);
}

TEST(Clusters, ADistanceOf31JoinsAnd32DoesNot) {
  EXPECT_EQ(FindClusters(std::vector{File(1, WithBits(0, 100)), File(2, WithBits(0, 131))}).size(), 1U);
  EXPECT_TRUE(FindClusters(std::vector{File(1, WithBits(0, 100)), File(2, WithBits(0, 132))}).empty());
}

TEST(Clusters, TheRepresentativeIsTheSmallestFileWithTheMiddleHash) {
  const std::vector<ClusterInput> files{File(1, WithBits(0, 8), 900), File(2, WithBits(0, 8), 300),
                                        File(3, WithBits(0, 8), 300), File(4, WithBits(0, 9), 10)};
  const auto groups = FindClusters(files);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].representative, 1U);
}

TEST(Clusters, ManyEqualAndManyFlatPicturesEndSoon) {
  SeededRandom random(5);
  std::vector<ClusterInput> files;
  for (uint64_t i = 0; i < 50'000; ++i) files.push_back(File(i, WithBits(0, 128)));
  for (uint64_t i = 50'000; i < 70'000; ++i)
    files.push_back(File(i, FlipRandom(WithBits(0, 128), random.Below(60), random)));
  const auto begin = std::chrono::steady_clock::now();
  const auto groups = FindClusters(files);
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  std::printf("70,000 files, 20,000 of them in one dense region: %lld ms, %zu clusters\n", static_cast<long long>(ms),
              groups.size());
  ASSERT_FALSE(groups.empty());
  const auto largest = std::max_element(
      groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.members.size() < b.members.size(); });
  EXPECT_GE(largest->members.size(), 50'000U);
}

}  // namespace
}  // namespace crossguard::match
