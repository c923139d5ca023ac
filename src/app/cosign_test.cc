// Checkpoints between houses: asked, cosigned, and what happens to a house that goes back in time.
#include "app/cosign_desk.h"
#include "app/testing_retention.h"
#include "custody/witness.h"
#include "register/exchange_rows.h"
#include "register/witness_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

class CosignDesk : public RetentionWorld {
 protected:
  void SetUp() override {
    RetentionWorld::SetUp();
    a_ = std::make_unique<RetentionNode>(root_, "aa-lead", 1);
    b_ = std::make_unique<RetentionNode>(root_, "bb-hub", 2);
    c_ = std::make_unique<RetentionNode>(root_, "cc-police", 3);
    const std::string path = a_->folder() + "/config/retention.toml";
    std::ifstream in(path);
    std::string rules{std::istreambuf_iterator<char>(in), {}};
    rules.replace(rules.find("authorities = []"), 16, "authorities = [\"bb-hub\", \"cc-police\", \"dd-police\"]");
    std::ofstream(path) << rules;
    Grow(3);
  }
  void Grow(int leaves) {
    for (int i = 0; i < leaves; ++i) a_->Do(Act::kAskInformation, [](Transaction&, const Permit&) {});
  }
  json Ask() {
    const auto asked = AskCosignatures(a_->house(), officer_);
    EXPECT_TRUE(asked) << asked.error().message;
    return asked.value_or(json());
  }
  const Actor officer_{.officer = "officer-1", .reason = "Daily."};
  std::unique_ptr<RetentionNode> a_, b_, c_;
};

TEST_F(CosignDesk, TwoOfThreeCoverASizeAndTheLedgerSaysWhichOne) {
  EXPECT_EQ(ShowWitnesses(a_->house()).value()["quorum_size"], 0);
  const json first = Ask();
  EXPECT_EQ(first["asked"].size(), 3U);
  EXPECT_EQ(Deliver(*a_, *b_), 1);
  EXPECT_EQ(Deliver(*b_, *a_), 1);
  EXPECT_EQ(ShowWitnesses(a_->house()).value()["quorum_size"], 0) << "one is not two";
  EXPECT_EQ(Deliver(*a_, *c_), 1);
  EXPECT_EQ(Deliver(*c_, *a_), 1);
  EXPECT_EQ(ShowWitnesses(a_->house()).value()["quorum_size"], first["size"]);
  EXPECT_EQ(b_->Number("SELECT size FROM witnessed"), first["size"].get<int64_t>());
  Grow(300);
  const json second = Ask();
  EXPECT_GT(second["size"].get<int64_t>(), first["size"].get<int64_t>() + 300);
  for (RetentionNode* witness : {b_.get(), c_.get()}) {
    Deliver(*a_, *witness);
    Deliver(*witness, *a_);
  }
  const json shown = ShowWitnesses(a_->house()).value();
  EXPECT_EQ(shown["quorum_size"], second["size"]);
  EXPECT_EQ(shown["cosigned"][0]["by"], json({"bb-hub", "cc-police"}));
  EXPECT_TRUE(shown["alarms"].empty());
  // A kept line that was changed is found.
  a_->Sql("UPDATE cosignature SET line=replace(line,'A','B') WHERE witness='bb-hub'");
  EXPECT_EQ(ShowWitnesses(a_->house()).error().code, Code::kCorrupt);
}

TEST_F(CosignDesk, AfterALostAnswerTheProofBeginsWhereTheWitnessStands) {
  Ask();
  EXPECT_EQ(Deliver(*a_, *b_), 1);
  b_->Sql("UPDATE outbox SET state='taken'");  // the answer is lost: A does not know what B saw
  Grow(10);
  const json second = Ask();
  EXPECT_EQ(Deliver(*a_, *b_), 1);
  EXPECT_EQ(Deliver(*b_, *a_), 1) << "a conflict, which names the size";
  EXPECT_EQ(Deliver(*a_, *b_), 1) << "asked again from there";
  EXPECT_EQ(Deliver(*b_, *a_), 1);
  // At least what was asked for: the house's own leaf about the asking is published by then, too.
  EXPECT_GE(a_->Number("SELECT max(size) FROM cosignature WHERE witness='bb-hub'"), second["size"].get<int64_t>());
}

