// For tests only: HEIC files of all forms, put together box by box, so that what no encoder writes is there too.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "drawing/drawing.h"

namespace crossguard::examine::testing {

struct HeicColours {
  int matrix = 6;  // ITU-T H.273
  bool full_range = true;
};

struct HeicForm {
  std::string samples = "yuv420p";  // libavutil's name of a form that libx265 takes
  std::optional<HeicColours> in_stream = HeicColours{};
  std::optional<HeicColours> in_file = {};  // a colr box
  uint32_t tile_width = 0;                  // 0: one picture; else a grid of such tiles, even sides of 64 or more
  uint32_t tile_height = 0;
  std::vector<std::pair<std::string, Bytes>> turns = {};  // irot, imir, clap: the boxes' bodies, of the whole picture
  bool alpha = false;
  bool far_places = false;  // 8-byte offsets and 32-bit numbers of items
  int slices = 1;
  int quality = 24;  // libx265's crf
  // Called with each coded picture's units before they are written: to damage them.
  void (*damage)(std::vector<Bytes>& units) = nullptr;
};
// The picture's sides are even and 64 or more, but for a grid's, and for forms whose chroma is not halved.
Bytes ComposeHeic(const drawing::Picture& picture, const HeicForm& form = {});
Bytes ClapOf(uint32_t width, uint32_t height, int32_t right, int32_t down);  // in halves of a pixel off the middle

}  // namespace crossguard::examine::testing
