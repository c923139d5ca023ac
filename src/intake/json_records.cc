// The police-side JSON, by the names in docs/formats/operation.md. What is a list there may be one object here, and the
// reverse; a text may be {"value": text}; a list in an object of its own name may stand without it.
#include <algorithm>
#include <initializer_list>
#include <utility>

#include "intake/node.h"

namespace crossguard::intake {
namespace {

using Names = std::initializer_list<std::string_view>;

const Names kFreeTexts = {"additionalInformations", "additionalInformation", "additionalInfo"};

// "x": "text" and "x": {"value": "text"}.
std::string ValueOf(Node& node) {
  const std::string own = node.Trimmed();
  return own.empty() ? node.TakeText("value") : own;
}

// The first text under any of the names; "" if there is none.
std::string TextOf(Node& node, Names names) {
  for (const std::string_view name : names) {
    Node* found = node.Take(name);
    if (found == nullptr) continue;
    if (std::string text = ValueOf(*found); !text.empty()) return text;
  }
  return "";
}

std::optional<bool> FlagOf(Node& node, Names names) {
  for (const std::string_view name : names) {
    if (const auto flag = node.TakeFlag(name)) return flag;
  }
  return std::nullopt;
}

void TakeValue(Node& node, std::string_view child, std::string_view field, AccountRecord& out) {
  for (Node* found : node.TakeAll(child)) AddValue(out, std::string(field), ValueOf(*found), found->place);
}

void TakeTexts(Node& node, Names names, std::string& to) {
  for (const std::string_view name : names) {
    for (Node* found : node.TakeAll(name)) AddText(to, ValueOf(*found));
  }
}

// Calls with each element of x{x[...]}, x[...] or x{...}. An object that holds more than lists is an element itself.
template <class F>
void EachOf(Node& node, Names names, const F& f) {
  const auto named = [&](const Node& child) { return std::ranges::find(names, child.name) != names.end(); };
  for (const std::string_view name : names) {
    for (Node* outer : node.TakeAll(name)) {
      if (outer->children.empty() || !std::ranges::all_of(outer->children, named)) {
        f(*outer);
        continue;
      }
      for (Node& inner : outer->children) {
        inner.taken = true;
        f(inner);
      }
    }
  }
}

std::optional<SelectorType> CaptureType(std::string_view text) {
  struct Word {
    std::string_view text;
    SelectorType type;
  };
  static constexpr Word kWords[] = {{"IP Address", SelectorType::kIp},       {"IP", SelectorType::kIp},
                                    {"URL", SelectorType::kProfileUrl},      {"Profile URL", SelectorType::kProfileUrl},
                                    {"Email", SelectorType::kEmail},         {"Email Address", SelectorType::kEmail},
                                    {"Phone", SelectorType::kPhone},         {"Phone Number", SelectorType::kPhone},
                                    {"Mobile Phone", SelectorType::kPhone},  {"Screen Name", SelectorType::kScreenName},
                                    {"User Name", SelectorType::kScreenName}};
  if (text.empty()) return SelectorType::kIp;  // what most captures are
  for (const Word& word : kWords) {
    if (SameWord(word.text, text)) return word.type;
  }
  return std::nullopt;
}

enum class Whose : uint8_t { kAccount, kNobody };

// A capture of another type, of nothing, or a name without an account whose it is stays unknown as a whole.
void TakeCaptures(Node& node, Whose whose, std::vector<SelectorRecord>& out) {
  for (Node* source : node.TakeAll("sourceInformation")) {
    for (Node* capture : source->TakeAll("sourceCaptures")) {
      const auto type = CaptureType(capture->Peek("captureType"));
      if (!type || !capture->HasText("value")) continue;
      if (*type == SelectorType::kScreenName && whose == Whose::kNobody) continue;
      capture->TakeText("captureType");
      SelectorRecord selector = MakeSelector(*type, capture->TakeText("value"), capture->place);
      selector.event_name = capture->TakeText("eventName");
      selector.at_text = capture->TakeText("dateTime");
      selector.possible_proxy = capture->TakeFlag("possibleProxy");
      if (Node* port = capture->Take("port")) {
        selector.port = ReadPort(port->text);
        port->text_read = selector.port.has_value();
      }
      out.push_back(std::move(selector));
    }
  }
}

void TakeContacts(Node& node, Names names, SelectorType type, std::vector<SelectorRecord>& out) {
  EachOf(node, names, [&](Node& found) {
    SelectorRecord selector = MakeSelector(type, ValueOf(found), found.place);
    if (selector.raw.empty()) return;
    selector.verified = found.TakeFlag("verified");
    selector.at_text = found.TakeText("verificationDate");
    selector.event_name = found.TakeText("type");
    if (type == SelectorType::kPhone) selector.calling_code = found.TakeText("countryCallingCode");
    out.push_back(std::move(selector));
  });
}

void TakeSelectors(Node& node, Names names, SelectorType type, std::vector<SelectorRecord>& out) {
  EachOf(node, names, [&](Node& found) {
    if (std::string text = ValueOf(found); !text.empty())
      out.push_back(MakeSelector(type, std::move(text), found.place));
  });
}

void TakeDevices(Node& node, std::vector<SelectorRecord>& out) {
  EachOf(node, {"deviceIds", "deviceId"}, [&](Node& found) {
    SelectorRecord selector = MakeSelector(
        SelectorType::kDeviceId, found.HasText("idValue") ? found.TakeText("idValue") : ValueOf(found), found.place);
    if (selector.raw.empty()) return;
    selector.id_type = found.TakeText("idType");
    selector.event_name = found.TakeText("eventName");
    selector.at_text = found.TakeText("dateTime");
    out.push_back(std::move(selector));
  });
}

void TakeAddresses(Node& node, AccountRecord& out) {
  EachOf(node, {"addresses", "address"}, [&](Node& found) {
    const std::string type = found.TakeText("type");
    const std::string prefix = SameWord(type, "Billing") ? "billing_" : "";
    static constexpr std::pair<std::string_view, std::string_view> kParts[] = {
        {"street1", "address"}, {"street2", "address"},        {"address", "address"},     {"city", "city"},
        {"state", "state"},     {"postalCode", "postal_code"}, {"zipCode", "postal_code"}, {"country", "country"}};
    for (const auto& [child, field] : kParts) TakeValue(found, child, prefix + std::string(field), out);
    if (prefix.empty()) AddValue(out, "address_type", type, found.place);
    AddValue(out, prefix + "address", found.Trimmed(), found.place);
  });
}

// ["sextortion"], [{"value": "sextortion"}] and {"sextortion": true, "spam": false}.
void TakeFlags(Node& node, std::string_view name, std::vector<std::string>& out) {
  for (Node* found : node.TakeAll(name)) {
    if (const std::string text = ValueOf(*found); !text.empty()) {
      out.push_back(AnnotationName(text));
      continue;
    }
    for (Node& flag : found->children) {
      const auto said = ReadFlag(flag.text);
      if (flag.taken || !flag.children.empty() || said == std::optional(false)) continue;
      flag.taken = true;
      flag.text_read = said.has_value();
      out.push_back(AnnotationName(flag.name));
    }
  }
}

void TakeAccount(Node& node, AccountRole role, ReportRecord& report) {
  AccountRecord out;
  out.role = role;
  out.place = node.place;
  out.esp_identifier = TextOf(node, {"espUserId", "espIdentifier"});
  out.service = TextOf(node, {"espService"});
  static constexpr std::pair<std::string_view, std::string_view> kValues[] = {
      {"firstName", "first_name"},
      {"middleName", "middle_name"},
      {"lastName", "last_name"},
      {"gender", "gender"},
      {"dateOfBirth", "birth_date"},
      {"approximateAge", "age"},
      {"age", "age"},
      {"ageAssertionDiscrepancy", "age_discrepancy"},
      {"displayNames", "display_name"},
      {"displayName", "display_name"},
      {"profileBio", "bio"},
      {"groupIdentifier", "group"},
      {"priorCTReports", "prior_report"},
      {"compromisedAccount", "compromised"},
      {"accountTemporarilyDisabled", "temporarily_disabled"},
      {"accountPermanentlyDisabled", "permanently_disabled"},
      {"vehicleDescription", "vehicle"},
      {"thirdPartyUserReported", "third_party_user"},
      {"allEmailsReported", "all_emails_reported"},
      {"platform", "platform"},
      {"relationshipToChildVictim", "relationship_to_child_victim"},
      {"accessToChildVictim", "access_to_child_victim"},
      {"accessToChildren", "access_to_children"},
      {"convictedSexOffender", "convicted_sex_offender"},
      {"schoolName", "school"},
      {"language", "language"}};
  for (const auto& [child, field] : kValues) TakeValue(node, child, field, out);
  for (const std::string_view name : kFreeTexts) TakeValue(node, name, "notes", out);
  TakeSelectors(node, {"screenName", "screenNames"}, SelectorType::kScreenName, out.selectors);
  TakeSelectors(node, {"profileUrls", "profileUrl"}, SelectorType::kProfileUrl, out.selectors);
  TakeContacts(node, {"emails", "email"}, SelectorType::kEmail, out.selectors);
  TakeContacts(node, {"phones", "phone"}, SelectorType::kPhone, out.selectors);
  TakeAddresses(node, out);
  TakeDevices(node, out.selectors);
  TakeCaptures(node, Whose::kAccount, out.selectors);
  if (Node* found = node.Take("estimatedLocation")) {
    TakeValue(*found, "city", "estimated_city", out);
    TakeValue(*found, "region", "estimated_region", out);
    TakeValue(*found, "countryCode", "estimated_country", out);
    TakeValue(*found, "verified", "estimated_location_verified", out);
    TakeValue(*found, "timestamp", "estimated_location_at", out);
  }
  if (node.name == "associatedAccounts") AddValue(out, "association", TextOf(node, {"type"}), node.place);
  // What nobody knew, of this account alone: the associated ones keep their own.
  std::vector<Node> below;
  EachOf(node, {"associatedAccounts"},
         [&](Node& found) { below.push_back(std::exchange(found, Node{.taken = true})); });
  CollectUnknown(node, "", out.unknown);
  node.children.clear();
  report.accounts.push_back(std::move(out));
  // What belongs to a victim stands on the victim's side, and never becomes a subject.
  const AccountRole role_below = role == AccountRole::kVictim ? AccountRole::kVictim : AccountRole::kAssociated;
  for (Node& account : below) TakeAccount(account, role_below, report);
}

bool HasAnyChild(const Node& node, Names names) {
  return std::ranges::any_of(names, [&](std::string_view name) { return node.HasChild(name); });
}

// people{persons[...]}, people{persons{...}}, and people[...] without the inner name.
void TakeAccounts(Node& info, std::string_view outer_name, std::string_view inner_name, AccountRole role,
                  ReportRecord& out) {
  static const Names kOfAPerson = {"espUserId",   "espIdentifier", "espService",     "screenName",
                                   "firstName",   "lastName",      "emails",         "phones",
                                   "dateOfBirth", "displayNames",  "approximateAge", "sourceInformation",
                                   "profileUrls", "deviceIds",     "addresses",      "additionalInformations"};
  for (Node* outer : info.TakeAll(outer_name)) {
    const std::vector<Node*> inner = outer->TakeAll(inner_name);
    for (Node* found : inner) TakeAccount(*found, role, out);
    if (inner.empty() && HasAnyChild(*outer, kOfAPerson)) TakeAccount(*outer, role, out);
  }
}

void TakeHashes(Node& node, std::vector<ClaimedHash>& out) {
  EachOf(node, {"originalFileHashes", "originalFileHash"}, [&](Node& found) {
    if (std::string hash = ValueOf(found); !hash.empty()) out.push_back({found.TakeText("hashType"), std::move(hash)});
  });
  const std::string hash = TextOf(node, {"verificationHash"});
  // The MD5 by which the upload was checked. The same claim twice is one claim.
  if (hash.empty() || std::ranges::any_of(out, [&](const ClaimedHash& claimed) { return claimed.value == hash; }))
    return;
  out.push_back({hash.size() == 40 ? "SHA1" : hash.size() == 64 ? "SHA256" : "MD5", hash});
}

FileRecord TakeFile(Node& node) {
  FileRecord out;
  out.place = node.place;
  out.file_id = TextOf(node, {"fileId"});
  out.file_name = TextOf(node, {"filename", "fileName"});
  out.original_file_name = TextOf(node, {"originalFilename", "originalFileName"});
  out.uploaded_text = TextOf(node, {"uploadedToEspTimestamp"});
  out.viewed_by_esp = FlagOf(node, {"viewedByEsp", "fileViewedByEsp"});
  out.exif_viewed_by_esp = FlagOf(node, {"exifViewedByEsp"});
  out.publicly_available = FlagOf(node, {"publiclyAvailable"});
  out.relevance = TextOf(node, {"fileRelevance"});
  out.industry_classification = TextOf(node, {"industryClassification"});
  out.user_id = TextOf(node, {"uploadedByEspIdentifier"});
  TakeFlags(node, "fileAnnotations", out.annotations);
  TakeHashes(node, out.claimed_hashes);
  TakeDevices(node, out.selectors);
  TakeCaptures(node, Whose::kNobody, out.selectors);
  TakeTexts(node, kFreeTexts, out.additional_info);
  CollectUnknown(node, "", out.unknown);
  node.children.clear();
  return out;
}

void TakeFiles(Node& info, ReportRecord& out) {
  for (Node* outer : info.TakeAll("uploadedFiles")) {
    const std::vector<Node*> inner = outer->TakeAll("uploadedFiles");
    for (Node* file : inner) out.files.push_back(TakeFile(*file));
    if (inner.empty() && HasAnyChild(*outer, {"fileId", "filename", "fileName", "originalFilename", "submittalId",
                                              "verificationHash", "viewedByEsp"}))
      out.files.push_back(TakeFile(*outer));
  }
}

void TakeSummary(Node& summary, ReportRecord& out) {
  out.incident_type = TextOf(summary, {"incidentType"});
  out.incident_at_text = TextOf(summary, {"incidentDateTime"});
  if (Node* urgent = summary.Take("escalateToHighPriority"); urgent != nullptr && !SaysNo(*urgent))
    out.escalate_reason = ValueOf(*urgent);  // presence is the statement; null is absence
  TakeFlags(summary, "reportAnnotations", out.annotations);
}

// Texts join the report's free text and are mined with it; what is not known is kept with its path.
void TakeIncident(Node& incident, ReportRecord& out) {
  TakeCaptures(incident, Whose::kNobody, out.selectors);
  TakeContacts(incident, {"emailAddresses", "emailAddress", "emails"}, SelectorType::kEmail, out.selectors);
  TakeContacts(incident, {"phoneNumbers", "phoneNumber", "phones"}, SelectorType::kPhone, out.selectors);
  TakeSelectors(incident, {"urls", "url"}, SelectorType::kProfileUrl, out.selectors);
  TakeTexts(incident, kFreeTexts, out.additional_info);
  TakeTexts(incident, {"contents", "content"}, out.additional_info);
}

}  // namespace

ReportRecord ReportFromJson(Node& node, const std::string& place) {
  SetPlaces(node, place);
  ReportRecord out;
  out.place = place;
  Node* const found_info = node.Take("reportedInformation");
  Node& info = found_info != nullptr ? *found_info : node;
  out.provider_report_id = TextOf(node, {"reportId"});
  out.received_text = TextOf(node, {"dateReceived"});
  if (out.provider_report_id.empty()) out.provider_report_id = TextOf(info, {"reportId"});
  if (Node* esp = info.Take("reportingEsp")) {  // the persons of its desk stay unknown; take.cc looks after them
    Node* const own = esp->Peek("espName").empty() ? esp : esp->Take("espName");
    if (IsName(own->text)) out.provider = own->Trimmed();
  }
  if (Node* summary = info.Take("incidentSummary")) TakeSummary(*summary, out);
  if (Node* batched = info.Take("batchedReport"); batched != nullptr && !SaysNo(*batched)) {
    const std::string reason = TextOf(*batched, {"reason"});
    out.batched_reason = reason.empty() ? ValueOf(*batched) : reason;
  }
  for (Node* details : info.TakeAll("incidentDetails")) {
    TakeIncident(*details, out);
    for (Node& incident : details->children) {
      if (incident.children.empty()) continue;
      incident.taken = true;
      TakeIncident(incident, out);
    }
  }
  TakeAccounts(info, "reportedPeople", "reportedPersons", AccountRole::kReported, out);
  TakeAccounts(info, "intendedRecipients", "intendedRecipients", AccountRole::kRecipient, out);
  TakeAccounts(info, "victims", "victims", AccountRole::kVictim, out);
  TakeFiles(info, out);
  TakeTexts(info, kFreeTexts, out.additional_info);
  for (FileRecord& file : out.files) file.provider_report_id = out.provider_report_id;
  CollectUnknown(node, "", out.unknown);
  return out;
}

}  // namespace crossguard::intake
