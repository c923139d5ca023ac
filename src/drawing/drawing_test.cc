#include "drawing/drawing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace crossguard::drawing {
namespace {

const uint8_t* At(const Picture& picture, uint32_t x, uint32_t y) {
  return &picture.rgb[(size_t{y} * picture.width + x) * 3];
}

Picture Filled(uint32_t width, uint32_t height, uint8_t red, uint8_t green, uint8_t blue) {
  Picture picture{.width = width, .height = height, .rgb = {}};
  for (size_t i = 0; i < size_t{width} * height; ++i) picture.rgb.insert(picture.rgb.end(), {red, green, blue});
  return picture;
}

double Mean(const Picture& picture) {
  double sum = 0;
  for (const uint8_t sample : picture.rgb) sum += sample;
  return sum / static_cast<double>(picture.rgb.size());
}

int MostDifferent(const Picture& a, const Picture& b) {
  int most = a.rgb.size() == b.rgb.size() ? 0 : 256;
  for (size_t i = 0; i < std::min(a.rgb.size(), b.rgb.size()); ++i)
    most = std::max(most, std::abs(a.rgb[i] - b.rgb[i]));
  return most;
}

// Where the size of a JPEG, PNG or GIF stands in its bytes.
bool SaysSize(const Bytes& bytes, std::initializer_list<uint8_t> size) {
  return std::search(bytes.begin(), bytes.end(), size.begin(), size.end()) != bytes.end();
}

TEST(Scene, HasEverySizeFromOnePixelToALongLine) {
  for (const auto& [width, height] :
       {std::pair{1U, 1U}, {1U, 5000U}, {5000U, 1U}, {2U, 3U}, {3U, 2U}, {513U, 7U}, {511U, 2U}, {kSideMax, 2U}}) {
    const Picture picture = DrawScene(1, width, height);
    EXPECT_EQ(picture.width, width);
    EXPECT_EQ(picture.height, height);
    EXPECT_EQ(picture.rgb.size(), size_t{width} * height * 3);
    EXPECT_EQ(picture, DrawScene(1, width, height));
    EXPECT_NE(picture, DrawScene(2, width, height));
  }
}

TEST(Scene, OfEightThousandPixelsASideIsTheSameSceneAsASmallOne) {
  const Picture big = DrawScene(3, 8192, 8192);
  EXPECT_EQ(big.rgb.size(), size_t{8192} * 8192 * 3);
  const Picture shrunk = Resize(big, 64, 64), small = Resize(DrawScene(3, 512, 512), 64, 64);
  EXPECT_LE(MostDifferent(shrunk, small), 30);
}

TEST(Scene, LooksLikeManyThings) {
  std::set<int> means;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const Picture picture = DrawScene(seed, 80, 60);
    means.insert(static_cast<int>(Mean(picture)) / 10);
    std::set<int> colours;
    for (size_t i = 0; i < picture.rgb.size(); i += 3) {
      colours.insert(picture.rgb[i] / 16 * 256 + picture.rgb[i + 1] / 16 * 16 + picture.rgb[i + 2] / 16);
    }
    EXPECT_GT(colours.size(), 50U) << seed;
  }
  EXPECT_GT(means.size(), 8U) << "dark ones and light ones";
}

TEST(Resize, KeepsAColourAndAMeanWhateverTheSizes) {
  const Picture plain = Filled(31, 17, 3, 128, 255);
  const Picture scene = DrawScene(4, 200, 151);
  for (const auto& [width, height] :
       {std::pair{1U, 1U}, {31U, 17U}, {5U, 400U}, {400U, 5U}, {62U, 34U}, {30U, 18U}, {7U, 3U}}) {
    EXPECT_EQ(Resize(plain, width, height), Filled(width, height, 3, 128, 255)) << width << "x" << height;
    if (width <= 31 && height <= 34) {
      EXPECT_NEAR(Mean(Resize(scene, width, height)), Mean(scene), 1) << width << "x" << height;
    }
  }
  EXPECT_EQ(Resize(scene, scene.width, scene.height), scene);
  EXPECT_EQ(Resize(Filled(kSideMax, 1, 255, 255, 255), 1, kSideMax), Filled(1, kSideMax, 255, 255, 255));
}

