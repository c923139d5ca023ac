#include <libheif/heif.h>

#include <algorithm>
#include <memory>

#include "examine/kernel/decode.h"
#include "examine/kernel/exif.h"
#include "examine/kernel/heif_sequence.h"

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

// The primary picture.
Decoded DecodeStill(ByteView bytes, const Limits& limits, ExifFacts& exif) {
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

  const Options options(heif_decoding_options_alloc());
  if (options == nullptr) throw std::bad_alloc();
  options->convert_hdr_to_8bit = 1;
  heif_image* raw_image = nullptr;
  error = heif_decode_image(handle.get(), &raw_image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, options.get());
  const Image image(raw_image);
  if (error.code != heif_error_Ok) {
    SayWhy(error, out);
    return out;
  }
  int stride = 0;
  const uint8_t* const plane = heif_image_get_plane_readonly(image.get(), heif_channel_interleaved, &stride);
  // What came out counts: a file may say one size and hold another.
  const int decoded_width = heif_image_get_width(image.get(), heif_channel_interleaved);
  const int decoded_height = heif_image_get_height(image.get(), heif_channel_interleaved);
  if (plane == nullptr || decoded_width <= 0 || decoded_height <= 0 || stride < 3 * decoded_width) {
    out.reason = Reason::kDamagedData;
    return out;
  }
  out.width = static_cast<uint32_t>(decoded_width);
  out.height = static_cast<uint32_t>(decoded_height);
  Sampler sampler(out.width, out.height, 3);
  for (uint32_t y = 0; y < out.height; ++y) {
    sampler.PutRow(y, plane + size_t{y} * static_cast<size_t>(stride), 3);
  }
  heif_error warning;
  const bool damaged = heif_image_get_decoding_warnings(image.get(), 0, &warning, 1) > 0;
  out.state = damaged ? State::kTruncated : State::kExamined;
  out.reason = damaged ? Reason::kDamagedData : Reason::kNone;
  out.picture = sampler.picture();
  return out;
}

}  // namespace

Decoded DecodeHeif(ByteView bytes, const Limits& limits, ExifFacts& exif) {
  Decoded out = DecodeStill(bytes, limits, exif);
  if (out.picture || out.state == State::kLimitExceeded) return out;
  // A sequence without a cover, or with one that cannot be opened.
  const Bytes first = FirstOfSequence(bytes);
  if (first.empty()) return out;
  ExifFacts none;
  Decoded shown = DecodeStill(first, limits, none);
  if (!shown.picture) return out.width == 0 ? shown : out;
  shown.frames = std::max(1U, CountSequenceFrames(bytes));
  if (shown.frames > limits.frames_max) {
    shown.state = State::kLimitExceeded;
    shown.reason = Reason::kFrameLimit;
    shown.picture.reset();
  }
  return shown;
}

}  // namespace crossguard::examine
