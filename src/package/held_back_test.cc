// Accounts that another authority holds too: they are left out, the rest goes, and they follow once that is settled.
// What coordination/ finds is written down here row by row.
#include <gmock/gmock.h>

#include "package/plan.h"
#include "package/testing_bag.h"
#include "package/testing_world.h"
#include "register/coordination_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using Strings = std::vector<std::string>;

class HeldBack : public testing::Test {
 protected:
  void SetUp() override { world_.Fill(); }
  void Hold(int64_t key, const std::string& identifier) {
    MUST(
        world_.db().Run("INSERT INTO deconfliction (deconfliction_key, id, unit, kind, state, party_count, "
                        "first_seen_at) VALUES (?1, 'dec-' || ?1, ?2, 'account', 'open', 2, 0)",
                        key, HashSha256(AsBytes(identifier))));
    MUST(world_.db().Run("INSERT INTO deconfliction_account (deconfliction_key, account_key) VALUES (?1, ?2)", key,
                         world_.AccountKey(identifier)));
    MUST(
        world_.db().Run("INSERT INTO deconfliction_party (deconfliction_key, party, channel, contact, since, quiet, "
                        "seen_at) VALUES (?1, 'hr-mup', '', 'other-desk', 0, 0, 0)",
                        key));
  }
  void Settle(int64_t key) {
    MUST(world_.db().Run("UPDATE deconfliction SET state = 'settled' WHERE deconfliction_key = ?1", key));
  }
  std::string ReleasedReferral() {
    MUST(world_.Compose());
    return Released(world_.PackageOf("at-bk"));
  }
  std::string Released(const std::string& id) {
    MUST(world_.Seal(id));
    MUST(world_.Release(id));
    return id;
  }
  Strings AccountsOf(const std::string& id) {
    Strings out;
    MUST(world_.db().Each(
        "SELECT a.esp_identifier FROM package p JOIN package_account x USING (package_key) JOIN account a USING "
        "(account_key) WHERE p.id = ?1 ORDER BY 1",
        [&](const SqlRow& row) -> Status {
          out.push_back(row.Text(0));
          return {};
        },
        id));
    return out;
  }
  std::string State(const std::string& id) { return world_.Text("SELECT state FROM package WHERE id = '" + id + "'"); }
  std::string Follows(const std::string& id) {
    return MUST(package_rows::FindPackage(world_.db(), id))->follows_package.value_or("");
  }
  static json Handling(const FileMap& opened) { return json::parse(opened.at("bag/data/handling.json")); }

  World world_{"held_back"};
};

TEST_F(HeldBack, APausedAccountIsLeftOutAndTheRestOfItsPackageGoes) {
  MUST(world_.Compose());
  const std::string whole = world_.PackageOf("at-bk");
  const Strings all = AccountsOf(whole);
  Hold(1, "at-one");
  const ComposeSummary summary = MUST(world_.Compose());
  EXPECT_EQ(summary.withheld_by_reason.at("deconfliction"), 1);
  const std::string rest = world_.PackageOf("at-bk");
  EXPECT_EQ(State(whole), "superseded");
  Strings without = all;
  std::erase(without, "at-one");
  EXPECT_EQ(AccountsOf(rest), without);
  EXPECT_EQ(world_.Text("SELECT authority FROM withheld WHERE reason_code = 'deconfliction'"), "at-bk");

  const FileMap opened = world_.Opened(rest);
  EXPECT_EQ(Handling(opened)["accounts_left_out"], (json{{"deconfliction", 1}}));
  EXPECT_EQ(Handling(opened)["follows"], nullptr);
  EXPECT_NE(opened.at("bag/data/summary.html").find("1 accounts, until a deconfliction is settled"), std::string::npos);
  for (const auto& [path, text] : opened) {
    for (const char* other : {"at-one", "dec-1", "other-desk"})
      EXPECT_EQ(text.find(other), std::string::npos) << path << ": " << other;
  }
  EXPECT_TRUE(world_.Release(rest)) << "nothing of it waits";
}

