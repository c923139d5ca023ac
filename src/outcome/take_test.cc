#include "outcome/take.h"

#include "base/json.h"
#include "outcome/testing_outcomes.h"

namespace crossguard::outcome {
namespace {

using nlohmann::json;
using enum OutcomeKind;

class Taking : public OutcomeHouse {
 protected:
  int64_t Arrests(const std::string& day = "2022-03-02") { return CountOf(kArrest, "global", day); }
  std::string StateOf(const std::string& id) {
    return house_.Rows("SELECT state FROM outcome_report WHERE id='" + id + "'", 1);
  }
};

TEST_F(Taking, TheSameReportAgainIsOneWhateverChannelCarriesItAndEachWayIsKept) {
  const Taken first = TakeOne("at-bk", {.ref = "1", .country = "AT", .channel = "eu-europol"});
  EXPECT_TRUE(first.is_new);
  const Taken again = TakeOne("at-bk", {.ref = "1", .country = "AT", .channel = "int-interpol"});
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(Arrests(), 1);
  EXPECT_EQ(house_.Rows("SELECT channel FROM outcome_arrival ORDER BY channel", 1), "eu-europol\nint-interpol\n");
}

TEST_F(Taking, ACorrectionReplacesAndTheOldStaysVisibleWithItsReasonAndCountsBeforeThatDay) {
  const Taken old = TakeOne("nz-dia", {.ref = "1", .on = "2021-05-03", .count = 5});
  const Taken better =
      TakeOne("nz-dia", {.ref = "2", .on = "2021-05-03", .reported_on = "2021-06-01", .count = 3, .corrects = "1"});
  EXPECT_EQ(better.superseded, old.id);
  EXPECT_EQ(Arrests(), 3);
  EXPECT_EQ(Arrests("2021-05-31"), 5);
  EXPECT_EQ(house_.Rows("SELECT state, why FROM outcome_report ORDER BY report_key", 2),
            "replaced|It was counted twice.\ncounted|\n");
}

TEST_F(Taking, AWithdrawalTakesItOutAndKeepsIt) {
  const Taken old = TakeOne("nz-dia", {.ref = "1"});
  TakeOne("nz-dia", {.ref = "2", .reported_on = "2021-06-01", .count = 0, .corrects = "1"});
  EXPECT_EQ(Arrests(), 0);
  EXPECT_EQ(Arrests("2021-05-31"), 1);
  EXPECT_EQ(StateOf(old.id), "withdrawn\n");
}

TEST_F(Taking, ACorrectionOfACorrectionFollowsTheChainAndASecondOneOfTheSameIsHeld) {
  TakeOne("nz-dia", {.ref = "1", .count = 5});
  TakeOne("nz-dia", {.ref = "2", .reported_on = "2021-06-01", .count = 3, .corrects = "1"});
  const Taken other = TakeOne("nz-dia", {.ref = "3", .reported_on = "2021-06-02", .count = 2, .corrects = "1"});
  EXPECT_EQ(other.state, OutcomeState::kHeld);
  EXPECT_EQ(Arrests(), 3);
  EXPECT_EQ(TakeOne("nz-dia", {.ref = "4", .reported_on = "2021-06-03", .count = 1, .corrects = "2"}).state,
            OutcomeState::kCounted);
  EXPECT_EQ(Arrests(), 1);
}

TEST_F(Taking, ACorrectionThatOvertookItsReportWaitsForIt) {
  const Taken early = TakeOne("nz-dia", {.ref = "2", .reported_on = "2021-06-01", .count = 3, .corrects = "1"});
  EXPECT_EQ(early.state, OutcomeState::kHeld);
  EXPECT_EQ(Arrests(), 0);
  TakeOne("nz-dia", {.ref = "1", .count = 5});
  EXPECT_EQ(StateOf(early.id), "counted\n");
  EXPECT_EQ(Arrests(), 3);
}

TEST_F(Taking, AnotherNumberUnderTheSameReferenceIsHeldUntilAPersonDecides) {
  for (const bool accept : {true, false}) {
    const std::string ref = accept ? "A" : "R";
    const Taken first = TakeOne("gb-nca", {.ref = ref, .country = "GB", .count = 2});
    const int64_t before = Arrests();
    const Taken other = TakeOne("gb-nca", {.ref = ref, .country = "GB", .count = 20});
    EXPECT_EQ(other.state, OutcomeState::kHeld);
    EXPECT_NE(other.why.find("did not call this a correction"), std::string::npos);
    EXPECT_EQ(Arrests(), before);
    auto decision = DecideOn(other.id, accept);
    ASSERT_TRUE(decision) << decision.error().message;
    EXPECT_EQ(Arrests(), accept ? before + 18 : before);
    EXPECT_EQ(StateOf(first.id), accept ? "replaced\n" : "counted\n");
    EXPECT_EQ(StateOf(other.id), accept ? "counted\n" : "rejected\n");
    EXPECT_EQ(DecideOn(other.id, accept).error().code, Code::kConflict);
  }
  EXPECT_EQ(DecideOn("out-nothing", true).error().code, Code::kNotFound);
}

TEST_F(Taking, AConvictionAndNotCsamOnOneCaseCannotBothBeTrueAndOnTwoTheyCan) {
  TakeOne("at-bk", {.ref = "1", .kind = kConviction, .country = "AT", .case_number = "12/21"});
  EXPECT_EQ(TakeOne("at-bk", {.ref = "2", .kind = kNotCsam, .country = "AT", .case_number = "13/21"}).state,
            OutcomeState::kCounted);
  EXPECT_EQ(TakeOne("hu-nbi", {.ref = "2", .kind = kNotCsam, .country = "HU", .case_number = "12/21"}).state,
            OutcomeState::kCounted);  // another authority's number
  const Taken held = TakeOne("at-bk", {.ref = "3", .kind = kNotCsam, .country = "AT", .case_number = "12/21"});
  EXPECT_EQ(held.state, OutcomeState::kHeld);
  EXPECT_NE(held.why.find("both cannot be true"), std::string::npos);
  EXPECT_EQ(CountOf(kConviction), 1);
  ASSERT_TRUE(DecideOn(held.id, true));
  EXPECT_EQ(CountOf(kConviction), 0);
  EXPECT_EQ(CountOf(kNotCsam), 3);
}

TEST_F(Taking, WhoCallsOneWhatAnotherCallsTwoIsHeld) {
  TakeOne("nz-dia", {.ref = "1", .count = 2, .subjects = {{"1"}, {"2"}}});
  EXPECT_EQ(TakeOne("gb-nca", {.ref = "1", .country = "GB", .subjects = {{"1", "2"}}}).state, OutcomeState::kHeld);
  TakeOne("gb-nca", {.ref = "2", .country = "GB", .subjects = {{"3", "4"}}});
  EXPECT_EQ(TakeOne("at-bk", {.ref = "1", .country = "AT", .count = 2, .subjects = {{"3"}, {"4"}}}).state,
            OutcomeState::kHeld);
  // Also by way of a third.
  TakeOne("at-bk", {.ref = "2", .country = "AT", .subjects = {{"1", "5"}}});
  EXPECT_EQ(TakeOne("at-bk", {.ref = "3", .country = "AT", .subjects = {{"5", "2"}}}).state, OutcomeState::kHeld);
  EXPECT_EQ(Arrests(), 3);
}

TEST_F(Taking, AnAuthoritySpeaksOfItsOwnCountryAndAnOrganisationOfAny) {
  EXPECT_EQ(Take("at-bk", {{.ref = "1", .country = "NZ"}}).error().code, Code::kDenied);
  EXPECT_EQ(Take("nobody", {{.ref = "1"}}).error().code, Code::kNotFound);
  EXPECT_EQ(Take("eu-europol", {{.ref = "1", .country = "FR"}}).error().code, Code::kNotFound);
  EXPECT_EQ(Take("at-bk", {{.ref = "1", .country = "AT", .channel = "hu-nbi"}}).error().code, Code::kNotFound);
  EXPECT_TRUE(Take("eu-europol", {{.ref = "1", .country = "AT"}, {.ref = "2", .country = ""}}));
  // A batch with one bad report is taken not at all.
  EXPECT_FALSE(Take("hu-nbi", {{.ref = "1", .country = "HU"}, {.ref = "2", .country = "AT"}}));
  EXPECT_EQ(house_.Number("SELECT count(*) FROM outcome_report WHERE authority='hu-nbi'"), 0);
}

TEST_F(Taking, AnAccountThatThisHouseDoesNotKnowByNameIsNotKept) {
  ASSERT_TRUE(house_.db->Run("INSERT INTO account (id,service,esp_identifier) VALUES ('acc-one','svc','u1')"));
  OutcomeReport report = Report({.ref = "1"});
  report.accounts = {"acc-of-another-node", "svc/u1", "svc/unknown"};
  const OutcomeBatch batch{.operation = "kauri", .authority = "nz-dia", .reports = {report}};
  const auto summary = house_.Do(Act::kReportOutcome, [&](Transaction& transaction, const Permit& permit) {
    return TakeReports(transaction, permit, house_.ids, house_.book, batch, {.message = "", .labels = {}});
  });
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->unknown_account_count, 1);
  EXPECT_EQ(house_.Rows("SELECT account FROM outcome_account ORDER BY account", 1), "acc-of-another-node\nacc-one\n");
}

// Whatever order reports arrive in, the picture is the same.
TEST_F(Taking, TheOrderOfArrivalDoesNotMatter) {
  std::vector<std::pair<std::string, Line>> all;
  for (int i = 0; i < 12; ++i) {
    const std::string n = std::to_string(i);
    all.push_back({"nz-dia", {.ref = "p" + n, .on = "2021-05-0" + std::to_string(1 + i % 9), .subjects = {{n}}}});
    if (i % 2 == 0) all.push_back({"gb-nca", {.ref = "q" + n, .country = "GB", .on = "2021-06-03", .subjects = {{n}}}});
    if (i % 3 == 0)
      all.push_back(
          {"nz-dia",
           {.ref = "c" + n, .on = "2021-05-09", .reported_on = "2021-07-01", .count = i % 2, .corrects = "p" + n}});
  }
  SeededRandom random(3);
  std::set<std::string> pictures;
  for (int trial = 0; trial < 12; ++trial) {
    for (size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random.Below(i)]);
    TestHouse house;
    AddBook(house.book);
    for (const auto& [authority, line] : all) {
      const OutcomeBatch batch{.operation = "kauri", .authority = authority, .reports = {Report(line)}};
      ASSERT_TRUE(house.Do(Act::kReportOutcome, [&](Transaction& transaction, const Permit& permit) {
        return TakeReports(transaction, permit, house.ids, house.book, batch, {.message = "", .labels = {}});
      }));
    }
    pictures.insert(MakePicture(*house.db, house.See(), house.book, rules_, "kauri", On("2022-03-02"))->dump());
  }
  EXPECT_EQ(pictures.size(), 1U);
}

