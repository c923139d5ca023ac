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

  World& Account(const std::string& name, std::vector<std::string> roles = {"reported"}, bool ever_victim = false, const std::string& minor = "unknown") {
    accounts.push_back({name, std::move(roles), ever_victim, minor});
    return *this;
  }
  World& See(const std::string& account, const std::string& type, const std::string& value, Sight how = {}) {
    sights.push_back({account, type, value, how});
    return *this;
  }
};

inline Status Fill(Database& db, World world, SeededRandom* random = nullptr) {
  const auto shuffle = [&](auto& items) {
    if (random == nullptr) return;
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random->Below(i)]);
  };
  shuffle(world.accounts);
  shuffle(world.sights);
  TRY(db.Script("INSERT INTO operation (operation_key,id,name,created_at) VALUES (1,'op-1','o',0);"
                "INSERT INTO submission (submission_key,id,operation_key,state,source_path,begun_at) VALUES (1,'sub-1',1,'read','x',0);"
                "INSERT INTO exhibit_item (item_key,submission_key,path,size_bytes,state) VALUES (1,1,'r.xml',1,'sealed');"
                "INSERT INTO report (report_key,id,operation_key,submission_key,item_key,place,dialect,provider,provider_report_id,state,incident_type) "
                "VALUES (1,'rep-1',1,1,1,'line 1','xml','p','1','taken','');"));
  std::map<std::string, int64_t> mention_of;
  for (const World::AccountLine& account : world.accounts) {
    TRY(db.Run("INSERT INTO account (id,service,esp_identifier,ever_victim,minor) VALUES (?1,'chat',?2,?3,?4)", "acc-" + account.name, account.name, account.ever_victim,
               account.minor));
    const int64_t key = db.last_insert_key();
    for (const std::string& role : account.roles) {
      TRY(db.Run("INSERT INTO account_mention (account_key,report_key,role,item_key,place) VALUES (?1,1,?2,1,'')", key, role));
      mention_of[account.name] = db.last_insert_key();
    }
  }
  for (const World::SightLine& sight : world.sights) {
    TRY(db.Run("INSERT INTO selector (type,value) VALUES (?1,?2) ON CONFLICT DO NOTHING", sight.type, sight.value));
    TRY(db.Run("INSERT INTO sighting (selector_key,mention_key,report_key,origin,raw,at,zone_known,port,possible_proxy,item_key,place) "
               "SELECT selector_key,?3,1,?4,'',?5,?6,?7,?8,1,'' FROM selector WHERE type=?1 AND value=?2",
               sight.type, sight.value, mention_of.at(sight.account), sight.how.declared ? "declared" : "mined", sight.how.at, sight.how.zone_known, sight.how.port, sight.how.proxy));
  }
  return {};
}

}  // namespace crossguard::crosscheck
