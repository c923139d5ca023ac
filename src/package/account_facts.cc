#include "package/account_facts.h"

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "model/canonical.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = package_rows;

// A JSON column of the register.
Result<json> Parse(const std::string& text) {
  json value = ParseJson(text);
  if (value.is_discarded())
    return Fail(Code::kCorrupt, "A JSON column of the register does not hold JSON; restore the register.");
  return value;
}

json SourceOf(const rows::SourceRow& source) {
  return {{"exhibit", source.exhibit.hex()}, {"path", source.path}, {"place", source.place}};
}

// "ip sighting 123 at ..." -> "ip sighting at ...": row numbers never leave the house, and two registers with the same
// contents may number them differently.
std::string WithoutRowNumbers(std::string text) {
  constexpr std::string_view kWord = "sighting ";
  for (size_t at = text.find(kWord); at != std::string::npos; at = text.find(kWord, at + 1)) {
    const size_t begin = at + kWord.size() - 1;
    const size_t end = std::min(text.find_first_not_of("0123456789", begin + 1), text.size());
    if (end > begin + 1) text.erase(begin, end - begin);
  }
  return text;
}

template <class T>
void PutIf(json& out, const char* name, const std::optional<T>& value) {
  if (value) out[name] = *value;
}
void PutTime(json& out, const char* name, const std::optional<Instant>& at) {
  if (at) out[name] = ToText(*at);
}

Status ReadMentions(const FactsScope& scope, const rows::AccountRow& account, Gathered& gathered, json& out) {
  std::vector<rows::MentionRow> mentions;  // first all: another walk inside a walk would need the same statement
  TRY(rows::EachMention(scope.db, scope.operation, account.key, [&](const rows::MentionRow& row) -> Status {
    mentions.push_back(row);
    return {};
  }));
  json list = json::array();
  for (const rows::MentionRow& row : mentions) {
    gathered.documents[row.source.item_key].insert(account.esp_identifier);
    json one = {{"report", row.report_id},
                {"provider", row.provider},
                {"provider_report_id", row.provider_report_id},
                {"role", row.role},
                {"incident_type", row.incident_type},
                {"incident_at_text", row.incident_at_text},
                {"source", SourceOf(row.source)}};
    one["annotations"] = TRY(Parse(row.annotations));
    PutTime(one, "incident_at", row.incident_at);
    PutIf(one, "escalated", row.escalate_reason);
    if (!row.batched_reason.empty()) one["batched_reason"] = row.batched_reason;
    if (!row.report_additional_info.empty()) {
      if (TRY(SpeaksOfOthers(scope, row.report_key))) {
        one["report_text_withheld"] = true;
      } else {
        one["report_text"] = row.report_additional_info;
      }
    }
    list.push_back(std::move(one));
  }
  out["mentions"] = std::move(list);
  return {};
}

Status ReadSelectors(const FactsScope& scope, const rows::AccountRow& account, Gathered& gathered, json& out) {
  json list = json::array();
  TRY(rows::EachSighting(scope.db, scope.operation, account.key, [&](const rows::SightingRow& row) -> Status {
    gathered.documents[row.source.item_key].insert(account.esp_identifier);
    if (list.empty() || list.back()["type"] != row.type || list.back()["value"] != row.value) {
      list.push_back({{"type", row.type}, {"value", row.value}, {"sightings", json::array()}});
    }
    json one = {{"raw", row.raw},          {"origin", row.origin},
                {"at_text", row.at_text},  {"zone_known", row.zone_known},
                {"event", row.event_name}, {"source", SourceOf(row.source)}};
    PutTime(one, "at", row.at);
    PutIf(one, "port", row.port);
    PutIf(one, "possible_proxy", row.possible_proxy);
    PutIf(one, "verified", row.verified);
    list.back()["sightings"].push_back(std::move(one));
    return {};
  }));
  out["selectors"] = std::move(list);
  json values = json::array();
  TRY(rows::EachValue(scope.db, scope.operation, account.key, [&](const rows::ValueRow& row) -> Status {
    gathered.documents[row.source.item_key].insert(account.esp_identifier);
    values.push_back({{"field", row.field}, {"value", row.value}, {"source", SourceOf(row.source)}});
    return {};
  }));
  out["values"] = std::move(values);
  return {};
}

