// The rarer containers of video and the rarer archives, locked videos and covers beside sound.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "drawing/drawing.h"
#include "examine/kernel/archive.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/kind.h"
#include "examine/kernel/other_video.h"
#include "examine/kernel/pdq.h"
#include "examine/kernel/testing_kinds.h"
#include "examine/kernel/testing_support.h"

extern "C" {
#include <libavformat/avformat.h>
}

namespace crossguard::examine {
namespace {

using namespace std::string_view_literals;
using testing::ExpectSameFrames;
using testing::Film;
using testing::Noise;
using testing::Unpack;

FileFacts Examine(const Bytes& bytes) {
  return ExamineBytes(bytes, bytes.size(), 0, Limits{});
}

// libavformat finds out by itself what the judge's files are: that our mark says the same is judged too.
TEST(RareVideo, TheFramesOfTheRarerContainersAreThoseOfDecodingEverything) {
  std::vector<testing::RareVideo> videos = testing::RareVideos(Film(60, 6));
  // Where an end is counted as a frame, one more would be wanted; and of a short film the end comes with the beginning.
  for (const size_t frames : {25U, 12U})
    std::ranges::move(testing::RareVideos(Film(frames, 6)), std::back_inserter(videos));
  for (const testing::RareVideo& video : videos) {
    const std::string name = video.demuxer + " " + std::to_string(video.bytes.size());
    const FileFacts facts = Examine(video.bytes);
    EXPECT_EQ(facts.kind, video.kind) << name << " " << MimeType(facts.kind);
    EXPECT_EQ(facts.state, State::kExamined) << name << " " << Name(facts.reason);
    EXPECT_EQ(facts.width, 128U) << name;
    EXPECT_EQ(facts.height, 96U) << name;
    ASSERT_TRUE(facts.video.has_value()) << name;
    EXPECT_EQ(facts.video->container, video.demuxer);
    EXPECT_FALSE(facts.video_frames.empty()) << name;
    ExpectSameFrames(facts, testing::JudgeVideo(video.bytes, facts.video->frame_rate), name);
  }
}

TEST(RareVideo, TelevisionsOwnSizesAndGamesAreLookedInto) {
  const Bytes gxf =
      testing::EncodeVideo(Film(30, 6, 720, 576), {.container = "gxf", .codec = "mpeg2video", .frames_per_second = 25});
  const FileFacts facts = Examine(gxf);
  EXPECT_EQ(facts.kind, Kind::kOtherVideo);
  EXPECT_EQ(facts.state, State::kExamined) << Name(facts.reason);
  ASSERT_TRUE(facts.video.has_value());
  EXPECT_EQ(facts.video->container, "gxf");
  ExpectSameFrames(facts, testing::JudgeVideo(gxf, facts.video->frame_rate), "gxf");
}

TEST(RareVideo, MarksAreToldFromTextsAndFromOneAnother) {
  const auto of = [](std::string_view text) { return OtherVideoFormat(text); };
  EXPECT_STREQ(of("BIKi\0\x10\0\0\x05\0\0\0\0\x10\0\0\x05\0\0\0\x40\x01\0\0\xC8\0\0\0"sv), "bink");
  EXPECT_EQ(of("BIKini or swimming trunks, that is the question."), nullptr);
  EXPECT_STREQ(of("RIFF\0\0\0\0AMV LIST"sv), "avi");
  EXPECT_STREQ(of("FORM\0\0\0\0WVQAVQHD"sv), "wsvqa");
  EXPECT_EQ(of("FORM\0\0\0\0ILBMBMHD"sv), nullptr);
  EXPECT_EQ(of("DAHUA makes recorders."), nullptr);
  EXPECT_EQ(of("--\nContent-Type: text/plain\n\n"), nullptr);
  EXPECT_EQ(of(""), nullptr);
  const auto kind = [](std::string_view text) { return DetectKind(AsBytes(text)); };
  EXPECT_EQ(kind("CWS rates and FWS rates"), Kind::kText);
  EXPECT_EQ(kind("CWS\x0A\x10\x20\0\0\x78\xDA"sv), Kind::kFlash);
  EXPECT_EQ(kind("\0\0\x01\0\x01\0\x10\x10\0\0"sv), Kind::kIco) << "an icon";
  EXPECT_EQ(kind("\0\0\x01\0\0\0\x01\x20\0\xC4"sv), Kind::kMpeg4);
  EXPECT_EQ(kind("\0\0\x01\x0F\xDB\xFE\x3B\xF2\x1B\xCA\x3B\xF8\0\0\x01\x0E\x5A\xC7"sv), Kind::kOtherVideo) << "VC-1";
  EXPECT_EQ(kind("\0\0\0\x0CjP  \r\n\x87\n\0\0\0\x14"
                 "ftypmjp2"sv),
            Kind::kOtherVideo);
  EXPECT_EQ(kind("\0\0\0\x0CjP  \r\n\x87\n\0\0\0\x14"
                 "ftypjp2 "sv),
            Kind::kJp2);
  EXPECT_EQ(kind("RIFF\0\0\0\0CDXAfmt \0\0"sv), Kind::kUnknown) << "sectors without a film";
}

TEST(RareVideo, EveryMarkNamesAFormatThatThereIs) {
  for (const char* const name : OtherVideoFormats()) EXPECT_NE(av_find_input_format(name), nullptr) << name;
}

TEST(RareVideo, EveryShortBeginningHasAKind) {
  std::vector<Bytes> files{
      ToBytes("\0\0\x01\xB0\x01\0\0\x01\xB5"sv),     ToBytes("\0\0\x01\0\0\0\x01\x20\0"sv),
      ToBytes("\0\0\0\x01\x67\x42\0\0\x01\x68\0"sv), ToBytes("\0\0\0\x08wide\0\0\0\0"sv),
      ToBytes("\0\0\x01\x0F\xC2\0\0\x01\x0E"sv),     ToBytes("--a\r\nContent-Type: image/jpeg\r\n"),
      ToBytes("\0\x81\x10\r\nVersion:Vivo/1.0"sv),   ToBytes("CWS\x0A\x10\x20\0\0\x78\xDA"sv)};
  for (testing::RareVideo& video : testing::RareVideos(Film(2, 2, 64, 48))) files.push_back(std::move(video.bytes));
  for (testing::RareArchive& archive : testing::RareArchives({{"a", ToBytes("a")}}))
    files.push_back(std::move(archive.bytes));
  for (const Bytes& file : files) {
    for (size_t size = 0; size < std::min<size_t>(file.size(), 300); ++size)
      EXPECT_FALSE(MimeType(DetectKind(ByteView(file).first(size))).empty()) << size;
  }
}

TEST(RareVideo, FilmsThatBeginWithoutTheirUsualHeadAreTold) {
  // Packets alone, as television cards write them.
  const Bytes whole = testing::EncodeVideo(Film(30, 6), {.container = "svcd", .codec = "mpeg2video"});
  Bytes packets;
  for (size_t at = 0; at + 14 < whole.size();) {  // ISO/IEC 13818-1, 2.5.3: packs and system heads left out
    const size_t length = 6U + (size_t{whole[at + 4]} << 8 | whole[at + 5]);
    if (whole[at + 3] == 0xBA) {
      at += 14U + (whole[at + 13] & 7U);
      continue;
    }
    if (whole[at + 3] >= 0xC0) {
      packets.insert(packets.end(), whole.begin() + static_cast<ptrdiff_t>(at),
                     whole.begin() + static_cast<ptrdiff_t>(std::min(at + length, whole.size())));
    }
    at += length;
  }
  const FileFacts facts = Examine(packets);
  EXPECT_EQ(facts.kind, Kind::kMpeg);
  EXPECT_EQ(facts.state, State::kExamined) << Name(facts.reason);
  EXPECT_EQ(facts.frames, 30U);

  // A piece of it, from anywhere.
  for (const char* const container : {"svcd", "vcd"}) {
    const Bytes long_one =
        testing::EncodeVideo(Film(60, 6), {.container = container, .codec = "mpeg1video", .frames_per_second = 25});
    const Bytes piece(long_one.begin() + 30'001, long_one.end());
    const FileFacts told = Examine(piece);
    EXPECT_EQ(told.kind, Kind::kMpeg) << container;
    EXPECT_FALSE(told.video_frames.empty());
    ExpectSameFrames(told, testing::JudgeVideo(piece, told.video->frame_rate), container);
  }

  // A box of an older program where the film's own mark would be, and a piece without its beginning.
  const Bytes mov = testing::EncodeVideo(Film(20, 5), {.container = "mov"});
  for (const auto first : {"wide"sv, "free"sv, "skip"sv, "pnot"sv}) {
    Bytes old = mov;
    std::ranges::copy(first, old.begin() + 4);
    const FileFacts told = Examine(old);
    EXPECT_EQ(told.kind, Kind::kMov) << first;
    EXPECT_EQ(told.state, State::kExamined) << first << " " << Name(told.reason);
    EXPECT_EQ(told.frames, 20U);
  }
  const FileFacts piece = Examine(ToBytes("\0\0\0\x10stypmsdh\0\0\0\0\0\0\0\x08moof"sv));
  EXPECT_EQ(piece.kind, Kind::kMp4);
  EXPECT_EQ(piece.state, State::kUndecodable);
}

TEST(RareVideo, ABareStreamThatBeginsWithinAGroupIsToldByTheParametersThatFollow) {
  for (const auto& [container, codec, kind] :
       {std::tuple{"h264", "libx264", Kind::kH264}, {"hevc", "libx265", Kind::kHevc}}) {
    const Bytes whole = testing::EncodeVideo(
        Film(60, 20), {.container = container, .codec = codec, .frames_per_second = 10, .keyframe_every = 10});
    const size_t at = AsText(whole).find("\0\0\x01"sv, whole.size() / 3);
    ASSERT_NE(at, std::string_view::npos);
    const Bytes piece(whole.begin() + static_cast<ptrdiff_t>(at), whole.end());
    const FileFacts facts = Examine(piece);
    EXPECT_EQ(facts.kind, kind) << container << " " << MimeType(facts.kind);
    EXPECT_GE(facts.video_frames.size(), 3U) << container << " " << Name(facts.state) << " " << Name(facts.reason);
    ExpectSameFrames(facts, testing::JudgeVideo(piece, facts.video->frame_rate), container);
  }
}

TEST(RareVideo, AFilmOfNoPicturesIsNamed) {
  const FileFacts facts = Examine(ToBytes("YUV4MPEG2 W16 H16 F25:1 Ip A1:1 C420jpeg\n"));
  EXPECT_EQ(facts.kind, Kind::kOtherVideo);
  EXPECT_EQ(facts.state, State::kUndecodable);
  EXPECT_EQ(facts.reason, Reason::kDamagedData);
}

// What Flash draws by itself is not seen, and that is said.
TEST(RareVideo, AFlashFilmWithoutAPictureIsNotCalledExamined) {
  Bytes flash = ToBytes("FWS\x06");
  const Bytes body{0x30, 0x0A, 0x00, 0xA0, 0x00, 0x0A, 0x01, 0x00, 0x40, 0x00, 0x00, 0x00};
  const auto size = static_cast<uint8_t>(8 + body.size());
  flash.insert(flash.end(), {size, 0, 0, 0});
  flash.insert(flash.end(), body.begin(), body.end());
  const FileFacts facts = Examine(flash);
  EXPECT_EQ(facts.kind, Kind::kFlash);
  EXPECT_EQ(facts.state, State::kUndecodable);
  EXPECT_EQ(facts.reason, Reason::kUnsupportedVariant);
}

TEST(RareVideo, AWrongNameIsSeen) {
  for (const testing::RareVideo& video : testing::RareVideos(Film(4, 2, 64, 48)))
    EXPECT_FALSE(NameFits("holiday.jpg", MimeType(Examine(video.bytes).kind))) << video.demuxer;
  EXPECT_TRUE(NameFits("a.wtv", MimeType(Kind::kOtherVideo)));
  EXPECT_TRUE(NameFits("a.m4v", MimeType(Kind::kMpeg4)));
  EXPECT_TRUE(NameFits("a.deb", MimeType(Kind::kAr)));
  EXPECT_FALSE(NameFits("a.zip", MimeType(Kind::kCab)));
  EXPECT_EQ(Examine(ToBytes("xar!\0\x1C\0\x01"sv)).state, State::kUnsupportedKind) << "named only";
}

TEST(LockedVideo, SamplesThatOnlyAKeyOpensAreNamed) {
  const std::string key = "000102030405060708090a0b0c0d0e0f";
  const Bytes locked = testing::EncodeVideo(
      Film(20, 5), {.muxer = "encryption_scheme=cenc-aes-ctr:encryption_key=" + key + ":encryption_kid=" + key});
  const std::string_view entry = "encv";
  ASSERT_NE(std::search(locked.begin(), locked.end(), entry.begin(), entry.end()), locked.end());
  const FileFacts facts = Examine(locked);
  EXPECT_EQ(facts.kind, Kind::kMp4);
  EXPECT_EQ(facts.state, State::kUndecodable);
  EXPECT_EQ(facts.reason, Reason::kEncrypted);
  EXPECT_EQ(facts.width, 128U);
  EXPECT_TRUE(facts.video_frames.empty());
}

TEST(Sound, ACoverBesideSoundIsAVideoOfOneFrame) {
  const drawing::Picture picture = drawing::DrawScene(5, 160, 160);
  const Bytes jpeg = drawing::EncodeJpeg(picture, {.components = 1});
  const Bytes sound = testing::MakeSoundWithCover(jpeg, 160, 160);
  const FileFacts facts = Examine(sound);
  EXPECT_EQ(facts.kind, Kind::kM4a) << MimeType(facts.kind);
  EXPECT_EQ(facts.state, State::kExamined) << Name(facts.reason);
  EXPECT_EQ(facts.frames, 1U);
  EXPECT_EQ(facts.width, 160U);
  ASSERT_EQ(facts.video_frames.size(), 1U);
  EXPECT_EQ(facts.video_frames[0].number, 0U);
  const FileFacts still = Examine(jpeg);
  EXPECT_LE(Distance(*still.pdq, facts.video_frames[0].pdq), 4) << "the picture's own fingerprint";
}

TEST(RareArchive, WhatWasPackedComesOut) {
  const std::vector<std::pair<std::string, Bytes>> members{
      {"a.jpg", drawing::EncodeJpeg(drawing::DrawScene(1, 64, 48))}, {"b", Noise(100'000, 1)}, {"c.txt", ToBytes("c")}};
  for (const testing::RareArchive& archive : testing::RareArchives(members)) {
    const FileFacts facts = Examine(archive.bytes);
    EXPECT_EQ(facts.kind, archive.kind) << MimeType(archive.kind);
    EXPECT_EQ(facts.state, State::kExamined) << MimeType(archive.kind) << " " << Name(facts.reason);
    EXPECT_EQ(facts.members.size(), 3U) << MimeType(archive.kind);
    auto unpacked = Unpack(archive.bytes).members;
    std::ranges::sort(unpacked);
    EXPECT_TRUE(unpacked == members) << MimeType(archive.kind);
    EXPECT_FALSE(NameFits("holiday.jpg", MimeType(facts.kind)));
    const Bytes cut(archive.bytes.begin(), archive.bytes.begin() + static_cast<ptrdiff_t>(archive.bytes.size() / 2));
    const FileFacts half = Examine(cut);
    EXPECT_EQ(half.kind, archive.kind);
    EXPECT_FALSE(half.state == State::kExamined && Unpack(cut).verdict.state == State::kExamined)
        << MimeType(archive.kind);
  }
}

TEST(RareArchive, ASingleCompressedFileIsOneMemberAndABombIsNamed) {
  const Bytes content = Noise(100'000, 3);
  const Bytes zeros(50 << 20);
  for (const auto& [filter, kind] :
       {std::pair{"compress", Kind::kCompress}, {"lz4", Kind::kLz4}, {"lzma", Kind::kLzma}, {"lzip", Kind::kLzip}}) {
    const Bytes packed = testing::Compress(filter, content);
    const FileFacts facts = Examine(packed);
    EXPECT_EQ(facts.kind, kind) << filter;
    EXPECT_EQ(facts.state, State::kExamined) << filter << Name(facts.reason);
    ASSERT_EQ(facts.members.size(), 1U) << filter;
    ASSERT_EQ(Unpack(packed).members.size(), 1U) << filter;
    EXPECT_TRUE(Unpack(packed).members[0].second == content) << filter;
    EXPECT_EQ(Examine(testing::Compress(filter, zeros)).reason, Reason::kRatioLimit) << filter;
  }
}

}  // namespace
}  // namespace crossguard::examine
