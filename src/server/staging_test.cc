// Parcels on their way in, on a disk that may lose what was not synced.
#include "server/staging.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "env/memory_files.h"
#include "server/testing_node.h"

namespace crossguard::server {
namespace {

class StagingTest : public testing::Test {
 protected:
  std::unique_ptr<Staging> Open(StagingLimits limits = {}) {
    auto staging = std::make_unique<Staging>(env_, "incoming", "nz-dia", limits);
    EXPECT_TRUE(staging->Open());
    return staging;
  }
  exchange::ParcelOuter Outer(char letter, const std::map<std::string, Bytes>& content) const {
    exchange::ParcelOuter outer{.id = Id(letter), .from = "at-bk", .to = "nz-dia", .files = {}};
    for (const auto& [name, bytes] : content)
      outer.files.push_back({.name = name, .size_bytes = bytes.size(), .sha256 = HashSha256(bytes)});
    return outer;
  }
  static std::string Id(char letter) { return "msg-" + std::string(16, letter); }
  static Result<StagedParcel> Put(Staging& staging, const exchange::ParcelOuter& outer) {
    return staging.PutOuter("at-bk", outer.id, AsBytes(exchange::OuterText(outer)));
  }
  // Sends [from, until) of a file; the error of whatever refused.
  static Result<uint64_t> Send(Staging& staging, char letter, const std::string& name, const Bytes& bytes,
                               uint64_t from, uint64_t until) {
    const auto upload =
        TRY(staging.Start("at-bk", Id(letter), name,
                          ContentRange{.first = from, .last = until - 1, .size_bytes = bytes.size()}, until - from));
    TRY(upload->Take(ByteView(bytes).subspan(from, until - from)));
    return upload->Finish();
  }
  static Result<uint64_t> Send(Staging& staging, char letter, const std::string& name, const Bytes& bytes) {
    return Send(staging, letter, name, bytes, 0, bytes.size());
  }

