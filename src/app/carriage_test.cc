// By way of an organisation: three real houses, of which the one in the middle carries what it cannot read.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "app/carriage_desk.h"
#include "app/desk.h"
#include "app/mail_request.h"
#include "app/outcome_desk.h"
#include "app/post_desk.h"
#include "app/request_desk.h"
#include "app/testing_carriage.h"
#include "crypto/digest.h"
#include "exchange/envelope.h"

namespace crossguard {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kMail = "tui.harakeke.77@mail.example";
constexpr const char* kId = "u-tui-3141592";

class CarriageTest : public CarriedNodes {
 protected:
  void SetUp() override {
    CarriedNodes::SetUp();
    PinByWay(nz(), at(), "eu-europol");
    PinByWay(at(), nz(), "eu-europol");
  }
  // nz-dia and at-bk reach each other through eu-europol alone.
  std::vector<std::string> ViasOf(const std::string& from, const std::string& to) const override {
    return {from != "eu-europol" && to != "eu-europol" ? "eu-europol" : ""};
  }
  std::vector<TestNode*> Carriers() override { return {&europol()}; }
  // One account of Austria in nz-dia, in a package that left.
  std::string ReleasedPackage() {
    PutAccount(nz(), kId, kMail);
    return ReleaseAndSend(nz());
  }
};

TEST_F(CarriageTest, AQuestionAndItsAnswerTravelSealedAndTheReceiptsComeBackFromTheEnd) {
  Hold(at(), kMail);
  const std::string id = AskFor(kMail);
  Rounds();
  EXPECT_EQ(StateOf(nz(), id), "taken");
  EXPECT_THAT(Text(nz(), "SELECT receipt FROM outbox WHERE kind='hit_query'"), HasSubstr("crossguard/at-bk/messages"))
      << "signed by the one at the end, whoever brought it";
  EXPECT_THAT(Text(nz(), "SELECT answers FROM hit_query"), HasSubstr("desk@at-bk.example"));
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM inbox WHERE sender='nz-dia' AND state='taken'"), 1);
  // The one in the middle knows that something went, and nothing of what.
  EXPECT_EQ(Text(europol(),
                 "SELECT group_concat(origin||' '||kind||' '||state,', ') FROM (SELECT * FROM carriage ORDER "
                 "BY begun_at)"),
            "nz-dia hit_query delivered, at-bk hit_answer delivered");
  EXPECT_THAT(FilesHolding(root_ + "/eu-europol", {kMail}), IsEmpty());
  EXPECT_THAT(LyingWith(europol()), IsEmpty()) << "kept no longer than it is on its way";
  EXPECT_EQ(Number(europol(), "SELECT count(*) FROM outbox WHERE state<>'taken'"), 0);
  EXPECT_EQ(ListCarried(*nz().house).value().size(), 2U) << "there, and back";
  EXPECT_TRUE(europol().house->ledger().Verify(europol().house->db()));
}

TEST_F(CarriageTest, AlsoByFolderAndWhenAPartIsHandedOverTwice) {
  const std::string stick = root_ + "/stick";
  std::filesystem::create_directories(stick);
  for (TestNode* node : {&nz(), &at()}) {
    PinFolder(*node, europol(), stick);
    PinFolder(europol(), *node, stick);
  }
  Hold(at(), kMail);
  const std::string id = AskFor(kMail);
  for (int round = 0; round < 8; ++round) {
    for (TestNode& node : nodes_) {
      Send(node);
      ASSERT_TRUE(CollectMessages(*node.house, Officer(), stick));
    }
    clock_.Advance(25 * kHours);  // receipts are late: everything is handed over again
  }
  EXPECT_EQ(StateOf(nz(), id), "taken");
  EXPECT_EQ(Number(at(), "SELECT sum(asked_count) FROM hit_quota"), 1);
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM hit_query WHERE answered_at IS NOT NULL"), 1);
  EXPECT_THAT(FilesHolding(stick, {kMail}), IsEmpty());
}

TEST_F(CarriageTest, KilledAnywhereEachMessageHasItsEffectOnceAndItsReceiptFromTheEnd) {
  constexpr int kMessages = 40;
  SeededRandom random(11);
  Line line(*this);
  int died = 0;
  std::vector<std::string> ids;
  for (int i = 0; i < kMessages; ++i) ids.push_back(AskFor("k" + std::to_string(i) + "@x.example"));
  for (int round = 0; round < 60; ++round) {
    for (TestNode* node : {&nz(), &europol(), &at()}) {
      clock_.Advance(7 * kHours);
      if (round < 40) {
        for (TestNode* victim : {&nz(), &europol(), &at()}) {
          if (random.Chance(0.6)) victim->files->DieAfter(random.Below(1'200));
        }
      }
      (void)SendMessages(*node->house, Officer(), &line);
      for (TestNode& victim : nodes_) {
        const bool dead = victim.files->dead();
        died += dead ? 1 : 0;
        victim.files->Revive();
        if (dead) {
          victim.Close();
          victim.Open();
        }
      }
    }
  }
  EXPECT_GT(died, 8);
  for (const std::string& id : ids) EXPECT_EQ(StateOf(nz(), id), "taken") << id;
  EXPECT_EQ(Number(at(), "SELECT sum(asked_count) FROM hit_quota"), kMessages);
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM hit_query WHERE answered_at IS NOT NULL"), kMessages);
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM outbox WHERE state<>'taken'"), 0);
  EXPECT_EQ(Number(europol(), "SELECT count(*) FROM carriage WHERE state<>'delivered'"), 0);
  EXPECT_EQ(Number(europol(), "SELECT count(*) FROM carriage"), 2 * kMessages);
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM inbox WHERE kind='hit_query' AND state='taken'"), kMessages);
}

TEST_F(CarriageTest, ACarrierWithoutAGatewayRefusesWithOneSentenceThatTheOriginReads) {
  // Its own book names it for nothing.
  const std::string path = europol().options.data_folder + "/config/authorities.toml";
  std::string book = std::string(AsText(europol().files->ReadWhole(path, 1U << 20U).value()));
  for (size_t at = 0; (at = book.find("via = \"eu-europol\"\n")) != std::string::npos;) book.erase(at, 19);
  europol().Close();
  std::ofstream(path) << book;
  europol().Open();
  const std::string id = AskFor(kMail);
  Rounds();
  EXPECT_EQ(StateOf(nz(), id), "sealed");
  EXPECT_EQ(Text(nz(), "SELECT problem_code||': '||problem FROM outbox WHERE kind='hit_query'"),
            "denied: eu-europol does not carry it: No gateway from nz-dia to at-bk names eu-europol as the one that "
            "carries this; enter one, or send it straight.");
  EXPECT_EQ(Number(europol(), "SELECT count(*) FROM carriage"), 0);
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM inbox"), 0);
  EXPECT_THAT(LyingWith(europol()), IsEmpty());
}

TEST_F(CarriageTest, ACarrierThatAltersBytesIsRefusedAndTheMessageGoesAgain) {
  for (const bool in_its_page_too : {false, true}) {
    const std::string id = AskFor(in_its_page_too ? "a@x.example" : "b@x.example");
    Send(nz());
    const std::string folder = europol().house->Path("exchange/carried/through/nz-dia/" + id);
    ASSERT_TRUE(std::filesystem::exists(folder));
    Bytes envelope = europol().files->ReadWhole(folder + "/envelope.age", 1U << 20U).value();
    std::filesystem::remove(folder + "/envelope.age");
    envelope[envelope.size() / 2] ^= 1U;
    ASSERT_TRUE(europol().files->WriteWhole(folder + "/envelope.age", envelope));
    if (in_its_page_too) {
      const Bytes page = europol().files->ReadWhole(folder + "/outer.json", 1U << 20U).value();
      exchange::ParcelOuter outer = exchange::ParseOuter(page).value();
      for (exchange::ParcelFile& file : outer.files) {
        if (file.name == exchange::kEnvelopeName) file.sha256 = HashSha256(envelope);
      }
      std::filesystem::remove(folder + "/outer.json");
      ASSERT_TRUE(europol().files->WriteWhole(folder + "/outer.json", AsBytes(exchange::OuterText(outer))));
    }
    const int64_t before = Number(at(), "SELECT coalesce(sum(asked_count),0) FROM hit_quota");
    Rounds(1);
    EXPECT_EQ(Number(at(), "SELECT coalesce(sum(asked_count),0) FROM hit_quota"), before);
    EXPECT_NE(StateOf(nz(), id), "taken");
    const std::string problem = nz().house->db().TextOf("SELECT problem FROM outbox WHERE id=?1", id).value().value();
    EXPECT_FALSE(problem.empty());
    clock_.Advance(48 * kHours);
    Rounds();
    EXPECT_EQ(StateOf(nz(), id), "taken") << problem;
    EXPECT_EQ(Number(at(), "SELECT coalesce(sum(asked_count),0) FROM hit_quota"), before + 1);
  }
}

TEST_F(CarriageTest, WhatIsSaidToTheCarrierOfItsKindMustBeTrue) {
  const std::string id = AskFor(kMail);
  Send(nz());
  ASSERT_TRUE(europol().house->db().Run("UPDATE outbox SET body=replace(body,'hit_query','recall')"));
  Rounds(1);
  EXPECT_EQ(Text(at(), "SELECT state FROM carriage WHERE direction='in'"), "refused");
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM hit_quota"), 0);
  EXPECT_EQ(StateOf(nz(), id), "refused");
}

TEST_F(CarriageTest, APackageARecallAndAnErasureGoTheSameWayAndAllAreNamed) {
  // at-bk is pinned with a channel of its own, and the gateway names the organisation: packages go by its way.
  Pin(nz(), at());
  const std::string package = ReleasedPackage();
  Rounds();
  EXPECT_EQ(Text(nz(), "SELECT state FROM outbox WHERE kind='referral_package'"), "taken")
      << Text(nz(), "SELECT problem FROM outbox WHERE kind='referral_package'");
  EXPECT_EQ(Text(at(), "SELECT sender||' '||via FROM received_package"), "nz-dia eu-europol");
  EXPECT_THAT(FilesHolding(root_ + "/eu-europol", {kMail, kId}), IsEmpty());
  EXPECT_THAT(LyingWith(europol()), IsEmpty());
  const json received = ListReceivedPackages(*at().house).value();
  EXPECT_EQ(received[0]["via"], "eu-europol");
  // To deconfliction it came from nz-dia, whoever carried it: straight, or by two organisations, it is one.
  const auto replied =
      ReplyToPackage(*at().house, Officer(), {.package = package, .decision = "already_known", .case_number = ""});
  ASSERT_TRUE(replied) << replied.error().message;
  EXPECT_EQ(Text(at(), "SELECT DISTINCT channel FROM coordination_interest"), "nz-dia") << replied->dump();
  Rounds();
  EXPECT_EQ(Text(nz(), "SELECT state FROM package WHERE id='" + package + "'"), "already_known");
  ASSERT_TRUE(RecallPackage(*nz().house, Officer(), package, "Sent by mistake."));
  Rounds();
  EXPECT_EQ(ListRecalls(*nz().house).value()[0]["state"], "acknowledged");
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM carriage WHERE direction='out' AND kind='recall' AND state='settled'"),
            1);
  const json figures = CarriedFigures(nz().house->db()).value();
  EXPECT_EQ(figures[1], json({{"carrier", "eu-europol"},
                              {"destination", "at-bk"},
                              {"kind", "referral_package"},
                              {"messages", 1},
                              {"taken", 1}}))
      << figures.dump();
  EXPECT_EQ(Picture(*nz().house, Officer(), "kauri", "").value()["carried"], figures);
  for (TestNode& node : nodes_) {
    const json balance = TakeBalance(*node.house, "officer-1").value();
    EXPECT_THAT(balance.dump(), HasSubstr("\"carried\"")) << node.id;
  }
  // Cleared: the same way again, and gone at the end of it.
  const EraseTarget target{.kind = "account", .id = Text(nz(), "SELECT id FROM account")};
  ASSERT_TRUE(ApproveErasure(*nz().house, Second("officer-2"), target, "cleared", false));
  ASSERT_TRUE(ApproveErasure(*nz().house, Second("officer-3"), target, "cleared", false));
  Rounds();
  EXPECT_EQ(RunRetention(*at().house, Second("officer-3")).value()["executed_for_others"], 1);
  Rounds();
  EXPECT_EQ(Text(nz(), "SELECT state FROM erasure"), "done");
  EXPECT_FALSE(std::filesystem::exists(at().house->Path("packages/received/nz-dia/" + package)));
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM coordination_interest"), 0);
  for (TestNode& node : nodes_) EXPECT_THAT(FilesHolding(root_ + "/" + node.id, {kMail, kId}), IsEmpty()) << node.id;
}

}  // namespace
}  // namespace crossguard
