#include "examine/kernel/kind.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace crossguard::examine {
namespace {

using namespace std::string_view_literals;

struct Signature {
  size_t offset;
  std::string_view bytes;
  Kind kind;
};

// The first that fits wins; longer ones stand before shorter ones that they begin with.
constexpr std::array kSignatures{
    Signature{0, "\xFF\xD8\xFF"sv, Kind::kJpeg},
    Signature{0, "\x89PNG\r\n\x1A\n"sv, Kind::kPng},
    Signature{0, "GIF87a"sv, Kind::kGif},
    Signature{0, "GIF89a"sv, Kind::kGif},
    Signature{0, "PK\x03\x04"sv, Kind::kZip},
    Signature{0, "PK\x05\x06"sv, Kind::kZip},  // an empty archive
    Signature{0, "PK\x07\x08PK\x03\x04"sv, Kind::kZip},
    Signature{0, "II*\0"sv, Kind::kTiff},
    Signature{0, "MM\0*"sv, Kind::kTiff},
    Signature{0, "\xFF\x0A"sv, Kind::kJxl},
    Signature{0, "\0\0\0\x0CJXL \r\n\x87\n"sv, Kind::kJxl},
    Signature{0, "\0\0\0\x0CjP  \r\n\x87\n"sv, Kind::kJp2},
    Signature{0, "8BPS\0\x01"sv, Kind::kPsd},
    Signature{0, "\0\0\x01\0"sv, Kind::kIco},
    Signature{0, "\x1A\x45\xDF\xA3"sv, Kind::kMkv},
    Signature{0, "\0\0\x01\xBA"sv, Kind::kMpeg},
    Signature{0, "\0\0\x01\xB3"sv, Kind::kMpeg},
    Signature{0, "FLV\x01"sv, Kind::kFlv},
    Signature{0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"sv, Kind::kWmv},
    Signature{0, "ID3"sv, Kind::kMp3},
    Signature{0, "fLaC"sv, Kind::kFlac},
    Signature{0, "OggS"sv, Kind::kOgg},
    Signature{0, "%PDF-"sv, Kind::kPdf},
    Signature{0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, Kind::kOle},
    Signature{0, "{\\rtf"sv, Kind::kRtf},
    Signature{0, "\x1F\x8B\x08"sv, Kind::kGzip},
    Signature{0, "BZh"sv, Kind::kBzip2},
    Signature{0, "\xFD\x37zXZ\0"sv, Kind::kXz},
    Signature{0, "\x28\xB5\x2F\xFD"sv, Kind::kZstd},
    Signature{0, "7z\xBC\xAF\x27\x1C"sv, Kind::kSevenZip},
    Signature{0, "Rar!\x1A\x07"sv, Kind::kRar},
    Signature{257, "ustar"sv, Kind::kTar},
    Signature{0, "SQLite format 3\0"sv, Kind::kSqlite},
    Signature{0, "\x7F\x45LF"sv, Kind::kElf},
};

bool Has(std::string_view head, size_t offset, std::string_view bytes) {
  return head.size() >= offset + bytes.size() && head.substr(offset, bytes.size()) == bytes;
}

// ISO base media files name themselves by a brand (ISO/IEC 14496-12, section 4.3).
Kind KindOfBrand(std::string_view brand) {
  for (const auto heic : {"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv, "mif1"sv, "msf1"sv}) {
    if (brand == heic) return Kind::kHeic;
  }
  if (brand == "avif"sv || brand == "avis"sv) return Kind::kAvif;
  if (brand == "qt  "sv) return Kind::kMov;
  if (brand == "M4A "sv || brand == "M4B "sv) return Kind::kM4a;
  return Kind::kMp4;
}

std::string Lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// Well-formed UTF-8 (but for a character cut at the end of what was read) or UTF-16 with a mark, without control
// characters.
bool LooksLikeText(std::string_view head) {
  if (Has(head, 0, "\xFF\xFE"sv) || Has(head, 0, "\xFE\xFF"sv)) return head.size() >= 4;
  for (const char c : head) {
    const auto u = static_cast<unsigned char>(c);
    if ((u < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != '\x1B') || u == 0x7F) return false;
  }
  for (size_t cut = 0; cut < 4 && cut < head.size(); ++cut) {
    if (IsUtf8(head.substr(0, head.size() - cut))) return true;
  }
  return false;
}

Kind KindOfText(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF"sv)) head.remove_prefix(3);
  const size_t start = head.find_first_not_of(" \t\r\n\f"sv);
  if (start == std::string_view::npos) return Kind::kText;
  const std::string text = Lowered(head.substr(start));
  const bool html = text.starts_with("<!doctype html") || text.starts_with("<html");
  if (html) return Kind::kHtml;
  if (text.starts_with("<svg") || (text.starts_with("<?xml") && text.find("<svg") != std::string::npos))
    return Kind::kSvg;
  return text.starts_with("<?xml") ? Kind::kXml : Kind::kText;
}

}  // namespace

Kind DetectKind(ByteView bytes) {
  const std::string_view head = AsText(bytes.first(std::min(bytes.size(), kKindBytes)));
  if (head.empty()) return Kind::kUnknown;
  if (Has(head, 0, "RIFF"sv)) {
    if (Has(head, 8, "WEBP"sv)) return Kind::kWebp;
    if (Has(head, 8, "AVI "sv)) return Kind::kAvi;
    if (Has(head, 8, "WAVE"sv)) return Kind::kWav;
    return Kind::kUnknown;
  }
  for (const Signature& signature : kSignatures) {
    if (Has(head, signature.offset, signature.bytes)) return signature.kind;
  }
  if (Has(head, 4, "ftyp"sv) && head.size() >= 12) return KindOfBrand(head.substr(8, 4));
  if (Has(head, 4, "moov"sv) || Has(head, 4, "mdat"sv)) return Kind::kMov;
  // Two letters are weak signs: the header's own size field must be one that exists (12, 40, 52, 56, 64, 108, 124).
  if (Has(head, 0, "BM"sv) && head.size() >= 18 && head.substr(15, 3) == "\0\0\0"sv) {
    const auto header = static_cast<unsigned char>(head[14]);
    for (const unsigned known : {12U, 40U, 52U, 56U, 64U, 108U, 124U}) {
      if (header == known) return Kind::kBmp;
    }
  }
  if (Has(head, 0, "MZ"sv) && head.size() >= 64 && !LooksLikeText(head)) return Kind::kPortableExecutable;
  // MPEG audio frame header without a tag: sync, a version and layer III, and a bit rate that exists.
  if (head.size() >= 4 && static_cast<unsigned char>(head[0]) == 0xFF) {
    const unsigned second = static_cast<unsigned char>(head[1]);
    const unsigned third = static_cast<unsigned char>(head[2]);
    if ((second & 0xE6U) == 0xE2U && (third >> 4) != 0 && (third >> 4) != 15 && (third & 0x0CU) != 0x0C)
      return Kind::kMp3;
  }
  return LooksLikeText(head) ? KindOfText(head) : Kind::kUnknown;
}

}  // namespace crossguard::examine
