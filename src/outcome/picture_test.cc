#include "outcome/picture.h"

#include <fstream>
#include <sstream>

#include "base/json.h"
#include "outcome/cases.h"
#include "outcome/testing_outcomes.h"

namespace crossguard::outcome {
namespace {

using nlohmann::json;
using enum OutcomeKind;

class PictureOf : public OutcomeHouse {
 protected:
  void SetUp() override {
    std::ifstream in(CROSSGUARD_SOURCE_DIR "/config/outcome.toml");
    std::ostringstream text;
    text << in.rdbuf();
    auto rules = ReadOutcomeRules(text.str());
    ASSERT_TRUE(rules) << rules.error().message;
    rules_ = *rules;
  }
  void Many(const std::string& authority, const std::string& country, OutcomeKind kind, int64_t count) {
    ASSERT_TRUE(
        Take(authority,
             {{.ref = std::string(Text(kind)) + "-" + country, .kind = kind, .country = country, .count = count}}));
  }
};

TEST_F(PictureOf, EachNumberHasItsScopeItsDayAndWhatStandsBehindIt) {
  Many("nz-dia", "NZ", kArrest, 46);
  Many("au-afp", "AU", kArrest, 20);
  Many("at-bk", "AT", kSuspectIdentified, 60);
  Many("hu-nbi", "HU", kSuspectIdentified, 44);
  Many("gb-nca", "GB", kSuspectIdentified, 300);
  const json picture = PictureAsOf("2022-03-02");
  std::map<std::string, json> press;
  for (const json& line : picture["press"]) press[line["metric"]] = line;
  EXPECT_EQ(press["arrest"]["text"], "46 arrests in New Zealand");
  EXPECT_EQ(press["arrest"]["scope"], "NZ");
  EXPECT_EQ(press["arrest"]["reports"], 1);
  EXPECT_EQ(press["arrest"]["without_key"], 46);
  EXPECT_EQ(press["suspect_identified"]["text"], "more than 100 suspects identified in the EU");
  EXPECT_EQ(press["suspect_identified"]["count"], 104);
  EXPECT_EQ(press["suspect_identified"]["authorities"], 2);
  EXPECT_EQ(press["case_opened"]["count"], 0);
  EXPECT_EQ(press["case_opened"]["as_of"], "2022-03-02");
}

TEST_F(PictureOf, ASmallNumberIsWithheldInWordsAndTableAndOpensForOfficersOnly) {
  Many("nz-dia", "NZ", kArrest, 3);
  Many("au-afp", "AU", kArrest, 20);
  const json picture = PictureAsOf("2022-03-02");
  EXPECT_TRUE(FigureOf(picture, kArrest, "NZ").is_null());
  EXPECT_TRUE(FigureOf(picture, kArrest, "AU").is_null());  // or 23 - 20 would tell
  EXPECT_EQ(FigureOf(picture, kArrest, "global"), 23);
  EXPECT_EQ(FigureOf(picture, kArrest, "GB"), 0);
  for (const json& line : picture["press"]) {
    if (line["metric"] != "arrest") continue;
    EXPECT_TRUE(line["withheld"].get<bool>());
    EXPECT_TRUE(line["reports"].is_null());
    EXPECT_EQ(line["text"].get<std::string>().find('3'), std::string::npos);
  }
  EXPECT_EQ(CountOf(kArrest, "NZ"), 3);
}

TEST_F(PictureOf, HowManyHaveNoKeyIsItselfANumberOfPersons) {
  std::vector<std::vector<std::string>> keyed;
  for (int i = 0; i < 43; ++i) keyed.push_back({std::to_string(i)});
  ASSERT_TRUE(Take("nz-dia", {{.ref = "1", .count = 46, .subjects = keyed}}));
  const json picture = PictureAsOf("2022-03-02");
  for (const json& line : picture["press"]) {
    if (line["metric"] != "arrest") continue;
    EXPECT_EQ(line["count"], 46);
    EXPECT_TRUE(line["without_key"].is_null());  // 3
  }
}

TEST_F(PictureOf, ACountryThatIsNotSaidIsACellLikeAnyOther) {
  Many("eu-europol", "", kSearch, 3);
  Many("nz-dia", "NZ", kArrest, 3);
  const json picture = PictureAsOf("2022-03-02");
  const auto hidden = [&](std::string_view metric) {
    std::string out;
    for (const json& figure : picture["figures"]) {
      if (figure["metric"] != metric) continue;
      for (const json& country : figure["countries"])
        out += country["count"].is_null() ? "[" + country["country"].get<std::string>() + "]" : "";
    }
    return out;
  };
  EXPECT_EQ(hidden("search"), "[][AU][GB][NZ]");  // which of them it was, nobody can tell
  EXPECT_EQ(hidden("arrest"), hidden("search"));
}

TEST_F(PictureOf, PartsOfACountryByAuthorityStandOnlyWhereNoneIsSmall) {
  Many("nz-dia", "NZ", kArrest, 40);
  Many("nz-police", "NZ", kArrest, 4);
  Many("nz-dia", "NZ", kSearch, 40);
  Many("nz-police", "NZ", kSearch, 40);
  const json picture = PictureAsOf("2022-03-02");
  const auto parts = [&](std::string_view metric) {
    for (const json& figure : picture["figures"]) {
      if (figure["metric"] != metric) continue;
      for (const json& country : figure["countries"]) {
        if (country["country"] == "NZ") return country["by_authority"];
      }
    }
    return json("absent");
  };
  EXPECT_TRUE(parts("arrest").is_null());
  ASSERT_TRUE(parts("search").is_array());
  EXPECT_EQ(parts("search")[0]["count"], 40);
}

TEST_F(PictureOf, EveryReportBehindANumberIsShownAndNoOther) {
  ASSERT_TRUE(
      Take("nz-dia", {{.ref = "1", .subjects = {{"1"}}}, {.ref = "2", .on = "2022-04-01", .subjects = {{"2"}}}}));
  ASSERT_TRUE(Take("nz-police", {{.ref = "1", .on = "2021-05-05", .subjects = {{"1"}}}}));
  ASSERT_TRUE(Take("au-afp", {{.ref = "1", .country = "AU"}}));
  const json figure =
      OpenFigure(*house_.db, house_.See(), house_.book, "kauri", kArrest, "NZ", On("2022-03-02")).value();
  EXPECT_EQ(figure["count"], 1);
  EXPECT_EQ(figure["reported_more_than_once"], 1);
  ASSERT_EQ(figure["reports"].size(), 2U);
  EXPECT_EQ(figure["reports"][0]["authority"], "nz-dia");
  EXPECT_EQ(figure["reports"][1]["authority"], "nz-police");
  EXPECT_EQ(OpenFigure(*house_.db, house_.See(), house_.book, "kauri", kArrest, "Mars", On("2022-03-02")).error().code,
            Code::kInvalid);
  EXPECT_EQ(OpenFigure(*house_.db, house_.See(), house_.book, "other", kArrest, "NZ", On("2022-03-02")).error().code,
            Code::kNotFound);
}

TEST_F(PictureOf, PackagesPairsAndAccountsAreThreeNumbersAndAnswersAreByCountry) {
  Database& db = *house_.db;
  ASSERT_TRUE(db.Run("INSERT INTO operation (operation_key,id,name,created_at) VALUES (1,'op-1','kauri',0)"));
  for (int account = 1; account <= 3; ++account)
    ASSERT_TRUE(db.Run("INSERT INTO account (account_key,id,service,esp_identifier) VALUES (?1,?2,'s',?2)", account,
                       "acc-" + std::to_string(account)));
  const auto package = [&](int key, const char* authority, const char* state, const char* released,
                           std::optional<Instant> answered, std::vector<int> accounts) {
    ASSERT_TRUE(
        db.Run("INSERT INTO package (package_key,id,operation_key,authority,kind,state,gateway,gateway_reason,"
               "contents_sha256,account_count,file_count,composed_at,released_at,answered_at) VALUES "
               "(?1,?2,1,?3,'referral',?4,'g','r',x'00',0,0,0,?5,?6)",
               key, "pkg-" + std::to_string(key), authority, state, On(released), answered));
    for (const int account : accounts) ASSERT_TRUE(db.Run("INSERT INTO package_account VALUES (?1,?2)", key, account));
  };
  package(1, "at-bk", "accepted", "2022-02-01", On("2022-02-05"), {1, 2});
  package(2, "nz-dia", "refused", "2022-02-01", On("2022-02-05"), {2});
  package(3, "nz-police", "released", "2022-02-01", std::nullopt, {2, 3});
  package(4, "gb-nca", "released", "2022-03-01", std::nullopt, {3});
  package(5, "hu-nbi", "released", "2022-03-03", std::nullopt, {1});  // after the day
  const json picture = PictureAsOf("2022-03-02");
  EXPECT_EQ(picture["sent"], json({{"referral_packages", 4},
                                   {"evidence_packages", 0},
                                   {"distinct_accounts", 3},
                                   {"account_country_pairs", 5}}));
  std::map<std::string, std::string> answers;
  for (const json& row : picture["answers"]) {
    for (const char* word : {"accepted", "refused", "already_known", "overdue", "open"}) {
      if (row[word] == 1) answers[row["authority"]] += word;
    }
  }
  EXPECT_EQ(answers, (std::map<std::string, std::string>{
                         {"at-bk", "accepted"}, {"nz-dia", "refused"}, {"nz-police", "overdue"}, {"gb-nca", "open"}}));
}

TEST_F(PictureOf, ACaseIsOpenedOnceUnderItsNumberAndClosedOnce) {
  const auto open = [&](const std::string& number) {
    return house_.Do(Act::kOpenCase, [&](Transaction& transaction, const Permit& permit) {
      return OpenCase(transaction, permit, house_.ids, house_.book, {.operation = "kauri", .case_number = number});
    });
  };
  const auto opened = open("AT-1/22");
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->lead_officer, "officer-1");
  EXPECT_EQ(open("AT-1/22").error().code, Code::kConflict);
  EXPECT_EQ(open("").error().code, Code::kInvalid);
  const auto close = [&] {
    return house_.Do(Act::kOpenCase, [&](Transaction& transaction, const Permit& permit) {
      return CloseCase(transaction, permit, opened->id, "Judged.");
    });
  };
  EXPECT_TRUE(close());
  EXPECT_EQ(close().error().code, Code::kConflict);
  EXPECT_EQ(outcome_rows::FindCase(*house_.db, "AT-1/22")->id, opened->id);
}

TEST(Rules, AreReadStrictly) {
  const std::string press = "[[press]]\nmetric='arrest'\nscope='NZ'\ntext='{n} arrests'\n";
  EXPECT_TRUE(ReadOutcomeRules(press));
  for (const std::string& bad :
       {std::string("small_number = 2"), std::string("small_number = '5'"), std::string("other = 1"),
        std::string("= 1"), press + "more_than = 0", press + "colour = 'red'",
        std::string("[[press]]\nmetric='x'\nscope='NZ'\ntext='{n}'"),
        std::string("[[press]]\nmetric='arrest'\nscope='nz'\ntext='{n}'"),
        std::string("[[press]]\nmetric='arrest'\nscope='NZ'\ntext='arrests'"), std::string("press = 1")})
    EXPECT_EQ(ReadOutcomeRules(bad).error().code, Code::kInvalid) << bad;
}

}  // namespace
}  // namespace crossguard::outcome
