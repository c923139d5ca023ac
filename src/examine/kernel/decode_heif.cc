#include <libheif/heif.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "examine/kernel/decode.h"
#include "examine/kernel/exif.h"
#include "examine/kernel/heif_pick.h"
#include "examine/kernel/heif_sequence.h"
#include "examine/kernel/hevc_plugin.h"

namespace crossguard::examine {
namespace {

// The planes of the codec, their conversion and, for a picture of tiles, one tile beside the whole.
constexpr uint64_t kBytesPerPixel = 8;
constexpr size_t kExifBytesMax = 1 << 20;

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using Context = std::unique_ptr<heif_context, Free<heif_context_free>>;
using Handle = std::unique_ptr<heif_image_handle, Free<heif_image_handle_release>>;
using Image = std::unique_ptr<heif_image, Free<heif_image_release>>;
using Options = std::unique_ptr<heif_decoding_options, Free<heif_decoding_options_free>>;

void SayWhy(const heif_error& error, Decoded& out) {
  out.state = State::kUndecodable;
  out.reason = out.width == 0 ? Reason::kDamagedHeader : Reason::kDamagedData;
  if (error.subcode == heif_suberror_End_of_data) out.reason = Reason::kEndedEarly;
  if (error.code == heif_error_Unsupported_filetype || error.code == heif_error_Unsupported_feature)
    out.reason = Reason::kUnsupportedVariant;
  if (error.subcode == heif_suberror_Security_limit_exceeded) {
    out.state = State::kLimitExceeded;
    out.reason = Reason::kPixelLimit;
  }
  if (error.code == heif_error_Memory_allocation_error && error.subcode != heif_suberror_Security_limit_exceeded) {
    out.state = State::kLimitExceeded;
    out.reason = Reason::kMemoryLimit;
  }
}

// The block begins with the offset of its TIFF header, counted behind the offset itself (ISO/IEC 23008-12, A.2.1).
ExifFacts ReadExifOf(const heif_image_handle* handle) {
  heif_item_id id = 0;
  if (heif_image_handle_get_list_of_metadata_block_IDs(handle, "Exif", &id, 1) != 1) return {};
  const size_t size = heif_image_handle_get_metadata_size(handle, id);
  if (size < 4 || size > kExifBytesMax) return {};
  Bytes block(size);
  if (heif_image_handle_get_metadata(handle, id, block.data()).code != heif_error_Ok) return {};
  const size_t offset = size_t{block[0]} << 24 | size_t{block[1]} << 16 | size_t{block[2]} << 8 | block[3];
  if (offset > size - 4) return {};
  return ReadTiff(ByteView(block).subspan(4 + offset));
}

// kFast: what can be picked is, and libheif decodes the rest by libavcodec; kPlain: all by libheif as it is.
enum class Way : uint8_t { kFast, kPlain };

bool TakeRgb(const heif_image* image, Decoded& out) {
  int stride = 0;
  const uint8_t* const plane = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
  // What came out counts: a file may say one size and hold another.
  const int width = heif_image_get_width(image, heif_channel_interleaved);
  const int height = heif_image_get_height(image, heif_channel_interleaved);
  if (plane == nullptr || width <= 0 || height <= 0 || stride < 3 * width) return false;
  out.width = static_cast<uint32_t>(width);
  out.height = static_cast<uint32_t>(height);
  Sampler sampler(out.width, out.height, 3);
  for (uint32_t y = 0; y < out.height; ++y) sampler.PutRow(y, plane + size_t{y} * static_cast<size_t>(stride), 3);
  out.picture = sampler.picture();
  return true;
}

void DecodeByLibheif(const heif_image_handle* handle, Decoded& out) {
  const Options options(heif_decoding_options_alloc());
  if (options == nullptr) throw std::bad_alloc();
  options->convert_hdr_to_8bit = 1;
  heif_image* raw_image = nullptr;
  const heif_error error =
      heif_decode_image(handle, &raw_image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, options.get());
  const Image image(raw_image);
  if (error.code != heif_error_Ok) return SayWhy(error, out);
  if (!TakeRgb(image.get(), out)) {
    out.reason = Reason::kDamagedData;
    return;
  }
  heif_error warning;
  const bool damaged = heif_image_get_decoding_warnings(image.get(), 0, &warning, 1) > 0;
  out.state = damaged ? State::kTruncated : State::kExamined;
  out.reason = damaged ? Reason::kDamagedData : Reason::kNone;
}

// Each way from nothing, so that what libheif says of a damaged file is what it always says of it.
void DecodePixels(const heif_image_handle* handle, ByteView bytes, const Limits& limits, Way way, Decoded& out) {
  bool by_libavcodec = way == Way::kFast, with_holes = false;
  if (by_libavcodec && heif_image_handle_has_alpha_channel(handle) == 0) {
    HeifPicked picked = PickFromHeif(bytes, out.width, out.height, limits);
    if (picked.picture) {
      out.picture = std::move(picked.picture);
      out.state = picked.with_holes ? State::kTruncated : State::kExamined;
      out.reason = picked.with_holes ? Reason::kDamagedData : Reason::kNone;
      return;
    }
    by_libavcodec = !picked.undecoded;
  }
  if (by_libavcodec) {
    const HevcByLibavcodec hevc(limits.pixels_max);
    Decoded tried = out;
    DecodeByLibheif(handle, tried);
    if (!hevc.refused()) {
      out = std::move(tried);
      return;
    }
    with_holes = hevc.with_holes();
  }
  DecodeByLibheif(handle, out);
  if (with_holes && out.state == State::kExamined) {
    out.state = State::kTruncated;
    out.reason = Reason::kDamagedData;
  }
}

// The primary picture.
Decoded DecodeStill(ByteView bytes, const Limits& limits, ExifFacts& exif, Way way) {
  Decoded out;
  const Context context(heif_context_alloc());
  if (context == nullptr) throw std::bad_alloc();
  heif_context_set_max_decoding_threads(context.get(), 0);
  heif_error error = heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(), nullptr);
  if (error.code != heif_error_Ok) {
    SayWhy(error, out);
    return out;
  }
  heif_image_handle* raw_handle = nullptr;
  error = heif_context_get_primary_image_handle(context.get(), &raw_handle);
  const Handle handle(raw_handle);
  if (error.code != heif_error_Ok) {
    SayWhy(error, out);
    return out;
  }
  const int width = heif_image_handle_get_width(handle.get());
  const int height = heif_image_handle_get_height(handle.get());
  if (width <= 0 || height <= 0) return out;
  out.width = static_cast<uint32_t>(width);
  out.height = static_cast<uint32_t>(height);
  const int pictures = heif_context_get_number_of_top_level_images(context.get());
  // A sequence is counted by its track, and its cover picture is fingerprinted; else by the pictures that lie side by
  // side.
  out.frames = std::max(pictures > 0 ? static_cast<uint32_t>(pictures) : 1, CountSequenceFrames(bytes));
  exif = ReadExifOf(handle.get());
  const uint64_t pixels = uint64_t{out.width} * out.height;
  if (pixels > limits.pixels_max || pixels * kBytesPerPixel > 2 * limits.decode_bytes_max ||
      out.frames > limits.frames_max) {
    out.state = State::kLimitExceeded;
    out.reason = pixels > limits.pixels_max       ? Reason::kPixelLimit
                 : out.frames > limits.frames_max ? Reason::kFrameLimit
                                                  : Reason::kMemoryLimit;
    return out;
  }

