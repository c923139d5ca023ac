#include "examine/kernel/other_video.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace crossguard::examine {
namespace {

using namespace std::string_view_literals;

struct Mark {
  size_t at = 0;
  std::string_view bytes;
};
struct Format {
  const char* demuxer;
  Mark first;
  Mark second = {};  // none, or what tells a short mark from a text that happens to begin with its letters
};

constexpr std::array kFormats{
    // Cameras, recorders, television.
    Format{"dhav", {0, "DHAV\xFD"sv}},
    Format{"dhav", {0, "DHAV\xF0"sv}},
    Format{"dhav", {0, "DHAV\xF1"sv}},
    Format{"dhav", {0, "DHAV\xFC"sv}},
    Format{"dhav", {0, "DAHUA"sv}, {0x400, "DHAV"sv}},
    Format{"ifv", {0, "\x11\xD2\xD3\xAB\xBA\xA9\xCF\x11\x8E\xE6\0\xC0\x0C\x20\x53\x65\x44\0"sv}},
    Format{"iv8", {0, "\x01\x01\x03\xB8\x80\x60"sv}},
    Format{"wtv", {0, "\xB7\xD8\0\x20\x37\x49\xDA\x11\xA6\x4E\0\x07\xE9\x5E\xAD\x8D"sv}},
    Format{"ty", {0, "\xF5\x46\x7A\xBD\0\0\0\x02"sv}},
    Format{"pva", {0, "AV\x01"sv}, {4, "\x55"sv}},
    Format{"nuv", {0, "NuppelVideo\0"sv}},
    Format{"nuv", {0, "MythTVVideo\0"sv}},
    Format{"gxf", {0, "\0\0\0\0\x01\xBC"sv}, {10, "\0\0\0\0\xE1\xE2"sv}},
    Format{"lxf", {0, "LEITCH\0"sv}},
    Format{"mlv", {0, "MLVI"sv}, {8, "v2.0"sv}},
    Format{"r3d", {4, "RED1"sv}, {0, "\0\0"sv}},
    Format{"ser", {0, "LUCAM-RECORDER"sv}},
    Format{"mov", {0, "\0\0\0\x0CjP  \r\n\x87\n"sv}, {16, "ftypmjp2"sv}},
    // The web, players, what programs pass to one another.
    Format{"nut", {0, "nut/multimedia container\0"sv}},
    Format{"yuv4mpegpipe", {0, "YUV4MPEG2 "sv}},
    Format{"smjpeg", {0, "\0\nSMJPEG"sv}},
    Format{"nsv", {0, "NSVf"sv}, {7, "\0"sv}},
    Format{"nsv", {0, "NSVsVP"sv}},
    Format{"ivr", {0, ".R1M\0\x01\x01"sv}},
    Format{"ivr", {0, ".REC\0"sv}},
    Format{"kux", {0, "KDK\0\0"sv}},
    Format{"vividas", {0, "vividas03"sv}},
    Format{"avi", {0, "RIFF"sv}, {8, "AMV "sv}},
    Format{"avi", {0, "ON2 "sv}, {8, "ON2f"sv}},
    Format{"pmp", {0, "pmpm\x01\0\0\0"sv}},
    Format{"mv", {0, "MOVI\0"sv}},
    // Codecs by themselves.
    Format{"dirac", {0, "BBCD\0"sv}, {9, "\0\0\0\0"sv}},
    Format{"dnxhd", {0, "\0\0\x02\x80\x01"sv}},
    Format{"dnxhd", {0, "\0\0\x02\x80\x02"sv}},
    Format{"vc1test", {3, "\xC5\x04\0\0\0"sv}, {20, "\x0C\0\0\0"sv}},
    // Animations and games.
    Format{"flic", {4, "\x11\xAF"sv}, {132, "\xFA\xF1"sv}},
    Format{"flic", {4, "\x12\xAF"sv}, {132, "\xFA\xF1"sv}},
    Format{"flic", {4, "\x12\xAF"sv}, {132, "\0\xF1"sv}},
    Format{"iff", {0, "FORM"sv}, {8, "ANIM"sv}},
    Format{"smk", {0, "SMK2"sv}, {6, "\0\0"sv}},
    Format{"smk", {0, "SMK4"sv}, {6, "\0\0"sv}},
    Format{"bink", {0, "BIKb"sv}, {22, "\0\0"sv}},
    Format{"bink", {0, "BIKf"sv}, {22, "\0\0"sv}},
    Format{"bink", {0, "BIKg"sv}, {22, "\0\0"sv}},
    Format{"bink", {0, "BIKh"sv}, {22, "\0\0"sv}},
    Format{"bink", {0, "BIKi"sv}, {22, "\0\0"sv}},
    Format{"bink", {0, "BIKk"sv}, {22, "\0\0"sv}},
    Format{"roq", {0, "\x84\x10\xFF\xFF\xFF\xFF"sv}},
    Format{"film_cpk", {0, "FILM"sv}, {16, "FDSC"sv}},
    Format{"4xm", {0, "RIFF"sv}, {8, "4XMV"sv}},
    Format{"wsvqa", {0, "FORM"sv}, {8, "WVQA"sv}},
    Format{"wc3movie", {0, "FORM"sv}, {8, "MOVE"sv}},
    Format{"smush", {0, "ANIM"sv}, {8, "AHDR"sv}},
    Format{"smush", {0, "SANM"sv}, {8, "SHDR"sv}},
    Format{"siff", {0, "SIFF"sv}, {8, "VBV1"sv}},
    Format{"ipmovie", {0, "Interplay MVE File\x1A\0\x1A\0"sv}},
    Format{"paf", {0, "Packed Animation File V1.0\n"sv}},
    Format{"rpl", {0, "ARMovie\n"sv}},
    Format{"thp", {0, "THP\0"sv}},
    Format{"xmv", {12, "xobX"sv}},
};

unsigned At(std::string_view bytes, size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
}

bool Has(std::string_view head, const Mark& mark) {
  return head.size() >= mark.at + mark.bytes.size() && head.substr(mark.at, mark.bytes.size()) == mark.bytes;
}

// VC-1 of the advanced profile (SMPTE 421M, annex E and 6.1): a sequence, 4:2:0, then the point where one may enter.
bool IsVc1(std::string_view head) {
  constexpr size_t kSequenceMax = 64;
  return head.starts_with("\0\0\x01\x0F"sv) && (At(head, 4) & 0xC6U) == 0xC2U && (At(head, 4) >> 3 & 7U) <= 4 &&
         head.substr(0, kSequenceMax).find("\0\0\x01\x0E"sv) != std::string_view::npos;
}

// AV1 (section 5 of its specification): an empty delimiter, the head of the sequence, and another unit behind it, each
// with its size.
bool IsAv1(std::string_view head) {
  constexpr unsigned kHeadMax = 64;
  if (!head.starts_with("\x12\0\x0A"sv) || At(head, 3) == 0 || At(head, 3) > kHeadMax) return false;
  const size_t next = 4U + At(head, 3);
  const unsigned type = At(head, next) >> 3;
  return next < head.size() && (At(head, next) & 0x83U) == 0x02U && (type == 3 || type == 5 || type == 6);
}

// What a web camera sends, kept as it came: pictures between lines of a boundary (RFC 2046, 5.1).
bool IsPicturesOfMime(std::string_view head) {
  if (!head.starts_with("--"sv)) return false;
  const size_t line = head.find('\n');
  constexpr size_t kHeadersMax = 512;
  if (line == std::string_view::npos || line > 80) return false;
  std::string_view headers = head.substr(line + 1, kHeadersMax);
  headers = headers.substr(0, std::min(headers.find("\r\n\r\n"sv), headers.find("\n\n"sv)));
  for (const auto type : {"ontent-Type: image/jpeg"sv, "ontent-type: image/jpeg"sv}) {
    if (headers.find(type) != std::string_view::npos) return true;
  }
  return false;
}

bool IsVivo(std::string_view head) {
  return At(head, 0) == 0 && head.substr(0, 24).find("\r\nVersion:Vivo/"sv) != std::string_view::npos;
}

struct Rule {
  const char* demuxer;
  bool (*fits)(std::string_view head);
};
constexpr std::array kRules{Rule{"vc1", IsVc1}, Rule{"obu", IsAv1}, Rule{"mpjpeg", IsPicturesOfMime},
                            Rule{"vivo", IsVivo}};

}  // namespace

