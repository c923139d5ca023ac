// Of what coded pictures the primary picture of a HEIC file is made, and how it is turned (ISO/IEC 23008-12). Strict:
// it reads the one form that cameras and telephones write, one HEVC picture or a grid of them, turned by quarters and
// mirrored, and leaves every other to libheif, as well as whatever could be read in two ways. Internal to the kernel.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"

namespace crossguard::examine {

struct HeifPlan {
  struct Colours {
    uint16_t matrix = 2;
    bool full_range = false;
  };
  struct Tile {
    ByteView configuration;          // the hvcC box
    ByteView data;                   // units, each with its length in four bytes before it
    uint32_t width = 0, height = 0;  // as the file says
    std::optional<Colours> colours;  // if the file says any; they count before those of the stream
  };
  struct Turn {
    enum class Kind : uint8_t { kQuarters, kMirror } kind;
    uint8_t value;  // quarters counterclockwise; which way it is mirrored, as in the file
  };

  uint32_t width = 0, height = 0;  // before it is turned
  bool grid = false;
  uint32_t columns = 1, rows = 1;
  std::vector<Tile> tiles;  // row by row; all lie in the file's bytes
  std::vector<Turn> turns;  // in the order in which they are carried out
};

// nullopt: left to libheif. Nothing of the coded pictures is looked at.
std::optional<HeifPlan> PlanHeif(ByteView file);

// The parameter sets and the picture of a tile, as hevc_picture.h takes them; empty if the configuration is odd.
Bytes UnitsOf(const HeifPlan::Tile& tile);

}  // namespace crossguard::examine
