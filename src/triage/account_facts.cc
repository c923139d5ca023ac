#include "triage/account_facts.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <tuple>

#include "selectors/phone_country.h"
#include "triage/places.h"

namespace crossguard {
namespace {

using Fields = std::span<const std::string_view>;
bool IsOneOf(std::string_view word, Fields fields) {
  return std::ranges::find(fields, word) != fields.end();
}
bool HasAny(const std::vector<std::string>& flags, const std::vector<std::string>& wanted) {
  return std::ranges::any_of(flags,
                             [&](const std::string& flag) { return std::ranges::find(wanted, flag) != wanted.end(); });
}

// A declared "no" is not a statement of access.
constexpr auto kDenials = std::to_array<std::string_view>({"", "false", "no", "0", "none", "unknown", "n/a"});
bool IsDenied(std::string_view value) {
  return IsOneOf(Lower(value), kDenials);
}

// account_value.field, as intake writes it: what each is read for here.
constexpr auto kTextFields = std::to_array<std::string_view>({"bio", "notes"});
constexpr auto kWordsFields = std::to_array<std::string_view>({"bio", "notes", "display_name"});
constexpr auto kAccessFields =
    std::to_array<std::string_view>({"access_to_children", "access_to_child_victim", "relationship_to_child_victim"});
// "Springfield, Auckland, NZ": the last part that is a country, else a city that is known.
std::string CountryOfAddress(std::string_view text) {
  std::string found = CountryFromText(text);
  if (!found.empty()) return found;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t cut = rest.find_last_of(",;\n|");
    const std::string_view part = cut == std::string_view::npos ? rest : rest.substr(cut + 1);
    found = CountryFromText(part);
    if (found.empty()) found = CountryOfCity(part);
    if (!found.empty() || cut == std::string_view::npos) return found;
    rest = rest.substr(0, cut);
  }
  return found;
}

class Gatherer {
 public:
  explicit Gatherer(AccountFacts& facts) : facts_(facts) {}

  void Add(const TriageSightingRow& row) {
    if (row.type == "ip") AddIp(row);
    if (row.type == "phone" || row.type == "email") {
      bool& verified = contacts_[{row.type, row.value}];
      verified = verified || row.verified.value_or(false);
    }
    if (row.type == "phone") {
      PhoneHint& hint = phones_.try_emplace(row.value, PhoneHint{.sighting_key = row.key, .country = {}, .mined = true})
                            .first->second;
      hint.verified = hint.verified || row.verified.value_or(false);
      hint.mined = hint.mined && row.mined;
    }
  }

  void Add(const TriageValueRow& row, bool associated) {
    const std::string source =
        row.field + " (value " + std::to_string(row.key) + (associated ? ", associated account)" : ")");
    const auto place = [&](PlaceHint::Basis basis, std::string country, int percent) {
      if (!country.empty()) facts_.hints.places.push_back({basis, std::move(country), source, percent});
    };
    using Basis = PlaceHint::Basis;
    if (row.field == "billing_country") place(Basis::kBilling, CountryFromText(row.value), 100);
    if (row.field == "billing_address") place(Basis::kBilling, CountryOfAddress(row.value), 100);
    if (row.field == "billing_city") place(Basis::kBilling, CountryOfCity(row.value), 50);
    if (associated) {  // where its address lies, and nothing of who it is: a billing account in full, any other as half
                       // a statement
      const bool billing = row.association == "Billing";
      const Basis basis = billing ? Basis::kBilling : Basis::kStatement;
      if (row.field == "country") place(basis, CountryFromText(row.value), billing ? 100 : 50);
      if (row.field == "address") place(basis, CountryOfAddress(row.value), billing ? 100 : 50);
      return;
    }
    if (row.field == "country") place(Basis::kStatement, CountryFromText(row.value), 100);
    if (row.field == "address") place(Basis::kStatement, CountryOfAddress(row.value), 100);
    if (row.field == "city") place(Basis::kStatement, CountryOfCity(row.value), 50);
    if (row.field == "estimated_country") place(Basis::kEstimatedLocation, CountryFromText(row.value), 100);
    if (row.field == "estimated_city") place(Basis::kEstimatedLocation, CountryOfCity(row.value), 50);
    if (row.field == "language") facts_.hints.language_tags.push_back(row.value);
    if (IsOneOf(row.field, kWordsFields)) facts_.hints.words.push_back({source, row.value});
    if (IsOneOf(row.field, kTextFields)) facts_.lower_texts.push_back(Lower(row.value));
    if (IsOneOf(row.field, kAccessFields) && !IsDenied(row.value)) ++facts_.access_count;
    if (row.field == "prior_report") prior_.insert(row.value);
    if (row.field == "group") groups_.insert(row.value);
  }

