// Videos drawn by code and encoded: what a synthetic operation and its tests are made of.
//
// A footage is one seed: a new scene of drawing.h every kShotSeconds, under it a slow pan, shapes that move, and noise
// like a sensor's. Within a shot every second is the first one again, so that a camera's video, whose seconds are coded
// each by itself, is coded once a shot. All of it is pure: the same arguments give the same frames on every machine,
// and the same bytes with the same installed libraries, whatever the threads. Limits that are broken are CHECKed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "drawing/drawing.h"

namespace crossguard::drawing {

constexpr uint32_t kShotSeconds = 4;
constexpr uint32_t kVideoSecondsMax = 600;
constexpr uint32_t kVideoRoundsMax = 100;
constexpr uint32_t kVideoSideMax = 4'096;  // pixels

enum class VideoContainer : uint8_t { kMp4, kMov, kMkv, kWebm, kAvi, k3gp, kTs };
enum class VideoCodec : uint8_t { kH264, kMpeg4, kMjpeg, kVp8 };  // WebM takes VP8 alone; MP4, MOV, 3GP no MJPEG
enum class VideoEdit : uint8_t { kNone, kMirror, kCrop, kCaption, kColour };

struct VideoForm {
  VideoContainer container = VideoContainer::kMp4;
  VideoCodec codec = VideoCodec::kH264;
  uint32_t width = 320;                // 32..kVideoSideMax, even
  uint32_t height = 240;               // 32..kVideoSideMax, even
  uint32_t frames_per_second = 30;     // 1..60
  uint64_t bits_per_second = 500'000;  // about; MJPEG takes what its quality needs
  // A key frame every second, no other frame than the one before is referred to: what a telephone makes. Else key
  // frames are far apart and frames lie between others: what the web and messengers make of it.
  bool camera = false;
  // H.264 deblocked, with blocks in parts and moved by parts of a pixel, as encoders in the world write it. Without,
  // drawing costs half, and a decoder has less to do for each frame between key frames than it has with real ones.
  bool careful = false;
  uint32_t from_millis = 0;  // of the footage; with `camera` whole seconds
  uint32_t millis = 4'000;   // 200..; with `camera` whole seconds
  uint32_t rounds = 1;       // 1..kVideoRoundsMax: shown so many times, one after the other, and coded once
  VideoEdit edit = VideoEdit::kNone;
  uint64_t edit_seed = 0;
  std::string make, model, taken_at;  // of MOV; "2021-07-04T16:22:31Z" of MP4 too; "": not told
  bool operator==(const VideoForm&) const = default;
};

// A video that has been coded and is put together whenever it is written. What no frame is left of when it is cut is
// the caller's to know. Memory: while it is coded some twenty frames; afterwards what has been coded, which of a camera
// is a second of each shot, and of others one round.
class DrawnVideo {
 public:
  DrawnVideo(uint64_t footage, const VideoForm& form);
  ~DrawnVideo();
  DrawnVideo(const DrawnVideo&) = delete;
  DrawnVideo& operator=(const DrawnVideo&) = delete;

  uint64_t size_bytes() const { return size_bytes_; }  // of the file
  size_t held_bytes() const;                           // memory, about
  // The file from its beginning to its end, in pieces; each time the same bytes.
  void Write(const std::function<void(ByteView)>& sink) const;

 private:
  struct Reel;
  struct Patch;
  std::unique_ptr<const Reel> reel_;
  VideoForm form_;
  std::vector<Patch> patches_;  // what a container goes back for when it knows how long the file became
  uint64_t size_bytes_ = 0;
};

// The whole file in memory: for small ones.
Bytes EncodeVideo(uint64_t footage, const VideoForm& form);

// The frame that EncodeVideo shows at this time, before it is encoded. width, height: as of VideoForm.
Picture DrawVideoFrame(uint64_t footage, uint32_t at_millis, uint32_t width, uint32_t height);

}  // namespace crossguard::drawing
