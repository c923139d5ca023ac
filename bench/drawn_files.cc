#include "drawn_files.h"

#include <cstdio>

#include "examine/kernel/testing_kinds.h"

namespace crossguard::bench {
namespace {

using drawing::VideoForm;

// One of the clips, so many seconds of it.
Bytes DrawClip(size_t clip, uint64_t seed, uint32_t seconds) {
  VideoForm form = Clips()[clip].form;
  form.millis = seconds * 1000;
  return drawing::EncodeVideo(seed, form);
}

DrawnMix DrawNow(const SideBySide& table) {
  DrawnMix mix;
  const auto add = [&](DrawnKind kind, Bytes bytes) {
    const std::string path = table.Path("mix_" + std::to_string(mix.files.size()));
    WriteFile(path, bytes);
    mix.megabytes += static_cast<double>(bytes.size()) / 1e6;
    mix.files.push_back({.kind = kind, .bytes = std::move(bytes), .path = path});
  };
  std::fprintf(stderr, "  drawing a mixed set\n");
  add(DrawnKind::kVideo, DrawClip(0, 1, 16));
  add(DrawnKind::kVideo, DrawClip(2, 2, 16));
  for (uint64_t seed = 0; seed < 3; ++seed)
    add(DrawnKind::kJpeg, drawing::EncodeJpeg(DrawPhoto(seed, 4000, 3000), {.quality = 88}));
  add(DrawnKind::kHeic, examine::testing::EncodeHeif(DrawPhoto(3, 4000, 3000), {.quality = 60}));
  for (uint64_t seed = 10; seed < 16; ++seed)
    add(DrawnKind::kJpeg,
        drawing::EncodeJpeg(DrawPhoto(seed, 1280, 960), {.quality = 80, .progressive = seed % 5 == 0}));
  for (uint64_t seed = 20; seed < 27; ++seed)
    add(DrawnKind::kJpeg, drawing::EncodeJpeg(DrawPhoto(seed, 640, 480), {.quality = 85}));
  add(DrawnKind::kPng, drawing::EncodePng(drawing::DrawScene(30, 1170, 1170)));
  for (uint64_t seed = 40; seed < 42; ++seed) add(DrawnKind::kWebp, drawing::EncodeWebp(DrawPhoto(seed, 1280, 800)));
  add(DrawnKind::kOther, NoiseOf(500'000, 1));
  char text[240];
  std::snprintf(text, sizeof(text),
                "The mixed set: %.0f MB; 16 s of 1080p30 of a camera, 16 s of 720p25 of the web, 3 JPEG and 1 HEIC of "
                "12 megapixels, 6 JPEG 1280x960 (one or two progressive), 7 of 640x480, 1 PNG, 2 WebP, noise.",
                mix.megabytes);
  mix.description = text;
  return mix;
}

}  // namespace

drawing::Picture DrawPhoto(uint64_t seed, uint32_t width, uint32_t height) {
  return drawing::AddNoise(drawing::DrawScene(seed, width, height), seed, 6);
}

const std::vector<Clip>& Clips() {
  static const std::vector<Clip> clips{
      {"1080p30 of a camera, a key frame a second",
       VideoForm{.width = 1920, .height = 1080, .bits_per_second = 17'000'000, .camera = true, .millis = 8'000}, 8},
      {"720p30 of a camera, a key frame a second",
       VideoForm{.width = 1280, .height = 720, .bits_per_second = 8'000'000, .camera = true, .millis = 8'000}, 8},
      {"720p25 of the web, key frames far apart",
       VideoForm{.width = 1280, .height = 720, .frames_per_second = 25, .bits_per_second = 1'500'000, .millis = 12'000},
       2},
      {"480p30 of a messenger, key frames far apart",
       VideoForm{.width = 848, .height = 480, .bits_per_second = 1'000'000, .millis = 12'000}, 2}};
  return clips;
}

const DrawnMix& DrawMix(const SideBySide& table) {
  static const DrawnMix mix = DrawNow(table);
  return mix;
}

}  // namespace crossguard::bench
