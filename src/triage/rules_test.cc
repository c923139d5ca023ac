#include "triage/rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace crossguard {
namespace {

std::string Shipped() {
  SystemFiles files;
  return std::string(
      AsText(files.ReadWhole(std::string(CROSSGUARD_SOURCE_DIR) + "/config/triage.toml", 1 << 20).value()));
}
std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}
int LineOf(const std::string& text, const std::string& part) {
  const size_t at = text.find(part);
  return at == std::string::npos
             ? 0
             : 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

TEST(TriageRules, TheShippedFileLoadsAndCoversBothAxes) {
  const auto rules = ParseTriageRules(Shipped(), "triage.toml");
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_EQ(rules->version, "2026-1");
  EXPECT_EQ(rules->sha256_hex.size(), 64U);
  EXPECT_EQ(rules->bands[0].due_days, 1);
  EXPECT_EQ(rules->bands[1].due_days, 7);
  EXPECT_EQ(rules->bands[2].due_days, 14);
  EXPECT_EQ(rules->bands[3].due_days, 30);
  EXPECT_EQ(rules->rules.front().id, "escalated");
  EXPECT_GE(rules->rules.size(), 30U);
  for (const Rule& rule : rules->rules) {
    const bool ai = std::ranges::find(rule.params.values, "generativeAi") != rule.params.values.end();
    EXPECT_FALSE(ai && rule.points < 0) << rule.id;
  }
}

TEST(TriageRules, AMissingFileIsAnErrorAndNeverNoRules) {
  SystemFiles files;
  const auto rules = LoadTriageRules(files, "/nonexistent/triage.toml");
  ASSERT_FALSE(rules);
  EXPECT_EQ(rules.error().code, Code::kNotFound);
  EXPECT_FALSE(ParseTriageRules("", "empty.toml"));
}

TEST(TriageRules, EveryMistakeIsNamedWithItsLine) {
  struct Case {
    std::string from, to, said;
  };
  const Case cases[] = {
      {"signal = \"victim_named\"", "signal = \"victim_nmaed\"", "victim_nmaed"},
      {"points = -15", "points = -150", "from -100 to 100"},
      {"points = -15", "points = 0", "must not be 0"},
      {"points = -15", "points = 1.5", "whole number"},
      {"points = -15", "pionts = -15", "'points'"},
      {"axis = \"actionability\"", "axis = \"actionable\"", "actionable"},
      {"values = [\"potentialMeme\", \"viral\"]", "values = [\"generativeAi\"]", "generativeAi must not lower"},
      {"values = [\"potentialMeme\", \"viral\"]", "values = [\"potentialMem\"]", "potentialMem"},
      {"low       = { at_least = 0,", "low       = { at_least = 3,", "must begin at 0"},
      {"medium    = { at_least = 20,", "medium    = { at_least = 60,", "must fall"},
      {"phone = 35", "phnoe = 35", "phone"},
      {"id = \"retention_ends\"", "id = \"contact\"", "there twice"},
      {"[bundles]", "[bundels]", "bundles"},
      {"because = \"Every file is known and widely distributed.\"", "", "because"},
      {"[[urgent]]\nid = \"escalated\"\nsignal = \"escalated\"",
       "[[urgent]]\nid = \"escalated\"\nsignal = \"victim_named\"", "urgent lane"},
      {"viral_report_count_min = 5", "viral_report_count_min = 1", "2 to"},
      {"version = \"2026-1\"", "version = \"2026-1\"\nextra = 1", "extra"},
      {"[\"email\", \"phone\", \"device_id\"", "[\"e-mail\", \"phone\", \"device_id\"", "e-mail"},
      {"version = \"2026-1\"", "version = \"2026-1", "line 9"},
  };
  for (const Case& one : cases) {
    const auto rules = ParseTriageRules(Replaced(Shipped(), one.from, one.to), "triage.toml");
    ASSERT_FALSE(rules) << one.to;
    EXPECT_EQ(rules.error().code, Code::kInvalid);
    EXPECT_NE(rules.error().message.find(one.said), std::string::npos) << rules.error().message;
    EXPECT_TRUE(rules.error().message.starts_with("triage.toml line ")) << rules.error().message;
  }
}

TEST(TriageRules, TheLineIsThatOfTheMistake) {
  const std::string text = Replaced(Shipped(), "signal = \"first_generation\"", "signal = \"second_generation\"");
  const auto rules = ParseTriageRules(text, "r.toml");
  ASSERT_FALSE(rules);
  EXPECT_TRUE(
      rules.error().message.starts_with("r.toml line " + std::to_string(LineOf(text, "second_generation")) + ":"))
      << rules.error().message;
}

TEST(TriageRules, AnAxisWithoutRulesIsRefused) {
  std::string text = Shipped();
  for (size_t at = 0; (at = text.find("axis = \"actionability\"", at)) != std::string::npos;) {
    text.replace(at, std::string("axis = \"actionability\"").size(), "axis = \"rescue_priority\"");
  }
  text = Replaced(text, "id = \"escalated\"\naxis", "id = \"escalated_rule\"\naxis");
  const auto rules = ParseTriageRules(text, "r.toml");
  ASSERT_FALSE(rules);
  EXPECT_NE(rules.error().message.find("actionability"), std::string::npos) << rules.error().message;
}

TEST(TriageRules, AnotherTextHasAnotherDigest) {
  EXPECT_NE(ParseTriageRules(Shipped(), "a")->sha256_hex,
            ParseTriageRules(Shipped() + "\n# changed\n", "a")->sha256_hex);
}

}  // namespace
}  // namespace crossguard
