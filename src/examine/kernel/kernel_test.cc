#include <gtest/gtest.h>

#include <random>

#include "drawing/drawing.h"
#include "examine/kernel/answer.h"
#include "examine/kernel/archive.h"
#include "examine/kernel/decode.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/exif.h"
#include "examine/kernel/kind.h"
#include "examine/kernel/pdq.h"

namespace crossguard::examine {
namespace {

using drawing::Picture;

FileFacts Examine(const Bytes& bytes, uint32_t depth = 0) {
  return ExamineBytes(bytes, bytes.size(), depth, Limits{});
}

TEST(WarmUp, EveryBuiltInSampleGivesItsFacts) {
  EXPECT_TRUE(WarmUp());
}

TEST(Kind, IsReadFromTheContentAlone) {
  const auto of = [](std::string_view text) { return DetectKind(AsBytes(text)); };
  using namespace std::string_view_literals;
  EXPECT_EQ(of("\xFF\xD8\xFF\xE0rest"), Kind::kJpeg);
  EXPECT_EQ(of("%PDF-1.7\n"), Kind::kPdf);
  EXPECT_EQ(of("\0\0\0\x18"
               "ftypisom\0\0\0\0"sv),
            Kind::kMp4);
  EXPECT_EQ(of("\0\0\0\x18"
               "ftypqt  \0\0\0\0"sv),
            Kind::kMov);
  EXPECT_EQ(of("\0\0\0\x18"
               "ftypheic\0\0\0\0"sv),
            Kind::kHeic);
  EXPECT_EQ(of("II*\0\x08\0\0\0"sv), Kind::kTiff);
  EXPECT_EQ(of("BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"sv), Kind::kBmp);
  EXPECT_EQ(of("BMW drives to the lake."), Kind::kText);
  EXPECT_EQ(of("plain words, ümlaut"), Kind::kText);
  EXPECT_EQ(of("<!DOCTYPE html><p>"), Kind::kHtml);
  EXPECT_EQ(of("<?xml version='1.0'?><svg/>"), Kind::kSvg);
  EXPECT_EQ(of("<?xml version='1.0'?><report/>"), Kind::kXml);
  EXPECT_EQ(of("\x01\x02\x03\x04\xFE"), Kind::kUnknown);
  EXPECT_EQ(of(""), Kind::kUnknown);
  EXPECT_EQ(of("\xFF"), Kind::kUnknown);
}

TEST(Kind, BareStreamsAndOldArchivesAreTold) {
  const auto of = [](std::string_view text) { return DetectKind(AsBytes(text)); };
  using namespace std::string_view_literals;
  EXPECT_EQ(of("\0\0\0\x01\x67\x42\xC0\x1E\xDA\x02"sv), Kind::kH264);
  EXPECT_EQ(of("\0\0\x01\x09\xF0\0\0\x01\x67\x64"sv), Kind::kH264);
  EXPECT_EQ(of("\0\0\0\x01\x40\x01\x0C\x01\xFF\xFF"sv), Kind::kHevc);
  EXPECT_EQ(of("\0\0\x01\xBA\x44\0\x04\0\x04\x01"sv), Kind::kMpeg);
  EXPECT_EQ(of("\0\0\0\x01\x67\x01\x01\x01\x01\x01"sv), Kind::kUnknown) << "no profile";
  EXPECT_EQ(of("DKIF\0\0\x20\0VP80"sv), Kind::kIvf);

  std::string tar(1024, '\0');
  tar.replace(0, 5, "a.jpg");
  tar.replace(100, 7, "0000644");
  tar.replace(124, 11, "00000000000");
  uint32_t sum = 8 * ' ';
  for (const char c : tar) sum += static_cast<unsigned char>(c);
  char octal[8];
  std::snprintf(octal, sizeof octal, "%06o", sum);
  tar.replace(148, 6, octal);
  EXPECT_EQ(of(tar), Kind::kTar);
  tar[0] = 'b';
  EXPECT_EQ(of(tar), Kind::kUnknown) << "the sum is another";
}

TEST(Kind, ATransportStreamIsToldBehindWhatIsNotOne) {
  std::string stream(7, '\xFF');  // cut within a packet, the sync byte of the next one follows
  for (int i = 0; i < 14; ++i) stream += std::string("G\x01\x00\x10", 4) + std::string(184, '\xF3');
  EXPECT_EQ(DetectKind(AsBytes(stream)), Kind::kMpegTs);
  EXPECT_EQ(DetectKind(AsBytes(std::string(5000, '\xF1') + stream)), Kind::kMpegTs);
  stream[7 + 188 * 6] = 'H';
  EXPECT_EQ(DetectKind(AsBytes(stream)), Kind::kUnknown);
}

TEST(Decode, EveryFormOfAPictureGivesNearlyTheSameFingerprint) {
  const Picture picture = drawing::DrawScene(1, 300, 200);
  const FileFacts plain = Examine(drawing::EncodePng(picture));
  ASSERT_EQ(plain.state, State::kExamined);
  const std::vector<std::pair<std::string, Bytes>> forms{
      {"jpeg", drawing::EncodeJpeg(picture)},
      {"progressive", drawing::EncodeJpeg(picture, {.progressive = true})},
      {"cmyk", drawing::EncodeJpeg(picture, {.quality = 95, .components = 4})},
      {"interlaced png", drawing::EncodePng(picture, {.interlaced = true})},
      {"16-bit png", drawing::EncodePng(picture, {.bit_depth = 16})},
      {"rgba png", drawing::EncodePng(picture, {.colour_type = 6})},
      {"rgba 16-bit interlaced png",
       drawing::EncodePng(picture, {.bit_depth = 16, .colour_type = 6, .interlaced = true})},
      {"webp", drawing::EncodeWebp(picture)},
      {"lossless webp", drawing::EncodeWebp(picture, true)},
      {"animated webp", drawing::EncodeAnimatedWebp({picture, drawing::DrawScene(2, 300, 200)})},
      {"gif", drawing::EncodeGif({picture})},
      {"interlaced animated gif", drawing::EncodeGif({picture, drawing::DrawScene(3, 300, 200)}, true)},
  };
  for (const auto& [name, bytes] : forms) {
    const FileFacts facts = Examine(bytes);
    EXPECT_EQ(facts.state, State::kExamined) << name << " " << Name(facts.reason);
    EXPECT_EQ(facts.width, 300U) << name;
    EXPECT_EQ(facts.height, 200U) << name;
    EXPECT_EQ(facts.frames, name.find("animated") == std::string::npos ? 1U : 2U) << name;
    ASSERT_TRUE(facts.pdq.has_value()) << name;
    EXPECT_LE(Distance(*facts.pdq, *plain.pdq), name.find("gif") == std::string::npos ? 10 : 30) << name;
  }
  for (const auto& name :
       {"interlaced png", "16-bit png", "rgba png", "rgba 16-bit interlaced png", "lossless webp", "animated webp"}) {
    for (const auto& [form, bytes] : forms) {
      if (form == name) {
        EXPECT_EQ(Examine(bytes).pdq, plain.pdq) << form << ": the same pixels";
      }
    }
  }
}

TEST(Decode, GreyPaletteAndShallowPicturesAreOpened) {
  const Picture picture = drawing::DrawScene(4, 120, 90);
  const FileFacts grey = Examine(drawing::EncodePng(picture, {.colour_type = 0}));
  EXPECT_EQ(Examine(drawing::EncodePng(picture, {.colour_type = 4})).pdq, grey.pdq);
  EXPECT_EQ(Examine(drawing::EncodePng(picture, {.bit_depth = 16, .colour_type = 0, .interlaced = true})).pdq,
            grey.pdq);
  EXPECT_LE(Distance(*Examine(drawing::EncodeJpeg(picture, {.quality = 95, .components = 1})).pdq, *grey.pdq), 10);
  for (const int depth : {1, 2, 4, 8}) {
    for (const int type : {0, 3}) {
      for (const bool interlaced : {false, true}) {
        const FileFacts facts =
            Examine(drawing::EncodePng(picture, {.bit_depth = depth, .colour_type = type, .interlaced = interlaced}));
        EXPECT_EQ(facts.state, State::kExamined) << depth << " " << type;
        EXPECT_TRUE(facts.pdq.has_value());
      }
    }
  }
}

TEST(Decode, ThinPicturesAreExaminedWithoutQuality) {
  for (const auto& [width, height] : {std::pair{1U, 2000U}, {2000U, 1U}, {1U, 1U}, {3U, 3U}}) {
    const Picture picture = drawing::DrawScene(5, width, height);
    for (const Bytes& bytes :
         {drawing::EncodeJpeg(picture), drawing::EncodePng(picture), drawing::EncodePng(picture, {.interlaced = true}),
          drawing::EncodeWebp(picture), drawing::EncodeGif({picture})}) {
      const FileFacts facts = Examine(bytes);
      EXPECT_EQ(facts.state, State::kExamined) << MimeType(facts.kind) << Name(facts.reason);
      EXPECT_EQ(facts.width, width);
      EXPECT_TRUE(facts.pdq.has_value());
    }
  }
}

TEST(Decode, AHalfPictureIsDecodedAsFarAsItGoesAndSaysSo) {
  const Picture picture = drawing::DrawScene(6, 640, 480);
  for (Bytes bytes :
       {drawing::EncodeJpeg(picture), drawing::EncodeJpeg(picture, {.progressive = true}), drawing::EncodePng(picture),
        drawing::EncodePng(picture, {.interlaced = true}), drawing::EncodeWebp(picture),
        drawing::EncodeWebp(picture, true), drawing::EncodeGif({picture})}) {
    bytes.resize(bytes.size() / 2);
    const FileFacts facts = Examine(bytes);
    EXPECT_EQ(facts.state, State::kTruncated) << MimeType(facts.kind);
    EXPECT_EQ(facts.reason, Reason::kEndedEarly) << MimeType(facts.kind) << " " << Name(facts.reason);
    EXPECT_EQ(facts.width, 640U);
    EXPECT_EQ(facts.height, 480U);
    EXPECT_TRUE(facts.pdq.has_value());
  }
}

TEST(Decode, EveryPrefixOfAFileGivesAStateThatFits) {
  const Picture picture = drawing::DrawScene(7, 40, 30);
  for (const Bytes& whole : {drawing::EncodeJpeg(picture), drawing::EncodePng(picture), drawing::EncodeWebp(picture),
                             drawing::EncodeAnimatedWebp({picture, drawing::DrawScene(8, 40, 30)}),
                             drawing::EncodeGif({picture}), drawing::MakeZip({{"a", picture.rgb}})}) {
    for (size_t size = 0; size < whole.size(); size += 1 + size / 40) {
      const FileFacts facts = Examine(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)));
      EXPECT_NE(facts.state, State::kExamined) << MimeType(facts.kind) << " cut to " << size << " of " << whole.size();
    }
    EXPECT_EQ(Examine(whole).state, State::kExamined);
  }
}

