// Our own PNG reader against libpng, over drawn pictures of all forms and over damage. What it gives must be what
// libpng gives, to the last pixel; and for the forms that it is made for it must give something.
#include <gtest/gtest.h>
#include <libdeflate.h>

#include <random>

#include "drawing/drawing.h"
#include "examine/kernel/png_fast.h"
#include "examine/kernel/png_filters.h"

namespace crossguard::examine {
namespace {

using drawing::Picture;
using drawing::PngForm;

constexpr std::array<std::pair<int, int>, 15> kForms{{{0, 1},
                                                      {0, 2},
                                                      {0, 4},
                                                      {0, 8},
                                                      {0, 16},
                                                      {2, 8},
                                                      {2, 16},
                                                      {3, 1},
                                                      {3, 2},
                                                      {3, 4},
                                                      {3, 8},
                                                      {4, 8},
                                                      {4, 16},
                                                      {6, 8},
                                                      {6, 16}}};

// True if it took the file on.
bool Compare(const Bytes& file, const std::string& what) {
  const std::optional<Decoded> fast = DecodePngFast(file, Limits{});
  if (!fast) return false;
  const Decoded judge = DecodePngPlainly(file, Limits{});
  EXPECT_EQ(fast->state, judge.state) << what;
  EXPECT_EQ(fast->reason, judge.reason) << what;
  EXPECT_EQ(fast->width, judge.width) << what;
  EXPECT_EQ(fast->height, judge.height) << what;
  if (!judge.picture.has_value()) {
    ADD_FAILURE() << what << ": libpng gives no picture";
    return true;
  }
  EXPECT_EQ(fast->picture->channels, judge.picture->channels) << what;
  EXPECT_TRUE(fast->picture->pixels == judge.picture->pixels) << what << ": the pixels differ";
  return true;
}

Picture Draw(std::mt19937_64& random, uint32_t side_max) {
  const auto side = [&] { return 1 + static_cast<uint32_t>(random() % (random() % 2 == 0 ? 20 : side_max)); };
  const uint32_t width = side();
  const Picture picture = drawing::DrawScene(random(), width, side());
  return random() % 3 == 0 ? drawing::AddNoise(picture, random(), 60) : picture;
}

std::string Text(const Picture& picture, int colour, int depth) {
  return std::to_string(picture.width) + "x" + std::to_string(picture.height) + " colour type " +
         std::to_string(colour) + " depth " + std::to_string(depth);
}

TEST(PngFast, EveryDrawnPictureOfEveryFormHasThePixelsOfLibpng) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 900; ++i) {
    const auto [colour, depth] = kForms[static_cast<size_t>(i) % kForms.size()];
    const Picture picture = Draw(random, i % 60 < 15 ? 900 : 150);
    const std::string what = Text(picture, colour, depth);
    const Bytes file = drawing::EncodePng(picture, {.bit_depth = depth, .colour_type = colour});
    EXPECT_TRUE(Compare(file, what)) << what << " is left to libpng";
    if (i % 5 == 0) {
      EXPECT_FALSE(Compare(drawing::EncodePng(picture, {.bit_depth = depth, .colour_type = colour, .interlaced = true}),
                           what + " interlaced"));
    }
  }
}

// One byte after the other, as the standard writes the filters.
void UndoPlainly(uint8_t filter, Bytes& row, const Bytes& above, size_t pixel) {
  for (size_t i = 0; i < row.size(); ++i) {
    const int left = i < pixel ? 0 : row[i - pixel], up = above[i], corner = i < pixel ? 0 : above[i - pixel];
    const int estimate = left + up - corner;
    const int by_left = std::abs(estimate - left), by_up = std::abs(estimate - up),
              by_corner = std::abs(estimate - corner);
    const int paeth = by_left <= by_up && by_left <= by_corner ? left : by_up <= by_corner ? up : corner;
    const std::array<int, 5> add{0, left, up, (left + up) / 2, paeth};
    row[i] = static_cast<uint8_t>(row[i] + add[filter]);
  }
}

