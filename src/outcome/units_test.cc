#include "outcome/units.h"

#include <algorithm>

#include "outcome/testing_outcomes.h"
#include "outcome/tokens.h"

namespace crossguard::outcome {
namespace {

using enum OutcomeKind;

StoredOutcome Stored(const std::string& authority, const Line& line) {
  StoredOutcome out;
  out.id = authority + line.ref;
  out.authority = authority;
  out.report = Report(line);
  return out;
}
int64_t Sum(const std::vector<Unit>& units) {
  int64_t sum = 0;
  for (const Unit& unit : units) sum += unit.weight;
  return sum;
}

TEST(Units, OneChildOfTwoReportsIsOneAndAnotherIsAnother) {
  const std::vector<StoredOutcome> all{
      Stored("at-bk",
             {.ref = "1", .kind = kChildSafeguarded, .country = "AT", .on = "2021-05-04", .subjects = {{"1"}}}),
      Stored("gb-nca",
             {.ref = "1", .kind = kChildSafeguarded, .country = "GB", .on = "2021-05-03", .subjects = {{"1"}}}),
      Stored("gb-nca", {.ref = "2", .kind = kChildSafeguarded, .country = "GB", .subjects = {{"2"}}})};
  const auto units = UnitsOf(all, kChildSafeguarded, On("2022-03-02"));
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0].country, "GB");  // of the earlier day
  EXPECT_EQ(units[0].reports, (std::vector<size_t>{0, 1}));
}

TEST(Units, WhoeverKnowsTwoKeysJoinsThoseWhoKnowOneAlsoFromAnotherKind) {
  const std::vector<StoredOutcome> all{
      Stored("at-bk", {.ref = "1", .country = "AT", .subjects = {{"1"}}}),
      Stored("gb-nca", {.ref = "1", .country = "GB", .subjects = {{"2"}}}),
      Stored("eu-europol", {.ref = "1", .kind = kSuspectIdentified, .country = "AT", .subjects = {{"1", "2"}}})};
  EXPECT_EQ(Sum(UnitsOf(all, kArrest, On("2022-03-02"))), 1);
  EXPECT_EQ(Sum(UnitsOf(std::span(all).first(2), kArrest, On("2022-03-02"))), 2);
}

TEST(Units, AKeyOfAChildNeverMeetsTheSameKeyOfASuspect) {
  const std::vector<StoredOutcome> all{
      Stored("at-bk", {.ref = "1", .kind = kArrest, .country = "AT", .subjects = {{"1"}}}),
      Stored("at-bk", {.ref = "2", .kind = kChildIdentified, .country = "AT", .subjects = {{"1", "2"}}}),
      Stored("gb-nca", {.ref = "3", .kind = kArrest, .country = "GB", .subjects = {{"2"}}})};
  EXPECT_EQ(Sum(UnitsOf(all, kArrest, On("2022-03-02"))), 2);
}

TEST(Units, TheSameCaseNumberOfOneAuthorityIsOneCaseAndOfTwoIsTwo) {
  const std::vector<StoredOutcome> all{
      Stored("at-bk", {.ref = "1", .kind = kCaseOpened, .country = "AT", .case_number = "12/21"}),
      Stored("at-bk", {.ref = "1-I", .kind = kCaseOpened, .country = "AT", .case_number = "12 / 21"}),
      Stored("hu-nbi", {.ref = "1", .kind = kCaseOpened, .country = "HU", .case_number = "12/21"})};
  EXPECT_EQ(Sum(UnitsOf(all, kCaseOpened, On("2022-03-02"))), 2);
}

TEST(Units, WhatHappenedOrWasSaidOrWasSupersededLaterIsNotOfTheDay) {
  StoredOutcome stored = Stored("at-bk", {.ref = "1", .on = "2021-05-03", .reported_on = "2021-05-10"});
  EXPECT_FALSE(CountsAsOf(stored, On("2021-05-09")));
  EXPECT_TRUE(CountsAsOf(stored, On("2021-05-10")));
  stored.state = OutcomeState::kReplaced;
  stored.superseded_on = On("2021-06-01");
  EXPECT_TRUE(CountsAsOf(stored, On("2021-05-31")));
  EXPECT_FALSE(CountsAsOf(stored, On("2021-06-01")));
  stored.state = OutcomeState::kRejected;
  EXPECT_FALSE(CountsAsOf(stored, On("2021-05-31")));
}

