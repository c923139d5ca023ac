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

// Loops take what they need from the members first: built without strict aliasing, a store of a sample might change
// them.
class Painter {
 public:
  Painter(const Layout& layout, uint32_t width, uint32_t height)
      : layout_(layout), width_(width), height_(height), samples_(size_t{width} * 3) {
    while (nodes_ * 2 <= std::min(width, kNodesMax)) nodes_ *= 2;
    PlaceIntervals();
    SpreadSmooth();
    line_.resize(size_t{nodes_ + 1} * 3 + 1);
    row_.resize(samples_ + 1);
    random_.resize((samples_ + 3 + 15) / 16 * 16);
  }

  void PaintRow(uint32_t y, uint8_t* out) {
    const double unit = (y + 0.5) / height_;
    BlendLine(unit);
    DrawOutLine();
    for (const Shape& shape : layout_.shapes) {
      double begin = 0, end = 0;
      if (shape.Span(unit, begin, end)) PaintSpan(shape, unit, begin, end);
    }
    AddNoise(y, out);
  }

 private:
  struct Interval {
    uint32_t begin, end;  // pixels whose centres lie in it
    float first;          // where the first of them lies, in 1/65536
  };

  void PlaceIntervals() {
    step_ = static_cast<float>((uint64_t{nodes_} << 16U) / width_);
    // Pixel x lies at (x + 1/2) * nodes / width; the first one at or beyond a node is the fraction rounded up.
    const auto pixel_from = [&](uint64_t node) {
      const uint64_t least = 2 * node * width_;
      return static_cast<uint32_t>(least <= nodes_ ? 0 : (least - nodes_ + 2 * nodes_ - 1) / (2 * uint64_t{nodes_}));
    };
    for (uint32_t node = 0; node < nodes_; ++node) {
      const uint32_t begin = pixel_from(node), end = node + 1 == nodes_ ? width_ : pixel_from(uint64_t{node} + 1);
      const uint64_t place = ((2 * uint64_t{begin} + 1) * nodes_ << 15U) / width_;
      intervals_.push_back({begin, end, static_cast<float>(static_cast<int64_t>(place - (uint64_t{node} << 16U)))});
    }
  }

  // The control points, drawn out across to the nodes; down, each row blends four of these. 5 bits of fraction.
  void SpreadSmooth() {
    smooth_.resize(size_t{kPoints} * (nodes_ + 1) * 3);
    std::vector<SplinePlace> places;
    for (uint32_t node = 0; node <= nodes_; ++node) places.push_back(PlaceOnSpline(static_cast<double>(node) / nodes_));
    std::array<std::array<int16_t, 3>, kPoints> points;
    int16_t* out = smooth_.data();
    for (size_t j = 0; j < kPoints; ++j) {
      for (size_t i = 0; i < kPoints; ++i) {
        const Colour& colour = layout_.smooth[j * kPoints + i];
        const auto fixed = [](double v) { return static_cast<int16_t>(std::clamp(v, -60.0, 315.0) * 32); };
        points[i] = {fixed(colour.red), fixed(colour.green), fixed(colour.blue)};
      }
      for (const SplinePlace& at : places) {
        for (size_t c = 0; c < 3; ++c) {
          int32_t sum = 0;
          for (size_t k = 0; k < 4; ++k) sum += at.weights[k] * points[at.first + k][c];
          *out++ = static_cast<int16_t>(sum >> 15);
        }
      }
    }
  }

  void BlendLine(double unit) {
    const SplinePlace at = PlaceOnSpline(unit);
    const size_t size = size_t{nodes_ + 1} * 3;
    const int16_t* points = &smooth_[at.first * size];
    const double texture_row = unit * (2 * kTileSide);
    const uint32_t above = static_cast<uint32_t>(texture_row);
    const Texture& texture = SharedTexture();
    const int16_t* grain_above = texture.Row(nodes_, layout_.texture_x, layout_.texture_y + above);
    const int16_t* grain_below = texture.Row(nodes_, layout_.texture_x, layout_.texture_y + above + 1);
    const double strength = layout_.texture * 32, below = texture_row - above;
    const int16_t weight_above = static_cast<int16_t>(strength * (1 - below));
    const int16_t weight_below = static_cast<int16_t>(strength * below);
    const auto [w0, w1, w2, w3] = at.weights;
    int16_t* const __restrict line = line_.data();
    for (size_t i = 0; i < size; ++i) {
      line[i] = static_cast<int16_t>(MulHigh(points[i], w0) + MulHigh(points[i + size], w1) +
                                     MulHigh(points[i + 2 * size], w2) + MulHigh(points[i + 3 * size], w3) +
                                     MulHigh(grain_above[i], weight_above) + MulHigh(grain_below[i], weight_below));
    }
  }

  // Straight lines from node to node, the three channels in one register; the fourth number is a pixel's overhang,
  // which the next pixel overwrites.
  void DrawOutLine() {
    const int16_t* node = line_.data();
    const auto load = [&node] {
      Shorts four;
      std::memcpy(&four, node, sizeof(four));
      node += 3;
      return __builtin_convertvector(four, Floats);
    };
    int16_t* out = row_.data();
    const float step_of_pixel = step_;
    Floats to = load();
    for (const Interval interval : intervals_) {
      const Floats from = to;
      to = load();
      const Floats difference = to - from;
      const Numbers step = __builtin_convertvector(difference * step_of_pixel, Numbers);
      Numbers at = __builtin_convertvector(from * 65536.0F + difference * interval.first, Numbers);
      for (uint32_t x = interval.begin; x < interval.end; ++x, out += 3) {
        const Shorts pixel = HighHalves(at);
        std::memcpy(out, &pixel, sizeof(pixel));
        at += step;
      }
    }
  }

