// Submissions as they really come: packed in one file, in pieces, repeated, with values in odd places.
#include <gmock/gmock.h>

#include "intake/read.h"
#include "intake/testing_house.h"

namespace crossguard {
namespace {
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ReadCases : public IntakeHouse {
 protected:
  std::vector<std::string> Sightings(const std::string& condition = "1=1") {
    return Lines(
        "SELECT s.type, s.value, g.port, g.origin, coalesce(a.esp_identifier, '-') FROM sighting g JOIN "
        "selector s USING (selector_key) LEFT JOIN account_mention m USING (mention_key) LEFT JOIN account a "
        "USING (account_key) WHERE " +
            condition + " ORDER BY 1, 2, 3, 4",
        5);
  }
  std::vector<std::string> Quarantine() {
    return Lines("SELECT kind, place, reason FROM quarantine ORDER BY kind, place", 3);
  }
};

TEST_F(ReadCases, APortInTheTextOfAnAddressIsItsPort) {
  std::string events;
  for (const std::string text : {"192.0.2.1:5678", "[2001:db8::1]:443", "[2001:db8::2]", "::ffff:192.0.2.3",
                                 "2001:DB8:0:0:0:0:0:4", "192.0.2.5:0", " 192.0.2.6 ", "192.0.2.7 port 99"})
    events += "<ipCaptureEvent><ipAddress>" + text + "</ipAddress></ipCaptureEvent>";
  events += "<ipCaptureEvent><ipAddress>192.0.2.8:1111</ipAddress><port>2222</port></ipCaptureEvent>";
  Write("1.xml", "<report><reportId>1</reportId><personOrUserReported><espIdentifier>u</espIdentifier>" + events +
                     "</personOrUserReported></report>");
  Take();
  EXPECT_THAT(
      Sightings(),
      ElementsAre("ip|192.0.2.1|5678|declared|u", "ip|192.0.2.3|-|declared|u", "ip|192.0.2.5|-|declared|u",
                  "ip|192.0.2.6|-|declared|u", "ip|192.0.2.7|99|mined|u", "ip|192.0.2.8|2222|declared|u",
                  "ip|2001:db8::1|443|declared|u", "ip|2001:db8::2|-|declared|u", "ip|2001:db8::4|-|declared|u"));
  EXPECT_EQ(TextOf("SELECT value FROM account_value WHERE field = 'unreadable_ip'"), "192.0.2.7 port 99")
      << "what is no address by itself stays, and is counted, even where one was found in it";
  EXPECT_EQ(Count("SELECT count(*) FROM quarantine WHERE kind = 'value'"), 1);
}

TEST_F(ReadCases, AValueThatHoldsAnIdentifierGivesIt) {
  Write("1.xml",
        "<report><reportId>1</reportId><personOrUserReported><personOrUserReportedPerson><email>A. Example "
        "&lt;a@mail.example&gt;</email></personOrUserReportedPerson><espIdentifier>u</espIdentifier>"
        "</personOrUserReported></report>");
  const ReadOutcome out = Take();
  EXPECT_THAT(Sightings(), ElementsAre("email|a@mail.example|-|mined|u"));
  EXPECT_EQ(out.quarantine_value_count, 1);
}

TEST_F(ReadCases, FileDetailsMayStandBeforeTheirReport) {
  const std::string details =
      "<fileDetails><reportId>7</reportId><fileId>f</fileId><ipCaptureEvent><ipAddress>192.0.2.1</ipAddress>"
      "</ipCaptureEvent></fileDetails>";
  const std::string report =
      "<report><reportId>7</reportId><personOrUserReported><espIdentifier>u</espIdentifier></personOrUserReported>"
      "</report>";
  Write("a/all.xml", "<export>" + details + report + "</export>");
  Write("f.jpg", "x");
  const ReadOutcome out = Take("in");
  EXPECT_EQ(out.report_taken_count, 1);
  EXPECT_EQ(out.details_matched_count, 1);
  EXPECT_THAT(Sightings(), ElementsAre("ip|192.0.2.1|-|declared|u"));
  EXPECT_EQ(Count("SELECT count(*) FROM file_details WHERE report_key IS NULL"), 0);
  EXPECT_EQ(TextOf("SELECT role FROM exhibit_item WHERE path = 'a/all.xml'"), "report");
}

TEST_F(ReadCases, FileDetailsOfAnotherDocumentsReportFindItToo) {
  Write("a.xml", "<export><fileDetails><reportId>7</reportId><fileId>f</fileId></fileDetails></export>");
  Write("b.xml",
        "<export><fileDetails><reportId>8</reportId><fileId>g</fileId></fileDetails><report><reportId>7"
        "</reportId></report><report><reportId>8</reportId></report></export>");
  Take();
  EXPECT_EQ(Count("SELECT count(*) FROM file_details WHERE report_key IS NULL"), 0);
  EXPECT_THAT(Lines("SELECT path, role FROM exhibit_item ORDER BY path", 2),
              ElementsAre("a.xml|file_details", "b.xml|report"));
}

TEST_F(ReadCases, WhatAFileSawIsKeptEvenWithoutItsReport) {
  Write("f.xml",
        "<fileDetails><reportId>7</reportId><fileId>f</fileId><ipCaptureEvent><ipAddress>192.0.2.1</ipAddress><port>99"
        "</port><dateTime>2022-03-02T10:15:30Z</dateTime></ipCaptureEvent></fileDetails>");
  Take();
  EXPECT_EQ(TextOf("SELECT unknown_fields FROM file_details"),
            R"([{"path":"ip record 1/ipCaptureEvent","value":"192.0.2.1, port 99, time 2022-03-02T10:15:30Z"}])");
}

// The provider's own desk signs its texts.
TEST_F(ReadCases, TheDeskOfTheProviderIsNeverTheSuspects) {
  const std::string texts =
      "contact desk@provider.example or +1 202 555 0143, see https://provider.example/legal/terms; officer "
      "cop@police.example; he wrote from hidden@mail.example";
  Write("1.xml",
        "<report><reportId>1</reportId><lawEnforcement><officerContact><email>Cop@police.example</email>"
        "</officerContact></lawEnforcement><reporter><reportingPerson><email>Desk@Provider.example</email><phone>"
        "+12025550143</phone></reportingPerson><companyTemplate>P</companyTemplate><legalURL>"
        "https://provider.example/legal/terms</legalURL></reporter><personOrUserReported><espIdentifier>u"
        "</espIdentifier><additionalInfo>" +
            texts + "</additionalInfo></personOrUserReported><additionalInfo>" + texts + "</additionalInfo></report>");
  Write("1-f.xml", "<fileDetails><reportId>1</reportId><fileId>f</fileId><additionalInfo>" + texts +
                       "</additionalInfo></fileDetails>");
  Write("2.json",
        R"({"reportId":2,"reportedInformation":{"reportingEsp":{"espName":"P","emails":["desk@provider.example"]},
    "reportedPeople":{"reportedPersons":[{"espUserId":"u","additionalInformations":["ask desk@provider.example"]}]}}})");
  Take();
  EXPECT_THAT(Sightings("s.value <> 'hidden@mail.example'"), IsEmpty());
  EXPECT_EQ(Count("SELECT count(*) FROM sighting"), 3);
}

