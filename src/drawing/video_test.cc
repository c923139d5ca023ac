#include "drawing/video.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

namespace crossguard::drawing {
namespace {

double Difference(const Picture& a, const Picture& b) {  // mean, per sample
  double sum = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) sum += std::abs(a.rgb[i] - b.rgb[i]);
  return sum / static_cast<double>(a.rgb.size());
}

TEST(Video, EveryContainerBeginsAsItsKind) {
  const auto first = [](VideoContainer container, VideoCodec codec) {
    return ToHex(
        ByteView(EncodeVideo(1, {.container = container, .codec = codec, .width = 64, .height = 48, .millis = 400}))
            .first(12));
  };
  using enum VideoContainer;
  EXPECT_EQ(first(kMp4, VideoCodec::kH264).substr(8), "6674797069736f6d") << "ftypisom";
  EXPECT_EQ(first(kMov, VideoCodec::kH264).substr(8), "6674797071742020") << "ftypqt";
  EXPECT_EQ(first(k3gp, VideoCodec::kMpeg4).substr(8, 14), "66747970336770") << "ftyp3gp";
  EXPECT_EQ(first(kMkv, VideoCodec::kH264).substr(0, 8), "1a45dfa3");
  EXPECT_EQ(first(kWebm, VideoCodec::kVp8).substr(0, 8), "1a45dfa3");
  EXPECT_EQ(first(kAvi, VideoCodec::kMpeg4).substr(0, 8), "52494646") << "RIFF";
  EXPECT_EQ(first(kAvi, VideoCodec::kMjpeg).substr(16), "41564920") << "AVI";
  EXPECT_EQ(first(kTs, VideoCodec::kH264).substr(0, 4), "4740");
}

TEST(Video, TheSameArgumentsGiveTheSameBytesInAnyThread) {
  const VideoForm camera{.container = VideoContainer::kMov, .width = 96, .height = 64, .camera = true, .millis = 2'000};
  const VideoForm passed{.container = VideoContainer::kMkv, .width = 96, .height = 64, .millis = 1'500, .rounds = 2};
  VideoForm careful = camera;
  careful.careful = true;
  Bytes there[3];
  std::thread other([&] {
    there[1] = EncodeVideo(7, passed);
    there[0] = EncodeVideo(7, camera);
    there[2] = EncodeVideo(7, careful);
  });
  const Bytes here[3] = {EncodeVideo(7, camera), EncodeVideo(7, passed), EncodeVideo(7, careful)};
  other.join();
  EXPECT_EQ(here[0], there[0]);
  EXPECT_EQ(here[1], there[1]);
  EXPECT_EQ(here[2], there[2]);
  EXPECT_NE(here[0], here[2]);
  EXPECT_NE(here[0], EncodeVideo(8, camera));
}

TEST(Video, IsAsLongAndAsHeavyAsAsked) {
  VideoForm form{.width = 160, .height = 120, .bits_per_second = 400'000, .camera = true, .millis = 4'000};
  const size_t one = EncodeVideo(3, form).size();
  EXPECT_NEAR(static_cast<double>(one), 200'000, 60'000);
  form.millis = 8'000;
  EXPECT_NEAR(static_cast<double>(EncodeVideo(3, form).size()), 2.0 * static_cast<double>(one), 60'000);
  form = {.width = 160, .height = 120, .millis = 2'000};
  const size_t once = EncodeVideo(3, form).size();
  form.rounds = 3;
  EXPECT_NEAR(static_cast<double>(EncodeVideo(3, form).size()), 3.0 * static_cast<double>(once), 20'000);
  const uint64_t once_shown =
      EncodeVideo(3, {.width = 160, .height = 120, .bits_per_second = 400'000, .camera = true}).size();
  form = {.width = 160, .height = 120, .bits_per_second = 400'000, .camera = true, .rounds = 2};
  EXPECT_NEAR(static_cast<double>(EncodeVideo(3, form).size()), 2.0 * static_cast<double>(once_shown), 20'000);
  EXPECT_DEATH(EncodeVideo(3, {.camera = true, .millis = 1'500}), "only a bug can break") << "half a second";
}

TEST(Video, IsWrittenAsOftenAsAskedAndHeldAsItWasCodedOnly) {
  for (const VideoContainer container :
       {VideoContainer::kMp4, VideoContainer::kMov, VideoContainer::kMkv, VideoContainer::kTs}) {
    const DrawnVideo video(3, {.container = container, .width = 96, .height = 64, .millis = 1'000, .rounds = 40});
    Bytes first, second;
    const auto into = [](Bytes& to) {
      return [&to](ByteView piece) { to.insert(to.end(), piece.begin(), piece.end()); };
    };
    video.Write(into(first));
    video.Write(into(second));
    EXPECT_EQ(first, second);
    EXPECT_EQ(first.size(), video.size_bytes());
    EXPECT_LT(video.held_bytes() * 4, first.size());
  }
}

TEST(Video, ShowsOneSceneAShotAndEachSecondOfItAgain) {
  const Picture first = DrawVideoFrame(5, 0, 128, 96);
  EXPECT_EQ(first, DrawVideoFrame(5, 3'000, 128, 96));
  EXPECT_NE(first, DrawVideoFrame(5, 500, 128, 96)) << "things move";
  EXPECT_LT(Difference(first, DrawVideoFrame(5, 500, 128, 96)), 20);
  EXPECT_GT(Difference(first, DrawVideoFrame(5, kShotSeconds * 1000, 128, 96)), 20) << "another scene";
  EXPECT_GT(Difference(first, DrawVideoFrame(6, 0, 128, 96)), 20) << "another footage";
}

TEST(Video, SaysWhichCameraMadeIt) {
  const Bytes mov = EncodeVideo(2, {.container = VideoContainer::kMov,
                                    .width = 64,
                                    .height = 48,
                                    .millis = 400,
                                    .make = "Example Optics",
                                    .model = "K-7",
                                    .taken_at = "2021-07-04T16:22:31Z"});
  EXPECT_NE(AsText(mov).find("Example Optics"), std::string_view::npos);
  EXPECT_NE(AsText(mov).find("K-7"), std::string_view::npos);
}

}  // namespace
}  // namespace crossguard::drawing
