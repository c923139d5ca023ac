// Windows and OS/2 bitmaps by a strict reader of our own (the layout: Microsoft's BITMAPINFOHEADER family; [MS-WMF]
// 2.2.2): every offset and count is checked, one row of memory, no allocation that a header alone could make large.
#include <algorithm>
#include <array>
#include <bit>

#include "examine/kernel/decode.h"

namespace crossguard::examine {
namespace {

constexpr size_t kFileHeader = 14;
constexpr uint32_t kRgb = 0, kRle8 = 1, kRle4 = 2, kBitfields = 3, kAlphaBitfields = 6;

uint32_t Little16(ByteView bytes, size_t at) {
  return at + 2 <= bytes.size() ? bytes[at] | uint32_t{bytes[at + 1]} << 8 : 0;
}
uint32_t Little32(ByteView bytes, size_t at) {
  return Little16(bytes, at) | Little16(bytes, at + 2) << 16;
}

using Colour = std::array<uint8_t, 3>;

// One of the three masks of a 16- or 32-bit pixel.
struct Mask {
  uint32_t bits = 0;
  uint8_t Of(uint32_t pixel) const {
    if (bits == 0) return 0;
    const int shift = std::countr_zero(bits);
    const uint32_t most = bits >> shift;
    return static_cast<uint8_t>((uint64_t{(pixel & bits) >> shift} * 255 + most / 2) / most);
  }
};

struct Header {
  uint32_t size = 0;
  uint32_t width = 0, height = 0;
  bool top_down = false;
  uint32_t bits = 0, compression = kRgb;
  size_t pixels_at = 0;
  std::array<Mask, 3> masks;
  std::vector<Colour> palette;
};

// What is wrong with it; kNone: nothing.
Reason ReadHeader(ByteView bytes, Header& header) {
  if (bytes.size() < kFileHeader + 12) return Reason::kEndedEarly;
  header.pixels_at = Little32(bytes, 10);
  header.size = Little32(bytes, kFileHeader);
  if (bytes.size() - kFileHeader < header.size) return Reason::kEndedEarly;
  const bool old = header.size == 12;
  uint32_t colours = 0;
  if (old) {
    header.width = Little16(bytes, 18);
    header.height = Little16(bytes, 20);
    header.bits = Little16(bytes, 24);
  } else {
    const auto width = static_cast<int32_t>(Little32(bytes, 18));
    const auto height = static_cast<int32_t>(Little32(bytes, 22));
    if (width <= 0 || height == 0 || height == INT32_MIN) return Reason::kDamagedHeader;
    header.width = static_cast<uint32_t>(width);
    header.height = static_cast<uint32_t>(height < 0 ? -height : height);
    header.top_down = height < 0;
    header.bits = Little16(bytes, 28);
    header.compression = Little32(bytes, 30);
    colours = Little32(bytes, 46);
  }
  if (header.width == 0 || header.height == 0) return Reason::kDamagedHeader;
  const uint32_t bits = header.bits;
  if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32) return Reason::kUnsupportedVariant;
  switch (header.compression) {
    case kRgb:
      break;
    case kRle8:
    case kRle4:
      if (bits != (header.compression == kRle8 ? 8U : 4U) || header.top_down) return Reason::kDamagedHeader;
      break;
    case kBitfields:
    case kAlphaBitfields:
      if (bits != 16 && bits != 32) return Reason::kUnsupportedVariant;  // OS/2 means Huffman by the same number
      break;
    default:
      return Reason::kUnsupportedVariant;  // a JPEG or PNG inside, as printers are sent
  }

  size_t at = kFileHeader + header.size;
  if (bits == 16 || bits == 32) {
    const bool given = header.compression != kRgb;
    const size_t masks_at = kFileHeader + 40;  // inside the later headers, behind the first one
    for (uint32_t c = 0; given && c < 3; ++c) header.masks[c].bits = Little32(bytes, masks_at + 4 * size_t{c});
    if (!given) {
      header.masks = bits == 16 ? std::array{Mask{0x7C00}, Mask{0x03E0}, Mask{0x001F}}
                                : std::array{Mask{0xFF0000}, Mask{0x00FF00}, Mask{0x0000FF}};
    }
  }
  if (bits <= 8) {
    const uint32_t most = 1U << bits;
    const size_t entry = old ? 3 : 4;
    const uint32_t count = colours == 0 || colours > most ? most : colours;
    header.palette.assign(most, Colour{});
    for (uint32_t i = 0; i < count && at + entry <= bytes.size(); ++i, at += entry) {
      header.palette[i] = {bytes[at + 2], bytes[at + 1], bytes[at]};
    }
  }
  return Reason::kNone;
}

class Rows {
 public:
  Rows(const Header& header, Sampler& sampler) : header_(header), sampler_(sampler), row_(size_t{header.width} * 3) {}

  // Row number `line` as stored: from the bottom, unless the file says otherwise.
  void Put(uint32_t line) { sampler_.PutRow(header_.top_down ? line : header_.height - 1 - line, row_.data(), 3); }
  void Set(uint32_t x, const Colour& colour) {
    std::copy(colour.begin(), colour.end(), row_.begin() + 3 * ptrdiff_t{x});
  }
  void Clear() {
    for (uint32_t x = 0; x < header_.width; ++x) Set(x, header_.palette[0]);
  }

