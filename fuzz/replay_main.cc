// Replays a fuzz body without a fuzzer: every file of the corpus, and seeded mutations of each, so that any compiler
// and every ordinary test run exercises the same entry points that libFuzzer explores.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {
constexpr int kMutationsPerFile = 200;

void Mutate(std::vector<uint8_t>& bytes, std::mt19937_64& random) {
  const auto pick = [&](size_t n) { return n == 0 ? size_t{0} : static_cast<size_t>(random() % n); };
  const size_t edits = 1 + pick(8);
  for (size_t i = 0; i < edits; ++i) {
    switch (pick(5)) {
      case 0:
        if (!bytes.empty()) bytes[pick(bytes.size())] = static_cast<uint8_t>(random());
        break;
      case 1:
        if (!bytes.empty()) bytes[pick(bytes.size())] ^= static_cast<uint8_t>(1U << pick(8));
        break;
      case 2:
        bytes.resize(pick(bytes.size() + 1));
        break;
      case 3:
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(pick(bytes.size() + 1)),
                     static_cast<uint8_t>(random()));
        break;
      default:
        if (!bytes.empty()) bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(pick(bytes.size())));
        break;
    }
  }
}
}  // namespace

int main(int argc, char** argv) {
  size_t files = 0;
  size_t runs = 0;
  LLVMFuzzerTestOneInput(nullptr, 0);
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
      ++files;
      std::mt19937_64 random(files);
      for (int m = 0; m < kMutationsPerFile; ++m) {
        std::vector<uint8_t> mutant = bytes;
        Mutate(mutant, random);
        LLVMFuzzerTestOneInput(mutant.data(), mutant.size());
        ++runs;
      }
    }
  }
  std::printf("replayed %zu corpus files and %zu mutations\n", files, runs);
  return files > 0 ? 0 : 1;
}
