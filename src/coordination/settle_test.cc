#include "coordination/settle.h"

#include <gtest/gtest.h>

#include "coordination/testing_parties.h"
#include "coordination/work.h"
#include "register/coordination_rows.h"
#include "register/package_rows.h"

namespace crossguard::coordination {
namespace {

// at-bk and gb-nca hold one account; pkg-at holds it and another.
class OneConflict : public testing::Test {
 protected:
  void SetUp() override {
    world_.Account("one", "", "urgent");
    world_.Account("two");
    world_.Account("calm");
    world_.Selector("one", "email", "one@mail.example");
    world_.Selector("calm", "email", "calm@mail.example");
    world_.Package("pkg-at", "at-bk", {"one", "two"});
    world_.Package("pkg-fr", "fr-ofmin", {"calm"});
    world_.Holding("gb-nca", "email", "one@mail.example");
    world_.Scan();
    id_ = world_.OnlyId();
  }
  template <class Work>
  auto As(Act act, const Work& work) {
    return world_.house.Do(act, work);
  }
  Result<Settled> SettleIt(const Settlement& settlement) {
    return As(Act::kSettleDeconfliction, [&](Transaction& transaction, const Permit& permit) {
      return Settle(transaction, permit, "xx-house", settlement);
    });
  }
  Result<bool> AgreeTo(const std::string& from, const Settlement& settlement) {
    return As(Act::kTakeMessages, [&](Transaction& transaction, const Permit& permit) {
      return Agree(transaction, permit, "xx-house", from, settlement);
    });
  }
  Status OverrideOf(const std::string& deconfliction, const std::string& package) {
    return As(Act::kOverrideDeconfliction, [&](Transaction& transaction, const Permit& permit) {
      return Override(transaction, permit, deconfliction, {.package = package, .authority = ""});
    });
  }
  std::string Pauses(const std::string& package) {
    const auto row = package_rows::FindPackage(*world_.house.db, package).value();
    return coordination_rows::DeconflictionThatPauses(*world_.house.db, row->key).value().value_or("");
  }

