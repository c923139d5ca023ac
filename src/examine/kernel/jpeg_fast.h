// JPEG by a decoder of our own, for the plain majority: 8-bit Huffman pictures, grey or YCbCr, sequential or
// progressive, complete and undamaged.
// It decodes all coefficients and makes only the pixels that the fingerprint samples. libjpeg-turbo is its judge: what
// it gives is what DecodeJpegPlainly gives, and where that is not certain it gives nothing.
#pragma once

#include "examine/kernel/decode.h"
#include "examine/kernel/jpeg_hot.h"

namespace crossguard::examine {

// Nothing if the file is of another form, or anything at all about it is suspicious. wide: for the tests of both ways.
// Memory beside the input: two rows of MCUs and 35 KiB; progressive: 136 bytes a block.
std::optional<Decoded> DecodeJpegFast(ByteView bytes, const Limits& limits, bool wide = HasWideJpegHot());

}  // namespace crossguard::examine
