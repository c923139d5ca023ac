// Erasure through three houses, A to B to C: every erasure is proved by receipt, and afterwards a search of every byte
// of every house finds none of the erased values. CROSSGUARD_ERASURES sets how many (100 unless it says another
// number).
#include <gmock/gmock.h>

#include <cstdlib>

#include "app/testing_retention.h"
#include "crosscheck/holdings.h"
#include "exchange/post.h"

namespace crossguard {
namespace {

using nlohmann::json;
using testing::IsEmpty;

int ErasureCount() {
  const char* const text = std::getenv("CROSSGUARD_ERASURES");
  return text == nullptr ? 100 : std::stoi(text);
}

std::string Digits(int i) {
  return std::to_string(7'310'000 + i);
}
std::string IdOf(int i) {
  return "u-kokako-" + Digits(i);
}
std::string MailOf(int i) {
  return "kokako." + Digits(i) + "@mail.example";
}

class EraseChain : public RetentionWorld {
 protected:
  void SetUp() override {
    RetentionWorld::SetUp();
    a_ = std::make_unique<RetentionNode>(root_, "aa-lead", 1);
    b_ = std::make_unique<RetentionNode>(root_, "bb-hub", 2);
    c_ = std::make_unique<RetentionNode>(root_, "cc-police", 3);
  }
  // `count` accounts in A, and one that stays; their mails go from A to B and from B to C, as contributions do.
  void Spread(int count) {
    std::string table = "report_id,provider,user_id,service,role,email,notes\r\n";
    for (int i = 0; i < count; ++i) {
      table += std::to_string(5'000 + i) + ",Kauri," + IdOf(i) + ",Kauri,reported," + MailOf(i) + ",\"Also writes as " +
               MailOf(i) + "\"\r\n";
    }
    table += "4999,Kauri,u-weka-1,Kauri,reported,weka.stays@mail.example,\r\n";
    Write("accounts.csv", table);
    a_->TakeIn(root_ + "/in");
    Contribute(*a_, *b_, count);
    Contribute(*b_, *c_, count);
  }
  void Contribute(RetentionNode& from, RetentionNode& to, int count) {
    json items = json::array();
    for (int i = 0; i < count; ++i) items.push_back({{"type", "email"}, {"value", MailOf(i)}, {"category", "suspect"}});
    items.push_back({{"type", "email"}, {"value", "weka.stays@mail.example"}, {"category", "suspect"}});
    const json contribution = {{"format", "crossguard-holdings/1"},
                               {"owner", from.self()},
                               {"purpose", "cross_check"},
                               {"handling", {"H0"}},
                               {"grade", "X4"},
                               {"contact", "desk@test.example"},
                               {"items", items}};
    from.Do(Act::kSendMessages, [&](Transaction& transaction, const Permit& permit) {
      for (size_t at = 0; at < items.size(); at += 50) {
        json part = json::array();
        for (size_t i = at; i < std::min(items.size(), at + 50); ++i) part.push_back(items[i]);
        ASSERT_TRUE(exchange::Post(transaction, permit, from.house().ids(),
                                   {.to = to.self(),
                                    .kind = MessageKind::kContribution,
                                    .body = {{"items", part}},
                                    .idempotency_key = std::to_string(at)}));
      }
    });
    to.Do(Act::kImportContribution, [&](Transaction& transaction, const Permit& permit) {
      const std::string text = contribution.dump();
      ASSERT_TRUE(crosscheck::ImportContribution(transaction, permit, to.house().ids(), AsBytes(text)));
    });
  }
  std::vector<std::string> Values(int count) const {
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i) {
      out.push_back(IdOf(i));
      out.push_back(MailOf(i));
    }
    return out;
  }
  std::unique_ptr<RetentionNode> a_, b_, c_;
};

TEST_F(EraseChain, EveryErasureIsProvedByReceiptAndNothingIsLeftAnywhere) {
  const int count = ErasureCount();
  Spread(count);
  for (RetentionNode* node : {a_.get(), b_.get(), c_.get()})
    EXPECT_FALSE(FilesHolding(node->folder(), {MailOf(0)}).empty()) << node->self();
  // Three years pass in A; the account that stays was decided upon.
  a_->SetClock(ParseInstant("2025-02-25T00:00:00Z").value());
  ASSERT_TRUE(KeepUntil(a_->house(), {.officer = "officer-3", .reason = "Case open."}, a_->AccountId("u-weka-1"),
                        ParseInstant("2026-01-01T00:00:00Z").value()));
  a_->SetClock(ParseInstant("2025-03-03T00:00:00Z").value());
  EXPECT_EQ(a_->Run()["erased"], count);
  EXPECT_EQ(a_->Number("SELECT count(*) FROM erasure WHERE state='erased'"), count) << "B has not proved it";

  EXPECT_EQ(Deliver(*a_, *b_), count);
  EXPECT_EQ(b_->Run()["executed_for_others"], count);
  Deliver(*b_, *a_);
  EXPECT_EQ(a_->Number("SELECT count(*) FROM erasure_notice WHERE state='partly'"), count) << "C has it still";
  EXPECT_EQ(OpenErasures(a_->house()).value()["recipients"].size(), static_cast<size_t>(count));

  EXPECT_EQ(Deliver(*b_, *c_), count);
  EXPECT_EQ(c_->Run()["executed_for_others"], count);
  EXPECT_EQ(Deliver(*c_, *b_), count);
  EXPECT_EQ(Deliver(*b_, *a_), count);

  EXPECT_EQ(a_->Number("SELECT count(*) FROM erasure_notice WHERE state='done'"), count);
  for (RetentionNode* node : {a_.get(), b_.get(), c_.get()}) {
    EXPECT_EQ(node->Number("SELECT count(*) FROM erasure WHERE state='done'"), count) << node->self();
    EXPECT_EQ(node->Number("SELECT count(*) FROM erasure_open"), 0) << node->self();
    EXPECT_THAT(FilesHolding(node->folder(), Values(count)), IsEmpty()) << node->self();
    EXPECT_TRUE(node->house().ledger().Verify(node->house().db()));
    EXPECT_TRUE(node->house().vault().Scrub({}));
  }
  EXPECT_EQ(OpenErasures(a_->house()).value()["recipients"].size(), 0U);
  // And nothing else went.
  EXPECT_NE(a_->AccountId("u-weka-1"), "");
  EXPECT_EQ(b_->Number("SELECT count(*) FROM holding WHERE value='weka.stays@mail.example'"), 1);
  EXPECT_EQ(c_->Number("SELECT count(*) FROM holding"), 1);
}

TEST_F(EraseChain, ARecipientThatIsSilentIsAskedAgainAndStaysOpen) {
  Spread(2);
  ASSERT_TRUE(a_->Erase({.kind = "account", .id = a_->AccountId(IdOf(0))}));
  EXPECT_EQ(Deliver(*a_, *b_), 1);
  EXPECT_EQ(a_->Run()["asked_again"], 0) << "its time has not come";
  a_->SetClock({a_->clock.Now().micros + 14 * kMicrosPerDay});
  EXPECT_EQ(Clocks(a_->house(), 100).value()["overdue"], 1);
  EXPECT_EQ(a_->Run()["asked_again"], 1);
  EXPECT_EQ(a_->Run()["asked_again"], 0) << "once in each time";
  EXPECT_EQ(Deliver(*a_, *b_), 1) << "the same order again";
  EXPECT_EQ(b_->Run()["executed_for_others"], 1) << "is executed once";
  EXPECT_EQ(OpenErasures(a_->house()).value()["recipients"][0]["asked_again"], 1);
}

TEST_F(EraseChain, NobodyErasesWhatDidNotComeFromHim) {
  Spread(3);
  // C asks B to erase what B has of A: B holds nothing of C, so nothing goes.
  ErasureNotice notice{.erasure = "era-abcdefghijklmnop", .owner = "aa-lead", .why = "order"};
  notice.marks = {MarkFor(notice.salt, "email", MailOf(0))};
  notice.messages = {"msg-abcdefghijklmnop"};
  notice.due_at = b_->clock.Now();
  ReceivedMessage message{.id = "msg-abcdefghijklmnop",
                          .from = "cc-police",
                          .kind = MessageKind::kErasureNotice,
                          .body = NoticeBody(notice),
                          .created = b_->clock.Now(),
                          .received = b_->clock.Now()};
  b_->Do(Act::kTakeMessages, [&](Transaction& transaction, const Permit& permit) {
    EXPECT_TRUE(HandlerOf(message.kind)(b_->house(), transaction, permit, message));
    message.body["owner"] = "bb-hub";
    const auto own = HandlerOf(message.kind)(b_->house(), transaction, permit, message);
    EXPECT_EQ(own.error().code, Code::kConflict);
  });
  b_->Run();
  EXPECT_EQ(b_->Number("SELECT count(*) FROM holding"), 4);
  // A receipt for what was not asked, or from whom it was not asked, is refused.
  b_->Do(Act::kTakeMessages, [&](Transaction& transaction, const Permit& permit) {
    message.kind = MessageKind::kErasureReceipt;
    message.body = ReceiptBody({.erasure = "era-abcdefghijklmnop", .state = "done"});
    EXPECT_EQ(HandlerOf(message.kind)(b_->house(), transaction, permit, message).error().code, Code::kNotFound);
  });
}

}  // namespace
}  // namespace crossguard
