// What a file is, by its content alone: fixed signatures at fixed places, nothing is parsed. Names and claimed types
// play no part.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "examine/kernel/facts.h"

namespace crossguard::examine {

constexpr size_t kKindBytes =
    size_t{34} << 10;  // how much of the beginning is looked at: an ISO 9660 image says so at 32 KiB

// bytes: the beginning of the file, or all of it.
Kind DetectKind(ByteView bytes);

// False if the name's ending says another kind than the content: a sign that somebody renamed the file. Endings that
// are used alike (.mp4 and .mov, .tif and .dng), unknown ones and none say nothing. mime_type: as MimeType gives it.
bool NameFits(std::string_view name, std::string_view mime_type);

}  // namespace crossguard::examine