  void Finish() {
    for (auto& [key, hint] : ips_) facts_.hints.ips.push_back(std::move(hint));
    for (auto& [value, hint] : phones_) {
      const PhoneCountry found = CountryOfPhone(value);
      hint.country = found.country.empty() ? found.prefix_country : found.country;
      hint.prefix_only = found.country.empty() || !found.valid;
      facts_.hints.phones.push_back(std::move(hint));
    }
    facts_.contact_count = static_cast<int64_t>(contacts_.size());
    facts_.verified_contact_count = std::ranges::count_if(contacts_, [](const auto& one) { return one.second; });
    facts_.group_count = static_cast<int64_t>(groups_.size());
    // Every report beyond the first is an earlier one of this house.
    facts_.prior_report_count = static_cast<int64_t>(prior_.size() + facts_.reports.size()) - 1;
  }

 private:
  // The newest sighting stands for all of the same address under the same circumstances.
  void AddIp(const TriageSightingRow& row) {
    if (row.at && row.zone_known) {
      ++facts_.ip_zone_count;
      if (row.has_port) ++facts_.ip_zone_port_count;
    }
    const bool proxy = row.possible_proxy.value_or(false);
    const auto key = std::tuple(row.value, row.at.has_value(), row.zone_known, row.has_port, proxy, row.mined);
    const auto [it, fresh] = ips_.try_emplace(key, IpHint{.sighting_key = row.key,
                                                          .ip = row.value,
                                                          .at = row.at,
                                                          .zone_known = row.zone_known,
                                                          .has_port = row.has_port,
                                                          .possible_proxy = proxy,
                                                          .mined = row.mined});
    if (fresh) return;
    ++it->second.count;
    if (row.at && *row.at > *it->second.at) {
      it->second.at = row.at;
      it->second.sighting_key = row.key;
    }
  }

  AccountFacts& facts_;
  std::map<std::tuple<std::string, bool, bool, bool, bool, bool>, IpHint> ips_;
  std::map<std::string, PhoneHint> phones_;
  std::map<std::pair<std::string, std::string>, bool> contacts_;
  std::set<std::string> prior_;
  std::set<std::string> groups_;
};

void Newest(std::optional<Instant>& newest, std::optional<Instant> one) {
  if (one && (!newest || *one > *newest)) newest = one;
}

int64_t CountFiles(const AccountFacts& facts, const auto& matches) {
  int64_t count = 0;
  int64_t last_counted = 0;
  for (const TriageFileRow& file : facts.files) {  // an archive is one file with several rows, side by side
    if (file.details_key != last_counted && matches(file)) {
      ++count;
      last_counted = file.details_key;
    }
  }
  return count;
}
int64_t CountMedia(const AccountFacts& facts, const auto& matches) {
  std::set<int64_t> seen;
  for (const TriageFileRow& file : facts.files) {
    if (file.media_key != 0 && matches(file)) seen.insert(file.media_key);
  }
  return static_cast<int64_t>(seen.size());
}
int64_t CountReports(const AccountFacts& facts, const auto& matches) {
  return std::ranges::count_if(facts.reports, matches);
}

bool IsOfAbuse(const AccountFacts& facts, const TriageFileRow& file, const TriageRules& rules) {
  if (HasAbuseIndicator(file)) return true;
  const auto report =
      std::ranges::find_if(facts.reports, [&](const TriageReportRow& one) { return one.key == file.report; });
  return report != facts.reports.end() &&
         std::ranges::find(rules.material_incident_types, report->incident_type) != rules.material_incident_types.end();
}

int64_t LargestSeries(const AccountFacts& facts, const TriageRules& rules) {
  std::map<std::string, std::set<int64_t>> groups;
  for (const TriageFileRow& file : facts.files) {
    if (!IsUnknownMaterial(file) || !IsOfAbuse(facts, file, rules)) continue;
    if (!file.camera.empty()) groups["camera " + file.camera].insert(file.media_key);
    if (file.group > 0) groups["cluster " + std::to_string(file.group)].insert(file.media_key);
  }
  size_t most = 0;
  for (const auto& [name, media] : groups) most = std::max(most, media.size());
  return static_cast<int64_t>(most);
}

bool OnlyKnownDistributed(const AccountFacts& facts, const TriageRules& rules, const KnownSpread& spread) {
  return !facts.files.empty() && std::ranges::all_of(facts.files, [&](const TriageFileRow& file) {
    if (file.verdict == "benign" || file.media_kind == "application/zip") return true;
    const auto reports = spread.find(file.group);
    return file.verdict == "known" && reports != spread.end() && reports->second >= rules.viral_report_count_min;
  }) && std::ranges::any_of(facts.files, [](const TriageFileRow& file) { return file.verdict == "known"; });
}

}  // namespace

