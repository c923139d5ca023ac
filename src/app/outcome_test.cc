// The desk and the mail room for outcomes, over a whole house; and the picture of a simulated operation.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "app/mail_outcome.h"
#include "app/outcome_desk.h"
#include "app/score.h"
#include "outcome/batch.h"
#include "simulate/outcomes.h"

namespace crossguard {
namespace {

using nlohmann::json;
using enum OutcomeKind;

class OutcomeDesk : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "outcome_desk_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
    auto opened = House::Open(env_, {.data_folder = root_ + "/data",
                                     .shipped_config_folder = CROSSGUARD_SOURCE_DIR "/config",
                                     .authorities_path = ""});
    ASSERT_TRUE(opened) << opened.error().message;
    house_ = std::move(*opened);
  }
  void TearDown() override {
    house_.reset();
    std::filesystem::remove_all(root_);
  }
  Actor By(const std::string& officer = "officer-1") const { return {.officer = officer, .reason = "A test."}; }

  Result<Handled> Arrive(const std::string& from, const std::string& owner, json body, MessageKind kind) {
    ReceivedMessage message{
        .id = "msg-" + std::to_string(++messages_), .from = from, .kind = kind, .body = std::move(body)};
    message.labels.owner = owner;
    Transaction transaction = Transaction::Begin(house_->db()).value();
    const Permit permit = house_->gate()
                              .Pass(transaction, {.act = Act::kTakeMessages, .officer = "officer-1", .reason = "Mail."})
                              .value();
    const Handler handler = HandlerOf(kind);
    CHECK(handler != nullptr);
    auto handled = handler(*house_, transaction, permit, message);
    if (handled) {
      EXPECT_TRUE(transaction.Commit());
    }
    return handled;
  }
  static json Body(const std::string& authority, const json& fields) {
    json report = {
        {"ref", "1"},     {"kind", "arrest"}, {"count", 1}, {"on", "2021-05-03"}, {"reported_on", "2021-05-03"},
        {"country", "AT"}};
    report.update(fields);
    return {{"format", outcome::kBatchFormat}, {"operation", "kauri"}, {"authority", authority}, {"reports", {report}}};
  }
  json PictureOf(const std::string& as_of) {
    auto picture = Picture(*house_, By(), "kauri", as_of);
    EXPECT_TRUE(picture) << picture.error().message;
    return picture ? *picture : json();
  }
  int64_t Number(std::string_view sql) { return house_->db().Number(sql).value().value_or(-1); }

