// One account reaches a country straight and by the hands of an organisation: it is seen as one, and the organisation
// sees nothing. Four real houses: nz-dia reaches at-bk through int-hotline alone, eu-europol reaches both straight.
#include <gmock/gmock.h>

#include "app/carriage_desk.h"
#include "app/coordination_desk.h"
#include "app/interest_desk.h"
#include "app/outcome_desk.h"
#include "app/testing_carriage.h"
#include "exchange/post.h"

namespace crossguard {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kMail = "kea.rata.88@mail.example";
constexpr const char* kId = "u-kea-2718281";
constexpr const char* kCameBefore = "It had come before by another way; it is kept once.";

class TwoWaysTest : public CarriedNodes {
 protected:
  void SetUp() override {
    CarriedNodes::SetUp();
    PinByWay(nz(), at(), "int-hotline");
    PinByWay(at(), nz(), "int-hotline");
  }
  TestNode& hotline() { return nodes_[3]; }
  std::vector<TestNode*> Carriers() override { return {&hotline()}; }
  std::vector<std::string> Ids() const override { return {"nz-dia", "eu-europol", "at-bk", "int-hotline"}; }
  std::vector<std::string> ViasOf(const std::string& from, const std::string& to) const override {
    const auto end = [](const std::string& id) { return id == "nz-dia" || id == "at-bk"; };
    return {end(from) && end(to) ? "int-hotline" : ""};
  }
  std::string DataKinds() const override { return R"("selectors", "referral", "outcomes")"; }

