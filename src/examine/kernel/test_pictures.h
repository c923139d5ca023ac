// For tests only: pictures drawn by code and encoded in every form that the decoders must open, and archives.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace crossguard::examine::testing {

struct Drawing {
  uint32_t width = 0;
  uint32_t height = 0;
  Bytes rgb;
};
Drawing Draw(uint32_t width, uint32_t height, uint64_t seed);  // shapes, waves and noise

struct JpegForm {
  int quality = 90;
  bool progressive = false;
  int components = 3;  // 1 grey, 3 colour, 4 Adobe CMYK
  Bytes app1 = {};     // with its "Exif\0\0" mark
};
Bytes EncodeJpeg(const Drawing& drawing, const JpegForm& form = {});

struct PngForm {
  int bit_depth = 8;
  int colour_type = 2;  // 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA
  bool interlaced = false;
  Bytes exif = {};  // a bare TIFF block
};
Bytes EncodePng(const Drawing& drawing, const PngForm& form = {});
Bytes EncodeWebp(const Drawing& drawing, bool lossless = false);
Bytes EncodeAnimatedWebp(const std::vector<Drawing>& frames);
Bytes EncodeGif(const std::vector<Drawing>& frames, bool interlaced = false);  // 216 colours

Bytes MakeZip(const std::vector<std::pair<std::string, Bytes>>& members, bool store = false);
Bytes MakeZipOfZeros(uint64_t size_bytes);

struct ExifForm {
  bool big_endian = false;
  std::string make, model, serial, software, taken_at, utc_offset;
  uint16_t orientation = 0;
  double latitude = 0, longitude = 0;  // written if either is not zero
};
Bytes MakeTiff(const ExifForm& form);
Bytes MakeApp1(const ExifForm& form);

}  // namespace crossguard::examine::testing
