#include <png.h>

#include "drawing/drawing.h"

namespace crossguard::drawing {
namespace {

struct Samples {
  size_t count;
  uint8_t values[4];
};

Samples SamplesOf(const uint8_t* rgb, int colour_type) {
  switch (colour_type) {
    case 0:
      return {1, {rgb[1]}};
    case 3:
      return {1, {rgb[0]}};
    case 4:
      return {2, {rgb[1], 128}};
    case 6:
      return {4, {rgb[0], rgb[1], rgb[2], 64}};
    default:
      return {3, {rgb[0], rgb[1], rgb[2]}};
  }
}

Bytes PackRow(const uint8_t* rgb, uint32_t width, const PngForm& form, size_t row_bytes) {
  Bytes row(row_bytes);
  const size_t depth = static_cast<size_t>(form.bit_depth);
  size_t i = 0;
  for (uint32_t x = 0; x < width; ++x, rgb += 3) {
    const Samples samples = SamplesOf(rgb, form.colour_type);
    for (size_t c = 0; c < samples.count; ++c, ++i) {
      const uint8_t sample = samples.values[c];
      if (depth == 16) {
        row[2 * i] = row[2 * i + 1] = sample;
      } else if (depth == 8) {
        row[i] = sample;
      } else {
        const size_t bit = i * depth;
        row[bit / 8] = static_cast<uint8_t>(row[bit / 8] | ((sample >> (8 - depth)) << (8 - depth - bit % 8)));
      }
    }
  }
  return row;
}

void SetPalette(png_structp png, png_infop info, int bit_depth) {
  std::vector<png_color> palette(256);
  for (size_t i = 0; i < 256; ++i) {
    palette[i] = {static_cast<png_byte>(i), static_cast<png_byte>(255 - i), static_cast<png_byte>(i / 2)};
  }
  png_set_PLTE(png, info, palette.data(), 1 << bit_depth);
}

}  // namespace

Bytes EncodePng(const Picture& picture, const PngForm& form) {
  Bytes out;
  png_structp png = png_create_write_struct(
      PNG_LIBPNG_VER_STRING, nullptr,
      [](png_structp, png_const_charp) { CHECK(false && "libpng refused a drawn picture"); }, nullptr);
  CHECK(png != nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &out,
      [](png_structp p, png_bytep data, png_size_t count) {
        Bytes& to = *static_cast<Bytes*>(png_get_io_ptr(p));
        to.insert(to.end(), data, data + count);
      },
      nullptr);
  png_set_IHDR(png, info, picture.width, picture.height, form.bit_depth, form.colour_type,
               form.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, 3);
  if (form.colour_type == 3) SetPalette(png, info, form.bit_depth);
  if (!form.exif.empty()) {
    Bytes copy = form.exif;
    png_set_eXIf_1(png, info, static_cast<png_uint_32>(copy.size()), copy.data());
  }
  png_write_info(png, info);
  const size_t row_bytes = png_get_rowbytes(png, info);
  const int passes = png_set_interlace_handling(png);
  for (int pass = 0; pass < passes; ++pass) {
    for (uint32_t y = 0; y < picture.height; ++y) {
      const uint8_t* rgb = &picture.rgb[size_t{y} * picture.width * 3];
      if (form.colour_type == 2 && form.bit_depth == 8) {
        png_write_row(png, rgb);
      } else {
        png_write_row(png, PackRow(rgb, picture.width, form, row_bytes).data());
      }
    }
  }
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return out;
}

}  // namespace crossguard::drawing
