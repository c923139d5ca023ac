#include "drawing/footage.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "drawing/random.h"

namespace crossguard::drawing {
namespace {

constexpr uint32_t kRoom = 80;          // a frame's 80th part is the room to pan in
constexpr uint32_t kNoise = 9;          // even within 0..kNoise
constexpr uint32_t kNoiseBytes = 8192;  // a row takes its noise from anywhere in the first half
constexpr int kLow = 16, kHigh = 225;   // of a canvas: with noise it stays within 16..235

// Twice as wide: between two samples their mean.
void Widen(const uint8_t* from, uint32_t count, uint8_t* out) {
  for (uint32_t x = 0; x + 1 < count; ++x) {
    out[2 * x] = from[x];
    out[2 * x + 1] = static_cast<uint8_t>((from[x] + from[x + 1] + 1) / 2);
  }
  out[2 * count - 2] = out[2 * count - 1] = from[count - 1];
}

Picture Edited(Picture picture, VideoEdit edit, uint64_t seed) {
  switch (edit) {
    case VideoEdit::kNone:
      break;
    case VideoEdit::kMirror:
      return Mirror(picture);
    case VideoEdit::kCrop: {
      const uint32_t width = picture.width, height = picture.height;
      return Resize(Crop(picture, width / 5, height / 6, width * 3 / 5, height * 3 / 5), width, height);
    }
    case VideoEdit::kCaption:
      return Caption(picture, "SAMPLE " + std::to_string(seed % 1000), seed);
    case VideoEdit::kColour:
      return Recolour(picture, {.brightness = 0.04, .contrast = 0.9, .saturation = 0.5});
  }
  return picture;
}

}  // namespace

Footage::Footage(uint64_t seed, uint32_t width, uint32_t height, VideoEdit edit, uint64_t edit_seed)
    : seed_(seed), width_(width), height_(height), edit_(edit), edit_seed_(edit_seed), noise_(kNoiseBytes) {
  CHECK(width >= 32 && width <= kVideoSideMax && width % 2 == 0);
  CHECK(height >= 32 && height <= kVideoSideMax && height % 2 == 0);
  half_width_ = width / 2 + std::max(1U, width / 2 / kRoom);
  half_height_ = height / 2 + std::max(1U, height / 2 / kRoom);
  Random random(seed ^ 0x4E015E);
  for (uint8_t& one : noise_) one = static_cast<uint8_t>(random.Below(kNoise + 1));
}

void Footage::Begin(uint32_t shot) {
  shot_ = shot;
  Random random(seed_ + uint64_t{shot} * 0x9E3779B97F4A7C15U);
  const Picture half = Edited(DrawScene(random.Next(), half_width_, half_height_), edit_, edit_seed_);
  pan_x_ = random.Between(-0.6, 0.6);
  pan_y_ = random.Between(-0.6, 0.6);
  for (Shape& shape : shapes_) {
    shape.round = random.Below(2) == 0;
    shape.luma = static_cast<uint8_t>(kLow + random.Below(kHigh - kLow));
    shape.side = random.Between(0.03, 0.09);
    shape.x = random.Between(0.1, 0.9);
    shape.y = random.Between(0.1, 0.9);
    shape.dx = random.Between(-0.03, 0.03);
    shape.dy = random.Between(-0.03, 0.03);
  }
  const size_t samples = size_t{half_width_} * half_height_;
  Bytes luma(samples);
  blue_.resize(samples);
  red_.resize(samples);
  for (size_t i = 0; i < samples; ++i) {
    const int r = half.rgb[3 * i], g = half.rgb[3 * i + 1], b = half.rgb[3 * i + 2];
    luma[i] = static_cast<uint8_t>(kLow + (19'595 * r + 38'470 * g + 7'471 * b) / 65'536 * (kHigh - kLow) / 255);
    blue_[i] = static_cast<uint8_t>(128 + (-9'665 * r - 18'975 * g + 28'640 * b) / 65'536);
    red_[i] = static_cast<uint8_t>(128 + (28'640 * r - 23'983 * g - 4'657 * b) / 65'536);
  }
  luma_.resize(samples * 4);
  const size_t row = size_t{half_width_} * 2;
  for (uint32_t y = 0; y < half_height_; ++y) Widen(&luma[size_t{y} * half_width_], half_width_, &luma_[2 * y * row]);
  for (uint32_t y = 0; y < half_height_; ++y) {
    const uint8_t* above = &luma_[2 * y * row];
    const uint8_t* below = y + 1 < half_height_ ? above + 2 * row : above;
    uint8_t* out = &luma_[(2 * size_t{y} + 1) * row];
    for (size_t x = 0; x < row; ++x) out[x] = static_cast<uint8_t>((above[x] + below[x] + 1) / 2);
  }
}

void Footage::Paint(const Shape& shape, double phase, const Planes& out) const {
  const int side = std::max(2, static_cast<int>(shape.side * width_));
  const int left = static_cast<int>((shape.x + shape.dx * phase) * width_) - side / 2;
  const int top = static_cast<int>((shape.y + shape.dy * phase) * height_) - side / 2;
  for (int y = std::max(0, top); y < std::min(top + side, static_cast<int>(height_)); ++y) {
    int inset = 0;
    if (shape.round) {
      const double r = side / 2.0, d = y + 0.5 - top - r;
      inset = static_cast<int>(r - std::sqrt(std::max(0.0, r * r - d * d)));
    }
    const int from = std::max(0, left + inset), to = std::min(left + side - inset, static_cast<int>(width_));
    if (from < to) std::memset(out.luma + y * out.luma_stride + from, shape.luma, static_cast<size_t>(to - from));
  }
}

void Footage::Draw(uint32_t at_millis, const Planes& out) {
  const uint32_t shot = at_millis / (kShotSeconds * 1000);
  if (shot != shot_) Begin(shot);
  const double phase = at_millis % 1000 / 1000.0;
  const auto begin = [&](double pan, uint32_t room) {
    return static_cast<uint32_t>((pan < 0 ? 1 + pan * phase : pan * phase) * room);
  };
  const uint32_t x0 = begin(pan_x_, half_width_ - width_ / 2), y0 = begin(pan_y_, half_height_ - height_ / 2);
  Random random(seed_ ^ (uint64_t{at_millis % 1000} << 32U) ^ shot);
  const size_t row = size_t{half_width_} * 2;
  for (uint32_t y = 0; y < height_; ++y) {
    const uint8_t* from = &luma_[(2 * size_t{y0} + y) * row + 2 * size_t{x0}];
    const uint8_t* noise = &noise_[random.Below(kNoiseBytes - std::min(width_, kNoiseBytes / 2))];
    uint8_t* to = out.luma + static_cast<ptrdiff_t>(y) * out.luma_stride;
    for (uint32_t x = 0; x < width_; ++x) to[x] = static_cast<uint8_t>(from[x] + noise[x]);
  }
  for (uint32_t y = 0; y < height_ / 2; ++y) {
    const size_t from = (size_t{y0} + y) * half_width_ + x0;
    std::memcpy(out.blue + static_cast<ptrdiff_t>(y) * out.blue_stride, &blue_[from], width_ / 2);
    std::memcpy(out.red + static_cast<ptrdiff_t>(y) * out.red_stride, &red_[from], width_ / 2);
  }
  for (const Shape& shape : shapes_) Paint(shape, phase, out);
}

Picture DrawVideoFrame(uint64_t footage, uint32_t at_millis, uint32_t width, uint32_t height) {
  Bytes luma(size_t{width} * height), blue(luma.size() / 4), red(luma.size() / 4);
  const int half = static_cast<int>(width / 2);
  Footage(footage, width, height, VideoEdit::kNone, 0)
      .Draw(at_millis, {.luma = luma.data(),
                        .blue = blue.data(),
                        .red = red.data(),
                        .luma_stride = static_cast<int>(width),
                        .blue_stride = half,
                        .red_stride = half});
  Picture out{.width = width, .height = height, .rgb = Bytes(luma.size() * 3)};
  const auto clamped = [](int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); };
  for (uint32_t y = 0; y < height; ++y) {
    uint8_t* to = &out.rgb[size_t{y} * width * 3];
    for (uint32_t x = 0; x < width; ++x, to += 3) {
      const size_t chroma = size_t{y / 2} * (width / 2) + x / 2;
      const int l = (luma[size_t{y} * width + x] - 16) * 298, b = blue[chroma] - 128, r = red[chroma] - 128;
      to[0] = clamped((l + 409 * r + 128) / 256);
      to[1] = clamped((l - 100 * b - 208 * r + 128) / 256);
      to[2] = clamped((l + 516 * b + 128) / 256);
    }
  }
  return out;
}

}  // namespace crossguard::drawing