TEST_F(ReadCases, TablesMayComeInAnyOrderAndAskForNothingTwice) {
  Write("0_ips.csv",
        "user_id\tip\treport_id\ttime\tport\tasn\nu\t192.0.2.1\t1\t2022-03-02 10:15:30\t70000\tAS64500\n"
        "\t192.0.2.2\t1\t2022-03-02 10:15:30 UTC\t\t\n");
  Write("0_files.csv", "report_id,file_id\n1,f\n");
  Write("accounts.csv",
        "report_id;user_id;role;screen_name;urgent;annotations;shoe_size\n1;v;victim;;no;;\n1;u;reported;;he meets her "
        "tonight;spam, sextortion;44\n1;u;reported;Alice;;spam|viral;45\n");
  Write("f.jpg", "x");
  const ReadOutcome out = Take();
  EXPECT_THAT(Sightings(), ElementsAre("ip|192.0.2.1|-|declared|u", "ip|192.0.2.2|-|declared|u",
                                       "screen_name|(not said)/alice|-|declared|u"));
  EXPECT_EQ(TextOf("SELECT escalate_reason FROM report"), "he meets her tonight") << "not only the first row counts";
  EXPECT_EQ(TextOf("SELECT annotations FROM report"), R"(["spam","sextortion","viral"])");
  EXPECT_THAT(Lines("SELECT field, value FROM account_value WHERE field LIKE 'unknown:%' ORDER BY 1, 2", 2),
              ElementsAre("unknown:asn|AS64500", "unknown:port|70000", "unknown:shoe_size|45"));
  EXPECT_THAT(Lines("SELECT unknown_fields FROM account_mention ORDER BY role", 1),
              ElementsAre(R"([{"path":"shoe_size","value":"44"}])", R"([{"path":"urgent","value":"no"}])"));
  EXPECT_THAT(Lines("SELECT at IS NULL, zone_known FROM sighting WHERE at_text <> '' ORDER BY place", 2),
              ElementsAre("0|0", "0|1"));
  EXPECT_EQ(out.quarantine_count, 0);
  EXPECT_EQ(out.details_matched_count, 1);
}

