#include "register/app_rows.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "register/desk_rows.h"
#include "register/json_rows.h"

namespace crossguard {
namespace {

// One submission of one report with one reported account and one file, at rest in its final states.
constexpr std::string_view kAtRest = R"sql(
INSERT INTO operation (operation_key,id,name,created_at) VALUES (1,'op-1','kauri',0);
INSERT INTO submission (submission_key,id,operation_key,state,source_path,manifest_sha256,item_count,byte_count,begun_at) VALUES (1,'sub-1',1,'read','/s',x'01',2,15,0);
INSERT INTO blob (sha256,md5,sha1,size_bytes,pack,offset_bytes,length_bytes,wrapped_key) VALUES (x'0a',x'00',x'00',10,1,0,10,x''), (x'0b',x'00',x'00',5,1,10,5,x'');
INSERT INTO exhibit_item (item_key,submission_key,path,size_bytes,sha256,state,role) VALUES (1,1,'r.xml',10,x'0a','sealed','report'), (2,1,'f.jpg',5,x'0b','sealed','media');
INSERT INTO report (report_key,id,operation_key,submission_key,item_key,place,dialect,provider,provider_report_id,state,incident_type) VALUES (1,'rep-1',1,1,1,'line 1','xml','p','7','taken','t');
UPDATE exhibit_item SET report_count=1, identifier_count=1, refused_count=1 WHERE item_key=1;
INSERT INTO account (account_key,id,service,esp_identifier) VALUES (1,'acc-1','svc','u1');
INSERT INTO account_mention (mention_key,account_key,report_key,role,item_key,place) VALUES (1,1,1,'reported',1,'line 2');
INSERT INTO file_details (details_key,id,report_key,provider_report_id,account_key,provider_file_id,item_key,place,state,media_item_key) VALUES (1,'fil-1',1,'7',1,'f1',1,'line 3','matched',2);
INSERT INTO media (media_key,id,sha256,md5,sha1,size_bytes,state) VALUES (1,'med-1',x'0b',x'00',x'00',5,'examined');
INSERT INTO media_copy (media_key,item_key) VALUES (1,2);
INSERT INTO subject (subject_key,id,account_count) VALUES (1,'sbj-1',1);
INSERT INTO subject_account (account_key,subject_key) VALUES (1,1);
INSERT INTO triage (account_key,lane,lane_reason,band,due_at,second_officer) VALUES (1,'normal','','low',0,0);
INSERT INTO jurisdiction (account_key,country,confidence,explanation) VALUES (1,'',0,'{}');
INSERT INTO withheld (operation_key,account_key,authority,reason_code,reason) VALUES (1,1,'','unclear_jurisdiction','The country is unclear.');
)sql";

class AppRows : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/app_rows_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    db_ = OpenSqlite(folder_ + "/register.db", OpenMode::kReadWrite).value();
    const Status filled = db_->Script(kAtRest);
    ASSERT_TRUE(filled) << filled.error().message;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Viewer TheViewer() {
    return Viewer::Load(*db_, {.house = "nz-dia",
                               .authority = "nz-dia",
                               .officer = "officer-1",
                               .acts_with_role = ~0U,
                               .now = Instant{1},
                               .purpose = "operational_analysis"})
        .value();
  }

  std::string BrokenLines() {
    std::string out;
    const std::vector<BalanceLine> lines = ComputeBalance(*db_).value();
    for (const BalanceLine& line : lines) {
      if (!line.holds()) out += line.name + " ";
    }
    return out;
  }

  std::string folder_;
  std::unique_ptr<Database> db_;
};

TEST_F(AppRows, TheBalanceHoldsWhenEveryRecordRestsInOneState) {
  EXPECT_EQ(BrokenLines(), "");
}

