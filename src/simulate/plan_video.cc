#include "simulate/plan_video.h"

#include <algorithm>
#include <array>

namespace crossguard::simulate {
namespace {

using drawing::VideoCodec;
using drawing::VideoContainer;
using drawing::VideoEdit;
using drawing::VideoForm;

// Of a footage of a block: how often its original shows it, so that the bytes of a block come out as they should.
constexpr uint64_t kRoundsMask = 0xFF;
constexpr uint64_t kPopularBit = uint64_t{1} << 63U;
constexpr uint32_t kShotMillis = drawing::kShotSeconds * 1000;
constexpr uint64_t kCameraRate = 17'000'000;  // bits a second of 1920 x 1080 at 30 frames

struct Clip {
  uint32_t width, height;
  uint64_t bits_per_second;
};
constexpr Clip kClips[] = {{1280, 720, 2'000'000}, {960, 540, 1'500'000}, {854, 480, 1'200'000}, {640, 360, 900'000}};

uint32_t Side(uint32_t side, double scale) {
  return std::max<uint32_t>(48, static_cast<uint32_t>(side * scale) / 2 * 2);
}

void Size(VideoForm& form, uint32_t width, uint32_t height, uint64_t rate, double scale, bool upright) {
  form.width = Side(width, scale);
  form.height = Side(height, scale);
  form.bits_per_second = std::max<uint64_t>(60'000, static_cast<uint64_t>(static_cast<double>(rate) * scale * scale));
  if (upright) std::swap(form.width, form.height);
}

bool Upright(uint64_t base) {
  return Mix(base, 21) % 2 == 0;
}

std::string Two(uint64_t n) {
  return (n < 10 ? "0" : "") + std::to_string(n);
}

// One of the two whole numbers beside it, so that the mean is right.
uint32_t Rounds(double rounds, uint64_t seed) {
  return static_cast<uint32_t>(rounds + SeededRandom(Mix(seed, 51)).Unit());
}

// What a messenger or a site makes of it.
PlannedContent Passed(const OperationPlan& plan, uint64_t base, uint64_t clip, Edit edit) {
  PlannedContent out{.base = base, .form = Form::kVideo, .edit = edit};
  VideoForm form{.frames_per_second = 25, .millis = FootageMillis(base), .rounds = Rounds(plan.clip_rounds, base)};
  const Clip& size = kClips[clip % std::size(kClips)];
  Size(form, size.width, size.height, size.bits_per_second, plan.clip_scale, Upright(base));
  out.video = form;
  return out;
}

PlannedContent Cut(PlannedContent content, uint32_t from_millis, uint32_t millis, uint32_t rounds) {
  content.video->from_millis = from_millis;
  content.video->millis = millis;
  content.video->rounds *= rounds;
  return content;
}

// The same in one of the rarer containers, with the codec that is usual there.
PlannedContent Rare(PlannedContent content, uint64_t which) {
  static constexpr std::pair<VideoContainer, VideoCodec> kRare[] = {
      {VideoContainer::kMkv, VideoCodec::kH264},  {VideoContainer::kTs, VideoCodec::kH264},
      {VideoContainer::k3gp, VideoCodec::kMpeg4}, {VideoContainer::kAvi, VideoCodec::kMpeg4},
      {VideoContainer::kWebm, VideoCodec::kVp8},  {VideoContainer::kAvi, VideoCodec::kMjpeg}};
  content.video->container = kRare[which % std::size(kRare)].first;
  content.video->codec = kRare[which % std::size(kRare)].second;
  return content;
}

PlannedContent Changed(PlannedContent content, VideoEdit edit) {
  content.video->edit = edit;
  content.video->edit_seed = Mix(content.base, 31);
  return content;
}

PlannedContent Still(const OperationPlan& plan, uint64_t base, uint32_t at_millis, uint64_t clip, int quality) {
  PlannedContent out{.base = base, .quality = quality, .edit = Edit::kStill};
  out.still_millis = at_millis;
  const Clip& size = kClips[clip];
  VideoForm form;
  Size(form, size.width, size.height, size.bits_per_second, plan.clip_scale, Upright(base));
  out.width = form.width;
  out.height = form.height;
  return out;
}

}  // namespace

bool IsFootage(uint64_t base) {
  return (base & kFootageBit) != 0;
}

uint64_t PopularFootage(const OperationPlan& plan, uint64_t rank) {
  return Mix(plan.seed ^ 0x766964U, rank) | kPopularBit | kFootageBit;
}

uint64_t OwnFootage(const OperationPlan& plan, int64_t block, uint64_t nth) {
  return (Mix(Mix(plan.seed ^ 0x6F776EU, static_cast<uint64_t>(block)), nth) & ~kPopularBit & ~kRoundsMask) |
         kFootageBit;
}

// One to three shots; those that go round have two or three.
uint32_t FootageMillis(uint64_t base) {
  const uint64_t roll = Mix(base & ~kRoundsMask, 5) % 10;
  const uint32_t shots = (base & kPopularBit) != 0 ? 2 + (roll < 4 ? 1 : 0) : roll < 5 ? 1 : roll < 9 ? 2 : 3;
  return shots * kShotMillis;
}

uint32_t ListedMillis(uint64_t base) {
  return FootageMillis(base) / kShotMillis / 2 * kShotMillis;
}

PlannedContent FootageOriginal(const OperationPlan& plan, uint64_t base) {
  if ((base & kPopularBit) != 0) return Passed(plan, base, 0, Edit::kOriginal);
  PlannedContent out{.base = base, .form = Form::kVideo};
  SeededRandom random(Mix(base, 1));
  VideoForm form{
      .camera = true, .millis = FootageMillis(base), .rounds = std::max(1U, static_cast<uint32_t>(base & kRoundsMask))};
  if (random.Chance(0.5)) form.container = VideoContainer::kMov;
  Size(form, 1920, 1080, kCameraRate, plan.camera_scale, Upright(base));
  form.make = random.Chance(0.5) ? "Kauri Optics" : "Birch Imaging";
  form.model = "K-" + std::to_string(100 + random.Below(40));
  const uint64_t year = 19 + random.Below(3), month = 1 + random.Below(12), day = 1 + random.Below(28);
  form.taken_at = "20" + Two(year) + "-" + Two(month) + "-" + Two(day) + "T" + Two(random.Below(24)) + ":30:00Z";
  out.video = form;
  return out;
}

PlannedContent CameraClip(const OperationPlan& plan, uint64_t base) {
  PlannedContent out = FootageOriginal(plan, base);
  out.edit = Edit::kClip;
  const uint32_t last = FootageMillis(base) - kShotMillis;
  return last == 0 ? Cut(out, 0, kShotMillis - 1'000, 1) : Cut(out, last, kShotMillis, 1);
}

PlannedContent FootageVariant(const OperationPlan& plan, uint64_t base, uint64_t nth) {
  const uint32_t all = FootageMillis(base), last = all - kShotMillis;
  const uint64_t other = Mix(base, 40 + nth);
  switch (nth % kFootageVariants) {
    case 0:
      return Cut(Passed(plan, base, 1, Edit::kReencode), 0, all, 1);
    case 1:
      return Rare(Cut(Passed(plan, base, 2, Edit::kReencode), 0, all, 2), other);
    case 2:
      return Cut(Passed(plan, base, 3, Edit::kReencode), 0, all, 3);
    case 3:  // the first shot
      return Cut(Passed(plan, base, 1, Edit::kClip), 0, kShotMillis, 3);
    case 4:  // the last shot, in another container
      return Rare(Cut(Passed(plan, base, 2, Edit::kClip), last, kShotMillis, 2), other);
    case 5:
      return Cut(Passed(plan, base, 2, Edit::kClipBetween), 500, kShotMillis - 1000, 4);
    case 6:  // the end of one shot and the beginning of the next; two such meet in one shot only
      return last == 0 ? Cut(Passed(plan, base, 1, Edit::kClip), 1000, 3000, 2)
                       : Cut(Passed(plan, base, 1, Edit::kClip), 2000, 4000, 2);
    case 7:
      return last < 2 * kShotMillis ? Cut(Passed(plan, base, 3, Edit::kClipBetween), last + 500, 3000, 3)
                                    : Cut(Passed(plan, base, 3, Edit::kClip), 6000, 4000, 2);
    case 8: {
      PlannedContent out = Passed(plan, base, 2, Edit::kFewerFrames);
      out.video->frames_per_second = 12;
      return out;
    }
    case 9:
      return Changed(Passed(plan, base, 2, Edit::kMildColour), VideoEdit::kColour);
    case 10:
      return Changed(Passed(plan, base, 1, Edit::kMirror), VideoEdit::kMirror);
    case 11:
      return other % 2 == 0 ? Changed(Passed(plan, base, 2, Edit::kHardCrop), VideoEdit::kCrop)
                            : Changed(Passed(plan, base, 2, Edit::kCaption), VideoEdit::kCaption);
    case 12:
      return Still(plan, base, ListedMillis(base), other % 2, 70 + static_cast<int>(other / 2 % 20));
    default:
      return Still(plan, base, last, 1 + other % 2, 70 + static_cast<int>(other / 2 % 20));
  }
}

double BytesOf(const PlannedContent& content) {
  const VideoForm& form = *content.video;
  const double code = form.codec == VideoCodec::kMjpeg ? 5 : 1;
  return static_cast<double>(form.bits_per_second) / 8 * form.millis / 1000 * form.rounds * code;
}

Shown ShownOf(const PlannedContent& content) {
  if (!content.video) return {.from_millis = content.still_millis, .to_millis = content.still_millis + 1};
  return {.from_millis = content.video->from_millis, .to_millis = content.video->from_millis + content.video->millis};
}

std::optional<PlannedContent> VideoChooser::Camera(double bytes_left) {
  const double roll = random_.Unit();
  if (!own_.empty() && roll < 0.3) {
    const uint64_t base = AnOwn();
    const PlannedContent again = roll < 0.12 ? FootageOriginal(plan_, base) : CameraClip(plan_, base);  // with another
    if (BytesOf(again) <= bytes_left) return again;
  }
  const uint64_t base = OwnFootage(plan_, block_, own_.size());
  const double once = BytesOf(FootageOriginal(plan_, base));
  const auto fit = static_cast<uint32_t>(bytes_left / once + 0.5);
  if (fit == 0) return std::nullopt;
  own_.push_back(base | std::min(fit, Rounds(plan_.camera_rounds, base)));
  return FootageOriginal(plan_, own_.back());
}

uint64_t VideoChooser::Any() {
  if (!own_.empty() && random_.Chance(0.5)) return AnOwn();
  const double u = random_.Unit();
  return PopularFootage(plan_, static_cast<uint64_t>(static_cast<double>(plan_.popular_videos) * u * u));
}

PlannedContent VideoChooser::Clip() {
  const uint64_t base = Any();
  if (IsPopular(base) && random_.Chance(0.2)) return FootageOriginal(plan_, base);
  return FootageVariant(plan_, base, random_.Below(12));
}

PlannedContent VideoChooser::Still() {
  const uint64_t base = Any();
  return FootageVariant(plan_, base, 12 + random_.Below(2));
}

PlannedContent Vary(PlannedContent content, SeededRandom& random) {
  if (random.Chance(0.4)) return content;  // the very same bytes
  static constexpr std::array<std::pair<Edit, double>, 9> kEdits{{{Edit::kReencode, 0.32},
                                                                  {Edit::kResize, 0.27},
                                                                  {Edit::kMildCrop, 0.06},
                                                                  {Edit::kMildColour, 0.1},
                                                                  {Edit::kNoise, 0.07},
                                                                  {Edit::kHardCrop, 0.06},
                                                                  {Edit::kMirror, 0.04},
                                                                  {Edit::kCaption, 0.04},
                                                                  {Edit::kHardColour, 0.04}}};
  double roll = random.Unit();
  for (const auto& [edit, share] : kEdits) {
    content.edit = edit;
    if ((roll -= share) < 0) break;
  }
  content.variant = random.Next();
  const int original_quality = content.quality;
  content.quality = 68 + static_cast<int>(random.Below(27));
  if (content.quality == original_quality) --content.quality;  // the same again would be no other encoding
  const uint64_t pixels = uint64_t{content.width} * content.height;
  const double form = random.Unit();
  content.form = form < 0.78 || pixels > 2'500'000  ? Form::kJpeg
                 : form < 0.9                       ? Form::kWebp
                 : form < 0.955 || pixels > 600'000 ? Form::kPng
                 : form < 0.984                     ? Form::kGif
                 : form < 0.989                     ? Form::kAvif
                 : form < 0.994                     ? Form::kHeic
                 : form < 0.996                     ? Form::kJxl
                 : form < 0.998                     ? Form::kTiff
                                                    : Form::kBmp;
  return content;
}

}  // namespace crossguard::simulate
