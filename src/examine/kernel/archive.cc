#include "examine/kernel/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <memory>

namespace crossguard::examine {
namespace {

constexpr size_t kChunkBytes = size_t{64} << 10;

struct ArchiveFree {
  void operator()(archive* a) const { archive_read_free(a); }
};
using Handle = std::unique_ptr<archive, ArchiveFree>;

Handle Open(ByteView bytes) {
  Handle handle(archive_read_new());
  if (handle == nullptr) return nullptr;
  if (archive_read_support_format_zip(handle.get()) != ARCHIVE_OK) return nullptr;
  if (archive_read_open_memory(handle.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return nullptr;
  return handle;
}

// A whole ZIP ends with its end record and a comment of at most 65,535 bytes (APPNOTE 4.3.16). Without it the library
// reads what is there from the front and finds nothing missing.
bool HasEndRecord(ByteView bytes) {
  constexpr size_t kRecordBytes = 22;
  if (bytes.size() < kRecordBytes) return false;
  const size_t last = bytes.size() - kRecordBytes;
  const size_t first = last > 65'535 ? last - 65'535 : 0;
  return AsText(bytes.subspan(first)).rfind("PK\x05\x06") != std::string_view::npos;
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
      .is_file = archive_entry_filetype(entry) == AE_IFREG,
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

}  // namespace

bool NameEscapes(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.front() == '\\') return true;
  if (name.size() >= 2 && name[1] == ':') return true;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
  }
  for (size_t at = 0; at <= name.size();) {
    const size_t end = std::min(name.find_first_of("/\\", at), name.size());
    if (name.substr(at, end - at) == "..") return true;
    at = end + 1;
  }
  return false;
}

Verdict ListArchive(ByteView bytes, const Limits& limits, std::vector<ArchiveMember>& members) {
  const Handle handle = Open(bytes);
  if (handle == nullptr) return {State::kUndecodable, Reason::kDamagedHeader};
  uint64_t claimed = 0;
  archive_entry* entry = nullptr;
  for (uint32_t index = 0;; ++index) {
    const Step step = Next(handle.get(), &entry);
    if (step == Step::kDamaged) {
      return {members.empty() ? State::kUndecodable : State::kTruncated, Reason::kDamagedData};
    }
    if (step == Step::kEnd) break;
    if (index >= limits.entries_max) return {State::kLimitExceeded, Reason::kEntryLimit};
    members.push_back(Describe(entry, index));
    claimed += std::min(members.back().size_bytes, UINT64_MAX / 2 - claimed);
  }
  if (claimed > limits.total_bytes_max) return {State::kLimitExceeded, Reason::kTotalLimit};
  if (IsBomb(claimed, bytes.size(), limits)) return {State::kLimitExceeded, Reason::kRatioLimit};
  if (!HasEndRecord(bytes)) return {members.empty() ? State::kUndecodable : State::kTruncated, Reason::kEndedEarly};
  return {};
}

Verdict UnpackArchive(ByteView bytes, const Limits& limits, uint32_t first, uint32_t count, const UnpackSink& sink) {
  const Handle handle = Open(bytes);
  if (handle == nullptr) return {State::kUndecodable, Reason::kDamagedHeader};
  uint64_t total = 0;
  archive_entry* entry = nullptr;
  for (uint32_t index = 0; index < limits.entries_max; ++index) {
    if (index >= first && index - first >= count) return {};
    const Step step = Next(handle.get(), &entry);
    if (step == Step::kEnd) return {};
    if (step == Step::kDamaged) return {State::kTruncated, Reason::kDamagedData};
    if (index < first || archive_entry_filetype(entry) != AE_IFREG) continue;
    Verdict verdict;
    bool stop = false;
    bool fatal = false;
    if (archive_entry_is_encrypted(entry) > 0) {
      verdict = {State::kUndecodable, Reason::kEncrypted};
    } else {
      verdict = UnpackMember(handle.get(), index, bytes.size(), limits, total, sink, stop, fatal);
    }
    if (stop || !sink.end(index, verdict)) return {};
    const bool whole = verdict.reason == Reason::kTotalLimit || verdict.reason == Reason::kRatioLimit;
    if (fatal || whole) return verdict;
  }
  return {};
}

}  // namespace crossguard::examine
