// The whole vocabulary of the police-side JSON and of the tables, member by member and column by column, each with the
// place where it must be found afterwards, in every spelling that is in use.
#include <gmock/gmock.h>

#include <algorithm>

#include "intake/testing_vocabulary.h"

namespace crossguard::intake {
namespace {
using testing::IsEmpty;

// ---- JSON

struct JsonRow {
  std::string path;  // "a/b[]/c": b is a list of one
  std::string where;
  std::string value = std::string(kValue);
};

enum class Style : uint8_t { kAsWritten, kObjectsForLists, kListsForObjects, kNumbers };

std::string CompanionJson(const std::string& path, const std::string& name) {
  if (name == "sourceCaptures")
    return path.ends_with("/value") || path.ends_with("captureType") ? "" : R"("value":"192.0.2.1",)";
  if ((name == "emails" || name == "phones") && !path.ends_with("/value") &&
      path.find(name + "[]/") != std::string::npos)
    return R"("value":"contact",)";
  if (name == "deviceIds" && !path.ends_with("idValue")) return R"("idValue":"1",)";
  if (name == "originalFileHashes" && path.ends_with("value")) return R"("hashType":"MD5",)";
  return "";
}

std::string Json(const JsonRow& row, Style style) {
  std::string begin = "{";
  std::string end = "}";
  const std::vector<std::string> parts = Split(row.path, '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    bool list = parts[i].ends_with("[]");
    const std::string name = list ? parts[i].substr(0, parts[i].size() - 2) : parts[i];
    if (style == Style::kObjectsForLists) list = false;
    if (style == Style::kListsForObjects) list = true;
    begin += '"' + name + "\":" + (list ? "[" : "") + (last ? "" : "{");
    end.insert(0, std::string(last ? "" : "}") + (list ? "]" : ""));
    if (!last && (parts[i].ends_with("[]") || name == "sourceCaptures")) begin += CompanionJson(row.path, name);
  }
  const bool bare = style == Style::kNumbers && (row.value == "true" || row.value == "false" || row.value[0] <= '9');
  return begin + (bare ? row.value : '"' + row.value + '"') + end;
}

std::vector<JsonRow> JsonAccountRows() {
  std::vector<JsonRow> out = {{"firstName", ".first_name"},
                              {"middleName", ".middle_name"},
                              {"lastName", ".last_name"},
                              {"gender", ".gender"},
                              {"dateOfBirth", ".birth_date"},
                              {"approximateAge", ".age", "31"},
                              {"espService", ".service"},
                              {"espUserId", ".identifier"},
                              {"screenName/value", ".screen_name"},
                              {"screenName", ".screen_name"},
                              {"displayNames[]/value", ".display_name"},
                              {"displayNames[]", ".display_name"},
                              {"profileUrls[]/value", ".profile_url"},
                              {"profileUrls[]", ".profile_url"},
                              {"profileBio", ".bio"},
                              {"groupIdentifier", ".group"},
                              {"priorCTReports[]", ".prior_report", "4711"},
                              {"compromisedAccount", ".compromised", "true"},
                              {"accountTemporarilyDisabled", ".temporarily_disabled", "true"},
                              {"accountPermanentlyDisabled", ".permanently_disabled", "false"},
                              {"relationshipToChildVictim", ".relationship_to_child_victim"},
                              {"accessToChildVictim", ".access_to_child_victim"},
                              {"accessToChildren", ".access_to_children"},
                              {"convictedSexOffender", ".convicted_sex_offender"},
                              {"schoolName", ".school"},
                              {"estimatedLocation/city", ".estimated_city"},
                              {"estimatedLocation/region", ".estimated_region"},
                              {"estimatedLocation/countryCode", ".estimated_country"},
                              {"emails/emails[]/value", ".email"},
                              {"emails/emails[]/verified", ".email.verified", "true"},
                              {"emails/emails[]/verified", ".email.verified", "false"},
                              {"emails/emails[]/verified", "?emails/emails/verified"},
                              {"emails/emails[]/type", ".email.event"},
                              {"emails[]/value", ".email"},
                              {"emails[]", ".email"},
                              {"phones/phones[]/value", ".phone"},
                              {"phones/phones[]/verified", ".phone.verified", "true"},
                              {"phones/phones[]/countryCallingCode", ".phone.calling_code"},
                              {"phones[]", ".phone"},
                              {"addresses/addresses[]/street1", ".address"},
                              {"addresses/addresses[]/street2", ".address"},
                              {"addresses/addresses[]/city", ".city"},
                              {"addresses/addresses[]/state", ".state"},
                              {"addresses/addresses[]/postalCode", ".postal_code"},
                              {"addresses/addresses[]/country", ".country"},
                              {"addresses/addresses[]/type", ".address_type"},
                              {"addresses[]/city", ".city"},
                              {"deviceIds[]/idType", ".device_id.id_type"},
                              {"deviceIds[]/idValue", ".device_id"},
                              {"deviceIds[]/eventName", ".device_id.event"},
                              {"deviceIds[]/dateTime", ".device_id.at"},
                              {"sourceInformation/sourceCaptures[]/value", ".ip"},
                              {"sourceInformation/sourceCaptures[]/eventName", ".ip.event"},
                              {"sourceInformation/sourceCaptures[]/dateTime", ".ip.at"},
                              {"sourceInformation/sourceCaptures[]/port", ".ip.port", "51234"},
                              {"sourceInformation/sourceCaptures[]/port", "?sourceInformation/sourceCaptures/port"},
                              {"sourceInformation/sourceCaptures[]/possibleProxy", ".ip.proxy", "false"},
                              {"additionalInformations[]/value", ".notes"},
                              {"additionalInformations[]", ".notes"},
                              {"newField", "?newField"},
                              {"newField[]/below", "?newField/below"}};
  return out;
}

std::vector<JsonRow> JsonFileRows() {
  return {{"fileId", ".id"},
          {"filename", ".name"},
          {"originalFilename", ".original_name"},
          {"submittalId", "?submittalId"},
          {"verificationHash", ".hash MD5"},
          {"viewedByEsp", ".viewed", "true"},
          {"viewedByEsp", ".viewed", "false"},
          {"viewedByEsp", "?viewedByEsp"},
          {"exifViewedByEsp", ".exif_viewed", "true"},
          {"publiclyAvailable", ".public", "false"},
          {"fileRelevance", ".relevance"},
          {"industryClassification", ".class"},
          {"fileAnnotations[]", ".flag"},
          {"originalFileHashes[]/value", ".hash MD5"},
          {"sourceInformation/sourceCaptures[]/value", ".ip"},
          {"sourceInformation/sourceCaptures[]/port", ".ip.port", "51234"},
          {"espMetadata/metadatas[]/name", "?espMetadata/metadatas/name"},
          {"espMetadata/metadatas[]/value", "?espMetadata/metadatas/value"},
          {"ncmecTags/groups[]/tags[]/value", "?ncmecTags/groups/tags/value"},
          {"additionalInformations[]/value", ".text"},
          {"newField", "?newField"}};
}

void ReadJson(const JsonRow& row, const std::vector<Style>& styles) {
  for (const Style style : styles) {
    std::string text = Json(row, style);
    if (row.path.find("reportedInformation") == std::string::npos) text.insert(1, "\"reportedInformation\":{},");
    Expect({.path = row.path, .where = row.where, .value = row.value}, ReadText(text), text);
  }
}

const std::vector<Style> kEveryStyle = {Style::kAsWritten, Style::kObjectsForLists, Style::kListsForObjects,
                                        Style::kNumbers};

TEST(JsonVocabulary, EveryMemberOfAReportHasItsPlace) {
  const std::string info = "reportedInformation/";
  for (const JsonRow& row :
       {JsonRow{"reportId", "report.id", "123"},
        JsonRow{"dateReceived", "report.received"},
        JsonRow{info + "reportingEsp/espName", "report.provider"},
        JsonRow{info + "reportingEsp", "report.provider"},
        JsonRow{info + "reportingEsp/lastName", "report?reportedInformation/reportingEsp/lastName"},
        JsonRow{info + "incidentSummary/incidentType", "report.incident_type"},
        JsonRow{info + "incidentSummary/incidentDateTime", "report.incident_at"},
        JsonRow{info + "incidentSummary/escalateToHighPriority", "report.urgent"},
        JsonRow{info + "incidentSummary/escalateToHighPriority",
                "report?reportedInformation/incidentSummary/escalateToHighPriority", "false"},
        JsonRow{info + "incidentSummary/incidentDateTimeDescription",
                "report?reportedInformation/incidentSummary/incidentDateTimeDescription"},
        JsonRow{info + "incidentSummary/reportAnnotations[]", "report.flag"},
        JsonRow{info + "incidentSummary/reportAnnotations[]", "report.flag", "sextortion"},
        JsonRow{info + "batchedReport/reason", "report.batched"},
        JsonRow{info + "batchedReport", "report.batched"},
        JsonRow{info + "incidentDetails/emailIncident[]/contents[]/value", "report.text"},
        JsonRow{info + "incidentDetails/webpageIncident[]/additionalInformations[]/value", "report.text"},
        JsonRow{info + "incidentDetails/chatImIncident[]/chatRoomName",
                "report?reportedInformation/incidentDetails/chatImIncident/chatRoomName"},
        JsonRow{info + "incidentDetails/webpageIncident", "report?reportedInformation/incidentDetails/webpageIncident"},
        JsonRow{info + "additionalInformations[]/value", "report.text"},
        JsonRow{info + "newField", "report?reportedInformation/newField"}})
    ReadJson(row, kEveryStyle);
}

TEST(JsonVocabulary, EveryMemberOfAPersonAndAFileHasItsPlace) {
  struct Role {
    std::string path, where;
  };
  const std::string info = "reportedInformation/";
  for (const Role& role :
       {Role{"reportedPeople/reportedPersons[]/", "reported"},
        Role{"intendedRecipients/intendedRecipients[]/", "recipient"}, Role{"victims/victims[]/", "victim"},
        Role{"reportedPeople/reportedPersons[]/associatedAccounts[]/", "associated"},
        Role{"reportedPeople/reportedPersons[]/associatedAccounts/associatedAccounts[]/", "associated"},
        Role{"victims/victims[]/associatedAccounts[]/", "victim"}}) {
    for (const JsonRow& row : JsonAccountRows())
      ReadJson({info + role.path + row.path, role.where + row.where, row.value}, kEveryStyle);
  }
  for (const JsonRow& row : JsonFileRows())
    ReadJson({info + "uploadedFiles/uploadedFiles[]/" + row.path, "file" + row.where, row.value}, kEveryStyle);
  // Without the inner name.
  ReadJson({info + "reportedPeople[]/espUserId", "reported.identifier"}, kEveryStyle);
  ReadJson({info + "victims[]/espUserId", "victim.identifier"}, kEveryStyle);
  ReadJson({info + "uploadedFiles[]/filename", "file.name"}, kEveryStyle);
}

TEST(JsonVocabulary, CapturesAreReadByTheirType) {
  const auto read = [](const std::string& type, const std::string& value) {
    const Kept kept =
        ReadText(R"({"reportId":1,"reportedInformation":{"reportedPeople":{"reportedPersons":[{"espUserId":
      "u","sourceInformation":{"sourceCaptures":[{"captureType":")" +
                 type + R"(","value":")" + value + R"("}]}}]}}})");
    std::vector<std::string> lines = WrittenOut(kept).lines();
    lines.erase(lines.begin(), lines.begin() + 2);  // the report's number and the account's
    return lines;
  };
  EXPECT_THAT(read("IP ADDRESS", "192.0.2.1"), testing::ElementsAre("reported.ip = 192.0.2.1"));
  EXPECT_THAT(read("Url", "https://a.example/b"), testing::ElementsAre("reported.profile_url = https://a.example/b"));
  EXPECT_THAT(read("Email Address", "a@b.example"), testing::ElementsAre("reported.email = a@b.example"));
  EXPECT_THAT(read("Screen Name", "bob"), testing::ElementsAre("reported.screen_name = bob"));
  EXPECT_THAT(read("Fingerprint", "77"),
              testing::ElementsAre("reported?sourceInformation/sourceCaptures/captureType = Fingerprint",
                                   "reported?sourceInformation/sourceCaptures/value = 77"));
}

