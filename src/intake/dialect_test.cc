#include "intake/dialect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "intake/testing_kept.h"
#include "intake/written.h"

namespace crossguard::intake {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;

std::string SelectorText(const SelectorRecord& s) {
  return std::string(Text(s.type)) + ' ' + s.raw + (s.port ? ':' + std::to_string(*s.port) : "") +
         (s.possible_proxy ? (*s.possible_proxy ? " proxy" : " direct") : "") +
         (s.verified ? (*s.verified ? " verified" : " unverified") : "");
}
std::vector<std::string> SelectorsOf(const AccountRecord& account) {
  std::vector<std::string> out;
  for (const SelectorRecord& s : account.selectors) out.push_back(SelectorText(s));
  return out;
}

constexpr std::string_view kReport = R"(<?xml version="1.0" encoding="UTF-8"?>
<x:report xmlns:x="urn:example"><x:reportId>4711</x:reportId>
 <personOrUserReported>
  <deviceId><idType>IMEI</idType><idValue>490154203237518</idValue></deviceId>
  <ipCaptureEvent><ipAddress>192.0.2.7</ipAddress><port>4711</port><possibleProxy>false</possibleProxy><dateTime>2022-03-02T10:15:30+13:00</dateTime></ipCaptureEvent>
  <ipCaptureEvent><ipAddress>192.0.2.8</ipAddress></ipCaptureEvent>
  <strangeNews level="3">kept &amp; safe</strangeNews>
  <screenName>alice_1</screenName><espService>examplechat</espService><espIdentifier>u1</espIdentifier>
  <personOrUserReportedPerson><email verified="true">a@mail.example</email><email verified="false">b@mail.example</email><email>c@mail.example</email><age>17</age></personOrUserReportedPerson>
  <priorCTReports>1</priorCTReports><priorCTReports>2</priorCTReports>
  <associatedAccount type="Billing"><espIdentifier>u2</espIdentifier><odd>x</odd></associatedAccount>
  <additionalInfo><![CDATA[see <x>]]></additionalInfo>
 </personOrUserReported>
 <victim><victimPerson><firstName>V</firstName></victimPerson><schoolName>S</schoolName></victim>
 <incidentSummary><reportAnnotations><sextortion/><spam>true</spam></reportAnnotations><escalateToHighPriority/><incidentDateTime>2022-03-02</incidentDateTime><incidentType>T</incidentType></incidentSummary>
 <internetDetails><webPageIncident><url>https://web.example/x</url></webPageIncident></internetDetails>
 <internetDetails><chatImIncident><chatRoomName>room</chatRoomName><content>talk</content></chatImIncident></internetDetails>
</x:report>)";

TEST(XmlDialect, ReadsAnyOrderKeepsTheUnknownAndTheThreeStates) {
  const Kept kept = ReadText(kReport);
  ASSERT_EQ(kept.reports.size(), 1U);
  EXPECT_TRUE(kept.damage.empty());
  const ReportRecord& report = kept.reports[0];
  EXPECT_EQ(report.provider_report_id, "4711");
  EXPECT_EQ(report.incident_type, "T");
  EXPECT_EQ(report.escalate_reason, "");  // present and empty is urgent all the same
  EXPECT_THAT(report.annotations, ElementsAre("sextortion", "spam"));
  EXPECT_EQ(report.additional_info, "talk");
  EXPECT_EQ(SelectorText(report.selectors.at(0)), "profile_url https://web.example/x");
  ASSERT_EQ(report.accounts.size(), 3U);
  const AccountRecord& account = report.accounts[0];
  EXPECT_THAT(
      SelectorsOf(account),
      ElementsAre("email a@mail.example verified", "email b@mail.example unverified", "email c@mail.example",
                  "screen_name alice_1", "ip 192.0.2.7:4711 direct", "ip 192.0.2.8", "device_id 490154203237518"));
  EXPECT_EQ(account.selectors[1].place, "record 1/personOrUserReported/personOrUserReportedPerson/email[2]");
  EXPECT_THAT(account.unknown, testing::Contains(testing::AllOf(testing::Field(&UnknownField::path, "strangeNews"),
                                                                testing::Field(&UnknownField::value, "kept & safe"))));
  EXPECT_THAT(account.unknown, testing::Contains(testing::Field(&UnknownField::path, "strangeNews@level")));
  EXPECT_EQ(report.accounts[1].role, AccountRole::kAssociated);
  EXPECT_THAT(report.accounts[1].unknown, testing::Contains(testing::Field(&UnknownField::path, "odd")));
  EXPECT_EQ(report.accounts[2].role, AccountRole::kVictim);
  for (const UnknownField& field : report.unknown)
    EXPECT_THAT(field.path, testing::Not(HasSubstr("strangeNews"))) << "kept once";
  EXPECT_THAT(report.unknown,
              testing::Contains(testing::Field(&UnknownField::path, "internetDetails[2]/chatImIncident/chatRoomName")));
}

