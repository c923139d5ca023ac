#include "custody/clocks.h"

#include <chrono>

namespace crossguard {
namespace {

constexpr int64_t kMicrosPerHour = 3'600 * kMicrosPerSecond;

Instant AddDays(Instant at, int days) {
  return {at.micros + days * kMicrosPerDay};
}

}  // namespace

Instant AddMonths(Instant at, int months) {
  using namespace std::chrono;
  const sys_time<microseconds> time{microseconds{at.micros}};
  const auto day_start = floor<days>(time);
  year_month_day date = year_month_day{day_start} + std::chrono::months{months};
  if (!date.ok()) date = date.year() / date.month() / last;
  return {(sys_days{date} + (time - day_start)).time_since_epoch() / microseconds{1}};
}

Instant PreservedUntil(const RetentionRules& rules, std::string_view provider, Instant received) {
  const auto own = rules.preservation_days_by_provider.find(std::string(provider));
  return AddDays(received, own == rules.preservation_days_by_provider.end() ? rules.preservation_days : own->second);
}

Instant CategoriseBy(const RetentionRules& rules, Instant began) {
  return AddMonths(began, rules.categorise_months);
}

Instant ReviewBy(const RetentionRules& rules, Instant began, std::optional<Instant> keep_until) {
  return keep_until ? *keep_until : AddMonths(began, 12 * rules.review_years);
}

Instant AnswerBy(const RetentionRules& rules, Instant asked, Urgency urgency) {
  const int hours = urgency == Urgency::kUrgentDirect ? rules.answer_hours_urgent_direct
                    : urgency == Urgency::kUrgent     ? rules.answer_hours_urgent
                                                      : rules.answer_hours_normal;
  return {asked.micros + hours * kMicrosPerHour};
}

Due DueAt(Instant due_at, int warn_days, Instant now) {
  if (now >= due_at) return Due::kOverdue;
  return now >= AddDays(due_at, -warn_days) ? Due::kSoon : Due::kLater;
}

Preservation PreservationNow(std::optional<Preservation> stored, Instant until, Instant now) {
  if (now >= until) return Preservation::kLapsed;
  return stored.value_or(Preservation::kNotAsked);
}

}  // namespace crossguard
