#include <jxl/decode.h>

#include <cstring>
#include <memory>

#include "examine/kernel/decode.h"
#include "examine/kernel/exif.h"

namespace crossguard::examine {
namespace {

// The decoder works in floats: some five planes of them while a picture comes together.
constexpr uint64_t kBytesPerPixel = 20;
constexpr size_t kExifBytesMax = 1 << 20;

struct Destroy {
  void operator()(JxlDecoder* decoder) const { JxlDecoderDestroy(decoder); }
};
using Decoder = std::unique_ptr<JxlDecoder, Destroy>;

Decoder Open(ByteView bytes, int events) {
  Decoder decoder(JxlDecoderCreate(nullptr));
  if (decoder == nullptr) throw std::bad_alloc();
  if (JxlDecoderSubscribeEvents(decoder.get(), events) != JXL_DEC_SUCCESS) return nullptr;
  if (JxlDecoderSetInput(decoder.get(), bytes.data(), bytes.size()) != JXL_DEC_SUCCESS) return nullptr;
  // The input is not closed: a decoder that still wants some then says so, instead of calling the whole file damaged.
  return decoder;
}

// Walks the headers of all frames; their pixels are passed over.
uint32_t CountFrames(ByteView bytes, uint32_t frames_max) {
  const Decoder decoder = Open(bytes, JXL_DEC_FRAME);
  uint32_t frames = 0;
  while (decoder != nullptr && frames <= frames_max && JxlDecoderProcessInput(decoder.get()) == JXL_DEC_FRAME) ++frames;
  return frames;
}

struct Drawing {
  std::optional<Sampler> sampler;
  uint32_t channels = 3;
};

void OnPixels(void* opaque, size_t x, size_t y, size_t count, const void* pixels) {
  Drawing& drawing = *static_cast<Drawing*>(opaque);
  drawing.sampler->PutRun(static_cast<uint32_t>(x), static_cast<uint32_t>(y), static_cast<uint32_t>(count),
                          static_cast<const uint8_t*>(pixels), drawing.channels);
}

// One pass over the file: size, EXIF block, pixels of the first frame.
class Reading {
 public:
  Reading(const Limits& limits, Decoded& out) : limits_(limits), out_(out) {}

  void Run(JxlDecoder* decoder) {
    JxlDecoderSetDecompressBoxes(decoder, JXL_TRUE);
    for (;;) {
      switch (JxlDecoderProcessInput(decoder)) {
        case JXL_DEC_BASIC_INFO:
          if (!TakeInfo(decoder)) return;
          break;
        case JXL_DEC_NEED_IMAGE_OUT_BUFFER: {
          const JxlPixelFormat format{.num_channels = drawing_.channels,
                                      .data_type = JXL_TYPE_UINT8,
                                      .endianness = JXL_NATIVE_ENDIAN,
                                      .align = 0};
          if (JxlDecoderSetImageOutCallback(decoder, &format, OnPixels, &drawing_) != JXL_DEC_SUCCESS) {
            out_.reason = Reason::kUnsupportedVariant;
            return;
          }
          drawing_.sampler.emplace(out_.width, out_.height, drawing_.channels, uint8_t{128});
          break;
        }
        case JXL_DEC_FULL_IMAGE:
          whole_ = true;
          if (animated_) {  // the first frame is what is fingerprinted
            EndBox(decoder);
            Finish(Reason::kNone);
            return;
          }
          break;
        case JXL_DEC_BOX:
          TakeBox(decoder);
          break;
        case JXL_DEC_BOX_NEED_MORE_OUTPUT:  // more than any EXIF block holds: what came is read
          EndBox(decoder);
          break;
        case JXL_DEC_SUCCESS:
          EndBox(decoder);
          Finish(Reason::kEndedEarly);
          return;
        case JXL_DEC_NEED_MORE_INPUT:
          EndBox(decoder);
          if (drawing_.sampler && !whole_) JxlDecoderFlushImage(decoder);
          Finish(Reason::kEndedEarly);
          return;
        default:
          EndBox(decoder);
          Finish(Reason::kDamagedData);
          return;
      }
    }
  }

  ExifFacts exif;

 private:
  bool TakeInfo(JxlDecoder* decoder) {
    JxlBasicInfo info;
    if (JxlDecoderGetBasicInfo(decoder, &info) != JXL_DEC_SUCCESS || info.xsize == 0 || info.ysize == 0) return false;
    out_.width = info.xsize;
    out_.height = info.ysize;
    out_.frames = 1;
    animated_ = info.have_animation != 0;
    drawing_.channels = info.num_color_channels == 1 ? 1 : 3;
    const uint64_t pixels = uint64_t{out_.width} * out_.height;
    if (pixels <= limits_.pixels_max && pixels * kBytesPerPixel <= 2 * limits_.decode_bytes_max) return true;
    out_.state = State::kLimitExceeded;
    out_.reason = pixels > limits_.pixels_max ? Reason::kPixelLimit : Reason::kMemoryLimit;
    return false;
  }

  void TakeBox(JxlDecoder* decoder) {
    EndBox(decoder);
    JxlBoxType type;
    if (!exif_box_.empty() || JxlDecoderGetBoxType(decoder, type, JXL_TRUE) != JXL_DEC_SUCCESS) return;
    if (std::memcmp(type, "Exif", 4) != 0) return;
    exif_box_.resize(kExifBytesMax);
    in_box_ = JxlDecoderSetBoxBuffer(decoder, exif_box_.data(), exif_box_.size()) == JXL_DEC_SUCCESS;
  }

  // The block begins with the offset of its TIFF header, as in HEIF.
  void EndBox(JxlDecoder* decoder) {
    if (!in_box_) return;
    in_box_ = false;
    const size_t size = exif_box_.size() - JxlDecoderReleaseBoxBuffer(decoder);
    if (size < 4) return;
    const ByteView block = ByteView(exif_box_).first(size);
    const size_t offset = size_t{block[0]} << 24 | size_t{block[1]} << 16 | size_t{block[2]} << 8 | block[3];
    if (offset <= size - 4) exif = ReadTiff(block.subspan(4 + offset));
  }

  void Finish(Reason unless_whole) {
    if (drawing_.sampler) {
      out_.state = whole_ ? State::kExamined : State::kTruncated;
      out_.reason = whole_ ? Reason::kNone : unless_whole;
      out_.picture = drawing_.sampler->picture();
    } else {
      out_.state = State::kUndecodable;
      out_.reason = out_.width == 0 && unless_whole == Reason::kDamagedData ? Reason::kDamagedHeader : unless_whole;
    }
  }

  const Limits& limits_;
  Decoded& out_;
  Drawing drawing_;
  bool animated_ = false;
  bool whole_ = false;
  bool in_box_ = false;
  Bytes exif_box_;

 public:
  bool animated() const { return animated_; }
};

}  // namespace

Decoded DecodeJxl(ByteView bytes, const Limits& limits, ExifFacts& exif) {
  Decoded out;
  const Decoder decoder = Open(bytes, JXL_DEC_BASIC_INFO | JXL_DEC_FULL_IMAGE | JXL_DEC_BOX);
  if (decoder == nullptr) return out;
  Reading reading(limits, out);
  reading.Run(decoder.get());
  exif = reading.exif;
  if (reading.animated() && out.picture) {
    out.frames = std::max(CountFrames(bytes, limits.frames_max), uint32_t{1});
    if (out.frames > limits.frames_max) {
      out.state = State::kLimitExceeded;
      out.reason = Reason::kFrameLimit;
      out.picture.reset();
    }
  }
  return out;
}

}  // namespace crossguard::examine