  using Pattern = std::array<int16_t, kBlock>;  // one colour, eight times

  static int16_t Blended(int16_t below, int16_t above, int16_t weight) {
    return static_cast<int16_t>(below + MulHigh(2 * (above - below), weight));
  }

  void Blend(uint32_t begin, uint32_t end, const Pattern& colour, double opacity) {
    const int16_t weight = static_cast<int16_t>(opacity * 32767);
    int16_t* __restrict out = &row_[size_t{begin} * 3];
    const int16_t* const __restrict paint = colour.data();
    size_t left = size_t{end - begin} * 3;
    for (; left >= kBlock; left -= kBlock, out += kBlock) {
      for (size_t i = 0; i < kBlock; ++i) out[i] = Blended(out[i], paint[i], weight);
    }
    for (size_t i = 0; i < left; ++i) out[i] = Blended(out[i], paint[i], weight);
  }

  // Pixels that the span covers in part are blended in part, so that steep edges are smooth.
  void PaintSpan(const Shape& shape, double y, double begin, double end) {
    begin = std::clamp(begin, 0.0, 1.0) * width_;
    end = std::clamp(end, 0.0, 1.0) * width_;
    if (begin >= end) return;
    const Colour mixed = Mix(shape.colour_top, shape.colour_bottom, (y - shape.top) / (shape.bottom - shape.top));
    Pattern colour;
    for (size_t i = 0; i < kBlock; i += 3) {
      colour[i] = static_cast<int16_t>(mixed.red * 16);
      colour[i + 1] = static_cast<int16_t>(mixed.green * 16);
      colour[i + 2] = static_cast<int16_t>(mixed.blue * 16);
    }
    const uint32_t first = static_cast<uint32_t>(begin), last = static_cast<uint32_t>(end);  // last may be width
    if (first == last) return Blend(first, first + 1, colour, shape.opacity * (end - begin));
    Blend(first, first + 1, colour, shape.opacity * (first + 1 - begin));
    Blend(first + 1, last, colour, shape.opacity);
    if (last < width_) Blend(last, last + 1, colour, shape.opacity * (end - last));
  }

  // Eight streams of xorshift32 (Marsaglia 2003) side by side; a sample's noise is the sum of two numbers, one of which
  // it shares with its neighbour: triangular, and a little soft, as from a sensor.
  void AddNoise(uint32_t y, uint8_t* __restrict out) {
    Random seeds(layout_.noise_seed + y);
    const auto seed = [&] { return static_cast<uint32_t>(seeds.Next()) | 1U; };
    std::array<Bits, 2> state{Bits{seed(), seed(), seed(), seed()}, Bits{seed(), seed(), seed(), seed()}};
    int16_t* const end = random_.data() + random_.size();
    for (int16_t* next = random_.data(); next < end;) {
      for (Bits& stream : state) {
        stream ^= stream << 13U;
        stream ^= stream >> 17U;
        stream ^= stream << 5U;
        Bits x = stream;
        if constexpr (std::endian::native == std::endian::big) x = x << 16U | x >> 16U;
        std::memcpy(next, &x, sizeof(x));
        next += 8;
      }
    }
    const int16_t amplitude = static_cast<int16_t>(layout_.noise * 16);
    const int16_t* const __restrict row = row_.data();
    const int16_t* const __restrict random = random_.data();
    for (size_t i = 0, samples = samples_; i < samples; ++i) {
      const int16_t noise = static_cast<int16_t>(MulHigh(random[i], amplitude) + MulHigh(random[i + 3], amplitude));
      const int16_t value = static_cast<int16_t>(row[i] + noise);
      const int16_t level = static_cast<int16_t>(value >> 4);
      out[i] = static_cast<uint8_t>(std::max<int16_t>(0, std::min<int16_t>(255, level)));
    }
  }

  const Layout& layout_;
  uint32_t width_, height_;
  size_t samples_;
  uint32_t nodes_ = 2;
  float step_ = 0;  // of a pixel, in 1/65536 of an interval
  std::vector<Interval> intervals_;
  std::vector<int16_t> smooth_;
  std::vector<int16_t> line_;  // one row at the nodes, 4 bits of fraction
  std::vector<int16_t> row_;   // one row of pixels, likewise
  std::vector<int16_t> random_;
};

}  // namespace

Picture DrawScene(uint64_t seed, uint32_t width, uint32_t height) {
  CHECK(width >= 1 && width <= kSideMax && height >= 1 && height <= kSideMax);
  Picture picture{.width = width, .height = height, .rgb = Bytes(size_t{width} * height * 3)};
  const Layout layout = LayOut(seed);
  Painter painter(layout, width, height);
  for (uint32_t y = 0; y < height; ++y) painter.PaintRow(y, &picture.rgb[size_t{y} * width * 3]);
  return picture;
}

}  // namespace crossguard::drawing
