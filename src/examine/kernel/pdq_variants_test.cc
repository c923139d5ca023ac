// The other definition (of the whole picture) and the turned pictures, judged by hashing the real thing the plain way.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "drawing/drawing.h"
#include "env/random.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/judge_pdq.h"
#include "examine/kernel/pdq.h"
#include "examine/kernel/testing_kinds.h"

namespace crossguard::examine {
namespace {

// Whole, as nobody samples it.
SampledPicture Whole(const drawing::Picture& drawn) {
  return {.width = drawn.width, .height = drawn.height, .channels = 3, .pixels = drawn.rgb};
}

SampledPicture Noise(SeededRandom& random, uint32_t width, uint32_t height, uint32_t channels) {
  SampledPicture out{.width = width, .height = height, .channels = channels, .pixels = {}};
  out.pixels.resize(size_t{width} * height * channels);
  random.Fill(out.pixels);
  return out;
}

enum class Way { kRows, kRuns, kPixels };
SampledPicture Sampled(const SampledPicture& whole, Way way) {
  const WholeGridWanted wanted(true);
  Sampler sampler(whole.width, whole.height, whole.channels);
  const uint32_t stride = whole.channels;
  for (uint32_t y = 0; y < whole.height; ++y) {
    const uint8_t* const row = whole.pixels.data() + size_t{y} * whole.width * stride;
    EXPECT_TRUE(sampler.WantsRow(y));
    if (way == Way::kRows) sampler.PutRow(y, row, stride);
    for (uint32_t x = 0; x < whole.width && way == Way::kRuns; x += 100)
      sampler.PutRun(x, y, std::min(whole.width - x, 100U), row + size_t{x} * stride, stride);
    for (uint32_t x = 0; x < whole.width && way == Way::kPixels; ++x) sampler.PutPixel(x, y, row + size_t{x} * stride);
  }
  return sampler.picture();
}

TEST(WholePdq, IsThePlainHashOfTheFullPictureButForBitsNextToTheMedian) {
  SeededRandom random(3);
  int sum = 0;
  int count = 0;
  int reference_sum = 0;
  for (const auto& [width, height] : {std::pair{513U, 512U},
                                      {600U, 400U},
                                      {1000U, 777U},
                                      {64U, 1500U},
                                      {2000U, 65U},
                                      {700U, 5U},
                                      {4032U, 302U},
                                      {1280U, 720U}}) {
    for (const uint32_t channels : {1U, 3U, 4U}) {  // 4: a drawn scene instead of noise
      const SampledPicture whole =
          channels == 4 ? Whole(drawing::DrawScene(width, width, height)) : Noise(random, width, height, channels);
      const PdqHash judge = JudgePdq(whole);
      const SampledPicture sampled = Sampled(whole, Way::kRows);
      ASSERT_EQ(sampled.whole_grid.size(), 64U * 64U);
      const PdqHash hash = HashPdqGrid(sampled.whole_grid);
      const int distance = Distance(hash.hash, judge.hash);
      EXPECT_LE(distance, 4) << width << "x" << height << " " << channels;
      EXPECT_LE(std::abs(hash.quality - judge.quality), 1);
      sum += distance;
      ++count;
      if (channels == 4) reference_sum += Distance(HashPdq(sampled).hash, judge.hash);
    }
  }
  std::printf("  %d pictures: %d bits from the plain hash in all; drawn ones: %d bits between the two definitions\n",
              count, sum, reference_sum);
  EXPECT_LE(sum, count);        // less than one bit a picture
  EXPECT_GT(reference_sum, 0);  // they are two definitions
}

TEST(WholePdq, DoesNotDependOnHowThePixelsComeAndIsNoneIfSomeDoNot) {
  SeededRandom random(4);
  const SampledPicture whole = Noise(random, 613, 540, 3);
  const SampledPicture by_rows = Sampled(whole, Way::kRows);
  for (const Way way : {Way::kRuns, Way::kPixels}) {
    const SampledPicture other = Sampled(whole, way);
    EXPECT_EQ(other.pixels, by_rows.pixels);
    ASSERT_EQ(other.whole_grid.size(), by_rows.whole_grid.size());
    for (size_t i = 0; i < other.whole_grid.size(); ++i) EXPECT_NEAR(other.whole_grid[i], by_rows.whole_grid[i], 0.01F);
  }
  const WholeGridWanted wanted(true);
  Sampler sampler(613, 540, 3);
  for (uint32_t y = 0; y < 539; ++y) sampler.PutRow(y, whole.pixels.data() + size_t{y} * 613 * 3, 3);
  EXPECT_TRUE(sampler.picture().whole_grid.empty());
  sampler.PutRow(539, whole.pixels.data() + size_t{539} * 613 * 3, 3);
  EXPECT_FALSE(sampler.picture().whole_grid.empty());
  sampler.PutRow(3, whole.pixels.data(), 3);  // one too many: nothing can be said
  EXPECT_TRUE(sampler.picture().whole_grid.empty());
}

TEST(WholePdq, IsThereFreeForSmallPicturesAndOnDemandForLargeOnesOfEveryFormat) {
  const drawing::Picture small = drawing::DrawScene(1, 512, 300);
  const drawing::Picture large = drawing::DrawScene(1, 540, 301);
  const auto facts_of = [](const Bytes& file, bool wanted) {
    Limits limits;
    limits.whole_pdq = wanted;
    return ExamineBytes(file, file.size(), 0, limits);
  };
  const FileFacts free = facts_of(drawing::EncodePng(small), false);
  EXPECT_EQ(free.pdq_whole, free.pdq);
  EXPECT_EQ(free.pdq_whole_quality, free.pdq_quality);
  EXPECT_FALSE(facts_of(drawing::EncodePng(large), false).pdq_whole.has_value());
  const Pdq judge = JudgePdq(Whole(large)).hash;
  const std::vector<Bytes> lossless{
      drawing::EncodePng(large),  drawing::EncodePng(large, {.interlaced = true}), drawing::EncodeWebp(large, true),
      testing::EncodeTiff(large), testing::EncodeTiff(large, {.tiled = true}),     testing::EncodeBmp(large)};
  for (size_t i = 0; i < lossless.size(); ++i) {
    const FileFacts facts = facts_of(lossless[i], true);
    ASSERT_TRUE(facts.pdq_whole.has_value()) << i;
    EXPECT_LE(Distance(*facts.pdq_whole, judge), 4) << i;
    EXPECT_EQ(facts.pdq, facts_of(lossless[i], false).pdq) << i;  // the first is not touched by the wish
  }
  for (const Bytes& lossy :
       {drawing::EncodeJpeg(large), drawing::EncodeJpeg(large, {.progressive = true}), drawing::EncodeWebp(large),
        testing::EncodeHeif(large), testing::EncodeJxl({large}, false)}) {
    const FileFacts facts = facts_of(lossy, true);
    ASSERT_TRUE(facts.pdq_whole.has_value()) << MimeType(facts.kind);
    EXPECT_LE(Distance(*facts.pdq_whole, judge), 20) << MimeType(facts.kind);
  }
}

SampledPicture TurnedPicture(const SampledPicture& from, Turn turn) {
  const bool swaps =
      turn == Turn::kRotate90 || turn == Turn::kRotate270 || turn == Turn::kFlipPlus1 || turn == Turn::kFlipMinus1;
  SampledPicture out = from;
  if (swaps) std::swap(out.width, out.height);
  const uint32_t w = from.width, h = from.height;
  for (uint32_t y = 0; y < out.height; ++y) {
    for (uint32_t x = 0; x < out.width; ++x) {
      uint32_t fx = x, fy = y;
      if (turn == Turn::kRotate90) fx = w - 1 - y, fy = x;  // counterclockwise
      if (turn == Turn::kRotate180) fx = w - 1 - x, fy = h - 1 - y;
      if (turn == Turn::kRotate270) fx = y, fy = h - 1 - x;
      if (turn == Turn::kFlipX) fy = h - 1 - y;
      if (turn == Turn::kFlipY) fx = w - 1 - x;
      if (turn == Turn::kFlipPlus1) fx = y, fy = x;
      if (turn == Turn::kFlipMinus1) fx = w - 1 - y, fy = h - 1 - x;
      std::memcpy(out.pixels.data() + (size_t{y} * out.width + x) * out.channels,
                  from.pixels.data() + (size_t{fy} * w + fx) * from.channels, from.channels);
    }
  }
  return out;
}

// At 64x64 nothing is filtered or picked, so the eight are those of the turned pictures but for rounding at the median.
TEST(DihedralPdq, AtTheSizeOfTheGridTheEightAreThoseOfTheTurnedPictures) {
  SeededRandom random(9);
  for (int i = 0; i < 30; ++i) {
    const SampledPicture picture =
        i % 2 == 0 ? Noise(random, 64, 64, 1) : Whole(drawing::DrawScene(static_cast<uint64_t>(i), 64, 64));
    const auto turned = HashPdqTurned(picture);
    EXPECT_EQ(turned[0], HashPdq(picture).hash);
    for (size_t t = 0; t < kTurns; ++t) {
      const Pdq judge = JudgePdq(TurnedPicture(picture, static_cast<Turn>(t))).hash;
      EXPECT_LE(Distance(turned[t], judge), 2) << i << " " << Name(static_cast<Turn>(t));
    }
  }
}

// Elsewhere the filter and the centres lie half a pixel aside after turning: near, far within the radius of 31, and far
// from the hash of the picture as it is.
TEST(DihedralPdq, AtOtherSizesTheEightAreNearThoseOfTheTurnedPictures) {
  int most = 0;
  int sum = 0;
  int count = 0;
  for (const auto& [width, height] : {std::pair{512U, 512U}, {400U, 300U}, {640U, 480U}, {333U, 501U}, {1200U, 900U}}) {
    for (uint64_t seed = 1; seed <= 2; ++seed) {
      const SampledPicture whole = Whole(drawing::DrawScene(seed, width, height));
      const auto sample = [](const SampledPicture& picture) {
        Sampler sampler(picture.width, picture.height, picture.channels);
        for (uint32_t y = 0; y < picture.height; ++y)
          sampler.PutRow(y, picture.pixels.data() + size_t{y} * picture.width * picture.channels, picture.channels);
        return sampler.picture();
      };
      const SampledPicture sampled = sample(whole);
      if (HashPdq(sampled).quality < 50) continue;
      const auto turned = HashPdqTurned(sampled);
      for (size_t t = 1; t < kTurns; ++t) {
        const SampledPicture real = sample(TurnedPicture(whole, static_cast<Turn>(t)));
        const int distance = Distance(turned[t], JudgePdq(real).hash);
        most = std::max(most, distance);
        sum += distance;
        ++count;
        EXPECT_LE(distance, 31) << width << "x" << height << " seed " << seed << " " << Name(static_cast<Turn>(t));
      }
    }
  }
  ASSERT_GT(count, 40);
  std::printf("  %d turned pictures: %.1f bits on average, %d at most\n", count, static_cast<double>(sum) / count,
              most);
  EXPECT_LE(sum, 12 * count);
}

TEST(DihedralPdq, ComeOutOfTheExaminationOnDemandOnly) {
  const Bytes png = drawing::EncodePng(drawing::DrawScene(2, 200, 200));
  EXPECT_TRUE(ExamineBytes(png, png.size(), 0, Limits{}).turned.empty());
  Limits limits;
  limits.turned_pdq = true;
  EXPECT_EQ(ExamineBytes(png, png.size(), 0, limits).turned.size(), 7U);
}

}  // namespace
}  // namespace crossguard::examine
