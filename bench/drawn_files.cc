#include "drawn_files.h"

#include <sys/wait.h>
#include <unistd.h>

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

struct Recipe {
  DrawnKind kind;
  std::function<Bytes()> draw;
};

std::vector<Recipe> Recipes() {
  std::vector<Recipe> all;
  const auto add = [&](DrawnKind kind, std::function<Bytes()> draw) { all.push_back({kind, std::move(draw)}); };
  add(DrawnKind::kVideo, [] { return DrawClip(0, 1, 16); });
  add(DrawnKind::kVideo, [] { return DrawClip(2, 2, 16); });
  for (uint64_t seed = 0; seed < 3; ++seed) {
    add(DrawnKind::kJpeg, [seed] { return drawing::EncodeJpeg(DrawPhoto(seed, 4000, 3000), {.quality = 88}); });
  }
  add(DrawnKind::kHeic, [] { return examine::testing::EncodeHeif(DrawPhoto(3, 4000, 3000), {.quality = 60}); });
  for (uint64_t seed = 10; seed < 16; ++seed) {
    add(DrawnKind::kJpeg, [seed] {
      return drawing::EncodeJpeg(DrawPhoto(seed, 1280, 960), {.quality = 80, .progressive = seed % 5 == 0});
    });
  }
  for (uint64_t seed = 20; seed < 27; ++seed) {
    add(DrawnKind::kJpeg, [seed] { return drawing::EncodeJpeg(DrawPhoto(seed, 640, 480), {.quality = 85}); });
  }
  add(DrawnKind::kPng, [] { return drawing::EncodePng(drawing::DrawScene(30, 1170, 1170)); });
  for (uint64_t seed = 40; seed < 42; ++seed) {
    add(DrawnKind::kWebp, [seed] { return drawing::EncodeWebp(DrawPhoto(seed, 1280, 800)); });
  }
  add(DrawnKind::kOther, [] { return NoiseOf(500'000, 1); });
  return all;
}

DrawnMix DrawNow(const SideBySide& table) {
  std::fprintf(stderr, "  drawing a mixed set\n");
  std::vector<std::function<Bytes()>> draw;
  DrawnMix mix;
  for (const Recipe& recipe : Recipes()) {
    draw.push_back(recipe.draw);
    mix.files.push_back({.kind = recipe.kind, .bytes = {}, .path = {}});
  }
  std::vector<std::string> paths = DrawApart(table, "mix", draw);
  for (size_t i = 0; i < paths.size(); ++i) {
    mix.files[i].bytes = ReadFile(paths[i]);
    mix.files[i].path = std::move(paths[i]);
    mix.megabytes += static_cast<double>(mix.files[i].bytes.size()) / 1e6;
  }
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

std::vector<std::string> DrawApart(const SideBySide& table, const std::string& name,
                                   const std::vector<std::function<Bytes()>>& draw) {
  std::vector<std::string> paths;
  for (size_t i = 0; i < draw.size(); ++i) paths.push_back(table.Path(name + "_" + std::to_string(i)));
  std::fflush(nullptr);
  const pid_t child = fork();
  StopUnless(child >= 0, "No process to draw in.");
  if (child == 0) {
    for (size_t i = 0; i < draw.size(); ++i) WriteFile(paths[i], draw[i]());
    _exit(0);
  }
  int status = 0;
  StopUnless(waitpid(child, &status, 0) == child && status == 0, "Drawing failed.");
  return paths;
}

const std::vector<Clip>& Clips() {
  static const std::vector<Clip> clips = [] {
    std::vector<Clip> all{
        {"1080p30 of a camera, a key frame a second",
         VideoForm{.width = 1920, .height = 1080, .bits_per_second = 17'000'000, .camera = true, .millis = 8'000}, 8},
        {"720p30 of a camera, a key frame a second",
         VideoForm{.width = 1280, .height = 720, .bits_per_second = 8'000'000, .camera = true, .millis = 8'000}, 8},
        {"720p25 of the web, key frames far apart",
         VideoForm{
             .width = 1280, .height = 720, .frames_per_second = 25, .bits_per_second = 1'500'000, .millis = 12'000},
         2},
        {"480p30 of a messenger, key frames far apart",
         VideoForm{.width = 848, .height = 480, .bits_per_second = 1'000'000, .millis = 12'000}, 2}};
    for (Clip& clip : all) clip.form.careful = true;
    return all;
  }();
  return clips;
}

const DrawnMix& DrawMix(const SideBySide& table) {
  static const DrawnMix mix = DrawNow(table);
  return mix;
}

}  // namespace crossguard::bench
