// Linked into every test program: its testing::TempDir() is a folder of its own, gone when it ends. Two runs of one
// test at once, from two builds or by two people, never meet. Whoever sets TEST_TMPDIR keeps it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

class OwnFolder final : public testing::Environment {
 public:
  void SetUp() override {
    if (std::getenv("TEST_TMPDIR") != nullptr) return;  // also in the child of a death test
    std::string pattern = std::filesystem::temp_directory_path() / "crossguard_test_XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) GTEST_FAIL() << "No folder could be made in " << pattern;
    folder_ = pattern;
    setenv("TEST_TMPDIR", folder_.c_str(), 1);
  }
  void TearDown() override {
    if (folder_.empty()) return;
    std::error_code ignored;  // a test that takes its rights away says so itself
    std::filesystem::remove_all(folder_, ignored);
    unsetenv("TEST_TMPDIR");
    folder_.clear();
  }

 private:
  std::string folder_;
};

const auto* const kOwnFolder = testing::AddGlobalTestEnvironment(new OwnFolder);

}  // namespace
