#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "examine/kernel/animation.h"
#include "examine/kernel/decode.h"

namespace crossguard::examine {
namespace {

struct Reader {
  ByteView bytes;
  size_t at = 0;
  bool ended_early = false;
};

int OnRead(GifFileType* gif, GifByteType* to, int count) {
  Reader& reader = *static_cast<Reader*>(gif->UserData);
  const size_t left = reader.bytes.size() - reader.at;
  const size_t wanted = count < 0 ? 0 : static_cast<size_t>(count);
  const size_t given = wanted < left ? wanted : left;
  if (given < wanted) reader.ended_early = true;
  if (given > 0) std::memcpy(to, reader.bytes.data() + reader.at, given);
  reader.at += given;
  return static_cast<int>(given);
}

struct GifClose {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

// Walks the blocks without unpacking and counts the pictures. complete: the trailer was there.
uint32_t CountFrames(ByteView bytes, uint32_t frames_max, bool& complete) {
  complete = false;
  uint32_t frames = 0;
  if (bytes.size() < 13) return frames;
  const auto table_bytes = [](uint8_t flags) {
    return (flags & 0x80U) != 0 ? size_t{3} << ((flags & 7U) + 1) : size_t{0};
  };
  size_t at = 13 + table_bytes(bytes[10]);
  const auto skip_blocks = [&] {
    while (at < bytes.size()) {
      const size_t length = bytes[at];
      at += 1 + length;
      if (length == 0) return;
    }
  };
  while (at < bytes.size() && frames <= frames_max) {
    const uint8_t tag = bytes[at];
    if (tag == 0x3B) {
      complete = true;
      return frames;
    }
    if (tag == 0x21) {
      at += 2;
      skip_blocks();
    } else if (tag == 0x2C) {
      if (bytes.size() - at < 11) return frames;
      ++frames;
      at += 10 + table_bytes(bytes[at + 9]) + 1;
      skip_blocks();
    } else {
      return frames;
    }
  }
  return frames;
}

// Moves to the first picture. False at the end or on damage.
bool FindFirstPicture(GifFileType* gif) {
  GifRecordType record = UNDEFINED_RECORD_TYPE;
  for (;;) {
    if (DGifGetRecordType(gif, &record) != GIF_OK) return false;
    if (record == IMAGE_DESC_RECORD_TYPE) return DGifGetImageDesc(gif) == GIF_OK;
    if (record != EXTENSION_RECORD_TYPE) return false;
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(gif, &code, &block) != GIF_OK) return false;
    while (block != nullptr) {
      if (DGifGetExtensionNext(gif, &block) != GIF_OK) return false;
    }
  }
}

struct Interlace {
  uint32_t first, step;
};
constexpr std::array<Interlace, 4> kInterlace{{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};

// Calls row(y) for the rows of the current picture in the order in which they come, until it is false.
template <class Row>
bool EachRow(const GifFileType& gif, const Row& row) {
  const uint32_t height = static_cast<uint32_t>(gif.Image.Height);
  if (gif.Image.Interlace) {
    for (const Interlace& pass : kInterlace) {
      for (uint32_t y = pass.first; y < height; y += pass.step) {
        if (!row(y)) return false;
      }
    }
    return true;
  }
  for (uint32_t y = 0; y < height; ++y) {
    if (!row(y)) return false;
  }
  return true;
}

// Draws the current picture. Returns the number of rows drawn.
uint32_t Draw(GifFileType* gif, const ColorMapObject& colours, uint32_t canvas_width, uint32_t canvas_height,
              Sampler& sampler) {
  const uint32_t left = static_cast<uint32_t>(gif->Image.Left);
  const uint32_t top = static_cast<uint32_t>(gif->Image.Top);
  const uint32_t width = static_cast<uint32_t>(gif->Image.Width);
  std::vector<GifPixelType> indexes(width);
  std::vector<uint8_t> rgb(size_t{width} * 3);
  uint32_t drawn = 0;
  const auto row = [&](uint32_t y) {
    if (DGifGetLine(gif, indexes.data(), static_cast<int>(width)) != GIF_OK) return false;
    ++drawn;
    if (top + y >= canvas_height || !sampler.WantsRow(top + y)) return true;
    for (uint32_t x = 0; x < width; ++x) {
      const int index = indexes[x];
      const GifColorType colour = index < colours.ColorCount ? colours.Colors[index] : GifColorType{0, 0, 0};
      rgb[3 * x] = colour.Red;
      rgb[3 * x + 1] = colour.Green;
      rgb[3 * x + 2] = colour.Blue;
    }
    if (left == 0 && width >= canvas_width) {
      sampler.PutRow(top + y, rgb.data(), 3);
    } else {
      for (uint32_t x = 0; x < width && left + x < canvas_width; ++x) sampler.PutPixel(left + x, top + y, &rgb[3 * x]);
    }
    return true;
  };
  EachRow(*gif, row);
  return drawn;
}

// The canvas on which the pictures of an animation are laid one on another (GIF89a, section 23).
class Canvas {
 public:
  Canvas(uint32_t width, uint32_t height) : width_(width), height_(height), rgb_(size_t{width} * height * 3) {}

  // Control of the next picture.
  void Control(const GraphicsControlBlock& control) { control_ = control; }

  // Lays the current picture down. False if its rows do not all come.
  bool Lay(GifFileType* gif) {
    const ColorMapObject* const colours = gif->Image.ColorMap != nullptr ? gif->Image.ColorMap : gif->SColorMap;
    if (colours == nullptr || gif->Image.Width < 1 || gif->Image.Height < 1) return false;
    if (gif->Image.Left < 0 || gif->Image.Top < 0) return false;
    if (control_.DisposalMode == DISPOSE_PREVIOUS) before_ = rgb_;
    area_ = {.left = Within(gif->Image.Left, width_),
             .top = Within(gif->Image.Top, height_),
             .right = Within(int64_t{gif->Image.Left} + gif->Image.Width, width_),
             .bottom = Within(int64_t{gif->Image.Top} + gif->Image.Height, height_)};
    const int see_through = first_ ? NO_TRANSPARENT_COLOR : control_.TransparentColor;
    first_ = false;
    std::vector<GifPixelType> indexes(static_cast<size_t>(gif->Image.Width));
    return EachRow(*gif, [&](uint32_t row) {
      if (DGifGetLine(gif, indexes.data(), gif->Image.Width) != GIF_OK) return false;
      const uint64_t y = uint64_t{static_cast<uint32_t>(gif->Image.Top)} + row;
      if (y >= height_) return true;
      for (uint32_t x = area_.left; x < area_.right; ++x) {
        const int index = indexes[x - static_cast<uint32_t>(gif->Image.Left)];
        if (index == see_through) continue;
        const GifColorType colour = index < colours->ColorCount ? colours->Colors[index] : GifColorType{0, 0, 0};
        uint8_t* const pixel = &rgb_[(y * width_ + x) * 3];
        pixel[0] = colour.Red;
        pixel[1] = colour.Green;
        pixel[2] = colour.Blue;
      }
      return true;
    });
  }

  ByteView rgb() const { return rgb_; }

  // Once the picture has been shown. Returns for how long it was.
  uint64_t Dispose() {
    if (control_.DisposalMode == DISPOSE_PREVIOUS) {
      rgb_.swap(before_);
    } else if (control_.DisposalMode == DISPOSE_BACKGROUND) {
      for (uint32_t y = area_.top; y < area_.bottom; ++y)
        std::fill_n(&rgb_[(size_t{y} * width_ + area_.left) * 3], size_t{area_.right - area_.left} * 3, uint8_t{0});
    }
    const uint64_t millis = control_.DelayTime < 0 ? 0 : static_cast<uint64_t>(control_.DelayTime) * 10;
    control_ = kNoControl;
    return millis < kBriefestMillis ? kAssumedMillis : millis;
  }

 private:
  static constexpr GraphicsControlBlock kNoControl{.DisposalMode = DISPOSAL_UNSPECIFIED,
                                                   .UserInputFlag = false,
                                                   .DelayTime = 0,
                                                   .TransparentColor = NO_TRANSPARENT_COLOR};
  struct Area {
    uint32_t left = 0, top = 0, right = 0, bottom = 0;
  };
  static uint32_t Within(int64_t at, uint32_t side) {
    return static_cast<uint32_t>(std::clamp<int64_t>(at, 0, int64_t{side}));
  }

  uint32_t width_;
  uint32_t height_;
  std::vector<uint8_t> rgb_;
  std::vector<uint8_t> before_;
  GraphicsControlBlock control_ = kNoControl;
  Area area_;
  bool first_ = true;
};

// Reads an extension, of which the canvas must know if it controls the next picture.
bool TakeExtension(GifFileType* gif, Canvas& canvas) {
  int code = 0;
  GifByteType* block = nullptr;
  if (DGifGetExtension(gif, &code, &block) != GIF_OK) return false;
  GraphicsControlBlock control{};
  if (code == GRAPHICS_EXT_FUNC_CODE && block != nullptr &&
      DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
    canvas.Control(control);
  }
  while (block != nullptr) {
    if (DGifGetExtensionNext(gif, &block) != GIF_OK) return false;
  }
  return true;
}

}  // namespace

bool EachGifPicture(ByteView bytes, uint32_t width, uint32_t height, const OnShown& on_shown) {
  Reader reader{.bytes = bytes};
  const std::unique_ptr<GifFileType, GifClose> gif(DGifOpen(&reader, OnRead, nullptr));
  if (gif == nullptr) return false;
  Canvas canvas(width, height);
  uint64_t at_millis = 0;
  for (GifRecordType record = UNDEFINED_RECORD_TYPE;;) {
    if (DGifGetRecordType(gif.get(), &record) != GIF_OK) return false;
    switch (record) {
      case EXTENSION_RECORD_TYPE:
        if (!TakeExtension(gif.get(), canvas)) return false;
        break;
      case IMAGE_DESC_RECORD_TYPE: {
        if (DGifGetImageDesc(gif.get()) != GIF_OK) return false;
        const bool whole = canvas.Lay(gif.get());
        if (!on_shown(canvas.rgb(), at_millis)) return true;
        if (!whole) return false;
        at_millis += canvas.Dispose();
        break;
      }
      case TERMINATE_RECORD_TYPE:
        return true;
      default:
        return false;
    }
  }
}

Decoded DecodeGif(ByteView bytes, const Limits& limits) {
  Decoded out;
  Reader reader{.bytes = bytes};
  const std::unique_ptr<GifFileType, GifClose> gif(DGifOpen(&reader, OnRead, nullptr));
  const auto early = [&] { return reader.ended_early ? Reason::kEndedEarly : Reason::kDamagedHeader; };
  if (gif == nullptr) {
    out.reason = early();
    return out;
  }
  // DGifGetImageDesc prepares the unpacker but allocates nothing that depends on the size of the picture.
  const bool found = FindFirstPicture(gif.get());
  out.width = static_cast<uint32_t>(gif->SWidth < 0 ? 0 : gif->SWidth);
  out.height = static_cast<uint32_t>(gif->SHeight < 0 ? 0 : gif->SHeight);
  if (found && (out.width == 0 || out.height == 0)) {
    out.width = static_cast<uint32_t>(gif->Image.Width);
    out.height = static_cast<uint32_t>(gif->Image.Height);
  }
  bool trailer = false;
  out.frames = CountFrames(bytes, limits.frames_max, trailer);
  if (uint64_t{out.width} * out.height > limits.pixels_max) {
    out.state = State::kLimitExceeded;
    out.reason = Reason::kPixelLimit;
    return out;
  }
  if (out.frames > limits.frames_max) {
    out.frames = limits.frames_max;
    out.state = State::kLimitExceeded;
    out.reason = Reason::kFrameLimit;
    return out;
  }
  const ColorMapObject* colours = gif->Image.ColorMap != nullptr ? gif->Image.ColorMap : gif->SColorMap;
  if (!found || out.width == 0 || out.height == 0 || gif->Image.Width < 1 || gif->Image.Height < 1 ||
      colours == nullptr) {
    out.reason = reader.ended_early ? Reason::kEndedEarly : Reason::kDamagedData;
    return out;
  }
  if (uint64_t(gif->Image.Width) * uint64_t(gif->Image.Height) > limits.pixels_max) {
    out.state = State::kLimitExceeded;
    out.reason = Reason::kPixelLimit;
    return out;
  }
  Sampler sampler(out.width, out.height, 3);
  const uint32_t height = static_cast<uint32_t>(gif->Image.Height);
  const uint32_t drawn = Draw(gif.get(), *colours, out.width, out.height, sampler);
  if (drawn == height && trailer) {
    out.state = State::kExamined;
    out.reason = Reason::kNone;
  } else {
    out.state = drawn > 0 ? State::kTruncated : State::kUndecodable;
    out.reason = reader.ended_early || drawn == height ? Reason::kEndedEarly : Reason::kDamagedData;
  }
  if (out.frames == 0) out.frames = 1;
  if (drawn > 0) out.picture = sampler.picture();
  return out;
}

}  // namespace crossguard::examine
