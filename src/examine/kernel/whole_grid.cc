#include "examine/kernel/whole_grid.h"

#include <algorithm>

namespace crossguard::examine {
namespace {

thread_local bool wanted_now = false;

// Positions [first, end) of a centred box around `at`, as the reference lays it: one more to the right where it is
// even.
struct Span {
  uint32_t first = 0;
  uint32_t end = 0;
};
Span BoxAt(uint32_t at, uint32_t window, uint32_t length) {
  const uint32_t half = (window + 2) / 2;
  const uint32_t left = window - half;
  return {.first = at > left ? at - left : 0, .end = std::min(at + half, length)};
}

}  // namespace

WholeGrid::Side::Side(uint32_t length) : centre_first(length, kGridSide), centre_end(length, 0) {
  const uint32_t window = (length + 2 * kGridSide - 1) / (2 * kGridSide);
  for (uint32_t k = 0; k < kGridSide; ++k) {
    const auto centre = static_cast<uint32_t>(uint64_t{2 * k + 1} * length / (2 * kGridSide));
    const Span outer = BoxAt(centre, window, length);
    first[k] = BoxAt(outer.first, window, length).first;
    const uint32_t end = BoxAt(outer.end - 1, window, length).end;
    std::vector<double> sums(end - first[k], 0.0);
    for (uint32_t middle = outer.first; middle < outer.end; ++middle) {
      const Span inner = BoxAt(middle, window, length);
      const double weight = 1.0 / (outer.end - outer.first) / (inner.end - inner.first);
      for (uint32_t i = inner.first; i < inner.end; ++i) sums[i - first[k]] += weight;
    }
    weights[k].assign(sums.begin(), sums.end());
    for (uint32_t i = first[k]; i < end; ++i) {
      centre_first[i] = std::min(centre_first[i], static_cast<uint8_t>(k));
      centre_end[i] = static_cast<uint8_t>(k + 1);
    }
  }
}

WholeGrid::WholeGrid(uint32_t width, uint32_t height, uint32_t channels)
    : width_(width), height_(height), channels_(channels), across_(width), down_(height), luma_(width) {}

float WholeGrid::LumaOf(const uint8_t* pixel) const {
  if (channels_ == 1) return static_cast<float>(pixel[0]);
  return 0.299F * static_cast<float>(pixel[0]) + 0.587F * static_cast<float>(pixel[1]) +
         0.114F * static_cast<float>(pixel[2]);
}

void WholeGrid::PutRow(uint32_t y, const uint8_t* row, uint32_t stride) {
  if (y >= height_) return;
  pixels_ += width_;
  if (down_.centre_first[y] >= down_.centre_end[y]) return;
  for (uint32_t x = 0; x < width_; ++x) luma_[x] = LumaOf(row + size_t{x} * stride);
  for (uint32_t k = 0; k < kGridSide; ++k) {
    // Eight sums side by side: one after another would wait for each addition.
    const std::vector<float>& weights = across_.weights[k];
    const float* const values = luma_.data() + across_.first[k];
    std::array<float, 8> sums{};
    size_t i = 0;
    for (; i + 8 <= weights.size(); i += 8) {
      for (size_t lane = 0; lane < 8; ++lane) sums[lane] += weights[i + lane] * values[i + lane];
    }
    for (; i < weights.size(); ++i) sums[0] += weights[i] * values[i];
    double sum = 0;
    for (const float part : sums) sum += static_cast<double>(part);
    for (uint32_t r = down_.centre_first[y]; r < down_.centre_end[y]; ++r)
      sums_[r][k] += sum * static_cast<double>(down_.At(r, y));
  }
}

void WholeGrid::PutPixel(uint32_t x, uint32_t y, const uint8_t* pixel) {
  if (x >= width_ || y >= height_) return;
  ++pixels_;
  const double luma = static_cast<double>(LumaOf(pixel));
  for (uint32_t r = down_.centre_first[y]; r < down_.centre_end[y]; ++r) {
    for (uint32_t k = across_.centre_first[x]; k < across_.centre_end[x]; ++k)
      sums_[r][k] += luma * static_cast<double>(down_.At(r, y) * across_.At(k, x));
  }
}

std::vector<float> WholeGrid::values() const {
  std::vector<float> out;
  out.reserve(size_t{kGridSide} * kGridSide);
  for (const auto& row : sums_) {
    for (const double value : row) out.push_back(static_cast<float>(value));
  }
  return out;
}

WholeGridWanted::WholeGridWanted(bool wanted) : before_(wanted_now) {
  wanted_now = wanted;
}
WholeGridWanted::~WholeGridWanted() {
  wanted_now = before_;
}
bool WholeGridWanted::Now() {
  return wanted_now;
}

}  // namespace crossguard::examine
