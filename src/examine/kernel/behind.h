// What lies behind the end of something else: programs that open the one never see the other. Nothing is decoded.
#pragma once

#include <optional>

#include "examine/kernel/facts.h"
#include "examine/kernel/file_bytes.h"

namespace crossguard::examine {

// Where a file of a kind that is opened here begins at or behind `from`: there, behind zeros, or behind whatever else
// if it is a ZIP, which is found by its end.
std::optional<uint64_t> FindFileBehind(FileBytes& file, uint64_t from);

// The same behind a video, or a picture that is built like one: the end is where its boxes or chunks end. A second film
// behind the first counts, and the film in a HEIC's own box for one (mpvd).
// ISO/IEC 14496-12, 4.2; RFC 8794; RIFF, OpenDML.
std::optional<uint64_t> FindBehindContainer(Kind kind, FileBytes& file);

// The same behind a program (kPortableExecutable, kElf), as an archive that unpacks itself has its own. A ZIP may also
// lie in the midst of it; a 7z or RAR behind some text for the program.
// Portable Executable: Microsoft PE/COFF, 3 and 4; ELF: System V ABI.
std::optional<uint64_t> FindBehindProgram(Kind kind, ByteView bytes);

}  // namespace crossguard::examine
