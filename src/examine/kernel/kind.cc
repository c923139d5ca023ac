#include "examine/kernel/kind.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "examine/kernel/other_video.h"

namespace crossguard::examine {
namespace {

using namespace std::string_view_literals;

constexpr size_t kBeforePdf = 1'024;
constexpr size_t kTextBytes = 4096;  // how much of a text is looked at

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
    Signature{0, "II*\0\x10\0\0\0CR\x02"sv, Kind::kCr2},
    Signature{0, "II*\0"sv, Kind::kTiff},
    Signature{0, "MM\0*"sv, Kind::kTiff},
    Signature{0, "II+\0\x08\0\0\0"sv, Kind::kTiff},  // BigTIFF
    Signature{0, "MM\0+\0\x08\0\0"sv, Kind::kTiff},
    Signature{0, "\xFF\x0A"sv, Kind::kJxl},
    Signature{0, "\0\0\0\x0CJXL \r\n\x87\n"sv, Kind::kJxl},
    Signature{0, "\0\0\0\x0CjP  \r\n\x87\n"sv, Kind::kJp2},
    Signature{0, "8BPS\0\x01"sv, Kind::kPsd},
    Signature{0, "\0\0\x01\0"sv, Kind::kIco},
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
    Signature{0, "!<arch>\n"sv, Kind::kAr},
    Signature{0, "MSCF\0\0\0\0"sv, Kind::kCab},
    Signature{0, "xar!\0"sv, Kind::kXar},
    Signature{0, "\x04\x22\x4D\x18"sv, Kind::kLz4},
    Signature{0, "LZIP\x01"sv, Kind::kLzip},
    Signature{0, "SQLite format 3\0"sv, Kind::kSqlite},
    Signature{0, "\x7F\x45LF"sv, Kind::kElf},
    Signature{0, "\x06\x0E\x2B\x34\x02\x05\x01\x01\x0D\x01\x02"sv, Kind::kMxf},
    Signature{0, "\x1F\x07\x00\x3F"sv, Kind::kDv},
    Signature{0, "\x1F\x07\x00\xBF"sv, Kind::kDv},
    Signature{0, "DKIF\0\0"sv, Kind::kIvf},
    Signature{0, ".RMF\0\0"sv, Kind::kRealMedia},
    Signature{0x8001, "CD001"sv, Kind::kIso},  // last: most of them begin with nothing, some with another system's mark
};

bool Has(std::string_view head, size_t offset, std::string_view bytes) {
  return head.size() >= offset + bytes.size() && head.substr(offset, bytes.size()) == bytes;
}

// ISO base media files name themselves by a brand, and others that they fit (ISO/IEC 14496-12, section 4.3). mif1 and
// msf1 say "pictures of some codec": which one stands among the others.
Kind KindOfBrands(std::string_view box) {
  const std::string_view brand = box.substr(0, 4);
  if (brand == "avif"sv || brand == "avis"sv) return Kind::kAvif;
  for (const auto heic : {"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv, "hevx"sv, "mif1"sv, "msf1"sv}) {
    if (brand != heic) continue;
    for (size_t at = 8; heic[0] == 'm' && at + 4 <= box.size(); at += 4) {
      if (box.substr(at, 3) == "avi"sv) return Kind::kAvif;
    }
    return Kind::kHeic;
  }
  if (brand == "qt  "sv) return Kind::kMov;
  if (brand == "M4A "sv || brand == "M4B "sv) return Kind::kM4a;
  return brand.starts_with("3g"sv) ? Kind::kThreeGp : Kind::kMp4;
}

// MPEG transport streams have no signature but a sync byte at the start of each packet of 188 bytes (ISO/IEC 13818-1);
// recorders put four bytes before each.
bool IsTransportStream(std::string_view head) {
  for (const auto& [first, step] : {std::pair<size_t, size_t>{0, 188}, {4, 192}}) {
    size_t packets = 0;
    for (size_t at = first; at < head.size() && head[at] == 'G' && packets < 5; at += step) ++packets;
    if (packets == 5 || (packets >= 3 && first + packets * step >= head.size())) return true;
  }
  return false;
}

// One that was cut out of a longer one, or has something before it: more packets in a row must tell it than at the
// beginning, each with a header that may be (2.4.3.2: no error, some content).
bool HoldsTransportStream(std::string_view head) {
  constexpr size_t kBefore = 8192;
  constexpr size_t kPackets = 12;
  const auto begins = [&](size_t at) {
    return head[at] == 'G' && (static_cast<unsigned char>(head[at + 1]) & 0x80U) == 0 &&
           (static_cast<unsigned char>(head[at + 3]) & 0x30U) != 0;
  };
  for (const size_t step : {size_t{188}, size_t{192}, size_t{204}}) {
    for (size_t first = 0; first < kBefore && first + kPackets * step <= head.size(); ++first) {
      size_t packets = 0;
      while (packets < kPackets && begins(first + packets * step)) ++packets;
      if (packets == kPackets) return true;
    }
  }
  return false;
}

// Programme streams that do not begin with a pack (ISO/IEC 13818-1, 2.5): packets alone, as television cards write
// them, where one must end at the beginning of the next; behind the head that one maker's recorders write; and in the
// sectors of a Video CD.
bool IsMpegWithoutPack(std::string_view head) {
  constexpr auto kPack = "\0\0\x01\xBA"sv;
  constexpr size_t kRecorderHead = 64;
  if (head.starts_with("IMKH"sv)) return head.substr(0, kRecorderHead).find(kPack) != std::string_view::npos;
  if (Has(head, 0, "RIFF"sv) && Has(head, 8, "CDXAfmt "sv)) return head.find(kPack) != std::string_view::npos;
  constexpr int kPackets = 3;
  size_t at = 0;
  for (int i = 0; i < kPackets; ++i) {
    if (!Has(head, at, "\0\0\x01"sv) || at + 6 > head.size()) return false;
    const auto id = static_cast<unsigned char>(head[at + 3]);
    if (id < 0xBB || id > 0xEF) return false;
    at += 6U + (size_t{static_cast<unsigned char>(head[at + 4])} << 8 | static_cast<unsigned char>(head[at + 5]));
    if (i > 0 && at >= head.size()) return true;  // the third lies behind what was read
  }
  return true;
}

// One that was cut out of a longer one, or recovered without its beginning: heads of packs (2.5.3.3, and ISO/IEC
// 11172-1, 2.4.3.2) with all their marker bits, each with a packet right behind it.
bool HoldsProgrammeStream(std::string_view head) {
  constexpr auto kPack = "\0\0\x01\xBA"sv;
  constexpr int kPacks = 3;
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(head[at]); };
  int packs = 0;
  for (size_t at = 0; (at = head.find(kPack, at)) != std::string_view::npos && at + 14 <= head.size(); ++at) {
    const bool first = (byte(at + 4) & 0xF1U) == 0x21 && (byte(at + 6) & 1U) != 0 && (byte(at + 8) & 1U) != 0 &&
                       (byte(at + 9) & 0x80U) != 0 && (byte(at + 11) & 1U) != 0;
    const bool second = (byte(at + 4) & 0xC4U) == 0x44 && (byte(at + 6) & 4U) != 0 && (byte(at + 8) & 4U) != 0 &&
                        (byte(at + 9) & 1U) != 0 && (byte(at + 12) & 3U) == 3;
    const size_t next = at + (first ? 12U : 14U + (byte(at + 13) & 7U));
    if ((first || second) && Has(head, next, "\0\0\x01"sv) && next + 3 < head.size() && byte(next + 3) >= 0xBB) ++packs;
  }
  return packs >= kPacks;
}

// Files of QuickTime's older programs, which begin with any box, and pieces of an ISO file that was sent in pieces.
Kind KindOfBoxes(std::string_view head) {
  for (const auto type : {"moov"sv, "mdat"sv, "wide"sv, "pnot"sv}) {
    if (Has(head, 4, type)) return Kind::kMov;
  }
  if (Has(head, 4, "styp"sv) || Has(head, 4, "moof"sv)) return Kind::kMp4;
  if (!Has(head, 4, "free"sv) && !Has(head, 4, "skip"sv)) return Kind::kUnknown;
  size_t next = 0;
  for (size_t i = 0; i < 4; ++i) next = next << 8 | static_cast<unsigned char>(head[i]);
  for (const auto type : {"ftyp"sv, "moov"sv, "mdat"sv, "wide"sv, "free"sv, "skip"sv}) {
    if (next >= 8 && Has(head, next + 4, type)) return Kind::kMov;
  }
  return Kind::kUnknown;
}

// A bare stream of units behind start codes (ISO/IEC 14496-10 and 23008-2, annex B) begins with a delimiter or with
// sets of parameters, each unit with a first byte or two that nothing else has there.
Kind KindOfUnits(std::string_view head) {
  const size_t at = head.starts_with("\0\0\0\x01"sv) ? 4 : head.starts_with("\0\0\x01"sv) ? 3 : 0;
  if (at == 0 || head.size() < at + 6) return Kind::kUnknown;
  const auto first = static_cast<unsigned char>(head[at]);
  const auto second = static_cast<unsigned char>(head[at + 1]);
  if (first == 0x09 && (second & 0x1FU) == 0x10) return Kind::kH264;
  if (first == 0x27 || first == 0x47 || first == 0x67) {
    for (const unsigned profile : {66U, 77U, 88U, 100U, 110U, 122U, 244U, 44U, 83U, 86U, 118U, 128U}) {
      if (second == profile) return Kind::kH264;
    }
  }
  const bool hevc = (first == 0x40 || first == 0x42 || first == 0x46) && second == 0x01;
  return hevc ? Kind::kHevc : Kind::kUnknown;
}

// One that begins within a group: its parameters come later, one set right behind the other.
Kind KindOfLaterUnits(std::string_view head) {
  constexpr auto kStart = "\0\0\x01"sv;
  if (!head.starts_with(kStart) && !head.starts_with("\0\0\0\x01"sv)) return Kind::kUnknown;
  Kind last = Kind::kUnknown;  // the unit before is the first of the two sets
  for (size_t at = 0; (at = head.find(kStart, at)) != std::string_view::npos && at + 9 <= head.size(); at += 3) {
    const auto first = static_cast<unsigned char>(head[at + 3]);
    if ((last == Kind::kH264 && first == 0x68) || (last == Kind::kHevc && first == 0x42)) return last;
    const Kind kind = KindOfUnits(head.substr(at));
    const bool begins = (kind == Kind::kH264 && first == 0x67) || (kind == Kind::kHevc && first == 0x40);
    last = begins ? kind : Kind::kUnknown;
  }
  return Kind::kUnknown;
}

// The first member's header of an archive older than the mark "ustar": numbers in octal where they belong, and their
// sum. The sum is of all 512 bytes with blanks in its own place.
bool IsOldTar(std::string_view head) {
  constexpr size_t kHeader = 512, kSumAt = 148, kSumBytes = 8;
  if (head.size() < kHeader || head[0] == '\0') return false;
  uint32_t sum = 0, said = 0;
  for (size_t i = 0; i < kHeader; ++i) {
    const bool own = i >= kSumAt && i < kSumAt + kSumBytes;
    sum += own ? uint32_t{' '} : static_cast<unsigned char>(head[i]);
  }
  size_t digits = 0;
  for (size_t i = kSumAt; i < kSumAt + kSumBytes; ++i) {
    if (head[i] >= '0' && head[i] <= '7') {
      said = said * 8 + static_cast<uint32_t>(head[i] - '0');
      ++digits;
    } else if (head[i] != ' ' && head[i] != '\0') {
      return false;
    }
  }
  return digits >= 4 && said == sum;
}

bool AllOf(std::string_view text, std::string_view letters) {
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

// Archives whose marks are too short to stand alone: what must follow them is looked at too.
Kind KindOfOldArchive(std::string_view head) {
  const auto byte = [&](size_t at) { return at < head.size() ? static_cast<unsigned char>(head[at]) : 0U; };
  // cpio: a header of 110 digits of 16, or of 76 of 8 (POSIX.1, pax).
  if (head.size() >= 110 && (head.starts_with("070701"sv) || head.starts_with("070702"sv))) {
    return AllOf(head.substr(6, 104), "0123456789ABCDEFabcdef"sv) ? Kind::kCpio : Kind::kUnknown;
  }
  if (head.size() >= 76 && head.starts_with("070707"sv) && AllOf(head.substr(6, 70), "01234567"sv)) return Kind::kCpio;
  // LHA: the method's name behind two bytes; the level of the header is 0, 1 or 2.
  if (Has(head, 2, "-l"sv) && Has(head, 6, "-"sv) && (byte(4) == 'h' || byte(4) == 'z') && head.size() > 21 &&
      AllOf(head.substr(5, 1), "01234567ds"sv) && byte(20) <= 2) {
    return Kind::kLha;
  }
  // compress: 9 to 16 bits, two that are never set, and a first code that is a letter by itself.
  if (Has(head, 0, "\x1F\x9D"sv) && head.size() >= 5 && (byte(2) & 0x60U) == 0 && (byte(2) & 0x1FU) >= 9 &&
      (byte(2) & 0x1FU) <= 16 && (byte(4) & 1U) == 0) {
    return Kind::kCompress;
  }
  // LZMA alone: the parameters that every packer writes, a dictionary of 2^n or 2^n + 2^(n-1), and a length that is not
  // known or below 2^40.
  if (byte(0) == 0x5D && head.size() > 13) {
    uint64_t dictionary = 0, length = 0;
    for (size_t i = 4; i > 0; --i) dictionary = dictionary << 8 | byte(i);
    for (size_t i = 12; i > 4; --i) length = length << 8 | byte(i);
    uint64_t tops = dictionary;
    while (tops != 0 && tops % 2 == 0) tops /= 2;
    if ((tops == 1 || tops == 3) && dictionary >= 4096 && (length == UINT64_MAX || length >> 40 == 0) && byte(13) == 0)
      return Kind::kLzma;
  }
  return Kind::kUnknown;
}

// Office files are ZIP archives that begin with a part of a known name (ECMA-376 part 2; OpenDocument 1.2 part 3). Of
// the former the kind of document is told by the names of the parts; the local headers at the beginning are looked at.
Kind KindOfZip(std::string_view head) {
  constexpr size_t kHeader = 30;
  if (head.size() < kHeader || !head.starts_with("PK\x03\x04"sv)) return Kind::kZip;
  const std::string_view rest = head.substr(kHeader);
  if (rest.starts_with("mimetypeapplication/vnd.oasis.opendocument.text"sv)) return Kind::kOdt;
  if (rest.starts_with("mimetypeapplication/vnd.oasis.opendocument.spreadsheet"sv)) return Kind::kOds;
  if (rest.starts_with("mimetypeapplication/vnd.oasis.opendocument.presentation"sv)) return Kind::kOdp;
  if (!rest.starts_with("[Content_Types].xml"sv) && !rest.starts_with("_rels/"sv) && !rest.starts_with("docProps/"sv))
    return Kind::kZip;
  for (const auto& [folder, kind] :
       {std::pair{"word/"sv, Kind::kDocx}, {"xl/"sv, Kind::kXlsx}, {"ppt/"sv, Kind::kPptx}}) {
    for (size_t at = 0; (at = head.find("PK\x03\x04"sv, at)) != std::string_view::npos; ++at) {
      if (head.substr(std::min(at + kHeader, head.size())).starts_with(folder)) return kind;
    }
  }
  return Kind::kZip;
}

// Programs that compress in parallel write a frame to be skipped first (RFC 8878, 3.1.2); of other formats too.
bool IsZstdBehindSkippable(std::string_view head) {
  if (head.size() < 8 || (static_cast<unsigned char>(head[0]) & 0xF0U) != 0x50 || !Has(head, 1, "\x2A\x4D\x18"sv))
    return false;
  size_t length = 0;
  for (size_t i = 4; i-- > 0;) length = length << 8 | static_cast<unsigned char>(head[4 + i]);
  return Has(head, 8 + length, "\x28\xB5\x2F\xFD"sv);
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

// A message begins with header fields, at least two of them among those that every mail program writes (RFC 5322, 3.6);
// a mailbox with a line "From ...", then a message (RFC 4155). The bodies may be of any character set.
Kind KindOfMail(std::string_view head) {
  const bool mbox = head.starts_with("From "sv);
  if (mbox) {
    const size_t end = head.find('\n');
    if (end == std::string_view::npos) return Kind::kUnknown;
    head.remove_prefix(end + 1);
  }
  int known = 0;
  bool more = true;
  while (more && !head.empty()) {
    const size_t end = std::min(head.find('\n'), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 1, head.size()));
    const bool folded = line.starts_with(' ') || line.starts_with('\t');
    if (line.empty() || line == "\r"sv) break;
    if (folded) continue;
    const size_t colon = line.find(':');
    const std::string_view name = line.substr(0, std::min(colon, line.size()));
    more = colon != std::string_view::npos && colon > 0 && colon < 78 &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7F; });
    if (!more && known == 0) return Kind::kUnknown;
    const std::string lower = Lowered(name);
    for (const auto header : {"from"sv, "to"sv, "date"sv, "subject"sv, "message-id"sv, "mime-version"sv, "received"sv,
                              "return-path"sv, "content-type"sv, "delivered-to"sv}) {
      known += lower == header ? 1 : 0;
    }
  }
  if (known < 2) return Kind::kUnknown;
  return mbox ? Kind::kMbox : Kind::kMail;
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
  if (OtherVideoFormat(head) != nullptr) return Kind::kOtherVideo;
  if (IsMpeg4Stream(head)) return Kind::kMpeg4;  // before the icons, of which an empty one begins alike
  if (Has(head, 0, "RIFF"sv)) {
    if (Has(head, 8, "WEBP"sv)) return Kind::kWebp;
    for (const auto form : {"AVI "sv, "AVIX"sv, "AVI\x19"sv}) {
      if (Has(head, 8, form)) return Kind::kAvi;
    }
    if (IsMpegWithoutPack(head)) return Kind::kMpeg;
    if (Has(head, 8, "WAVE"sv)) return Kind::kWav;
    return Kind::kUnknown;
  }
  for (const Signature& signature : kSignatures) {
    if (!Has(head, signature.offset, signature.bytes)) continue;
    return signature.kind == Kind::kZip ? KindOfZip(head) : signature.kind;
  }
  if (IsZstdBehindSkippable(head)) return Kind::kZstd;
  if (Has(head, 0, "\x1A\x45\xDF\xA3"sv)) {
    return head.substr(0, 64).find("webm"sv) != std::string_view::npos ? Kind::kWebm : Kind::kMkv;
  }
  if (Has(head, 4, "ftyp"sv) && head.size() >= 12) {
    const auto length = static_cast<unsigned char>(head[3]);
    return KindOfBrands(head.substr(8, length > 8 ? length - 8U : 4U));
  }
  if (IsTransportStream(head)) return Kind::kMpegTs;
  if (const Kind units = KindOfUnits(head); units != Kind::kUnknown) return units;
  if (IsMpegWithoutPack(head)) return Kind::kMpeg;
  if (const Kind boxes = KindOfBoxes(head); boxes != Kind::kUnknown) return boxes;
  if (IsFlash(head)) return Kind::kFlash;
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
  const std::string_view start = head.substr(0, kTextBytes);
  if (IsOldTar(head)) return Kind::kTar;
  if (const Kind old = KindOfOldArchive(head); old != Kind::kUnknown) return old;
  const bool has_mark = start.starts_with("\xEF\xBB\xBF"sv);
  if (const Kind mail = KindOfMail(start.substr(has_mark ? 3 : 0)); mail != Kind::kUnknown) return mail;
  if (LooksLikeText(start)) return KindOfText(start);
  if (const Kind units = KindOfLaterUnits(head); units != Kind::kUnknown) return units;
  if (HoldsProgrammeStream(head)) return Kind::kMpeg;
  if (HoldsTransportStream(head)) return Kind::kMpegTs;
  // Something may stand before a document's mark, and readers pass over it (ISO 32000-1, annex H, note 13).
  return head.substr(0, kBeforePdf).find("%PDF-"sv) == std::string_view::npos ? Kind::kUnknown : Kind::kPdf;
}

}  // namespace crossguard::examine
