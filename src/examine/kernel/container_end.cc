#include "examine/kernel/container_end.h"

#include <bit>
#include <optional>

namespace crossguard::examine {
namespace {

constexpr uint32_t kSegmentId = 0x18538067;
constexpr uint64_t kOpen = UINT64_MAX;  // a size that is left open

// An EBML number of one to eight bytes; the leading zeros of the first one tell how many (RFC 8794, 4).
struct Number {
  uint64_t value;
  size_t bytes;
};
std::optional<Number> ReadNumber(ByteView at, bool keep_marker) {
  if (at.empty() || at[0] == 0) return std::nullopt;
  const auto bytes = static_cast<size_t>(std::countl_zero(at[0])) + 1;
  if (at.size() < bytes) return std::nullopt;
  uint64_t value = keep_marker ? at[0] : at[0] & (0xFFU >> bytes);
  for (size_t i = 1; i < bytes; ++i) value = value << 8 | at[i];
  const bool open = !keep_marker && value == (uint64_t{1} << (7 * bytes)) - 1;
  return Number{open ? kOpen : value, bytes};
}

}  // namespace

// The EBML header, perhaps a void element or two, then the segment that holds all else.
std::optional<uint64_t> MatroskaEnd(FileBytes& file) {
  uint64_t at = 0;
  for (int elements = 0; elements < 8 && at < file.size(); ++elements) {
    const Bytes head = file.Copy(at, 16);
    const auto id = ReadNumber(head, true);
    if (!id) return std::nullopt;
    const auto size = ReadNumber(ByteView(head).subspan(id->bytes), false);
    if (!size || size->value == kOpen) return std::nullopt;
    const uint64_t body = at + id->bytes + size->bytes;
    const uint64_t end = size->value > UINT64_MAX - body ? UINT64_MAX : body + size->value;
    if (id->value == kSegmentId) return end;
    if (end > file.size()) return std::nullopt;
    at = end;
  }
  return std::nullopt;
}

namespace {

bool AviEndsEarly(FileBytes& file) {
  const Bytes head = file.Copy(0, 8);
  if (head.size() < 8) return false;
  uint64_t size = 0;
  for (size_t i = 0; i < 4; ++i) size |= uint64_t{head[4 + i]} << (8 * i);
  return size + 8 > file.size();
}

}  // namespace

bool EndsBeforeItsEnd(Kind kind, FileBytes& file) {
  switch (kind) {
    case Kind::kMkv:
    case Kind::kWebm:
      return MatroskaEnd(file).value_or(0) > file.size();
    case Kind::kAvi:
      return AviEndsEarly(file);
    default:
      return false;
  }
}

}  // namespace crossguard::examine
