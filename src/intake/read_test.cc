#include "intake/read.h"

#include <gmock/gmock.h>

#include "intake/testing_house.h"

namespace crossguard {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The same small case in three shapes: two reports, three accounts, one of them a victim, one file each.
constexpr std::string_view kXml1 =
    R"(<report><reportId>1001</reportId><reporter><companyTemplate>Example Services</companyTemplate></reporter>
<incidentSummary><incidentType>Online Enticement of Children for Sexual Acts</incidentType><escalateToHighPriority>child in danger</escalateToHighPriority><incidentDateTime>2022-03-02T10:15:30Z</incidentDateTime></incidentSummary>
<personOrUserReported><personOrUserReportedPerson><email>Alice@Mail.Example</email><phone countryCallingCode="+43">0664 1234567</phone><age>30</age></personOrUserReportedPerson>
<espIdentifier>u1</espIdentifier><espService>examplechat</espService><screenName>Alice_1</screenName>
<ipCaptureEvent><ipAddress>192.0.2.7</ipAddress><eventName>Login</eventName><dateTime>2022-03-01T10:00:00Z</dateTime><port>4000</port></ipCaptureEvent>
<additionalInfo>also mail hidden@mail.example</additionalInfo></personOrUserReported>
<victim><victimPerson><firstName>V</firstName><age>12</age></victimPerson><espIdentifier>v1</espIdentifier><espService>examplechat</espService></victim></report>)";
constexpr std::string_view kXml2 =
    R"(<report><reportId>1002</reportId><reporter><companyTemplate>Example Services</companyTemplate></reporter>
<incidentSummary><incidentType>T</incidentType><incidentDateTime>2022-03-02T10:15:30Z</incidentDateTime></incidentSummary>
<personOrUserReported><espIdentifier>u1</espIdentifier><espService>examplechat</espService></personOrUserReported>
<personOrUserReported><personOrUserReportedPerson><dateOfBirth>2006-05-01</dateOfBirth></personOrUserReportedPerson><espIdentifier>u2</espIdentifier><espService>examplechat</espService>
<ipCaptureEvent><ipAddress>198.51.100.9</ipAddress></ipCaptureEvent></personOrUserReported></report>)";
constexpr std::string_view kDetails1 =
    R"(<fileDetails><reportId>1001</reportId><fileId>f1</fileId><fileViewedByEsp>true</fileViewedByEsp><originalFileHash hashType="MD5">0cc175b9c0f1b6a831c399e269772661</originalFileHash></fileDetails>)";
constexpr std::string_view kDetails2 =
    R"(<fileDetails><reportId>1002</reportId><fileId>f2</fileId><originalFileHash hashType="MD5">00000000000000000000000000000000</originalFileHash><ipCaptureEvent><ipAddress>198.51.100.9</ipAddress></ipCaptureEvent></fileDetails>)";