TEST(JsonVocabulary, NullsEmptyListsAndMissingPartsAreNothing) {
  const Kept kept =
      ReadText(R"({"reportId": null, "dateReceived": null, "reportedInformation": {"incidentSummary": null,
    "incidentDetails": [], "batchedReport": null, "reportedPeople": {"reportedPersons": []}, "victims": null,
    "intendedRecipients": {}, "uploadedFiles": {"uploadedFiles": null}, "additionalInformations": [null, ""]}})");
  ASSERT_EQ(kept.reports.size(), 1U);
  EXPECT_THAT(WrittenOut(kept).lines(), IsEmpty());
  EXPECT_THAT(kept.reports[0].accounts, IsEmpty());
  const Kept flags = ReadText(R"({"reportId":1,"reportedInformation":{"incidentSummary":{"reportAnnotations":
    {"sextortion":true,"spam":false,"minor_to_minor_interaction":"yes"},"escalateToHighPriority":null}}})");
  EXPECT_THAT(WrittenOut(flags).lines(),
              testing::ElementsAre("report.id = 1", "report.flag = sextortion", "report.flag = minorToMinorInteraction",
                                   "report?reportedInformation/incidentSummary/reportAnnotations/spam = false"));
  const Kept flat = ReadText(R"({"reportId":1,"reportedPeople":{"reportedPersons":{"espUserId":"u"}},"n":2})");
  EXPECT_THAT(WrittenOut(flat).lines(),
              testing::ElementsAre("report.id = 1", "report?n = 2", "reported.identifier = u"));
}

