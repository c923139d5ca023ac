// What a file is, by its content alone: fixed signatures at fixed places, nothing is parsed. Names and claimed types
// play no part.
#pragma once

#include "base/bytes.h"
#include "examine/kernel/facts.h"

namespace crossguard::examine {

constexpr size_t kKindBytes =
    size_t{34} << 10;  // how much of the beginning is looked at: an ISO 9660 image says so at 32 KiB

// bytes: the beginning of the file, or all of it.
Kind DetectKind(ByteView bytes);

}  // namespace crossguard::examine
