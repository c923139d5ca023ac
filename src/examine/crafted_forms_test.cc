// More files made to hurt or to hide, of the rarer forms: each through the real jail, each with its named verdict.
#include <gtest/gtest.h>

#include "drawing/drawing.h"
#include "examine/kernel/kind.h"
#include "examine/kernel/testing_kinds.h"
#include "examine/test_support.h"
#include "examine/testing_crafted.h"

namespace crossguard::examine {
namespace {

using namespace testing;

void Put16(Bytes& bytes, size_t at, uint32_t value) {
  for (size_t i = 0; i < 2; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (8 * i));
}
void Put32(Bytes& bytes, size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (8 * i));
}
uint32_t Get32(const Bytes& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value |= uint32_t{bytes[at + i]} << (8 * i);
  return value;
}
void Insert(Bytes& bytes, size_t at, const Bytes& what) {
  bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(at), what.begin(), what.end());
}
Bytes Joined(Bytes a, const Bytes& b) {
  Append(a, b);
  return a;
}

// ---- JPEG -----------------------------------------------------------------------------------------------------------

Bytes JpegOfFrame(uint8_t marker) {
  Bytes jpeg = drawing::EncodeJpeg(Scene());
  jpeg[SegmentOf(jpeg, 0xC0) + 1] = marker;
  return jpeg;
}

// The height is told behind the first scan only (T.81, B.2.5).
Bytes JpegWithLateHeight() {
  Bytes jpeg = drawing::EncodeJpeg(Scene());
  const size_t frame = SegmentOf(jpeg, 0xC0);
  const uint8_t high = jpeg[frame + 5], low = jpeg[frame + 6];
  jpeg[frame + 5] = jpeg[frame + 6] = 0;
  Insert(jpeg, jpeg.size() - 2, {0xFF, 0xDC, 0, 4, high, low});
  return jpeg;
}

// A directory whose successor is itself, and one whose entries all point at the directory.
Bytes LoopingExif() {
  Bytes exif = drawing::MakeExif({.make = "Example Optics"});
  const uint32_t directory = Get32(exif, 4);
  const size_t entries = exif[directory] | size_t{exif[directory + 1]} << 8;
  Put32(exif, directory + 2 + 12 * entries, directory);
  return exif;
}
Bytes ExifOfManyEntries() {
  Bytes exif = ToBytes(std::string_view("II*\0\x08\0\0\0\xFF\xFF", 10));
  for (int i = 0; i < 5'000; ++i) {
    Append16(exif, 0x8769);  // the EXIF directory
    Append16(exif, 4);
    Append32(exif, 0xFFFFFFFF);
    Append32(exif, 8);
  }
  return exif;
}

// 255 parts of a colour profile, 64 KiB each.
Bytes JpegWithHugeProfile() {
  Bytes segments;
  for (int i = 1; i <= 255; ++i) {
    Append(segments, Bytes{0xFF, 0xE2, 0xFF, 0xFF});
    Append(segments, ToBytes(std::string_view("ICC_PROFILE\0", 12)));
    segments.push_back(static_cast<uint8_t>(i));
    segments.push_back(255);
    segments.resize(segments.size() + 0xFFFF - 16);
  }
  Bytes jpeg = drawing::EncodeJpeg(Scene());
  Insert(jpeg, 2, segments);
  return jpeg;
}

// ---- PNG, TIFF, GIF, WebP -------------------------------------------------------------------------------------------

