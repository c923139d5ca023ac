// For tests of this room: accounts, packages, hits, holdings and claims row by row, as the other stages leave them, and
// the events that make them known in any order.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "coordination/interests.h"
#include "coordination/scan.h"
#include "coordination/settle.h"
#include "crypto/digest.h"
#include "custody/test_house.h"

namespace crossguard::coordination {

class Parties {
 public:
  Parties() {
    house.book.self = "xx-house";
    for (const char* id : {"xx-house", "at-bk", "gb-nca", "fr-ofmin", "eu-europol", "int-interpol"})
      house.book.authorities.push_back({.id = id,
                                        .name = id,
                                        .kind = "third_country",
                                        .country = "",
                                        .units = {},
                                        .contact = "desk@" + std::string(id) + ".example",
                                        .languages = {},
                                        .certificate_path = ""});
    Sql("INSERT INTO operation (operation_key,id,name,created_at) VALUES (1,'op-1','kauri',1600000000000000);"
        "INSERT INTO submission (submission_key,id,operation_key,state,source_path,begun_at) VALUES "
        "(1,'sub-1',1,'read','x',0);"
        "INSERT INTO exhibit_item (item_key,submission_key,path,size_bytes,state) VALUES (1,1,'r.xml',1,'sealed');"
        "INSERT INTO report (report_key,id,operation_key,submission_key,item_key,place,dialect,provider,"
        "provider_report_id,state,incident_type) VALUES (1,'rep-1',1,1,1,'line 1','xml','p','1','taken','')");
  }
  void Sql(const std::string& script) {
    const Status done = house.db->Script(script);
    ASSERT_TRUE(done) << done.error().message;
  }
  template <class... Values>
  void Row(std::string_view sql, const Values&... values) {
    const Status done = house.db->Run(sql, values...);
    ASSERT_TRUE(done) << done.error().message;
  }

