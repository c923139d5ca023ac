// What each authority gets, and what nobody gets.
#include "package/compose.h"

#include <gmock/gmock.h>

#include <set>

#include "package/testing_world.h"

namespace crossguard {
namespace {
using nlohmann::json;
using testing::HasSubstr;

// One composed operation for all tests that only look.
class ComposeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = new World("composed");
    world_->Fill();
    summary_ = new ComposeSummary(MUST(world_->Compose()));
    at_ = new FileMap(world_->Opened(world_->PackageOf("at-bk")));
    gb_ = new FileMap(world_->Opened(world_->PackageOf("gb-nca")));
  }
  static void TearDownTestSuite() {
    delete gb_;
    delete at_;
    delete summary_;
    delete world_;
  }
  static std::string Withheld(const std::string& identifier) {
    return world_->Text(
        "SELECT w.reason_code || ': ' || w.authority || ': ' || w.reason FROM withheld w JOIN account a "
        "USING (account_key) WHERE a.esp_identifier = '" +
        identifier + "'");
  }
  // Where a word stands in what an authority opened, custody included.
  static std::vector<std::string> PlacesOf(const FileMap& files, const std::string& word) {
    std::vector<std::string> out;
    for (const auto& [path, text] : files) {
      if (text.find(word) != std::string::npos || path.find(word) != std::string::npos) out.push_back(path);
    }
    return out;
  }

  static inline World* world_ = nullptr;
  static inline ComposeSummary* summary_ = nullptr;
  static inline FileMap* at_ = nullptr;
  static inline FileMap* gb_ = nullptr;
};

TEST_F(ComposeTest, WithoutAGatewayNothingIsComposedAndTheReasonIsRecorded) {
  EXPECT_THAT(Withheld("hr-one"), HasSubstr("no_gateway: hr-mup: No gateway from nz-dia to hr-mup is recorded."));
  EXPECT_THAT(Withheld("es-one"), HasSubstr("no_gateway: es-pn: Gateway gw-es-pn expired on 2021-06-01"));
  EXPECT_THAT(Withheld("si-one"), HasSubstr("no_gateway: si-pol: Gateway gw-si-pol is valid only from 2030-01-01"));
  EXPECT_THAT(Withheld("hu-one"), HasSubstr("no_gateway: hu-pol: Gateway gw-hu-pol does not cover the purpose"));
  EXPECT_THAT(Withheld("ca-one"), HasSubstr("no_gateway: ca-rcmp: Gateway gw-ca-rcmp does not cover data of kind"));
  EXPECT_THAT(Withheld("fr-one"), HasSubstr("no_authority: : No authority of FR"));
  for (const char* authority : {"hr-mup", "es-pn", "si-pol", "hu-pol", "ca-rcmp", "us-hsi", "gr-hp", "cz-pcr"})
    EXPECT_EQ(world_->Number("SELECT count(*) FROM package WHERE authority = '" + std::string(authority) + "'"), 0);
}

TEST_F(ComposeTest, WithoutAUsableCertificateNothingIsComposedAndTheReasonIsRecorded) {
  EXPECT_THAT(Withheld("us-one"), HasSubstr("no_certificate: us-hsi: us-hsi has no certificate"));
  EXPECT_THAT(Withheld("gr-one"), HasSubstr("no_certificate: gr-hp: The certificate of gr-hp cannot be read"));
  EXPECT_THAT(Withheld("cz-one"),
              HasSubstr("no_certificate: cz-pcr: The certificate of cz-pcr is not valid on 2022-03-10"));
}

TEST_F(ComposeTest, WhoMayBeAVictimOrAChildOrNowhereIsWithheldWithTheReason) {
  EXPECT_THAT(Withheld("twice-named"), HasSubstr("victim: "));
  EXPECT_THAT(Withheld("at-minor"), HasSubstr("may_be_minor: "));
  EXPECT_THAT(Withheld("unclear-one"), HasSubstr("unclear_jurisdiction: : No country is clear enough"));
  EXPECT_THAT(Withheld("untriaged-one"), HasSubstr("unclear_jurisdiction: : Triage has not looked"));
}

