// Where a picture's own bytes end, and whether something else lies behind them: the film of a "motion photo", a second
// picture, an archive that was hung on by hand. Programs that show the picture never see it.
//
// One bounded walk over the segments, chunks or blocks that each format gives a length; nothing is decoded.
// JPEG: ITU-T T.81 annex B; PNG: ISO/IEC 15948; GIF: GIF89a; WebP: RFC 9649.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "examine/kernel/facts.h"

namespace crossguard::examine {

// Bytes up to the picture's end; nothing where the format has no end of its own or the bytes do not reach it.
std::optional<size_t> PictureEnd(Kind kind, ByteView bytes);

// Where a file of a kind that is opened here begins behind the picture's end (behind.h).
std::optional<size_t> FindBehindPicture(Kind kind, ByteView bytes);

}  // namespace crossguard::examine
