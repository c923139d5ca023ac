// Two whole houses with the shipped authorities, whose messages are carried by hand: what the exchange will do.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/coordination_desk.h"
#include "app/mail_room.h"
#include "coordination/key.h"
#include "model/canonical.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr int64_t kHour = 3'600 * kMicrosPerSecond;

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A node: the shipped book, with another `self`.
class Node {
 public:
  Node(const std::string& self, ManualClock& clock)
      : self_(self), env_{.clock = clock, .random = random_, .files = files_, .log = Log(nullptr)} {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = testing::TempDir() + "/coordination_" + test->name() + "_" + self;
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    const std::string config = std::string(CROSSGUARD_SOURCE_DIR) + "/config";
    std::string book = ReadText(config + "/authorities.toml");
    const size_t self_at = book.find("self = \"nz-dia\"");
    book.replace(self_at, 15, "self = \"" + self + "\"");
    book.replace(book.find("example = true"), 14, "example = false");
    std::ofstream(folder_ + "/authorities.toml") << book;
    auto house = House::Open(env_, {.data_folder = folder_ + "/data",
                                    .shipped_config_folder = config,
                                    .authorities_path = folder_ + "/authorities.toml"});
    EXPECT_TRUE(house) << house.error().message;
    house_ = std::move(*house);
  }
  ~Node() {
    house_.reset();
    std::filesystem::remove_all(folder_);
  }
  House& house() { return *house_; }
  Database& db() { return house_->db(); }
  const std::string& self() const { return self_; }
  const std::string& folder() const { return folder_; }
  std::string Text(std::string_view sql) { return db().TextOf(sql).value().value_or(""); }
  int64_t Number(std::string_view sql) { return db().Number(sql).value().value_or(-1); }

  // Each message of this node's outbox to `to`, taken there as the exchange takes it. Counts those refused.
  int Carry(Node& to, std::vector<std::string>* bodies = nullptr) {
    int refused = 0;
    std::vector<ReceivedMessage> messages;
    EXPECT_TRUE(db().Each(
        "SELECT id,kind,body FROM outbox WHERE recipient=?1 ORDER BY message_key",
        [&](const SqlRow& row) -> Status {
          if (bodies != nullptr) bodies->push_back(row.Text(2));
          messages.push_back({.id = row.Text(0),
                              .from = self_,
                              .kind = FromText<MessageKind>(row.TextView(1)).value(),
                              .body = json::parse(row.TextView(2)),
                              .in_reply_to = "",
                              .labels = {},
                              .due_at = std::nullopt,
                              .created = env_.clock.Now(),
                              .received = env_.clock.Now(),
                              .attachment = ""});
          return {};
        },
        to.self()));
    for (const ReceivedMessage& message : messages) {
      if (taken_.contains(message.id)) continue;
      taken_.insert(message.id);
      if (const auto handled = to.Take(message); !handled) ++refused;
    }
    return refused;
  }
  Result<Handled> Take(const ReceivedMessage& message) {
    auto transaction = TRY(Transaction::Begin(db()));
    const Permit permit = TRY(house_->gate().Pass(
        transaction,
        {.act = Act::kTakeMessages, .officer = "officer-1", .object_id = message.id, .reason = "A message came"}));
    const Handler handler = HandlerOf(message.kind);
    if (handler == nullptr) return Fail(Code::kUnsupported, "This node does not take that kind.");
    auto handled = TRY(handler(*house_, transaction, permit, message));
    TRY(transaction.Commit());
    return handled;
  }

 private:
  std::string self_, folder_;
  SeededRandom random_{17};
  SystemFiles files_;
  Env env_;
  std::unique_ptr<House> house_;
  std::set<std::string> taken_;
};

const Actor kAnalyst{.officer = "officer-1", .reason = "A test"};
const Actor kSupervisor{.officer = "officer-2", .reason = "A test"};

