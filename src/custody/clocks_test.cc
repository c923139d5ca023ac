#include "custody/clocks.h"

#include <gtest/gtest.h>

namespace crossguard {
namespace {

Instant At(const char* text) {
  return ParseInstant(text).value();
}

TEST(Clocks, AMonthLaterIsTheSameDayOrTheLastOne) {
  EXPECT_EQ(ToText(AddMonths(At("2022-01-31T10:20:30Z"), 1)), "2022-02-28T10:20:30Z");
  EXPECT_EQ(ToText(AddMonths(At("2024-02-29T00:00:00Z"), 36)), "2027-02-28T00:00:00Z");
  EXPECT_EQ(ToText(AddMonths(At("2022-11-30T23:59:59Z"), 18)), "2024-05-30T23:59:59Z");
  const int64_t hour = 3'600 * kMicrosPerSecond;
  EXPECT_EQ(AddMonths(Instant{-17 * kMicrosPerDay + hour}, 1), Instant{14 * kMicrosPerDay + hour}) << "before 1970 too";
}

TEST(Clocks, LimitsFollowTheRulesAndADecisionToKeepWins) {
  const RetentionRules rules{.preservation_days_by_provider = {{"Kauri", 90}}};
  const Instant began = At("2022-03-02T10:00:00Z");
  EXPECT_EQ(ToText(CategoriseBy(rules, began)), "2023-09-02T10:00:00Z");
  EXPECT_EQ(ToText(ReviewBy(rules, began, std::nullopt)), "2025-03-02T10:00:00Z");
  EXPECT_EQ(ReviewBy(rules, began, At("2026-01-01T00:00:00Z")), At("2026-01-01T00:00:00Z"));
  EXPECT_EQ(ToText(PreservedUntil(rules, "Kauri", began)), "2022-05-31T10:00:00Z");
  EXPECT_EQ(ToText(PreservedUntil(rules, "Another", began)), "2023-03-02T10:00:00Z");
  EXPECT_EQ(ToText(AnswerBy(rules, began, Urgency::kUrgentDirect)), "2022-03-02T18:00:00Z");
  EXPECT_EQ(ToText(AnswerBy(rules, began, Urgency::kUrgent)), "2022-03-05T10:00:00Z");
  EXPECT_EQ(ToText(AnswerBy(rules, began, Urgency::kNormal)), "2022-03-09T10:00:00Z");
}

TEST(Clocks, DueIsSoonThenOverdueOnTheInstant) {
  const Instant due = At("2023-09-02T10:00:00Z");
  EXPECT_EQ(DueAt(due, 30, At("2023-08-03T09:59:59Z")), Due::kLater);
  EXPECT_EQ(DueAt(due, 30, At("2023-08-03T10:00:00Z")), Due::kSoon);
  EXPECT_EQ(DueAt(due, 30, Instant{due.micros - 1}), Due::kSoon);
  EXPECT_EQ(DueAt(due, 30, due), Due::kOverdue);
}

TEST(Clocks, WhatAProviderKeepsLapsesWhateverWasAsked) {
  const Instant until = At("2023-01-01T00:00:00Z");
  EXPECT_EQ(PreservationNow(std::nullopt, until, Instant{0}), Preservation::kNotAsked);
  EXPECT_EQ(PreservationNow(Preservation::kAsked, until, Instant{0}), Preservation::kAsked);
  EXPECT_EQ(PreservationNow(Preservation::kConfirmed, until, Instant{0}), Preservation::kConfirmed);
  EXPECT_EQ(PreservationNow(Preservation::kConfirmed, until, until), Preservation::kLapsed);
}

}  // namespace
}  // namespace crossguard
