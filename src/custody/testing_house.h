// For tests of this room: a register in memory, files in a scratch folder, a clock that stands, and a key from a seed.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "custody/ledger.h"

namespace crossguard {

class LedgerHouse : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = testing::TempDir() + "/custody_" + test->test_suite_name() + "_" + test->name();
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
    database_ = OpenSqlite(":memory:", OpenMode::kReadWrite).value();
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  // Appends and commits.
  int64_t Append(const LedgerEntry& entry) {
    Transaction transaction = Transaction::Begin(*database_).value();
    const int64_t index = ledger_.Append(transaction, entry).value();
    EXPECT_TRUE(transaction.Commit());
    return index;
  }
  void AppendMany(int64_t count) {
    Transaction transaction = Transaction::Begin(*database_).value();
    for (int64_t i = 0; i < count; ++i) {
      LedgerEntry entry{
          .at = clock_.Now(), .act = "match_files", .officer = "officer-1", .object_id = "sub-" + std::to_string(i)};
      entry.secrets.push_back({.field = "reason", .value = Private<std::string>("Check of case " + std::to_string(i))});
      ASSERT_TRUE(ledger_.Append(transaction, entry));
    }
    ASSERT_TRUE(transaction.Commit());
  }
  int64_t LeafTotal() { return ledger_.Verify(*database_).value().leaf_count; }

  std::string root_;
  ManualClock clock_{Instant{1'646'216'130'000'000}};
  SeededRandom random_{11};
  SystemFiles files_;
  Env env_{.clock = clock_, .random = random_, .files = files_, .log = Log(nullptr)};
  SigningKey key_ = SigningKey::Make(random_);
  std::unique_ptr<Database> database_;
  std::string folder_ = testing::TempDir() + "/custody_" +
                        testing::UnitTest::GetInstance()->current_test_info()->test_suite_name() + "_" +
                        testing::UnitTest::GetInstance()->current_test_info()->name() + "/ledger";
  Ledger ledger_{env_, folder_, "crossguard/nz-dia/test", key_};
};

}  // namespace crossguard
