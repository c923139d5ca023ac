#include "base/time_text.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <span>

namespace crossguard {
namespace {

// Days since 1970-01-01 of a proleptic Gregorian date.
int64_t DaysFromCivil(int64_t y, int64_t m, int64_t d) {
  y -= m <= 2;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t yoe = y - era * 400;
  const int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  const int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146'097 + doe - 719'468;
}

struct Civil {
  int64_t year, month, day;
};

Civil CivilFromDays(int64_t z) {
  z += 719'468;
  const int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
  const int64_t doe = z - era * 146'097;
  const int64_t yoe = (doe - doe / 1'460 + doe / 36'524 - doe / 146'096) / 365;
  const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int64_t mp = (5 * doy + 2) / 153;
  const int64_t month = mp < 10 ? mp + 3 : mp - 9;
  return {yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) / 5 + 1};
}

bool ValidDate(int64_t y, int64_t m, int64_t d) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (y < 1970 || y > 2100 || m < 1 || m > 12 || d < 1) return false;
  const bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
  return d <= kDays[m - 1] + (m == 2 && leap ? 1 : 0);
}

// Reads text from the left, piece by piece.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool done() const { return text_.empty(); }
  char peek() const { return text_.empty() ? '\0' : text_.front(); }
  std::string_view rest() const { return text_; }
  bool Take(char c) {
    if (peek() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void SkipSpaces() {
    while (peek() == ' ') text_.remove_prefix(1);
  }
  bool TakeWord(std::string_view word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  // Between least and most digits.
  std::optional<int64_t> Digits(size_t least, size_t most) {
    size_t n = 0;
    int64_t value = 0;
    while (n < most && n < text_.size() && text_[n] >= '0' && text_[n] <= '9') {
      value = value * 10 + (text_[n] - '0');
      ++n;
    }
    if (n < least) return std::nullopt;
    text_.remove_prefix(n);
    return value;
  }

 private:
  std::string_view text_;
};

struct ClockTime {
  int64_t micros = 0;
};

// hh:mm[:ss[.f...]]
std::optional<ClockTime> ReadClock(Reader& in) {
  const auto hour = in.Digits(1, 2);
  if (!hour || *hour > 23 || !in.Take(':')) return std::nullopt;
  const auto minute = in.Digits(2, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int64_t second = 0;
  int64_t micros = 0;
  if (in.Take(':')) {
    const auto s = in.Digits(2, 2);
    if (!s || *s > 60) return std::nullopt;
    second = *s == 60 ? 59 : *s;  // a leap second is read as the second before it
    if (in.Take('.') || in.Take(',')) {
      int64_t scale = 100'000;
      size_t n = 0;
      while (in.peek() >= '0' && in.peek() <= '9' && n < 12) {
        micros += (in.peek() - '0') * scale;
        scale /= 10;
        in.Take(in.peek());
        ++n;
      }
      if (n == 0) return std::nullopt;
    }
  }
  return ClockTime{((*hour * 60 + *minute) * 60 + second) * kMicrosPerSecond + micros};
}

// Z, UTC, GMT, +hh:mm, +hhmm, +hh, one of them in brackets, "+0000 UTC". Returns the offset in minutes. Other names of
// zones (EST, CET) mean different hours to different writers, and none here.
std::optional<int64_t> ReadZone(Reader& in) {
  if (in.peek() == '(' && in.rest().ends_with(')')) {
    Reader inner(in.rest().substr(1, in.rest().size() - 2));
    const auto zone = ReadZone(inner);
    if (!zone || !inner.done()) return std::nullopt;
    in = Reader({});
    return zone;
  }
  if (in.TakeWord("+0000 ") && (in.rest() == "UTC" || in.rest() == "GMT")) in = Reader("Z");

  if (in.TakeWord("UTC") || in.TakeWord("GMT") || in.Take('Z') || in.Take('z')) {
    if (in.done()) return 0;
  }
  if (in.peek() != '+' && in.peek() != '-') return std::nullopt;
  const int64_t sign = in.Take('+') ? 1 : (in.Take('-'), -1);
  const auto hour = in.Digits(2, 2);
  if (!hour || *hour > 14) return std::nullopt;
  in.Take(':');
  int64_t minute = 0;
  if (!in.done()) {
    const auto m = in.Digits(2, 2);
    if (!m || *m > 59) return std::nullopt;
    minute = *m;
  }
  return sign * (*hour * 60 + minute);
}

std::optional<WrittenTime> ReadIso(std::string_view text) {
  Reader in(text);
  const auto y = in.Digits(4, 4);
  if (!y || !in.Take('-')) return std::nullopt;
  const auto m = in.Digits(2, 2);
  if (!m || !in.Take('-')) return std::nullopt;
  const auto d = in.Digits(2, 2);
  if (!d || !ValidDate(*y, *m, *d)) return std::nullopt;
  WrittenTime out;
  out.instant.micros = DaysFromCivil(*y, *m, *d) * kMicrosPerDay;
  if (in.done()) {
    out.has_time = false;
    return out;
  }
  if (!in.Take('T') && !in.Take('t') && !in.Take(' ')) return std::nullopt;
  const auto clock = ReadClock(in);
  if (!clock) return std::nullopt;
  out.instant.micros += clock->micros;
  in.SkipSpaces();
  if (in.done()) return out;
  const auto zone = ReadZone(in);
  if (!zone || !in.done()) return std::nullopt;
  out.instant.micros -= *zone * 60 * kMicrosPerSecond;
  out.zone_known = true;
  return out;
}

// What follows a date: nothing, or a clock with or without AM or PM, and perhaps a zone.
std::optional<WrittenTime> ReadRest(Reader& in, int64_t y, int64_t m, int64_t d) {
  if (!ValidDate(y, m, d)) return std::nullopt;
  WrittenTime out;
  out.instant.micros = DaysFromCivil(y, m, d) * kMicrosPerDay;
  in.SkipSpaces();
  if (in.done()) {
    out.has_time = false;
    return out;
  }
  in.Take(',');
  in.SkipSpaces();
  if (!in.TakeWord("at ")) in.TakeWord("um ");
  auto clock = ReadClock(in);
  if (!clock) return std::nullopt;
  in.SkipSpaces();
  if (in.TakeWord("Uhr")) in.SkipSpaces();
  constexpr int64_t kHour = 3'600 * kMicrosPerSecond;
  const bool pm = in.TakeWord("PM") || in.TakeWord("pm");
  const bool am = !pm && (in.TakeWord("AM") || in.TakeWord("am"));
  if (am || pm) {
    const int64_t hour = clock->micros / kHour;
    if (hour < 1 || hour > 12) return std::nullopt;
    clock->micros += ((pm ? 12 : 0) + (hour == 12 ? -12 : 0)) * kHour;
  }
  out.instant.micros += clock->micros;
  in.SkipSpaces();
  if (in.done()) return out;
  const auto zone = ReadZone(in);
  if (!zone || !in.done()) return std::nullopt;
  out.instant.micros -= *zone * 60 * kMicrosPerSecond;
  out.zone_known = true;
  return out;
}

// 03/02/2022, month first.
std::optional<WrittenTime> ReadUs(std::string_view text) {
  Reader in(text);
  const auto m = in.Digits(1, 2);
  if (!m || !in.Take('/')) return std::nullopt;
  const auto d = in.Digits(1, 2);
  if (!d || !in.Take('/')) return std::nullopt;
  const auto y = in.Digits(4, 4);
  return y ? ReadRest(in, *y, *m, *d) : std::nullopt;
}

// 2022/03/02, and 02.03.2022: with dots the day stands first wherever they are in use.
std::optional<WrittenTime> ReadSlashedOrDotted(std::string_view text) {
  Reader in(text);
  const auto first = in.Digits(1, 4);
  const char separator = in.peek();
  if (!first || (separator != '/' && separator != '.')) return std::nullopt;
  const bool year_first = separator == '/';
  if (year_first != (*first >= 1'000)) return std::nullopt;
  in.Take(separator);
  const auto month = in.Digits(1, 2);
  if (!month || !in.Take(separator)) return std::nullopt;
  const auto last = year_first ? in.Digits(1, 2) : in.Digits(4, 4);
  if (!last) return std::nullopt;
  return year_first ? ReadRest(in, *first, *month, *last) : ReadRest(in, *last, *month, *first);
}

int64_t TakeName(Reader& in, std::span<const std::string_view> names) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (in.TakeWord(names[i]) || in.TakeWord(names[i].substr(0, 3))) return static_cast<int64_t>(i) + 1;
  }
  return 0;
}

// "Wed, 02 Mar 2022 10:15:30 +0000" (RFC 5322), "02-Mar-2022 10:15", "March 2, 2022 10:15 AM", and the order of ctime:
// "Wed Mar 02 10:15:30 UTC 2022".
std::optional<WrittenTime> ReadNamed(std::string_view text) {
  static constexpr std::string_view kDays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                               "Friday", "Saturday", "Sunday"};
  static constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                                 "July",    "August",   "September", "October", "November", "December"};
  Reader in(text);
  const auto gap = [&] {
    in.Take(',');
    in.SkipSpaces();
  };
  if (TakeName(in, kDays) != 0) gap();
  if (const auto day = in.Digits(1, 2)) {
    const bool dashed = in.Take('-');
    in.SkipSpaces();
    const int64_t month = TakeName(in, kMonths);
    if (month == 0 || (dashed && !in.Take('-'))) return std::nullopt;
    in.SkipSpaces();
    const auto year = in.Digits(4, 4);
    if (!year) return std::nullopt;
    return ReadRest(in, *year, month, *day);
  }
  const int64_t month = TakeName(in, kMonths);
  in.SkipSpaces();
  const auto day = in.Digits(1, 2);
  if (month == 0 || !day) return std::nullopt;
  gap();
  const std::string_view rest = in.rest();
  if (rest.size() > 5 && rest.find(':') < 3) {  // the clock first: the year stands at the end
    Reader year_in(rest.substr(rest.size() - 4));
    const auto year = year_in.Digits(4, 4);
    if (!year || rest[rest.size() - 5] != ' ') return std::nullopt;
    Reader clock(rest.substr(0, rest.size() - 5));
    return ReadRest(clock, *year, month, *day);
  }
  const auto year = in.Digits(4, 4);
  if (!year) return std::nullopt;
  return ReadRest(in, *year, month, *day);
}

std::optional<WrittenTime> FromEpochMicros(int64_t micros) {
  constexpr int64_t kYear2101 = 4'133'980'800 * kMicrosPerSecond;
  if (micros < 0 || micros >= kYear2101) return std::nullopt;
  return WrittenTime{.instant = {micros}, .zone_known = true, .has_time = true};
}

std::optional<WrittenTime> ReadDotNet(std::string_view text) {
  Reader in(text);
  if (!in.TakeWord("/Date(")) return std::nullopt;
  const auto millis = in.Digits(1, 15);
  if (!millis) return std::nullopt;
  const std::string_view rest = in.rest();
  if (!rest.ends_with(")/")) return std::nullopt;
  return FromEpochMicros(*millis * 1'000);
}

// Seconds (10 digits, perhaps with a fraction), milliseconds (13) or microseconds (16).
std::optional<WrittenTime> ReadEpoch(std::string_view text) {
  const std::string_view whole = text.substr(0, text.find('.'));
  std::string_view fraction = text.substr(std::min(whole.size() + 1, text.size()));
  if (whole.size() != text.size() && (whole.size() != 10 || fraction.empty() || fraction.size() > 9))
    return std::nullopt;
  if (whole.size() != 10 && whole.size() != 13 && whole.size() != 16) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), value);
  if (error != std::errc() || end != whole.data() + whole.size()) return std::nullopt;
  int64_t micros = 0;
  for (int64_t scale = 100'000; !fraction.empty(); scale /= 10, fraction.remove_prefix(1)) {
    if (fraction.front() < '0' || fraction.front() > '9') return std::nullopt;
    micros += (fraction.front() - '0') * scale;
  }
  return FromEpochMicros((whole.size() == 10   ? value * kMicrosPerSecond
                          : whole.size() == 13 ? value * 1'000
                                               : value) +
                         micros);
}

}  // namespace

