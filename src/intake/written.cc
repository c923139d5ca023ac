#include "intake/written.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "intake/node.h"

namespace crossguard::intake {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || (text.front() >= '\t' && text.front() <= '\r')))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || (text.back() >= '\t' && text.back() <= '\r'))) text.remove_suffix(1);
  return text;
}

// Reads up to `digits_max` digits and moves on; -1 if there are none.
int Number(std::string_view& text, size_t digits_max) {
  size_t n = 0;
  while (n < text.size() && n < digits_max && IsDigit(text[n])) ++n;
  int value = -1;
  if (n > 0) std::from_chars(text.data(), text.data() + n, value);
  text.remove_prefix(n);
  return value;
}

bool Take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool IsDate(int year, int month, int day) {
  return year >= 1900 && year <= 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

}  // namespace

std::optional<BirthDate> ReadBirthDate(std::string_view text) {
  text = Trim(text);
  const int first = Number(text, 4);
  if (first >= 1'900 && Take(text, '-')) {
    const int month = Number(text, 2);
    if (!Take(text, '-')) return std::nullopt;
    const int day = Number(text, 2);
    return IsDate(first, month, day) && (text.empty() || !IsDigit(text.front()))
               ? std::optional(BirthDate{first, month, day})
               : std::nullopt;
  }
  const char separator = text.empty() ? '\0' : text.front();
  if (separator != '/' && separator != '.') return std::nullopt;
  Take(text, separator);
  const int second = Number(text, 2);
  if (!Take(text, separator)) return std::nullopt;
  const int year = Number(text, 4);
  if (!text.empty() && IsDigit(text.front())) return std::nullopt;
  std::optional<BirthDate> out;
  for (const auto& [month, day] : {std::pair{first, second}, std::pair{second, first}}) {
    if (separator == '.' && month == first && first != second) continue;  // with dots the day stands first
    if (IsDate(year, month, day) && (!out || month > out->month || (month == out->month && day > out->day)))
      out = BirthDate{year, month, day};
  }
  return out;
}

int AgeAt(const BirthDate& birth, Instant instant) {
  std::string_view date = {};
  const std::string text = DateText(instant);
  date = text;
  const int year = Number(date, 4);
  Take(date, '-');
  const int month = Number(date, 2);
  Take(date, '-');
  const int day = Number(date, 2);
  return year - birth.year - (month < birth.month || (month == birth.month && day < birth.day) ? 1 : 0);
}

std::optional<int> ReadAge(std::string_view text) {
  text = Trim(text);
  const int age = Number(text, 3);
  if (age < 1 || age > 120 || (!text.empty() && IsDigit(text.front()))) return std::nullopt;
  return age;
}

WrittenAddress ReadAddress(std::string_view text) {
  text = Trim(text);
  WrittenAddress out{.address = text, .port = {}};
  std::string_view port;
  if (const size_t bracket = text.find(']'); text.starts_with('[') && bracket != std::string_view::npos) {
    port = text.substr(bracket + 1);
    out.address = text.substr(1, bracket - 1);
    if (port.empty()) return out;
    if (!Take(port, ':')) return {.address = text, .port = {}};
  } else {
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos ||
        text.substr(0, colon).find('.') == std::string_view::npos)
      return out;
    port = text.substr(colon + 1);
    out.address = text.substr(0, colon);
  }
  if (port.empty() || !std::ranges::all_of(port, IsDigit)) return {.address = text, .port = {}};
  out.port = ReadPort(port);
  return out;
}

}  // namespace crossguard::intake
