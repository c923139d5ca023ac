#include "examine/kernel/pdq.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numbers>

#include "base/error.h"

namespace crossguard::examine {
namespace {

constexpr uint32_t kGrid = 64;         // side of the small picture
constexpr uint32_t kFrequencies = 16;  // kept per direction
constexpr uint32_t kSideMin = kPdqSideMin;
constexpr uint32_t kTile = 16;  // of the transposition

using Grid = std::array<std::array<float, kGrid>, kGrid>;
using Frequencies = std::array<float, size_t{kFrequencies} * kFrequencies>;

// `lines` lines of `lanes` floats. The filter runs over the lines; all lanes of a line are independent, so the inner
// loops are vectors. Rows are filtered by transposing, which changes no value and no order of additions. Lines of 512
// floats would all fall into the same few sets of the cache: each is a cache line longer than it needs to be.
struct Lines {
  uint32_t lines = 0;
  uint32_t lanes = 0;
  size_t stride = 0;
  std::vector<float> values;
  Lines(uint32_t line_count, uint32_t lane_count)
      : lines(line_count), lanes(lane_count), stride(size_t{lane_count} + kTile), values(line_count * stride) {}
  const float* line(uint32_t i) const { return values.data() + i * stride; }
  float* line(uint32_t i) { return values.data() + i * stride; }
};

// Division by a power of two and multiplication by its reciprocal round alike; other divisors must divide.
void WriteMean(const float* __restrict sum, float* __restrict out, uint32_t lanes, uint32_t count) {
  const float divisor = static_cast<float>(count);
  if (std::has_single_bit(count)) {
    const float factor = 1.0F / divisor;
    for (uint32_t l = 0; l < lanes; ++l) out[l] = sum[l] * factor;
  } else {
    for (uint32_t l = 0; l < lanes; ++l) out[l] = sum[l] / divisor;
  }
}

// A centred box of `window` lines by running sums: (sum + entering) - leaving, edges with the lines that exist.
// picks: which lines of the result are wanted, ascending, repeats allowed; output line k is result line picks[k].
void Box(const Lines& in, uint32_t window, const std::vector<uint32_t>& picks, Lines& out) {
  const uint32_t lanes = in.lanes;
  const uint32_t half = (window + 2) / 2;
  std::vector<float> sums(lanes, 0.0F);
  float* __restrict sum = sums.data();
  uint32_t entering = 0;
  uint32_t leaving = 0;
  uint32_t count = 0;
  size_t next_pick = 0;
  for (; entering + 1 < half; ++entering, ++count) {
    const float* __restrict add = in.line(entering);
    for (uint32_t l = 0; l < lanes; ++l) sum[l] += add[l];
  }
  for (uint32_t at = 0; at < in.lines && next_pick < picks.size(); ++at) {
    if (entering < in.lines && count == window) {
      const float* __restrict add = in.line(entering++);
      const float* __restrict drop = in.line(leaving++);
      for (uint32_t l = 0; l < lanes; ++l) sum[l] = (sum[l] + add[l]) - drop[l];
    } else if (entering < in.lines) {
      const float* __restrict add = in.line(entering++);
      for (uint32_t l = 0; l < lanes; ++l) sum[l] += add[l];
      ++count;
    } else {
      const float* __restrict drop = in.line(leaving++);
      for (uint32_t l = 0; l < lanes; ++l) sum[l] -= drop[l];
      --count;
    }
    for (; next_pick < picks.size() && picks[next_pick] == at; ++next_pick) {
      WriteMean(sum, out.line(static_cast<uint32_t>(next_pick)), lanes, count);
    }
  }
}

// Four floats, as every machine of ours has them in one register.
using Four = float __attribute__((vector_size(16)));

// The square of 4x4 at `from` becomes columns at `to`.
void TransposeFour(const float* from, size_t from_stride, float* to, size_t to_stride) {
  Four a, b, c, d;
  std::memcpy(&a, from, sizeof(a));
  std::memcpy(&b, from + from_stride, sizeof(b));
  std::memcpy(&c, from + 2 * from_stride, sizeof(c));
  std::memcpy(&d, from + 3 * from_stride, sizeof(d));
  const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  c = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  d = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
  std::memcpy(to, &a, sizeof(a));
  std::memcpy(to + to_stride, &b, sizeof(b));
  std::memcpy(to + 2 * to_stride, &c, sizeof(c));
  std::memcpy(to + 3 * to_stride, &d, sizeof(d));
}

void Transpose(const Lines& in, Lines& out) {
  for (uint32_t i0 = 0; i0 < in.lines; i0 += kTile) {
    const uint32_t i1 = std::min(i0 + kTile, in.lines);
    for (uint32_t j0 = 0; j0 < in.lanes; j0 += kTile) {
      const uint32_t j1 = std::min(j0 + kTile, in.lanes);
      if (i1 - i0 == kTile && j1 - j0 == kTile) {
        for (uint32_t j = j0; j < j1; j += 4) {
          for (uint32_t i = i0; i < i1; i += 4) TransposeFour(in.line(i) + j, in.stride, out.line(j) + i, out.stride);
        }
        continue;
      }
      for (uint32_t i = i0; i < i1; ++i) {
        for (uint32_t j = j0; j < j1; ++j) out.values[j * out.stride + i] = in.values[i * in.stride + j];
      }
    }
  }
}

// The three products of each value, so that a pixel costs two additions.
struct LumaTable {
  std::array<float, 256> red, green, blue;
  LumaTable() {
    for (uint32_t value = 0; value < 256; ++value) {
      red[value] = 0.299F * static_cast<float>(value);
      green[value] = 0.587F * static_cast<float>(value);
      blue[value] = 0.114F * static_cast<float>(value);
    }
  }
};

void FillLuma(const SampledPicture& picture, Lines& luma) {
  static const LumaTable table;
  const uint8_t* pixel = picture.pixels.data();
  const uint32_t lanes = luma.lanes;
  for (uint32_t i = 0; i < luma.lines; ++i) {
    float* __restrict out = luma.line(i);
    if (picture.channels == 1) {
      for (uint32_t l = 0; l < lanes; ++l) out[l] = static_cast<float>(*pixel++);
      continue;
    }
    for (uint32_t l = 0; l < lanes; ++l, pixel += 3) {
      out[l] = table.red[pixel[0]] + table.green[pixel[1]] + table.blue[pixel[2]];
    }
  }
}

void CopyGrid(const Lines& lines, Grid& grid) {
  for (uint32_t i = 0; i < kGrid; ++i) std::memcpy(grid[i].data(), lines.line(i), sizeof(grid[i]));
}

std::vector<uint32_t> EveryLine(uint32_t count) {
  std::vector<uint32_t> all(count);
  for (uint32_t i = 0; i < count; ++i) all[i] = i;
  return all;
}

// The centre of each of 64 equal parts: floor((k + 1/2) * count / 64).
std::vector<uint32_t> Centres(uint32_t count) {
  std::vector<uint32_t> centres(kGrid);
  for (uint32_t k = 0; k < kGrid; ++k) centres[k] = (2 * k + 1) * count / (2 * kGrid);
  return centres;
}

uint32_t Window(uint32_t side) {
  return (side + 2 * kGrid - 1) / (2 * kGrid);
}

// Filters rows, columns, rows, columns; the last two compute only the lines that end up in the grid.
void Reduce(const SampledPicture& picture, Grid& grid) {
  const uint32_t rows = picture.height;
  const uint32_t columns = picture.width;
  Lines by_row(rows, columns);
  FillLuma(picture, by_row);
  if (rows == kGrid && columns == kGrid) {
    CopyGrid(by_row, grid);
    return;
  }
  Lines by_column(columns, rows);
  Lines by_column_2(columns, rows);
  Transpose(by_row, by_column);
  Box(by_column, Window(columns), EveryLine(columns), by_column_2);
  Transpose(by_column_2, by_row);
  Lines by_row_2(rows, columns);
  Box(by_row, Window(rows), EveryLine(rows), by_row_2);
  Transpose(by_row_2, by_column);
  Lines narrow_by_column(kGrid, rows);
  Box(by_column, Window(columns), Centres(columns), narrow_by_column);
  Lines narrow_by_row(rows, kGrid);
  Transpose(narrow_by_column, narrow_by_row);
  Lines small(kGrid, kGrid);
  Box(narrow_by_row, Window(rows), Centres(rows), small);
  CopyGrid(small, grid);
}

// Counts steps between neighbours in whole per cent of full scale, so that only significant gradients count.
int Quality(const Grid& grid) {
  int sum = 0;
  const auto step = [](float a, float b) { return std::abs(static_cast<int>(((a - b) * 100) / 255)); };
  for (uint32_t i = 0; i + 1 < kGrid; ++i) {
    for (uint32_t j = 0; j < kGrid; ++j) sum += step(grid[i][j], grid[i + 1][j]);
  }
  for (uint32_t i = 0; i < kGrid; ++i) {
    for (uint32_t j = 0; j + 1 < kGrid; ++j) sum += step(grid[i][j], grid[i][j + 1]);
  }
  return std::min(sum / 90, 100);
}

// Rows are the frequencies 1..16 over 64 samples; and the same transposed, so that both products run along lines.
struct Cosines {
  std::array<std::array<float, kGrid>, kFrequencies> by_frequency{};
  std::array<std::array<float, kFrequencies>, kGrid> by_sample{};
  Cosines() {
    const float scale = static_cast<float>(std::sqrt(2.0 / 64.0));
    for (uint32_t i = 0; i < kFrequencies; ++i) {
      for (uint32_t j = 0; j < kGrid; ++j) {
        const double angle = (std::numbers::pi / 2.0 / 64.0) * (i + 1) * (2 * j + 1);
        by_frequency[i][j] = static_cast<float>(static_cast<double>(scale) * std::cos(angle));
        by_sample[j][i] = by_frequency[i][j];
      }
    }
  }
};

void Transform(const Grid& grid, Frequencies& out) {
  static const Cosines cosines;
  std::array<std::array<float, kGrid>, kFrequencies> half{};
  for (uint32_t i = 0; i < kFrequencies; ++i) {
    for (uint32_t k = 0; k < kGrid; ++k) {
      const float factor = cosines.by_frequency[i][k];
      for (uint32_t j = 0; j < kGrid; ++j) half[i][j] += factor * grid[k][j];
    }
  }
  out.fill(0.0F);
  for (uint32_t i = 0; i < kFrequencies; ++i) {
    float* __restrict line = out.data() + size_t{i} * kFrequencies;
    for (uint32_t k = 0; k < kGrid; ++k) {
      const float factor = half[i][k];
      for (uint32_t j = 0; j < kFrequencies; ++j) line[j] += factor * cosines.by_sample[k][j];
    }
  }
}

// The reference's median (Torben's method) over an even count is the lower of the two middle values.
Pdq Bits(const Frequencies& frequencies) {
  Frequencies sorted = frequencies;
  const auto middle = sorted.begin() + (sorted.size() / 2 - 1);
  std::nth_element(sorted.begin(), middle, sorted.end());
  Pdq hash;
  for (size_t bit = 0; bit < frequencies.size(); ++bit) {
    if (frequencies[bit] > *middle) {
      uint8_t& byte = hash.bytes[31 - bit / 8];
      byte = static_cast<uint8_t>(byte | (1U << (bit % 8)));
    }
  }
  return hash;
}

}  // namespace

PdqHash HashPdq(const SampledPicture& picture) {
  PdqHash result;
  if (picture.width < kSideMin || picture.height < kSideMin) return result;
  Grid grid;
  Reduce(picture, grid);
  result.quality = Quality(grid);
  Frequencies frequencies;
  Transform(grid, frequencies);
  result.hash = Bits(frequencies);
  return result;
}

namespace {

// Changing the sign of the odd frequencies along a side mirrors that side; transposing changes the two.
Frequencies Turned(const Frequencies& from, bool transpose, bool mirror_rows, bool mirror_columns) {
  Frequencies out;
  for (size_t i = 0; i < kFrequencies; ++i) {
    for (size_t j = 0; j < kFrequencies; ++j) {
      const float value = transpose ? from[j * kFrequencies + i] : from[i * kFrequencies + j];
      // Places count from frequency 1, so that the even places are the odd frequencies.
      const bool change = (mirror_rows && i % 2 == 0) != (mirror_columns && j % 2 == 0);
      out[i * kFrequencies + j] = change ? -value : value;
    }
  }
  return out;
}

}  // namespace

std::string_view Name(Turn turn) {
  constexpr std::array<std::string_view, kTurns> kNames{"none",   "rotate90", "rotate180",  "rotate270",
                                                        "flip_x", "flip_y",   "flip_plus1", "flip_minus1"};
  return kNames[static_cast<size_t>(turn)];
}

PdqHash HashPdqGrid(std::span<const float> values) {
  CHECK(values.size() == size_t{kGrid} * kGrid);
  Grid grid;
  for (size_t i = 0; i < kGrid; ++i)
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(i * kGrid), kGrid, grid[i].begin());
  PdqHash result;
  result.quality = Quality(grid);
  Frequencies frequencies;
  Transform(grid, frequencies);
  result.hash = Bits(frequencies);
  return result;
}

std::array<Pdq, kTurns> HashPdqTurned(const SampledPicture& picture) {
  std::array<Pdq, kTurns> out{};
  if (picture.width < kSideMin || picture.height < kSideMin) return out;
  Grid grid;
  Reduce(picture, grid);
  Frequencies plain;
  Transform(grid, plain);
  const auto set = [&](Turn turn, bool transpose, bool rows, bool columns) {
    out[static_cast<size_t>(turn)] = Bits(Turned(plain, transpose, rows, columns));
  };
  set(Turn::kNone, false, false, false);
  set(Turn::kRotate90, true, true, false);
  set(Turn::kRotate180, false, true, true);
  set(Turn::kRotate270, true, false, true);
  set(Turn::kFlipX, false, true, false);
  set(Turn::kFlipY, false, false, true);
  set(Turn::kFlipPlus1, true, false, false);
  set(Turn::kFlipMinus1, true, true, true);
  return out;
}

}  // namespace crossguard::examine
