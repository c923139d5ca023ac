// Files that are too large for a worker's memory: read window by window, with the same facts; and what a worker may
// ask.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "drawing/drawing.h"
#include "env/random.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/family.h"
#include "examine/kernel/testing_kinds.h"
#include "examine/test_support.h"

namespace crossguard::examine {
namespace {

using testing::StartExaminer;

constexpr uint64_t kSmallLimit = 40'000;  // above it a file is at a distance in these tests; kKindBytes is less

ReadAt ReaderOf(const Bytes& file, uint64_t* read_bytes = nullptr) {
  return [&file, read_bytes](uint64_t offset, std::span<uint8_t> out) -> Result<size_t> {
    const size_t count = offset < file.size() ? std::min(out.size(), file.size() - static_cast<size_t>(offset)) : 0;
    std::copy_n(file.begin() + static_cast<ptrdiff_t>(offset), count, out.begin());
    if (read_bytes != nullptr) *read_bytes += count;
    return count;
  };
}

Result<FileFacts> ExamineDistant(Examiner& examiner, const Bytes& file, const ReadAt& read, uint32_t depth = 0) {
  FileFacts result;
  bool given = false;
  TRY(examiner.Examine(
      [&](ExamineInput& input) -> Result<bool> {
        if (given) return false;
        given = true;
        input = {.tag = 0,
                 .bytes = ByteView(file).first(std::min(file.size(), size_t{34} << 10)),
                 .size_bytes = file.size(),
                 .depth = depth,
                 .read = read};
        return true;
      },
      [&](uint64_t, const FileFacts& facts) -> Status {
        result = facts;
        return {};
      }));
  return result;
}

Bytes Noise(uint64_t seed, size_t size) {
  Bytes out(size);
  SeededRandom random(seed);
  random.Fill(out);
  return out;
}

std::vector<Bytes> DrawVideosAndArchives() {
  std::vector<drawing::Picture> film;
  for (size_t i = 0; i < 40; ++i) film.push_back(drawing::DrawScene(i / 8, 256, 192));
  std::vector<Bytes> files;
  for (const auto& [container, codec] : {std::pair{"mp4", "libx264"},
                                         {"mov", "rawvideo"},
                                         {"matroska", "ffv1"},
                                         {"webm", "libvpx"},
                                         {"avi", "mjpeg"},
                                         {"avi", "huffyuv"},
                                         {"mpegts", "mpeg2video"},
                                         {"mpeg", "mpeg1video"},
                                         {"flv", "flv"},
                                         {"asf", "wmv2"},
                                         {"ogg", "libtheora"}}) {
    files.push_back(testing::EncodeVideo(film, {.container = container, .codec = codec, .frames_per_second = 25}));
  }
  for (testing::RareVideo& video : testing::RareVideos(film)) files.push_back(std::move(video.bytes));
  const std::vector<std::pair<std::string, Bytes>> members{
      {"a", Noise(1, 300'000)}, {"b.txt", ToBytes("text")}, {"c", Noise(2, 70'000)}, {"d", Bytes(200'000, 7)}};
  files.push_back(drawing::MakeZip({members[0], members[1], members[2]}));
  for (const auto packing : {testing::Packing::kSevenZip, testing::Packing::kTarGz, testing::Packing::kTarXz,
                             testing::Packing::kTarZst, testing::Packing::kTarBz2, testing::Packing::kIso}) {
    files.push_back(testing::MakeArchive(packing, members));
  }
  for (testing::RareArchive& archive : testing::RareArchives(members)) files.push_back(std::move(archive.bytes));
  std::string mbox;
  SeededRandom random(6);
  for (int i = 0; i < 40; ++i) {
    mbox += "From a@example.org Sun Jul  4 18:22:31 2021\nFrom: a@example.org\nDate: x\n\n";
    for (uint64_t line = random.Below(200); line > 0; --line)
      mbox += std::string(random.Below(line % 50 == 0 ? 3'000 : 90), 'x') + (line % 3 == 0 ? "\r\n" : "\n");
    mbox += i % 2 == 0 ? "\n" : "\r\n";
  }
  files.push_back(ToBytes(mbox));
  files.push_back(testing::MakeRar({{"a", Noise(3, 100'000)}, {"b", Noise(4, 50'000)}}));
  return files;
}

const std::vector<Bytes>& VideosAndArchives() {
  static const std::vector<Bytes> files = DrawVideosAndArchives();
  return files;
}

TEST(DistantFiles, VideosAndArchivesHaveTheFactsThatTheyHaveWhole) {
  const auto examiner =
      StartExaminer({.program = testing::ShippedProgram(), .workers = 2, .file_bytes_max = kSmallLimit});
  ASSERT_NE(examiner, nullptr);
  int distant = 0;
  for (const Bytes& file : VideosAndArchives()) {
    uint64_t read_bytes = 0;
    const FileFacts whole = ExamineBytes(file, file.size(), 0, Limits{});
    const auto facts = ExamineDistant(*examiner, file, ReaderOf(file, &read_bytes));
    ASSERT_TRUE(facts.has_value()) << facts.error().message;
    EXPECT_EQ(*facts, whole) << MimeType(whole.kind) << " " << Name(facts->state) << " " << Name(facts->reason);
    if (file.size() <= kSmallLimit) continue;
    ++distant;
    EXPECT_GT(read_bytes, 0U) << MimeType(whole.kind);
    EXPECT_LT(read_bytes, 8 * file.size() + (1U << 20)) << MimeType(whole.kind);
  }
  EXPECT_GE(distant, 15);
}

TEST(DistantFiles, AnArchiveAtADistanceGivesTheSameMembers) {
  const auto examiner =
      StartExaminer({.program = testing::ShippedProgram(), .workers = 2, .file_bytes_max = kSmallLimit});
  ASSERT_NE(examiner, nullptr);
  for (const Bytes& file : VideosAndArchives()) {
    const FileFacts facts = ExamineBytes(file, file.size(), 0, Limits{});
    if (!IsArchive(facts.kind)) continue;
    std::vector<std::string> told[2];
    for (const bool distant : {false, true}) {
      Bytes bytes;
      std::vector<std::string>& out = told[distant ? 1 : 0];
      const MemberSink sink{
          .data = [&](const ArchiveMember&, ByteView chunk) -> Status {
            bytes.insert(bytes.end(), chunk.begin(), chunk.end());
            return {};
          },
          .end = [&](const ArchiveMember& member, Verdict verdict) -> Status {
            out.push_back(member.name + " " + std::string(Name(verdict.state)) + " " + std::string(AsText(bytes)));
            bytes.clear();
            return {};
          }};
      const Status done =
          distant ? examiner->Unpack({.size_bytes = file.size(), .read = ReaderOf(file)}, facts.members, sink)
                  : examiner->Unpack(ByteView(file), facts.members, sink);
      ASSERT_TRUE(done.has_value()) << done.error().message;
    }
    EXPECT_FALSE(told[0].empty()) << MimeType(facts.kind);
    EXPECT_TRUE(told[0] == told[1]) << MimeType(facts.kind);
  }
}

TEST(DistantFiles, WhatCannotBeReadInWindowsIsNamedAsBefore) {
  const auto examiner =
      StartExaminer({.program = testing::ShippedProgram(), .workers = 1, .file_bytes_max = kSmallLimit});
  ASSERT_NE(examiner, nullptr);
  const std::vector<std::pair<Bytes, Kind>> files{
      {testing::EncodeBmp(drawing::DrawScene(1, 300, 200)), Kind::kBmp},
      {ToBytes("From: a@example.org\nDate: x\nContent-Type: text/plain\n\n" + std::string(100'000, 'x')), Kind::kMail},
      {ToBytes("%PDF-1.7\n" + std::string(100'000, 'x')), Kind::kPdf}};
  for (const auto& [file, kind] : files) {
    const auto facts = ExamineDistant(*examiner, file, ReaderOf(file));
    ASSERT_TRUE(facts.has_value());
    EXPECT_EQ(facts->kind, kind);
    EXPECT_EQ(facts->state, State::kLimitExceeded);
    EXPECT_EQ(facts->reason, Reason::kFileSizeLimit);
  }
  const Bytes unknown = Noise(5, 100'000);
  EXPECT_EQ(ExamineDistant(*examiner, unknown, ReaderOf(unknown))->state, State::kUnsupportedKind);
}

// Only the beginning of each file decides where the fault lies: so every cut and every blow leaves one named state.
TEST(DistantFiles, DamagedOnesAreNamedAsTheyAreWhole) {
  const auto examiner =
      StartExaminer({.program = testing::ShippedProgram(), .workers = 2, .file_bytes_max = kSmallLimit});
  ASSERT_NE(examiner, nullptr);
  SeededRandom random(7);
  for (const Bytes& original : VideosAndArchives()) {
    Bytes cut(original.begin(), original.begin() + static_cast<ptrdiff_t>(original.size() * 3 / 4));
    Bytes struck = original;
    for (int i = 0; i < 20; ++i) struck[random.Below(struck.size())] ^= static_cast<uint8_t>(1 + random.Below(255));
    for (const Bytes& file : {cut, struck}) {
      if (file.size() <= kSmallLimit) continue;
      const auto facts = ExamineDistant(*examiner, file, ReaderOf(file));
      ASSERT_TRUE(facts.has_value()) << facts.error().message;
      EXPECT_EQ(*facts, ExamineBytes(file, file.size(), 0, Limits{})) << MimeType(facts->kind);
    }
  }
}

TEST(DistantFiles, AnErrorOfTheReaderEndsTheRunAndTheNextRunIsClean) {
  const auto examiner =
      StartExaminer({.program = testing::ShippedProgram(), .workers = 2, .file_bytes_max = kSmallLimit});
  ASSERT_NE(examiner, nullptr);
  const Bytes zip = drawing::MakeZip({{"a", Noise(1, 300'000)}});
  const auto broken = ExamineDistant(*examiner, zip, [](uint64_t, std::span<uint8_t>) -> Result<size_t> {
    return Fail(Code::kCorrupt, "a broken pack");
  });
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().message, "a broken pack");
  const auto short_one =
      ExamineDistant(*examiner, zip, [](uint64_t, std::span<uint8_t> out) -> Result<size_t> { return out.size() - 1; });
  ASSERT_FALSE(short_one.has_value());
  EXPECT_EQ(short_one.error().code, Code::kCorrupt);
  EXPECT_EQ(ExamineDistant(*examiner, zip, ReaderOf(zip))->state, State::kExamined);
}

Bytes LargeSaboteur(Family family, const std::string& act) {
  Bytes out = ToBytes(family == Family::kVideo ? "FLV\x01" : "PK\x03\x04");
  const Bytes order = ToBytes("CROSSGUARD-TEST " + act + "\n");
  out.insert(out.end(), order.begin(), order.end());
  out.resize(100'000);
  return out;
}

TEST(DistantFiles, AWorkerThatAsksForWhatItMayNotIsEndedAndNamed) {
  const auto examiner = StartExaminer(
      {.program = testing::SabotageProgram(), .workers = 2, .deadline_millis = 60'000, .file_bytes_max = kSmallLimit});
  ASSERT_NE(examiner, nullptr);
  struct Case {
    std::string act;
    State state;
    Reason reason;
  };
  const std::vector<Case> cases{{"fetch-outside", State::kCrashed, Reason::kMalformedAnswer},
                                {"fetch-past", State::kCrashed, Reason::kMalformedAnswer},
                                {"fetch-wrap", State::kCrashed, Reason::kMalformedAnswer},
                                {"fetch-none", State::kCrashed, Reason::kMalformedAnswer},
                                {"fetch-huge", State::kCrashed, Reason::kMalformedAnswer},
                                {"fetch-another", State::kCrashed, Reason::kMalformedAnswer},
                                {"fetch-short", State::kCrashed, Reason::kMalformedAnswer},
                                {"fetch-deaf", State::kCrashed, Reason::kMalformedAnswer},
                                {"fetch-endless", State::kLimitExceeded, Reason::kReadLimit},
                                {"segv", State::kCrashed, Reason::kSignal},
                                {"garbage", State::kCrashed, Reason::kMalformedAnswer}};
  const Bytes good = drawing::MakeZip({{"a", Noise(1, 300'000)}});
  for (const Family family : {Family::kVideo, Family::kArchives}) {
    for (const Case& one : cases) {
      const Bytes file = LargeSaboteur(family, one.act);
      const auto facts = ExamineDistant(*examiner, file, ReaderOf(file));
      ASSERT_TRUE(facts.has_value()) << facts.error().message;
      EXPECT_EQ(facts->state, one.state) << one.act << " " << Name(facts->state) << " " << Name(facts->reason);
      EXPECT_EQ(facts->reason, one.reason) << one.act << " " << Name(facts->reason);
      EXPECT_EQ(FamilyOf(facts->kind), family) << one.act;
    }
    EXPECT_EQ(ExamineDistant(*examiner, good, ReaderOf(good))->state, State::kExamined);
  }
}

TEST(DistantFiles, AWorkerThatWasGivenItsFileWholeMayAskForNothing) {
  const auto examiner = StartExaminer({.program = testing::SabotageProgram(), .workers = 1, .deadline_millis = 60'000});
  ASSERT_NE(examiner, nullptr);
  const Bytes file = LargeSaboteur(Family::kArchives, "fetch-none");
  const auto facts = examiner->ExamineOne(file);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->state, State::kCrashed);
  EXPECT_EQ(facts->reason, Reason::kMalformedAnswer);
}

TEST(DistantFiles, AWorkerThatWaitsForNothingMeetsItsDeadline) {
  const auto examiner = StartExaminer({.program = testing::SabotageProgram(),
                                       .workers = 1,
                                       .deadline_millis = 50,
                                       .deadline_millis_per_mib = 0,
                                       .file_bytes_max = kSmallLimit});
  ASSERT_NE(examiner, nullptr);
  const Bytes file = LargeSaboteur(Family::kArchives, "fetch-silent");
  const auto facts = ExamineDistant(*examiner, file, ReaderOf(file));
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->state, State::kTimedOut);
}

// CROSSGUARD_LARGE=1: the same with sizes that are really beyond 256 MiB.
TEST(DistantFiles, ReallyLargeOnesAreExaminedInFlatMemory) {
  if (std::getenv("CROSSGUARD_LARGE") == nullptr) GTEST_SKIP() << "set CROSSGUARD_LARGE=1 for files beyond 256 MiB";
  const auto examiner = StartExaminer({.program = testing::ShippedProgram(), .workers = 2});
  ASSERT_NE(examiner, nullptr);
  std::vector<drawing::Picture> film;
  for (size_t i = 0; i < 150; ++i) film.push_back(drawing::DrawScene(i / 10, 1280, 720));
  const Bytes video = testing::EncodeVideo(film, {.container = "mov", .codec = "rawvideo", .frames_per_second = 5});
  film.clear();
  ASSERT_GT(video.size(), size_t{256} << 20);
  const auto facts = ExamineDistant(*examiner, video, ReaderOf(video));
  ASSERT_TRUE(facts.has_value()) << facts.error().message;
  EXPECT_EQ(facts->state, State::kExamined) << Name(facts->reason);
  EXPECT_EQ(facts->frames, 150U);
  EXPECT_EQ(facts->video_frames.size(), 30U);
  std::vector<std::pair<std::string, Bytes>> members;
  for (uint64_t i = 0; i < 3; ++i) members.emplace_back(std::to_string(i), Noise(i, size_t{100} << 20));
  const Bytes tar = testing::MakeArchive(testing::Packing::kTarGz, members);
  ASSERT_GT(tar.size(), size_t{256} << 20);
  const auto listed = ExamineDistant(*examiner, tar, ReaderOf(tar));
  ASSERT_TRUE(listed.has_value()) << listed.error().message;
  EXPECT_EQ(listed->state, State::kExamined) << Name(listed->reason);
  EXPECT_EQ(listed->members.size(), 3U);
}

}  // namespace
}  // namespace crossguard::examine
