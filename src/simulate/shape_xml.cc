// Shape 1: report XML in the vocabulary of the ispws interface, one fileDetails document per file.
#include "simulate/shapes.h"
#include "simulate/words.h"

namespace crossguard::simulate {
namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

class Xml {
 public:
  void Open(std::string_view name, std::string_view attributes = {}) {
    text_ += "<" + std::string(name) + (attributes.empty() ? "" : " ") + std::string(attributes) + ">";
    open_.emplace_back(name);
  }
  void Close() {
    text_ += "</" + open_.back() + ">";
    open_.pop_back();
  }
  void Element(std::string_view name, std::string_view value, std::string_view attributes = {}) {
    if (value.empty()) return;
    Open(name, attributes);
    text_ += Escaped(value);
    Close();
  }
  void Flag(std::string_view name, std::optional<bool> value) {
    if (value) Element(name, *value ? "true" : "false");
  }
  std::string Take() { return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + std::move(text_) + "\n"; }

 private:
  std::string text_;
  std::vector<std::string> open_;
};

void PutIp(Xml& xml, const PlannedIp& ip) {
  xml.Open("ipCaptureEvent");
  xml.Element("ipAddress", ip.written);
  xml.Element("eventName", ip.event);
  xml.Element("dateTime", TimeText(ip.at_us, ip.zone, ip.offset_minutes));
  xml.Flag("possibleProxy", ip.proxy);
  if (ip.port != 0) xml.Element("port", std::to_string(ip.port));
  xml.Close();
}

void PutPerson(Xml& xml, const PlannedAccount& account, bool full) {
  xml.Element("firstName", account.first_name);
  xml.Element("lastName", account.last_name);
  for (const PlannedSelector& one : account.selectors) {
    if (!full || one.where != Where::kField || (one.type != "phone" && one.type != "email")) continue;
    std::string attributes = "type=\"" + one.kind + "\"";
    if (one.verified) attributes += *one.verified ? " verified=\"true\"" : " verified=\"false\"";
    xml.Element(one.type, one.written, attributes);
  }
  if (!account.address_country.empty()) {
    xml.Open("address", "type=\"Home\"");
    xml.Element("country", account.address_country);
    xml.Close();
  }
  if (account.billing) {
    xml.Open("address", "type=\"Billing\"");
    xml.Element("country", account.billing_country);
    xml.Close();
  }
  xml.Element("age", account.age);
  xml.Element("dateOfBirth", account.birth_date);
}

void PutFields(Xml& xml, const PlannedAccount& account, std::string_view type, std::string_view element) {
  for (const PlannedSelector& one : account.selectors) {
    if (one.type == type && one.where == Where::kField) xml.Element(element, one.written);
  }
}

void PutAccount(Xml& xml, const Block& block, const Mention& mention, std::string_view element,
                std::string_view person) {
  const PlannedAccount& account = block.accounts[mention.account];
  xml.Open(element);
  xml.Open(person);
  PutPerson(xml, account, mention.full);
  xml.Close();
  xml.Element("espIdentifier", account.id);
  xml.Element("espService", account.service);
  PutFields(xml, account, "screen_name", "screenName");
  if (mention.full) PutFields(xml, account, "profile_url", "profileUrl");
  if (mention.full) xml.Element("profileBio", account.bio);
  for (const size_t i : mention.ips) PutIp(xml, account.ips[i]);
  for (const PlannedSelector& one : account.selectors) {
    if (!mention.full || one.type != "device_id") continue;
    xml.Open("deviceId");
    xml.Element("idType", one.kind);
    xml.Element("idValue", one.written);
    xml.Close();
  }
  xml.Element("schoolName", account.school);
  for (const int64_t prior : account.prior_reports) xml.Element("priorCTReports", std::to_string(prior));
  xml.Element("groupIdentifier", account.group);
  if (!account.estimated_country.empty() && mention.full) {
    xml.Open("estimatedLocation");
    xml.Element("countryCode", account.estimated_country);
    xml.Close();
  }
  if (mention.associated) {
    const PlannedAccount& other = block.accounts[*mention.associated];
    xml.Open("associatedAccount", "type=\"" + other.associated_kind + "\"");
    PutFields(xml, other, "email", "email");
    xml.Element("espService", other.service);
    xml.Element("espIdentifier", other.id);
    xml.Close();
  }
  xml.Element("additionalInfo", mention.notes);
  xml.Close();
}

}  // namespace

