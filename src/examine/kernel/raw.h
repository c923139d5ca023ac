// Camera RAW files that are TIFF inside (Canon CR2, Nikon NEF, Sony ARW, Adobe DNG): what camera wrote it, and the JPEG
// previews that it carries. The sensor's own values are not developed: the preview is what every viewer shows.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "examine/kernel/facts.h"

namespace crossguard::examine {

struct RawFile {
  Kind kind = Kind::kTiff;         // kTiff: a plain picture
  bool has_sensor_data = false;    // not a picture to show: only a preview is
  std::vector<ByteView> previews;  // JPEG streams by their first bytes, the longest first; at most kRawPreviewsMax
};
constexpr size_t kRawPreviewsMax = 4;

// kind: kTiff or kCr2, by signature.
RawFile ReadRaw(Kind kind, ByteView file);

}  // namespace crossguard::examine