bool IsUnknownMaterial(const TriageFileRow& file) {
  return file.media_key != 0 && file.verdict.empty() && file.media_kind != "application/zip" &&
         (file.media_state == "examined" || file.media_state == "truncated");
}

bool HasAbuseIndicator(const TriageFileRow& file) {
  if (!file.industry_classification.empty()) return true;
  static const std::vector<std::string> kLabels{"possibleSelfProduction", "physicalHarm", "violenceGore", "bestiality",
                                                "liveStreaming",          "infant",       "generativeAi"};
  return HasAny(file.annotations, kLabels);
}

Result<const FactsReader::ReportFacts*> FactsReader::OfReport(Key<Report> report) {
  if (const auto found = cache_.find(report.value); found != cache_.end()) return &found->second;
  if (cached_row_count_ > kReportFilesCacheMax) {
    cache_.clear();
    cached_row_count_ = 0;
  }
  ReportFacts out;
  out.context = TRY(ReadTriageReportContext(database_, report));
  out.files = TRY(ReadUnattributedFiles(database_, report));
  if (out.context.reported_count == 1) {
    TRY(EachUnattributedSighting(database_, report,
                                 [&](const TriageSightingRow& row) { out.sightings.push_back(row); }));
    out.associated = TRY(ReadAssociatedValues(database_, report));
  }
  cached_row_count_ += 1 + out.files.size() + out.sightings.size() + out.associated.size();
  return &cache_.emplace(report.value, std::move(out)).first->second;
}

Result<AccountFacts> FactsReader::Read(Key<Account> account) {
  AccountFacts facts;
  facts.now = now_;
  facts.account = TRY(ReadTriageAccount(database_, account));
  facts.reports = TRY(ReadTriageReports(database_, account));
  facts.files = TRY(ReadTriageFiles(database_, account));
  Gatherer gatherer(facts);
  for (const TriageValueRow& row : TRY(ReadTriageValues(database_, account))) gatherer.Add(row, false);
  TRY(EachTriageSighting(database_, account, [&](const TriageSightingRow& row) { gatherer.Add(row); }));
  for (const TriageReportRow& report : facts.reports) {
    const ReportFacts* of_report = TRY(OfReport(report.key));
    facts.victim_count += of_report->context.victim_count + of_report->context.school_count;
    facts.files.insert(facts.files.end(), of_report->files.begin(), of_report->files.end());
    for (const TriageSightingRow& row : of_report->sightings) gatherer.Add(row);
    for (const TriageValueRow& row : of_report->associated) gatherer.Add(row, true);
    if (!report.additional_info.empty()) facts.lower_texts.push_back(Lower(report.additional_info));
    if (report.received_at && (!facts.first_received_at || *report.received_at < *facts.first_received_at))
      facts.first_received_at = report.received_at;
    Newest(facts.newest_event_at, report.incident_at);
  }
  for (const TriageFileRow& file : facts.files) Newest(facts.newest_event_at, file.uploaded_at);
  facts.partner_owner_count = TRY(CountPartnerOwners(database_, account));
  facts.subject_account_count = TRY(CountSubjectAccounts(database_, account));
  gatherer.Finish();
  return facts;
}

