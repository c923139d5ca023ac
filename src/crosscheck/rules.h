// The rules of the cross-check that an operator may edit: config/crosscheck.toml.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/error.h"

namespace crossguard::crosscheck {

struct CrossCheckRules {
  // A selector shared by more accounts than this is a weak link: a school, a shop's telephone, a lending tablet.
  int64_t email_sharers_max = 8;
  int64_t phone_sharers_max = 8;
  int64_t device_sharers_max = 8;
  int64_t payment_sharers_max = 8;
  int64_t profile_sharers_max = 8;
  int64_t screen_name_sharers_max = 3;  // names are unique at one time on most services, not for ever
  // Accounts that only a free text ties to a selector which another account declares; more than this many talk about
  // it, and do not own it.
  int64_t mined_sharers_max = 2;
  int64_t ip_sharers_max = 3;      // for the two exact IP rules below
  int64_t ip_port_window_s = 120;  // same IPv4, same source port, within this time
  int64_t ipv6_window_s =
      86'400;  // same whole IPv6 address within this time (RFC 8981: a temporary address is preferred for a day)
  std::set<std::string, std::less<>>
      temporary_mail_domains;  // lower case; an address there is weak: anyone can open the mailbox

  static constexpr std::string_view kExamplePath = "config/crosscheck.toml";
};

// kInvalid names the key or line. Unknown keys are refused: a misspelt rule would silently not hold.
Result<CrossCheckRules> ReadCrossCheckRules(std::string_view toml);

}  // namespace crossguard::crosscheck
