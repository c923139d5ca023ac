#include "examine/kernel/judge_pdq.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <vector>

namespace crossguard::examine {
namespace {

std::vector<float> Luma(const SampledPicture& picture) {
  std::vector<float> luma;
  luma.reserve(size_t{picture.width} * picture.height);
  for (size_t i = 0; i < size_t{picture.width} * picture.height; ++i) {
    const uint8_t* p = picture.pixels.data() + i * picture.channels;
    if (picture.channels == 1) {
      luma.push_back(p[0]);
    } else {
      luma.push_back(0.299F * p[0] + 0.587F * p[1] + 0.114F * p[2]);
    }
  }
  return luma;
}

void BoxOne(const float* in, float* out, int length, int stride, int window) {
  const int half = (window + 2) / 2;
  float sum = 0;
  int count = 0;
  int right = 0;
  int left = 0;
  for (int at = -(half - 1); at < length; ++at) {
    const bool add = right < length;
    const bool drop = at > 0 && (count == window || !add);
    if (add) sum += in[stride * right++];
    if (drop) sum -= in[stride * left++];
    count += (add ? 1 : 0) - (drop ? 1 : 0);
    if (at >= 0) out[stride * at] = sum / static_cast<float>(count);
  }
}

using Cosines = std::array<std::array<float, 64>, 16>;

Cosines MakeCosines() {
  const float scale = static_cast<float>(std::sqrt(2.0 / 64));
  Cosines cosines;
  for (int i = 0; i < 16; ++i) {
    for (int k = 0; k < 64; ++k) {
      cosines[size_t(i)][size_t(k)] =
          static_cast<float>(double{scale} * std::cos((std::numbers::pi / 2 / 64) * (i + 1) * (2 * k + 1)));
    }
  }
  return cosines;
}

}  // namespace

PdqHash JudgePdq(const SampledPicture& picture) {
  PdqHash result;
  const int rows = static_cast<int>(picture.height);
  const int columns = static_cast<int>(picture.width);
  if (rows < 5 || columns < 5) return result;
  std::vector<float> a = Luma(picture);
  std::vector<float> b(a.size());
  float small[64][64];
  if (rows == 64 && columns == 64) {
    std::copy(a.begin(), a.end(), &small[0][0]);
  } else {
    for (int pass = 0; pass < 2; ++pass) {
      for (int i = 0; i < rows; ++i)
        BoxOne(&a[size_t(i) * size_t(columns)], &b[size_t(i) * size_t(columns)], columns, 1, (columns + 127) / 128);
      for (int j = 0; j < columns; ++j) BoxOne(&b[size_t(j)], &a[size_t(j)], rows, columns, (rows + 127) / 128);
    }
    for (int i = 0; i < 64; ++i) {
      for (int j = 0; j < 64; ++j) {
        const int y = static_cast<int>((i + 0.5) * rows / 64);
        const int x = static_cast<int>((j + 0.5) * columns / 64);
        small[i][j] = a[size_t(y) * size_t(columns) + size_t(x)];
      }
    }
  }
  int gradients = 0;
  for (int i = 0; i < 64; ++i) {
    for (int j = 0; j < 64; ++j) {
      if (i < 63) gradients += std::abs(static_cast<int>((small[i][j] - small[i + 1][j]) * 100 / 255));
      if (j < 63) gradients += std::abs(static_cast<int>((small[i][j] - small[i][j + 1]) * 100 / 255));
    }
  }
  result.quality = std::min(100, gradients / 90);
  static const Cosines cosines = MakeCosines();
  std::vector<float> values;
  float half[16][64];
  for (int i = 0; i < 16; ++i) {
    for (int j = 0; j < 64; ++j) {
      float sum = 0;
      for (int k = 0; k < 64; ++k) sum += cosines[size_t(i)][size_t(k)] * small[k][j];
      half[i][j] = sum;
    }
  }
  for (int i = 0; i < 16; ++i) {
    for (int j = 0; j < 16; ++j) {
      float sum = 0;
      for (int k = 0; k < 64; ++k) sum += half[i][k] * cosines[size_t(j)][size_t(k)];
      values.push_back(sum);
    }
  }
  std::vector<float> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  for (size_t bit = 0; bit < 256; ++bit) {
    if (values[bit] > sorted[127]) {
      uint8_t& byte = result.hash.bytes[31 - bit / 8];
      byte = static_cast<uint8_t>(byte | (1U << (bit % 8)));
    }
  }
  return result;
}

}  // namespace crossguard::examine