TEST(Resize, AveragesAreasDownAndDrawsLinesUp) {
  const Picture four{.width = 4, .height = 1, .rgb = {0, 0, 0, 100, 100, 100, 10, 10, 10, 30, 30, 30}};
  EXPECT_EQ(Resize(four, 2, 1).rgb, (Bytes{50, 50, 50, 20, 20, 20}));
  EXPECT_EQ(Resize(four, 1, 1).rgb, (Bytes{35, 35, 35}));
  const Picture three{.width = 3, .height = 1, .rgb = {0, 0, 0, 90, 90, 90, 180, 180, 180}};
  EXPECT_EQ(Resize(three, 2, 1).rgb, (Bytes{30, 30, 30, 150, 150, 150})) << "two thirds and one third";
  const Picture two{.width = 1, .height = 2, .rgb = {0, 0, 0, 100, 100, 100}};
  EXPECT_EQ(Resize(two, 1, 4).rgb, (Bytes{0, 0, 0, 25, 25, 25, 75, 75, 75, 100, 100, 100}));
}

TEST(Crop, TakesThePixelsThatItNames) {
  const Picture scene = DrawScene(5, 60, 40);
  const Picture part = Crop(scene, 11, 7, 20, 33);
  for (uint32_t y = 0; y < part.height; ++y) {
    EXPECT_TRUE(std::equal(At(part, 0, y), At(part, 0, y) + size_t{part.width} * 3, At(scene, 11, y + 7)));
  }
  EXPECT_EQ(Crop(scene, 0, 0, 60, 40), scene);
  EXPECT_DEATH(Crop(scene, 41, 0, 20, 33), "only a bug can break") << "beyond the picture";
}

TEST(Mirror, SwapsLeftAndRightAndTwiceIsNothing) {
  const Picture scene = DrawScene(6, 33, 20);
  const Picture mirrored = Mirror(scene);
  EXPECT_TRUE(std::equal(At(mirrored, 0, 3), At(mirrored, 0, 3) + 3, At(scene, 32, 3)));
  EXPECT_EQ(Mirror(mirrored), scene);
}

TEST(Recolour, AddsStretchesAndTakesColourAway) {
  const Picture plain = Filled(2, 2, 100, 150, 200);
  EXPECT_EQ(Recolour(plain, {}), plain);
  EXPECT_EQ(Recolour(plain, {.brightness = 0.2}), Filled(2, 2, 151, 201, 251));
  EXPECT_EQ(Recolour(plain, {.brightness = -1}), Filled(2, 2, 0, 0, 0));
  EXPECT_EQ(Recolour(plain, {.contrast = 0}), Filled(2, 2, 128, 128, 128));
  EXPECT_EQ(Recolour(plain, {.contrast = 2}), Filled(2, 2, 72, 172, 255));
  const Picture grey = Recolour(plain, {.saturation = 0});
  EXPECT_EQ(grey.rgb[0], grey.rgb[2]);
  EXPECT_EQ(grey.rgb[0], 141) << "0.299 * 100 + 0.587 * 150 + 0.114 * 200";
  EXPECT_EQ(Recolour(DrawScene(7, 50, 50), {}), DrawScene(7, 50, 50));
}