TEST_F(ComposeTest, EveryReportedAccountIsInExactlyOnePackageOrWithheld) {
  const std::string places =
      "SELECT count(*) FROM (SELECT DISTINCT account_key AS k FROM account_mention WHERE role = 'reported') WHERE "
      "(SELECT count(*) FROM package_account x WHERE x.account_key = k) + (SELECT count(*) FROM withheld w WHERE "
      "w.account_key = k) ";
  EXPECT_EQ(world_->Number(places + "<> 1"), 0);
  EXPECT_EQ(world_->Number(places + "= 1"), summary_->reported_count);
  EXPECT_EQ(summary_->reported_count, summary_->packaged_count + summary_->withheld_count);
  EXPECT_EQ(world_->Number("SELECT count(*) FROM package_account x LEFT JOIN account_mention m ON m.account_key = "
                           "x.account_key AND m.role = 'reported' WHERE m.mention_key IS NULL"),
            0)
      << "only reported accounts are carried";
}

TEST_F(ComposeTest, OwnCountryGoesToAnotherAuthorityOfItThatAGatewayReaches) {
  EXPECT_EQ(world_->Number("SELECT account_count FROM package WHERE authority = 'nz-police'"), 1);
  EXPECT_EQ(world_->PackageOf("nz-dia"), "(null)");
}

TEST_F(ComposeTest, NothingOfAVictimOrAPossibleMinorTravels) {
  for (const FileMap* files : {at_, gb_}) {
    for (const char* word : {"victim-name", "victim-mail", "victim-id", "victim-school", "victim-text", "victim-csv",
                             "203.0.113.99", "at-minor", "twice-named", "noise of m1"}) {
      EXPECT_THAT(PlacesOf(*files, word), testing::IsEmpty()) << word;
    }
  }
}

TEST_F(ComposeTest, AVictimsIdentifierInAnAccountsTextIsNotTakenForTheAccounts) {
  const json accounts = json::parse(at_->at("bag/data/accounts.json"));
  for (const json& account : accounts["accounts"]) {
    if (account["esp_identifier"] != "at-csv") continue;
    std::set<std::string> values;
    for (const json& selector : account["selectors"]) values.insert(selector["value"]);
    EXPECT_TRUE(values.contains("mined-own@mail.example"));
    EXPECT_FALSE(values.contains("mined-victim@mail.example"));
  }
  const std::string& csv = at_->at("bag/data/accounts.csv");
  EXPECT_THAT(csv, HasSubstr("at-csv@mail.example|mined-own@mail.example (found in text)"));
  EXPECT_EQ(csv.find("mined-victim"), std::string::npos);
}

TEST_F(ComposeTest, NoRowNumberOfTheRegisterLeavesTheHouse) {
  const json accounts = json::parse(at_->at("bag/data/accounts.json"));
  for (const json& account : accounts["accounts"]) {
    if (account["esp_identifier"] != "at-one") continue;
    EXPECT_EQ(account["jurisdiction"]["claims"][0]["because"], "ip sighting at 2022-03-01T10:00:00Z, a sighting too");
  }
}

TEST_F(ComposeTest, AnAuthorityLearnsNothingOfAccountsOfOthers) {
  for (const char* word : {"gb-one", "gb-csv", "gb-json", "gb-dup", "203.0.113.77", "nz-one", "hr-one", "fr-one",
                           "unclear-one", "owners-own-reference"})
    EXPECT_THAT(PlacesOf(*at_, word), testing::IsEmpty()) << word;
  for (const char* word : {"at-one", "at-two", "at-csv", "at-json", "at-dup", "198.51.100.7"})
    EXPECT_THAT(PlacesOf(*gb_, word), testing::IsEmpty()) << word;
}