// The lead's house: at-bk is to receive an account that gb-nca has a holding about.
class CoordinationTest : public testing::Test {
 protected:
  void SetUp() override {
    lead_ = std::make_unique<Node>("nz-dia", clock_);
    austria_ = std::make_unique<Node>("at-bk", clock_);
    britain_ = std::make_unique<Node>("gb-nca", clock_);
    const Status rows = lead_->db().Script(
        "INSERT INTO operation (operation_key,id,name,created_at) VALUES (1,'op-1','kauri',1);"
        "INSERT INTO submission (submission_key,id,operation_key,state,source_path,begun_at) VALUES "
        "(1,'sub-1',1,'read','x',0);"
        "INSERT INTO exhibit_item (item_key,submission_key,path,size_bytes,state) VALUES (1,1,'r.xml',1,'sealed');"
        "INSERT INTO report (report_key,id,operation_key,submission_key,item_key,place,dialect,provider,"
        "provider_report_id,state,incident_type) VALUES (1,'rep-1',1,1,1,'line 1','xml','p','1','taken','');"
        "INSERT INTO account (account_key,id,service,esp_identifier) VALUES (1,'acc-1','quokkachat','wombat-4711');"
        "INSERT INTO account_mention (mention_key,account_key,report_key,role,item_key,place) VALUES "
        "(1,1,1,'reported',1,'');"
        "INSERT INTO subject (subject_key,id,account_count) VALUES (1,'sbj-aaaaaaaaaaaaaaaa',1);"
        "INSERT INTO subject_account (account_key,subject_key) VALUES (1,1);"
        "INSERT INTO selector (selector_key,type,value) VALUES (1,'email','wallaby@numbat.example');"
        "INSERT INTO sighting (selector_key,mention_key,report_key,origin,raw,item_key,place) VALUES "
        "(1,1,1,'declared','',1,'');"
        "INSERT INTO triage (account_key,lane,lane_reason,band,due_at,second_officer) VALUES "
        "(1,'urgent','','high',0,0);"
        "INSERT INTO package (package_key,id,operation_key,authority,kind,state,gateway,gateway_reason,contents_sha256,"
        "account_count,file_count,composed_at) VALUES (1,'pkg-1',1,'at-bk','referral','sealed','g','',zeroblob(32),1,0,"
        "1646216130000000);"
        "INSERT INTO package_account (package_key,account_key) VALUES (1,1);"
        "INSERT INTO destination (operation_key,account_key,authority,since,current) VALUES "
        "(1,1,'at-bk',1646216130000000,1);"
        "INSERT INTO contribution (contribution_key,id,owner,purpose,handling,grade,contact,source_sha256,imported_at,"
        "item_count,taken_count,refused_count) VALUES (1,'con-1','gb-nca','cross_check','[\"H1\"]','B2',"
        "'hits@gb-nca.example',x'00',1646216130000000,1,1,0);"
        "INSERT INTO holding (holding_key,contribution_key,type,value,category,ref) VALUES "
        "(1,1,'email','wallaby@numbat.example','suspect','own-ref');"
        "INSERT INTO partner_hit (id,account_key,holding_key,selector_type,owner,contact) VALUES "
        "('pht-1',1,1,'email','gb-nca','hits@gb-nca.example')");
    ASSERT_TRUE(rows) << rows.error().message;
    const auto scanned = ScanForDeconfliction(lead_->house(), kAnalyst);
    ASSERT_TRUE(scanned) << scanned.error().message;
    ASSERT_EQ((*scanned)["new"], 1);
    id_ = lead_->Text("SELECT id FROM deconfliction");
  }
  std::string State() { return lead_->Text("SELECT state FROM deconfliction"); }