  std::string root_;
  ManualClock clock_{Instant{1'650'000'000 * kMicrosPerSecond}};  // 2022-04-15
  SeededRandom random_{5};
  SystemFiles files_;
  Env env_{.clock = clock_, .random = random_, .files = files_, .log = Log(nullptr)};
  std::unique_ptr<House> house_;
  int messages_ = 0;
};

TEST_F(OutcomeDesk, ThePictureOfThePressReleaseEqualsWhatWasPlantedAndAPlainSumDoesNot) {
  for (const uint64_t seed : {1U, 2U}) {
    house_.reset();
    std::filesystem::remove_all(root_ + "/data");
    SetUp();
    const auto plan = simulate::PlanOperation(simulate::ParseSize("tiny").value(), seed);
    const auto planted = simulate::PlantOutcomes(plan, true);
    EXPECT_EQ(planted.files.size(), 17U);
    for (const auto& [authority, batch] : planted.files) {
      const std::string path = root_ + "/" + authority + ".json";
      std::ofstream(path) << outcome::BatchJson(batch).dump();
      auto taken = TakeOutcomeFile(*house_, By(), path);
      ASSERT_TRUE(taken) << authority << ": " << taken.error().message;
    }
    const json picture = PictureOf(std::string(simulate::kPictureAsOf));
    const json truth = json::parse(planted.truth.dump());
    ASSERT_EQ(truth["figures"].size(), 4U);
    ASSERT_EQ(picture["press"].size(), 4U);
    for (size_t i = 0; i < 4; ++i) {
      const json& figure = truth["figures"][i];
      bool found = false;
      for (const json& line : picture["press"]) {
        if (line["metric"] != figure["metric"]) continue;
        found = true;
        EXPECT_EQ(line["scope"], figure["scope"]);
        EXPECT_EQ(line["count"], figure["count"]) << figure;
      }
      EXPECT_TRUE(found) << figure;
      EXPECT_NE(figure["plain_sum"], figure["count"]) << "a plain sum must be wrong, or the traps are none";
    }
    EXPECT_EQ(picture["press"][0]["count"], 836);
    EXPECT_EQ(picture["press"][1]["text"], "46 arrests in New Zealand");
    EXPECT_EQ(picture["press"][2]["text"], "more than 100 suspects identified in the EU");
    EXPECT_EQ(picture["press"][3]["text"], "146 children safeguarded globally");
    EXPECT_EQ(picture["held"], truth["held"]);
    // The same files again change nothing.
    TakeOutcomeFile(*house_, By(), root_ + "/gb-nca.json").value();
    EXPECT_EQ(PictureOf(std::string(simulate::kPictureAsOf)), picture);
  }
}

// What each trap is worth: with the facts of one trap taken away (as if this house did not know how to treat it), or
// the question asked a little wrong, the picture is another.
TEST_F(OutcomeDesk, EachTrapMatters) {
  const auto plan = simulate::PlanOperation(simulate::ParseSize("tiny").value(), 3);
  const auto planted = simulate::PlantOutcomes(plan, true);
  int operations = 0;
  const auto figures = [&](const std::function<bool(OutcomeReport&)>& change, const std::string& as_of) {
    const std::string operation = "world-" + std::to_string(++operations);
    for (const auto& [authority, batch] : planted.files) {
      OutcomeBatch changed{.operation = operation, .authority = authority, .reports = {}};
      for (OutcomeReport report : batch.reports) {
        if (change(report)) changed.reports.push_back(std::move(report));
      }
      if (changed.reports.empty()) continue;
      Transaction transaction = Transaction::Begin(house_->db()).value();
      const Permit permit =
          house_->gate()
              .Pass(transaction, {.act = Act::kReportOutcome, .officer = "officer-1", .reason = "A test."})
              .value();
      auto taken = outcome::TakeReports(transaction, permit, house_->ids(), house_->book(), changed,
                                        {.message = "", .labels = {}});
      EXPECT_TRUE(taken) << taken.error().message;
      EXPECT_TRUE(transaction.Commit());
    }
    auto picture = Picture(*house_, By(), operation, as_of);
    EXPECT_TRUE(picture) << picture.error().message;
    std::vector<int64_t> out;
    for (const json& line : (*picture)["press"])
      out.push_back(line["count"].is_null() ? -1 : line["count"].get<int64_t>());
    const json arrests = OpenPicture(*house_, By(), operation, "arrest", "global", as_of).value();
    out.push_back(arrests["count"]);
    return out;  // cases, arrests in NZ, suspects in the EU, children; arrests anywhere
  };
  const std::string day(simulate::kPictureAsOf);
  const auto truth = figures([](OutcomeReport&) { return true; }, day);
  ASSERT_EQ(std::vector<int64_t>(truth.begin(), truth.begin() + 4), (std::vector<int64_t>{836, 46, 104, 146}));
  EXPECT_GT(truth[4], 46) << "arrests elsewhere";

  const auto without_keys = [&](UnitClass unit) {
    return figures(
        [&](OutcomeReport& report) {
          if (UnitOf(report.kind) == unit) report.subjects.clear();
          return true;
        },
        day);
  };
  EXPECT_GT(without_keys(UnitClass::kCase)[0], 836) << "a joint case";
  EXPECT_GT(without_keys(UnitClass::kPerson)[1], 46) << "two agencies arrested one person";
  EXPECT_GT(without_keys(UnitClass::kPerson)[2], 104) << "the coordinator counted a suspect too";
  EXPECT_GT(without_keys(UnitClass::kChild)[3], 146) << "one child, two reports";
  const auto channels_apart = figures(
      [](OutcomeReport& report) {
        if (report.channel == "int-interpol") report.ref += "-other", report.case_number += " other";
        return true;
      },
      day);
  EXPECT_GT(channels_apart[0], 836) << "one case, two channels";
  const auto no_corrections = figures([](OutcomeReport& report) { return report.corrects.empty(); }, day);
  EXPECT_EQ(no_corrections[1], 46 + 2 + 1) << "one corrected by two, one withdrawn";
  EXPECT_EQ(no_corrections[3], 147) << "one withdrawn; the other was withdrawn only later";
  const auto later = figures([](OutcomeReport&) { return true; }, "2022-04-15");
  for (size_t i = 0; i < truth.size(); ++i) EXPECT_NE(later[i], truth[i]) << i;
  const auto last_word_wins = figures(
      [](OutcomeReport& report) { return report.country != "GB" || report.kind != kArrest || report.count != 2; }, day);
  EXPECT_EQ(last_word_wins[4], truth[4] + 18) << "a contradiction that was taken instead of held";
}

TEST_F(OutcomeDesk, OneReportDirectlyAndThroughEuropolIsOneAndBothWaysAreKept) {
  ASSERT_TRUE(Arrive("at-bk", "at-bk", Body("at-bk", json::object()), MessageKind::kOutcomeReport));
  const auto again = Arrive("eu-europol", "at-bk", Body("at-bk", json::object()), MessageKind::kOutcomeReport);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->facts["repeated"], 1);
  EXPECT_EQ(Number("SELECT count(*) FROM outcome_report"), 1);
  EXPECT_EQ(Number("SELECT count(*) FROM outcome_arrival"), 2);
}

TEST_F(OutcomeDesk, NobodySpeaksForAnotherButAnOrganisationThatCarriesIt) {
  const auto code = [&](const std::string& from, const std::string& owner, const json& body) {
    const auto handled = Arrive(from, owner, body, MessageKind::kOutcomeReport);
    return handled ? std::string("taken") : std::string(Name(handled.error().code));
  };
  EXPECT_EQ(code("hu-nbi", "at-bk", Body("at-bk", json::object())), "denied");
  EXPECT_EQ(code("nobody", "at-bk", Body("at-bk", json::object())), "denied");
  EXPECT_EQ(code("eu-europol", "eu-europol", Body("at-bk", json::object())), "denied");  // labels of another owner
  EXPECT_EQ(code("at-bk", "at-bk", Body("at-bk", {{"country", "NZ"}})), "denied");
  EXPECT_EQ(code("at-bk", "at-bk", Body("at-bk", {{"channel", "int-interpol"}})), "denied");
  EXPECT_EQ(code("at-bk", "at-bk", Body("at-bk", {{"name", "somebody"}})), "invalid");
  EXPECT_EQ(Number("SELECT count(*) FROM outcome_report"), 0);
  EXPECT_EQ(code("int-interpol", "at-bk", Body("at-bk", json::object())), "taken");
}

TEST_F(OutcomeDesk, TheSenderLearnsThatAContradictionIsHeldAndWhy) {
  ASSERT_TRUE(Arrive("at-bk", "at-bk", Body("at-bk", json::object()), MessageKind::kOutcomeReport));
  const auto held = Arrive("at-bk", "at-bk", Body("at-bk", {{"count", 7}}), MessageKind::kOutcomeReport);
  ASSERT_TRUE(held);
  ASSERT_EQ(held->facts["held"].size(), 1U);
  EXPECT_FALSE(held->facts["held"][0]["why"].get<std::string>().empty());
}

TEST_F(OutcomeDesk, ACaseOpenedIsReportedOnceAndPostedOnce) {
  const CaseToOpen facts{
      .operation = "kauri", .case_number = "NZ-1/22", .package = "pkg-x", .account = "", .to = {"int-interpol"}};
  auto opened = OpenCase(*house_, By(), facts);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ((*opened)["outcome"]["state"], "counted");
  EXPECT_EQ(OpenCase(*house_, By(), facts).error().code, Code::kConflict);
  EXPECT_EQ(Number("SELECT count(*) FROM outbox"), 1);
  const std::string body = house_->db().TextOf("SELECT body FROM outbox").value().value();
  const auto sent = outcome::ReadBatch(json::parse(body));
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->reports[0].case_number, "NZ-1/22");
  const json shown = ShowCase(*house_, By(), "NZ-1/22").value();
  EXPECT_EQ(shown["outcomes"].size(), 1U);
  EXPECT_EQ(shown["lead_officer"], "officer-1");
}

