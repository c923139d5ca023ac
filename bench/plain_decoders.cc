#include "plain_decoders.h"

#include <libheif/heif.h>
#include <png.h>
#include <webp/decode.h>

#include <cstring>
#include <memory>

#include "side_by_side.h"

namespace crossguard::bench {
namespace {

// Every pixel's first three bytes, `stride` bytes a row.
drawing::Picture TakeRgb(uint32_t width, uint32_t height, const uint8_t* pixels, size_t stride, size_t pixel_bytes) {
  drawing::Picture out{.width = width, .height = height, .rgb = Bytes(size_t{width} * height * 3)};
  uint8_t* to = out.rgb.data();
  for (uint32_t y = 0; y < height; ++y) {
    const uint8_t* from = pixels + y * stride;
    for (uint32_t x = 0; x < width; ++x, from += pixel_bytes, to += 3) std::memcpy(to, from, 3);
  }
  return out;
}

}  // namespace

drawing::Picture DecodeByLibpng(ByteView png) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  StopUnless(png_image_begin_read_from_memory(&image, png.data(), png.size()) != 0, "libpng refused a drawn PNG.");
  const bool alpha = (image.format & PNG_FORMAT_FLAG_ALPHA) != 0;
  image.format = alpha ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB;
  Bytes pixels(PNG_IMAGE_SIZE(image));
  StopUnless(png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr) != 0, "libpng refused a drawn PNG.");
  if (alpha) return TakeRgb(image.width, image.height, pixels.data(), size_t{image.width} * 4, 4);
  return {.width = image.width, .height = image.height, .rgb = std::move(pixels)};
}

drawing::Picture DecodeByLibwebp(ByteView webp) {
  int width = 0, height = 0;
  uint8_t* const pixels = WebPDecodeRGB(webp.data(), webp.size(), &width, &height);
  StopUnless(pixels != nullptr, "libwebp refused a drawn WebP.");
  uint8_t* const end = pixels + size_t{3} * static_cast<size_t>(width) * static_cast<size_t>(height);
  drawing::Picture out{
      .width = static_cast<uint32_t>(width), .height = static_cast<uint32_t>(height), .rgb = Bytes(pixels, end)};
  WebPFree(pixels);
  return out;
}

drawing::Picture DecodeByLibheif(ByteView heic) {
  const std::unique_ptr<heif_context, void (*)(heif_context*)> context(heif_context_alloc(), heif_context_free);
  heif_image_handle* handle = nullptr;
  heif_image* image = nullptr;
  StopUnless(heif_context_read_from_memory_without_copy(context.get(), heic.data(), heic.size(), nullptr).code ==
                     heif_error_Ok &&
                 heif_context_get_primary_image_handle(context.get(), &handle).code == heif_error_Ok &&
                 heif_decode_image(handle, &image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, nullptr).code ==
                     heif_error_Ok,
             "libheif refused a drawn HEIC.");
  int stride = 0;
  const uint8_t* const pixels = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
  drawing::Picture out = TakeRgb(static_cast<uint32_t>(heif_image_get_width(image, heif_channel_interleaved)),
                                 static_cast<uint32_t>(heif_image_get_height(image, heif_channel_interleaved)), pixels,
                                 static_cast<size_t>(stride), 3);
  heif_image_release(image);
  heif_image_handle_release(handle);
  return out;
}

examine::SampledPicture SamplePlainly(const drawing::Picture& picture) {
  using examine::kSampledSide;
  examine::SampledPicture out{.width = picture.width, .height = picture.height, .channels = 3, .pixels = {}};
  if (picture.width > kSampledSide || picture.height > kSampledSide) out.width = out.height = kSampledSide;
  out.pixels.resize(size_t{out.width} * out.height * 3);
  uint8_t* to = out.pixels.data();
  for (size_t y = 0; y < out.height; ++y) {
    for (size_t x = 0; x < out.width; ++x, to += 3) {
      std::memcpy(
          to, &picture.rgb[(y * picture.height / out.height * picture.width + x * picture.width / out.width) * 3], 3);
    }
  }
  return out;
}

}  // namespace crossguard::bench