json GoodBody() {
  return BatchJson(
      {.operation = "kauri",
       .authority = "at-bk",
       .reports = {
           Report({.ref = "1", .country = "AT", .count = 2, .subjects = {{"1"}, {"2"}}, .case_number = "12/21"})}});
}

TEST(Batch, WhatIsWrittenIsRead) {
  const auto read = ReadBatch(GoodBody());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(BatchJson(*read), GoodBody());
}

TEST(Batch, WhatTheReaderDoesNotKnowIsRefusedAndNothingIsDefaulted) {
  const auto refused = [](const json& patch) {
    json body = GoodBody();
    body.merge_patch(patch);
    const auto read = ReadBatch(body);
    return read ? std::string("taken") : std::string(Name(read.error().code));
  };
  EXPECT_EQ(refused({{"format", "crossguard-outcomes/2"}}), "unsupported");
  EXPECT_EQ(refused({{"more", 1}}), "invalid");
  EXPECT_EQ(refused({{"operation", ""}}), "invalid");
  EXPECT_EQ(refused({{"reports", json::array()}}), "invalid");
  EXPECT_EQ(refused({{"reports", json(std::vector<json>(kReportsMax + 1, json::object()))}}), "exhausted");
  const std::pair<const char*, json> fields[] = {{"unknown", 1},
                                                 {"ref", ""},
                                                 {"ref", 5},
                                                 {"ref", std::string(200, 'x')},
                                                 {"ref", "a\nb"},
                                                 {"ref", "\xff"},
                                                 {"kind", "murder"},
                                                 {"count", 0},
                                                 {"count", -1},
                                                 {"count", 1.5},
                                                 {"count", 100001},
                                                 {"count", 18446744073709551615ULL},
                                                 {"on", "2021-02-30"},
                                                 {"on", "yesterday"},
                                                 {"on", "2021-05-04"},
                                                 {"country", "at"},
                                                 {"country", "AUT"},
                                                 {"subjects", {{"x"}}},
                                                 {"subjects", 1},
                                                 {"subjects", {{KeyOf("1")}, {KeyOf("1")}}},
                                                 {"subjects", json::array({json::array()})},
                                                 {"files", {"AB"}},
                                                 {"accounts", {1}},
                                                 {"corrects", "1"},
                                                 {"corrects", "0"},
                                                 {"case_number", {{"a", 1}}},
                                                 {"subjects", {{KeyOf("1")}, {KeyOf("2")}, {KeyOf("3")}}}};
  for (const auto& [name, value] : fields) {
    json body = GoodBody();
    body["reports"][0][name] = value;
    const auto read = ReadBatch(body);
    ASSERT_FALSE(read) << name << " " << value.dump(-1, ' ', false, json::error_handler_t::replace);
    EXPECT_EQ(read.error().code, Code::kInvalid);
    EXPECT_TRUE(read.error().message.starts_with("Report 1 ")) << read.error().message;
  }
  for (const char* name : {"ref", "kind", "count", "on", "reported_on"}) {
    json body = GoodBody();
    body["reports"][0].erase(name);
    EXPECT_FALSE(ReadBatch(body)) << name;
  }
}

}  // namespace
}  // namespace crossguard::outcome
