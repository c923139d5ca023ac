// The pixels of a HEIC file that the fingerprint looks at, and no others: HEVC by libavcodec, colours computed at the
// sampled places only, and neither tiles pasted together nor pictures turned; where a sample lies is reckoned instead.
// Internal to the kernel.
//
// It never judges, as jpeg_fast.h does not: it gives the pixels that libheif would give, or nothing.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "examine/kernel/facts.h"
#include "examine/kernel/picture.h"

namespace crossguard::examine {

struct HeifPicked {
  std::optional<SampledPicture> picture;  // nullopt: left to libheif
  bool undecoded = false;                 // because libavcodec gave nothing for a coded picture
};

// width, height: of the turned picture, as libheif says; a file that says otherwise here is left to it. Memory: one
// tile.
HeifPicked PickFromHeif(ByteView file, uint32_t width, uint32_t height, const Limits& limits);

}  // namespace crossguard::examine
