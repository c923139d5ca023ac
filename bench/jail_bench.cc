// What the jail costs: the same kernel over the same drawn pictures, in this process and through crossguard-examiner,
// by processor time of all processes involved. Starting the examiner (once a run) is measured apart and taken off.
#include <cstdio>

#include "benches.h"
#include "drawing/drawing.h"
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

void InProcess(const std::vector<Bytes>& drawn, size_t files) {
  for (size_t i = 0; i < files; ++i) {
    const Bytes& file = drawn[i % drawn.size()];
    StopUnless(ExamineBytes(file, file.size(), 0, Limits{}).state == State::kExamined,
               "A drawn picture was not examined.");
  }
}

// The examiner's processes are waited for when it is destroyed, so their time is counted then.
void Jailed(const std::vector<Bytes>& drawn, size_t files) {
  const std::unique_ptr<Examiner> examiner = OrStop(Examiner::Start({.workers = 1}));
  size_t given = 0;
  OrStop(examiner->Examine(
      [&](ExamineInput& input) -> Result<bool> {
        if (given == files) return false;
        input.bytes = drawn[given++ % drawn.size()];
        return true;
      },
      [](uint64_t, const FileFacts& facts) -> Status {
        StopUnless(facts.state == State::kExamined, "A drawn picture was not examined in the jail.");
        return {};
      }));
}

}  // namespace

void BenchJail(SideBySide& table) {
  if (!FindExaminerProgram()) return table.Skip("examination in the jail", "crossguard-examiner is not built");
  double start_seconds = 0;
  for (const Class& c : {Class{"64x48", 64, 48, 3000}, Class{"640x480", 640, 480, 200},
                         Class{"1280x960", 1280, 960, 64}, Class{"4000x3000", 4000, 3000, 8}}) {
    std::vector<Bytes> drawn;
    for (uint64_t seed = 0; seed < 4; ++seed)
      drawn.push_back(drawing::EncodeJpeg(drawing::DrawScene(seed, c.width, c.height), {.quality = 85}));
    table.Compare({.what = std::string("JPEG ") + c.name + " examined in the jail",
                   .amount = static_cast<double>(c.files),
                   .unit = "files",
                   .ours = {"jailed",
                            [&] {
                              start_seconds = CpuSeconds([&] { Jailed(drawn, 0); });
                              return CpuSeconds([&] { Jailed(drawn, c.files); }) - start_seconds;
                            }},
                   .peer = ByCpu("same kernel, no jail", [&] { InProcess(drawn, c.files); })});
  }
  char note[96];
  std::snprintf(note, sizeof(note), "Starting the examiner with its self-test: %.0f ms of processor time, once a run.",
                start_seconds * 1e3);
  table.Note(note);
}

}  // namespace crossguard::bench
