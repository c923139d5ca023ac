#include "examine/kernel/jpeg_rows.h"

#include <algorithm>
#include <cstring>

namespace crossguard::examine {
namespace {

uint32_t DividedUp(uint32_t a, uint32_t b) {
  return (a + b - 1) / b;
}

// The neighbour on the side that a halved sample's position leans to; at an edge itself.
uint32_t Beside(uint32_t position, uint32_t count) {
  const uint32_t half = position / 2;
  if (position % 2 == 0) return half == 0 ? 0 : half - 1;
  return std::min(half + 1, count - 1);
}

}  // namespace

JpegRows::JpegRows(const JpegFrame& frame) : width_(frame.width), height_(frame.height), planes_(frame.components) {
  const uint32_t h_max = frame.component[0].h, v_max = frame.component[0].v;
  mcus_wide_ = DividedUp(width_, 8 * h_max);
  mcus_high_ = DividedUp(height_, 8 * v_max);
  for (size_t i = 0; i < planes_.size(); ++i) {
    JpegPlane& plane = planes_[i];
    plane.h = frame.component[i].h;
    plane.v = frame.component[i].v;
    plane.width = DividedUp(width_ * plane.h, h_max);
    plane.height = DividedUp(height_ * plane.v, v_max);
    plane.blocks_wide = mcus_wide_ * plane.h;
    plane.blocks_high = mcus_high_ * plane.v;
    std::ranges::copy(frame.quant[frame.component[i].quant], plane.quant.begin());
    plane.row_masks.resize(plane.blocks_high);
    plane.columns.resize(plane.blocks_wide);
    plane.stride = size_t{plane.blocks_wide} * 8;
    plane.ring.resize(plane.stride * 16 * plane.v);
  }
  const bool scale = width_ > kSampledSide || height_ > kSampledSide;
  out_.width = scale ? kSampledSide : width_;
  out_.height = scale ? kSampledSide : height_;
  out_.channels = planes_.size() == 1 ? 1 : 3;
  out_.pixels.resize(size_t{out_.width} * out_.height * out_.channels);
  both_.resize(size_t{planes_.back().width} + 2);
  for (std::vector<uint16_t>& spread : spread_) spread.resize(planes_.back().width);
  pixels_.resize(std::max(width_, out_.width));
  columns_.resize(out_.width);
  PlanColumns();
  PlanRows();
}

void JpegRows::PlanColumns() {
  const bool halved = planes_[0].h == 2;
  for (uint32_t k = 0; k < out_.width; ++k) {
    const uint32_t x = static_cast<uint32_t>(uint64_t{k} * width_ / out_.width);
    columns_[k] = x;
    planes_[0].columns[x / 8] = 1;
    for (size_t i = 1; i < planes_.size(); ++i) {
      planes_[i].columns[(halved ? x / 2 : x) / 8] = 1;
      planes_[i].columns[(halved ? Beside(x, planes_[i].width) : x) / 8] = 1;
    }
  }
}

void JpegRows::PlanRows() {
  const auto need = [](JpegPlane& plane, uint32_t y) {
    plane.row_masks[y / 8] = static_cast<uint8_t>(plane.row_masks[y / 8] | 1U << (y % 8));
  };
  for (uint32_t k = 0; k < out_.height; ++k) {
    const uint32_t y = SourceRow(k);
    need(planes_[0], y);
    for (size_t i = 1; i < planes_.size(); ++i) {
      need(planes_[i], y / planes_[0].v);
      need(planes_[i], ChromaRowBeside(y));
    }
  }
}

uint32_t JpegRows::ChromaRowBeside(uint32_t y) const {
  return planes_[0].v == 2 ? Beside(y, planes_[1].height) : y;
}

void JpegRows::EndMcuRow(uint32_t mcu_row, void (*emit)(const JpegOutputRow&)) {
  const uint32_t luma_end = (mcu_row + 1) * 8 * planes_[0].v;
  const uint32_t chroma_end = (mcu_row + 1) * 8;
  const size_t row_bytes = size_t{out_.width} * out_.channels;
  for (; next_row_ < out_.height; ++next_row_) {
    const uint32_t y = SourceRow(next_row_);
    if (y >= luma_end) return;
    if (planes_.size() > 1 && ChromaRowBeside(y) >= chroma_end) return;
    uint8_t* const out = out_.pixels.data() + next_row_ * row_bytes;
    if (next_row_ > 0 && SourceRow(next_row_ - 1) == y) {
      std::memcpy(out, out - row_bytes, row_bytes);
      continue;
    }
    JpegOutputRow row{.luma = planes_[0].row(y),
                      .luma_width = width_,
                      .width = out_.width,
                      .columns = columns_.data(),
                      .both = both_.data(),
                      .spread = {spread_[0].data(), spread_[1].data()},
                      .pixels = pixels_.data(),
                      .out = out};
    for (size_t i = 1; i < planes_.size(); ++i) {
      row.chroma[i - 1] = planes_[i].row(y / planes_[0].v);
      if (planes_[0].v == 2) row.beside[i - 1] = planes_[i].row(ChromaRowBeside(y));
      row.chroma_width = planes_[i].width;
    }
    row.halved = planes_[0].h == 2;
    row.bias = y % 2 == 0 ? 1 : 2;
    emit(row);
  }
}

}  // namespace crossguard::examine