std::string ReportXml(const Block& block, const PlannedReport& report) {
  Xml xml;
  xml.Open("report");
  xml.Element("reportId", std::to_string(report.id));
  xml.Element("dateReceived", TimeText(report.received_us, Zone::kUtc, 0));
  if (report.batched) {
    xml.Open("batchedReport", "reason=\"VIRAL_POTENTIAL_MEME\"");
    xml.Close();
  }
  xml.Open("incidentSummary");
  xml.Element("incidentType", report.incident_type);
  if (report.urgent) xml.Element("escalateToHighPriority", *report.urgent);
  if (!report.annotations.empty()) {
    xml.Open("reportAnnotations");
    for (const std::string& flag : report.annotations) {
      xml.Open(flag);
      xml.Close();
    }
    xml.Close();
  }
  xml.Element("incidentDateTime", TimeText(report.incident_us, Zone::kUtc, 0));
  xml.Close();
  xml.Open("reporter");
  xml.Open("reportingPerson");
  xml.Element("firstName", "Trust desk");
  xml.Element("email", "desk@kauri.example");
  xml.Close();
  xml.Element("companyTemplate", kProvider);
  xml.Close();
  if (report.id % 23 == 0) xml.Element("providerRiskScore", std::to_string(report.id % 97));  // of no vocabulary: kept
  for (const Role role : {Role::kReported, Role::kRecipient, Role::kVictim}) {
    const std::string_view element = role == Role::kReported    ? "personOrUserReported"
                                     : role == Role::kRecipient ? "intendedRecipient"
                                                                : "victim";
    for (const Mention& mention : report.mentions) {
      if (mention.role == role) PutAccount(xml, block, mention, element, std::string(element) + "Person");
    }
  }
  xml.Element("additionalInfo", report.notes);
  xml.Close();
  return xml.Take();
}

std::string FileXml(const Block& block, const PlannedReport& report, const PlannedFile& file,
                    const ClaimedDigests& claims) {
  Xml xml;
  xml.Open("fileDetails");
  xml.Element("reportId", std::to_string(report.id));
  xml.Element("fileId", file.id);
  xml.Element("fileName", file.name);
  xml.Element("originalFileName", file.original_name);
  xml.Element("uploadedToEspTimestamp", TimeText(file.uploaded_us, Zone::kUtc, 0));
  xml.Flag("fileViewedByEsp", file.viewed);
  xml.Flag("exifViewedByEsp", file.exif_viewed);
  xml.Flag("publiclyAvailable", file.publicly_available);
  xml.Element("fileRelevance", file.relevance);
  if (!file.annotations.empty()) {
    xml.Open("fileAnnotations");
    for (const std::string& flag : file.annotations) xml.Element(flag, "true");
    xml.Close();
  }
  xml.Element("industryClassification", file.classification);
  xml.Element("originalFileHash", claims.md5, "hashType=\"MD5\"");
  xml.Element("originalFileHash", claims.sha1, "hashType=\"SHA1\"");
  const PlannedAccount& account = block.accounts[file.account];
  if (!account.ips.empty() && file.uploaded_us % 11 == 0) PutIp(xml, account.ips.front());
  if (report.batched) xml.Element("uploadedByEspIdentifier", account.id);
  xml.Element("additionalInfo", file.notes);
  xml.Close();
  return xml.Take();
}

std::string BrokenXml(int64_t nth, int64_t report_id) {
  const std::string id = "<reportId>" + std::to_string(report_id) + "</reportId>";
  switch (nth % 4) {
    case 0:
      return "<report>" + id + "<incidentSummary><incidentType>Child Sex Tou";
    case 1:
      return "<!DOCTYPE report [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><report>" + id +
             "<additionalInfo>&b;&b;</additionalInfo></report>";
    case 2:
      return "<report>" + id + "<additionalInfo>\xFF\xFE</additionalInfo></report>";
    default: {
      std::string deep = "<report>" + id;
      for (int i = 0; i < 200; ++i) deep += "<a>";
      for (int i = 0; i < 200; ++i) deep += "</a>";
      return deep + "</report>";
    }
  }
}

}  // namespace crossguard::simulate
