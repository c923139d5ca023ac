// Cutting records out of strangers' documents: a cut that goes wrong comes out empty, never as another person's record.
#include "package/excerpt.h"

#include <gmock/gmock.h>

#include "env/random.h"

namespace crossguard {
namespace {
using testing::ElementsAre;
using testing::IsEmpty;

const std::set<std::string> kWanted = {"u1"};

std::string Csv(std::string_view document, size_t piece_bytes = 1'000'000) {
  std::string out;
  CsvCutter cutter(kWanted, [&](ByteView bytes) -> Status {
    out += AsText(bytes);
    return {};
  });
  for (size_t at = 0; at < document.size(); at += piece_bytes)
    EXPECT_TRUE(cutter.Feed(AsBytes(document.substr(at, piece_bytes))));
  EXPECT_TRUE(cutter.Finish());
  return out;
}
std::vector<std::string> Texts(std::string_view document, const std::vector<Cut>& cuts) {
  std::vector<std::string> out;
  for (const Cut& cut : cuts) out.emplace_back(document.substr(cut.offset, cut.size_bytes));
  return out;
}
std::vector<std::string> Xml(std::string_view document) {
  return Texts(document, CutXml(document, kWanted));
}
std::vector<std::string> Json(std::string_view document) {
  return Texts(document, CutJson(document, kWanted));
}

TEST(CsvCut, RowsOfTheWantedGoAsTheyStandWithTheHeader) {
  const std::string text = "report_id,User ID,x\r\n1,u1,\"a, \"\"b\"\"\r\nc\"\r\n2,u2,d\r\n\r\n3, u1 ,e";
  const std::string cut = "report_id,User ID,x\r\n1,u1,\"a, \"\"b\"\"\r\nc\"\r\n3, u1 ,e\n";
  for (const size_t piece : {1UL, 2UL, 7UL, 1000UL}) EXPECT_EQ(Csv(text, piece), cut) << piece;
  CsvCutter cutter(kWanted, [](ByteView) -> Status { return {}; });
  ASSERT_TRUE(cutter.Feed(AsBytes(text)));
  ASSERT_TRUE(cutter.Finish());
  EXPECT_THAT(cutter.lines(), ElementsAre(2U, 6U));
}

TEST(CsvCut, AVictimsRowIsNeverCut) {
  EXPECT_EQ(Csv("user_id,role\nu1,victim\nu1,reported\nu1,Victim \n"), "user_id,role\nu1,reported\n");
}

TEST(CsvCut, AQuoteInsideAFieldDoesNotSwallowTheRowsBehindIt) {
  EXPECT_EQ(Csv("user_id,notes\nu1,a 5\" disk\nu2,secret\nu3,a 3\" disk\n"), "user_id,notes\nu1,a 5\" disk\n");
}

TEST(CsvCut, ARowThatIntakeRefusedIsNeverCut) {
  EXPECT_EQ(Csv("user_id,x\nu1,a,b\nu1\nu1,\xFF\nu1,\"a\"b\nu1,ok\n"), "user_id,x\nu1,ok\n");
  EXPECT_EQ(Csv("user_id,x\nu1,\"open to the end\nu2,secret\n"), "user_id,x\n") << "the quote never closes";
}

TEST(CsvCut, TheTableIsReadAsIntakeReadsItWhateverSeparatesItsColumns) {
  EXPECT_EQ(Csv("user_id\tx\nu1\ta, b\nu2\tc\n"), "user_id\tx\nu1\ta, b\n");
  EXPECT_EQ(Csv("sep=;\nuser_id;x\nu1;a\nu2;c\n"), "user_id;x\nu1;a\n") << "a spreadsheet's own line";
  EXPECT_EQ(Csv("user_id;x;\nu1;a;\nu1;b\nu2;c;\n"), "user_id;x;\nu1;a;\nu1;b\n") << "a separator at the end of rows";
  EXPECT_EQ(Csv("user_id;x;\nu1;a;more\nu1;b\n"), "user_id;x;\nu1;b\n") << "intake refuses a third field";
}

TEST(CsvCut, OfTwoColumnsOfANameTheFirstCountsAsForIntake) {
  EXPECT_EQ(Csv("user_id,user_id\nu1,u2\nu2,u1\n"), "user_id,user_id\nu1,u2\n");
  EXPECT_EQ(Csv("user-id;x\nu1;a,b\nu2;c\n"), "user-id;x\nu1;a,b\n");
  EXPECT_EQ(Csv("x,account\nu1,u1\n"), "") << "no column says whose row it is";
}

TEST(CsvCut, ARowBeyondTheLimitIsDroppedAndTheRestGoesOn) {
  const std::string text = "user_id,x\nu1,\"" + std::string(kCsvRowMaxBytes, 'y') + "\nu2,b\nu1,c\n";
  EXPECT_EQ(Csv(text), "user_id,x\nu1,c\n");
}

TEST(XmlCut, ElementsOfTheWantedGoByteForByte) {
  const std::string person =
      "<n:personOrUserReported a='>'>\n <espIdentifier> u1 </espIdentifier><x/></n:personOrUserReported>";
  const std::string text = "<r>\n" + person +
                           "<personOrUserReported><espIdentifier>u2</espIdentifier></personOrUserReported>"
                           "<victim><espIdentifier>u1</espIdentifier></victim>"
                           "<intendedRecipient><espIdentifier>u1</espIdentifier></intendedRecipient></r>";
  EXPECT_THAT(Xml(text),
              ElementsAre(person, "<intendedRecipient><espIdentifier>u1</espIdentifier></intendedRecipient>"));
  EXPECT_EQ(CutXml(text, kWanted)[0].line, 2U);
}

TEST(XmlCut, AnElementThatSpeaksOfAnotherAccountIsLeftOut) {
  const auto person = [](const std::string& inside) {
    return "<personOrUserReported><espIdentifier>u1</espIdentifier>" + inside + "</personOrUserReported>";
  };
  EXPECT_EQ(Xml(person("")).size(), 1U);
  EXPECT_THAT(Xml(person("<associatedAccount/>")), IsEmpty());
  EXPECT_THAT(Xml(person("<victim><a/></victim>")), IsEmpty());
  EXPECT_THAT(Xml(person("<friend><espIdentifier>u9</espIdentifier></friend>")), IsEmpty());
  EXPECT_THAT(Xml(person("<espIdentifier>u2</espIdentifier>")), IsEmpty()) << "whose is it?";
  EXPECT_THAT(Xml(person("<a></b>")), IsEmpty());
  EXPECT_THAT(Xml(person("").substr(0, 60)), IsEmpty());
}

TEST(XmlCut, WhatOnlyLooksLikeAnElementIsNotOne) {
  EXPECT_THAT(Xml("<!-- <personOrUserReported><espIdentifier>u1</espIdentifier></personOrUserReported> -->"),
              IsEmpty());
  EXPECT_THAT(Xml("<![CDATA[<personOrUserReported><espIdentifier>u1</espIdentifier></personOrUserReported>]]>"),
              IsEmpty());
  EXPECT_THAT(Xml("<personOrUserReported><espIdentifier><![CDATA[u1]]></espIdentifier></personOrUserReported>"),
              IsEmpty());
  EXPECT_THAT(Xml("<personOrUserReported><x t='<espIdentifier>u1</espIdentifier>'/></personOrUserReported>"),
              IsEmpty());
}

TEST(JsonCut, ObjectsOfTheWantedGoByteForByte) {
  EXPECT_THAT(Json(R"([{"p": [{"espUserId":"u1", "x": {"y": [1, "}"]}}, {"espUserId":"u2"}]}])"),
              ElementsAre(R"({"espUserId":"u1", "x": {"y": [1, "}"]}})"));
  EXPECT_THAT(Json("{\"esp\\u0055serId\":\"u1\"}\n{\"espUserId\":\"u2\"}"),
              ElementsAre("{\"esp\\u0055serId\":\"u1\"}"));
  EXPECT_THAT(Json(R"({"espUserId":"u1","self":{"espUserId":"u1"}})"),
              ElementsAre(R"({"espUserId":"u1","self":{"espUserId":"u1"}})"))
      << "the same person twice is one record";
}

TEST(JsonCut, AnObjectThatSpeaksOfAnotherAccountIsLeftOut) {
  for (const char* inside :
       {R"("associatedAccounts":[{"a":1}])", R"("victims":["v"])", R"("x":{"victims":[{"a":1}]})",
        R"("friends":[{"espUserId":"u2"}])", R"("x":[[{"y":{"espUserId":"u2"}}]])", R"("espUserId":"u2")"})
    EXPECT_THAT(Json(std::string(R"({"espUserId":"u1",)") + inside + "}"), IsEmpty()) << inside;
  EXPECT_EQ(Json(R"({"espUserId":"u1","associatedAccounts":[]})").size(), 1U);
}

TEST(JsonCut, WhatIsNotJsonIsNotCut) {
  EXPECT_THAT(Json(R"({"espUserId":"u1")"), IsEmpty());
  EXPECT_THAT(Json(R"([{"espUserId":"u1"}}])"), IsEmpty());
  EXPECT_THAT(Json(std::string(10'000, '[')), IsEmpty());
  EXPECT_THAT(Json(R"({"espUserId":"u1"} x y)"), ElementsAre(testing::_)) << "bare words are values to this reader";
}

}  // namespace
}  // namespace crossguard
