// An erased value in messages: every kind that can carry one has carried it among three houses, by folder, and after
// the erasure a search of every byte of every house and of the folder finds it nowhere.
#include <gmock/gmock.h>

#include "app/blind_desk.h"
#include "app/coordination_desk.h"
#include "app/mail_room.h"
#include "app/post_desk.h"
#include "app/request_desk.h"
#include "app/testing_nodes.h"
#include "app/testing_retention.h"
#include "coordination/key.h"
#include "exchange/post.h"
#include "register/erase_message_rows.h"
#include "register/request_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
using testing::IsEmpty;

constexpr const char* kId = "u-tui-3141592";
constexpr const char* kMail = "tui.harakeke.77@mail.example";
constexpr const char* kKeptMail = "kea.rimu@mail.example";

class EraseMessages : public NodesTest {
 protected:
  void SetUp() override {
    NodesTest::SetUp();
    stick_ = root_ + "/stick";
    std::filesystem::create_directories(stick_);
    for (TestNode& node : nodes_) {
      for (TestNode& other : nodes_) {
        if (node.id == other.id) continue;
        for (const char* officer : {"officer-2", "officer-3"}) {
          ASSERT_TRUE(TrustPeer(
              *node.house, Second(officer),
              {.identity_path = root_ + "/" + other.id + ".identity", .channel = "folder", .address = stick_}));
        }
      }
    }
    std::filesystem::create_directories(root_ + "/in");
    std::ofstream(root_ + "/in/accounts.csv", std::ios::binary)
        << "report_id,provider,user_id,service,role,email\r\n"
        << "1,Kauri," << kId << ",Kauri,reported," << kMail << "\r\n"
        << "2,Kauri,u-kea-1,Kauri,reported," << kKeptMail << "\r\n";
    SilentProgress progress;
    const auto taken =
        Intake(*nz().house, {.submission_path = root_ + "/in", .operation = "kauri", .officer = "officer-1"}, progress);
    ASSERT_TRUE(taken) << taken.error().message;
  }
  void Carry(TestNode& node) {
    clock_.Advance(kMicrosPerSecond);
    const auto sent = SendMessages(*node.house, Officer(), nullptr);
    ASSERT_TRUE(sent) << sent.error().message;
  }
  json Collect(TestNode& node) {
    clock_.Advance(kMicrosPerSecond);
    const auto collected = CollectMessages(*node.house, Officer(), stick_);
    EXPECT_TRUE(collected) << collected.error().message;
    return collected.value_or(json());
  }
  // Everybody sends and collects until nothing moves any more.
  void Exchange() {
    for (int round = 0; round < 6; ++round) {
      for (TestNode& node : nodes_) Carry(node);
      for (TestNode& node : nodes_) Collect(node);
    }
  }
  json Retention(TestNode& node) {
    const auto done = RunRetention(*node.house, Second("officer-3"));
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(json());
  }
  void EraseAccount() {
    const EraseTarget target{.kind = "account", .id = AccountId()};
    ASSERT_TRUE(ApproveErasure(*nz().house, Second("officer-2"), target, "cleared", false));
    const auto erased = ApproveErasure(*nz().house, Second("officer-3"), target, "cleared", false);
    ASSERT_TRUE(erased) << erased.error().message;
    ASSERT_EQ((*erased)["erased"], true);
  }
  std::string AccountId() {
    return nz().house->db().TextOf("SELECT id FROM account WHERE esp_identifier=?1", kId).value().value_or("");
  }
  int64_t Number(TestNode& node, std::string_view sql) { return node.house->db().Number(sql).value().value_or(-1); }
  std::string Text(TestNode& node, std::string_view sql) {
    return node.house->db().TextOf(sql).value().value_or("(null)");
  }
  // The value, its plain digests, and what stands in for it in deconfliction.
  std::vector<std::string> Traces() const {
    const std::string open_keys[] = {
        std::string(
            AsText(coordination::KeyMaterial::OfSelector(SelectorType::kEmail, kMail).value().OpenKey().view())),
        std::string(AsText(coordination::KeyMaterial::OfAccount("Kauri", kId).value().OpenKey().view()))};
    return {kId, kMail, open_keys[0], open_keys[1]};
  }
  std::vector<std::string> Holding(const std::vector<std::string>& texts) {
    std::vector<std::string> out;
    for (const std::string& folder : {root_ + "/nz-dia", root_ + "/eu-europol", root_ + "/at-bk", stick_}) {
      const auto found = FilesHolding(folder, texts);
      out.insert(out.end(), found.begin(), found.end());
    }
    return out;
  }
  std::string Holdings(TestNode& node, const std::vector<std::string>& values) {
    json items = json::array();
    for (const std::string& value : values)
      items.push_back({{"type", "email"}, {"value", value}, {"category", "suspect"}, {"ref", "file 7"}});
    const json document = {{"format", "crossguard-holdings/1"},
                           {"owner", node.id},
                           {"purpose", "cross_check"},
                           {"handling", {"H0"}},
                           {"handling_text", ""},
                           {"grade", "B2"},
                           {"contact", "desk@" + node.id + ".example"},
                           {"items", items}};
    const std::string path = root_ + "/" + node.id + ".holdings.json";
    EXPECT_TRUE(node.files->WriteWhole(path, AsBytes(document.dump())));
    return path;
  }
  std::string stick_;
};

