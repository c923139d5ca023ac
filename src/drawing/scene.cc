// From a layout in unit coordinates to pixels, row by row: smooth surface and texture at up to 513 nodes across, drawn
// out to pixels by straight lines, hard shapes over it, noise over all. What is done per pixel is integer work that
// becomes vectors; samples have 4 bits of fraction until the noise has been added.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "drawing/drawing.h"
#include "drawing/random.h"
#include "drawing/scene_layout.h"

namespace crossguard::drawing {
namespace {

constexpr uint32_t kNodesMax = 512;  // intervals across; a power of two
constexpr uint32_t kTileSide = 256;  // rows of the texture, and columns at kNodesMax: it comes twice across
constexpr size_t kBlock = 24;        // samples: 8 pixels, three vectors

// Four numbers in one register, in the words of gcc and clang; any machine has them, if need be one after the other.
using Numbers = int32_t __attribute__((vector_size(16)));
using Floats = float __attribute__((vector_size(16)));
using Bits = uint32_t __attribute__((vector_size(16)));
using Shorts = int16_t __attribute__((vector_size(8)));

// The high half of each number.
Shorts HighHalves(Numbers numbers) {
  using Halves = int16_t __attribute__((vector_size(16)));
  constexpr int kHigh = std::endian::native == std::endian::little ? 1 : 0;
  const Halves halves = std::bit_cast<Halves>(numbers);
  return __builtin_shufflevector(halves, halves, kHigh, 2 + kHigh, 4 + kHigh, 6 + kHigh);
}

// The high half of a product, which is one instruction on every vector unit.
int16_t MulHigh(int32_t a, int32_t b) {
  return static_cast<int16_t>((a * b) >> 16);
}

// One texture for all scenes, each of which begins elsewhere in it: smooth noise of five sizes that repeats seamlessly,
// +-32,767 at most, three samples per pixel, mostly grey. It is kept for every number of nodes across; the rows are
// twice the period and one pixel long, so that a scene reads them in one piece.
class Texture {
 public:
  Texture() {
    std::array<std::vector<int32_t>, 4> field;  // the last is grey, the others are the channels' own
    Random random(0x7E87);
    for (size_t c = 0; c < field.size(); ++c) {
      field[c].resize(size_t{kTileSide} * kTileSide);
      for (const auto& [size, amplitude] : {std::pair{32U, 4}, {16U, 5}, {8U, 5}, {4U, 4}, {2U, 3}}) {
        AddOctave(random, size, amplitude * (c == 3 ? 1100 : 420), field[c]);
      }
    }
    std::vector<int32_t> tile;
    for (size_t i = 0; i < field[3].size(); ++i) {
      for (size_t c = 0; c < 3; ++c) tile.push_back(field[c][i] + field[3][i]);
    }
    for (uint32_t period = kTileSide; period >= 1; period /= 2) {
      levels_.push_back(Level(tile, period));
      if (period > 1) tile = Halved(tile, period);
    }
  }

  // 2 * period + 1 pixels from column x of row y, both taken modulo the period.
  const int16_t* Row(uint32_t nodes, uint32_t x, uint32_t y) const {
    const uint32_t period = nodes / 2, stride = kTileSide / period;
    const std::vector<int16_t>& level = levels_[static_cast<size_t>(std::countr_zero(stride))];
    return &level[((y % kTileSide) * size_t{3 * period + 1} + x % kTileSide / stride) * 3];
  }

