// PNG by a reader of our own, for the plain majority: not interlaced, complete, undamaged. libdeflate unpacks the whole
// picture at once, which is several times faster than zlib row by row; the filters are undone with vectors. libpng is
// its judge: what it gives is what DecodePngPlainly gives, and where that is not certain it gives nothing.
#pragma once

#include <optional>

#include "examine/kernel/decode.h"

namespace crossguard::examine {

// Larger pictures are libpng's, which needs a few rows at a time.
constexpr uint64_t kPngWholeBytesMax = uint64_t{96} << 20;

// Nothing if the file is of another form, or anything at all about it is suspicious. `frames` is left 1. Memory beside
// the input: the unpacked picture, and its packed bytes once more if they stand in several chunks.
std::optional<Decoded> DecodePngFast(ByteView bytes, const Limits& limits);

}  // namespace crossguard::examine
