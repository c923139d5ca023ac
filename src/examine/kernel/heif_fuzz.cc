#include <algorithm>

#include "base/error.h"
#include "examine/kernel/heif_pick.h"
#include "examine/kernel/heif_plan.h"

namespace crossguard::examine {
namespace {

bool LiesIn(ByteView part, ByteView whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace
}  // namespace crossguard::examine

// Any bytes as a HEIC through the reader of its boxes and, if small, through libavcodec: every tile lies in the file,
// and what is picked has the size that was asked for. That it is what libheif gives is for the tests: a damaged code is
// another picture to every decoder.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  using namespace crossguard::examine;
  const ByteView file(data, size);
  const std::optional<HeifPlan> plan = PlanHeif(file);
  if (!plan) return 0;
  CHECK(plan->tiles.size() == size_t{plan->columns} * plan->rows && plan->width > 0 && plan->height > 0);
  uint32_t width = plan->width, height = plan->height;
  for (const HeifPlan::Turn& turn : plan->turns) {
    if (turn.kind == HeifPlan::Turn::Kind::kQuarters && turn.value % 2 == 1) std::swap(width, height);
  }
  for (const HeifPlan::Tile& tile : plan->tiles) CHECK(LiesIn(tile.configuration, file) && LiesIn(tile.data, file));
  Limits limits;
  limits.pixels_max = 65'536;  // of a tile; keeps a run short
  if (plan->tiles.size() > 16) return 0;
  const HeifPicked picked = PickFromHeif(file, width, height, limits);
  if (!picked.picture) return 0;
  CHECK(picked.picture->pixels.size() == size_t{picked.picture->width} * picked.picture->height * 3);
  CHECK(picked.picture->width == std::min(width, kSampledSide) || height > kSampledSide);
  return 0;
}
