#include <gif_lib.h>

#include "drawing/drawing.h"

namespace crossguard::drawing {
Bytes EncodeGif(const std::vector<Picture>& frames, bool interlaced) {
  CHECK(!frames.empty());
  Bytes out;
  GifFileType* gif = EGifOpen(
      &out,
      [](GifFileType* g, const GifByteType* data, int count) {
        Bytes& to = *static_cast<Bytes*>(g->UserData);
        to.insert(to.end(), data, data + count);
        return count;
      },
      nullptr);
  ColorMapObject* colours = GifMakeMapObject(256, nullptr);
  for (int i = 0; i < 216; ++i) {
    colours->Colors[i] = {static_cast<GifByteType>(i / 36 * 51), static_cast<GifByteType>(i / 6 % 6 * 51),
                          static_cast<GifByteType>(i % 6 * 51)};
  }
  const int width = static_cast<int>(frames[0].width), height = static_cast<int>(frames[0].height);
  EGifSetGifVersion(gif, true);
  EGifPutScreenDesc(gif, width, height, 8, 0, colours);
  for (const Picture& frame : frames) {
    EGifPutImageDesc(gif, 0, 0, width, height, interlaced, nullptr);
    Bytes row(frame.width);
    const auto put = [&](uint32_t y) {
      for (uint32_t x = 0; x < frame.width; ++x) {
        const uint8_t* rgb = &frame.rgb[(size_t{y} * frame.width + x) * 3];
        row[x] = static_cast<uint8_t>(rgb[0] / 51 * 36 + rgb[1] / 51 * 6 + rgb[2] / 51);
      }
      EGifPutLine(gif, row.data(), width);
    };
    if (interlaced) {
      for (const auto& [first, step] : {std::pair{0U, 8U}, {4U, 8U}, {2U, 4U}, {1U, 2U}}) {
        for (uint32_t y = first; y < frame.height; y += step) put(y);
      }
    } else {
      for (uint32_t y = 0; y < frame.height; ++y) put(y);
    }
  }
  EGifCloseFile(gif, nullptr);
  GifFreeMapObject(colours);
  return out;
}

}  // namespace crossguard::drawing
