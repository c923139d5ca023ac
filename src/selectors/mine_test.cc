#include "selectors/mine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "selectors/phone_country.h"

namespace crossguard {
namespace {
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Values(std::string_view text,
                                const SelectorHint& hint = {.service = "Chat", .default_country = "AT"}) {
  std::vector<std::string> out;
  for (const MinedSelector& found : Mine(text, hint).found)
    out.push_back(std::string(Text(found.type)) + " " + found.value);
  return out;
}

TEST(Mine, FindsMailAddressesWithTheirOffsets) {
  const Mined mined = Mine("write to Alice.B@Mail.Example, or <bob@xn--bcher-kva.example>.", {});
  ASSERT_EQ(mined.found.size(), 2U);
  EXPECT_EQ(mined.found[0].value, "alice.b@mail.example");
  EXPECT_EQ(mined.found[0].raw, "Alice.B@Mail.Example");
  EXPECT_EQ(mined.found[0].offset_bytes, 9U);
  EXPECT_EQ(mined.found[1].value, "bob@xn--bcher-kva.example");
}

TEST(Mine, FindsAddressesWithPortAndTime) {
  const Mined mined = Mine(
      "Login from 192.0.2.17:51234 at 2022-03-02 10:15:30 UTC, then 2001:db8::17:2 port 443 on "
      "2022-03-02T11:00:00+01:00.",
      {});
  ASSERT_EQ(mined.found.size(), 2U);
  EXPECT_EQ(mined.found[0].value, "192.0.2.17");
  EXPECT_EQ(mined.found[0].port, 51234);
  ASSERT_TRUE(mined.found[0].at);
  EXPECT_EQ(ToText(mined.found[0].at->instant), "2022-03-02T10:15:30Z");
  EXPECT_TRUE(mined.found[0].at->zone_known);
  EXPECT_EQ(mined.found[1].value, "2001:db8::17:2");
  EXPECT_EQ(mined.found[1].port, 443);
  EXPECT_EQ(ToText(mined.found[1].at->instant), "2022-03-02T10:00:00Z");
}

TEST(Mine, ATimeInFrontOfAnAddressCounts) {
  const Mined mined = Mine("2022-03-02T10:15:30Z 198.51.100.9", {});
  ASSERT_EQ(mined.found.size(), 1U);
  ASSERT_TRUE(mined.found[0].at);
  EXPECT_EQ(ToText(mined.found[0].at->instant), "2022-03-02T10:15:30Z");
}

TEST(Mine, FindsPhonesInInternationalForm) {
  EXPECT_THAT(Values("call +43 660 123 45 67 or +1 (202) 555-0143."),
              ElementsAre("phone +436601234567", "phone +12025550143"));
  EXPECT_THAT(Values("mobile: 0660 1234567"), ElementsAre("phone +436601234567"));
  EXPECT_THAT(Values("tel 0043 660 1234567"), ElementsAre("phone +436601234567"));
}

TEST(Mine, FindsProfilePages) {
  EXPECT_THAT(Values("see HTTPS://www.Social.example/u/Alice?utm_source=mail (and www.social.example)."),
              ElementsAre("profile_url https://social.example/u/Alice"));
}

TEST(Mine, FindsUserNames) {
  EXPECT_THAT(Values("user name: Alice_99, kik: bob.c; snapchat username \"carol1\""),
              ElementsAre("screen_name chat/alice_99", "screen_name kik/bob.c", "screen_name snapchat/carol1"));
  EXPECT_THAT(Values("talk to @dave_d there"), ElementsAre("screen_name chat/dave_d"));
  EXPECT_THAT(Values("user name: alice", {}), IsEmpty()) << "a name without a service is nobody's";
}

TEST(Mine, FindsIbans) {
  EXPECT_THAT(Values("pay DE89 3704 0044 0532 0130 00 now"), ElementsAre("payment iban:DE89370400440532013000"));
}

TEST(Mine, DoesNotInvent) {
  for (const std::string_view text : {"client v1.2.3.4 and version 10.20.30.40",
                                      "on 02.03.2022 at 10:15:30",
                                      "2022-03-02T10:15:30Z",
                                      "number 12345678901234567890",
                                      "order 4012345678901 of 5",
                                      "net 192.0.2.0/24",
                                      "1.2.3.4.5",
                                      "256.1.1.1",
                                      "192.0.2.017",
                                      "std::string a::b ::1",
                                      "02:00:5e:10:00:00",
                                      "sprite@2x.png",
                                      "a@b",
                                      "@ alone",
                                      "C:\\x\\y",
                                      "127.0.0.1 and 10.0.0.7",
                                      "user name: unknown",
                                      "username is not known",
                                      "DE00 3704 0044 0532 0130 00",
                                      "file 20220302_101530.jpg",
                                      "http://",
                                      "www.",
                                      "the handle of the door",
                                      "build 19.4.2.1",
                                      "+1",
                                      "phone home"}) {
    EXPECT_THAT(Values(text), IsEmpty()) << text;
  }
}

TEST(Mine, GoesOnBehindBadBytes) {
  EXPECT_THAT(Values("\xff\xfe x@mail.example \xc3"), ElementsAre("email x@mail.example"));
}

TEST(Mine, AMebibyteOfAnythingTakesTimeInProportion) {
  for (const std::string_view unit : {"a@a.", "1.1.", "::", "+1 ", "http://", "user name: x1 ", "AT12 ", "@", "1",
                                      "(1)-", "a.", "2022-03-02 1.1.1.1 "}) {
    const auto time_of = [&](size_t bytes) {
      std::string text;
      while (text.size() < bytes) text += unit;
      const auto begin = std::chrono::steady_clock::now();
      Mine(text, {.service = "Chat", .default_country = "AT"});
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    const double small = time_of(1U << 16U);
    const double large = time_of(1U << 19U);
    EXPECT_LT(large, 40 * small + 0.2) << unit;  // 8 times the text; a quadratic miner needs 64 times
  }
}

TEST(Mine, ALimitIsSaidNotHidden) {
  std::string text;
  for (size_t i = 0; i <= kMineHitsMax; ++i) text += "x" + std::to_string(i) + "@mail.example ";
  const Mined mined = Mine(text, {});
  EXPECT_EQ(mined.found.size(), kMineHitsMax);
  EXPECT_TRUE(mined.cut);
}

TEST(PhoneCountry, SaysTheCountryOfTheRange) {
  EXPECT_EQ(CountryOfPhone("+436601234567").country, "AT");
  EXPECT_TRUE(CountryOfPhone("+436601234567").valid);
  EXPECT_EQ(CountryOfPhone("+14165550123").country, "CA");
  EXPECT_EQ(CountryOfPhone("+12025550143").country, "US");
  EXPECT_EQ(CountryOfPhone("+6421123456").country, "NZ");
  EXPECT_EQ(CountryOfPhone("+4479").valid, false);
  EXPECT_EQ(CountryOfPhone("hello").country, "");
}

}  // namespace
}  // namespace crossguard