TEST_F(ReadCases, TimesWithoutAZoneAreNotPassedOffAsUtc) {
  Write("1.xml",
        "<report><reportId>1</reportId><dateReceived>2022-03-02 10:00:00</dateReceived><incidentSummary>"
        "<incidentDateTime>2022-03-02T10:15:30</incidentDateTime></incidentSummary></report>");
  const auto file = [&](const std::string& id, const std::string& time) {
    Write("1-" + id + ".xml", "<fileDetails><reportId>1</reportId><fileId>" + id + "</fileId><uploadedToEspTimestamp>" +
                                  time + "</uploadedToEspTimestamp></fileDetails>");
  };
  file("a", "2022-03-02T10:15:30+13:00");
  file("b", "2022-03-02T10:15:30");
  file("c", "2022-02-30T10:15:30Z");
  Take();
  EXPECT_EQ(TextOf("SELECT incident_zone_known FROM report"), "0");
  EXPECT_EQ(TextOf("SELECT unknown_fields FROM report"), R"([{"path":"dateReceived","value":"2022-03-02 10:00:00"}])");
  EXPECT_THAT(Lines("SELECT provider_file_id, uploaded_at, uploaded_at_text FROM file_details ORDER BY 1", 3),
              ElementsAre("a|1646169330000000|2022-03-02T10:15:30+13:00", "b|-|2022-03-02T10:15:30",
                          "c|-|2022-02-30T10:15:30Z"));
}

TEST_F(ReadCases, ARepeatedReportThatSaysMoreIsToldApart) {
  const auto report = [](const std::string& inner) {
    return "<report><reportId>1</reportId><reporter><companyTemplate>P</companyTemplate></"
           "reporter><personOrUserReported>"
           "<espIdentifier>u</espIdentifier>" +
           inner + "</personOrUserReported></report>";
  };
  Write("a.xml", report("<screenName>alice</screenName>"));
  Write("b.xml", report("<screenName>alice</screenName>"));
  Write("c.xml", report("<screenName>alice</screenName><screenName>other</screenName>"));
  const ReadOutcome out = Take();
  EXPECT_EQ(out.report_taken_count, 1);
  EXPECT_EQ(out.report_duplicate_count, 2);
  EXPECT_THAT(Quarantine(),
              ElementsAre("repeated|record 1|It came before with fewer identifiers (1 more stand here); nothing "
                          "was changed, so compare the two documents."));
  EXPECT_EQ(TextOf("SELECT i.path FROM quarantine JOIN exhibit_item i USING (item_key)"), "c.xml");
  EXPECT_EQ(Count("SELECT count(*) FROM selector"), 1);
}

