#include "drawing/heif_library.h"

#include "drawing/shared_library.h"

// For LeakSanitizer, in whatever program draws: the encoder forgets a few parameters of its own, the decoder that some
// tests use a picture of a damaged file. Theirs, not ours to mend.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libx265\nleak:libdav1d\n";
}

namespace crossguard::drawing {
namespace {

#define CROSSGUARD_TEXT_OF(x) #x
#define CROSSGUARD_TEXT(x) CROSSGUARD_TEXT_OF(x)
constexpr const char* kHeifFile = "libheif.so.1";
constexpr const char* kJxlFile =
    "libjxl.so." CROSSGUARD_TEXT(JPEGXL_MAJOR_VERSION) "." CROSSGUARD_TEXT(JPEGXL_MINOR_VERSION);

HeifLibrary OpenHeif() {
  const SharedLibrary heif(kHeifFile);
  HeifLibrary out{};
  heif.Find("heif_context_alloc", out.heif_context_alloc);
  heif.Find("heif_context_free", out.heif_context_free);
  heif.Find("heif_context_get_encoder_for_format", out.heif_context_get_encoder_for_format);
  heif.Find("heif_have_encoder_for_format", out.heif_have_encoder_for_format);
  heif.Find("heif_encoder_set_lossy_quality", out.heif_encoder_set_lossy_quality);
  heif.Find("heif_encoder_set_parameter", out.heif_encoder_set_parameter);
  heif.Find("heif_encoder_release", out.heif_encoder_release);
  heif.Find("heif_image_create", out.heif_image_create);
  heif.Find("heif_image_add_plane", out.heif_image_add_plane);
  heif.Find("heif_image_get_plane", out.heif_image_get_plane);
  heif.Find("heif_image_release", out.heif_image_release);
  heif.Find("heif_image_handle_release", out.heif_image_handle_release);
  heif.Find("heif_context_encode_image", out.heif_context_encode_image);
  heif.Find("heif_context_add_exif_metadata", out.heif_context_add_exif_metadata);
  heif.Find("heif_context_write", out.heif_context_write);
  return out;
}

JxlLibrary OpenJxl() {
  const SharedLibrary jxl(kJxlFile);
  JxlLibrary out{};
  jxl.Find("JxlEncoderCreate", out.JxlEncoderCreate);
  jxl.Find("JxlEncoderDestroy", out.JxlEncoderDestroy);
  jxl.Find("JxlEncoderInitBasicInfo", out.JxlEncoderInitBasicInfo);
  jxl.Find("JxlEncoderSetBasicInfo", out.JxlEncoderSetBasicInfo);
  jxl.Find("JxlEncoderSetColorEncoding", out.JxlEncoderSetColorEncoding);
  jxl.Find("JxlColorEncodingSetToSRGB", out.JxlColorEncodingSetToSRGB);
  jxl.Find("JxlEncoderFrameSettingsCreate", out.JxlEncoderFrameSettingsCreate);
  jxl.Find("JxlEncoderFrameSettingsSetOption", out.JxlEncoderFrameSettingsSetOption);
  jxl.Find("JxlEncoderSetFrameDistance", out.JxlEncoderSetFrameDistance);
  jxl.Find("JxlEncoderAddImageFrame", out.JxlEncoderAddImageFrame);
  jxl.Find("JxlEncoderCloseInput", out.JxlEncoderCloseInput);
  jxl.Find("JxlEncoderProcessOutput", out.JxlEncoderProcessOutput);
  return out;
}

}  // namespace

bool HeifIsThere() {
  if (!SharedLibrary(kHeifFile).there()) return false;
  return Heif().heif_have_encoder_for_format(heif_compression_HEVC) != 0 &&
         Heif().heif_have_encoder_for_format(heif_compression_AV1) != 0;
}

bool JxlIsThere() {
  return SharedLibrary(kJxlFile).there();
}

const HeifLibrary& Heif() {
  static const HeifLibrary library = OpenHeif();
  return library;
}

const JxlLibrary& Jxl() {
  static const JxlLibrary library = OpenJxl();
  return library;
}

}  // namespace crossguard::drawing
