// A picture as the fingerprint sees it: at most 512x512, 8 bits, grey or RGB.
//
// The public PDQ reference brings a picture to 512x512 before it hashes, if either side exceeds 512: nearest neighbour,
// source index floor(k * side / 512), aspect not kept (so a side below 512 is stretched). Only those pixels matter. The
// decoders here therefore hand over rows as they come and only the sampled pixels are kept: a 300 MP picture costs 768
// KiB.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "examine/kernel/whole_grid.h"

namespace crossguard::examine {

constexpr uint32_t kSampledSide = 512;

struct SampledPicture {
  uint32_t width = 0;           // 1..512
  uint32_t height = 0;          // 1..512
  uint32_t channels = 0;        // 1 grey, 3 RGB
  std::vector<uint8_t> pixels;  // height rows of width pixels of `channels` bytes
  // 64x64, of the picture as it was before it was sampled; empty if nobody wanted it, if not every pixel came, or if
  // nothing was left out.
  std::vector<float> whole_grid = {};
};

// Takes the pixels of a picture in any order and keeps the ones that the fingerprint needs.
class Sampler {
 public:
  // width, height >= 1; channels 1 or 3. Pixels never put stay at `fill`.
  Sampler(uint32_t width, uint32_t height, uint32_t channels, uint8_t fill = 0);

  bool WantsRow(uint32_t y) const {
    return whole_ || FirstAt(y, height_, out_.height) < FirstAt(y + 1, height_, out_.height);
  }
  // row: `width` pixels, `stride` bytes apart; the first `channels` bytes of each are used.
  void PutRow(uint32_t y, const uint8_t* row, uint32_t stride);
  // `count` pixels of row y from column x on (decoders that work in tiles).
  void PutRun(uint32_t x, uint32_t y, uint32_t count, const uint8_t* pixels, uint32_t stride);
  // One pixel (interlaced pictures, frames that cover part of the canvas).
  void PutPixel(uint32_t x, uint32_t y, const uint8_t* pixel);

  const SampledPicture& picture() const { return out_; }

 private:
  // The first output index whose source index is at least `source`.
  static uint32_t FirstAt(uint32_t source, uint32_t side, uint32_t out_side) {
    return static_cast<uint32_t>((uint64_t{source} * out_side + side - 1) / side);
  }

  void TakeWhole();

  uint32_t width_;
  uint32_t height_;
  SampledPicture out_;
  std::optional<WholeGrid> whole_;
  std::vector<uint32_t> source_column_;  // of each output column
};

}  // namespace crossguard::examine
