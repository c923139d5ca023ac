// Documents that are cut off, that explode, or that never end.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include "intake/testing_vocabulary.h"

namespace crossguard::intake {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Whatever the cut: what was whole before it is taken, what was begun is one damage, and nothing is lost.
TEST(Hostile, XmlCutOffAtAnyByteGivesWhatWasWhole) {
  const std::string plain =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- é --><e><a/><report><reportId>1</reportId><victim><victimPerson>"
      "<firstName>é &amp; &#x41;</firstName></victimPerson></victim></report>\n<fileDetails><reportId>1</reportId>"
      "<fileId>f</fileId></fileDetails><x><report a=\"1\"><reportId>2</reportId><additionalInfo><![CDATA[<y>]]>"
      "</additionalInfo></report></x><report><reportId>3</reportId></report></e>\n";
  for (size_t cut = 1; cut <= plain.size(); ++cut) {
    const std::string text = plain.substr(0, cut);
    const size_t whole = CountOf(text, "</report>") + CountOf(text, "</fileDetails>");
    if (Sniff(AsBytes(text)) == Shape::kMedia) {
      EXPECT_EQ(whole, 0U) << text;
      continue;
    }
    for (const size_t piece : {1'000'000U, 3U}) {
      const Kept kept = ReadText(text, piece);
      EXPECT_EQ(kept.reports.size() + kept.files.size(), whole) << text;
      const bool complete = text.find("</e>") != std::string::npos;
      EXPECT_EQ(kept.damage.size(), complete ? 0U : 1U) << text;
      const size_t begun =
          CountOf(text, "<report>") + CountOf(text, "<report a=\"1\">") + CountOf(text, "<fileDetails>");
      if (!complete && begun > whole && cut < plain.size() && text.back() != '>') {
        EXPECT_THAT(kept.damage.at(0).place, HasSubstr("record " + std::to_string(whole + 1))) << text;
      }
    }
  }
}

TEST(Hostile, JsonCutOffAtAnyByteGivesWhatWasWhole) {
  const std::string plain = R"([{"reportId": 1, "a": "é\"}{"}, {"reportId": "2", "b": [[{}]]}, {"reportId":3}])";
  for (size_t cut = 1; cut < plain.size(); ++cut) {
    const std::string text = plain.substr(0, cut);
    if (Sniff(AsBytes(text)) == Shape::kMedia) continue;
    const size_t whole = cut < 31 ? 0 : cut < 65 ? 1 : cut < 81 ? 2 : 3;
    const Kept kept = ReadText(text, 2);
    EXPECT_LE(kept.reports.size(), 3U);
    EXPECT_EQ(kept.damage.size(), 1U) << text;
    const size_t begun = CountOf(text, "{\"reportId\"");
    EXPECT_LE(kept.reports.size(), begun);
    EXPECT_GE(kept.reports.size() + kept.damage.size(), begun) << text << whole;
  }
  const std::string lines = "{\"reportId\": 1}\n{\"reportId\": 2}\n{\"reportId\": 3}\n";
  for (size_t cut = 15; cut < lines.size(); ++cut) {
    const Kept kept = ReadText(lines.substr(0, cut));
    const size_t whole = CountOf(lines.substr(0, cut), "}");
    EXPECT_EQ(kept.reports.size(), whole);
    EXPECT_EQ(kept.damage.size(), CountOf(lines.substr(0, cut), "{") - whole);
  }
}

TEST(Hostile, EveryRowOfATableThatIsCutOffIsTakenOrDamaged) {
  const std::string plain = "report_id,role,notes\r\n1,victim,\"a\r\n\"\"b\"\"\"\r\n2,reported,c\r\n3,,\r\n";
  const size_t header = plain.find('\n') + 1;
  for (size_t cut = header; cut <= plain.size(); ++cut) {
    const Kept kept = ReadText(plain.substr(0, cut));
    const size_t begun =
        (cut > plain.find("1,v") ? 1U : 0U) + (cut > plain.find("2,r") ? 1U : 0U) + (cut > plain.find("3,,") ? 1U : 0U);
    EXPECT_EQ(kept.rows.size() + kept.damage.size(), begun) << cut;
  }
}

TEST(Hostile, NoEntityIsEverExpandedAndNoOtherFileIsRead) {
  static constexpr std::string_view kHeads[] = {
      "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;\">]>",
      "<!DOCTYPE r [<!ENTITY c SYSTEM \"file:///etc/passwd\">]>",
      "<!DOCTYPE r [<!ENTITY % p SYSTEM \"file:///etc/passwd\">%p;]>", "<!DOCTYPE r SYSTEM \"http://192.0.2.1/r.dtd\">",
      "<!DOCTYPE r PUBLIC \"-//x\" \"file:///etc/passwd\" [<!ATTLIST report reportId CDATA \"5\">]>"};
  for (const std::string_view head : kHeads) {
    const std::string text = std::string(head) + "<e><report><reportId>&c;</reportId></report></e>";
    const std::vector<std::string> documents = {text,
                                                InUtf16("<?xml version='1.0' encoding='UTF-16'?>" + text, true, true)};
    for (const std::string& one : documents) {
      const Kept kept = ReadText(one);
      EXPECT_THAT(kept.reports, IsEmpty()) << head;
      EXPECT_THAT(WrittenOut(kept).lines(),
                  testing::ElementsAre(HasSubstr("document type declarations are not allowed")));
    }
  }
  const Kept undeclared = ReadText("<e><report><reportId>1</reportId></report><report>&c;</report></e>");
  EXPECT_EQ(undeclared.reports.size(), 1U);
  EXPECT_THAT(undeclared.damage.at(0).reason, HasSubstr("an entity that XML does not define"));
  const Kept include =
      ReadText("<report xmlns:i='http://www.w3.org/2001/XInclude'><i:include href='file:///etc/passwd'/></report>");
  EXPECT_THAT(WrittenOut(include).lines(), testing::Each(Not(HasSubstr("root:"))));
}

