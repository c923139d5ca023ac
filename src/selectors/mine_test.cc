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

// The address, its port and its time, one a line.
std::vector<std::string> Addresses(std::string_view text) {
  std::vector<std::string> out;
  for (const MinedSelector& found : Mine(text, {}).found)
    out.push_back(found.value + (found.port ? " port " + std::to_string(*found.port) : "") +
                  (found.at                ? " at " + ToText(found.at->instant) + (found.at->zone_known ? "" : "?")
                   : found.at_text.empty() ? ""
                                           : " text"));
  return out;
}

TEST(Mine, ReadsAddressesAsLogsWriteThem) {
  EXPECT_THAT(Addresses("IP:192.0.2.17, Port: 51234"), ElementsAre("192.0.2.17 port 51234"));
  EXPECT_THAT(Addresses("ip=192.0.2.17 (source port 51234)"), ElementsAre("192.0.2.17 port 51234"));
  EXPECT_THAT(Addresses("from /192.0.2.17:51234"), ElementsAre("192.0.2.17 port 51234"));
  EXPECT_THAT(Addresses("dirección IP 192.0.2.17, puerto 51234"), ElementsAre("192.0.2.17 port 51234"));
  EXPECT_THAT(Addresses("IPv6:2001:DB8::17:2 and [2001:db8::17:3]:443"),
              ElementsAre("2001:db8::17:2", "2001:db8::17:3 port 443"));
  EXPECT_THAT(Addresses("::ffff:192.0.2.17"), ElementsAre("192.0.2.17"));
  EXPECT_THAT(Addresses("192.0.2.17:0"), ElementsAre("192.0.2.17"));
  EXPECT_THAT(Addresses("192.0.2.17:99999"), ElementsAre("192.0.2.17"));
  EXPECT_THAT(Addresses("at 192.0.2.17."), ElementsAre("192.0.2.17"));
}

// A wrong time names a wrong person.
TEST(Mine, EachAddressHasItsOwnTime) {
  const std::string t1 = "2022-03-01T10:00:00Z";
  const std::string t2 = "2022-03-02T11:00:00Z";
  EXPECT_THAT(Addresses(t1 + " 192.0.2.1, " + t2 + " 192.0.2.2"),
              ElementsAre("192.0.2.1 at " + t1, "192.0.2.2 at " + t2));
  EXPECT_THAT(Addresses("192.0.2.1 " + t1 + ", 192.0.2.2 " + t2),
              ElementsAre("192.0.2.1 at " + t1, "192.0.2.2 at " + t2));
  EXPECT_THAT(Addresses("On " + t1 + " he logged in from 192.0.2.1, on " + t2 + " from 192.0.2.2"),
              ElementsAre("192.0.2.1 at " + t1, "192.0.2.2 at " + t2));
  EXPECT_THAT(Addresses("192.0.2.1\n" + t1 + " something else"), ElementsAre("192.0.2.1"));
  EXPECT_THAT(Addresses("192.0.2.1, 192.0.2.2 at " + t1), ElementsAre("192.0.2.1", "192.0.2.2 at " + t1));
  EXPECT_THAT(Addresses("Registered " + t1 + " from there with 192.0.2.1 and then gone, seen " + t2),
              ElementsAre("192.0.2.1"))
      << "two times in reach and no order: none is taken";
  EXPECT_THAT(Addresses("Created " + t1 + ", login from 192.0.2.1 at " + t2), ElementsAre("192.0.2.1 at " + t2));
}

TEST(Mine, ReadsTimesAsTheyAreWritten) {
  for (const std::string_view time :
       {"2022-03-02 10:15:30 UTC", "02.03.2022 10:15:30 UTC", "2022/03/02 10:15:30Z", "Mar 2, 2022 10:15:30 AM UTC",
        "Wed, 02 Mar 2022 10:15:30 +0000", "Wed Mar 02 10:15:30 UTC 2022", "2 March 2022 11:15:30 +01:00"})
    EXPECT_THAT(Addresses("login 192.0.2.1 at " + std::string(time) + ", and more"),
                ElementsAre("192.0.2.1 at 2022-03-02T10:15:30Z"))
        << time;
  EXPECT_THAT(Addresses("192.0.2.1 2022-03-02 10:15:30 and more"), ElementsAre("192.0.2.1 at 2022-03-02T10:15:30Z?"));
  EXPECT_THAT(Addresses("192.0.2.1 am 02.03.2022 um 10:15 Uhr"), ElementsAre("192.0.2.1 at 2022-03-02T10:15:00Z?"));
  EXPECT_THAT(Addresses("192.0.2.1 on 03/04/2022 10:15:30"), ElementsAre("192.0.2.1 text"))
      << "March or April: kept as text";
  EXPECT_THAT(Addresses("192.0.2.1 on 2022-02-30 10:15:30"), ElementsAre("192.0.2.1")) << "no such day";
}