TEST_F(EraseMessages, AfterEveryKindOfMessageHasCarriedItNoByteOfAnErasedValueIsLeftInAnyHouse) {
  const std::string selector = std::string("email:") + kMail;
  const std::string kept = std::string("email:") + kKeptMail;
  // What at-bk publishes for blinded questions.
  ASSERT_TRUE(ImportHoldingsFile(*at().house, Officer(), Holdings(at(), {"other@mail.example"})));
  ASSERT_TRUE(PublishTags(*at().house, Officer(), "nz-dia"));
  Exchange();
  // nz-dia lays it down, asks openly and blindly, asks for information and a release, corrects, sets a task.
  const auto given = SendHoldings(*nz().house, Officer(), Holdings(nz(), {kMail, kKeptMail}), "at-bk");
  ASSERT_TRUE(given) << given.error().message;
  for (const std::string& one : {selector, kept}) {
    ASSERT_TRUE(AskHit(*nz().house, Officer(), {.to = "at-bk", .selector = one}));
    ASSERT_TRUE(AskHit(*nz().house, Officer(), {.to = "eu-europol", .selector = one}));
  }
  const auto blinded = AskBlind(
      *nz().house, Officer(), {.to = "at-bk", .selectors = {selector, kept}, .case_number = "1", .legal_basis = "Law"});
  ASSERT_TRUE(blinded) << blinded.error().message;
  const auto asked = AskInformation(*nz().house, Officer(),
                                    {.to = "at-bk",
                                     .question = std::string("Who is ") + kMail + "?",
                                     .legal_basis = "Law",
                                     .selectors = {selector, kept},
                                     .urgency = "normal"});
  ASSERT_TRUE(asked) << asked.error().message;
  ASSERT_TRUE(
      AskRelease(*nz().house, Officer(), {.to = "at-bk", .selector = selector, .why = std::string("Of ") + kMail}));
  Exchange();
  ASSERT_TRUE(SendCorrection(*nz().house, Officer(),
                             {.to = "at-bk", .about = (*given)["message"], .text = std::string("Not ") + kMail}));
  ASSERT_TRUE(nz().house->db().Script(
      "INSERT INTO subject (subject_key,id,account_count) VALUES (7,'sbj-aaaaaaaaaaaaaaaa',1);"
      "INSERT INTO subject_account (account_key,subject_key) SELECT account_key,7 FROM account WHERE "
      "esp_identifier='u-kea-1'"));
  const auto task = SetTask(*nz().house, Officer(),
                            {.about = "sbj-aaaaaaaaaaaaaaaa",
                             .what = std::string("Ask for ") + kMail,
                             .authority = "at-bk",
                             .due = "2026-04-01T00:00:00Z"});
  ASSERT_TRUE(task) << task.error().message;
  // at-bk answers in its words, and asks a third.
  ASSERT_TRUE(AnswerInformation(
      *at().house, Officer(),
      {.id = (*asked)["request"], .decision = "answered", .text = std::string("We know nothing of ") + kMail}));
  ASSERT_TRUE(AskInformation(*at().house, Officer(),
                             {.to = "eu-europol",
                              .question = std::string("Do you know ") + kMail + "?",
                              .legal_basis = "Law",
                              .selectors = {selector},
                              .urgency = "normal"}));
  const auto held = Hold(*nz().house, Officer(), {.source = "case-1", .type = "email", .value = kMail});
  ASSERT_TRUE(held) << held.error().message;
  ASSERT_TRUE(ScanForDeconfliction(*nz().house, Officer()));
  Exchange();
  // It is everywhere, as it must be before the test says anything.
  for (TestNode& node : nodes_) EXPECT_FALSE(FilesHolding(root_ + "/" + node.id, {kMail}).empty()) << node.id;
  EXPECT_GT(Number(nz(), "SELECT count(*) FROM coordination_interest"), 0);
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM hit_query WHERE answered_at IS NOT NULL"), 4);
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM hit_blind_ask WHERE answered_at IS NOT NULL"), 1);
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM task"), 1);
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM correction"), 1);

  EraseAccount();
  for (const std::string& trace : Traces())
    EXPECT_THAT(FilesHolding(root_ + "/nz-dia", {trace}), IsEmpty()) << "at home at once: " << trace;
  Exchange();
  EXPECT_EQ(Retention(at())["executed_for_others"], 1);
  EXPECT_EQ(Retention(europol())["executed_for_others"], 1);
  Exchange();
  EXPECT_EQ(Retention(europol())["executed_for_others"], 1) << "what at-bk asked it is erased after at-bk erased";
  Exchange();
  EXPECT_THAT(Holding(Traces()), IsEmpty());
  for (TestNode& node : nodes_) {
    EXPECT_EQ(Number(node, "SELECT count(*) FROM erasure WHERE state<>'done'"), 0) << node.id;
    EXPECT_EQ(Number(node, "SELECT count(*) FROM erasure_open"), 0) << node.id;
    EXPECT_TRUE(node.house->ledger().Verify(node.house->db())) << node.id;
  }
  // That it was asked, and what was asked about somebody else, stands; and the receipts do.
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM hit_query"), 4);
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM hit_query WHERE value='kea.rimu@mail.example'"), 2);
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM hit_blind_item WHERE blind=x'' AND value=''"), 1);
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM hit_blind_item WHERE length(blind)=32"), 1);
  EXPECT_EQ(Text(at(), "SELECT selectors FROM information_request WHERE direction='in'"),
            R"([{"type":"email","value":""},{"type":"email","value":"kea.rimu@mail.example"}])");
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM holding WHERE value='kea.rimu@mail.example'"), 1);
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM outbox WHERE state='taken' AND receipt=''"), 0);
}

