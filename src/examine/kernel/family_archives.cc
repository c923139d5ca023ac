// Archives, e-mail, PDF and office files: whatever has files inside. Warm-up: the smallest archive (one UTF-8 name).
#include "examine/kernel/family.h"

namespace crossguard::examine {
namespace {

constexpr std::string_view kZip =
    "UEsDBBQACAAIAAAAIQAAAAAAAAAAAEAAAAAJABQAY2Fmw6kudHh0VVQBAAB1eAsAAQQAAAAABAAAAABLTKQMAABQSwcIVWW0iQYAAABAAAAA"
    "UEsBAhQDFAAIAAgAAAAhAFVltIkGAAAAQAAAAAkAFAAAAAAAAAAAAKSBAAAAAGNhZsOpLnR4dFVUAQAAdXgLAAEEAAAAAAQAAAAAUEsFBgAA"
    "AAABAAEASwAAAFEAAAAAAA==";

void ExamineWindowed(FileBytes& file, const Limits& limits, FileFacts& facts) {
  const Verdict verdict = ListArchive(file, limits, facts.members, &facts.behind_at);
  facts.state = verdict.state;
  facts.reason = verdict.reason;
}

void Examine(ByteView bytes, const Limits& limits, FileFacts& facts) {
  FileBytes file(bytes);
  ExamineWindowed(file, limits, facts);
}

bool WarmUp() {
  const Result<Bytes> bytes = FromBase64(kZip);
  if (!bytes) return false;
  const FileFacts facts = ExamineAs(kArchiveFamily, *bytes, bytes->size(), 0, Limits{});
  return facts.state == State::kExamined && facts.kind == Kind::kZip && facts.members.size() == 1;
}

}  // namespace

const FamilyWork kArchiveFamily{.family = Family::kArchives,
                                .examine = Examine,
                                .unpack = UnpackArchive,
                                .warm_up = WarmUp,
                                .examine_windowed = ExamineWindowed};

}  // namespace crossguard::examine