  static Actor Supervisor() { return Second("officer-2"); }
  // What at-bk answers, and so works on.
  json Reply(const std::string& package, const std::string& decision) {
    const auto replied = ReplyToPackage(
        *at().house, Officer(),
        {.package = package, .decision = decision, .case_number = decision == "accept" ? "AT-1/26" : ""});
    EXPECT_TRUE(replied) << replied.error().message;
    return replied.value_or(json());
  }
  std::string Deconfliction(TestNode& node) {
    EXPECT_EQ(Number(node, "SELECT count(*) FROM deconfliction"), 1) << node.id;
    return Text(node, "SELECT id FROM deconfliction");
  }
  std::string Parties(TestNode& node) {
    return Text(node,
                "SELECT group_concat(party||' '||channel,', ') FROM (SELECT party,channel FROM "
                "deconfliction_party ORDER BY party,channel)");
  }
  std::string Notices(TestNode& node) {
    return Text(node, "SELECT group_concat(origin||': '||other||' '||contact||' '||state) FROM deconfliction_notice");
  }
  // Both coordinator and lead have sent at-bk the account; the ids of the packages.
  struct Sent {
    std::string straight, carried;
  };
  Sent SendBoth() {
    PutAccount(europol(), kId, kMail);
    PutAccount(nz(), kId, kMail);
    Sent out{.straight = ReleaseAndSend(europol()), .carried = ReleaseAndSend(nz())};
    Rounds();
    EXPECT_EQ(
        Text(at(), "SELECT group_concat(sender||' '||via,', ') FROM (SELECT * FROM received_package ORDER BY sender)"),
        "eu-europol , nz-dia int-hotline");
    return out;
  }
  // The carrier has handed on what it could not read and does not hold.
  void ExpectBlind(TestNode& carrier, std::vector<std::string> secrets) {
    secrets.insert(secrets.end(), {kMail, kId});
    EXPECT_THAT(FilesHolding(root_ + "/" + carrier.id, secrets), IsEmpty());
    EXPECT_THAT(LyingWith(carrier), IsEmpty());
    EXPECT_EQ(Number(carrier,
                     "SELECT (SELECT count(*) FROM deconfliction)+(SELECT count(*) FROM deconfliction_notice)+"
                     "(SELECT count(*) FROM coordination_interest)+(SELECT count(*) FROM received_package)"),
              0);
    EXPECT_TRUE(carrier.house->ledger().Verify(carrier.house->db()));
  }
  // From now on nz-dia reaches at-bk straight, as it sees it.
  void GoStraight() {
    EditBook(nz(), [](std::string& book) {
      const std::string line = "via = \"int-hotline\"\n";
      for (size_t i = 0; (i = book.find(line)) != std::string::npos;) book.erase(i, line.size());
    });
    Pin(nz(), at());
    clock_.Advance(25 * kHours);  // what was handed over is due again
  }
  // Everything that at-bk has of packages and messages of nz-dia.
  std::string HeldByAt() {
    return Text(at(),
                "SELECT group_concat(package||'|'||message_id||'|'||via||'|'||received_at||'|'||decision||'|'||"
                "coalesce(recalled_at,'')) FROM received_package WHERE sender='nz-dia'") +
           Text(at(),
                "SELECT group_concat(id||'|'||state||'|'||received_at||'|'||receipt) FROM inbox WHERE "
                "sender='nz-dia' AND kind='referral_package'");
  }
  std::string MessageAtNz() {
    return Text(nz(), "SELECT id||' '||state||' '||problem_code||problem FROM outbox WHERE kind='referral_package'");
  }
};

TEST_F(TwoWaysTest, OneAccountStraightAndCarriedIsOneDeconflictionAndTheContactsLearnOfEachOtherAlone) {
  const Sent sent = SendBoth();
  Reply(sent.straight, "accept");
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM deconfliction"), 0) << "one way alone is no conflict";
  ASSERT_FALSE(NoteReceived(*at().house, Officer(), "nz-dia", sent.carried).value().contains("not_noted"));
  const json proposal = ProposeAnswer(*at().house, "officer-1", sent.carried).value();
  EXPECT_EQ(proposal["proposed_answer"], "already_known") << proposal;
  EXPECT_EQ(proposal["ways"][0]["known_through"], "eu-europol");
  Reply(sent.carried, "already_known");

  const std::string id = Deconfliction(at());
  EXPECT_EQ(Parties(at()), "at-bk eu-europol, at-bk nz-dia") << "of who sent it, not of who carried it";
  EXPECT_EQ(Text(at(), "SELECT state FROM deconfliction"), "contacts_told");
  const auto notice = [&](const std::string& to, const std::string& other) {
    return to + " " + R"({"deconfliction":")" + id +
           R"(","format":"crossguard-deconfliction-notice/1","kind":"account","other":{)" + R"("authority":")" + other +
           R"(","contact":"desk@)" + other + R"(.example"},"since":"2026-02-25"})";
  };
  EXPECT_EQ(Text(at(),
                 "SELECT group_concat(recipient||' '||body,'; ') FROM (SELECT * FROM outbox WHERE "
                 "kind='deconfliction_notice' ORDER BY recipient)"),
            notice("eu-europol", "nz-dia") + "; " + notice("nz-dia", "eu-europol"));
  Rounds();
  EXPECT_EQ(Notices(nz()), "at-bk: eu-europol desk@eu-europol.example open");
  EXPECT_EQ(Notices(europol()), "at-bk: nz-dia desk@nz-dia.example open");
  EXPECT_THAT(FilesHolding(root_ + "/eu-europol", {sent.carried}), IsEmpty()) << "nothing of the other's package";
  EXPECT_THAT(FilesHolding(root_ + "/nz-dia", {sent.straight}), IsEmpty());
  ExpectBlind(hotline(), {id, sent.straight, sent.carried});

  // Found once, and settled once.
  EXPECT_EQ(ScanForDeconfliction(*at().house, Officer()).value()["new"], 0);
  const coordination::Settlement agreed{
      .deconfliction = id, .leads = "at-bk", .outcome = "one_leads", .agreed_by = {"eu-europol", "nz-dia"}};
  const auto settled = SettleDeconfliction(*at().house, Supervisor(), agreed);
  ASSERT_TRUE(settled) << settled.error().message;
  EXPECT_EQ((*settled)["told"].dump(), R"(["eu-europol","nz-dia"])");
  EXPECT_EQ(SettleDeconfliction(*at().house, Supervisor(), agreed).error().code, Code::kConflict);
  Rounds();
  EXPECT_EQ(Notices(nz()), "at-bk: eu-europol desk@eu-europol.example settled");
  EXPECT_EQ(Notices(europol()), "at-bk: nz-dia desk@nz-dia.example settled");
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM deconfliction_settlement"), 1);
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM ledger_leaf WHERE act='settle_deconfliction'"), 1);
  EXPECT_EQ(ScanForDeconfliction(*at().house, Officer()).value()["open"], 0);
  ExpectBlind(hotline(), {id});
}

