#include "examine/kernel/decode.h"

namespace crossguard::examine {

Decoded DecodePicture(Kind kind, ByteView bytes, const Limits& limits) {
  CHECK(IsPicture(kind));
  if (kind == Kind::kJpeg) return DecodeJpeg(bytes, limits);
  if (kind == Kind::kPng) return DecodePng(bytes, limits);
  if (kind == Kind::kWebp) return DecodeWebp(bytes, limits);
  return DecodeGif(bytes, limits);
}

}  // namespace crossguard::examine