class ReadTest : public IntakeHouse {
 protected:
  void WriteXml(const std::string& folder = "in") const {
    Write("reports/0000/1001.xml", kXml1, folder);
    Write("reports/0000/1002.xml", kXml2, folder);
    Write("reports/0000/1001-f1.xml", kDetails1, folder);
    Write("reports/0000/1002-f2.xml", kDetails2, folder);
    WriteFiles(folder);
  }
  void WriteFiles(const std::string& folder) const {
    Write("files/0000/f1.jpg", "a", folder);
    Write("files/0000/f2.jpg", "b", folder);
    Write("files/0000/undeclared.jpg", "c", folder);
  }
  void WriteJson(const std::string& folder = "in") const {
    Write("all.json", R"([{"reportId": 1001, "reportedInformation": {"reportingEsp": {"espName": "Example Services"},
 "incidentSummary": {"incidentType": "Online Enticement of Children for Sexual Acts", "escalateToHighPriority": "child in danger", "incidentDateTime": "2022-03-02T10:15:30Z"},
 "reportedPeople": {"reportedPersons": [{"espUserId": "u1", "espService": "examplechat", "screenName": {"value": "Alice_1"}, "approximateAge": 30,
   "emails": {"emails": [{"value": "Alice@Mail.Example"}]}, "phones": {"phones": [{"value": "0664 1234567", "countryCallingCode": "+43"}]},
   "sourceInformation": {"sourceCaptures": [{"captureType": "IP Address", "value": "192.0.2.7", "eventName": "Login", "dateTime": "2022-03-01T10:00:00Z", "port": 4000}]},
   "additionalInformations": [{"value": "also mail hidden@mail.example"}]}]},
 "victims": {"victims": [{"espUserId": "v1", "espService": "examplechat", "firstName": "V", "approximateAge": 12}]},
 "uploadedFiles": {"uploadedFiles": [{"fileId": "f1", "viewedByEsp": true, "originalFileHashes": [{"hashType": "MD5", "value": "0cc175b9c0f1b6a831c399e269772661"}]}]}}},
{"reportId": 1002, "reportedInformation": {"reportingEsp": {"espName": "Example Services"}, "incidentSummary": {"incidentType": "T", "incidentDateTime": "2022-03-02T10:15:30Z"},
 "reportedPeople": {"reportedPersons": [{"espUserId": "u1", "espService": "examplechat"}, {"espUserId": "u2", "espService": "examplechat", "dateOfBirth": "2006-05-01",
   "sourceInformation": {"sourceCaptures": [{"captureType": "IP Address", "value": "198.51.100.9"}]}}]},
 "uploadedFiles": {"uploadedFiles": [{"fileId": "f2", "originalFileHashes": [{"hashType": "MD5", "value": "00000000000000000000000000000000"}],
   "sourceInformation": {"sourceCaptures": [{"captureType": "IP Address", "value": "198.51.100.9"}]}}]}}}])",
          folder);
    WriteFiles(folder);
  }
  void WriteCsv(const std::string& folder = "in") const {
    Write("accounts.csv",
          "report_id,incident_type,incident_time,urgent,role,service,user_id,screen_name,emails,phones,first_name,"
          "birth_date,age,notes\n"
          "1001,Online Enticement of Children for Sexual Acts,2022-03-02T10:15:30Z,child in "
          "danger,reported,examplechat,u1,Alice_1,Alice@Mail.Example,+43 0664 1234567,,,30,also mail "
          "hidden@mail.example\n"
          "1001,Online Enticement of Children for Sexual Acts,2022-03-02T10:15:30Z,child in "
          "danger,victim,examplechat,v1,,,,V,,12,\n"
          "1002,T,2022-03-02T10:15:30Z,,reported,examplechat,u1,,,,,,,\n1002,T,2022-03-02T10:15:30Z,,reported,"
          "examplechat,u2,,,,,2006-05-01,,\n",
          folder);
    Write("ips.csv",
          "report_id;user_id;ip;port;time;event;proxy\n1001;u1;192.0.2.7;4000;2022-03-01T10:00:00Z;Login;\n1002;u2;198."
          "51.100.9;;;;\n9999;u1;192.0.2.1;;;;\n",
          folder);
    Write("files.csv",
          "report_id,user_id,file_id,md5,viewed_by_provider,notes\n1001,u1,f1,0cc175b9c0f1b6a831c399e269772661,yes,"
          "\n1002,u2,f2,00000000000000000000000000000000,,uploaded from 198.51.100.9\n"
          "9999,u1,f9,,,\n",
          folder);
    WriteFiles(folder);
  }
  std::vector<std::string> Accounts() {
    return Lines("SELECT service, esp_identifier, ever_victim, minor, category FROM account ORDER BY 1, 2", 5);
  }
  std::vector<std::string> AccountSelectors() {
    return Lines(
        "SELECT DISTINCT a.esp_identifier, s.type, s.value FROM sighting g JOIN selector s USING (selector_key) JOIN "
        "account_mention m USING (mention_key) JOIN account a USING (account_key) ORDER BY 1, 2, 3",
        3);
  }
};