TEST_F(TwoWaysTest, TheLeadsReleaseWaitsUntilBothHaveSaidTheSameOneStraightAndOneCarried) {
  PutAccount(europol(), kId, kMail);
  PutAccount(nz(), kId, kMail);
  ReleaseAndSend(europol());
  const std::string package = SealedPackage(nz());
  const std::string secret = KeepOperationSecret(*nz().house, Supervisor(), "kauri", "").value()["file"];
  ASSERT_TRUE(KeepOperationSecret(*europol().house, Supervisor(), "kauri", secret));
  ASSERT_TRUE(SendClaims(*europol().house, Officer(), "kauri", "nz-dia"));
  Rounds();
  const std::string id = Deconfliction(nz());
  EXPECT_EQ(Parties(nz()), "at-bk , at-bk eu-europol") << "its own package to be, and the coordinator's";
  const auto waits = [&] {
    const auto approved = ApproveRelease(*nz().house, Second("officer-2"), {package}, "");
    ASSERT_FALSE(approved);
    EXPECT_EQ(approved.error().code, Code::kConflict);
    EXPECT_THAT(approved.error().message, HasSubstr("waits for deconfliction " + id));
    EXPECT_EQ(Text(nz(), "SELECT state FROM package"), "sealed");
  };
  ASSERT_TRUE(ApproveRelease(*nz().house, Second("officer-1"), {package}, "")) << "the first of two releases nothing";
  waits();
  EXPECT_EQ(Notices(at()), "nz-dia: eu-europol desk@eu-europol.example open");
  EXPECT_EQ(Notices(europol()), "nz-dia: at-bk desk@at-bk.example open");
  // The same claims by a second way say nothing new.
  ASSERT_TRUE(SendClaims(*europol().house, Officer(), "kauri", "nz-dia"));
  const std::string stick = root_ + "/claims.json";
  ASSERT_TRUE(ExportClaims(*europol().house, Officer(), "kauri", stick));
  const json again = ImportClaims(*nz().house, Officer(), stick).value();
  EXPECT_EQ(again["taken"], 0);
  EXPECT_EQ(again["known"], 1);
  EXPECT_EQ(again["new"], 0);

  const coordination::Settlement agreed{
      .deconfliction = id, .leads = "at-bk", .outcome = "one_leads", .agreed_by = {"at-bk", "eu-europol"}};
  ASSERT_TRUE(SettleDeconfliction(*at().house, Supervisor(), agreed));
  Rounds();
  waits();
  ASSERT_TRUE(SettleDeconfliction(*europol().house, Supervisor(), agreed));
  Rounds();
  EXPECT_EQ(Text(nz(), "SELECT state FROM deconfliction"), "settled");
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM deconfliction_settlement"), 1);
  EXPECT_EQ(Notices(at()), "nz-dia: eu-europol desk@eu-europol.example settled");
  ExpectBlind(hotline(), {id});
  ASSERT_TRUE(ApproveRelease(*nz().house, Second("officer-2"), {package}, "")) << "and now it goes";
  SilentProgress progress;
  ASSERT_TRUE(SendPackages(*nz().house, Officer(), "kauri", progress));
  Rounds();
  EXPECT_EQ(Text(at(), "SELECT via FROM received_package WHERE package='" + package + "'"), "int-hotline");
  ExpectBlind(hotline(), {id, package});
}

