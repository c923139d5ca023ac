// Animated PNG (APNG; since 2025 part of the PNG specification, third edition, section 11.3.5 and 13.6): a control
// chunk before the data of each picture, which is that of a PNG of its own.
#include <libdeflate.h>
#include <png.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "examine/kernel/animation.h"
#include "examine/kernel/png_chunks.h"

namespace crossguard::examine {
namespace {

constexpr size_t kHeaderBytes = 13, kControlBytes = 26, kNumberBytes = 4;

uint32_t Number(ByteView bytes, size_t at, size_t count = 4) {
  return static_cast<uint32_t>(BigEndian(bytes, at, count));
}

void PutBigEndian(Bytes& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(value >> shift));
}

void PutChunk(Bytes& out, std::string_view type, ByteView data) {
  PutBigEndian(out, static_cast<uint32_t>(data.size()));
  const size_t begin = out.size();
  out.insert(out.end(), type.begin(), type.end());
  out.insert(out.end(), data.begin(), data.end());
  PutBigEndian(out, libdeflate_crc32(0, &out[begin], out.size() - begin));
}

enum class After : uint8_t { kLeave = 0, kBackground = 1, kPrevious = 2 };
enum class Blend : uint8_t { kSource = 0, kOver = 1 };

struct Control {
  uint32_t width = 0, height = 0, left = 0, top = 0;
  uint64_t millis = 0;
  After after = After::kLeave;  // what becomes of it
  Blend blend = Blend::kSource;
};

// nullopt: not one that the specification allows on such a canvas.
std::optional<Control> ReadControl(ByteView data, uint32_t width, uint32_t height) {
  if (data.size() != kControlBytes) return std::nullopt;
  Control control{
      .width = Number(data, 4), .height = Number(data, 8), .left = Number(data, 12), .top = Number(data, 16)};
  const uint32_t parts = Number(data, 22, 2);
  control.millis = uint64_t{Number(data, 20, 2)} * 1000 / (parts == 0 ? 100 : parts);
  if (control.millis < kBriefestMillis) control.millis = kAssumedMillis;
  control.after = static_cast<After>(data[24]);
  control.blend = static_cast<Blend>(data[25]);
  const bool inside = control.width >= 1 && control.height >= 1 && uint64_t{control.left} + control.width <= width &&
                      uint64_t{control.top} + control.height <= height;
  if (!inside || control.after > After::kPrevious || control.blend > Blend::kOver) return std::nullopt;
  return control;
}

class Canvas {
 public:
  Canvas(uint32_t width, uint32_t height) : width_(width), rgb_(size_t{width} * height * 3) {}

  void Lay(const Control& control, ByteView rgba) {
    if (control.after == After::kPrevious) before_ = rgb_;
    for (uint32_t y = 0; y < control.height; ++y) {
      const uint8_t* from = &rgba[size_t{y} * control.width * 4];
      uint8_t* to = &rgb_[((size_t{control.top} + y) * width_ + control.left) * 3];
      for (uint32_t x = 0; x < control.width; ++x, from += 4, to += 3) {
        // What is seen through is dropped from the first picture and where a picture replaces what is there.
        const uint32_t weight = first_ || control.blend == Blend::kSource ? 255 : from[3];
        for (int i = 0; i < 3; ++i)
          to[i] = static_cast<uint8_t>((uint32_t{from[i]} * weight + uint32_t{to[i]} * (255 - weight) + 127) / 255);
      }
    }
    first_ = false;
  }

  void Dispose(const Control& control) {
    if (control.after == After::kPrevious) {
      rgb_.swap(before_);
    } else if (control.after == After::kBackground) {
      for (uint32_t y = 0; y < control.height; ++y)
        std::fill_n(&rgb_[((size_t{control.top} + y) * width_ + control.left) * 3], size_t{control.width} * 3,
                    uint8_t{0});
    }
  }

  ByteView rgb() const { return rgb_; }

 private:
  uint32_t width_;
  Bytes rgb_;
  Bytes before_;
  bool first_ = true;
};

// One picture as a file of its own, to RGBA. False if it cannot be had whole.
bool Decode(ByteView file, const Control& control, Bytes& rgba) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) return false;
  image.format = PNG_FORMAT_RGBA;
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // or 16 bits would be taken for linear light
  const bool fits = image.width == control.width && image.height == control.height;
  rgba.resize(size_t{control.width} * control.height * 4);
  const bool whole = fits && png_image_finish_read(&image, nullptr, rgba.data(), 0, nullptr) != 0;
  png_image_free(&image);
  return whole;
}

}  // namespace

bool EachPngPicture(ByteView bytes, uint32_t width, uint32_t height, const OnShown& on_shown) {
  size_t at = kPngSignatureBytes;
  std::optional<PngChunk> chunk = NextPngChunk(bytes, at);
  if (!chunk || chunk->type != "IHDR" || chunk->data.size() != kHeaderBytes) return false;
  const ByteView header = chunk->data;
  Bytes colours;  // the chunks that say what the samples mean
  Bytes data;     // of the picture that is being gathered
  std::optional<Control> control;
  Canvas canvas(width, height);
  Bytes rgba;
  uint64_t at_millis = 0;
  bool any = false, enough = false;
  const auto show = [&] {
    if (!control || data.empty()) return !control.has_value();
    Bytes file(bytes.begin(), bytes.begin() + kPngSignatureBytes);
    Bytes own;
    PutBigEndian(own, control->width);
    PutBigEndian(own, control->height);
    own.insert(own.end(), header.begin() + 8, header.end());
    PutChunk(file, "IHDR", own);
    file.insert(file.end(), colours.begin(), colours.end());
    PutChunk(file, "IDAT", data);
    PutChunk(file, "IEND", {});
    data.clear();
    if (!Decode(file, *control, rgba)) return false;
    canvas.Lay(*control, rgba);
    enough = !on_shown(canvas.rgb(), at_millis);
    canvas.Dispose(*control);
    at_millis += control->millis;
    control.reset();
    any = true;
    return true;
  };
  while ((chunk = NextPngChunk(bytes, at))) {
    if (chunk->type == "PLTE" || chunk->type == "tRNS") PutChunk(colours, chunk->type, chunk->data);
    // A picture before the first control is what those see who know of no animation. It is shown like one, alone.
    if (chunk->type == "IDAT" && !control && !any)
      control = {.width = width, .height = height, .after = After::kBackground};
    if (chunk->type == "IDAT" && control) data.insert(data.end(), chunk->data.begin(), chunk->data.end());
    if (chunk->type == "fdAT" && control && chunk->data.size() > kNumberBytes)
      data.insert(data.end(), chunk->data.begin() + kNumberBytes, chunk->data.end());
    if (chunk->type != "fcTL" && chunk->type != "IEND") continue;
    if (!show()) return false;
    if (enough || chunk->type == "IEND") return true;
    control = ReadControl(chunk->data, width, height);
    if (!control) return false;
  }
  show();
  return false;  // it ends before it says that it does
}

}  // namespace crossguard::examine
