// Whether a file ends before its container says that it does. libavformat reads what is there and calls it whole.
// Matroska and WebM: RFC 8794 (EBML), RFC 9559; AVI: the outermost RIFF chunk.
#pragma once

#include <optional>

#include "examine/kernel/facts.h"
#include "examine/kernel/file_bytes.h"

namespace crossguard::examine {

// False for containers that state no size of their own, and where it is left open (a recording that was streamed).
bool EndsBeforeItsEnd(Kind kind, FileBytes& file);

// Where a Matroska or WebM says that it ends, in the file or beyond it; nothing where it is left open.
std::optional<uint64_t> MatroskaEnd(FileBytes& file);

}  // namespace crossguard::examine