TEST_F(OutcomeDesk, WithoutAWayNothingIsRecordedOrSent) {
  const OutcomeToReport facts{.operation = "kauri", .kind = "arrest", .to = {"si-police"}};
  EXPECT_EQ(ReportOutcome(*house_, By(), facts).error().code, Code::kDenied);
  EXPECT_EQ(Number("SELECT count(*) FROM outcome_report"), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM outbox"), 0);
}

TEST_F(OutcomeDesk, AReferenceThatIsSharedBecomesAKeyAndIsKeptNowhere) {
  const OutcomeToReport facts{
      .operation = "kauri", .kind = "child_safeguarded", .references = {"VID KAHIKATEA 4711"}, .to = {"int-interpol"}};
  ASSERT_TRUE(ReportOutcome(*house_, By(), facts));
  EXPECT_EQ(Number("SELECT count(*) FROM outcome_subject"), 1);
  house_.reset();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(bytes.find("KAHIKATEA"), std::string::npos) << entry.path();
  }
}

TEST_F(OutcomeDesk, ACorrectionNamesTheOldReportByItsIdAndOnlyItsOwn) {
  const json old = ReportOutcome(*house_, By(), {.operation = "kauri", .kind = "arrest", .count = 3}).value();
  const OutcomeToReport better{
      .operation = "kauri", .kind = "arrest", .count = 2, .corrects = old["id"], .reason = "One was counted twice."};
  const json corrected = ReportOutcome(*house_, By(), better).value();
  EXPECT_EQ(corrected["superseded"], old["id"]);
  ASSERT_TRUE(Arrive("at-bk", "at-bk", Body("at-bk", json::object()), MessageKind::kOutcomeReport));
  const std::string other =
      house_->db().TextOf("SELECT id FROM outcome_report WHERE authority='at-bk'").value().value();
  OutcomeToReport wrong = better;
  wrong.corrects = other;
  EXPECT_EQ(ReportOutcome(*house_, By(), wrong).error().code, Code::kDenied);
}

