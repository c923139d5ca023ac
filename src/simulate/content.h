// A planned content becomes bytes: drawn, edited, encoded, damaged.
#pragma once

#include <list>
#include <unordered_map>
#include <vector>

#include "crypto/digest.h"
#include "simulate/plan.h"

namespace crossguard::simulate {

struct MadeMember {
  Digests digests;
  std::vector<MadeMember> members;  // of an archive within
};
struct MadeContent {
  Bytes bytes;
  Digests digests;
  std::vector<MadeMember> members;  // of an archive, in the order of the plan
};

// Makes contents for one thread. Keeps the latest untouched originals, up to 64 MiB, since popular ones come again and
// again.
class ContentMaker {
 public:
  MadeContent Make(const PlannedContent& content);

 private:
  static constexpr size_t kCacheMaxBytes = size_t{64} << 20U;
  std::list<std::pair<uint64_t, MadeContent>> latest_;  // by base, the latest first
  std::unordered_map<uint64_t, std::list<std::pair<uint64_t, MadeContent>>::iterator> by_base_;
  size_t cached_bytes_ = 0;
};

// The untouched original of its scene: what exact copies are copies of.
bool IsOriginal(const PlannedContent& content);

}  // namespace crossguard::simulate
