// The bare structure of TIFF 6.0 (section 2), shared by the readers of EXIF blocks and of camera RAW files: every
// offset is checked, nothing is followed by itself. Internal to the kernel.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"

namespace crossguard::examine {

constexpr size_t kEntriesMax = 256;  // of one directory
constexpr uint16_t kTypeAscii = 2, kTypeShort = 3, kTypeLong = 4, kTypeRational = 5;

class Tiff {
 public:
  explicit Tiff(ByteView bytes) : bytes_(bytes) {}

  bool Open() {
    if (bytes_.size() < 8) return false;
    if (bytes_[0] == 'I' && bytes_[1] == 'I') {
      big_ = false;
    } else if (bytes_[0] == 'M' && bytes_[1] == 'M') {
      big_ = true;
    } else {
      return false;
    }
    return U16(2) == 42;
  }

  uint16_t U16(size_t at) const {
    if (!Fits(at, 2)) return 0;
    const uint32_t a = bytes_[at], b = bytes_[at + 1];
    return static_cast<uint16_t>(big_ ? (a << 8) | b : (b << 8) | a);
  }
  uint32_t U32(size_t at) const {
    if (!Fits(at, 4)) return 0;
    const uint32_t a = U16(at), b = U16(at + 2);
    return big_ ? (a << 16) | b : (b << 16) | a;
  }
  bool Fits(size_t at, size_t count) const { return at <= bytes_.size() && count <= bytes_.size() - at; }
  ByteView bytes() const { return bytes_; }

 private:
  ByteView bytes_;
  bool big_ = false;
};

struct Entry {
  uint16_t tag, type;
  uint32_t count;
  size_t at;  // of the entry's value field
};

template <class Visit>
void ForEachEntry(const Tiff& tiff, size_t directory, Visit visit) {
  if (directory < 8 || !tiff.Fits(directory, 2)) return;
  const size_t count = std::min<size_t>(tiff.U16(directory), kEntriesMax);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = directory + 2 + 12 * i;
    if (!tiff.Fits(at, 12)) return;
    visit(Entry{.tag = tiff.U16(at), .type = tiff.U16(at + 2), .count = tiff.U32(at + 4), .at = at + 8});
  }
}

// Where the directory behind this one begins; 0 if there is none.
inline size_t NextDirectory(const Tiff& tiff, size_t directory) {
  if (directory < 8 || !tiff.Fits(directory, 2)) return 0;
  return tiff.U32(directory + 2 + 12 * size_t{tiff.U16(directory)});
}

// One number of one or two or four bytes, the first if there are several.
inline uint32_t Number(const Tiff& tiff, const Entry& entry) {
  if (entry.type == kTypeShort && entry.count <= 2) return tiff.U16(entry.at);
  if (entry.type == kTypeShort) return tiff.U16(tiff.U32(entry.at));
  return entry.count <= 1 ? tiff.U32(entry.at) : tiff.U32(tiff.U32(entry.at));
}

}  // namespace crossguard::examine