TEST_F(OutcomeDesk, WhatIsPublishedLeavesALeafThatProvesIt) {
  ReportOutcome(*house_, By(), {.operation = "kauri", .kind = "arrest", .count = 9}).value();
  PictureOf("2022-04-20");
  EXPECT_EQ(Number("SELECT count(*) FROM ledger_leaf WHERE act='publish_picture'"), 1);
  OpenPicture(*house_, By(), "kauri", "arrest", "NZ", "").value();
  EXPECT_EQ(Number("SELECT count(*) FROM ledger_leaf WHERE act='show_record'"), 1);
  EXPECT_EQ(OpenPicture(*house_, By("nobody"), "kauri", "arrest", "NZ", "").error().code, Code::kDenied);
}

TEST_F(OutcomeDesk, FeedbackIsKeptAndAnythingElseInItIsRefused) {
  const json good = {{"format", kFeedbackFormat},
                     {"about", "list"},
                     {"name", "baseline"},
                     {"votes", {{{"entry_id", "e1"}, {"up", 0}, {"down", 1}}}}};
  ASSERT_TRUE(Arrive("at-bk", "at-bk", good, MessageKind::kFeedback));
  EXPECT_EQ(Number("SELECT count(*) FROM feedback_received"), 1);
  const auto code = [&](const json& patch) {
    json body = good;
    body.merge_patch(patch);
    const auto handled = Arrive("at-bk", "at-bk", body, MessageKind::kFeedback);
    return handled ? std::string("taken") : std::string(Name(handled.error().code));
  };
  EXPECT_EQ(code({{"format", "crossguard-feedback/2"}}), "unsupported");
  EXPECT_EQ(code({{"about", "weather"}}), "invalid");
  EXPECT_EQ(code({{"note", "free text"}}), "invalid");
  EXPECT_EQ(code({{"name", "two\nlines"}}), "invalid");
  EXPECT_EQ(code({{"votes", {{{"entry_id", "e1"}, {"up", -1}, {"down", 0}}}}}), "invalid");
  EXPECT_EQ(code({{"votes", nullptr}}), "invalid");
  EXPECT_EQ(code({{"figures", {{"yield", 3}}}}), "invalid");
  EXPECT_EQ(code({{"about", "provider"}, {"votes", nullptr}, {"figures", {{"yield_percent", 11.1}}}}), "taken");
  EXPECT_EQ(code({{"about", "provider"}, {"votes", nullptr}, {"figures", {{"yield", "a name"}}}}), "invalid");
}

TEST_F(OutcomeDesk, TheSharedKeyIsExchangedOnceAndNotReplacedUnderReportsThatUseIt) {
  const std::string fingerprint = OutcomeKeyFile(*house_, By(), root_ + "/shared.key", "").value()["fingerprint"];
  EXPECT_EQ(OutcomeKeyFile(*house_, By(), "", root_ + "/shared.key").value()["fingerprint"], fingerprint);
  std::ofstream(root_ + "/other.key") << std::string(32, 'k');
  EXPECT_NE(OutcomeKeyFile(*house_, By(), "", root_ + "/other.key").value()["fingerprint"], fingerprint);
  ASSERT_TRUE(ReportOutcome(*house_, By(), {.operation = "kauri", .kind = "arrest", .references = {"a"}}));
  EXPECT_EQ(OutcomeKeyFile(*house_, By(), "", root_ + "/shared.key").error().code, Code::kConflict);
}

}  // namespace
}  // namespace crossguard
