// Files drawn for the benches, the same in every run, with a little noise as of a sensor.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "drawing/drawing.h"
#include "drawing/video.h"
#include "side_by_side.h"

namespace crossguard::bench {

drawing::Picture DrawPhoto(uint64_t seed, uint32_t width, uint32_t height);

// Draws each and writes it to a file of the table's folder; the paths. In a process of its own, so that encoders leave
// nothing behind (heap, tables, threads) in the one that measures.
std::vector<std::string> DrawApart(const SideBySide& table, const std::string& name,
                                   const std::vector<std::function<Bytes()>>& draw);

struct Clip {
  const char* name;
  drawing::VideoForm form;
  double ratio_min;  // the target of its sort of video
};
// What telephones make, what the web and messengers make of it.
const std::vector<Clip>& Clips();

enum class DrawnKind : uint8_t { kJpeg, kPng, kWebp, kHeic, kVideo, kOther };
struct DrawnFile {
  DrawnKind kind;
  Bytes bytes;
  std::string path;
};
// A seizure in small, by the mix of a telephone: of its bytes some 80 % video of the camera's and the web's, then
// photographs, pictures of messengers, screens, and files of no kind that is opened. Some 45 MB; also written to disk.
// Drawn once in a run.
struct DrawnMix {
  std::vector<DrawnFile> files;
  double megabytes = 0;
  std::string description;  // a sentence
};
const DrawnMix& DrawMix(const SideBySide& table);

}  // namespace crossguard::bench
