#include "examine/kernel/exif.h"

#include <algorithm>
#include <cmath>

#include "examine/kernel/tiff_reader.h"

namespace crossguard::examine {
namespace {

constexpr size_t kTextBytesMax = 1024;      // of one text before it is cleaned
constexpr size_t kBlockBytesMax = 1 << 20;  // of the block in a PNG or WebP; JPEG cannot hold more than 65,527
constexpr size_t kSegmentsMax = 4096;       // markers or chunks walked

std::string Text(const Tiff& tiff, const Entry& entry, size_t max) {
  if (entry.type != kTypeAscii || entry.count == 0) return {};
  const size_t at = entry.count <= 4 ? entry.at : tiff.U32(entry.at);
  const size_t count = std::min<size_t>(entry.count, kTextBytesMax);
  if (!tiff.Fits(at, count)) return {};
  std::string_view text = AsText(tiff.bytes().subspan(at, count));
  text = text.substr(0, text.find('\0'));
  return CleanText(text, max);
}

// Degrees, minutes, seconds as three rationals.
std::optional<double> Degrees(const Tiff& tiff, const Entry& entry) {
  if (entry.type != kTypeRational || entry.count != 3) return std::nullopt;
  const size_t at = tiff.U32(entry.at);
  if (!tiff.Fits(at, 24)) return std::nullopt;
  double sum = 0;
  double unit = 1;
  for (size_t i = 0; i < 3; ++i) {
    const uint32_t numerator = tiff.U32(at + 8 * i);
    const uint32_t denominator = tiff.U32(at + 8 * i + 4);
    if (denominator == 0 && numerator != 0) return std::nullopt;
    if (denominator != 0) sum += static_cast<double>(numerator) / static_cast<double>(denominator) / unit;
    unit *= 60;
  }
  return sum;
}

bool MatchesShape(std::string_view text, std::string_view shape) {  // 9 = a digit, s = a sign, else itself
  if (text.size() != shape.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool fits = shape[i] == '9' ? c >= '0' && c <= '9' : (shape[i] == 's' ? c == '+' || c == '-' : c == shape[i]);
    if (!fits) return false;
  }
  return true;
}

void TakeTime(const std::string& time, const std::string& offset, ExifFacts& facts) {
  if (!MatchesShape(time, "9999:99:99 99:99:99") || time.starts_with("0000")) return;
  facts.taken_at = time;
  if (MatchesShape(offset, "s99:99")) facts.utc_offset = offset;
}

void ReadPosition(const Tiff& tiff, size_t directory, ExifFacts& facts) {
  std::string north, east;
  std::optional<double> latitude, longitude;
  ForEachEntry(tiff, directory, [&](const Entry& entry) {
    if (entry.tag == 1) north = Text(tiff, entry, 4);
    if (entry.tag == 2) latitude = Degrees(tiff, entry);
    if (entry.tag == 3) east = Text(tiff, entry, 4);
    if (entry.tag == 4) longitude = Degrees(tiff, entry);
  });
  if (!latitude || !longitude || (north != "N" && north != "S") || (east != "E" && east != "W")) return;
  if (!(*latitude <= 90.0) || !(*longitude <= 180.0)) return;
  facts.latitude = north == "S" ? -*latitude : *latitude;
  facts.longitude = east == "W" ? -*longitude : *longitude;
}

uint32_t Big32(ByteView bytes, size_t at) {
  return (uint32_t{bytes[at]} << 24) | (uint32_t{bytes[at + 1]} << 16) | (uint32_t{bytes[at + 2]} << 8) | bytes[at + 3];
}
uint32_t Little32(ByteView bytes, size_t at) {
  return (uint32_t{bytes[at + 3]} << 24) | (uint32_t{bytes[at + 2]} << 16) | (uint32_t{bytes[at + 1]} << 8) | bytes[at];
}

constexpr std::string_view kExifMark{"Exif\0\0", 6};

ByteView FindInJpeg(ByteView file) {
  size_t at = 2;
  for (size_t i = 0; i < kSegmentsMax && file.size() >= 4 && at <= file.size() - 4; ++i) {
    if (file[at] != 0xFF) return {};
    const uint8_t marker = file[at + 1];
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    if (marker == 0xDA || marker == 0xD9) return {};
    if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
      at += 2;
      continue;
    }
    const size_t length = (size_t{file[at + 2]} << 8) | file[at + 3];
    if (length < 2 || length > file.size() - at - 2) return {};
    const ByteView body = file.subspan(at + 4, length - 2);
    if (marker == 0xE1 && AsText(body).starts_with(kExifMark)) return body.subspan(kExifMark.size());
    at += 2 + length;
  }
  return {};
}

ByteView FindInPng(ByteView file) {
  size_t at = 8;
  for (size_t i = 0; i < kSegmentsMax && file.size() >= 12 && at <= file.size() - 12; ++i) {
    const size_t length = Big32(file, at);
    if (length > file.size() - at - 12) return {};
    if (AsText(file.subspan(at + 4, 4)) == "eXIf")
      return length <= kBlockBytesMax ? file.subspan(at + 8, length) : ByteView{};
    at += 12 + length;
  }
  return {};
}

ByteView FindInWebp(ByteView file) {
  size_t at = 12;
  for (size_t i = 0; i < kSegmentsMax && file.size() >= 8 && at <= file.size() - 8; ++i) {
    const size_t length = Little32(file, at + 4);
    if (length > file.size() - at - 8) return {};
    if (AsText(file.subspan(at, 4)) == "EXIF") {
      ByteView block = length <= kBlockBytesMax ? file.subspan(at + 8, length) : ByteView{};
      if (AsText(block).starts_with(kExifMark)) block = block.subspan(kExifMark.size());
      return block;
    }
    at += 8 + length + (length & 1);
  }
  return {};
}

}  // namespace

