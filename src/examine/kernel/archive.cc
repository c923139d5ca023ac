#include "examine/kernel/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <memory>
#include <string_view>

#include "examine/kernel/kind.h"
#include "examine/kernel/parts.h"

namespace crossguard::examine {
namespace {

constexpr size_t kChunkBytes = size_t{64} << 10;

struct ArchiveFree {
  void operator()(archive* a) const { archive_read_free(a); }
};

// What the library reads from, and where it is.
struct Reading {
  FileBytes& file;
  uint64_t at = 0;
};

la_ssize_t OnRead(archive*, void* data, const void** block) {
  Reading& reading = *static_cast<Reading*>(data);
  const ByteView here = reading.file.At(reading.at);
  *block = here.data();
  reading.at += here.size();
  return static_cast<la_ssize_t>(here.size());
}

la_int64_t OnSkip(archive*, void* data, la_int64_t wanted) {
  Reading& reading = *static_cast<Reading*>(data);
  if (wanted <= 0 || reading.at >= reading.file.size()) return 0;
  const uint64_t skipped = std::min<uint64_t>(static_cast<uint64_t>(wanted), reading.file.size() - reading.at);
  reading.at += skipped;
  return static_cast<la_int64_t>(skipped);
}

la_int64_t OnSeek(archive*, void* data, la_int64_t offset, int whence) {
  Reading& reading = *static_cast<Reading*>(data);
  const auto size = static_cast<la_int64_t>(reading.file.size());
  const la_int64_t base = whence == SEEK_CUR ? static_cast<la_int64_t>(reading.at) : whence == SEEK_END ? size : 0;
  if (offset < -base || offset > std::numeric_limits<la_int64_t>::max() - base) return ARCHIVE_FATAL;
  reading.at = static_cast<uint64_t>(base + offset);
  return base + offset;
}

// An opened archive; the reading outlives the library's handle.
struct Handle {
  std::unique_ptr<Reading> reading;
  std::unique_ptr<archive, ArchiveFree> archive_;
  archive* get() const { return archive_.get(); }
  explicit operator bool() const { return archive_ != nullptr; }
};

bool IsZip(Kind kind) {
  switch (kind) {
    case Kind::kZip:
    case Kind::kDocx:
    case Kind::kXlsx:
    case Kind::kPptx:
    case Kind::kOdt:
    case Kind::kOds:
    case Kind::kOdp:
      return true;
    default:
      return false;
  }
}

// Compressed as a whole: how much comes out is seen only by unpacking.
bool IsFiltered(Kind kind) {
  switch (kind) {
    case Kind::kGzip:
    case Kind::kBzip2:
    case Kind::kXz:
    case Kind::kZstd:
    case Kind::kCompress:
    case Kind::kLz4:
    case Kind::kLzma:
    case Kind::kLzip:
      return true;
    default:
      return false;
  }
}

// A filter that the library would have to start a program for is none here.
int SupportFilter(archive* handle, Kind kind) {
  switch (kind) {
    case Kind::kGzip:
      return archive_read_support_filter_gzip(handle);
    case Kind::kBzip2:
      return archive_read_support_filter_bzip2(handle);
    case Kind::kXz:
      return archive_read_support_filter_xz(handle);
    case Kind::kZstd:
      return archive_read_support_filter_zstd(handle);
    case Kind::kCompress:
      return archive_read_support_filter_compress(handle);
    case Kind::kLz4:
      return archive_read_support_filter_lz4(handle);
    case Kind::kLzma:
      return archive_read_support_filter_lzma(handle);
    case Kind::kLzip:
      return archive_read_support_filter_lzip(handle);
    default:
      return ARCHIVE_FATAL;
  }
}

// The one format, and the one filter, of the kind: nothing else of the library is let near the bytes.
enum class Inside { kTar, kSingleFile };  // of what is compressed as a whole
bool Support(archive* handle, Kind kind, Inside inside) {
  if (IsZip(kind)) return archive_read_support_format_zip(handle) == ARCHIVE_OK;
  switch (kind) {
    case Kind::kSevenZip:
      return archive_read_support_format_7zip(handle) == ARCHIVE_OK;
    case Kind::kRar:
      return archive_read_support_format_rar(handle) == ARCHIVE_OK &&
             archive_read_support_format_rar5(handle) == ARCHIVE_OK;
    case Kind::kTar:
      return archive_read_support_format_tar(handle) == ARCHIVE_OK;
    case Kind::kIso:
      return archive_read_support_format_iso9660(handle) == ARCHIVE_OK;
    case Kind::kCpio:
      return archive_read_support_format_cpio(handle) == ARCHIVE_OK;
    case Kind::kAr:
      return archive_read_support_format_ar(handle) == ARCHIVE_OK;
    case Kind::kCab:
      return archive_read_support_format_cab(handle) == ARCHIVE_OK;
    case Kind::kLha:
      return archive_read_support_format_lha(handle) == ARCHIVE_OK;
    default:
      break;
  }
  const int filter = SupportFilter(handle, kind);
  const int format =
      inside == Inside::kTar ? archive_read_support_format_tar(handle) : archive_read_support_format_raw(handle);
  return filter == ARCHIVE_OK && format == ARCHIVE_OK;
}

Handle Open(Kind kind, FileBytes& file, Inside inside) {
  Handle handle{.reading = std::make_unique<Reading>(Reading{.file = file}), .archive_ = {}};
  handle.archive_.reset(archive_read_new());
  archive* const opened = handle.get();
  if (opened == nullptr || !Support(opened, kind, inside)) return {};
  archive_read_set_read_callback(opened, OnRead);
  archive_read_set_skip_callback(opened, OnSkip);
  archive_read_set_seek_callback(opened, OnSeek);
  archive_read_set_callback_data(opened, handle.reading.get());
  if (archive_read_open1(opened) != ARCHIVE_OK) return {};
  return handle;
}

// A tar only if its first header can be read: a file that begins with zeros is an empty tar to the library, and all
// that comes behind them would be passed over.
Handle Open(Kind kind, FileBytes& file) {
  if (!IsFiltered(kind)) return Open(kind, file, Inside::kTar);
  const Handle probe = Open(kind, file, Inside::kTar);
  archive_entry* entry = nullptr;
  const int status = probe ? archive_read_next_header(probe.get(), &entry) : ARCHIVE_FATAL;
  const bool tar = status == ARCHIVE_OK || status == ARCHIVE_WARN;
  return Open(kind, file, tar ? Inside::kTar : Inside::kSingleFile);
}

// The library says of headers and contents that only a password opens nothing but a sentence.
bool SaysEncrypted(archive* handle) {
  const char* const text = archive_error_string(handle);
  return text != nullptr && (std::string_view(text).find("ncrypt") != std::string_view::npos ||
                             std::string_view(text).find("assphrase") != std::string_view::npos);
}

bool IsFile(archive_entry* entry) {
  return archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
}

// A whole ZIP ends with its end record and a comment of at most 65,535 bytes (APPNOTE 4.3.16). Without it the library
// reads what is there from the front and finds nothing missing.
bool HasEndRecord(FileBytes& file) {
  constexpr uint64_t kRecordBytes = 22;
  if (file.size() < kRecordBytes) return false;
  const uint64_t last = file.size() - kRecordBytes;
  const uint64_t first = last > 65'535 ? last - 65'535 : 0;
  const Bytes end = file.Copy(first, file.size() - first);
  return AsText(end).rfind("PK\x05\x06") != std::string_view::npos;
}

enum class Step { kEntry, kEnd, kDamaged };

// A header that can be read with a warning still is an entry.
Step Next(archive* handle, archive_entry** entry) {
  for (int retries = 0; retries < 16; ++retries) {
    const int status = archive_read_next_header(handle, entry);
    if (status == ARCHIVE_EOF) return Step::kEnd;
    if (status == ARCHIVE_RETRY) continue;
    return status == ARCHIVE_OK || status == ARCHIVE_WARN ? Step::kEntry : Step::kDamaged;
  }
  return Step::kDamaged;
}

std::string CleanName(std::string_view name) {
  std::string valid = ToValidUtf8(name.substr(0, 4 * kMemberNameMax));
  std::string out;
  for (const char c : valid) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
  if (out.size() > kMemberNameMax) {
    size_t end = kMemberNameMax;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) --end;
    out.resize(end);
  }
  return out;
}

ArchiveMember Describe(archive_entry* entry, uint32_t index) {
  const char* raw = archive_entry_pathname(entry);
  if (raw == nullptr) raw = archive_entry_pathname_utf8(entry);
  const std::string_view name = raw == nullptr ? std::string_view() : std::string_view(raw);
  const int64_t size = archive_entry_size_is_set(entry) != 0 ? archive_entry_size(entry) : -1;
  return ArchiveMember{
      .index = index,
      .name = CleanName(name),
      .size_bytes = size < 0 ? 0 : static_cast<uint64_t>(size),
      .size_known = size >= 0,
      .is_file = IsFile(entry),
      .encrypted = archive_entry_is_encrypted(entry) > 0,
      .name_escapes = NameEscapes(name),
  };
}

bool IsBomb(uint64_t unpacked, uint64_t packed, const Limits& limits) {
  return unpacked > limits.ratio_free_bytes && unpacked / limits.ratio_max > packed;
}

// One member's bytes. total: of the whole call, counted as they come.
Verdict UnpackMember(archive* handle, uint32_t index, uint64_t packed, const Limits& limits, uint64_t& total,
                     const UnpackSink& sink, bool& stop, bool& fatal) {
  std::array<uint8_t, kChunkBytes> chunk;
  uint64_t size = 0;
  for (;;) {
    const la_ssize_t got = archive_read_data(handle, chunk.data(), chunk.size());
    if (got == ARCHIVE_RETRY) continue;
    if (got < 0) {
      fatal = got == ARCHIVE_FATAL;
      if (SaysEncrypted(handle)) return {State::kUndecodable, Reason::kEncrypted};
      return {State::kTruncated, Reason::kDamagedData};
    }
    if (got == 0) return {};
    const uint64_t count = static_cast<uint64_t>(got);
    size += count;
    total += count;
    if (size > limits.member_bytes_max) return {State::kLimitExceeded, Reason::kMemberLimit};
    if (total > limits.total_bytes_max) return {State::kLimitExceeded, Reason::kTotalLimit};
    if (IsBomb(total, packed, limits)) return {State::kLimitExceeded, Reason::kRatioLimit};
    if (!sink.data(index, ByteView(chunk.data(), count))) {
      stop = true;
      return {};
    }
  }
}

// Unpacks one member to nowhere, to see how much it is. `size` is counted on for the whole archive.
Verdict CountMember(archive* handle, uint64_t packed, const Limits& limits, uint64_t& total, uint64_t& size) {
  std::array<uint8_t, kChunkBytes> chunk;
  for (;;) {
    const la_ssize_t got = archive_read_data(handle, chunk.data(), chunk.size());
    if (got == ARCHIVE_RETRY) continue;
    if (got < 0) return {State::kTruncated, Reason::kDamagedData};
    if (got == 0) return {};
    size += static_cast<uint64_t>(got);
    total += static_cast<uint64_t>(got);
    if (total > limits.total_bytes_max) return {State::kLimitExceeded, Reason::kTotalLimit};
    if (IsBomb(total, packed, limits)) return {State::kLimitExceeded, Reason::kRatioLimit};
  }
}

Verdict ListParts(Kind kind, ByteView bytes, const Limits& limits, std::vector<ArchiveMember>& members) {
  const Parts found = FindParts(kind, bytes, limits);
  for (const Part& part : found.parts) {
    members.push_back({.index = static_cast<uint32_t>(members.size()),
                       .name = CleanName(part.name),
                       .size_bytes = part.bytes.size(),
                       .size_known = part.coding == PartCoding::kPlain,
                       .is_file = true,
                       .encrypted = false,
                       .name_escapes = NameEscapes(part.name)});
  }
  return found.verdict;
}

Verdict ListMailbox(FileBytes& file, const Limits& limits, std::vector<ArchiveMember>& members) {
  const MailboxParts found = FindMboxParts(file, limits);
  for (const MailboxPart& part : found.parts) {
    members.push_back({.index = static_cast<uint32_t>(members.size()),
                       .name = part.name,
                       .size_bytes = part.end - part.begin,
                       .size_known = true,
                       .is_file = true,
                       .encrypted = false,
                       .name_escapes = false});
  }
  return found.verdict;
}

// The messages lie beside one another: together they are no more than the file.
Verdict UnpackMailbox(FileBytes& file, const Limits& limits, uint32_t first, uint32_t count, const UnpackSink& sink) {
  const MailboxParts found = FindMboxParts(file, limits);
  uint64_t total = 0;
  for (size_t i = first; i < found.parts.size() && i - first < count; ++i) {
    const auto index = static_cast<uint32_t>(i);
    const MailboxPart& part = found.parts[i];
    total += part.end - part.begin;
    Verdict verdict;
    if (part.end - part.begin > limits.member_bytes_max) verdict = {State::kLimitExceeded, Reason::kMemberLimit};
    if (total > limits.total_bytes_max) verdict = {State::kLimitExceeded, Reason::kTotalLimit};
    for (uint64_t at = part.begin; verdict.state == State::kExamined && at < part.end;) {
      const ByteView here = file.At(at);
      const auto length = static_cast<size_t>(std::min<uint64_t>({here.size(), part.end - at, kChunkBytes}));
      if (!sink.data(index, here.first(length))) return {};
      at += length;
    }
    if (!sink.end(index, verdict)) return {};
    if (verdict.reason == Reason::kTotalLimit) return verdict;
  }
  return {};
}

Verdict UnpackParts(Kind kind, ByteView bytes, const Limits& limits, uint32_t first, uint32_t count,
                    const UnpackSink& sink) {
  static const Bytes kNothing;
  const Parts found = FindParts(kind, bytes, limits);
  uint64_t total = 0;
  for (size_t i = first; i < found.parts.size() && i - first < count; ++i) {
    const auto index = static_cast<uint32_t>(i);
    const std::optional<Bytes> decoded = DecodePart(found.parts[i]);
    const Bytes& part = decoded ? *decoded : kNothing;
    total += part.size();
    Verdict verdict;
    if (!decoded) verdict = {State::kUndecodable, Reason::kDamagedData};
    if (IsBomb(total, bytes.size(), limits)) verdict = {State::kLimitExceeded, Reason::kRatioLimit};
    if (part.size() > limits.member_bytes_max) verdict = {State::kLimitExceeded, Reason::kMemberLimit};
    // Parts may lie inside one another, never so often that they come to a multiple of the file.
    if (total > limits.total_bytes_max) verdict = {State::kLimitExceeded, Reason::kTotalLimit};
    for (size_t at = 0; verdict.state == State::kExamined && at < part.size(); at += kChunkBytes) {
      if (!sink.data(index, ByteView(part).subspan(at, std::min(kChunkBytes, part.size() - at)))) return {};
    }
    if (!sink.end(index, verdict)) return {};
    if (verdict.reason == Reason::kTotalLimit || verdict.reason == Reason::kRatioLimit) return verdict;
  }
  return {};
}

// Marks that turn the direction of what follows (Unicode TR 9): "holiday<U+202E>gpj.exe" reads as holidayexe.jpg.
bool TurnsDirection(std::string_view name) {
  for (const std::string_view mark :
       {"\u202A", "\u202B", "\u202C", "\u202D", "\u202E", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    if (name.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

bool NameEscapes(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.front() == '\\') return true;
  if (name.size() >= 2 && name[1] == ':') return true;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
  }
  if (TurnsDirection(name)) return true;
  for (size_t at = 0; at <= name.size();) {
    const size_t end = std::min(name.find_first_of("/\\", at), name.size());
    if (name.substr(at, end - at) == "..") return true;
    at = end + 1;
  }
  return false;
}

Verdict ListArchive(FileBytes& file, const Limits& limits, std::vector<ArchiveMember>& members) {
  const Kind kind = DetectKind(file.head());
  if (HasParts(kind)) {
    if (!file.in_memory()) return {State::kLimitExceeded, Reason::kFileSizeLimit};
    return ListParts(kind, file.head(), limits, members);
  }
  if (kind == Kind::kMbox) return ListMailbox(file, limits, members);
  const Handle handle = Open(kind, file);
  if (!handle) return {State::kUndecodable, Reason::kDamagedHeader};
  uint64_t claimed = 0;
  uint64_t counted = 0;
  bool file_opens = false;
  bool file_locked = false;
  archive_entry* entry = nullptr;
  for (uint32_t index = 0;; ++index) {
    const Step step = Next(handle.get(), &entry);
    if (step == Step::kDamaged) {
      const bool locked = archive_read_has_encrypted_entries(handle.get()) > 0 || SaysEncrypted(handle.get());
      if (locked && !file_opens) return {State::kUndecodable, Reason::kEncrypted};
      return {members.empty() ? State::kUndecodable : State::kTruncated, Reason::kDamagedData};
    }
    if (step == Step::kEnd) break;
    if (index >= limits.entries_max) return {State::kLimitExceeded, Reason::kEntryLimit};
    members.push_back(Describe(entry, index));
    ArchiveMember& member = members.back();
    (member.encrypted ? file_locked : file_opens) |= member.is_file;
    claimed += std::min(member.size_bytes, UINT64_MAX / 2 - claimed);
    if (!IsFiltered(kind)) continue;
    uint64_t size = 0;
    const Verdict verdict = CountMember(handle.get(), file.size(), limits, counted, size);
    if (!member.size_known) {
      member.size_bytes = size;
      member.size_known = verdict.state == State::kExamined;
    }
    if (verdict.state != State::kExamined) return verdict;
  }
  if (claimed > limits.total_bytes_max) return {State::kLimitExceeded, Reason::kTotalLimit};
  if (IsBomb(claimed, file.size(), limits)) return {State::kLimitExceeded, Reason::kRatioLimit};
  if (IsZip(kind) && !HasEndRecord(file))
    return {members.empty() ? State::kUndecodable : State::kTruncated, Reason::kEndedEarly};
  if (file_locked && !file_opens) return {State::kUndecodable, Reason::kEncrypted};
  return {};
}

Verdict UnpackArchive(FileBytes& file, const Limits& limits, uint32_t first, uint32_t count, const UnpackSink& sink) {
  const Kind kind = DetectKind(file.head());
  if (HasParts(kind)) {
    if (!file.in_memory()) return {State::kLimitExceeded, Reason::kFileSizeLimit};
    return UnpackParts(kind, file.head(), limits, first, count, sink);
  }
  if (kind == Kind::kMbox) return UnpackMailbox(file, limits, first, count, sink);
  const Handle handle = Open(kind, file);
  if (!handle) return {State::kUndecodable, Reason::kDamagedHeader};
  uint64_t total = 0;
  archive_entry* entry = nullptr;
  for (uint32_t index = 0; index < limits.entries_max; ++index) {
    if (index >= first && index - first >= count) return {};
    const Step step = Next(handle.get(), &entry);
    if (step == Step::kEnd) return {};
    if (step == Step::kDamaged) return {State::kTruncated, Reason::kDamagedData};
    if (index < first || !IsFile(entry)) continue;
    Verdict verdict;
    bool stop = false;
    bool fatal = false;
    if (archive_entry_is_encrypted(entry) > 0) {
      verdict = {State::kUndecodable, Reason::kEncrypted};
    } else {
      verdict = UnpackMember(handle.get(), index, file.size(), limits, total, sink, stop, fatal);
    }
    if (stop || !sink.end(index, verdict)) return {};
    const bool whole = verdict.reason == Reason::kTotalLimit || verdict.reason == Reason::kRatioLimit;
    if (fatal || whole) return verdict;
  }
  return {};
}

}  // namespace crossguard::examine
