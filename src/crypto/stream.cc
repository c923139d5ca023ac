#include "crypto/stream.h"

#include <algorithm>

namespace crossguard {

Sink SinkTo(Bytes& bytes) {
  return [&bytes](ByteView more) -> Status {
    bytes.insert(bytes.end(), more.begin(), more.end());
    return {};
  };
}

Source SourceOf(ByteView bytes) {
  return [rest = bytes](std::span<uint8_t> out) mutable -> Result<size_t> {
    const size_t count = std::min(rest.size(), out.size());
    std::copy_n(rest.begin(), count, out.begin());
    rest = rest.subspan(count);
    return count;
  };
}

Result<size_t> ReadFull(const Source& source, std::span<uint8_t> out) {
  size_t filled = 0;
  while (filled < out.size()) {
    const size_t count = TRY(source(out.subspan(filled)));
    CHECK(count <= out.size() - filled);
    if (count == 0) break;
    filled += count;
  }
  return filled;
}

}  // namespace crossguard
