#include "triage/places.h"

#include <gtest/gtest.h>

namespace crossguard {
namespace {

TEST(Places, ACodeOrANameIsACountryAndNothingElseIs) {
  for (const char* text : {"NZ", "nz", "NZL", "New Zealand", " new zealand ", "Aotearoa", "Neuseeland"})
    EXPECT_EQ(CountryFromText(text), "NZ") << text;
  EXPECT_EQ(CountryFromText("Österreich"), "AT");
  EXPECT_EQ(CountryFromText("Ελλάδα"), "GR");
  EXPECT_EQ(CountryFromText("UK"), "GB");
  EXPECT_EQ(CountryFromText("American Samoa"), "AS");
  for (const char* text : {"", "Nowhere", "XX", "A1", "N", "New", "Zealand New"})
    EXPECT_EQ(CountryFromText(text), "") << text;
  EXPECT_EQ(CountryOfCity("Auckland"), "NZ");
  EXPECT_EQ(CountryOfCity("London"), "") << "several large places share it";
}

TEST(Places, AStatementNamesACountryOrACity) {
  const std::pair<const char*, const char*> cases[] = {{"Hi, I live in Auckland and like trains", "NZ"},
                                                       {"i'm from the UK.", "GB"},
                                                       {"ich wohne in Österreich", "AT"},
                                                       {"vivo en España", "ES"},
                                                       {"bydlím v Praze", "CZ"},
                                                       {"LIVING IN New Zealand!", "NZ"},
                                                       {"i live in the united states of america", "US"},
                                                       {"based in Graz, fixing bikes", "AT"},
                                                       {"born and living in Hungary", "HU"}};
  for (const auto& [text, country] : cases) {
    const auto said = FindPlaceStatements(text);
    ASSERT_EQ(said.size(), 1U) << text;
    EXPECT_EQ(said[0].country, country) << text;
  }
}

TEST(Places, WishesThePastAndOthersAreNoStatement) {
  for (const char* text :
       {"I don't live in Austria, I am not living in Austria", "used to be living in Spain", "I wish i live in Canada",
        "my friend lives in Greece", "I love Austria", "I live in hope", "xi live in Austria", "living inAustria",
        "living in", "if i live in Spain", "want to be living in Canada"}) {
    EXPECT_TRUE(FindPlaceStatements(text).empty()) << text;
  }
  EXPECT_EQ(FindPlaceStatements("I do not like rain. I live in Austria").size(), 1U)
      << "a denial of the sentence before does not count";
}

TEST(Places, LanguageIsToldByScriptOrBySeveralStopWords) {
  EXPECT_EQ(DetectLanguage("Szia, vagyok egy magyar, nem tudom hogy").language, "hu");
  EXPECT_EQ(DetectLanguage("καλημέρα σε όλους").language, "el");
  EXPECT_EQ(DetectLanguage("ich bin aus dem Norden und wohne hier").countries,
            (std::vector<std::string>{"DE", "AT", "CH"}));
  EXPECT_EQ(DetectLanguage("привет всем").language, "script:cyrl");
  EXPECT_EQ(DetectLanguage("The quick brown fox is not from here, and I like trains").language, "");
  EXPECT_EQ(DetectLanguage("und").language, "");
  EXPECT_EQ(DetectLanguage("").language, "");
  EXPECT_EQ(LanguageFromTag("de-AT").countries, std::vector<std::string>{"AT"});
  EXPECT_EQ(LanguageFromTag("hu").countries, std::vector<std::string>{"HU"});
  EXPECT_EQ(LanguageFromTag("en").language, "");
}

TEST(Places, LowerCaseKnowsTheAlphabetsOfTheTables) {
  EXPECT_EQ(Lower("ABC ÄÖÜ ČŽŠĐŐŰ ŁŃŹ ΕΛΛΆΔΑ ΌΎΏ ПРИВЕТ Ё ȘȚ ß×"), "abc äöü čžšđőű łńź ελλάδα όύώ привет ё șț ß×");
  EXPECT_EQ(Lower("\xC3"), "\xC3");
  EXPECT_EQ(Lower("\xC3(A"), "\xC3(a");
}

TEST(Places, WordsAreWhole) {
  EXPECT_TRUE(HasWord("a suicide note", "suicide"));
  EXPECT_TRUE(HasWord("suicide", "suicide"));
  EXPECT_FALSE(HasWord("suicides", "suicide"));
  EXPECT_FALSE(HasWord("xsuicide", "suicide"));
  EXPECT_TRUE(HasWord("xsuicide suicide", "suicide"));
  EXPECT_FALSE(HasWord("text", ""));
}

}  // namespace
}  // namespace crossguard
