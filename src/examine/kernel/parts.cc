#include "examine/kernel/parts.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace crossguard::examine {
namespace {

Bytes FromBase64Text(ByteView text) {
  static constexpr std::array<uint8_t, 256> kValues = [] {
    std::array<uint8_t, 256> values{};
    values.fill(255);
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < kAlphabet.size(); ++i)
      values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<uint8_t>(i);
    return values;
  }();
  Bytes out;
  out.reserve(text.size() / 4 * 3);
  uint32_t word = 0;
  uint32_t held = 0;
  for (const uint8_t byte : text) {
    if (byte == '=') break;
    if (kValues[byte] == 255) continue;
    word = word << 6 | kValues[byte];
    if (++held < 4) continue;
    out.insert(out.end(),
               {static_cast<uint8_t>(word >> 16), static_cast<uint8_t>(word >> 8), static_cast<uint8_t>(word)});
    word = held = 0;
  }
  if (held >= 2) out.push_back(static_cast<uint8_t>(held == 2 ? word >> 4 : word >> 10));
  if (held == 3) out.push_back(static_cast<uint8_t>(word >> 2));
  return out;
}

int HexValue(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Bytes FromQuotedPrintable(ByteView text) {
  Bytes out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 < text.size() && HexValue(text[i + 1]) >= 0 && HexValue(text[i + 2]) >= 0) {
      out.push_back(static_cast<uint8_t>(HexValue(text[i + 1]) << 4 | HexValue(text[i + 2])));
      i += 2;
    } else if (i + 1 < text.size() && text[i + 1] == '\n') {  // a soft line break
      i += 1;
    } else if (i + 2 < text.size() && text[i + 1] == '\r' && text[i + 2] == '\n') {
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// Lines of a length, one character, and that many bytes in characters of six bits (POSIX, uuencode). What does not
// reach its length is passed over.
Bytes FromUnixToUnix(ByteView text) {
  Bytes out;
  const auto bits = [](uint8_t c) { return static_cast<uint32_t>(c - ' ') & 63U; };
  for (size_t at = 0; at < text.size();) {
    const auto line_end =
        static_cast<size_t>(std::find(text.begin() + static_cast<ptrdiff_t>(at), text.end(), '\n') - text.begin());
    const size_t count = bits(text[at]);
    if (at + 1 + (count + 2) / 3 * 4 <= line_end) {
      for (size_t i = 0; i < count; i += 3) {
        const size_t from = at + 1 + i / 3 * 4;
        const uint32_t word =
            bits(text[from]) << 18 | bits(text[from + 1]) << 12 | bits(text[from + 2]) << 6 | bits(text[from + 3]);
        for (size_t k = 0; k < 3 && i + k < count; ++k) out.push_back(static_cast<uint8_t>(word >> (16 - 8 * k)));
      }
    }
    at = line_end + 1;
  }
  return out;
}

}  // namespace

bool HasParts(Kind kind) {
  return kind == Kind::kMail || kind == Kind::kPdf;
}

Parts FindParts(Kind kind, ByteView file, const Limits& limits) {
  CHECK(HasParts(kind));
  return kind == Kind::kMail ? FindMailParts(file, limits) : FindPdfParts(file, limits);
}

std::optional<Bytes> DecodePart(const Part& part) {
  if (part.coding == PartCoding::kPdfPixels) return UnpackPdfPixels(part.bytes, part.pixels);
  if (part.coding == PartCoding::kDeflated) return InflatePdfStream(part.bytes, kPdfPixelBytesMax);
  if (part.coding == PartCoding::kBase64) return FromBase64Text(part.bytes);
  if (part.coding == PartCoding::kUnixToUnix) return FromUnixToUnix(part.bytes);
  if (part.coding == PartCoding::kQuotedPrintable) return FromQuotedPrintable(part.bytes);
  return Bytes(part.bytes.begin(), part.bytes.end());
}

}  // namespace crossguard::examine
