#include "examine/kernel/hevc_picture.h"

#include <algorithm>
#include <cstring>
#include <limits>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
#include <libavutil/pixdesc.h>
}

namespace crossguard::examine {
namespace {

struct FreeCodec {
  void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
};
struct FreePacket {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
using Codec = std::unique_ptr<AVCodecContext, FreeCodec>;
using Frame = std::unique_ptr<AVFrame, HevcPicture::FreeFrame>;
using Packet = std::unique_ptr<AVPacket, FreePacket>;

// What the luma is filled with before it is decoded, row by row in turn. No sample of at most 12 bits is 0xFFFF; of a
// picture of 8 bits that happens to hold eight such rows in a block's middle the block turns black.
constexpr std::array<uint8_t, 2> kUndrawn{0x4A, 0xB5};
constexpr uint8_t kUndrawnWide = 0xFF;
constexpr int kBlock = 16;                      // the smallest side of a coding tree block
constexpr int kInnerBegin = 4, kInnerEnd = 12;  // filters of a neighbour reach three samples into a block

uint8_t UndrawnAt(bool wide, int y) {
  return wide ? kUndrawnWide : kUndrawn[static_cast<size_t>(y) % kUndrawn.size()];
}

uint8_t* RowOf(const AVFrame& frame, int plane, int y) {
  return frame.data[plane] + static_cast<ptrdiff_t>(y) * frame.linesize[plane];
}

int OnGetBuffer(AVCodecContext* codec, AVFrame* frame, int flags) {
  const int error = avcodec_default_get_buffer2(codec, frame, flags);
  const AVPixFmtDescriptor* const format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format));
  if (error < 0 || format == nullptr) return error;
  const int depth = format->comp[0].depth;
  for (int y = 0; y < frame->height; ++y)
    std::memset(RowOf(*frame, 0, y), UndrawnAt(depth > 8, y), static_cast<size_t>(frame->width) * (depth > 8 ? 2 : 1));
  const int width = AV_CEIL_RSHIFT(frame->width, format->log2_chroma_w);
  const int height = AV_CEIL_RSHIFT(frame->height, format->log2_chroma_h);
  for (int plane = 1; plane < format->nb_components && plane < 3; ++plane) {
    for (int y = 0; y < height; ++y) {
      uint8_t* const row = RowOf(*frame, plane, y);
      if (depth == 8) {
        std::memset(row, 0x80, static_cast<size_t>(width));
      } else {
        std::fill_n(reinterpret_cast<uint16_t*>(row), width, static_cast<uint16_t>(1U << (depth - 1)));
      }
    }
  }
  return error;
}

bool IsUndrawn(const AVFrame& frame, bool wide, int left, int top) {
  const int right = std::min(left + kInnerEnd, frame.width), bottom = std::min(top + kInnerEnd, frame.height);
  for (int y = top + kInnerBegin; y < bottom; ++y) {
    const uint8_t* const row = RowOf(frame, 0, y);
    const int sample = wide ? 2 : 1;
    const auto is_left = [undrawn = UndrawnAt(wide, y)](uint8_t value) { return value == undrawn; };
    if (!std::all_of(row + (left + kInnerBegin) * sample, row + right * sample, is_left)) return false;
  }
  return true;
}

// A slice that is missing or ends early is no error to libavcodec. False if there is such; its blocks are black then.
bool BlackenHoles(const AVFrame& frame, bool wide) {
  bool whole = true;
  for (int top = 0; top < frame.height; top += kBlock) {
    for (int left = 0; left < frame.width; left += kBlock) {
      if (!IsUndrawn(frame, wide, left, top)) continue;
      whole = false;
      const int right = std::min(left + kBlock, frame.width), bottom = std::min(top + kBlock, frame.height);
      const int sample = wide ? 2 : 1;
      for (int y = top; y < bottom; ++y)
        std::memset(RowOf(frame, 0, y) + left * sample, 0, static_cast<size_t>((right - left) * sample));
    }
  }
  return whole;
}

// The planes are Y, Cb, Cr in this order; with the identity matrix G, B, R, which is what these are then.
bool TakeForm(const AVPixFmtDescriptor& format, HevcPicture& out) {
  constexpr uint64_t kOdd = AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER |
                            AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_BE;
  const int depth = format.comp[0].depth;
  if ((format.flags & kOdd) != 0 || depth < 8 || depth > 12) return false;
  if (format.nb_components != 1 && (format.nb_components != 3 || (format.flags & AV_PIX_FMT_FLAG_PLANAR) == 0))
    return false;
  for (int i = 0; i < format.nb_components; ++i) {
    if (format.comp[i].depth != depth || format.comp[i].shift != 0) return false;
  }
  if (format.log2_chroma_w > 1 || format.log2_chroma_h > format.log2_chroma_w) return false;
  out.depth = static_cast<uint32_t>(depth);
  out.planes = format.nb_components;
  for (uint32_t i = 1; i < out.planes; ++i) {
    out.plane[i].across = format.log2_chroma_w;
    out.plane[i].down = format.log2_chroma_h;
  }
  return true;
}

std::unique_ptr<HevcPicture> ToPicture(Frame frame) {
  const AVPixFmtDescriptor* const format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format));
  auto out = std::make_unique<HevcPicture>();
  if (format == nullptr || !TakeForm(*format, *out) || frame->data[0] == nullptr) return nullptr;
  out->whole = BlackenHoles(*frame, out->depth > 8);
  const auto coded_width = static_cast<size_t>(frame->width), coded_height = static_cast<size_t>(frame->height);
  const size_t left = frame->crop_left, top = frame->crop_top;
  if (left >= coded_width || frame->crop_right >= coded_width - left || top >= coded_height ||
      frame->crop_bottom >= coded_height - top)
    return nullptr;
  out->width = static_cast<uint32_t>(coded_width - left - frame->crop_right);
  out->height = static_cast<uint32_t>(coded_height - top - frame->crop_bottom);
  for (size_t i = 0; i < out->planes; ++i) {
    HevcPlane& plane = out->plane[i];
    if (frame->data[i] == nullptr) return nullptr;
    // What is cut off ends between two samples of the smaller planes too (H.265, 7.4.3.2.1).
    plane.stride = frame->linesize[i];
    plane.pixels = frame->data[i] + static_cast<ptrdiff_t>(top >> plane.down) * plane.stride +
                   (left >> plane.across) * (out->depth > 8 ? 2 : 1);
  }
  out->primaries = static_cast<uint16_t>(frame->color_primaries);
  out->transfer = static_cast<uint16_t>(frame->color_trc);
  out->matrix = static_cast<uint16_t>(frame->colorspace);
  out->full_range = frame->color_range == AVCOL_RANGE_JPEG;
  out->frame = std::move(frame);
  return out;
}