TEST(Decode, DamageInsideAJpegIsMarked) {
  Bytes bytes = drawing::EncodeJpeg(drawing::DrawScene(9, 640, 480));
  for (size_t i = bytes.size() / 3; i < bytes.size() / 3 + 200; ++i) bytes[i] = 0xAA;
  const FileFacts facts = Examine(bytes);
  EXPECT_EQ(facts.state, State::kTruncated);
  EXPECT_EQ(facts.reason, Reason::kDamagedData);
}

Bytes PngHeader(uint32_t width, uint32_t height) {
  Bytes bytes = drawing::EncodePng(drawing::DrawScene(1, 8, 8));
  const auto put = [&](size_t at, uint32_t value) {
    for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (24 - 8 * i));
  };
  put(16, width);
  put(20, height);
  uint32_t crc = 0xFFFFFFFFU;  // of "IHDR" and its 13 bytes, as in the PNG specification
  for (size_t i = 12; i < 29; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? 0xEDB88320U ^ (crc >> 1) : crc >> 1;
  }
  put(29, ~crc);
  return bytes;
}

TEST(Decode, ImpossibleAndHugeDimensionsAreRefusedByTheHeader) {
  EXPECT_EQ(Examine(PngHeader(100'000, 100'000)).reason, Reason::kPixelLimit);
  EXPECT_EQ(Examine(PngHeader(100'000, 100'000)).state, State::kLimitExceeded);
  EXPECT_EQ(Examine(PngHeader(100'000, 100'000)).width, 100'000U);
  EXPECT_EQ(Examine(PngHeader(0, 10)).state, State::kUndecodable);
  EXPECT_EQ(Examine(PngHeader(290'000'000, 1)).reason, Reason::kMemoryLimit);
  Bytes gif = drawing::EncodeGif({drawing::DrawScene(1, 8, 8)});
  for (size_t i = 6; i < 10; ++i) gif[i] = 0xFF;
  EXPECT_EQ(Examine(gif).reason, Reason::kPixelLimit);
  Bytes jpeg = drawing::EncodeJpeg(drawing::DrawScene(1, 8, 8), {.progressive = true});
  for (size_t i = 2; i + 9 < jpeg.size(); ++i) {
    if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC2) {
      for (size_t k = 5; k < 9; ++k) jpeg[i + k] = 0xFF;  // 65535 x 65535
      break;
    }
  }
  EXPECT_EQ(Examine(jpeg).state, State::kLimitExceeded);
}

