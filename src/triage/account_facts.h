// What the register holds about one reported account, gathered and counted once, so that each rule is one look.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "register/triage_rows.h"
#include "triage/jurisdiction.h"
#include "triage/rules.h"

namespace crossguard {

// In how many reports each known content group lies; from the bundling pass.
using KnownSpread = std::unordered_map<int64_t, int64_t>;

struct AccountFacts {
  TriageAccountRow account;
  std::vector<TriageReportRow> reports;
  std::vector<TriageFileRow> files;      // its own, and those of its reports that name no account
  std::vector<std::string> lower_texts;  // notes, bio and additional info, in lower case, for word rules
  JurisdictionInput hints;

  int64_t victim_count = 0;  // victims named in its reports, and school names
  int64_t access_count = 0;
  int64_t prior_report_count = 0;
  int64_t group_count = 0;
  int64_t partner_owner_count = 0;
  int64_t subject_account_count = 1;
  int64_t ip_zone_count = 0;  // sightings
  int64_t ip_zone_port_count = 0;
  int64_t contact_count = 0;  // distinct e-mail addresses and phone numbers
  int64_t verified_contact_count = 0;
  int country_confidence = 0;  // set after the jurisdiction is decided; 0 = unclear
  std::optional<Instant> first_received_at;
  std::optional<Instant> newest_event_at;  // upload or incident
  Instant now;
};

// File rows kept from one account to the next, because reports may name very many accounts.
constexpr size_t kReportFilesCacheMax = 100'000;

class FactsReader {
 public:
  FactsReader(Database& database, Instant now) : database_(database), now_(now) {}
  Result<AccountFacts> Read(Key<Account> account);

 private:
  struct ReportFacts {
    TriageReportContext context;
    std::vector<TriageFileRow> files;
    std::vector<TriageSightingRow> sightings;  // only where one account is reported: whose else could they be?
    std::vector<TriageValueRow> associated;    // the same
  };
  Result<const ReportFacts*> OfReport(Key<Report> report);
  Database& database_;
  Instant now_;
  std::unordered_map<int64_t, ReportFacts> cache_;
  size_t cached_row_count_ = 0;
};

// Not a verdict, not a list, not an archive: a content of its own that no list speaks of and that was opened.
bool IsUnknownMaterial(const TriageFileRow& file);
// The provider's labels, or the kind of incident, point to abuse.
bool HasAbuseIndicator(const TriageFileRow& file);

// The number behind a signal for one account.
int64_t Measure(const AccountFacts& facts, Signal signal, const SignalParams& params, const TriageRules& rules,
                const KnownSpread& spread);

}  // namespace crossguard
