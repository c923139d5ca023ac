// Walks the schema: every column that could hold a person's value is swept by an erasure, or stands here with the
// reason why it needs none. A new table fails this test until somebody has thought of it.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "register/erase_message_rows.h"
#include "register/testing_erase_columns.h"

namespace crossguard {
namespace {

constexpr const char* kValue = "tui.harakeke.77@mail.example";

class EraseColumns : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/erase_columns_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    db_ = OpenSqlite(folder_ + "/register.db", OpenMode::kReadWrite).value();
  }
  void TearDown() override {
    db_.reset();
    std::filesystem::remove_all(folder_);
  }
  struct Column {
    std::string name, type;
  };
  std::map<std::string, std::vector<Column>> Tables() {
    std::map<std::string, std::vector<Column>> out;
    EXPECT_TRUE(db_->Each(
        "SELECT m.name, c.name, c.type FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type='table' AND "
        "m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid",
        [&](const SqlRow& row) -> Status {
          out[row.Text(0)].push_back({.name = row.Text(1), .type = row.Text(2)});
          return {};
        }));
    return out;
  }
  // A row of every table with the value in every text.
  void Fill() {
    ASSERT_TRUE(db_->Script("PRAGMA foreign_keys=OFF"));
    for (const auto& [table, columns] : Tables()) {
      std::string names, values;
      for (const Column& column : columns) {
        names += (names.empty() ? "\"" : ",\"") + column.name + "\"";
        values += values.empty() ? "" : ",";
        values += column.type == "TEXT" ? "'" + std::string(kValue) + "'" : column.type == "BLOB" ? "x'00'" : "1";
      }
      const Status done = db_->Script("INSERT INTO \"" + table + "\" (" + names + ") VALUES (" + values + ")");
      ASSERT_TRUE(done) << table << ": " << done.error().message;
    }
  }
  std::string folder_;
  std::unique_ptr<Database> db_;
};

TEST_F(EraseColumns, EveryColumnThatCouldHoldAValueIsSweptOrHasItsReason) {
  const auto swept = erase_rows::SweptColumns(*db_).value();
  std::set<std::string> seen;
  for (const auto& [table, columns] : Tables()) {
    for (const Column& column : columns) {
      if (column.type != "TEXT" && column.type != "BLOB") continue;
      const std::string name = table + "." + column.name;
      seen.insert(name);
      EXPECT_NE(swept.contains({table, column.name}), UnsweptColumns().contains(name))
          << name << " is neither swept by an erasure nor listed with a reason, or both; see testing_erase_columns.h.";
    }
  }
  for (const auto& [name, why] : UnsweptColumns())
    EXPECT_TRUE(seen.contains(name)) << name << " is no column any more.";
}

TEST_F(EraseColumns, TheSweepReachesEveryColumnThatItClaims) {
  Fill();
  {
    Transaction transaction = Transaction::Begin(*db_).value();
    std::set<std::string> stuck;
    const auto changed = erase_rows::MaskTexts(
        transaction,
        [](std::string& text) -> size_t {
          if (text.find(kValue) == std::string::npos) return 0;
          text = "masked";
          return 1;
        },
        stuck);
    ASSERT_TRUE(changed) << changed.error().message;
    EXPECT_TRUE(stuck.empty()) << *stuck.begin();
    ASSERT_TRUE(transaction.Commit());
  }
  const auto swept = erase_rows::SweptColumns(*db_).value();
  EXPECT_GT(swept.size(), 200U);
  for (const auto& [table, column] : swept) {
    EXPECT_EQ(db_->TextOf("SELECT \"" + column + "\" FROM \"" + table + "\"").value(), "masked") << table << column;
  }
}