  Parties world_;
  std::string id_;
};

TEST_F(OneConflict, PausesThePackagesThatHoldTheAccountUntilItIsSettled) {
  EXPECT_EQ(Pauses("pkg-at"), id_);
  EXPECT_EQ(Pauses("pkg-fr"), "");
  world_.Tell();
  EXPECT_EQ(Pauses("pkg-at"), id_) << "that the contacts know settles nothing";
  const auto settled =
      SettleIt({.deconfliction = id_, .leads = "gb-nca", .outcome = "one_leads", .agreed_by = {"at-bk", "gb-nca"}});
  ASSERT_TRUE(settled) << settled.error().message;
  EXPECT_EQ(settled->recipients, (std::vector<std::string>{"at-bk", "gb-nca"}));
  EXPECT_EQ(Pauses("pkg-at"), "");
  EXPECT_EQ(world_.house.Number("SELECT count(*) FROM queue_item WHERE queue='deconfliction'"), 0);
  const auto shown = ShowDeconfliction(*world_.house.db, world_.house.See(), "xx-house", id_).value();
  EXPECT_EQ(shown["state"], "settled");
  EXPECT_EQ(shown["settlements"][0]["leads"], "gb-nca");
  EXPECT_EQ(shown["settlements"][0]["outcome"], "one_leads");
  EXPECT_EQ(shown["settlements"][0]["agreed_by"].dump(), R"(["at-bk","gb-nca"])");
  EXPECT_EQ(ListLeads(*world_.house.db, world_.house.See(), id_).value()[0]["lead"], "gb-nca");
  EXPECT_EQ(SettleIt({.deconfliction = id_, .leads = "at-bk", .outcome = "joint", .agreed_by = {"at-bk"}}).error().code,
            Code::kConflict);
}

TEST_F(OneConflict, ANewPartyOpensItAgainAndHistoryStays) {
  ASSERT_TRUE(
      SettleIt({.deconfliction = id_, .leads = "gb-nca", .outcome = "joint", .agreed_by = {"at-bk", "gb-nca"}}));
  world_.Scan();
  EXPECT_EQ(world_.State(id_), "settled") << "the same parties as before";
  world_.Holding("eu-europol", "email", "one@mail.example");
  EXPECT_EQ(world_.Scan().joined_count, 1);
  EXPECT_EQ(world_.State(id_), "open");
  EXPECT_EQ(Pauses("pkg-at"), id_);
  EXPECT_EQ(ShowDeconfliction(*world_.house.db, world_.house.See(), "xx-house", id_).value()["settlements"].size(), 1U);
}

TEST_F(OneConflict, IsSettledOnlyByThoseWhoHaveToDoWithIt) {
  const auto code = [&](const Settlement& settlement) { return SettleIt(settlement).error().code; };
  EXPECT_EQ(
      code({.deconfliction = "dec-aaaaaaaaaaaaaaaa", .leads = "at-bk", .outcome = "joint", .agreed_by = {"at-bk"}}),
      Code::kNotFound);
  EXPECT_EQ(code({.deconfliction = id_, .leads = "fr-ofmin", .outcome = "joint", .agreed_by = {"at-bk"}}),
            Code::kInvalid);
  EXPECT_EQ(code({.deconfliction = id_, .leads = "at-bk", .outcome = "joint", .agreed_by = {"fr-ofmin"}}),
            Code::kInvalid);
  EXPECT_EQ(code({.deconfliction = id_, .leads = "at-bk", .outcome = "joint", .agreed_by = {}}), Code::kInvalid);
  EXPECT_EQ(code({.deconfliction = id_, .leads = "", .outcome = "joint", .agreed_by = {"at-bk"}}), Code::kInvalid);
  EXPECT_EQ(code({.deconfliction = id_, .leads = "at-bk", .outcome = "not_the_same", .agreed_by = {"at-bk"}}),
            Code::kInvalid);
  EXPECT_EQ(code({.deconfliction = id_, .leads = "at-bk", .outcome = "we_talked", .agreed_by = {"at-bk"}}),
            Code::kInvalid);
  EXPECT_EQ(world_.State(id_), "open");
  EXPECT_TRUE(SettleIt({.deconfliction = id_, .leads = "", .outcome = "not_the_same", .agreed_by = {"xx-house"}}));
}

TEST_F(OneConflict, IsAgreedWhenAllPartiesSaidTheSameOfTheSameParties) {
  const Settlement joint{.deconfliction = id_, .leads = "at-bk", .outcome = "joint", .agreed_by = {"gb-nca"}};
  EXPECT_FALSE(AgreeTo("gb-nca", joint).value()) << "one alone lifts no pause, whoever it says agreed";
  Settlement other = joint;
  other.leads = "gb-nca";
  EXPECT_FALSE(AgreeTo("at-bk", other).value()) << "they do not say the same";
  EXPECT_TRUE(AgreeTo("at-bk", joint).value());
  EXPECT_EQ(AgreeTo("fr-ofmin", joint).error().code, Code::kNotFound) << "a stranger learns nothing";
  world_.Holding("eu-europol", "email", "one@mail.example");
  world_.Scan();
  EXPECT_FALSE(AgreeTo("at-bk", joint).value()) << "what was said before did not know of the third";
  EXPECT_FALSE(AgreeTo("gb-nca", joint).value());
  EXPECT_TRUE(AgreeTo("eu-europol", joint).value());
}

TEST_F(OneConflict, IsOverriddenForAnUrgentAccountOnlyAndOnRecord) {
  world_.Holding("gb-nca", "email", "calm@mail.example");
  world_.Scan();
  const std::string calm = Pauses("pkg-fr");
  EXPECT_EQ(OverrideOf(calm, "pkg-fr").error().code, Code::kConflict) << "nothing in it is urgent";
  EXPECT_EQ(OverrideOf(id_, "pkg-fr").error().code, Code::kConflict) << "it does not pause that package";
  EXPECT_EQ(OverrideOf(id_, "pkg-none").error().code, Code::kNotFound);
  ASSERT_TRUE(OverrideOf(id_, "pkg-at"));
  EXPECT_EQ(Pauses("pkg-at"), "");
  EXPECT_EQ(Pauses("pkg-fr"), calm);
  EXPECT_EQ(world_.State(id_), "open") << "it is set aside, not settled";
  const auto shown = ShowDeconfliction(*world_.house.db, world_.house.See(), "xx-house", id_).value();
  EXPECT_EQ(shown["overrides"][0]["to"], "at-bk");
  EXPECT_EQ(shown["overrides"][0]["kind"], "referral");
  EXPECT_EQ(shown["overrides"][0]["officer"], "officer-1");
  EXPECT_EQ(world_.house.db
                ->TextOf("SELECT p.value FROM ledger_private p WHERE p.field='reason' AND p.leaf_index=?1",
                         shown["overrides"][0]["leaf"].get<int64_t>())
                .value(),
            "A test.");
  world_.Holding("eu-europol", "email", "one@mail.example");
  world_.Scan();
  EXPECT_EQ(Pauses("pkg-at"), id_) << "the officer did not know of the third party";
}

TEST_F(OneConflict, WhereNoPackageCarriesTheAccountItIsOverriddenForTheAuthorityThatWaits) {
  world_.Row("DELETE FROM package_account");
  EXPECT_EQ(OverrideOf(id_, "pkg-at").error().code, Code::kConflict);
  world_.Row(
      "INSERT INTO withheld (operation_key,account_key,authority,reason_code,reason) VALUES "
      "(1,?1,'at-bk','deconfliction','')",
      world_.KeyOf("one"));
  const auto waiting = [&](const OverrideFor& what) {
    return As(Act::kOverrideDeconfliction,
              [&](Transaction& transaction, const Permit& permit) { return Override(transaction, permit, id_, what); });
  };
  EXPECT_EQ(waiting({.package = "", .authority = "fr-ofmin"}).error().code, Code::kConflict);
  EXPECT_EQ(waiting({.package = "", .authority = ""}).error().code, Code::kInvalid);
  EXPECT_TRUE(waiting({.package = "", .authority = "at-bk"}));
  EXPECT_EQ(ShowDeconfliction(*world_.house.db, world_.house.See(), "xx-house", id_).value()["overrides"][0]["to"],
            "at-bk");
}

TEST_F(OneConflict, WhoIsToReceiveAnAccountIsAPartyThoughNoPackageCarriesItYet) {
  world_.Row("DELETE FROM package_account");
  world_.Account("later");
  world_.Selector("later", "email", "later@mail.example");
  world_.Destined("later", "at-bk");
  world_.Holding("gb-nca", "email", "later@mail.example");
  EXPECT_EQ(world_.Scan().new_count, 1);
  // Once it left, the package says so; refused, nobody works on it there.
  world_.Package("pkg-left", "at-bk", {"later"}, "refused");
  world_.Row("UPDATE package SET released_at=1 WHERE id='pkg-left'");
  world_.Scan();
  EXPECT_EQ(world_.house.Number("SELECT count(*) FROM coordination_interest WHERE kind='account' AND party='at-bk' AND "
                                "key=(SELECT key FROM coordination_key WHERE noun='account' AND noun_key=" +
                                std::to_string(world_.KeyOf("later")) + ")"),
            0);
}

TEST(AnswerProposal, IsAlreadyKnownWhenAllOfItCameByAnotherWayBefore) {
  Parties world;
  world.Received("pkg-a", "eu-europol", {"one", "two"}, 1);
  world.Received("case-1", "", {"three"}, 2);
  world.Received("pkg-b", "int-interpol", {"one", "three"}, 5);
  world.Received("pkg-c", "int-interpol", {"one", "new"}, 6);
  const auto propose = [&](const char* source) {
    return ProposeAnswer(*world.house.db, world.house.See(), "xx-house", source);
  };
  EXPECT_EQ(propose("pkg-a")->decision, "") << "what came first was not known";
  EXPECT_EQ(propose("pkg-a")->known_count, 0);
  const AnswerProposal second = propose("pkg-b").value();
  EXPECT_EQ(second.decision, "already_known");
  ASSERT_EQ(second.ways.size(), 2U);
  EXPECT_EQ(second.ways[0].channel, "eu-europol");
  EXPECT_EQ(second.ways[1].channel, "") << "a case of its own";
  EXPECT_EQ(propose("pkg-c")->decision, "") << "one account of it is new";
  EXPECT_EQ(propose("pkg-c")->known_count, 1);
  EXPECT_EQ(propose("pkg-none").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace crossguard::coordination
