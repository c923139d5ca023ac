// HEIC by libavcodec against libheif with its own decoder, over drawn pictures of all forms and over damage. What is
// picked must be what libheif gives, to the last pixel; and the forms that cameras write must be picked.
//
//   CROSSGUARD_HEIC=2000   so many drawn pictures (default 200)
//   CROSSGUARD_HEIC_DAMAGED=8000   and so many damaged ones (default 1,500)
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "drawing/drawing.h"
#include "examine/kernel/decode.h"
#include "examine/kernel/heif_pick.h"
#include "examine/kernel/heif_plan.h"
#include "examine/kernel/heif_sequence.h"
#include "examine/kernel/hevc_picture.h"
#include "examine/kernel/hevc_plugin.h"
#include "examine/kernel/pdq.h"
#include "examine/kernel/testing_heif.h"

namespace crossguard::examine {
namespace {

using testing::ClapOf;
using testing::ComposeHeic;
using testing::HeicColours;
using testing::HeicForm;

int HowMany(const char* name, int otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

Decoded Fast(const Bytes& file, const Limits& limits = {}) {
  ExifFacts exif;
  return DecodeHeif(file, limits, exif);
}
Decoded Judge(const Bytes& file, const Limits& limits = {}) {
  ExifFacts exif;
  return DecodeHeifPlainly(file, limits, exif);
}

bool IsPicked(const Bytes& file, const Decoded& judge) {
  return PickFromHeif(file, judge.width, judge.height, Limits{}).picture.has_value();
}

void ExpectEqual(const Decoded& fast, const Decoded& judge, const std::string& what) {
  EXPECT_EQ(fast.state, judge.state) << what;
  EXPECT_EQ(fast.reason, judge.reason) << what;
  EXPECT_EQ(fast.width, judge.width) << what;
  EXPECT_EQ(fast.height, judge.height) << what;
  EXPECT_EQ(fast.frames, judge.frames) << what;
  ASSERT_EQ(fast.picture.has_value(), judge.picture.has_value()) << what;
  if (!fast.picture) return;
  EXPECT_TRUE(fast.picture->pixels == judge.picture->pixels) << what << ": the pixels differ";
  EXPECT_EQ(HashPdq(*fast.picture), HashPdq(*judge.picture)) << what;
}

std::string Text(const drawing::Picture& picture, const HeicForm& form) {
  std::string out = std::to_string(picture.width) + "x" + std::to_string(picture.height) + " " + form.samples;
  const auto colours = [&](const char* where, const std::optional<HeicColours>& of) {
    if (of) out += std::string(where) + std::to_string(of->matrix) + (of->full_range ? " full" : " narrow");
  };
  colours(", stream ", form.in_stream);
  colours(", file ", form.in_file);
  if (form.tile_width > 0) out += ", tiles " + std::to_string(form.tile_width) + "x" + std::to_string(form.tile_height);
  for (const auto& [type, body] : form.turns) out += ", " + type + " " + std::to_string(body[0]);
  return out + (form.alpha ? ", alpha" : "") + (form.far_places ? ", far" : "");
}

// It mirrors no more than 8 bits.
bool IsBeyondLibheif(const HeicForm& form) {
  const bool mirrored = std::ranges::any_of(form.turns, [](const auto& turn) { return turn.first == "imir"; });
  return form.samples.ends_with("le") && mirrored;
}

class Drawn {
 public:
  explicit Drawn(uint64_t seed) : random_(seed) {}

  bool Chance(uint32_t of) { return random_() % of == 0; }
  uint32_t Below(uint32_t end) { return static_cast<uint32_t>(random_() % end); }
  template <class T>
  T One(std::initializer_list<T> of) {
    return of.begin()[Below(static_cast<uint32_t>(of.size()))];
  }

  std::optional<HeicColours> Colours() {
    if (Chance(4)) return std::nullopt;
    return HeicColours{.matrix = One({1, 2, 5, 6, 9}), .full_range = !Chance(3)};
  }
  HeicForm Form() {
    HeicForm form;
    form.samples = One<const char*>({"yuv420p", "yuv420p", "yuv422p", "yuv444p", "gray", "yuv420p10le", "yuv422p10le",
                                     "yuv444p10le", "yuv420p12le"});
    form.in_stream = Colours();
    if (Chance(2)) form.in_file = Colours();
    if (Chance(2)) {
      form.tile_width = 64 + 2 * Below(100);
      form.tile_height = 64 + 2 * Below(100);
    }
    for (uint32_t turns = Below(4); turns > 0; --turns) {
      const bool quarters = Chance(2);
      form.turns.emplace_back(quarters ? "irot" : "imir", Bytes{static_cast<uint8_t>(quarters ? Below(4) : Below(2))});
    }
    form.far_places = Chance(4);
    form.quality = One({6, 20, 34});
    return form;
  }
  drawing::Picture Picture(const HeicForm& form) {
    const uint32_t most = Chance(3) ? 700 : 300;
    uint32_t width = 64 + Below(most), height = 64 + Below(most);
    const bool odd_allowed = form.tile_width > 0;
    if (!odd_allowed) {
      width &= ~1U;
      height &= ~1U;
    }
    const drawing::Picture scene = drawing::DrawScene(random_(), width, height);
    return Chance(2) ? drawing::AddNoise(scene, random_(), 20) : scene;
  }

 private:
  std::mt19937_64 random_;
};

TEST(Heic, EveryDrawnPictureOfEveryFormHasThePixelsOfLibheif) {
  Drawn drawn(1);
  int picked = 0;
  const int count = HowMany("CROSSGUARD_HEIC", 200);
  for (int i = 0; i < count; ++i) {
    const HeicForm form = drawn.Form();
    const drawing::Picture picture = drawn.Picture(form);
    const std::string what = Text(picture, form);
    const Bytes file = ComposeHeic(picture, form);
    const Decoded judge = Judge(file);
    const bool beyond = IsBeyondLibheif(form);
    EXPECT_EQ(judge.state, beyond ? State::kUndecodable : State::kExamined) << what << " " << Name(judge.reason);
    ExpectEqual(Fast(file), judge, what);
    // Grey of more than 8 bits or in tiles is rare enough to be left to libheif.
    const bool is_picked = IsPicked(file, judge);
    EXPECT_TRUE(is_picked || beyond || form.samples == "gray") << what << " is left to libheif";
    picked += is_picked;
  }
  RecordProperty("picked", picked);
  EXPECT_GT(picked, count / 2);
}

TEST(Heic, WhatIsNotPickedIsDecodedByLibavcodecInLibheifAndAlike) {
  Drawn drawn(2);
  for (int i = 0; i < 40; ++i) {
    HeicForm form = drawn.Form();
    if (form.samples.ends_with("le")) form.turns.clear();
    switch (i % 4) {
      case 0:
        form.tile_width = 0;
        form.alpha = true;
        break;
      case 1:
        if (form.samples.ends_with("le")) form.samples = "yuv420p";
        form.turns.emplace_back("clap", ClapOf(51, 47, static_cast<int32_t>(drawn.Below(5)), -3));
        break;
      case 2:
        form.samples = "gbrp";
        form.in_file = {};
        form.in_stream = HeicColours{.matrix = 0};
        break;
      default:
        form.samples = "gray";
        form.tile_width = form.tile_height = 64;
        break;
    }
    const drawing::Picture picture = drawn.Picture(form);
    const std::string what = Text(picture, form);
    const Bytes file = ComposeHeic(picture, form);
    const Decoded judge = Judge(file);
    EXPECT_EQ(judge.state, State::kExamined) << what << " " << Name(judge.reason);
    EXPECT_TRUE(form.alpha || !IsPicked(file, judge)) << what;
    ExpectEqual(Fast(file), judge, what);
    const HevcByLibavcodec hevc(1'000'000);
    ExpectEqual(Judge(file), judge, what + ", by the plugin");
    EXPECT_FALSE(hevc.refused()) << what;
  }
}

// The units of a picture coded in several slices, one of them lost.
void LoseASlice(std::vector<Bytes>& units) {
  std::vector<size_t> slices;
  for (size_t i = 0; i < units.size(); ++i) {
    if (units[i][0] >> 1 < 32) slices.push_back(i);
  }
  ASSERT_GE(slices.size(), 3U);
  units.erase(units.begin() + static_cast<ptrdiff_t>(slices[slices.size() / 2]));
}

// libheif's own decoder says nothing of it, and shows what was in its memory.
TEST(Heic, APictureWithAHoleIsTruncatedAndBlackThereEveryTime) {
  for (const uint64_t seed : {1U}) {
    for (const char* const samples : {"yuv420p", "yuv444p", "yuv420p10le"}) {
      const drawing::Picture picture = drawing::AddNoise(drawing::DrawScene(seed, 512, 512), seed, 9);
      HeicForm form{.samples = samples, .slices = 4};
      const Decoded whole = Fast(ComposeHeic(picture, form));
      EXPECT_EQ(whole.state, State::kExamined) << samples;
      form.damage = LoseASlice;
      for (const bool alpha : {false, true}) {
        form.alpha = alpha;
        const Decoded fast = Fast(ComposeHeic(picture, form));
        EXPECT_EQ(fast.state, State::kTruncated) << samples;
        EXPECT_EQ(fast.reason, Reason::kDamagedData) << samples;
        ASSERT_TRUE(fast.picture.has_value()) << samples;
        if (alpha) continue;
        EXPECT_EQ(fast.picture->pixels, Fast(ComposeHeic(picture, form)).picture->pixels) << samples;
        // Four bands: the third is lost.
        const auto row = [&](const Decoded& of, size_t y) {
          return ByteView(of.picture->pixels).subspan(y * 1536, 1536);
        };
        EXPECT_TRUE(std::ranges::equal(row(fast, 40), row(whole, 40))) << samples;
        EXPECT_TRUE(std::ranges::all_of(row(fast, 320), [](uint8_t value) { return value == 0; })) << samples;
        EXPECT_TRUE(std::ranges::equal(row(fast, 500), row(whole, 500))) << samples;
      }
    }
  }
}

TEST(Heic, ALargerPictureThanAllowedIsRefusedBeforeItsFrameIsAllocated) {
  const Bytes file = ComposeHeic(drawing::DrawScene(1, 256, 128), {});
  const std::optional<HeifPlan> plan = PlanHeif(file);
  ASSERT_TRUE(plan.has_value());
  const Bytes units = UnitsOf(plan->tiles[0]);
  EXPECT_NE(DecodeHevc(units, 256 * 192), nullptr);
  EXPECT_EQ(DecodeHevc(units, 256 * 128 - 1), nullptr);
}

TEST(Heic, OfASequenceWithoutACoverTheFirstPictureIsPicked) {
  const Bytes first = FirstOfSequence(
      drawing::EncodePictureSequence({drawing::DrawScene(1, 128, 96), drawing::DrawScene(2, 128, 96)}, false));
  const Decoded judge = Judge(first);
  EXPECT_TRUE(IsPicked(first, judge));
  ExpectEqual(Fast(first), judge, "the first of a sequence");
}

TEST(Heic, TheWholePictureIsStillSeenWhereItIsWanted) {
  const Bytes file = ComposeHeic(drawing::DrawScene(4, 640, 600), {.tile_width = 256, .tile_height = 256});
  const WholeGridWanted wanted(true);
  const Decoded fast = Fast(file);
  ASSERT_TRUE(fast.picture.has_value());
  EXPECT_EQ(fast.picture->whole_grid.size(), size_t{kGridSide} * kGridSide);
  EXPECT_EQ(fast.picture->whole_grid, Judge(file).picture->whole_grid);
}

// Blows anywhere: the boxes, the parameter sets, the codes. Two differences are meant: a picture with a hole is
// truncated here, and whole to libheif's own decoder; and what follows the last number that decoding needs in a
// parameter set is of no matter to libavcodec, so that one in a thousand files is decoded here only.
TEST(Heic, ADamagedFileHasTheVerdictThatItHasWithoutLibavcodec) {
  std::mt19937_64 random(5);
  const std::vector<Bytes> originals{ComposeHeic(drawing::DrawScene(1, 128, 96), {}),
                                     ComposeHeic(drawing::DrawScene(2, 200, 150), {.slices = 3}),
                                     ComposeHeic(drawing::DrawScene(3, 150, 131),
                                                 {.tile_width = 64, .tile_height = 64, .turns = {{"irot", Bytes{1}}}})};
  const int count = HowMany("CROSSGUARD_HEIC_DAMAGED", 1'500);
  int with_holes = 0, here_only = 0;
  for (int i = 0; i < count; ++i) {
    Bytes file = originals[static_cast<size_t>(i) % originals.size()];
    for (size_t blows = 1 + random() % 3; blows > 0; --blows) {
      const size_t at = random() % (random() % 2 == 0 ? std::min<size_t>(file.size(), 700) : file.size());
      if (random() % 8 == 0) {
        file.resize(at + 1);
      } else {
        file[at] = static_cast<uint8_t>(random());
      }
    }
    Decoded fast, judge;
    try {
      fast = Fast(file);
      judge = Judge(file);
    } catch (const std::bad_alloc&) {  // the worker makes a state of it
      continue;
    }
    EXPECT_EQ(fast.width, judge.width) << i;
    EXPECT_EQ(fast.height, judge.height) << i;
    if (fast.state == State::kTruncated && judge.state == State::kExamined) {
      EXPECT_EQ(fast.reason, Reason::kDamagedData) << i;
      ++with_holes;
      continue;
    }
    if (fast.state == State::kExamined && judge.state == State::kUndecodable) {
      ++here_only;
      continue;
    }
    EXPECT_EQ(fast.state, judge.state) << i << " " << Name(fast.state) << " " << Name(judge.state);
    EXPECT_EQ(fast.reason, judge.reason) << i << " " << Name(fast.reason) << " " << Name(judge.reason);
    EXPECT_EQ(fast.picture.has_value(), judge.picture.has_value()) << i;
  }
  RecordProperty("with_holes", with_holes);
  RecordProperty("here_only", here_only);
  EXPECT_LE(with_holes, count / 20);
  EXPECT_LE(here_only, 1 + count / 500);
}

}  // namespace
}  // namespace crossguard::examine
