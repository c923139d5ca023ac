// The few EXIF facts that matter to a case, by a small bounded reader of our own (TIFF 6.0; CIPA DC-008): three
// directories are visited once each, at most 256 entries of each, every offset is checked, nothing is followed twice,
// so no loop and no growth is possible. Damage ends the reading of that part and keeps what was read.
#pragma once

#include "base/bytes.h"
#include "examine/kernel/facts.h"

namespace crossguard::examine {

// The EXIF block of a JPEG (APP1), PNG (eXIf) or WebP (EXIF) file; of TIFF and camera RAW the file itself. Else empty.
ByteView FindExif(Kind kind, ByteView file);

// The JPEG stand-in inside a block; empty if there is none.
ByteView FindThumbnail(ByteView tiff);

// A bare TIFF block ("II*\0..." or "MM\0*...").
ExifFacts ReadTiff(ByteView tiff);

// A text as it may leave the jail: well-formed UTF-8, control characters as spaces, trimmed, at most max bytes.
std::string CleanText(std::string_view text, size_t max);

}  // namespace crossguard::examine