  ManualClock clock_{Instant{1'646'300'000'000'000}};
  std::unique_ptr<Node> lead_, austria_, britain_;
  std::string id_;
};

TEST_F(CoordinationTest, TheContactsLearnOfEachOtherAndOfNothingElse) {
  EXPECT_EQ(State(), "contacts_told");
  std::vector<std::string> bodies;
  EXPECT_EQ(lead_->Carry(*austria_, &bodies) + lead_->Carry(*britain_, &bodies), 0);
  ASSERT_EQ(bodies.size(), 2U);
  // Byte for byte: so nothing of the account, the selector, their keys or the owner's reference is in it.
  EXPECT_EQ(bodies[0],
            R"({"deconfliction":")" + id_ +
                R"(","format":"crossguard-deconfliction-notice/1","kind":"account","other":{"authority":"gb-nca",)"
                R"("contact":"hits@gb-nca.example"},"since":"2022-03-02"})");
  const Authority* const at = lead_->house().book().Find("at-bk");
  EXPECT_EQ(bodies[1],
            R"({"deconfliction":")" + id_ +
                R"(","format":"crossguard-deconfliction-notice/1","kind":"account","other":{"authority":"at-bk",)"
                R"("contact":")" +
                at->contact + R"("},"since":"2022-03-02"})");
  const std::string key = coordination::KeyMaterial::OfAccount("quokkachat", "wombat-4711")->OpenKey().hex();
  for (const char* secret :
       {"wombat", "4711", "quokka", "wallaby", "numbat", "email", "own-ref", "acc-1", key.c_str()}) {
    EXPECT_EQ(lead_->Text("SELECT group_concat(body || labels || id) FROM outbox").find(secret), std::string::npos)
        << secret;
  }
  EXPECT_EQ(austria_->Text("SELECT origin || '|' || other || '|' || contact || '|' || kind FROM deconfliction_notice"),
            "nz-dia|gb-nca|hits@gb-nca.example|account");
  ASSERT_TRUE(ScanForDeconfliction(lead_->house(), kAnalyst));
  EXPECT_EQ(lead_->Number("SELECT count(*) FROM outbox"), 2) << "told once";
}

TEST_F(CoordinationTest, WhenBothSayTheSameItIsSettledAndBothHear) {
  lead_->Carry(*austria_);
  lead_->Carry(*britain_);
  const coordination::Settlement agreed{
      .deconfliction = id_, .leads = "gb-nca", .outcome = "one_leads", .agreed_by = {"at-bk", "gb-nca"}};
  ASSERT_TRUE(SettleDeconfliction(britain_->house(), kSupervisor, agreed));
  EXPECT_EQ(britain_->Carry(*lead_), 0);
  EXPECT_EQ(State(), "contacts_told") << "one speaks for itself only";
  ASSERT_TRUE(SettleDeconfliction(austria_->house(), kSupervisor, agreed));
  EXPECT_EQ(austria_->Carry(*lead_), 0);
  EXPECT_EQ(State(), "settled");
  EXPECT_EQ(lead_->Text("SELECT leads || '|' || outcome || '|' || agreed_by FROM deconfliction_settlement"),
            R"(gb-nca|one_leads|["at-bk","gb-nca"])");
  EXPECT_EQ(lead_->Carry(*austria_) + lead_->Carry(*britain_), 0);
  EXPECT_EQ(austria_->Text("SELECT state || '|' || leads FROM deconfliction_notice"), "settled|gb-nca");
  EXPECT_EQ(britain_->Text("SELECT state || '|' || leads FROM deconfliction_notice"), "settled|gb-nca");
}

TEST_F(CoordinationTest, ASupervisorSettlesOnRecordAndAnAnalystDoesNot) {
  const coordination::Settlement agreed{
      .deconfliction = id_, .leads = "at-bk", .outcome = "joint", .agreed_by = {"at-bk", "gb-nca"}};
  EXPECT_EQ(SettleDeconfliction(lead_->house(), kAnalyst, agreed).error().code, Code::kDenied);
  const auto settled = SettleDeconfliction(lead_->house(), kSupervisor, agreed);
  ASSERT_TRUE(settled) << settled.error().message;
  EXPECT_EQ((*settled)["told"].dump(), R"(["at-bk","gb-nca"])");
  EXPECT_EQ(State(), "settled");
  EXPECT_EQ(lead_->Number("SELECT count(*) FROM ledger_leaf WHERE act='settle_deconfliction'"), 1);
  EXPECT_EQ(ListLeads(lead_->house(), "officer-1", id_).value()[0]["lead"], "at-bk");
}

