// Erasure in one house: what must be gone is searched for in every byte of the data directory; what must stay is read.
#include "app/erase.h"

#include <gmock/gmock.h>

#include "app/testing_retention.h"
#include "exchange/post.h"

namespace crossguard {
namespace {

using testing::Contains;
using testing::IsEmpty;

constexpr const char* kGoneId = "u-tui-3141592";
constexpr const char* kGoneMail = "tui.harakeke.77@mail.example";
constexpr const char* kGoneName = "Tuihana Harakekewai";
constexpr const char* kGoneBio = "Weaver of flax and long walks by the river Waimanawanui";
constexpr const char* kKeptId = "u-kea-2718281";
constexpr const char* kKeptMail = "kea.rimu@mail.example";

const std::vector<std::string> kGone = {kGoneId, kGoneMail, kGoneName, kGoneBio, "tui_portrait_0815.jpg"};

std::string Person(const std::string& element, const std::string& id, const std::string& mail,
                   const std::string& more = "") {
  return "<" + element + "><" + element + "Person><email>" + mail + "</email></" + element + "Person><espIdentifier>" +
         id + "</espIdentifier><espService>Kauri</espService>" + more + "</" + element + ">";
}
std::string ReportXml(int number, const std::string& inside) {
  return "<report><reportId>" + std::to_string(number) +
         "</reportId><dateReceived>2022-02-01T10:00:00Z</dateReceived><incidentSummary><incidentType>Child Pornography "
         "(possession, manufacture, and distribution)</incidentType></incidentSummary><reporter><companyTemplate>Kauri"
         "</companyTemplate></reporter>" +
         inside + "</report>\n";
}

class EraseTest : public RetentionWorld {
 protected:
  void SetUp() override {
    RetentionWorld::SetUp();
    node_ = std::make_unique<RetentionNode>(root_, "aa-lead", 5);
    Write("r1.xml", ReportXml(1001, Person("personOrUserReported", kGoneId, kGoneMail,
                                           std::string("<screenName>") + kGoneName + "</screenName><profileBio>" +
                                               kGoneBio + "</profileBio>") +
                                        "<additionalInfo>Wrote as tui.harakeke.77@mail.example.</additionalInfo>"));
    Write("r1f.xml",
          "<fileDetails><reportId>1001</reportId><fileId>77001</fileId><fileName>tui_portrait_0815.jpg</fileName>"
          "<uploadedByEspIdentifier>u-tui-3141592</uploadedByEspIdentifier></fileDetails>");
    Write("media/77001.jpg", "not really a picture, but bytes of one file");
    Write("r2.xml", ReportXml(1002, Person("personOrUserReported", kGoneId, kGoneMail) +
                                        Person("personOrUserReported", kKeptId, kKeptMail) +
                                        "<additionalInfo>kea.rimu@mail.example sent it to "
                                        "tui.harakeke.77@mail.example, it is said.</additionalInfo>"));
    Write("accounts.csv",
          "report_id,provider,user_id,service,role,email\r\n"
          "1003,Kauri,u-tui-3141592,Kauri,reported,tui.harakeke.77@mail.example\r\n"
          "1004,Kauri,u-kea-2718281,Kauri,reported,kea.rimu@mail.example\r\n");
    node_->TakeIn(root_ + "/in");
    MakeDerived();
    gone_ = node_->AccountId(kGoneId);
    kept_ = node_->AccountId(kKeptId);
    ASSERT_FALSE(gone_.empty());
    ASSERT_FALSE(kept_.empty());
    ASSERT_FALSE(FilesHolding(node_->folder(), {kGoneMail}).empty()) << "the search can find";
  }
  // As a run leaves it, so that the balance holds.
  void MakeDerived() {
    node_->Sql("UPDATE media SET state='examined'");
    node_->Sql(
        "INSERT INTO triage SELECT DISTINCT account_key,'normal','','low',0,0,'' FROM account_mention WHERE "
        "role='reported'");
    node_->Sql(
        "INSERT INTO jurisdiction (account_key,country,confidence,explanation) SELECT account_key,'',0,'{}' FROM "
        "triage");
    node_->Sql(
        "INSERT INTO jurisdiction_claim (account_key,country,basis,weight,because) SELECT account_key,'NZ',"
        "'statement',1,'because of '||esp_identifier FROM account");
    node_->Sql("INSERT INTO subject (id,account_count) VALUES ('sbj-x',2)");
    node_->Sql("INSERT INTO subject_account SELECT account_key,1 FROM triage");
    node_->Sql("INSERT INTO withheld SELECT 1,account_key,'','no_authority','' FROM triage");
  }
  void ExpectBalance() {
    const auto lines = ComputeBalance(node_->house().db());
    ASSERT_TRUE(lines);
    for (const BalanceLine& line : *lines) EXPECT_EQ(line.in_count, line.out_count) << line.name;
  }
  int64_t Erased(const std::string& line) {
    const auto lines = ComputeBalance(node_->house().db());
    if (!lines) return -1;
    for (const BalanceLine& one : *lines) {
      if (one.name != line) continue;
      for (const auto& [state, count] : one.states) {
        if (state == "erased") return count;
      }
    }
    return 0;
  }
  std::string Document(const std::string& path) {
    const std::string hex = node_->TextOf("SELECT lower(hex(sha256)) FROM exhibit_item WHERE path='" + path + "'");
    const auto bytes = node_->house().vault().Read(Sha256::FromHexText(hex).value(), 1U << 20U);
    return bytes ? std::string(AsText(*bytes)) : bytes.error().message;
  }

