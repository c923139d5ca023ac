// Video to the fingerprint of a frame a second, against the public reference's way of doing it; and against what it
// could be at its best: everything decoded and the same fast fingerprint, or the ffmpeg program, which then has hashed
// nothing yet.
#include <algorithm>

#include "benches.h"
#include "drawn_files.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/testing_kinds.h"
#include "plain_video.h"

namespace crossguard::bench {
namespace {

using namespace examine;

struct Video {
  Bytes bytes;
  std::string path;
  uint32_t frames_per_second;
};

FileFacts Ours(const Video& video) {
  FileFacts facts = ExamineBytes(video.bytes, video.bytes.size(), 0, Limits{});
  StopUnless(facts.state == State::kExamined, "A drawn video was not examined.");
  return facts;
}

int BitsApart(const Pdq& a, const Pdq& b) {
  int bits = 0;
  for (size_t i = 0; i < a.bytes.size(); ++i)
    bits += __builtin_popcount(static_cast<unsigned>(a.bytes[i] ^ b.bytes[i]));
  return bits;
}

void Check(const Video& video) {
  const std::vector<VideoFrame> ours = Ours(video).video_frames;
  const std::vector<VideoFrame> judge = testing::JudgeVideo(video.bytes, video.frames_per_second);
  const std::vector<VideoFrame> reference = HashVideoAsReference(video.path);
  StopUnless(ours.size() == judge.size() && ours.size() == reference.size(),
             "A drawn video has other frames than the judge's or the reference's.");
  for (size_t i = 0; i < ours.size(); ++i) {
    StopUnless(ours[i].number == judge[i].number && ours[i].pdq == judge[i].pdq,
               "A frame's fingerprint differs from that of decoding everything.");
    // Luma as stored, and luma of colours that were rounded to 8 bits: not the same bits, and far within a match.
    constexpr int kNear = 16, kTellingQuality = 50;
    StopUnless(
        ours[i].number == reference[i].number && (std::min(ours[i].quality, reference[i].quality) < kTellingQuality ||
                                                  BitsApart(ours[i].pdq, reference[i].pdq) <= kNear),
        "A frame's fingerprint is far from the reference's way of taking it.");
  }
}

void RunFfmpeg(const Video& video) {
  const std::string select = "select=not(mod(n\\," + std::to_string(video.frames_per_second) + "))";
  const ProgramCost cost =
      RunProgram({"ffmpeg",      "-v",       "quiet", "-nostdin", "-threads",        "1",  "-i",
                  video.path,    "-an",      "-vf",   select,     "-filter_threads", "1",  "-fps_mode",
                  "passthrough", "-pix_fmt", "rgb24", "-f",       "rawvideo",        "-y", "/dev/null"});
  StopUnless(cost.exit_code == 0, "ffmpeg failed.");
}

void BenchVideos(SideBySide& table, const std::string& what, const std::vector<const Video*>& videos,
                 const std::optional<Target>& target) {
  constexpr int kRounds = 3;
  double megabytes = 0;
  for (const Video* video : videos) megabytes += static_cast<double>(video->bytes.size()) / 1e6;
  const auto compare = [&](const Contender& peer, const std::optional<Target>& aim) {
    table.Compare({.what = what,
                   .amount = megabytes,
                   .unit = "MB",
                   .ours = ByCpu("ours",
                                 [&] {
                                   for (const Video* video : videos) Ours(*video);
                                 }),
                   .peer = peer,
                   .target = aim},
                  kRounds);
  };
  compare(ByCpu("as the reference does: libav, all frames, RGB, plain PDQ",
                [&] {
                  for (const Video* video : videos) HashVideoAsReference(video->path);
                }),
          target);
  compare(ByCpu("libav, all frames decoded, same PDQ",
                [&] {
                  for (const Video* video : videos) testing::JudgeVideo(video->bytes, video->frames_per_second);
                }),
          {});
  if (!HasProgram("ffmpeg")) return table.Skip(what, "ffmpeg is not installed");
  compare(ByCpu("ffmpeg -threads 1 to the same frames as RGB",
                [&] {
                  for (const Video* video : videos) RunFfmpeg(*video);
                }),
          {});
}

}  // namespace

void BenchVideo(SideBySide& table) {
  std::vector<std::function<Bytes()>> draw;
  for (size_t i = 0; i < Clips().size(); ++i)
    draw.emplace_back([i] { return drawing::EncodeVideo(i, Clips()[i].form); });
  const std::vector<std::string> paths = DrawApart(table, "clip", draw);
  std::vector<Video> videos;
  for (size_t i = 0; i < paths.size(); ++i) {
    videos.push_back(
        {.bytes = ReadFile(paths[i]), .path = paths[i], .frames_per_second = Clips()[i].form.frames_per_second});
    Check(videos.back());
  }
  std::vector<const Video*> all;
  for (size_t i = 0; i < videos.size(); ++i) {
    all.push_back(&videos[i]);
    BenchVideos(table, std::string("Video ") + Clips()[i].name, {&videos[i]}, Target{"E5", Clips()[i].ratio_min});
  }
  BenchVideos(table, "The four videos", all, Target{"E5", 3.5});
}

}  // namespace crossguard::bench
