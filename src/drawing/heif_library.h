// Private to src/drawing: libheif with its encoders, and libjxl, opened when the first picture of their kinds is drawn.
#pragma once

#include <jxl/encode.h>
#include <jxl/version.h>
#include <libheif/heif.h>

namespace crossguard::drawing {

struct HeifLibrary {
  decltype(&::heif_context_alloc) heif_context_alloc;
  decltype(&::heif_context_free) heif_context_free;
  decltype(&::heif_context_get_encoder_for_format) heif_context_get_encoder_for_format;
  decltype(&::heif_have_encoder_for_format) heif_have_encoder_for_format;
  decltype(&::heif_encoder_set_lossy_quality) heif_encoder_set_lossy_quality;
  decltype(&::heif_encoder_set_parameter) heif_encoder_set_parameter;
  decltype(&::heif_encoder_release) heif_encoder_release;
  decltype(&::heif_image_create) heif_image_create;
  decltype(&::heif_image_add_plane) heif_image_add_plane;
  decltype(&::heif_image_get_plane) heif_image_get_plane;
  decltype(&::heif_image_release) heif_image_release;
  decltype(&::heif_image_handle_release) heif_image_handle_release;
  decltype(&::heif_context_encode_image) heif_context_encode_image;
  decltype(&::heif_context_add_exif_metadata) heif_context_add_exif_metadata;
  decltype(&::heif_context_write) heif_context_write;
};

struct JxlLibrary {
  decltype(&::JxlEncoderCreate) JxlEncoderCreate;
  decltype(&::JxlEncoderDestroy) JxlEncoderDestroy;
  decltype(&::JxlEncoderInitBasicInfo) JxlEncoderInitBasicInfo;
  decltype(&::JxlEncoderSetBasicInfo) JxlEncoderSetBasicInfo;
  decltype(&::JxlEncoderSetColorEncoding) JxlEncoderSetColorEncoding;
  decltype(&::JxlColorEncodingSetToSRGB) JxlColorEncodingSetToSRGB;
  decltype(&::JxlEncoderFrameSettingsCreate) JxlEncoderFrameSettingsCreate;
  decltype(&::JxlEncoderFrameSettingsSetOption) JxlEncoderFrameSettingsSetOption;
  decltype(&::JxlEncoderSetFrameDistance) JxlEncoderSetFrameDistance;
  decltype(&::JxlEncoderAddImageFrame) JxlEncoderAddImageFrame;
  decltype(&::JxlEncoderCloseInput) JxlEncoderCloseInput;
  decltype(&::JxlEncoderProcessOutput) JxlEncoderProcessOutput;
};

bool HeifIsThere();  // with encoders for HEVC and AV1
bool JxlIsThere();
// CHECK that they are there.
const HeifLibrary& Heif();
const JxlLibrary& Jxl();

}  // namespace crossguard::drawing
