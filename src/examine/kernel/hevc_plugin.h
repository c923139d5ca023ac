// Makes libheif decode HEVC by libavcodec (hevc_picture.h), which takes less time than libheif's own decoder does
// (docs/decisions/heic_decoding.md). Internal to the kernel.
//
// It never judges, as jpeg_fast.h does not: what libavcodec does not give whole is refused, and whoever asked decodes
// once more without it, so that libheif's own decoder says what the file is.
#pragma once

#include <cstdint>

namespace crossguard::examine {

// While one lives, libheif decodes HEVC on this thread by libavcodec (it registers itself the first time). One at a
// time on a thread.
class HevcByLibavcodec {
 public:
  // pixels_max: of one coded picture (a tile, if there are any); a larger one is refused before its frame is allocated.
  explicit HevcByLibavcodec(uint64_t pixels_max);
  ~HevcByLibavcodec();
  HevcByLibavcodec(const HevcByLibavcodec&) = delete;

  // A picture was asked for and not given: what libheif says of the file is then no verdict.
  bool refused() const { return refused_; }
  // A part of a coded picture is missing, of which libheif's own decoder says nothing.
  bool with_holes() const { return with_holes_; }

  // For the decoder that libheif makes.
  uint64_t pixels_max() const { return pixels_max_; }
  void Refuse() { refused_ = true; }
  void FindHoles() { with_holes_ = true; }

 private:
  uint64_t pixels_max_;
  bool refused_ = false;
  bool with_holes_ = false;
};

}  // namespace crossguard::examine
