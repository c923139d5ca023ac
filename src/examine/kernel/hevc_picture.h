// One picture coded in HEVC (ITU-T H.265), as HEIC files hold them, by libavcodec. Internal to the kernel.
//
// It gives a picture that is certain or nothing: whatever is damaged, odd or larger than allowed is nothing, and
// libheif's own decoder then says what the file is. Blocks that never came are black, and it says that there are such.
// One thread; memory: the coded bytes, and some 4 bytes a pixel (8 above 8 bits).
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

struct AVFrame;

namespace crossguard::examine {

struct HevcPlane {
  const uint8_t* pixels = nullptr;  // 8 bits: a byte a sample; more: two, the low one first
  ptrdiff_t stride = 0;             // bytes from row to row
  uint32_t across = 0, down = 0;    // how often the plane's sides are halved

  const uint8_t* Row(uint32_t y) const { return pixels + static_cast<ptrdiff_t>(y >> down) * stride; }
};

struct HevcPicture {
  uint32_t width = 0, height = 0;  // as shown
  uint32_t depth = 0;              // bits of a sample, 8 to 12
  uint32_t planes = 0;             // 1 luma alone, 3 luma, Cb, Cr: all there for every pixel
  std::array<HevcPlane, 3> plane;
  // What the stream says of its colours (ITU-T H.273); 2 where it says nothing.
  uint16_t primaries = 2, transfer = 2, matrix = 2;
  bool full_range = false;
  bool whole = true;  // every block came

  struct FreeFrame {
    void operator()(AVFrame* frame) const;
  };
  std::unique_ptr<AVFrame, FreeFrame> frame;  // holds the samples
};

// units: of one picture, with its parameter sets, each with its length in four bytes before it (ISO/IEC 14496-15).
// pixels_max: a larger picture is refused before its frame is allocated. nullptr: nothing certain.
std::unique_ptr<HevcPicture> DecodeHevc(ByteView units, uint64_t pixels_max);

}  // namespace crossguard::examine
