// Private to src/drawing: the frames of a footage, as planes of luma and chroma.
#pragma once

#include <cstdint>

#include "drawing/video.h"

namespace crossguard::drawing {

struct Planes {
  uint8_t* luma = nullptr;  // BT.601, 16..235
  uint8_t* blue = nullptr;  // half as wide and high
  uint8_t* red = nullptr;
  int luma_stride = 0, blue_stride = 0, red_stride = 0;
};

class Footage {
 public:
  // width, height: even, 32..kVideoSideMax.
  Footage(uint64_t seed, uint32_t width, uint32_t height, VideoEdit edit, uint64_t edit_seed);
  // Draws what is shown at this time. Shots are kept, one at a time: go through them in order.
  void Draw(uint32_t at_millis, const Planes& out);

 private:
  struct Shape {
    bool round = false;
    uint8_t luma = 0;
    double x = 0, y = 0, dx = 0, dy = 0, side = 0;  // in widths and heights; moved by dx, dy in a second
  };
  void Begin(uint32_t shot);
  void Paint(const Shape& shape, double phase, const Planes& out) const;

  uint64_t seed_;
  uint32_t width_, height_;
  VideoEdit edit_;
  uint64_t edit_seed_;
  uint32_t shot_ = UINT32_MAX;
  uint32_t half_width_ = 0, half_height_ = 0;  // of the canvas in chroma samples: the frame and the room to pan in
  Bytes luma_, blue_, red_;                    // of the canvas
  Bytes noise_;                                // 0..kNoise, to be added
  double pan_x_ = 0, pan_y_ = 0;               // of the room to pan in, in a second; negative: the other way
  Shape shapes_[3];
};

}  // namespace crossguard::drawing
