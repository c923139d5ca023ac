// Video to the fingerprint of a frame a second, against decoding everything and hashing the same frames: by libav in
// this process, and by the ffmpeg program, which then has hashed nothing yet.
#include "benches.h"
#include "drawn_files.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/testing_kinds.h"

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

void Check(const Video& video) {
  const std::vector<VideoFrame> ours = Ours(video).video_frames;
  const std::vector<VideoFrame> judge = testing::JudgeVideo(video.bytes, video.frames_per_second);
  StopUnless(ours.size() == judge.size(), "A drawn video has other frames than the judge's.");
  for (size_t i = 0; i < ours.size(); ++i) {
    StopUnless(ours[i].number == judge[i].number && ours[i].pdq == judge[i].pdq,
               "A frame's fingerprint differs from that of decoding everything.");
  }
}

void BenchVideos(SideBySide& table, const std::string& what, const std::vector<const Video*>& videos,
                 const Target& target) {
  double megabytes = 0;
  for (const Video* video : videos) megabytes += static_cast<double>(video->bytes.size()) / 1e6;
  const Contender ours = ByCpu("ours", [&] {
    for (const Video* video : videos) Ours(*video);
  });
  table.Compare({.what = what,
                 .amount = megabytes,
                 .unit = "MB",
                 .ours = ours,
                 .peer = ByCpu("libav, all frames decoded, same PDQ",
                               [&] {
                                 for (const Video* video : videos)
                                   testing::JudgeVideo(video->bytes, video->frames_per_second);
                               }),
                 .target = target},
                2);
  if (!HasProgram("ffmpeg")) return table.Skip(what, "ffmpeg is not installed");
  table.Compare(
      {.what = what,
       .amount = megabytes,
       .unit = "MB",
       .ours = ours,
       .peer = ByCpu("ffmpeg -threads 1 to the same frames as RGB",
                     [&] {
                       for (const Video* video : videos) {
                         const std::string select =
                             "select=not(mod(n\\," + std::to_string(video->frames_per_second) + "))";
                         const ProgramCost cost = RunProgram(
                             {"ffmpeg",      "-v",       "quiet", "-nostdin", "-threads",        "1",  "-i",
                              video->path,   "-an",      "-vf",   select,     "-filter_threads", "1",  "-fps_mode",
                              "passthrough", "-pix_fmt", "rgb24", "-f",       "rawvideo",        "-y", "/dev/null"});
                         StopUnless(cost.exit_code == 0, "ffmpeg failed.");
                       }
                     }),
       .target = target},
      3);
}

}  // namespace

void BenchVideo(SideBySide& table) {
  std::vector<Video> videos;
  for (const Clip& clip : Clips()) {
    const std::string path = table.Path("clip_" + std::to_string(videos.size()) + ".mp4");
    videos.push_back({.bytes = drawing::EncodeVideo(videos.size(), clip.form),
                      .path = path,
                      .frames_per_second = clip.form.frames_per_second});
    WriteFile(path, videos.back().bytes);
    Check(videos.back());
  }
  std::vector<const Video*> all;
  for (size_t i = 0; i < videos.size(); ++i) {
    all.push_back(&videos[i]);
    BenchVideos(table, std::string("Video ") + Clips()[i].name, {&videos[i]}, {"E5", Clips()[i].ratio_min});
  }
  BenchVideos(table, "The four videos", all, {"E5", 3.5});
}

}  // namespace crossguard::bench
