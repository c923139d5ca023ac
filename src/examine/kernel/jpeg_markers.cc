#include "examine/kernel/jpeg_markers.h"

#include <algorithm>
#include <numeric>

namespace crossguard::examine {
namespace {

constexpr uint8_t kSoi = 0xD8, kEoi = 0xD9, kSos = 0xDA, kDqt = 0xDB, kDht = 0xC4, kDri = 0xDD, kComment = 0xFE;
constexpr uint8_t kBaseline = 0xC0, kExtended = 0xC1, kProgressive = 0xC2;
constexpr uint8_t kApp0 = 0xE0, kApp14 = 0xEE, kApp15 = 0xEF;
constexpr uint32_t kSideMax = 65'500;  // libjpeg's

uint32_t U16(ByteView bytes, size_t at) {
  return uint32_t{bytes[at]} << 8U | bytes[at + 1];
}

}  // namespace

JpegMarkers::Found JpegMarkers::First() {
  if (file_.size() < 4 || file_[0] != 0xFF || file_[1] != kSoi) return Found::kUnsure;
  return Next(2);
}

JpegMarkers::Found JpegMarkers::Next(size_t at) {
  for (;;) {
    if (at + 2 > file_.size() || file_[at] != 0xFF) return Found::kUnsure;
    const uint8_t marker = file_[at + 1];
    if (marker == kEoi) return scan_seen_ ? Found::kEnd : Found::kUnsure;
    if (at + 4 > file_.size()) return Found::kUnsure;
    const size_t size = U16(file_, at + 2);
    if (size < 2 || size > file_.size() - at - 2) return Found::kUnsure;
    if (!TakeSegment(marker, file_.subspan(at + 4, size - 2))) return Found::kUnsure;
    at += 2 + size;
    if (marker == kSos) {
      at_ = at;
      scan_seen_ = true;
      return Found::kScan;
    }
  }
}

bool JpegMarkers::TakeSegment(uint8_t marker, ByteView body) {
  switch (marker) {
    case kBaseline:
    case kExtended:
    case kProgressive:
      return TakeFrame(body, marker == kProgressive);
    case kDqt:
      return TakeQuant(body);
    case kDht:
      return TakeCodes(body);
    case kSos:
      return TakeScan(body);
    case kDri:
      if (body.size() != 2) return false;
      restart_interval_ = U16(body, 0);
      return true;
    case kComment:
      return true;
    case kApp0:
      if (body.size() >= 5 && AsText(body.first(5)) == std::string_view("JFIF\0", 5)) {
        if (body.size() < 14) return false;
        jfif_ = true;
      }
      return true;
    case kApp14:
      if (body.size() >= 5 && AsText(body.first(5)) == "Adobe") {
        if (body.size() < 12) return false;
        adobe_ = true;
        adobe_transform_ = body[11];
      }
      return true;
    default:
      return marker > kApp0 && marker <= kApp15;
  }
}

bool JpegMarkers::TakeFrame(ByteView body, bool progressive) {
  if (frame_seen_ || scan_seen_ || body.size() < 6 || body[0] != 8) return false;
  frame_seen_ = true;
  frame_.progressive = progressive;
  frame_.height = U16(body, 1);
  frame_.width = U16(body, 3);
  frame_.components = body[5];
  if (frame_.height == 0 || frame_.width == 0 || frame_.height > kSideMax || frame_.width > kSideMax) return false;
  if (frame_.components != 1 && frame_.components != 3) return false;
  if (body.size() != 6 + 3 * frame_.components) return false;
  for (size_t i = 0; i < frame_.components; ++i) {
    JpegComponent& component = frame_.component[i];
    component.id = body[6 + 3 * i];
    component.h = body[7 + 3 * i] >> 4U;
    component.v = body[7 + 3 * i] & 15U;
    component.quant = body[8 + 3 * i];
    if (component.quant > 3 || component.h < 1 || component.h > 2 || component.v < 1 || component.v > 2) return false;
    for (size_t j = 0; j < i; ++j) {
      if (frame_.component[j].id == component.id) return false;
    }
  }
  // Of one component the factors say nothing. Of three, chroma has one sample where luma has 1 or 2 a side.
  if (frame_.components == 1) {
    frame_.component[0].h = frame_.component[0].v = 1;
    return true;
  }
  for (size_t i = 1; i < frame_.components; ++i) {
    if (frame_.component[i].h != 1 || frame_.component[i].v != 1) return false;
  }
  // libjpeg smooths chroma only where it is at least three samples wide.
  return frame_.component[0].h == 1 || frame_.width > 4;
}

bool JpegMarkers::TakeQuant(ByteView body) {
  if (scan_seen_) return false;  // a table that changes between scans: which counts is libjpeg's to say
  while (!body.empty()) {
    if (body.size() < 65 || body[0] > 3) return false;  // also: 16-bit tables
    frame_.quant_seen[body[0]] = true;
    for (size_t i = 0; i < 64; ++i) frame_.quant[body[0]][i] = body[1 + i];
    body = body.subspan(65);
  }
  return true;
}

bool JpegMarkers::TakeCodes(ByteView body) {
  while (!body.empty()) {
    if (body.size() < 17 || (body[0] & 0xEFU) > 3) return false;
    JpegCodes& codes = (body[0] & 0x10U) != 0 ? ac_[body[0] & 3U] : dc_[body[0] & 3U];
    std::copy_n(body.begin() + 1, 16, codes.counts.begin());
    const size_t count = std::accumulate(codes.counts.begin(), codes.counts.end(), size_t{0});
    if (count > 256 || count > body.size() - 17) return false;
    codes.symbols.fill(0);
    std::copy_n(body.begin() + 17, count, codes.symbols.begin());
    codes.seen = true;
    body = body.subspan(17 + count);
  }
  return true;
}

bool JpegMarkers::TakeScan(ByteView body) {
  if (!frame_seen_ || body.empty()) return false;
  scan_.components = body[0];
  if (scan_.components < 1 || scan_.components > frame_.components) return false;
  if (body.size() != 4 + 2 * scan_.components) return false;
  size_t from = 0;
  for (size_t i = 0; i < scan_.components; ++i) {
    size_t index = from;
    while (index < frame_.components && frame_.component[index].id != body[1 + 2 * i]) ++index;
    if (index == frame_.components) return false;  // unknown, or not in the frame's order
    from = index + 1;
    scan_.component[i] = index;
    scan_.dc[i] = body[2 + 2 * i] >> 4U;
    scan_.ac[i] = body[2 + 2 * i] & 15U;
    if (scan_.dc[i] > 3 || scan_.ac[i] > 3 || !frame_.quant_seen[frame_.component[index].quant]) return false;
  }
  const size_t tail = 1 + 2 * scan_.components;
  scan_.first = body[tail];
  scan_.last = body[tail + 1];
  scan_.high = body[tail + 2] >> 4U;
  scan_.low = body[tail + 2] & 15U;
  return ColoursAreCertain();
}

// YCbCr, as libjpeg finds it. Adobe's marker may say otherwise, and so may names of components.
bool JpegMarkers::ColoursAreCertain() const {
  if (frame_.components == 1) return true;
  if (adobe_ && adobe_transform_ != 1) return false;
  if (jfif_ || adobe_) return true;
  return frame_.component[0].id == 1 && frame_.component[1].id == 2 && frame_.component[2].id == 3;
}

}  // namespace crossguard::examine