TEST_F(EraseMessages, AnAnswerToAQuestionThatWasErasedMeanwhileIsTakenAndNotKept) {
  ASSERT_TRUE(ImportHoldingsFile(*at().house, Officer(), Holdings(at(), {kMail})));
  ASSERT_TRUE(PublishTags(*at().house, Officer(), "nz-dia"));
  Exchange();
  const std::string selector = std::string("email:") + kMail;
  ASSERT_TRUE(AskHit(*nz().house, Officer(), {.to = "at-bk", .selector = selector}));
  ASSERT_TRUE(AskBlind(
      *nz().house, Officer(),
      {.to = "at-bk", .selectors = {selector, "email:other@mail.example"}, .case_number = "1", .legal_basis = "Law"}));
  ASSERT_TRUE(AskRelease(*nz().house, Officer(), {.to = "at-bk", .selector = selector, .why = "w"}));
  Carry(nz());
  Collect(at());
  const std::string release = Text(at(), "SELECT message_id FROM release_request WHERE direction='in'");
  for (const char* officer : {"officer-2", "officer-3"}) {
    const auto decided =
        DecideRelease(*at().house, Second(officer), {.id = release, .granted = true, .reason = "Yes."});
    ASSERT_TRUE(decided) << decided.error().message;
  }
  EraseAccount();  // the answers are on their way
  Exchange();
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM inbox WHERE state<>'taken'"), 0);
  EXPECT_EQ(Text(nz(), "SELECT value||answers FROM hit_query WHERE answered_at IS NOT NULL"), "[]");
  EXPECT_EQ(Text(nz(), "SELECT value||answers FROM hit_blind_item WHERE blind=x''"), "[]");
  EXPECT_NE(Text(nz(), "SELECT answers FROM hit_blind_item WHERE blind<>x''"), "[]");
  EXPECT_EQ(Text(nz(), "SELECT state||value||fields FROM release_request WHERE direction='out'"), "granted[]");
  EXPECT_THAT(FilesHolding(root_ + "/nz-dia", {kMail}), IsEmpty());
  // What at-bk holds of its own is its own.
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM holding"), 1);
}

TEST_F(EraseMessages, AMessageThatComesAfterItsErasureIsNotTakenAnyMore) {
  ASSERT_TRUE(SendHoldings(*nz().house, Officer(), Holdings(nz(), {kMail, kKeptMail}), "at-bk"));
  Carry(nz());
  std::filesystem::rename(stick_ + "/to-at-bk", root_ + "/delayed");
  EraseAccount();
  Carry(nz());
  Collect(at());
  EXPECT_EQ(Retention(at())["executed_for_others"], 1);
  const auto late = std::filesystem::directory_iterator(root_ + "/delayed")->path();
  std::filesystem::create_directories(stick_ + "/to-at-bk");
  std::filesystem::rename(late, stick_ + "/to-at-bk/" + late.filename().string());
  std::filesystem::remove_all(root_ + "/delayed");
  Collect(at());
  EXPECT_EQ(Number(at(), "SELECT count(*) FROM holding"), 0);
  Collect(nz());
  EXPECT_EQ(Text(nz(), "SELECT state||' '||problem_code FROM outbox WHERE kind='contribution'"), "refused conflict");
  EXPECT_THAT(Holding({kMail}), IsEmpty());
}

