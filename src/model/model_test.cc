#include <gtest/gtest.h>

#include "base/json.h"
#include "model/authority.h"
#include "model/canonical.h"
#include "model/words.h"

namespace crossguard {
namespace {

AuthorityBook Book() {
  AuthorityBook book;
  book.self = "nz-dia";
  book.authorities = {{.id = "nz-dia", .country = "NZ"},
                      {.id = "ca-city", .country = "CA"},
                      {.id = "ca-rcmp", .country = "CA", .single_point_of_contact = true}};
  book.gateways = {{.id = "g1",
                    .from = "nz-dia",
                    .to = "ca-rcmp",
                    .purposes = {"facilitate_exchange"},
                    .data_kinds = {"referral"},
                    .valid_from = ParseInstant("2020-01-01T00:00:00Z").value(),
                    .valid_until = ParseInstant("2023-01-01T00:00:00Z").value(),
                    .legal_reference = "Treaty"}};
  return book;
}

TEST(Gateway, AllowsOnlyItsDirectionPurposeKindAndDates) {
  const AuthorityBook book = Book();
  const Instant during = ParseInstant("2022-06-01T00:00:00Z").value();
  const Flow good{.from = "nz-dia", .to = "ca-rcmp", .purpose = "facilitate_exchange", .data_kind = "referral"};
  EXPECT_TRUE(Decide(book, good, during).allowed);
  EXPECT_EQ(Decide(book, good, during).gateway_id, "g1");
  EXPECT_FALSE(Decide(book, good, ParseInstant("2023-01-01T00:00:00Z").value()).allowed);
  EXPECT_FALSE(Decide(book, good, ParseInstant("2019-12-31T23:59:59Z").value()).allowed);
  Flow flow = good;
  flow.data_kind = "evidence";
  EXPECT_FALSE(Decide(book, flow, during).allowed);
  flow = good;
  flow.purpose = "strategic_analysis";
  EXPECT_FALSE(Decide(book, flow, during).allowed);
  EXPECT_FALSE(Decide(book,
                      {.from = "ca-rcmp", .to = "nz-dia", .purpose = "facilitate_exchange", .data_kind = "referral"},
                      during)
                   .allowed);
  EXPECT_FALSE(Decide({}, good, during).allowed);
}

TEST(AuthorityBook, ACountrysSinglePointOfContactReceives) {
  const AuthorityBook book = Book();
  EXPECT_EQ(book.ForCountry("CA")->id, "ca-rcmp");
  EXPECT_EQ(book.ForCountry("NZ")->id, "nz-dia");
  EXPECT_EQ(book.ForCountry("FR"), nullptr);
  EXPECT_EQ(book.ForCountry(""), nullptr);
}

TEST(Words, TextsRoundTripAndUnknownWordsAreRefused) {
  EXPECT_EQ(FromText<SelectorType>("device_id"), SelectorType::kDeviceId);
  EXPECT_EQ(Text(MediaState::kLimitExceeded), "limit_exceeded");
  EXPECT_EQ(Text(PackageState::kAlreadyKnown), "already_known");
  EXPECT_EQ(FromText<HandlingCode>("H4"), std::nullopt);
}

TEST(Canonical, KeysAreSortedAndBadTextIsMended) {
  EXPECT_EQ(Canonical({{"b", 1}, {"a", "é"}}), "{\"a\":\"é\",\"b\":1}");
  EXPECT_EQ(Canonical("a\xFF"), "\"a\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace crossguard
