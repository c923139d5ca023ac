// The whole vocabulary of the report XML, element by element, each with the place where it must be found afterwards. A
// row whose place begins with '?' is kept as an unknown field. What is added to a reader is added here.
#include <gmock/gmock.h>

#include <algorithm>

#include "intake/testing_vocabulary.h"

namespace crossguard::intake {
namespace {
using testing::Contains;

bool Below(std::string_view path, std::string_view element) {
  return path.find("/" + std::string(element) + "/") != std::string_view::npos ||
         path.starts_with(std::string(element) + "/");
}

// What a value needs beside itself to mean anything.
std::string CompanionsXml(const std::string& path, const std::string& element) {
  if (element == "ipCaptureEvent" && Below(path, element) && !path.ends_with("ipAddress"))
    return "<ipAddress>192.0.2.1</ipAddress>";
  if (element == "deviceId" && Below(path, element) && !path.ends_with("idValue")) return "<idValue>1</idValue>";
  if (element == "nameValuePair" && path.ends_with("value")) return "<name>MD5</name>";
  if (element == "nameValuePair" && path.ends_with("name")) return "<value>1</value>";
  return "";
}

// <a><b attribute="value"/></a>, or <a><b><c>value</c></b></a>.
std::string Xml(const Row& row) {
  const size_t at = row.path.find('@');
  const std::string attribute = at == std::string::npos ? "" : row.path.substr(at + 1);
  const std::vector<std::string> elements = Split(row.path.substr(0, at), '/');
  std::string begin;
  std::string end;
  for (size_t i = 0; i < elements.size(); ++i) {
    // "details:HASH" is <details type="HASH">.
    const std::vector<std::string> name = Split(elements[i], ':');
    begin += '<' + name[0];
    if (name.size() > 1) begin += " type=\"" + name[1] + '"';
    if (i + 1 == elements.size() && !attribute.empty()) begin += ' ' + attribute + "=\"" + row.value + '"';
    begin += '>';
    begin += CompanionsXml(row.path, name[0]);
    end.insert(0, "</" + name[0] + '>');
  }
  // A contact's attributes belong to a contact.
  const std::string& last = elements.back();
  const bool contact = last == "email" || last == "phone" || last == "emailAddress" || last == "phoneNumber";
  return begin + (attribute.empty() ? row.value : contact ? "contact" : "") + end;
}

std::vector<Row> With(const std::string& path, const std::string& where, const std::vector<Row>& rows) {
  std::vector<Row> out;
  for (const Row& row : rows) {
    const std::string separator = row.path.starts_with('@') ? "" : "/";
    Row one{.path = path + separator + row.path, .where = where + row.where, .value = row.value};
    if (row.where.starts_with('?')) one.where = where + row.where;
    out.push_back(std::move(one));
  }
  return out;
}

void Append(std::vector<Row>& to, std::vector<Row> rows) {
  std::ranges::move(rows, std::back_inserter(to));
}

const std::vector<Row>& IpRows() {
  static const std::vector<Row> kRows = {{"ipCaptureEvent/ipAddress", ".ip"},
                                         {"ipCaptureEvent/eventName", ".ip.event"},
                                         {"ipCaptureEvent/dateTime", ".ip.at"},
                                         {"ipCaptureEvent/possibleProxy", ".ip.proxy", "true"},
                                         {"ipCaptureEvent/possibleProxy", ".ip.proxy", "false"},
                                         {"ipCaptureEvent/possibleProxy", "?ipCaptureEvent/possibleProxy"},
                                         {"ipCaptureEvent/port", ".ip.port", "51234"},
                                         {"ipCaptureEvent/port", "?ipCaptureEvent/port"},
                                         {"ipCaptureEvent/newField", "?ipCaptureEvent/newField"}};
  return kRows;
}

const std::vector<Row>& DeviceRows() {
  static const std::vector<Row> kRows = {{"deviceId/idType", ".device_id.id_type"},
                                         {"deviceId/idValue", ".device_id"},
                                         {"deviceId/eventName", ".device_id.event"},
                                         {"deviceId/dateTime", ".device_id.at"}};
  return kRows;
}

// email and phone, whatever the element is called.
std::vector<Row> ContactRows(const std::string& element, const std::string& type) {
  std::vector<Row> out = {{element, '.' + type},
                          {element + "@type", '.' + type + ".event"},
                          {element + "@verified", '.' + type + ".verified", "true"},
                          {element + "@verified", '.' + type + ".verified", "false"},
                          {element + "@verified", '?' + element + "@verified"},
                          {element + "@verificationDate", '.' + type + ".at"}};
  if (type == "phone") {
    out.push_back({element + "@countryCallingCode", ".phone.calling_code"});
    out.push_back({element + "@extension", '?' + element + "@extension"});
  }
  return out;
}

std::vector<Row> AddressRows() {
  return {{"address/address", ".address"},
          {"address/city", ".city"},
          {"address/zipCode", ".postal_code"},
          {"address/state", ".state"},
          {"address/nonUsaState", ".state"},
          {"address/country", ".country"},
          {"address@type", ".address_type"},
          {"address:Billing/address", ".billing_address"},
          {"address:Billing/city", ".billing_city"},
          {"address:Billing/zipCode", ".billing_postal_code"},
          {"address:Billing/country", ".billing_country"}};
}

std::vector<Row> PersonRows() {
  std::vector<Row> out = {{"firstName", ".first_name"},   {"middleName", ".middle_name"},
                          {"lastName", ".last_name"},     {"age", ".age"},
                          {"dateOfBirth", ".birth_date"}, {"ageAssertionDiscrepancy", ".age_discrepancy"}};
  Append(out, ContactRows("email", "email"));
  Append(out, ContactRows("phone", "phone"));
  Append(out, AddressRows());
  return out;
}

std::vector<Row> AccountRows() {
  std::vector<Row> out = {{"espIdentifier", ".identifier"},
                          {"espService", ".service"},
                          {"compromisedAccount", ".compromised"},
                          {"screenName", ".screen_name"},
                          {"displayName", ".display_name"},
                          {"profileUrl", ".profile_url"},
                          {"profileBio", ".bio"},
                          {"priorCTReports", ".prior_report"},
                          {"groupIdentifier", ".group"},
                          {"accountTemporarilyDisabled", ".temporarily_disabled"},
                          {"accountTemporarilyDisabled@disabledDate", ".temporarily_disabled_date"},
                          {"accountTemporarilyDisabled@userNotified", ".temporarily_disabled_user_notified"},
                          {"accountTemporarilyDisabled@userNotifiedDate", ".temporarily_disabled_user_notified_date"},
                          {"accountTemporarilyDisabled@reenabledDate", ".temporarily_disabled_reenabled_date"},
                          {"accountPermanentlyDisabled", ".permanently_disabled"},
                          {"accountPermanentlyDisabled@disabledDate", ".permanently_disabled_date"},
                          {"accountPermanentlyDisabled@userNotified", ".permanently_disabled_user_notified"},
                          {"accountPermanentlyDisabled@userNotifiedDate", ".permanently_disabled_user_notified_date"},
                          {"estimatedLocation/city", ".estimated_city"},
                          {"estimatedLocation/region", ".estimated_region"},
                          {"estimatedLocation/countryCode", ".estimated_country"},
                          {"estimatedLocation@verified", ".estimated_location_verified"},
                          {"estimatedLocation@timestamp", ".estimated_location_at"},
                          {"allEmailsReported", ".all_emails_reported"},
                          {"additionalInfo", ".notes"},
                          {"newField", "?newField"},
                          {"newField/below", "?newField/below"},
                          {"@newAttribute", "?@newAttribute"}};
  Append(out, IpRows());
  Append(out, DeviceRows());
  return out;
}

std::vector<Row> AssociatedRows() {
  std::vector<Row> out = {{"@type", ".association"},
                          {"platform", ".platform"},
                          {"platform@thirdPartyUser", "?platform@thirdPartyUser"},
                          {"approximateAge", ".age"},
                          {"priorCTReport", ".prior_report"}};
  Append(out, PersonRows());
  Append(out, AccountRows());
  return out;
}

std::vector<Row> ReportRows() {
  std::vector<Row> out = {
      {"reportId", "report.id"},
      {"batchedReport@reason", "report.batched"},
      {"additionalInfo", "report.text"},
      {"incidentSummary/incidentType", "report.incident_type"},
      {"incidentSummary/platform", "report?incidentSummary/platform"},
      {"incidentSummary/escalateToHighPriority", "report.urgent"},
      {"incidentSummary/escalateToHighPriority", "report.urgent", ""},
      {"incidentSummary/escalateToHighPriority", "report?incidentSummary/escalateToHighPriority", "false"},
      {"incidentSummary/incidentDateTime", "report.incident_at"},
      {"incidentSummary/incidentDateTimeDescription", "report?incidentSummary/incidentDateTimeDescription"},
      {"reporter/companyTemplate", "report.provider"},
      {"reporter/termsOfService", "report?reporter/termsOfService"},
      {"reporter/legalURL", "report?reporter/legalURL"},
      {"newField", "report?newField"}};
  for (const std::string flag :
       {"sextortion", "csamSolicitation", "minorToMinorInteraction", "spam", "sadisticOnlineExploitation",
        "informational", "potentialAggravatingFactors", "instrumentalUse", "somethingNew"}) {
    for (const std::string value : {"", "true", "1"}) {
      // The flag's name is what must be found.
      out.push_back({"incidentSummary/reportAnnotations/" + flag + '=' + value, "report.flag", flag});
    }
  }
  for (const std::string text : {"agencyName", "caseNumber", "reportedToLe", "servedLegalProcessDomestic",
                                 "servedLegalProcessInternational", "servedLegalProcessInternational@fleaCountry",
                                 "officerContact/firstName", "officerContact/email", "officerContact/phone"})
    out.push_back({"lawEnforcement/" + text, "report?lawEnforcement/" + text});
  for (const std::string who : {"reportingPerson", "contactPerson"}) {
    for (const std::string text : {"firstName", "lastName", "email", "email@type", "phone", "phone@extension",
                                   "address/address", "address/country"})
      out.push_back({"reporter/" + who + '/' + text, "report?reporter/" + who + '/' + text});
  }
  return out;
}

std::vector<Row> InternetRows() {
  std::vector<Row> out = {{"webPageIncident/url", "report.profile_url"}};
  const auto unknown = [&](const std::string& incident, const std::vector<std::string>& names) {
    for (const std::string& name : names)
      out.push_back({incident + '/' + name, "report?internetDetails/" + incident + '/' + name});
  };
  const auto text = [&](const std::string& incident, const std::vector<std::string>& names) {
    for (const std::string& name : names) out.push_back({incident + '/' + name, "report.text"});
  };
  out.push_back({"webPageIncident@thirdPartyHostedContent",
                 "report?internetDetails/webPageIncident@thirdPartyHostedContent", "true"});
  text("webPageIncident", {"additionalInfo"});
  text("emailIncident", {"content", "additionalInfo"});
  text("newsgroupIncident", {"content", "additionalInfo"});
  text("chatImIncident", {"content", "additionalInfo"});
  text("onlineGamingIncident", {"content", "additionalInfo"});
  text("cellPhoneIncident", {"additionalInfo"});
  text("nonInternetIncident", {"additionalInfo"});
  text("peer2peerIncident", {"additionalInfo", "fileNames"});
  unknown("newsgroupIncident", {"name"});
  unknown("chatImIncident", {"chatClient", "chatRoomName"});
  unknown("onlineGamingIncident", {"gameName", "console"});
  unknown("cellPhoneIncident", {"latitude", "longitude"});
  unknown("nonInternetIncident", {"locationName", "incidentAddress/address", "incidentAddress/country"});
  unknown("peer2peerIncident", {"client"});
  for (const std::string incident : {"emailIncident", "newsgroupIncident"}) {
    for (Row row : ContactRows("emailAddress", "email")) {
      row.where = row.where.starts_with('?') ? "report?internetDetails/" + incident + '/' + row.where.substr(1)
                                             : "report" + row.where;
      out.push_back({incident + '/' + row.path, row.where, row.value});
    }
  }
  for (Row row : ContactRows("phoneNumber", "phone")) {
    row.where = row.where.starts_with('?') ? "report?internetDetails/cellPhoneIncident/" + row.where.substr(1)
                                           : "report" + row.where;
    out.push_back({"cellPhoneIncident/" + row.path, row.where, row.value});
  }
  for (Row row : IpRows()) {
    row.where = row.where.starts_with('?') ? "report?internetDetails/peer2peerIncident/" + row.where.substr(1)
                                           : "report" + row.where;
    out.push_back({"peer2peerIncident/" + row.path, row.where, row.value});
  }
  return With("internetDetails", "", out);
}

std::vector<Row> FileRows() {
  std::vector<Row> out = {{"reportId", ".report_id"},
                          {"fileId", ".id"},
                          {"fileName", ".name"},
                          {"originalFileName", ".original_name"},
                          {"uploadedToEspTimestamp", ".uploaded"},
                          {"locationOfFile", ".profile_url"},
                          {"fileViewedByEsp", ".viewed", "true"},
                          {"fileViewedByEsp", ".viewed", "false"},
                          {"fileViewedByEsp", "?fileViewedByEsp"},
                          {"exifViewedByEsp", ".exif_viewed", "true"},
                          {"exifViewedByEsp", ".exif_viewed", "false"},
                          {"exifViewedByEsp", "?exifViewedByEsp"},
                          {"publiclyAvailable", ".public", "true"},
                          {"publiclyAvailable", ".public", "false"},
                          {"publiclyAvailable", "?publiclyAvailable"},
                          {"fileRelevance", ".relevance"},
                          {"industryClassification", ".class"},
                          {"originalFileHash", ".hash "},
                          {"potentialMeme", "?potentialMeme", "false"},
                          {"details:EXIF/nameValuePair/value", "?details/nameValuePair/value"},
                          {"details:HASH/nameValuePair/value", ".hash MD5"},
                          {"details:HASH/newField", "?details/newField"},
                          {"additionalInfo", ".text"},
                          {"newField", "?newField"},
                          {"newField@attribute", "?newField@attribute"}};
  for (const std::string flag :
       {"animeDrawingVirtualHentai", "potentialMeme", "viral", "possibleSelfProduction", "physicalHarm", "violenceGore",
        "bestiality", "liveStreaming", "infant", "generativeAi", "somethingNew"}) {
    for (const std::string value : {"", "true"})
      out.push_back({"fileAnnotations/" + flag + '=' + value, ".flag", flag});
  }
  for (const std::string value : {"", "true", "1"}) out.push_back({"potentialMeme=" + value, ".flag", "potentialMeme"});
  Append(out, IpRows());
  Append(out, DeviceRows());
  return out;
}

// "a/flag=value" names a flag element and its text: what must be found is the row's value, the flag's name.
std::string RowXml(const Row& row) {
  const size_t equals = row.path.find('=');
  if (equals == std::string::npos) return Xml(row);
  return Xml({.path = row.path.substr(0, equals), .where = row.where, .value = row.path.substr(equals + 1)});
}

void ReadAll(const std::vector<Row>& rows, const std::string& before, const std::string& after) {
  for (const Row& row : rows) {
    const std::string text = before + RowXml(row) + after;
    Expect(row, ReadText(text), text);
  }
}

TEST(XmlVocabulary, EveryElementOfAReportHasItsPlace) {
  ReadAll(ReportRows(), "<report>", "</report>");
  ReadAll(InternetRows(), "<report>", "</report>");
}

TEST(XmlVocabulary, EveryElementOfAnAccountHasItsPlaceInEveryRole) {
  struct Role {
    std::string element, person, where;
  };
  for (const Role& role :
       {Role{"personOrUserReported", "personOrUserReportedPerson", "reported"},
        Role{"intendedRecipient", "intendedRecipientPerson", "recipient"}, Role{"victim", "victimPerson", "victim"}}) {
    std::vector<Row> rows = AccountRows();
    for (Row row : PersonRows()) {
      if (row.where.starts_with('?')) row.where = '?' + role.person + '/' + row.where.substr(1);
      rows.push_back({role.person + '/' + row.path, row.where, row.value});
    }
    if (role.where == "reported") {
      rows.push_back({"vehicleDescription", ".vehicle"});
      rows.push_back({"thirdPartyUserReported", ".third_party_user"});
    }
    if (role.where == "victim") rows.push_back({"schoolName", ".school"});
    ReadAll(With(role.element, role.where, rows), "<report>", "</report>");
    // An associated account, of each kind; on a victim's side it is the victim's.
    const std::string below = role.where == "victim" ? "victim" : "associated";
    ReadAll(With(role.element + "/associatedAccount", below, AssociatedRows()), "<report>", "</report>");
  }
  for (const std::string type : {"Billing", "Linked", "Business", "Creator", "Parent/Guardian", "Other"}) {
    const Kept kept = ReadText("<report><personOrUserReported><associatedAccount type=\"" + type +
                               "\"><email>a@mail.example</email></associatedAccount></personOrUserReported></report>");
    EXPECT_THAT(WrittenOut(kept).lines(), Contains("associated.association = " + type));
    EXPECT_THAT(WrittenOut(kept).lines(), Contains("associated.email = a@mail.example"));
  }
}

TEST(XmlVocabulary, EveryElementOfFileDetailsHasItsPlaceAloneAndInAReport) {
  const std::vector<Row> rows = With("fileDetails", "file", FileRows());
  ReadAll(rows, "", "");
  ReadAll(rows, "<export><other/>", "</export>");
  std::vector<Row> inside;
  for (const Row& row : rows) {
    if (row.where != "file.report_id") inside.push_back(row);
  }
  ReadAll(inside, "<report>", "</report>");
  ReadAll(inside, "<report><files>", "</files></report>");
  const Kept kept = ReadText("<report reportId=\"7\"/>");
  EXPECT_THAT(WrittenOut(kept).lines(), testing::ElementsAre("report.id = 7"));
}

TEST(XmlVocabulary, AnEventOfNothingIsKeptAsUnknown) {
  const Kept kept = ReadText(
      "<report><personOrUserReported><ipCaptureEvent><eventName>Login</eventName></ipCaptureEvent><deviceId><idType>"
      "IMEI</idType></deviceId><screenName/></personOrUserReported></report>");
  EXPECT_THAT(WrittenOut(kept).lines(),
              testing::ElementsAre("reported?ipCaptureEvent/eventName = Login", "reported?deviceId/idType = IMEI"));
}

TEST(XmlVocabulary, TextWhereNoneBelongsIsKept) {
  const Kept kept = ReadText(
      "<report>stray <incidentSummary>one<incidentType>T</incidentType></incidentSummary><victim>"
      "two<ipCaptureEvent>three</ipCaptureEvent></victim></report>");
  EXPECT_THAT(WrittenOut(kept).lines(),
              testing::ElementsAre("report.incident_type = T", "report? = stray", "report?incidentSummary = one",
                                   "report?victim = two", "victim?ipCaptureEvent = three"));
}

// The same in every spelling that XML allows.
TEST(XmlVocabulary, TheSpellingOfXmlChangesNothing) {
  const std::vector<std::string> plain =
      WrittenOut(ReadText("<report><reportId>7</reportId><personOrUserReported><personOrUserReportedPerson><email "
                          "verified=\"true\">a@mail.example</email></personOrUserReportedPerson><screenName>A&amp;B "
                          "C</screenName></personOrUserReported></report>"))
          .lines();
  ASSERT_EQ(plain.size(), 4U);
  for (const std::string_view text :
       {"<?xml version='1.0'?><n:report xmlns:n='urn:x'><n:reportId>7</n:reportId><n:personOrUserReported>"
        "<n:personOrUserReportedPerson><n:email n:verified='true'>a@mail.example</n:email>"
        "</n:personOrUserReportedPerson><n:screenName>A&#38;B&#x20;C</n:screenName></n:personOrUserReported></"
        "n:report>",
        "\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8'?>\r\n<report xmlns='urn:x'>\r\n<personOrUserReported>\r\n"
        "<screenName><![CDATA[A&B]]><!-- no --> C</screenName>\r\n<personOrUserReportedPerson><?p i?><email "
        "verified='1'>a@<!---->mail.example</email></personOrUserReportedPerson>\r\n</personOrUserReported>\r\n"
        "<reportId>\r\n 7\r\n</reportId></report>\r\n",
        "\n \n<?xml version='1.0'?><report><reportId>&#55;</reportId><personOrUserReported><personOrUserReportedPerson>"
        "<email xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='email' "
        "verified='TRUE'>a&#x40;mail.example</email></personOrUserReportedPerson><screenName>A&#x26;B "
        "C</screenName></personOrUserReported></report>"}) {
    for (const size_t piece : {1'000'000U, 1U}) {
      std::vector<std::string> lines = WrittenOut(ReadText(text, piece)).lines();
      std::erase_if(lines, [](const std::string& line) { return line.find("xsi:type") != std::string::npos; });
      std::ranges::sort(lines);
      std::vector<std::string> expected = plain;
      std::ranges::sort(expected);
      EXPECT_EQ(lines, expected) << text;
    }
  }
}

TEST(XmlVocabulary, ReadsOtherEncodings) {
  const std::string plain =
      "<?xml version=\"1.0\" encoding=\"UTF-16\"?><e><report><reportId>7</reportId></report><report>"
      "<reportId>8</reportId></report></e>";
  for (const bool little : {true, false}) {
    for (const bool mark : {true, false}) {
      for (const size_t piece : {1'000'000U, 3U, 1U}) {
        const Kept kept = ReadText(InUtf16(plain, little, mark), piece);
        EXPECT_EQ(WrittenOut(kept).lines(), (std::vector<std::string>{"report.id = 7", "report.id = 8"}))
            << little << mark << piece;
      }
    }
  }
  const Kept latin = ReadText(
      "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><report><personOrUserReported><displayName>M\xFCller"
      "</displayName></personOrUserReported></report>");
  EXPECT_THAT(WrittenOut(latin).lines(), Contains("reported.display_name = Müller"));
}

}  // namespace
}  // namespace crossguard::intake
