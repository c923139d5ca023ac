#include "register/sql.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "register/schema.h"
#include "register/schema_parts.h"

namespace crossguard {
namespace {

class Sql : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/sql_test_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/register.db";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::unique_ptr<Database> Open() {
    auto db = OpenSqlite(path_, OpenMode::kReadWrite);
    EXPECT_TRUE(db) << db.error().message;
    return std::move(*db);
  }
  std::string folder_;
  std::string path_;
};

// A file that may grow no more is what a full disk is to SQLite, wherever it meets it: in the database, in the log or
// in the index of the log.
TEST_F(Sql, WithoutRoomAWriteIsExhaustedAndNothingOfItStaysWhereverItHappens) {
  ASSERT_TRUE(Open()->Script("CREATE TABLE t (a TEXT) STRICT"));
  const auto former = signal(SIGXFSZ, SIG_IGN);
  rlimit all{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &all), 0);
  const std::string text(3'000, 'x');
  int full = 0;
  for (rlim_t limit = 1'024; limit < 400'000; limit *= 2) {
    const rlimit little{.rlim_cur = limit, .rlim_max = all.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &little), 0);
    const Status done = [&]() -> Status {
      const auto db = TRY(OpenSqlite(path_, OpenMode::kReadWrite));
      Transaction transaction = TRY(Transaction::Begin(*db));
      for (int i = 0; i < 10; ++i) TRY(db->Run("INSERT INTO t VALUES (?1)", text));
      return transaction.Commit();
    }();
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &all), 0);
    if (!done) {
      ++full;
      EXPECT_EQ(done.error().code, Code::kExhausted) << limit << ": " << done.error().message;
      EXPECT_TRUE(done.error().message.ends_with("make room on the disk and run the same command again."))
          << done.error().message;
    }
    EXPECT_EQ(Open()->Number("SELECT count(*) FROM t").value(), done ? 10 : 0) << limit;
    ASSERT_TRUE(Open()->Run("DELETE FROM t"));
  }
  signal(SIGXFSZ, former);
  EXPECT_GT(full, 4);
}

TEST_F(Sql, ValuesComeBackAsTheyWentIn) {
  const auto db = Open();
  const Sha256 digest = Sha256::FromHexText(std::string(64, 'a')).value();
  ASSERT_TRUE(db->Script("CREATE TABLE t (a INTEGER, b TEXT, c BLOB, d REAL, e INTEGER) STRICT"));
  ASSERT_TRUE(db->Run("INSERT INTO t VALUES (?1,?2,?3,?4,?5)", int64_t{-5}, std::string("é\0x", 4), digest, 0.5,
                      std::optional<bool>()));
  ASSERT_TRUE(db->Each("SELECT a,b,c,d,e FROM t", [&](const SqlRow& row) -> Status {
    EXPECT_EQ(row.Int(0), -5);
    EXPECT_EQ(row.Text(1), std::string("é\0x", 4));
    EXPECT_EQ(row.Digest<Sha256>(2), digest);
    EXPECT_EQ(row.Real(3), 0.5);
    EXPECT_EQ(row.Tri(4), std::nullopt);
    return {};
  }));
}

TEST_F(Sql, AStatementMayRunInsideItself) {
  const auto db = Open();
  ASSERT_TRUE(db->Script("CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (1),(2)"));
  int pairs = 0;
  const auto count = [&](const SqlRow&) -> Status {
    ++pairs;
    return {};
  };
  ASSERT_TRUE(db->Each("SELECT a FROM t", [&](const SqlRow&) { return db->Each("SELECT a FROM t", count); }));
  EXPECT_EQ(pairs, 4);
}

TEST_F(Sql, ATransactionThatIsNotCommittedLeavesNothing) {
  const auto db = Open();
  {
    auto transaction = Transaction::Begin(*db);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(db->Run("INSERT INTO operation (id,name,created_at) VALUES ('op-1','x',0)"));
  }
  EXPECT_EQ(db->Number("SELECT count(*) FROM operation").value(), 0);
}

TEST_F(Sql, ErrorsNeverHoldBoundValues) {
  const auto db = Open();
  ASSERT_TRUE(db->Run("INSERT INTO operation (id,name,created_at) VALUES ('op-1',?1,0)", "secret-name"));
  const Status again = db->Run("INSERT INTO operation (id,name,created_at) VALUES ('op-2',?1,0)", "secret-name");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kConflict);
  EXPECT_EQ(again.error().message.find("secret-name"), std::string::npos);
}

TEST_F(Sql, AnOlderRegisterIsBroughtUpAndKeepsItsRows) {
  {
    const auto db = Open();
    ASSERT_TRUE(db->Run("INSERT INTO media (id,sha256,md5,sha1,size_bytes) VALUES ('m-1',x'00',x'00',x'00',7)"));
    // Version 1, as it was before frames of videos were kept: what came later is taken away again.
    for (const std::string_view part :
         {kAuthorityTables, kLabelTables, kExchangeTables, kCoordinationTables, kOutcomeTables, kRetentionTables}) {
      constexpr std::string_view kMake = "CREATE TABLE ";
      for (size_t at = part.find(kMake); at != std::string_view::npos; at = part.find(kMake, at + 1)) {
        const std::string_view rest = part.substr(at + kMake.size());
        ASSERT_TRUE(db->Script("DROP TABLE " + std::string(rest.substr(0, rest.find(' ')))));
      }
    }
    ASSERT_TRUE(
        db->Script("DROP TABLE media_frame; DROP TABLE video_link; ALTER TABLE media DROP COLUMN facts; "
                   "DROP VIEW cluster_look; DROP TABLE cluster_thumbnail; ALTER TABLE cluster DROP COLUMN shows; "
                   "ALTER TABLE hash_list DROP COLUMN pdq_definition; ALTER TABLE media DROP COLUMN pdq_full; "
                   "ALTER TABLE media DROP COLUMN pdq_full_quality; "
                   "ALTER TABLE hash_hit DROP COLUMN frames_met; ALTER TABLE hash_hit DROP COLUMN frames_compared; "
                   "PRAGMA user_version=1"));
  }
  EXPECT_EQ(OpenSqlite(path_, OpenMode::kReadOnly).error().code, Code::kUnsupported);
  const auto db = Open();
  EXPECT_EQ(db->Number("SELECT size_bytes FROM media WHERE id='m-1' AND facts='{}'"), 7);
  EXPECT_EQ(db->Number("SELECT count(*) FROM media_frame"), 0);
  EXPECT_EQ(db->Number("PRAGMA user_version"), kSchemaVersion);
}

TEST_F(Sql, ANewerRegisterIsRefusedAndAStrangeFileIsNamed) {
  {
    ASSERT_TRUE(Open()->Script("PRAGMA user_version=99"));
  }
  const auto newer = OpenSqlite(path_, OpenMode::kReadWrite);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, Code::kUnsupported);
  const std::string strange = folder_ + "/strange.db";
  std::ofstream(strange) << std::string(5000, 'x');
  const auto refused = OpenSqlite(strange, OpenMode::kReadWrite);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_EQ(OpenSqlite(folder_ + "/none.db", OpenMode::kReadOnly).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace crossguard
