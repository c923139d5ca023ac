// Clocks at the desk: what is due, what is decided, what a date does by itself.
#include "app/retention_config.h"
#include "app/testing_retention.h"
#include "exchange/post.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr const char* kRules =
    "format = \"crossguard-retention/1\"\n[preservation]\ndays = 365\nwarn_days = 60\n[categorisation]\nmonths = 18\n"
    "warn_days = 30\n[review]\nyears = 3\nwarn_days = 30\nerase_at_review = true\n[answers]\nurgent_direct_hours = 8\n"
    "urgent_hours = 72\nnormal_hours = 168\n[erasure]\nanswer_days = 14\n[witnesses]\nneeded = 2\nauthorities = []\n";

Instant At(const char* text) {
  return ParseInstant(text).value();
}

TEST(RetentionConfig, TheShippedFileSaysWhatTheProgramSaysWithoutOne) {
  SystemFiles files;
  const auto shipped = LoadRetentionRules(files, std::string(CROSSGUARD_SOURCE_DIR) + "/config/retention.toml");
  ASSERT_TRUE(shipped) << shipped.error().message;
  const RetentionRules plain;
  EXPECT_EQ(shipped->preservation_days, plain.preservation_days);
  EXPECT_EQ(shipped->preservation_warn_days, plain.preservation_warn_days);
  EXPECT_EQ(shipped->categorise_months, plain.categorise_months);
  EXPECT_EQ(shipped->categorise_warn_days, plain.categorise_warn_days);
  EXPECT_EQ(shipped->review_years, plain.review_years);
  EXPECT_EQ(shipped->review_warn_days, plain.review_warn_days);
  EXPECT_EQ(shipped->erase_at_review, plain.erase_at_review);
  EXPECT_EQ(shipped->answer_hours_urgent_direct, plain.answer_hours_urgent_direct);
  EXPECT_EQ(shipped->answer_hours_urgent, plain.answer_hours_urgent);
  EXPECT_EQ(shipped->answer_hours_normal, plain.answer_hours_normal);
  EXPECT_EQ(shipped->erasure_answer_days, plain.erasure_answer_days);
  EXPECT_EQ(shipped->witnesses_needed, plain.witnesses_needed);
  EXPECT_EQ(shipped->witnesses, plain.witnesses);
  EXPECT_TRUE(LoadRetentionRules(files, "/no/such/file")) << "an older data directory has none";
}

TEST(RetentionConfig, WhatIsNotKnownOrOutOfRangeStopsWithItsLine) {
  EXPECT_TRUE(ParseRetentionRules(kRules, "r.toml"));
  const auto refused = [](const std::string& from, const std::string& to) {
    std::string text = kRules;
    text.replace(text.find(from), from.size(), to);
    const auto rules = ParseRetentionRules(text, "r.toml");
    return !rules && rules.error().code == Code::kInvalid && rules.error().message.starts_with("r.toml");
  };
  EXPECT_TRUE(refused("years = 3", "years = 0")) << "would erase everything at once";
  EXPECT_TRUE(refused("years = 3", "years = -1"));
  EXPECT_TRUE(refused("years = 3", "years = \"3\""));
  EXPECT_TRUE(refused("years = 3", "years = 3\nmore = 1"));
  EXPECT_TRUE(refused("[answers]", "[other]\na = 1\n[answers]"));
  EXPECT_TRUE(refused("days = 365\n", ""));
  EXPECT_TRUE(refused("retention/1", "retention/2"));
  EXPECT_TRUE(refused("authorities = []", "authorities = [\"bb-hub\"]")) << "two of one cannot be";
  EXPECT_TRUE(refused("authorities = []", "authorities = [\"bb-hub\", \"bb-hub\"]"));
  EXPECT_FALSE(refused("authorities = []", "authorities = [\"bb-hub\", \"cc-police\"]"));
  EXPECT_TRUE(refused("[review]", "[review"));
}

class RetentionDesk : public RetentionWorld {
 protected:
  void SetUp() override {
    RetentionWorld::SetUp();
    node_ = std::make_unique<RetentionNode>(root_, "aa-lead", 9);
    Write("accounts.csv",
          "report_id,provider,user_id,service,role,email,received\r\n"
          "1001,Kauri,u-tui-3141592,Kauri,reported,tui.harakeke.77@mail.example,2022-02-01T00:00:00Z\r\n"
          "1002,Kauri,u-kea-2718281,Kauri,reported,kea.rimu@mail.example,2022-02-20T00:00:00Z\r\n");
    node_->TakeIn(root_ + "/in");
    tui_ = node_->AccountId("u-tui-3141592");
    kea_ = node_->AccountId("u-kea-2718281");
    ASSERT_FALSE(kea_.empty());
  }
  // "kind state" of each due item of the object.
  std::vector<std::string> DueOf(const std::string& object) {
    std::vector<std::string> out;
    const json clocks = Clocks(node_->house(), 1000).value();
    for (const json& item : clocks["items"]) {
      if (item["object"] == object)
        out.push_back(item["kind"].get<std::string>() + " " + item["state"].get<std::string>());
    }
    return out;
  }
  const Actor officer_{.officer = "officer-3", .reason = "Still needed for case 12."};
  std::unique_ptr<RetentionNode> node_;
  std::string tui_, kea_;
};

