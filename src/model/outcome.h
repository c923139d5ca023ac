// What came of it: outcomes as an authority reports them. Typed, dated and coarse: a count, a day, a country, a case
// reference, and opaque keys by which two reports of one child or suspect are seen to be one. No names anywhere.
// The form in which they travel: docs/formats/messages/outcomes.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "model/words.h"

namespace crossguard {

enum class OutcomeKind : uint8_t {
  kCaseOpened,
  kSuspectIdentified,
  kSearch,
  kArrest,
  kCharge,
  kConviction,
  kChildIdentified,
  kChildSafeguarded,
  kNoOffence,
  kNotFound,
  kNotCsam
};
CROSSGUARD_WORDS(OutcomeKind, "case_opened", "suspect_identified", "search", "arrest", "charge", "conviction",
                 "child_identified", "child_safeguarded", "no_offence", "not_found", "not_csam");
constexpr size_t kOutcomeKindCount = Words<OutcomeKind>::kTexts.size();

// What one of a kind is: a key of one class never meets a key of another.
enum class UnitClass : uint8_t { kCase, kPerson, kPlace, kChild, kAccount };
CROSSGUARD_WORDS(UnitClass, "case", "person", "place", "child", "account");

constexpr UnitClass UnitOf(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kCaseOpened:
      return UnitClass::kCase;
    case OutcomeKind::kSearch:
      return UnitClass::kPlace;
    case OutcomeKind::kChildIdentified:
    case OutcomeKind::kChildSafeguarded:
      return UnitClass::kChild;
    case OutcomeKind::kNoOffence:
    case OutcomeKind::kNotFound:
    case OutcomeKind::kNotCsam:
      return UnitClass::kAccount;
    default:
      return UnitClass::kPerson;
  }
}

// Where a report stands. Only kCounted counts today; kReplaced and kWithdrawn counted until they were superseded, and
// count again in a picture as of a day before that. Nothing is ever removed.
enum class OutcomeState : uint8_t { kCounted, kHeld, kReplaced, kWithdrawn, kRejected };
CROSSGUARD_WORDS(OutcomeState, "counted", "held", "replaced", "withdrawn", "rejected");

struct OutcomeReport {
  std::string ref;  // the reporter's own reference of this report: with the authority it is the report's identity
  OutcomeKind kind = OutcomeKind::kCaseOpened;
  int64_t count = 1;        // 0 only with `corrects`: what was reported is withdrawn
  Instant on;               // the day it happened, at midnight UTC
  Instant reported_on;      // the day the authority said so
  std::string country;      // where: ISO 3166-1 alpha-2; "" only from an organisation that does not know
  std::string case_number;  // the reporter's own; "" if none
  // The units that have keys, at most `count`; each with the keys ("key-...") that all mean this one unit.
  std::vector<std::vector<std::string>> subjects;
  std::string package;                // id of the package it answers, or ""
  std::vector<std::string> accounts;  // as the package calls them ("acc-..."), or "<service>/<esp identifier>"
  std::vector<std::string> files;     // SHA-256 in lower-case hex: the files that this outcome is about
  std::string channel;                // authority id of the organisation that carried it; "" came directly
  std::string corrects;               // ref of the report of the same authority that this one replaces
  std::string reason;                 // why it is corrected; no person's data
  bool operator==(const OutcomeReport&) const = default;
};

struct OutcomeBatch {
  std::string operation;  // its name, the same at all nodes
  std::string authority;  // who reports
  std::vector<OutcomeReport> reports;
};

// A report as it rests in the register.
struct StoredOutcome {
  int64_t key = 0;
  std::string id;  // "out-..."
  std::string operation;
  std::string authority;
  OutcomeReport report;
  OutcomeState state = OutcomeState::kCounted;
  std::string why;                       // of every state but kCounted: one sentence
  std::optional<Instant> superseded_on;  // from this day on it counts no more
  int64_t replaced_by = 0;
  Instant received_at;
};

}  // namespace crossguard
