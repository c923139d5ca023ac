// Bad input between real houses: refused or held with one sentence and its code, recorded, and nothing half applied.
#include <gmock/gmock.h>

#include "app/testing_carriage.h"
#include "exchange/post.h"
#include "register/package_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kMail = "weka.nikau.31@mail.example";
constexpr const char* kId = "u-weka-1414213";

class BadInputTest : public CarriedNodes {
 protected:
  std::vector<TestNode*> Carriers() override { return {}; }

  std::string Problem(TestNode& node, std::string_view kind) {
    return node.house->db()
        .TextOf("SELECT state||' '||problem_code||': '||problem FROM outbox WHERE kind=?1", kind)
        .value()
        .value_or("");
  }
  // Nothing of a package is there: no row, no file, and what was taken before is whole.
  void ExpectNothingOf(TestNode& node, const std::string& package) {
    EXPECT_EQ(Number(node, "SELECT count(*) FROM received_package"), 0);
    EXPECT_FALSE(std::filesystem::exists(node.house->Path("packages/received/nz-dia/" + package)));
    EXPECT_TRUE(node.house->ledger().Verify(node.house->db()));
  }
  std::string ReleasedPackage() {
    PutAccount(nz(), kId, kMail);
    return ReleaseAndSend(nz());
  }
};

TEST_F(BadInputTest, APackageForSomebodyElseIsRefusedAndNotKept) {
  PutAccount(nz(), kId, kMail);
  const std::string id = SealedPackage(nz());
  ASSERT_TRUE(Approve(nz(), id));
  const auto package = package_rows::FindPackage(nz().house->db(), id).value().value();
  ASSERT_EQ(package.authority, "at-bk");
  OutgoingMessage message{.to = "eu-europol", .kind = MessageKind::kReferralPackage};
  message.body = {{"package", id},  {"operation", package.operation_id},
                  {"gateway", "x"}, {"gateway_reason", "x"},
                  {"accounts", 1},  {"files", 0}};
  message.idempotency_key = id;
  message.labels = OwnLabelsTo(*nz().house, "eu-europol", "facilitate_exchange");
  message.attachment = package.folder;
  ASSERT_TRUE(PostAs(*nz().house,
                     {.act = Act::kSendMessages, .officer = "officer-1", .object_id = id, .reason = "test"}, message));
  Rounds(1);
  EXPECT_EQ(Problem(nz(), "referral_package"),
            "refused denied: The attached package is another one, of another sender, or for another recipient.");
  EXPECT_EQ(Text(europol(), "SELECT kind||' '||state FROM inbox"), "referral_package refused") << "recorded";
  ExpectNothingOf(europol(), id);
  EXPECT_TRUE(std::filesystem::is_empty(europol().house->Path("exchange/in/nz-dia"))) << "nor its bytes";
}

TEST_F(BadInputTest, AReceiverWithAFullDiskHoldsAPackageUntilThereIsRoomAndTakesItOnce) {
  const std::string id = ReleasedPackage();
  int full = 0;
  for (uint64_t writes = 0; StateOf(nz(), Text(nz(), "SELECT id FROM outbox")) != "taken"; ++writes) {
    ASSERT_LT(writes, 200U);
    at().files->FullAfter(writes);
    clock_.Advance(25 * kHours);
    Send(nz());
    full += at().files->full() ? 1 : 0;
    at().files->MakeRoom();
    if (Number(at(), "SELECT count(*) FROM received_package") == 0) {
      ExpectNothingOf(at(), id);
      EXPECT_THAT(Problem(nz(), "referral_package"), HasSubstr("exhausted: ")) << writes;
      EXPECT_THAT(Problem(nz(), "referral_package"), HasSubstr("make room and run the same command again."));
    }
    at().Close();
    at().Open();  // and whatever was left of the attempt, a house opens on it
  }
  EXPECT_GT(full, 3) << "the disk was full at each write, one after the other";
  EXPECT_EQ(Text(at(), "SELECT package||' '||sender FROM received_package"), id + " nz-dia");
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM inbox WHERE state='taken'"), 1);
  EXPECT_TRUE(at().house->ledger().Verify(at().house->db()));
}

TEST_F(BadInputTest, ASenderWithAFullDiskKeepsTheMessageAndSendsItOnceThereIsRoom) {
  const std::string id = ReleasedPackage();
  int full = 0;
  for (uint64_t writes = 0; StateOf(nz(), Text(nz(), "SELECT id FROM outbox")) != "taken"; ++writes) {
    ASSERT_LT(writes, 200U);
    nz().files->FullAfter(writes);
    clock_.Advance(25 * kHours);
    Line line(*this);
    const auto sent = SendMessages(*nz().house, Officer(), &line);
    if (!sent) {
      EXPECT_EQ(sent.error().code, Code::kExhausted) << sent.error().message;
    }
    full += nz().files->full() ? 1 : 0;
    nz().files->MakeRoom();
    EXPECT_LE(Number(at(), "SELECT count(*) FROM received_package"), 1);
    nz().Close();
    nz().Open();
  }
  EXPECT_GT(full, 3);
  EXPECT_EQ(Text(at(), "SELECT package FROM received_package"), id);
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM inbox"), 1);
  EXPECT_TRUE(nz().house->ledger().Verify(nz().house->db()));
}

