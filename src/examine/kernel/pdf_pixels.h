// The pictures of a PDF that are no JPEG but rows of deflated samples (ISO 32000-1, 8.9.5 and 7.4.4): screenshots,
// scans, whatever a program drew. Each becomes a PNG (ISO/IEC 15948) of the same samples. Grey, RGB and palettes that
// stand in the dictionary; 1 to 8 bits. Internal to the kernel: parts_pdf.cc finds them.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace crossguard::examine {

struct PdfPixels {
  uint32_t width = 0, height = 0;
  uint32_t bits = 8;       // of a sample: 1, 2, 4, 8
  uint32_t predictor = 1;  // 1 none, 2 TIFF's, 10..15 each row says which of PNG's
  bool is_jpeg = false;    // deflated once more: no rows, a whole JPEG
  Bytes palette = {};      // three bytes a colour; empty: none
};

constexpr uint64_t kPdfPixelBytesMax = uint64_t{128} << 20;  // unpacked; more is over a limit
constexpr uint32_t kPdfSideMin = 8;                          // smaller ones are ornaments

// From the dictionary before a stream; nothing if it is no picture of this kind.
std::optional<PdfPixels> ReadPdfPixels(std::string_view dictionary);
// At most, of any number of components.
uint64_t BytesOf(const PdfPixels& form);

// Nothing if the stream does not hold what its dictionary says.
std::optional<Bytes> UnpackPdfPixels(ByteView stream, const PdfPixels& form);

// All that comes out of a stream of /FlateDecode, or nothing if that is more than `max` or no whole stream.
std::optional<Bytes> InflatePdfStream(ByteView stream, uint64_t max);

}  // namespace crossguard::examine
