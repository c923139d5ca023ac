// Instants and their text form (RFC 3339). There is no now() here: the clock is in env/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace crossguard {

// Microseconds since 1970-01-01T00:00:00Z, without leap seconds.
struct Instant {
  int64_t micros = 0;
  auto operator<=>(const Instant&) const = default;
};

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

// A time as a stranger wrote it. Without a zone the instant is not known: `utc_if_assumed` is what it would be in UTC.
struct WrittenTime {
  Instant instant;  // valid if zone_known; otherwise the reading as if UTC
  bool zone_known = false;
  bool has_time = true;  // false: a date only
};

std::string ToText(Instant instant);                  // "2022-03-02T10:15:30Z", with .ffffff only if not zero
std::string DateText(Instant instant);                // "2022-03-02"
Result<Instant> ParseInstant(std::string_view text);  // RFC 3339 with zone; kInvalid otherwise
// Tolerant reader: RFC 3339, "2022-03-02 10:15:30 UTC", "+0100", RFC 5322 ("Wed, 02 Mar 2022 10:15:30 +0000"), ctime
// with a zone, "Mar 2, 2022 10:15 AM", 2022/03/02, 02.03.2022, .NET "/Date(1646216130000+0000)/", epoch seconds,
// milliseconds or microseconds, a plain date, US "03/02/2022 10:15:30 AM". nullopt if none fits. Years outside
// 1970..2100 do not fit, nor do zones by a name other than UTC, GMT and Z.
std::optional<WrittenTime> ReadTime(std::string_view text);
// The same with more doubt: "03/02/2022 10:15" is March in one country and February in another, and has no reading,
// unless AM or PM (month first) or a number above 12 decides.
std::optional<WrittenTime> ReadTimeOfOneReading(std::string_view text);

}  // namespace crossguard
