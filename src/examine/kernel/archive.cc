#include "examine/kernel/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <memory>
#include <string_view>

#include "examine/kernel/behind.h"
#include "examine/kernel/kind.h"
#include "examine/kernel/numbers.h"
#include "examine/kernel/packed_stream.h"
#include "examine/kernel/parts.h"
#include "examine/kernel/zip_end.h"

namespace crossguard::examine {
namespace {

constexpr size_t kChunkBytes = size_t{64} << 10;

struct ArchiveFree {
  void operator()(archive* a) const { archive_read_free(a); }
};

constexpr size_t kTarBlock = 512;

// What the library reads from, and where it is.
struct Reading {
  FileBytes& file;
  const Limits& limits;
  uint64_t end;                          // of the archive: what lies behind it is none of the library's business
  std::unique_ptr<PackedStream> packed;  // of a file that is compressed as a whole: what comes out of it
  uint64_t at = 0;
  bool wanted_more = false;  // asked for bytes behind the last one
  bool ends_in_zeros = false;
  bool is_bomb = false;
  bool has_directory = false;  // of a ZIP
};

bool IsBomb(uint64_t unpacked, uint64_t packed, const Limits& limits) {
  return unpacked > limits.ratio_free_bytes && unpacked / limits.ratio_max > packed;
}

bool AreZeros(ByteView bytes) {
  return std::ranges::all_of(bytes, [](uint8_t byte) { return byte == 0; });
}

la_ssize_t OnRead(archive*, void* data, const void** block) {
  Reading& reading = *static_cast<Reading*>(data);
  ByteView here = reading.packed ? reading.packed->Next() : reading.file.At(reading.at);
  if (!reading.packed)
    here = here.first(std::min<uint64_t>(here.size(), reading.end - std::min(reading.at, reading.end)));
  *block = here.data();
  reading.at += here.size();
  if (here.empty()) reading.wanted_more = true;
  // What lies between and behind the members counts too.
  reading.is_bomb = reading.packed && IsBomb(reading.at, reading.file.size(), reading.limits);
  if (reading.is_bomb) return ARCHIVE_FATAL;
  if (!here.empty()) reading.ends_in_zeros = here.size() >= kTarBlock && AreZeros(here.last(kTarBlock));
  return static_cast<la_ssize_t>(here.size());
}

la_int64_t OnSkip(archive*, void* data, la_int64_t wanted) {
  Reading& reading = *static_cast<Reading*>(data);
  if (wanted <= 0) return 0;
  const uint64_t left = reading.end - std::min(reading.at, reading.end);
  if (static_cast<uint64_t>(wanted) > left) reading.wanted_more = true;
  const uint64_t skipped = std::min(static_cast<uint64_t>(wanted), left);
  reading.at += skipped;
  return static_cast<la_int64_t>(skipped);
}

la_int64_t OnSeek(archive*, void* data, la_int64_t offset, int whence) {
  Reading& reading = *static_cast<Reading*>(data);
  const auto size = static_cast<la_int64_t>(reading.end);
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

// The one format of the kind: nothing else of the library is let near the bytes. A ZIP that has lost its directory is
// read from the front: the directory of an archive that lies stored in it is not its own.
bool Support(archive* handle, Kind kind, bool has_directory) {
  if (IsZip(kind) && !has_directory) return archive_read_support_format_zip_streamable(handle) == ARCHIVE_OK;
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
  // Within what is compressed as a whole. Archives that were hung on one another there are read as one.
  return IsPacked(kind) && archive_read_support_format_tar(handle) == ARCHIVE_OK &&
         archive_read_set_options(handle, "tar:read_concatenated_archives") == ARCHIVE_OK;
}

Handle Open(Kind kind, FileBytes& file, const Limits& limits) {
  const std::optional<ZipExtent> zip = IsZip(kind) ? FindOwnZip(file) : std::nullopt;
  const uint64_t end = zip ? std::min(zip->end, file.size()) : file.size();
  Handle handle{.reading = std::make_unique<Reading>(Reading{
                    .file = file, .limits = limits, .end = end, .packed = {}, .has_directory = zip.has_value()}),
                .archive_ = {}};
  Reading& reading = *handle.reading;
  handle.archive_.reset(archive_read_new());
  archive* const opened = handle.get();
  if (opened == nullptr || !Support(opened, kind, reading.has_directory)) return {};
  archive_read_set_read_callback(opened, OnRead);
  if (IsPacked(kind)) {
    reading.packed = std::make_unique<PackedStream>(kind, file, limits.decode_bytes_max);
  } else {
    archive_read_set_skip_callback(opened, OnSkip);
    archive_read_set_seek_callback(opened, OnSeek);
  }
  archive_read_set_callback_data(opened, &reading);
  if (archive_read_open1(opened) != ARCHIVE_OK) handle.archive_.reset();
  return handle;
}

// Only if the first header can be read: a file that begins with zeros is an empty tar to the library, and all that
// comes behind them would be passed over.
bool HoldsTar(Kind kind, FileBytes& file, const Limits& limits) {
  const Handle probe = Open(kind, file, limits);
  archive_entry* entry = nullptr;
  const int status = probe ? archive_read_next_header(probe.get(), &entry) : ARCHIVE_FATAL;
  return status == ARCHIVE_OK || status == ARCHIVE_WARN;
}

// The library says of headers and contents that only a password opens nothing but a sentence.
bool SaysEncrypted(archive* handle) {
  const char* const text = archive_error_string(handle);
  return text != nullptr && (std::string_view(text).find("ncrypt") != std::string_view::npos ||
                             std::string_view(text).find("assphrase") != std::string_view::npos);
}

// Why reading does not go on: what is compressed says so itself, else it is the end or what stands there.
Verdict Broken(const Reading& reading, bool gave_something) {
  if (reading.is_bomb) return {State::kLimitExceeded, Reason::kRatioLimit};
  const Verdict packed = reading.packed ? reading.packed->verdict() : Verdict{};
  if (packed.state == State::kLimitExceeded) return packed;
  const State state = gave_something ? State::kTruncated : State::kUndecodable;
  if (packed.state != State::kExamined) return {state, packed.reason};
  return {state, reading.wanted_more ? Reason::kEndedEarly : Reason::kDamagedData};
}

Verdict CannotOpen(const Handle& handle) {
  const bool cut = handle.reading && handle.reading->wanted_more;
  return {State::kUndecodable, cut ? Reason::kEndedEarly : Reason::kDamagedHeader};
}

// A way of packing that the library does not know is not damage.
bool SaysUnsupported(archive* handle) {
  const char* const text = archive_error_string(handle);
  return text != nullptr && std::string_view(text).find("nsupported") != std::string_view::npos;
}

bool IsFile(archive_entry* entry) {
  return archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
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

// What comes out, against the limits. total: of the whole call, counted as it comes.
Verdict Count(uint64_t got, uint64_t packed, const Limits& limits, uint64_t& total) {
  total += got;
  if (total > limits.total_bytes_max) return {State::kLimitExceeded, Reason::kTotalLimit};
  if (IsBomb(total, packed, limits)) return {State::kLimitExceeded, Reason::kRatioLimit};
  return {};
}

// The bytes of the member whose header was read, in pieces. The library's own archive_read_data gives up what it has
// put together when it comes to a cut; here its blocks are given as they come, and holes between them as zeros.
class MemberBytes {
 public:
  explicit MemberBytes(archive* handle) : handle_(handle) {}
  // None at the end, whatever ended it.
  ByteView Next() {
    while (hole_ == 0 && block_.empty()) {
      if (status_ != ARCHIVE_OK) return {};
      ReadBlock();
    }
    static constexpr std::array<uint8_t, kChunkBytes> kZeros{};
    const ByteView from = hole_ > 0 ? ByteView(kZeros) : block_;
    const auto count =
        static_cast<size_t>(std::min<uint64_t>({kChunkBytes, from.size(), hole_ > 0 ? hole_ : UINT64_MAX}));
    if (hole_ > 0)
      hole_ -= count;
    else
      block_ = block_.subspan(count);
    return from.first(count);
  }
  int status() const { return status_; }  // behind the end: ARCHIVE_EOF if it is the member's own

 private:
  void ReadBlock() {
    const void* data = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    status_ = archive_read_data_block(handle_, &data, &size, &offset);
    if (status_ == ARCHIVE_RETRY) status_ = ARCHIVE_OK;
    if (status_ != ARCHIVE_OK && status_ != ARCHIVE_WARN) return;  // a warning comes with the last block
    if (size == 0 && offset == 0) return;
    if (offset < 0 || static_cast<uint64_t>(offset) < end_) {  // out of order
      status_ = ARCHIVE_FAILED;
      return;
    }
    hole_ = static_cast<uint64_t>(offset) - end_;
    block_ = ByteView(static_cast<const uint8_t*>(data), size);
    end_ = static_cast<uint64_t>(offset) + size;
  }

  archive* handle_;
  int status_ = ARCHIVE_OK;
  uint64_t hole_ = 0;  // before the block
  ByteView block_;
  uint64_t end_ = 0;  // of the block, in the member
};

// One member's bytes.
Verdict UnpackMember(const Handle& handle, uint32_t index, uint64_t packed, const Limits& limits, uint64_t& total,
                     const UnpackSink& sink, bool& stop, bool& fatal) {
  MemberBytes bytes(handle.get());
  uint64_t size = 0;
  for (ByteView chunk = bytes.Next(); !chunk.empty(); chunk = bytes.Next()) {
    size += chunk.size();
    if (size > limits.member_bytes_max) return {State::kLimitExceeded, Reason::kMemberLimit};
    const Verdict verdict = Count(chunk.size(), packed, limits, total);
    if (verdict.state != State::kExamined) return verdict;
    if (!sink.data(index, chunk)) {
      stop = true;
      return {};
    }
  }
  if (bytes.status() == ARCHIVE_EOF) return {};
  fatal = bytes.status() == ARCHIVE_FATAL;
  if (SaysEncrypted(handle.get())) return {State::kUndecodable, Reason::kEncrypted};
  if (size == 0 && SaysUnsupported(handle.get())) return {State::kUndecodable, Reason::kUnsupportedVariant};
  return Broken(*handle.reading, true);
}

// Unpacks one member to nowhere, to see how much it is.
Verdict CountMember(const Handle& handle, uint64_t packed, const Limits& limits, uint64_t& total, uint64_t& size) {
  MemberBytes bytes(handle.get());
  for (ByteView chunk = bytes.Next(); !chunk.empty(); chunk = bytes.Next()) {
    size += chunk.size();
    const Verdict verdict = Count(chunk.size(), packed, limits, total);
    if (verdict.state != State::kExamined) return verdict;
  }
  return bytes.status() == ARCHIVE_EOF ? Verdict{} : Broken(*handle.reading, true);
}

// A single file, compressed by itself, is its one member. What came out before a cut is what there is of it.
constexpr std::string_view kSingleName = "data";  // where it is not told

Verdict ListSingleFile(PackedStream& packed, uint64_t packed_bytes, const Limits& limits,
                       std::vector<ArchiveMember>& members) {
  uint64_t size = 0;
  Verdict verdict;
  for (ByteView chunk = packed.Next(); !chunk.empty() && verdict.state == State::kExamined; chunk = packed.Next())
    verdict = Count(chunk.size(), packed_bytes, limits, size);
  if (verdict.state == State::kExamined) verdict = packed.verdict();
  if (size == 0 && verdict.state != State::kExamined) return verdict;
  const std::string_view name = packed.name().empty() ? kSingleName : packed.name();
  members.push_back({.index = 0,
                     .name = CleanName(name),
                     .size_bytes = size,
                     .size_known = verdict.state == State::kExamined,
                     .is_file = true,
                     .encrypted = false,
                     .name_escapes = NameEscapes(name)});
  return verdict;
}

Verdict UnpackSingleFile(PackedStream& packed, uint64_t packed_bytes, const Limits& limits, const UnpackSink& sink) {
  uint64_t size = 0;
  Verdict verdict;
  for (ByteView chunk = packed.Next(); !chunk.empty(); chunk = packed.Next()) {
    verdict = Count(chunk.size(), packed_bytes, limits, size);
    if (size > limits.member_bytes_max) verdict = {State::kLimitExceeded, Reason::kMemberLimit};
    if (verdict.state != State::kExamined) break;
    if (!sink.data(0, chunk)) return {};
  }
  if (verdict.state == State::kExamined) verdict = packed.verdict();
  if (size > 0 || verdict.state == State::kExamined) sink.end(0, verdict);
  return verdict;
}

// A tar ends with blocks of zeros (POSIX, pax): without them it may have lost members.
bool LacksEndOfTar(const Reading& reading) {
  return reading.wanted_more && !reading.ends_in_zeros;
}

// An image says in its first descriptor how many blocks it has (ECMA-119, 8.4.8 and 8.4.12). The library sees that they
// are missing only when it comes to them.
bool IsoEndsEarly(FileBytes& file) {
  constexpr size_t kDescriptorAt = 0x8000, kBlocksAt = 80, kBlockBytesAt = 128;
  const Bytes descriptor = file.Copy(kDescriptorAt, kBlockBytesAt + 2);
  if (descriptor.size() < kBlockBytesAt + 2 || descriptor[0] != 1) return false;
  return LittleEndian(descriptor, kBlocksAt, 4) * LittleEndian(descriptor, kBlockBytesAt, 2) > file.size();
}

// A 7z begins with the place and the length of its list of members, which lies at its end (7zFormat.txt). Without it
// nothing of the archive can be read.
uint64_t SevenZipEnd(FileBytes& file) {
  constexpr size_t kHeaderBytes = 32;
  const Bytes header = file.Copy(0, kHeaderBytes);
  if (header.size() < kHeaderBytes) return kHeaderBytes;
  constexpr uint64_t kFar = UINT64_MAX / 4;
  return kHeaderBytes + std::min(LittleEndian(header, 12, 8), kFar) + std::min(LittleEndian(header, 20, 8), kFar);
}

// The members have been listed to their end: whether that is the archive's own end.
bool EndsEarly(Kind kind, FileBytes& file, const Reading& reading) {
  if (IsZip(kind)) return !reading.has_directory;
  if (kind == Kind::kIso) return IsoEndsEarly(file);
  return (kind == Kind::kTar || reading.packed) && LacksEndOfTar(reading);
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

// The first byte that is not the archive's own; the file's end where the format does not tell.
uint64_t OwnEnd(Kind kind, FileBytes& file, const Handle& handle) {
  const Reading& reading = *handle.reading;
  if (reading.packed) return reading.packed->end_at();
  if (kind == Kind::kTar) return static_cast<uint64_t>(std::max<la_int64_t>(archive_filter_bytes(handle.get(), 0), 0));
  return kind == Kind::kSevenZip ? SevenZipEnd(file) : reading.end;
}

void LookBehind(FileBytes& file, uint64_t end, uint64_t* behind_at) {
  if (behind_at != nullptr && end > 0 && end < file.size()) *behind_at = FindFileBehind(file, end).value_or(0);
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

Verdict ListArchive(FileBytes& file, const Limits& limits, std::vector<ArchiveMember>& members, uint64_t* behind_at) {
  const Kind kind = DetectKind(file.head());
  if (HasParts(kind)) {
    if (!file.in_memory()) return {State::kLimitExceeded, Reason::kFileSizeLimit};
    return ListParts(kind, file.head(), limits, members);
  }
  if (kind == Kind::kMbox) return ListMailbox(file, limits, members);
  if (IsPacked(kind) && !HoldsTar(kind, file, limits)) {
    PackedStream packed(kind, file, limits.decode_bytes_max);
    const Verdict verdict = ListSingleFile(packed, file.size(), limits, members);
    if (verdict.state == State::kExamined) LookBehind(file, packed.end_at(), behind_at);
    return verdict;
  }
  const Handle handle = Open(kind, file, limits);
  if (!handle) return CannotOpen(handle);
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
      const bool cut = kind == Kind::kSevenZip && members.empty() && SevenZipEnd(file) > file.size();
      return cut ? Verdict{State::kUndecodable, Reason::kEndedEarly} : Broken(*handle.reading, !members.empty());
    }
    if (step == Step::kEnd) break;
    if (index >= limits.entries_max) return {State::kLimitExceeded, Reason::kEntryLimit};
    members.push_back(Describe(entry, index));
    ArchiveMember& member = members.back();
    (member.encrypted ? file_locked : file_opens) |= member.is_file;
    claimed += std::min(member.size_bytes, UINT64_MAX / 2 - claimed);
    if (!IsPacked(kind)) continue;
    uint64_t size = 0;
    const Verdict verdict = CountMember(handle, file.size(), limits, counted, size);
    if (!member.size_known) {
      member.size_bytes = size;
      member.size_known = verdict.state == State::kExamined;
    }
    if (verdict.state != State::kExamined) return verdict;
  }
  if (claimed > limits.total_bytes_max) return {State::kLimitExceeded, Reason::kTotalLimit};
  if (IsBomb(claimed, file.size(), limits)) return {State::kLimitExceeded, Reason::kRatioLimit};
  const Reading& reading = *handle.reading;
  if (reading.packed && reading.packed->verdict().state != State::kExamined) return Broken(reading, !members.empty());
  if (EndsEarly(kind, file, reading))
    return {members.empty() ? State::kUndecodable : State::kTruncated, Reason::kEndedEarly};
  LookBehind(file, OwnEnd(kind, file, handle), behind_at);
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
  if (IsPacked(kind) && !HoldsTar(kind, file, limits)) {
    if (first > 0) return {};
    PackedStream packed(kind, file, limits.decode_bytes_max);
    return UnpackSingleFile(packed, file.size(), limits, sink);
  }
  const Handle handle = Open(kind, file, limits);
  if (!handle) return CannotOpen(handle);
  uint64_t total = 0;
  archive_entry* entry = nullptr;
  for (uint32_t index = 0; index < limits.entries_max; ++index) {
    if (index >= first && index - first >= count) return {};
    const Step step = Next(handle.get(), &entry);
    if (step == Step::kEnd) return {};
    if (step == Step::kDamaged) return Broken(*handle.reading, true);
    if (index < first || !IsFile(entry)) continue;
    Verdict verdict;
    bool stop = false;
    bool fatal = false;
    if (archive_entry_is_encrypted(entry) > 0) {
      verdict = {State::kUndecodable, Reason::kEncrypted};
    } else {
      verdict = UnpackMember(handle, index, file.size(), limits, total, sink, stop, fatal);
    }
    if (stop || !sink.end(index, verdict)) return {};
    const bool whole = verdict.reason == Reason::kTotalLimit || verdict.reason == Reason::kRatioLimit;
    if (fatal || whole) return verdict;
  }
  return {};
}

}  // namespace crossguard::examine
