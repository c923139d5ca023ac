#include <webp/encode.h>
#include <webp/mux.h>

#include "drawing/drawing.h"

namespace crossguard::drawing {
Bytes EncodeWebp(const Picture& picture, bool lossless) {
  uint8_t* memory = nullptr;
  const int width = static_cast<int>(picture.width), height = static_cast<int>(picture.height);
  const size_t size = lossless ? WebPEncodeLosslessRGB(picture.rgb.data(), width, height, width * 3, &memory)
                               : WebPEncodeRGB(picture.rgb.data(), width, height, width * 3, 80, &memory);
  CHECK(size != 0);
  Bytes out(memory, memory + size);
  WebPFree(memory);
  return out;
}

Bytes EncodeAnimatedWebp(const std::vector<Picture>& frames) {
  CHECK(!frames.empty());
  WebPAnimEncoder* encoder =
      WebPAnimEncoderNew(static_cast<int>(frames[0].width), static_cast<int>(frames[0].height), nullptr);
  WebPConfig config;
  WebPConfigInit(&config);
  config.lossless = 1;
  int time = 0;
  for (const Picture& frame : frames) {
    WebPPicture picture;
    WebPPictureInit(&picture);
    picture.use_argb = 1;
    picture.width = static_cast<int>(frame.width);
    picture.height = static_cast<int>(frame.height);
    WebPPictureImportRGB(&picture, frame.rgb.data(), picture.width * 3);
    CHECK(WebPAnimEncoderAdd(encoder, &picture, time += 100, &config) != 0);
    WebPPictureFree(&picture);
  }
  WebPAnimEncoderAdd(encoder, nullptr, time + 100, nullptr);
  WebPData data;
  WebPDataInit(&data);
  CHECK(WebPAnimEncoderAssemble(encoder, &data) != 0);
  Bytes out(data.bytes, data.bytes + data.size);
  WebPDataClear(&data);
  WebPAnimEncoderDelete(encoder);
  return out;
}

}  // namespace crossguard::drawing
