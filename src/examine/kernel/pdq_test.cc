#include "examine/kernel/pdq.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "examine/kernel/decode.h"
#include "examine/kernel/judge_pdq.h"
#include "examine/kernel/pdq_hot.h"

namespace crossguard::examine {
namespace {

Bytes ReadAll(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Kind KindByName(const std::string& name) {
  if (name.ends_with(".jpg")) return Kind::kJpeg;
  return name.ends_with(".png") ? Kind::kPng : Kind::kWebp;
}

// Shapes and noise of any size and contrast.
SampledPicture Draw(std::mt19937_64& random, uint32_t width, uint32_t height, uint32_t channels) {
  SampledPicture picture{.width = width, .height = height, .channels = channels, .pixels = {}};
  picture.pixels.resize(size_t{width} * height * channels);
  const auto pick = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  const uint32_t noise = 1 + pick(60);
  const double fx = pick(40) * 0.01;
  const double fy = pick(40) * 0.01;
  const double amplitude = pick(120);
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t x = 0; x < width; ++x) {
      for (uint32_t c = 0; c < channels; ++c) {
        const double wave = 128 + amplitude * std::sin(fx * x + fy * y + c);
        picture.pixels[(size_t{y} * width + x) * channels + c] =
            static_cast<uint8_t>(static_cast<uint32_t>(wave) / 2 + pick(noise));
      }
    }
  }
  for (uint32_t box = pick(5); box > 0; --box) {
    const uint32_t x0 = pick(width), y0 = pick(height);
    const uint32_t x1 = x0 + pick(width - x0) + 1, y1 = y0 + pick(height - y0) + 1;
    const uint8_t value = static_cast<uint8_t>(pick(256));
    for (uint32_t y = y0; y < std::min(y1, height); ++y) {
      for (uint32_t i = x0 * channels; i < std::min(x1, width) * channels; ++i)
        picture.pixels[size_t{y} * width * channels + i] = value;
    }
  }
  return picture;
}

// Every way of compiling the loops that this processor can run.
void ExpectTheJudgesHash(const SampledPicture& picture, const std::string& what) {
  const PdqHash judge = JudgePdq(picture);
  EXPECT_EQ(HashPdq(picture), judge) << what;
  for (const PdqWay way : {PdqWay::kPlain, PdqWay::kAvx2, PdqWay::kAvx512}) {
    if (!HasPdqWay(way)) continue;
    EXPECT_EQ(HashPdqBy(PickPdqHot(way), picture), judge) << what << ", way " << static_cast<int>(way);
  }
}

TEST(Pdq, AgreesWithThePublicReferenceOnEveryVector) {
  const std::filesystem::path folder = std::filesystem::path(CROSSGUARD_SOURCE_DIR) / "tests/vectors/pdq";
  std::ifstream table(folder / "reference.csv");
  std::string line;
  std::getline(table, line);
  int vectors = 0;
  while (std::getline(table, line)) {
    const size_t first = line.find(',');
    const size_t second = line.find(',', first + 1);
    ASSERT_NE(second, std::string::npos);
    const std::string name = line.substr(0, first);
    const Bytes bytes = ReadAll(folder / name);
    const Decoded decoded = DecodePicture(KindByName(name), bytes, Limits{});
    ASSERT_TRUE(decoded.picture.has_value()) << name;
    EXPECT_EQ(decoded.state, State::kExamined) << name;
    const PdqHash hash = HashPdq(*decoded.picture);
    EXPECT_EQ(hash.hash.hex(), line.substr(first + 1, second - first - 1)) << name;
    EXPECT_EQ(hash.quality, std::stoi(line.substr(second + 1))) << name;
    ++vectors;
  }
  EXPECT_EQ(vectors, 48);
}

TEST(Pdq, AgreesWithThePlainJudgeOnDrawnPictures) {
  std::mt19937_64 random(20221);
  for (int i = 0; i < 2000; ++i) {
    const auto side = [&] { return i % 4 == 0 ? 512U : 1U + static_cast<uint32_t>(random() % 200); };
    const uint32_t width = side();
    const uint32_t height = i % 8 == 0 ? width : side();
    if (i > 100 && width * height > 40'000) continue;
    const SampledPicture picture = Draw(random, width, height, i % 3 == 0 ? 1 : 3);
    ExpectTheJudgesHash(picture,
                        std::to_string(width) + "x" + std::to_string(height) + " picture " + std::to_string(i));
  }
}

TEST(Pdq, EverySmallSizeAgreesWithTheJudge) {
  std::mt19937_64 random(5);
  for (uint32_t width = 1; width <= 24; ++width) {
    for (uint32_t height = 1; height <= 24; height += 3) {
      const SampledPicture picture = Draw(random, width, height, 1);
      ExpectTheJudgesHash(picture, std::to_string(width) + "x" + std::to_string(height));
    }
  }
}

// Frames of videos are hashed at the size they have.
TEST(Pdq, LargeAndThinPicturesAgreeWithTheJudge) {
  std::mt19937_64 random(6);
  for (const auto& [width, height] : {std::pair{1920U, 1080U}, {854U, 480U}, {5U, 700U}, {3001U, 7U}, {513U, 129U}}) {
    ExpectTheJudgesHash(Draw(random, width, height, 3), std::to_string(width) + "x" + std::to_string(height));
    ExpectTheJudgesHash(Draw(random, height, width, 1), std::to_string(height) + "x" + std::to_string(width));
  }
}

TEST(Pdq, AFlatPictureHasNoQuality) {
  for (const uint8_t value : {uint8_t{0}, uint8_t{77}, uint8_t{255}}) {
    SampledPicture flat{
        .width = 300, .height = 200, .channels = 3, .pixels = std::vector<uint8_t>(300 * 200 * 3, value)};
    EXPECT_EQ(HashPdq(flat).quality, 0);
    EXPECT_EQ(HashPdq(flat), JudgePdq(flat));
  }
}

TEST(Pdq, APictureWithASideBelowFiveHasTheZeroHash) {
  std::mt19937_64 random(1);
  EXPECT_EQ(HashPdq(Draw(random, 4, 100, 3)), PdqHash{});
  EXPECT_EQ(HashPdq(Draw(random, 100, 1, 3)), PdqHash{});
}

Pdq Rearranged(const Pdq& hash, bool transpose, bool flip_odd_columns) {
  Pdq out;
  for (size_t bit = 0; bit < 256; ++bit) {
    bool value = ((uint32_t{hash.bytes[31 - bit / 8]} >> (bit % 8)) & 1U) != 0;
    if (flip_odd_columns && bit % 2 == 0) value = !value;  // columns 0, 2, ... are the frequencies 1, 3, ...
    const size_t to = transpose ? (bit % 16) * 16 + bit / 16 : bit;
    if (value) out.bytes[31 - to / 8] = static_cast<uint8_t>(out.bytes[31 - to / 8] | (1U << (to % 8)));
  }
  return out;
}

// At 64x64 nothing is filtered, so a mirrored or transposed picture has the frequencies of the first with other signs
// or places; only bits next to the median may differ.
TEST(Pdq, AMirroredOrTransposedPictureHasTheSameFrequenciesWithOtherSignsOrPlaces) {
  std::mt19937_64 random(9);
  for (int i = 0; i < 20; ++i) {
    SampledPicture picture{.width = 64, .height = 64, .channels = 1, .pixels = std::vector<uint8_t>(64 * 64)};
    for (uint8_t& value : picture.pixels) value = static_cast<uint8_t>(random());
    SampledPicture mirrored = picture;
    SampledPicture transposed = picture;
    for (uint32_t y = 0; y < 64; ++y) {
      for (uint32_t x = 0; x < 64; ++x) {
        mirrored.pixels[y * 64 + x] = picture.pixels[y * 64 + 63 - x];
        transposed.pixels[y * 64 + x] = picture.pixels[x * 64 + y];
      }
    }
    const Pdq hash = HashPdq(picture).hash;
    EXPECT_LE(Distance(HashPdq(mirrored).hash, Rearranged(hash, false, true)), 40) << i;
    EXPECT_LE(Distance(HashPdq(transposed).hash, Rearranged(hash, true, false)), 2) << i;
    EXPECT_GE(Distance(HashPdq(mirrored).hash, hash), 80) << i;
  }
}

TEST(Pdq, ASlightlyBrighterPictureIsNear) {
  std::mt19937_64 random(10);
  SampledPicture picture = Draw(random, 400, 300, 3);
  const PdqHash before = HashPdq(picture);
  for (uint8_t& value : picture.pixels) value = static_cast<uint8_t>(std::min(255, value + 8));
  EXPECT_LE(Distance(before.hash, HashPdq(picture).hash), 10);
}

TEST(Sampler, KeepsThePixelsOfNearestNeighbour) {
  std::mt19937_64 random(3);
  for (const auto& [width, height] : {std::pair{513U, 3U}, {2U, 2000U}, {1999U, 333U}, {512U, 512U}, {100U, 75U}}) {
    std::vector<uint8_t> full(size_t{width} * height * 3);
    for (uint8_t& value : full) value = static_cast<uint8_t>(random());
    Sampler by_row(width, height, 3);
    Sampler by_pixel(width, height, 3);
    for (uint32_t y = 0; y < height; ++y) {
      by_row.PutRow(y, &full[size_t{y} * width * 3], 3);
      for (uint32_t x = 0; x < width; ++x) by_pixel.PutPixel(x, y, &full[(size_t{y} * width + x) * 3]);
    }
    const SampledPicture& out = by_row.picture();
    EXPECT_EQ(out.pixels, by_pixel.picture().pixels);
    for (uint32_t i = 0; i < out.height; ++i) {
      for (uint32_t j = 0; j < out.width; ++j) {
        const size_t source = (size_t{i} * height / out.height * width + size_t{j} * width / out.width) * 3;
        ASSERT_EQ(out.pixels[(size_t{i} * out.width + j) * 3 + 1], full[source + 1]);
      }
    }
  }
}

}  // namespace
}  // namespace crossguard::examine
