// A seizure in small, each file read, its three digests and its fingerprints taken, against the chain of the parts that
// a user would put together: hashdeep, the library of each format, all frames of videos, the plain fingerprint.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

#include "benches.h"
#include "crypto/digest.h"
#include "drawn_files.h"
#include "examine/examiner_client.h"
#include "examine/kernel/decode.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/judge_pdq.h"
#include "examine/kernel/testing_kinds.h"
#include "plain_decoders.h"

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
      testing::JudgeVideo(file.bytes, 30);
      break;
    case DrawnKind::kOther:
      break;
  }
}

// The examiner with a worker a processor, as a run uses it: how busy it keeps them, and what memory it takes.
void TellBusy(SideBySide& table, const DrawnMix& mix) {
  if (!FindExaminerProgram()) return;
  constexpr size_t kTimes = 1;
  double cpu = 0;
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
  rusage children{};
  getrusage(RUSAGE_CHILDREN, &children);
  char text[200];
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  std::snprintf(text, sizeof(text),
                "The mixed set through the jail with a worker a processor: %ld processors %.0f %% busy with it (target "
                "E7: 90, on an idle machine), the largest process %.0f MB.",
                cores, 100 * cpu / wall / static_cast<double>(cores), static_cast<double>(children.ru_maxrss) / 1e3);
  table.Note(text);
}

}  // namespace

void BenchMix(SideBySide& table) {
  const DrawnMix& mix = DrawMix(table);
  table.Note(mix.description);
  std::vector<std::string> hashdeep{"hashdeep", "-c", "md5,sha1,sha256", "-j0"};
  for (const DrawnFile& file : mix.files) hashdeep.push_back(file.path);
  if (!HasProgram("hashdeep")) return table.Skip("mixed set", "hashdeep is not installed");
  table.Compare({.what = "Mixed set: read, three digests, PDQ",
                 .amount = mix.megabytes,
                 .unit = "MB",
                 .ours = ByCpu("ours",
                               [&] {
                                 for (const DrawnFile& file : mix.files) Ours(file);
                               }),
                 .peer = ByCpu("hashdeep, the formats' libraries, plain PDQ",
                               [&] {
                                 StopUnless(RunProgram(hashdeep).exit_code == 0, "hashdeep failed.");
                                 for (const DrawnFile& file : mix.files) Plainly(file);
                               }),
                 .target = Target{"E7", 5}},
                2);
  TellBusy(table, mix);
}

}  // namespace crossguard::bench