TEST_F(ComposeTest, EachAccountOfTheCountryIsThereWithItsValuesAndTheirPlaces) {
  const json accounts = json::parse(at_->at("bag/data/accounts.json"));
  std::map<std::string, json> by_identifier;
  for (const json& account : accounts["accounts"]) by_identifier[account["esp_identifier"]] = account;
  EXPECT_EQ(by_identifier.size(), 5U);
  for (const char* id : {"at-one", "at-two", "at-csv", "at-json", "at-dup"}) {
    ASSERT_TRUE(by_identifier.contains(id)) << id;
    const json& account = by_identifier[id];
    EXPECT_EQ(account["jurisdiction"]["country"], "AT");
    EXPECT_EQ(account["category"], "suspect");
    bool has_mail = false;
    for (const json& selector : account["selectors"]) {
      has_mail = has_mail || selector["value"] == std::string(id) + "@mail.example";
      for (const json& sighting : selector["sightings"]) {
        EXPECT_EQ(sighting["source"]["exhibit"].get<std::string>().size(), 64U);
        EXPECT_FALSE(sighting["source"]["path"].get<std::string>().empty());
        EXPECT_FALSE(sighting["source"]["place"].get<std::string>().empty());
      }
    }
    EXPECT_TRUE(has_mail) << id;
  }
}

TEST_F(ComposeTest, TriStateFlagsThatTheProviderLeftOutAreLeftOut) {
  const json accounts = json::parse(at_->at("bag/data/accounts.json"));
  for (const json& account : accounts["accounts"]) {
    for (const json& file : account["files"]) {
      EXPECT_EQ(file["viewed_by_esp"], true);
      EXPECT_FALSE(file.contains("exif_viewed_by_esp"));
      EXPECT_FALSE(file.contains("publicly_available"));
    }
  }
}

TEST_F(ComposeTest, ReportTextGoesOnlyWhereTheReportSpeaksOfNobodyElse) {
  const json accounts = json::parse(at_->at("bag/data/accounts.json"));
  for (const json& account : accounts["accounts"]) {
    const json& mention = account["mentions"][0];
    if (account["esp_identifier"] == "at-one") {
      EXPECT_EQ(mention["report_text_withheld"], true);
      EXPECT_FALSE(mention.contains("report_text"));
    }
    if (account["esp_identifier"] == "at-two") {
      EXPECT_EQ(mention["report_text"], "text about at-two alone");
    }
  }
}

TEST_F(ComposeTest, ADocumentGoesWholeOnlyIfItSpeaksOfNobodyElse) {
  const json index = json::parse(at_->at("bag/data/reports/index.json"));
  std::map<std::string, json> by_path;
  for (const json& document : index["documents"]) by_path[document["path"]] = document;
  const auto text = [&](const std::string& path) {
    return at_->at("bag/data/reports/" + by_path.at(path)["file"].get<std::string>());
  };
  ASSERT_EQ(by_path.at("reports/1002.xml")["included"], "whole");
  EXPECT_EQ(text("reports/1002.xml"), ReadText(world_->root() + "/in/reports/1002.xml"));
  ASSERT_EQ(by_path.at("reports/1001.xml")["included"], "excerpt");
  EXPECT_THAT(text("reports/1001.xml"), testing::StartsWith("<personOrUserReported>"));
  ASSERT_EQ(by_path.at("tables/ips.csv")["included"], "excerpt");
  EXPECT_EQ(text("tables/ips.csv"),
            "report_id,user_id,ip,port,time,event,proxy\n2001,at-csv,198.51.100.7,4000,2022-03-01T10:00:00Z,Login,\n");
  ASSERT_EQ(by_path.at("tables/accounts.csv")["included"], "excerpt");
  EXPECT_EQ(text("tables/accounts.csv"),
            "report_id,user_id,service,role,screen_name,emails,notes\n"
            "2001,at-csv,examplechat,reported,at-csv,at-csv@mail.example,has a 5\" disk; wrote to "
            "mined-victim@mail.example and mined-own@mail.example\n");
  EXPECT_EQ(by_path.at("reports/4002.xml")["included"], "excerpt") << "a report in it came before";
  EXPECT_EQ(by_path.at("dump.json")["included"], "nothing") << "the record speaks of another account";
  for (const auto& [path, document] : by_path) {
    EXPECT_EQ(document["exhibit"], HashSha256(AsBytes(ReadText(world_->root() + "/in/" + path))).hex()) << path;
  }
}

