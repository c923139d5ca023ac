// The ispws vocabulary, in any order, with parts missing. Names from the public documentation of the format.
#include "intake/node.h"

namespace crossguard::intake {
namespace {

void TakeValue(Node& node, std::string_view child, std::string_view field, AccountRecord& out) {
  for (Node* found : node.TakeAll(child)) AddValue(out, std::string(field), found->Trimmed(), found->place);
}

void TakeEmails(Node& node, std::vector<SelectorRecord>& out) {
  for (Node* found : node.TakeAll("email")) {
    SelectorRecord selector = MakeSelector(SelectorType::kEmail, found->Trimmed(), found->place);
    selector.event_name = found->TakeAttribute("type");
    selector.verified = found->TakeAttributeFlag("verified");
    if (selector.verified) selector.at_text = found->TakeAttribute("verificationDate");
    if (!selector.raw.empty()) out.push_back(std::move(selector));
  }
}

void TakePhones(Node& node, std::string_view name, std::vector<SelectorRecord>& out) {
  for (Node* found : node.TakeAll(name)) {
    SelectorRecord selector = MakeSelector(SelectorType::kPhone, found->Trimmed(), found->place);
    selector.event_name = found->TakeAttribute("type");
    selector.verified = found->TakeAttributeFlag("verified");
    selector.calling_code = found->TakeAttribute("countryCallingCode");
    if (selector.verified) selector.at_text = found->TakeAttribute("verificationDate");
    if (!selector.raw.empty()) out.push_back(std::move(selector));
  }
}

void TakeIps(Node& node, std::vector<SelectorRecord>& out) {
  for (Node* found : node.TakeAll("ipCaptureEvent")) {
    const Node* address = found->Take("ipAddress");
    SelectorRecord selector =
        MakeSelector(SelectorType::kIp, address == nullptr ? "" : address->Trimmed(), found->place);
    selector.event_name = found->TakeText("eventName");
    selector.at_text = found->TakeText("dateTime");
    selector.possible_proxy = found->TakeFlag("possibleProxy");
    if (Node* port = found->Take("port")) {
      selector.port = ReadPort(port->text);
      port->taken = selector.port.has_value();
    }
    if (!selector.raw.empty()) out.push_back(std::move(selector));
  }
}

void TakeDevices(Node& node, std::vector<SelectorRecord>& out) {
  for (Node* found : node.TakeAll("deviceId")) {
    SelectorRecord selector = MakeSelector(SelectorType::kDeviceId, found->TakeText("idValue"), found->place);
    selector.id_type = found->TakeText("idType");
    selector.event_name = found->TakeText("eventName");
    selector.at_text = found->TakeText("dateTime");
    if (!selector.raw.empty()) out.push_back(std::move(selector));
  }
}

void TakeAddresses(Node& node, std::string_view name, AccountRecord& out) {
  for (Node* found : node.TakeAll(name)) {
    const std::string type = found->TakeAttribute("type");
    const std::string prefix = type == "Billing" ? "billing_" : "";
    const auto take = [&](std::string_view child, const std::string& field) {
      TakeValue(*found, child, prefix + field, out);
    };
    take("address", "address");
    take("city", "city");
    take("zipCode", "postal_code");
    take("state", "state");
    take("nonUsaState", "state");
    take("country", "country");
    if (prefix.empty()) AddValue(out, "address_type", type, found->place);
    if (!found->Trimmed().empty()) AddValue(out, prefix + "address", found->Trimmed(), found->place);
  }
}

void TakePerson(Node& node, AccountRecord& out) {
  TakeValue(node, "firstName", "first_name", out);
  TakeValue(node, "middleName", "middle_name", out);
  TakeValue(node, "lastName", "last_name", out);
  TakeValue(node, "age", "age", out);
  TakeValue(node, "approximateAge", "age", out);
  TakeValue(node, "dateOfBirth", "birth_date", out);
  TakeValue(node, "ageAssertionDiscrepancy", "age_discrepancy", out);
  TakeEmails(node, out.selectors);
  TakePhones(node, "phone", out.selectors);
  TakeAddresses(node, "address", out);
}

void TakeDisabled(Node& node, std::string_view child, const std::string& field, AccountRecord& out) {
  Node* found = node.Take(child);
  if (found == nullptr) return;
  AddValue(out, field, found->Trimmed(), found->place);
  AddValue(out, field + "_date", found->TakeAttribute("disabledDate"), found->place);
  AddValue(out, field + "_user_notified", found->TakeAttribute("userNotified"), found->place);
  AddValue(out, field + "_user_notified_date", found->TakeAttribute("userNotifiedDate"), found->place);
  AddValue(out, field + "_reenabled_date", found->TakeAttribute("reenabledDate"), found->place);
}

// A person or account, of any role: what the roles do not share is simply not there.
void TakeAccount(Node& node, AccountRole role, ReportRecord& report) {
  AccountRecord out;
  out.role = role;
  out.place = node.place;
  out.esp_identifier = node.TakeText("espIdentifier");
  out.service = node.TakeText("espService");
  for (const std::string_view person : {"personOrUserReportedPerson", "intendedRecipientPerson", "victimPerson"}) {
    if (Node* found = node.Take(person)) {
      TakePerson(*found, out);
    }
  }
  TakePerson(node, out);
  for (Node* found : node.TakeAll("screenName")) {
    if (!found->Trimmed().empty())
      out.selectors.push_back(MakeSelector(SelectorType::kScreenName, found->Trimmed(), found->place));
  }
  for (Node* found : node.TakeAll("profileUrl")) {
    if (!found->Trimmed().empty())
      out.selectors.push_back(MakeSelector(SelectorType::kProfileUrl, found->Trimmed(), found->place));
  }
  TakeIps(node, out.selectors);
  TakeDevices(node, out.selectors);
  TakeValue(node, "displayName", "display_name", out);
  TakeValue(node, "profileBio", "bio", out);
  TakeValue(node, "compromisedAccount", "compromised", out);
  TakeValue(node, "vehicleDescription", "vehicle", out);
  TakeValue(node, "thirdPartyUserReported", "third_party_user", out);
  TakeValue(node, "priorCTReports", "prior_report", out);
  TakeValue(node, "priorCTReport", "prior_report", out);
  TakeValue(node, "groupIdentifier", "group", out);
  TakeValue(node, "schoolName", "school", out);
  TakeValue(node, "allEmailsReported", "all_emails_reported", out);
  TakeValue(node, "platform", "platform", out);
  TakeValue(node, "language", "language", out);
  TakeValue(node, "additionalInfo", "notes", out);
  TakeDisabled(node, "accountTemporarilyDisabled", "temporarily_disabled", out);
  TakeDisabled(node, "accountPermanentlyDisabled", "permanently_disabled", out);
  if (Node* found = node.Take("estimatedLocation")) {
    TakeValue(*found, "city", "estimated_city", out);
    TakeValue(*found, "region", "estimated_region", out);
    TakeValue(*found, "countryCode", "estimated_country", out);
    AddValue(out, "estimated_location_verified", found->TakeAttribute("verified"), found->place);
    AddValue(out, "estimated_location_at", found->TakeAttribute("timestamp"), found->place);
  }
  if (role == AccountRole::kAssociated) AddValue(out, "association", node.TakeAttribute("type"), node.place);
  // What nobody knew, of this account alone: the associated ones keep their own.
  Node own;
  own.attributes = node.attributes;
  for (const Node& child : node.children) {
    if (child.name != "associatedAccount") own.children.push_back(child);
  }
  CollectUnknown(own, "", out.unknown);
  node.attributes.clear();
  std::vector<Node> keep = std::move(node.children);
  node.children.clear();  // the report's own list of unknown fields must not name them again
  report.accounts.push_back(std::move(out));
  for (Node& child : keep) {
    if (child.name == "associatedAccount") TakeAccount(child, AccountRole::kAssociated, report);
  }
}

void TakeUrls(Node& node, ReportRecord& out) {
  for (Node* found : node.TakeAll("url")) {
    if (!found->Trimmed().empty())
      out.selectors.push_back(MakeSelector(SelectorType::kProfileUrl, found->Trimmed(), found->place));
  }
}

void AddText(std::string& to, const std::string& text) {
  if (text.empty()) return;
  if (!to.empty()) to += '\n';
  to += text;
}

// The eight ways in which something happened on the net. Texts join the report's free text and are mined with it.
void TakeInternetDetails(Node& details, ReportRecord& out) {
  for (const std::string_view variant :
       {"webPageIncident", "emailIncident", "newsgroupIncident", "chatImIncident", "onlineGamingIncident",
        "cellPhoneIncident", "nonInternetIncident", "peer2peerIncident"}) {
    for (Node* incident : details.TakeAll(variant)) {
      TakeUrls(*incident, out);
      TakeIps(*incident, out.selectors);
      TakePhones(*incident, "phoneNumber", out.selectors);
      for (Node* found : incident->TakeAll("emailAddress")) {
        if (!found->Trimmed().empty())
          out.selectors.push_back(MakeSelector(SelectorType::kEmail, found->Trimmed(), found->place));
      }
      for (const std::string_view text : {"content", "additionalInfo", "fileNames"})
        AddText(out.additional_info, incident->TakeText(text));
      // The rest (chat room, game, place ...) is kept with its path among the unknown fields.
    }
  }
}

void TakeFlags(Node* flags, std::vector<std::string>& out) {
  if (flags == nullptr) return;
  for (Node& flag : flags->children) {
    if (ReadFlag(flag.text) == std::optional(false)) continue;  // stays among the unknown
    flag.taken = true;
    out.push_back(flag.name);
  }
}

}  // namespace

ReportRecord ReportFromXml(Node& node, const std::string& place) {
  SetPlaces(node, place);
  ReportRecord out;
  out.place = place;
  out.provider_report_id = node.TakeText("reportId");
  out.received_text = node.TakeText("dateReceived");
  if (Node* batched = node.Take("batchedReport")) {
    const std::string reason = batched->TakeAttribute("reason");
    out.batched_reason = reason.empty() ? batched->Trimmed() : reason;
  }
  if (Node* summary = node.Take("incidentSummary")) {
    out.incident_type = summary->TakeText("incidentType");
    out.incident_at_text = summary->TakeText("incidentDateTime");
    if (const Node* urgent = summary->Take("escalateToHighPriority"))
      out.escalate_reason = urgent->Trimmed();  // presence is the statement
    TakeFlags(summary->Take("reportAnnotations"), out.annotations);
  }
  for (Node* details : node.TakeAll("internetDetails")) TakeInternetDetails(*details, out);
  if (Node* reporter = node.Take("reporter")) {
    out.provider = reporter->TakeText("companyTemplate");
    reporter->Take("reportingPerson");  // who filled in the form is no part of the case; kept below as unknown fields
  }
  for (Node* found : node.TakeAll("personOrUserReported")) TakeAccount(*found, AccountRole::kReported, out);
  for (Node* found : node.TakeAll("intendedRecipient")) TakeAccount(*found, AccountRole::kRecipient, out);
  for (Node* found : node.TakeAll("victim")) TakeAccount(*found, AccountRole::kVictim, out);
  for (Node* found : node.TakeAll("associatedAccount")) TakeAccount(*found, AccountRole::kAssociated, out);
  for (Node* found : node.TakeAll("fileDetails")) out.files.push_back(FileFromXml(*found, found->place));
  for (Node* found : node.TakeAll("additionalInfo")) AddText(out.additional_info, found->Trimmed());
  CollectUnknown(node, "", out.unknown);
  return out;
}

FileRecord FileFromXml(Node& node, const std::string& place) {
  SetPlaces(node, place);
  FileRecord out;
  out.place = place;
  out.provider_report_id = node.TakeText("reportId");
  out.file_id = node.TakeText("fileId");
  out.file_name = node.TakeText("fileName");
  out.original_file_name = node.TakeText("originalFileName");
  out.uploaded_text = node.TakeText("uploadedToEspTimestamp");
  out.viewed_by_esp = node.TakeFlag("fileViewedByEsp");
  out.exif_viewed_by_esp = node.TakeFlag("exifViewedByEsp");
  out.publicly_available = node.TakeFlag("publiclyAvailable");
  out.relevance = node.TakeText("fileRelevance");
  out.industry_classification = node.TakeText("industryClassification");
  if (const auto meme = node.TakeFlag("potentialMeme"); meme.value_or(false))
    out.annotations.push_back("potentialMeme");
  TakeFlags(node.Take("fileAnnotations"), out.annotations);
  for (Node* found : node.TakeAll("originalFileHash"))
    out.claimed_hashes.push_back({found->TakeAttribute("hashType"), found->Trimmed()});
  TakeIps(node, out.selectors);
  TakeDevices(node, out.selectors);
  if (const Node* url = node.Take("locationOfFile"); url != nullptr && !url->Trimmed().empty())
    out.selectors.push_back(MakeSelector(SelectorType::kProfileUrl, url->Trimmed(), url->place));
  out.user_id = node.TakeText("uploadedByEspIdentifier");  // not in the published vocabulary; some providers add it
  for (Node* found : node.TakeAll("additionalInfo")) AddText(out.additional_info, found->Trimmed());
  CollectUnknown(node, "", out.unknown);
  node.children.clear();  // inside of a report, its own list must not name them again
  node.attributes.clear();
  return out;
}

}  // namespace crossguard::intake