void ExpectTheCase(const std::vector<std::string>& accounts, const std::vector<std::string>& selectors) {
  EXPECT_THAT(accounts, ElementsAre("examplechat|u1|0|adult|suspect", "examplechat|u2|0|may_be_minor|unresolved",
                                    "examplechat|v1|1|may_be_minor|victim"));
  EXPECT_THAT(selectors,
              ElementsAre("u1|email|alice@mail.example", "u1|email|hidden@mail.example", "u1|ip|192.0.2.7",
                          "u1|phone|+436641234567", "u1|screen_name|examplechat/alice_1", "u2|ip|198.51.100.9"));
}

TEST_F(ReadTest, XmlGivesTheCase) {
  WriteXml();
  const ReadOutcome out = Take();
  ExpectTheCase(Accounts(), AccountSelectors());
  EXPECT_EQ(out.report_taken_count, 2);
  EXPECT_EQ(out.account_count, 3);
  EXPECT_EQ(out.details_matched_count, 2);
  EXPECT_EQ(out.hash_differs_count, 1);
  EXPECT_EQ(out.media_copy_count, 3);
  EXPECT_EQ(out.undeclared_count, 1);
  EXPECT_EQ(out.quarantine_count, 0);
  EXPECT_EQ(out.sighting_mined_count, 1);
  EXPECT_THAT(Lines("SELECT path, role FROM exhibit_item ORDER BY path", 2),
              ElementsAre("files/0000/f1.jpg|media", "files/0000/f2.jpg|media", "files/0000/undeclared.jpg|media",
                          "reports/0000/1001-f1.xml|file_details", "reports/0000/1001.xml|report",
                          "reports/0000/1002-f2.xml|file_details", "reports/0000/1002.xml|report"));
  // f1 is of the only reported account; f2 of the one of two that was at its address.
  EXPECT_THAT(Lines("SELECT d.provider_file_id, a.esp_identifier, d.state, d.hash_check, d.viewed_by_esp FROM "
                    "file_details d JOIN account a USING (account_key) ORDER BY 1",
                    5),
              ElementsAre("f1|u1|matched|agrees|1", "f2|u2|matched|differs|-"));
  EXPECT_EQ(TextOf("SELECT escalate_reason FROM report WHERE provider_report_id = '1001'"), "child in danger");
  EXPECT_EQ(TextOf("SELECT escalate_reason FROM report WHERE provider_report_id = '1002'"), "(null)");
  EXPECT_EQ(TextOf("SELECT place FROM sighting WHERE origin = 'declared' AND raw = 'Alice@Mail.Example'"),
            "record 1/personOrUserReported/personOrUserReportedPerson/email");
  EXPECT_EQ(TextOf("SELECT state FROM submission"), "read");
}

TEST_F(ReadTest, JsonGivesTheSameCase) {
  WriteJson();
  const ReadOutcome out = Take();
  ExpectTheCase(Accounts(), AccountSelectors());
  EXPECT_EQ(out.report_taken_count, 2);
  EXPECT_EQ(out.details_matched_count, 2);
  EXPECT_EQ(out.quarantine_count, 0);
}

TEST_F(ReadTest, CsvGivesTheSameCaseAndKeepsRowsOfUnknownReports) {
  WriteCsv();
  const ReadOutcome out = Take();
  ExpectTheCase(Accounts(), AccountSelectors());
  EXPECT_EQ(out.report_taken_count, 2);
  EXPECT_EQ(out.details_matched_count, 2);
  EXPECT_THAT(Lines("SELECT kind, place, reason FROM quarantine ORDER BY kind", 3),
              ElementsAre("file_row|line 4|A row of an unknown report.", "ip_row|line 4|A row of an unknown report."));
}