TEST(Hostile, ATableWithoutAReadableHeaderGivesNoRowAHeadersPlace) {
  const Kept kept = ReadText("report_id,role,\"a\"b\n1,victim,x\n2,victim,y\n");
  EXPECT_THAT(
      WrittenOut(kept).lines(),
      testing::ElementsAre("damage document = The header is not read, and so no row of the table: there is text "
                           "behind a closing quote."));
}

TEST(Hostile, DepthIsBounded) {
  for (const size_t depth : {63U, 200U, 100'000U}) {
    std::string xml = "<e><report><reportId>1</reportId></report><report>";
    for (size_t i = 0; i < depth; ++i) xml += "<d>";
    for (size_t i = 0; i < depth; ++i) xml += "</d>";
    xml += "</report></e>";
    const Kept kept = ReadText(xml);
    EXPECT_EQ(kept.reports.size() + kept.damage.size(), 2U) << depth;
    EXPECT_EQ(kept.damage.empty(), depth < 64) << depth;
    const Kept json = ReadText("{\"reportId\": 1, \"x\": " + std::string(depth, '[') + std::string(depth, ']') +
                               "}\n{\"reportId\": 2}");
    EXPECT_EQ(json.reports.size() + json.damage.size(), 2U) << depth;
    EXPECT_EQ(json.damage.empty(), depth < 64) << depth;
  }
}

int64_t PeakKiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

struct Endless {
  Shape shape;
  std::string before, piece, after;
  size_t mebibytes;
  size_t taken;  // records in front of it and behind it
};

// Generated as it is fed, never stored: what stays in memory is the reader's own.
TEST(Hostile, WhatNeverEndsIsReadWithFlatMemory) {
  const std::string report = "<report><reportId>1</reportId></report>";
  const std::vector<Endless> documents = {
      {Shape::kCsvAccounts, "report_id,role,notes\n1,victim,x\n2,victim,", "x", "\n3,victim,y\n", 300, 2},
      {Shape::kCsvAccounts, "report_id,role,notes\n1,victim,x\n2,victim,\"", "\"\"", "\n3,victim,y\n", 96, 2},
      {Shape::kCsvAccounts, "report_id,role,notes\n1,victim,x\n2,victim", ",", "\n3,victim,y\n", 96, 2},
      {Shape::kCsvAccounts, "report_id,role", ",", "\n3,victim,y\n", 96, 0},
      {Shape::kJson, "{\"reportId\":1}\n{\"reportId\": \"", "x", "\"}\n{\"reportId\":3}", 300, 2},
      {Shape::kJson, "[{\"reportId\":1},{\"reportId\": ", "[", "", 96, 1},
      {Shape::kJson, "[{\"reportId\":1}", " ", ",{\"reportId\":3}]", 96, 2},
      {Shape::kJson, "[{\"reportId\":1},{\"reportId\": [", "1,", "1]},{\"reportId\":3}]", 96, 2},
      {Shape::kXmlReport, "<e>" + report, " ", report + "</e>", 96, 2},
      {Shape::kXmlReport, "<e>" + report + "<report><victim>", "x", "</victim></report>" + report + "</e>", 96, 2},
      {Shape::kXmlReport, "<e>" + report + "<report>", "<a/>", "</report>" + report + "</e>", 96, 2},
      {Shape::kXmlReport, "<e>" + report + "<!--", "x", "-->" + report + "</e>", 96, 1},
      {Shape::kXmlReport, "<e>" + report + "<report a='", "x", "'/>" + report + "</e>", 96, 1},
      {Shape::kXmlReport, "<e>" + report + "<report><![CDATA[", "x", "]]></report>" + report + "</e>", 96, 1},
      {Shape::kXmlReport, "<e>" + report + "<", "x", "/></e>", 96, 1},
      {Shape::kXmlReport, "<e>" + report, "<d>", "", 96, 1}};
  for (const Endless& one : documents) {
    Kept kept;
    const auto dialect = MakeDialect(one.shape, kept);
    ASSERT_TRUE(dialect->Feed(AsBytes(one.before)));
    std::string piece;
    while (piece.size() < (1U << 20U)) piece += one.piece;
    const int64_t peak = PeakKiB();
    for (size_t i = 0; i < one.mebibytes; ++i) ASSERT_TRUE(dialect->Feed(AsBytes(piece)));
    EXPECT_LT(PeakKiB() - peak, 80 * 1024) << one.before << one.piece;
    ASSERT_TRUE(dialect->Feed(AsBytes(one.after)));
    ASSERT_TRUE(dialect->Finish());
    EXPECT_EQ(kept.reports.size() + kept.rows.size(), one.taken) << one.before << one.piece;
    const bool harmless = one.piece == " ";
    EXPECT_EQ(kept.damage.empty(), harmless) << one.before << one.piece;
  }
}

}  // namespace
}  // namespace crossguard::intake
