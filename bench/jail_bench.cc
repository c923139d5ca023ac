// What the jail costs: the same kernel over the same drawn pictures, in this process and through crossguard-examiner,
// by processor time of all processes involved. Starting the programs (once a run) is not in it.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "benches.h"
#include "drawn_files.h"
#include "examine/examiner_client.h"
#include "examine/kernel/examine.h"

namespace crossguard::bench {
namespace {

using namespace examine;

struct Class {
  const char* name;
  uint32_t width, height;
  size_t files;  // examined in one call
};

void InProcess(const std::vector<ByteView>& drawn, size_t files) {
  for (size_t i = 0; i < files; ++i) {
    const ByteView file = drawn[i % drawn.size()];
    const State state = ExamineBytes(file, file.size(), 0, Limits{}).state;
    StopUnless(state == State::kExamined || state == State::kUnsupportedKind, "A drawn file was not examined.");
  }
}

constexpr std::array kFamilies{Family::kPictures, Family::kHeif, Family::kVideo, Family::kArchives};

// Of the programs and of the workers that ended; they live on, so that nobody has waited for them yet.
double CpuOfFamilies(const Examiner& examiner) {
  double ticks = 0;
  for (const Family family : kFamilies) {
    if (examiner.zygote_pid(family) < 0) continue;
    std::ifstream stat("/proc/" + std::to_string(examiner.zygote_pid(family)) + "/stat");
    std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
    std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
    std::string skipped;
    for (int i = 0; i < 11; ++i)
      fields >> skipped;  // up to majflt and cmajflt; then user and system, own and children's
    for (int i = 0; i < 4; ++i) {
      double part = 0;
      fields >> part;
      ticks += part;
    }
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void Examine(Examiner& examiner, const std::vector<ByteView>& drawn, size_t files) {
  size_t given = 0;
  OrStop(examiner.Examine(
      [&](ExamineInput& input) -> Result<bool> {
        if (given == files) return false;
        input.bytes = drawn[given++ % drawn.size()];
        return true;
      },
      [](uint64_t, const FileFacts& facts) -> Status {
        StopUnless(facts.state == State::kExamined || facts.state == State::kUnsupportedKind,
                   "A drawn file was not examined in the jail.");
        return {};
      }));
}

// A run starts the programs once, at the first file of each family: here before the clock runs.
void CompareJail(SideBySide& table, const std::string& what, const std::vector<ByteView>& drawn, size_t files,
                 const std::optional<Target>& target, int rounds = 5) {
  const std::unique_ptr<Examiner> examiner = OrStop(Examiner::Start({.workers = 1}));
  Examine(*examiner, drawn, drawn.size());
  table.Compare({.what = what + ", examined in the jail",
                 .amount = static_cast<double>(files),
                 .unit = "files",
                 .ours = {"jailed",
                          [&] {
                            const double before = CpuOfFamilies(*examiner);
                            const double own = CpuSeconds([&] { Examine(*examiner, drawn, files); });
                            return own + CpuOfFamilies(*examiner) - before;
                          }},
                 .peer = ByCpu("same kernel, no jail", [&] { InProcess(drawn, files); }),
                 .target = target},
                rounds);
}

}  // namespace

void BenchJail(SideBySide& table) {
  if (!FindExaminerProgram()) return table.Skip("examination in the jail", "crossguard-examiner is not built");
  for (const Class& c : {Class{"64x48", 64, 48, 3000}, Class{"640x480", 640, 480, 160},
                         Class{"1280x960", 1280, 960, 64}, Class{"4000x3000", 4000, 3000, 8}}) {
    std::vector<Bytes> drawn;
    for (uint64_t seed = 0; seed < 4; ++seed)
      drawn.push_back(drawing::EncodeJpeg(DrawPhoto(seed, c.width, c.height), {.quality = 85}));
    CompareJail(table, std::string("JPEG ") + c.name, {drawn.begin(), drawn.end()}, c.files, {});
  }
  const DrawnMix& mix = DrawMix(table);
  std::vector<ByteView> pictures, all;
  for (const DrawnFile& file : mix.files) {
    all.emplace_back(file.bytes);
    if (file.kind == DrawnKind::kJpeg || file.kind == DrawnKind::kPng || file.kind == DrawnKind::kWebp)
      pictures.emplace_back(file.bytes);
  }
  CompareJail(table, "The pictures of the mixed set", pictures, 2 * pictures.size(), {});
  CompareJail(table, "The mixed set", all, all.size(), Target{"E8", 0.97}, 2);
  table.Note(mix.description);
  char note[112];
  std::snprintf(note, sizeof(note), "Starting the examiner with its self-test: %.0f ms of processor time, once a run.",
                CpuSeconds([] { OrStop(Examiner::Start({.workers = 1})); }) * 1e3);
  table.Note(note);
}

}  // namespace crossguard::bench
