// HEIC and AVIF by libheif, JPEG XL by libjxl: at the least effort, on one thread, so that the bytes do not depend on
// how many processors there are.
#include <cstring>

#include "drawing/av_library.h"
#include "drawing/drawing.h"
#include "drawing/heif_library.h"

namespace crossguard::drawing {
namespace {

void Require(const heif_error& error) {
  CHECK(error.code == heif_error_Ok);
}

}  // namespace

Status EncodersAreThere() {
  const auto install = [](const std::string& what, const std::string& packages) {
    return Fail(Code::kUnavailable, "Drawing " + what + " needs libraries that are not here; run `apt-get install " +
                                        packages + "`, then again.");
  };
  if (!AvIsThere()) return install("videos", "libavformat59 libavcodec59 libavutil57");
  if (!HeifIsThere()) return install("HEIC and AVIF", "libheif1");
  if (!JxlIsThere()) return install("JPEG XL", "libjxl0.7");
  return {};
}

Bytes EncodeHeif(const Picture& picture, const HeifForm& form) {
  const HeifLibrary& heif = Heif();
  heif_context* const context = heif.heif_context_alloc();
  heif_encoder* encoder = nullptr;
  Require(heif.heif_context_get_encoder_for_format(context, form.avif ? heif_compression_AV1 : heif_compression_HEVC,
                                                   &encoder));
  Require(heif.heif_encoder_set_lossy_quality(encoder, form.quality));
  if (form.avif) {
    Require(heif.heif_encoder_set_parameter(encoder, "threads", "1"));
    Require(heif.heif_encoder_set_parameter(encoder, "speed", "9"));
  } else {
    Require(heif.heif_encoder_set_parameter(encoder, "preset", "ultrafast"));
    Require(heif.heif_encoder_set_parameter(encoder, "x265:pools", "none"));
    Require(heif.heif_encoder_set_parameter(encoder, "x265:frame-threads", "1"));
  }
  heif_image* image = nullptr;
  const int width = static_cast<int>(picture.width), height = static_cast<int>(picture.height);
  Require(heif.heif_image_create(width, height, heif_colorspace_RGB, heif_chroma_interleaved_RGB, &image));
  Require(heif.heif_image_add_plane(image, heif_channel_interleaved, width, height, 8));
  int stride = 0;
  uint8_t* const plane = heif.heif_image_get_plane(image, heif_channel_interleaved, &stride);
  for (size_t y = 0; y < picture.height; ++y) {
    std::memcpy(plane + y * static_cast<size_t>(stride), &picture.rgb[y * picture.width * 3],
                size_t{picture.width} * 3);
  }
  heif_image_handle* handle = nullptr;
  Require(heif.heif_context_encode_image(context, image, encoder, nullptr, &handle));
  if (!form.exif.empty())
    Require(heif.heif_context_add_exif_metadata(context, handle, form.exif.data(), static_cast<int>(form.exif.size())));
  Bytes out;
  heif_writer writer{.writer_api_version = 1, .write = [](heif_context*, const void* data, size_t size, void* user) {
                       const auto* const bytes = static_cast<const uint8_t*>(data);
                       static_cast<Bytes*>(user)->assign(bytes, bytes + size);
                       return heif_error{heif_error_Ok, heif_suberror_Unspecified, ""};
                     }};
  Require(heif.heif_context_write(context, &writer, &out));
  heif.heif_image_handle_release(handle);
  heif.heif_image_release(image);
  heif.heif_encoder_release(encoder);
  heif.heif_context_free(context);
  return out;
}

Bytes EncodeLossyJxl(const Picture& picture) {
  const JxlLibrary& jxl = Jxl();
  JxlEncoder* const encoder = jxl.JxlEncoderCreate(nullptr);
  JxlBasicInfo info;
  jxl.JxlEncoderInitBasicInfo(&info);
  info.xsize = picture.width;
  info.ysize = picture.height;
  info.bits_per_sample = 8;
  info.uses_original_profile = JXL_FALSE;
  CHECK(jxl.JxlEncoderSetBasicInfo(encoder, &info) == JXL_ENC_SUCCESS);
  JxlColorEncoding colour;
  jxl.JxlColorEncodingSetToSRGB(&colour, JXL_FALSE);
  CHECK(jxl.JxlEncoderSetColorEncoding(encoder, &colour) == JXL_ENC_SUCCESS);
  JxlEncoderFrameSettings* const settings = jxl.JxlEncoderFrameSettingsCreate(encoder, nullptr);
  CHECK(jxl.JxlEncoderFrameSettingsSetOption(settings, JXL_ENC_FRAME_SETTING_EFFORT, 3) == JXL_ENC_SUCCESS);
  CHECK(jxl.JxlEncoderSetFrameDistance(settings, 2.0F) == JXL_ENC_SUCCESS);
  const JxlPixelFormat format{
      .num_channels = 3, .data_type = JXL_TYPE_UINT8, .endianness = JXL_NATIVE_ENDIAN, .align = 0};
  CHECK(jxl.JxlEncoderAddImageFrame(settings, &format, picture.rgb.data(), picture.rgb.size()) == JXL_ENC_SUCCESS);
  jxl.JxlEncoderCloseInput(encoder);
  Bytes out(1 << 16);
  uint8_t* next = out.data();
  size_t left = out.size();
  while (jxl.JxlEncoderProcessOutput(encoder, &next, &left) == JXL_ENC_NEED_MORE_OUTPUT) {
    const size_t at = static_cast<size_t>(next - out.data());
    out.resize(out.size() * 2);
    next = out.data() + at;
    left = out.size() - at;
  }
  out.resize(static_cast<size_t>(next - out.data()));
  jxl.JxlEncoderDestroy(encoder);
  return out;
}

}  // namespace crossguard::drawing
