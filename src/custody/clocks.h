// Clocks: when what is due. Pure: dates in, dates out; the time of now comes from the caller. Which rule stands behind
// each clock: config/retention.toml and docs/decisions/erasure.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_text.h"
#include "model/message.h"
#include "model/words.h"

namespace crossguard {

// config/retention.toml. The defaults are those of the shipped file (a test holds them to it).
struct RetentionRules {
  int preservation_days = 365;  // how long a provider keeps what it reported, unless it is named below
  int preservation_warn_days = 60;
  std::map<std::string, int> preservation_days_by_provider;
  int categorise_months = 18;  // a person who is neither suspect nor victim nor anything may be held so long
  int categorise_warn_days = 30;
  int review_years = 3;  // reviewed by then, or erased
  int review_warn_days = 30;
  bool erase_at_review = true;
  int answer_hours_urgent_direct = 8;  // Dir. (EU) 2023/977 art. 5
  int answer_hours_urgent = 72;
  int answer_hours_normal = 168;
  int erasure_answer_days = 14;             // until a recipient must have proved that it erased
  int witnesses_needed = 2;                 // k of
  std::vector<std::string> witnesses = {};  // these authorities
};

// The same day so many months later, or the last day of that month; the time of day is kept.
Instant AddMonths(Instant at, int months);

Instant PreservedUntil(const RetentionRules& rules, std::string_view provider, Instant received);
Instant CategoriseBy(const RetentionRules& rules, Instant began);
Instant ReviewBy(const RetentionRules& rules, Instant began, std::optional<Instant> keep_until);
Instant AnswerBy(const RetentionRules& rules, Instant asked, Urgency urgency);

enum class Due : uint8_t { kLater, kSoon, kOverdue };
CROSSGUARD_WORDS(Due, "later", "soon", "overdue");
// Overdue from the due instant on; soon from so many days before it.
Due DueAt(Instant due_at, int warn_days, Instant now);

// asked and confirmed lapse when the date has passed; not_asked lapses when the provider's own keeping ends.
enum class Preservation : uint8_t { kNotAsked, kAsked, kConfirmed, kLapsed };
CROSSGUARD_WORDS(Preservation, "not_asked", "asked", "confirmed", "lapsed");
Preservation PreservationNow(std::optional<Preservation> stored, Instant until, Instant now);

}  // namespace crossguard
