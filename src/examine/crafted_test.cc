// Files made to hurt whoever opens them, each through the real jail, each with its named verdict, all in one run with
// honest files between them that must not suffer. All are structure abused, made here by code.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "drawing/drawing.h"
#include "examine/kernel/testing_kinds.h"
#include "examine/test_support.h"
#include "examine/testing_crafted.h"

namespace crossguard::examine {
namespace {

using namespace testing;

// ---- Pictures -------------------------------------------------------------------------------------------------------

Bytes PngOfSize(uint32_t width, uint32_t height) {
  Bytes png = drawing::EncodePng(Scene());
  Put32Big(png, 16, width);
  Put32Big(png, 20, height);
  Put32Big(png, 29, Crc32(ByteView(png).subspan(12, 17)));
  return png;
}

// A text chunk that unpacks to 200 MB stands before the pixels.
Bytes PngWithHugeText() {
  constexpr uint32_t kZeros = 200'000'000;
  const Bytes zip = drawing::MakeZipOfZeros(kZeros);
  const size_t data = 30 + (zip[26] | size_t{zip[27]} << 8) + (zip[28] | size_t{zip[29]} << 8);
  const size_t directory = Find(zip, "PK\x01\x02");
  Bytes body = ToBytes("zTXtComment");
  body.push_back(0);
  body.push_back(0);
  Append(body, std::array<uint8_t, 2>{0x78, 0x9C});
  Append(body, ByteView(zip).subspan(data, directory - data));
  const size_t checksum = body.size();
  body.resize(checksum + 4);
  Put32Big(body, checksum, (kZeros % 65521U) << 16 | 1U);
  Bytes png = drawing::EncodePng(Scene());
  Bytes chunk(4);
  Put32Big(chunk, 0, static_cast<uint32_t>(body.size() - 4));
  Append(chunk, body);
  const size_t crc = chunk.size();
  chunk.resize(crc + 4);
  Put32Big(chunk, crc, Crc32(body));
  png.insert(png.begin() + 33, chunk.begin(), chunk.end());  // behind the header
  return png;
}

Bytes JpegWith(uint8_t marker, size_t at, std::initializer_list<uint8_t> values) {
  Bytes jpeg = drawing::EncodeJpeg(Scene());
  std::copy(values.begin(), values.end(), jpeg.begin() + static_cast<ptrdiff_t>(SegmentOf(jpeg, marker) + at));
  return jpeg;
}

Bytes ScanBomb() {
  Bytes jpeg = drawing::EncodeJpeg(Scene(), {.progressive = true});
  size_t scan = 0;
  for (size_t i = 0; i + 1 < jpeg.size(); ++i) {
    if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xDA) scan = i;
  }
  const Bytes last(jpeg.begin() + static_cast<ptrdiff_t>(scan), jpeg.end() - 2);
  for (int i = 0; i < 2'000; ++i) jpeg.insert(jpeg.end() - 2, last.begin(), last.end());
  return jpeg;
}

Bytes GifOfSize(uint8_t byte, size_t frames) {
  Bytes gif = drawing::EncodeGif(std::vector<drawing::Picture>(frames, drawing::DrawScene(1, 8, 8)));
  std::fill_n(gif.begin() + 6, 4, byte);
  return gif;
}

Bytes BmpHeaderOf(uint32_t side) {
  Bytes bmp = Cut(testing::EncodeBmp(drawing::DrawScene(1, 8, 8)), 54);
  for (size_t i = 0; i < 4; ++i) bmp[18 + i] = bmp[22 + i] = static_cast<uint8_t>(side >> (8 * i));
  return bmp;
}

std::vector<Crafted> Pictures() {
  const Bytes jpeg = drawing::EncodeJpeg(Scene());
  const Bytes png = drawing::EncodePng(Scene());
  Bytes polyglot = jpeg;
  Append(polyglot, drawing::MakeZip({{"a", ToBytes("a")}}));
  return {{"nothing", {}, State::kEmpty, Reason::kNone},
          {"text that is called a picture", ToBytes("hello, I am picture.jpg"), State::kUnsupportedKind, Reason::kNone},
          {"SVG that is called a picture", ToBytes("<svg onload='x'/>"), State::kUnsupportedKind, Reason::kNone},
          {"JPEG of three bytes", Cut(jpeg, 3), State::kUndecodable, Reason::kEndedEarly},
          {"JPEG cut in its header", Cut(jpeg, 100), State::kUndecodable, Reason::kEndedEarly},
          {"JPEG cut in half", Cut(jpeg, jpeg.size() / 2), State::kTruncated, Reason::kEndedEarly},
          {"JPEG of 65,535 x 65,535", JpegWith(0xC0, 5, {0xFF, 0xFF, 0xFF, 0xFF}), State::kLimitExceeded,
           Reason::kPixelLimit},
          {"JPEG of height 0", JpegWith(0xC0, 5, {0, 0}), State::kUndecodable, Reason::kDamagedHeader},
          {"JPEG with an impossible code table", JpegWith(0xC4, 5, {0xFF, 0xFF, 0xFF, 0xFF}), State::kUndecodable,
           Reason::kDamagedHeader},
          {"JPEG with a segment of length 0", JpegWith(0xDB, 2, {0, 0}), State::kUndecodable, Reason::kDamagedHeader},
          {"JPEG of 12 bits", JpegWith(0xC0, 4, {12}), State::kUndecodable, Reason::kUnsupportedVariant},
          {"JPEG with 2,000 scans", ScanBomb(), State::kLimitExceeded, Reason::kScanLimit},
          {"JPEG in CMYK", drawing::EncodeJpeg(Scene(), {.components = 4}), State::kExamined, Reason::kNone},
          {"JPEG with a ZIP behind it", polyglot, State::kExamined, Reason::kNone},
          {"PNG of 100,000 x 100,000", PngOfSize(100'000, 100'000), State::kLimitExceeded, Reason::kPixelLimit},
          {"PNG of 20,000 x 20,000", PngOfSize(20'000, 20'000), State::kLimitExceeded, Reason::kPixelLimit},
          {"PNG that promises 12,000 x 12,000", PngOfSize(12'000, 12'000), State::kUndecodable, Reason::kDamagedData},
          {"PNG of width 0", PngOfSize(0, 10), State::kUndecodable, Reason::kDamagedHeader},
          {"PNG cut short", Cut(png, 60), State::kUndecodable, Reason::kEndedEarly},
          {"PNG with a text of 200 MB", PngWithHugeText(), State::kExamined, Reason::kNone},
          {"BMP of 54 bytes and 30,000 x 30,000", BmpHeaderOf(30'000), State::kLimitExceeded, Reason::kPixelLimit},
          {"BMP of 54 bytes and 10,000 x 10,000", BmpHeaderOf(10'000), State::kUndecodable, Reason::kEndedEarly},
          {"GIF of 65,535 x 65,535 and 300 frames", GifOfSize(0xFF, 300), State::kLimitExceeded, Reason::kPixelLimit}};
}

// ---- Archives -------------------------------------------------------------------------------------------------------

// Two hundred entries of the directory point to one and the same member.
Bytes OverlappingZip() {
  const Bytes one = drawing::MakeZipOfZeros(20'000'000);
  const size_t directory = Find(one, "PK\x01\x02");
  const size_t end = Find(one, "PK\x05\x06");
  Bytes zip(one.begin(), one.begin() + static_cast<ptrdiff_t>(directory));
  for (int i = 0; i < 200; ++i) Append(zip, ByteView(one).subspan(directory, end - directory));
  const auto directory_bytes = static_cast<uint32_t>(zip.size() - directory);
  Append(zip, ToBytes("PK\x05\x06"));
  Append32(zip, 0);
  Append16(zip, 200);
  Append16(zip, 200);
  Append32(zip, directory_bytes);
  Append32(zip, static_cast<uint32_t>(directory));
  Append16(zip, 0);
  return zip;
}

Bytes ManyEntries() {
  std::vector<std::pair<std::string, Bytes>> members;
  for (int i = 0; i < 10'001; ++i) members.emplace_back(std::to_string(i), Bytes{});
  return drawing::MakeZip(members, true);
}

// A link out of the folder, and a member that would be written through it.
Bytes TarWithLink() {
  Bytes tar;
  const auto entry = [&](std::string_view name, char type, std::string_view target) {
    Bytes header(512);
    const auto put = [&](size_t at, std::string_view text) {
      std::copy(text.begin(), text.end(), header.begin() + static_cast<ptrdiff_t>(at));
    };
    put(0, name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, "00000000000");
    put(136, "00000000000");
    put(148, "        ");
    header[156] = static_cast<uint8_t>(type);
    put(157, target);
    put(257, "ustar");
    put(263, "00");
    uint32_t sum = 0;
    for (const uint8_t byte : header) sum += byte;
    char text[8];
    std::snprintf(text, sizeof(text), "%06o", sum);
    put(148, std::string_view(text, 6));
    header[154] = 0;
    Append(tar, header);
  };
  entry("out", '2', "/etc");
  entry("out/passwd", '0', "");
  tar.resize(tar.size() + 1024);
  return tar;
}

Bytes EscapingNames() {
  return drawing::MakeZip({{"../../etc/passwd", ToBytes("x")}, {"/etc/passwd", ToBytes("x")}, {"C:\\x", ToBytes("x")}});
}

std::vector<Crafted> Archives() {
  const Bytes zip = drawing::MakeZip({{"a.jpg", drawing::EncodeJpeg(Scene())}, {"b", Bytes(5'000, 7)}});
  return {
      {"ZIP of 200 MB of zeros", drawing::MakeZipOfZeros(200'000'000), State::kLimitExceeded, Reason::kRatioLimit},
      {"ZIP of overlapping members", OverlappingZip(), State::kLimitExceeded, Reason::kRatioLimit},
      {"ZIP of 10,001 entries", ManyEntries(), State::kLimitExceeded, Reason::kEntryLimit},
      {"ZIP with names that leave their folder", EscapingNames(), State::kExamined, Reason::kNone},
      {"ZIP cut short", Cut(zip, zip.size() - 30), State::kTruncated, Reason::kEndedEarly},
      {"tar with a link out of it", TarWithLink(), State::kExamined, Reason::kNone},
      {"gzip of zeros", testing::Compress("gzip", Bytes(size_t{50} << 20)), State::kLimitExceeded, Reason::kRatioLimit},
      {"RAR that only a password opens", testing::MakeRar({{"a", ToBytes("text")}}, true), State::kUndecodable,
       Reason::kEncrypted}};
}

// ---- Videos ---------------------------------------------------------------------------------------------------------

Bytes Mp4() {
  std::vector<drawing::Picture> film;
  for (size_t i = 0; i < 12; ++i) film.push_back(drawing::DrawScene(i / 4, 96, 64));
  return testing::EncodeVideo(film, {.frames_per_second = 4});
}
Bytes Mp4With(std::string_view box, size_t at, uint32_t value) {
  Bytes mp4 = Mp4();
  Put32Big(mp4, Find(mp4, box) + at, value);
  return mp4;
}

std::vector<Crafted> Videos() {
  const Bytes mp4 = Mp4();
  const size_t moov = Find(mp4, "moov");
  return {
      {"MP4 of its type alone", Cut(mp4, 32), State::kUndecodable, Reason::kDamagedHeader},
      {"MP4 without its index", Cut(mp4, moov - 4), State::kUndecodable, Reason::kDamagedHeader},
      {"MP4 whose index says that it has no length", Mp4With("moov", size_t{0} - 4, 9), State::kExamined,
       Reason::kNone},
      {"MP4 with four billion samples", Mp4With("stsz", 12, 0xFFFFFFFF), State::kUndecodable, Reason::kDamagedHeader},
      {"MP4 with a clock of one tick", Mp4With("mdhd", 16, 1), State::kTruncated, Reason::kEndedEarly}};
}

TEST(Crafted, EachHasItsNamedVerdictAndTheHonestOnesBetweenThemAreUnharmed) {
  std::vector<Crafted> all = Pictures();
  for (const auto& more : {Archives(), Videos()}) all.insert(all.end(), more.begin(), more.end());
  const Bytes honest = drawing::EncodePng(Scene());
  std::vector<Bytes> files;
  for (const Crafted& one : all) {
    files.push_back(honest);
    files.push_back(one.bytes);
  }
  const auto examiner = StartExaminer({.program = testing::ShippedProgram(), .workers = 2});
  ASSERT_NE(examiner, nullptr);
  const int zygote = examiner->zygote_pid();
  const auto facts = ExamineAll(*examiner, files);
  ASSERT_TRUE(facts.has_value()) << facts.error().message;
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ((*facts)[2 * i].state, State::kExamined);
    const FileFacts& one = (*facts)[2 * i + 1];
    EXPECT_TRUE(one.state == all[i].state && one.reason == all[i].reason)
        << all[i].name << ": " << Name(one.state) << " " << Name(one.reason) << ", not " << Name(all[i].state) << " "
        << Name(all[i].reason);
  }
  EXPECT_EQ(examiner->zygote_pid(), zygote);
}

// What an archive may not do is told of its members.
TEST(Crafted, NamesAndLinksThatLeaveTheArchiveAreDataAndNothingElse) {
  const auto examiner = StartExaminer({.program = testing::ShippedProgram(), .workers = 1});
  ASSERT_NE(examiner, nullptr);
  const auto zip = examiner->ExamineOne(EscapingNames());
  ASSERT_TRUE(zip.has_value());
  ASSERT_EQ(zip->members.size(), 3U);
  for (const ArchiveMember& member : zip->members) EXPECT_TRUE(member.name_escapes) << member.name;
  const auto tar = examiner->ExamineOne(TarWithLink());
  ASSERT_TRUE(tar.has_value());
  ASSERT_EQ(tar->members.size(), 2U);
  EXPECT_FALSE(tar->members[0].is_file);
}

// Eight members that each hold eight, four levels deep, of zeros at the bottom: no level is opened beyond the limits.
TEST(Crafted, ABombInsideABombIsStoppedAtEveryLevel) {
  Bytes level = drawing::MakeZipOfZeros(100'000'000);
  for (int depth = 0; depth < 4; ++depth) {
    std::vector<std::pair<std::string, Bytes>> members;
    for (int i = 0; i < 8; ++i) members.emplace_back(std::to_string(i), level);
    level = drawing::MakeZip(members);
  }
  const auto examiner = StartExaminer({.program = testing::ShippedProgram(), .workers = 2});
  ASSERT_NE(examiner, nullptr);
  Bytes archive = level;
  uint32_t depth = 0;
  for (; depth < 10; ++depth) {
    const auto facts = examiner->ExamineOne(archive, depth);
    ASSERT_TRUE(facts.has_value());
    if (facts->state != State::kExamined) {
      EXPECT_EQ(facts->state, State::kLimitExceeded);
      break;
    }
    ASSERT_FALSE(facts->members.empty());
    const auto inner = examiner->ExtractMember(archive, facts->members, 0);
    if (!inner) {
      EXPECT_EQ(inner.error().code, Code::kExhausted) << inner.error().message;
      break;
    }
    archive = *inner;
  }
  EXPECT_LE(depth, 4U);
}

}  // namespace
}  // namespace crossguard::examine
