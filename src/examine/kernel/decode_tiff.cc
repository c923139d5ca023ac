#include <tiffio.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>

#include "examine/kernel/animation.h"
#include "examine/kernel/decode.h"
#include "examine/kernel/tiff_reader.h"

namespace crossguard::examine {
namespace {

constexpr uint32_t kPagesMax = 4096;

// What the library reads from: memory, and whether it asked for more than there is.
struct Input {
  ByteView bytes;
  uint64_t at = 0;
  bool ended_early = false;
};

tmsize_t OnRead(thandle_t handle, void* to, tmsize_t wanted) {
  Input& input = *static_cast<Input*>(handle);
  if (wanted <= 0) return 0;
  const uint64_t left = input.at < input.bytes.size() ? input.bytes.size() - input.at : 0;
  const uint64_t given = std::min<uint64_t>(left, static_cast<uint64_t>(wanted));
  if (given < static_cast<uint64_t>(wanted)) input.ended_early = true;
  if (given > 0) std::memcpy(to, input.bytes.data() + input.at, given);
  input.at += given;
  return static_cast<tmsize_t>(given);
}
tmsize_t OnWrite(thandle_t, void*, tmsize_t) {
  return 0;
}
toff_t OnSeek(thandle_t handle, toff_t offset, int whence) {
  Input& input = *static_cast<Input*>(handle);
  const uint64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? input.at : input.bytes.size();
  input.at = base + offset;
  return input.at;
}
int OnClose(thandle_t) {
  return 0;
}
toff_t OnSize(thandle_t handle) {
  return static_cast<Input*>(handle)->bytes.size();
}
// Whoever asks for more than memory holds is past the end as well.
int OnMessage(TIFF*, void*, const char*, const char*, va_list) {
  return 1;
}

struct Close {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
struct FreeOptions {
  void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};

// Directories of the main chain, each counted once, so a chain that bites its tail ends.
uint32_t CountPages(ByteView bytes) {
  Tiff tiff(bytes);
  if (!tiff.Open()) return 1;
  std::set<size_t> seen;
  for (size_t at = tiff.U32(4); at != 0 && seen.size() < kPagesMax && seen.insert(at).second;) {
    at = NextDirectory(tiff, at);
  }
  return std::max(static_cast<uint32_t>(seen.size()), uint32_t{1});
}

class Page {
 public:
  Page(TIFF* tiff, const Limits& limits, Decoded& out) : tiff_(tiff), limits_(limits), out_(out) {}

  // kNone: whole. Pixels that could not be had stay grey.
  Reason Draw() {
    const uint64_t unit_bytes = UnitBytes();
    if (unit_bytes > limits_.decode_bytes_max) return Reason::kMemoryLimit;
    return IsPlain() ? DrawPlain() : DrawByLibrary();
  }
  bool drawn() const { return drawn_; }
  Sampler& sampler() { return *sampler_; }

 private:
  template <class T>
  T Field(uint32_t tag, T otherwise) const {
    T value = otherwise;
    return TIFFGetFieldDefaulted(tiff_, tag, &value) == 1 ? value : otherwise;
  }

  // What one strip or tile takes as pixels of four bytes, or as stored if that is more.
  uint64_t UnitBytes() const {
    uint64_t rows = std::min(Field<uint32_t>(TIFFTAG_ROWSPERSTRIP, UINT32_MAX), out_.height);
    uint64_t columns = out_.width;
    uint64_t stored = TIFFIsTiled(tiff_) != 0 ? TIFFTileSize64(tiff_) : TIFFStripSize64(tiff_);
    if (TIFFIsTiled(tiff_) != 0) {
      columns = Field<uint32_t>(TIFFTAG_TILEWIDTH, 0);
      rows = Field<uint32_t>(TIFFTAG_TILELENGTH, 0);
      if (columns > UINT32_MAX / 8 || rows > UINT32_MAX / 8) return UINT64_MAX;
    }
    return std::max(stored, rows * columns * 4);
  }

  // Grey or RGB of 8 or 16 bits, samples side by side, in strips: nearly every TIFF, and then more samples (alpha) are
  // dropped, not multiplied in, and grey stays grey.
  bool IsPlain() {
    bits_ = Field<uint16_t>(TIFFTAG_BITSPERSAMPLE, 1);
    samples_ = Field<uint16_t>(TIFFTAG_SAMPLESPERPIXEL, 1);
    const uint16_t photometric = Field<uint16_t>(TIFFTAG_PHOTOMETRIC, UINT16_MAX);
    if (TIFFIsTiled(tiff_) != 0 || (bits_ != 8 && bits_ != 16)) return false;
    if (Field<uint16_t>(TIFFTAG_PLANARCONFIG, 0) != PLANARCONFIG_CONTIG) return false;
    if (Field<uint16_t>(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT) != SAMPLEFORMAT_UINT) return false;
    if (photometric == PHOTOMETRIC_MINISBLACK) channels_ = 1;
    if (photometric == PHOTOMETRIC_RGB && samples_ >= 3) channels_ = 3;
    return channels_ != 0;
  }

