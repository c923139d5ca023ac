// HEIC, AVIF and JPEG XL. Warm-up: the smallest honest file of each, encoded by the tests (64x64 pixels).
#include <array>

#include "examine/kernel/behind.h"
#include "examine/kernel/decode.h"
#include "examine/kernel/family.h"
#include "examine/kernel/family_samples.h"

namespace crossguard::examine {
namespace {

void Examine(ByteView bytes, const Limits& limits, FileFacts& facts) {
  FileBytes file(bytes);
  const std::optional<uint64_t> behind = FindBehindContainer(facts.kind, file);
  ExifFacts exif;
  const auto decode = [&](ByteView picture) {
    return facts.kind == Kind::kJxl ? DecodeJxl(picture, limits, exif) : DecodeHeif(picture, limits, exif);
  };
  Decoded decoded = decode(bytes);
  // A film behind a picture brings boxes of its own, and the library takes them for the picture's.
  if (!decoded.picture && behind) decoded = decode(bytes.first(static_cast<size_t>(*behind)));
  TakePicture(decoded, limits, facts);
  facts.exif = exif;
  if (facts.pdq) facts.behind_at = behind.value_or(0);
}

struct Sample {
  std::string_view base64;
  Kind kind;
};
constexpr std::array kSamples{Sample{samples::kHeic, Kind::kHeic}, Sample{samples::kAvif, Kind::kAvif},
                              Sample{samples::kJxl, Kind::kJxl}};

bool WarmUp() {
  for (const Sample& sample : kSamples) {
    const Result<Bytes> bytes = FromBase64(sample.base64);
    if (!bytes) return false;
    const FileFacts facts = ExamineAs(kHeifFamily, *bytes, bytes->size(), 0, Limits{});
    if (facts.state != State::kExamined || facts.kind != sample.kind) return false;
    if (facts.width != 64 || facts.height != 64 || !facts.pdq) return false;
    // What libavcodec does not take on is opened by libheif's own decoder: that too must find all that it needs.
    ExifFacts exif;
    if (sample.kind == Kind::kHeic && !DecodeHeifPlainly(*bytes, Limits{}, exif).picture) return false;
  }
  return true;
}

}  // namespace

const FamilyWork kHeifFamily{.family = Family::kHeif, .examine = Examine, .unpack = nullptr, .warm_up = WarmUp};

}  // namespace crossguard::examine