std::string ToText(Instant instant) {
  int64_t days = instant.micros / kMicrosPerDay;
  int64_t rest = instant.micros % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  const Civil date = CivilFromDays(days);
  const int64_t seconds = rest / kMicrosPerSecond;
  const int64_t micros = rest % kMicrosPerSecond;
  char buffer[64];
  int n = std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02dT%02d:%02d:%02d", static_cast<int>(date.year),
                        static_cast<int>(date.month), static_cast<int>(date.day), static_cast<int>(seconds / 3'600),
                        static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  std::string out(buffer, static_cast<size_t>(n));
  if (micros != 0) {
    n = std::snprintf(buffer, sizeof buffer, ".%06d", static_cast<int>(micros));
    out.append(buffer, static_cast<size_t>(n));
  }
  return out + "Z";
}

std::string DateText(Instant instant) {
  return ToText(instant).substr(0, 10);
}

Result<Instant> ParseInstant(std::string_view text) {
  const auto read = ReadIso(text);
  if (!read || !read->zone_known) {
    return Fail(Code::kInvalid, "Write the time as RFC 3339 with a zone, for example 2022-03-02T10:15:30Z.");
  }
  return read->instant;
}

std::optional<WrittenTime> ReadTime(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\n' || text.front() == '\r'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' || text.back() == '\r'))
    text.remove_suffix(1);
  if (auto t = ReadIso(text)) return t;
  if (auto t = ReadUs(text)) return t;
  if (auto t = ReadSlashedOrDotted(text)) return t;
  if (auto t = ReadNamed(text)) return t;
  if (auto t = ReadDotNet(text)) return t;
  return ReadEpoch(text);
}

std::optional<WrittenTime> ReadTimeOfOneReading(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  Reader in(text);
  const auto first = in.Digits(1, 2);
  if (!first || !in.Take('/')) return ReadTime(text);
  const auto second = in.Digits(1, 2);
  if (!second || !in.Take('/')) return ReadTime(text);
  const auto year = in.Digits(4, 4);
  if (!year) return std::nullopt;
  const bool half_day = in.rest().find_first_of("aApP") != std::string_view::npos;
  if (half_day || *second > 12 || *first == *second) return ReadTime(text);  // month first
  if (*first <= 12) return std::nullopt;
  return ReadRest(in, *year, *second, *first);
}

}  // namespace crossguard