TEST_F(TwoWaysTest, APackageThatCameStraightIsNotTakenAgainFromTheOneWhoCarriedIt) {
  PutAccount(nz(), kId, kMail);
  const std::string package = ReleaseAndSend(nz());
  Send(nz());
  ASSERT_FALSE(LyingWith(hotline()).empty()) << "it is on its way";
  GoStraight();
  Send(nz());
  ASSERT_THAT(MessageAtNz(), HasSubstr(" taken "));
  Reply(package, "already_known");
  const std::string held = HeldByAt(), sent = MessageAtNz();
  const int64_t interests = Number(at(), "SELECT count(*) FROM coordination_interest");
  EXPECT_EQ(interests, 1);
  Rounds(4);
  EXPECT_EQ(Text(at(),
                 "SELECT state||' '||carrier||' '||problem FROM carriage WHERE direction='in' AND "
                 "kind='referral_package'"),
            std::string("taken int-hotline ") + kCameBefore);
  EXPECT_EQ(HeldByAt(), held) << "the way it came stays the way it came";
  EXPECT_EQ(MessageAtNz(), sent);
  EXPECT_EQ(Text(nz(), "SELECT state FROM carriage WHERE kind='referral_package'"), "settled");
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM coordination_interest"), interests);
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM deconfliction"), 0) << "one sender is one party, by whatever way";
  EXPECT_EQ(Text(hotline(), "SELECT problem||' '||state FROM carriage WHERE kind='referral_package'"), " delivered")
      << "who carried it is not told that another was there before";
  ExpectBlind(hotline(), {package});
}

TEST_F(TwoWaysTest, APackageThatWasCarriedIsNotTakenAgainStraightAndItsRecallIsAcknowledgedOnce) {
  PutAccount(nz(), kId, kMail);
  const std::string package = ReleaseAndSend(nz());
  Send(nz());
  Send(hotline());
  const std::string held = HeldByAt();
  EXPECT_THAT(held, HasSubstr("|int-hotline|"));
  EXPECT_THAT(MessageAtNz(), HasSubstr(" sealed ")) << "the receipt is still on its way back";
  GoStraight();
  Send(nz());
  EXPECT_THAT(MessageAtNz(), HasSubstr(" taken "));
  EXPECT_EQ(Text(nz(), "SELECT receipt FROM outbox WHERE kind='referral_package'"),
            Text(at(), "SELECT receipt FROM inbox WHERE kind='referral_package'"))
      << "the answer to both ways is the same, with the time of the first";
  const std::string sent = MessageAtNz();
  Rounds(4);
  EXPECT_EQ(HeldByAt(), held);
  EXPECT_EQ(MessageAtNz(), sent);
  Reply(package, "already_known");
  Rounds();
  const json picture = Picture(*nz().house, Officer(), "kauri", "").value();
  EXPECT_EQ(picture["sent"]["referral_packages"], 1);
  EXPECT_EQ(picture["answers"][0]["already_known"], 1) << picture["answers"];
  ASSERT_TRUE(RecallPackage(*nz().house, Officer(), package, "Sent by mistake."));
  Rounds();
  EXPECT_EQ(ListRecalls(*nz().house).value()[0]["state"], "acknowledged");
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM received_package WHERE recalled_at IS NOT NULL"), 1);
  ExpectBlind(hotline(), {package});
}

