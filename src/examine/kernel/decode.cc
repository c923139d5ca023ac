#include "examine/kernel/decode.h"

namespace crossguard::examine {

Decoded DecodePicture(Kind kind, ByteView bytes, const Limits& limits) {
  CHECK(IsPicture(kind) && FamilyOf(kind) == Family::kPictures);
  if (kind == Kind::kJpeg) return DecodeJpeg(bytes, limits);
  if (kind == Kind::kPng) return DecodePng(bytes, limits);
  if (kind == Kind::kWebp) return DecodeWebp(bytes, limits);
  if (kind == Kind::kGif) return DecodeGif(bytes, limits);
  return kind == Kind::kBmp ? DecodeBmp(bytes, limits) : DecodeTiff(bytes, limits);
}

}  // namespace crossguard::examine
