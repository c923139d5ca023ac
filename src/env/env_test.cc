#include "env/env.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace crossguard {
namespace {

TEST(SeededRandom, TheSameSeedGivesTheSameBytesOnEveryMachine) {
  SeededRandom a(7);
  SeededRandom b(7);
  SeededRandom c(8);
  const auto first = a.Take<33>();
  EXPECT_EQ(first, b.Take<33>());
  EXPECT_NE(first, c.Take<33>());
}

TEST(SeededRandom, BelowStaysBelowAndReachesAll) {
  SeededRandom random(1);
  std::array<int, 7> seen{};
  for (int i = 0; i < 7'000; ++i) ++seen[random.Below(7)];
  for (const int n : seen) EXPECT_GT(n, 800);
}

TEST(SystemFiles, WriteWholeReplacesAndErrorsSayWhatToDo) {
  SystemFiles files;
  const std::string folder = testing::TempDir() + "/env_test/a/b";
  ASSERT_TRUE(files.MakeFolders(folder));
  const std::string path = folder + "/x";
  ASSERT_TRUE(files.WriteWhole(path, AsBytes("one")));
  ASSERT_TRUE(files.WriteWhole(path, AsBytes("two")));
  EXPECT_EQ(files.ReadWhole(path, 10).value(), ToBytes("two"));
  EXPECT_EQ(files.ReadWhole(path, 2).error().code, Code::kExhausted);
  EXPECT_EQ(files.OpenRead(folder + "/none").error().code, Code::kNotFound);
  EXPECT_EQ(files.OpenRead(folder).error().code, Code::kInvalid);
  EXPECT_EQ(files.List(folder).value(), std::vector<std::string>{"x"});
  std::filesystem::remove_all(testing::TempDir() + "/env_test");
}

}  // namespace
}  // namespace crossguard
