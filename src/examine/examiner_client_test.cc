// The examination through the real program and the real jail.
#include "examine/examiner_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "drawing/drawing.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/testing_kinds.h"
#include "examine/test_support.h"
#include "examine/testing_formats.h"

namespace crossguard::examine {
namespace {

using testing::EveryFormat;
using testing::ExamineAll;
using testing::StartExaminer;

ExaminerOptions Shipped(uint32_t workers = 2) {
  return {.program = testing::ShippedProgram(), .workers = workers};
}

TEST(Examiner, GivesTheSameFactsInTheJailAsTheKernelOutsideIt) {
  const auto examiner = StartExaminer(Shipped());
  ASSERT_NE(examiner, nullptr);
  std::vector<Bytes> files;
  for (int round = 0; round < 8; ++round) {
    for (Bytes& file : EveryFormat()) files.push_back(std::move(file));
  }
  const auto all = ExamineAll(*examiner, files);
  ASSERT_TRUE(all.has_value()) << all.error().message;
  for (size_t i = 0; i < files.size(); ++i) {
    if (files[i].empty()) {
      EXPECT_EQ((*all)[i].state, State::kEmpty);
    } else {
      EXPECT_EQ((*all)[i], ExamineBytes(files[i], files[i].size(), 0, Limits{})) << "file " << i;
    }
  }
}

// A library's first use of something may ask the kernel for what the jail forbids: so all that can be made is opened
// there.
TEST(Examiner, OpensEveryCodecAndFormInTheJail) {
  const auto examiner = StartExaminer(Shipped());
  ASSERT_NE(examiner, nullptr);
  std::vector<drawing::Picture> film;
  for (size_t i = 0; i < 12; ++i) film.push_back(drawing::DrawScene(i / 4, 96, 64));
  std::vector<Bytes> files;
  for (const auto& [container, codec] : {std::pair{"mp4", "libx264"},
                                         {"mov", "libx264"},
                                         {"3gp", "mpeg4"},
                                         {"mp4", "libx265"},
                                         {"matroska", "libx265"},
                                         {"matroska", "libaom-av1"},
                                         {"webm", "libvpx"},
                                         {"webm", "libvpx-vp9"},
                                         {"avi", "mpeg4"},
                                         {"avi", "mjpeg"},
                                         {"avi", "msmpeg4"},
                                         {"mpegts", "libx264"},
                                         {"mpegts", "mpeg2video"},
                                         {"mpeg", "mpeg1video"},
                                         {"flv", "flv"},
                                         {"asf", "wmv1"},
                                         {"asf", "wmv2"},
                                         {"ogg", "libtheora"},
                                         {"mov", "qtrle"},
                                         {"mov", "rawvideo"},
                                         {"matroska", "ffv1"},
                                         {"avi", "huffyuv"}}) {
    files.push_back(testing::EncodeVideo(
        film, {.container = container, .codec = codec, .frames_per_second = 25, .created_at = "2021-07-04T16:22:31Z"}));
  }
  for (testing::RareVideo& video : testing::RareVideos(film)) files.push_back(std::move(video.bytes));
  const std::vector<std::pair<std::string, Bytes>> members{{"a.txt", ToBytes("text")}, {"b", Bytes(3000, 7)}};
  for (testing::RareArchive& archive : testing::RareArchives(members)) files.push_back(std::move(archive.bytes));
  for (const char* const filter : {"compress", "lzma", "lzip"})
    files.push_back(testing::Compress(filter, ToBytes("a single file")));
  files.push_back(testing::MakeSoundWithCover(drawing::EncodeJpeg(film.front()), 96, 64));
  const drawing::Picture large = drawing::DrawScene(3, 1400, 1100);
  files.push_back(testing::EncodeHeif(large));
  files.push_back(testing::EncodeHeif(large, {.avif = true}));
  files.push_back(testing::EncodeJxl({large}));
  files.push_back(testing::EncodeJxl({large}, false));
  for (const int compression : {1, 5, 7, 8, 32773}) {
    files.push_back(testing::EncodeTiff(large, {.compression = compression}));
  }
  files.push_back(testing::EncodeTiff(large, {.palette = true, .tiled = true}));
  files.push_back(testing::EncodeTiff(large, {.components = 4, .compression = 8}));
  const auto all = ExamineAll(*examiner, files);
  ASSERT_TRUE(all.has_value()) << all.error().message;
  for (size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ((*all)[i], ExamineBytes(files[i], files[i].size(), 0, Limits{}))
        << i << " " << MimeType((*all)[i].kind) << " " << Name((*all)[i].state) << " " << Name((*all)[i].reason);
    EXPECT_EQ((*all)[i].state, State::kExamined) << i << " " << MimeType((*all)[i].kind);
  }
}

TEST(Examiner, AgreesWithThePublicReferenceOnEveryVectorThroughTheJail) {
  const auto examiner = StartExaminer(Shipped());
  ASSERT_NE(examiner, nullptr);
  const std::filesystem::path folder = std::filesystem::path(CROSSGUARD_SOURCE_DIR) / "tests/vectors/pdq";
  std::ifstream table(folder / "reference.csv");
  std::string line;
  std::getline(table, line);
  std::vector<Bytes> files;
  std::vector<std::string> expected;
  while (std::getline(table, line)) {
    std::ifstream in(folder / line.substr(0, line.find(',')), std::ios::binary);
    files.push_back(Bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
    expected.push_back(line.substr(line.find(',') + 1));
  }
  const auto all = ExamineAll(*examiner, files);
  ASSERT_TRUE(all.has_value());
  ASSERT_EQ(all->size(), 48U);
  for (size_t i = 0; i < all->size(); ++i) {
    const FileFacts& facts = (*all)[i];
    ASSERT_TRUE(facts.pdq.has_value());
    EXPECT_EQ(facts.pdq->hex() + "," + std::to_string(facts.pdq_quality), expected[i]);
  }
}

TEST(Examiner, ALargeFileIsNamedFromItsBeginning) {
  ExaminerOptions options = Shipped();
  options.file_bytes_max = 5'000;
  const auto examiner = StartExaminer(options);
  ASSERT_NE(examiner, nullptr);
  Bytes large = drawing::EncodePng(drawing::DrawScene(1, 200, 200));
  ASSERT_GT(large.size(), options.file_bytes_max);
  const auto facts = examiner->ExamineOne(large);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->kind, Kind::kPng);
  EXPECT_EQ(facts->state, State::kLimitExceeded);
  EXPECT_EQ(facts->reason, Reason::kFileSizeLimit);
}

TEST(Examiner, AnArchiveIsUnpackedMemberByMember) {
  const auto examiner = StartExaminer(Shipped());
  ASSERT_NE(examiner, nullptr);
  std::mt19937_64 random(2);
  Bytes big(3'000'000);
  for (uint8_t& byte : big) byte = static_cast<uint8_t>(random());
  const Bytes zip = drawing::MakeZip({{"one", ToBytes("1")}, {"../up", big}, {"empty", {}}});
  const auto facts = examiner->ExamineOne(zip);
  ASSERT_TRUE(facts.has_value());
  ASSERT_EQ(facts->members.size(), 3U);
  EXPECT_EQ(examiner->ExtractMember(zip, facts->members, 0), ToBytes("1"));
  EXPECT_EQ(examiner->ExtractMember(zip, facts->members, 1), big);
  EXPECT_EQ(examiner->ExtractMember(zip, facts->members, 2), Bytes{});
  EXPECT_EQ(examiner->ExtractMember(zip, facts->members, 3).error().code, Code::kNotFound);

  std::vector<Bytes> all;
  Bytes current;
  ASSERT_TRUE(examiner
                  ->Unpack(zip, facts->members,
                           {.data = [&](const ArchiveMember&, ByteView chunk) -> Status {
                              current.insert(current.end(), chunk.begin(), chunk.end());
                              return {};
                            },
                            .end = [&](const ArchiveMember&, Verdict verdict) -> Status {
                              EXPECT_EQ(verdict.state, State::kExamined);
                              all.push_back(std::move(current));
                              current.clear();
                              return {};
                            }})
                  .has_value());
  EXPECT_EQ(all, (std::vector<Bytes>{ToBytes("1"), big, {}}));
}

TEST(Examiner, ABombIsStoppedAndEveryMemberStillHasItsEnd) {
  const auto examiner = StartExaminer(Shipped());
  ASSERT_NE(examiner, nullptr);
  const Bytes zip = drawing::MakeZip({{"a", ToBytes("a")}, {"zeros", Bytes(40'000'000)}, {"b", ToBytes("b")}});
  const auto facts = examiner->ExamineOne(zip);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->reason, Reason::kRatioLimit);
  ASSERT_EQ(facts->members.size(), 3U);
  std::vector<State> ends;
  ASSERT_TRUE(examiner
                  ->Unpack(zip, facts->members,
                           {.data = [](const ArchiveMember&, ByteView) -> Status { return {}; },
                            .end = [&](const ArchiveMember&, Verdict verdict) -> Status {
                              ends.push_back(verdict.state);
                              return {};
                            }})
                  .has_value());
  EXPECT_EQ(ends, (std::vector{State::kExamined, State::kLimitExceeded, State::kLimitExceeded}));
}

TEST(Examiner, ErrorsOfTheCallerEndTheRunAndTheNextRunIsClean) {
  const auto examiner = StartExaminer(Shipped());
  ASSERT_NE(examiner, nullptr);
  const Bytes png = drawing::EncodePng(drawing::DrawScene(1, 64, 64));
  int given = 0;
  const Status broken = examiner->Examine(
      [&](ExamineInput& input) -> Result<bool> {
        if (++given == 100) return Fail(Code::kCorrupt, "The source broke.");
        input.bytes = png;
        return true;
      },
      [](uint64_t, const FileFacts&) -> Status { return {}; });
  EXPECT_EQ(broken.error().message, "The source broke.");
  const Status refused = examiner->Examine(
      [&](ExamineInput& input) -> Result<bool> {
        input.bytes = png;
        return true;
      },
      [](uint64_t, const FileFacts&) -> Status { return Fail(Code::kExhausted, "The sink is full."); });
  EXPECT_EQ(refused.error().message, "The sink is full.");
  const auto all = ExamineAll(*examiner, {png, png});
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ((*all)[1].state, State::kExamined);
}

// Larger and smaller ones by turns, so that the memory of one is taken again for others: nothing of it is seen in them.
TEST(Examiner, FilesThatTheCallerWritesInTheirPlaceAreThoseThatItWouldHaveGiven) {
  const auto examiner = StartExaminer(Shipped(2));
  ASSERT_NE(examiner, nullptr);
  std::vector<Bytes> files;
  for (uint64_t i = 0; i < 60; ++i) {
    const uint32_t side = i % 3 == 0 ? 900 : 40 + static_cast<uint32_t>(i);
    files.push_back(drawing::EncodePng(drawing::DrawScene(i, side, side)));
    if (i % 7 == 0) files.back().resize(files.back().size() / 2);  // what would be read on, is not there
    if (i == 20) files.back().clear();
  }
  const auto given = ExamineAll(*examiner, files);
  ASSERT_TRUE(given.has_value());
  const auto run = [&](size_t broken_at) {
    std::vector<FileFacts> facts;
    size_t next = 0;
    const Status all = examiner->Examine(
        [&](ExamineInput& input) -> Result<bool> {
          if (next == files.size()) return false;
          input.size_bytes = files[next].size();
          input.fill = [&, at = next++](std::span<uint8_t> place) -> Status {
            if (at == broken_at) return Fail(Code::kCorrupt, "The blob is damaged.");
            EXPECT_EQ(place.size(), files[at].size());
            std::ranges::copy(files[at], place.begin());
            return {};
          };
          return true;
        },
        [&](uint64_t, const FileFacts& one) -> Status {
          facts.push_back(one);
          return {};
        });
    return std::pair(all, facts);
  };
  const auto [all, facts] = run(files.size());
  EXPECT_TRUE(all.has_value());
  EXPECT_EQ(facts, *given);
  EXPECT_EQ(facts[20].state, State::kEmpty);
  EXPECT_EQ(facts[7].state, State::kTruncated);
  EXPECT_EQ(run(37).first.error().message, "The blob is damaged.");
  EXPECT_EQ(run(files.size()).second, *given);
}

// With one worker, and answers in order: one is at work, one waits (it alone is more than may wait), one was just taken
// in.
TEST(Examiner, OfLargeFilesFewAreTakenInAhead) {
  ExaminerOptions options = Shipped(1);
  const auto examiner = StartExaminer(options);
  ASSERT_NE(examiner, nullptr);
  const Bytes large(size_t{65} << 20, 0x55);
  int given = 0, answered = 0, most = 0;
  const Status all = examiner->Examine(
      [&](ExamineInput& input) -> Result<bool> {
        if (given == 7) return false;
        input.bytes = large;
        most = std::max(most, ++given - answered);
        return true;
      },
      [&](uint64_t, const FileFacts& facts) -> Status {
        EXPECT_EQ(facts.state, State::kUnsupportedKind);
        ++answered;
        return {};
      });
  EXPECT_TRUE(all.has_value());
  EXPECT_EQ(answered, 7);
  EXPECT_LE(most, 3);
}

TEST(Examiner, AMissingProgramIsSaidInOneSentence) {
  const auto examiner = Examiner::Start({.program = "/nowhere/crossguard-examiner"});
  ASSERT_FALSE(examiner.has_value());
  EXPECT_EQ(examiner.error().code, Code::kNotFound);
  const auto other = Examiner::Start({.program = "/bin/true"});
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, Code::kUnavailable);
  EXPECT_THAT(other.error().message, ::testing::HasSubstr("/bin/true ended (exit status 0)"));
}