  std::unique_ptr<RetentionNode> node_;
  std::string gone_, kept_;
};

TEST_F(EraseTest, AClearedPersonIsGoneFromEveryByteAndTheOthersStay) {
  ExpectBalance();
  const std::string before = Document("r2.xml");
  const auto erased = node_->Erase({.kind = "account", .id = gone_});
  ASSERT_TRUE(erased) << erased.error().message;
  EXPECT_EQ((*erased)["erased"], true);
  EXPECT_EQ((*erased)["state"], "done") << erased->dump();
  EXPECT_THAT(FilesHolding(node_->folder(), kGone), IsEmpty());
  EXPECT_EQ(node_->Number("SELECT count(*) FROM erasure_open"), 0);
  // The other person's record stands byte for byte where it stood.
  const std::string after = Document("r2.xml");
  EXPECT_EQ(after.size(), before.size());
  EXPECT_EQ(after.find(kKeptId), before.find(kKeptId));
  EXPECT_EQ(after.find(kGoneMail), std::string::npos);
  EXPECT_NE(Document("accounts.csv").find(kKeptMail), std::string::npos);
  EXPECT_EQ(Document("accounts.csv").find(kGoneMail), std::string::npos);
  EXPECT_EQ(node_->TextOf("SELECT value FROM selector WHERE value='kea.rimu@mail.example'"), kKeptMail);
  EXPECT_EQ(node_->TextOf("SELECT additional_info FROM report WHERE provider_report_id='1002'"),
            "kea.rimu@mail.example sent it to xxxxxxxxxxxxxxxxxxxxxxxxxxxx, it is said.");
  // The house still adds up, and says what it erased.
  ExpectBalance();
  EXPECT_EQ(Erased("accounts"), 1);
  EXPECT_EQ(Erased("files"), 1);
  EXPECT_EQ(Erased("details"), 1);
  EXPECT_EQ(Erased("items"), 3) << "two documents of nobody else, and the file";
  EXPECT_TRUE(node_->house().ledger().Verify(node_->house().db()));
  EXPECT_TRUE(node_->house().vault().Scrub({}));
  // It opens again, and what was erased may come in anew.
  node_->Open();
  EXPECT_EQ(node_->AccountId(kGoneId), "");
  node_->TakeIn(root_ + "/in");
}

TEST_F(EraseTest, ASecondErasureOfTheSameIsAConflictAndAnUnknownOneIsNotFound) {
  ASSERT_TRUE(node_->Erase({.kind = "account", .id = gone_}));
  const auto again = node_->Erase({.kind = "account", .id = gone_});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kNotFound) << "the id that it had names nothing any more";
  EXPECT_EQ(node_->Erase({.kind = "file", .id = "med-nothing"}).error().code, Code::kNotFound);
  EXPECT_EQ(node_->Erase({.kind = "account", .id = kept_}, "whim").error().code, Code::kInvalid);
  EXPECT_NE(node_->AccountId(kKeptId), "");
}

TEST_F(EraseTest, WhatIsKnownAsAbuseIsKeptWhoeverUploadedIt) {
  node_->Sql("INSERT INTO media_verdict SELECT media_key,'known','[]' FROM media");
  const auto erased = node_->Erase({.kind = "account", .id = gone_});
  ASSERT_TRUE(erased);
  EXPECT_EQ((*erased)["counts"]["files_kept"], 1);
  EXPECT_EQ(node_->Number("SELECT count(*) FROM media JOIN blob USING (sha256)"), 1);
  EXPECT_THAT(FilesHolding(node_->folder(), {kGoneMail, kGoneId}), IsEmpty());
  ExpectBalance();
}

TEST_F(EraseTest, OneIdentifierGoesAndItsAccountStays) {
  const auto erased = node_->Erase({.kind = "identifier", .type = "email", .value = kGoneMail}, "mistake");
  ASSERT_TRUE(erased) << erased.error().message;
  EXPECT_THAT(FilesHolding(node_->folder(), {kGoneMail}), IsEmpty());
  EXPECT_EQ(node_->AccountId(kGoneId), gone_);
  EXPECT_NE(Document("r1.xml").find(kGoneId), std::string::npos);
  ExpectBalance();
}

TEST_F(EraseTest, AContentGoesWithItsDigestsAndItsRowsSaySo) {
  const std::string media = node_->TextOf("SELECT id FROM media");
  const std::string digest = node_->TextOf("SELECT lower(hex(sha256)) FROM media");
  const auto erased = node_->Erase({.kind = "file", .id = media}, "order");
  ASSERT_TRUE(erased) << erased.error().message;
  EXPECT_EQ(node_->Number("SELECT count(*) FROM media"), 0);
  EXPECT_EQ(node_->Number("SELECT count(*) FROM file_details WHERE state='erased' AND file_name=''"), 1);
  EXPECT_EQ(node_->house().vault().Read(Sha256::FromHexText(digest).value(), 1000).error().code, Code::kNotFound);
  ExpectBalance();
}

TEST_F(EraseTest, ReleasedPackagesAndMessagesAreFollowedAndStagedOnesWithdrawn) {
  node_->Sql(
      "INSERT INTO package (id,operation_key,authority,kind,state,gateway,gateway_reason,contents_sha256,folder,"
      "account_count,file_count,composed_at,released_at) VALUES ('pkg-sentsentsentsent',1,'bb-hub','referral',"
      "'released','g','',x'01','packages/sealed/pkg-sentsentsentsent',2,0,0,1)");
  node_->Sql(
      "INSERT INTO package (id,operation_key,authority,kind,state,gateway,gateway_reason,contents_sha256,folder,"
      "account_count,file_count,composed_at) VALUES ('pkg-stagestagestage2',1,'cc-police','referral','composed',"
      "'g','',x'02','',2,0,0)");
  node_->Sql("INSERT INTO package_account SELECT p.package_key,a.account_key FROM package p, account a");
  std::filesystem::create_directories(node_->folder() + "/packages/staging");
  std::filesystem::create_directories(node_->folder() + "/packages/sealed/pkg-sentsentsentsent");
  std::ofstream(node_->folder() + "/packages/staging/pkg-stagestagestage2.tar") << "tar with " << kGoneMail;
  std::ofstream(node_->folder() + "/packages/sealed/pkg-sentsentsentsent/payload.age") << "sealed";
  node_->Do(Act::kSendMessages, [&](Transaction& transaction, const Permit& permit) {
    ASSERT_TRUE(exchange::Post(transaction, permit, node_->house().ids(),
                               {.to = "dd-police",
                                .kind = MessageKind::kInformationRequest,
                                .body = {{"question", std::string("Do you know ") + kGoneMail + "?"}},
                                .idempotency_key = "1"}));
  });
  const auto erased = node_->Erase({.kind = "account", .id = gone_});
  ASSERT_TRUE(erased) << erased.error().message;
  EXPECT_EQ((*erased)["state"], "erased") << "not done before the recipients prove it";
  EXPECT_EQ((*erased)["asked_of"], nlohmann::json({"bb-hub", "dd-police"}));
  EXPECT_EQ((*erased)["operations_to_compose"], nlohmann::json({"kauri"}));
  EXPECT_THAT(FilesHolding(node_->folder(), kGone), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(node_->folder() + "/packages/staging/pkg-stagestagestage2.tar"));
  EXPECT_FALSE(std::filesystem::exists(node_->folder() + "/packages/sealed/pkg-sentsentsentsent"));
  EXPECT_EQ(node_->Number("SELECT count(*) FROM erased_package"), 1);
  EXPECT_EQ(node_->TextOf("SELECT state FROM package WHERE id='pkg-stagestagestage2'"), "superseded");
  EXPECT_EQ(node_->Number("SELECT count(*) FROM outbox WHERE kind='erasure_notice'"), 2);
  const nlohmann::json open = OpenErasures(node_->house()).value();
  EXPECT_EQ(open["recipients"].size(), 2U);
}

TEST_F(EraseTest, WhatCannotBeToldApartIsLeftOpenWithItsReason) {
  // The person stands there as a victim beside another: such a record is never cut by rule.
  const auto reported = node_->AccountId(kKeptId);
  Write("../more/v.xml", ReportXml(1005, Person("personOrUserReported", kKeptId, kKeptMail) +
                                             Person("victim", "u-pipi-161803", "pipi.moana@mail.example")));
  node_->TakeIn(root_ + "/more");
  const std::string victim = node_->AccountId("u-pipi-161803");
  ASSERT_FALSE(victim.empty());
  const auto erased = node_->Erase({.kind = "account", .id = victim}, "order");
  ASSERT_TRUE(erased) << erased.error().message;
  EXPECT_EQ((*erased)["state"], "open");
  const nlohmann::json open = OpenErasures(node_->house()).value();
  ASSERT_EQ(open["here"].size(), 1U);
  const std::string id = (*erased)["erasure"];
  const auto closed = CloseErasure(node_->house(), {.officer = "officer-3", .reason = "Looked at."}, id);
  ASSERT_TRUE(closed) << closed.error().message;
  EXPECT_EQ((*closed)["state"], "done");
  EXPECT_EQ(node_->AccountId(kKeptId), reported);
}

TEST_F(EraseTest, WhatWasBrokenOffBehindTheCommitIsFinishedByTheNextRun) {
  {
    Transaction transaction = Transaction::Begin(node_->house().db()).value();
    const Permit permit =
        node_->house()
            .gate()
            .Pass(transaction, {.act = Act::kReviewRetention, .officer = "officer-3", .object_id = "", .reason = "x"})
            .value();
    const RetentionRules rules;
    Eraser eraser(node_->house(), transaction, permit, rules);
    ASSERT_TRUE(eraser.Erase({.kind = "account", .id = gone_}, "cleared"));
    ASSERT_TRUE(eraser.Finish());
    ASSERT_TRUE(transaction.Commit());
  }
  node_->Open();  // the process died here
  EXPECT_GT(node_->Number("SELECT count(*) FROM destroyed_extent WHERE state='waiting'"), 0);
  EXPECT_EQ(node_->Run()["finished_what_was_broken_off"], true);
  EXPECT_EQ(node_->Number("SELECT count(*) FROM destroyed_extent WHERE state='waiting'"), 0);
  EXPECT_THAT(FilesHolding(node_->folder(), kGone), IsEmpty());
  EXPECT_EQ(node_->TextOf("SELECT state FROM erasure"), "done");
}

TEST_F(EraseTest, AnErasureThatIsRolledBackChangesNothing) {
  {
    Transaction transaction = Transaction::Begin(node_->house().db()).value();
    const Permit permit =
        node_->house()
            .gate()
            .Pass(transaction, {.act = Act::kReviewRetention, .officer = "officer-3", .object_id = "", .reason = "x"})
            .value();
    const RetentionRules rules;
    Eraser eraser(node_->house(), transaction, permit, rules);
    ASSERT_TRUE(eraser.Erase({.kind = "account", .id = gone_}, "cleared"));
    ASSERT_TRUE(eraser.Finish());
  }
  node_->house().vault().Abandon();
  ASSERT_TRUE(FinishErasures(node_->house(), nullptr));
  EXPECT_EQ(node_->AccountId(kGoneId), gone_);
  EXPECT_NE(Document("r1.xml").find(kGoneMail), std::string::npos);
  ExpectBalance();
}

}  // namespace
}  // namespace crossguard