TEST_F(ReadCases, AFileIdThatCameBeforeRestsInQuarantine) {
  Write("1.xml",
        "<export><report><reportId>1</reportId></report><fileDetails><reportId>1</reportId><fileId>f</fileId>"
        "</fileDetails><fileDetails><reportId>1</reportId><fileId>f</fileId><fileName>x</fileName></fileDetails>"
        "</export>");
  const ReadOutcome out = Take();
  EXPECT_EQ(out.details_count, 1);
  EXPECT_EQ(out.quarantine_duplicate_count, 1);
  EXPECT_THAT(Quarantine(), ElementsAre("file_details|record 3|It came before; nothing was changed."));
}

TEST_F(ReadCases, AnArchiveInPlaceOfAFolderIsNamed) {
  Write("dump.zip", std::string("PK\x03\x04", 4) + "anything");
  const auto sealed = Seal(env_, *vault_, *database_, ids_, Gated(), operation_, root_ + "/in/dump.zip");
  ASSERT_TRUE(sealed);
  const auto read = Read(sealed->key);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->report_count, 0);
  EXPECT_EQ(read->media_copy_count, 1) << "it is still a content, for the jailed examiner to open";
  EXPECT_THAT(Quarantine(),
              ElementsAre(HasSubstr("this is an archive (ZIP), which is not searched for reports; unpack")));
  Write("x/a.zip", std::string("PK\x03\x04", 4), "second");
  Write("x/1.xml", "<report><reportId>1</reportId></report>", "second");
  EXPECT_EQ(Take("second").quarantine_count, 0) << "beside reports an archive is a file as any other";
}

TEST_F(ReadCases, OddNamesOfFilesAreFoundAsTheyAreDeclared) {
  const auto details = [&](const std::string& id, const std::string& name) {
    Write("g/1-" + id + ".xml", "<fileDetails><reportId>1</reportId><fileId>" + id + "</fileId><fileName>" + name +
                                    "</fileName></fileDetails>");
  };
  Write("g/1.xml", "<report><reportId>1</reportId></report>");
  details("a", "100%25 sure.jpg");
  details("b", "M\xC3\xBCller's &amp; co.jpg");
  details("c", "../../g/1.xml");
  Write("g/100%25 sure.jpg", "x");
  Write("g/M\xC3\xBCller's & co.jpg", "y");
  Take();
  EXPECT_THAT(Lines("SELECT d.provider_file_id, d.state, i.path FROM file_details d LEFT JOIN exhibit_item i ON "
                    "i.item_key = d.media_item_key ORDER BY 1",
                    3),
              ElementsAre("a|matched|g/100%2525 sure.jpg", "b|matched|g/M\xC3\xBCller's & co.jpg", "c|missing|-"));
}

TEST_F(ReadCases, ADocumentFarFromItsFilesFindsThemByTheirOnlyName) {
  Write("all.json", R"([{"reportId":1,"reportedInformation":{"uploadedFiles":[{"filename":"only.jpg"},
    {"filename":"twice.jpg"},{"filename":"claimed.jpg","verificationHash":"00000000000000000000000000000000"}]}}])");
  for (const std::string name : {"a/only.jpg", "a/twice.jpg", "b/twice.jpg", "a/claimed.jpg"}) Write(name, name);
  Take();
  EXPECT_THAT(Lines("SELECT file_name, state FROM file_details ORDER BY 1", 2),
              ElementsAre("claimed.jpg|missing", "only.jpg|matched", "twice.jpg|missing"));
}

TEST_F(ReadCases, ASingleDocumentIsASubmission) {
  Write("1.json", R"([{"reportId":1},{"reportId":"2"}])");
  const auto sealed = Seal(env_, *vault_, *database_, ids_, Gated(), operation_, root_ + "/in/1.json");
  ASSERT_TRUE(sealed);
  EXPECT_EQ(Read(sealed->key)->report_taken_count, 2);
}

}  // namespace
}  // namespace crossguard
