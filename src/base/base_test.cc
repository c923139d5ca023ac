#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/log.h"
#include "base/time_text.h"

namespace crossguard {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return Fail(Code::kInvalid, "Give an even number.");
  return n / 2;
}
Result<int> Quarter(int n) {
  return Half(TRY(Half(n)));
}

TEST(Result, TryPassesTheFirstErrorOn) {
  EXPECT_EQ(Quarter(8), 2);
  EXPECT_EQ(Quarter(6).error().code, Code::kInvalid);
  EXPECT_EQ(Because("Halving", Quarter(6).error()).error().message, "Halving: Give an even number.");
}

TEST(Bytes, HexAndBase64RoundTripAndRefuseJunk) {
  // RFC 4648 section 10.
  EXPECT_EQ(ToBase64(AsBytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(ToBase64(AsBytes("foob")), "Zm9vYg==");
  EXPECT_EQ(ToBase64Unpadded(AsBytes("foob")), "Zm9vYg");
  EXPECT_EQ(ToBase32Lower(AsBytes("foobar")), "mzxw6ytboi");
  EXPECT_EQ(FromBase64("Zm9vYg==").value(), ToBytes("foob"));
  EXPECT_EQ(FromBase64("Zm9vYg").value(), ToBytes("foob"));
  EXPECT_FALSE(FromBase64("Zm9vYh=="));
  EXPECT_FALSE(FromBase64("Zm9v!g=="));
  EXPECT_EQ(ToHex(FromHex("00Ffa0").value()), "00ffa0");
  EXPECT_FALSE(FromHex("abc"));
  EXPECT_FALSE(FromHex("zz"));
  EXPECT_FALSE(Md5::FromHexText("00"));
}

TEST(Bytes, Utf8IsStrictAndMendable) {
  EXPECT_TRUE(IsUtf8("Ελλάδα \xF0\x9F\x9B\xA1"));
  EXPECT_FALSE(IsUtf8("\xC0\x80"));          // overlong
  EXPECT_FALSE(IsUtf8("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(IsUtf8("\xF5\x80\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(IsUtf8("a\xE2\x82"));         // cut short
  EXPECT_EQ(ToValidUtf8("a\xFF"
                        "b"),
            "a\xEF\xBF\xBD"
            "b");
}

TEST(Time, WrittenTimesKeepWhetherTheZoneWasKnown) {
  EXPECT_EQ(ToText(ParseInstant("2022-03-02T11:15:30+01:00").value()), "2022-03-02T10:15:30Z");
  EXPECT_EQ(ToText(ParseInstant("2022-03-02T10:15:30.25Z").value()), "2022-03-02T10:15:30.250000Z");
  EXPECT_FALSE(ParseInstant("2022-03-02T10:15:30"));
  EXPECT_FALSE(ReadTime("2022-03-02 10:15:30")->zone_known);
  EXPECT_TRUE(ReadTime("2022-03-02 10:15:30 UTC")->zone_known);
  EXPECT_EQ(ToText(ReadTime("03/02/2022 10:15:30 PM")->instant), "2022-03-02T22:15:30Z");
  EXPECT_EQ(ToText(ReadTime("/Date(1646216130000+0000)/")->instant), "2022-03-02T10:15:30Z");
  EXPECT_EQ(ToText(ReadTime("1646216130")->instant), "2022-03-02T10:15:30Z");
  for (const char* known :
       {"Wed, 02 Mar 2022 10:15:30 +0000", "Wed, 2 Mar 2022 10:15:30 GMT", "2 March 2022 10:15:30 UTC",
        "02-Mar-2022 10:15:30Z", "Mar 2, 2022 10:15:30 AM UTC", "March 02, 2022 at 10:15:30 AM (UTC)",
        "Wed Mar 02 10:15:30 UTC 2022", "2022/03/02 11:15:30 +01:00", "02.03.2022 23:15:30 +1300",
        "02.03.2022, um 10:15:30 Uhr UTC", "3/2/2022, 10:15:30 AM GMT", "2022-03-02 10:15:30 +0000 UTC",
        "2022-03-02T10:15:30.000Z", "2022-03-02 10:15:30 (UTC)", "1646216130.000", "1646216130000", "1646216130000000",
        "2022-03-02T12:15:30 UTC+02:00"}) {
    const auto read = ReadTime(known);
    ASSERT_TRUE(read) << known;
    EXPECT_EQ(ToText(read->instant), "2022-03-02T10:15:30Z") << known;
    EXPECT_TRUE(read->zone_known) << known;
  }
  for (const char* unknown : {"2 Mar 2022 10:15:30", "Wed Mar  2 10:15:30 2022", "02.03.2022 10:15:30",
                              "2022/03/02 10:15:30", "2022-03-02T10:15:30"})
    EXPECT_FALSE(ReadTime(unknown).value_or(WrittenTime{.instant = {}, .zone_known = true}).zone_known) << unknown;
  for (const char* bad :
       {"2022-03-02 10:15:30 EST", "30.02.2022", "32 Mar 2022", "2 Mrz 2022", "1.2.3.4", "1.2.2022.5", "164621613",
        "16462161300", "1646216130.", "2022/13/01", "Mar 2022", "May", "2022-03-02 24:00"})
    EXPECT_FALSE(ReadTime(bad)) << bad;
  EXPECT_FALSE(ReadTimeOfOneReading("03/04/2022 10:15"));
  EXPECT_EQ(ToText(ReadTimeOfOneReading("25/03/2022 10:15")->instant), "2022-03-25T10:15:00Z");
  EXPECT_FALSE(ReadTime("2022-02-02")->has_time);
  for (const char* bad :
       {"", "2022-02-30", "2022-13-01T00:00:00Z", "2022-03-02T25:00:00Z", "yesterday", "99999999999999"}) {
    EXPECT_FALSE(ReadTime(bad)) << bad;
  }
}

TEST(Log, WritesOneJsonLineAnEvent) {
  std::FILE* file = std::tmpfile();
  Log(file).Event("sealed", {{"files", Count{3}}, {"code", Code::kCorrupt}, {"again", true}});
  std::rewind(file);
  char line[128];
  ASSERT_NE(std::fgets(line, sizeof line, file), nullptr);
  EXPECT_STREQ(line, "{\"event\":\"sealed\",\"files\":3,\"code\":\"corrupt\",\"again\":true}\n");
  std::fclose(file);
}

}  // namespace
}  // namespace crossguard
