#include "examine/kernel/png_filters.h"

#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace crossguard::examine {
namespace {

// Each byte leans on the one a pixel before it, so a row is a chain of pixels; kPixel bytes go on together.
template <size_t kPixel>
struct Plainly {
  static void Sub(uint8_t* row, size_t count) {
    for (size_t i = kPixel; i < count; ++i) row[i] = static_cast<uint8_t>(row[i] + row[i - kPixel]);
  }
  static void Average(uint8_t* row, const uint8_t* above, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const uint32_t left = i < kPixel ? 0 : row[i - kPixel];
      row[i] = static_cast<uint8_t>(row[i] + (left + above[i]) / 2);
    }
  }
  static void Paeth(uint8_t* row, const uint8_t* above, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const int left = i < kPixel ? 0 : row[i - kPixel], up = above[i], corner = i < kPixel ? 0 : above[i - kPixel];
      const int to_left = std::abs(up - corner), to_up = std::abs(left - corner),
                to_corner = std::abs(left + up - 2 * corner);
      const int nearest = to_left <= to_up && to_left <= to_corner ? left : to_up <= to_corner ? up : corner;
      row[i] = static_cast<uint8_t>(row[i] + nearest);
    }
  }
};

#if defined(__x86_64__)
// A pixel of 3 or 4 bytes at a time. Of 3, four bytes are read and the last is put back as it was, so that the next
// pixel's is not lost.
template <size_t kPixel>
struct ByPixel {
  static __m128i Get(const uint8_t* from) {
    uint32_t word;
    std::memcpy(&word, from, sizeof(word));
    return _mm_cvtsi32_si128(static_cast<int>(word));
  }
  static void Put(uint8_t* to, __m128i pixel) {
    const uint32_t word = static_cast<uint32_t>(_mm_cvtsi128_si32(pixel));
    if constexpr (kPixel == 4) {
      std::memcpy(to, &word, sizeof(word));
    } else {
      const uint16_t two = static_cast<uint16_t>(word);
      std::memcpy(to, &two, sizeof(two));
      to[2] = static_cast<uint8_t>(word >> 16U);
    }
  }
  static void Sub(uint8_t* row, size_t count) {
    __m128i left = _mm_setzero_si128();
    for (size_t i = 0; i < count; i += kPixel) {
      left = _mm_add_epi8(left, Get(row + i));
      Put(row + i, left);
    }
  }
  static void Average(uint8_t* row, const uint8_t* above, size_t count) {
    __m128i left = _mm_setzero_si128();
    const __m128i one = _mm_set1_epi8(1);
    for (size_t i = 0; i < count; i += kPixel) {
      const __m128i up = Get(above + i);
      // The instruction rounds up, the filter down.
      const __m128i mean = _mm_sub_epi8(_mm_avg_epu8(left, up), _mm_and_si128(_mm_xor_si128(left, up), one));
      left = _mm_add_epi8(Get(row + i), mean);
      Put(row + i, left);
    }
  }
  static __m128i Absolute(__m128i value) { return _mm_max_epi16(value, _mm_sub_epi16(_mm_setzero_si128(), value)); }
  static __m128i Choose(__m128i where, __m128i then, __m128i otherwise) {
    return _mm_or_si128(_mm_and_si128(where, then), _mm_andnot_si128(where, otherwise));
  }
  static void Paeth(uint8_t* row, const uint8_t* above, size_t count) {
    const __m128i zero = _mm_setzero_si128();
    __m128i left = zero, corner = zero;  // 16 bits a byte
    for (size_t i = 0; i < count; i += kPixel) {
      const __m128i up = _mm_unpacklo_epi8(Get(above + i), zero);
      const __m128i up_less = _mm_sub_epi16(up, corner), left_less = _mm_sub_epi16(left, corner);
      const __m128i to_left = Absolute(up_less), to_up = Absolute(left_less),
                    to_corner = Absolute(_mm_add_epi16(up_less, left_less));
      const __m128i least = _mm_min_epi16(to_corner, _mm_min_epi16(to_left, to_up));
      const __m128i nearest =
          Choose(_mm_cmpeq_epi16(least, to_left), left, Choose(_mm_cmpeq_epi16(least, to_up), up, corner));
      const __m128i pixel = _mm_unpacklo_epi8(Get(row + i), zero);
      left = _mm_add_epi8(pixel, nearest);  // the upper halves stay zero
      corner = up;
      Put(row + i, _mm_packus_epi16(left, left));
    }
  }
};
using Three = ByPixel<3>;
using FourBytes = ByPixel<4>;
#else
using Three = Plainly<3>;
using FourBytes = Plainly<4>;
#endif

template <class Way>
bool Undo(uint8_t filter, uint8_t* __restrict row, const uint8_t* __restrict above, size_t count) {
  switch (filter) {
    case 0:
      return true;
    case 1:
      Way::Sub(row, count);
      return true;
    case 2:
      for (size_t i = 0; i < count; ++i) row[i] = static_cast<uint8_t>(row[i] + above[i]);
      return true;
    case 3:
      Way::Average(row, above, count);
      return true;
    case 4:
      Way::Paeth(row, above, count);
      return true;
    default:
      return false;
  }
}

}  // namespace

bool UndoPngFilter(uint8_t filter, uint8_t* row, const uint8_t* above, size_t row_bytes, uint32_t pixel_bytes) {
  switch (pixel_bytes) {
    case 1:
      return Undo<Plainly<1>>(filter, row, above, row_bytes);
    case 2:
      return Undo<Plainly<2>>(filter, row, above, row_bytes);
    case 3:
      return Undo<Three>(filter, row, above, row_bytes);
    case 4:
      return Undo<FourBytes>(filter, row, above, row_bytes);
    case 6:
      return Undo<Plainly<6>>(filter, row, above, row_bytes);
    case 8:
      return Undo<Plainly<8>>(filter, row, above, row_bytes);
    default:
      return false;
  }
}

}  // namespace crossguard::examine
