// Where a ZIP archive ends, and from there where it begins: its end record names the directory, the directory its
// members (APPNOTE 4.3.6). Programs that open a ZIP look for it from the end of the file, so whatever stands before it,
// a program or a picture, they pass over. Nothing is unpacked. Internal to the kernel.
#pragma once

#include <optional>

#include "examine/kernel/file_bytes.h"

namespace crossguard::examine {

struct ZipExtent {
  uint64_t before = 0;  // what stands before the place from which it counts: 0 for an archive that is the file itself
  uint64_t begin = 0;   // of its first member
  uint64_t end = 0;     // behind its end record and comment
};

constexpr uint64_t kZipEndBytes = 65'557;  // the longest end record, with its comment

// The last end record whose directory and first member stand where it says, looked for within the last `search_bytes`.
std::optional<ZipExtent> FindZip(FileBytes& file, uint64_t search_bytes = kZipEndBytes);

// The same for a file that is a ZIP from its first byte: its own end record, not that of an archive that lies stored in
// it or was hung on behind it. Without one it has been cut. All of a file in memory is looked through.
std::optional<ZipExtent> FindOwnZip(FileBytes& file);

}  // namespace crossguard::examine