 private:
  const Header& header_;
  Sampler& sampler_;
  Bytes row_;
};

// False if the bytes end before the rows do.
bool ReadPlain(ByteView bytes, const Header& header, Rows& rows) {
  const uint64_t row_bytes = (uint64_t{header.width} * header.bits + 31) / 32 * 4;
  for (uint32_t line = 0; line < header.height; ++line) {
    const uint64_t at = header.pixels_at + line * row_bytes;
    if (at > bytes.size() || bytes.size() - at < row_bytes) return false;
    const ByteView row = bytes.subspan(at, row_bytes);
    for (uint32_t x = 0; x < header.width; ++x) {
      if (header.bits <= 8) {
        const uint32_t bit = x * header.bits;
        const uint32_t index = uint32_t{row[bit / 8]} >> (8 - header.bits - bit % 8) & ((1U << header.bits) - 1);
        rows.Set(x, header.palette[index]);
      } else if (header.bits == 24) {
        rows.Set(x, {row[3 * size_t{x} + 2], row[3 * size_t{x} + 1], row[3 * size_t{x}]});
      } else {
        const uint32_t pixel = header.bits == 16 ? Little16(row, 2 * size_t{x}) : Little32(row, 4 * size_t{x});
        rows.Set(x, {header.masks[0].Of(pixel), header.masks[1].Of(pixel), header.masks[2].Of(pixel)});
      }
    }
    rows.Put(line);
  }
  return true;
}

// Runs of equal pixels, literal pixels, ends of line, jumps. What is jumped over has the first colour.
Reason ReadRuns(ByteView bytes, const Header& header, Rows& rows) {
  size_t at = header.pixels_at;
  uint32_t x = 0;
  uint32_t line = 0;
  const bool nibbles = header.bits == 4;
  rows.Clear();
  const auto end_lines = [&](uint32_t count) {
    for (; count > 0 && line < header.height; --count, ++line) {
      rows.Put(line);
      rows.Clear();
    }
  };
  const auto put = [&](uint32_t index) {
    if (x < header.width && line < header.height) rows.Set(x, header.palette[index]);
    x = std::min(x + 1, header.width);
  };
  const auto index_of = [&](uint8_t byte, uint32_t i) -> uint32_t {
    return !nibbles ? byte : i % 2 == 0 ? byte >> 4U : byte & 15U;
  };
  while (line < header.height) {
    if (at >= bytes.size() || bytes.size() - at < 2) {
      end_lines(1);
      return Reason::kEndedEarly;
    }
    const uint8_t count = bytes[at];
    const uint8_t value = bytes[at + 1];
    at += 2;
    if (count > 0) {
      for (uint32_t i = 0; i < count; ++i) put(index_of(value, i));
    } else if (value == 0) {
      end_lines(1);
      x = 0;
    } else if (value == 1) {
      end_lines(header.height);
      return Reason::kNone;
    } else if (value == 2) {
      if (bytes.size() - at < 2) return Reason::kEndedEarly;
      x = std::min(x + bytes[at], header.width);
      end_lines(bytes[at + 1]);
      at += 2;
    } else {
      const size_t size = nibbles ? (size_t{value} + 1) / 2 : value;
      if (bytes.size() - at < size) return Reason::kEndedEarly;
      for (uint32_t i = 0; i < value; ++i) put(index_of(bytes[at + (nibbles ? i / 2 : i)], i));
      at = std::min(at + size + size % 2, bytes.size());
    }
  }
  return Reason::kNone;
}

}  // namespace

Decoded DecodeBmp(ByteView bytes, const Limits& limits) {
  Decoded out;
  Header header;
  out.reason = ReadHeader(bytes, header);
  out.width = header.width;
  out.height = header.height;
  const auto refuse = [&](Reason reason) {
    out.state = State::kLimitExceeded;
    out.reason = reason;
    return out;
  };
  if (uint64_t{header.width} * header.height > limits.pixels_max) return refuse(Reason::kPixelLimit);
  if (out.reason != Reason::kNone) return out;
  out.frames = 1;
  if (uint64_t{header.width} * 3 > limits.decode_bytes_max) return refuse(Reason::kMemoryLimit);
  // A header that promises pixels where no byte is can draw nothing.
  if (header.pixels_at >= bytes.size()) {
    out.reason = Reason::kEndedEarly;
    return out;
  }
  Sampler sampler(header.width, header.height, 3, uint8_t{128});
  Rows rows(header, sampler);
  if (header.compression == kRle8 || header.compression == kRle4) {
    out.reason = ReadRuns(bytes, header, rows);
  } else if (!ReadPlain(bytes, header, rows)) {
    out.reason = Reason::kEndedEarly;
  }
  out.state = out.reason == Reason::kNone ? State::kExamined : State::kTruncated;
  out.picture = sampler.picture();
  return out;
}

}  // namespace crossguard::examine