  // A reported account on the service "chat"; name is its identifier. Its subject: its own, or the named one's.
  void Account(const std::string& name, const std::string& subject_of = "", const std::string& lane = "normal") {
    Row("INSERT INTO account (id,service,esp_identifier) VALUES (?1,'chat',?2)", "acc-" + name, name);
    Row("INSERT INTO account_mention (account_key,report_key,role,item_key,place) VALUES (?1,1,'reported',1,'')",
        KeyOf(name));
    Row("INSERT INTO triage (account_key,lane,lane_reason,band,due_at,second_officer) VALUES (?1,?2,'','high',?3,0)",
        KeyOf(name), lane, KeyOf(name) * kMicrosPerDay);
    if (subject_of.empty()) {
      Row("INSERT INTO subject (id,account_count) VALUES (?1,1)", "sbj-" + name);
      Row("INSERT INTO subject_account (account_key,subject_key) VALUES (?1,?2)", KeyOf(name),
          house.db->last_insert_key());
    } else {
      Row("INSERT INTO subject_account (account_key,subject_key) SELECT ?1,subject_key FROM subject_account WHERE "
          "account_key=?2",
          KeyOf(name), KeyOf(subject_of));
      Row("UPDATE subject SET account_count=account_count+1 WHERE subject_key=(SELECT subject_key FROM subject_account "
          "WHERE account_key=?1)",
          KeyOf(name));
    }
  }
  int64_t KeyOf(const std::string& name) {
    return house.db->Number("SELECT account_key FROM account WHERE esp_identifier=?1", name).value().value_or(0);
  }
  void Selector(const std::string& account, const std::string& type, const std::string& value) {
    Row("INSERT INTO selector (type,value) VALUES (?1,?2) ON CONFLICT DO NOTHING", type, value);
    Row("INSERT INTO sighting (selector_key,mention_key,report_key,origin,raw,item_key,place) SELECT s.selector_key,"
        "m.mention_key,1,'declared','',1,'' FROM selector s, account_mention m WHERE s.type=?1 AND s.value=?2 AND "
        "m.account_key=?3",
        type, value, KeyOf(account));
  }
  void Package(const std::string& id, const std::string& authority, const std::vector<std::string>& accounts,
               const std::string& state = "sealed") {
    Row("INSERT INTO package (id,operation_key,authority,kind,state,gateway,gateway_reason,contents_sha256,"
        "account_count,file_count,composed_at) VALUES (?1,1,?2,'referral',?3,'g','',?4,1,0,?5)",
        id, authority, state, HashSha256(AsBytes(id)), house.clock.Now());
    const int64_t package = house.db->last_insert_key();
    for (const std::string& account : accounts) {
      Row("INSERT INTO package_account (package_key,account_key) VALUES (?1,?2)", package, KeyOf(account));
      if (state == "composed" || state == "sealed") Destined(account, authority);
    }
  }
  // To go there, whether a package carries it already or not.
  void Destined(const std::string& account, const std::string& authority) {
    Row("INSERT INTO destination (operation_key,account_key,authority,since,current) VALUES (1,?1,?2,?3,1) ON CONFLICT "
        "DO NOTHING",
        KeyOf(account), authority, house.clock.Now());
  }
  // A partner's holding, and the hit where an account has the selector.
  void Holding(const std::string& owner, const std::string& type, const std::string& value,
               const std::string& handling = "[\"H0\"]") {
    const std::string n = owner + type + value;
    Row("INSERT INTO contribution (id,owner,purpose,handling,grade,contact,source_sha256,imported_at,item_count,"
        "taken_count,refused_count) VALUES (?1,?2,'cross_check',?3,'B2','hits@' || ?2 || '.example',?4,?5,1,1,0)",
        "con-" + n, owner, handling, HashSha256(AsBytes(n)), house.clock.Now());
    Row("INSERT INTO holding (contribution_key,type,value,category,ref) VALUES (?1,?2,?3,'suspect','')",
        house.db->last_insert_key(), type, value);
    Row("INSERT INTO partner_hit (id,account_key,holding_key,selector_type,owner,contact) SELECT DISTINCT 'pht-' || "
        "m.account_key || ?4,m.account_key,?1,?2,?5,'hits@' || ?5 || '.example' FROM selector s JOIN sighting t ON "
        "t.selector_key=s.selector_key JOIN account_mention m ON m.mention_key=t.mention_key WHERE s.type=?2 AND "
        "s.value=?3",
        house.db->last_insert_key(), type, value, n, owner);
  }
  void Received(const std::string& source, const std::string& channel, const std::vector<std::string>& names,
                int64_t day = 1) {
    Held held{.party = house.book.self,
              .channel = channel,
              .source = source,
              .basis = channel.empty() ? "own_case" : "received",
              .contact = "",
              .since = Instant{house.clock.Now().micros + day * kMicrosPerDay}};
    for (const std::string& name : names) held.accounts.push_back({"chat", name});
    const auto done = house.Do(Act::kTakeMessages, [&](Transaction& transaction, const Permit& permit) {
      return RecordHeld(transaction, permit, held);
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  struct Claim {
    std::string party, channel, kind;
    KeyMaterial material;
  };
  void Claims(const std::string& from, const std::vector<Claim>& claims) {
    nlohmann::json list = nlohmann::json::array();
    for (const Claim& claim : claims) {
      list.push_back({{"kind", claim.kind},
                      {"key", KeyedKey(secrets[0].secret, claim.material.OpenKey()).hex()},
                      {"party", claim.party},
                      {"channel", claim.channel},
                      {"since", "2022-03-02"}});
    }
    const std::string text = ClaimsDocument("kauri", from, "claims@" + from + ".example", list).dump();
    const auto taken = house.Do(Act::kTakeMessages, [&](Transaction& transaction, const Permit& permit) {
      return TakeClaims(transaction, permit, AsBytes(text), from, "msg-of-" + from);
    });
    ASSERT_TRUE(taken) << taken.error().message;
  }

  ScanSummary Scan() {
    const auto summary = house.Do(Act::kCrossCheck, [&](Transaction& transaction, const Permit& permit) {
      return coordination::Scan(transaction, permit, house.ids, house.book.self, secrets);
    });
    EXPECT_TRUE(summary) << summary.error().message;
    return summary.value_or(ScanSummary{});
  }
  // Tells whoever is to be told; the notices.
  std::vector<Notice> Tell() {
    std::vector<Notice> out = NoticesDue(*house.db, house.book).value();
    const auto done = house.Do(Act::kCrossCheck, [&](Transaction& transaction, const Permit& permit) -> Status {
      for (const Notice& notice : out) TRY(MarkTold(transaction, notice, "msg-x", permit.at()));
      return MarkContactsTold(transaction, house.book);
    });
    EXPECT_TRUE(done) << done.error().message;
    return out;
  }
  // Kinds, parties and accounts of every deconfliction: what must not depend on the order of events.
  std::string Found() {
    return house.Rows("SELECT hex(unit),kind,party_count FROM deconfliction ORDER BY unit", 3) +
           house.Rows(
               "SELECT hex(d.unit),p.party,p.channel,p.since,p.quiet,p.contact FROM deconfliction_party p JOIN "
               "deconfliction d ON d.deconfliction_key=p.deconfliction_key ORDER BY 1,2,3",
               6) +
           house.Rows(
               "SELECT hex(d.unit),x.account_key FROM deconfliction_account x JOIN deconfliction d ON "
               "d.deconfliction_key=x.deconfliction_key ORDER BY 1,2",
               2);
  }
  std::string OnlyId() { return house.db->TextOf("SELECT id FROM deconfliction").value().value_or("none"); }
  std::string State(const std::string& id) {
    return house.db->TextOf("SELECT state FROM deconfliction WHERE id=?1", id).value().value_or("none");
  }

  TestHouse house;
  std::vector<OperationSecret> secrets = MakeSecrets();

 private:
  static std::vector<OperationSecret> MakeSecrets() {
    SeededRandom random(5);
    std::vector<OperationSecret> out;
    out.push_back({.operation = "kauri", .secret = SecretKey::Make(random)});
    return out;
  }
};

}  // namespace crossguard::coordination