TEST_F(CoordinationTest, AnOverrideIsASupervisorsActWithItsReason) {
  EXPECT_EQ(OverrideDeconfliction(lead_->house(), kAnalyst, id_, {.package = "pkg-1", .authority = ""}).error().code,
            Code::kDenied);
  EXPECT_EQ(OverrideDeconfliction(lead_->house(), {.officer = "officer-2", .reason = ""}, id_,
                                  {.package = "pkg-1", .authority = ""})
                .error()
                .code,
            Code::kInvalid);
  const auto done = OverrideDeconfliction(lead_->house(), {.officer = "officer-2", .reason = "A child is at risk now"},
                                          id_, {.package = "pkg-1", .authority = ""});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(
      lead_->Text("SELECT p.value FROM ledger_private p JOIN deconfliction_override o ON o.leaf_index=p.leaf_index "
                  "WHERE p.field='reason'"),
      "A child is at risk now");
  EXPECT_EQ(lead_->Number("SELECT count(*) FROM deconfliction_told"), 2) << "both contacts know";
}

TEST_F(CoordinationTest, ALeadAndATaskGoToTheOtherNodeAndItsReportComesBack) {
  const std::string subject = "sbj-aaaaaaaaaaaaaaaa";
  EXPECT_EQ(AssignLead(lead_->house(), kAnalyst, subject, "gb-nca").error().code, Code::kDenied);
  EXPECT_EQ(AssignLead(lead_->house(), kSupervisor, "sbj-bbbbbbbbbbbbbbbb", "gb-nca").error().code, Code::kNotFound);
  const auto assigned = AssignLead(lead_->house(), kSupervisor, subject, "gb-nca");
  ASSERT_TRUE(assigned) << assigned.error().message;
  EXPECT_EQ((*assigned)["told"].dump(), R"(["at-bk","gb-nca"])");
  ASSERT_TRUE(AssignLead(lead_->house(), kSupervisor, subject, "at-bk"));
  const auto task = SetTask(lead_->house(), kAnalyst,
                            {.about = subject, .what = "Search", .authority = "at-bk", .due = "2022-03-04T00:00:00Z"});
  ASSERT_TRUE(task) << task.error().message;
  const std::string id = (*task)["task"];
  EXPECT_EQ(lead_->Carry(*austria_), 0);
  const auto leads = ListLeads(austria_->house(), "officer-1", subject).value();
  ASSERT_EQ(leads.size(), 2U);
  EXPECT_EQ(leads[1]["lead"], "at-bk");
  EXPECT_TRUE(leads[1]["until"].is_null());
  clock_.Advance(48 * kHour);
  const auto board = ShowBoard(austria_->house(), "officer-1").value();
  EXPECT_EQ(board[0]["about"], subject);
  EXPECT_EQ(board[0]["of"], "nz-dia");
  EXPECT_TRUE(board[0]["overdue"].get<bool>());
  ASSERT_TRUE(
      ReportTask(austria_->house(), kAnalyst, {.id = id, .origin = "", .state = "done", .note = "Two devices"}));
  EXPECT_EQ(austria_->Carry(*lead_), 0);
  const auto tasks = ListTasks(lead_->house(), "officer-1").value();
  EXPECT_EQ(tasks[0]["state"], "done");
  EXPECT_EQ(tasks[0]["reports"][0]["note"], "Two devices");
}

TEST_F(CoordinationTest, MessagesOfStrangersAndForgedOnesAreRefusedAndLeaveNothing) {
  ReceivedMessage message{.id = "msg-x", .from = "gb-nca", .kind = MessageKind::kTaskReport, .labels = {}};
  message.body = {
      {"format", "crossguard-task-report/1"}, {"task", "tsk-aaaaaaaaaaaaaaaa"}, {"state", "done"}, {"note", ""}};
  EXPECT_EQ(lead_->Take(message).error().code, Code::kNotFound);
  message.kind = MessageKind::kDeconflictionSettled;
  message.from = "fr-police";
  message.body = {{"format", "crossguard-deconfliction-settled/1"},
                  {"deconfliction", id_},
                  {"leads", "gb-nca"},
                  {"outcome", "joint"},
                  {"agreed_by", {"at-bk", "gb-nca"}}};
  EXPECT_EQ(lead_->Take(message).error().code, Code::kNotFound) << "no party";
  message.kind = MessageKind::kDeconflictionNotice;
  message.body = {{"format", "crossguard-deconfliction-notice/1"},
                  {"deconfliction", id_},
                  {"kind", "account"},
                  {"other", {{"authority", "nz-dia"}, {"contact", "x"}}},
                  {"since", "2022-03-02"}};
  EXPECT_EQ(lead_->Take(message).error().code, Code::kInvalid) << "names its receiver";
  EXPECT_EQ(State(), "contacts_told");
  EXPECT_EQ(lead_->Number("SELECT count(*) FROM deconfliction_notice"), 0);
  EXPECT_EQ(lead_->Number("SELECT count(*) FROM deconfliction_agreement"), 0);
}

