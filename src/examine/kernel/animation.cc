#include "examine/kernel/animation.h"

#include <algorithm>

#include "examine/kernel/pdq.h"

namespace crossguard::examine {
namespace {

constexpr uint64_t kCanvasPixelsMax = uint64_t{16} << 20;
constexpr uint64_t kShownPixelsMax = uint64_t{256} << 20;
constexpr uint64_t kShownPixelsPerByte = 32;  // more, for each byte of the file
constexpr uint64_t kMillisBetween = 1000;
constexpr int kSameMax = 31;

// What is not there of the pictures behind the first, said of the file.
void Lacks(Reason reason, FileFacts& facts) {
  if (facts.state != State::kExamined) return;
  facts.state = State::kTruncated;
  facts.reason = reason;
}

// How many pixels may be put together or decoded for what lies behind the first picture.
class Allowance {
 public:
  explicit Allowance(ByteView bytes) : left_(kShownPixelsMax + kShownPixelsPerByte * bytes.size()) {}
  bool Take(uint64_t pixels) {
    if (pixels > left_) return false;
    left_ -= pixels;
    return true;
  }

 private:
  uint64_t left_;
};

void TakeAnimation(ByteView bytes, const Limits& limits, FileFacts& facts) {
  if (uint64_t{facts.width} * facts.height > kCanvasPixelsMax) return Lacks(Reason::kFrameLimit, facts);
  Allowance allowance(bytes);
  bool over = false;
  uint32_t number = 0;
  std::vector<VideoFrame>& kept = facts.video_frames;
  SampledPicture picture{.width = facts.width, .height = facts.height, .channels = 3, .pixels = {}};
  const auto take = [&](ByteView rgb, uint64_t at_millis) {
    if (number == facts.frames) return false;  // more than were counted
    over = !allowance.Take(rgb.size() / 3) || kept.size() == limits.video_frames_max;
    if (over) return false;
    picture.pixels.assign(rgb.begin(), rgb.end());
    const PdqHash hash = HashPdq(picture);
    if (kept.empty() || at_millis >= kept.back().at_millis + kMillisBetween ||
        Distance(hash.hash, kept.back().pdq) > kSameMax) {
      kept.push_back({.number = number, .at_millis = at_millis, .quality = hash.quality, .pdq = hash.hash});
    }
    ++number;
    return true;
  };
  const auto each = facts.kind == Kind::kGif   ? EachGifPicture
                    : facts.kind == Kind::kPng ? EachPngPicture
                                               : EachWebpPicture;
  const bool whole = each(bytes, facts.width, facts.height, take);
  if (over) {
    Lacks(Reason::kFrameLimit, facts);
  } else if (!whole) {
    Lacks(Reason::kDamagedData, facts);
  }
}

void TakePages(ByteView bytes, const Limits& limits, FileFacts& facts) {
  const WholeGridWanted wanted(true);
  Allowance allowance(bytes);
  uint32_t number = 0;
  Reason lacks = Reason::kNone;
  const bool whole = EachTiffPage(bytes, limits, [&](const Decoded& page) {
    if (number == facts.frames) return false;
    if (!allowance.Take(uint64_t{page.width} * page.height)) {
      lacks = Reason::kFrameLimit;
      return false;
    }
    if (page.picture) {
      const bool reduced = !page.picture->whole_grid.empty() && std::min(page.width, page.height) >= kPdqSideMin;
      const PdqHash hash = reduced ? HashPdqGrid(page.picture->whole_grid) : HashPdq(*page.picture);
      facts.video_frames.push_back({.number = number, .at_millis = 0, .quality = hash.quality, .pdq = hash.hash});
    }
    if (page.state != State::kExamined) lacks = page.reason;
    ++number;
    return true;
  });
  if (!whole) lacks = Reason::kDamagedData;
  if (lacks != Reason::kNone) Lacks(lacks, facts);
}

}  // namespace

void TakeOthers(ByteView bytes, const Limits& limits, FileFacts& facts) {
  if (facts.kind == Kind::kTiff) return TakePages(bytes, limits, facts);
  if (facts.kind == Kind::kGif || facts.kind == Kind::kWebp || facts.kind == Kind::kPng)
    TakeAnimation(bytes, limits, facts);
}

}  // namespace crossguard::examine