TEST_F(RetentionDesk, ClocksShowWhatIsDueOverdueFirst) {
  node_->Sql("UPDATE account SET category='unresolved'");
  EXPECT_TRUE(DueOf(tui_).empty());
  node_->SetClock(At("2023-08-20T00:00:00Z"));
  EXPECT_EQ(DueOf(tui_), std::vector<std::string>{"categorisation soon"});
  node_->SetClock(At("2025-02-20T00:00:00Z"));
  EXPECT_EQ(DueOf(tui_), (std::vector<std::string>{"categorisation overdue", "review soon"}));
  const json clocks = Clocks(node_->house(), 3).value();
  EXPECT_EQ(clocks["shown"], 3);
  EXPECT_GT(clocks["overdue"].get<int>(), 2);
  EXPECT_EQ(clocks["items"][0]["state"], "overdue");
}

TEST_F(RetentionDesk, AtTheReviewDateItIsErasedUnlessSomebodyDecidedToKeepIt) {
  EXPECT_EQ(KeepUntil(node_->house(), officer_, tui_, At("2020-01-01T00:00:00Z")).error().code, Code::kInvalid);
  EXPECT_EQ(KeepUntil(node_->house(), officer_, tui_, At("2035-01-01T00:00:00Z")).error().code, Code::kInvalid);
  EXPECT_EQ(KeepUntil(node_->house(), officer_, "acc-nobody", At("2023-01-01T00:00:00Z")).error().code,
            Code::kNotFound);
  EXPECT_EQ(
      KeepUntil(node_->house(), {.officer = "officer-1", .reason = "x"}, kea_, At("2023-01-01T00:00:00Z")).error().code,
      Code::kDenied);
  node_->SetClock(At("2025-02-20T00:00:00Z"));
  ASSERT_TRUE(KeepUntil(node_->house(), officer_, kea_, At("2026-06-01T00:00:00Z")));
  EXPECT_EQ(node_->Run()["erased"], 0) << "the date has not come";
  node_->SetClock(At("2025-03-02T12:00:00Z"));
  EXPECT_EQ(node_->Run()["erased"], 1);
  EXPECT_EQ(node_->AccountId("u-tui-3141592"), "");
  EXPECT_EQ(node_->AccountId("u-kea-2718281"), kea_);
  EXPECT_TRUE(FilesHolding(node_->folder(), {"tui.harakeke.77@mail.example", "u-tui-3141592"}).empty());
  node_->SetClock(At("2026-06-01T00:00:00Z"));
  EXPECT_EQ(node_->Run()["erased"], 1) << "a decision to keep ends, too";
  EXPECT_EQ(node_->Run()["erased"], 0);
}

TEST_F(RetentionDesk, PreservationIsAskedOnceConfirmedAndLapses) {
  const Actor officer{.officer = "officer-1", .reason = "Evidence is needed."};
  EXPECT_EQ(AskPreservation(node_->house(), officer, {}).value().size(), 0U) << "nothing lapses soon";
  node_->SetClock(At("2023-01-10T00:00:00Z"));
  const json asked = AskPreservation(node_->house(), officer, {}).value();
  ASSERT_EQ(asked.size(), 1U) << "one letter to one provider";
  EXPECT_EQ(asked[0]["reports"], 2);
  EXPECT_NE(asked[0]["draft"].get<std::string>().find("1001"), std::string::npos);
  EXPECT_EQ(asked[0]["draft"].get<std::string>().find("tui"), std::string::npos) << "no person stands in it";
  EXPECT_EQ(AskPreservation(node_->house(), officer, {}).value().size(), 0U) << "it was asked";
  EXPECT_EQ(ListPreservation(node_->house(), 10).value()["counts"], json({{"asked", 2}}));
  const std::string id = node_->TextOf("SELECT id FROM report WHERE provider_report_id='1001'");
  ASSERT_TRUE(ConfirmPreservation(node_->house(), officer, id, At("2023-12-01T00:00:00Z"), "K-77"));
  EXPECT_EQ(ListPreservation(node_->house(), 10).value()["counts"], json({{"asked", 1}, {"confirmed", 1}}));
  node_->SetClock(At("2024-06-01T00:00:00Z"));
  EXPECT_EQ(ListPreservation(node_->house(), 10).value()["counts"], json({{"lapsed", 2}}));
  EXPECT_EQ(AskPreservation(node_->house(), officer, {"rep-none"}).error().code, Code::kNotFound);
}

TEST_F(RetentionDesk, AnAnswerThatIsLateIsSeenByItsUrgency) {
  node_->Do(Act::kSendMessages, [&](Transaction& transaction, const Permit& permit) {
    for (const Urgency urgency : {Urgency::kNormal, Urgency::kUrgentDirect}) {
      ASSERT_TRUE(exchange::Post(transaction, permit, node_->house().ids(),
                                 {.to = "bb-hub",
                                  .kind = MessageKind::kInformationRequest,
                                  .body = json::object(),
                                  .idempotency_key = std::string(Text(urgency)),
                                  .urgency = urgency}));
    }
  });
  node_->SetClock({node_->clock.Now().micros + 9 * 3'600 * kMicrosPerSecond});
  const json clocks = Clocks(node_->house(), 10).value();
  ASSERT_EQ(clocks["overdue"], 1);
  EXPECT_EQ(clocks["items"][0]["kind"], "answer");
}

}  // namespace
}  // namespace crossguard
