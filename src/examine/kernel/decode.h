// Pictures to sampled pixels, by the library of each format. Runs in the jail; pure: bytes in, values out.
//
// Headers are checked against the limits before anything is allocated for pixels. What a decoder allocates beyond the
// input: JPEG baseline a few rows, JPEG progressive its coefficients (2 bytes per sample), PNG the unpacked picture up
// to 96 MiB (larger and interlaced ones a few rows), WebP the decoded frame (libwebp has no row interface), GIF one
// row, BMP one row, TIFF one strip or tile, HEIC 4 bytes per pixel of a tile, or as AVIF 8, JPEG XL 20. Alpha is
// dropped, as in the public PDQ reference; 16-bit samples are scaled to 8; CMYK becomes RGB by multiplication with the
// key; a GIF or WebP frame that does not cover its canvas is drawn on black.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "examine/kernel/facts.h"
#include "examine/kernel/picture.h"

namespace crossguard::examine {

struct Decoded {
  State state = State::kUndecodable;
  Reason reason = Reason::kDamagedHeader;
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t frames = 0;
  std::optional<SampledPicture> picture;  // with kExamined and kTruncated
};

// By our own decoder where that is certain (jpeg_fast.h), else by libjpeg-turbo. Which it was cannot be told from what
// comes out; the second function is the judge of that.
Decoded DecodeJpeg(ByteView bytes, const Limits& limits);
Decoded DecodeJpegPlainly(ByteView bytes, const Limits& limits);  // always by libjpeg-turbo
Decoded DecodePng(ByteView bytes, const Limits& limits);          // likewise: png_fast.h or libpng
Decoded DecodePngPlainly(ByteView bytes, const Limits& limits);   // always by libpng
Decoded DecodeWebp(ByteView bytes, const Limits& limits);
Decoded DecodeGif(ByteView bytes, const Limits& limits);
Decoded DecodeBmp(ByteView bytes, const Limits& limits);
Decoded DecodeTiff(ByteView bytes, const Limits& limits);  // the first page; frames: pages

// Of the family of HEIC, AVIF and JPEG XL. Rotation and mirroring that their containers prescribe are carried out, as
// every reader of these formats does (they are no hint as in EXIF). These also read the EXIF block, which only the
// format's own library finds.
Decoded DecodeHeif(ByteView bytes, const Limits& limits, ExifFacts& exif);         // HEIC: heif_pick.h or libheif
Decoded DecodeHeifPlainly(ByteView bytes, const Limits& limits, ExifFacts& exif);  // always libheif's decoder and RGB
Decoded DecodeJxl(ByteView bytes, const Limits& limits, ExifFacts& exif);

// By kind; a kind that is not a picture of the common family is a bug of the caller.
Decoded DecodePicture(Kind kind, ByteView bytes, const Limits& limits);

}  // namespace crossguard::examine
