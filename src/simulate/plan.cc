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
// So many of a block's videos before they become longer: a footage is coded once, however often it is shown.
constexpr double kCamerasPerBlock = 1.1;
constexpr double kClipsPerBlock = 1;
constexpr double kRoundsMost = 10;
constexpr double kClipScaleLeast = 0.4;  // smaller ones are too coarse for their frames to be told
constexpr double kBytesPerPixel = 0.2;   // of a drawn photo as JPEG, about
constexpr uint64_t kProgressivePixelsMost = 1'000'000;
constexpr double kPixelsPerFile = 1'250'000;  // by the classes below

struct SizeClass {
  int share;  // of 100
  uint32_t width, height;
};
constexpr SizeClass kSizeClasses[] = {
    {2, 4000, 3000}, {3, 3264, 2448}, {22, 1600, 1200}, {36, 1280, 800}, {37, 640, 480}};

struct Face {
  std::string_view kind, suffix;
};
const Face& FaceOf(Form form) {
  static constexpr Face kFaces[] = {
      {"image/jpeg", ".jpg"},
      {"image/jpeg", ".jpg"},
      {"image/jpeg", ".jpg"},
      {"image/png", ".png"},
      {"image/webp", ".webp"},
      {"image/gif", ".gif"},
      {"application/zip", ".zip"},
      {"", ".bin"},
      {"", ".mp4"},
      {"application/gzip", ".tar.gz"},
      {"message/rfc822", ".eml"},
      {"application/pdf", ".pdf"},
      {"application/x-7z-compressed", ".7z"},
      {"application/x-iso9660-image", ".iso"},
      {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"},
      {"application/vnd.oasis.opendocument.text", ".odt"},
      {"image/heic", ".heic"},
      {"image/avif", ".avif"},
      {"image/jxl", ".jxl"},
      {"image/tiff", ".tif"},
      {"image/bmp", ".bmp"},
      {"image/x-adobe-dng", ".dng"},
      {"image/heic", ".heics"},
      {"image/avif", ".avifs"},
      {"image/webp", ".webp"},
      {"image/gif", ".gif"}};
  return kFaces[static_cast<size_t>(form)];
}

// Of 1,000 pictures of cameras and telephones. The rest are JPEG.
constexpr std::pair<Form, uint64_t> kTakenForms[] = {
    {Form::kHeic, 200},        {Form::kAvif, 12},       {Form::kJxl, 12},          {Form::kTiff, 12},
    {Form::kBmp, 12},          {Form::kDng, 15},        {Form::kHeicSequence, 12}, {Form::kAvifSequence, 8},
    {Form::kAnimatedWebp, 12}, {Form::kAnimatedGif, 12}};
constexpr uint64_t kHeicPixelsMost = 1'000'000;
constexpr uint64_t kRarePixelsMost = 120'000;  // of kinds that take many bytes or much time for a pixel
constexpr uint64_t kStandInChance = 50, kOtherStandInChance = 3;  // of 100 JPEGs of cameras

// Even sides of 64 at least, at most so many pixels.
void Shrink(PlannedContent& content, uint64_t pixels_most) {
  const double pixels = static_cast<double>(content.width) * content.height;
  const double factor = std::min(1.0, std::sqrt(static_cast<double>(pixels_most) / pixels));
  for (uint32_t* side : {&content.width, &content.height})
    *side = std::max<uint32_t>(64, static_cast<uint32_t>(*side * factor) / 2 * 2);
}

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
    case Form::kSevenZip:
      return "7z";
    case Form::kIso:
      return "iso";
    case Form::kDocx:
      return "docx";
    case Form::kOdt:
      return "odt";
    default:
      return "";
  }
}

std::string_view KindOf(const PlannedContent& content) {
  static constexpr std::string_view kVideos[] = {"video/mp4",       "video/quicktime", "video/x-matroska", "video/webm",
                                                 "video/x-msvideo", "video/3gpp",      "video/mp2t"};
  if (content.video) return kVideos[static_cast<size_t>(content.video->container)];
  return FaceOf(content.form).kind;
}

std::string_view SuffixOf(const PlannedContent& content) {
  static constexpr std::string_view kVideos[] = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".3gp", ".ts"};
  if (content.video) return kVideos[static_cast<size_t>(content.video->container)];
  return FaceOf(content.form).suffix;
}

std::string_view Text(StandIn stand_in) {
  static constexpr std::string_view kTexts[] = {"", "own", "other"};
  return kTexts[static_cast<size_t>(stand_in)];
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
  out.popular_videos = std::clamp<uint64_t>(out.popular_count / 16, 2,
                                            std::max<uint64_t>(4, static_cast<uint64_t>(out.block_count) / 4));
  const double picture_bytes = bytes * (1 - out.video_share) / files;
  // A few photos, however small the operation.
  out.photo_chance = size.file_count < 2'000 ? 0.04 : 0.01;
  const double photo_pixels = picture_bytes * kPhotoShare / out.photo_chance / kBytesPerPixel;
  out.photo_scale = std::clamp(std::sqrt(photo_pixels / kPhotoPixels), 0.08, 1.0);
  if (photo_pixels > kPhotoPixels) out.photo_chance *= photo_pixels / kPhotoPixels;
  out.scale = std::clamp(std::sqrt(picture_bytes * (1 - kPhotoShare) / (kBytesPerPixel * kPixelsPerFile)), 0.08, 2.0);
  // Some videos to a block, however few bytes it has.
  const double video_bytes = bytes * out.video_share / static_cast<double>(out.block_count);
  const double camera = video_bytes * kCameraPart, clips = video_bytes - camera;
  out.camera_scale = std::clamp(std::sqrt(camera / (4 * kCameraBytes)), 0.06, 1.0);
  out.clip_scale = std::clamp(std::sqrt(clips / (6 * kClipBytes)), kClipScaleLeast, 1.0);
  out.camera_rounds = std::clamp(camera / (kCamerasPerBlock * kCameraBytes), 1.0, kRoundsMost);
  out.clip_rounds = std::clamp(clips / (kClipsPerBlock * kClipBytes), 1.0, kRoundsMost);
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

PlannedContent TakenBy(PlannedContent content, uint64_t camera) {
  if (camera == 0) return content;
  content.camera = camera;
  uint64_t roll = Mix(content.base, 61) % 1000;
  for (const auto& [form, share] : kTakenForms) {
    if (roll < share) {
      content.form = form;
      Shrink(content, form == Form::kHeic ? kHeicPixelsMost : kRarePixelsMost);
      return content;
    }
    roll -= share;
  }
  const uint64_t stand_in = Mix(content.base, 62) % 100;
  content.stand_in = stand_in < kOtherStandInChance ? StandIn::kOther
                     : stand_in < kStandInChance    ? StandIn::kOwn
                                                    : StandIn::kNone;
  return content;
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
  // Cameras write no progressive ones; sites do.
  const bool small = uint64_t{out.width} * out.height < kProgressivePixelsMost;
  out.form = random.Chance(small ? 0.16 : 0.03) ? Form::kProgressiveJpeg
             : random.Chance(0.02)              ? Form::kGreyJpeg
                                                : Form::kJpeg;
  out.quality = 86 + static_cast<int>(random.Below(11));
  return out;
}

}  // namespace crossguard::simulate
