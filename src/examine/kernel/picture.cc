#include "examine/kernel/picture.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace crossguard::examine {

Sampler::Sampler(uint32_t width, uint32_t height, uint32_t channels, uint8_t fill) : width_(width), height_(height) {
  CHECK(width >= 1 && height >= 1 && (channels == 1 || channels == 3));
  const bool scale = width > kSampledSide || height > kSampledSide;
  out_.width = scale ? kSampledSide : width;
  out_.height = scale ? kSampledSide : height;
  out_.channels = channels;
  out_.pixels.assign(size_t{out_.width} * out_.height * channels, fill);
  source_column_.resize(out_.width);
  for (uint32_t k = 0; k < out_.width; ++k) {
    source_column_[k] = static_cast<uint32_t>(uint64_t{k} * width / out_.width);
  }
  if (scale && WholeGridWanted::Now()) whole_.emplace(width, height, channels);
}

void Sampler::TakeWhole() {
  if (whole_->complete()) {
    out_.whole_grid = whole_->values();
  } else {
    out_.whole_grid.clear();  // not yet; or some came twice, and then nothing can be said
  }
}

void Sampler::PutRow(uint32_t y, const uint8_t* row, uint32_t stride) {
  if (whole_) {
    whole_->PutRow(y, row, stride);
    TakeWhole();
  }
  const uint32_t first = FirstAt(y, height_, out_.height);
  const uint32_t end = std::min(FirstAt(y + 1, height_, out_.height), out_.height);
  if (first >= end) return;
  const size_t row_bytes = size_t{out_.width} * out_.channels;
  uint8_t* out = out_.pixels.data() + first * row_bytes;
  // Locals: a store through a byte pointer may change any member, for all the compiler knows.
  const uint32_t* const column = source_column_.data();
  const uint32_t width = out_.width;
  if (out_.channels == 1) {
    for (uint32_t k = 0; k < width; ++k) out[k] = row[size_t{column[k]} * stride];
  } else {
    for (uint32_t k = 0; k < width; ++k) std::memcpy(out + size_t{3} * k, row + size_t{column[k]} * stride, 3);
  }
  for (uint32_t k = first + 1; k < end; ++k) std::memcpy(out_.pixels.data() + k * row_bytes, out, row_bytes);
}

void Sampler::PutRun(uint32_t x, uint32_t y, uint32_t count, const uint8_t* pixels, uint32_t stride) {
  if (y >= height_ || x >= width_) return;
  if (whole_) {
    for (uint32_t i = 0; i < std::min(count, width_ - x); ++i) whole_->PutPixel(x + i, y, pixels + size_t{i} * stride);
    TakeWhole();
  }
  const uint32_t row_first = FirstAt(y, height_, out_.height);
  const uint32_t row_end = std::min(FirstAt(y + 1, height_, out_.height), out_.height);
  if (row_first >= row_end) return;
  const uint32_t column_first = FirstAt(x, width_, out_.width);
  const uint32_t column_end = std::min(FirstAt(x + std::min(count, width_ - x), width_, out_.width), out_.width);
  for (uint32_t i = row_first; i < row_end; ++i) {
    uint8_t* const out = out_.pixels.data() + size_t{i} * out_.width * out_.channels;
    for (uint32_t k = column_first; k < column_end; ++k) {
      std::memcpy(out + size_t{k} * out_.channels, pixels + size_t{source_column_[k] - x} * stride, out_.channels);
    }
  }
}

void Sampler::PutPixel(uint32_t x, uint32_t y, const uint8_t* pixel) {
  if (whole_) {
    whole_->PutPixel(x, y, pixel);
    TakeWhole();
  }
  const uint32_t row_first = FirstAt(y, height_, out_.height);
  const uint32_t row_end = std::min(FirstAt(y + 1, height_, out_.height), out_.height);
  const uint32_t column_first = FirstAt(x, width_, out_.width);
  const uint32_t column_end = std::min(FirstAt(x + 1, width_, out_.width), out_.width);
  for (uint32_t i = row_first; i < row_end; ++i) {
    for (uint32_t j = column_first; j < column_end; ++j) {
      std::memcpy(out_.pixels.data() + (size_t{i} * out_.width + j) * out_.channels, pixel, out_.channels);
    }
  }
}

}  // namespace crossguard::examine
