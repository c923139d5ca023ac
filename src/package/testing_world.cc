#include "package/testing_world.h"

#include "crypto/x509.h"

namespace crossguard {
namespace {

std::string ReportXml(const std::string& id, const std::string& people, const std::string& more = "") {
  return "<report><reportId>" + id +
         "</reportId><reporter><companyTemplate>Example Services</companyTemplate></reporter>\n<incidentSummary>"
         "<incidentType>Online Enticement of Children for Sexual Acts</incidentType>"
         "<incidentDateTime>2022-03-02T10:15:30Z</incidentDateTime></incidentSummary>\n" +
         people + more + "</report>\n";
}
// A reported account whose every value holds its identifier.
std::string Person(const std::string& id, const std::string& more = "", const std::string& age = "30") {
  return "<personOrUserReported><personOrUserReportedPerson><firstName>First " + id + "</firstName><email>" + id +
         "@mail.example</email><age>" + age + "</age></personOrUserReportedPerson>\n<espIdentifier>" + id +
         "</espIdentifier><espService>examplechat</espService><screenName>" + id +
         "</screenName><ipCaptureEvent><ipAddress>192.0.2.7</ipAddress><eventName>Login</eventName>"
         "<dateTime>2022-03-01T10:00:00Z</dateTime><port>4000</port></ipCaptureEvent>" +
         more + "</personOrUserReported>\n";
}
std::string DetailsXml(const std::string& report, const std::string& file, const std::string& name) {
  return "<fileDetails><reportId>" + report + "</reportId><fileId>" + file + "</fileId><originalFileName>" + name +
         "</originalFileName><fileViewedByEsp>true</fileViewedByEsp></fileDetails>";
}

Authority Agency(const std::string& id, const std::string& country) {
  return {.id = id,
          .name = "Agency <" + id + ">",
          .kind = "third_country",
          .country = country,
          .units = {},
          .contact = id + "@agency.example",
          .languages = {},
          .certificate_path = ""};
}

}  // namespace

void World::FillBook() {
  book_.self = "nz-dia";
  for (const auto& [id, country] : std::vector<std::pair<std::string, std::string>>{{"nz-dia", "NZ"},
                                                                                    {"nz-police", "NZ"},
                                                                                    {"at-bk", "AT"},
                                                                                    {"gb-nca", "GB"},
                                                                                    {"hr-mup", "HR"},
                                                                                    {"es-pn", "ES"},
                                                                                    {"si-pol", "SI"},
                                                                                    {"hu-pol", "HU"},
                                                                                    {"ca-rcmp", "CA"},
                                                                                    {"us-hsi", "US"},
                                                                                    {"gr-hp", "GR"},
                                                                                    {"cz-pcr", "CZ"}}) {
    book_.authorities.push_back(Agency(id, country));
  }
  const Instant past = *ParseInstant("2015-01-01T00:00:00Z");
  const auto gateway = [&](const std::string& to, std::vector<std::string> kinds) -> Gateway& {
    book_.gateways.push_back({.id = "gw-" + to,
                              .from = book_.self,
                              .to = to,
                              .purposes = {"facilitate_exchange", "operational_analysis"},
                              .data_kinds = std::move(kinds),
                              .valid_from = past,
                              .valid_until = std::nullopt,
                              .legal_reference = "Example agreement with " + to + ", art. 7",
                              .conditions = "for the case only"});
    return book_.gateways.back();
  };
  gateway("at-bk", {"referral", "evidence"});
  gateway("gb-nca", {"referral"});
  gateway("nz-police", {"referral", "evidence"});
  gateway("us-hsi", {"referral"});
  gateway("gr-hp", {"referral"});
  gateway("cz-pcr", {"referral"});
  gateway("es-pn", {"referral"}).valid_until = *ParseInstant("2021-06-01T00:00:00Z");
  gateway("si-pol", {"referral"}).valid_from = *ParseInstant("2030-01-01T00:00:00Z");
  gateway("hu-pol", {"referral"}).purposes = {"strategic_analysis"};
  gateway("ca-rcmp", {"selectors"});
  Gateway& other_way = gateway("nz-dia", {"referral"});  // in, not out
  other_way.from = "hr-mup";
  for (const char* officer : {"officer-1", "officer-2", "officer-3"}) {
    book_.officers.push_back(
        {.id = officer, .roles = {"intake", "analyst", "triage", "dissemination", "supervisor", "data_protection"}});
  }
}

std::string World::ExpiredCertificate() {
  const PrivateKey key = PrivateKey::MakeP256(random_);
  const auto certificate = MUST(MakeSelfSigned({.common_name = "cz-pcr",
                                                .organization = "",
                                                .country = "",
                                                .use = CertificateUse::kRecipient,
                                                .not_before = *ParseInstant("2020-01-01T00:00:00Z"),
                                                .not_after = *ParseInstant("2022-01-01T00:00:00Z")},
                                               key, random_));
  WriteText(root_ + "/keys/expired.crt", certificate.Pem());
  return root_ + "/keys/expired.crt";
}

void World::PutDocuments() {
  // A victim in the report: the report's text stays, and of the document only the reported account's record goes.
  Put("reports/1001.xml",
      ReportXml(
          "1001", Person("at-one"),
          "<victim><victimPerson><firstName>victim-name</firstName><email>victim-mail@mail.example</email><age>11</age>"
          "</victimPerson><espIdentifier>victim-id</espIdentifier><espService>examplechat</espService>"
          "<schoolName>victim-school</schoolName></victim><additionalInfo>victim-text: write to "
          "victim-mail@mail.example</additionalInfo>"));
  Put("reports/1001-f1.xml", DetailsXml("1001", "f1", "holiday.jpg"));
  Put("files/f1.jpg", "\xFF\xD8\xFF noise of f1");
  // Nobody else in it: goes whole. Names as a stranger may choose them.
  Put("reports/1002.xml",
      ReportXml("1002",
                Person("at-two",
                       "<displayName>&lt;script&gt;alert(\"1\")&lt;/script&gt; \xE2\x80\xAE evil \xC2\x85</displayName>"
                       "<additionalInfo>at-two says hello</additionalInfo>"),
                "<additionalInfo>text about at-two alone</additionalInfo>"));
  Put("reports/1002-f2.xml", DetailsXml("1002", "f2", "../../etc/passwd\" &lt;img src=x&gt;.jpg"));
  Put("files/f2.jpg", std::string(300'000, 'f') + "end of f2");
  Put("reports/1003.xml", ReportXml("1003", Person("gb-one")));
  Put("reports/1003-g1.xml", DetailsXml("1003", "g1", "g.jpg"));
  Put("files/g1.jpg", "\xFF\xD8\xFF noise of g1");
  Put("reports/1004.xml", ReportXml("1004", Person("at-minor", "", "15")));
  Put("reports/1004-m1.xml", DetailsXml("1004", "m1", "m.jpg"));
  Put("files/m1.jpg", "\xFF\xD8\xFF noise of m1");
  int number = 1100;
  for (const char* id : {"nz-one", "hr-one", "es-one", "si-one", "hu-one", "ca-one", "us-one", "gr-one", "cz-one",
                         "fr-one", "unclear-one", "untriaged-one", "twice-named"}) {
    const std::string report = std::to_string(++number);
    Put("reports/" + report + ".xml", ReportXml(report, Person(id)));
  }
  // Reported in one report, a victim in another.
  Put("reports/1200.xml",
      ReportXml(
          "1200", Person("gb-one"),
          "<victim><victimPerson><firstName>V</firstName></victimPerson><espIdentifier>twice-named</espIdentifier>"
          "<espService>examplechat</espService></victim>"));
  // 4001 came twice; what its second coming says was not taken, so nobody knows of whom that document speaks.
  Put("reports/4001.xml", ReportXml("4001", Person("gb-dup")));
  Put("reports/4002.xml", "<reports>" + ReportXml("4002", Person("at-dup")) +
                              ReportXml("4001", Person("gb-dup", "<profileBio>gb-dup again</profileBio>")) +
                              "</reports>");
  // Tables with accounts of two countries and a victim. A quote inside a field is a letter like any other.
  Put("tables/accounts.csv",
      "report_id,user_id,service,role,screen_name,emails,notes\n"
      "2001,at-csv,examplechat,reported,at-csv,at-csv@mail.example,has a 5\" disk; wrote to mined-victim@mail.example "
      "and mined-own@mail.example\n"
      "2002,gb-csv,examplechat,reported,gb-csv,gb-csv@mail.example,gb-csv notes\n"
      "2001,victim-csv,examplechat,victim,victim-csv,victim-csv@mail.example|mined-victim@mail.example,has a 3\" "
      "disk\n");
  Put("tables/ips.csv",
      "report_id,user_id,ip,port,time,event,proxy\n"
      "2001,at-csv,198.51.100.7,4000,2022-03-01T10:00:00Z,Login,\n"
      "2002,gb-csv,203.0.113.77,4001,2022-03-01T10:00:00Z,Login,\n"
      "2001,victim-csv,203.0.113.99,4002,2022-03-01T10:00:00Z,Login,\n");
  Put("tables/files.csv",
      "report_id,user_id,file_id,file_name,viewed_by_provider\n"
      "2001,at-csv,c1,c1.jpg,yes\n"
      "2002,gb-csv,c2,gb-csv-file.jpg,yes\n");
  Put("files/c1.jpg", "\xFF\xD8\xFF noise of c1");
  Put("files/c2.jpg", "\xFF\xD8\xFF noise of c2");
  // One document, two countries, and a record inside of which another account is spoken of in the provider's own way.
  Put("dump.json",
      R"([{"reportId": 3001, "reportedInformation": {"reportingEsp": {"espName": "Example Services"},
 "incidentSummary": {"incidentType": "T", "incidentDateTime": "2022-03-02T10:15:30Z"},
 "reportedPeople": {"reportedPersons": [{"espUserId": "at-json", "espService": "examplechat", "approximateAge": 30,
   "emails": {"emails": [{"value": "at-json@mail.example"}]}, "friends": [{"espUserId": "gb-json", "note": "gb-json-friend"}]}]}}},
{"reportId": 3002, "reportedInformation": {"reportingEsp": {"espName": "Example Services"},
 "incidentSummary": {"incidentType": "T", "incidentDateTime": "2022-03-02T10:15:30Z"},
 "reportedPeople": {"reportedPersons": [{"espUserId": "gb-json", "espService": "examplechat", "approximateAge": 30,
   "emails": {"emails": [{"value": "gb-json@mail.example"}]}}]}}}])");
}

}  // namespace crossguard
