// Private to src/simulate: footages and what becomes of them.
#pragma once

#include "simulate/plan.h"

namespace crossguard::simulate {

constexpr uint64_t kFootageBit = uint64_t{1} << 62U;
constexpr double kCameraPart = 0.875;  // of the bytes of videos; the rest are clips

PlannedContent FootageOriginal(const OperationPlan& plan, uint64_t base);
// Cut out of the original as it is: its last shot, or but its last second if it has one shot only.
PlannedContent CameraClip(const OperationPlan& plan, uint64_t base);

}  // namespace crossguard::simulate
