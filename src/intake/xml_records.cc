// The ispws vocabulary, in any order, with parts missing. Names from the public documentation of the format.
#include <algorithm>

#include "intake/node.h"

namespace crossguard::intake {
namespace {

void TakeValue(Node& node, std::string_view child, std::string_view field, AccountRecord& out) {
  for (Node* found : node.TakeAll(child)) AddValue(out, std::string(field), found->Trimmed(), found->place);
}

// A value of the published types email and phone. An empty one says nothing: its attributes stay among the unknown.
void TakeContacts(Node& node, std::string_view name, SelectorType type, std::vector<SelectorRecord>& out) {
  for (Node* found : node.TakeAll(name)) {
    SelectorRecord selector = MakeSelector(type, found->Trimmed(), found->place);
    if (selector.raw.empty()) continue;
    selector.event_name = found->TakeAttribute("type");
    selector.verified = found->TakeAttributeFlag("verified");
    selector.at_text = found->TakeAttribute("verificationDate");
    if (type == SelectorType::kPhone) selector.calling_code = found->TakeAttribute("countryCallingCode");
    out.push_back(std::move(selector));
  }
}

void TakeIps(Node& node, std::vector<SelectorRecord>& out) {
  for (Node* found : node.TakeAll("ipCaptureEvent")) {
    if (!found->HasText("ipAddress")) continue;  // an event of nobody: all of it is kept as unknown
    SelectorRecord selector = MakeSelector(SelectorType::kIp, found->TakeText("ipAddress"), found->place);
    selector.event_name = found->TakeText("eventName");
    selector.at_text = found->TakeText("dateTime");
    selector.possible_proxy = found->TakeFlag("possibleProxy");
    if (Node* port = found->Take("port")) {
      selector.port = ReadPort(port->text);
      port->text_read = selector.port.has_value();
    }
    out.push_back(std::move(selector));
  }
}

void TakeDevices(Node& node, std::vector<SelectorRecord>& out) {
  for (Node* found : node.TakeAll("deviceId")) {
    if (!found->HasText("idValue")) continue;
    SelectorRecord selector = MakeSelector(SelectorType::kDeviceId, found->TakeText("idValue"), found->place);
    selector.id_type = found->TakeText("idType");
    selector.event_name = found->TakeText("eventName");
    selector.at_text = found->TakeText("dateTime");
    out.push_back(std::move(selector));
  }
}

void TakeTexts(Node& node, std::string_view child, SelectorType type, std::vector<SelectorRecord>& out) {
  for (Node* found : node.TakeAll(child)) {
    if (std::string text = found->Trimmed(); !text.empty())
      out.push_back(MakeSelector(type, std::move(text), found->place));
  }
}

void TakeAddresses(Node& node, std::string_view name, AccountRecord& out) {
  for (Node* found : node.TakeAll(name)) {
    const std::string type = found->TakeAttribute("type");
    const std::string prefix = SameWord(type, "Billing") ? "billing_" : "";
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
    AddValue(out, prefix + "address", found->Trimmed(), found->place);  // the whole of it as one text
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
  TakeContacts(node, "email", SelectorType::kEmail, out.selectors);
  TakeContacts(node, "phone", SelectorType::kPhone, out.selectors);
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

// What belongs to a victim (a linked account, a parent's) stands on the victim's side, and never becomes a subject.
AccountRole RoleBelow(AccountRole role) {
  return role == AccountRole::kVictim ? AccountRole::kVictim : AccountRole::kAssociated;
}

// A person or account, of any role: what the roles do not share is simply not there.
void TakeAccount(Node& node, AccountRole role, ReportRecord& report) {
  AccountRecord out;
  out.role = role;
  out.place = node.place;
  out.esp_identifier = node.TakeText("espIdentifier");
  out.service = node.TakeText("espService");
  for (Node& child : node.children) {  // personOrUserReportedPerson, intendedRecipientPerson, victimPerson ...
    if (child.taken || !(child.name.ends_with("Person") || child.name == "person")) continue;
    child.taken = true;
    TakePerson(child, out);
  }
  TakePerson(node, out);
  TakeTexts(node, "screenName", SelectorType::kScreenName, out.selectors);
  TakeTexts(node, "profileUrl", SelectorType::kProfileUrl, out.selectors);
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
  if (node.name == "associatedAccount") AddValue(out, "association", node.TakeAttribute("type"), node.place);
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
    if (child.name == "associatedAccount") TakeAccount(child, RoleBelow(role), report);
  }
}

// The eight ways in which something happened on the net. Texts join the report's free text and are mined with it.
void TakeInternetDetails(Node& details, ReportRecord& out) {
  for (const std::string_view variant :
       {"webPageIncident", "emailIncident", "newsgroupIncident", "chatImIncident", "onlineGamingIncident",
        "cellPhoneIncident", "nonInternetIncident", "peer2peerIncident"}) {
    for (Node* incident : details.TakeAll(variant)) {
      TakeTexts(*incident, "url", SelectorType::kProfileUrl, out.selectors);
      TakeIps(*incident, out.selectors);
      TakeContacts(*incident, "phoneNumber", SelectorType::kPhone, out.selectors);
      TakeContacts(*incident, "emailAddress", SelectorType::kEmail, out.selectors);
      for (const std::string_view text : {"content", "additionalInfo", "fileNames"}) {
        for (Node* found : incident->TakeAll(text)) AddText(out.additional_info, found->Trimmed());
      }
      // The rest (chat room, game, place ...) is kept with its path among the unknown fields.
    }
  }
}

// Each child is a flag by being there, even empty. One that says no is none, and stays among the unknown.
void TakeFlags(Node* flags, std::vector<std::string>& out) {
  if (flags == nullptr) return;
  for (Node& flag : flags->children) {
    const auto said = ReadFlag(flag.text);
    if (said == std::optional(false)) continue;
    flag.taken = true;
    flag.text_read = said.has_value();  // another word is a text of its own, and kept
    out.push_back(AnnotationName(flag.name));
  }
}

// <details type="HASH"> holds digests of the file as name and value. The others (EXIF) are kept as unknown.
void TakeHashDetails(Node& node, std::vector<ClaimedHash>& out) {
  for (Node& details : node.children) {
    if (details.name != "details" || details.taken) continue;
    const auto type = std::ranges::find(details.attributes, "type", &Attribute::name);
    if (type == details.attributes.end() || !SameWord(type->value, "HASH")) continue;
    details.taken = type->taken = true;
    for (Node* pair : details.TakeAll("nameValuePair")) {
      if (!pair->HasText("name") || !pair->HasText("value")) continue;
      std::string name = pair->TakeText("name");
      out.push_back({std::move(name), pair->TakeText("value")});
    }
  }
}

}  // namespace

ReportRecord ReportFromXml(Node& node, const std::string& place) {
  SetPlaces(node, place);
  ReportRecord out;
  out.place = place;
  out.provider_report_id = node.TakeText("reportId");
  if (out.provider_report_id.empty()) out.provider_report_id = node.TakeAttribute("reportId");
  out.received_text = node.TakeText("dateReceived");
  if (Node* batched = node.Take("batchedReport")) {
    const std::string reason = batched->TakeAttribute("reason");
    if (!SaysNo(*batched)) out.batched_reason = reason.empty() ? batched->Trimmed() : reason;
  }
  if (Node* summary = node.Take("incidentSummary")) {
    out.incident_type = summary->TakeText("incidentType");
    out.incident_at_text = summary->TakeText("incidentDateTime");
    // Presence is the statement, whatever the text, unless the text is a plain no (which is kept as unknown).
    if (Node* urgent = summary->Take("escalateToHighPriority"); urgent != nullptr && !SaysNo(*urgent))
      out.escalate_reason = urgent->Trimmed();
    TakeFlags(summary->Take("reportAnnotations"), out.annotations);
  }
  for (Node* details : node.TakeAll("internetDetails")) TakeInternetDetails(*details, out);
  if (Node* reporter = node.Take("reporter")) {
    Node* company = reporter->Take("companyTemplate");
    if (company != nullptr && IsName(company->Trimmed())) {
      out.provider = company->Trimmed();
    } else if (company != nullptr) {
      company->text_read = false;
    }
    // Who filled in the form is no part of the case: the persons of the desk are kept as unknown fields, and
    // take.cc sees to it that what stands there is not mined elsewhere.
  }
  for (Node* found : node.TakeAll("personOrUserReported")) TakeAccount(*found, AccountRole::kReported, out);
  for (Node* found : node.TakeAll("intendedRecipient")) TakeAccount(*found, AccountRole::kRecipient, out);
  for (Node* found : node.TakeAll("victim")) TakeAccount(*found, AccountRole::kVictim, out);
  for (Node* found : node.TakeAll("associatedAccount")) TakeAccount(*found, AccountRole::kAssociated, out);
  for (Node* found : node.TakeAll("fileDetails")) out.files.push_back(FileFromXml(*found, found->place));
  for (Node& list : node.children) {  // some put them into an element of their own
    if (list.taken) continue;
    for (Node* found : list.TakeAll("fileDetails")) {
      list.taken = true;
      out.files.push_back(FileFromXml(*found, found->place));
    }
  }
  for (Node* found : node.TakeAll("additionalInfo")) AddText(out.additional_info, found->Trimmed());
  if (std::string stray = node.Trimmed(); !stray.empty()) out.unknown.push_back({"", std::move(stray)});
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
  if (Node* meme = node.Take("potentialMeme"); meme != nullptr && !SaysNo(*meme)) {
    meme->text_read = true;
    out.annotations.push_back("potentialMeme");
  }
  TakeFlags(node.Take("fileAnnotations"), out.annotations);
  for (Node* found : node.TakeAll("originalFileHash")) {
    std::string hash = found->Trimmed();
    if (!hash.empty()) out.claimed_hashes.push_back({found->TakeAttribute("hashType"), std::move(hash)});
  }
  TakeHashDetails(node, out.claimed_hashes);
  TakeIps(node, out.selectors);
  TakeDevices(node, out.selectors);
  TakeTexts(node, "locationOfFile", SelectorType::kProfileUrl, out.selectors);
  out.user_id = node.TakeText("uploadedByEspIdentifier");  // not in the published vocabulary; some providers add it
  for (Node* found : node.TakeAll("additionalInfo")) AddText(out.additional_info, found->Trimmed());
  if (std::string stray = node.Trimmed(); !stray.empty()) out.unknown.push_back({"", std::move(stray)});
  CollectUnknown(node, "", out.unknown);
  node.children.clear();  // inside of a report, its own list must not name them again
  node.attributes.clear();
  return out;
}

}  // namespace crossguard::intake
