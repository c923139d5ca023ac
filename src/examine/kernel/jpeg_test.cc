// Our own JPEG decoder against libjpeg-turbo, over drawn pictures of all forms and over damage. What it gives must be
// what libjpeg-turbo gives, to the last pixel; and for the forms that it is made for it must give something.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "drawing/drawing.h"
#include "examine/kernel/jpeg_fast.h"
#include "examine/kernel/pdq.h"

namespace crossguard::examine {
namespace {

using drawing::JpegForm;
using drawing::Picture;

// How many pictures or mutations: CROSSGUARD_JPEG_PER_MILLE scales the numbers below (1000: as they are).
uint32_t Scaled(uint32_t count) {
  const char* text = std::getenv("CROSSGUARD_JPEG_PER_MILLE");  // NOLINT(concurrency-mt-unsafe): no thread writes it
  return text == nullptr ? count : static_cast<uint32_t>(uint64_t{count} * std::strtoul(text, nullptr, 10) / 1000);
}

void ExpectEqual(const Decoded& fast, const Decoded& judge, const std::string& what) {
  EXPECT_EQ(fast.state, judge.state) << what;
  EXPECT_EQ(fast.reason, judge.reason) << what;
  EXPECT_EQ(fast.width, judge.width) << what;
  EXPECT_EQ(fast.height, judge.height) << what;
  EXPECT_EQ(fast.frames, judge.frames) << what;
  ASSERT_EQ(fast.picture.has_value(), judge.picture.has_value()) << what;
  if (!fast.picture) return;
  EXPECT_EQ(fast.picture->width, judge.picture->width) << what;
  EXPECT_EQ(fast.picture->height, judge.picture->height) << what;
  EXPECT_EQ(fast.picture->channels, judge.picture->channels) << what;
  ASSERT_TRUE(fast.picture->pixels == judge.picture->pixels) << what << ": the pixels differ";
  EXPECT_EQ(HashPdq(*fast.picture), HashPdq(*judge.picture)) << what;
}

// Both ways of compiling the loops. True if they took the file on.
bool Compare(const Bytes& file, const std::string& what) {
  const Decoded judge = DecodeJpegPlainly(file, Limits{});
  const std::optional<Decoded> plain = DecodeJpegFast(file, Limits{}, false);
  if (plain) ExpectEqual(*plain, judge, what);
  if (HasWideJpegHot()) {
    const std::optional<Decoded> wide = DecodeJpegFast(file, Limits{}, true);
    EXPECT_EQ(wide.has_value(), plain.has_value()) << what;
    if (wide) ExpectEqual(*wide, judge, what + ", wide");
  }
  return plain.has_value();
}

// Noise over the whole range and hard edges besides the scenes: coefficients of all sizes.
Picture Draw(std::mt19937_64& random, uint32_t width, uint32_t height) {
  Picture picture = drawing::DrawScene(random(), width, height);
  const uint64_t kind = random() % 8;
  if (kind == 0) return drawing::AddNoise(picture, random(), 255);
  if (kind == 1) return drawing::AddNoise(picture, random(), 40);
  if (kind == 2) return drawing::Recolour(picture, {.contrast = 6, .saturation = 8});
  if (kind == 3) {  // flat
    for (uint8_t& sample : picture.rgb) sample = static_cast<uint8_t>(sample / 128 * 255);
  }
  return picture;
}

struct Drawn {
  Bytes file;
  std::string what;
};

Drawn DrawFile(std::mt19937_64& random, uint32_t side_max, bool progressive) {
  const auto below = [&](uint64_t bound) { return static_cast<uint32_t>(random() % bound); };
  const uint32_t width = 1 + below(below(2) == 0 ? 70 : side_max), height = 1 + below(below(2) == 0 ? 70 : side_max);
  JpegForm form{.quality = static_cast<int>(1 + below(100)), .progressive = progressive};
  form.components = below(5) == 0 ? 1 : 3;
  form.subsampling = std::array{420, 420, 422, 444, 440}[below(5)];
  form.restart_mcus = static_cast<uint16_t>(below(3) == 0 ? 1 + below(40) : 0);
  form.optimised = below(3) == 0;
  if (below(4) == 0) form.exif = drawing::MakeExif({.make = "Drawn", .model = "By code", .orientation = 6});
  return {.file = drawing::EncodeJpeg(Draw(random, width, height), form),
          .what = std::to_string(width) + "x" + std::to_string(height) + " quality " + std::to_string(form.quality) +
                  " components " + std::to_string(form.components) + " subsampling " +
                  std::to_string(form.subsampling) + " restart " + std::to_string(form.restart_mcus) +
                  (form.optimised ? " optimised" : "") + (progressive ? " progressive" : "")};
}

// At most 4 wide with halved chroma: left to libjpeg-turbo.
bool IsNarrow(const Drawn& drawn) {
  return drawn.what[1] == 'x' && drawn.what[0] <= '4';
}

TEST(JpegFast, EveryDrawnPictureHasThePixelsOfLibjpegTurbo) {
  std::mt19937_64 random(1);
  uint32_t taken = 0;
  const uint32_t count = Scaled(2'000);
  for (uint32_t i = 0; i < count; ++i) {
    const Drawn drawn = DrawFile(random, i % 40 == 0 ? 1'500 : 300, false);
    const bool fast = Compare(drawn.file, drawn.what);
    EXPECT_TRUE(fast || IsNarrow(drawn)) << drawn.what << " is left to libjpeg-turbo";
    taken += fast ? 1 : 0;
    if (HasFatalFailure()) return;
  }
  EXPECT_GE(taken, count * 19 / 20);
}

TEST(JpegFast, EveryDrawnProgressivePictureHasThePixelsOfLibjpegTurbo) {
  std::mt19937_64 random(11);
  uint32_t taken = 0;
  const uint32_t count = Scaled(1'000);
  for (uint32_t i = 0; i < count; ++i) {
    const Drawn drawn = DrawFile(random, i % 40 == 0 ? 1'500 : 300, true);
    const bool fast = Compare(drawn.file, drawn.what);
    EXPECT_TRUE(fast || IsNarrow(drawn)) << drawn.what << " is left to libjpeg-turbo";
    taken += fast ? 1 : 0;
    if (HasFatalFailure()) return;
  }
  EXPECT_GE(taken, count * 19 / 20);
}

TEST(JpegFast, AProgressivePictureOfManyScansIsLeftToLibjpegTurbo) {
  const Bytes file = drawing::EncodeJpeg(drawing::DrawScene(12, 90, 60), {.progressive = true});
  Limits limits;
  limits.jpeg_scans_max = 3;
  EXPECT_FALSE(DecodeJpegFast(file, limits));
  EXPECT_EQ(DecodeJpeg(file, limits).reason, Reason::kScanLimit);
  limits.jpeg_scans_max = 64;
  limits.decode_bytes_max = 90 * 60;
  EXPECT_FALSE(DecodeJpegFast(file, limits));
}

// Scans left out: libjpeg-turbo smooths what then is missing.
TEST(JpegFast, AProgressivePictureWithoutItsLastScansHasTheVerdictOfLibjpegTurbo) {
  const Bytes whole = drawing::EncodeJpeg(drawing::DrawScene(13, 90, 60), {.progressive = true});
  for (size_t at = 2; at + 1 < whole.size(); ++at) {
    if (whole[at] != 0xFF || whole[at + 1] != 0xC4) continue;  // codes stand before each scan but the first
    Bytes file(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(at));
    file.insert(file.end(), {0xFF, 0xD9});
    EXPECT_FALSE(Compare(file, "ended at " + std::to_string(at)));
  }
  EXPECT_TRUE(Compare(whole, "whole"));
}

TEST(JpegFast, EverySmallSizeOfEverySubsamplingHasThePixelsOfLibjpegTurbo) {
  std::mt19937_64 random(2);
  for (const int subsampling : {420, 422, 440, 444}) {
    for (uint32_t width = 1; width <= 36; ++width) {
      for (uint32_t height = 1; height <= 36; height += width % 4 == 1 ? 1U : 7U) {
        const Bytes file = drawing::EncodeJpeg(drawing::AddNoise(drawing::DrawScene(9, width, height), random(), 90),
                                               {.quality = 92, .subsampling = subsampling});
        const std::string what =
            std::to_string(width) + "x" + std::to_string(height) + " " + std::to_string(subsampling);
        EXPECT_TRUE(Compare(file, what) || width <= 4) << what;
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(JpegFast, LargeAndThinPicturesHaveThePixelsOfLibjpegTurbo) {
  struct Size {
    uint32_t width, height;
    int subsampling;
  };
  std::mt19937_64 random(3);
  for (const auto& [width, height, subsampling] : {Size{4'500, 700, 420},
                                                   {700, 4'500, 422},
                                                   {65'500, 9, 420},
                                                   {9, 65'500, 440},
                                                   {513, 511, 422},
                                                   {511, 513, 420},
                                                   {512, 512, 440},
                                                   {2'047, 1'025, 420}}) {
    const Bytes file = drawing::EncodeJpeg(Draw(random, width, height), {.quality = 80, .subsampling = subsampling});
    const std::string what = std::to_string(width) + "x" + std::to_string(height) + " " + std::to_string(subsampling);
    EXPECT_TRUE(Compare(file, what)) << what;
    if (HasFatalFailure()) return;
  }
}

// Bytes changed, taken out, put in, cut off; in headers and in data. The outcome of all must be libjpeg-turbo's.
TEST(JpegFast, WhateverIsDamagedHasTheVerdictOfLibjpegTurbo) {
  std::mt19937_64 random(4);
  const uint32_t count = Scaled(6'000);
  Drawn drawn;
  for (uint32_t i = 0; i < count; ++i) {
    if (i % 20 == 0) drawn = DrawFile(random, 120, i % 40 == 0);
    Bytes file = drawn.file;
    const uint32_t changes = 1 + static_cast<uint32_t>(random() % 3);
    for (uint32_t change = 0; change < changes; ++change) {
      const size_t at = random() % 3 == 0 ? random() % std::min<size_t>(file.size(), 700) : random() % file.size();
      const auto place = file.begin() + static_cast<ptrdiff_t>(at);
      switch (random() % 6) {
        case 0:
          *place = static_cast<uint8_t>(random());
          break;
        case 1:
          *place = static_cast<uint8_t>(*place ^ (1U << (random() % 8)));
          break;
        case 2:
          *place = 0xFF;
          break;
        case 3:
          file.erase(place);
          break;
        case 4:
          file.insert(place, static_cast<uint8_t>(random()));
          break;
        default:
          if (random() % 4 == 0) file.resize(at);
          break;
      }
      if (file.empty()) file.push_back(0xFF);
    }
    const std::string what = "mutation " + std::to_string(i) + " of " + drawn.what;
    ExpectEqual(DecodeJpeg(file, Limits{}), DecodeJpegPlainly(file, Limits{}), what);
    Compare(file, what);
    if (HasFatalFailure()) return;
  }
}

TEST(JpegFast, EveryCutOfAPictureHasTheVerdictOfLibjpegTurbo) {
  const Bytes whole = drawing::EncodeJpeg(drawing::DrawScene(5, 90, 60), {.restart_mcus = 4});
  for (size_t size = 0; size < whole.size(); ++size) {
    const Bytes file(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_FALSE(Compare(file, "cut to " + std::to_string(size)));
  }
  EXPECT_TRUE(Compare(whole, "whole"));
  const Bytes scans = drawing::EncodeJpeg(drawing::DrawScene(5, 40, 30), {.progressive = true});
  for (size_t size = 0; size < scans.size(); ++size) {
    const Bytes file(scans.begin(), scans.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_FALSE(Compare(file, "progressive, cut to " + std::to_string(size)));
  }
  EXPECT_TRUE(Compare(scans, "progressive, whole"));
}

TEST(JpegFast, WhatFollowsThePictureDoesNotMatter) {
  Bytes file = drawing::EncodeJpeg(drawing::DrawScene(6, 90, 60));
  const Bytes other = drawing::EncodeJpeg(drawing::DrawScene(7, 30, 30));
  file.insert(file.end(), other.begin(), other.end());
  EXPECT_TRUE(Compare(file, "two pictures"));
  file.push_back(0xFF);
  EXPECT_TRUE(Compare(file, "and a byte"));
}

TEST(JpegFast, FormsThatItIsNotMadeForAreLeftToLibjpegTurbo) {
  const Picture picture = drawing::DrawScene(8, 120, 90);
  EXPECT_FALSE(DecodeJpegFast(drawing::EncodeJpeg(picture, {.components = 4}), Limits{}));
  EXPECT_FALSE(DecodeJpegFast(drawing::EncodePng(picture), Limits{}));
  EXPECT_FALSE(DecodeJpegFast({}, Limits{}));
  Limits limits;
  limits.pixels_max = 120 * 90 - 1;
  EXPECT_FALSE(DecodeJpegFast(drawing::EncodeJpeg(picture), limits));
  EXPECT_EQ(DecodeJpeg(drawing::EncodeJpeg(picture), limits).reason, Reason::kPixelLimit);
}

}  // namespace
}  // namespace crossguard::examine