TEST_F(HeldBack, WhatWasHeldBackFollowsTheFirstPackageOnceItIsSettled) {
  Hold(1, "at-one");
  Hold(2, "at-two");
  const std::string first = ReleasedReferral();
  EXPECT_THAT(AccountsOf(first), testing::Not(testing::Contains("at-one")));
  MUST(world_.Compose());
  EXPECT_EQ(world_.Number("SELECT count(*) FROM package WHERE authority = 'at-bk'"), 1) << "nothing to send yet";
  Settle(1);
  const ComposeSummary second = MUST(world_.Compose());
  ASSERT_EQ(world_.Number("SELECT count(*) FROM package WHERE authority = 'at-bk'"), 2);
  const std::string followed = world_.Text("SELECT id FROM package WHERE authority = 'at-bk' AND state = 'composed'");
  EXPECT_THAT(AccountsOf(followed), ElementsAre("at-one"));
  EXPECT_EQ(Follows(followed), first);
  EXPECT_EQ(second.withheld_by_reason.at("deconfliction"), 1);
  const FileMap opened = world_.Opened(followed);
  EXPECT_EQ(Handling(opened)["follows"], first);
  EXPECT_EQ(Handling(opened)["accounts_left_out"], (json{{"deconfliction", 1}}));
  MUST(world_.Release(followed));
  // The last one follows the first that held it back, not the one between.
  Settle(2);
  MUST(world_.Compose());
  const std::string last = world_.Text("SELECT id FROM package WHERE authority = 'at-bk' AND state = 'composed'");
  EXPECT_THAT(AccountsOf(last), ElementsAre("at-two"));
  EXPECT_EQ(Follows(last), first);
  Released(last);
  EXPECT_EQ(MUST(world_.Compose()).already_sent_count, 5);
  EXPECT_EQ(world_.Number("SELECT count(*) FROM withheld WHERE reason_code = 'deconfliction'"), 0);
}

TEST_F(HeldBack, WhatIsSettledBeforeItsPackageLeavesGoesInTheOneWholePackage) {
  MUST(world_.Compose());
  const std::string whole = world_.PackageOf("at-bk");
  Hold(1, "at-one");
  MUST(world_.Compose());
  const std::string rest = world_.PackageOf("at-bk");
  MUST(world_.Seal(rest));
  Settle(1);
  MUST(world_.Compose());
  EXPECT_EQ(State(rest), "superseded");
  EXPECT_EQ(world_.PackageOf("at-bk"), whole) << "the same contents have the same id";
  EXPECT_EQ(Follows(whole), "");
  EXPECT_EQ(world_.Number("SELECT count(*) FROM package_held_back"), 0);
}

TEST_F(HeldBack, AnAuthorityAllOfWhoseAccountsWaitGetsNoPackage) {
  Hold(1, "gb-one");
  Hold(2, "gb-csv");
  Hold(3, "gb-json");
  Hold(4, "gb-dup");
  const ComposeSummary summary = MUST(world_.Compose());
  EXPECT_EQ(summary.withheld_by_reason.at("deconfliction"), 4);
  EXPECT_EQ(world_.Number("SELECT count(*) FROM package WHERE authority = 'gb-nca'"), 0);
  EXPECT_EQ(world_.Number("SELECT count(*) FROM destination WHERE authority = 'gb-nca'"), 4)
      << "it is to receive them all the same";
}

TEST_F(HeldBack, AnOverrideLetsTheAccountGoToThatAuthorityWhileItsPartiesAreKnown) {
  Hold(1, "at-one");
  const auto override_with = [&](const std::string& authority, int64_t party_count) {
    world_.Sql("DELETE FROM deconfliction_override");
    MUST(coordination_rows::UpsertOverride(
        world_.db(), 1,
        {.authority = authority, .kind = "referral", .officer = "officer-1", .party_count = party_count}));
    MUST(world_.Compose());
    return world_.Number("SELECT count(*) FROM withheld WHERE reason_code = 'deconfliction'");
  };
  EXPECT_EQ(override_with("gb-nca", 2), 1) << "it was overridden for another";
  EXPECT_EQ(override_with("at-bk", 1), 1) << "a party came after it";
  EXPECT_EQ(override_with("at-bk", 2), 0);
  EXPECT_TRUE(world_.Seal(world_.PackageOf("at-bk")) && world_.Release(world_.PackageOf("at-bk")));
}

TEST_F(HeldBack, EvidenceGoesWithoutThePausedAccountAndItFollows) {
  const std::string referral = ReleasedReferral();
  MUST(world_.Answer(referral, Answer::kAccept));
  Hold(1, "at-one");
  const ComposedPackage first = MUST(world_.Evidence(referral));
  EXPECT_EQ(first.left_out_by_reason, (std::map<std::string, int64_t>{{"deconfliction", 1}}));
  Released(first.id.text());
  const auto owed = [&] { return MUST(ReferralsOwedEvidence(world_.db(), world_.operation_id())); };
  EXPECT_THAT(owed(), testing::IsEmpty()) << "it waits still";
  Settle(1);
  EXPECT_THAT(owed(), ElementsAre(referral));
  const ComposedPackage second = MUST(world_.Evidence(referral));
  EXPECT_THAT(AccountsOf(second.id.text()), ElementsAre("at-one"));
  EXPECT_EQ(Follows(second.id.text()), first.id.text());
  EXPECT_THAT(owed(), testing::IsEmpty());
  EXPECT_EQ(MUST(world_.Evidence(referral)).id, second.id) << "the answer handed in again changes nothing";
  Released(second.id.text());
  EXPECT_EQ(State(first.id.text()), "released");
}

}  // namespace
}  // namespace crossguard
