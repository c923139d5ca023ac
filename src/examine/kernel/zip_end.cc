#include "examine/kernel/zip_end.h"

#include <algorithm>
#include <string_view>

#include "examine/kernel/numbers.h"

namespace crossguard::examine {
namespace {

using namespace std::string_view_literals;

constexpr size_t kRecordBytes = 22, kEntryBytes = 46, kLocatorBytes = 20, kRecord64Bytes = 56;
constexpr uint64_t kDirectoryBytesMax = uint64_t{1} << 20;  // of it is read, for the place of the first member
constexpr int kCandidatesMax = 64;                          // end records that are looked at

bool Begins(const Bytes& bytes, std::string_view mark) {
  return AsText(bytes).starts_with(mark);
}

// The lowest place that the directory's entries name; none if it does not begin with an entry. 0xFFFFFFFF: told
// elsewhere (zip64), so far away that it is not the lowest.
std::optional<uint64_t> FirstMember(ByteView directory) {
  std::optional<uint64_t> first;
  while (directory.size() >= kEntryBytes && AsText(directory).starts_with("PK\x01\x02"sv)) {
    first = std::min(first.value_or(UINT64_MAX), LittleEndian(directory, 42, 4));
    const uint64_t length =
        kEntryBytes + LittleEndian(directory, 28, 2) + LittleEndian(directory, 30, 2) + LittleEndian(directory, 32, 2);
    directory = directory.subspan(static_cast<size_t>(std::min<uint64_t>(length, directory.size())));
  }
  return first;
}

struct Directory {
  uint64_t bytes = 0;
  uint64_t offset = 0;  // from the beginning of the archive, or of what was put before it later
  uint64_t end = 0;     // in the file: where its records begin
};

// Sizes that do not fit into the record stand in another one before it (4.3.14, 4.3.15).
std::optional<Directory> ReadRecords(FileBytes& file, uint64_t record_at, ByteView record) {
  Directory out{.bytes = LittleEndian(record, 12, 4), .offset = LittleEndian(record, 16, 4), .end = record_at};
  if (record_at < kLocatorBytes + kRecord64Bytes) return out;
  if (!Begins(file.Copy(record_at - kLocatorBytes, 4), "PK\x06\x07"sv)) return out;
  const uint64_t at = record_at - kLocatorBytes - kRecord64Bytes;
  const Bytes large = file.Copy(at, kRecord64Bytes);
  if (!Begins(large, "PK\x06\x06"sv)) return std::nullopt;
  return Directory{.bytes = LittleEndian(large, 40, 8), .offset = LittleEndian(large, 48, 8), .end = at};
}

std::optional<ZipExtent> ReadExtent(FileBytes& file, uint64_t record_at) {
  const Bytes record = file.Copy(record_at, kRecordBytes);
  if (record.size() < kRecordBytes) return std::nullopt;
  const std::optional<Directory> directory = ReadRecords(file, record_at, record);
  if (!directory || directory->bytes > directory->end) return std::nullopt;
  const uint64_t directory_at = directory->end - directory->bytes;
  if (directory->offset > directory_at) return std::nullopt;
  const uint64_t before = directory_at - directory->offset;
  const uint64_t end = record_at + kRecordBytes + LittleEndian(record, 20, 2);
  if (directory->bytes == 0) return ZipExtent{.before = before, .begin = before, .end = end};  // without members
  const auto first = FirstMember(file.Copy(directory_at, std::min(directory->bytes, kDirectoryBytesMax)));
  if (!first || before + *first >= directory_at) return std::nullopt;
  if (!Begins(file.Copy(before + *first, 4), "PK\x03\x04"sv)) return std::nullopt;
  return ZipExtent{.before = before, .begin = before + *first, .end = end};
}

template <typename Fits>
std::optional<ZipExtent> FindLast(FileBytes& file, uint64_t search_bytes, const Fits& fits) {
  const uint64_t from = file.size() - std::min(file.size(), search_bytes);
  const Bytes copied = file.in_memory() ? Bytes{} : file.Copy(from, file.size() - from);
  const std::string_view tail = AsText(file.in_memory() ? file.At(from) : ByteView(copied));
  size_t at = tail.size();
  for (int tries = 0; tries < kCandidatesMax && at > 0; ++tries) {
    at = tail.rfind("PK\x05\x06"sv, at - 1);
    if (at == std::string_view::npos) return std::nullopt;
    if (const auto extent = ReadExtent(file, from + at); extent && fits(*extent)) return extent;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ZipExtent> FindZip(FileBytes& file, uint64_t search_bytes) {
  return FindLast(file, search_bytes, [](const ZipExtent&) { return true; });
}

// Writers that know no large archives let the place of the directory begin anew at 4 GiB.
std::optional<ZipExtent> FindOwnZip(FileBytes& file) {
  return FindLast(file, file.in_memory() ? file.size() : kZipEndBytes,
                  [](const ZipExtent& extent) { return extent.before % (uint64_t{1} << 32) == 0; });
}

}  // namespace crossguard::examine