TEST_F(AppRows, EachLossOrDoubleCountBreaksItsLine) {
  struct Damage {
    const char* sql;
    const char* line;
  };
  const Damage damages[] = {
      {"DELETE FROM media_copy; DELETE FROM exhibit_item WHERE item_key=2", "items"},
      {"DELETE FROM blob WHERE sha256=x'0b'", "bytes"},
      {"UPDATE exhibit_item SET role='unread' WHERE item_key=1", "documents"},
      {"UPDATE exhibit_item SET report_count=2 WHERE item_key=1", "reports"},
      {"INSERT INTO quarantine (item_key,place,kind,reason) VALUES (1,'record 9','report','r')", "reports"},
      {"UPDATE exhibit_item SET identifier_count=7 WHERE item_key=1", "selectors"},
      {"INSERT INTO selector (selector_key,type,value) VALUES (9,'ip','192.0.2.1'); INSERT INTO sighting "
       "(selector_key,report_key,origin,raw,item_key,place) VALUES (9,1,'mined','192.0.2.1',1,'x')",
       "selectors"},
      {"UPDATE file_details SET state='declared'", "details"},
      {"UPDATE media SET state='pending'", "files"},
      {"DELETE FROM blob WHERE sha256=x'0b'", "copies"},
      {"DELETE FROM subject_account", "subjects"},
      {"DELETE FROM triage", "triage"},
      {"DELETE FROM jurisdiction", "jurisdiction"},
      {"DELETE FROM withheld", "accounts"},
      {"INSERT INTO package "
       "(package_key,id,operation_key,authority,kind,state,gateway,gateway_reason,contents_sha256,account_count,file_"
       "count,composed_at) "
       "VALUES (1,'pkg-1',1,'a','referral','sealed','g','r',x'00',1,0,0); INSERT INTO package_account VALUES (1,1)",
       "accounts"},
      {"INSERT INTO hash_list "
       "(id,name,version,owner,kind,scheme,source_sha256,source_name,imported_at,state,row_count,taken_count,ignored_"
       "count,quarantined_count) "
       "VALUES ('l','n','1','o','known','s',x'01','f',0,'current',3,3,0,0)",
       "list_rows"},
      {"INSERT INTO contribution "
       "(id,owner,purpose,handling,grade,contact,source_sha256,imported_at,item_count,taken_count,refused_count) "
       "VALUES ('c','o','p','[]','X4','c',x'01',0,2,2,0)",
       "holdings"},
      // Said to be on its way, and no message takes it along.
      {"INSERT INTO carriage (direction,origin,id,destination,carrier,kind,gateway,attempt,message_id,state,begun_at) "
       "VALUES ('through','a','msg-1','b','c','recall','',1,'msg-2','carried',0)",
       "carried"},
      // In a cluster, though there is nothing to look at.
      {"INSERT INTO cluster (cluster_key,id,representative_key,member_count) VALUES (1,'c',1,2); INSERT INTO "
       "cluster_member VALUES (1,1,0)",
       "looks"},
      {"INSERT INTO ledger_leaf (leaf_index,entry,leaf_hash,at,act,object_id) VALUES (1,x'00',x'00',0,'a','')",
       "ledger"},
  };
  for (const Damage& damage : damages) {
    ASSERT_TRUE(db_->Script("SAVEPOINT s; PRAGMA defer_foreign_keys=ON"));
    const Status done = db_->Script(damage.sql);
    ASSERT_TRUE(done) << damage.sql << ": " << done.error().message;
    EXPECT_NE(BrokenLines().find(damage.line), std::string::npos)
        << damage.sql << " should break the line " << damage.line << ", broke: " << BrokenLines();
    ASSERT_TRUE(db_->Script("ROLLBACK TO s; RELEASE s"));
  }
  EXPECT_EQ(BrokenLines(), "");
}

TEST_F(AppRows, AStepIsDoneOnlyForTheInputItWasDoneFor) {
  const Key<Operation> operation{1};
  EXPECT_FALSE(StepDone(*db_, operation, "match", "a").value());
  Transaction transaction = std::move(*Transaction::Begin(*db_));
  ASSERT_TRUE(MarkStep(transaction, operation, "match", "a", Instant{5}));
  ASSERT_TRUE(transaction.Commit());
  EXPECT_TRUE(StepDone(*db_, operation, "match", "a").value());
  EXPECT_FALSE(StepDone(*db_, operation, "match", "b").value());
  EXPECT_FALSE(StepDone(*db_, operation, "triage", "a").value());
}

TEST_F(AppRows, TheInputOfDerivedStepsChangesWithEachOfItsParts) {
  const std::string before = DerivedInput(*db_).value();
  for (const char* change :
       {"UPDATE media SET state='pending'",
        "INSERT INTO account_mention (account_key,report_key,role,item_key,place) VALUES (1,1,'recipient',1,'x')",
        "UPDATE file_details SET state='missing'"}) {
    ASSERT_TRUE(db_->Script("SAVEPOINT s"));
    ASSERT_TRUE(db_->Script(change));
    EXPECT_NE(DerivedInput(*db_).value(), before) << change;
    ASSERT_TRUE(db_->Script("ROLLBACK TO s; RELEASE s"));
  }
}

TEST_F(AppRows, RecordsAreShownByIdOrByWhatPeopleCallThem) {
  EXPECT_EQ(ShowAccount(*db_, TheViewer(), "acc-1").value()["id"], "acc-1");
  EXPECT_EQ(ShowAccount(*db_, TheViewer(), "svc/u1").value()["withheld"][0]["reason_code"], "unclear_jurisdiction");
  EXPECT_EQ(ShowAccount(*db_, TheViewer(), "acc-2").error().code, Code::kNotFound);
  EXPECT_EQ(ShowFile(*db_, TheViewer(), "0B").value()["id"], "med-1");
  EXPECT_EQ(ShowFile(*db_, TheViewer(), "f1").value()["declared"][0]["account"], "acc-1");
  EXPECT_EQ(ShowSubject(*db_, TheViewer(), "sbj-1").value()["accounts"][0]["esp_identifier"], "u1");
  const nlohmann::json figures = OperationFigures(*db_, TheViewer(), "kauri").value();
  EXPECT_EQ(figures["accounts_reported"], 1);
  EXPECT_EQ(figures["files"], 1);
  EXPECT_EQ(figures["accounts_unclear"], 1);
  EXPECT_EQ(OperationFigures(*db_, TheViewer(), "other").error().code, Code::kNotFound);
}

TEST_F(AppRows, ColumnNamesSayHowValuesRead) {
  const nlohmann::json rows = JsonRows(*db_,
                                       "SELECT 0 AS is_no, NULL AS is_unknown, 1 AS is_yes, 1000000 AS sealed_at, "
                                       "'{\"a\":1}' AS facts_json, x'0aff' AS digest, 7 AS n")
                                  .value();
  EXPECT_EQ(
      rows.dump(),
      R"([{"digest":"0aff","facts":{"a":1},"is_no":false,"is_unknown":null,"is_yes":true,"n":7,"sealed_at":"1970-01-01T00:00:01Z"}])");
}

}  // namespace
}  // namespace crossguard