  Reason DrawPlain() {
    sampler_.emplace(out_.width, out_.height, channels_, uint8_t{128});
    const uint32_t rows_per_strip = std::min(Field<uint32_t>(TIFFTAG_ROWSPERSTRIP, UINT32_MAX), out_.height);
    const auto row_bytes = static_cast<uint64_t>(TIFFScanlineSize64(tiff_));
    if (rows_per_strip == 0 || row_bytes < uint64_t{out_.width} * samples_ * bits_ / 8) return Reason::kDamagedHeader;
    Bytes strip(TIFFStripSize64(tiff_));
    Bytes narrow(bits_ == 16 ? size_t{out_.width} * samples_ : 0);
    for (uint32_t y = 0, index = 0; y < out_.height; y += rows_per_strip, ++index) {
      const uint32_t rows = std::min(rows_per_strip, out_.height - y);
      std::fill(strip.begin(), strip.end(), uint8_t{128});
      const tmsize_t got = TIFFReadEncodedStrip(tiff_, index, strip.data(), static_cast<tmsize_t>(strip.size()));
      if (got < 0) return Reason::kDamagedData;
      drawn_ = true;
      for (uint32_t i = 0; i < rows && (i + 1) * row_bytes <= static_cast<uint64_t>(got); ++i) {
        if (!sampler_->WantsRow(y + i)) continue;
        const uint8_t* row = strip.data() + i * row_bytes;
        if (bits_ == 16) row = Narrow(row, narrow);
        sampler_->PutRow(y + i, row, samples_);
      }
      if (static_cast<uint64_t>(got) < rows * row_bytes) return Reason::kDamagedData;
    }
    return Reason::kNone;
  }