TEST_F(CosignDesk, ALedgerKeyThatIsNotThePinnedOneIsRefused) {
  Ask();
  const ReceivedMessage message{.id = "msg-a",
                                .from = "aa-lead",
                                .kind = MessageKind::kCheckpoint,
                                .body = json::parse(a_->TextOf("SELECT body FROM outbox WHERE recipient='bb-hub'")),
                                .in_reply_to = "",
                                .attachment = ""};
  const auto pin = [&](const std::string& verifier) {
    Transaction transaction = Transaction::Begin(b_->house().db()).value();
    EXPECT_TRUE(exchange_rows::PutPeer(transaction, {.authority = "aa-lead",
                                                     .identity = "identity",
                                                     .verifier = "verifier",
                                                     .age_recipient = "age1",
                                                     .tls_key_sha256 = {},
                                                     .sealing_certificate = "certificate",
                                                     .sender_ca = "ca",
                                                     .ledger_verifier = verifier,
                                                     .channel = "folder",
                                                     .address = "/tmp",
                                                     .pinned_at = b_->clock.Now(),
                                                     .revoked_at = std::nullopt}));
    EXPECT_TRUE(transaction.Commit());
  };
  pin(VerifierText(b_->house().ledger().verifier()));
  b_->Do(Act::kTakeMessages, [&](Transaction& transaction, const Permit& permit) {
    EXPECT_EQ(HandlerOf(message.kind)(b_->house(), transaction, permit, message).error().code, Code::kDenied);
    EXPECT_TRUE(transaction.Restart());
  });
  pin(VerifierText(a_->house().ledger().verifier()));
  b_->Do(Act::kTakeMessages, [&](Transaction& transaction, const Permit& permit) {
    EXPECT_TRUE(HandlerOf(message.kind)(b_->house(), transaction, permit, message));
  });
}

TEST_F(CosignDesk, AHouseThatIsPutBackToAnOldBackupIsFoundOut) {
  namespace fs = std::filesystem;
  a_->house().ledger().Publish(a_->house().db()).value();
  ASSERT_TRUE(retention_rows::CutWriteAheadLog(a_->house().db()));
  fs::copy(a_->folder(), root_ + "/backup", fs::copy_options::recursive);
  Grow(20);
  Ask();
  Deliver(*a_, *b_);
  Deliver(*b_, *a_);
  // The operator puts everything back, ledger folder and all, and goes on with another history.
  a_.reset();
  fs::remove_all(root_ + "/aa-lead");
  fs::copy(root_ + "/backup", root_ + "/aa-lead", fs::copy_options::recursive);
  fs::remove(root_ + "/aa-lead/lock");
  a_ = std::make_unique<RetentionNode>(root_, "aa-lead", 9);
  Grow(60);
  Ask();
  Deliver(*a_, *b_);
  Deliver(*b_, *a_);  // a conflict: B has seen more than A knows
  Deliver(*a_, *b_);  // from there A cannot prove anything true
  Deliver(*b_, *a_);
  EXPECT_EQ(b_->Number("SELECT count(*) FROM witness_alarm WHERE kind='rewritten'"), 1);
  EXPECT_EQ(a_->Number("SELECT count(*) FROM cosignature"), 0);
  EXPECT_EQ(ShowWitnesses(a_->house()).value()["alarms"][0]["kind"], "refused_by_witness");
}

TEST_F(CosignDesk, WhoIsNoWitnessOrSendsAnotherShapeIsRefused) {
  Ask();
  const json body = json::parse(a_->TextOf("SELECT body FROM outbox WHERE recipient='bb-hub'"));
  const auto take = [&](json changed, MessageKind kind = MessageKind::kCheckpoint) {
    Code code{};
    b_->Do(Act::kTakeMessages, [&](Transaction& transaction, const Permit& permit) {
      const ReceivedMessage message{.id = "msg-x", .from = "aa-lead", .kind = kind, .body = std::move(changed)};
      const auto handled = HandlerOf(kind)(b_->house(), transaction, permit, message);
      code = handled ? Code{} : handled.error().code;
      if (!handled) {
        EXPECT_TRUE(transaction.Restart());
      }
    });
    return code;
  };
  for (const auto& item : body.items()) {
    json changed = body;
    changed.erase(item.key());
    EXPECT_EQ(take(changed), Code::kInvalid) << item.key();
    changed[item.key()] = json::object();
    EXPECT_EQ(take(changed), Code::kInvalid) << item.key();
  }
  json changed = body;
  changed["more"] = 1;
  EXPECT_EQ(take(changed), Code::kInvalid);
  changed = body;
  changed["version"] = 2;
  EXPECT_EQ(take(changed), Code::kUnsupported);
  EXPECT_EQ(b_->Number("SELECT count(*) FROM witnessed"), 0);
  const json answer = {{"version", 1},
                       {"state", "cosigned"},
                       {"last_seen", 1},
                       {"verifier", VerifierText(a_->house().ledger().verifier())},
                       {"line", "x"}};
  EXPECT_EQ(take(answer, MessageKind::kCheckpointCosigned), Code::kDenied);
}

}  // namespace
}  // namespace crossguard
