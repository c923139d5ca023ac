// What the drawn scenes of src/drawing promise to those who match pictures: rich enough for PDQ, far from each other,
// near to their gentle edits. It stands here because the fingerprint does.
#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/digest.h"
#include "drawing/drawing.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/pdq.h"

namespace crossguard::examine {
namespace {

using drawing::DrawScene;
using drawing::Picture;

constexpr int kMatch = 31;  // the distance at which pictures are taken for one

PdqHash Hash(const Picture& picture) {
  Sampler sampler(picture.width, picture.height, 3);
  for (uint32_t y = 0; y < picture.height; ++y) {
    if (sampler.WantsRow(y)) sampler.PutRow(y, &picture.rgb[size_t{y} * picture.width * 3], 3);
  }
  return HashPdq(sampler.picture());
}

// Distances of one kind of edit over many scenes, and the share of those that would still match.
struct Distances {
  std::vector<int> all;
  double Matching(int within = kMatch) const {
    return static_cast<double>(std::ranges::count_if(all, [&](int d) { return d <= within; })) /
           static_cast<double>(all.size());
  }
  void Print(const char* what) {
    std::ranges::sort(all);
    std::printf("%-24s within 31: %5.1f %%   median %d, least %d, most %d\n", what, 100 * Matching(),
                all[all.size() / 2], all.front(), all.back());
  }
};

TEST(Scene, HasTheSameBytesOnEveryMachine) {
  const auto digest = [](const Picture& picture) { return HashSha256(picture.rgb).hex(); };
  EXPECT_EQ(digest(DrawScene(0, 64, 48)), "9aae849c65288b0577d03334681508ef615b4c9d59c7d02da16e432fd086864a");
  EXPECT_EQ(digest(DrawScene(1, 1000, 700)), "afa9d5ab6609b0b26e6acef788f821b1623b46048dd36675e882fea86c51048d");
  EXPECT_EQ(digest(DrawScene(0xFFFFFFFFFFFFFFFF, 33, 201)),
            "2c851b9bdce66240329e759c49c954ab65da5c53ad5cf91db201499aa063e7b6");
  const Picture scene = DrawScene(2, 320, 240);
  EXPECT_EQ(digest(Resize(scene, 417, 111)), "bc31ff5cee399d23a7e179911a64634322cac64bc5a572c548240e3c8c7fe3c9");
  EXPECT_EQ(digest(Recolour(scene, {.brightness = -0.07, .contrast = 1.13, .saturation = 0.61})),
            "b5ac2ce31492ffccb42c9a245c0b751cad9e00e115e173b99a280f95321f65b8");
  EXPECT_EQ(digest(Caption(scene, "scene 2", 5)), "d0e382f5cda4755253e6508ef72b8623a147a19e485226ed55fe8c08d6501957");
  EXPECT_EQ(digest(AddNoise(scene, 9, 12)), "652240daeaa0e9db648b60d9bd2770306bc7aadf46456b18e8fd835110b220d6");
}

TEST(Scene, OfTwoThousandSeedsNearlyAllHaveQualityAndNoTwoAreNear) {
  constexpr size_t kSeeds = 2000;
  std::vector<Pdq> hashes;
  size_t good = 0;
  int quality_least = 100;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const PdqHash hash = Hash(DrawScene(seed, 256, 256));
    hashes.push_back(hash.hash);
    good += hash.quality >= 50 ? 1 : 0;
    quality_least = std::min(quality_least, hash.quality);
  }
  int least = 256;
  for (size_t i = 0; i < kSeeds; ++i) {
    for (size_t j = 0; j < i; ++j) least = std::min(least, Distance(hashes[i], hashes[j]));
  }
  std::printf("quality >= 50: %zu of %zu, least %d; least distance of two scenes %d\n", good, kSeeds, quality_least,
              least);
  EXPECT_GE(good, kSeeds * 99 / 100);
  EXPECT_GT(least, 50);
}

// The fingerprint itself depends on the size of a small picture, so a small one is held against a big one made small.
TEST(Scene, IsTheSameSceneAtAnySize) {
  Distances drawn, shrunk;
  for (uint64_t seed = 0; seed < 24; ++seed) {
    const Picture big = DrawScene(seed, 1600, 1200);
    const Pdq big_hash = Hash(big).hash;
    for (const auto& [width, height] : {std::pair{512U, 512U}, {640U, 480U}, {1280U, 960U}, {480U, 1100U}}) {
      const PdqHash other = Hash(DrawScene(seed, width, height));
      EXPECT_GE(other.quality, 50) << seed;
      drawn.all.push_back(Distance(big_hash, other.hash));
    }
    for (const auto& [width, height] : {std::pair{160U, 120U}, {256U, 256U}, {320U, 240U}}) {
      const Pdq small = Hash(DrawScene(seed, width, height)).hash;
      shrunk.all.push_back(Distance(small, Hash(Resize(big, width, height)).hash));
    }
  }
  for (auto& [what, distances] :
       {std::pair<const char*, Distances*>{"drawn smaller", &drawn}, {"drawn small", &shrunk}}) {
    distances->Print(what);
    EXPECT_GE(distances->Matching(10), 0.95) << what;
    EXPECT_GE(distances->Matching(), 0.99) << what;
  }
}

TEST(Scene, SurvivesGentleEditsAndNotStrongOnes) {
  Distances jpeg60, jpeg95, down, up, recoloured, noisy, cropped, mirrored, captioned;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Picture scene = DrawScene(seed, 320, 240);
    const Pdq original = Hash(scene).hash;
    const auto note = [&](Distances& of, const Picture& edited) {
      of.all.push_back(Distance(original, Hash(edited).hash));
    };
    const auto note_jpeg = [&](Distances& of, int quality) {
      const Bytes bytes = EncodeJpeg(scene, {.quality = quality});
      of.all.push_back(Distance(original, *ExamineBytes(bytes, bytes.size(), 0, Limits{}).pdq));
    };
    note_jpeg(jpeg60, 60);
    note_jpeg(jpeg95, 95);
    note(down, Resize(scene, scene.width * 3 / 10, scene.height * 3 / 10));
    note(up, Resize(scene, scene.width * 3 / 2, scene.height * 3 / 2));
    note(recoloured, Recolour(scene, {.brightness = 0.04, .contrast = 1.1, .saturation = 0.8}));
    note(noisy, AddNoise(scene, seed, 10));
    note(cropped,
         Crop(scene, scene.width / 10, scene.height / 10, scene.width * 806 / 1000, scene.height * 806 / 1000));
    note(mirrored, Mirror(scene));
    note(captioned, Caption(scene, "caption", seed));
  }
  for (auto& [what, distances] : {std::pair<const char*, Distances*>{"JPEG, quality 60", &jpeg60},
                                  {"JPEG, quality 95", &jpeg95},
                                  {"resized to 0.3", &down},
                                  {"resized to 1.5", &up},
                                  {"recoloured mildly", &recoloured},
                                  {"noise of 10", &noisy}}) {
    distances->Print(what);
    EXPECT_GE(distances->Matching(), 0.98) << what;
  }
  for (auto& [what, distances] : {std::pair<const char*, Distances*>{"35 % cropped away", &cropped},
                                  {"mirrored", &mirrored},
                                  {"captioned", &captioned}}) {
    distances->Print(what);
    EXPECT_LE(distances->Matching(), 0.02) << what;
  }
}

}  // namespace
}  // namespace crossguard::examine
