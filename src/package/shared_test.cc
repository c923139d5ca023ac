// An account that reports of two operations name: a package of one carries nothing of what only the other says.
#include <gmock/gmock.h>

#include "package/testing_world.h"

namespace crossguard {
namespace {

// Another operation, whose words all hold "zebra": its report names at-one and an account of its own.
class TwoOperations : public testing::Test {
 protected:
  void SetUp() override {
    world_.Fill();
    Sql("INSERT INTO operation (operation_key,id,name,created_at) VALUES (77,'op-zebra','zebra',0)");
    Sql("INSERT INTO submission (submission_key,id,operation_key,state,source_path,begun_at) VALUES "
        "(77,'sub-zebra',77,'read','zebra',0)");
    Sql("INSERT INTO exhibit_item (item_key,submission_key,path,size_bytes,sha256,state,role) VALUES "
        "(770,77,'zebra.xml',1,zeroblob(32),'sealed','report'),(771,77,'zebra.jpg',1,zeroblob(32),'sealed','media')");
    Sql("INSERT INTO report (report_key,id,operation_key,submission_key,item_key,place,dialect,provider,"
        "provider_report_id,state,incident_type,additional_info) VALUES "
        "(77,'rep-zebra',77,77,770,'zebra','xml','zebra','zebra','taken','zebra','zebra text')");
    Sql("INSERT INTO account (account_key,id,service,esp_identifier) VALUES (77,'acc-zebra','chat','zebra-account')");
    Sql("INSERT INTO media (media_key,id,sha256,md5,sha1,size_bytes,state,kind) VALUES "
        "(77,'med-zebra',zeroblob(32),zeroblob(16),zeroblob(20),1,'examined','image/jpeg')");
    Sql("INSERT INTO media_copy (media_key,item_key) VALUES (77,771)");
    Sql("INSERT INTO selector (selector_key,type,value) VALUES (7700,'email','zebra@mail.example')");
    Sql("INSERT INTO subject (subject_key,id,account_count) VALUES (77,'sbj-zebra',2)");
    Sql("INSERT INTO subject_account (account_key,subject_key) VALUES (77,77),(" + One() + ",77)");
    Sql("INSERT INTO link (link_key,selector_key,strength,sharer_count,reason) VALUES (77,7700,'strong',2,'zebra')");
    Sql("INSERT INTO link_account (link_key,account_key,joined_group) VALUES (77,77,1),(77," + One() + ",1)");
    for (const std::string& account : {One(), std::string("77")}) {
      Sql("INSERT INTO account_mention (account_key,report_key,role,item_key,place) VALUES (" + account +
          ",77,'reported',770,'zebra')");
      const std::string mention = std::to_string(
          world_.Number("SELECT mention_key FROM account_mention WHERE report_key=77 AND account_key=" + account));
      Sql("INSERT INTO account_value (mention_key,field,value,item_key,place) VALUES (" + mention +
          ",'bio','zebra bio',770,'zebra')");
      Sql("INSERT INTO sighting (selector_key,mention_key,report_key,origin,raw,item_key,place) VALUES (7700," +
          mention + ",77,'declared','zebra',770,'zebra')");
    }
    Sql("INSERT INTO file_details (id,report_key,provider_report_id,account_key,provider_file_id,file_name,item_key,"
        "place,state,media_item_key) VALUES ('fil-zebra',77,'zebra'," +
        One() + ",'zebra','zebra.jpg',770,'zebra','matched',771)");
    // A partner knows the address that only the other operation says.
    world_.PartnerHit("at-one", "gb-nca", R"(["H0"])");
    Sql("UPDATE holding SET value='zebra@mail.example' WHERE holding_key=(SELECT max(holding_key) FROM holding)");
    Sql("UPDATE partner_hit SET contact='zebra desk' WHERE partner_hit_key=(SELECT max(partner_hit_key) FROM "
        "partner_hit)");
    // What was worked out of the reports of both quotes both.
    Sql("UPDATE triage SET lane_reason='zebra reason' WHERE account_key=" + One());
    Sql("UPDATE score SET contributions='[\"zebra\"]' WHERE account_key=" + One());
    Sql("UPDATE jurisdiction SET explanation='{\"why\":\"zebra\"}', contradictions='[\"zebra\"]' WHERE account_key=" +
        One());
    Sql("INSERT INTO jurisdiction_claim (account_key,country,basis,weight,because) VALUES (" + One() +
        ",'AT','ip',1,'zebra claim')");
  }
  void Sql(const std::string& sql) { world_.Sql(sql); }
  std::string One() { return std::to_string(world_.AccountKey("at-one")); }
  nlohmann::json AccountOf(const FileMap& opened, const std::string& identifier) {
    const nlohmann::json accounts = nlohmann::json::parse(opened.at("bag/data/accounts.json"));
    for (const auto& account : accounts["accounts"]) {
      if (account["esp_identifier"] == identifier) return account;
    }
    ADD_FAILURE() << identifier << " is not in the package";
    return {};
  }

  World world_{"two_operations"};
};

TEST_F(TwoOperations, APackageOfOneCarriesNothingThatOnlyTheOtherSays) {
  MUST(world_.Compose());
  const std::string referral = world_.PackageOf("at-bk");
  const FileMap opened = world_.Opened(referral);
  for (const auto& [path, bytes] : opened) EXPECT_EQ(bytes.find("zebra"), std::string::npos) << path;
  MUST(world_.Release(referral));
  MUST(world_.Answer(referral, Answer::kAccept));
  const std::string evidence = MUST(world_.Evidence(referral)).id.text();
  for (const auto& [path, bytes] : world_.Opened(evidence)) EXPECT_EQ(bytes.find("zebra"), std::string::npos) << path;
}

TEST_F(TwoOperations, WhatItsOwnReportsSayAndTheWordsOfClosedListsStillGo) {
  MUST(world_.Compose());
  const FileMap opened = world_.Opened(world_.PackageOf("at-bk"));
  const nlohmann::json shared = AccountOf(opened, "at-one");
  EXPECT_FALSE(shared["mentions"].empty());
  EXPECT_FALSE(shared["selectors"].empty());
  EXPECT_EQ(shared["triage"]["lane"], "urgent");
  EXPECT_EQ(shared["scores"]["rescue_priority"]["points"], 55);
  EXPECT_EQ(shared["jurisdiction"]["country"], "AT");
  EXPECT_EQ(shared["jurisdiction"]["claims"].size(), 0U);
  EXPECT_FALSE(shared.contains("subject"));
  // Of an account that nobody else names everything goes.
  const nlohmann::json own = AccountOf(opened, "at-two");
  EXPECT_EQ(own["triage"]["lane_reason"], "<b>said so</b>");
}

}  // namespace
}  // namespace crossguard
