// For tests of the cross-check: accounts and sightings written down by name, and put into a register in any order.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "custody/test_house.h"

namespace crossguard::crosscheck {

struct Sight {
  bool declared = true;
  std::optional<Instant> at = {};
  bool zone_known = false;
  std::optional<int64_t> port = {};
  bool proxy = false;
};

struct World {
  struct AccountLine {
    std::string name;
    std::vector<std::string> roles;
    bool ever_victim = false;
    std::string minor;
  };
  struct SightLine {
    std::string account, type, value;
    Sight how;
  };
  std::vector<AccountLine> accounts;
  std::vector<SightLine> sights;

  World& Account(const std::string& name, std::vector<std::string> roles = {"reported"}, bool ever_victim = false,
                 const std::string& minor = "unknown") {
    accounts.push_back({name, std::move(roles), ever_victim, minor});
    return *this;
  }
  World& See(const std::string& account, const std::string& type, const std::string& value, Sight how = {}) {
    sights.push_back({account, type, value, how});
    return *this;
  }
};

// Defined in resolve_test.cc. With `random` the rows go in in another order.
Status Fill(Database& db, World world, SeededRandom* random = nullptr);

}  // namespace crossguard::crosscheck
