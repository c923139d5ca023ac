#include <algorithm>

#include "base/error.h"
#include "examine/kernel/h264_begin.h"
#include "examine/kernel/h264_references.h"

// Any bytes as a stream of H.264: parameters and packets, each behind its length in 16 bits. What is told of a packet
// lies before it, and what is cut is no longer than it was.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  using namespace crossguard::examine;
  ByteView left(data, size);
  const auto next = [&] {
    const size_t wanted = left.size() < 2 ? 0 : size_t{left[0]} << 8 | left[1];
    left = left.subspan(std::min<size_t>(left.size(), 2));
    const ByteView part = left.first(std::min(wanted, left.size()));
    left = left.subspan(part.size());
    return part;
  };
  H264References references(next());
  for (size_t index = 0; !left.empty(); ++index) {
    const ByteView packet = next();
    H264BeginsAfresh(packet, index % 5);
    const H264Refers refers = references.Take(packet);
    if (refers.count == H264Refers::kAll) continue;
    CHECK(references.followed() && refers.count <= H264Refers::kMax);
    for (size_t i = 0; i < refers.count; ++i) CHECK(refers.back[i] >= 1 && refers.back[i] <= index);
    CHECK(references.Cut(packet).size() <= packet.size());
  }
  return 0;
}
