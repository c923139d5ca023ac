// Videos by their frames (vPDQ): a frame meets a hash within distance 31 where its own quality is >= 50; of a video is
// said how many of its frames met, of how many compared. Internal to match.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "match/hamming_index.h"

namespace crossguard::match {

// Of a content: position in the caller's files. A still picture is a video of one frame here.
struct Frame {
  uint32_t media = 0;
  Pdq pdq;
};

struct FrameMeeting {
  uint32_t media = 0;
  int distance = 0;         // the least
  uint32_t frames_met = 0;  // distinct frames of it within 31
};

struct SharedFrames {
  uint32_t media = 0;
  uint32_t other = 0;
  uint32_t frames_met = 0;  // frames of `media` that are within 31 of a frame of `other`
  int distance = 0;         // the least between a frame of the one and of the other
};

constexpr uint32_t kLinkPercentMin = 80;   // python-threatexchange's default: so much of one is in the other
constexpr size_t kCommonFrameMax = 1'000;  // a frame near more contents than this tells nothing of any two of them

class FrameIndex {
 public:
  // frames: of quality enough. Memory: about 120 bytes each.
  FrameIndex(std::vector<Frame> frames, size_t media_count);

  // The videos that a hash meets, by media.
  std::vector<FrameMeeting> Meet(const Pdq& pdq) const;

  uint32_t frames_compared(uint32_t media) const { return compared_[media]; }

  // All pairs of which at least kLinkPercentMin per cent of the first's frames are in the second, by media, then other.
  // stills: pictures, compared with the videos as one frame each.
  std::vector<SharedFrames> Links(std::span<const Frame> stills) const;
  // The two parts of it: pairs of videos, by media, then other; and the videos that one still is a frame of, by other.
  std::vector<SharedFrames> VideoLinks() const;
  std::vector<SharedFrames> StillLinks(const Frame& still) const;

 private:
  struct Place {
    size_t begin = 0;
    size_t end = 0;  // of frames_ with one hash
  };
  struct Neighbour {
    uint32_t media = 0;
    int distance = 0;
    auto operator<=>(const Neighbour&) const = default;
  };
  // The contents near a hash, each once with its least distance; empty if there are too many.
  void Near(const Pdq& pdq, std::vector<Neighbour>& near) const;

  std::vector<Frame> frames_;  // by hash, then media
  std::vector<Pdq> hashes_;    // distinct
  std::vector<Place> places_;  // of each distinct hash
  std::vector<uint32_t> compared_;
  HammingIndex index_;
};

}  // namespace crossguard::match