// A list of reports in an object may be far larger than one report.
TEST(JsonVocabulary, ListsInsideOfObjectsAreCutIntoReports) {
  const auto ids = [](const std::string& text) {
    std::string out;
    for (const size_t piece : {1'000'000U, 1U}) {
      const Kept kept = ReadText(text, piece);
      std::string one;
      const WrittenOut written(kept);
      for (const std::string& line : written.lines()) one += line + ';';
      EXPECT_TRUE(out.empty() || out == one) << text;
      out = one;
    }
    return out;
  };
  const std::string list = R"([{"reportId":1,"x":[{"y":2}]}, {"reportId":3}])";
  EXPECT_EQ(ids(list), "report.id = 1;report?x/y = 2;report.id = 3;");
  const std::string both = ids(list);
  EXPECT_EQ(ids("{\"reports\": " + list + "}"), both);
  EXPECT_EQ(ids("{\"count\": 2, \"tags\": [\"a\"], \"reports\" : " + list + ", \"end\": {\"a\": []}}"), both);
  EXPECT_EQ(ids("[{\"reports\":" + list + "},{\"reports\":" + list + "}]"), both + both);
  EXPECT_EQ(ids("{\"a\":" + list + ",\"b\":" + list + "}\n{\"reports\":" + list + "}\n"), both + both + both);
  EXPECT_EQ(ids("{\"data\":{\"reports\":" + list + "}}"), both);
  EXPECT_EQ(ids(R"({"victims":[{"espUserId":"v"}],"reportId":1})"), "report.id = 1;victim.identifier = v;");
  EXPECT_EQ(ids(R"({"reports":[{"reportId":1},)"),
            "report.id = 1;damage document = The document ends before its list does.;");
  EXPECT_EQ(ids(R"({"reports":[{"reportId":1}],"n":)"),
            "report.id = 1;damage document = The document ends before its list does.;");
  std::string large = "{\"reports\":[{\"reportId\":0}";
  while (large.size() < kRecordBytesMax + 1'000'000)
    large += ",{\"reportId\":5,\"z\":\"" + std::string(500'000, 'z') + "\"}";
  const Kept kept = ReadText(large + "]}", 65'536);
  EXPECT_EQ(kept.reports.size(), CountOf(large, "reportId"));
  EXPECT_THAT(kept.damage, IsEmpty());
}

// ---- CSV

TEST(CsvVocabulary, EveryColumnHasItsPlace) {
  struct Column {
    std::string table, name, where;
    std::string value = std::string(kValue);
  };
  const std::string accounts = "report_id,role";
  const std::string files = "report_id,file_id";
  const std::string ips = "report_id,ip";
  const std::vector<Column> columns = {{accounts, "received", "report.received"},
                                       {accounts, "provider", "report.provider"},
                                       {accounts, "incident_type", "report.incident_type"},
                                       {accounts, "incident_time", "report.incident_at"},
                                       {accounts, "urgent", "report.urgent"},
                                       {accounts, "urgent", "reported?urgent", "no"},
                                       {accounts, "annotations", "report.flag"},
                                       {accounts, "batched_reason", "report.batched"},
                                       {accounts, "service", "reported.service"},
                                       {accounts, "user_id", "reported.identifier"},
                                       {accounts, "screen_name", "reported.screen_name"},
                                       {accounts, "display_names", "reported.display_name"},
                                       {accounts, "emails", "reported.email"},
                                       {accounts, "phones", "reported.phone"},
                                       {accounts, "profile_urls", "reported.profile_url"},
                                       {accounts, "device_ids", "reported.device_id"},
                                       {accounts, "first_name", "reported.first_name"},
                                       {accounts, "last_name", "reported.last_name"},
                                       {accounts, "birth_date", "reported.birth_date"},
                                       {accounts, "age", "reported.age"},
                                       {accounts, "country", "reported.country"},
                                       {accounts, "school", "reported.school"},
                                       {accounts, "group", "reported.group"},
                                       {accounts, "prior_reports", "reported.prior_report"},
                                       {accounts, "notes", "reported.notes"},
                                       {accounts, "mystery", "reported?mystery"},
                                       {files, "user_id", "file.user_id"},
                                       {files, "file_name", "file.name"},
                                       {files, "original_name", "file.original_name"},
                                       {files, "uploaded", "file.uploaded"},
                                       {files, "md5", "file.hash MD5"},
                                       {files, "sha1", "file.hash SHA1"},
                                       {files, "viewed_by_provider", "file.viewed", "true"},
                                       {files, "viewed_by_provider", "file.viewed", "false"},
                                       {files, "viewed_by_provider", "file?viewed_by_provider"},
                                       {files, "exif_viewed", "file.exif_viewed", "true"},
                                       {files, "publicly_available", "file.public", "false"},
                                       {files, "relevance", "file.relevance"},
                                       {files, "classification", "file.class"},
                                       {files, "annotations", "file.flag"},
                                       {files, "notes", "file.text"},
                                       {files, "mystery", "file?mystery"},
                                       {ips, "user_id", "ip_row.user_id"},
                                       {ips, "port", "ip_row.ip.port", "51234"},
                                       {ips, "port", "ip_row?port"},
                                       {ips, "time", "ip_row.ip.at"},
                                       {ips, "event", "ip_row.ip.event"},
                                       {ips, "proxy", "ip_row.ip.proxy", "true"},
                                       {ips, "proxy", "ip_row.ip.proxy", "false"},
                                       {ips, "proxy", "ip_row?proxy"},
                                       {ips, "mystery", "ip_row?mystery"}};
  for (const Column& column : columns) {
    const std::string second = column.table == files ? "f" : column.table == ips ? "192.0.2.1" : "";
    std::string text = column.table + ',' + column.name + "\n1," + second + ',' + column.value + '\n';
    const Row row{.path = column.name, .where = column.where, .value = column.value};
    Expect(row, ReadText(text), text);
    // With the other separators, a mark, other line ends, a line of the spreadsheet's own, a separator too many.
    for (const char separator : {';', '\t'}) {
      std::string other = text;
      std::ranges::replace(other, ',', separator);
      Expect(row, ReadText(other, 1), other);
      Expect(row, ReadText("sep=" + std::string(1, separator) + "\r\n" + other), other);
      Expect(row, ReadText(InUtf16(other, true, true), 3), other);
    }
    std::string windows = "\xEF\xBB\xBF" + text.substr(0, text.find('\n')) + ",\r\n\r\n" +
                          text.substr(text.find('\n') + 1, text.size() - text.find('\n') - 2) + ",\r\n";
    Expect(row, ReadText(windows), windows);
  }
}

TEST(CsvVocabulary, HeadersMayBeSpeltOtherwise) {
  for (const std::string_view header : {"Report ID,IP Address,Source Port,Date/Time,User-ID",
                                        "report-id\tip\tPort\t"
                                        "timestamp\tESP User ID",
                                        "\"REPORT_ID\";\"Ip\";\"port\";\"time\";\"user id\""}) {
    const char separator = header.find('\t') != std::string_view::npos  ? '\t'
                           : header.find(';') != std::string_view::npos ? ';'
                                                                        : ',';
    std::string row = "1,192.0.2.1,443,2022-03-02T10:15:30Z,u";
    std::ranges::replace(row, ',', separator);
    const Kept kept = ReadText(std::string(header) + '\n' + row);
    EXPECT_THAT(WrittenOut(kept).lines(),
                testing::UnorderedElementsAre("ip_row.report_id = 1", "ip_row.user_id = u", "ip_row.ip = 192.0.2.1",
                                              "ip_row.ip.port = 443", "ip_row.ip.at = 2022-03-02T10:15:30Z"))
        << header;
  }
  const Kept roles = ReadText("Report Number,Role,Email\n1,Intended Recipient,a@b.example\n2,Suspect,\n3,cat,\n");
  EXPECT_THAT(WrittenOut(roles).lines(),
              testing::ElementsAre("report.id = 1", "recipient.email = a@b.example", "report.id = 2",
                                   "damage account_row = This row is not read: its role is none of reported, "
                                   "recipient, victim, associated."));
}

}  // namespace
}  // namespace crossguard::intake
