#include "crosscheck/strength.h"

#include <algorithm>
#include <tuple>

namespace crossguard::crosscheck {
namespace {

std::string Number(int64_t value) {
  return std::to_string(value);
}

// An own address of a person: one rule for all types but IP.
struct OwnedType {
  std::string_view type;
  std::string_view noun;
  int64_t CrossCheckRules::* sharers_max;
};
constexpr OwnedType kOwned[] = {
    {"email", "e-mail address", &CrossCheckRules::email_sharers_max},
    {"phone", "telephone number", &CrossCheckRules::phone_sharers_max},
    {"device_id", "device", &CrossCheckRules::device_sharers_max},
    {"payment", "means of payment", &CrossCheckRules::payment_sharers_max},
    {"profile_url", "profile address", &CrossCheckRules::profile_sharers_max},
    {"screen_name", "screen name on one service", &CrossCheckRules::screen_name_sharers_max}};

// The domain itself, or below it.
bool IsTemporaryMail(std::string_view value, const CrossCheckRules& rules) {
  const size_t at = value.rfind('@');
  if (at == std::string_view::npos) return false;
  for (std::string_view domain = value.substr(at + 1);;) {
    if (rules.temporary_mail_domains.contains(domain)) return true;
    const size_t dot = domain.find('.');
    if (dot == std::string_view::npos) return false;
    domain.remove_prefix(dot + 1);
  }
}

Strength WeighOwned(const OwnedType& type, std::string_view value, std::span<const Seen> seen,
                    const std::vector<uint32_t>& accounts, const CrossCheckRules& rules) {
  Strength out{.sharer_count = static_cast<int64_t>(accounts.size())};
  const std::string noun(type.noun);
  const int64_t sharers_max = rules.*type.sharers_max;
  if (type.type == "email" && IsTemporaryMail(value, rules)) {
    out.reason = "Weak: the mailbox is at a domain where anyone can open any mailbox.";
    return out;
  }
  if (type.type == "payment" && value.starts_with("card:")) {
    out.reason = "Weak: only ten digits of the card number are kept, and two cards can share them.";
    return out;
  }
  if (out.sharer_count > sharers_max) {
    out.reason = "Weak: " + Number(out.sharer_count) + " accounts share this " + noun + ", more than the " +
                 Number(sharers_max) + " that one person is taken to have.";
    return out;
  }
  std::vector<uint32_t> declarers;
  for (const Seen& one : seen) {
    if (one.declared && (declarers.empty() || declarers.back() != one.account)) declarers.push_back(one.account);
  }
  if (declarers.empty()) {
    out.reason = "Weak: the " + noun + " was only found in free text, which may speak of somebody else.";
    return out;
  }
  const auto mined_only = static_cast<int64_t>(accounts.size() - declarers.size());
  if (mined_only == 0) {
    out.groups.push_back(accounts);
    out.reason = "Strong: " + Number(out.sharer_count) + " accounts have this " + noun + " as their own.";
  } else if (mined_only <= rules.mined_sharers_max) {
    out.groups.push_back(accounts);
    out.reason = "Strong: " + Number(static_cast<int64_t>(declarers.size())) + " of " + Number(out.sharer_count) +
                 " accounts have this " + noun + " as their own, and a free text about the others names it.";
  } else if (declarers.size() >= 2) {
    out.groups.push_back(declarers);
    out.reason = "Strong for the " + Number(static_cast<int64_t>(declarers.size())) + " accounts that have this " +
                 noun + " as their own; the other " + Number(mined_only) + " only name it in free text.";
  } else {
    out.reason = "Weak: one account has this " + noun + " as its own, and " + Number(mined_only) +
                 " others name it in free text.";
  }
  return out;
}

struct Use {
  int64_t port = 0;
  Instant at;
  uint32_t account = 0;
};

// Runs of uses of one port, each within the window of the one before: the accounts of a run are joined if they are few.
std::vector<std::vector<uint32_t>> Runs(std::vector<Use>& uses, int64_t window_s, int64_t sharers_max) {
  std::sort(uses.begin(), uses.end(), [](const Use& a, const Use& b) {
    return std::tie(a.port, a.at, a.account) < std::tie(b.port, b.at, b.account);
  });
  std::vector<std::vector<uint32_t>> runs;
  std::vector<uint32_t> run;
  const auto close = [&] {
    std::sort(run.begin(), run.end());
    run.erase(std::unique(run.begin(), run.end()), run.end());
    if (run.size() >= 2 && static_cast<int64_t>(run.size()) <= sharers_max) runs.push_back(run);
    run.clear();
  };
  for (size_t i = 0; i < uses.size(); ++i) {
    if (i > 0 &&
        (uses[i].port != uses[i - 1].port || uses[i].at.micros - uses[i - 1].at.micros > window_s * kMicrosPerSecond))
      close();
    run.push_back(uses[i].account);
  }
  close();
  return runs;
}

// Runs that share an account are one group, so that an account stands in one group only.
std::vector<std::vector<uint32_t>> Merge(const std::vector<std::vector<uint32_t>>& runs,
                                         const std::vector<uint32_t>& accounts) {
  const auto at = [&](uint32_t account) {
    return static_cast<size_t>(std::lower_bound(accounts.begin(), accounts.end(), account) - accounts.begin());
  };
  std::vector<size_t> parent(accounts.size());
  for (size_t i = 0; i < parent.size(); ++i) parent[i] = i;
  const auto root = [&](size_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
  };
  for (const auto& run : runs) {
    for (const uint32_t account : run) {
      const size_t a = root(at(account));
      const size_t b = root(at(run.front()));
      parent[std::max(a, b)] = std::min(a, b);
    }
  }
  std::vector<std::vector<uint32_t>> by_root(accounts.size());
  for (size_t i = 0; i < accounts.size(); ++i) by_root[root(i)].push_back(accounts[i]);
  std::erase_if(by_root, [](const auto& group) { return group.size() < 2; });
  return by_root;
}

Strength WeighIp(std::string_view value, std::span<const Seen> seen, const std::vector<uint32_t>& accounts,
                 const CrossCheckRules& rules) {
  Strength out{.sharer_count = static_cast<int64_t>(accounts.size())};
  const bool six = value.find(':') != std::string_view::npos;
  std::vector<Use> uses;
  for (const Seen& one : seen) {
    if (!one.declared || one.proxy || !one.at || (!six && !one.port)) continue;
    uses.push_back({six ? 0 : *one.port, *one.at, one.account});
  }
  const int64_t window_s = six ? rules.ipv6_window_s : rules.ip_port_window_s;
  out.groups = Merge(Runs(uses, window_s, rules.ip_sharers_max), accounts);
  if (!out.groups.empty()) {
    int64_t joined = 0;
    for (const auto& group : out.groups) joined += static_cast<int64_t>(group.size());
    out.reason = "Strong for " + Number(joined) + " of " + Number(out.sharer_count) + " accounts: the same " +
                 (six ? "whole IPv6 address" : "IPv4 address and source port") + " within " + Number(window_s) +
                 " seconds of each other.";
  } else if (six) {
    out.reason = "Weak: " + Number(out.sharer_count) + " accounts used this IPv6 address, not within " +
                 Number(window_s) + " seconds of each other or too many at once.";
  } else {
    out.reason = "Weak: " + Number(out.sharer_count) +
                 " accounts used this IPv4 address, but not the same source port within " + Number(window_s) +
                 " seconds; behind one address may stand a household, a school or thousands of a carrier's customers.";
  }
  return out;
}

}  // namespace

Strength Weigh(std::string_view type, std::string_view value, std::span<Seen> seen, const CrossCheckRules& rules) {
  std::sort(seen.begin(), seen.end(), [](const Seen& a, const Seen& b) { return a.account < b.account; });
  std::vector<uint32_t> accounts;
  for (const Seen& one : seen) {
    if (accounts.empty() || accounts.back() != one.account) accounts.push_back(one.account);
  }
  if (accounts.size() < 2) return {.sharer_count = static_cast<int64_t>(accounts.size()), .groups = {}, .reason = {}};
  if (type == "ip") return WeighIp(value, seen, accounts, rules);
  for (const OwnedType& owned : kOwned) {
    if (owned.type == type) return WeighOwned(owned, value, seen, accounts, rules);
  }
  return {.sharer_count = static_cast<int64_t>(accounts.size()),
          .groups = {},
          .reason = "Weak: there is no rule for this type of selector."};
}

}  // namespace crossguard::crosscheck
