// Times and ages as strangers write them, read with more doubt than base/time_text.h: what has two readings has none.
#pragma once

#include <optional>
#include <string_view>

#include "base/time_text.h"

namespace crossguard::intake {

struct BirthDate {
  int year = 0;
  int month = 0;
  int day = 0;
};
// ISO dates of 1900..2100, with or without a time behind; of two readings the later birth, which protects a minor.
std::optional<BirthDate> ReadBirthDate(std::string_view text);
// Whole years between the birth and the instant (UTC); negative if born later.
int AgeAt(const BirthDate& birth, Instant instant);
// "17", "17.0" or "17 years": 1..120.
std::optional<int> ReadAge(std::string_view text);

// "192.0.2.7:4711" and "[2001:db8::7]:443": the address, and the port if it is one. Any other text is an address alone.
struct WrittenAddress {
  std::string_view address;
  std::optional<int64_t> port;
};
WrittenAddress ReadAddress(std::string_view text);

}  // namespace crossguard::intake