  DecodePixels(handle.get(), bytes, limits, way, out);
  return out;
}

Decoded Decode(ByteView bytes, const Limits& limits, ExifFacts& exif, Way way) {
  Decoded out = DecodeStill(bytes, limits, exif, way);
  if (out.picture || out.state == State::kLimitExceeded) return out;
  // A sequence without a cover, or with one that cannot be opened.
  const Bytes first = FirstOfSequence(bytes);
  if (first.empty()) return out;
  ExifFacts none;
  Decoded shown = DecodeStill(first, limits, none, way);
  if (!shown.picture) return out.width == 0 ? shown : out;
  shown.frames = std::max(1U, CountSequenceFrames(bytes));
  if (shown.frames > limits.frames_max) {
    shown.state = State::kLimitExceeded;
    shown.reason = Reason::kFrameLimit;
    shown.picture.reset();
  }
  return shown;
}

}  // namespace

Decoded DecodeHeif(ByteView bytes, const Limits& limits, ExifFacts& exif) {
  return Decode(bytes, limits, exif, Way::kFast);
}

Decoded DecodeHeifPlainly(ByteView bytes, const Limits& limits, ExifFacts& exif) {
  return Decode(bytes, limits, exif, Way::kPlain);
}

}  // namespace crossguard::examine
