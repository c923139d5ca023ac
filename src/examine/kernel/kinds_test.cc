// The rarer still pictures, camera RAW, and what an embedded stand-in tells.
#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <random>

#include "drawing/drawing.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/kind.h"
#include "examine/kernel/pdq.h"
#include "examine/kernel/testing_kinds.h"

namespace crossguard::examine {
namespace {

FileFacts Examine(const Bytes& bytes) {
  return ExamineBytes(bytes, bytes.size(), 0, Limits{});
}

Bytes Cut(const Bytes& bytes, size_t size) {
  return Bytes(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
}

void ExpectSamePixels(const std::vector<std::pair<std::string, Bytes>>& forms, const FileFacts& judge) {
  for (const auto& [name, bytes] : forms) {
    const FileFacts facts = Examine(bytes);
    EXPECT_EQ(facts.state, State::kExamined) << name << " " << Name(facts.reason);
    EXPECT_EQ(facts.width, judge.width) << name;
    EXPECT_EQ(facts.height, judge.height) << name;
    EXPECT_EQ(facts.pdq, judge.pdq) << name;
    EXPECT_EQ(facts.pdq_quality, judge.pdq_quality) << name;
  }
}

TEST(Kinds, WithEqualPixelsEveryFormHasTheFingerprintOfThePng) {
  for (const auto& [width, height] : {std::pair{300U, 200U}, {700U, 90U}, {65U, 513U}}) {
    const drawing::Picture drawing = drawing::DrawScene(width, width, height);
    ExpectSamePixels({{"tiff", testing::EncodeTiff(drawing)},
                      {"16-bit", testing::EncodeTiff(drawing, {.bits = 16})},
                      {"alpha", testing::EncodeTiff(drawing, {.alpha = true})},
                      {"16-bit alpha", testing::EncodeTiff(drawing, {.bits = 16, .alpha = true})},
                      {"tiles", testing::EncodeTiff(drawing, {.tiled = true})},
                      {"lzw", testing::EncodeTiff(drawing, {.compression = 5})},
                      {"deflate, BigTIFF", testing::EncodeTiff(drawing, {.big = true, .compression = 8})},
                      {"packbits", testing::EncodeTiff(drawing, {.compression = 32773})},
                      {"cmyk without key", testing::EncodeTiff(drawing, {.components = 4})},
                      {"turned by its orientation", testing::EncodeTiff(drawing, {.orientation = 6})},
                      {"tiles, turned", testing::EncodeTiff(drawing, {.tiled = true, .orientation = 3})},
                      {"bmp", testing::EncodeBmp(drawing)},
                      {"bmp 32", testing::EncodeBmp(drawing, {.bits = 32})},
                      {"bmp from the top", testing::EncodeBmp(drawing, {.top_down = true})},
                      {"bmp of OS/2", testing::EncodeBmp(drawing, {.old_header = true})},
                      {"jxl", testing::EncodeJxl({drawing})}},
                     Examine(drawing::EncodePng(drawing)));
    ExpectSamePixels({{"tiff", testing::EncodeTiff(drawing, {.components = 1})},
                      {"16-bit", testing::EncodeTiff(drawing, {.bits = 16, .components = 1})}},
                     Examine(drawing::EncodePng(drawing, {.colour_type = 0})));
    ExpectSamePixels({{"bmp 8 runs", testing::EncodeBmp(drawing, {.bits = 8, .runs = true})}},
                     Examine(testing::EncodeBmp(drawing, {.bits = 8})));
    ExpectSamePixels({{"bmp 4 runs", testing::EncodeBmp(drawing, {.bits = 4, .runs = true})},
                      {"bmp 4 from the top", testing::EncodeBmp(drawing, {.bits = 4, .top_down = true})}},
                     Examine(testing::EncodeBmp(drawing, {.bits = 4})));
    ExpectSamePixels({{"one bit tiff", testing::EncodeTiff(drawing, {.bits = 1, .components = 1})},
                      {"one bit bmp of OS/2", testing::EncodeBmp(drawing, {.bits = 1, .old_header = true})}},
                     Examine(testing::EncodeBmp(drawing, {.bits = 1})));
  }
}

TEST(Kinds, LossyFormsAreNear) {
  const drawing::Picture drawing = drawing::DrawScene(2, 320, 240);
  const FileFacts judge = Examine(drawing::EncodePng(drawing));
  for (const auto& [name, bytes] : std::vector<std::pair<std::string, Bytes>>{
           {"heic", testing::EncodeHeif(drawing)},
           {"avif", testing::EncodeHeif(drawing, {.avif = true})},
           {"jxl", testing::EncodeJxl({drawing}, false)},
           {"tiff jpeg", testing::EncodeTiff(drawing, {.compression = 7})},
           {"tiff palette", testing::EncodeTiff(drawing, {.palette = true, .compression = 5})},
           {"bmp 16", testing::EncodeBmp(drawing, {.bits = 16})}}) {
    const FileFacts facts = Examine(bytes);
    EXPECT_EQ(facts.state, State::kExamined) << name << " " << Name(facts.reason);
    EXPECT_EQ(facts.frames, 1U) << name;
    ASSERT_TRUE(facts.pdq.has_value()) << name;
    EXPECT_LE(Distance(*facts.pdq, *judge.pdq), name == "tiff palette" ? 30 : 12) << name;
  }
}

TEST(Kinds, PagesAndFramesAreCountedAndTheFirstIsFingerprinted) {
  const drawing::Picture first = drawing::DrawScene(1, 120, 90);
  const drawing::Picture second = drawing::DrawScene(2, 120, 90);
  const FileFacts pages = Examine(testing::EncodeTiff(first, {.pages = 3}));
  EXPECT_EQ(pages.frames, 3U);
  EXPECT_EQ(pages.pdq, Examine(drawing::EncodePng(first)).pdq);
  const FileFacts frames = Examine(testing::EncodeJxl({first, second, second}));
  EXPECT_EQ(frames.frames, 3U);
  EXPECT_EQ(frames.pdq, Examine(drawing::EncodePng(first)).pdq);
}

Bytes Box(std::string_view type, const std::vector<Bytes>& parts) {
  Bytes body;
  for (const Bytes& part : parts) body.insert(body.end(), part.begin(), part.end());
  const auto size = static_cast<uint32_t>(body.size() + 8);
  Bytes out{static_cast<uint8_t>(size >> 24), static_cast<uint8_t>(size >> 16), static_cast<uint8_t>(size >> 8),
            static_cast<uint8_t>(size)};
  out.insert(out.end(), type.begin(), type.end());
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

Bytes Track(std::string_view handler, uint8_t samples) {
  Bytes name(20);
  std::copy(handler.begin(), handler.end(), name.begin() + 8);
  const Bytes sizes{0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, samples};
  return Box("trak", {Box("mdia", {Box("hdlr", {name}), Box("minf", {Box("stbl", {Box("stsz", {sizes})})})})});
}

TEST(Kinds, TheFramesOfAnAnimatedHeicOrAvifAreCountedByItsTrack) {
  for (const bool avif : {false, true}) {
    const Bytes still = testing::EncodeHeif(drawing::DrawScene(1, 64, 64), {.avif = avif});
    EXPECT_EQ(Examine(still).frames, 1U);
    const auto with = [&](const Bytes& moov) {
      Bytes file = still;
      file.insert(file.end(), moov.begin(), moov.end());
      return Examine(file);
    };
    const FileFacts moving = with(Box("moov", {Track("soun", 200), Track("pict", 24), Track("pict", 7)}));
    EXPECT_EQ(moving.state, State::kExamined);
    EXPECT_EQ(moving.frames, 24U);
    EXPECT_EQ(moving.pdq, Examine(still).pdq);
    EXPECT_EQ(with(Box("moov", {Track("soun", 200)})).frames, 1U);
    // A track that lies about its length counts nothing, and a directory of nothing neither.
    Bytes lie = Box("moov", {Track("pict", 24)});
    lie[8] = 0xFF;
    EXPECT_EQ(with(lie).frames, 1U);
  }
}

TEST(Kinds, TheContentSaysTheKind) {
  const drawing::Picture drawing = drawing::DrawScene(1, 64, 64);
  const Bytes jpeg = drawing::EncodeJpeg(drawing);
  const std::vector<std::pair<Kind, Bytes>> all{{Kind::kTiff, testing::EncodeTiff(drawing)},
                                                {Kind::kTiff, testing::EncodeTiff(drawing, {.big = true})},
                                                {Kind::kBmp, testing::EncodeBmp(drawing)},
                                                {Kind::kBmp, testing::EncodeBmp(drawing, {.old_header = true})},
                                                {Kind::kHeic, testing::EncodeHeif(drawing)},
                                                {Kind::kAvif, testing::EncodeHeif(drawing, {.avif = true})},
                                                {Kind::kJxl, testing::EncodeJxl({drawing})},
                                                {Kind::kJxl, testing::EncodeJxl({drawing}, true, Bytes(8))},
                                                {Kind::kCr2, testing::MakeRaw("Canon", false, jpeg)},
                                                {Kind::kNef, testing::MakeRaw("NIKON CORPORATION", false, jpeg)},
                                                {Kind::kArw, testing::MakeRaw("SONY", false, jpeg)},
                                                {Kind::kDng, testing::MakeRaw("Example", true, jpeg)}};
  for (const auto& [kind, bytes] : all) EXPECT_EQ(Examine(bytes).kind, kind) << MimeType(kind);
}

TEST(Kinds, ATiffOfInksOf16BitsIsNamedARareFormNotDamaged) {
  const FileFacts facts = Examine(testing::EncodeTiff(drawing::DrawScene(1, 64, 64), {.bits = 16, .components = 4}));
  EXPECT_EQ(facts.state, State::kUndecodable);
  EXPECT_EQ(facts.reason, Reason::kUnsupportedVariant);
}

TEST(Kinds, ANameThatSaysAnotherKindIsSeen) {
  const auto fits = [](std::string_view name, Kind kind) { return NameFits(name, MimeType(kind)); };
  EXPECT_TRUE(fits("dir/a.JPG", Kind::kJpeg));
  EXPECT_FALSE(fits("a.jpg", Kind::kZip));
  EXPECT_FALSE(fits("dir.jpg/a.txt.png", Kind::kMp4));
  EXPECT_TRUE(fits("a.mp4", Kind::kMov));
  EXPECT_TRUE(fits("a.tif", Kind::kDng));
  EXPECT_TRUE(fits("a.docx", Kind::kZip));
  EXPECT_FALSE(fits("a.docx", Kind::kOle));
  EXPECT_TRUE(fits("a", Kind::kJpeg));
  EXPECT_TRUE(fits(".jpg", Kind::kPng)) << "a name, not an ending";
  EXPECT_TRUE(fits("a.dat", Kind::kJpeg));
  EXPECT_FALSE(fits("a.pdf", Kind::kUnknown));
  EXPECT_TRUE(NameFits("a.jpg", "")) << "not examined yet";
}

TEST(Kinds, ExifIsReadFromEachContainer) {
  const drawing::ExifForm form{
      .make = "Example Optics", .taken_at = "2021:07:04 18:22:31", .latitude = 1.5, .longitude = 2.5};
  const Bytes tiff = drawing::MakeExif(form);
  const drawing::Picture drawing = drawing::DrawScene(1, 64, 64);
  for (const Bytes& bytes :
       {testing::EncodeHeif(drawing, {.exif = tiff}), testing::EncodeHeif(drawing, {.avif = true, .exif = tiff}),
        testing::EncodeJxl({drawing}, true, tiff)}) {
    const FileFacts facts = Examine(bytes);
    EXPECT_EQ(facts.exif.make, form.make) << MimeType(facts.kind);
    EXPECT_EQ(facts.exif.taken_at, form.taken_at) << MimeType(facts.kind);
    EXPECT_EQ(facts.exif.latitude, form.latitude) << MimeType(facts.kind);
  }
}

TEST(Raw, ThePreviewIsFingerprintedAndSaidToBeOne) {
  const Bytes jpeg = drawing::EncodeJpeg(drawing::DrawScene(1, 200, 150));
  const FileFacts preview = Examine(jpeg);
  for (const auto& [make, dng] : {std::pair{"Canon", false},
                                  {"NIKON CORPORATION", false},
                                  {"SONY", false},
                                  {"Example", true},
                                  {"Other", false}}) {
    const FileFacts facts = Examine(testing::MakeRaw(make, dng, jpeg));
    EXPECT_EQ(facts.state, State::kExamined) << make;
    EXPECT_TRUE(facts.of_preview) << make;
    EXPECT_EQ(facts.pdq, preview.pdq) << make;
    EXPECT_EQ(facts.width, 200U);
    EXPECT_EQ(facts.exif.make, make);
  }
  const FileFacts none = Examine(testing::MakeRaw("SONY", false, ToBytes("no picture here")));
  EXPECT_EQ(none.state, State::kUndecodable);
  EXPECT_EQ(none.reason, Reason::kUnsupportedVariant);
  EXPECT_EQ(none.kind, Kind::kArw);
}

// As a camera makes its stand-in: the mean of each square.
drawing::Picture Shrunk(const drawing::Picture& drawing, uint32_t factor) {
  drawing::Picture out{.width = drawing.width / factor, .height = drawing.height / factor, .rgb = {}};
  for (uint32_t y = 0; y < out.height; ++y) {
    for (uint32_t x = 0; x < out.width * 3; ++x) {
      uint32_t sum = 0;
      for (uint32_t i = 0; i < factor * factor; ++i) {
        const size_t row = size_t{y} * factor + i / factor;
        const size_t column = size_t{x / 3} * factor + i % factor;
        sum += drawing.rgb[(row * drawing.width + column) * 3 + x % 3];
      }
      out.rgb.push_back(static_cast<uint8_t>(sum / (factor * factor)));
    }
  }
  return out;
}

TEST(Thumbnail, OneThatShowsSomethingElseIsFarFromThePicture) {
  const drawing::Picture drawing = drawing::DrawScene(1, 800, 600);
  const FileFacts plain = Examine(drawing::EncodeJpeg(drawing));
  EXPECT_FALSE(plain.thumbnail.has_value());
  const drawing::Picture small = Shrunk(drawing, 5);
  const auto with = [&](const drawing::Picture& shown, const drawing::Picture& picture) {
    return Examine(drawing::EncodeJpeg(picture, {.exif = testing::MakeExifWithThumbnail(drawing::EncodeJpeg(shown))}));
  };
  const FileFacts honest = with(small, drawing);
  ASSERT_TRUE(honest.thumbnail.has_value());
  EXPECT_EQ(honest.thumbnail->width, 160U);
  EXPECT_EQ(honest.thumbnail->height, 120U);
  EXPECT_LE(honest.thumbnail->distance, 31);
  EXPECT_EQ(honest.pdq, plain.pdq) << "the picture's own fingerprint does not change";
  const FileFacts changed = with(drawing::DrawScene(99, 160, 120), drawing);
  ASSERT_TRUE(changed.thumbnail.has_value());
  EXPECT_GT(changed.thumbnail->distance, 60);

  // A wide picture in a stand-in of the camera's own shape, with bars above and below.
  const drawing::Picture wide = drawing::DrawScene(3, 1600, 600);
  const drawing::Picture narrow = Shrunk(wide, 10);
  drawing::Picture barred{.width = 160, .height = 120, .rgb = Bytes(size_t{160} * 120 * 3)};
  std::ranges::copy(narrow.rgb, barred.rgb.begin() + 30 * 160 * 3);
  const FileFacts bars = with(barred, wide);
  ASSERT_TRUE(bars.thumbnail.has_value());
  EXPECT_LE(bars.thumbnail->distance, 31);
}

TEST(Kinds, AHalfPictureIsDecodedAsFarAsItGoesAndSaysSo) {
  const drawing::Picture drawing = drawing::DrawScene(6, 640, 480);
  for (const Bytes& whole : {testing::EncodeBmp(drawing), testing::EncodeBmp(drawing, {.bits = 8, .runs = true}),
                             testing::EncodeJxl({drawing})}) {
    const FileFacts facts = Examine(Cut(whole, whole.size() / 2));
    EXPECT_EQ(facts.state, State::kTruncated) << MimeType(facts.kind) << Name(facts.reason);
    EXPECT_EQ(facts.reason, Reason::kEndedEarly) << MimeType(facts.kind);
    EXPECT_EQ(facts.width, 640U);
    EXPECT_TRUE(facts.pdq.has_value());
  }
  // A TIFF's directory stands at its end here, a HEIC's picture is one stream: without their ends nothing can be drawn.
  for (const Bytes& whole : {testing::EncodeTiff(drawing), testing::EncodeHeif(drawing)}) {
    EXPECT_EQ(Examine(Cut(whole, whole.size() / 2)).state, State::kUndecodable);
  }
}

TEST(Kinds, EveryPrefixOfAFileGivesAStateThatFits) {
  const drawing::Picture drawing = drawing::DrawScene(7, 64, 64);
  for (const Bytes& whole :
       {testing::EncodeTiff(drawing), testing::EncodeTiff(drawing, {.tiled = true, .compression = 5}),
        testing::EncodeBmp(drawing), testing::EncodeBmp(drawing, {.bits = 4, .runs = true}),
        testing::EncodeHeif(drawing), testing::EncodeHeif(drawing, {.avif = true}), testing::EncodeJxl({drawing})}) {
    for (size_t size = 0; size < whole.size(); size += 1 + size / 25) {
      const FileFacts facts = Examine(Cut(whole, size));
      const bool examined = facts.state == State::kExamined;
      // The last bytes may be padding or, in a TIFF, a directory's end that says nothing more.
      EXPECT_FALSE(examined && size + 16 < whole.size())
          << MimeType(facts.kind) << " " << size << " of " << whole.size();
    }
    EXPECT_EQ(Examine(whole).state, State::kExamined);
  }
}

void Put32(Bytes& bytes, size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (8 * i));
}

TEST(Kinds, HeadersThatPromiseTooMuchAreRefusedBeforeAnythingIsAllocated) {
  Bytes bmp = testing::EncodeBmp(drawing::DrawScene(1, 8, 8));
  Put32(bmp, 18, 30'000);
  Put32(bmp, 22, 30'000);
  EXPECT_EQ(Examine(bmp).reason, Reason::kPixelLimit);
  Put32(bmp, 18, 290'000'000);
  Put32(bmp, 22, 1);
  EXPECT_EQ(Examine(bmp).reason, Reason::kMemoryLimit);
  Bytes head(bmp.begin(), bmp.begin() + 54);
  Put32(head, 18, 10'000);
  Put32(head, 22, 10'000);
  const FileFacts empty = Examine(head);  // 54 bytes: pixels promised, none there
  EXPECT_EQ(empty.state, State::kUndecodable);
  EXPECT_EQ(empty.reason, Reason::kEndedEarly);

  // The width and height of a TIFF stand in the first two entries of its directory.
  Bytes tiff = testing::EncodeTiff(drawing::DrawScene(1, 8, 8));
  size_t directory = 0;
  for (size_t i = 0; i < 4; ++i) directory |= size_t{tiff[4 + i]} << (8 * i);
  for (const size_t entry : {size_t{0}, size_t{1}}) {
    tiff[directory + 2 + 12 * entry + 2] = 4;  // as a long number
    Put32(tiff, directory + 2 + 12 * entry + 8, 1'000'000);
  }
  EXPECT_EQ(Examine(tiff).reason, Reason::kPixelLimit);
  // A directory that names itself as the next one.
  Bytes loop = testing::EncodeTiff(drawing::DrawScene(1, 8, 8));
  size_t entries = loop[directory] | size_t{loop[directory + 1]} << 8;
  Put32(loop, directory + 2 + 12 * entries, static_cast<uint32_t>(directory));
  EXPECT_EQ(Examine(loop).frames, 1U);
}

TEST(Kinds, MutatedFilesEndInAStateAndNeverElsewhere) {
  const drawing::Picture drawing = drawing::DrawScene(8, 48, 40);
  std::mt19937_64 random(11);
  for (const Bytes& whole :
       {testing::EncodeTiff(drawing, {.compression = 5}),
        testing::EncodeTiff(drawing, {.palette = true, .tiled = true}),
        testing::EncodeBmp(drawing, {.bits = 8, .runs = true}), testing::EncodeBmp(drawing, {.bits = 16}),
        testing::EncodeHeif(drawing), testing::EncodeHeif(drawing, {.avif = true}), testing::EncodeJxl({drawing}),
        testing::MakeRaw("NIKON", false, drawing::EncodeJpeg(drawing)),
        drawing::EncodeJpeg(drawing, {.exif = testing::MakeExifWithThumbnail(drawing::EncodeJpeg(drawing))})}) {
    for (int i = 0; i < 150; ++i) {
      Bytes mutant = whole;
      for (size_t edits = 1 + random() % 4; edits > 0; --edits)
        mutant[random() % std::min<size_t>(mutant.size(), 400)] = static_cast<uint8_t>(random());
      FileFacts facts;
      try {
        facts = Examine(mutant);
      } catch (const std::bad_alloc&) {  // the worker makes a state of it
        continue;
      }
      EXPECT_FALSE(Name(facts.state).empty());
      EXPECT_EQ(facts.pdq.has_value(),
                IsPicture(facts.kind) && (facts.state == State::kExamined || facts.state == State::kTruncated));
    }
  }
}

}  // namespace
}  // namespace crossguard::examine