Result<json> MediaFacts(const FactsScope& scope, const rows::MediaRow& row, const std::string& file_name,
                        Gathered& gathered) {
  auto found = gathered.media.find(row.id);
  if (found == gathered.media.end()) {
    json hits = json::array();
    TRY(rows::EachHit(scope.db, row.key, [&](const rows::HitRow& hit) -> Status {
      hits.push_back({{"list", hit.list_name},
                      {"version", hit.list_version},
                      {"owner", hit.list_owner},
                      {"scheme", hit.scheme},
                      {"scheme_country", hit.scheme_country},
                      {"scheme_version", hit.scheme_version},
                      {"code", hit.code},
                      {"grade", hit.grade},
                      {"series", hit.series},
                      {"entry", hit.entry_id},
                      {"method", hit.method},
                      {"distance", hit.distance},
                      {"state", hit.state}});
      return {};
    }));
    found = gathered.media
                .emplace(row.id, Gathered::MediaFile{.row = row, .file_name = file_name, .hits_json = Canonical(hits)})
                .first;
  }
  json out = {{"id", row.id},         {"sha256", row.sha256.hex()},   {"sha1", row.sha1.hex()},
              {"md5", row.md5.hex()}, {"size_bytes", row.size_bytes}, {"kind", row.kind},
              {"state", row.state}};
  out["hits"] = TRY(Parse(found->second.hits_json));
  if (row.pdq) out["pdq"] = row.pdq->hex();
  PutIf(out, "pdq_quality", row.pdq_quality);
  return out;
}

Status ReadFiles(const FactsScope& scope, const rows::AccountRow& account, Gathered& gathered, json& out) {
  json files = json::array();
  std::vector<std::pair<int64_t, std::string>> items;  // media item, declared name
  const auto on_details = [&](const rows::DetailsRow& row) -> Status {
    gathered.documents[row.source.item_key].insert(account.esp_identifier);
    ++gathered.details_in_document[row.source.item_key];
    gathered.details_id.emplace(row.source.item_key, row.id);
    json one = {{"id", row.id},
                {"report", row.report_id},
                {"provider_file_id", row.provider_file_id},
                {"file_name", row.file_name},
                {"original_file_name", row.original_file_name},
                {"relevance", row.relevance},
                {"industry_classification", row.classification},
                {"hash_check", row.hash_check},
                {"uploaded_at_text", row.uploaded_at_text},
                {"state", row.state},
                {"source", SourceOf(row.source)}};
    one["annotations"] = TRY(Parse(row.annotations));
    one["claimed_hashes"] = TRY(Parse(row.claimed_hashes));
    PutIf(one, "viewed_by_esp", row.viewed);
    PutIf(one, "exif_viewed_by_esp", row.exif_viewed);
    PutIf(one, "publicly_available", row.public_);
    PutTime(one, "uploaded_at", row.uploaded_at);
    PutIf(one, "media", row.media_id);
    files.push_back(std::move(one));
    if (row.media_item_key != 0)
      items.emplace_back(row.media_item_key, row.file_name.empty() ? row.original_file_name : row.file_name);
    return {};
  };
  TRY(rows::EachDetails(scope.db, scope.operation, account.key, on_details));
  std::map<std::string, std::pair<rows::MediaRow, std::string>> media;
  for (const auto& [item, name] : items) {
    TRY(rows::EachMediaOfItem(scope.db, item, [&](const rows::MediaRow& row) -> Status {
      media.emplace(row.id, std::pair(row, name));
      return {};
    }));
  }
  json list = json::array();
  for (const auto& [id, one] : media) list.push_back(TRY(MediaFacts(scope, one.first, one.second, gathered)));
  out["files"] = std::move(files);
  out["media"] = std::move(list);
  return {};
}

// What was worked out of the reports of several operations may not be told in one of them: numbers and words of a list
// stay, as they say nothing of a report; whatever quotes or explains is left out.
constexpr std::string_view kOfSeveral = "worked out from reports of several operations";

