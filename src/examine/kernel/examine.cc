#include "examine/kernel/examine.h"

#include "examine/kernel/archive.h"
#include "examine/kernel/decode.h"
#include "examine/kernel/exif.h"
#include "examine/kernel/kind.h"
#include "examine/kernel/pdq.h"

namespace crossguard::examine {

FileFacts ExamineBytes(ByteView bytes, uint64_t size_bytes, uint32_t depth, const Limits& limits) {
  FileFacts facts;
  facts.kind = DetectKind(bytes);
  const bool opened = IsPicture(facts.kind) || IsArchive(facts.kind);
  if (!opened) {
    facts.state = State::kUnsupportedKind;
    return facts;
  }
  if (size_bytes > bytes.size()) {
    facts.state = State::kLimitExceeded;
    facts.reason = Reason::kFileSizeLimit;
    return facts;
  }
  if (IsArchive(facts.kind)) {
    if (depth >= limits.nesting_max) {
      facts.state = State::kLimitExceeded;
      facts.reason = Reason::kNestingLimit;
      return facts;
    }
    const Verdict verdict = ListArchive(bytes, limits, facts.members);
    facts.state = verdict.state;
    facts.reason = verdict.reason;
    return facts;
  }
  facts.exif = ReadExif(facts.kind, bytes);
  const Decoded decoded = DecodePicture(facts.kind, bytes, limits);
  facts.state = decoded.state;
  facts.reason = decoded.reason;
  facts.width = decoded.width;
  facts.height = decoded.height;
  facts.frames = decoded.frames;
  if (decoded.picture) {
    const PdqHash hash = HashPdq(*decoded.picture);
    facts.pdq = hash.hash;
    facts.pdq_quality = hash.quality;
  }
  return facts;
}

}  // namespace crossguard::examine
