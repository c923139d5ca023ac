// The pixels of a HEIC file that the fingerprint looks at, and no others: HEVC by libavcodec, colours computed at the
// sampled places only, and neither tiles pasted together nor pictures turned; where a sample lies is reckoned instead.
// Internal to the kernel.
//
// It gives the pixels that libheif would give, or nothing, as jpeg_fast.h does; but where a part of a coded picture is
// missing, of which libheif's own decoder says nothing and shows whatever was in its memory, it says so.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "examine/kernel/facts.h"
#include "examine/kernel/picture.h"

namespace crossguard::examine {

struct HeifPicked {
  std::optional<SampledPicture> picture;  // nullopt: left to libheif
  bool with_holes = false;                // some of it is missing in the file; it is black there
  bool undecoded = false;                 // because libavcodec gave nothing for a coded picture
};

// width, height: of the turned picture, as libheif says; a file that says otherwise here is left to it. Memory: one
// tile.
HeifPicked PickFromHeif(ByteView file, uint32_t width, uint32_t height, const Limits& limits);

}  // namespace crossguard::examine
