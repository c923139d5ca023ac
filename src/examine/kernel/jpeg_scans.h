// Progressive JPEG (ITU-T T.81, annex G): scans that fill in the coefficients of all blocks bit by bit, and the blocks
// that the fingerprint samples made into pixels at the end. Strict as the rest: what is not plain and complete is
// libjpeg-turbo's.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "examine/kernel/facts.h"
#include "examine/kernel/jpeg_entropy.h"
#include "examine/kernel/jpeg_rows.h"

namespace crossguard::examine {

struct JpegHot;

// A block in rows (row: vertical frequency), not yet multiplied by its quantisers.
struct alignas(32) JpegStoredBlock {
  int16_t values[64];
};

// Of one component.
struct JpegCoefficients {
  uint32_t blocks_wide = 0, blocks_high = 0;  // with the padding of the last MCUs
  std::unique_ptr<JpegStoredBlock[]> blocks;  // of each: set to zero when its first scan comes
  std::vector<uint64_t> seen;                 // of each: bit k is 1 if the stream's k-th coefficient is not zero
};

struct JpegProgressiveScan {
  enum class Kind : uint8_t { kDc, kDcBit, kAc, kAcBits };  // a first scan, or one more bit
  static constexpr uint32_t kLowMax = 4;                    // the lowest bit of a scan: with it no value leaves 16 bits
  struct Part {
    JpegCoefficients* coefficients = nullptr;
    uint32_t h = 1, v = 1;                      // blocks of an MCU
    std::shared_ptr<const HuffmanTable> table;  // not with kDcBit
    int32_t last_dc = 0;
  };
  Kind kind = Kind::kDc;
  size_t part_count = 0;
  std::array<Part, kJpegComponentsMax> parts;
  uint32_t mcus_wide = 0, mcus_high = 0;  // of this scan
  uint32_t first = 0, last = 0, low = 0;
  uint32_t end_of_blocks = 0;  // blocks that have nothing more in this scan
  EntropyWindow* window = nullptr;
  BitReader reader;
  uint32_t restart_interval = 0;  // MCUs; 0: none
  uint32_t restart_left = 0;
  uint8_t restart_next = 0;  // 0..7
};

// Ends the segment and begins the next. False unless the right marker stands just there.
bool TakeRestart(JpegProgressiveScan& scan);

// markers: at the first scan of a progressive frame.
std::optional<SampledPicture> DecodeProgressiveJpeg(ByteView bytes, JpegMarkers& markers, const Limits& limits,
                                                    const JpegHot& hot);

}  // namespace crossguard::examine