TEST_F(ComposeTest, APartnersHitGoesOnOnlyIfItsHandlingCodeAllowsIt) {
  const json accounts = json::parse(at_->at("bag/data/accounts.json"));
  std::vector<std::string> owners;
  for (const json& account : accounts["accounts"]) {
    for (const json& hit : account["partner_hits"]) {
      owners.push_back(hit["owner"]);
      EXPECT_EQ(hit.size(), 3U) << "type, owner and contact, nothing else";
    }
  }
  EXPECT_THAT(owners, testing::UnorderedElementsAre("at-bk", "gb-nca"));
  EXPECT_EQ(summary_->hits_kept_back_count, 1);
  EXPECT_THAT(PlacesOf(*at_, "hr-mup"), testing::IsEmpty());
}

TEST_F(ComposeTest, HandlingSaysCodesGradePurposesGatewayReleaseAndReview) {
  const json handling = json::parse(at_->at("bag/data/handling.json"));
  EXPECT_EQ(handling["handling_codes"], json({"H0", "H1", "H2", "H3"})) << "the codes of all inputs hold";
  EXPECT_EQ(json::parse(gb_->at("bag/data/handling.json"))["handling_codes"], json({"H0", "H2"}));
  EXPECT_EQ(handling["evaluation_4x4"], "X4");
  EXPECT_EQ(handling["purposes"], json({"facilitate_exchange", "operational_analysis"}));
  EXPECT_EQ(handling["gateway"]["id"], "gw-at-bk");
  EXPECT_EQ(handling["gateway"]["legal_reference"], "Example agreement with at-bk, art. 7");
  EXPECT_EQ(handling["gateway"]["conditions"], "for the case only");
  EXPECT_EQ(handling["gateway"]["valid_from"], "2015-01-01") << "with the id: the version of the gateway";
  EXPECT_EQ(handling["gateway"]["via"], "");
  EXPECT_EQ(world_->Text("SELECT gateway_reason FROM package WHERE authority = 'at-bk'"),
            "Gateway gw-at-bk (from 2015-01-01): Example agreement with at-bk, art. 7.");
  EXPECT_EQ(handling["release_to"], json({"at-bk"}));
  EXPECT_EQ(handling["owner"], "nz-dia");
  EXPECT_EQ(handling["retention_review"], "2025-03-09") << "1,095 days after 2022-03-10: never later than three years";
}

TEST_F(ComposeTest, AReferralHoldsNoFileAndListsWhatThereIs) {
  for (const auto& [path, text] : *at_) {
    EXPECT_FALSE(path.starts_with("bag/data/files/")) << path;
    EXPECT_EQ(text.find("noise of f1"), std::string::npos) << path;
    EXPECT_EQ(text.find("end of f2"), std::string::npos) << path;
  }
  const json vics = json::parse(at_->at("bag/data/vics.json"));
  EXPECT_EQ(vics["value"].size(), 3U);
  for (const json& media : vics["value"]) {
    EXPECT_TRUE(media.contains("Category") && media["Category"].is_null());
    EXPECT_FALSE(media.contains("RelativeFilePath"));
  }
}

TEST_F(ComposeTest, TheTableIsForSpreadsheetsAndRunsNothing) {
  const std::string& csv = at_->at("bag/data/accounts.csv");
  EXPECT_EQ(static_cast<size_t>(std::count(csv.begin(), csv.end(), '\n')), 6U) << "a header and five accounts";
  for (const char* cell : {",=", ",+", ",@", ",-"}) EXPECT_EQ(csv.find(cell), std::string::npos) << cell;
  EXPECT_THAT(csv, HasSubstr("192.0.2.7 port 4000 at 2022-03-01T10:00:00Z"));
}

TEST_F(ComposeTest, APermitForAnotherActComposesNothing) {
  const auto composed = world_->Do(Act::kSealPackage, "x", [&](Transaction& transaction, const Permit& permit) {
    return ComposePackages(transaction, permit, world_->Room(), world_->operation_id());
  });
  ASSERT_FALSE(composed);
  EXPECT_EQ(composed.error().code, Code::kDenied);
}

}  // namespace
}  // namespace crossguard
