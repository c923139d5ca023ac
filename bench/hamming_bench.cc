// Exact radius search among 256-bit fingerprints, against a plain scan as anybody would write it; the limit column is
// the fastest scan known here (columns of words, AVX-512 where the machine has it). All three must find the same.
#include <algorithm>
#include <string>

#include "benches.h"
#include "env/random.h"
#include "match/hamming_index.h"

namespace crossguard::bench {
namespace {

using namespace match;

struct Found {
  uint64_t count = 0;
  uint64_t number_sum = 0;
  bool operator==(const Found&) const = default;
};

#if defined(__x86_64__)
#define CROSSGUARD_TARGET(features) [[gnu::target(features), gnu::optimize("O3")]]
#else
#define CROSSGUARD_TARGET(features)
#endif

CROSSGUARD_TARGET("popcnt") Found PlainScan(const std::vector<PdqWords>& all, const PdqWords& wanted) {
  Found found;
  for (size_t i = 0; i < all.size(); ++i) {
    if (Distance(all[i], wanted) <= HammingIndex::kRadius) {
      ++found.count;
      found.number_sum += i;
    }
  }
  return found;
}

// Word w of every fingerprint side by side, so that distances are counted many at a time.
struct Columns {
  std::array<std::vector<uint64_t>, 4> words;
  explicit Columns(const std::vector<PdqWords>& all) {
    for (size_t w = 0; w < 4; ++w) {
      for (const PdqWords& one : all) words[w].push_back(one[w]);
    }
  }
};

constexpr size_t kBlock = 512;

// Distances of one block; the least of them.
[[gnu::always_inline]] inline uint64_t BlockDistances(std::array<const uint64_t*, 4> at, const PdqWords& wanted,
                                                      size_t count, uint64_t* distances) {
  const auto [a, b, c, d] = at;
  const auto [qa, qb, qc, qd] = wanted;
  uint64_t least = 256;
  for (size_t i = 0; i < count; ++i) {
    uint64_t distance =
        static_cast<uint64_t>(__builtin_popcountll(a[i] ^ qa)) + static_cast<uint64_t>(__builtin_popcountll(b[i] ^ qb));
    distance +=
        static_cast<uint64_t>(__builtin_popcountll(c[i] ^ qc)) + static_cast<uint64_t>(__builtin_popcountll(d[i] ^ qd));
    distances[i] = distance;
    least = least < distance ? least : distance;
  }
  return least;
}
using BlockFunction = uint64_t (*)(std::array<const uint64_t*, 4>, const PdqWords&, size_t, uint64_t*);
CROSSGUARD_TARGET("avx512vpopcntdq,avx512vl,avx512dq,avx512bw,prefer-vector-width=512")
uint64_t BlockAvx512(std::array<const uint64_t*, 4> at, const PdqWords& wanted, size_t count, uint64_t* distances) {
  return BlockDistances(at, wanted, count, distances);
}
CROSSGUARD_TARGET("popcnt")
uint64_t BlockPopcnt(std::array<const uint64_t*, 4> at, const PdqWords& wanted, size_t count, uint64_t* distances) {
  return BlockDistances(at, wanted, count, distances);
}
BlockFunction BlockForThisMachine() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512vl")) return BlockAvx512;
#endif
  return BlockPopcnt;
}

Found ColumnScan(const Columns& all, const PdqWords& wanted) {
  Found found;
  const size_t n = all.words[0].size();
  static const BlockFunction block_distances = BlockForThisMachine();
  std::array<uint64_t, kBlock> distances;
  for (size_t begin = 0; begin < n; begin += kBlock) {
    const size_t count = std::min(kBlock, n - begin);
    const auto at = [&](size_t w) { return all.words[w].data() + begin; };
    if (block_distances({at(0), at(1), at(2), at(3)}, wanted, count, distances.data()) > HammingIndex::kRadius)
      continue;
    for (size_t i = 0; i < count; ++i) {
      if (distances[i] > HammingIndex::kRadius) continue;
      ++found.count;
      found.number_sum += begin + i;
    }
  }
  return found;
}

// Half of the queries are strangers, half lie 0..30 bits from an entry.
std::vector<Pdq> Queries(const std::vector<Pdq>& hashes, size_t count) {
  SeededRandom random(7);
  std::vector<Pdq> queries(count);
  for (size_t i = 0; i < count; ++i) {
    if (i % 2 == 0) {
      random.Fill(queries[i].bytes);
      continue;
    }
    queries[i] = hashes[random.Below(hashes.size())];
    for (uint64_t flips = random.Below(31); flips > 0; --flips) {
      const uint64_t bit = random.Below(256);
      queries[i].bytes[bit / 8] = static_cast<uint8_t>(queries[i].bytes[bit / 8] ^ (1U << (bit % 8)));
    }
  }
  return queries;
}

void Compare(SideBySide& table, size_t entries, const std::string& called, size_t query_count) {
  SeededRandom random(entries);
  std::vector<Pdq> hashes(entries);
  for (Pdq& hash : hashes) random.Fill(hash.bytes);
  std::vector<PdqWords> rows;
  for (const Pdq& hash : hashes) rows.push_back(WordsOf(hash));
  const Columns columns(rows);
  const HammingIndex index(hashes);
  const std::vector<Pdq> queries = Queries(hashes, query_count);

  Found by_index, by_scan, by_columns;
  const auto add = [](Found& to, const Found& more) { to.count += more.count, to.number_sum += more.number_sum; };
  table.Compare({.what = "PDQ within 31 of " + called,
                 .amount = static_cast<double>(query_count),
                 .unit = "queries",
                 .ours = ByCpu("index",
                               [&] {
                                 by_index = {};
                                 for (const Pdq& query : queries) {
                                   index.Search(query, [&](uint32_t number, int) {
                                     add(by_index, {.count = 1, .number_sum = number});
                                     return true;
                                   });
                                 }
                               }),
                 .peer = ByCpu("plain scan, POPCNT",
                               [&] {
                                 by_scan = {};
                                 for (const Pdq& query : queries) add(by_scan, PlainScan(rows, WordsOf(query)));
                               }),
                 .limit = Contender{"fastest scan", [&] {
                                      by_columns = {};
                                      return CpuSeconds([&] {
                                        for (const Pdq& query : queries)
                                          add(by_columns, ColumnScan(columns, WordsOf(query)));
                                      });
                                    }}});
  StopUnless(by_index == by_scan && by_scan == by_columns && by_scan.count > 0,
             "Index and scans found different neighbours.");
}

void CompareBuild(SideBySide& table, size_t entries, const std::string& called) {
  SeededRandom random(entries);
  std::vector<Pdq> hashes(entries);
  for (Pdq& hash : hashes) random.Fill(hash.bytes);
  table.Compare(
      {.what = "Index of " + called + " built",
       .amount = static_cast<double>(entries),
       .unit = "entries",
       .ours = ByCpu("index", [&] { StopUnless(HammingIndex(hashes).size() == entries, "The index lost entries."); }),
       .peer = ByCpu("sorting them once",
                     [&] {
                       std::vector<Pdq> sorted = hashes;
                       std::sort(sorted.begin(), sorted.end());
                       StopUnless(sorted.front() <= sorted.back(), "Sorting failed.");
                     })},
      5);
}

}  // namespace

void BenchHamming(SideBySide& table) {
  Compare(table, 10'000, "10 k", 2000);
  Compare(table, 100'000, "100 k", 400);
  Compare(table, 1'000'000, "1 M", 40);
  CompareBuild(table, 1'000'000, "1 M");
}

}  // namespace crossguard::bench
