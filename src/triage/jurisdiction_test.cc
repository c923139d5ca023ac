#include "triage/jurisdiction.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace crossguard {
namespace {

// 11/8 NZ, 12/8 AU, 13/8 AT; data of 2022.
class Jurisdiction : public testing::Test {
 protected:
  static Instant Day(int day) { return {ParseInstant("2022-03-01T12:00:00Z")->micros + day * kMicrosPerDay}; }
  static IpHint Ip(int64_t key, const std::string& ip, int day = 0) {
    return {.sighting_key = key, .ip = ip, .at = Day(day), .zone_known = true, .has_port = true};
  }
  JurisdictionResult Decide() const { return DecideJurisdiction(input_, rules_, *source_); }
  static int Weight(const JurisdictionResult& result, const std::string& basis, const std::string& country) {
    int out = 0;
    for (const auto& claim : result.claims) out += claim.basis == basis && claim.country == country ? claim.weight : 0;
    return out;
  }
  static bool Says(const std::vector<std::string>& sentences, const std::string& part) {
    return std::ranges::any_of(sentences, [&](const std::string& one) { return one.find(part) != std::string::npos; });
  }

  JurisdictionInput input_;
  JurisdictionRules rules_;
  std::unique_ptr<IpCountrySource> source_ =
      ReadTorGeoip(
          "# Generated: Thu, 03 Mar 2022 04:33:59 "
          "GMT\n184549376,201326591,NZ\n201326592,218103807,AU\n218103808,234881023,AT\n",
          "")
          .value();
};

TEST_F(Jurisdiction, NothingIsUnclear) {
  const auto result = Decide();
  EXPECT_EQ(result.country, "");
  EXPECT_EQ(result.confidence, 0);
  EXPECT_FALSE(result.verdict.empty());
}

TEST_F(Jurisdiction, AnAddressWithTimeZoneAndPortAndItsPhoneAreClear) {
  input_.ips = {Ip(7, "11.1.2.3")};
  input_.phones = {{.sighting_key = 8, .country = "NZ", .verified = true}};
  const auto result = Decide();
  EXPECT_EQ(result.country, "NZ");
  EXPECT_EQ(result.confidence, 75 * 100 / 80);
  EXPECT_TRUE(result.contradictions.empty());
  EXPECT_EQ(result.totals, (std::vector<std::pair<std::string, int>>{{"NZ", 75}}));
  EXPECT_NE(result.claims[0].because.find("ip sighting 7 at 2022-03-01T12:00:00Z"), std::string::npos)
      << result.claims[0].because;
  EXPECT_NE(result.claims[0].because.find("tor-geoipdb of 2022-03-03"), std::string::npos);
  EXPECT_EQ(result.claims[0].because.find("11.1.2.3"), std::string::npos) << "claims name sightings, not addresses";
}

TEST_F(Jurisdiction, AddressAgainstPhoneIsAContradictionAndUnclearWhenNear) {
  input_.ips = {Ip(1, "11.1.2.3")};
  input_.phones = {{.sighting_key = 2, .country = "AU", .verified = true}};
  const auto result = Decide();
  EXPECT_EQ(result.country, "");
  EXPECT_TRUE(Says(result.contradictions, "By IP address NZ")) << result.verdict;
  EXPECT_TRUE(Says(result.contradictions, "by phone AU"));
}

TEST_F(Jurisdiction, ManyLoginsOfOneAddressWeighAsOne) {
  input_.ips = {Ip(1, "11.1.2.3")};
  const auto once = Decide();
  input_.ips[0].count = 1'000;
  const auto often = Decide();
  EXPECT_EQ(once.totals, often.totals);
  EXPECT_NE(often.claims[0].because.find("1000 sightings"), std::string::npos);
}

TEST_F(Jurisdiction, ManyAddressesOfOneCountryAreLimitedAndTheRestIsOneLine) {
  for (int i = 0; i < 1'000; ++i)
    input_.ips.push_back(Ip(i + 1, "11.0." + std::to_string(i / 250) + "." + std::to_string(i % 250)));
  const auto result = Decide();
  EXPECT_LE(Weight(result, "ip", "NZ"), rules_.ip_total_max + 3);
  EXPECT_EQ(result.claims.size(), 6U);
  EXPECT_NE(result.claims.back().because.find("995 more"), std::string::npos);
}

TEST_F(Jurisdiction, AProxyCountsLittleAndIsShown) {
  input_.ips = {Ip(1, "12.1.2.3")};
  input_.ips[0].possible_proxy = true;
  input_.phones = {{.sighting_key = 2, .country = "AT", .verified = false}};
  const auto result = Decide();
  EXPECT_EQ(Weight(result, "ip", "AU"), 4);
  EXPECT_EQ(result.country, "AT");
  EXPECT_TRUE(Says(result.notes, "possible proxies"));
  EXPECT_TRUE(Says(result.contradictions, "By IP address AU"));
  input_.phones.clear();
  EXPECT_EQ(Decide().country, "") << "a proxy alone decides nothing";
}

TEST_F(Jurisdiction, ATimeWithoutZoneOrPortOrAtAllWeighsLess) {
  input_.ips = {Ip(1, "11.1.2.3")};
  const int full = Weight(Decide(), "ip", "NZ");
  input_.ips[0].has_port = false;
  const int no_port = Weight(Decide(), "ip", "NZ");
  input_.ips[0].zone_known = false;
  const auto no_zone = Decide();
  EXPECT_GT(full, no_port);
  EXPECT_GT(no_port, Weight(no_zone, "ip", "NZ"));
  EXPECT_EQ(no_zone.country, "") << "one address with a time of unknown zone is not enough";
  EXPECT_NE(no_zone.claims[0].because.find("without zone"), std::string::npos);
  input_.ips[0].at.reset();
  EXPECT_GT(Weight(no_zone, "ip", "NZ"), Weight(Decide(), "ip", "NZ"));
}

TEST_F(Jurisdiction, OlderEventsWeighLessThanTheNewest) {
  input_.ips = {Ip(1, "11.1.2.3", 0), Ip(2, "12.1.2.3", -365)};
  const auto result = Decide();
  EXPECT_EQ(Weight(result, "ip", "NZ"), 40);
  EXPECT_EQ(Weight(result, "ip", "AU"), 20);
  EXPECT_TRUE(Says(result.contradictions, "several countries"));
}

TEST_F(Jurisdiction, PrivateAndDocumentationAddressesNameNoCountryAndSayWhy) {
  input_.ips = {Ip(1, "192.168.1.1"), Ip(2, "100.64.3.4"), Ip(3, "203.0.113.9")};
  const auto result = Decide();
  EXPECT_EQ(result.country, "");
  EXPECT_TRUE(result.claims.empty());
  EXPECT_TRUE(Says(result.notes, "private address"));
  EXPECT_TRUE(Says(result.notes, "carrier-grade NAT"));
  EXPECT_TRUE(Says(result.notes, "documentation"));
}

TEST_F(Jurisdiction, DataFarFromTheEventIsSaid) {
  input_.ips = {Ip(1, "11.1.2.3", -1'500)};
  EXPECT_NE(Decide().claims[0].because.find("days newer than the event"), std::string::npos);
  input_.ips = {Ip(1, "11.1.2.3", 1'500)};
  EXPECT_NE(Decide().claims[0].because.find("days older than the event"), std::string::npos);
}

TEST_F(Jurisdiction, WordsStatementsAndBillingEachCountOnTheirOwn) {
  input_.words = {{"bio (value 3)", "Hi! I live in Vienna"}};
  auto result = Decide();
  EXPECT_EQ(result.country, "AT");
  EXPECT_EQ(Weight(result, "statement", "AT"), 25);
  input_.places = {{PlaceHint::Basis::kBilling, "AT", "billing_country (value 4)", 100},
                   {PlaceHint::Basis::kEstimatedLocation, "AT", "estimated_location (value 5)", 100}};
  result = Decide();
  EXPECT_EQ(Weight(result, "billing", "AT"), 30);
  EXPECT_EQ(Weight(result, "estimated_location", "AT"), 25);
  EXPECT_EQ(result.confidence, 100);
}

TEST_F(Jurisdiction, ALanguageAloneIsUnclearAndASharedOneOnlySupports) {
  input_.words = {{"bio (value 1)", "Szia, vagyok egy magyar, nem tudom hogy"}};
  auto result = Decide();
  EXPECT_EQ(result.country, "");
  EXPECT_EQ(Weight(result, "language", "HU"), 8);
  input_.words = {{"bio (value 1)", "ich bin aus dem Norden und wohne hier"}};
  EXPECT_TRUE(Decide().claims.empty());
  input_.ips = {Ip(1, "13.1.2.3")};
  result = Decide();
  EXPECT_EQ(Weight(result, "language", "AT"), 4);
  EXPECT_EQ(Weight(result, "language", "DE"), 0);
}

TEST_F(Jurisdiction, TheOrderOfHintsDoesNotMatter) {
  for (int i = 0; i < 20; ++i)
    input_.ips.push_back(Ip(i + 1, (i % 3 == 0 ? "11.0.0." : "12.0.0.") + std::to_string(i), -20 * i));
  input_.phones = {{.sighting_key = 40, .country = "NZ"},
                   {.sighting_key = 41, .country = "NZ", .verified = true},
                   {.sighting_key = 42, .country = "AU"}};
  const auto first = Decide();
  std::ranges::reverse(input_.ips);
  std::ranges::reverse(input_.phones);
  const auto second = Decide();
  EXPECT_EQ(first.totals, second.totals);
  EXPECT_EQ(first.verdict, second.verdict);
  ASSERT_EQ(first.claims.size(), second.claims.size());
  for (size_t i = 0; i < first.claims.size(); ++i) EXPECT_EQ(first.claims[i].because, second.claims[i].because);
}

}  // namespace
}  // namespace crossguard
