// The police-side JSON, by the names in docs/formats/operation.md.
#include "intake/node.h"

namespace crossguard::intake {
namespace {

// "x": "text", "x": {"value": "text"} and lists of either.
std::string ValueOf(Node& node) {
  const std::string own = node.Trimmed();
  return own.empty() ? node.TakeText("value") : own;
}

void TakeValue(Node& node, std::string_view child, std::string_view field, AccountRecord& out) {
  for (Node* found : node.TakeAll(child)) AddValue(out, std::string(field), ValueOf(*found), found->place);
}

void AddText(std::string& to, const std::string& text) {
  if (text.empty()) return;
  if (!to.empty()) to += '\n';
  to += text;
}

void TakeTexts(Node& node, std::string_view child, std::string& to) {
  for (Node* found : node.TakeAll(child)) AddText(to, ValueOf(*found));
}

void TakeCaptures(Node& node, std::vector<SelectorRecord>& out) {
  for (Node* source : node.TakeAll("sourceInformation")) {
    for (Node* capture : source->TakeAll("sourceCaptures")) {
      std::string type = capture->TakeText("captureType");
      const bool ip = type.empty() || type == "IP Address";
      if (!ip && type != "URL" && type != "Profile URL") continue;  // stays unknown, below
      SelectorRecord selector =
          MakeSelector(ip ? SelectorType::kIp : SelectorType::kProfileUrl, capture->TakeText("value"), capture->place);
      selector.event_name = capture->TakeText("eventName");
      selector.at_text = capture->TakeText("dateTime");
      selector.possible_proxy = capture->TakeFlag("possibleProxy");
      if (Node* port = capture->Take("port")) {
        selector.port = ReadPort(port->text);
        port->taken = selector.port.has_value();
      }
      if (!selector.raw.empty()) out.push_back(std::move(selector));
    }
  }
}

// emails{emails[{value, verified, type}]}, and the flat emails[...] that some exports have.
void TakeContacts(Node& node, std::string_view name, SelectorType type, std::vector<SelectorRecord>& out) {
  const auto take = [&](Node& found) {
    SelectorRecord selector = MakeSelector(type, ValueOf(found), found.place);
    selector.verified = found.TakeFlag("verified");
    selector.event_name = found.TakeText("type");
    if (type == SelectorType::kPhone) selector.calling_code = found.TakeText("countryCallingCode");
    if (!selector.raw.empty()) out.push_back(std::move(selector));
  };
  for (Node* outer : node.TakeAll(name)) {
    const std::vector<Node*> inner = outer->TakeAll(name);
    for (Node* found : inner) take(*found);
    if (inner.empty()) take(*outer);
  }
}

void TakeDevices(Node& node, std::vector<SelectorRecord>& out) {
  for (Node* found : node.TakeAll("deviceIds")) {
    SelectorRecord selector = MakeSelector(SelectorType::kDeviceId, found->TakeText("idValue"), found->place);
    selector.id_type = found->TakeText("idType");
    selector.event_name = found->TakeText("eventName");
    selector.at_text = found->TakeText("dateTime");
    if (!selector.raw.empty()) out.push_back(std::move(selector));
  }
}

void TakeAddress(Node& found, AccountRecord& out) {
  const std::string prefix = found.TakeText("type") == "Billing" ? "billing_" : "";
  TakeValue(found, "street1", prefix + "address", out);
  TakeValue(found, "street2", prefix + "address", out);
  TakeValue(found, "city", prefix + "city", out);
  TakeValue(found, "state", prefix + "state", out);
  TakeValue(found, "postalCode", prefix + "postal_code", out);
  TakeValue(found, "country", prefix + "country", out);
}

void TakeAccount(Node& node, AccountRole role, ReportRecord& report) {
  AccountRecord out;
  out.role = role;
  out.place = node.place;
  out.esp_identifier = node.TakeText("espUserId");
  out.service = node.TakeText("espService");
  static constexpr std::pair<std::string_view, std::string_view> kValues[] = {
      {"firstName", "first_name"},
      {"middleName", "middle_name"},
      {"lastName", "last_name"},
      {"gender", "gender"},
      {"dateOfBirth", "birth_date"},
      {"approximateAge", "age"},
      {"displayNames", "display_name"},
      {"profileBio", "bio"},
      {"groupIdentifier", "group"},
      {"priorCTReports", "prior_report"},
      {"compromisedAccount", "compromised"},
      {"accountTemporarilyDisabled", "temporarily_disabled"},
      {"accountPermanentlyDisabled", "permanently_disabled"},
      {"relationshipToChildVictim", "relationship_to_child_victim"},
      {"accessToChildVictim", "access_to_child_victim"},
      {"accessToChildren", "access_to_children"},
      {"convictedSexOffender", "convicted_sex_offender"},
      {"schoolName", "school"},
      {"language", "language"},
      {"additionalInformations", "notes"}};
  for (const auto& [child, field] : kValues) TakeValue(node, child, field, out);
  for (Node* found : node.TakeAll("screenName")) {
    if (std::string name = ValueOf(*found); !name.empty())
      out.selectors.push_back(MakeSelector(SelectorType::kScreenName, std::move(name), found->place));
  }
  for (Node* found : node.TakeAll("profileUrls")) {
    if (std::string url = ValueOf(*found); !url.empty())
      out.selectors.push_back(MakeSelector(SelectorType::kProfileUrl, std::move(url), found->place));
  }
  TakeContacts(node, "emails", SelectorType::kEmail, out.selectors);
  TakeContacts(node, "phones", SelectorType::kPhone, out.selectors);
  for (Node* outer : node.TakeAll("addresses")) {
    const std::vector<Node*> inner = outer->TakeAll("addresses");
    for (Node* found : inner) TakeAddress(*found, out);
    if (inner.empty()) TakeAddress(*outer, out);
  }
  TakeDevices(node, out.selectors);
  TakeCaptures(node, out.selectors);
  if (Node* found = node.Take("estimatedLocation")) {
    TakeValue(*found, "city", "estimated_city", out);
    TakeValue(*found, "region", "estimated_region", out);
    TakeValue(*found, "countryCode", "estimated_country", out);
  }
  if (role == AccountRole::kAssociated) AddValue(out, "association", node.TakeText("type"), node.place);
  std::vector<Node> keep = std::move(node.children);
  node.children.clear();
  Node own;
  for (const Node& child : keep) {
    if (child.name != "associatedAccounts") own.children.push_back(child);
  }
  CollectUnknown(own, "", out.unknown);
  report.accounts.push_back(std::move(out));
  for (Node& child : keep) {
    if (child.name == "associatedAccounts") TakeAccount(child, AccountRole::kAssociated, report);
  }
}

void TakeAccounts(Node& info, std::string_view outer_name, std::string_view inner_name, AccountRole role,
                  ReportRecord& out) {
  for (Node* outer : info.TakeAll(outer_name)) {
    for (Node* found : outer->TakeAll(inner_name)) TakeAccount(*found, role, out);
  }
}

FileRecord TakeFile(Node& node) {
  FileRecord out;
  out.place = node.place;
  out.file_id = node.TakeText("fileId");
  out.file_name = node.TakeText("filename");
  out.original_file_name = node.TakeText("originalFilename");
  out.uploaded_text = node.TakeText("uploadedToEspTimestamp");
  out.viewed_by_esp = node.TakeFlag("viewedByEsp");
  out.exif_viewed_by_esp = node.TakeFlag("exifViewedByEsp");
  out.publicly_available = node.TakeFlag("publiclyAvailable");
  out.relevance = node.TakeText("fileRelevance");
  out.industry_classification = node.TakeText("industryClassification");
  out.user_id = node.TakeText("uploadedByEspIdentifier");
  for (Node* found : node.TakeAll("fileAnnotations")) {
    if (!found->Trimmed().empty()) out.annotations.push_back(found->Trimmed());
  }
  for (Node* found : node.TakeAll("originalFileHashes"))
    out.claimed_hashes.push_back({found->TakeText("hashType"), found->TakeText("value")});
  if (const std::string hash = node.TakeText("verificationHash"); !hash.empty()) {
    // The MD5 by which the upload was checked. The same claim twice is one claim.
    bool known = false;
    for (const ClaimedHash& claimed : out.claimed_hashes) known = known || claimed.value == hash;
    if (!known) out.claimed_hashes.push_back({hash.size() == 40 ? "SHA1" : hash.size() == 64 ? "SHA256" : "MD5", hash});
  }
  TakeDevices(node, out.selectors);
  TakeCaptures(node, out.selectors);
  TakeTexts(node, "additionalInformations", out.additional_info);
  CollectUnknown(node, "", out.unknown);
  node.children.clear();
  return out;
}

}  // namespace

ReportRecord ReportFromJson(Node& node, const std::string& place) {
  SetPlaces(node, place);
  ReportRecord out;
  out.place = place;
  out.provider_report_id = node.TakeText("reportId");
  out.received_text = node.TakeText("dateReceived");
  Node empty;
  Node* const found_info = node.Take("reportedInformation");
  Node& info = found_info != nullptr ? *found_info : empty;
  if (Node* esp = info.Take("reportingEsp")) out.provider = esp->TakeText("espName");
  if (Node* summary = info.Take("incidentSummary")) {
    out.incident_type = summary->TakeText("incidentType");
    out.incident_at_text = summary->TakeText("incidentDateTime");
    if (const Node* urgent = summary->Take("escalateToHighPriority")) out.escalate_reason = urgent->Trimmed();
    for (Node* flag : summary->TakeAll("reportAnnotations")) {
      if (!flag->Trimmed().empty()) out.annotations.push_back(flag->Trimmed());
    }
  }
  if (Node* batched = info.Take("batchedReport")) out.batched_reason = batched->TakeText("reason");
  if (Node* details = info.Take("incidentDetails")) {
    for (Node& incident : details->children) {
      incident.taken = true;
      TakeCaptures(incident, out.selectors);
      TakeTexts(incident, "additionalInformations", out.additional_info);
      TakeTexts(incident, "contents", out.additional_info);
    }
  }
  TakeAccounts(info, "reportedPeople", "reportedPersons", AccountRole::kReported, out);
  TakeAccounts(info, "intendedRecipients", "intendedRecipients", AccountRole::kRecipient, out);
  TakeAccounts(info, "victims", "victims", AccountRole::kVictim, out);
  for (Node* outer : info.TakeAll("uploadedFiles")) {
    for (Node* file : outer->TakeAll("uploadedFiles")) out.files.push_back(TakeFile(*file));
  }
  TakeTexts(info, "additionalInformations", out.additional_info);
  for (FileRecord& file : out.files) file.provider_report_id = out.provider_report_id;
  CollectUnknown(node, "", out.unknown);
  return out;
}

}  // namespace crossguard::intake
