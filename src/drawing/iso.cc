// An image of a disc by hand (ECMA-119, level 1): the libraries write the time of making into every corner of it, and
// the same members must give the same bytes.
#include <algorithm>

#include "drawing/drawing.h"

namespace crossguard::drawing {
namespace {

constexpr size_t kSector = 2048;
constexpr uint32_t kVolume = 16, kEnd = 17, kPathsLittle = 18, kPathsBig = 19, kRoot = 20, kFirstFile = 21;
constexpr uint32_t kPathTableBytes = 10;

void Little(uint8_t* at, uint32_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) at[i] = static_cast<uint8_t>(value >> (8 * i));
}
void Big(uint8_t* at, uint32_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) at[bytes - 1 - i] = static_cast<uint8_t>(value >> (8 * i));
}
void Both(uint8_t* at, uint32_t value, size_t bytes) {  // 7.2.3, 7.3.3: either order
  Little(at, value, bytes);
  Big(at + bytes, value, bytes);
}
uint32_t SectorsOf(size_t bytes) {
  return static_cast<uint32_t>((bytes + kSector - 1) / kSector);
}

// 9.1. One byte 0 or 1 is the name of the directory itself and of the one above.
Bytes DirectoryRecord(std::string_view name, uint32_t sector, uint32_t size_bytes, bool directory) {
  Bytes out((33 + name.size() + 1) / 2 * 2);
  out[0] = static_cast<uint8_t>(out.size());
  Both(&out[2], sector, 4);
  Both(&out[10], size_bytes, 4);
  const uint8_t date[7] = {121, 7, 4, 12, 0, 0, 0};  // 2021-07-04
  std::copy_n(date, 7, &out[18]);
  out[25] = directory ? 2 : 0;
  Both(&out[28], 1, 2);
  out[32] = static_cast<uint8_t>(name.size());
  std::copy(name.begin(), name.end(), out.begin() + 33);
  return out;
}

// Capitals, digits and one dot, with the version behind.
std::string DiscName(const std::string& name) {
  std::string out;
  for (const char c : name) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out + ";1";
}

void WriteVolume(uint8_t* at, uint32_t sectors) {
  at[0] = 1;
  const std::string_view mark = "CD001";
  std::copy(mark.begin(), mark.end(), at + 1);
  at[6] = 1;
  std::fill_n(at + 8, 64, uint8_t{' '});
  const std::string_view label = "PICTURES";
  std::copy(label.begin(), label.end(), at + 40);
  Both(at + 80, sectors, 4);
  Both(at + 120, 1, 2);
  Both(at + 124, 1, 2);
  Both(at + 128, kSector, 2);
  Both(at + 132, kPathTableBytes, 4);
  Little(at + 140, kPathsLittle, 4);
  Big(at + 148, kPathsBig, 4);
  const Bytes root = DirectoryRecord(std::string_view("\0", 1), kRoot, kSector, true);
  std::copy(root.begin(), root.end(), at + 156);
  std::fill_n(at + 190, 623, uint8_t{' '});
  for (size_t date = 0; date < 4; ++date) std::fill_n(at + 813 + date * 17, 16, uint8_t{'0'});
  at[881] = 1;
}

}  // namespace

Bytes MakeIso(const std::vector<std::pair<std::string, Bytes>>& members) {
  Bytes root;
  const auto add = [&](const Bytes& record) { root.insert(root.end(), record.begin(), record.end()); };
  add(DirectoryRecord(std::string_view("\0", 1), kRoot, kSector, true));
  add(DirectoryRecord(std::string_view("\1", 1), kRoot, kSector, true));
  uint32_t sector = kFirstFile;
  for (const auto& [name, bytes] : members) {
    add(DirectoryRecord(DiscName(name), sector, static_cast<uint32_t>(bytes.size()), false));
    sector += SectorsOf(bytes.size());
  }
  CHECK(root.size() <= kSector);  // some forty members
  Bytes out(sector * kSector);
  WriteVolume(&out[kVolume * kSector], sector);
  out[kEnd * kSector] = 255;
  const std::string_view end = "CD001\1";
  std::copy(end.begin(), end.end(), &out[kEnd * kSector + 1]);
  for (const uint32_t paths : {kPathsLittle, kPathsBig}) {
    uint8_t* at = &out[paths * kSector];
    at[0] = 1;
    paths == kPathsLittle ? Little(at + 2, kRoot, 4) : Big(at + 2, kRoot, 4);
    paths == kPathsLittle ? Little(at + 6, 1, 2) : Big(at + 6, 1, 2);
  }
  std::copy(root.begin(), root.end(), &out[kRoot * kSector]);
  sector = kFirstFile;
  for (const auto& [name, bytes] : members) {
    std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(sector * kSector));
    sector += SectorsOf(bytes.size());
  }
  return out;
}

}  // namespace crossguard::drawing
