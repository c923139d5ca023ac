// What a Files promises, asked of the real one and of the one in memory.
#include "env/files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "env/memory_files.h"

namespace crossguard {
namespace {

class FilesContract : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "files_contract";
    std::filesystem::remove_all(root_);
    if (GetParam()) {
      files_ = std::make_unique<SystemFiles>();
    } else {
      files_ = std::make_unique<MemoryFiles>(3);
    }
    ASSERT_TRUE(files_->MakeFolders(root_));
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void Put(const std::string& name, std::string_view text) {
    const auto file = files_->OpenAppend(root_ + "/" + name).value();
    ASSERT_TRUE(file->Append(AsBytes(text)));
  }
  std::string Get(const std::string& name) {
    return std::string(AsText(files_->ReadWhole(root_ + "/" + name, 1'000).value()));
  }
  std::string root_;
  std::unique_ptr<Files> files_;
};

TEST_P(FilesContract, AppendsGoToTheEndAndTheSizeIsKnown) {
  Put("a", "one");
  const auto file = files_->OpenAppend(root_ + "/a").value();
  EXPECT_EQ(file->size(), 3U);
  ASSERT_TRUE(file->Append(AsBytes("two")));
  ASSERT_TRUE(file->Append({}));
  EXPECT_EQ(file->size(), 6U);
  ASSERT_TRUE(file->Sync());
  EXPECT_EQ(Get("a"), "onetwo");
}

TEST_P(FilesContract, ALinkOrCopyHasTheSameContentAndReplacesNothing) {
  Put("a", "bytes");
  ASSERT_TRUE(files_->LinkOrCopy(root_ + "/a", root_ + "/b"));
  EXPECT_EQ(Get("b"), "bytes");
  EXPECT_EQ(files_->LinkOrCopy(root_ + "/a", root_ + "/b").error().code, Code::kConflict);
  EXPECT_EQ(files_->LinkOrCopy(root_ + "/absent", root_ + "/c").error().code, Code::kNotFound);
  ASSERT_TRUE(files_->Remove(root_ + "/a"));
  EXPECT_EQ(Get("b"), "bytes");
}

TEST_P(FilesContract, ReadsStopAtTheEndAndSeeWhatWasAppendedLater) {
  Put("a", "abcdef");
  const auto file = files_->OpenRead(root_ + "/a").value();
  Bytes out(4);
  EXPECT_EQ(file->ReadAt(1, out).value(), 4U);
  EXPECT_EQ(AsText(out), "bcde");
  EXPECT_EQ(file->ReadAt(4, out).value(), 2U);
  EXPECT_EQ(file->ReadAt(6, out).value(), 0U);
  EXPECT_EQ(file->ReadAt(100, out).value(), 0U);
  Put("a", "gh");
  EXPECT_EQ(file->size(), 6U);
  EXPECT_EQ(file->ReadAt(6, out).value(), 2U);
}

TEST_P(FilesContract, TruncateCutsAndGrowsWithZeros) {
  Put("a", "abcdef");
  const auto open = files_->OpenAppend(root_ + "/a").value();
  ASSERT_TRUE(files_->Truncate(root_ + "/a", 2));
  EXPECT_EQ(Get("a"), "ab");
  ASSERT_TRUE(open->Append(AsBytes("Z")));  // appends go to the new end
  EXPECT_EQ(Get("a"), "abZ");
  ASSERT_TRUE(files_->Truncate(root_ + "/a", 5));
  EXPECT_EQ(Get("a"), std::string("abZ\0\0", 5));
  EXPECT_EQ(files_->Truncate(root_ + "/none", 0).error().code, Code::kNotFound);
}

TEST_P(FilesContract, AnErasedRangeIsZeroAndTheRestIsAsItWas) {
  Put("a", "abcdef");
  ASSERT_TRUE(files_->EraseRange(root_ + "/a", 1, 3));
  EXPECT_EQ(Get("a"), std::string("a\0\0\0ef", 6));
  ASSERT_TRUE(files_->EraseRange(root_ + "/a", 1, 3)) << "a repeat changes nothing";
  ASSERT_TRUE(files_->EraseRange(root_ + "/a", 6, 0));
  EXPECT_EQ(Get("a"), std::string("a\0\0\0ef", 6));
  EXPECT_EQ(files_->EraseRange(root_ + "/a", 4, 3).error().code, Code::kInvalid);
  EXPECT_EQ(files_->EraseRange(root_ + "/a", 7, 0).error().code, Code::kInvalid);
  EXPECT_EQ(files_->EraseRange(root_ + "/absent", 0, 0).error().code, Code::kNotFound);
  const std::string large(3'000'000, 'x');
  Put("b", large);
  ASSERT_TRUE(files_->EraseRange(root_ + "/b", 500'000, 2'000'000));
  const Bytes after = files_->ReadWhole(root_ + "/b", 4'000'000).value();
  EXPECT_EQ(std::ranges::count(after, 0), 2'000'000);
  EXPECT_EQ(after[499'999], 'x');
  EXPECT_EQ(after[2'500'000], 'x');
}

TEST_P(FilesContract, RenameReplacesAndRemoveRemoves) {
  Put("a", "new");
  Put("b", "old");
  ASSERT_TRUE(files_->Rename(root_ + "/a", root_ + "/b"));
  EXPECT_EQ(Get("b"), "new");
  EXPECT_FALSE(files_->Exists(root_ + "/a"));
  EXPECT_EQ(files_->Rename(root_ + "/a", root_ + "/b").error().code, Code::kNotFound);
  const auto held = files_->OpenRead(root_ + "/b").value();
  ASSERT_TRUE(files_->Remove(root_ + "/b"));
  EXPECT_EQ(files_->Remove(root_ + "/b").error().code, Code::kNotFound);
  Bytes out(3);
  EXPECT_EQ(held->ReadAt(0, out).value(), 3U);  // who holds it open still reads it
  EXPECT_TRUE(files_->SyncFolder(root_));
}

TEST_P(FilesContract, AFolderMovesWithAllThatIsInItAndGoesAsAWhole) {
  ASSERT_TRUE(files_->MakeFolders(root_ + "/old/inner"));
  ASSERT_TRUE(files_->WriteWhole(root_ + "/old/a", AsBytes("1")));
  ASSERT_TRUE(files_->WriteWhole(root_ + "/old/inner/b", AsBytes("2")));
  ASSERT_TRUE(files_->Rename(root_ + "/old", root_ + "/new"));
  EXPECT_FALSE(files_->Exists(root_ + "/old"));
  EXPECT_EQ(files_->List(root_ + "/new").value(), (std::vector<std::string>{"a", "inner"}));
  EXPECT_EQ(AsText(files_->ReadWhole(root_ + "/new/inner/b", 10).value()), "2");
  ASSERT_TRUE(files_->MakeFolders(root_ + "/other"));
  ASSERT_TRUE(files_->WriteWhole(root_ + "/other/c", AsBytes("3")));
  EXPECT_FALSE(files_->Rename(root_ + "/new", root_ + "/other")) << "what is not empty is not replaced";
  ASSERT_TRUE(files_->RemoveTree(root_ + "/new"));
  EXPECT_FALSE(files_->Exists(root_ + "/new/inner/b"));
  EXPECT_FALSE(files_->Exists(root_ + "/new"));
  EXPECT_TRUE(files_->RemoveTree(root_ + "/new")) << "nothing to do";
  EXPECT_TRUE(files_->Exists(root_ + "/other/c"));
}

TEST_P(FilesContract, FoldersListTheirNamesInOrder) {
  ASSERT_TRUE(files_->MakeFolders(root_ + "/x/y/z"));
  ASSERT_TRUE(files_->MakeFolders(root_ + "/x/y"));
  Put("x/b", "");
  Put("x/a", "");
  EXPECT_EQ(files_->List(root_ + "/x").value(), (std::vector<std::string>{"a", "b", "y"}));
  EXPECT_EQ(files_->List(root_ + "/x/y/z").value(), std::vector<std::string>{});
  EXPECT_EQ(files_->List(root_ + "/none").error().code, Code::kNotFound);
  EXPECT_EQ(files_->SyncFolder(root_ + "/none").error().code, Code::kNotFound);
  EXPECT_TRUE(files_->Exists(root_ + "/x/y"));
  EXPECT_EQ(files_->MakeFolders(root_ + "/x/a").error().code, Code::kInvalid);
}

TEST_P(FilesContract, WhatIsMissingOrOfTheWrongKindHasItsCode) {
  ASSERT_TRUE(files_->MakeFolders(root_ + "/x"));
  EXPECT_EQ(files_->OpenRead(root_ + "/none").error().code, Code::kNotFound);
  EXPECT_EQ(files_->OpenAppend(root_ + "/none/a").error().code, Code::kNotFound);
  EXPECT_EQ(files_->OpenRead(root_ + "/x").error().code, Code::kInvalid);
  EXPECT_EQ(files_->OpenAppend(root_ + "/x").error().code, Code::kInvalid);
  EXPECT_EQ(files_->Remove(root_ + "/x").error().code, Code::kInvalid);
}

TEST_P(FilesContract, WriteWholeReplacesWhateverACrashLeft) {
  Put("a.new", "half of somethi");
  ASSERT_TRUE(files_->WriteWhole(root_ + "/a", AsBytes("one")));
  ASSERT_TRUE(files_->WriteWhole(root_ + "/a", AsBytes("two")));
  EXPECT_EQ(Get("a"), "two");
  EXPECT_EQ(files_->List(root_).value(), std::vector<std::string>{"a"});
  EXPECT_EQ(files_->ReadWhole(root_ + "/a", 2).error().code, Code::kExhausted);
}

INSTANTIATE_TEST_SUITE_P(Both, FilesContract, testing::Bool(),
                         [](const auto& which) { return which.param ? "System" : "Memory"; });

// --- What only the one in memory can show
// -----------------------------------------------------------------------------

TEST(MemoryFiles, WhatWasSyncedSurvivesAndTheRestInEveryLegalWay) {
  bool lost = false, whole = false, part = false, zeroed = false, unnamed = false;
  const std::string loose(2'000, 'b');
  for (uint64_t seed = 0; seed < 200; ++seed) {
    MemoryFiles files(seed);
    ASSERT_TRUE(files.MakeFolders("/d"));
    const auto file = files.OpenAppend("/d/a").value();
    ASSERT_TRUE(file->Append(AsBytes("kept")));
    ASSERT_TRUE(file->Sync());
    ASSERT_TRUE(files.SyncFolder("/d"));
    ASSERT_TRUE(file->Append(AsBytes(loose)));
    ASSERT_TRUE(files.OpenAppend("/d/b").value()->Sync());  // its bytes, not its name
    files.Restart();
    EXPECT_FALSE(file->Append(AsBytes("x")));  // a handle from before
    const std::string now(AsText(files.ReadWhole("/d/a", 10'000).value()));
    ASSERT_EQ(now.substr(0, 4), "kept");
    const std::string tail = now.substr(4);
    ASSERT_LE(tail.size(), loose.size());
    lost |= tail.empty();
    whole |= tail == loose;
    part |= !tail.empty() && tail.size() < loose.size();
    zeroed |= tail.find('\0') != std::string::npos;
    unnamed |= !files.Exists("/d/b");
  }
  EXPECT_TRUE(lost && whole && part && zeroed && unnamed);
}

TEST(MemoryFiles, WriteWholeIsOldOrNewAtEveryCrash) {
  bool old_seen = false, new_seen = false;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    for (uint64_t crash = 1; crash <= 6; ++crash) {
      MemoryFiles files(seed);
      ASSERT_TRUE(files.MakeFolders("/d"));
      ASSERT_TRUE(files.WriteWhole("/d/a", AsBytes("old")));
      files.CrashAt(files.operations() + crash);
      const bool done = files.WriteWhole("/d/a", AsBytes("new")).has_value();
      EXPECT_EQ(files.crashed(), !done);
      files.Restart();
      const std::string now(AsText(files.ReadWhole("/d/a", 100).value()));
      EXPECT_TRUE(now == "new" || (now == "old" && !done)) << now << seed << crash;
      old_seen |= now == "old";
      new_seen |= now == "new" && !done;
    }
  }
  EXPECT_TRUE(old_seen && new_seen);
}

TEST(MemoryFiles, AFolderThatWasSyncedIsWholeUnderOneOfItsTwoNamesAtEveryCrash) {
  int moved = 0, stayed = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    for (uint64_t at = 0; at < 2; ++at) {
      MemoryFiles files(seed);
      ASSERT_TRUE(files.MakeFolders("d/old"));
      for (const char* name : {"d/old/a", "d/old/b"}) ASSERT_TRUE(files.WriteWhole(name, AsBytes("x")));
      if (at == 1) files.CrashAt(files.operations() + 1);
      (void)files.Rename("d/old", "d/new");
      files.Restart();
      const bool is_new = files.Exists("d/new/a");
      ASSERT_EQ(files.Exists("d/new/b"), is_new);
      ASSERT_EQ(files.Exists("d/old/a"), !is_new);
      ASSERT_EQ(files.Exists("d/new"), is_new);
      (is_new ? moved : stayed) += 1;
    }
  }
  EXPECT_GT(moved, 0);
  EXPECT_GT(stayed, 0);
}

TEST(MemoryFiles, BytesOfAFailedSyncAreGoneWhateverALaterSyncSays) {
  MemoryFiles files(1);
  ASSERT_TRUE(files.MakeFolders("/d"));
  const auto file = files.OpenAppend("/d/a").value();
  ASSERT_TRUE(files.SyncFolder("/d"));
  ASSERT_TRUE(file->Append(AsBytes("lost")));
  files.FailAt(files.calls() + 1, Code::kCorrupt);
  EXPECT_EQ(file->Sync().error().code, Code::kCorrupt);
  ASSERT_TRUE(file->Sync());
  EXPECT_EQ(files.ReadWhole("/d/a", 10).value(), ToBytes("lost"));
  files.Restart();
  EXPECT_EQ(files.ReadWhole("/d/a", 10).value(), Bytes(4));
}

TEST(MemoryFiles, AFullDiskMayTakeAPart) {
  bool some = false;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    MemoryFiles files(seed);
    ASSERT_TRUE(files.MakeFolders("/d"));
    const auto file = files.OpenAppend("/d/a").value();
    files.FailAt(files.calls() + 1, Code::kExhausted);
    EXPECT_EQ(file->Append(AsBytes("abcdefgh")).error().code, Code::kExhausted);
    EXPECT_EQ(file->size(), files.ReadWhole("/d/a", 10)->size());
    some |= file->size() > 0 && file->size() < 8;
    EXPECT_TRUE(file->Append(AsBytes("abcdefgh")));
  }
  EXPECT_TRUE(some);
}

}  // namespace
}  // namespace crossguard