TEST(PngFast, EveryFilterOfEveryPixelSizeIsUndoneAsTheStandardSays) {
  std::mt19937_64 random(2);
  for (const uint32_t pixel : {1U, 2U, 3U, 4U, 6U, 8U}) {
    for (uint8_t filter = 0; filter < 5; ++filter) {
      for (size_t pixels = 1; pixels < 80; ++pixels) {
        Bytes row(pixels * pixel), above(pixels * pixel);
        for (uint8_t& value : row) value = static_cast<uint8_t>(random());
        for (uint8_t& value : above) value = static_cast<uint8_t>(random());
        Bytes expected = row;
        UndoPlainly(filter, expected, above, pixel);
        expected.resize(row.size() + kPngSlackBytes, 0xA5);
        row.resize(expected.size(), 0xA5);
        above.resize(expected.size(), 0x5A);
        ASSERT_TRUE(UndoPngFilter(filter, row.data(), above.data(), pixels * pixel, pixel));
        ASSERT_EQ(row, expected) << "filter " << int{filter} << ", pixels of " << pixel;
      }
    }
  }
  Bytes row(64), above(64);
  EXPECT_FALSE(UndoPngFilter(5, row.data(), above.data(), 12, 3));
}

// The sum of each chunk, so that damage behind it is seen.
void MendSums(Bytes& file) {
  for (size_t at = 8; at + 12 <= file.size();) {
    const size_t length =
        size_t{file[at]} << 24U | size_t{file[at + 1]} << 16U | size_t{file[at + 2]} << 8U | file[at + 3];
    if (length > file.size() - at - 12) return;
    const auto sum = libdeflate_crc32(0, file.data() + at + 4, length + 4);
    for (size_t i = 0; i < 4; ++i) file[at + 8 + length + i] = static_cast<uint8_t>(sum >> (24 - 8 * i));
    at += length + 12;
  }
}

TEST(PngFast, WhateverIsDamagedHasTheVerdictOfLibpng) {
  std::mt19937_64 random(3);
  Bytes whole;
  std::string what;
  for (int i = 0; i < 6'000; ++i) {
    if (i % 20 == 0) {
      const auto [colour, depth] = kForms[random() % kForms.size()];
      const Picture picture = Draw(random, 60);
      whole = drawing::EncodePng(picture, {.bit_depth = depth, .colour_type = colour});
      what = Text(picture, colour, depth);
    }
    Bytes file = whole;
    for (uint64_t change = random() % 3 + 1; change > 0; --change) {
      const size_t at = random() % 2 == 0 ? random() % std::min<size_t>(file.size(), 80) : random() % file.size();
      const auto place = file.begin() + static_cast<ptrdiff_t>(at);
      const uint64_t kind = random() % 5;
      if (kind < 2) *place = static_cast<uint8_t>(kind == 0 ? random() : *place ^ 1U << random() % 8);
      if (kind == 2) file.erase(place);
      if (kind == 3) file.insert(place, static_cast<uint8_t>(random()));
      if (kind == 4 && random() % 4 == 0) file.resize(at);
      if (file.empty()) file.push_back(0);
    }
    if (i % 2 == 0) MendSums(file);
    Compare(file, "mutation " + std::to_string(i) + " of " + what);
    if (HasFailure()) return;
  }
}

TEST(PngFast, EveryCutIsLeftToLibpng) {
  const Bytes whole = drawing::EncodePng(drawing::DrawScene(4, 40, 30));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(DecodePngFast(ByteView(whole).first(size), Limits{})) << size;
  }
  EXPECT_TRUE(Compare(whole, "whole"));
}

TEST(PngFast, APictureOverALimitIsLeftToLibpng) {
  const Bytes file = drawing::EncodePng(drawing::DrawScene(5, 120, 90));
  Limits limits;
  limits.pixels_max = 120 * 90 - 1;
  EXPECT_FALSE(DecodePngFast(file, limits));
  EXPECT_EQ(DecodePng(file, limits).reason, Reason::kPixelLimit);
  limits = {};
  limits.decode_bytes_max = 2 * 90 * (120 * 3 + 1) - 2;
  EXPECT_FALSE(DecodePngFast(file, limits));
  EXPECT_EQ(DecodePng(file, limits).state, State::kExamined);
}

// Also of one that is smaller than what a reader likes to take in at once.
TEST(Png, OfASmallOneThatEndsEarlyIsSeenWhatIsThere) {
  for (const uint32_t side : {40U, 64U, 120U}) {
    const Bytes whole = drawing::EncodePng(drawing::DrawScene(side, side, side));
    ASSERT_LT(whole.size(), 60'000U);
    for (const size_t percent : {50U, 75U, 95U}) {
      const ByteView cut = ByteView(whole).first(whole.size() * percent / 100);
      const Decoded decoded = DecodePng(cut, Limits{});
      EXPECT_EQ(decoded.state, State::kTruncated) << side << " " << percent;
      EXPECT_EQ(decoded.reason, Reason::kEndedEarly);
      EXPECT_TRUE(decoded.picture);
    }
  }
}

}  // namespace
}  // namespace crossguard::examine
