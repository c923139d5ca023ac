#include "examine/kernel/behind.h"

#include <algorithm>
#include <string_view>

#include "examine/kernel/kind.h"
#include "examine/kernel/numbers.h"
#include "examine/kernel/zip_end.h"

namespace crossguard::examine {
namespace {

using namespace std::string_view_literals;

constexpr int kBoxesMax = 4'096;                          // of a container are walked over
constexpr size_t kTextForProgramBytes = size_t{1} << 20;  // between a program's end and the archive that it unpacks

bool IsOpenedAt(FileBytes& file, uint64_t at) {
  const Bytes copied = file.in_memory() ? Bytes{} : file.Copy(at, kKindBytes);
  const Kind kind = DetectKind(file.in_memory() ? file.At(at) : ByteView(copied));
  return IsPicture(kind) || IsVideo(kind) || IsArchive(kind);
}

// A number in a header; 0 where the bytes do not reach.
class Header {
 public:
  Header(ByteView bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}
  uint64_t At(uint64_t at, size_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at) return 0;
    const auto begin = static_cast<size_t>(at);
    return big_endian_ ? BigEndian(bytes_, begin, count) : LittleEndian(bytes_, begin, count);
  }

 private:
  ByteView bytes_;
  bool big_endian_;
};

// Behind the last section that has bytes in the file.
uint64_t PortableExecutableEnd(ByteView bytes) {
  const Header header(bytes, false);
  const uint64_t at = header.At(0x3C, 4);
  if (header.At(at, 4) != 0x4550) return 0;  // "PE"
  const uint64_t sections = header.At(at + 6, 2);
  const uint64_t table = at + 24 + header.At(at + 20, 2);
  uint64_t end = 0;
  for (uint64_t i = 0; i < sections; ++i) {
    const uint64_t section = table + i * 40;
    end = std::max(end, header.At(section + 20, 4) + header.At(section + 16, 4));
  }
  return end;
}

// Behind the last segment, or the table of sections where there is one.
uint64_t ElfEnd(ByteView bytes) {
  if (bytes.size() < 64) return 0;
  const bool wide = bytes[4] == 2;
  const Header header(bytes, bytes[5] == 2);
  const uint64_t segments = wide ? header.At(0x20, 8) : header.At(0x1C, 4);
  const uint64_t sections = wide ? header.At(0x28, 8) : header.At(0x20, 4);
  const size_t counts = wide ? 0x36 : 0x2A;  // sizes and counts of the entries of both tables
  if (sections > bytes.size() || segments > bytes.size()) return 0;
  uint64_t end = sections == 0 ? 0 : sections + header.At(counts + 4, 2) * header.At(counts + 6, 2);
  for (uint64_t i = 0; i < header.At(counts + 2, 2); ++i) {
    const uint64_t segment = segments + i * header.At(counts, 2);
    const uint64_t offset = wide ? header.At(segment + 8, 8) : header.At(segment + 4, 4);
    const uint64_t size = wide ? header.At(segment + 32, 8) : header.At(segment + 16, 4);
    if (offset <= bytes.size() && size <= bytes.size() - offset) end = std::max(end, offset + size);
  }
  return end;
}

uint32_t Crc32(ByteView bytes) {
  uint32_t crc = ~0U;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

// The outermost boxes: a length of four bytes, or of eight behind the name if that says 1, or 0 for "to the end".
std::optional<uint64_t> FindBehindBoxes(FileBytes& file) {
  uint64_t at = 0;
  for (int boxes = 0; boxes < kBoxesMax && at < file.size(); ++boxes) {
    const Bytes copied = file.Copy(at, 16);
    const Header head(copied, true);
    const std::string_view name = AsText(copied).substr(std::min<size_t>(copied.size(), 4), 4);
    const bool is_name = name.size() == 4 && std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
    if (!is_name) return at == 0 ? std::nullopt : FindFileBehind(file, at);
    if (at > 0 && name == "ftyp"sv) return at;
    const bool wide = head.At(0, 4) == 1;
    const uint64_t length = wide ? head.At(8, 8) : head.At(0, 4);
    const uint64_t body = at + (wide ? 16 : 8);
    if (name == "mpvd"sv && body < file.size() && IsOpenedAt(file, body)) return body;
    if (length < 8 || length > file.size() - at) return std::nullopt;
    at += length;
  }
  return std::nullopt;
}

// One RIFF chunk, and more of them where a film is long.
std::optional<uint64_t> FindBehindChunks(FileBytes& file) {
  uint64_t at = 0;
  for (int chunks = 0; chunks < kBoxesMax && at < file.size(); ++chunks) {
    const Bytes head = file.Copy(at, 12);
    const bool film = AsText(head).starts_with("RIFF"sv) && (at == 0 || AsText(head).ends_with("AVIX"sv));
    if (!film) return FindFileBehind(file, at);
    const uint64_t length = Header(head, false).At(4, 4);
    at += 8 + length + (length & 1U);
  }
  return std::nullopt;
}

// Their marks are long; that of 7z is held to the sum of the header behind it (7zFormat.txt), that of RAR to the
// version behind it.
std::optional<uint64_t> FindSevenZipOrRar(ByteView bytes, uint64_t from) {
  constexpr size_t kSevenZipHeader = 32;
  const std::string_view text = AsText(bytes.subspan(static_cast<size_t>(from))).substr(0, kTextForProgramBytes);
  for (size_t at = 0; (at = text.find("7z\xBC\xAF\x27\x1C"sv, at)) != std::string_view::npos; ++at) {
    const ByteView here = bytes.subspan(static_cast<size_t>(from) + at);
    if (here.size() >= kSevenZipHeader && Header(here, false).At(8, 4) == Crc32(here.subspan(12, 20))) return from + at;
  }
  for (const std::string_view mark : {"Rar!\x1A\x07\0"sv, "Rar!\x1A\x07\x01\0"sv}) {
    if (const size_t at = text.find(mark); at != std::string_view::npos) return from + at;
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> FindFileBehind(FileBytes& file, uint64_t from) {
  uint64_t at = from;
  for (ByteView here = file.At(at); !here.empty() && here.front() == 0; here = file.At(at))
    at += static_cast<uint64_t>(std::ranges::find_if(here, [](uint8_t byte) { return byte != 0; }) - here.begin());
  if (at >= file.size()) return std::nullopt;
  // A film begins with the length of its first box: up to three zeros are its own.
  for (uint64_t own = std::min<uint64_t>(at - from, 3) + 1; own-- > 0;) {
    if (IsOpenedAt(file, at - own)) return at - own;
  }
  const std::optional<ZipExtent> zip = FindZip(file);
  return zip && zip->begin >= from ? std::optional(zip->begin) : std::nullopt;
}

std::optional<uint64_t> FindBehindContainer(Kind kind, FileBytes& file) {
  switch (kind) {
    case Kind::kMp4:
    case Kind::kMov:
    case Kind::kThreeGp:
    case Kind::kM4a:
    case Kind::kHeic:
    case Kind::kAvif:
      return FindBehindBoxes(file);
    case Kind::kAvi:
      return FindBehindChunks(file);
    default:
      return std::nullopt;
  }
}

std::optional<uint64_t> FindBehindProgram(Kind kind, ByteView bytes) {
  if (!IsProgram(kind)) return std::nullopt;
  FileBytes file(bytes);
  const uint64_t end = kind == Kind::kElf ? ElfEnd(bytes) : PortableExecutableEnd(bytes);
  if (end > 0 && end < bytes.size()) {
    if (const auto found = FindFileBehind(file, end)) return found;
    if (const auto found = FindSevenZipOrRar(bytes, end)) return found;
  }
  const std::optional<ZipExtent> zip = FindZip(file);
  return zip && zip->begin > 0 ? std::optional(zip->begin) : std::nullopt;
}

}  // namespace crossguard::examine