TEST(Decode, AProgressivePictureWithTooManyScansIsRefused) {
  Bytes jpeg = drawing::EncodeJpeg(drawing::DrawScene(1, 64, 64), {.progressive = true});
  size_t scan = 0;  // the last scan, repeated
  for (size_t i = 0; i + 1 < jpeg.size(); ++i) {
    if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xDA) scan = i;
  }
  ASSERT_NE(scan, 0U);
  const Bytes last(jpeg.begin() + static_cast<ptrdiff_t>(scan), jpeg.end() - 2);
  Bytes bomb(jpeg.begin(), jpeg.end() - 2);
  for (int i = 0; i < 300; ++i) bomb.insert(bomb.end(), last.begin(), last.end());
  bomb.push_back(0xFF);
  bomb.push_back(0xD9);
  const FileFacts facts = Examine(bomb);
  EXPECT_EQ(facts.state, State::kLimitExceeded);
  EXPECT_EQ(facts.reason, Reason::kScanLimit);
}

TEST(Examine, MislabelledAndForeignContentIsNamedNotOpened) {
  EXPECT_EQ(Examine(ToBytes("a text that was called picture.jpg")).state, State::kUnsupportedKind);
  EXPECT_EQ(Examine(ToBytes("<svg onload='x'/>")).kind, Kind::kSvg);
  const Bytes jpeg = drawing::EncodeJpeg(drawing::DrawScene(1, 16, 16));
  EXPECT_EQ(ExamineBytes(jpeg, jpeg.size() + 1, 0, Limits{}).reason, Reason::kFileSizeLimit);
  EXPECT_EQ(Examine({0xFF, 0xD8, 0xFF}).state, State::kUndecodable);
}