TEST_F(CoordinationTest, AtANationalNodeTheSecondPackageIsAlreadyKnown) {
  const auto hold = [&](const char* source, const char* channel) {
    return Hold(austria_->house(), kAnalyst,
                {.source = source, .channel = channel, .service = "QuokkaChat", .account = "wombat-4711"});
  };
  ASSERT_TRUE(hold("pkg-europol", "eu-europol"));
  EXPECT_TRUE(ProposeAnswer(austria_->house(), "officer-1", "pkg-europol").value()["proposed_answer"].is_null());
  clock_.Advance(24 * kHour);
  // The second as a package that was opened into a folder.
  const std::string opened = austria_->folder() + "/opened";
  std::filesystem::create_directories(opened + "/bag/data");
  std::ofstream(opened + "/bag/data/accounts.json")
      << R"({"accounts":[{"esp_identifier":"wombat-4711","service":"quokkachat"}],"format":"crossguard-accounts/1"})";
  const auto second =
      Hold(austria_->house(), kAnalyst, {.source = "pkg-interpol", .channel = "int-interpol", .opened_folder = opened});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ((*second)["new"], 1);
  const json proposal = ProposeAnswer(austria_->house(), "officer-1", "pkg-interpol").value();
  EXPECT_EQ(proposal["proposed_answer"], "already_known");
  EXPECT_EQ(proposal["ways"][0]["known_through"], "eu-europol");
  const json list = ListDeconflictions(austria_->house(), "officer-1").value();
  EXPECT_EQ(list["deconflictions"][0]["known_through"].dump(),
            R"(["through eu-europol since 2022-03-03","through int-interpol since 2022-03-04"])");
  EXPECT_EQ(hold("pkg-x", "xx-unknown").error().code, Code::kNotFound);
}

TEST_F(CoordinationTest, ClaimsTravelByKeyedKeyBetweenNodesThatShareTheSecret) {
  const std::string file = austria_->folder() + "/claims.json";
  EXPECT_EQ(ExportClaims(austria_->house(), kAnalyst, "kauri", file).error().code, Code::kNotFound);
  const auto made = KeepOperationSecret(austria_->house(), kSupervisor, "kauri", "");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(KeepOperationSecret(austria_->house(), kSupervisor, "kauri", "").error().code, Code::kConflict);
  EXPECT_EQ(KeepOperationSecret(austria_->house(), kSupervisor, "../x", "").error().code, Code::kInvalid);
  ASSERT_TRUE(KeepOperationSecret(lead_->house(), kSupervisor, "kauri", (*made)["file"]));
  ASSERT_TRUE(
      Hold(austria_->house(), kAnalyst,
           {.source = "pkg-interpol", .channel = "int-interpol", .service = "quokkachat", .account = "wombat-4711"}));
  // The register of the national node has no report of it: all that it has of the account is its key.
  ASSERT_TRUE(ExportClaims(austria_->house(), kAnalyst, "kauri", file));
  EXPECT_EQ(ReadText(file).find("wombat"), std::string::npos);
  const auto taken = ImportClaims(lead_->house(), kAnalyst, file);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ((*taken)["from"], "at-bk");
  EXPECT_EQ((*taken)["taken"], 1);
  EXPECT_EQ((*taken)["claims_without_secret"], 0);
  EXPECT_EQ((*taken)["new_parties"], 0) << "at-bk is a party by its package already";
  EXPECT_EQ(lead_->Number("SELECT count(*) FROM coordination_interest i JOIN coordination_key k ON k.key=i.key WHERE "
                          "i.basis='claim'"),
            1)
      << "the claim met the account that the lead holds in clear";
  EXPECT_EQ(ImportClaims(austria_->house(), kAnalyst, file).error().code, Code::kInvalid) << "its own";
}

}  // namespace
}  // namespace crossguard
