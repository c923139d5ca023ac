// A planned content becomes bytes: drawn, edited, encoded, damaged.
#pragma once

#include <functional>
#include <list>
#include <memory>
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
  Bytes bytes;  // "": they went to the sink
  Digests digests;
  std::vector<MadeMember> members;  // of an archive, in the order of the plan; then what else it is made of
};
using ContentSink = std::function<void(ByteView)>;

// Makes contents for one thread. Keeps the latest untouched originals, up to 64 MiB, since popular ones come again and
// again, and the latest videos as they were coded, up to 24 MiB. A video is never held whole, unless it is asked for.
class ContentMaker {
 public:
  MadeContent Make(const PlannedContent& content);
  // The same, the bytes to the sink in pieces.
  MadeContent Make(const PlannedContent& content, const ContentSink& sink);

 private:
  struct CodedVideo {
    uint64_t footage = 0;
    drawing::VideoForm form;
    std::shared_ptr<const drawing::DrawnVideo> video;
  };
  std::shared_ptr<const drawing::DrawnVideo> Coded(uint64_t footage, const drawing::VideoForm& form);
  MadeContent MakeVideo(const PlannedContent& content, const ContentSink& sink);

  static constexpr size_t kCacheMaxBytes = size_t{64} << 20U;
  static constexpr size_t kVideoCacheMaxBytes = size_t{24} << 20U;
  std::list<std::pair<uint64_t, MadeContent>> latest_;  // by base, the latest first
  std::unordered_map<uint64_t, std::list<std::pair<uint64_t, MadeContent>>::iterator> by_base_;
  size_t cached_bytes_ = 0;
  std::list<CodedVideo> videos_;  // the latest first
};

// The untouched original of its scene: what exact copies are copies of.
bool IsOriginal(const PlannedContent& content);

}  // namespace crossguard::simulate
