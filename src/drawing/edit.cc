#include <algorithm>
#include <cstring>

#include "drawing/drawing.h"
#include "drawing/random.h"

namespace crossguard::drawing {
namespace {

void CheckWhole(const Picture& picture) {
  CHECK(picture.width >= 1 && picture.width <= kSideMax && picture.height >= 1 && picture.height <= kSideMax);
  CHECK(picture.rgb.size() == size_t{picture.width} * picture.height * 3);
}

Picture Blank(uint32_t width, uint32_t height) {
  CHECK(width >= 1 && width <= kSideMax && height >= 1 && height <= kSideMax);
  return {.width = width, .height = height, .rgb = Bytes(size_t{width} * height * 3)};
}

uint8_t Clamped(int32_t value) {
  return static_cast<uint8_t>(std::clamp(value, 0, 255));
}

constexpr uint32_t kOne = 1U << 16U;  // the weights of one output sample sum to it exactly

// Which source samples along one axis make an output sample, and how much of each.
struct Axis {
  struct Output {
    uint32_t first;   // source index
    uint32_t weight;  // index into weights
    uint32_t count;
  };
  std::vector<Output> outputs;
  std::vector<uint32_t> weights;
};

// Area average: output k covers the source from k * from / to up to (k + 1) * from / to. Lengths are counted in parts
// of 1 / to; the weights are differences of one rounded running sum, so that nothing is lost however many there are.
Axis Shrinking(uint32_t from, uint32_t to) {
  Axis axis;
  for (uint64_t k = 0; k < to; ++k) {
    const uint64_t begin = k * from, end = begin + from;
    const uint64_t first = begin / to, last = (end + to - 1) / to;
    axis.outputs.push_back({static_cast<uint32_t>(first), static_cast<uint32_t>(axis.weights.size()),
                            static_cast<uint32_t>(last - first)});
    uint64_t sum = 0;
    for (uint64_t i = first; i < last; ++i) {
      const uint64_t next = (std::min(end, (i + 1) * to) - begin) * kOne / from;
      axis.weights.push_back(static_cast<uint32_t>(next - sum));
      sum = next;
    }
  }
  return axis;
}

// Bilinear: output k stands at (k + 1/2) * from / to - 1/2 between two source samples; beyond the rim the rim goes on.
Axis Growing(uint32_t from, uint32_t to) {
  Axis axis;
  for (int64_t k = 0; k < to; ++k) {
    const int64_t place =
        std::clamp<int64_t>((2 * k + 1) * from * kOne / (2 * int64_t{to}) - kOne / 2, 0, (int64_t{from} - 1) * kOne);
    const int64_t first = std::min<int64_t>(place / kOne, std::max<int64_t>(from, 2) - 2);
    const uint32_t second_weight = static_cast<uint32_t>(place - first * kOne);
    axis.outputs.push_back(
        {static_cast<uint32_t>(first), static_cast<uint32_t>(axis.weights.size()), from == 1 ? 1U : 2U});
    axis.weights.push_back(kOne - second_weight);
    if (from > 1) axis.weights.push_back(second_weight);
  }
  return axis;
}

Axis AxisOf(uint32_t from, uint32_t to) {
  return to < from ? Shrinking(from, to) : Growing(from, to);
}

}  // namespace

Picture Resize(const Picture& picture, uint32_t width, uint32_t height) {
  CheckWhole(picture);
  if (width < picture.width && height > picture.height) {  // else each of many rows would be made of a long one
    return Resize(Resize(picture, width, picture.height), width, height);
  }
  Picture out = Blank(width, height);
  const Axis columns = AxisOf(picture.width, width), rows = AxisOf(picture.height, height);
  const size_t row_bytes = size_t{picture.width} * 3;
  std::vector<uint32_t> sums(row_bytes);
  std::vector<uint16_t> blended(row_bytes);  // 8 bits and 8 of fraction
  uint8_t* to = out.rgb.data();
  for (const Axis::Output& row : rows.outputs) {
    std::fill(sums.begin(), sums.end(), 128U);
    for (uint32_t i = 0; i < row.count; ++i) {
      const uint8_t* from = &picture.rgb[(size_t{row.first} + i) * row_bytes];
      const uint32_t weight = rows.weights[row.weight + i];
      for (size_t x = 0; x < row_bytes; ++x) sums[x] += from[x] * weight;
    }
    for (size_t x = 0; x < row_bytes; ++x) blended[x] = static_cast<uint16_t>(sums[x] >> 8U);
    for (const Axis::Output& column : columns.outputs) {
      const uint16_t* from = &blended[size_t{column.first} * 3];
      uint32_t red = 1U << 23U, green = red, blue = red;  // 65,280 * kOne + 2^23 < 2^32
      for (uint32_t i = 0; i < column.count; ++i, from += 3) {
        const uint32_t weight = columns.weights[column.weight + i];
        red += from[0] * weight;
        green += from[1] * weight;
        blue += from[2] * weight;
      }
      *to++ = static_cast<uint8_t>(red >> 24U);
      *to++ = static_cast<uint8_t>(green >> 24U);
      *to++ = static_cast<uint8_t>(blue >> 24U);
    }
  }
  return out;
}

Picture Crop(const Picture& picture, uint32_t x, uint32_t y, uint32_t width, uint32_t height) {
  CheckWhole(picture);
  Picture out = Blank(width, height);
  CHECK(width <= picture.width && x <= picture.width - width && height <= picture.height &&
        y <= picture.height - height);
  for (size_t row = 0; row < height; ++row) {
    std::memcpy(&out.rgb[row * width * 3], &picture.rgb[((row + y) * picture.width + x) * 3], size_t{width} * 3);
  }
  return out;
}

Picture Recolour(const Picture& picture, const Recolouring& recolouring) {
  CheckWhole(picture);
  CHECK(recolouring.brightness >= -1 && recolouring.brightness <= 1);
  CHECK(recolouring.contrast >= 0 && recolouring.contrast <= 8);
  CHECK(recolouring.saturation >= 0 && recolouring.saturation <= 8);
  // In 1/1024: 255 * 8 * 8 * 1024 stays below 2^31.
  const auto fixed = [](double value) { return static_cast<int32_t>(value * 1024 + (value < 0 ? -0.5 : 0.5)); };
  const int32_t contrast = fixed(recolouring.contrast), saturation = fixed(recolouring.saturation);
  const int32_t lift = fixed(recolouring.brightness * 255) + (128 << 10) + 512;
  Picture out = Blank(picture.width, picture.height);
  const uint8_t* from = picture.rgb.data();
  uint8_t* to = out.rgb.data();
  for (size_t i = 0; i < size_t{picture.width} * picture.height; ++i, from += 3, to += 3) {
    const int32_t luma = (306 * from[0] + 601 * from[1] + 117 * from[2] + 512) >> 10;  // Rec. 601
    for (int c = 0; c < 3; ++c) {
      const int32_t sample = luma + (((from[c] - luma) * saturation + 512) >> 10);
      to[c] = Clamped(((sample - 128) * contrast + lift) >> 10);
    }
  }
  return out;
}

Picture Mirror(const Picture& picture) {
  CheckWhole(picture);
  Picture out = Blank(picture.width, picture.height);
  for (size_t y = 0; y < picture.height; ++y) {
    const uint8_t* from = &picture.rgb[y * picture.width * 3];
    uint8_t* to = out.rgb.data() + (y + 1) * picture.width * 3;
    for (uint32_t x = 0; x < picture.width; ++x, from += 3) std::memcpy(to -= 3, from, 3);
  }
  return out;
}

Picture AddNoise(const Picture& picture, uint64_t seed, int amplitude) {
  CheckWhole(picture);
  CHECK(amplitude >= 0 && amplitude <= 255);
  Random random(seed);
  Picture out = picture;
  const uint32_t span = static_cast<uint32_t>(2 * amplitude + 1);
  uint64_t bits = 0;
  for (size_t i = 0; i < out.rgb.size(); ++i) {
    bits = i % 4 == 0 ? random.Next() : bits >> 16U;
    const int32_t noise = static_cast<int32_t>(((bits & 0xFFFFU) * span) >> 16U) - amplitude;
    out.rgb[i] = Clamped(out.rgb[i] + noise);
  }
  return out;
}

}  // namespace crossguard::drawing
