#include "model/labels.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/json.h"

namespace crossguard {
namespace {

std::vector<std::string> SomeOf(const std::vector<std::string>& sorted) {
  std::vector<std::string> out;
  for (const std::string& one : sorted) {
    if (*rc::gen::arbitrary<bool>()) out.push_back(one);
  }
  return out;
}

Labels AnyLabels() {
  Labels out;
  out.owner = *rc::gen::element<std::string>("at-bk", "hr-police", "nz-dia");
  out.originators = SomeOf({"at-bk", "hr-police", "nz-dia"});
  out.purposes = SomeOf({"cross_check", "facilitate_exchange", "operational_analysis", "strategic_analysis"});
  for (const HandlingCode code : {HandlingCode::kH0, HandlingCode::kH1, HandlingCode::kH2, HandlingCode::kH3}) {
    if (*rc::gen::arbitrary<bool>()) out.handling.push_back(code);
  }
  out.handling_text = *rc::gen::element<std::string>("", "ask first", "not in court");
  out.grade = {*rc::gen::element('A', 'B', 'C', 'X'), *rc::gen::element('1', '2', '3', '4')};
  out.category = static_cast<DataSubjectCategory>(*rc::gen::inRange(0, 8));
  if (*rc::gen::arbitrary<bool>()) out.release_to = SomeOf({"at-bk", "hr-police", "nz-dia", "uk-nca"});
  out.compartment = *rc::gen::element<std::string>("", "op-a", "op-b");
  if (*rc::gen::arbitrary<bool>()) out.review_at = Instant{*rc::gen::inRange<int64_t>(0, 1000) * 1'000'000};
  return out;
}

TEST(Labels, TheJoinIsCommutativeAssociativeAndIdempotent) {
  EXPECT_TRUE(rc::check("join", [] {
    const Labels a = AnyLabels(), b = AnyLabels(), c = AnyLabels();
    RC_ASSERT(Join(a, b) == Join(b, a));
    RC_ASSERT(Join(Join(a, b), c) == Join(a, Join(b, c)));
    RC_ASSERT(Join(a, a) == a);
  }));
}

TEST(Labels, AJoinNeverWidensAParent) {
  EXPECT_TRUE(rc::check("widens", [] {
    const Labels a = AnyLabels(), b = AnyLabels();
    RC_ASSERT(!Widens(a, Join(a, b)));
    RC_ASSERT(!Widens(b, Join(a, b)));
    RC_ASSERT(!Widens(a, a));
    if (!(a == Join(a, b))) RC_ASSERT(Widens(Join(a, b), a));
  }));
}

TEST(Labels, WhatIsWrittenIsReadAsTheSame) {
  EXPECT_TRUE(rc::check("json", [] {
    const Labels labels = AnyLabels();
    const auto back = ParseLabels(LabelsJson(labels));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == labels);
  }));
}

TEST(Labels, WhatIsNotKnownIsRefusedAndNeverADefault) {
  const nlohmann::json good = LabelsJson({.owner = "nz-dia"});
  ASSERT_TRUE(ParseLabels(good));
  for (const auto& [name, value] : good.items()) {
    nlohmann::json missing = good;
    missing.erase(name);
    EXPECT_EQ(ParseLabels(missing).error().code, Code::kInvalid) << name;
    nlohmann::json wrong = good;
    wrong[name] = 7;
    EXPECT_EQ(ParseLabels(wrong).error().code, Code::kInvalid) << name;
  }
  const auto with = [&](const char* name, const nlohmann::json& value) {
    nlohmann::json changed = good;
    changed[name] = value;
    return ParseLabels(changed);
  };
  EXPECT_FALSE(with("tomorrow", true));
  EXPECT_FALSE(with("handling", {"H4"}));
  EXPECT_FALSE(with("handling", {"H2", "H1"}));
  EXPECT_FALSE(with("purposes", {"curiosity"}));
  EXPECT_FALSE(with("category", "person"));
  EXPECT_FALSE(with("grade", "D1"));
  EXPECT_FALSE(with("grade", "A5"));
  EXPECT_FALSE(with("review_at", "soon"));
}

TEST(Labels, OfAnOperationTheyAreTheHousesOwnAndForWhoWorksOnIt) {
  const Labels labels = OperationLabels("nz-dia", "op-a");
  EXPECT_EQ(labels.owner, "nz-dia");
  EXPECT_EQ(labels.grade, "X4");
  EXPECT_EQ(labels.handling, (std::vector<HandlingCode>{HandlingCode::kH0, HandlingCode::kH2}));
  EXPECT_EQ(Compartments(labels), std::vector<std::string>{"op-a"});
  EXPECT_EQ(ParseLabels(LabelsJson(labels)), labels);
}

TEST(Labels, ConsentIsTheOriginatorsElseTheOwnersElseNobodys) {
  Labels labels;
  EXPECT_TRUE(Consenters(labels).empty());
  labels.owner = "at-bk";
  EXPECT_EQ(Consenters(labels), std::vector<std::string>{"at-bk"});
  labels.originators = {"gb-nca", "nz-dia"};
  EXPECT_EQ(Consenters(labels), labels.originators);
  labels.compartment = "op-b+op-a";
  EXPECT_EQ(Compartments(labels), (std::vector<std::string>{"op-a", "op-b"}));
}

}  // namespace
}  // namespace crossguard
