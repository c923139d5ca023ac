#include "examine/kernel/jpeg_scans.h"

#include <algorithm>

#include "examine/kernel/jpeg_hot.h"

namespace crossguard::examine {
namespace {

using Kind = JpegProgressiveScan::Kind;

uint32_t DividedUp(uint32_t a, uint32_t b) {
  return (a + b - 1) / b;
}

class Progression {
 public:
  Progression(ByteView bytes, JpegMarkers& markers, const JpegHot& hot)
      : markers_(markers),
        hot_(hot),
        rows_(markers.frame()),
        window_(bytes),
        scan_(std::make_unique<JpegProgressiveScan>()) {
    for (std::array<int8_t, 64>& bits : bits_) bits.fill(kUnknown);
  }

  static uint64_t MemoryNeeded(const JpegFrame& frame) {
    uint64_t blocks = 0;
    const uint32_t h_max = frame.component[0].h, v_max = frame.component[0].v;
    for (size_t i = 0; i < frame.components; ++i) {
      const JpegComponent& component = frame.component[i];
      blocks +=
          uint64_t{DividedUp(frame.width, 8 * h_max)} * component.h * DividedUp(frame.height, 8 * v_max) * component.v;
    }
    return blocks * (sizeof(JpegStoredBlock) + sizeof(uint64_t)) + uint64_t{frame.width} * 64;
  }

  std::optional<SampledPicture> Run(uint32_t scans_max) {
    for (size_t i = 0; i < rows_.components(); ++i) {
      const JpegPlane& plane = rows_.plane(i);
      const size_t blocks = size_t{plane.blocks_wide} * plane.blocks_high;
      coefficients_[i] = {.blocks_wide = plane.blocks_wide,
                          .blocks_high = plane.blocks_high,
                          .blocks = std::make_unique_for_overwrite<JpegStoredBlock[]>(blocks),
                          .seen = std::vector<uint64_t>(blocks, 0)};
    }
    JpegMarkers::Found found = JpegMarkers::Found::kScan;
    for (uint32_t scans = 1; found == JpegMarkers::Found::kScan; ++scans) {
      if (scans > scans_max || !BeginScan()) return std::nullopt;
      if (!hot_.decode_scan(*scan_)) return std::nullopt;
      if (!window_.AtEnd(scan_->reader) || window_.marker() == 0) return std::nullopt;
      found = markers_.Next(window_.marker_at());
    }
    // libjpeg smooths a picture of which some bits never came.
    if (found != JpegMarkers::Found::kEnd || !Complete()) return std::nullopt;
    for (uint32_t mcu_row = 0; mcu_row < rows_.mcus_high(); ++mcu_row) {
      if (!hot_.put_row(coefficients_.data(), rows_, mcu_row)) return std::nullopt;
      rows_.EndMcuRow(mcu_row, hot_.emit_row);
    }
    return rows_.TakePicture();
  }

 private:
  static constexpr int8_t kUnknown = -1;

  bool BeginScan() {
    const JpegScan& header = markers_.scan();
    JpegProgressiveScan& scan = *scan_;
    const bool dc = header.first == 0;
    if (dc ? header.last != 0 : header.last < header.first || header.last > 63 || header.components != 1) return false;
    if (header.low > JpegProgressiveScan::kLowMax || !InOrder(header)) return false;
    if (header.high == 0) {
      scan.kind = dc ? Kind::kDc : Kind::kAc;
    } else {
      scan.kind = dc ? Kind::kDcBit : Kind::kAcBits;
    }
    scan.first = header.first;
    scan.last = header.last;
    scan.low = header.low;
    scan.part_count = header.components;
    for (size_t i = 0; i < header.components; ++i) {
      JpegProgressiveScan::Part& part = scan.parts[i];
      const JpegPlane& plane = rows_.plane(header.component[i]);
      part.coefficients = &coefficients_[header.component[i]];
      part.h = header.components == 1 ? 1 : plane.h;
      part.v = header.components == 1 ? 1 : plane.v;
      part.last_dc = 0;
      if (scan.kind != Kind::kDcBit)
        part.table = dc ? TableOf(markers_.dc(header.dc[i]), JpegSymbols::kDc)
                        : TableOf(markers_.ac(header.ac[i]), JpegSymbols::kAcProgressive);
      if (scan.kind != Kind::kDcBit && part.table == nullptr) return false;
    }
    const JpegPlane& only = rows_.plane(header.component[0]);
    scan.mcus_wide = header.components == 1 ? DividedUp(only.width, 8) : rows_.mcus_wide();
    scan.mcus_high = header.components == 1 ? DividedUp(only.height, 8) : rows_.mcus_high();
    scan.end_of_blocks = 0;
    scan.window = &window_;
    scan.restart_interval = scan.restart_left = markers_.restart_interval();
    scan.restart_next = 0;
    window_.Begin(markers_.data_at(), scan.reader);
    return true;
  }

  // Each coefficient comes once, and then one bit at a time; the first of a block comes before the others.
  bool InOrder(const JpegScan& header) {
    for (size_t i = 0; i < header.components; ++i) {
      std::array<int8_t, 64>& bits = bits_[header.component[i]];
      if (header.first > 0 && bits[0] == kUnknown) return false;
      for (size_t k = header.first; k <= header.last; ++k) {
        const bool fits = header.high == 0
                              ? bits[k] == kUnknown
                              : bits[k] == static_cast<int8_t>(header.high) && header.high == header.low + 1;
        if (!fits) return false;
        bits[k] = static_cast<int8_t>(header.low);
      }
    }
    return true;
  }

  bool Complete() const {
    for (size_t i = 0; i < markers_.frame().components; ++i) {
      if (std::ranges::any_of(bits_[i], [](int8_t low) { return low != 0; })) return false;
    }
    return true;
  }

  JpegMarkers& markers_;
  const JpegHot& hot_;
  JpegRows rows_;
  EntropyWindow window_;
  std::unique_ptr<JpegProgressiveScan> scan_;
  std::array<JpegCoefficients, kJpegComponentsMax> coefficients_;
  std::array<std::array<int8_t, 64>, kJpegComponentsMax> bits_;  // the lowest bit that has come
};

}  // namespace

bool TakeRestart(JpegProgressiveScan& scan) {
  if (!scan.window->AtEnd(scan.reader) || scan.window->marker() != 0xD0 + scan.restart_next) return false;
  scan.restart_next = static_cast<uint8_t>((scan.restart_next + 1) % 8);
  scan.restart_left = scan.restart_interval;
  scan.end_of_blocks = 0;
  for (JpegProgressiveScan::Part& part : scan.parts) part.last_dc = 0;
  scan.window->Begin(scan.window->marker_at() + 2, scan.reader);
  return true;
}

std::optional<SampledPicture> DecodeProgressiveJpeg(ByteView bytes, JpegMarkers& markers, const Limits& limits,
                                                    const JpegHot& hot) {
  if (Progression::MemoryNeeded(markers.frame()) > limits.decode_bytes_max) return std::nullopt;
  return Progression(bytes, markers, hot).Run(limits.jpeg_scans_max);
}

}  // namespace crossguard::examine
