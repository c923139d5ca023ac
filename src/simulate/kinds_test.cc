// Every kind of file as it is planned and drawn, opened by the code that will judge it.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "examine/kernel/examine.h"
#include "simulate/content.h"

namespace crossguard::simulate {
namespace {

int Distance(const Pdq& a, const Pdq& b) {
  int bits = 0;
  for (size_t i = 0; i < a.bytes.size(); ++i) bits += std::popcount(static_cast<unsigned>(a.bytes[i] ^ b.bytes[i]));
  return bits;
}

PlannedContent Planned(Form form, uint64_t base = 77) {
  return {.base = base, .width = 256, .height = 192, .form = form, .quality = 88, .camera = 5};
}

examine::FileFacts Opened(const PlannedContent& content) {
  ContentMaker maker;
  const Bytes bytes = maker.Make(content).bytes;
  return examine::ExamineBytes(bytes, bytes.size(), 0, {});
}

TEST(Kinds, EachIsWhatItSaysAndShowsItsPicture) {
  const examine::FileFacts jpeg = Opened(Planned(Form::kJpeg));
  ASSERT_TRUE(jpeg.pdq);
  for (const Form form :
       {Form::kProgressiveJpeg, Form::kPng, Form::kWebp, Form::kGif, Form::kHeic, Form::kAvif, Form::kJxl, Form::kTiff,
        Form::kBmp, Form::kDng, Form::kHeicSequence, Form::kAvifSequence, Form::kAnimatedWebp, Form::kAnimatedGif}) {
    const PlannedContent content = Planned(form);
    const examine::FileFacts facts = Opened(content);
    EXPECT_EQ(examine::MimeType(facts.kind), KindOf(content));
    EXPECT_EQ(facts.state, examine::State::kExamined) << KindOf(content) << " " << Name(facts.reason);
    const bool moving = form >= Form::kHeicSequence;
    EXPECT_TRUE(moving ? facts.frames == 3 : facts.frames <= 2) << SuffixOf(content) << " " << facts.frames;
    ASSERT_TRUE(facts.pdq) << SuffixOf(content);
    const bool coarse = form == Form::kGif || form == Form::kAnimatedGif;  // 216 colours, no more
    EXPECT_LE(Distance(*facts.pdq, *jpeg.pdq), coarse ? 60 : 31) << SuffixOf(content);
  }
  EXPECT_EQ(Opened(Planned(Form::kHeic)).exif.serial, "SN5") << "as its other files";
  EXPECT_EQ(jpeg.exif.serial, "SN5");
}

TEST(Kinds, AnArchiveHoldsWhatTheTruthSays) {
  for (const Form form :
       {Form::kZip, Form::kTarGz, Form::kMail, Form::kPdf, Form::kSevenZip, Form::kIso, Form::kDocx, Form::kOdt}) {
    PlannedContent content{.form = form, .variant = 9};
    content.members = {Planned(Form::kJpeg, 1), Planned(Form::kJpeg, 2)};
    ContentMaker maker;
    const MadeContent made = maker.Make(content);
    const examine::FileFacts facts = examine::ExamineBytes(made.bytes, made.bytes.size(), 0, {});
    EXPECT_EQ(examine::MimeType(facts.kind), KindOf(content));
    EXPECT_EQ(facts.state, examine::State::kExamined) << KindOf(content) << " " << Name(facts.reason);
    const auto files = std::ranges::count_if(facts.members, [](const auto& member) { return member.is_file; });
    EXPECT_EQ(static_cast<size_t>(files), made.members.size()) << PackedIn(form);
    EXPECT_EQ(made.members.size(), form == Form::kDocx ? 5U : form == Form::kOdt ? 4U : 2U);
  }
}

TEST(Kinds, AStandInOfAnotherPictureIsSeenAndTheOwnOneIsNot) {
  PlannedContent content = Planned(Form::kJpeg);
  content.stand_in = StandIn::kOwn;
  const auto own = Opened(content).thumbnail;
  content.stand_in = StandIn::kOther;
  const auto other = Opened(content).thumbnail;
  ASSERT_TRUE(own && other);
  EXPECT_LE(own->distance, 31);
  EXPECT_GT(other->distance, 31);
}

TEST(Kinds, TheSamePlanGivesTheSameBytes) {
  for (const Form form : {Form::kHeic, Form::kAvif, Form::kJxl, Form::kTiff, Form::kBmp, Form::kDng,
                          Form::kHeicSequence, Form::kAvifSequence, Form::kAnimatedWebp, Form::kAnimatedGif}) {
    ContentMaker one, other;
    EXPECT_EQ(one.Make(Planned(form)).digests, other.Make(Planned(form)).digests) << KindOf(Planned(form));
  }
  for (const Form form : {Form::kSevenZip, Form::kIso, Form::kDocx, Form::kOdt}) {
    PlannedContent content{.form = form};
    content.members = {Planned(Form::kJpeg)};
    ContentMaker one, other;
    EXPECT_EQ(one.Make(content).digests, other.Make(content).digests) << PackedIn(form);
  }
}

TEST(Kinds, AVideoIsDamagedAsItIsWritten) {
  PlannedContent content{.base = uint64_t{1} << 62U, .form = Form::kVideo};
  content.video = drawing::VideoForm{.width = 64, .height = 48, .millis = 2'000, .rounds = 4};
  ContentMaker maker;
  const Bytes whole = maker.Make(content).bytes;
  const auto made = [&](Damage damage) {
    content.damage = damage;
    Bytes pieces;
    const MadeContent out =
        maker.Make(content, [&](ByteView piece) { pieces.insert(pieces.end(), piece.begin(), piece.end()); });
    EXPECT_TRUE(out.bytes.empty());
    EXPECT_EQ(out.digests, HashAll(pieces));
    return pieces;
  };
  EXPECT_EQ(made(Damage::kNone), whole);
  EXPECT_TRUE(made(Damage::kEmpty).empty());
  const Bytes cut = made(Damage::kTruncated);
  ASSERT_LT(cut.size(), whole.size());
  EXPECT_TRUE(std::equal(cut.begin(), cut.end(), whole.begin()));
  const Bytes corrupt = made(Damage::kCorrupt);
  ASSERT_EQ(corrupt.size(), whole.size());
  size_t differing = 0;
  for (size_t i = 0; i < whole.size(); ++i) differing += corrupt[i] != whole[i] ? 1U : 0U;
  EXPECT_GT(differing, 20U);
  EXPECT_LE(differing, 40U);
}

}  // namespace
}  // namespace crossguard::simulate