  // libtiff gives 16-bit samples in the machine's own order. Scaled as for PNG: 65535 becomes 255.
  const uint8_t* Narrow(const uint8_t* row, Bytes& narrow) const {
    for (size_t i = 0; i < narrow.size(); ++i) {
      uint16_t value = 0;
      std::memcpy(&value, row + 2 * i, 2);
      narrow[i] = static_cast<uint8_t>((uint32_t{value} * 255 + 32'895) >> 16);
    }
    return narrow.data();
  }

  // Palettes, CMYK, YCbCr, CIE Lab, tiles, single bits: by the library's own conversion to RGBA.
  Reason DrawByLibrary() {
    char why[1024];
    if (TIFFRGBAImageOK(tiff_, why) != 1) return Reason::kUnsupportedVariant;
    // The library says yes to inks of 16 bits and then opens none.
    if (bits_ == 16 && Field<uint16_t>(TIFFTAG_PHOTOMETRIC, UINT16_MAX) == PHOTOMETRIC_SEPARATED)
      return Reason::kUnsupportedVariant;
    // The picture as stored: the orientation is a fact, not a rotation.
    TIFFSetField(tiff_, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    sampler_.emplace(out_.width, out_.height, 3, uint8_t{128});
    return TIFFIsTiled(tiff_) != 0 ? DrawTiles() : DrawStrips();
  }

  Reason DrawStrips() {
    const uint32_t rows_per_strip = std::min(Field<uint32_t>(TIFFTAG_ROWSPERSTRIP, UINT32_MAX), out_.height);
    if (rows_per_strip == 0) return Reason::kDamagedHeader;
    std::vector<uint32_t> raster(uint64_t{rows_per_strip} * out_.width);
    for (uint32_t y = 0; y < out_.height; y += rows_per_strip) {
      const uint32_t rows = std::min(rows_per_strip, out_.height - y);
      if (TIFFReadRGBAStrip(tiff_, y, raster.data()) != 1) return Reason::kDamagedData;
      drawn_ = true;
      for (uint32_t i = 0; i < rows; ++i) PutRaster(0, y + i, out_.width, &raster[uint64_t{rows - 1 - i} * out_.width]);
    }
    return Reason::kNone;
  }

  Reason DrawTiles() {
    const uint32_t tile_width = Field<uint32_t>(TIFFTAG_TILEWIDTH, 0);
    const uint32_t tile_height = Field<uint32_t>(TIFFTAG_TILELENGTH, 0);
    if (tile_width == 0 || tile_height == 0) return Reason::kDamagedHeader;
    std::vector<uint32_t> raster(uint64_t{tile_width} * tile_height);
    for (uint64_t y = 0; y < out_.height; y += tile_height) {
      for (uint64_t x = 0; x < out_.width; x += tile_width) {
        if (TIFFReadRGBATile(tiff_, static_cast<uint32_t>(x), static_cast<uint32_t>(y), raster.data()) != 1)
          return Reason::kDamagedData;
        drawn_ = true;
        const auto columns = static_cast<uint32_t>(std::min<uint64_t>(tile_width, out_.width - x));
        const uint64_t rows = std::min<uint64_t>(tile_height, out_.height - y);
        for (uint64_t i = 0; i < rows; ++i) {
          PutRaster(static_cast<uint32_t>(x), static_cast<uint32_t>(y + i), columns,
                    &raster[(tile_height - 1 - i) * tile_width]);
        }
      }
    }
    return Reason::kNone;
  }

  // The raster's words are A, B, G, R from the highest byte down: R, G, B, A in memory on every machine of ours.
  void PutRaster(uint32_t x, uint32_t y, uint32_t count, const uint32_t* words) {
    static_assert(std::endian::native == std::endian::little);
    sampler_->PutRun(x, y, count, reinterpret_cast<const uint8_t*>(words), 4);
  }

  TIFF* tiff_;
  const Limits& limits_;
  Decoded& out_;
  uint16_t bits_ = 0;
  uint16_t samples_ = 0;
  uint32_t channels_ = 0;
  bool drawn_ = false;
  std::optional<Sampler> sampler_;
};

using Library = std::unique_ptr<TIFF, Close>;

// input must outlive it. nullptr: not one.
Library OpenTiff(Input& input, const Limits& limits) {
  const std::unique_ptr<TIFFOpenOptions, FreeOptions> options(TIFFOpenOptionsAlloc());
  if (options == nullptr) throw std::bad_alloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), static_cast<tmsize_t>(limits.decode_bytes_max));
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), OnMessage, nullptr);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), OnMessage, nullptr);
  // "m": no mapping; every read comes through OnRead, which sees the end.
  return Library(TIFFClientOpenExt("memory", "rm", &input, OnRead, OnWrite, OnSeek, OnClose, OnSize, nullptr, nullptr,
                                   options.get()));
}

// The page at which the library stands.
Decoded DecodePage(TIFF* tiff, const Input& input, const Limits& limits, uint32_t pages) {
  Decoded out;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &out.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &out.height);
  if (out.width == 0 || out.height == 0) {
    out.width = out.height = 0;
    out.reason = input.ended_early ? Reason::kEndedEarly : Reason::kDamagedHeader;
    return out;
  }
  out.frames = pages;
  if (uint64_t{out.width} * out.height > limits.pixels_max) {
    out.state = State::kLimitExceeded;
    out.reason = Reason::kPixelLimit;
    return out;
  }
  Page page(tiff, limits, out);
  out.reason = page.Draw();
  if (out.reason == Reason::kMemoryLimit) {
    out.state = State::kLimitExceeded;
    return out;
  }
  if (out.reason != Reason::kNone && input.ended_early) out.reason = Reason::kEndedEarly;
  if (out.reason != Reason::kNone && !page.drawn()) return out;
  out.state = out.reason == Reason::kNone ? State::kExamined : State::kTruncated;
  out.picture = page.sampler().picture();
  return out;
}

}  // namespace

Decoded DecodeTiff(ByteView bytes, const Limits& limits) {
  Input input{.bytes = bytes};
  const Library tiff = OpenTiff(input, limits);
  if (tiff != nullptr) return DecodePage(tiff.get(), input, limits, CountPages(bytes));
  Decoded out;
  if (input.ended_early) out.reason = Reason::kEndedEarly;
  return out;
}

bool EachTiffPage(ByteView bytes, const Limits& limits, const OnPage& on_page) {
  Input input{.bytes = bytes};
  const Library tiff = OpenTiff(input, limits);
  if (tiff == nullptr) return false;
  const uint32_t pages = CountPages(bytes);
  for (uint32_t page = 0; page < pages; ++page) {
    if (page > 0 && TIFFReadDirectory(tiff.get()) != 1) return false;
    if (!on_page(DecodePage(tiff.get(), input, limits, pages))) return true;
  }
  return true;
}

}  // namespace crossguard::examine
