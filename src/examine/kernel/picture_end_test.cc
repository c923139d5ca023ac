// Where pictures end: judged by the encoders, whose last byte is the picture's last.
#include "examine/kernel/picture_end.h"

#include <gtest/gtest.h>

#include <random>

#include "drawing/drawing.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/kind.h"
#include "examine/kernel/testing_kinds.h"

namespace crossguard::examine {
namespace {

std::vector<Bytes> Drawn() {
  std::vector<Bytes> out;
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const drawing::Picture scene = drawing::DrawScene(seed, 40 + static_cast<uint32_t>(seed) * 23, 33);
    const Bytes stand_in = drawing::EncodeJpeg(drawing::Resize(scene, 16, 16));
    out.push_back(drawing::EncodeJpeg(scene, {.quality = 95}));
    out.push_back(drawing::EncodeJpeg(scene, {.progressive = true}));
    out.push_back(drawing::EncodeJpeg(scene, {.restart_mcus = 3}));
    out.push_back(drawing::EncodeJpeg(scene, {.exif = testing::MakeExifWithThumbnail(stand_in)}));
    out.push_back(drawing::EncodePng(scene, {.interlaced = seed % 2 == 0}));
    out.push_back(drawing::EncodeWebp(scene, seed % 2 == 0));
    out.push_back(drawing::EncodeAnimatedWebp({scene, scene}));
    out.push_back(drawing::EncodeGif({scene, scene}));
  }
  return out;
}

Bytes Joined(const Bytes& a, const Bytes& b, size_t zeros = 0) {
  Bytes out = a;
  out.resize(out.size() + zeros);
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

TEST(PictureEnd, IsTheLastByteThatTheEncoderWrote) {
  const Bytes noise = ToBytes("what is of no kind");
  for (const Bytes& picture : Drawn()) {
    const Kind kind = DetectKind(picture);
    EXPECT_EQ(PictureEnd(kind, picture), picture.size()) << MimeType(kind);
    EXPECT_EQ(PictureEnd(kind, Joined(picture, noise)), picture.size()) << MimeType(kind);
    EXPECT_EQ(FindBehindPicture(kind, picture), std::nullopt);
    EXPECT_EQ(FindBehindPicture(kind, Joined(picture, noise)), std::nullopt);
    EXPECT_EQ(FindBehindPicture(kind, Joined(picture, Bytes(5'000))), std::nullopt);
  }
}

TEST(PictureEnd, WhatLiesBehindIsFoundWhereItBegins) {
  const drawing::Picture scene = drawing::DrawScene(3, 64, 48);
  const std::vector<Bytes> hidden{
      drawing::MakeZip({{"a", ToBytes("a")}}), drawing::EncodeJpeg(scene), drawing::EncodePng(scene),
      testing::EncodeVideo({scene, scene}, {.frames_per_second = 1}), drawing::MakeSevenZip({{"a", ToBytes("a")}})};
  for (const Bytes& picture : Drawn()) {
    const Kind kind = DetectKind(picture);
    for (const Bytes& behind : hidden) {
      for (const size_t zeros : {0UZ, 1UZ, 2UZ, 3UZ, 4UZ, 4'096UZ}) {
        const Bytes file = Joined(picture, behind, zeros);
        ASSERT_EQ(FindBehindPicture(kind, file), picture.size() + zeros)
            << MimeType(DetectKind(behind)) << " behind " << MimeType(kind);
        EXPECT_EQ(ExamineBytes(file, file.size(), 0, Limits{}).behind_at, picture.size() + zeros);
      }
    }
  }
}

// Whatever the bytes: an end lies within them, and behind a cut there is none.
TEST(PictureEnd, DamageIsNoEndOutsideTheBytes) {
  std::mt19937 random(1);
  for (const Bytes& picture : Drawn()) {
    const Kind kind = DetectKind(picture);
    for (size_t cut = 0; cut < picture.size(); cut += 1 + picture.size() / 200) {
      const std::optional<size_t> end = PictureEnd(kind, ByteView(picture).first(cut));
      EXPECT_LE(end.value_or(0), cut);
    }
    for (int i = 0; i < 200; ++i) {
      Bytes damaged = picture;
      for (int k = 0; k < 3; ++k) damaged[random() % damaged.size()] = static_cast<uint8_t>(random());
      const std::optional<size_t> end = PictureEnd(kind, damaged);
      EXPECT_LE(end.value_or(0), damaged.size());
      EXPECT_LT(FindBehindPicture(kind, damaged).value_or(0), damaged.size());
    }
  }
}

}  // namespace
}  // namespace crossguard::examine
