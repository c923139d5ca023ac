// For tests of the stages: a register, a gate with one officer who has every role, and an id maker, all real, in a
// temporary folder.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "crypto/public_id.h"
#include "custody/gate.h"
#include "env/env.h"
#include "register/visibility.h"

namespace crossguard {

class TestHouse {
 public:
  TestHouse() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    auto opened = OpenSqlite(folder + "/register.db", OpenMode::kReadWrite);
    EXPECT_TRUE(opened) << opened.error().message;
    db = std::move(*opened);
    Officer officer{.id = "officer-1", .roles = {}};
    for (const Role role : {Role::kIntake, Role::kAnalyst, Role::kTriage, Role::kDissemination, Role::kSupervisor,
                            Role::kDataProtection}) {
      officer.roles.emplace_back(Text(role));
    }
    book.self = "xx-house";
    book.officers.push_back(officer);
  }
  ~TestHouse() {
    db.reset();
    std::filesystem::remove_all(folder);
  }
  TestHouse(const TestHouse&) = delete;
  TestHouse& operator=(const TestHouse&) = delete;

  Permit Pass(Transaction& transaction, Act act) {
    auto permit =
        gate.Pass(transaction, {.act = act, .officer = "officer-1", .object_id = "op-test", .reason = "A test."});
    CHECK(permit.has_value());
    return std::move(*permit);
  }
  // Work(transaction, permit) in one transaction, committed if it succeeded.
  template <class Work>
  auto Do(Act act, const Work& work) {
    auto transaction = Transaction::Begin(*db);
    CHECK(transaction.has_value());
    const Permit permit = Pass(*transaction, act);
    auto result = work(*transaction, permit);
    if (result) CHECK(transaction->Commit().has_value());
    return result;
  }
  // As the officer sees it now.
  Viewer View() {
    auto viewer = Viewer::Load(*db, {.house = book.self,
                                     .authority = book.self,
                                     .officer = "officer-1",
                                     .acts_with_role = ~uint32_t{0},
                                     .now = clock.Now(),
                                     .purpose = "operational_analysis",
                                     .recipient = "",
                                     .permissions = {}});
    CHECK(viewer.has_value());
    return std::move(*viewer);
  }
  Sight See() { return View().To(DataAct::kRead); }
  int64_t Number(std::string_view sql) { return db->Number(sql).value().value_or(-1); }
  // All rows of a statement, columns joined by '|': for comparing whole tables.
  std::string Rows(std::string_view sql, int columns) {
    std::string out;
    const Status status = db->Each(sql, [&](const SqlRow& row) -> Status {
      for (int i = 0; i < columns; ++i) out += row.Text(i) + (i + 1 < columns ? "|" : "\n");
      return {};
    });
    EXPECT_TRUE(status) << status.error().message;
    return out;
  }

  const std::string folder =
      testing::TempDir() + "/house_" + testing::UnitTest::GetInstance()->current_test_info()->test_suite_name() + "_" +
      testing::UnitTest::GetInstance()->current_test_info()->name() + "_" + std::to_string(++counter_);
  ManualClock clock{Instant{1'650'000'000 * kMicrosPerSecond}};
  SeededRandom random{7};
  SystemFiles files;
  Env env{.clock = clock, .random = random, .files = files, .log = Log(nullptr)};
  AuthorityBook book;
  SigningKey key = SigningKey::Make(random);
  std::unique_ptr<Database> db;
  Ledger ledger{env, folder + "/ledger", "crossguard.example/test", key};
  Gate gate{env, book, ledger};
  IdMaker ids{SecretKey::Make(random)};

 private:
  static inline int counter_ = 0;
};

}  // namespace crossguard
