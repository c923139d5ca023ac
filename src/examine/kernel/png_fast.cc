#include "examine/kernel/png_fast.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "examine/kernel/numbers.h"
#include "examine/kernel/png_filters.h"

namespace crossguard::examine {
namespace {

constexpr std::array<uint8_t, 8> kSignature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr uint32_t kOtherChunkBytesMax = 8'000'000;  // as where libpng reads (decode_png.cc)

uint32_t U32(ByteView bytes, size_t at) {
  return static_cast<uint32_t>(BigEndian(bytes, at, 4));
}

constexpr uint32_t Name(std::string_view name) {
  return static_cast<uint32_t>(static_cast<uint8_t>(name[0])) << 24U |
         static_cast<uint32_t>(static_cast<uint8_t>(name[1])) << 16U |
         static_cast<uint32_t>(static_cast<uint8_t>(name[2])) << 8U | static_cast<uint8_t>(name[3]);
}

// Four letters, the first small: nothing that the pixels need.
bool IsAncillary(uint32_t name) {
  for (uint32_t shift = 0; shift < 32; shift += 8) {
    const uint32_t letter = (name >> shift & 0xFFU) | 0x20U;
    if (letter < 'a' || letter > 'z') return false;
  }
  return (name & 0x20000000U) != 0 && (name & 0x2000U) == 0;
}

struct Header {
  uint32_t width = 0, height = 0;
  uint32_t depth = 0;
  uint32_t colour = 0;    // the format's own number
  uint32_t channels = 0;  // stored
  uint64_t RowBytes() const { return (uint64_t{width} * channels * depth + 7) / 8; }
  uint32_t PixelBytes() const { return std::max(1U, channels * depth / 8); }  // as the filters count
  bool grey() const { return colour == 0 || colour == 4; }
};

bool ReadHeader(ByteView body, Header& header) {
  if (body.size() != 13 || body[10] != 0 || body[11] != 0 || body[12] != 0) return false;
  header = {.width = U32(body, 0), .height = U32(body, 4), .depth = body[8], .colour = body[9]};
  constexpr std::array<uint32_t, 7> kChannels{1, 0, 3, 1, 2, 0, 4};
  if (header.colour >= kChannels.size()) return false;
  header.channels = kChannels[header.colour];
  const bool small = header.depth == 1 || header.depth == 2 || header.depth == 4;
  const bool fits = header.depth == 8 || (header.depth == 16 && header.colour != 3) ||
                    (small && (header.colour == 0 || header.colour == 3));
  return header.channels > 0 && fits && header.width > 0 && header.height > 0;
}

// The chunks, read strictly from the first to the last, each with its sum.
struct File {
  Header header;
  std::array<std::array<uint8_t, 3>, 256> palette{};
  uint32_t colours = 0;
  ByteView packed;     // all of the picture's data
  Bytes packed_parts;  // its room if it stands in several chunks

  bool Read(ByteView bytes) {
    if (bytes.size() < kSignature.size() || !std::equal(kSignature.begin(), kSignature.end(), bytes.begin()))
      return false;
    size_t at = kSignature.size();
    for (bool first = true;; first = false) {
      if (bytes.size() - at < 12) return false;
      const uint32_t length = U32(bytes, at), name = U32(bytes, at + 4);
      if (length > bytes.size() - at - 12) return false;
      const ByteView body = bytes.subspan(at + 8, length);
      if (libdeflate_crc32(0, bytes.data() + at + 4, size_t{length} + 4) != U32(bytes, at + 8 + length)) return false;
      at += size_t{length} + 12;
      if (first != (name == Name("IHDR"))) return false;
      if (name == Name("IEND")) return length == 0 && !packed.empty();
      if (!Take(name, body)) return false;
      previous_ = name;
    }
  }

 private:
  bool Take(uint32_t name, ByteView body) {
    if (name == Name("IHDR")) return ReadHeader(body, header);
    if (name == Name("IDAT")) return TakeData(body);
    if (name == Name("PLTE")) return TakePalette(body);
    return IsAncillary(name) && body.size() <= kOtherChunkBytesMax;
  }

  bool TakeData(ByteView body) {
    if (body.empty() || (header.colour == 3 && colours == 0)) return false;
    if (packed.empty()) {
      packed = body;
      return true;
    }
    if (previous_ != Name("IDAT")) return false;
    if (packed_parts.empty()) packed_parts.assign(packed.begin(), packed.end());
    packed_parts.insert(packed_parts.end(), body.begin(), body.end());
    packed = packed_parts;
    return true;
  }

