#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
// jpeglib.h needs FILE.
#include <jpeglib.h>

#include "drawing/drawing.h"

namespace crossguard::drawing {
namespace {

constexpr uint32_t kRowsAtOnce = 16;
constexpr size_t kExifBytesMax = 65'000;  // one APP1 segment

// The rows as libjpeg wants them, for the forms in which ours do not serve as they are.
void PackRow(const uint8_t* rgb, uint32_t width, int components, uint8_t* out) {
  for (uint32_t x = 0; x < width; ++x, rgb += 3) {
    if (components == 1) {
      *out++ = rgb[1];
    } else {
      std::memcpy(out, rgb, 3);  // Adobe's CMYK is inverted: with no key it reads like RGB
      out[3] = 255;
      out += 4;
    }
  }
}

void WriteRows(jpeg_compress_struct& jpeg, const Picture& picture) {
  const size_t row_bytes = size_t{picture.width} * static_cast<size_t>(jpeg.input_components);
  const bool packed = jpeg.input_components != 3;
  Bytes pack(packed ? row_bytes * kRowsAtOnce : 0);
  JSAMPROW rows[kRowsAtOnce];
  for (uint32_t y = 0; y < picture.height; y += kRowsAtOnce) {
    const uint32_t count = std::min(kRowsAtOnce, picture.height - y);
    for (uint32_t i = 0; i < count; ++i) {
      const uint8_t* rgb = &picture.rgb[size_t{y + i} * picture.width * 3];
      if (packed) {
        rows[i] = &pack[i * row_bytes];
        PackRow(rgb, picture.width, jpeg.input_components, rows[i]);
      } else {
        rows[i] = const_cast<JSAMPROW>(rgb);  // libjpeg's face knows no const; it does not write here
      }
    }
    for (uint32_t done = 0; done < count;) done += jpeg_write_scanlines(&jpeg, rows + done, count - done);
  }
}

}  // namespace

Bytes EncodeJpeg(const Picture& picture, const JpegForm& form) {
  CHECK(picture.width >= 1 && picture.width <= kSideMax && picture.height >= 1 && picture.height <= kSideMax);
  CHECK(form.components == 1 || form.components == 3 || form.components == 4);
  const bool halved_across = form.subsampling == 420 || form.subsampling == 422;
  const bool halved_down = form.subsampling == 420 || form.subsampling == 440;
  CHECK(halved_across || halved_down || form.subsampling == 444);
  CHECK(form.exif.size() <= kExifBytesMax);
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  errors.error_exit = [](j_common_ptr) { CHECK(false && "libjpeg refused a drawn picture"); };
  jpeg_create_compress(&jpeg);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &memory, &size);
  jpeg.image_width = picture.width;
  jpeg.image_height = picture.height;
  jpeg.input_components = form.components;
  jpeg.in_color_space = form.components == 1 ? JCS_GRAYSCALE : (form.components == 3 ? JCS_RGB : JCS_CMYK);
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, form.quality, TRUE);
  if (form.components == 3) {
    jpeg.comp_info[0].h_samp_factor = halved_across ? 2 : 1;
    jpeg.comp_info[0].v_samp_factor = halved_down ? 2 : 1;
  }
  jpeg.restart_interval = form.restart_mcus;
  jpeg.optimize_coding = form.optimised ? TRUE : FALSE;
  if (form.progressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  if (!form.exif.empty()) {
    Bytes app1 = ToBytes(std::string_view("Exif\0\0", 6));
    app1.insert(app1.end(), form.exif.begin(), form.exif.end());
    jpeg_write_marker(&jpeg, JPEG_APP0 + 1, app1.data(), static_cast<unsigned>(app1.size()));
  }
  WriteRows(jpeg, picture);
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  Bytes out(memory, memory + size);
  std::free(memory);
  return out;
}

}  // namespace crossguard::drawing