TEST_F(TwoWaysTest, OnePackageByTwoOrganisationsIsOneAndTheReceiptOfEitherSettlesIt) {
  const auto also_europol = [](std::string& book) {
    const size_t begin = book.find("[[gateway]]\nid = \"nz-dia-to-at-bk-via-int-hotline\"");
    const size_t end = book.find("[[gateway]]", begin + 1);
    std::string another = book.substr(begin, end - begin);
    for (size_t i = 0; (i = another.find("int-hotline")) != std::string::npos;) another.replace(i, 11, "eu-europol");
    book.insert(end, another);
  };
  EditBook(at(), also_europol);
  EditBook(europol(), also_europol);
  PutAccount(nz(), kId, kMail);
  const std::string package = ReleaseAndSend(nz());
  Send(nz());
  ASSERT_FALSE(LyingWith(hotline()).empty());
  EditBook(nz(), [](std::string& book) {
    const std::string line = "via = \"int-hotline\"";
    for (size_t i = 0; (i = book.find(line)) != std::string::npos;)
      book.replace(i, line.size(), "via = \"eu-europol\"");
  });
  PinByWay(nz(), at(), "eu-europol");
  clock_.Advance(25 * kHours);
  Send(nz());
  ASSERT_FALSE(LyingWith(europol()).empty());
  // The hotline delivers first, the coordinator after it, and the hotline's word is back first.
  Send(hotline());
  const std::string held = HeldByAt();
  EXPECT_THAT(held, HasSubstr("|int-hotline|"));
  Send(at());
  Send(hotline());
  EXPECT_THAT(MessageAtNz(), HasSubstr(" taken ")) << "by the word of the one to whom it was handed before";
  const std::string sent = MessageAtNz();
  Rounds(4);
  EXPECT_EQ(HeldByAt(), held);
  EXPECT_EQ(MessageAtNz(), sent);
  EXPECT_EQ(Text(at(),
                 "SELECT carrier||' '||state||' '||problem FROM carriage WHERE direction='in' AND "
                 "kind='referral_package'"),
            std::string("eu-europol taken ") + kCameBefore);
  for (TestNode& node : nodes_)
    EXPECT_EQ(Number(node, "SELECT count(*) FROM outbox WHERE state<>'taken'"), 0)
        << node.id << ": " << Text(node, "SELECT kind||' '||state||' '||problem FROM outbox WHERE state<>'taken'");
  ExpectBlind(hotline(), {package});
  ExpectBlind(europol(), {package});
  // Whoever was never asked to carry it has no word in it.
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM carriage"), 1);
}

TEST_F(TwoWaysTest, ARefusalByTheCarrierOfWhatWentStraightMeanwhileLeavesTheMessageAsItIs) {
  PutAccount(nz(), kId, kMail);
  const std::string package = ReleaseAndSend(nz());
  Send(nz());
  // at-bk's own book lets nobody carry to it any more.
  EditBook(at(), [](std::string& book) {
    const std::string line = "via = \"int-hotline\"\n";
    for (size_t i = 0; (i = book.find(line)) != std::string::npos;) book.erase(i, line.size());
  });
  GoStraight();
  Send(nz());
  const std::string sent = MessageAtNz(), held = HeldByAt();
  EXPECT_THAT(sent, HasSubstr(" taken "));
  Rounds(4);
  EXPECT_EQ(Text(hotline(), "SELECT state FROM carriage WHERE kind='referral_package'"), "refused");
  EXPECT_EQ(MessageAtNz(), sent) << "what was taken has no problem";
  EXPECT_EQ(HeldByAt(), held);
  ExpectBlind(hotline(), {package});
}