TEST(Mine, SpeaksSeveralLanguages) {
  const SelectorHint hint{.service = "Chat", .default_country = "AT"};
  for (const std::string_view text :
       {"Benutzername: alice_99", "nom d'utilisateur : alice_99", "Nombre de usuario: alice_99",
        "nome utente: alice_99", "Nome de usuário: alice_99", "gebruikersnaam: alice_99", "nazwa użytkownika: alice_99",
        "Uživatelské jméno: alice_99", "felhasználónév: alice_99", "Korisničko ime: alice_99",
        "uporabniško ime: alice_99", "Όνομα χρήστη: alice_99", "Имя пользователя: alice_99", "ユーザー名：alice_99",
        "her Pseudo: \"alice_99\"", "username alice_99"})
    EXPECT_THAT(Values(text, hint), ElementsAre("screen_name chat/alice_99")) << text;
  for (const std::string_view text :
       {"Tel.: 0660 1234567", "Handynummer 0660/1234567", "tél. 0660 1234567", "teléfono: (0660) 1234567",
        "Τηλέφωνο: 0660 1234567", "телефон 0660 1234567", "+43 (0)660 1234567",
        "0043 660 1234567 (phone 0043 660 1234567)", "phone +43 660 1234567 ext. 12", "phone 0660-123-4567 x12"}) {
    const auto found = Values(text, hint);
    ASSERT_FALSE(found.empty()) << text;
    EXPECT_EQ(found[0], "phone +436601234567") << text;
  }
  EXPECT_THAT(
      Values("Snap: alice_1, IG: @bob.b, telegram @carol_c, kik id dave_d, skype: live:.cid.9f", {.service = "Chat"}),
      ElementsAre("screen_name snapchat/alice_1", "screen_name instagram/bob.b", "screen_name telegram/carol_c",
                  "screen_name skype/live:.cid.9f"));
  EXPECT_THAT(Values("line id: alice_1; signal username: bob_2"),
              ElementsAre("screen_name line/alice_1", "screen_name signal/bob_2"));
  EXPECT_THAT(Values("see instagram.com/alice_99 and t.me/bob, tiktok.com/@carol"),
              ElementsAre("profile_url https://instagram.com/alice_99", "profile_url https://t.me/bob",
                          "profile_url https://tiktok.com/@carol"));
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
                                      "phone home",
                                      "icon@3x.svg, sprite@2x.zip, a@b.pdf",
                                      "1.2.3.4.jpg",
                                      "17.2.0.192.in-addr.arpa",
                                      "versión 1.2.3.4, Version: 1.2.3.4, версия 1.2.3.4, see section 1.2.3.4",
                                      "Chrome/98.0.4758.102 Safari/537.36.1.2 Edge 18.19.20.21",
                                      "price 1.234.567,89 and $1,234.56",
                                      "100.64.3.2 and fe80::1:2:3 and fd12:3456::1:2",
                                      "eui 02:00:5e:ff:fe:10:00:0a",
                                      "d41d8cd98f00b204e9800998ecf8427e",
                                      "SHA1 da:39:a3:ee:5e:6b:4b:0d:32:55:bf:ef:95:60:18:90:af:d8:07:09",
                                      "line: 42, Session: abc123, signal: strong, Steam: yes",
                                      "telegram: no, discord: none, Instagram: unbekannt",
                                      "mail at @gmail.com",
                                      "2022/03/02 10:15:30 and 02.03.2022",
                                      "Benutzername: keine",
                                      "v.1.2.3.4",
                                      "invoice 2022-03-02 number 4711-0815",
                                      "instagram.com and www.instagram.com/",
                                      "0.1.2.3 and 224.0.0.1"}) {
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
