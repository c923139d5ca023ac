// The rules of triage: one TOML file that an agency edits (config/triage.toml). Loaded strictly: an unknown name, a
// weight out of range, a missing axis or band is an error with its line, and a missing file is an error, never "no
// rules".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "env/files.h"
#include "model/words.h"

namespace crossguard {

// Two questions, never mixed: how urgently may a child need help, and how much can an officer do with what is there.
enum class Axis : uint8_t { kRescuePriority, kActionability };
CROSSGUARD_WORDS(Axis, "rescue_priority", "actionability");

// What a rule may look at. Each is a number per account (a flag is 0 or 1); a rule applies when it reaches `at_least`.
enum class Signal : uint8_t {
  kEscalated,         // reports with the urgent flag present, even empty
  kReportAnnotation,  // reports with one of `values` among their annotations
  kFileAnnotation,    // files with one of `values` among their annotations
  kFileClass,         // files with one of `values` as industry classification
  kUnknownMaterial,   // distinct opened files that no list knows, where `material_incident_types` or a file's labels
                      // point to abuse
  kUnknownSeries,     // largest group of such files from one camera or one visual cluster
  kKnownMaterial,     // distinct files that a list knows
  kOnlyKnownDistributed,  // 1: files there are, all are known, and every one is in >= viral_report_count_min reports
  kFirstGeneration,       // unknown files whose EXIF names a camera
  kVictimNamed,           // victims named in the account's reports, or school names
  kTextWords,          // texts (additional info, notes, bio) with one of `values` in them, as whole words, in any case
  kAccessToChildren,   // declared access to children or relationship to a victim
  kPriorReports,       // earlier report numbers that the provider names, plus other reports here
  kPartnerHits,        // distinct partner authorities that hold a selector of the account
  kSubjectAccounts,    // accounts of the same subject candidate
  kGroupIdentifier,    // named groups
  kFileCount,          // files declared for the account
  kRecentUpload,       // 1: an upload or incident within `days` before the triage
  kIncidentType,       // reports with one of `values` as incident type
  kDuplicateOnly,      // 1: every report is bundled and brings nothing new
  kBatchedOnly,        // 1: every report is a batched one
  kStableIdentifier,   // 1: the provider's own account id is there (not derived)
  kIpWithZoneAndPort,  // IP events with time, zone and port
  kIpWithZone,         // IP events with time and zone
  kVerifiedContact,    // e-mail addresses and phone numbers that the provider verified
  kContact,            // e-mail addresses and phone numbers, verified or not
  kJurisdictionConfidence,  // 0..100; 0 when unclear
  kRetentionDays,  // 1: `days` or fewer remain of the provider's retention (jurisdiction.retention_days from arrival)
  kFileViewed,     // files that the provider says it viewed
};
CROSSGUARD_WORDS(Signal, "escalated", "report_annotation", "file_annotation", "file_class", "unknown_material",
                 "unknown_series", "known_material", "only_known_distributed", "first_generation", "victim_named",
                 "text_words", "access_to_children", "prior_reports", "partner_hits", "subject_accounts",
                 "group_identifier", "file_count", "recent_upload", "incident_type", "duplicate_only", "batched_only",
                 "stable_identifier", "ip_with_zone_and_port", "ip_with_zone", "verified_contact", "contact",
                 "jurisdiction_confidence", "retention_days", "file_viewed");

// params: what counts and from where on.
struct SignalParams {
  int64_t at_least = 1;
  int64_t days = 0;                 // for recent_upload and retention_days
  std::vector<std::string> values;  // for annotations, classes, incident types and words
};

struct Rule {
  std::string id;
  Axis axis = Axis::kRescuePriority;
  int points = 0;  // -100..100, not 0; fixed once the signal reaches at_least
  Signal signal = Signal::kEscalated;
  SignalParams params;
  std::string because;  // "{n}" stands for the signal's number
};

// Puts an account in the urgent lane, above any score.
struct UrgentRule {
  std::string id;
  Signal signal = Signal::kEscalated;
  SignalParams params;
  std::string because;
};

struct Band {
  RiskBand band = RiskBand::kLow;
  int at_least = 0;  // of rescue_priority
  int due_days = 30;
};

struct JurisdictionRules {
  // Points per hint, 1..100 each.
  int ip = 40;
  int phone = 35;
  int statement = 25;
  int estimated_location = 25;
  int billing = 30;
  int language = 8;
  int ip_total_max = 70;  // all IP hints of one country together: 1,000 logins are not 1,000 witnesses
  // Percent of the IP weight that remains.
  int percent_no_zone = 40;
  int percent_no_port = 90;
  int percent_no_time = 30;
  int percent_proxy = 10;        // possibleProxy true, or the data marks an anonymiser
  int percent_mined = 70;        // found in free text, not declared
  int percent_repeat = 50;       // each further address in the same country counts that much of the one before
  int percent_unverified = 80;   // phone not verified
  int percent_prefix_only = 75;  // a phone number that is in no range its country has given out
  int half_life_days = 365;      // an older event counts half per half-life, from the account's newest one
  int data_age_days_max = 730;   // event and data further apart: said in the claim
  // Result.
  int confidence_min = 25;          // below: unclear
  int margin_min = 15;              // percent points between the first and the second country; less: unclear
  int full_confidence_points = 80;  // total points at which nothing more is needed
  int retention_days = 365;         // how long the provider keeps what it reported
};

struct TriageRules {
  std::string version;      // the file's own
  std::string sha256_hex;   // of the file's text: for the step's input digest and the record
  std::vector<Rule> rules;  // in file order: the order of contributions
  std::vector<UrgentRule> urgent;
  std::array<Band, 4> bands;  // very_high, high, medium, low; thresholds descend, low is 0
  int urgent_due_days = 1;
  int safeguarding_floor = 0;  // rescue_priority does not fall below this where a report says minorToMinorInteraction
  int viral_report_count_min = 5;                      // the same known cluster in that many reports makes a bundle
  std::vector<std::string> new_information_selectors;  // selector types that count as new in a bundle
  std::vector<std::string> material_incident_types;    // incident types whose unknown files come before unflagged ones
  JurisdictionRules jurisdiction;
};

// kInvalid with "<name> line N: ..." for anything the rules do not allow. Limits: 256 KiB, 500 rules.
Result<TriageRules> ParseTriageRules(std::string_view toml, std::string_view name);
// kNotFound when there is no such file.
Result<TriageRules> LoadTriageRules(Files& files, const std::string& path);

}  // namespace crossguard