  bool TakePalette(ByteView body) {
    if (header.colour != 3) return header.colour == 2 || header.colour == 6;  // a suggestion
    if (colours > 0 || !packed.empty() || body.empty() || body.size() % 3 != 0) return false;
    colours = static_cast<uint32_t>(body.size() / 3);
    if (colours > 1U << header.depth) return false;
    for (uint32_t i = 0; i < colours; ++i) std::copy_n(body.begin() + 3 * i, 3, palette[i].begin());
    return true;
  }

  uint32_t previous_ = 0;
};

struct FreeUnpacker {
  void operator()(libdeflate_decompressor* unpacker) const { libdeflate_free_decompressor(unpacker); }
};

struct FreeBytes {
  void operator()(uint8_t* bytes) const { std::free(bytes); }
};
using Room = std::unique_ptr<uint8_t, FreeBytes>;

// Exactly so many bytes, and the data ends with them.
bool Unpack(ByteView packed, uint8_t* out, size_t out_bytes) {
  if (packed.size() < 6) return false;
  // zlib refuses what reaches farther back than the window that the data states; libdeflate does not look.
  if (out_bytes > uint64_t{256} << (packed[0] >> 4U)) {
    if (packed[0] >> 4U != 7) return false;
  }
  const std::unique_ptr<libdeflate_decompressor, FreeUnpacker> unpacker(libdeflate_alloc_decompressor());
  if (unpacker == nullptr) return false;
  size_t in_used = 0, out_used = 0;
  const libdeflate_result result =
      libdeflate_zlib_decompress_ex(unpacker.get(), packed.data(), packed.size(), out, out_bytes, &in_used, &out_used);
  return result == LIBDEFLATE_SUCCESS && in_used == packed.size() && out_used == out_bytes;
}

// A stored row whose samples are not bytes, or are places in the palette, to one byte a channel.
void Expand(const File& file, const uint8_t* row, uint8_t* out) {
  const Header& header = file.header;
  if (header.depth == 16) {
    for (size_t i = 0; i < size_t{header.width} * header.channels; ++i) {
      const uint32_t value = uint32_t{row[2 * i]} << 8U | row[2 * i + 1];
      out[i] = static_cast<uint8_t>((value * 255 + 32'895) >> 16U);  // as libpng scales
    }
    return;
  }
  const uint32_t depth = header.depth, mask = (1U << depth) - 1;
  for (uint32_t x = 0; x < header.width; ++x) {
    const uint64_t bit = uint64_t{x} * depth;
    const uint32_t value = row[bit / 8] >> (8 - depth - bit % 8) & mask;
    if (header.colour == 3) {
      std::memcpy(out + size_t{3} * x, file.palette[value].data(), 3);
    } else {
      out[x] = static_cast<uint8_t>(value * (255 / mask));
    }
  }
}

}  // namespace

std::optional<Decoded> DecodePngFast(ByteView bytes, const Limits& limits) {
  File file;
  if (!file.Read(bytes)) return std::nullopt;
  const Header& header = file.header;
  const uint64_t row_bytes = header.RowBytes();
  const uint64_t whole = (row_bytes + 1) * header.height;
  if (uint64_t{header.width} * header.height > limits.pixels_max) return std::nullopt;
  if (row_bytes > kPngWholeBytesMax || whole > std::min(kPngWholeBytesMax, limits.decode_bytes_max / 2))
    return std::nullopt;
  // A row of zeros before the first, and room for what vectors read and write beyond the last.
  const size_t before = row_bytes + kPngSlackBytes;
  const Room room(static_cast<uint8_t*>(std::malloc(before + whole + kPngSlackBytes)));
  if (room == nullptr) return std::nullopt;
  std::memset(room.get(), 0, before);
  uint8_t* stored = room.get() + before;
  if (!Unpack(file.packed, stored, whole)) return std::nullopt;

  const bool as_stored = header.depth == 8 && header.colour != 3;
  const uint32_t channels = header.grey() ? 1 : 3;
  const uint32_t stride = header.colour == 3 ? 3 : header.channels;
  Sampler sampler(header.width, header.height, channels);
  Bytes expanded(as_stored ? 0 : size_t{header.width} * stride);
  const uint8_t* above = room.get() + kPngSlackBytes / 2;
  for (uint32_t y = 0; y < header.height; ++y, stored += row_bytes + 1) {
    uint8_t* const row = stored + 1;
    if (!UndoPngFilter(*stored, row, above, row_bytes, header.PixelBytes())) return std::nullopt;
    above = row;
    if (!sampler.WantsRow(y)) continue;
    if (!as_stored) Expand(file, row, expanded.data());
    sampler.PutRow(y, as_stored ? row : expanded.data(), stride);
  }
  return Decoded{.state = State::kExamined,
                 .reason = Reason::kNone,
                 .width = header.width,
                 .height = header.height,
                 .frames = 1,
                 .picture = sampler.picture()};
}

}  // namespace crossguard::examine
