// Deflated pictures of a PDF: what comes out shows the same samples as the PNG encoder's own file of the same picture.
#include "examine/kernel/pdf_pixels.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "drawing/drawing.h"
#include "examine/kernel/archive.h"
#include "examine/kernel/examine.h"

namespace crossguard::examine {
namespace {

Bytes Deflate(const Bytes& bytes) {
  uLongf size = compressBound(bytes.size());
  Bytes out(size);
  EXPECT_EQ(compress2(out.data(), &size, bytes.data(), bytes.size(), 6), Z_OK);
  out.resize(size);
  return out;
}

Bytes PdfWith(const std::string& dictionary, const Bytes& stream) {
  Bytes pdf = ToBytes("%PDF-1.5\n7 0 obj\n<</Type/XObject/Subtype/Image" + dictionary + "/Length " +
                      std::to_string(stream.size()) + ">>\nstream\n");
  pdf.insert(pdf.end(), stream.begin(), stream.end());
  const Bytes end = ToBytes("\nendstream\nendobj\ntrailer\n<<>>\n%%EOF\n");
  pdf.insert(pdf.end(), end.begin(), end.end());
  return pdf;
}

// The only member's bytes, or nothing; verdict: how it ended.
Bytes OnlyMember(const Bytes& pdf, Verdict* verdict = nullptr) {
  const FileFacts facts = ExamineBytes(pdf, pdf.size(), 0, Limits{});
  EXPECT_EQ(facts.kind, Kind::kPdf);
  if (facts.members.size() != 1) return {};
  Bytes out;
  FileBytes file(pdf);
  UnpackArchive(file, Limits{}, 0, 1,
                {.data =
                     [&](uint32_t, ByteView chunk) {
                       out.insert(out.end(), chunk.begin(), chunk.end());
                       return true;
                     },
                 .end =
                     [&](uint32_t, Verdict how) {
                       if (verdict != nullptr) *verdict = how;
                       return true;
                     }});
  return out;
}

const std::string kSize = "/Width 150/Height 110/BitsPerComponent 8/Filter/FlateDecode";

TEST(PdfPixels, ColourWithAndWithoutPredictorsShowsThePicture) {
  const drawing::Picture scene = drawing::DrawScene(5, 150, 110);
  const Bytes png = drawing::EncodePng(scene);
  const FileFacts plain = ExamineBytes(png, png.size(), 0, Limits{});
  Bytes differences, with_filters;
  for (size_t y = 0; y < scene.height; ++y) {
    with_filters.push_back(static_cast<uint8_t>(y % 2));  // none, or the pixel before
    for (size_t i = 0; i < size_t{3} * scene.width; ++i) {
      const uint8_t* const row = scene.rgb.data() + y * 3 * scene.width;
      const auto difference = static_cast<uint8_t>(row[i] - (i < 3 ? 0 : row[i - 3]));
      differences.push_back(difference);
      with_filters.push_back(y % 2 == 0 ? row[i] : difference);
    }
  }
  const Bytes samples(scene.rgb.begin(), scene.rgb.end());
  const std::vector<std::pair<std::string, Bytes>> forms{
      {"/ColorSpace/DeviceRGB" + kSize, samples},
      {"/ColorSpace [/ICCBased 9 0 R]/DecodeParms<</Predictor 1>>" + kSize, samples},
      {"/ColorSpace/DeviceRGB/DecodeParms<</Predictor 2/Colors 3/Columns 150>>" + kSize, differences},
      {"/ColorSpace/DeviceRGB/DecodeParms <</Predictor 15 /Colors 3 /Columns 150>>" + kSize, with_filters},
      {"/ColorSpace/DeviceRGB/Width 150 /Height 110 /BitsPerComponent 8 /Filter [ /FlateDecode ]", samples}};
  for (const auto& [dictionary, bytes] : forms) {
    const Bytes member = OnlyMember(PdfWith(dictionary, Deflate(bytes)));
    const FileFacts facts = ExamineBytes(member, member.size(), 1, Limits{});
    EXPECT_EQ(facts.kind, Kind::kPng) << dictionary;
    EXPECT_EQ(facts.state, State::kExamined) << dictionary;
    EXPECT_EQ(facts.pdq, plain.pdq) << dictionary;
    EXPECT_EQ(facts.width, 150U);
  }
}

TEST(PdfPixels, GreyBitsAndPalettesShowThePicture) {
  const drawing::Picture scene = drawing::DrawScene(6, 152, 110);
  const std::string size = "/Width 152/Height 110/Filter/FlateDecode";
  Bytes grey, bits, indices;
  for (size_t i = 0; i < size_t{152} * 110; ++i) {
    const uint8_t value = scene.rgb[3 * i + 1];
    grey.push_back(value);
    indices.push_back(static_cast<uint8_t>(value >> 6));
    if (i % 8 == 0) bits.push_back(0);
    bits.back() = static_cast<uint8_t>(bits.back() | (value >> 7) << (7 - i % 8));
  }
  const auto examined = [](const Bytes& bytes) { return ExamineBytes(bytes, bytes.size(), 0, Limits{}); };
  const auto member = [&](const std::string& dictionary, const Bytes& bytes) {
    return examined(OnlyMember(PdfWith(dictionary + size, Deflate(bytes))));
  };
  EXPECT_EQ(member("/ColorSpace/DeviceGray/BitsPerComponent 8", grey).pdq,
            examined(drawing::EncodePng(scene, {.colour_type = 0})).pdq);
  EXPECT_EQ(member("/ColorSpace/DeviceGray/BitsPerComponent 1", bits).pdq,
            examined(drawing::EncodePng(scene, {.bit_depth = 1, .colour_type = 0})).pdq);
  const FileFacts palette =
      member("/ColorSpace[/Indexed/DeviceRGB 3<000000 555555 AAAAAA FFFFFF>]/BitsPerComponent 8", indices);
  EXPECT_EQ(palette.state, State::kExamined);
  EXPECT_EQ(palette.pdq, examined(drawing::EncodePng(scene, {.bit_depth = 2, .colour_type = 0})).pdq);
}

TEST(PdfPixels, AJpegThatWasDeflatedOnceMoreComesOutAsItWas) {
  const Bytes jpeg = drawing::EncodeJpeg(drawing::DrawScene(7, 120, 90));
  EXPECT_EQ(OnlyMember(PdfWith("/Width 120/Height 90/Filter[/FlateDecode/DCTDecode]", Deflate(jpeg))), jpeg);
}

// That nothing of it can be read stays said, whatever was hung on behind it.
TEST(PdfPixels, ALockedDocumentIsLockedThoughAnArchiveHangsBehindIt) {
  Bytes pdf = ToBytes("%PDF-1.5\ntrailer\n<</Encrypt 1 0 R>>\n%%EOF\n");
  EXPECT_EQ(ExamineBytes(pdf, pdf.size(), 0, Limits{}).reason, Reason::kEncrypted);
  const Bytes zip = drawing::MakeZip({{"a", ToBytes("a")}});
  pdf.insert(pdf.end(), zip.begin(), zip.end());
  const FileFacts facts = ExamineBytes(pdf, pdf.size(), 0, Limits{});
  EXPECT_EQ(facts.reason, Reason::kEncrypted);
  ASSERT_EQ(facts.members.size(), 1U);
  EXPECT_EQ(facts.members[0].size_bytes, zip.size());
}

TEST(PdfPixels, WhatIsNotAsStatedIsNamedAndGrowsToNothing) {
  const Bytes samples(size_t{150} * 110 * 3, 9);
  Verdict verdict;
  Bytes cut = Deflate(samples);
  cut.resize(cut.size() / 2);
  EXPECT_TRUE(OnlyMember(PdfWith("/ColorSpace/DeviceRGB" + kSize, cut), &verdict).empty());
  EXPECT_EQ(verdict.state, State::kUndecodable);
  Bytes more = samples;
  more.resize(more.size() * 100);  // a bomb: a hundred times what is stated
  EXPECT_TRUE(OnlyMember(PdfWith("/ColorSpace/DeviceRGB" + kSize, Deflate(more)), &verdict).empty());
  EXPECT_EQ(verdict.state, State::kUndecodable);
  const Bytes large =
      PdfWith("/ColorSpace/DeviceRGB/Width 60000/Height 60000/BitsPerComponent 8/Filter/FlateDecode", Deflate(samples));
  const FileFacts facts = ExamineBytes(large, large.size(), 0, Limits{});
  EXPECT_EQ(facts.state, State::kLimitExceeded);
  EXPECT_EQ(facts.reason, Reason::kPixelLimit);
  for (const std::string dictionary :
       {"/Width 4/Height 4/BitsPerComponent 8/Filter/FlateDecode", "/Width 150/Height 110/Filter/LZWDecode",
        "/Width 9 0 R/Height 110/Filter/FlateDecode", "/Width 150/Height 110/BitsPerComponent 5/Filter/FlateDecode",
        "/Width 150/Height 110/ColorSpace[/Indexed/DeviceRGB 3 9 0 R]/Filter/FlateDecode"}) {
    EXPECT_FALSE(ReadPdfPixels("/Subtype/Image" + dictionary).has_value()) << dictionary;
  }
  EXPECT_FALSE(ReadPdfPixels("/Width 150/Height 110/Filter/FlateDecode").has_value()) << "no picture";
}

}  // namespace
}  // namespace crossguard::examine
