// Videos. Warm-up: the smallest honest files, encoded by the tests (64x64 pixels, two seconds).
#include <array>

#include "examine/kernel/behind.h"
#include "examine/kernel/container_end.h"
#include "examine/kernel/decode_video.h"
#include "examine/kernel/family.h"
#include "examine/kernel/family_samples.h"

namespace crossguard::examine {
namespace {

void ExamineWindowed(FileBytes& file, const Limits& limits, FileFacts& facts) {
  DecodeVideo(file, limits, facts);
  if (facts.kind != Kind::kMkv && facts.kind != Kind::kWebm) {
    facts.behind_at = FindBehindContainer(facts.kind, file).value_or(0);
  } else if (const auto end = MatroskaEnd(file); end && *end < file.size()) {
    facts.behind_at = FindFileBehind(file, *end).value_or(0);
  }
}

void Examine(ByteView bytes, const Limits& limits, FileFacts& facts) {
  FileBytes file(bytes);
  ExamineWindowed(file, limits, facts);
}

struct Sample {
  std::string_view base64;
  Kind kind;
};
constexpr std::array kSamples{Sample{samples::kMp4, Kind::kMp4}, Sample{samples::kWebm, Kind::kWebm},
                              Sample{samples::kMatroskaAv1, Kind::kMkv}, Sample{samples::kAvi, Kind::kAvi}};

bool WarmUp() {
  for (const Sample& sample : kSamples) {
    const Result<Bytes> bytes = FromBase64(sample.base64);
    if (!bytes) return false;
    const FileFacts facts = ExamineAs(kVideoFamily, *bytes, bytes->size(), 0, Limits{});
    if (facts.state != State::kExamined || facts.kind != sample.kind) return false;
    if (facts.width != 64 || facts.height != 64 || facts.video_frames.size() != 2) return false;
  }
  return true;
}

}  // namespace

const FamilyWork kVideoFamily{.family = Family::kVideo,
                              .examine = Examine,
                              .unpack = nullptr,
                              .warm_up = WarmUp,
                              .examine_windowed = ExamineWindowed};

}  // namespace crossguard::examine
