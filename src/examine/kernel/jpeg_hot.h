// The loops of the JPEG decoder that cost the time. They are written once (jpeg_hot.inc) and compiled twice: for every
// processor of the architecture, and for those with AVX2 and BMI2; both give the same bytes.
#pragma once

#include <cstdint>
#include <memory>

#include "examine/kernel/jpeg_entropy.h"
#include "examine/kernel/jpeg_rows.h"
#include "examine/kernel/jpeg_scans.h"

namespace crossguard::examine {

// A scan of all components, coefficients 0..63, at once. Its rows of MCUs are decoded from the top.
struct JpegBaselineScan {
  JpegRows* rows = nullptr;
  EntropyWindow* window = nullptr;
  BitReader reader;
  struct Tables {
    std::shared_ptr<const HuffmanTable> dc, ac;
    int32_t last_dc = 0;
  };
  std::array<Tables, kJpegComponentsMax> tables;
  uint32_t restart_interval = 0;  // MCUs; 0: none
  uint32_t restart_left = 0;      // MCUs to the next
  uint8_t restart_next = 0;       // 0..7
};

// Ends the segment and begins the next. False unless the right marker stands just there.
bool TakeRestart(JpegBaselineScan& scan);

struct JpegHot {
  // False if anything is not certain: then the whole picture is libjpeg-turbo's.
  bool (*decode_row)(JpegBaselineScan& scan, uint32_t mcu_row);
  void (*emit_row)(const JpegOutputRow& row);
  bool (*decode_scan)(JpegProgressiveScan& scan);
  // All blocks of a row of MCUs, once every scan has been decoded. coefficients: of each component.
  bool (*put_row)(const JpegCoefficients* coefficients, JpegRows& rows, uint32_t mcu_row);
};

bool HasWideJpegHot();
const JpegHot& PickJpegHot(bool wide);  // wide: only where HasWideJpegHot()

}  // namespace crossguard::examine