TEST_F(EraseMessages, AnIdentifierThatWasOnlyAskedAboutCanBeErased) {
  ASSERT_TRUE(AskHit(*nz().house, Officer(), {.to = "at-bk", .selector = "email:weka@mail.example"}));
  ASSERT_TRUE(AskHit(*nz().house, Officer(), {.to = "at-bk", .selector = "email:a@b.c"}));
  for (const char* value : {"weka@mail.example", "a@b.c"}) {
    const EraseTarget target{.kind = "identifier", .type = "email", .value = value};
    ASSERT_TRUE(ApproveErasure(*nz().house, Second("officer-2"), target, "order", false));
    const auto erased = ApproveErasure(*nz().house, Second("officer-3"), target, "order", false);
    ASSERT_TRUE(erased) << erased.error().message;
  }
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM hit_query WHERE value=''"), 2);
  EXPECT_THAT(FilesHolding(root_ + "/nz-dia", {"weka@mail.example", "\"a@b.c\""}), IsEmpty())
      << "also one that is too short to be sought as a text";
  EXPECT_EQ(Number(nz(), "SELECT count(*) FROM erasure_notice"), 2);
}

// What a house was sent as a sealed package: its own case keeps it, nothing else does.
TEST_F(EraseMessages, ASealedPackageOfWhichSomebodyWasErasedGoesUnlessACaseRestsOnIt) {
  const std::pair<const char*, const char*> packages[] = {{"pkg-aaaaaaaaaaaaaaaa", ""},
                                                          {"pkg-bbbbbbbbbbbbbbbb", "accept"}};
  for (const auto& [package, decision] : packages) {
    const std::string folder = std::string("packages/received/nz-dia/") + package;
    std::filesystem::create_directories(at().house->Path(folder));
    std::ofstream(at().house->Path(folder) + "/part") << kMail;
    Transaction transaction = Transaction::Begin(at().house->db()).value();
    ASSERT_TRUE(request_rows::InsertReceivedPackage(transaction, {.sender = "nz-dia",
                                                                  .package = package,
                                                                  .message_id = "msg-aaaaaaaaaaaaaaaa",
                                                                  .kind = "referral",
                                                                  .operation = "op",
                                                                  .gateway = "g",
                                                                  .labels = "{}",
                                                                  .folder = folder,
                                                                  .received_at = clock_.Now()}));
    ASSERT_TRUE(request_rows::MarkPackageDecided(
        transaction,
        {.sender = "nz-dia", .package = package, .decision = decision, .case_number = "", .at = clock_.Now()}));
    ASSERT_TRUE(transaction.Commit());
    ASSERT_TRUE(
        Hold(*at().house, Officer(), {.source = package, .channel = "nz-dia", .type = "email", .value = kMail}));
  }
  ErasureNotice notice{.erasure = "era-abcdefghijklmnop", .owner = "nz-dia", .why = "cleared"};
  notice.packages = {"pkg-aaaaaaaaaaaaaaaa", "pkg-bbbbbbbbbbbbbbbb", "pkg-cccccccccccccccc"};
  notice.due_at = clock_.Now();
  {
    Transaction transaction = Transaction::Begin(at().house->db()).value();
    const Permit permit = at().house->gate()
                              .Pass(transaction, {.act = Act::kTakeMessages, .officer = "officer-1", .reason = "x"})
                              .value();
    ASSERT_TRUE(HandlerOf(MessageKind::kErasureNotice)(*at().house, transaction, permit,
                                                       {.id = "msg-bbbbbbbbbbbbbbbb",
                                                        .from = "nz-dia",
                                                        .kind = MessageKind::kErasureNotice,
                                                        .body = NoticeBody(notice)}));
    ASSERT_TRUE(transaction.Commit());
  }
  EXPECT_EQ(Retention(at())["executed_for_others"], 1);
  EXPECT_FALSE(std::filesystem::exists(at().house->Path("packages/received/nz-dia/pkg-aaaaaaaaaaaaaaaa")));
  EXPECT_TRUE(std::filesystem::exists(at().house->Path("packages/received/nz-dia/pkg-bbbbbbbbbbbbbbbb")));
  EXPECT_EQ(Text(at(), "SELECT group_concat(object) FROM erasure_open"), "package pkg-bbbbbbbbbbbbbbbb");
  EXPECT_EQ(Text(at(), "SELECT group_concat(DISTINCT source) FROM coordination_interest"), "pkg-bbbbbbbbbbbbbbbb");
  const auto answer = ReplyToPackage(*at().house, Officer(),
                                     {.package = "pkg-aaaaaaaaaaaaaaaa", .decision = "accept", .case_number = "1"});
  EXPECT_EQ(answer.error().code, Code::kConflict);
  EXPECT_EQ(ListReceivedPackages(*at().house).value().size(), 2U);
}

}  // namespace
}  // namespace crossguard
