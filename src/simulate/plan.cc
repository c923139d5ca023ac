#include "simulate/plan.h"

#include <algorithm>
#include <cmath>

namespace crossguard::simulate {
namespace {

constexpr uint64_t kPopularBit = uint64_t{1} << 63U;
constexpr double kBytesPerPixel = 0.2;        // of a drawn photo as JPEG, about
constexpr double kPixelsPerFile = 1'250'000;  // by the classes below

struct SizeClass {
  int share;  // of 100
  uint32_t width, height;
};
constexpr SizeClass kSizeClasses[] = {
    {2, 4000, 3000}, {3, 3264, 2448}, {22, 1600, 1200}, {36, 1280, 800}, {37, 640, 480}};

}  // namespace

std::string_view Text(Where where) {
  static constexpr std::string_view kTexts[] = {"field", "text", "hidden"};
  return kTexts[static_cast<size_t>(where)];
}

std::string_view Text(Role role) {
  static constexpr std::string_view kTexts[] = {"reported", "recipient", "victim", "associated"};
  return kTexts[static_cast<size_t>(role)];
}

std::string_view Text(Edit edit) {
  static constexpr std::string_view kTexts[] = {"original", "reencode",  "resize", "mild_crop", "mild_colour",
                                                "noise",    "hard_crop", "mirror", "caption",   "hard_colour"};
  return kTexts[static_cast<size_t>(edit)];
}

bool IsHard(Edit edit) {
  return edit >= Edit::kHardCrop;
}

std::string_view Text(Damage damage) {
  static constexpr std::string_view kTexts[] = {"", "empty", "truncated", "corrupt", "mislabelled"};
  return kTexts[static_cast<size_t>(damage)];
}

OperationPlan PlanOperation(const OperationSize& size, uint64_t seed) {
  const double bytes_per_file = static_cast<double>(size.byte_count) / static_cast<double>(size.file_count);
  return {.size = size,
          .seed = seed,
          .scale = std::clamp(std::sqrt(bytes_per_file / (kBytesPerPixel * kPixelsPerFile)), 0.08, 2.0),
          .block_count = (size.account_count + kBlockAccounts - 1) / kBlockAccounts,
          .popular_count = std::max<uint64_t>(12, static_cast<uint64_t>(size.file_count) / 30)};
}

uint64_t PopularBase(const OperationPlan& plan, uint64_t rank) {
  return Mix(plan.seed ^ 0x706F70U, rank) | kPopularBit;
}

Standing StandingOf(uint64_t base) {
  const uint64_t roll = Mix(base, 7) % 100;
  if ((base & kPopularBit) == 0)
    return roll < 8 ? Standing::kKnown : roll < 9 ? Standing::kWithdrawn : Standing::kUnknown;
  if (roll < 64) return Standing::kKnown;
  if (roll < 70) return Standing::kWithdrawn;
  if (roll < 76) return Standing::kConflict;
  return roll < 88 ? Standing::kBenign : Standing::kUnknown;
}

PlannedContent OriginalOf(const OperationPlan& plan, uint64_t base) {
  SeededRandom random(Mix(base, 1));
  int roll = static_cast<int>(random.Below(100));
  PlannedContent out{.base = base};
  for (const SizeClass& one : kSizeClasses) {
    if ((roll -= one.share) >= 0) continue;
    out.width = std::max<uint32_t>(64, static_cast<uint32_t>(one.width * plan.scale));
    out.height = std::max<uint32_t>(64, static_cast<uint32_t>(one.height * plan.scale));
    break;
  }
  if (random.Chance(0.3)) std::swap(out.width, out.height);
  out.form = random.Chance(0.16) ? Form::kProgressiveJpeg : random.Chance(0.02) ? Form::kGreyJpeg : Form::kJpeg;
  out.quality = 78 + static_cast<int>(random.Below(17));
  return out;
}

}  // namespace crossguard::simulate