const drawing::ExifForm kForm{.make = "Example Optics",
                              .model = "EO-1 Ω",
                              .serial = "SN000123",
                              .software = "edit 2.1",
                              .taken_at = "2021:07:04 18:22:31",
                              .utc_offset = "+02:00",
                              .orientation = 6,
                              .latitude = -33.8567844,
                              .longitude = 151.2152967};

TEST(Exif, FactsAreReadFromEachContainerInEitherByteOrder) {
  const Picture picture = drawing::DrawScene(1, 40, 30);
  for (const bool big : {false, true}) {
    drawing::ExifForm form = kForm;
    form.big_endian = big;
    for (const Bytes& bytes : {drawing::EncodeJpeg(picture, {.exif = drawing::MakeExif(form)}),
                               drawing::EncodePng(picture, {.exif = drawing::MakeExif(form)})}) {
      const ExifFacts exif = Examine(bytes).exif;
      EXPECT_EQ(exif.make, form.make);
      EXPECT_EQ(exif.model, form.model);
      EXPECT_EQ(exif.serial, form.serial);
      EXPECT_EQ(exif.software, form.software);
      EXPECT_EQ(exif.taken_at, form.taken_at);
      EXPECT_EQ(exif.utc_offset, form.utc_offset);
      EXPECT_EQ(exif.orientation, 6);
      ASSERT_TRUE(exif.latitude && exif.longitude);
      EXPECT_NEAR(*exif.latitude, form.latitude, 1e-6);
      EXPECT_NEAR(*exif.longitude, form.longitude, 1e-6);
    }
  }
}