TEST_F(ReadTest, TheSameReportAgainIsADuplicateThatChangesNothing) {
  WriteXml("one");
  WriteJson("two");
  WriteCsv("three");
  Take("one");
  const auto accounts = Accounts();
  const auto selectors = AccountSelectors();
  const int64_t sightings = Count("SELECT count(*) FROM sighting");
  const int64_t values = Count("SELECT count(*) FROM account_value");
  const ReadOutcome json = Take("two");
  EXPECT_EQ(json.report_taken_count, 0);
  EXPECT_EQ(json.report_duplicate_count, 2);
  const ReadOutcome csv = Take("three");
  EXPECT_EQ(csv.report_taken_count, 0);
  EXPECT_EQ(csv.report_duplicate_count, 2);
  EXPECT_EQ(csv.quarantine_duplicate_count, 6) << "two further account rows, two file rows, two IP rows";
  EXPECT_EQ(Accounts(), accounts);
  EXPECT_EQ(AccountSelectors(), selectors);
  EXPECT_EQ(Count("SELECT count(*) FROM sighting"), sightings);
  EXPECT_EQ(Count("SELECT count(*) FROM account_value"), values);
  EXPECT_EQ(Count("SELECT count(*) FROM report WHERE state = 'duplicate' AND duplicate_of IS NULL"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM file_details"), 2);
}

TEST_F(ReadTest, ReadingTwiceSaysSoAndChangesNothing) {
  WriteXml();
  Take();
  const int64_t sightings = Count("SELECT count(*) FROM sighting");
  const auto again = Read(submission_);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->already_read);
  EXPECT_EQ(again->account_count, 3);
  EXPECT_EQ(Count("SELECT count(*) FROM sighting"), sightings);
}

// A reading that was broken off at any point, even between the rows of one table, ends in the same rows.
TEST_F(ReadTest, ABrokenOffReadingGoesOnWithoutTwice) {
  WriteXml();
  WriteCsv("in");
  WriteJson("in");
  Take();
  const auto figures = [&] {
    return Lines(
        "SELECT (SELECT count(*) FROM report), (SELECT count(*) FROM account_mention), (SELECT count(*) FROM "
        "account_value), (SELECT count(*) FROM sighting), "
        "(SELECT count(*) FROM file_details), (SELECT count(*) FROM quarantine), (SELECT count(*) FROM media_copy)",
        7);
  };
  const auto before = figures();
  // As if the last transaction of each document had not been written.
  ASSERT_TRUE(database_->Script("UPDATE exhibit_item SET role = 'unread'; UPDATE submission SET state = 'sealed'"));
  ASSERT_TRUE(Read(submission_));
  EXPECT_EQ(figures(), before);
}

TEST_F(ReadTest, WhatCannotBeReadRestsInQuarantineAndStopsNobody) {
  Write("a.xml", "<!DOCTYPE r [<!ENTITY x \"y\">]><report><reportId>1</reportId></report>");
  Write("b.xml", "<export><report><reportId>2</reportId></report><report><rep");
  Write("c.xml", kXml1);
  Write("d.json", "{\"reportId\": 5, \"x\": \"\xff\"}");
  Write("e.xml",
        "<report><reportId>6</reportId><personOrUserReported><personOrUserReportedPerson><email>not an "
        "address</email></personOrUserReportedPerson><ipCaptureEvent><ipAddress>192.0.2.300</ipAddress></"
        "ipCaptureEvent></personOrUserReported></report>");
  const ReadOutcome out = Take();
  EXPECT_EQ(out.report_taken_count, 3);
  EXPECT_THAT(
      Lines("SELECT i.path, q.place, q.kind FROM quarantine q JOIN exhibit_item i USING (item_key) ORDER BY 1, 2", 3),
      ElementsAre("a.xml||document", "b.xml|record 2|report", "d.json|record 1|report",
                  "e.xml|record 1/personOrUserReported/ipCaptureEvent|value",
                  "e.xml|record 1/personOrUserReported/personOrUserReportedPerson/email|value"));
  EXPECT_THAT(Lines("SELECT field, value FROM account_value WHERE field LIKE 'unreadable%' ORDER BY 1", 2),
              ElementsAre("unreadable_email|not an address", "unreadable_ip|192.0.2.300"));
  EXPECT_THAT(Lines("SELECT path, role FROM exhibit_item ORDER BY path", 2),
              ElementsAre("a.xml|quarantined", "b.xml|report", "c.xml|report", "d.json|quarantined", "e.xml|report"));
  EXPECT_EQ(Count("SELECT count(*) FROM quarantine WHERE reason LIKE '%not an address%'"), 0)
      << "a reason never quotes the value";
}

TEST_F(ReadTest, AccountsWithoutAnIdentifierGetOneFromWhatTheyHave) {
  Write("x.xml",
        "<report><reportId>1</reportId><personOrUserReported><espService>Chat</espService><screenName>@Bob</"
        "screenName></personOrUserReported>"
        "<victim><victimPerson><firstName>V</firstName></victimPerson></victim></report>");
  Write("report-777.xml",
        "<report><personOrUserReported><espService>Chat</espService><espIdentifier>z</espIdentifier></"
        "personOrUserReported></report>");
  Take();
  EXPECT_THAT(Lines("SELECT service, esp_identifier, identifier_derived FROM account ORDER BY 1, 2", 3),
              ElementsAre("Chat|row:1/2|1", "Chat|screen:bob|1", "Chat|z|0"));
  EXPECT_EQ(Count("SELECT count(*) FROM report WHERE provider_report_id = '777'"), 1)
      << "without a number of its own, a report takes that of its file";
}

TEST_F(ReadTest, FilesAreFoundByIdThenByNameThenByDigest) {
  Write("r/g/1.xml",
        "<report><reportId>1</reportId><personOrUserReported><espIdentifier>u</espIdentifier></personOrUserReported></"
        "report>");
  const auto details = [&](const std::string& id, const std::string& inner) {
    Write("r/g/1-" + id + ".xml",
          "<fileDetails><reportId>1</reportId><fileId>" + id + "</fileId>" + inner + "</fileDetails>");
  };
  details("f1", "");
  details("f2", "<fileName>holiday.jpg</fileName>");
  details("f3", "<originalFileHash hashType=\"SHA-1\">E9D71F5EE7C92D6DC9E92FFDAD17B8BD49418F98</originalFileHash>");
  details("f4", "<fileName>nowhere.jpg</fileName>");
  details("f5", "<fileName>twice.jpg</fileName>");
  Write("f/g/f1.bin", "by id");
  Write("f/g/holiday.jpg", "by name");
  Write("f/other/strange.bin", "b");  // SHA-1 of "b"
  Write("f/other/twice.jpg", "here");
  Write("f2/other/twice.jpg", "and there");
  const ReadOutcome out = Take();
  EXPECT_THAT(Lines("SELECT d.provider_file_id, d.state, i.path, d.hash_check FROM file_details d LEFT JOIN "
                    "exhibit_item i ON i.item_key = d.media_item_key ORDER BY 1",
                    4),
              ElementsAre("f1|matched|f/g/f1.bin|none", "f2|matched|f/g/holiday.jpg|none",
                          "f3|matched|f/other/strange.bin|agrees", "f4|missing|-|none", "f5|missing|-|none"));
  EXPECT_EQ(out.undeclared_count, 2);
}

TEST_F(ReadTest, DetailsOfAReportThatIsNotHereAreKept) {
  Write("1-f1.xml", "<fileDetails><reportId>1</reportId><fileId>f1</fileId></fileDetails>");
  Write("f1.jpg", "x");
  const ReadOutcome out = Take();
  EXPECT_EQ(out.details_matched_count, 1);
  EXPECT_EQ(Count("SELECT count(*) FROM file_details WHERE report_key IS NULL AND provider_report_id = '1'"), 1);
}

TEST_F(ReadTest, OneContentInTwoPlacesIsOneMediaWithTwoCopies) {
  Write("a.jpg", "same");
  Write("b.jpg", "same");
  const ReadOutcome out = Take();
  EXPECT_EQ(out.media_count, 1);
  EXPECT_EQ(out.media_copy_count, 2);
  EXPECT_EQ(TextOf("SELECT state FROM media"), "pending");
  EXPECT_EQ(TextOf("SELECT lower(hex(md5)) FROM media"), "51037a4a37730f52c8732586d3aaa316");
}

TEST_F(ReadTest, WhatIsNotSealedIsNotRead) {
  EXPECT_EQ(Read({99}).error().code, Code::kNotFound);
  ASSERT_TRUE(
      database_->Run("INSERT INTO submission (id, operation_key, state, source_path, begun_at) VALUES ('sub-x', ?1, "
                     "'sealing', 'x', 0)",
                     operation_));
  EXPECT_EQ(Read({database_->last_insert_key()}).error().code, Code::kConflict);
}

}  // namespace
}  // namespace crossguard
