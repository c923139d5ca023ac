// Videos: the frames that are taken, judged by decoding everything; damage; what the container says.
#include "drawing/video.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "drawing/drawing.h"
#include "examine/kernel/answer.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/pdq.h"
#include "examine/kernel/testing_kinds.h"
#include "examine/kernel/testing_support.h"
#include "examine/kernel/video_frame.h"

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixfmt.h>
}

namespace crossguard::examine {
namespace {

using drawing::Picture;
using testing::ExpectSameFrames;
using testing::Film;
using testing::VideoForm;

FileFacts Examine(const Bytes& bytes) {
  return ExamineBytes(bytes, bytes.size(), 0, Limits{});
}

TEST(Video, TheFramesOfEveryContainerAndCodecAreThoseOfDecodingEverything) {
  struct Form {
    const char* container;
    const char* codec;
    Kind kind;
    int b_frames = 0;
  };
  for (const Form& form :
       {Form{"mp4", "libx264", Kind::kMp4}, Form{"mp4", "libx264", Kind::kMp4, 2},
        Form{"mov", "libx264", Kind::kMov, 2}, Form{"3gp", "mpeg4", Kind::kThreeGp},
        Form{"mp4", "libx265", Kind::kMp4, 2}, Form{"matroska", "libx265", Kind::kMkv},
        Form{"webm", "libvpx", Kind::kWebm}, Form{"webm", "libvpx-vp9", Kind::kWebm}, Form{"avi", "mpeg4", Kind::kAvi},
        Form{"avi", "mpeg4", Kind::kAvi, 1}, Form{"avi", "mjpeg", Kind::kAvi},
        Form{"mpegts", "libx264", Kind::kMpegTs, 2}, Form{"mpeg", "mpeg2video", Kind::kMpeg},
        Form{"mpeg", "mpeg2video", Kind::kMpeg, 2}, Form{"flv", "flv", Kind::kFlv}, Form{"asf", "wmv2", Kind::kWmv},
        Form{"ogg", "libtheora", Kind::kOgg}, Form{"mov", "qtrle", Kind::kMov}}) {
    for (const int rate : {6, 12}) {
      const std::string name = std::string(form.container) + " " + form.codec + " " + std::to_string(form.b_frames) +
                               " " + std::to_string(rate);
      const Bytes bytes = testing::EncodeVideo(Film(40, 6), {.container = form.container,
                                                             .codec = form.codec,
                                                             .frames_per_second = rate,
                                                             .keyframe_every = 15,
                                                             .b_frames = form.b_frames});
      const FileFacts facts = Examine(bytes);
      EXPECT_EQ(facts.kind, form.kind) << name << " " << MimeType(facts.kind);
      EXPECT_EQ(facts.state, State::kExamined) << name << " " << Name(facts.reason);
      EXPECT_EQ(facts.width, 128U) << name;
      EXPECT_EQ(facts.height, 96U) << name;
      ASSERT_TRUE(facts.video.has_value()) << name;
      EXPECT_FALSE(facts.pdq.has_value());
      const testing::StreamFacts stream = testing::JudgeStream(bytes);
      EXPECT_EQ(facts.video->frame_rate, stream.frame_rate) << name;
      EXPECT_EQ(facts.video->duration_millis, stream.duration_millis) << name;
      EXPECT_EQ(facts.video->codec, stream.codec) << name;
      ExpectSameFrames(facts, testing::JudgeVideo(bytes, facts.video->frame_rate), name);
    }
  }
}

// What the tests' own encoder does not make: a camera's seconds, and the frames between frames of the web.
TEST(Video, TheFramesOfDrawnVideosAreThoseOfDecodingEverything) {
  using drawing::VideoCodec;
  using drawing::VideoContainer;
  for (const VideoContainer container : {VideoContainer::kMp4, VideoContainer::kMov, VideoContainer::kMkv,
                                         VideoContainer::k3gp, VideoContainer::kTs, VideoContainer::kAvi}) {
    for (const bool camera : {true, false}) {
      for (const uint32_t rate : {7U, 24U}) {
        const Bytes bytes = drawing::EncodeVideo(rate, {.container = container,
                                                        .codec = VideoCodec::kH264,
                                                        .width = 160,
                                                        .height = 90,
                                                        .frames_per_second = rate,
                                                        .bits_per_second = 200'000,
                                                        .camera = camera,
                                                        .millis = 5'000});
        const std::string name =
            std::to_string(static_cast<int>(container)) + (camera ? " camera " : " web ") + std::to_string(rate);
        const FileFacts facts = Examine(bytes);
        EXPECT_EQ(facts.state, State::kExamined) << name << " " << Name(facts.reason);
        ASSERT_TRUE(facts.video.has_value()) << name;
        const testing::StreamFacts stream = testing::JudgeStream(bytes);
        EXPECT_EQ(facts.video->frame_rate, stream.frame_rate) << name;
        EXPECT_EQ(facts.video->duration_millis, stream.duration_millis) << name;
        EXPECT_EQ(facts.width, stream.width) << name;
        EXPECT_EQ(facts.height, stream.height) << name;
        ExpectSameFrames(facts, testing::JudgeVideo(bytes, stream.frame_rate), name);
      }
    }
  }
}

// What refers to what decides which frames are decoded at all.
TEST(Video, TheFramesOfH264AreThoseOfDecodingEverythingHoweverItRefers) {
  std::vector<drawing::Picture> film;
  for (uint32_t i = 0; i < 66; ++i) film.push_back(drawing::DrawVideoFrame(3, i * 90, 128, 96));
  for (const char* const container : {"mp4", "matroska", "mpegts"}) {
    for (const char* const form :
         {"ref=1:bframes=0", "ref=1:bframes=2:b-adapt=0", "ref=1:bframes=3:b-adapt=0:weightp=0",
          "ref=1:bframes=7:b-adapt=0:direct=temporal", "ref=2:bframes=3:b-adapt=0:weightp=2",
          "ref=3:bframes=3:weightb=1", "ref=5:bframes=5:b-adapt=2:b-pyramid=strict",
          "ref=1:bframes=4:b-adapt=0:b-pyramid=strict:slices=3", "ref=1:bframes=3:b-adapt=0:b-pyramid=none",
          "ref=2:bframes=3:b-adapt=0:cabac=0", "ref=1:bframes=3:b-adapt=0:keyint=17:open-gop=1",
          "ref=1:bframes=2:b-adapt=0:interlaced=1", "ref=4:bframes=2:mixed-refs=1:8x8dct=1:cqm=jvt",
          "ref=1:bframes=2:b-adapt=0:intra-refresh=1",
          // A decoder that is stopped inside of a macroblock takes what it read along.
          "ref=1:bframes=2:b-adapt=0:cabac=0:qp=14", "ref=1:bframes=8:b-adapt=0:cabac=0:keyint=12:slice-max-mbs=7",
          // Frames that follow a recovery point, not an instantaneous refresh.
          "ref=2:bframes=5:b-adapt=0:keyint=5:min-keyint=1:open-gop=1:cabac=0",
          "ref=3:bframes=16:b-adapt=0:keyint=7:min-keyint=2:open-gop=1",
          // Refreshed part by part, where nothing says what refers to what.
          "ref=2:bframes=2:cabac=0:intra-refresh=1:keyint=10:min-keyint=1", "intra-refresh=1:keyint=10:interlaced=1"}) {
      const std::string name = std::string(container) + " " + form;
      const Bytes bytes = testing::EncodeVideo(
          film, {.container = container, .frames_per_second = 11, .keyframe_every = 40, .x264 = form});
      const FileFacts facts = Examine(bytes);
      EXPECT_EQ(facts.state, State::kExamined) << name << " " << Name(facts.reason);
      ExpectSameFrames(facts, testing::JudgeVideo(bytes, facts.video->frame_rate), name);
    }
  }
}

TEST(Video, AnAviWithEmptyFramesIsWhole) {
  Bytes bytes = testing::EncodeVideo(Film(20, 5), {.container = "avi", .codec = "mjpeg"});
  // The head (avih) and the stream (strh) say two frames more than there are, as where two were dropped.
  for (const auto& [mark, offset] : {std::pair<std::string_view, size_t>{"avih", 24}, {"strh", 40}}) {
    const auto at = std::search(bytes.begin(), bytes.end(), mark.begin(), mark.end());
    ASSERT_NE(at, bytes.end());
    ASSERT_EQ(at[static_cast<ptrdiff_t>(offset)], 20) << mark;
    at[static_cast<ptrdiff_t>(offset)] = 22;
  }
  const FileFacts facts = Examine(bytes);
  EXPECT_EQ(facts.state, State::kExamined) << Name(facts.reason);
  EXPECT_EQ(facts.frames, 20U);
  bytes.resize(bytes.size() - 3000);
  EXPECT_EQ(Examine(bytes).state, State::kTruncated);
}

// Old films: five bits for each colour.
TEST(Video, PixelsOfFewBitsAreSpreadOverTheRange) {
  AVFrame* frame = av_frame_alloc();
  frame->format = AV_PIX_FMT_RGB555LE;
  frame->width = 2;
  frame->height = 1;
  ASSERT_GE(av_frame_get_buffer(frame, 0), 0);
  const uint8_t pixels[] = {0xFF, 0x7F, 0x10, 0x7C};  // white; red with 16 of 31 blue
  std::copy(std::begin(pixels), std::end(pixels), frame->data[0]);
  const std::optional<SampledPicture> picture = PictureOf(*frame);
  av_frame_free(&frame);
  ASSERT_TRUE(picture.has_value());
  EXPECT_EQ(picture->pixels, (decltype(picture->pixels){255, 255, 255, 255, 0, 132}));
}

// One recording hung on another: times begin anew.
TEST(Video, FramesBehindTimesThatBeginAnewAreThoseOfDecodingEverything) {
  const auto film = [](uint64_t seed) {
    std::vector<drawing::Picture> out;
    for (size_t i = 0; i < 24; ++i) out.push_back(drawing::DrawScene(seed + i / 4, 128, 96));
    return out;
  };
  Bytes bytes = testing::EncodeVideo(film(20), {.container = "mpegts", .b_frames = 2});
  const Bytes second = testing::EncodeVideo(film(70), {.container = "mpegts", .b_frames = 2});
  bytes.insert(bytes.end(), second.begin(), second.end());
  const FileFacts facts = Examine(bytes);
  EXPECT_EQ(facts.frames, 48U);
  ExpectSameFrames(facts, testing::JudgeVideo(bytes, facts.video->frame_rate), "one behind another");
}

// Cut within a group: what a decoder cannot show has no number.
TEST(Video, AFilmThatBeginsWithinAGroupHasTheNumbersOfWhatIsDecoded) {
  struct Form {
    const char* container;
    const char* codec;
    const char* x264 = "";
    int b_frames = 0;
  };
  for (const Form& form :
       {Form{"mpegts", "libx264", "bframes=2:b-adapt=0"}, Form{"mpegts", "libx264", "bframes=3:open-gop=1:b-adapt=0"},
        Form{"mpegts", "libx264", "bframes=0:cabac=0"}, Form{"mpegts", "libx265", "", 2},
        Form{"mpegts", "mpeg2video", "", 2}, Form{"h264", "libx264", "aud=1:bframes=0"},
        Form{"h264", "libx264", "aud=1:bframes=2:b-adapt=0"}}) {
    const Bytes whole = testing::EncodeVideo(Film(75, 4), {.container = form.container,
                                                           .codec = form.codec,
                                                           .frames_per_second = 6,
                                                           .keyframe_every = 14,
                                                           .b_frames = form.b_frames,
                                                           .x264 = form.x264});
    for (const size_t part : {2U, 3U, 5U, 7U}) {
      size_t at = whole.size() / part;
      if (std::string_view(form.container) == "mpegts") {
        at -= at % 188;
      } else {
        constexpr std::string_view kDelimiter("\0\0\0\x01\x09", 5);
        at = AsText(whole).find(kDelimiter, at);
        ASSERT_NE(at, std::string_view::npos);
      }
      const Bytes bytes(whole.begin() + static_cast<ptrdiff_t>(at), whole.end());
      const std::string name =
          std::string(form.container) + " " + form.codec + " " + form.x264 + " 1/" + std::to_string(part);
      const FileFacts facts = Examine(bytes);
      EXPECT_FALSE(facts.video_frames.empty()) << name;
      ASSERT_TRUE(facts.video.has_value()) << name;
      ExpectSameFrames(facts, testing::JudgeVideo(bytes, facts.video->frame_rate), name);
    }
  }
}

TEST(Video, BareStreamsAndMarksOfSoundAreLookedInto) {
  for (const auto& [container, codec, kind] : {std::tuple{"h264", "libx264", Kind::kH264},
                                               {"hevc", "libx265", Kind::kHevc},
                                               {"ivf", "libvpx", Kind::kIvf},
                                               {"mxf", "mpeg2video", Kind::kMxf},
                                               {"ipod", "libx264", Kind::kM4a}}) {
    const Bytes bytes = testing::EncodeVideo(
        Film(60, 6), {.container = container, .codec = codec, .frames_per_second = 25, .b_frames = 1});
    Bytes marked = bytes;
    if (kind == Kind::kM4a) std::copy_n("M4A ", 4, marked.begin() + 8);
    const FileFacts facts = Examine(marked);
    EXPECT_EQ(facts.kind, kind) << container;
    EXPECT_EQ(facts.state, State::kExamined) << container << " " << Name(facts.reason);
    ASSERT_TRUE(facts.video.has_value()) << container;
    ExpectSameFrames(facts, testing::JudgeVideo(bytes, facts.video->frame_rate), container);
  }
}

// The container says one size and the codec another: the frames are what the codec says.
TEST(Video, ASizeThatTheContainerMisstatesIsTheCodecs) {
  Bytes bytes = testing::EncodeVideo(Film(20, 5));
  const std::string_view entry = "avc1";
  const auto at = std::search(bytes.begin(), bytes.end(), entry.begin(), entry.end());
  const auto next = std::search(at + 1, bytes.end(), entry.begin(), entry.end());  // the first is a brand
  ASSERT_NE(next, bytes.end());
  constexpr ptrdiff_t kWidthAt = 4 + 24;  // ISO/IEC 14496-12, VisualSampleEntry: behind the type
  ASSERT_EQ(next[kWidthAt + 1], 128);
  next[kWidthAt + 1] = 64;
  const FileFacts facts = Examine(bytes);
  EXPECT_EQ(facts.state, State::kExamined);
  EXPECT_EQ(facts.width, 128U);
  EXPECT_EQ(facts.height, 96U);
  ExpectSameFrames(facts, testing::JudgeVideo(bytes, facts.video->frame_rate), "misstated");
}

TEST(Video, TheContainerSaysDurationRateCodecAndTime) {
  const Bytes bytes = testing::EncodeVideo(Film(40, 10), {.created_at = "2021-07-04T16:22:31Z"});
  const FileFacts facts = Examine(bytes);
  ASSERT_TRUE(facts.video.has_value());
  EXPECT_EQ(facts.video->codec, "h264");
  EXPECT_EQ(facts.video->duration_millis, 4000U);
  EXPECT_DOUBLE_EQ(facts.video->frame_rate, 10.0);
  EXPECT_EQ(facts.video->created_at, "2021-07-04T16:22:31Z");
  EXPECT_EQ(facts.frames, 40U);
  ASSERT_EQ(facts.video_frames.size(), 4U);
  EXPECT_EQ(facts.video_frames[3].at_millis, 3000U);
}

TEST(Video, AnotherCodecAndSizeGivesNearFrames) {
  const auto film = Film(30, 10, 320, 240);
  const FileFacts first = Examine(testing::EncodeVideo(film));
  const FileFacts second = Examine(testing::EncodeVideo(film, {.container = "webm", .codec = "libvpx-vp9"}));
  ASSERT_EQ(first.video_frames.size(), second.video_frames.size());
  for (size_t i = 0; i < first.video_frames.size(); ++i) {
    EXPECT_LE(Distance(first.video_frames[i].pdq, second.video_frames[i].pdq), 31) << i;
  }
}

TEST(Video, DamagedPacketsCostTheirOwnFramesOnly) {
  const Bytes whole = testing::EncodeVideo(Film(60, 10));
  const FileFacts good = Examine(whole);
  ASSERT_EQ(good.video_frames.size(), 6U);
  Bytes damaged = whole;
  // In the middle of the pictures' data, which stands before the index here.
  for (size_t i = damaged.size() / 2; i < damaged.size() / 2 + 300; ++i) damaged[i] = 0xFF;
  const FileFacts facts = Examine(damaged);
  EXPECT_EQ(facts.state, State::kTruncated);
  EXPECT_EQ(facts.reason, Reason::kDamagedData);
  EXPECT_EQ(facts.frames, 60U);
  size_t equal = 0;
  for (const VideoFrame& frame : facts.video_frames) {
    for (const VideoFrame& other : good.video_frames) equal += frame == other ? 1U : 0U;
  }
  EXPECT_GE(equal, 4U);
}

TEST(Video, AFileThatEndsEarlyGivesTheFramesThatAreThere) {
  const Bytes mkv = testing::EncodeVideo(Film(60, 10), {.container = "matroska"});
  const FileFacts half = Examine(Bytes(mkv.begin(), mkv.begin() + static_cast<ptrdiff_t>(mkv.size() / 2)));
  EXPECT_GE(half.video_frames.size(), 2U);
  EXPECT_LT(half.video_frames.size(), 6U);
  const Bytes mp4 = testing::EncodeVideo(Film(60, 10));  // its index stands at the end
  const FileFacts none = Examine(Bytes(mp4.begin(), mp4.begin() + static_cast<ptrdiff_t>(mp4.size() / 2)));
  EXPECT_EQ(none.state, State::kUndecodable);
  EXPECT_EQ(none.kind, Kind::kMp4);
}

TEST(Video, PlaylistsAndListsOfFilesAreTextAndNotFollowed) {
  for (const std::string_view text :
       {"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n", "ffconcat version 1.0\nfile '/etc/passwd'\n"}) {
    const FileFacts facts = Examine(ToBytes(text));
    EXPECT_EQ(facts.state, State::kUnsupportedKind);
    EXPECT_EQ(facts.kind, Kind::kText);
  }
}

TEST(Video, TooManyFramesAreALimitAndTheFirstOnesStay) {
  const Bytes bytes = testing::EncodeVideo(Film(60, 10));
  Limits limits;
  limits.video_frames_max = 3;
  const FileFacts facts = ExamineBytes(bytes, bytes.size(), 0, limits);
  EXPECT_EQ(facts.state, State::kLimitExceeded);
  EXPECT_EQ(facts.reason, Reason::kFrameLimit);
  EXPECT_EQ(facts.video_frames.size(), 3U);
}

TEST(Video, MutatedFilesEndInAStateThatTheTrustedSideAccepts) {
  std::mt19937_64 random(5);
  for (const auto& [container, codec] : {std::pair{"mp4", "libx264"},
                                         {"webm", "libvpx-vp9"},
                                         {"avi", "mpeg4"},
                                         {"mpegts", "libx264"},
                                         {"flv", "flv"},
                                         {"asf", "wmv2"},
                                         {"ogg", "libtheora"}}) {
    const Bytes whole = testing::EncodeVideo(
        Film(12, 4, 64, 48), {.container = container, .codec = codec, .frames_per_second = 4, .keyframe_every = 4});
    for (int i = 0; i < 60; ++i) {
      Bytes mutant = whole;
      for (size_t edits = 1 + random() % 6; edits > 0; --edits)
        mutant[random() % mutant.size()] = static_cast<uint8_t>(random());
      if (random() % 4 == 0) mutant.resize(random() % mutant.size());
      const FileFacts facts = Examine(mutant);
      Records records{.members = facts.members, .frames = {}};
      for (size_t from = 0; from < facts.video_frames.size();) {
        Bytes body;
        from += PackFrames(facts.video_frames, from, body);
        ASSERT_TRUE(ReadFrames(body, Limits{}, records.frames).has_value());
      }
      const Answer answer = ToAnswer(facts);
      const auto back =
          ReadAnswer({reinterpret_cast<const uint8_t*>(&answer), sizeof(answer)}, std::move(records), Limits{});
      ASSERT_TRUE(back.has_value()) << container << " " << i << " " << Name(facts.state) << " " << Name(facts.reason);
      EXPECT_EQ(*back, facts);
    }
  }
}

}  // namespace
}  // namespace crossguard::examine