TEST(XmlDialect, GivesTheSameWhateverThePieces) {
  const Kept whole = ReadText(kReport);
  for (const size_t piece : {1U, 7U, 64U}) {
    const Kept pieces = ReadText(kReport, piece);
    ASSERT_EQ(pieces.reports.size(), 1U) << piece;
    EXPECT_EQ(SelectorsOf(pieces.reports[0].accounts[0]), SelectorsOf(whole.reports[0].accounts[0]));
    EXPECT_EQ(pieces.reports[0].additional_info, whole.reports[0].additional_info);
  }
}

TEST(XmlDialect, ReadsManyReportsInAWrapperOfAnyName) {
  const Kept kept = ReadText(
      "<export><a><report><reportId>1</reportId></report></a><report><reportId>2</reportId></"
      "report><fileDetails><reportId>2</reportId><fileId>f</fileId></fileDetails></export>");
  ASSERT_EQ(kept.reports.size(), 2U);
  EXPECT_EQ(kept.reports[1].place, "record 2");
  ASSERT_EQ(kept.files.size(), 1U);
  EXPECT_EQ(kept.files[0].viewed_by_esp, std::nullopt);
}

TEST(XmlDialect, ATruncatedDocumentGivesWhatWasWhole) {
  const Kept kept = ReadText("<export><report><reportId>1</reportId></report><report><reportId>2</repo");
  ASSERT_EQ(kept.reports.size(), 1U);
  ASSERT_EQ(kept.damage.size(), 1U);
  EXPECT_EQ(kept.damage[0].place, "record 2");
  EXPECT_THAT(kept.damage[0].reason, HasSubstr("ends too early"));
}