  MemoryFiles files_{3};
  SeededRandom random_{4};
  ManualClock clock_{*ParseInstant("2022-03-02T10:00:00Z")};
  Env env_{clock_, random_, files_, Log(nullptr)};
  const Bytes envelope_ = ToBytes("sealed words"), part_ = Bytes(5'000, 7);
  const std::map<std::string, Bytes> content_ = {{"envelope.age", envelope_}, {"attachment/part", part_}};
};

TEST_F(StagingTest, AWholeParcelIsDeliveredOnceAndGoes) {
  const auto staging = Open();
  ASSERT_TRUE(Put(*staging, Outer('a', content_)));
  EXPECT_EQ(staging->Deliver("at-bk", Id('a')).error().code, Code::kConflict);
  EXPECT_EQ(*Send(*staging, 'a', "envelope.age", envelope_), envelope_.size());
  EXPECT_EQ(*Send(*staging, 'a', "attachment/part", part_, 0, 2'000), 2'000U);
  EXPECT_EQ(*Send(*staging, 'a', "attachment/part", part_, 2'000, 5'000), 5'000U);
  {
    const auto claim = staging->Deliver("at-bk", Id('a'));
    ASSERT_TRUE(claim);
    EXPECT_EQ(*files_.ReadWhole((*claim)->folder() + "/attachment/part", 10'000), part_);
    EXPECT_EQ(staging->Deliver("at-bk", Id('a')).error().code, Code::kUnavailable);
    EXPECT_EQ(Put(*staging, Outer('a', {{"envelope.age", part_}})).error().code, Code::kUnavailable);
    ASSERT_TRUE((*claim)->Remove());
  }
  EXPECT_EQ(staging->Find("at-bk", Id('a')).error().code, Code::kNotFound);
  EXPECT_EQ(staging->open_parcels(), 0U);
  EXPECT_FALSE(files_.Exists("incoming/at-bk/" + Id('a') + "/outer.json"));
}

TEST_F(StagingTest, AFileThatArrivedChangedStartsAgain) {
  const auto staging = Open();
  ASSERT_TRUE(Put(*staging, Outer('a', content_)));
  Bytes changed = part_;
  changed[4'000] ^= 1U;
  EXPECT_EQ(Send(*staging, 'a', "attachment/part", changed).error().code, Code::kCorrupt);
  EXPECT_EQ(staging->Find("at-bk", Id('a'))->files[0].received_bytes, 0U);
  EXPECT_TRUE(Send(*staging, 'a', "attachment/part", part_));
}

TEST_F(StagingTest, RangesThatDoNotFitAreRefused) {
  const auto staging = Open();
  ASSERT_TRUE(Put(*staging, Outer('a', content_)));
  const auto start = [&](std::optional<ContentRange> range, uint64_t length) {
    const auto upload = staging->Start("at-bk", Id('a'), "attachment/part", range, length);
    return upload ? std::optional<Code>() : upload.error().code;
  };
  EXPECT_EQ(start(ContentRange{1, 4'999, 5'000}, 4'999), Code::kConflict);
  EXPECT_EQ(start(ContentRange{0, 99, 4'000}, 100), Code::kInvalid);
  EXPECT_EQ(start(ContentRange{0, 99, 5'000}, 200), Code::kInvalid);
  EXPECT_EQ(start(std::nullopt, 4'999), Code::kInvalid);
  EXPECT_EQ(staging->Start("at-bk", Id('a'), "other", std::nullopt, 1).error().code, Code::kNotFound);
  EXPECT_EQ(staging->Start("de-bka", Id('a'), "attachment/part", std::nullopt, 5'000).error().code, Code::kNotFound);
  const auto upload = staging->Start("at-bk", Id('a'), "attachment/part", ContentRange{0, 99, 5'000}, 100);
  ASSERT_TRUE(upload);
  EXPECT_EQ((*upload)->Take(Bytes(5'001)).error().code, Code::kInvalid);
}

TEST_F(StagingTest, TheLaterOfTwoUploadsOfAFileGoesOn) {
  const auto staging = Open();
  ASSERT_TRUE(Put(*staging, Outer('a', content_)));
  const auto first = *staging->Start("at-bk", Id('a'), "attachment/part", std::nullopt, 5'000);
  ASSERT_TRUE(first->Take(ByteView(part_).first(1'000)));
  EXPECT_EQ(staging->Find("at-bk", Id('a'))->files[0].received_bytes, 1'000U);
  const auto second = *staging->Start("at-bk", Id('a'), "attachment/part", ContentRange{1'000, 4'999, 5'000}, 4'000);
  EXPECT_EQ(first->Take(ByteView(part_).first(10)).error().code, Code::kConflict);
  ASSERT_TRUE(second->Take(ByteView(part_).subspan(1'000)));
  EXPECT_EQ(*second->Finish(), 5'000U);
}

TEST_F(StagingTest, AnotherOuterKeepsWhatItStillNames) {
  const auto staging = Open();
  ASSERT_TRUE(Put(*staging, Outer('a', content_)));
  ASSERT_TRUE(Send(*staging, 'a', "attachment/part", part_));
  ASSERT_TRUE(Send(*staging, 'a', "envelope.age", envelope_));
  const auto resealed =
      Put(*staging, Outer('a', {{"envelope.age", ToBytes("sealed anew")}, {"attachment/part", part_}}));
  ASSERT_TRUE(resealed);
  EXPECT_EQ(resealed->files[0].received_bytes, 5'000U);
  EXPECT_EQ(resealed->files[1].received_bytes, 0U);
  EXPECT_TRUE(Send(*staging, 'a', "envelope.age", ToBytes("sealed anew")));
  EXPECT_TRUE(staging->Deliver("at-bk", Id('a')));
}

TEST_F(StagingTest, StrangeOutersAreRefusedAndLeaveNothing) {
  const auto staging = Open();
  const auto code = [&](const exchange::ParcelOuter& outer, const std::string& id) {
    const auto put = staging->PutOuter("at-bk", id, AsBytes(exchange::OuterText(outer)));
    return put ? std::optional<Code>() : put.error().code;
  };
  exchange::ParcelOuter outer = Outer('a', content_);
  outer.from = "de-bka";
  EXPECT_EQ(code(outer, outer.id), Code::kDenied);
  outer = Outer('a', content_);
  outer.to = "de-bka";
  EXPECT_EQ(code(outer, outer.id), Code::kDenied);
  EXPECT_EQ(code(Outer('a', content_), Id('b')), Code::kInvalid);
  outer = Outer('a', content_);
  outer.protocol = 2;
  EXPECT_EQ(code(outer, outer.id), Code::kUnsupported);
  for (const char* name : {"../x", "/x", "outer.json", "a//b"}) EXPECT_TRUE(code(Outer('a', {{name, part_}}), Id('a')));
  EXPECT_EQ(staging->open_parcels(), 0U);
  EXPECT_FALSE(files_.Exists("incoming/at-bk/" + Id('a') + "/outer.json"));
}

TEST_F(StagingTest, APeerHasItsBoundsAndAbandonedParcelsMakeRoom) {
  const StagingLimits limits{
      .parcel_max_bytes = 6'000, .peer_max_bytes = 11'000, .parcels_per_peer_max = 2, .abandoned_after_micros = 1'000};
  const auto staging = Open(limits);
  EXPECT_EQ(Put(*staging, Outer('a', {{"envelope.age", Bytes(6'001)}})).error().code, Code::kExhausted);
  EXPECT_TRUE(Put(*staging, Outer('a', {{"envelope.age", Bytes(6'000)}})));
  EXPECT_EQ(Put(*staging, Outer('b', {{"envelope.age", Bytes(5'001)}})).error().code, Code::kExhausted);
  EXPECT_TRUE(Put(*staging, Outer('b', {{"envelope.age", Bytes(5'000)}})));
  EXPECT_EQ(Put(*staging, Outer('c', {{"envelope.age", Bytes(1)}})).error().code, Code::kExhausted);
  clock_.Advance(1'001);
  EXPECT_TRUE(Put(*staging, Outer('c', {{"envelope.age", Bytes(1)}})));
  EXPECT_EQ(staging->open_parcels(), 1U);
}

// The rule of all stores here: what was acknowledged is there after the power went, and nothing wrong is taken for
// right. The crash comes at each operation in turn.
TEST_F(StagingTest, WhereverThePowerGoesTheParcelArrivesWholeAfterAll) {
  for (uint64_t crash_at = 1;; ++crash_at) {
    MemoryFiles files(crash_at);
    Env env{clock_, random_, files, Log(nullptr)};
    const auto send_all = [&](std::map<std::string, uint64_t>& acknowledged) -> Status {
      Staging staging(env, "incoming", "nz-dia", {});
      TRY(staging.Open());
      const auto parcel = TRY(Put(staging, Outer('a', content_)));
      for (const StagedFile& file : parcel.files) {
        const Bytes& bytes = content_.at(file.name);
        if (file.received_bytes < acknowledged[file.name]) return Fail(Code::kCorrupt, "an acknowledged byte is lost");
        for (uint64_t at = file.received_bytes; at < bytes.size();) {
          const uint64_t until = std::min<uint64_t>(at + 1'700, bytes.size());
          const auto sent = Send(staging, 'a', file.name, bytes, at, until);
          if (!sent && sent.error().code == Code::kCorrupt) {  // torn bytes before it: seen, and sent again
            acknowledged[file.name] = 0;
            at = 0;
            continue;
          }
          if (!sent) return std::unexpected(sent.error());
          acknowledged[file.name] = at = *sent;
        }
      }
      const auto claim = TRY(staging.Deliver("at-bk", Id('a')));
      for (const auto& [name, bytes] : content_) {
        if (TRY(files.ReadWhole(claim->folder() + "/" + name, 10'000)) != bytes)
          return Fail(Code::kCorrupt, "a wrong file was taken for right");
      }
      acknowledged.clear();  // delivered: what goes now may go
      return claim->Remove();
    };
    files.CrashAt(crash_at);
    std::map<std::string, uint64_t> acknowledged;
    const Status first = send_all(acknowledged);
    if (!files.crashed()) {
      EXPECT_GT(crash_at, 15U);
      break;
    }
    if (!first) {
      EXPECT_NE(first.error().code, Code::kCorrupt) << crash_at << ": " << first.error().message;
    }
    files.Restart();
    const Status second = send_all(acknowledged);
    EXPECT_TRUE(second) << crash_at << ": " << second.error().message;
  }
}

}  // namespace
}  // namespace crossguard::server
