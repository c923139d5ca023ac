#include "examine/kernel/picture_end.h"

#include <algorithm>
#include <cstring>

#include "examine/kernel/behind.h"

namespace crossguard::examine {
namespace {

// A place in the bytes that only moves forward; past the end it stays there and says so.
class Walk {
 public:
  Walk(ByteView bytes, size_t at) : bytes_(bytes), at_(at) {}
  size_t at() const { return at_; }
  bool Has(size_t count) const { return at_ <= bytes_.size() && count <= bytes_.size() - at_; }
  uint8_t operator[](size_t i) const { return bytes_[at_ + i]; }  // after Has(i + 1)
  void Skip(uint64_t count) {
    at_ = count < bytes_.size() - std::min(at_, bytes_.size()) ? at_ + count : bytes_.size();
  }
  void SkipTo(uint8_t value) {
    if (at_ >= bytes_.size()) return;
    const void* const found = std::memchr(bytes_.data() + at_, value, bytes_.size() - at_);
    at_ = found == nullptr ? bytes_.size() : static_cast<size_t>(static_cast<const uint8_t*>(found) - bytes_.data());
  }
  uint32_t Big(size_t count) const {  // after Has(count)
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i) value = value << 8 | (*this)[i];
    return value;
  }

 private:
  ByteView bytes_;
  size_t at_;
};

constexpr uint8_t kEndOfImage = 0xD9, kStartOfScan = 0xDA;

std::optional<size_t> JpegEnd(ByteView bytes) {
  Walk walk(bytes, 2);
  while (walk.Has(2)) {
    if (walk[0] != 0xFF) return std::nullopt;
    const uint8_t marker = walk[1];
    if (marker == 0xFF) {  // fill
      walk.Skip(1);
      continue;
    }
    walk.Skip(2);
    if (marker == kEndOfImage) return walk.at();
    if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) continue;  // these stand alone
    if (!walk.Has(2) || walk.Big(2) < 2) return std::nullopt;
    walk.Skip(walk.Big(2));
    if (marker != kStartOfScan) continue;
    for (walk.SkipTo(0xFF); walk.Has(2) && (walk[1] == 0 || (walk[1] >= 0xD0 && walk[1] <= 0xD7)); walk.SkipTo(0xFF)) {
      walk.Skip(2);
    }
  }
  return std::nullopt;
}

std::optional<size_t> PngEnd(ByteView bytes) {
  Walk walk(bytes, 8);
  while (walk.Has(12)) {
    const uint64_t length = walk.Big(4);
    const bool last = AsText(bytes.subspan(walk.at() + 4, 4)) == "IEND";
    if (length > bytes.size() || !walk.Has(length + 12)) return std::nullopt;
    walk.Skip(length + 12);
    if (last) return walk.at();
  }
  return std::nullopt;
}

void SkipSubBlocks(Walk& walk) {
  while (walk.Has(1)) {
    const uint8_t length = walk[0];
    walk.Skip(size_t{1} + length);
    if (length == 0) return;
  }
}

size_t ColourTableBytes(uint8_t flags) {
  return (flags & 0x80U) != 0 ? size_t{3} << ((flags & 7U) + 1) : 0;
}

std::optional<size_t> GifEnd(ByteView bytes) {
  Walk walk(bytes, 0);
  if (!walk.Has(13)) return std::nullopt;
  walk.Skip(13 + ColourTableBytes(walk[10]));
  while (walk.Has(1)) {
    const uint8_t block = walk[0];
    if (block == 0x3B) return walk.at() + 1;  // the trailer
    if (block == 0x21) {                      // an extension
      walk.Skip(2);
    } else if (block == 0x2C && walk.Has(11)) {  // an image: descriptor, colours, the codes' size
      walk.Skip(size_t{11} + ColourTableBytes(walk[9]));
    } else {
      return std::nullopt;
    }
    SkipSubBlocks(walk);
  }
  return std::nullopt;
}

std::optional<size_t> WebpEnd(ByteView bytes) {
  if (bytes.size() < 12) return std::nullopt;
  uint64_t length = 0;
  for (size_t i = 0; i < 4; ++i) length |= uint64_t{bytes[4 + i]} << (8 * i);
  const uint64_t end = 8 + length + (length & 1U);
  if (end > bytes.size()) return std::nullopt;
  return end;
}

}  // namespace

std::optional<size_t> PictureEnd(Kind kind, ByteView bytes) {
  switch (kind) {
    case Kind::kJpeg:
      return JpegEnd(bytes);
    case Kind::kPng:
      return PngEnd(bytes);
    case Kind::kGif:
      return GifEnd(bytes);
    case Kind::kWebp:
      return WebpEnd(bytes);
    default:
      return std::nullopt;
  }
}

std::optional<size_t> FindBehindPicture(Kind kind, ByteView bytes) {
  const std::optional<size_t> end = PictureEnd(kind, bytes);
  if (!end) return std::nullopt;
  FileBytes file(bytes);
  return FindFileBehind(file, *end);
}

}  // namespace crossguard::examine
