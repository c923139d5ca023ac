// From a JPEG's coefficients to the pixels that the fingerprint samples (picture.h), and to no others: which rows and
// columns of which component those need is known from the header.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "examine/kernel/jpeg_entropy.h"
#include "examine/kernel/jpeg_markers.h"
#include "examine/kernel/picture.h"

namespace crossguard::examine {

// The 64 coefficients of a block in rows (row: vertical frequency), multiplied by their quantisers, and room for what a
// damaged run would write behind them.
struct alignas(32) JpegBlock {
  int16_t values[80];
};

// One component.
struct JpegPlane {
  uint32_t h = 1, v = 1;                      // blocks of an MCU
  uint32_t width = 0, height = 0;             // samples that exist
  uint32_t blocks_wide = 0, blocks_high = 0;  // with the padding of the last MCUs
  std::array<uint16_t, 80> quant{};           // in the order of the stream; 0 behind the 64
  std::vector<uint8_t> row_masks;             // of each row of blocks: which of its 8 rows are needed
  std::vector<uint8_t> columns;               // of each column of blocks: is any of its samples needed
  // The needed rows of two rows of MCUs, the one before and the newest, each 8 * v rows of `stride` samples.
  size_t stride = 0;
  std::vector<uint8_t> ring;

  uint8_t* row(uint32_t y) { return ring.data() + y % (16 * v) * stride; }
  const uint8_t* row(uint32_t y) const { return ring.data() + y % (16 * v) * stride; }
};

// One output row, all it needs.
struct JpegOutputRow {
  const uint8_t* luma = nullptr;
  uint32_t luma_width = 0;
  const uint8_t* chroma[2] = {};  // Cb, Cr: the nearest row; null if grey
  const uint8_t* beside[2] = {};  // and the other one, half as near, if chroma is halved down; else null
  uint32_t chroma_width = 0;
  bool halved = false;                // chroma across
  uint16_t bias = 0;                  // of rounding down the column, where chroma is not halved across
  uint32_t width = 0;                 // output pixels
  const uint32_t* columns = nullptr;  // of each output pixel: its column in the picture
  // Room: chroma_width + 2; chroma_width each; the larger of luma_width and width.
  uint16_t* both = nullptr;
  uint16_t* spread[2] = {};
  uint32_t* pixels = nullptr;
  uint8_t* out = nullptr;  // grey or RGB
};

class JpegRows {
 public:
  explicit JpegRows(const JpegFrame& frame);

  size_t components() const { return planes_.size(); }
  JpegPlane& plane(size_t component) { return planes_[component]; }
  uint32_t mcus_wide() const { return mcus_wide_; }
  uint32_t mcus_high() const { return mcus_high_; }

  // Call after each row of MCUs, from the top: `emit` makes the output rows that can be made now.
  void EndMcuRow(uint32_t mcu_row, void (*emit)(const JpegOutputRow&));
  SampledPicture TakePicture() { return std::move(out_); }

 private:
  void PlanColumns();
  void PlanRows();
  uint32_t SourceRow(uint32_t out_row) const {
    return static_cast<uint32_t>(uint64_t{out_row} * height_ / out_.height);
  }
  uint32_t ChromaRowBeside(uint32_t y) const;

  uint32_t width_, height_;
  uint32_t mcus_wide_ = 0, mcus_high_ = 0;
  std::vector<JpegPlane> planes_;
  std::vector<uint32_t> columns_;
  SampledPicture out_;
  uint32_t next_row_ = 0;  // of the output
  std::vector<uint16_t> both_;
  std::array<std::vector<uint16_t>, 2> spread_;
  std::vector<uint32_t> pixels_;
};

}  // namespace crossguard::examine
