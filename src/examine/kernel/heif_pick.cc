#include "examine/kernel/heif_pick.h"

#include <algorithm>

#include "examine/kernel/heif_plan.h"
#include "examine/kernel/hevc_picture.h"

namespace crossguard::examine {
namespace {

// libheif (1.15) takes for each pixel the chroma sample that it lies in, without interpolation, computes in floats,
// rounds, and drops the bits beyond eight last.
class Colours {
 public:
  // False: a matrix that is left to libheif (all but BT.709, BT.601, BT.2020's usual one, and none named).
  bool Take(const HevcPicture& picture, const std::optional<HeifPlan::Colours>& of_file) {
    const uint16_t matrix = of_file ? of_file->matrix : picture.matrix;
    narrow_ = !(of_file ? of_file->full_range : picture.full_range);
    depth_ = picture.depth;
    if (matrix == 2) return true;  // as JFIF says
    float red = 0, blue = 0;       // Kr and Kb of ITU-T H.273, table 4
    if (matrix == 1) {
      red = 0.2126F;
      blue = 0.0722F;
    } else if (matrix == 5 || matrix == 6) {
      red = 0.299F;
      blue = 0.114F;
    } else if (matrix == 9) {
      red = 0.2627F;
      blue = 0.0593F;
    } else {
      return false;
    }
    const float rest = blue + red - 1;
    red_cr_ = 2 * (1 - red);
    green_cb_ = 2 * blue * (1 - blue) / rest;
    green_cr_ = 2 * red * (1 - red) / rest;
    blue_cb_ = 2 * (1 - blue);
    return true;
  }

  void Put(int luma_sample, int cb_sample, int cr_sample, uint8_t* out) const {
    const int middle = 1 << (depth_ - 1);
    auto luma = static_cast<float>(luma_sample);
    auto cb = static_cast<float>(cb_sample - middle), cr = static_cast<float>(cr_sample - middle);
    if (narrow_) {
      luma = (luma - static_cast<float>(16 << (depth_ - 8))) * 1.1689F;
      cb *= 1.1429F;
      cr *= 1.1429F;
    }
    out[0] = Rounded(luma + red_cr_ * cr);
    out[1] = Rounded(luma + green_cb_ * cb + green_cr_ * cr);
    out[2] = Rounded(luma + blue_cb_ * cb);
  }

 private:
  uint8_t Rounded(float value) const {
    const int most = (1 << depth_) - 1;
    return static_cast<uint8_t>(std::clamp(static_cast<int>(value + 0.5F), 0, most) >> (depth_ - 8));
  }

  bool narrow_ = false;  // black is 16 and white 235
  uint32_t depth_ = 8;
  float red_cr_ = 1.402F, green_cb_ = -0.344136F, green_cr_ = -0.714136F, blue_cb_ = 1.772F;
};

// Where the samples lie along one side: of each row, or of each column, of what is sent on.
struct Side {
  uint32_t length = 0;  // of the picture
  bool of_rows = false;
  std::vector<uint32_t> at;

