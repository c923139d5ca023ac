// The other PDQ: of the whole picture, without the step to 512x512, as the Python tools compute it
// (docs/decisions/pdq_definitions.md). The two box filters and the picking of centres are one linear map, so the 64x64
// grid is gathered while the pixels come by, in any order and each once: about two multiplications a pixel, and no
// memory that grows with the picture but a row of it. Float additions come in another order than in the reference: of
// 256 bits at most a few next to the median differ.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace crossguard::examine {

constexpr uint32_t kGridSide = 64;

class WholeGrid {
 public:
  WholeGrid(uint32_t width, uint32_t height, uint32_t channels);

  void PutRow(uint32_t y, const uint8_t* row, uint32_t stride);  // `width` pixels, `stride` bytes apart
  void PutPixel(uint32_t x, uint32_t y, const uint8_t* pixel);

  // Every pixel came, and none twice as far as their number tells.
  bool complete() const { return pixels_ == uint64_t{width_} * height_; }
  std::vector<float> values() const;  // 64 rows of 64

 private:
  // The weights with which the positions of one side go into the 64 centres.
  struct Side {
    explicit Side(uint32_t length);
    std::array<uint32_t, kGridSide> first{};            // position with a weight
    std::array<std::vector<float>, kGridSide> weights;  // from there on
    std::vector<uint8_t> centre_first, centre_end;      // of each position: the centres that it goes into
    float At(uint32_t centre, uint32_t position) const { return weights[centre][position - first[centre]]; }
  };
  float LumaOf(const uint8_t* pixel) const;

  uint32_t width_;
  uint32_t height_;
  uint32_t channels_;
  Side across_;
  Side down_;
  std::vector<float> luma_;  // of one row
  std::array<std::array<double, kGridSide>, kGridSide> sums_{};
  uint64_t pixels_ = 0;
};

// While one lives, samplers made on this thread gather the grid of the whole picture too, where it is another one than
// theirs (a side above 512). For the one who opens a file: the decoders need not know.
class WholeGridWanted {
 public:
  explicit WholeGridWanted(bool wanted);
  ~WholeGridWanted();
  WholeGridWanted(const WholeGridWanted&) = delete;
  static bool Now();

 private:
  bool before_;
};

}  // namespace crossguard::examine
