// The writer of a JPEG by its tables: judged by what the encoder was told.
#include "examine/kernel/jpeg_signs.h"

#include <gtest/gtest.h>

#include "drawing/drawing.h"

namespace crossguard::examine {
namespace {

TEST(JpegSigns, TheStandardsTablesGiveTheQualityTheyWereScaledBy) {
  const drawing::Picture scene = drawing::DrawScene(1, 64, 48);
  for (int quality = 1; quality <= 100; ++quality) {
    for (const int components : {1, 3}) {
      const auto signs = ReadJpegSigns(drawing::EncodeJpeg(scene, {.quality = quality, .components = components}));
      ASSERT_TRUE(signs.has_value());
      EXPECT_EQ(signs->quality, quality) << components;
      EXPECT_TRUE(signs->standard_codes);
      EXPECT_FALSE(signs->progressive);
    }
  }
}

TEST(JpegSigns, ATableOfItsOwnHasNoQuality) {
  Bytes jpeg = drawing::EncodeJpeg(drawing::DrawScene(1, 64, 48), {.quality = 90});
  const size_t table = AsText(jpeg).find("\xFF\xDB");
  ASSERT_NE(table, std::string_view::npos);
  ++jpeg[table + 5 + 40];
  const auto signs = ReadJpegSigns(jpeg);
  ASSERT_TRUE(signs.has_value());
  EXPECT_EQ(signs->quality, 0);
  EXPECT_TRUE(signs->standard_codes);
}

TEST(JpegSigns, CodesOfItsOwnAndProgressiveFilesAreTold) {
  const drawing::Picture scene = drawing::DrawScene(1, 64, 48);
  const auto optimised = ReadJpegSigns(drawing::EncodeJpeg(scene, {.optimised = true}));
  ASSERT_TRUE(optimised.has_value());
  EXPECT_FALSE(optimised->standard_codes);
  EXPECT_FALSE(optimised->progressive);
  const auto progressive = ReadJpegSigns(drawing::EncodeJpeg(scene, {.progressive = true}));
  ASSERT_TRUE(progressive.has_value());
  EXPECT_FALSE(progressive->standard_codes);
  EXPECT_TRUE(progressive->progressive);
  EXPECT_FALSE(ReadJpegSigns(drawing::EncodePng(scene)).has_value());
  EXPECT_FALSE(ReadJpegSigns({}).has_value());
}

}  // namespace
}  // namespace crossguard::examine
