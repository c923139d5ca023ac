// The gateway rule at each of its edges, and who receives for a country.
#include "model/authority.h"

#include <gtest/gtest.h>

#include "model/testing_books.h"

namespace crossguard {
namespace {

Instant At(const char* text) {
  return ParseInstant(text).value();
}

AuthorityBook Book() {
  AuthorityBook book;
  book.self = "nz-dia";
  book.authorities = {{.id = "nz-dia", .kind = "third_country", .country = "NZ", .single_point_of_contact = true},
                      {.id = "at-bk", .kind = "eu_member_state", .country = "AT", .single_point_of_contact = true},
                      {.id = "int-interpol", .kind = "international_organisation"},
                      {.id = "pp-provider", .kind = "private_party", .country = "FR"}};
  book.gateways = {{.id = "g1",
                    .from = "nz-dia",
                    .to = "at-bk",
                    .purposes = {"facilitate_exchange"},
                    .data_kinds = {"referral", "evidence"},
                    .valid_from = At("2020-01-01T00:00:00Z"),
                    .valid_until = At("2023-01-01T00:00:00Z"),
                    .legal_reference = "Treaty",
                    .conditions = "case by case",
                    .via = "int-interpol"}};
  return book;
}
constexpr Flow kFlow{.from = "nz-dia", .to = "at-bk", .purpose = "facilitate_exchange", .data_kind = "referral"};
constexpr const char* kDuring = "2022-06-01T12:00:00Z";

std::string Why(const AuthorityBook& book, const Flow& flow, const char* at) {
  const GatewayDecision decision = Decide(book, flow, At(at));
  EXPECT_FALSE(decision.allowed);
  EXPECT_EQ(decision.gateway_id + decision.legal_reference + decision.conditions + decision.via, "");
  EXPECT_FALSE(decision.valid_from);
  return decision.reason;
}

TEST(GatewayEdges, ADecisionThatAllowsNamesTheVersionTheLawTheConditionsAndTheCarrier) {
  const GatewayDecision decision = Decide(Book(), kFlow, At(kDuring));
  EXPECT_TRUE(decision.allowed);
  EXPECT_EQ(decision.gateway_id, "g1");
  EXPECT_EQ(decision.valid_from, At("2020-01-01T00:00:00Z"));
  EXPECT_EQ(decision.legal_reference, "Treaty");
  EXPECT_EQ(decision.conditions, "case by case");
  EXPECT_EQ(decision.via, "int-interpol");
  EXPECT_EQ(decision.reason, "Gateway g1 (from 2020-01-01): Treaty; carried by int-interpol.");
}

TEST(GatewayEdges, TheFirstInstantIsInAndTheLastIsOut) {
  EXPECT_EQ(Why(Book(), kFlow, "2019-12-31T23:59:59.999999Z"), "Gateway g1 is valid only from 2020-01-01.");
  EXPECT_TRUE(Decide(Book(), kFlow, At("2020-01-01T00:00:00Z")).allowed);
  EXPECT_TRUE(Decide(Book(), kFlow, At("2022-12-31T23:59:59.999999Z")).allowed);
  EXPECT_EQ(Why(Book(), kFlow, "2023-01-01T00:00:00Z"), "Gateway g1 expired on 2023-01-01.");
  AuthorityBook open = Book();
  open.gateways[0].valid_until.reset();
  EXPECT_TRUE(Decide(open, kFlow, At("2099-01-01T00:00:00Z")).allowed);
}

TEST(GatewayEdges, AGatewayLeadsOneWay) {
  EXPECT_EQ(Why(Book(), {"at-bk", "nz-dia", "facilitate_exchange", "referral"}, kDuring),
            "No gateway from at-bk to nz-dia is recorded.");
  EXPECT_EQ(Why(Book(), {"nz-dia", "int-interpol", "facilitate_exchange", "referral"}, kDuring),
            "No gateway from nz-dia to int-interpol is recorded.")
      << "who carries receives nothing";
}

TEST(GatewayEdges, PurposeAndKindAreEachNeeded) {
  EXPECT_EQ(Why(Book(), {"nz-dia", "at-bk", "cross_check", "referral"}, kDuring),
            "Gateway g1 does not cover the purpose cross_check.");
  EXPECT_EQ(Why(Book(), {"nz-dia", "at-bk", "facilitate_exchange", "files"}, kDuring),
            "Gateway g1 does not cover data of kind files.");
}

TEST(GatewayEdges, AnEmptyListOrAnEmptyWordNeverMeansAll) {
  AuthorityBook book = Book();
  book.gateways[0].purposes.clear();
  Why(book, kFlow, kDuring);
  book = Book();
  book.gateways[0].data_kinds.clear();
  Why(book, kFlow, kDuring);
  Why(Book(), {"nz-dia", "at-bk", "", "referral"}, kDuring);
  Why(Book(), {"nz-dia", "at-bk", "facilitate_exchange", ""}, kDuring);
  Why(Book(), {"", "", "", ""}, kDuring);
  Why({}, kFlow, kDuring);
}

TEST(GatewayEdges, AnotherGatewayOfTheSameWayMayAllowWhatOneDoesNot) {
  AuthorityBook book = Book();
  Gateway second = book.gateways[0];
  second.id = "g2";
  second.via.clear();
  second.valid_from = At("2023-01-01T00:00:00Z");
  second.valid_until.reset();
  book.gateways.push_back(second);
  EXPECT_EQ(Decide(book, kFlow, At(kDuring)).gateway_id, "g1");
  EXPECT_EQ(Decide(book, kFlow, At("2023-01-01T00:00:00Z")).gateway_id, "g2");
}

TEST(GatewayEdges, APrivatePartyReceivesFeedbackByNameAndNothingElseWhateverItsGatewaySays) {
  AuthorityBook book = Book();
  Gateway gateway = book.gateways[0];
  gateway.id = "g-pp";
  gateway.to = "pp-provider";
  book.gateways.push_back(gateway);
  for (const char* kind : {"referral", "evidence"}) {
    EXPECT_EQ(Why(book, {"nz-dia", "pp-provider", "facilitate_exchange", kind}, kDuring),
              "pp-provider is a private party: only data of kind feedback may go to it, by a gateway that says so.");
  }
  EXPECT_EQ(Why(book, {"nz-dia", "pp-provider", "facilitate_exchange", "feedback"}, kDuring),
            "Gateway g-pp does not cover data of kind feedback.");
  book.gateways.back().data_kinds = {"feedback"};
  EXPECT_TRUE(Decide(book, {"nz-dia", "pp-provider", "facilitate_exchange", "feedback"}, At(kDuring)).allowed);
}

TEST(ForCountry, APrivatePartyIsNoCountrysAuthority) {
  EXPECT_EQ(Book().ForCountry("FR"), nullptr);
}

TEST(ForCountry, AnOrganisationReceivesForCountriesWithoutAnAuthorityAndForNoOther) {
  AuthorityBook book = Book();
  book.authorities[2].receives_for = {"*"};
  EXPECT_EQ(book.ForCountry("FR")->id, "int-interpol");
  EXPECT_EQ(book.ForCountry("AT")->id, "at-bk");
  EXPECT_EQ(book.ForCountry(""), nullptr);
  EXPECT_EQ(book.ForCountry("*")->id, "int-interpol") << "whatever is not a country's own";
  book.authorities.push_back({.id = "int-other", .kind = "international_organisation", .receives_for = {"FR"}});
  EXPECT_EQ(book.ForCountry("FR")->id, "int-other") << "by name goes before \"*\"";
  EXPECT_EQ(book.ForCountry("BR")->id, "int-interpol");
  book.authorities[2].receives_for = {"DE"};
  EXPECT_EQ(book.ForCountry("BR"), nullptr);
}

TEST(Officers, AnOfficerMayActFromTheFirstDayUntilBeforeTheLast) {
  Officer officer{.id = "officer-1", .roles = {"intake"}};
  EXPECT_TRUE(officer.MayActAt(At(kDuring)));
  officer.valid_from = At("2022-01-01T00:00:00Z");
  officer.valid_until = At("2023-01-01T00:00:00Z");
  EXPECT_FALSE(officer.MayActAt(At("2021-12-31T23:59:59Z")));
  EXPECT_TRUE(officer.MayActAt(At("2022-01-01T00:00:00Z")));
  EXPECT_FALSE(officer.MayActAt(At("2023-01-01T00:00:00Z")));
}

// The rule written down a second time, plainly.
bool Plainly(const AuthorityBook& book, const Flow& flow, Instant at) {
  for (const Authority& one : book.authorities) {
    if (one.id == flow.to && one.kind == "private_party" && flow.data_kind != "feedback") return false;
  }
  for (const Gateway& one : book.gateways) {
    bool purpose = false, kind = false;
    for (const std::string& word : one.purposes) purpose = purpose || word == flow.purpose;
    for (const std::string& word : one.data_kinds) kind = kind || word == flow.data_kind;
    const bool begun = one.valid_from.micros <= at.micros;
    const bool over = one.valid_until.has_value() && one.valid_until->micros <= at.micros;
    if (one.from == flow.from && one.to == flow.to && purpose && kind && begun && !over) return true;
  }
  return false;
}

TEST(GatewayEdges, TheRuleAgreesWithThePlainOneOnRandomBooks) {
  std::mt19937_64 random(5);
  int64_t allowed_count = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const AuthorityBook book = BookMaker(seed).Make();
    for (int i = 0; i < 300; ++i) {
      const Gateway& near = book.gateways[random() % book.gateways.size()];
      const Flow flow{.from = random() % 4 ? near.from : book.authorities[random() % book.authorities.size()].id,
                      .to = random() % 4 ? near.to : book.authorities[random() % book.authorities.size()].id,
                      .purpose = random() % 3 ? std::string_view(near.purposes.front()) : "cross_check",
                      .data_kind = random() % 3 ? std::string_view(near.data_kinds.back()) : "referral"};
      const Instant edge = random() % 2 ? near.valid_from : near.valid_until.value_or(near.valid_from);
      const Instant at{edge.micros + static_cast<int64_t>(random() % 3) - 1};
      const GatewayDecision decision = Decide(book, flow, at);
      ASSERT_EQ(decision.allowed, Plainly(book, flow, at)) << seed << " " << decision.reason;
      EXPECT_EQ(decision.gateway_id.empty(), !decision.allowed);
      allowed_count += decision.allowed ? 1 : 0;
    }
  }
  EXPECT_GT(allowed_count, 10'000) << "both answers are met often";
  EXPECT_LT(allowed_count, 80'000);
}

}  // namespace
}  // namespace crossguard