  void Reverse() {
    for (uint32_t& place : at) place = length - 1 - place;
  }
};

Side SampledAlong(uint32_t length, uint32_t count, bool of_rows) {
  Side out{.length = length, .of_rows = of_rows, .at = std::vector<uint32_t>(count)};
  for (uint32_t k = 0; k < count; ++k) out.at[k] = static_cast<uint32_t>(uint64_t{k} * length / count);
  return out;
}

// The last turn first.
void Undo(const std::vector<HeifPlan::Turn>& turns, Side& across, Side& down) {
  for (size_t i = turns.size(); i-- > 0;) {
    if (turns[i].kind == HeifPlan::Turn::Kind::kMirror) {
      (turns[i].value == 1 ? across : down).Reverse();
      continue;
    }
    for (uint8_t quarter = 0; quarter < turns[i].value; ++quarter) {
      // Counterclockwise: the right column becomes the upper row.
      std::swap(across, down);
      across.Reverse();
    }
  }
}

// Which of the samples lie in each piece of that length; the pieces cover the side.
std::vector<std::vector<uint32_t>> ByPiece(const Side& side, uint32_t piece, uint32_t pieces) {
  std::vector<std::vector<uint32_t>> out(pieces);
  for (uint32_t k = 0; k < side.at.size(); ++k) out[side.at[k] / piece].push_back(k);
  return out;
}

struct Target {
  const Side& across;
  const Side& down;
  SampledPicture& out;
};

// The samples of one tile, whose left upper corner lies there.
bool TakeTile(const HevcPicture& picture, const std::optional<HeifPlan::Colours>& of_file, uint32_t left, uint32_t top,
              const std::vector<uint32_t>& columns, const std::vector<uint32_t>& rows, const Target& target) {
  const bool grey = picture.planes == 1;
  if (grey && picture.depth != 8) return false;
  Colours colours;
  if (!grey && !colours.Take(picture, of_file)) return false;
  const bool wide = picture.depth > 8;
  const auto sample = [wide](const uint8_t* row, uint32_t x) -> int {
    return wide ? row[size_t{2} * x] | row[size_t{2} * x + 1] << 8 : row[x];
  };
  const uint32_t across = picture.plane[1].across;
  for (const uint32_t k : rows) {
    const uint32_t y = target.down.at[k] - top;
    const uint8_t* const luma = picture.plane[0].Row(y);
    const uint8_t* const cb = grey ? luma : picture.plane[1].Row(y);
    const uint8_t* const cr = grey ? luma : picture.plane[2].Row(y);
    for (const uint32_t i : columns) {
      const uint32_t x = target.across.at[i] - left;
      const size_t place = target.across.of_rows ? size_t{i} * target.out.width + k : size_t{k} * target.out.width + i;
      uint8_t* const pixel = target.out.pixels.data() + 3 * place;
      if (grey) {
        std::fill_n(pixel, 3, luma[x]);
      } else {
        colours.Put(sample(luma, x), sample(cb, x >> across), sample(cr, x >> across), pixel);
      }
    }
  }
  return true;
}

// libheif mirrors no more than 8 bits; that is then its verdict.
bool IsTakenOn(const HeifPlan& plan, const HevcPicture& picture) {
  if (plan.grid && picture.planes == 1) return false;
  return picture.depth == 8 ||
         std::ranges::count(plan.turns, HeifPlan::Turn::Kind::kMirror, &HeifPlan::Turn::kind) == 0;
}

// All tiles, one after the other: what is damaged is found out wherever it lies.
bool TakeTiles(const HeifPlan& plan, const Limits& limits, const Target& target, HeifPicked& picked) {
  std::vector<std::vector<uint32_t>> columns, rows;
  uint32_t tile_width = 0, tile_height = 0;
  for (size_t i = 0; i < plan.tiles.size(); ++i) {
    const Bytes units = UnitsOf(plan.tiles[i]);
    const auto picture = units.empty() ? nullptr : DecodeHevc(units, limits.pixels_max);
    picked.undecoded = picture == nullptr;
    if (picked.undecoded || !IsTakenOn(plan, *picture)) return false;
    picked.with_holes = picked.with_holes || !picture->whole;
    if (i == 0) {
      tile_width = picture->width;
      tile_height = picture->height;
      const bool covers = plan.grid ? uint64_t{tile_width} * plan.columns >= plan.width &&
                                          uint64_t{tile_height} * plan.rows >= plan.height
                                    : tile_width == plan.width && tile_height == plan.height;
      if (!covers) return false;
      columns = ByPiece(target.across, tile_width, plan.columns);
      rows = ByPiece(target.down, tile_height, plan.rows);
    }
    const bool alike = picture->width == tile_width && picture->height == tile_height;
    if (!alike || plan.tiles[i].width != tile_width || plan.tiles[i].height != tile_height) return false;
    const uint32_t column = static_cast<uint32_t>(i) % plan.columns, row = static_cast<uint32_t>(i) / plan.columns;
    const uint64_t left = uint64_t{column} * tile_width, top = uint64_t{row} * tile_height;
    if (left >= plan.width || top >= plan.height) return false;
    if (!TakeTile(*picture, plan.tiles[i].colours, static_cast<uint32_t>(left), static_cast<uint32_t>(top),
                  columns[column], rows[row], target))
      return false;
  }
  return true;
}

}  // namespace

HeifPicked PickFromHeif(ByteView file, uint32_t width, uint32_t height, const Limits& limits) {
  if (WholeGridWanted::Now()) return {};  // that needs every pixel
  const std::optional<HeifPlan> plan = PlanHeif(file);
  if (!plan || width == 0 || height == 0) return {};
  const bool scaled = width > kSampledSide || height > kSampledSide;
  SampledPicture out{
      .width = scaled ? kSampledSide : width, .height = scaled ? kSampledSide : height, .channels = 3, .pixels = {}};
  Side across = SampledAlong(width, out.width, false), down = SampledAlong(height, out.height, true);
  Undo(plan->turns, across, down);
  if (across.length != plan->width || down.length != plan->height) return {};
  out.pixels.resize(size_t{out.width} * out.height * 3);
  HeifPicked picked;
  if (TakeTiles(*plan, limits, {.across = across, .down = down, .out = out}, picked)) picked.picture = std::move(out);
  return picked;
}

}  // namespace crossguard::examine