std::string CleanText(std::string_view text, size_t max) {
  std::string valid = ToValidUtf8(text);
  for (char& c : valid) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  const size_t first = valid.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  valid.erase(0, first);
  if (valid.size() > max) {
    size_t end = max;
    while (end > 0 && (static_cast<unsigned char>(valid[end]) & 0xC0U) == 0x80U) --end;
    valid.resize(end);
  }
  valid.erase(valid.find_last_not_of(' ') + 1);
  return valid;
}

ExifFacts ReadTiff(ByteView block) {
  ExifFacts facts;
  Tiff tiff(block);
  if (!tiff.Open()) return facts;
  size_t exif = 0;
  size_t position = 0;
  const auto text = [&](const Entry& entry) { return Text(tiff, entry, kExifTextMax); };
  ForEachEntry(tiff, tiff.U32(4), [&](const Entry& entry) {
    switch (entry.tag) {
      case 0x010F:
        facts.make = text(entry);
        break;
      case 0x0110:
        facts.model = text(entry);
        break;
      case 0x0131:
        facts.software = text(entry);
        break;
      case 0xC62F:
        facts.serial = text(entry);
        break;  // CameraSerialNumber (DNG)
      case 0x0112: {
        const uint16_t value = entry.type == kTypeShort ? tiff.U16(entry.at) : uint16_t{0};
        facts.orientation = value >= 1 && value <= 8 ? static_cast<uint8_t>(value) : uint8_t{0};
        break;
      }
      case 0x8769:
        exif = entry.type == kTypeLong ? tiff.U32(entry.at) : 0;
        break;
      case 0x8825:
        position = entry.type == kTypeLong ? tiff.U32(entry.at) : 0;
        break;
      default:
        break;
    }
  });
  std::string taken, taken_offset, digitised, digitised_offset;
  ForEachEntry(tiff, exif, [&](const Entry& entry) {
    switch (entry.tag) {
      case 0x9003:
        taken = text(entry);
        break;
      case 0x9011:
        taken_offset = text(entry);
        break;
      case 0x9004:
        digitised = text(entry);
        break;
      case 0x9012:
        digitised_offset = text(entry);
        break;
      case 0xA431:
        facts.serial = text(entry);
        break;  // BodySerialNumber
      default:
        break;
    }
  });
  TakeTime(taken, taken_offset, facts);
  if (facts.taken_at.empty()) TakeTime(digitised, digitised_offset, facts);
  ReadPosition(tiff, position, facts);
  return facts;
}

ByteView FindExif(Kind kind, ByteView file) {
  switch (kind) {
    case Kind::kJpeg:
      return FindInJpeg(file);
    case Kind::kPng:
      return FindInPng(file);
    case Kind::kWebp:
      return FindInWebp(file);
    case Kind::kTiff:
    case Kind::kCr2:
    case Kind::kNef:
    case Kind::kArw:
    case Kind::kDng:
      return file;
    default:
      return {};
  }
}

// In the second directory (CIPA DC-008, 4.5.4).
ByteView FindThumbnail(ByteView block) {
  Tiff tiff(block);
  if (!tiff.Open()) return {};
  size_t at = 0;
  size_t size = 0;
  ForEachEntry(tiff, NextDirectory(tiff, tiff.U32(4)), [&](const Entry& entry) {
    if (entry.tag == 0x0201) at = tiff.U32(entry.at);
    if (entry.tag == 0x0202) size = tiff.U32(entry.at);
  });
  if (size == 0 || !tiff.Fits(at, size)) return {};
  return block.subspan(at, size);
}

}  // namespace crossguard::examine
