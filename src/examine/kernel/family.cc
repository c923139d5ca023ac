#include "examine/kernel/family.h"

#include <algorithm>

#include "examine/kernel/decode.h"
#include "examine/kernel/kind.h"
#include "examine/kernel/pdq.h"

namespace crossguard::examine {

namespace {

FileFacts LimitExceeded(FileFacts facts, Reason reason) {
  facts.state = State::kLimitExceeded;
  facts.reason = reason;
  return facts;
}

bool IsOpened(Kind kind) {
  return IsPicture(kind) || IsVideo(kind) || IsArchive(kind);
}

}  // namespace

FileFacts ExamineAs(const FamilyWork& work, ByteView bytes, uint64_t size_bytes, uint32_t depth, const Limits& limits) {
  FileFacts facts;
  facts.kind = DetectKind(bytes);
  facts.state = State::kUnsupportedKind;
  if (!IsOpened(facts.kind)) {
    const bool looks = work.find_behind != nullptr && size_bytes == bytes.size() && depth < limits.nesting_max;
    if (looks) facts.behind_at = work.find_behind(facts.kind, bytes).value_or(0);
    return facts;
  }
  if (size_bytes > bytes.size()) return LimitExceeded(std::move(facts), Reason::kFileSizeLimit);
  if (FamilyOf(facts.kind) != work.family) return facts;
  if (IsArchive(facts.kind) && depth >= limits.nesting_max)
    return LimitExceeded(std::move(facts), Reason::kNestingLimit);
  const WholeGridWanted wanted(limits.whole_pdq);
  work.examine(bytes, limits, facts);
  return facts;
}

FileFacts ExamineAs(const FamilyWork& work, FileBytes& file, uint32_t depth, const Limits& limits) {
  if (file.in_memory()) return ExamineAs(work, file.head(), file.size(), depth, limits);
  FileFacts facts;
  facts.kind = DetectKind(file.head());
  facts.state = State::kUnsupportedKind;
  if (!IsOpened(facts.kind) || FamilyOf(facts.kind) != work.family) return facts;
  if (work.examine_windowed == nullptr) return LimitExceeded(std::move(facts), Reason::kFileSizeLimit);
  if (IsArchive(facts.kind) && depth >= limits.nesting_max)
    return LimitExceeded(std::move(facts), Reason::kNestingLimit);
  work.examine_windowed(file, limits, facts);
  return facts;
}

namespace {

void TakeOtherHashes(const SampledPicture& picture, const Limits& limits, FileFacts& facts) {
  if (facts.width <= kSampledSide && facts.height <= kSampledSide) {  // nothing was left out
    facts.pdq_whole = facts.pdq;
    facts.pdq_whole_quality = facts.pdq_quality;
  } else if (!picture.whole_grid.empty() && std::min(facts.width, facts.height) >= kPdqSideMin) {
    const PdqHash hash = HashPdqGrid(picture.whole_grid);
    facts.pdq_whole = hash.hash;
    facts.pdq_whole_quality = hash.quality;
  }
  if (!limits.turned_pdq) return;
  const std::array<Pdq, kTurns> turned = HashPdqTurned(picture);
  facts.turned.assign(turned.begin() + 1, turned.end());
}

}  // namespace

void TakePicture(const Decoded& decoded, const Limits& limits, FileFacts& facts) {
  facts.state = decoded.state;
  facts.reason = decoded.reason;
  facts.width = decoded.width;
  facts.height = decoded.height;
  facts.frames = decoded.frames;
  if (facts.state != State::kLimitExceeded && uint64_t{facts.width} * facts.height > limits.pixels_max) {
    facts.state = State::kLimitExceeded;
    facts.reason = Reason::kPixelLimit;
    return;
  }
  if (decoded.picture) {
    const PdqHash hash = HashPdq(*decoded.picture);
    facts.pdq = hash.hash;
    facts.pdq_quality = hash.quality;
    TakeOtherHashes(*decoded.picture, limits, facts);
  }
}

}  // namespace crossguard::examine
