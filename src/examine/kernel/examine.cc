#include "examine/kernel/examine.h"

#include <array>

#include "examine/kernel/family.h"
#include "examine/kernel/kind.h"

namespace crossguard::examine {
namespace {

// In the order of Family.
constexpr std::array<const FamilyWork*, kFamilies> kAll{&kPictureFamily, &kHeifFamily, &kVideoFamily, &kArchiveFamily};

}  // namespace

FileFacts ExamineBytes(ByteView bytes, uint64_t size_bytes, uint32_t depth, const Limits& limits) {
  const FamilyWork& work = *kAll[static_cast<size_t>(FamilyOf(DetectKind(bytes)))];
  return ExamineAs(work, bytes, size_bytes, depth, limits);
}

bool WarmUp() {
  for (const FamilyWork* const work : kAll) {
    if (!work->warm_up()) return false;
  }
  return true;
}

}  // namespace crossguard::examine
