#include "examine/kernel/video_frame.h"

#include <algorithm>
#include <array>
#include <cstring>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
}

namespace crossguard::examine {
namespace {

// ITU-R BT.601: black is 16 and white 235, brought to 0..255 and rounded. In numbers of 16 bits, of which a compiler
// makes many at once.
constexpr uint8_t Stretched(uint8_t value) {
  const uint16_t clamped = std::clamp<uint16_t>(value, 16, 235);
  const auto above = static_cast<uint16_t>(clamped - 16);
  const auto rest = static_cast<uint16_t>(above * 36 + 109);
  const auto high = static_cast<uint16_t>(uint32_t{rest} * 38'305U >> 16);
  return static_cast<uint8_t>(above + (high >> 7));  // rest / 219
}
static_assert([] {
  for (int value = 0; value < 256; ++value) {
    if (Stretched(static_cast<uint8_t>(value)) != std::clamp(((value - 16) * 255 + 109) / 219, 0, 255)) return false;
  }
  return true;
}());

void StretchRow(const uint8_t* from, uint32_t count, uint8_t* to) {
  for (uint32_t i = 0; i < count; ++i) to[i] = Stretched(from[i]);
}

// One component of a pixel format, brought to 8 bits.
class Component {
 public:
  Component(const AVFrame& frame, const AVComponentDescriptor& component, bool big_endian)
      : data_(frame.data[component.plane]),
        stride_(frame.linesize[component.plane]),
        step_(static_cast<size_t>(component.step)),
        offset_(static_cast<size_t>(component.offset)),
        shift_(component.shift),
        depth_(component.depth),
        big_endian_(big_endian) {}

  bool readable() const { return data_ != nullptr && depth_ >= 1 && depth_ <= 16; }

  const uint8_t* Row(uint32_t y) const { return data_ + static_cast<ptrdiff_t>(y) * stride_ + offset_; }
  bool plain() const { return depth_ == 8 && shift_ == 0 && step_ == 1; }  // bytes, one behind the other

  void ReadRow(uint32_t y, uint32_t width, uint8_t* out, size_t out_step) const {
    const uint8_t* at = Row(y);
    if (depth_ == 8 && shift_ == 0) {
      if (step_ == 1 && out_step == 1) {
        std::memcpy(out, at, width);
        return;
      }
      for (uint32_t x = 0; x < width; ++x) out[x * out_step] = at[x * step_];
      return;
    }
    for (uint32_t x = 0; x < width; ++x, at += step_) {
      if (shift_ + depth_ <= 8) {  // one byte; fewer bits are spread over the range
        const uint32_t value = uint32_t{*at} >> shift_ & ((1U << depth_) - 1);
        out[x * out_step] = static_cast<uint8_t>((value * 255 + ((1U << depth_) - 1) / 2) / ((1U << depth_) - 1));
        continue;
      }
      const uint32_t word = big_endian_ ? uint32_t{at[0]} << 8 | at[1] : uint32_t{at[1]} << 8 | at[0];
      const uint32_t value = word >> shift_ & ((1U << depth_) - 1);
      const uint32_t full = (1U << depth_) - 1;
      out[x * out_step] = static_cast<uint8_t>(depth_ >= 8 ? value >> (depth_ - 8) : (value * 255 + full / 2) / full);
    }
  }

 private:
  const uint8_t* data_;
  ptrdiff_t stride_;
  size_t step_, offset_;
  int shift_, depth_;
  bool big_endian_;
};

}  // namespace

std::optional<SampledPicture> PictureOf(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor* const pixels = av_pix_fmt_desc_get(format);
  constexpr uint64_t kOdd =
      AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT;
  if (pixels == nullptr || (pixels->flags & kOdd) != 0 || frame.width <= 0 || frame.height <= 0) return std::nullopt;
  SampledPicture out;
  out.width = static_cast<uint32_t>(frame.width);
  out.height = static_cast<uint32_t>(frame.height);
  const bool palette = (pixels->flags & AV_PIX_FMT_FLAG_PAL) != 0;
  const bool rgb = (pixels->flags & AV_PIX_FMT_FLAG_RGB) != 0 || palette;
  out.channels = rgb ? 3 : 1;
  // Row by row where it goes row by row: all at once it would be filled with zeros first, and fetched again.
  out.pixels.reserve(size_t{out.width} * out.height * out.channels);
  if (rgb) out.pixels.resize(size_t{out.width} * out.height * out.channels);
  if (palette) {
    if (frame.data[0] == nullptr || frame.data[1] == nullptr) return std::nullopt;
    for (uint32_t y = 0; y < out.height; ++y) {
      const uint8_t* const row = frame.data[0] + static_cast<ptrdiff_t>(y) * frame.linesize[0];
      uint8_t* pixel = &out.pixels[size_t{y} * out.width * 3];
      for (uint32_t x = 0; x < out.width; ++x, pixel += 3) {
        uint32_t colour = 0;
        std::memcpy(&colour, frame.data[1] + 4 * size_t{row[x]}, 4);
        pixel[0] = static_cast<uint8_t>(colour >> 16);
        pixel[1] = static_cast<uint8_t>(colour >> 8);
        pixel[2] = static_cast<uint8_t>(colour);
      }
    }
    return out;
  }
  if (rgb && pixels->nb_components < 3) return std::nullopt;
  const bool big_endian = (pixels->flags & AV_PIX_FMT_FLAG_BE) != 0;
  const bool grey = pixels->nb_components < 3;
  const bool full = frame.color_range == AVCOL_RANGE_JPEG || grey || format == AV_PIX_FMT_YUVJ420P ||
                    format == AV_PIX_FMT_YUVJ422P || format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P;
  const bool narrow = !rgb && !full;
  for (uint32_t c = 0; c < out.channels; ++c) {
    const Component component(frame, pixels->comp[c], big_endian);
    if (!component.readable()) return std::nullopt;
    for (uint32_t y = 0; y < out.height; ++y) {
      if (!rgb) out.pixels.resize(size_t{out.width} * (y + 1));
      uint8_t* const row = &out.pixels[size_t{y} * out.width * out.channels + c];
      if (narrow && component.plain()) {
        StretchRow(component.Row(y), out.width, row);
        continue;
      }
      component.ReadRow(y, out.width, row, out.channels);
      if (narrow) StretchRow(row, out.width, row);
    }
  }
  return out;
}

}  // namespace crossguard::examine
