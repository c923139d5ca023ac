// The marker segments of a JPEG (ITU-T T.81, JFIF 1.02), read strictly: whatever is not plain and certain is "unsure",
// and the picture goes to libjpeg-turbo, which says what it is. So this reader never judges a file; it only finds those
// about which nothing needs to be judged.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace crossguard::examine {

constexpr size_t kJpegComponentsMax = 3;

struct JpegComponent {
  uint8_t id = 0;
  uint8_t h = 1, v = 1;  // sampling factors
  uint8_t quant = 0;     // table index
};

// A DHT as it is written: how many codes of each length, and their symbols in order.
struct JpegCodes {
  std::array<uint8_t, 16> counts{};
  std::array<uint8_t, 256> symbols{};
  bool seen = false;
};

struct JpegFrame {
  bool progressive = false;
  uint32_t width = 0, height = 0;
  size_t components = 0;  // 1 grey; 3 YCbCr at 4:4:4, 4:2:2, 4:2:0 or 4:4:0
  std::array<JpegComponent, kJpegComponentsMax> component;
  std::array<std::array<uint16_t, 64>, 4> quant{};  // in the order of the stream (zigzag)
  std::array<bool, 4> quant_seen{};
};

struct JpegScan {
  size_t components = 0;
  std::array<size_t, kJpegComponentsMax> component{};  // index in the frame, ascending
  std::array<uint8_t, kJpegComponentsMax> dc{}, ac{};  // table indices
  uint8_t first = 0, last = 63;                        // coefficients
  uint8_t high = 0, low = 0;                           // bits: successive approximation
};

class JpegMarkers {
 public:
  enum class Found : uint8_t { kScan, kEnd, kUnsure };

  explicit JpegMarkers(ByteView file) : file_(file) {}

  // From the start of the file to its first scan.
  Found First();
  // From a marker at `at` (the first byte of it, 0xFF) to the next scan.
  Found Next(size_t at);

  const JpegFrame& frame() const { return frame_; }
  const JpegScan& scan() const { return scan_; }
  size_t data_at() const { return at_; }  // of the scan's entropy-coded bytes
  uint32_t restart_interval() const { return restart_interval_; }
  const JpegCodes& dc(size_t index) const { return dc_[index]; }
  const JpegCodes& ac(size_t index) const { return ac_[index]; }

 private:
  bool TakeSegment(uint8_t marker, ByteView body);
  bool TakeFrame(ByteView body, bool progressive);
  bool TakeQuant(ByteView body);
  bool TakeCodes(ByteView body);
  bool TakeScan(ByteView body);
  bool ColoursAreCertain() const;

  ByteView file_;
  size_t at_ = 0;
  JpegFrame frame_;
  JpegScan scan_;
  bool frame_seen_ = false, scan_seen_ = false;
  bool jfif_ = false, adobe_ = false;
  uint8_t adobe_transform_ = 0;
  uint32_t restart_interval_ = 0;
  std::array<JpegCodes, 4> dc_, ac_;
};

}  // namespace crossguard::examine
