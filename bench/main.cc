// crossguard-bench WORK_FOLDER [FILTER [ROUNDS]]: called by scripts/bench.
#include <malloc.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "benches.h"

int main(int argc, char** argv) {
  using namespace crossguard::bench;
  struct Bench {
    std::string_view name;
    void (*run)(SideBySide&);
  };
  constexpr std::array<Bench, 12> kBenches{{{"examine digests", BenchDigests},
                                            {"examine pdq", BenchPdq},
                                            {"examine jpeg", BenchJpeg},
                                            {"examine formats", BenchFormats},
                                            {"examine video", BenchVideo},
                                            {"examine mix", BenchMix},
                                            {"examine jail", BenchJail},
                                            {"examine seizure", BenchSeizure},
                                            {"hamming", BenchHamming},
                                            {"vault", BenchVault},
                                            {"age", BenchAge},
                                            {"run", BenchRun}}};
  constexpr int kRounds = 9;
  std::vector<std::string_view> words(argv + 1, argv + argc);
  const bool json = std::erase(words, "--json") > 0;
  // As the examiner's workers do: freed memory stays for the next picture, so that the kernel is measured and not fresh
  // pages.
  constexpr int kKeptBytes = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, kKeptBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  if (!words.empty() && words[0] == "--examine") return RunExamining({words.begin() + 1, words.end()});
  if (words.empty() || words.size() > 3) {
    std::fprintf(stderr, "usage: crossguard-bench WORK_FOLDER [--json] [FILTER [ROUNDS]]\n");
    return 2;
  }
  const std::string_view filter = words.size() > 1 ? words[1] : "";
  const int rounds = words.size() > 2 ? std::atoi(words[2].data()) : kRounds;
  SideBySide table(rounds > 0 ? rounds : kRounds, std::string(words[0]));
  bool any = false;
  for (const Bench& bench : kBenches) {
    if (bench.name.find(filter) == std::string_view::npos) continue;
    any = true;
    std::fprintf(stderr, "%.*s\n", static_cast<int>(bench.name.size()), bench.name.data());
    bench.run(table);
  }
  if (!any) {
    std::string names;
    for (const Bench& bench : kBenches) names += (names.empty() ? "" : ", ") + std::string(bench.name);
    Stop("No bench has '" + std::string(filter) + "' in its name: " + names + ".");
  }
  if (json) {
    table.PrintJson();
  } else {
    table.PrintTable();
  }
}
