#include "examine/kernel/archive.h"

// Any bytes as an archive: listed and unpacked within the limits, members in order, each ended once.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  using namespace crossguard::examine;
  Limits limits;
  limits.total_bytes_max = uint64_t{4} << 20;
  limits.member_bytes_max = uint64_t{2} << 20;
  std::vector<ArchiveMember> members;
  ListArchive({data, size}, limits, members);
  CHECK(members.size() <= limits.entries_max);
  uint64_t total = 0;
  int64_t ended = -1;
  UnpackArchive({data, size}, limits, 0, limits.entries_max,
                {.data =
                     [&](uint32_t index, ByteView chunk) {
                       total += chunk.size();
                       CHECK(int64_t{index} > ended && !chunk.empty());
                       return true;
                     },
                 .end =
                     [&](uint32_t index, Verdict) {
                       CHECK(int64_t{index} > ended);
                       ended = index;
                       return true;
                     }});
  CHECK(total <= limits.total_bytes_max);
  return 0;
}
