// Videos as they are planned and drawn, opened by the code that will judge them.
#include <gtest/gtest.h>

#include <bit>
#include <map>

#include "examine/kernel/examine.h"
#include "simulate/lists.h"

namespace crossguard::simulate {
namespace {

int Distance(const Pdq& a, const Pdq& b) {
  int bits = 0;
  for (size_t i = 0; i < a.bytes.size(); ++i) bits += std::popcount(static_cast<unsigned>(a.bytes[i] ^ b.bytes[i]));
  return bits;
}

// vPDQ's rule, plainly: of the frames of `a`, how many are within 31 of one of `b`, in per cent.
int PercentIn(const std::vector<Pdq>& a, const std::vector<Pdq>& b) {
  int met = 0;
  for (const Pdq& one : a) {
    for (const Pdq& other : b) {
      if (Distance(one, other) > 31) continue;
      ++met;
      break;
    }
  }
  return a.empty() ? 0 : met * 100 / static_cast<int>(a.size());
}

std::vector<Pdq> FramesOf(const PlannedContent& content) {
  ContentMaker maker;
  const Bytes bytes = maker.Make(content).bytes;
  const examine::FileFacts facts = examine::ExamineBytes(bytes, bytes.size(), 0, {});
  EXPECT_EQ(facts.state, examine::State::kExamined) << Text(content.edit);
  std::vector<Pdq> out;
  for (const examine::VideoFrame& frame : facts.video_frames) {
    if (frame.quality >= 50) out.push_back(frame.pdq);
  }
  if (facts.video_frames.empty() && facts.pdq) out.push_back(*facts.pdq);  // a still
  return out;
}

TEST(VideoPlan, WhatIsMadeOfAFootageIsLinkedToItUnlessItIsHard) {
  const OperationPlan plan = PlanOperation(ParseSize("tiny").value(), 4);
  int64_t easy = 0, met = 0, hard = 0, hard_met = 0, strangers_met = 0;
  std::vector<Pdq> before;
  std::string unexpected;
  for (uint64_t rank = 0; rank < 2; ++rank) {
    const uint64_t base = PopularFootage(plan, rank);
    const std::vector<Pdq> original = FramesOf(OriginalOf(plan, base));
    ASSERT_EQ(original.size(), FootageMillis(base) / 1000);
    for (uint64_t nth = 0; rank == 0 && nth < kFootageVariants; ++nth) {
      const PlannedContent variant = FootageVariant(plan, base, nth);
      const bool linked = PercentIn(FramesOf(variant), original) >= 80;
      (IsHard(variant.edit) ? hard : easy) += 1;
      (IsHard(variant.edit) ? hard_met : met) += linked ? 1 : 0;
      if (linked == IsHard(variant.edit))
        unexpected += std::string(Text(variant.edit)) + " " + std::to_string(nth) + ", ";
    }
    strangers_met += PercentIn(before, original) > 0 ? 1 : 0;
    before = original;
  }
  EXPECT_GE(met * 10, easy * 9) << met << " of " << easy << ": " << unexpected;
  EXPECT_LE(hard_met * 2, hard) << hard_met << " of " << hard << ": " << unexpected;
  EXPECT_EQ(strangers_met, 0);
}

TEST(VideoPlan, BytesAreMostlyVideoWhereThereAreEnoughOfThem) {
  // The third is the mix of docs/performance.md.
  for (const char* size : {"demo", "seed", "accounts=8500,files=17000,bytes=32GB"}) {
    const OperationPlan plan = PlanOperation(ParseSize(size).value(), 3);
    const int64_t blocks = std::min<int64_t>(plan.block_count, 100);
    double bytes = 0, camera = 0;
    std::map<drawing::VideoContainer, int> containers;
    std::map<std::string_view, int> edits;
    for (int64_t number = 0; number < blocks; ++number) {
      for (const PlannedReport& report : PlanBlock(plan, number).reports) {
        for (const PlannedFile& file : report.files) {
          if (file.content.edit == Edit::kStill) ++edits["still"];
          if (!file.content.video) continue;
          bytes += BytesOf(file.content);
          camera += file.content.video->camera ? BytesOf(file.content) : 0;
          ++containers[file.content.video->container];
          ++edits[Text(file.content.edit)];
          if (file.content.damage != Damage::kNone) ++edits[Text(file.content.damage)];
        }
      }
    }
    const double all =
        static_cast<double>(plan.size.byte_count) * static_cast<double>(blocks) / static_cast<double>(plan.block_count);
    EXPECT_NEAR(bytes / all, 0.8, 0.06) << size;
    EXPECT_NEAR(camera / all, 0.7, 0.06) << size;
    if (plan.block_count < 20) continue;
    EXPECT_GE(containers.size(), 6U) << size;
    for (const char* edit : {"original", "reencode", "clip", "clip_between", "fewer_frames", "mild_colour", "mirror",
                             "hard_crop", "still", "truncated", "corrupt"})
      EXPECT_GT(edits[edit], 0) << size << " " << edit;
  }
}

TEST(VideoPlan, AListKnowsAFrameThatTheVideoShows) {
  const OperationPlan plan = PlanOperation(ParseSize("tiny").value(), 9);
  int asked = 0;
  for (uint64_t rank = 0; rank < 40 && asked < 1; ++rank) {
    const uint64_t base = PopularFootage(plan, rank);
    if (StandingOf(base) != Standing::kKnown || EntriesOf(base).front().list != ListNo::kOwn) continue;
    ++asked;
    ContentMaker maker;
    ListRows rows;
    AppendEntries(plan, base, maker, rows);
    const std::string& row = rows[static_cast<size_t>(ListNo::kOwn)];
    // entry_id,md5,sha1,sha256,pdq,...
    size_t at = 0;
    for (int comma = 0; comma < 4; ++comma) at = row.find(',', at) + 1;
    const auto pdq = Pdq::FromHexText(row.substr(at, 64));
    ASSERT_TRUE(pdq) << row;
    const PlannedContent original = OriginalOf(plan, base), variant = FootageVariant(plan, base, 0);
    EXPECT_EQ(PercentIn({*pdq}, FramesOf(original)), 100);
    EXPECT_EQ(PercentIn({*pdq}, FramesOf(variant)), 100);
    const ListedEntry entry{.list = ListNo::kOwn, .has_pdq = true};
    EXPECT_EQ(HowMet(entry, original), "sha256");
    EXPECT_EQ(HowMet(entry, variant), "vpdq");
    EXPECT_FALSE(IsHardHit(entry, variant));
    EXPECT_TRUE(IsHardHit(entry, FootageVariant(plan, base, 10))) << "mirrored";
  }
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace crossguard::simulate
