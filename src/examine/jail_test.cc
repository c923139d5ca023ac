// What the jail stops, proved with the examiner of the tests: a file that begins with a known line makes its worker
// misbehave.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "drawing/drawing.h"
#include "examine/kernel/testing_heif.h"
#include "examine/kernel/testing_kinds.h"
#include "examine/test_support.h"

namespace crossguard::examine {
namespace {

using testing::ExamineAll;
using testing::StartExaminer;

struct Sabotage {
  std::string act;
  State state;
  Reason reason;
  int signal = 0;  // 0: not looked at
};

const std::vector<Sabotage> kSabotages{
    {"segv", State::kCrashed, Reason::kSignal, SIGSEGV},
    {"trap", State::kCrashed, Reason::kSignal, SIGILL},
    {"abort", State::kCrashed, Reason::kSignal},
    {"stack", State::kCrashed, Reason::kSignal, SIGSEGV},
    {"fork", State::kCrashed, Reason::kForbiddenCall, SIGSYS},
    {"open", State::kCrashed, Reason::kForbiddenCall, SIGSYS},
    {"socket", State::kCrashed, Reason::kForbiddenCall, SIGSYS},
    {"exec", State::kCrashed, Reason::kForbiddenCall, SIGSYS},
    {"exit", State::kCrashed, Reason::kExited},
    {"exit9", State::kCrashed, Reason::kExited},
    {"garbage", State::kCrashed, Reason::kMalformedAnswer},
    {"short", State::kCrashed, Reason::kMalformedAnswer},
    {"another", State::kCrashed, Reason::kMalformedAnswer},
    {"claims", State::kCrashed, Reason::kMalformedAnswer},
    {"memory", State::kLimitExceeded, Reason::kMemoryLimit},
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    {"eat", State::kLimitExceeded, Reason::kMemoryLimit},
#endif
};

std::unique_ptr<Examiner> StartSaboteur() {
  return StartExaminer({.program = testing::SabotageProgram(), .workers = 2, .deadline_millis = 60'000});
}

Bytes Saboteur(const std::string& act) {
  return ToBytes("CROSSGUARD-TEST " + act + "\n");
}

bool IsAsGood(const FileFacts& facts) {
  return facts.state == State::kExamined && facts.pdq.has_value();
}

TEST(Jail, EachActOfSabotageGetsItsOwnNameAndItsBatchIsUnharmed) {
  const auto examiner = StartSaboteur();
  ASSERT_NE(examiner, nullptr);
  const Bytes good = drawing::EncodePng(drawing::DrawScene(1, 40, 30));
  std::vector<Bytes> files;
  for (const Sabotage& sabotage : kSabotages) {
    for (int i = 0; i < 7; ++i) files.push_back(good);
    files.push_back(Saboteur(sabotage.act));
  }
  const auto all = ExamineAll(*examiner, files);
  ASSERT_TRUE(all.has_value()) << all.error().message;
  for (size_t i = 0; i < files.size(); ++i) {
    const FileFacts& facts = (*all)[i];
    if (i % 8 != 7) {
      EXPECT_TRUE(IsAsGood(facts)) << "file " << i << " " << Name(facts.state) << " " << Name(facts.reason);
      continue;
    }
    const Sabotage& sabotage = kSabotages[i / 8];
    EXPECT_EQ(facts.state, sabotage.state) << sabotage.act << ": " << Name(facts.state) << " " << Name(facts.reason);
    EXPECT_EQ(facts.reason, sabotage.reason)
        << sabotage.act << ": " << Name(facts.reason) << " signal " << int{facts.signal};
    if (sabotage.signal != 0) {
      EXPECT_EQ(facts.signal, sabotage.signal) << sabotage.act;
    }
    EXPECT_FALSE(facts.pdq.has_value());
  }
}

// A signature that brings the rest to its family.
Bytes Begun(Family family, const std::string& act) {
  using namespace std::string_view_literals;
  std::string_view signature;
  if (family == Family::kHeif) signature = "\xFF\x0A"sv;
  if (family == Family::kVideo) signature = "FLV\x01"sv;
  if (family == Family::kArchives) signature = "PK\x03\x04"sv;
  Bytes out = ToBytes(signature);
  const Bytes rest = Saboteur(act);
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

TEST(Jail, EveryFamilyHasWallsOfItsOwnAndItsFaultsStayInIt) {
  const auto examiner = StartSaboteur();
  ASSERT_NE(examiner, nullptr);
  const drawing::Picture drawing = drawing::DrawScene(1, 64, 64);
  const std::vector<std::pair<Family, Bytes>> families{
      {Family::kHeif, testing::EncodeHeif(drawing)},
      {Family::kVideo, testing::EncodeVideo({drawing, drawing}, {.frames_per_second = 1})},
      {Family::kArchives, drawing::MakeZip({{"a", ToBytes("a")}})}};
  for (const auto& [family, good] : families) {
    std::vector<Bytes> files;
    for (const Sabotage& sabotage : kSabotages) {
      files.push_back(good);
      files.push_back(Begun(family, sabotage.act));
      files.push_back(drawing::EncodePng(drawing));
    }
    const auto all = ExamineAll(*examiner, files);
    ASSERT_TRUE(all.has_value()) << Name(family) << all.error().message;
    EXPECT_GT(examiner->zygote_pid(family), 0) << Name(family);
    for (size_t i = 0; i < files.size(); ++i) {
      const FileFacts& facts = (*all)[i];
      if (i % 3 != 1) {
        EXPECT_EQ(facts.state, State::kExamined) << Name(family) << " " << kSabotages[i / 3].act;
        continue;
      }
      const Sabotage& sabotage = kSabotages[i / 3];
      EXPECT_EQ(FamilyOf(facts.kind), family);
      if (family != Family::kHeif && sabotage.act == "open") {  // refused there, not death: the file is then what it is
        EXPECT_EQ(facts.state, State::kUndecodable);
        continue;
      }
      EXPECT_EQ(facts.state, sabotage.state) << Name(family) << " " << sabotage.act << " " << Name(facts.state);
      EXPECT_EQ(facts.reason, sabotage.reason) << Name(family) << " " << sabotage.act << " " << Name(facts.reason);
    }
  }
}

TEST(Jail, AProgramHoldsTheCodecsOfItsOwnFamilyOnly) {
  // HEVC is decoded by libavcodec in two of them; in one without containers of video.
  const std::vector<std::pair<std::string, std::vector<std::string>>> owners{
      {"libjpeg.so", {""}},           {"libheif.so", {"-heif"}},
      {"libjxl.so", {"-heif"}},       {"libavcodec.so", {"-heif", "-video"}},
      {"libavformat.so", {"-video"}}, {"libarchive.so", {"-archives"}}};
  for (const std::string suffix : {"", "-heif", "-video", "-archives"}) {
    std::ifstream in(testing::ShippedProgram() + suffix, std::ios::binary);
    const std::string program{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    ASSERT_FALSE(program.empty()) << suffix;
    for (const auto& [library, programs] : owners) {
      EXPECT_EQ(program.find(library) != std::string::npos, std::ranges::count(programs, suffix) == 1)
          << library << " in examiner" << suffix;
    }
  }
}

TEST(Jail, AHeicIsOpenedInItByWhicheverDecoderTakesIt) {
  const auto examiner = StartExaminer({.program = testing::ShippedProgram(), .workers = 1});
  ASSERT_NE(examiner, nullptr);
  const drawing::Picture drawing = drawing::DrawScene(3, 300, 200);
  const auto cut = [](std::vector<Bytes>& units) { units.back().resize(units.back().size() / 2); };
  const std::vector<testing::HeicForm> forms{
      {},                                                                    // libavcodec alone
      {.tile_width = 96, .tile_height = 96, .turns = {{"irot", Bytes{1}}}},  // the same, tiles
      {.alpha = true},                                                       // libavcodec within libheif
      {.samples = "gray", .tile_width = 96, .tile_height = 96},              // the same
      {.damage = cut}};                                                      // and libde265
  std::vector<Bytes> files;
  for (const testing::HeicForm& form : forms) files.push_back(testing::ComposeHeic(drawing, form));
  const auto all = ExamineAll(*examiner, files);
  ASSERT_TRUE(all.has_value()) << all.error().message;
  for (size_t i = 0; i + 1 < files.size(); ++i) EXPECT_EQ((*all)[i].state, State::kExamined) << i;
  EXPECT_NE(all->back().state, State::kCrashed) << Name(all->back().reason);
  EXPECT_NE(all->back().state, State::kTimedOut);
}

TEST(Jail, AFileThatNeverEndsIsTimedOutAndItsBatchIsUnharmed) {
  const auto examiner = StartExaminer({.program = testing::SabotageProgram(), .workers = 2, .deadline_millis = 400});
  ASSERT_NE(examiner, nullptr);
  const Bytes good = drawing::EncodePng(drawing::DrawScene(1, 40, 30));
  const auto all = ExamineAll(*examiner, {good, good, Saboteur("hang"), good});
  ASSERT_TRUE(all.has_value()) << all.error().message;
  EXPECT_EQ((*all)[2].state, State::kTimedOut);
  EXPECT_EQ((*all)[2].reason, Reason::kDeadline);
  for (const size_t i : {0U, 1U, 3U}) EXPECT_TRUE(IsAsGood((*all)[i])) << i;
}

TEST(Jail, ASecondAnswerForTheSameFileIsRefused) {
  const auto examiner = StartSaboteur();
  ASSERT_NE(examiner, nullptr);
  const Bytes good = drawing::EncodePng(drawing::DrawScene(1, 40, 30));
  const auto all = ExamineAll(*examiner, {good, Saboteur("twice"), good, Saboteur("empty"), good});
  ASSERT_TRUE(all.has_value()) << all.error().message;
  EXPECT_EQ((*all)[1].state, State::kCrashed);
  EXPECT_EQ((*all)[3].state, State::kCrashed);
  for (const size_t i : {0U, 2U, 4U}) EXPECT_TRUE(IsAsGood((*all)[i])) << i;
}

TEST(Jail, ABatchOfNothingButSaboteursIsAccountedFor) {
  const auto examiner = StartSaboteur();
  ASSERT_NE(examiner, nullptr);
  const std::vector<Bytes> files(40, Saboteur("segv"));
  const auto all = ExamineAll(*examiner, files);
  ASSERT_TRUE(all.has_value()) << all.error().message;
  for (const FileFacts& facts : *all) EXPECT_EQ(facts.state, State::kCrashed);
}

TEST(Jail, TheShippedProgramTakesNoOrdersFromAFile) {
  const auto examiner = StartExaminer({.program = testing::ShippedProgram(), .workers = 1});
  ASSERT_NE(examiner, nullptr);
  const auto facts = examiner->ExamineOne(Saboteur("segv"));
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->state, State::kUnsupportedKind);
  EXPECT_EQ(facts->kind, Kind::kText);
}

// The examiner of the tests under another name: it then pretends that the kernel lacks something.
std::string Named(const std::string& suffix) {
  const std::filesystem::path link =
      std::filesystem::path(::testing::TempDir()) / ("examiner-" + std::to_string(getpid()) + suffix);
  std::filesystem::remove(link);
  std::filesystem::create_symlink(testing::SabotageProgram(), link);
  return link;
}

TEST(Jail, WithoutLandlockTheCallListAloneHoldsAndThatIsSaid) {
  const std::string program = Named("-without-landlock");
  const auto examiner = StartExaminer({.program = program, .workers = 1});
  ASSERT_NE(examiner, nullptr);
  EXPECT_EQ(examiner->landlock_abi(), 0);
  const auto facts = examiner->ExamineOne(Saboteur("open"));
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->reason, Reason::kForbiddenCall);
  std::filesystem::remove(program);
}

TEST(Jail, WithoutTheCallListNothingIsOpened) {
  const std::string program = Named("-without-seccomp");
  const auto examiner = Examiner::Start({.program = program, .workers = 1});
  ASSERT_FALSE(examiner.has_value());
  EXPECT_EQ(examiner.error().code, Code::kUnavailable);
  EXPECT_NE(examiner.error().message.find("self-test"), std::string::npos) << examiner.error().message;
  std::filesystem::remove(program);
}

}  // namespace
}  // namespace crossguard::examine
