// crossguard-bench WORK_FOLDER [FILTER [ROUNDS]]: called by scripts/bench.
#include <malloc.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "benches.h"

int main(int argc, char** argv) {
  using namespace crossguard::bench;
  struct Bench {
    std::string_view name;
    void (*run)(SideBySide&);
  };
  constexpr std::array<Bench, 8> kBenches{{{"digests", BenchDigests},
                                           {"pdq", BenchPdq},
                                           {"jpeg", BenchJpeg},
                                           {"jail", BenchJail},
                                           {"hamming", BenchHamming},
                                           {"vault", BenchVault},
                                           {"age", BenchAge},
                                           {"run", BenchRun}}};
  constexpr int kRounds = 9;
  if (argc < 2 || argc > 4) {
    std::fprintf(stderr, "usage: crossguard-bench WORK_FOLDER [FILTER [ROUNDS]]\n");
    return 2;
  }
  // As the examiner's workers do: freed memory stays for the next picture, so that the kernel is measured and not fresh
  // pages.
  constexpr int kKeptBytes = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, kKeptBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  const std::string_view filter = argc > 2 ? argv[2] : "";
  const int rounds = argc > 3 ? std::atoi(argv[3]) : kRounds;
  SideBySide table(rounds > 0 ? rounds : kRounds, argv[1]);
  bool any = false;
  for (const Bench& bench : kBenches) {
    if (bench.name.find(filter) == std::string_view::npos) continue;
    any = true;
    std::fprintf(stderr, "%.*s\n", static_cast<int>(bench.name.size()), bench.name.data());
    bench.run(table);
  }
  if (!any)
    Stop("No bench has '" + std::string(filter) + "' in its name: digests, pdq, jpeg, jail, hamming, vault, age, run.");
  table.PrintTable();
}
