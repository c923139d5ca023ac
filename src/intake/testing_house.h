// For tests of this room: a register, a vault, a gate with one intake officer, and a scratch folder for what a provider
// sends.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "crypto/public_id.h"
#include "custody/gate.h"
#include "intake/read.h"
#include "intake/seal.h"
#include "vault/vault.h"

namespace crossguard {

class IntakeHouse : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = testing::TempDir() + "/intake_" + test->test_suite_name() + "_" + test->name();
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_ + "/in");
    book_.officers = {{.id = "officer-1", .roles = {"intake", "analyst"}}};
    ledger_ = std::make_unique<Ledger>(env_, root_ + "/ledger", "crossguard/test/test", key_);
    gate_ = std::make_unique<Gate>(env_, book_, *ledger_);
    database_ = OpenSqlite(root_ + "/register.db", OpenMode::kReadWrite).value();
    ASSERT_TRUE(database_->Run("INSERT INTO operation (id, name, created_at) VALUES ('op-test', 'Test', 0)"));
    operation_ = {database_->last_insert_key()};
    OpenVault();
  }
  void TearDown() override {
    vault_.reset();
    database_.reset();
    std::filesystem::remove_all(root_);
  }
  void OpenVault() {
    vault_.reset();
    vault_ = Vault::Open(env_, *database_, root_ + "/vault", store_key_).value();
  }

  void Write(const std::string& name, std::string_view bytes, const std::string& folder = "in") const {
    const std::string path = root_ + "/" + folder + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  PassGate Gated() {
    return [this](Transaction& transaction, Act act, const std::string& object_id,
                  const std::string& details) -> Result<Permit> {
      ++passes_;
      return gate_->Pass(transaction, {.act = act,
                                       .officer = "officer-1",
                                       .object_id = object_id,
                                       .reason = "Test of intake",
                                       .details_json = details});
    };
  }
  Result<SealOutcome> SealFolder(const std::string& folder = "in") {
    return Seal(env_, *vault_, *database_, ids_, Gated(), operation_, root_ + "/" + folder);
  }
  Result<ReadOutcome> Read(Key<Submission> submission) {
    return ReadSubmission(env_, *vault_, *database_, ids_, Gated(), submission);
  }
  // Seals and reads a folder; both must work.
  ReadOutcome Take(const std::string& folder = "in") {
    const auto sealed = SealFolder(folder);
    EXPECT_TRUE(sealed) << sealed.error().message;
    if (!sealed) return {};
    submission_ = sealed->key;
    const auto read = Read(sealed->key);
    EXPECT_TRUE(read) << read.error().message;
    return read.value_or(ReadOutcome{});
  }
  int64_t Count(const std::string& sql) { return database_->Number(sql).value().value_or(-1); }
  std::string TextOf(const std::string& sql) { return database_->TextOf(sql).value().value_or("(null)"); }
  // All rows of a query, columns joined by '|'.
  std::vector<std::string> Lines(const std::string& sql, int columns) {
    std::vector<std::string> out;
    EXPECT_TRUE(database_->Each(sql, [&](const SqlRow& row) -> Status {
      std::string line;
      for (int i = 0; i < columns; ++i) line += (i > 0 ? "|" : "") + (row.IsNull(i) ? "-" : row.Text(i));
      out.push_back(line);
      return {};
    }));
    return out;
  }

  std::string root_;
  ManualClock clock_{Instant{1'646'216'130'000'000}};
  SeededRandom random_{11};
  SystemFiles files_;
  Env env_{.clock = clock_, .random = random_, .files = files_, .log = Log(nullptr)};
  AuthorityBook book_;
  SigningKey key_ = SigningKey::Make(random_);
  SecretKey store_key_ = HkdfSha256Key(AsBytes("store"), {}, AsBytes("test"));
  IdMaker ids_{HkdfSha256Key(AsBytes("ids"), {}, AsBytes("test"))};
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Vault> vault_;
  Key<Operation> operation_;
  Key<Submission> submission_;
  int passes_ = 0;
};

}  // namespace crossguard