TEST(Exif, AHostileBlockGivesNothingWrong) {
  const Bytes tiff = drawing::MakeExif(kForm);
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    Bytes mutant = tiff;
    for (size_t edits = 1 + random() % 4; edits > 0; --edits)
      mutant[random() % mutant.size()] = static_cast<uint8_t>(random());
    if (random() % 4 == 0) mutant.resize(random() % mutant.size());
    const ExifFacts facts = ReadTiff(mutant);
    FileFacts file{.state = State::kUndecodable, .reason = Reason::kDamagedData, .kind = Kind::kJpeg, .exif = facts};
    const Answer answer = ToAnswer(file);
    const auto back = ReadAnswer({reinterpret_cast<const uint8_t*>(&answer), sizeof(answer)}, {}, Limits{});
    ASSERT_TRUE(back.has_value());
    ASSERT_EQ(*back, file);
  }
}

TEST(Exif, AnUnsetTimeIsNoTime) {
  drawing::ExifForm form = kForm;
  form.taken_at = "0000:00:00 00:00:00";
  EXPECT_EQ(ReadTiff(drawing::MakeExif(form)).taken_at, "");
  form.taken_at = "yesterday at six pm";
  EXPECT_EQ(ReadTiff(drawing::MakeExif(form)).taken_at, "");
}

TEST(Archive, MembersAreListedByIndexAndNamesAreData) {
  const Bytes content = ToBytes("content");
  const FileFacts facts = Examine(drawing::MakeZip({{"a.txt", content},
                                                    {"../../etc/passwd", content},
                                                    {"/abs", content},
                                                    {"dir\\..\\up", content},
                                                    {"C:evil", content},
                                                    {"new\nline", content},
                                                    {"caf\xC3\xA9.jpg", content}}));
  ASSERT_EQ(facts.state, State::kExamined) << Name(facts.reason);
  ASSERT_EQ(facts.members.size(), 7U);
  const std::vector<bool> escapes{false, true, true, true, true, true, false};
  for (size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(facts.members[i].index, i);
    EXPECT_EQ(facts.members[i].name_escapes, escapes[i]) << facts.members[i].name;
    EXPECT_TRUE(IsUtf8(facts.members[i].name));
    EXPECT_TRUE(facts.members[i].is_file);
  }
  EXPECT_EQ(facts.members[1].name, "../../etc/passwd");
  EXPECT_EQ(facts.members[6].name, "caf\xC3\xA9.jpg");
}

struct Unpacked {
  std::vector<Bytes> members;
  std::vector<Verdict> verdicts;
  Verdict verdict;
};
Unpacked Unpack(const Bytes& archive, uint32_t first, uint32_t count, const Limits& limits = {}) {
  Unpacked out;
  Bytes current;
  out.verdict = UnpackArchive(archive, limits, first, count,
                              {.data =
                                   [&](uint32_t, ByteView chunk) {
                                     current.insert(current.end(), chunk.begin(), chunk.end());
                                     return true;
                                   },
                               .end =
                                   [&](uint32_t, Verdict verdict) {
                                     out.members.push_back(std::move(current));
                                     current.clear();
                                     out.verdicts.push_back(verdict);
                                     return true;
                                   }});
  return out;
}