int64_t Measure(const AccountFacts& facts, Signal signal, const SignalParams& params, const TriageRules& rules,
                const KnownSpread& spread) {
  switch (signal) {
    case Signal::kEscalated:
      return CountReports(facts, [](const TriageReportRow& r) { return r.escalate_reason.has_value(); });
    case Signal::kReportAnnotation:
      return CountReports(facts, [&](const TriageReportRow& r) { return HasAny(r.annotations, params.values); });
    case Signal::kFileAnnotation:
      return CountFiles(facts, [&](const TriageFileRow& f) { return HasAny(f.annotations, params.values); });
    case Signal::kFileClass:
      return CountFiles(facts, [&](const TriageFileRow& f) {
        return std::ranges::find(params.values, f.industry_classification) != params.values.end();
      });
    case Signal::kUnknownMaterial:
      return CountMedia(facts,
                        [&](const TriageFileRow& f) { return IsUnknownMaterial(f) && IsOfAbuse(facts, f, rules); });
    case Signal::kUnknownSeries:
      return LargestSeries(facts, rules);
    case Signal::kKnownMaterial:
      return CountMedia(facts, [](const TriageFileRow& f) { return f.verdict == "known" || f.verdict == "conflict"; });
    case Signal::kOnlyKnownDistributed:
      return OnlyKnownDistributed(facts, rules, spread) ? 1 : 0;
    case Signal::kFirstGeneration:
      return CountMedia(facts, [&](const TriageFileRow& f) {
        return IsUnknownMaterial(f) && !f.camera.empty() && !f.rewritten && IsOfAbuse(facts, f, rules);
      });
    case Signal::kVictimNamed:
      return facts.victim_count;
    case Signal::kTextWords:
      return std::ranges::count_if(facts.lower_texts, [&](const std::string& text) {
        return std::ranges::any_of(params.values, [&](const std::string& word) { return HasWord(text, Lower(word)); });
      });
    case Signal::kAccessToChildren:
      return facts.access_count;
    case Signal::kPriorReports:
      return facts.prior_report_count;
    case Signal::kPartnerHits:
      return facts.partner_owner_count;
    case Signal::kSubjectAccounts:
      return facts.subject_account_count;
    case Signal::kGroupIdentifier:
      return facts.group_count;
    case Signal::kFileCount:
      return CountFiles(facts, [](const TriageFileRow&) { return true; });
    case Signal::kRecentUpload:
      return facts.newest_event_at && facts.now.micros - facts.newest_event_at->micros <= params.days * kMicrosPerDay
                 ? 1
                 : 0;
    case Signal::kIncidentType:
      return CountReports(facts, [&](const TriageReportRow& r) {
        return std::ranges::find(params.values, r.incident_type) != params.values.end();
      });
    case Signal::kDuplicateOnly:
      return std::ranges::all_of(facts.reports,
                                 [](const TriageReportRow& r) { return r.bundled && r.new_information.empty(); }) &&
                     !facts.reports.empty()
                 ? 1
                 : 0;
    case Signal::kBatchedOnly:
      return std::ranges::all_of(facts.reports,
                                 [](const TriageReportRow& r) { return r.batched_reason.has_value(); }) &&
                     !facts.reports.empty()
                 ? 1
                 : 0;
    case Signal::kStableIdentifier:
      return facts.account.identifier_derived ? 0 : 1;
    case Signal::kIpWithZoneAndPort:
      return facts.ip_zone_port_count;
    case Signal::kIpWithZone:
      return facts.ip_zone_count;
    case Signal::kVerifiedContact:
      return facts.verified_contact_count;
    case Signal::kContact:
      return facts.contact_count;
    case Signal::kJurisdictionConfidence:
      return facts.country_confidence;
    case Signal::kRetentionDays: {
      if (!facts.first_received_at) return 0;
      const int64_t left =
          facts.first_received_at->micros + rules.jurisdiction.retention_days * kMicrosPerDay - facts.now.micros;
      return left >= 0 && left <= params.days * kMicrosPerDay ? 1 : 0;
    }
    case Signal::kFileViewed:
      return CountFiles(facts, [](const TriageFileRow& f) { return f.viewed_by_esp.value_or(false); });
  }
  return 0;
}

}  // namespace crossguard