// The plain judge: units as a list, joined two by two until nothing joins any more.
int64_t JudgeCount(const std::vector<StoredOutcome>& all, OutcomeKind kind, Instant as_of) {
  struct Node {
    std::set<std::string> keys;
    bool of_kind;
  };
  std::vector<Node> nodes;
  int64_t without = 0;
  for (const StoredOutcome& stored : all) {
    if (UnitOf(stored.report.kind) != UnitOf(kind) || !CountsAsOf(stored, as_of)) continue;
    for (const auto& keys : stored.report.subjects)
      nodes.push_back({{keys.begin(), keys.end()}, stored.report.kind == kind});
    if (stored.report.kind == kind)
      without += stored.report.count - static_cast<int64_t>(stored.report.subjects.size());
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < nodes.size() && !changed; ++i) {
      for (size_t j = i + 1; j < nodes.size() && !changed; ++j) {
        if (std::ranges::none_of(nodes[j].keys, [&](const auto& key) { return nodes[i].keys.contains(key); })) continue;
        nodes[i].keys.insert(nodes[j].keys.begin(), nodes[j].keys.end());
        nodes[i].of_kind = nodes[i].of_kind || nodes[j].of_kind;
        nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(j));
        changed = true;
      }
    }
  }
  return without + std::ranges::count_if(nodes, [](const Node& node) { return node.of_kind; });
}

std::vector<StoredOutcome> RandomWorld(SeededRandom& random) {
  constexpr const char* kAuthorities[] = {"at-bk", "gb-nca", "nz-dia", "eu-europol"};
  constexpr OutcomeKind kKinds[] = {kArrest, kSuspectIdentified, kCharge, kChildSafeguarded};
  std::vector<StoredOutcome> all;
  const size_t n = 1 + random.Below(14);
  for (size_t i = 0; i < n; ++i) {
    Line line{.ref = std::to_string(i), .kind = kKinds[random.Below(4)]};
    line.on = "2021-0" + std::to_string(1 + random.Below(9)) + "-03";
    line.count = static_cast<int64_t>(1 + random.Below(3));
    const size_t subjects = random.Below(static_cast<uint64_t>(line.count) + 1);
    std::set<std::string> used;
    for (size_t s = 0; s < subjects; ++s) {
      std::vector<std::string> keys;
      for (size_t k = 0; k <= random.Below(3); ++k) {
        const std::string key = std::to_string(random.Below(9));
        if (used.insert(key).second) keys.push_back(key);
      }
      if (!keys.empty()) line.subjects.push_back(keys);
    }
    all.push_back(Stored(kAuthorities[random.Below(4)], line));
    if (random.Chance(0.2)) {
      all.back().state = OutcomeState::kReplaced;
      all.back().superseded_on = On("2021-07-01");
    }
  }
  return all;
}

TEST(Units, CountsAgreeWithThePlainJudgeInAnyOrderAndPartsAddUp) {
  SeededRandom random(5);
  for (int trial = 0; trial < 3000; ++trial) {
    std::vector<StoredOutcome> all = RandomWorld(random);
    for (const OutcomeKind kind : {kArrest, kSuspectIdentified, kChildSafeguarded}) {
      for (const char* day : {"2021-05-31", "2022-03-02"}) {
        const auto units = UnitsOf(all, kind, On(day));
        const int64_t count = Sum(units);
        ASSERT_EQ(count, JudgeCount(all, kind, On(day))) << "trial " << trial;
        std::map<std::string, int64_t> by_authority;
        for (const Unit& unit : units) by_authority[unit.authority] += unit.weight;
        std::vector<StoredOutcome> shuffled = all;
        for (size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[random.Below(i)]);
        std::map<std::string, int64_t> again;
        for (const Unit& unit : UnitsOf(shuffled, kind, On(day))) again[unit.authority] += unit.weight;
        ASSERT_EQ(by_authority, again) << "trial " << trial;
        // Saying all of it twice changes nothing that has a key.
        const size_t n = all.size();
        std::vector<StoredOutcome> twice = all;
        for (size_t i = 0; i < n; ++i) {
          twice.push_back(all[i]);
          twice.back().report.count = static_cast<int64_t>(all[i].report.subjects.size());
        }
        ASSERT_EQ(Sum(UnitsOf(twice, kind, On(day))), count) << "trial " << trial;
      }
    }
  }
}

TEST(Tokens, FollowThePublishedRule) {
  SecretKey key;
  for (size_t i = 0; i < 32; ++i) key.writable()[i] = static_cast<uint8_t>(i);
  const std::string token = SubjectToken(key, UnitClass::kChild, "VID 2021-000123").value();
  EXPECT_EQ(token, "key-sva55klrcahoakdlwfvjcusr5q");  // docs/formats/messages/outcomes.md
  EXPECT_EQ(SubjectToken(key, UnitClass::kChild, "vid2021-000123 ").value(), token);
  EXPECT_NE(SubjectToken(key, UnitClass::kChild, "VID 2021000123").value(), token);
  EXPECT_NE(SubjectToken(key, UnitClass::kPerson, "VID 2021-000123").value(), token);
  EXPECT_TRUE(IsToken(token));
  SecretKey other;
  EXPECT_NE(SubjectToken(other, UnitClass::kChild, "VID 2021-000123").value(), token);
  for (const char* bad : {"", "  ", "a\nb"})
    EXPECT_EQ(SubjectToken(key, UnitClass::kChild, bad).error().code, Code::kInvalid);
  for (const std::string& bad :
       {std::string("key-"), "KEY" + token.substr(3), token + "a", "key-" + std::string(26, '1')})
    EXPECT_FALSE(IsToken(bad)) << bad;
}

}  // namespace
}  // namespace crossguard::outcome
