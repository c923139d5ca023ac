#include "env/source_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace crossguard {
namespace {
namespace fs = std::filesystem;

class Tree : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "/tree_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }
  void Write(const std::string& name, std::string_view text = "x") const {
    fs::create_directories(fs::path(root_ + "/" + name).parent_path());
    std::ofstream(root_ + "/" + name) << text;
  }
  std::vector<SourceEntry> All(const std::string& path) const {
    std::vector<SourceEntry> out;
    auto tree = OpenSystemTree(path);
    EXPECT_TRUE(tree) << tree.error().message;
    while (true) {
      auto entry = (*tree)->Next();
      EXPECT_TRUE(entry);
      if (!*entry) return out;
      out.push_back(**entry);
    }
  }
  std::string root_;
};

TEST_F(Tree, ComesInByteOrderOfThePaths) {
  for (const char* name : {"b", "a/z", "a.txt", "a/b/c", "a-", "ab"}) Write(name);
  std::vector<std::string> paths;
  for (const SourceEntry& entry : All(root_)) paths.push_back(entry.path);
  EXPECT_THAT(paths, testing::ElementsAre("a-", "a.txt", "a/b/c", "a/z", "ab", "b"));
  EXPECT_TRUE(std::ranges::is_sorted(paths));
}

TEST_F(Tree, NeverFollowsALinkAndNeverOpensASpecialFile) {
  Write("real/inside", "secret");
  fs::create_symlink("/etc/passwd", root_ + "/link");
  fs::create_directory_symlink(root_ + "/real", root_ + "/dirlink");
  ASSERT_EQ(mkfifo((root_ + "/pipe").c_str(), 0600), 0);
  std::vector<std::string> odd;
  for (const SourceEntry& entry : All(root_)) {
    if (entry.kind == SourceEntry::Kind::kNotRegular) odd.push_back(entry.path);
  }
  EXPECT_THAT(odd, testing::ElementsAre("dirlink", "link", "pipe"));
  const auto tree = OpenSystemTree(root_);
  EXPECT_FALSE((*tree)->Open("link"));
  EXPECT_FALSE((*tree)->Open("dirlink/inside"));
  EXPECT_FALSE((*tree)->Open("pipe"));
  EXPECT_TRUE((*tree)->Open("real/inside"));
}

TEST_F(Tree, APathCannotLeaveTheFolder) {
  Write("a", "x");
  const auto tree = OpenSystemTree(root_);
  for (const char* path : {"../a", "/etc/passwd", "a/../../x", ".", "", "%2E%2E/a", "%2Fetc%2Fpasswd", "a%00b"})
    EXPECT_FALSE((*tree)->Open(path)) << path;
}

TEST_F(Tree, NamesOfAnyBytesAreToldApartAndOpened) {
  Write("\xff\xfe", "bad");
  Write("%FF%FE", "percent");
  Write("line\nbreak", "newline");
  Write("ü", "umlaut");
  const auto tree = OpenSystemTree(root_);
  std::map<std::string, std::string> seen;
  for (const SourceEntry& entry : All(root_)) {
    auto file = (*tree)->Open(entry.path);
    ASSERT_TRUE(file) << entry.path;
    Bytes bytes(16);
    bytes.resize((*file)->ReadAt(0, bytes).value());
    seen[entry.path] = AsText(bytes);
  }
  EXPECT_THAT(seen,
              testing::UnorderedElementsAre(testing::Pair("%FF%FE", "bad"), testing::Pair("%25FF%25FE", "percent"),
                                            testing::Pair("line%0Abreak", "newline"), testing::Pair("ü", "umlaut")));
}

TEST_F(Tree, TooDeepIsNamedNotDescended) {
  std::string deep = root_;
  for (int i = 0; i < kSourceDepthMax + 3; ++i) deep += "/d";
  fs::create_directories(deep);
  std::ofstream(deep + "/f") << "x";
  Write("top");
  const auto all = All(root_);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].kind, SourceEntry::Kind::kUnreadableFolder);
  EXPECT_EQ(all[1].path, "top");
}

TEST_F(Tree, ASingleFileIsATreeOfOne) {
  Write("folder/report.xml");
  Write("folder/other");
  const auto all = All(root_ + "/folder/report.xml");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].path, "report.xml");
}

TEST_F(Tree, WhatIsNotThereIsSaid) {
  EXPECT_EQ(OpenSystemTree(root_ + "/none").error().code, Code::kNotFound);
  ASSERT_EQ(mkfifo((root_ + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(OpenSystemTree(root_ + "/pipe").error().code, Code::kInvalid);
}

}  // namespace
}  // namespace crossguard