TEST_F(EraseColumns, QuestionsLoseTheirValueWhateverItsLengthAndKeepTheirRows) {
  ASSERT_TRUE(db_->Script(
      "INSERT INTO hit_query (authority,message_id,type,value,asked_at,answers) VALUES ('aa','m1','email','a@b',1,"
      "'[{}]'),('aa','m2','email','c@d',1,'[{}]');"
      "INSERT INTO hit_blind_item (authority,message_id,place,type,value,blind,element) VALUES "
      "('aa','m3',0,'email','a@b',x'0102',x'03'),('aa','m3',1,'email','c@d',x'0102',x'03');"
      "INSERT INTO information_request (direction,authority,message_id,question,selectors,legal_basis,urgency,asked_at,"
      "due_at) VALUES ('in','aa','m4','q','[{\"type\":\"email\",\"value\":\"a@b\"},{\"type\":\"email\",\"value\":"
      "\"c@d\"}]','l','normal',1,1);"
      "INSERT INTO release_request (direction,authority,message_id,type,value,reason,asked_at,fields) VALUES "
      "('out','aa','m5','email','a@b','',1,'[{\"type\":\"email\",\"value\":\"a@b\"}]')"));
  EXPECT_TRUE(erase_rows::IsAsked(*db_, "email", "a@b").value());
  {
    Transaction transaction = Transaction::Begin(*db_).value();
    EXPECT_EQ(erase_rows::BlankAsked(transaction, {{"email", "a@b"}}).value(), 4);
    ASSERT_TRUE(transaction.Commit());
  }
  EXPECT_FALSE(erase_rows::IsAsked(*db_, "email", "a@b").value());
  EXPECT_TRUE(erase_rows::IsAsked(*db_, "email", "c@d").value());
  EXPECT_EQ(db_->Number("SELECT count(*) FROM hit_query WHERE value='' AND answers='[]'").value(), 1);
  EXPECT_EQ(db_->Number("SELECT count(*) FROM hit_blind_item WHERE value='' AND blind=x''").value(), 1);
  EXPECT_EQ(db_->TextOf("SELECT selectors FROM information_request").value(),
            R"([{"type":"email","value":""},{"type":"email","value":"c@d"}])");
  EXPECT_EQ(db_->TextOf("SELECT value||fields FROM release_request").value(), "[]");
}

TEST_F(EraseColumns, WhatAnArrivingMessageWroteIsKnownByItsIdOrItsSenderAndTime) {
  ASSERT_TRUE(db_->Script(
      "INSERT INTO inbox "
      "(sender,id,kind,message_sha256,labels,in_reply_to,urgency,created_at,received_at,state,receipt) "
      "VALUES ('aa','m1','correction',x'00','{}','','normal',5,7,'taken',''),"
      "('aa','m2','task',x'00','{}','','normal',5,9,'taken','');"
      "INSERT INTO correction (sender,message_id,about,correction,said_at) VALUES ('aa','m1','x','wrong',7);"
      "INSERT INTO package_question (sender,message_id,package,question,asked_at) VALUES ('aa','m1','p','who',7);"
      "INSERT INTO information_request (direction,authority,message_id,question,selectors,legal_basis,urgency,asked_at,"
      "due_at,answer,answered_at) VALUES ('in','aa','m1','q','[]','l','normal',1,1,'own',3),"
      "('out','aa','m7','ours','[]','l','normal',1,1,'theirs',9);"
      "INSERT INTO received_package (sender,package,message_id,kind,operation,gateway,gateway_reason,account_count,"
      "file_count,payload_bytes,labels,folder,received_at,recalled_at,recall_reason) VALUES "
      "('aa','p','m9','referral','o','g','',1,1,1,'{}','f',1,9,'why');"
      "INSERT INTO task (origin,id,about,what,authority,due_at,state,set_by,set_at) VALUES "
      "('aa','t1','x','look','bb',1,'open','o',9),('bb','t2','x','stays','bb',1,'open','o',9);"
      "INSERT INTO task_report (task_key,state,note,said_by,at) VALUES (1,'done','note','aa',9)"));
  const auto texts = [&](const char* message) {
    std::set<std::string> out;
    EXPECT_TRUE(erase_rows::EachReceivedText(*db_, "aa", message, [&](std::string_view text) -> Status {
      out.emplace(text);
      return {};
    }));
    return out;
  };
  EXPECT_EQ(texts("m1"), (std::set<std::string>{"wrong", "who", "q"}));
  EXPECT_EQ(texts("m2"), (std::set<std::string>{"theirs", "why", "look", "note"}));
  EXPECT_EQ(texts("m3"), std::set<std::string>{}) << "it never came";
  {
    Transaction transaction = Transaction::Begin(*db_).value();
    for (const char* message : {"m1", "m2"}) ASSERT_TRUE(erase_rows::BlankReceivedTexts(transaction, "aa", message));
    EXPECT_FALSE(erase_rows::ShutOut(transaction, "aa", "m1", {11}).value());
    EXPECT_TRUE(erase_rows::ShutOut(transaction, "aa", "m3", {11}).value());
    ASSERT_TRUE(transaction.Commit());
  }
  EXPECT_TRUE(texts("m1").empty());
  EXPECT_TRUE(texts("m2").empty());
  EXPECT_EQ(db_->Number("SELECT count(*) FROM task WHERE what='stays'").value(), 1);
  EXPECT_EQ(db_->TextOf("SELECT answer FROM information_request WHERE direction='in'").value(), "own");
  EXPECT_EQ(db_->TextOf("SELECT state FROM inbox WHERE id='m3'").value(), "erased");
}

}  // namespace
}  // namespace crossguard
