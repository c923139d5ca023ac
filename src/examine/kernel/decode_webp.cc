#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>

#include "examine/kernel/animation.h"
#include "examine/kernel/decode.h"
#include "examine/kernel/numbers.h"

namespace crossguard::examine {
namespace {

// libwebp's own working memory beside the frame: 4 bytes a pixel for lossless, rows for lossy.
constexpr uint64_t kBytesPerPixelLossy = 3;
constexpr uint64_t kBytesPerPixelLossless = 3 + 4;

struct DemuxDelete {
  void operator()(WebPDemuxer* demux) const { WebPDemuxDelete(demux); }
};
struct AnimationDelete {
  void operator()(WebPAnimDecoder* decoder) const { WebPAnimDecoderDelete(decoder); }
};
struct DecoderDelete {
  void operator()(WebPIDecoder* decoder) const { WebPIDelete(decoder); }
};

// One frame's bitstream to RGB rows, as many as the bytes give. Returns the number of whole rows.
uint32_t DecodeRows(ByteView frame, uint32_t width, uint32_t height, std::vector<uint8_t>& rgb, bool& complete) {
  const size_t stride = size_t{width} * 3;
  rgb.assign(stride * height, 0);
  const std::unique_ptr<WebPIDecoder, DecoderDelete> decoder(
      WebPINewRGB(WEBP_CSP_MODE::MODE_RGB, rgb.data(), rgb.size(), static_cast<int>(stride)));
  complete = false;
  if (decoder == nullptr) return 0;
  const VP8StatusCode status = WebPIUpdate(decoder.get(), frame.data(), frame.size());
  complete = status == VP8_STATUS_OK;
  int last_row = 0;
  if (WebPIDecGetRGB(decoder.get(), &last_row, nullptr, nullptr, nullptr) == nullptr) return 0;
  return complete ? height : static_cast<uint32_t>(last_row < 0 ? 0 : last_row);
}

// What there is of a file that ends early, made whole: its chunks (RIFF) that are all there.
Bytes WholeChunks(ByteView bytes) {
  constexpr size_t kHead = 12, kChunkHead = 8;
  size_t end = kHead;
  while (bytes.size() >= end + kChunkHead) {
    const uint64_t length = LittleEndian(bytes, end + 4, 4);
    const uint64_t padded = length + length % 2;
    if (padded > bytes.size() - end - kChunkHead) break;
    end += kChunkHead + padded;
  }
  Bytes whole(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(end, bytes.size())));
  if (whole.size() < kHead) return whole;
  const uint64_t length = whole.size() - kChunkHead;
  for (size_t i = 0; i < 4; ++i) whole[4 + i] = static_cast<uint8_t>(length >> (8 * i));
  return whole;
}

}  // namespace

bool EachWebpPicture(ByteView bytes, uint32_t width, uint32_t height, const OnShown& on_shown) {
  WebPAnimDecoderOptions options{};
  if (WebPAnimDecoderOptionsInit(&options) == 0) return false;
  options.color_mode = MODE_RGBA;
  options.use_threads = 0;
  Bytes part;
  WebPData data{bytes.data(), bytes.size()};
  std::unique_ptr<WebPAnimDecoder, AnimationDelete> decoder(WebPAnimDecoderNew(&data, &options));
  const bool whole = decoder != nullptr;
  if (!whole) {
    part = WholeChunks(bytes);
    data = {part.data(), part.size()};
    decoder.reset(WebPAnimDecoderNew(&data, &options));
  }
  WebPAnimInfo info{};
  if (decoder == nullptr || WebPAnimDecoderGetInfo(decoder.get(), &info) == 0) return false;
  if (info.canvas_width != width || info.canvas_height != height) return false;
  Bytes rgb(size_t{width} * height * 3);
  uint64_t at_millis = 0;
  int ended_before = 0;
  while (WebPAnimDecoderHasMoreFrames(decoder.get()) != 0) {
    uint8_t* rgba = nullptr;
    int ends = 0;
    if (WebPAnimDecoderGetNext(decoder.get(), &rgba, &ends) == 0) return false;
    for (size_t i = 0; i < size_t{width} * height; ++i) std::copy_n(rgba + 4 * i, 3, &rgb[3 * i]);
    if (!on_shown(rgb, at_millis)) return true;
    const auto millis = static_cast<uint64_t>(std::max(ends - ended_before, 0));
    at_millis += millis < kBriefestMillis ? kAssumedMillis : millis;
    ended_before = ends;
  }
  return whole;
}

