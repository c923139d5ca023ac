#include "app/authorities.h"

#include <gtest/gtest.h>

namespace crossguard {
namespace {

constexpr std::string_view kGood = R"(format = "crossguard-authorities/1"
self = "nz-dia"
[[officer]]
id = "officer-1"
roles = ["intake"]
[[authority]]
id = "nz-dia"
name = "Lead"
kind = "third_country"
country = "NZ"
units = ["one"]
contact = "csa-desk@nz-dia.example"
languages = ["en"]
certificate = ""
single_point_of_contact = true
[[authority]]
id = "at-bk"
name = "Office"
kind = "eu_member_state"
country = "AT"
units = ["one"]
contact = "csa-desk@at-bk.example"
languages = ["de"]
certificate = "certificates/at-bk.crt"
single_point_of_contact = true
[[gateway]]
id = "g-1"
from = "nz-dia"
to = "at-bk"
purposes = ["facilitate_exchange"]
data_kinds = ["referral"]
valid_from = "2020-01-01"
valid_until = "2023-01-01"
legal_reference = "Treaty"
conditions = ""
)";

std::string With(std::string_view what, std::string_view by) {
  std::string text(kGood);
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

void ExpectRefused(const std::string& text, std::string_view place, std::string_view word) {
  const auto book = ParseAuthorities(text, "book.toml", "/etc/x");
  ASSERT_FALSE(book) << "accepted, expected a word on " << word;
  EXPECT_EQ(book.error().code, Code::kInvalid);
  EXPECT_NE(book.error().message.find(place), std::string::npos) << book.error().message;
  EXPECT_NE(book.error().message.find(word), std::string::npos) << book.error().message;
}

TEST(Authorities, AGoodFileIsReadAsItStands) {
  const auto book = ParseAuthorities(kGood, "book.toml", "/etc/x");
  ASSERT_TRUE(book) << book.error().message;
  EXPECT_EQ(book->self, "nz-dia");
  EXPECT_FALSE(book->example) << "certificates are made up only where the file asks for it";
  EXPECT_TRUE(ParseAuthorities(With("[[officer]]", "example = true\n[[officer]]"), "book.toml", "/etc/x")->example);
  ASSERT_EQ(book->authorities.size(), 2U);
  EXPECT_EQ(book->authorities[0].certificate_path, "");
  EXPECT_EQ(book->authorities[1].certificate_path, "/etc/x/certificates/at-bk.crt");
  ASSERT_EQ(book->gateways.size(), 1U);
  EXPECT_EQ(DateText(book->gateways[0].valid_from), "2020-01-01");
  EXPECT_EQ(DateText(book->gateways[0].valid_until.value()), "2023-01-01");
  EXPECT_EQ(book->FindOfficer("officer-1")->roles, std::vector<std::string>{"intake"});
}

TEST(Authorities, WhateverIsNotExactlyRightIsRefusedWithItsLine) {
  ExpectRefused(With("contact = \"csa-desk@at-bk", "phone = \"1\"\ncontact = \"csa-desk@at-bk"), "line 22", "'phone'");
  ExpectRefused(With("self = \"nz-dia\"", "self = \"xx\""), "line 2", "'xx'");
  ExpectRefused(With("self = \"nz-dia\"", "self = \"nz-dia\"\nallow_all = true"), "line 3", "allow_all");
  ExpectRefused(With("id = \"at-bk\"", "id = \"nz-dia\""), "line 17", "twice");
  ExpectRefused(With("to = \"at-bk\"", "to = \"de-bka\""), "line 29", "de-bka");
  ExpectRefused(With("from = \"nz-dia\"", "from = \"at-bk\""), "line 29", "one authority to another");
  ExpectRefused(With("valid_from = \"2020-01-01\"", "valid_from = \"2020-02-30\""), "line 32", "date");
  ExpectRefused(With("valid_until = \"2023-01-01\"", "valid_until = \"soon\""), "line 33", "date");
  ExpectRefused(With("valid_until = \"2023-01-01\"", "valid_until = \"2020-01-01\""), "line 33", "later");
  ExpectRefused(With("kind = \"eu_member_state\"", "kind = \"friend\""), "line 19", "friend");
  ExpectRefused(With("country = \"AT\"", "country = \"at\""), "line 20", "capital");
  ExpectRefused(With("country = \"AT\"", "country = \"NZ\""), "line", "exactly one");
  ExpectRefused(With("roles = [\"intake\"]", "roles = [\"admin\"]"), "line 5", "admin");
  ExpectRefused(With("crossguard-authorities/1", "crossguard-authorities/2"), "line 1", "format");
  ExpectRefused(With("legal_reference = \"Treaty\"", "legal_reference = 7"), "line 34", "legal_reference");
  ExpectRefused("format = ", "line 1", "");
  ExpectRefused(With("self = \"nz-dia\"", "self = \"nz-dia\"\nexample = \"yes\""), "line 3", "example");
  ExpectRefused("", "line", "format");
}

TEST(Authorities, AMissingOrEmptyListNeverMeansAll) {
  ExpectRefused(With("purposes = [\"facilitate_exchange\"]\n", ""), "line 26", "purposes");
  ExpectRefused(With("purposes = [\"facilitate_exchange\"]", "purposes = []"), "line 30", "purposes");
  ExpectRefused(With("data_kinds = [\"referral\"]", "data_kinds = \"referral\""), "line 31", "data_kinds");
  ExpectRefused(With("data_kinds = [\"referral\"]", "data_kinds = [\"*\"]"), "line 31", "'*'");
  ExpectRefused(With("roles = [\"intake\"]", "roles = []"), "line 5", "roles");
}

constexpr std::string_view kOthers = R"(
[[authority]]
id = "int-org"
name = "Organisation"
kind = "international_organisation"
country = ""
units = ["one"]
contact = "csa-desk@int-org.example"
languages = ["en"]
channels = ["siena", "folder"]
receives_for = ["*", "BR"]
certificate = ""
single_point_of_contact = false
[[authority]]
id = "pp-one"
name = "Provider"
kind = "private_party"
country = "US"
units = ["one"]
contact = "csa-desk@pp-one.example"
languages = ["en"]
certificate = ""
single_point_of_contact = false
[[gateway]]
id = "g-2"
from = "nz-dia"
to = "pp-one"
purposes = ["facilitate_exchange"]
data_kinds = ["feedback"]
valid_from = "2020-01-01"
legal_reference = "Terms"
conditions = ""
via = "int-org"
[[officer]]
id = "officer-2"
roles = ["supervisor"]
valid_from = "2021-01-01"
valid_until = 2022-01-01
)";

std::string Whole(std::string_view what, std::string_view by) {
  std::string text = std::string(kGood) + std::string(kOthers);
  const size_t at = text.rfind(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

TEST(Authorities, ChannelsReceiversCarriersAndOfficersDatesAreRead) {
  const auto book = ParseAuthorities(Whole("Terms", "Terms"), "book.toml", "/etc/x");
  ASSERT_TRUE(book) << book.error().message;
  EXPECT_EQ(book->Find("int-org")->channels, (std::vector<std::string>{"siena", "folder"}));
  EXPECT_EQ(book->ForCountry("BR")->id, "int-org");
  EXPECT_EQ(book->ForCountry("US")->id, "int-org") << "a provider of a country is not its authority";
  EXPECT_EQ(book->FindGateway("g-2")->via, "int-org");
  EXPECT_EQ(DateText(book->FindOfficer("officer-2")->valid_from.value()), "2021-01-01");
  EXPECT_EQ(DateText(book->FindOfficer("officer-2")->valid_until.value()), "2022-01-01");
}

TEST(Authorities, PrivatePartiesReceiversAndCarriersAreHeldToTheirRules) {
  ExpectRefused(Whole("data_kinds = [\"feedback\"]", "data_kinds = [\"feedback\", \"referral\"]"), "line",
                "private party");
  ExpectRefused(Whole("single_point_of_contact = false", "single_point_of_contact = true"), "line", "point of contact");
  ExpectRefused(Whole("self = \"nz-dia\"", "self = \"pp-one\""), "line 2", "runs no house");
  ExpectRefused(Whole("country = \"US\"", "country = \"us\""), "line", "capital");
  ExpectRefused(Whole("via = \"int-org\"", "via = \"at-bk\""), "line", "no organisation");
  ExpectRefused(Whole("via = \"int-org\"", "via = \"zz\""), "line", "no organisation");
  ExpectRefused(Whole("to = \"pp-one\"", "to = \"int-org\""), "line", "neither of its ends");
  ExpectRefused(Whole("receives_for = [\"*\", \"BR\"]", "receives_for = []"), "line", "does not mean all");
  ExpectRefused(Whole("receives_for = [\"*\", \"BR\"]", "receives_for = [\"br\"]"), "line", "'br'");
  ExpectRefused(Whole("kind = \"international_organisation\"", "kind = \"eu_body\""), "line",
                "international_organisation");
  ExpectRefused(Whole("channels = [\"siena\", \"folder\"]", "channels = [\"pigeon\"]"), "line", "pigeon");
  ExpectRefused(Whole("valid_until = 2022-01-01", "valid_until = 2021-01-01"), "line", "later");
  std::string second(kOthers.substr(0, kOthers.find("[[authority]]\nid = \"pp-one\"")));
  second.replace(second.find("int-org"), 7, "int-two");
  ExpectRefused(Whole("Terms", "Terms") + second, "line", "receives for '*' already");
}

TEST(Authorities, TheShippedExampleNamesTheParticipantsAndShowsDefaultDeny) {
  SystemFiles files;
  const auto book = LoadAuthorities(files, std::string(CROSSGUARD_SOURCE_DIR) + "/config/authorities.toml");
  ASSERT_TRUE(book) << book.error().message;
  EXPECT_TRUE(book->example);
  EXPECT_EQ(book->authorities.size(), 20U);
  const auto at = [](const char* text) { return ParseInstant(text).value(); };
  const auto referral = [&](std::string_view to, Instant when) {
    return Decide(*book, {.from = "nz-dia", .to = to, .purpose = "facilitate_exchange", .data_kind = "referral"}, when);
  };
  for (const char* to : {"at-bk", "hr-police", "cz-police", "gr-police", "hu-nbi", "es-police", "nz-police", "au-afp",
                         "ca-rcmp", "gb-nca", "us-fbi"}) {
    EXPECT_TRUE(referral(to, at("2022-03-01T00:00:00Z")).allowed) << to;
  }
  EXPECT_NE(referral("sk-police", at("2022-03-01T00:00:00Z")).reason.find("expired"), std::string::npos);
  EXPECT_TRUE(referral("sk-police", at("2021-03-01T00:00:00Z")).allowed);
  EXPECT_FALSE(referral("si-police", at("2022-03-01T00:00:00Z")).allowed);
  EXPECT_FALSE(Decide(*book, {.from = "eu-europol", .to = "nz-dia", .purpose = "cross_check", .data_kind = "selectors"},
                      at("2024-01-01T00:00:00Z"))
                   .allowed)
      << "the EU-NZ agreement names police and customs, not the lead";
  EXPECT_EQ(book->ForCountry("CA")->id, "ca-rcmp");
  EXPECT_EQ(LoadAuthorities(files, "/nonexistent/a.toml").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace crossguard
