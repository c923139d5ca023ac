// A seizure in small, each file read, its three digests and its fingerprints taken, against the chain of the parts that
// a user would put together: hashdeep, the public PDQ reference as it is shipped, which starts ImageMagick for each
// picture, and the vPDQ reference; and the strong one, which takes the library of each format in place of ImageMagick.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "benches.h"
#include "crypto/digest.h"
#include "drawn_files.h"
#include "examine/examiner_client.h"
#include "examine/kernel/decode.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/judge_pdq.h"
#include "plain_decoders.h"
#include "plain_video.h"
#include "shipped_chain.h"

namespace crossguard::bench {
namespace {

using namespace examine;

void Ours(const DrawnFile& file) {
  DigestStream digests;
  Bytes bytes;
  bytes.reserve(file.bytes.size());
  ReadInPieces(file.path, [&](ByteView piece) {
    digests.Update(piece);
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  });
  StopUnless(digests.Finish().size_bytes == file.bytes.size(), "A digest lost bytes.");
  const State state = ExamineBytes(bytes, bytes.size(), 0, Limits{}).state;
  StopUnless(state == (file.kind == DrawnKind::kOther ? State::kUnsupportedKind : State::kExamined),
             "A drawn file was not examined.");
}

void Plainly(const DrawnFile& file) {
  switch (file.kind) {
    case DrawnKind::kJpeg:
      JudgePdq(*DecodeJpegPlainly(file.bytes, Limits{}).picture);
      break;
    case DrawnKind::kPng:
      JudgePdq(SamplePlainly(DecodeByLibpng(file.bytes)));
      break;
    case DrawnKind::kWebp:
      JudgePdq(SamplePlainly(DecodeByLibwebp(file.bytes)));
      break;
    case DrawnKind::kHeic:
      JudgePdq(SamplePlainly(DecodeByLibheif(file.bytes)));
      break;
    case DrawnKind::kVideo:
      HashVideoAsReference(file.path);
      break;
    case DrawnKind::kOther:
      break;
  }
}

void AsShipped(const DrawnFile& file) {
  if (file.kind == DrawnKind::kVideo) {
    HashVideoAsReference(file.path);
  } else if (file.kind != DrawnKind::kOther) {
    HashPictureAsShipped(file.path);
  }
}

// What all processors did so far, in the kernel's ticks: in all, and nothing.
struct Ticks {
  double all = 0;
  double idle = 0;
};
Ticks ReadTicks() {
  std::ifstream stat("/proc/stat");
  std::string name;
  Ticks ticks;
  double value = 0;
  stat >> name;
  for (int field = 0; field < 8 && stat >> value; ++field) {  // user nice system idle iowait irq softirq steal
    ticks.all += value;
    if (field == 3 || field == 4) ticks.idle += value;
  }
  return ticks;
}

// The examiner with a worker a processor, as a run uses it: how busy it keeps them, and what memory it takes.
void TellBusy(SideBySide& table, const DrawnMix& mix) {
  if (!FindExaminerProgram()) return;
  constexpr size_t kTimes = 4;  // so that the last file, when one processor has nothing more to do, weighs little
  double cpu = 0;
  const Ticks before = ReadTicks();
  const double wall = WallSeconds([&] {
    cpu = CpuSeconds([&] {
      const std::unique_ptr<Examiner> examiner = OrStop(Examiner::Start({}));
      size_t given = 0;
      OrStop(examiner->Examine(
          [&](ExamineInput& input) -> Result<bool> {
            if (given == mix.files.size() * kTimes) return false;
            input.bytes = mix.files[given++ % mix.files.size()].bytes;
            return true;
          },
          [](uint64_t, const FileFacts&) -> Status { return {}; }));
    });
  });
  const Ticks after = ReadTicks();
  rusage children{};
  getrusage(RUSAGE_CHILDREN, &children);
  const double idle = (after.idle - before.idle) / static_cast<double>(sysconf(_SC_CLK_TCK));
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  char text[280];
  std::snprintf(text, sizeof(text),
                "The mixed set four times through the jail with a worker a processor: %ld processors %.0f %% busy with "
                "it, %.0f %% of what other programs left of them (target E7: 90); the largest process %.0f MB.",
                cores, 100 * cpu / wall / static_cast<double>(cores), 100 * cpu / (cpu + idle),
                static_cast<double>(children.ru_maxrss) / 1e3);
  table.Note(text);
}

}  // namespace

void BenchMix(SideBySide& table) {
  const DrawnMix& mix = DrawMix(table);
  table.Note(mix.description);
  std::vector<std::string> hashdeep{"hashdeep", "-c", "md5,sha1,sha256", "-j0"};
  for (const DrawnFile& file : mix.files) hashdeep.push_back(file.path);
  if (!HasProgram("hashdeep")) return table.Skip("mixed set", "hashdeep is not installed");
  constexpr int kRounds = 3;
  const auto compare = [&](std::string peer, void (*picture_and_video)(const DrawnFile&),
                           const std::optional<Target>& target) {
    table.Compare({.what = "Mixed set: read, three digests, PDQ",
                   .amount = mix.megabytes,
                   .unit = "MB",
                   .ours = ByCpu("ours",
                                 [&] {
                                   for (const DrawnFile& file : mix.files) Ours(file);
                                 }),
                   .peer = ByCpu(std::move(peer),
                                 [&] {
                                   StopUnless(RunProgram(hashdeep).exit_code == 0, "hashdeep failed.");
                                   for (const DrawnFile& file : mix.files) picture_and_video(file);
                                 }),
                   .target = target},
                  kRounds);
  };
  if (HasImageMagick()) {
    for (const DrawnFile& file : mix.files) {
      if (file.kind == DrawnKind::kOther || file.kind == DrawnKind::kVideo || HashPictureAsShipped(file.path)) continue;
      table.Note("ImageMagick here does not open " + file.path + ": the shipped chain has no hash of it.");
    }
    compare("the shipped chain: hashdeep, ImageMagick, all frames, plain PDQ", AsShipped, Target{"E7", 5});
  } else {
    table.Skip("Mixed set: the shipped chain, target E7 >= 5", "ImageMagick's convert is not installed");
  }
  compare("hashdeep, the formats' libraries, all frames, plain PDQ", Plainly, {});
  TellBusy(table, mix);
}

}  // namespace crossguard::bench
