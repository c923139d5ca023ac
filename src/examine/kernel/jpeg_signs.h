// What a JPEG's tables tell of the program that wrote it last (ITU-T T.81 annex K). Hints, never proof: a camera may
// use the tables of the standard, and a careful forger writes what he likes.
//
// Software that sends pictures on, libjpeg above all, scales the quantisation tables of the standard by a quality, and
// often makes codes of its own or a progressive file. Cameras mostly bring tables of their own and always use the
// standard's codes, since they write in one pass.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "examine/kernel/facts.h"

namespace crossguard::examine {

// Nothing if the header is not that of a plain 8-bit sequential or progressive Huffman JPEG.
std::optional<JpegSigns> ReadJpegSigns(ByteView jpeg);

}  // namespace crossguard::examine
