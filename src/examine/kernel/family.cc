#include "examine/kernel/family.h"

#include "examine/kernel/decode.h"
#include "examine/kernel/kind.h"
#include "examine/kernel/pdq.h"

namespace crossguard::examine {

FileFacts ExamineAs(const FamilyWork& work, ByteView bytes, uint64_t size_bytes, uint32_t depth, const Limits& limits) {
  FileFacts facts;
  facts.kind = DetectKind(bytes);
  facts.state = State::kUnsupportedKind;
  const bool opened = IsPicture(facts.kind) || IsVideo(facts.kind) || IsArchive(facts.kind);
  if (!opened) return facts;
  const auto refuse = [&](Reason reason) {
    facts.state = State::kLimitExceeded;
    facts.reason = reason;
    return facts;
  };
  if (size_bytes > bytes.size()) return refuse(Reason::kFileSizeLimit);
  if (FamilyOf(facts.kind) != work.family) return facts;
  if (IsArchive(facts.kind) && depth >= limits.nesting_max) return refuse(Reason::kNestingLimit);
  work.examine(bytes, limits, facts);
  return facts;
}

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
  }
}

}  // namespace crossguard::examine