Status ReadFindings(const FactsScope& scope, Key<Account> account, Gathered& gathered, json& out) {
  const bool shared = TRY(rows::NamedElsewhere(scope.db, scope.operation, account));
  json scores = json::object();
  const auto on_score = [&](const rows::ScoreRow& row) -> Status {
    scores[row.axis]["points"] = row.points;
    scores[row.axis]["contributions"] = shared ? json::array() : TRY(Parse(row.contributions));
    return {};
  };
  TRY(rows::EachScore(scope.db, account, on_score));
  out["scores"] = std::move(scores);
  if (const auto triage = TRY(rows::ReadTriage(scope.db, account))) {
    out["triage"] = {{"lane", triage->lane},
                     {"lane_reason", shared ? std::string(kOfSeveral) : triage->lane_reason},
                     {"band", triage->band}};
  }
  if (const auto found = TRY(rows::ReadJurisdiction(scope.db, account))) {
    json claims = json::array();
    TRY(rows::EachClaim(scope.db, account, [&](const rows::ClaimRow& row) -> Status {
      if (shared) return {};
      claims.push_back({{"country", row.country},
                        {"basis", row.basis},
                        {"because", WithoutRowNumbers(row.because)},
                        {"weight", row.weight}});
      return {};
    }));
    json& place = out["jurisdiction"];
    place["country"] = found->country;
    place["confidence"] = found->confidence;
    place["explanation"] = shared ? json::object() : TRY(Parse(WithoutRowNumbers(found->explanation)));
    place["contradictions"] = shared ? json::array() : TRY(Parse(WithoutRowNumbers(found->contradictions)));
    place["claims"] = std::move(claims);
  }
  if (const auto subject = TRY(rows::ReadSubject(scope.db, scope.operation, account))) {
    json links = json::array();
    TRY(rows::EachLink(scope.db, scope.operation, account, [&](const rows::LinkRow& row) -> Status {
      links.push_back({{"type", row.type},
                       {"value", row.value},
                       {"strength", row.strength},
                       {"reason", row.reason},
                       {"sharer_count", row.sharer_count}});
      return {};
    }));
    out["subject"] = {{"id", subject->id}, {"account_count", subject->account_count}, {"links", std::move(links)}};
  }
  json hits = json::array();
  const auto on_hit = [&](const rows::PartnerHitRow& row) -> Status {
    const json codes = TRY(Parse(row.handling));
    // H2: not to be passed on without the owner's permission. H3: restrictions that a person must read first.
    const bool restricted = !codes.is_array() || std::any_of(codes.begin(), codes.end(), [](const json& code) {
      return code == "H2" || code == "H3";
    });
    if (restricted && row.owner != scope.recipient) {
      ++gathered.hits_kept_back_count;
      return {};
    }
    if (codes.is_array()) {
      for (const json& code : codes) {
        if (code.is_string()) gathered.handling.insert(code.get<std::string>());
      }
    }
    // Type, owner, contact: what the cross-check may show, and nothing else until the owner releases it.
    hits.push_back({{"selector_type", row.selector_type}, {"owner", row.owner}, {"contact", row.contact}});
    return {};
  };
  TRY(rows::EachPartnerHit(scope.db, scope.operation, account, on_hit));
  out["partner_hits"] = std::move(hits);
  return {};
}

}  // namespace

Result<bool> SpeaksOfOthers(const FactsScope& scope, Key<Report> report) {
  bool others = false;
  TRY(rows::EachReportPerson(scope.db, report, [&](const rows::DocumentPerson& person) -> Status {
    others = others || person.role == "victim" || !scope.in_package(person.account);
    return {};
  }));
  return others;
}

Result<json> AccountFacts(const FactsScope& scope, Key<Account> account, Gathered& gathered) {
  const rows::AccountRow row = TRY(rows::ReadAccount(scope.db, account));
  json out = {{"id", row.id},
              {"service", row.service},
              {"esp_identifier", row.esp_identifier},
              {"identifier_derived", row.identifier_derived},
              {"minor", row.minor},
              {"category", row.category}};
  TRY(ReadMentions(scope, row, gathered, out));
  TRY(ReadSelectors(scope, row, gathered, out));
  TRY(ReadFiles(scope, row, gathered, out));
  TRY(ReadFindings(scope, account, gathered, out));
  return out;
}

}  // namespace crossguard
