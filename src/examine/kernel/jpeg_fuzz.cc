#include "examine/kernel/jpeg_fast.h"

// Any bytes as a JPEG through both ways of our own decoder: they agree, and what they give is what libjpeg-turbo gives,
// to the last pixel.
namespace {
using namespace crossguard;
using namespace crossguard::examine;

void CheckSame(const Decoded& ours, const Decoded& judge) {
  CHECK(ours.state == judge.state && ours.reason == judge.reason && ours.frames == judge.frames);
  CHECK(ours.width == judge.width && ours.height == judge.height);
  CHECK(ours.picture.has_value() == judge.picture.has_value());
  if (!ours.picture) return;
  CHECK(ours.picture->width == judge.picture->width && ours.picture->height == judge.picture->height);
  CHECK(ours.picture->channels == judge.picture->channels);
  CHECK(ours.picture->pixels == judge.picture->pixels);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView file(data, size);
  Limits limits;
  limits.pixels_max = 65'536;  // keeps a run short; the rule is the same
  const std::optional<Decoded> plain = DecodeJpegFast(file, limits, false);
  if (HasWideJpegHot()) {
    const std::optional<Decoded> wide = DecodeJpegFast(file, limits, true);
    CHECK(wide.has_value() == plain.has_value());
    if (wide) CheckSame(*wide, *plain);
  }
  if (plain) CheckSame(*plain, DecodeJpegPlainly(file, limits));
  return 0;
}