TEST_F(BadInputTest, WhatWasMadeADayAheadOfThisClockIsHeldAndTakenWhenTheClocksAgree) {
  const std::string id = ReleasedPackage();
  clock_.Advance(25 * kHours);
  const auto made = exchange_rows::FindOutgoing(nz().house->db(), Text(nz(), "SELECT id FROM outbox")).value().value();
  ASSERT_TRUE(nz().house->db().Run("UPDATE outbox SET created_at=?1", clock_.Now()));
  clock_.Advance(-25 * kHours);  // at-bk's clock
  Send(nz());
  EXPECT_EQ(Problem(nz(), "referral_package"),
            "held unavailable: The message was made more than a day ahead of this node's clock; set the wrong clock of "
            "the two.");
  EXPECT_EQ(Text(at(), "SELECT state FROM inbox WHERE id='" + made.id + "'"), "held") << "recorded";
  ExpectNothingOf(at(), id);
  clock_.Advance(25 * kHours);
  Send(nz());
  EXPECT_THAT(Problem(nz(), "referral_package"), StartsWith("taken "));
  EXPECT_EQ(Text(at(), "SELECT package FROM received_package"), id);
}

TEST_F(BadInputTest, WhatARevokedKeySignedIsRefusedAndALeafTellsOfIt) {
  const std::string id = ReleasedPackage();
  ASSERT_TRUE(RevokePeer(*at().house, Second("officer-3"), "nz-dia"));
  const int64_t leaves = Number(at(), "SELECT count(*) FROM ledger_leaf WHERE act='take_messages'");
  Send(nz());
  EXPECT_EQ(Problem(nz(), "referral_package"),
            "refused denied: The identity of nz-dia has been revoked here; ask to be pinned anew.");
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM ledger_leaf WHERE act='take_messages'"), leaves + 1) << "recorded";
  ExpectNothingOf(at(), id);
}

TEST_F(BadInputTest, ToWhomNobodyKnowsNothingIsSent) {
  const std::string path = root_ + "/holdings.json";
  const json holdings = {{"format", "crossguard-holdings/1"}, {"owner", "nz-dia"}, {"items", json::array()}};
  ASSERT_TRUE(nz().files->WriteWhole(path, AsBytes(holdings.dump())));
  for (const char* nobody : {"xx-nobody", "nz-dia", ""}) {
    const auto sent = SendHoldings(*nz().house, Officer(), path, nobody);
    ASSERT_FALSE(sent) << nobody;
    EXPECT_EQ(sent.error().code, Code::kNotFound);
    EXPECT_EQ(sent.error().message, "'" + std::string(nobody) + "' is no other authority of the authority book.");
  }
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM outbox"), 0);
}

TEST_F(BadInputTest, WhatItsReceiverWouldRefuseIsNotPostedAndNothingIsDecided) {
  const std::string id = ReleasedPackage();
  Send(nz());
  const auto reply = [&](const std::string& decision, const std::string& number, const std::string& text) {
    return ReplyToPackage(*at().house, Officer(),
                          {.package = id, .decision = decision, .case_number = number, .text = text});
  };
  const std::string long_text(17'000, 'x');
  for (const auto& bad :
       {reply("accept", std::string(201, '7'), ""), reply("accept", "two\nlines", ""), reply("accept", "", ""),
        reply("ask", "", ""), reply("ask", "", long_text), reply("already_known", "", "\xFF")}) {
    ASSERT_FALSE(bad) << bad->dump();
    EXPECT_EQ(bad.error().code, Code::kInvalid);
    EXPECT_TRUE(bad.error().message.ends_with('.')) << bad.error().message;
  }
  EXPECT_EQ(Text(at(), "SELECT decision FROM received_package"), "");
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM coordination_interest"), 0);
  for (const auto& bad :
       {AskInformation(*at().house, Officer(), {.to = "nz-dia", .question = long_text, .legal_basis = "x"}),
        AskInformation(*at().house, Officer(), {.to = "nz-dia", .question = "x", .legal_basis = "two\nlines"}),
        SendCorrection(*at().house, Officer(), {.to = "nz-dia", .about = "pkg-x", .text = "x"}),
        SendCorrection(*at().house, Officer(), {.to = "nz-dia", .about = id, .text = ""}),
        RecallPackage(*nz().house, Officer(), id, std::string(1'001, 'x'))}) {
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, Code::kInvalid) << bad.error().message;
  }
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM outbox"), 0);
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM information_request"), 0);
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM outbox"), 1) << "the package alone";
}

}  // namespace
}  // namespace crossguard