TEST_F(TwoWaysTest, RecallAndErasureReachWhatCameByEachWay) {
  const Sent sent = SendBoth();
  Reply(sent.straight, "already_known");
  Reply(sent.carried, "already_known");
  Rounds();
  ASSERT_TRUE(RecallPackage(*nz().house, Officer(), sent.carried, "Sent by mistake."));
  ASSERT_TRUE(RecallPackage(*europol().house, Officer(), sent.straight, "Sent by mistake."));
  Rounds();
  for (TestNode* const node : {&nz(), &europol()})
    EXPECT_EQ(ListRecalls(*node->house).value()[0]["state"], "acknowledged") << node->id;
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM received_package WHERE recalled_at IS NOT NULL"), 2);

  const auto erase = [&](TestNode& node) {
    const EraseTarget target{.kind = "account", .id = Text(node, "SELECT id FROM account")};
    ASSERT_TRUE(ApproveErasure(*node.house, Supervisor(), target, "cleared", false));
    ASSERT_TRUE(ApproveErasure(*node.house, Second("officer-3"), target, "cleared", false));
    Rounds();
    EXPECT_EQ(RunRetention(*at().house, Second("officer-3")).value()["executed_for_others"], 1) << node.id;
    Rounds();
    EXPECT_EQ(Text(node, "SELECT state FROM erasure"), "done") << node.id << ": proved by receipt";
  };
  erase(nz());
  EXPECT_FALSE(std::filesystem::exists(at().house->Path("packages/received/nz-dia/" + sent.carried)));
  EXPECT_TRUE(std::filesystem::exists(at().house->Path("packages/received/eu-europol/" + sent.straight)))
      << "who owns the other has not said so";
  erase(europol());
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM coordination_interest"), 0);
  for (TestNode& node : nodes_) EXPECT_THAT(FilesHolding(root_ + "/" + node.id, {kMail, kId}), IsEmpty()) << node.id;
  ExpectBlind(hotline(), {sent.straight, sent.carried});
}

TEST_F(TwoWaysTest, WhatCameOfItIsReportedBothWaysAndCountedOnce) {
  const Sent sent = SendBoth();
  Reply(sent.straight, "accept");
  Reply(sent.carried, "already_known");
  const CaseToOpen facts{.operation = "kauri",
                         .case_number = "AT-1/26",
                         .package = sent.straight,
                         .account = "",
                         .to = {"nz-dia", "eu-europol"}};
  const auto opened = OpenCase(*at().house, Officer(), facts);
  ASSERT_TRUE(opened) << opened.error().message;
  Rounds();
  // The coordinator passes on what it was told.
  {
    Transaction transaction = Transaction::Begin(europol().house->db()).value();
    const Permit permit =
        europol()
            .house->gate()
            .Pass(transaction,
                  {.act = Act::kSendMessages, .officer = "officer-1", .object_id = "", .reason = "Passed on."})
            .value();
    OutgoingMessage message{.to = "nz-dia", .kind = MessageKind::kOutcomeReport};
    message.body = json::parse(Text(at(), "SELECT body FROM outbox WHERE kind='outcome_report' LIMIT 1"));
    message.idempotency_key = "passed on";
    message.labels = OwnLabelsTo(*europol().house, "nz-dia", "facilitate_exchange");
    message.labels.owner = "at-bk";
    message.labels.originators = {"at-bk"};
    ASSERT_TRUE(exchange::Post(transaction, permit, europol().house->ids(), message));
    ASSERT_TRUE(transaction.Commit());
  }
  Rounds();
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM outcome_arrival"), 2) << "carried from at-bk, and by eu-europol";
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM outcome_report"), 1);
  for (TestNode* const node : {&nz(), &europol()}) {
    const auto figure = OpenPicture(*node->house, Officer(), "kauri", "case_opened", "global", "");
    ASSERT_TRUE(figure) << figure.error().message;
    EXPECT_EQ((*figure)["count"], 1) << node->id;
    EXPECT_EQ((*figure)["reports"].size(), 1U) << node->id;
  }
  const json answers = Picture(*nz().house, Officer(), "kauri", "").value()["answers"];
  EXPECT_EQ(answers[0]["packages"], 1);
  EXPECT_EQ(answers[0]["accepted"], 0) << "the coordinator's was accepted, and no case is counted for both";
  EXPECT_EQ(answers[0]["already_known"], 1);
  ExpectBlind(hotline(), {"AT-1/26"});
}

}  // namespace
}  // namespace crossguard