TEST(Archive, WhatWasPackedComesOutAgain) {
  std::mt19937_64 random(1);
  Bytes big(300'000);
  for (uint8_t& byte : big) byte = static_cast<uint8_t>(random());
  const Bytes zip = drawing::MakeZip({{"one", ToBytes("1")}, {"big", big}, {"empty", {}}});
  const Unpacked all = Unpack(zip, 0, 100);
  ASSERT_EQ(all.members.size(), 3U);
  EXPECT_EQ(all.members[0], ToBytes("1"));
  EXPECT_EQ(all.members[1], big);
  EXPECT_TRUE(all.members[2].empty());
  const Unpacked one = Unpack(zip, 1, 1);
  ASSERT_EQ(one.members.size(), 1U);
  EXPECT_EQ(one.members[0], big);
}

TEST(Archive, ABombIsNamedWhenListedAndStoppedWhenUnpacked) {
  const Bytes bomb = drawing::MakeZipOfZeros(uint64_t{50} << 20);
  ASSERT_LT(bomb.size(), 200'000U);
  EXPECT_EQ(Examine(bomb).state, State::kLimitExceeded);
  EXPECT_EQ(Examine(bomb).reason, Reason::kRatioLimit);
  const Unpacked out = Unpack(bomb, 0, 1);
  ASSERT_EQ(out.verdicts.size(), 1U);
  EXPECT_EQ(out.verdicts[0].reason, Reason::kRatioLimit);
  EXPECT_LE(out.members[0].size(), bomb.size() * 101 + (1 << 20));
  Limits small;
  small.member_bytes_max = 1000;
  EXPECT_EQ(Unpack(drawing::MakeZip({{"a", Bytes(5000)}}), 0, 1, small).verdicts[0].reason, Reason::kMemberLimit);
}

TEST(Archive, TooManyEntriesAndTooDeepAreLimits) {
  std::vector<std::pair<std::string, Bytes>> many;
  for (int i = 0; i < 10'500; ++i) many.emplace_back("m" + std::to_string(i), Bytes{});
  const FileFacts facts = Examine(drawing::MakeZip(many, true));
  EXPECT_EQ(facts.state, State::kLimitExceeded);
  EXPECT_EQ(facts.reason, Reason::kEntryLimit);
  EXPECT_EQ(facts.members.size(), 10'000U);
  const Bytes zip = drawing::MakeZip({{"inner.zip", drawing::MakeZip({{"a", Bytes(3)}})}});
  EXPECT_EQ(Examine(zip, 4).state, State::kExamined);
  EXPECT_EQ(Examine(zip, 5).reason, Reason::kNestingLimit);
}

TEST(Archive, AnEncryptedMemberIsNamedAsSuch) {
  Bytes zip = drawing::MakeZip({{"secret", ToBytes("abcdefghijklmnop")}}, true);
  // Sets bit 0 of the flags in the local and in the central header: what an encrypting writer does.
  for (size_t i = 0; i + 10 < zip.size(); ++i) {
    if (zip[i] == 'P' && zip[i + 1] == 'K' && zip[i + 2] == 3 && zip[i + 3] == 4) zip[i + 6] |= 1;
    if (zip[i] == 'P' && zip[i + 1] == 'K' && zip[i + 2] == 1 && zip[i + 3] == 2) zip[i + 8] |= 1;
  }
  const FileFacts facts = Examine(zip);
  ASSERT_EQ(facts.members.size(), 1U);
  EXPECT_TRUE(facts.members[0].encrypted);
  EXPECT_EQ(Unpack(zip, 0, 1).verdicts.at(0).reason, Reason::kEncrypted);
}

TEST(Answer, SurvivesTheWayOutOfTheJail) {
  FileFacts facts = Examine(drawing::EncodeJpeg(drawing::DrawScene(1, 64, 48), {.exif = drawing::MakeExif(kForm)}));
  const Answer answer = ToAnswer(facts);
  const auto back = ReadAnswer({reinterpret_cast<const uint8_t*>(&answer), sizeof(answer)}, {}, Limits{});
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(*back, facts);
}

TEST(Answer, WhatTheJailMayNotSayIsRefused) {
  const FileFacts facts = Examine(drawing::EncodePng(drawing::DrawScene(1, 64, 48)));
  const Answer good = ToAnswer(facts);
  const auto refused = [&](auto change) {
    Answer answer = good;
    change(answer);
    return !ReadAnswer({reinterpret_cast<const uint8_t*>(&answer), sizeof(answer)}, {}, Limits{}).has_value();
  };
  EXPECT_FALSE(refused([](Answer&) {}));
  EXPECT_TRUE(refused([](Answer& a) { a.state = 0; }));
  EXPECT_TRUE(refused([](Answer& a) { a.state = static_cast<uint8_t>(State::kCrashed); }));
  EXPECT_TRUE(refused([](Answer& a) { a.state = static_cast<uint8_t>(State::kEmpty); }));
  EXPECT_TRUE(refused([](Answer& a) { a.state = 200; }));
  EXPECT_TRUE(refused([](Answer& a) { a.reason = 200; }));
  EXPECT_TRUE(refused([](Answer& a) { a.kind = 250; }));
  EXPECT_TRUE(refused([](Answer& a) { a.kind = static_cast<uint8_t>(Kind::kText); }));
  EXPECT_TRUE(refused([](Answer& a) { a.has_pdq = 0; }));
  EXPECT_TRUE(refused([](Answer& a) { a.has_pdq = 7; }));
  EXPECT_TRUE(refused([](Answer& a) { a.pdq_quality = 101; }));
  EXPECT_TRUE(refused([](Answer& a) { a.pdq_quality = -1; }));
  EXPECT_TRUE(refused([](Answer& a) { a.width = 0; }));
  EXPECT_TRUE(refused([](Answer& a) { a.width = 4'000'000'000U; }));
  EXPECT_TRUE(refused([](Answer& a) { a.has_position = 1, a.latitude = 91; }));
  EXPECT_TRUE(refused([](Answer& a) { a.has_position = 1, a.longitude = std::numeric_limits<double>::quiet_NaN(); }));
  EXPECT_TRUE(refused([](Answer& a) { a.orientation = 9; }));
  EXPECT_TRUE(refused([](Answer& a) { a.text_lengths[0] = 65; }));
  EXPECT_TRUE(refused([](Answer& a) { a.text_lengths[0] = 1, a.texts[0][0] = '\n'; }));
  EXPECT_TRUE(refused([](Answer& a) { a.text_lengths[0] = 1, a.texts[0][0] = '\xFF'; }));
  EXPECT_TRUE(refused([](Answer& a) { a.members = 3; }));
  EXPECT_FALSE(ReadAnswer(ByteView{}, {}, Limits{}).has_value());
}

TEST(Answer, MemberRecordsSurviveInSeveralMessages) {
  std::vector<ArchiveMember> members;
  for (uint32_t i = 0; i < 3000; ++i) {
    members.push_back({.index = i,
                       .name = std::string(i % 200, 'n'),
                       .size_bytes = i * 7ULL,
                       .size_known = i % 2 == 0,
                       .is_file = true,
                       .encrypted = i % 3 == 0,
                       .name_escapes = i % 5 == 0});
  }
  std::vector<ArchiveMember> back;
  size_t messages = 0;
  for (size_t from = 0; from < members.size(); ++messages) {
    Bytes body;
    from += PackMembers(members, from, body);
    ASSERT_LE(body.size(), kBodyBytesMax);
    ASSERT_TRUE(ReadMembers(body, Limits{}, back).has_value());
  }
  EXPECT_GT(messages, 1U);
  EXPECT_EQ(back, members);
}

}  // namespace
}  // namespace crossguard::examine
