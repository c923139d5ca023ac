// Shape 2: the police-side JSON.

#include "base/json.h"
#include "simulate/shapes.h"
#include "simulate/words.h"

namespace crossguard::simulate {
namespace {

using json = nlohmann::ordered_json;

void Put(json& to, const char* name, std::string_view value) {
  if (!value.empty()) to[name] = value;
}
void PutFlag(json& to, const char* name, std::optional<bool> value) {
  if (value) to[name] = *value;
}

json Capture(const PlannedIp& ip) {
  json out = {{"captureType", "IP Address"},
              {"value", ip.written},
              {"eventName", ip.event},
              {"dateTime", TimeText(ip.at_us, ip.zone, ip.offset_minutes)}};
  if (ip.port != 0) out["port"] = ip.port;
  PutFlag(out, "possibleProxy", ip.proxy);
  return out;
}

json Contacts(const PlannedAccount& account, const char* type) {
  json out = json::array();
  for (const PlannedSelector& one : account.selectors) {
    if (one.type != type || one.where != Where::kField) continue;
    json contact = {{"value", one.written}, {"type", one.kind}};
    PutFlag(contact, "verified", one.verified);
    out.push_back(std::move(contact));
  }
  return out;
}

json Person(const Block& block, const Mention& mention) {
  const PlannedAccount& account = block.accounts[mention.account];
  json out = json::object();
  Put(out, "firstName", account.first_name);
  Put(out, "lastName", account.last_name);
  Put(out, "dateOfBirth", account.birth_date);
  if (!account.age.empty()) out["approximateAge"] = std::stoi(account.age);
  Put(out, "espService", account.service);
  Put(out, "espUserId", account.id);
  for (const PlannedSelector& one : account.selectors) {
    if (one.type == "screen_name") out["screenName"] = {{"value", one.written}};
  }
  if (mention.full) {
    Put(out, "profileBio", account.bio);
    if (json emails = Contacts(account, "email"); !emails.empty()) out["emails"] = {{"emails", std::move(emails)}};
    if (json phones = Contacts(account, "phone"); !phones.empty()) out["phones"] = {{"phones", std::move(phones)}};
    if (json urls = Contacts(account, "profile_url"); !urls.empty()) out["profileUrls"] = std::move(urls);
    for (const PlannedSelector& one : account.selectors) {
      if (one.type == "device_id") out["deviceIds"].push_back({{"idType", one.kind}, {"idValue", one.written}});
    }
    if (!account.estimated_country.empty()) out["estimatedLocation"] = {{"countryCode", account.estimated_country}};
  }
  if (!account.address_country.empty()) out["addresses"]["addresses"].push_back({{"country", account.address_country}});
  if (account.billing)
    out["addresses"]["addresses"].push_back({{"type", "Billing"}, {"country", account.billing_country}});
  Put(out, "groupIdentifier", account.group);
  Put(out, "schoolName", account.school);
  for (const int64_t prior : account.prior_reports) out["priorCTReports"].push_back(prior);
  for (const size_t i : mention.ips) out["sourceInformation"]["sourceCaptures"].push_back(Capture(account.ips[i]));
  if (mention.associated) {
    const PlannedAccount& other = block.accounts[*mention.associated];
    json linked = {{"type", other.associated_kind}, {"espService", other.service}, {"espUserId", other.id}};
    if (json emails = Contacts(other, "email"); !emails.empty()) linked["emails"] = {{"emails", std::move(emails)}};
    out["associatedAccounts"].push_back(std::move(linked));
  }
  if (!mention.notes.empty()) out["additionalInformations"].push_back({{"value", mention.notes}});
  return out;
}

json File(const Block& block, const PlannedReport& report, const PlannedFile& file, const ClaimedDigests& claims) {
  json out = {{"fileId", file.id}, {"filename", file.name}};
  Put(out, "originalFilename", file.original_name);
  Put(out, "verificationHash", claims.md5);
  if (!claims.sha1.empty()) out["originalFileHashes"].push_back({{"hashType", "SHA1"}, {"value", claims.sha1}});
  out["uploadedToEspTimestamp"] = TimeText(file.uploaded_us, Zone::kUtc, 0);
  PutFlag(out, "viewedByEsp", file.viewed);
  PutFlag(out, "exifViewedByEsp", file.exif_viewed);
  PutFlag(out, "publiclyAvailable", file.publicly_available);
  Put(out, "fileRelevance", file.relevance);
  Put(out, "industryClassification", file.classification);
  if (!file.annotations.empty()) out["fileAnnotations"] = file.annotations;
  const PlannedAccount& account = block.accounts[file.account];
  if (!account.ips.empty() && file.uploaded_us % 11 == 0)
    out["sourceInformation"]["sourceCaptures"].push_back(Capture(account.ips.front()));
  if (report.batched) out["uploadedByEspIdentifier"] = account.id;
  if (!file.notes.empty()) out["additionalInformations"].push_back({{"value", file.notes}});
  return out;
}

}  // namespace

std::string ReportJson(const Block& block, const PlannedReport& report, const std::vector<ClaimedDigests>& claims) {
  json info = {
      {"reportingEsp", {{"espName", kProvider}}},
      {"incidentSummary",
       {{"incidentType", report.incident_type}, {"incidentDateTime", TimeText(report.incident_us, Zone::kUtc, 0)}}}};
  if (report.urgent) info["incidentSummary"]["escalateToHighPriority"] = *report.urgent;
  if (!report.annotations.empty()) info["incidentSummary"]["reportAnnotations"] = report.annotations;
  if (report.batched) info["batchedReport"] = {{"reason", "VIRAL_POTENTIAL_MEME"}};
  for (const Mention& mention : report.mentions) {
    switch (mention.role) {
      case Role::kReported:
        info["reportedPeople"]["reportedPersons"].push_back(Person(block, mention));
        break;
      case Role::kRecipient:
        info["intendedRecipients"]["intendedRecipients"].push_back(Person(block, mention));
        break;
      case Role::kVictim:
        info["victims"]["victims"].push_back(Person(block, mention));
        break;
      case Role::kAssociated:
        break;  // inside of its owner
    }
  }
  for (size_t i = 0; i < report.files.size(); ++i)
    info["uploadedFiles"]["uploadedFiles"].push_back(File(block, report, report.files[i], claims[i]));
  if (!report.notes.empty()) info["additionalInformations"].push_back({{"value", report.notes}});
  if (report.id % 23 == 0) info["providerRiskScore"] = report.id % 97;  // of no vocabulary: kept
  const json out = {{"reportId", report.id},
                    {"dateReceived", TimeText(report.received_us, Zone::kUtc, 0)},
                    {"reportedInformation", std::move(info)}};
  return out.dump() + "\n";
}

std::string BrokenJson(int64_t nth, int64_t report_id) {
  const std::string begin = "{\"reportId\": " + std::to_string(report_id) + ", \"reportedInformation\": ";
  switch (nth % 4) {
    case 0:
      return begin + "{\"incidentSummary\": {\"incidentType\": \"Child Sex Tou";
    case 1:
      return begin + "{\"additionalInformations\": [{\"value\": nonsense}]}}";
    case 2:
      return begin + "{\"additionalInformations\": [{\"value\": \"\xFF\xFE\"}]}}";
    default: {
      std::string deep = begin;
      for (int i = 0; i < 200; ++i) deep += "[";
      for (int i = 0; i < 200; ++i) deep += "]";
      return deep + "}";
    }
  }
}

}  // namespace crossguard::simulate