Bytes Chunk(std::string_view type, const Bytes& data) {
  Bytes chunk(4);
  Put32Big(chunk, 0, static_cast<uint32_t>(data.size()));
  Append(chunk, ToBytes(type));
  Append(chunk, data);
  const uint32_t crc = Crc32(ByteView(chunk).subspan(4));
  chunk.resize(chunk.size() + 4);
  Put32Big(chunk, chunk.size() - 4, crc);
  return chunk;
}
Bytes PngWith(const Bytes& chunks, const drawing::PngForm& form = {}) {
  Bytes png = drawing::EncodePng(Scene(), form);
  Insert(png, 33, chunks);
  return png;
}
// Says that it is an animation of four billion pictures.
Bytes PngThatMoves() {
  Bytes control(8);
  Put32Big(control, 0, 0xFFFFFFFF);
  Bytes frame(26);
  Put32Big(frame, 4, 96);
  Put32Big(frame, 8, 64);
  return PngWith(Joined(Chunk("acTL", control), Chunk("fcTL", frame)));
}
Bytes PngOfManyChunks() {
  Bytes chunks;
  const Bytes text = Chunk("tEXt", ToBytes(std::string_view("a\0b", 3)));
  for (int i = 0; i < 100'000; ++i) Append(chunks, text);
  return PngWith(chunks);
}
Bytes InterlacedPngWithWrongSum() {
  Bytes png = drawing::EncodePng(Scene(), {.interlaced = true});
  const size_t data = Find(png, "IDAT");
  png[data + 40] = static_cast<uint8_t>(png[data + 40] ^ 0xFF);
  return png;
}

size_t TiffEntry(const Bytes& tiff, uint32_t tag) {
  const uint32_t directory = Get32(tiff, 4);
  const size_t entries = tiff[directory] | size_t{tiff[directory + 1]} << 8;
  for (size_t at = directory + 2; at < directory + 2 + 12 * entries; at += 12) {
    if ((tiff[at] | uint32_t{tiff[at + 1]} << 8) == tag) return at;
  }
  CHECK(false);
  return 0;
}
Bytes LoopingTiff() {
  Bytes tiff = EncodeTiff(Scene());
  const uint32_t directory = Get32(tiff, 4);
  const size_t entries = tiff[directory] | size_t{tiff[directory + 1]} << 8;
  Put32(tiff, directory + 2 + 12 * entries, directory);
  return tiff;
}
Bytes TiffWith(uint32_t tag, size_t at, uint32_t value) {
  Bytes tiff = EncodeTiff(Scene());
  Put32(tiff, TiffEntry(tiff, tag) + at, value);
  return tiff;
}

Bytes GifOfManyFrames() {
  const Bytes one = drawing::EncodeGif({drawing::DrawScene(1, 64, 64)});
  const Bytes two = drawing::EncodeGif({drawing::DrawScene(1, 64, 64), drawing::DrawScene(1, 64, 64)});
  Bytes gif = Cut(one, one.size() - 1);
  const Bytes frame(two.begin() + static_cast<ptrdiff_t>(one.size()) - 1, two.end() - 1);
  for (int i = 0; i < 5'000; ++i) Append(gif, frame);
  gif.push_back(0x3B);
  return gif;
}
Bytes WebpOfWideCanvas() {
  Bytes webp = drawing::EncodeAnimatedWebp({Scene(), drawing::DrawScene(2, 96, 64)});
  std::fill_n(webp.begin() + static_cast<ptrdiff_t>(Find(webp, "VP8X")) + 12, 6, uint8_t{0xFF});
  return webp;
}

// ---- HEIF -----------------------------------------------------------------------------------------------------------

Bytes HeifWith(std::string_view box, size_t at, uint32_t value) {
  Bytes heif = drawing::EncodeHeif(Scene());
  Put32Big(heif, Find(heif, box) + at, value);
  return heif;
}

// ---- Videos ---------------------------------------------------------------------------------------------------------

Bytes Film(const VideoForm& form, uint32_t width = 96, uint32_t height = 64) {
  std::vector<drawing::Picture> film;
  for (size_t i = 0; i < 12; ++i) film.push_back(drawing::DrawScene(i / 4, width, height));
  return EncodeVideo(film, form);
}
Bytes FilmWith(std::string_view box, size_t at, uint32_t value) {
  Bytes film = Film({.frames_per_second = 4});
  Put32Big(film, Find(film, box) + at, value);
  return film;
}
Bytes FilmOfTwoSizes() {
  return Joined(Film({.container = "mpegts", .frames_per_second = 4}),
                Film({.container = "mpegts", .frames_per_second = 4}, 64, 48));
}
Bytes HalfOf(const Bytes& bytes) {
  return Cut(bytes, bytes.size() / 2);
}
Bytes FilmOfWideFrames() {
  Bytes film = Film({.frames_per_second = 4});
  Put32Big(film, Find(film, "avc1") + 28, 0xFFFFFFFF);  // width and height, as the container has them
  return film;
}

// ---- Archives, mail, documents --------------------------------------------------------------------------------------

Bytes ZipWithPassword() {
  Bytes zip = drawing::MakeZip({{"a.jpg", drawing::EncodeJpeg(Scene())}});
  Put16(zip, 6, zip[6] | 1U);
  const size_t directory = Find(zip, "PK\x01\x02");
  Put16(zip, directory + 8, zip[directory + 8] | 1U);
  return zip;
}
Bytes ZipOfLargeClaims() {
  Bytes zip = drawing::MakeZip({{"a", Bytes(500, 7)}});
  const size_t directory = Find(zip, "PK\x01\x02");
  Put32(zip, directory + 24, 0xFFFFFFFE);
  return zip;
}
Bytes TarOfLargeClaims() {
  Bytes tar = MakeArchive(Packing::kTar, {{"a", ToBytes("text")}});
  std::fill_n(tar.begin() + 124, 11, uint8_t{'7'});  // 8 GiB
  uint32_t sum = 0;
  std::fill_n(tar.begin() + 148, 8, uint8_t{' '});
  for (size_t i = 0; i < 512; ++i) sum += tar[i];
  char text[8];
  std::snprintf(text, sizeof(text), "%06o", sum);
  std::copy_n(text, 7, tar.begin() + 148);
  return tar;
}
Bytes NestedMail() {
  std::string text = "From: a@example.org\r\nDate: x\r\n";
  for (int i = 0; i < 300; ++i) {
    const std::string boundary = "b" + std::to_string(i);
    text += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
  }
  return ToBytes(text + "Content-Type: image/png; name=a.png\r\n\r\nx\r\n");
}
Bytes MailboxOfMany() {
  std::string text;
  for (int i = 0; i < 10'001; ++i)
    text += "From a@example.org Thu Jan  1 00:00:00 1970\nFrom: a@example.org\nSubject: x\n\nx\n\n";
  return ToBytes(text);
}
Bytes PdfOfManyStreams() {
  std::string text = "%PDF-1.7\n";
  for (int i = 0; i < 50'000; ++i) text += "1 0 obj<</Length 999999999>>stream\n";
  return ToBytes(text);
}

uint32_t Crc16(ByteView bytes) {
  uint32_t crc = 0;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? 0xA001U ^ (crc >> 1) : crc >> 1;
  }
  return crc;
}
// The name is said to be of a character set that the C library has a table for on disk.
Bytes LhaOfOtherLetters() {
  const Bytes content = ToBytes("text");
  const std::string_view name = "a.txt";
  Bytes header(2);  // of level 2; its length comes last
  Append(header, AsBytes("-lh0-"));
  Append32(header, static_cast<uint32_t>(content.size()));
  Append32(header, static_cast<uint32_t>(content.size()));
  Append32(header, 1'600'000'000);
  header.insert(header.end(), {0x20, 2});
  Append16(header, Crc16(content));
  header.push_back('U');
  Append16(header, 5);
  const size_t sum_at = header.size() + 1;
  header.insert(header.end(), {0x00, 0, 0});
  Append16(header, 7);
  header.push_back(0x46);
  Append32(header, 932);
  Append16(header, static_cast<uint32_t>(name.size()) + 3);
  header.push_back(0x01);
  Append(header, AsBytes(name));
  Append16(header, 0);
  header[0] = static_cast<uint8_t>(header.size());
  const uint32_t sum = Crc16(header);
  header[sum_at] = static_cast<uint8_t>(sum);
  header[sum_at + 1] = static_cast<uint8_t>(sum >> 8);
  Append(header, content);
  header.push_back(0);
  return header;
}

struct Case {
  std::string name;
  Bytes bytes;
  State state;
  Reason reason = Reason::kNone;
};

std::vector<Case> Cases() {
  const Bytes jpeg = drawing::EncodeJpeg(Scene());
  const Bytes zip = drawing::MakeZip({{"a", ToBytes("a")}});
  return {
      {"lossless JPEG", JpegOfFrame(0xC3), State::kUndecodable, Reason::kUnsupportedVariant},
      {"hierarchical JPEG", JpegOfFrame(0xC5), State::kUndecodable, Reason::kUnsupportedVariant},
      {"JPEG that says that it is arithmetic", JpegOfFrame(0xC9), State::kExamined},
      {"JPEG that tells its height last", JpegWithLateHeight(), State::kUndecodable, Reason::kDamagedHeader},
      {"EXIF that goes round", drawing::EncodeJpeg(Scene(), {.exif = LoopingExif()}), State::kExamined},
      {"EXIF of many entries", drawing::EncodeJpeg(Scene(), {.exif = ExifOfManyEntries()}), State::kExamined},
      {"JPEG with 16 MB of colour profile", JpegWithHugeProfile(), State::kExamined},
      {"PNG that says that it moves", PngThatMoves(), State::kExamined},
      {"PNG of 100,000 texts", PngOfManyChunks(), State::kExamined},
      {"interlaced PNG with a wrong sum", InterlacedPngWithWrongSum(), State::kUndecodable, Reason::kDamagedData},
      {"TIFF that goes round", LoopingTiff(), State::kExamined},
      {"TIFF of four billion strips", TiffWith(273, 4, 0xFFFFFFFF), State::kExamined},
      {"TIFF of 65,520 pixels a row", TiffWith(256, 8, 0xFFF0), State::kUndecodable, Reason::kEndedEarly},
      {"GIF of 5,000 frames", GifOfManyFrames(), State::kExamined},
      {"WebP of 16,777,216 x 16,777,216", WebpOfWideCanvas(), State::kUndecodable, Reason::kDamagedHeader},
      {"HEIC of 2,147,483,647 x 64", HeifWith("ispe", 8, 0x7FFFFFFF), State::kLimitExceeded, Reason::kPixelLimit},
      {"HEIC whose data lie beyond it", HeifWith("iloc", 20, 0x7FFFFFFF), State::kUndecodable, Reason::kDamagedHeader},
      {"HEIC cut in half", HalfOf(drawing::EncodeHeif(Scene())), State::kUndecodable, Reason::kEndedEarly},
      {"MPEG-TS whose frames change their size", FilmOfTwoSizes(), State::kTruncated, Reason::kDamagedData},
      {"MP4 of 65,535 x 65,535, as its container has it", FilmOfWideFrames(), State::kExamined},
      {"MP4 whose frames last no time", FilmWith("stts", 16, 0), State::kExamined},
      {"MKV cut in half", HalfOf(Film({.container = "matroska"})), State::kTruncated, Reason::kEndedEarly},
      {"WebM cut in half", HalfOf(Film({.container = "webm", .codec = "libvpx"})), State::kTruncated,
       Reason::kEndedEarly},
      {"AVI cut in half", HalfOf(Film({.container = "avi", .codec = "mpeg4"})), State::kTruncated, Reason::kEndedEarly},
      {"ZIP that only a password opens", ZipWithPassword(), State::kUndecodable, Reason::kEncrypted},
      {"ZIP that claims 4 GB", ZipOfLargeClaims(), State::kExamined},
      {"tar that claims 8 GiB", TarOfLargeClaims(), State::kTruncated, Reason::kEndedEarly},
      {"LHA whose names are of other letters", LhaOfOtherLetters(), State::kExamined},
      {"mail of 300 levels", NestedMail(), State::kLimitExceeded, Reason::kNestingLimit},
      {"mailbox of 10,001 messages", MailboxOfMany(), State::kLimitExceeded, Reason::kEntryLimit},
      {"PDF of 50,000 streams without an end", PdfOfManyStreams(), State::kTruncated, Reason::kEndedEarly},
      {"PDF with a ZIP behind it", Joined(drawing::MakePdf({jpeg}), zip), State::kExamined},
  };
}

TEST(CraftedForms, EachHasItsNamedVerdictAndTheHonestOnesBetweenThemAreUnharmed) {
  const std::vector<Case> all = Cases();
  const Bytes honest = drawing::EncodePng(Scene());
  std::vector<Bytes> files;
  for (const Case& one : all) {
    files.push_back(honest);
    files.push_back(one.bytes);
  }
  const auto examiner = StartExaminer({.program = ShippedProgram(), .workers = 2});
  ASSERT_NE(examiner, nullptr);
  const auto facts = ExamineAll(*examiner, files);
  ASSERT_TRUE(facts.has_value()) << facts.error().message;
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ((*facts)[2 * i].state, State::kExamined);
    const FileFacts& one = (*facts)[2 * i + 1];
    EXPECT_TRUE(one.state == all[i].state && one.reason == all[i].reason)
        << all[i].name << ": " << MimeType(one.kind) << " " << Name(one.state) << " " << Name(one.reason) << " "
        << one.frames << " frames, " << one.members.size() << " members";
  }
}

// A flag, a size or a claim must not be enough to keep a fingerprint from being taken.
TEST(CraftedForms, WhatCanStillBeSeenIsFingerprinted) {
  const auto examiner = StartExaminer({.program = ShippedProgram(), .workers = 1});
  ASSERT_NE(examiner, nullptr);
  const auto facts = [&](const Bytes& bytes) { return examiner->ExamineOne(bytes).value_or(FileFacts{}); };
  const auto plain = facts(drawing::EncodePng(Scene()));
  const auto moving = facts(PngThatMoves());
  EXPECT_EQ(moving.pdq, plain.pdq);
  EXPECT_EQ(moving.frames, 1U);
  EXPECT_EQ(facts(PngOfManyChunks()).pdq, plain.pdq);
  EXPECT_EQ(facts(JpegWithHugeProfile()).pdq, facts(drawing::EncodeJpeg(Scene())).pdq);
  EXPECT_EQ(facts(FilmOfWideFrames()).video_frames.size(), 3U);
  EXPECT_EQ(facts(FilmOfTwoSizes()).video_frames.size(), 6U);
  EXPECT_GT(facts(HalfOf(Film({.container = "matroska"}))).video_frames.size(), 0U);
  EXPECT_EQ(
      facts(Joined(drawing::MakePdf({drawing::EncodeJpeg(Scene())}), drawing::MakeZip({{"a", {}}}))).members.size(),
      2U);
}

TEST(CraftedForms, NamesThatReadBackwardsAreToldAndAPasswordIsNamed) {
  const auto examiner = StartExaminer({.program = ShippedProgram(), .workers = 1});
  ASSERT_NE(examiner, nullptr);
  const Bytes zip = drawing::MakeZip({{"holiday\xE2\x80\xAEgpj.exe", ToBytes("x")},
                                      {"\xE2\x81\xA7"
                                       "a.jpg",
                                       ToBytes("x")},
                                      {"caf\xC3\xA9 \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D.jpg", ToBytes("x")}});
  const auto names = examiner->ExamineOne(zip);
  ASSERT_TRUE(names.has_value());
  ASSERT_EQ(names->members.size(), 3U);
  EXPECT_TRUE(names->members[0].name_escapes);
  EXPECT_TRUE(names->members[1].name_escapes);
  EXPECT_FALSE(names->members[2].name_escapes);  // Hebrew needs no such sign

  const Bytes locked = ZipWithPassword();
  const auto facts = examiner->ExamineOne(locked);
  ASSERT_TRUE(facts.has_value());
  ASSERT_EQ(facts->members.size(), 1U);
  EXPECT_TRUE(facts->members[0].encrypted);
}

}  // namespace
}  // namespace crossguard::examine
