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
