// Private to src/simulate: footages and what becomes of them.
#pragma once

#include <optional>

#include "simulate/plan.h"

namespace crossguard::simulate {

constexpr uint64_t kFootageBit = uint64_t{1} << 62U;
constexpr double kCameraPart = 0.875;  // of the bytes of videos; the rest are clips

PlannedContent FootageOriginal(const OperationPlan& plan, uint64_t base);
// Cut out of the original as it is: its last shot, or but its last second if it has one shot only.
PlannedContent CameraClip(const OperationPlan& plan, uint64_t base);

// Chooses, for a block, what videos and stills are found in it.
class VideoChooser {
 public:
  VideoChooser(const OperationPlan& plan, int64_t block, SeededRandom& random)
      : plan_(plan), block_(block), random_(random) {}
  // Of the block's own footages, of about so many bytes at most; none if that is less than half of the shortest.
  std::optional<PlannedContent> Camera(double bytes_left);
  PlannedContent Clip();  // passed on, of its own and of those that go round
  PlannedContent Still();

 private:
  uint64_t AnOwn() { return own_[random_.Below(own_.size())]; }
  uint64_t Any();

  const OperationPlan& plan_;
  int64_t block_;
  SeededRandom& random_;
  std::vector<uint64_t> own_;
};

// Edits and encodes a picture as those do who pass it on, or leaves it.
PlannedContent Vary(PlannedContent content, SeededRandom& random);

}  // namespace crossguard::simulate