// Says that every unit has its length in four bytes before it, as libheif hands them over, and names no parameter sets:
// they come in the same way (ISO/IEC 14496-15, 8.3.3.1).
constexpr std::array<uint8_t, 23> kLengthsOfFour = [] {
  std::array<uint8_t, 23> out{};
  out[0] = 1;
  out[21] = 0xFF;
  return out;
}();

Codec OpenCodec(uint64_t pixels_max) {
  const AVCodec* const decoder = avcodec_find_decoder_by_name("hevc");
  Codec codec(decoder == nullptr ? nullptr : avcodec_alloc_context3(decoder));
  if (codec == nullptr) return nullptr;
  codec->extradata = static_cast<uint8_t*>(av_mallocz(kLengthsOfFour.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (codec->extradata == nullptr) return nullptr;
  std::copy(kLengthsOfFour.begin(), kLengthsOfFour.end(), codec->extradata);
  codec->extradata_size = static_cast<int>(kLengthsOfFour.size());
  codec->thread_count = 1;
  codec->max_pixels =
      static_cast<int64_t>(std::min(pixels_max, static_cast<uint64_t>(std::numeric_limits<int64_t>::max())));
  codec->err_recognition = AV_EF_EXPLODE;
  codec->apply_cropping = 0;
  codec->get_buffer2 = OnGetBuffer;
  if (avcodec_open2(codec.get(), decoder, nullptr) < 0) return nullptr;
  return codec;
}

bool LengthsFit(ByteView units) {
  constexpr size_t kLength = 4;
  while (!units.empty()) {
    if (units.size() < kLength) return false;
    const size_t length = size_t{units[0]} << 24 | size_t{units[1]} << 16 | size_t{units[2]} << 8 | size_t{units[3]};
    units = units.subspan(kLength);
    if (length > units.size()) return false;
    units = units.subspan(length);
  }
  return true;
}

}  // namespace

void HevcPicture::FreeFrame::operator()(AVFrame* frame) const {
  av_frame_free(&frame);
}

std::unique_ptr<HevcPicture> DecodeHevc(ByteView units, uint64_t pixels_max) {
  av_log_set_level(AV_LOG_QUIET);
  if (units.size() > static_cast<size_t>(std::numeric_limits<int>::max() / 2) || !LengthsFit(units)) return nullptr;
  const Codec codec = OpenCodec(pixels_max);
  const Packet packet(av_packet_alloc());
  Frame frame(av_frame_alloc());
  const Frame another(av_frame_alloc());
  if (codec == nullptr || packet == nullptr || frame == nullptr || another == nullptr) return nullptr;
  if (av_new_packet(packet.get(), static_cast<int>(units.size())) < 0)
    return nullptr;  // with room behind for its readers
  std::copy(units.begin(), units.end(), packet->data);
  packet->flags = AV_PKT_FLAG_KEY;
  if (avcodec_send_packet(codec.get(), packet.get()) < 0 || avcodec_send_packet(codec.get(), nullptr) < 0)
    return nullptr;
  if (avcodec_receive_frame(codec.get(), frame.get()) < 0) return nullptr;
  if (avcodec_receive_frame(codec.get(), another.get()) != AVERROR_EOF) return nullptr;
  if (frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0) return nullptr;
  return ToPicture(std::move(frame));
}

}  // namespace crossguard::examine