 private:
  static void AddOctave(Random& random, uint32_t size, int32_t amplitude, std::vector<int32_t>& field) {
    const uint32_t side = kTileSide / size;
    std::vector<int32_t> lattice(size_t{side} * side);
    for (int32_t& value : lattice)
      value = static_cast<int32_t>(random.Below(static_cast<uint32_t>(2 * amplitude))) - amplitude;
    const auto at = [&](uint32_t x, uint32_t y) { return lattice[size_t{y % side} * side + x % side]; };
    const auto smooth = [&](uint32_t t) {
      return static_cast<int32_t>(t * t * (3 * size - 2 * t) * 256 / (size * size * size));
    };
    for (uint32_t y = 0; y < kTileSide; ++y) {
      for (uint32_t x = 0; x < kTileSide; ++x) {
        const uint32_t i = x / size, j = y / size;
        const int32_t across = smooth(x % size), down = smooth(y % size);
        const int32_t above = at(i, j) * 256 + (at(i + 1, j) - at(i, j)) * across;
        const int32_t below = at(i, j + 1) * 256 + (at(i + 1, j + 1) - at(i, j + 1)) * across;
        field[size_t{y} * kTileSide + x] += (above * 16 + (below - above) / 16 * down) / 4096;
      }
    }
  }
  static std::vector<int16_t> Level(const std::vector<int32_t>& tile, uint32_t period) {
    std::vector<int16_t> level;
    for (size_t y = 0; y < kTileSide; ++y) {
      for (size_t x = 0; x < 3 * size_t{period} + 1; ++x) {
        for (size_t c = 0; c < 3; ++c) {
          level.push_back(static_cast<int16_t>(std::clamp(tile[(y * period + x % period) * 3 + c], -32'767, 32'767)));
        }
      }
    }
    return level;
  }
  static std::vector<int32_t> Halved(const std::vector<int32_t>& tile, uint32_t period) {
    std::vector<int32_t> half(tile.size() / 2);
    for (size_t pixel = 0; pixel < size_t{period / 2} * kTileSide; ++pixel) {
      for (size_t c = 0; c < 3; ++c) half[pixel * 3 + c] = (tile[pixel * 6 + c] + tile[pixel * 6 + 3 + c]) / 2;
    }
    return half;
  }

  std::vector<std::vector<int16_t>> levels_;  // by period: 256, 128, ... 1
};

const Texture& SharedTexture() {
  static const Texture texture;
  return texture;
}

// Weights of four control points in 1/32768, `t` (0..1) beyond the second of them.
std::array<int16_t, 4> SplineWeights(double t) {
  const double s = 1 - t;
  const std::array<double, 4> weights{s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6,
                                      (3 * s * s * s - 6 * s * s + 4) / 6, t * t * t / 6};
  std::array<int16_t, 4> fixed;
  for (size_t i = 0; i < 4; ++i) fixed[i] = static_cast<int16_t>(weights[i] * 32768 + 0.5);
  return fixed;
}

struct SplinePlace {
  size_t first;
  std::array<int16_t, 4> weights;
};
SplinePlace PlaceOnSpline(double unit) {
  const double place = unit * kCells;
  const int cell = std::clamp(static_cast<int>(place), 0, kCells - 1);
  return {static_cast<size_t>(cell), SplineWeights(place - cell)};
}

namespace plain {
#include "drawing/scene_painter.inc"
}

// The same for vectors of twice the length, where the compiler and the processor know them: the same pixels in half the
// time. The pragma is about what is defined here; what comes from headers stays as it is for every processor.
#if defined(__x86_64__) && !defined(__clang__)
#define CROSSGUARD_SCENE_WIDE 1
#pragma GCC push_options
#pragma GCC target("avx2")
namespace wide {
#include "drawing/scene_painter.inc"
}
#pragma GCC pop_options
#else
#define CROSSGUARD_SCENE_WIDE 0
#endif

template <typename Painter>
void Paint(const Layout& layout, Picture& picture) {
  Painter painter(layout, picture.width, picture.height);
  for (uint32_t y = 0; y < picture.height; ++y) painter.PaintRow(y, &picture.rgb[size_t{y} * picture.width * 3]);
}

}  // namespace

Picture DrawScene(uint64_t seed, uint32_t width, uint32_t height) {
  CHECK(width >= 1 && width <= kSideMax && height >= 1 && height <= kSideMax);
  Picture picture{.width = width, .height = height, .rgb = Bytes(size_t{width} * height * 3)};
  const Layout layout = LayOut(seed);
#if CROSSGUARD_SCENE_WIDE
  static const bool is_wide = __builtin_cpu_supports("avx2") != 0;
  if (is_wide) {
    Paint<wide::Painter>(layout, picture);
    return picture;
  }
#endif
  Paint<plain::Painter>(layout, picture);
  return picture;
}

}  // namespace crossguard::drawing
