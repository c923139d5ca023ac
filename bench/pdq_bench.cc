// The fingerprint given pixels, against the plain loops that the tests hold it against. The limit is reading every
// pixel that counts once.
#include <numeric>

#include "benches.h"
#include "drawing/drawing.h"
#include "examine/kernel/judge_pdq.h"
#include "examine/kernel/pdq.h"
#include "plain_decoders.h"

namespace crossguard::bench {
namespace {

using namespace examine;

SampledPicture SampleOurs(const drawing::Picture& picture) {
  Sampler sampler(picture.width, picture.height, 3);
  for (uint32_t y = 0; y < picture.height; ++y) {
    if (sampler.WantsRow(y)) sampler.PutRow(y, &picture.rgb[size_t{y} * picture.width * 3], 3);
  }
  return sampler.picture();
}

constexpr int kPictures = 4;
constexpr int kRepeats = 10;

std::vector<drawing::Picture> DrawAll(uint32_t width, uint32_t height) {
  std::vector<drawing::Picture> drawings;
  for (uint64_t seed = 0; seed < kPictures; ++seed) drawings.push_back(drawing::DrawScene(seed, width, height));
  for (const drawing::Picture& picture : drawings) {
    StopUnless(HashPdq(SampleOurs(picture)) == JudgePdq(SamplePlainly(picture)),
               "A fingerprint differs from the judge's.");
  }
  return drawings;
}

// What `hash` says of each picture is summed and looked at, so that the compiler leaves nothing out.
template <class Picture, class Hash>
Contender Each(std::string name, const std::vector<Picture>& pictures, Hash hash) {
  return ByCpu(std::move(name), [&pictures, hash] {
    int64_t sum = 0;
    for (int i = 0; i < kRepeats; ++i) {
      for (const Picture& picture : pictures) sum += hash(picture);
    }
    StopUnless(sum > 0, "Drawn pictures have no content.");
  });
}

}  // namespace

void BenchPdq(SideBySide& table) {
  const std::vector<drawing::Picture> small = DrawAll(512, 512), large = DrawAll(1024, 768);
  std::vector<SampledPicture> sampled;
  for (const drawing::Picture& picture : small) sampled.push_back(SampleOurs(picture));
  const auto sum_of_pixels = [](const SampledPicture& picture) {
    return std::accumulate(picture.pixels.begin(), picture.pixels.end(), 0);
  };
  table.Compare({.what = "PDQ of 512x512 pixels",
                 .amount = kPictures * kRepeats,
                 .unit = "pictures",
                 .ours = Each("kernel", sampled, [](const SampledPicture& p) { return HashPdq(p).quality; }),
                 .peer = Each("plain loops", sampled, [](const SampledPicture& p) { return JudgePdq(p).quality; }),
                 .limit = Each("reading each pixel", sampled, sum_of_pixels),
                 .target = Target{"E2", 7}});
  table.Compare(
      {.what = "PDQ of 1024x768 pixels, with sampling",
       .amount = kPictures * kRepeats,
       .unit = "pictures",
       .ours = Each("kernel", large, [](const drawing::Picture& d) { return HashPdq(SampleOurs(d)).quality; }),
       .peer = Each("plain loops", large, [](const drawing::Picture& d) { return JudgePdq(SamplePlainly(d)).quality; }),
       .limit = Each("reading each pixel", sampled, sum_of_pixels)});
}

}  // namespace crossguard::bench
