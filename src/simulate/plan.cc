#include "simulate/plan.h"

#include <algorithm>
#include <cmath>

#include "simulate/plan_video.h"

namespace crossguard::simulate {
namespace {

constexpr uint64_t kPopularBit = uint64_t{1} << 63U;
constexpr double kVideoShare = 0.8;            // of all bytes, where pictures still get
constexpr double kPictureBytesLeast = 24'000;  // each
constexpr double kPhotoShare = 0.4;            // of the bytes of pictures
constexpr double kPhotoPixels = 12'000'000;    // of 4000 x 3000
constexpr double kCameraBytes = 13'600'000;    // of a video of 6.4 s at 17 Mbit/s, which is usual
constexpr double kClipBytes = 1'500'000;
constexpr double kClipScaleLeast = 0.4;       // smaller ones are too coarse for their frames to be told
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
  static constexpr std::string_view kTexts[] = {"original", "reencode",     "resize",       "mild_crop", "mild_colour",
                                                "noise",    "hard_crop",    "mirror",       "caption",   "hard_colour",
                                                "clip",     "clip_between", "fewer_frames", "still"};
  return kTexts[static_cast<size_t>(edit)];
}

std::string_view PackedIn(Form form) {
  switch (form) {
    case Form::kZip:
      return "zip";
    case Form::kTarGz:
      return "tar.gz";
    case Form::kMail:
      return "mail";
    case Form::kPdf:
      return "pdf";
    default:
      return "";
  }
}

bool IsHard(Edit edit) {
  return edit >= Edit::kHardCrop && edit <= Edit::kHardColour;
}

std::string_view Text(Damage damage) {
  static constexpr std::string_view kTexts[] = {"", "empty", "truncated", "corrupt", "mislabelled"};
  return kTexts[static_cast<size_t>(damage)];
}

OperationPlan PlanOperation(const OperationSize& size, uint64_t seed) {
  const double files = static_cast<double>(size.file_count), bytes = static_cast<double>(size.byte_count);
  OperationPlan out{.size = size,
                    .seed = seed,
                    .block_count = (size.account_count + kBlockAccounts - 1) / kBlockAccounts,
                    .popular_count = std::max<uint64_t>(12, static_cast<uint64_t>(size.file_count) / 30)};
  out.video_share = std::clamp(1 - files * kPictureBytesLeast / bytes, 0.1, kVideoShare);
  out.popular_videos = std::max<uint64_t>(2, out.popular_count / 16);
  const double picture_bytes = bytes * (1 - out.video_share) / files;
  // A few photos, however small the operation.
  out.photo_chance = size.file_count < 2'000 ? 0.04 : 0.01;
  const double photo_pixels = picture_bytes * kPhotoShare / out.photo_chance / kBytesPerPixel;
  out.photo_scale = std::clamp(std::sqrt(photo_pixels / kPhotoPixels), 0.08, 1.0);
  if (photo_pixels > kPhotoPixels) out.photo_chance *= photo_pixels / kPhotoPixels;
  out.scale = std::clamp(std::sqrt(picture_bytes * (1 - kPhotoShare) / (kBytesPerPixel * kPixelsPerFile)), 0.08, 2.0);
  // Some videos to a block, however few bytes it has.
  const double video_bytes = bytes * out.video_share / static_cast<double>(out.block_count);
  out.camera_scale = std::clamp(std::sqrt(video_bytes * kCameraPart / (4 * kCameraBytes)), 0.06, 1.0);
  out.clip_scale = std::clamp(std::sqrt(video_bytes * (1 - kCameraPart) / (6 * kClipBytes)), kClipScaleLeast, 1.0);
  return out;
}

uint64_t PopularBase(const OperationPlan& plan, uint64_t rank) {
  return (Mix(plan.seed ^ 0x706F70U, rank) | kPopularBit) & ~kFootageBit;
}

bool IsPopular(uint64_t base) {
  return (base & kPopularBit) != 0;
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
  if (IsFootage(base)) return FootageOriginal(plan, base);
  SeededRandom random(Mix(base, 1));
  int roll = static_cast<int>(random.Below(100));
  PlannedContent out{.base = base};
  for (const SizeClass& one : kSizeClasses) {
    if ((roll -= one.share) >= 0) continue;
    out.width = std::max<uint32_t>(64, static_cast<uint32_t>(one.width * plan.scale));
    out.height = std::max<uint32_t>(64, static_cast<uint32_t>(one.height * plan.scale));
    break;
  }
  if (random.Chance(plan.photo_chance)) {
    out.width = std::max<uint32_t>(64, static_cast<uint32_t>(4000 * plan.photo_scale));
    out.height = std::max<uint32_t>(64, static_cast<uint32_t>(3000 * plan.photo_scale));
  }
  if (random.Chance(0.3)) std::swap(out.width, out.height);
  out.form = random.Chance(0.16) ? Form::kProgressiveJpeg : random.Chance(0.02) ? Form::kGreyJpeg : Form::kJpeg;
  out.quality = 78 + static_cast<int>(random.Below(17));
  return out;
}

}  // namespace crossguard::simulate