TEST(XmlDialect, RefusesTypeDeclarationsAndSoEveryEntityBomb) {
  const Kept kept = ReadText(
      R"(<?xml version="1.0"?><!DOCTYPE report [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]><report><reportId>&c;</reportId></report>)");
  EXPECT_TRUE(kept.reports.empty());
  ASSERT_EQ(kept.damage.size(), 1U);
  EXPECT_THAT(kept.damage[0].reason, HasSubstr("document type declarations are not allowed"));
  EXPECT_TRUE(ReadText(R"(<!DOCTYPE report SYSTEM "file:///etc/passwd"><report><reportId>1</reportId></report>)")
                  .reports.empty());
}

TEST(XmlDialect, OneBadRecordIsNotTheOthersFault) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<d>";
  for (int i = 0; i < 100; ++i) deep += "</d>";
  const std::string text = "<export><report>" + deep + "</report><report><reportId>2</reportId><additionalInfo>" +
                           std::string(kTextMax + 10, 'x') +
                           "</additionalInfo></report><report><reportId>3</reportId></report></export>";
  const Kept kept = ReadText(text, 4'096);
  ASSERT_EQ(kept.reports.size(), 1U);
  EXPECT_EQ(kept.reports[0].provider_report_id, "3");
  ASSERT_EQ(kept.damage.size(), 2U);
  EXPECT_THAT(kept.damage[0].reason, HasSubstr("deeper than 64"));
  EXPECT_THAT(kept.damage[1].reason, HasSubstr("longer than 1 MiB"));
}

TEST(XmlDialect, BadUtf8EndsTheDocumentThere) {
  const Kept kept =
      ReadText("<export><report><reportId>1</reportId></report><report><reportId>2\xff</reportId></report></export>");
  EXPECT_EQ(kept.reports.size(), 1U);
  ASSERT_EQ(kept.damage.size(), 1U);
}

TEST(JsonDialect, ReadsOneAListAndLines) {
  const std::string one =
      R"({"reportId": 7, "reportedInformation": {"reportingEsp": {"espName": "Example"}, "reportedPeople": {"reportedPersons": [{"espUserId": "u1", "emails": {"emails": [{"value": "a@mail.example", "verified": false}]},
    "screenName": {"value": "alice"}, "middleName": null, "priorCTReports": [1, 2], "accountPermanentlyDisabled": true, "loyaltyTier": "silver"}]}}})";
  for (const std::string& text : {one, "[" + one + "]", "\xEF\xBB\xBF" + one, "{\"reports\": [" + one + "]}"}) {
    const Kept kept = ReadText(text, 5);
    ASSERT_EQ(kept.reports.size(), 1U) << text;
    EXPECT_EQ(kept.reports[0].provider, "Example");
    EXPECT_THAT(SelectorsOf(kept.reports[0].accounts.at(0)),
                ElementsAre("screen_name alice", "email a@mail.example unverified"));
    EXPECT_THAT(kept.reports[0].accounts[0].unknown, ElementsAre(testing::Field(&UnknownField::path, "loyaltyTier")));
    EXPECT_TRUE(kept.damage.empty());
  }
  std::string flat = one;
  std::erase(flat, '\n');
  EXPECT_EQ(ReadText(flat + "\n" + flat + "\n").reports.size(), 2U);
}

TEST(JsonDialect, OneBadRecordIsNotTheOthersFault) {
  std::string deep(200, '[');
  deep += std::string(200, ']');
  const Kept kept = ReadText("[{\"reportId\": 1}, {\"reportId\": \"\xff\"}, {\"reportId\": 2, \"x\": " + deep +
                             "}, {\"reportId\": tru}, {\"reportId\": 3}, {\"else\": 1}]");
  ASSERT_EQ(kept.reports.size(), 2U);
  EXPECT_EQ(kept.reports[1].provider_report_id, "3");
  EXPECT_EQ(kept.reports[1].place, "record 5");
  EXPECT_EQ(kept.damage.size(), 4U);
}

TEST(JsonDialect, ATruncatedDocumentGivesWhatWasWhole) {
  const Kept kept = ReadText("[{\"reportId\": 1}, {\"reportId\": 2, \"rep");
  EXPECT_EQ(kept.reports.size(), 1U);
  ASSERT_EQ(kept.damage.size(), 1U);
  EXPECT_EQ(kept.damage[0].place, "record 2");
  const Kept lines = ReadText("{\"reportId\": 1, \"a\": \"x\n{\"reportId\": 2}\n");
  ASSERT_EQ(lines.reports.size(), 1U) << "a broken line does not swallow the next";
  EXPECT_EQ(lines.reports[0].provider_report_id, "2");
}