TEST(Examiner, AProgramThatDiesBeforeItsFirstWordIsStartedAgain) {
  const std::string folder = ::testing::TempDir();
  std::filesystem::remove(folder + "/tries");
  const std::string program = folder + "/dies-twice";
  std::ofstream(program) << "#!/bin/sh\n"
                         << "echo tried >>" << folder << "/tries\n"
                         << "[ $(wc -l <" << folder << "/tries) -gt 2 ] || exit 127\n"
                         << "exec " << testing::ShippedProgram() << "\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const auto examiner = Examiner::Start({.program = program});
  ASSERT_TRUE(examiner.has_value()) << examiner.error().message;
  const auto all = ExamineAll(**examiner, std::vector<Bytes>{drawing::EncodePng(drawing::DrawScene(1, 40, 30))});
  ASSERT_TRUE(all.has_value()) << all.error().message;
  EXPECT_EQ((*all)[0].state, State::kExamined);
  std::ifstream tries(folder + "/tries");
  EXPECT_EQ(std::count(std::istreambuf_iterator<char>(tries), {}, '\n'), 3);
}

TEST(Examiner, KillingTheZygoteFromOutsideLosesNoFile) {
  const auto examiner = StartExaminer(Shipped());
  ASSERT_NE(examiner, nullptr);
  const std::vector<Bytes> files(300, drawing::EncodeJpeg(drawing::DrawScene(1, 200, 150)));
  int kills = 0;
  const auto all = ExamineAll(*examiner, files, [&](size_t i) {
    if (i % 100 == 50) {
      kill(examiner->zygote_pid(), SIGKILL);
      ++kills;
    }
  });
  ASSERT_TRUE(all.has_value()) << all.error().message;
  EXPECT_EQ(kills, 3);
  for (const FileFacts& facts : *all) EXPECT_EQ(facts.state, State::kExamined);
}

// The worker of a file is a child of the zygote; /proc names them.
std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::ifstream in("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
  std::vector<pid_t> children;
  for (pid_t pid = 0; in >> pid;) children.push_back(pid);
  return children;
}

TEST(Examiner, KillingWorkersFromOutsideLosesNoFile) {
  const auto examiner = StartExaminer(Shipped());
  ASSERT_NE(examiner, nullptr);
  const std::vector<Bytes> files(300, drawing::EncodeJpeg(drawing::DrawScene(1, 200, 150)));
  const auto all = ExamineAll(*examiner, files, [&](size_t i) {
    if (i % 40 != 39) return;
    for (const pid_t pid : ChildrenOf(examiner->zygote_pid())) kill(pid, SIGKILL);
  });
  ASSERT_TRUE(all.has_value()) << all.error().message;
  for (const FileFacts& facts : *all) EXPECT_EQ(facts.state, State::kExamined) << Name(facts.reason);
}

}  // namespace
}  // namespace crossguard::examine
