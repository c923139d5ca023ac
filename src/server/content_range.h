// The two range fields of RFC 9110 §14, of which one form each is taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace crossguard::server {

struct ContentRange {
  uint64_t first = 0;
  uint64_t last = 0;  // included
  uint64_t size_bytes = 0;
  uint64_t length() const { return last - first + 1; }
};
// "bytes FIRST-LAST/SIZE" with first <= last < size; kInvalid otherwise.
Result<ContentRange> ParseContentRange(std::string_view text);

struct ByteRange {
  uint64_t first = 0;
  std::optional<uint64_t> last;  // included; nullopt: to the end
};
// "bytes=FIRST-" or "bytes=FIRST-LAST"; kInvalid otherwise.
Result<ByteRange> ParseRange(std::string_view text);

}  // namespace crossguard::server
