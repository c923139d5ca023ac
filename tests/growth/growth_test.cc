// An operation of four times the size may cost some four times as much, never sixteen times. Held without a clock: by
// the steps that each statement took in the register, over two whole runs.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "app/house.h"
#include "app/pipeline.h"
#include "env/clock.h"
#include "simulate/simulate.h"

namespace crossguard {
namespace {

constexpr int64_t kAccounts = 350;
constexpr int64_t kFactor = 4;
constexpr int64_t kStepsThatMatter = 200'000;
constexpr double kGrowthMax = 1.75;  // over proportional: deeper trees, a little; a square would be 4

struct Silent final : Progress {
  void Tell(const ProgressNews&) override {}
  void Note(std::string_view) override {}
};

class Growth : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/crossguard-growth-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<std::map<std::string, int64_t>> EffortsOf(int64_t accounts) {
    Env env{clock_, random_, files_, Log(nullptr)};
    const std::string count = std::to_string(accounts);
    const std::string operation = folder_ + "/operation-" + count;
    TRY(Simulate(env,
                 {.size = "accounts=" + count + ",files=" + count + ",bytes=" + std::to_string(accounts * 6) + "KB",
                  .seed = 5,
                  .out = operation,
                  .workers = 0,
                  .progress = [](const SimulateProgress&) {}}));
    const auto house = TRY(House::Open(env, {.data_folder = folder_ + "/data-" + count,
                                             .shipped_config_folder = CROSSGUARD_CONFIG_FOLDER,
                                             .authorities_path = "",
                                             .writable = true}));
    Silent silent;
    TRY(crossguard::Run(
        *house, {.submission_path = operation, .operation = "kauri", .officer = "officer-1", .workers = 1}, silent));
    return house->db().Efforts();
  }

  std::string folder_;
  SystemClock clock_;
  SystemRandom random_;
  SystemFiles files_;
};

TEST_F(Growth, NoStatementOfARunGrowsWithTheSquareOfTheOperation) {
  const auto small = EffortsOf(kAccounts);
  ASSERT_TRUE(small) << small.error().message;
  const auto large = EffortsOf(kAccounts * kFactor);
  ASSERT_TRUE(large) << large.error().message;
  ASSERT_GT(large->size(), 50U);
  int64_t held_count = 0;
  for (const auto& [sql, steps] : *large) {
    if (steps < kStepsThatMatter) continue;
    ++held_count;
    const auto before = small->find(sql);
    const double share = before == small->end() ? 0 : static_cast<double>(before->second);
    EXPECT_LT(static_cast<double>(steps), share * kFactor * kGrowthMax)
        << sql << "\ntook " << share << " steps for " << kAccounts << " accounts and " << steps << " for "
        << kAccounts * kFactor;
  }
  EXPECT_GT(held_count, 0);
}

}  // namespace
}  // namespace crossguard
