#include "examine/kernel/pdq.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/error.h"
#include "examine/kernel/pdq_hot.h"

namespace crossguard::examine {
namespace {

constexpr uint32_t kSideMin = kPdqSideMin;

// The reference's median (Torben's method) over an even count is the lower of the two middle values.
Pdq Bits(const PdqFrequencies& frequencies) {
  PdqFrequencies sorted = frequencies;
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
  return HashPdqBy(FastestPdqHot(), picture);
}

PdqHash HashPdqBy(const PdqHot& hot, const SampledPicture& picture) {
  PdqHash result;
  if (picture.width < kSideMin || picture.height < kSideMin) return result;
  PdqGrid grid;
  hot.reduce(picture, grid);
  result.quality = hot.quality(grid);
  PdqFrequencies frequencies;
  hot.transform(grid, frequencies);
  result.hash = Bits(frequencies);
  return result;
}

namespace {

// Changing the sign of the odd frequencies along a side mirrors that side; transposing changes the two.
PdqFrequencies Turned(const PdqFrequencies& from, bool transpose, bool mirror_rows, bool mirror_columns) {
  PdqFrequencies out;
  for (size_t i = 0; i < kPdqFrequencies; ++i) {
    for (size_t j = 0; j < kPdqFrequencies; ++j) {
      const float value = transpose ? from[j * kPdqFrequencies + i] : from[i * kPdqFrequencies + j];
      // Places count from frequency 1, so that the even places are the odd frequencies.
      const bool change = (mirror_rows && i % 2 == 0) != (mirror_columns && j % 2 == 0);
      out[i * kPdqFrequencies + j] = change ? -value : value;
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
  PdqGrid grid;
  CHECK(values.size() * sizeof(float) == sizeof(grid));
  std::memcpy(grid.data(), values.data(), sizeof(grid));
  PdqHash result;
  result.quality = FastestPdqHot().quality(grid);
  PdqFrequencies frequencies;
  FastestPdqHot().transform(grid, frequencies);
  result.hash = Bits(frequencies);
  return result;
}

std::array<Pdq, kTurns> HashPdqTurned(const SampledPicture& picture) {
  std::array<Pdq, kTurns> out{};
  if (picture.width < kSideMin || picture.height < kSideMin) return out;
  PdqGrid grid;
  FastestPdqHot().reduce(picture, grid);
  PdqFrequencies plain;
  FastestPdqHot().transform(grid, plain);
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

int Distance(const Pdq& a, const Pdq& b) {
  int bits = 0;
  for (size_t i = 0; i < a.bytes.size(); ++i) bits += std::popcount(static_cast<unsigned>(a.bytes[i] ^ b.bytes[i]));
  return bits;
}

}  // namespace crossguard::examine