TEST(CsvDialect, ReadsColumnsByNameWithEitherSeparator) {
  const Kept kept = ReadText(
      "\xEF\xBB\xBF\"Report "
      "ID\";Role;user_id;Emails;notes;mystery\r\n1;victim;u1;a@mail.example|b@mail.example;\"line\r\nbreak; "
      "\"\"quoted\"\"\";m\r\n");
  ASSERT_EQ(kept.rows.size(), 1U);
  EXPECT_TRUE(kept.damage.empty());
  const AccountRecord& account = kept.rows[0].accounts[0];
  EXPECT_EQ(account.role, AccountRole::kVictim);
  EXPECT_THAT(SelectorsOf(account), ElementsAre("email a@mail.example", "email b@mail.example"));
  EXPECT_EQ(account.selectors[1].place, "line 2 emails[2]");
  EXPECT_EQ(account.values.at(0).value, "line\r\nbreak; \"quoted\"");
  EXPECT_EQ(account.unknown.at(0).path, "mystery");
}

TEST(CsvDialect, EachRowIsJudgedByItself) {
  const Kept kept =
      ReadText("report_id,file_id,viewed_by_provider\n1,a,yes\n2,b\n3,\xff,no\n4,d,\n5,\"e\"x,no\n6,f,no\n7,\"g");
  std::vector<std::string> ids;
  for (const FileRecord& file : kept.files)
    ids.push_back(file.file_id + (file.viewed_by_esp ? (*file.viewed_by_esp ? "+" : "-") : "?"));
  EXPECT_THAT(ids, ElementsAre("a+", "d?", "f-"));
  std::vector<std::string> places;
  for (const Damage& one : kept.damage) places.push_back(one.place + ' ' + one.kind);
  EXPECT_THAT(places, ElementsAre("line 3 file_row", "line 4 file_row", "line 6 file_row", "line 8 file_row"));
}

TEST(Sniff, WhatIsNoReportIsMedia) {
  for (const std::string_view text :
       {"", " ", "\xFF\xD8\xFF", "<html><body/></html>", "<!DOCTYPE html><html/>", "<svg/>", "{\"a\": 1}", "[1]",
        "a,b,c\n1,2,3\n", "report_id", "PK\x03\x04", "<", "<repo"}) {
    EXPECT_EQ(Sniff(AsBytes(text)), Shape::kMedia) << text;
  }
  EXPECT_EQ(Sniff(AsBytes("<!-- x --><ns:fileDetails/>")), Shape::kXmlFileDetails);
  EXPECT_EQ(Sniff(AsBytes("<?xml version=\"1.0\"?>")), Shape::kXmlReport);
}

TEST(Written, WhatHasTwoReadingsHasNone) {
  EXPECT_EQ(ToText(ReadTimeOfOneReading("25/03/2022 14:05:09")->instant), "2022-03-25T14:05:09Z");
  EXPECT_EQ(ToText(ReadTimeOfOneReading("03/25/2022 02:05:09 PM")->instant), "2022-03-25T14:05:09Z");
  EXPECT_EQ(ToText(ReadTimeOfOneReading("03/04/2022 02:05:09 PM")->instant), "2022-03-04T14:05:09Z");
  EXPECT_FALSE(ReadTimeOfOneReading("03/04/2022 14:05:09"));
  EXPECT_TRUE(ReadTimeOfOneReading("2022-03-25 14:05:09 UTC")->zone_known);
  const Instant incident = ParseInstant("2022-03-02T00:00:00Z").value();
  EXPECT_EQ(AgeAt(*ReadBirthDate("2004-03-02"), incident), 18);
  EXPECT_EQ(AgeAt(*ReadBirthDate("2004-03-03"), incident), 17);
  EXPECT_EQ(AgeAt(*ReadBirthDate("1950-01-01"), incident), 72);
  EXPECT_EQ(AgeAt(*ReadBirthDate("03/02/2004"), incident), 18);
  EXPECT_EQ(AgeAt(*ReadBirthDate("01/04/2004"), incident), 17) << "of two readings the one that protects";
  EXPECT_FALSE(ReadBirthDate("yesterday"));
  EXPECT_EQ(ReadAge("17 years"), 17);
  EXPECT_FALSE(ReadAge("0"));
}

}  // namespace
}  // namespace crossguard::intake