Decoded DecodeWebp(ByteView bytes, const Limits& limits) {
  Decoded out;
  WebPBitstreamFeatures features{};
  const VP8StatusCode status = WebPGetFeatures(bytes.data(), bytes.size(), &features);
  if (status != VP8_STATUS_OK) {
    out.reason = status == VP8_STATUS_NOT_ENOUGH_DATA ? Reason::kEndedEarly : Reason::kDamagedHeader;
    return out;
  }
  if (features.width < 1 || features.height < 1) return out;
  out.width = static_cast<uint32_t>(features.width);
  out.height = static_cast<uint32_t>(features.height);
  out.frames = 1;
  const uint64_t pixels = uint64_t{out.width} * out.height;
  if (pixels > limits.pixels_max) {
    out.state = State::kLimitExceeded;
    out.reason = Reason::kPixelLimit;
    return out;
  }
  const bool lossy = features.format == 1;
  if (pixels * (lossy ? kBytesPerPixelLossy : kBytesPerPixelLossless) > limits.decode_bytes_max) {
    out.state = State::kLimitExceeded;
    out.reason = Reason::kMemoryLimit;
    return out;
  }

  Sampler sampler(out.width, out.height, 3);
  std::vector<uint8_t> rgb;
  bool complete = false;
  uint32_t rows = 0;
  if (features.has_animation == 0) {
    rows = DecodeRows(bytes, out.width, out.height, rgb, complete);
    for (uint32_t y = 0; y < rows; ++y) {
      if (sampler.WantsRow(y)) sampler.PutRow(y, rgb.data() + size_t{y} * out.width * 3, 3);
    }
  } else {
    const WebPData data{bytes.data(), bytes.size()};
    WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
    const std::unique_ptr<WebPDemuxer, DemuxDelete> demux(WebPDemuxPartial(&data, &state));
    WebPIterator frame{};
    if (demux == nullptr || WebPDemuxGetFrame(demux.get(), 1, &frame) == 0) {
      out.reason = state == WEBP_DEMUX_PARSING_HEADER || state == WEBP_DEMUX_PARSED_HEADER ? Reason::kEndedEarly
                                                                                           : Reason::kDamagedData;
      return out;
    }
    const uint32_t frame_count = WebPDemuxGetI(demux.get(), WEBP_FF_FRAME_COUNT);
    out.frames = frame_count < 1 ? 1 : frame_count;
    const uint32_t width = static_cast<uint32_t>(frame.width);
    const uint32_t height = static_cast<uint32_t>(frame.height);
    const uint32_t left = static_cast<uint32_t>(frame.x_offset);
    const uint32_t top = static_cast<uint32_t>(frame.y_offset);
    const bool inside = frame.width >= 1 && frame.height >= 1 && frame.x_offset >= 0 && frame.y_offset >= 0 &&
                        left + width <= out.width && top + height <= out.height;
    if (inside) {
      // Lossless frames may hide in an animation: counted as such.
      if (uint64_t{width} * height * kBytesPerPixelLossless > limits.decode_bytes_max) {
        WebPDemuxReleaseIterator(&frame);
        out.state = State::kLimitExceeded;
        out.reason = Reason::kMemoryLimit;
        return out;
      }
      rows = DecodeRows({frame.fragment.bytes, frame.fragment.size}, width, height, rgb, complete);
      for (uint32_t y = 0; y < rows; ++y) {
        if (!sampler.WantsRow(top + y)) continue;
        const uint8_t* row = rgb.data() + size_t{y} * width * 3;
        if (width == out.width) {
          sampler.PutRow(top + y, row, 3);
        } else {
          for (uint32_t x = 0; x < width; ++x) sampler.PutPixel(left + x, top + y, row + size_t{x} * 3);
        }
      }
    }
    complete = complete && state == WEBP_DEMUX_DONE;
    WebPDemuxReleaseIterator(&frame);
  }
  if (complete) {
    out.state = State::kExamined;
    out.reason = Reason::kNone;
  } else {
    out.state = rows > 0 ? State::kTruncated : State::kUndecodable;
    // The container says how long it is; less is an early end, otherwise the bitstream is damaged.
    const uint64_t said = bytes.size() < 8 ? 0 : 8 + LittleEndian(bytes, 4, 4);
    out.reason = said > bytes.size() ? Reason::kEndedEarly : Reason::kDamagedData;
  }
  if (rows > 0) out.picture = sampler.picture();
  return out;
}

}  // namespace crossguard::examine