TEST(Caption, CoversAboutAThirdAndLeavesTheRest) {
  const Picture scene = DrawScene(8, 300, 200);
  std::set<uint32_t> places;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Picture captioned = Caption(scene, "Hello, 42!", seed);
    uint32_t changed_rows = 0, first = scene.height;
    for (uint32_t y = 0; y < scene.height; ++y) {
      const bool changed = !std::equal(At(scene, 0, y), At(scene, 0, y) + size_t{scene.width} * 3, At(captioned, 0, y));
      changed_rows += changed ? 1 : 0;
      if (changed) first = std::min(first, y);
    }
    EXPECT_GE(changed_rows, scene.height * 28 / 100);
    EXPECT_LE(changed_rows, scene.height * 39 / 100);
    places.insert(first);
    std::set<Bytes> colours;  // of the bar: its own and its letters'
    for (uint32_t x = 0; x < scene.width; ++x) {
      for (uint32_t y = first; y < first + changed_rows; ++y) {
        colours.insert(Bytes(At(captioned, x, y), At(captioned, x, y) + 3));
      }
    }
    EXPECT_EQ(colours.size(), 2U) << seed;
    EXPECT_NE(captioned, Caption(scene, "Hello, 43!", seed)) << "the text is what it says";
    EXPECT_EQ(captioned, Caption(scene, "HELLO, 42!", seed)) << "in capitals";
  }
  EXPECT_GT(places.size(), 10U);
  for (const auto& [width, height] : {std::pair{1U, 1U}, {1U, 300U}, {300U, 1U}, {4U, 4U}}) {
    EXPECT_EQ(Caption(DrawScene(1, width, height), "\xC3\xA9", 1).rgb.size(), size_t{width} * height * 3);
  }
}

TEST(AddNoise, StaysWithinItsAmplitudeAndReachesIt) {
  const Picture grey = Filled(100, 100, 128, 128, 128);
  const Picture noisy = AddNoise(grey, 1, 12);
  EXPECT_EQ(MostDifferent(grey, noisy), 12);
  EXPECT_NEAR(Mean(noisy), 128, 0.3);
  EXPECT_EQ(AddNoise(grey, 1, 0), grey);
  EXPECT_EQ(AddNoise(grey, 1, 12), noisy);
  EXPECT_NE(AddNoise(grey, 2, 12), noisy);
}

TEST(Encode, EveryFormBeginsAsItsKindAndSaysItsSize) {
  const Picture scene = DrawScene(9, 300, 200);
  for (const int components : {1, 3, 4}) {
    for (const bool progressive : {false, true}) {
      const Bytes jpeg = EncodeJpeg(scene, {.progressive = progressive, .components = components});
      EXPECT_EQ(ToHex(ByteView(jpeg).first(3)), "ffd8ff");
      EXPECT_TRUE(SaysSize(jpeg, {0xFF, static_cast<uint8_t>(progressive ? 0xC2 : 0xC0), 0x00,
                                  static_cast<uint8_t>(8 + 3 * components), 8, 0, 200, 1, 44}))
          << components << progressive;
    }
  }
  for (const auto& [subsampling, factors] : {std::pair{444, 0x11}, {422, 0x21}, {420, 0x22}}) {
    const Bytes jpeg = EncodeJpeg(scene, {.subsampling = subsampling});
    EXPECT_TRUE(SaysSize(jpeg, {0, 200, 1, 44, 3, 1, static_cast<uint8_t>(factors)})) << subsampling;
  }
  EXPECT_LT(EncodeJpeg(scene, {.quality = 60}).size(), EncodeJpeg(scene, {.quality = 95}).size() / 2);
  EXPECT_TRUE(SaysSize(EncodePng(scene), {'I', 'H', 'D', 'R', 0, 0, 1, 44, 0, 0, 0, 200, 8, 2}));
  EXPECT_TRUE(SaysSize(EncodeGif({scene}), {'G', 'I', 'F', '8', '9', 'a', 44, 1, 200, 0}));
  EXPECT_EQ(AsText(EncodeWebp(scene)).substr(8, 8), "WEBPVP8 ");
  EXPECT_EQ(AsText(EncodeWebp(scene, true)).substr(8, 8), "WEBPVP8L");
  EXPECT_TRUE(SaysSize(EncodeAnimatedWebp({scene, DrawScene(10, 300, 200)}), {'A', 'N', 'M', 'F'}));
}

TEST(Encode, ExifGoesIntoTheFileAsItIs) {
  const Bytes exif = MakeExif({.make = "Example Optics", .latitude = -1.5});
  for (const Bytes& bytes :
       {EncodeJpeg(DrawScene(1, 20, 20), {.exif = exif}), EncodePng(DrawScene(1, 20, 20), {.exif = exif})}) {
    EXPECT_NE(std::search(bytes.begin(), bytes.end(), exif.begin(), exif.end()), bytes.end());
  }
}

}  // namespace
}  // namespace crossguard::drawing
