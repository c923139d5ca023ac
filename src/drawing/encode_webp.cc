#include <webp/encode.h>
#include <webp/mux.h>

#include "drawing/drawing.h"

namespace crossguard::drawing {
namespace {

// At the least effort: what it costs to draw matters, and what it takes to decode is the same.
WebPConfig Config(bool lossless) {
  WebPConfig config;
  CHECK(WebPConfigInit(&config) != 0);
  config.lossless = lossless ? 1 : 0;
  config.quality = lossless ? 0 : 80;
  config.method = 0;
  return config;
}

struct Planes {
  WebPPicture picture;
  Planes(const Picture& drawn, bool argb) {
    CHECK(WebPPictureInit(&picture) != 0);
    picture.use_argb = argb ? 1 : 0;
    picture.width = static_cast<int>(drawn.width);
    picture.height = static_cast<int>(drawn.height);
    CHECK(WebPPictureImportRGB(&picture, drawn.rgb.data(), picture.width * 3) != 0);
  }
  ~Planes() { WebPPictureFree(&picture); }
  Planes(const Planes&) = delete;
  Planes& operator=(const Planes&) = delete;
};

}  // namespace

Bytes EncodeWebp(const Picture& picture, bool lossless) {
  const WebPConfig config = Config(lossless);
  Planes planes(picture, lossless);
  Bytes out;
  planes.picture.custom_ptr = &out;
  planes.picture.writer = [](const uint8_t* data, size_t size, const WebPPicture* of) {
    Bytes& to = *static_cast<Bytes*>(of->custom_ptr);
    to.insert(to.end(), data, data + size);
    return 1;
  };
  CHECK(WebPEncode(&config, &planes.picture) != 0);
  return out;
}

Bytes EncodeAnimatedWebp(const std::vector<Picture>& frames) {
  CHECK(!frames.empty());
  WebPAnimEncoder* encoder =
      WebPAnimEncoderNew(static_cast<int>(frames[0].width), static_cast<int>(frames[0].height), nullptr);
  const WebPConfig config = Config(true);
  int time = 0;
  for (const Picture& frame : frames) {
    Planes planes(frame, true);
    CHECK(WebPAnimEncoderAdd(encoder, &planes.picture, time += 100, &config) != 0);
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