const char* OtherVideoFormat(std::string_view head) {
  for (const Format& format : kFormats) {
    if (Has(head, format.first) && Has(head, format.second)) return format.demuxer;
  }
  for (const auto& [demuxer, fits] : kRules) {
    if (fits(head)) return demuxer;
  }
  return nullptr;
}

std::vector<const char*> OtherVideoFormats() {
  std::vector<const char*> out;
  for (const Format& format : kFormats) out.push_back(format.demuxer);
  for (const Rule& rule : kRules) out.push_back(rule.demuxer);
  return out;
}

bool IsMpeg4Stream(std::string_view head) {
  constexpr auto kStart = "\0\0\x01"sv;
  if (!head.starts_with(kStart)) return false;
  if (At(head, 3) == 0xB0) return Has(head, {5, "\0\0\x01\xB5"sv});
  // A video object and its layer: numbers of 5 and of 4 bits.
  return At(head, 3) < 0x20 && Has(head, {4, kStart}) && (At(head, 7) & 0xF0U) == 0x20;
}

bool IsFlash(std::string_view head) {
  const bool deflated = head.starts_with("CWS"sv);
  if (head.size() < 9 || (!deflated && !head.starts_with("FWS"sv))) return false;
  const unsigned version = At(head, 3);
  constexpr unsigned kVersionMax = 63, kLengthMax = 8;  // the length's highest byte: 144 MiB
  return version > 0 && version <= kVersionMax && At(head, 7) <= kLengthMax && (!deflated || At(head, 8) == 0x78);
}

}  // namespace crossguard::examine
