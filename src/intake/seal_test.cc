#include "intake/seal.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "env/memory_files.h"
#include "intake/testing_house.h"

namespace crossguard {
namespace {
namespace fs = std::filesystem;

class SealTest : public IntakeHouse {};

// A tree that behaves as told at certain paths, over a real one.
class TrickyTree final : public SourceTree {
 public:
  explicit TrickyTree(std::unique_ptr<SourceTree> real) : real_(std::move(real)) {}
  Result<std::optional<SourceEntry>> Next() override {
    if (stop_after_ == 0) return Fail(Code::kUnavailable, "The power went.");
    --stop_after_;
    return real_->Next();
  }
  Result<std::unique_ptr<ReadFile>> Open(const std::string& path) override {
    if (path == fails_) return Fail(Code::kCorrupt, "Cannot read: check the disk.");
    auto file = TRY(real_->Open(path));
    if (path == changes_ && changes_left_ > 0) {
      --changes_left_;
      return std::make_unique<Changed>(std::move(file), static_cast<uint8_t>(++version_));
    }
    return file;
  }
  Status Rewind() override { return real_->Rewind(); }

  std::string changes_;
  int changes_left_ = 0;
  std::string fails_;
  int stop_after_ = 1'000'000;

 private:
  class Changed final : public ReadFile {
   public:
    Changed(std::unique_ptr<ReadFile> real, uint8_t version) : real_(std::move(real)), version_(version) {}
    Result<size_t> ReadAt(uint64_t offset, std::span<uint8_t> out) override {
      const size_t got = TRY(real_->ReadAt(offset, out));
      if (offset == 0 && got > 0) out[0] = version_;
      return got;
    }
    uint64_t size() const override { return real_->size(); }

   private:
    std::unique_ptr<ReadFile> real_;
    uint8_t version_;
  };
  std::unique_ptr<SourceTree> real_;
  int version_ = 0;
};

TEST_F(SealTest, EveryFileIsSealedAndTheReceiptSaysSo) {
  Write("a/one.xml", "<report/>");
  Write("b/two.bin", std::string(3 << 20, 'x'));
  Write("b/same.bin", std::string(3 << 20, 'x'));
  Write("empty", "");
  const auto out = SealFolder();
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(out->item_count, 4);
  EXPECT_EQ(out->sealed_count, 4);
  EXPECT_EQ(out->byte_count, 9U + 2U * (3U << 20U));
  EXPECT_FALSE(out->already_taken_in);
  EXPECT_EQ(Count("SELECT count(*) FROM blob"), 3);
  EXPECT_EQ(TextOf("SELECT state FROM submission"), "sealed");
  EXPECT_NE(out->receipt.find(out->manifest_sha256.hex()), std::string::npos);
  EXPECT_NE(out->receipt.find("\"sealed\":4"), std::string::npos);
  // The manifest is what `sha256sum` over the files in byte order of their paths would give.
  const auto line = [](std::string_view bytes, const std::string& path) {
    return HashSha256(AsBytes(bytes)).hex() + "  " + path + "\n";
  };
  const std::string big(3 << 20, 'x');
  EXPECT_EQ(out->manifest_sha256, HashSha256(AsBytes(line("<report/>", "a/one.xml") + line(big, "b/same.bin") +
                                                     line(big, "b/two.bin") + line("", "empty"))));
  EXPECT_EQ(AsText(vault_->Read(HashSha256(AsBytes("<report/>")), 100).value()), "<report/>");
}

TEST_F(SealTest, TheSameSubmissionTwiceChangesNothingAndSaysSo) {
  Write("a", "1");
  Write("b", "2");
  const auto first = SealFolder();
  ASSERT_TRUE(first);
  fs::copy(root_ + "/in", root_ + "/elsewhere", fs::copy_options::recursive);
  for (const char* folder : {"in", "elsewhere"}) {
    const auto again = SealFolder(folder);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(again->already_taken_in);
    EXPECT_EQ(again->id, first->id);
    EXPECT_EQ(again->receipt, first->receipt);
    EXPECT_EQ(again->item_count, 2);
  }
  EXPECT_EQ(Count("SELECT count(*) FROM submission"), 1);
  EXPECT_EQ(Count("SELECT count(*) FROM exhibit_item"), 2);
  EXPECT_EQ(Count("SELECT count(*) FROM blob"), 2);
}

TEST_F(SealTest, AnotherSubmissionOfTheSameOperationIsItsOwn) {
  Write("a", "1");
  Write("a", "1", "second");
  Write("b", "2", "second");
  ASSERT_TRUE(SealFolder());
  const auto second = SealFolder("second");
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->already_taken_in);
  EXPECT_EQ(Count("SELECT count(*) FROM submission"), 2);
  EXPECT_EQ(Count("SELECT count(*) FROM blob"), 2) << "the same bytes lie in the vault once";
}

TEST_F(SealTest, LinksAndSpecialFilesAreNamedNeverOpened) {
  Write("real", "x");
  fs::create_symlink("/etc/hostname", root_ + "/in/link");
  ASSERT_EQ(mkfifo((root_ + "/in/pipe").c_str(), 0600), 0);
  const auto out = SealFolder();
  ASSERT_TRUE(out);
  EXPECT_EQ(out->sealed_count, 1);
  EXPECT_EQ(out->not_regular_count, 2);
  EXPECT_THAT(Lines("SELECT path, state, sha256 IS NULL FROM exhibit_item ORDER BY path", 3),
              testing::ElementsAre("link|not_regular|1", "pipe|not_regular|1", "real|sealed|0"));
}

// Whatever lies in the folder ends in one named state, and the states add up.
TEST_F(SealTest, EveryOddThingInAFolderIsNamedAndCounted) {
  Write("plain", "x");
  Write("new\nline", "x");
  Write("tab\tand \"quotes\"", "x");
  Write("not utf8 \xFF\xFE", "x");
  Write("..hidden", "x");
  Write(std::string(255, 'n'), "x");
  Write("100%41", "x");
  Write("-rf", "x");
  std::string deep;
  for (int i = 0; i < 70; ++i) deep += "d/";
  Write(deep + "below", "x");
  fs::create_symlink("/etc/passwd", root_ + "/in/absolute");
  fs::create_symlink("../../..", root_ + "/in/up");
  fs::create_symlink("loop", root_ + "/in/loop");
  fs::create_symlink(".", root_ + "/in/itself");
  fs::create_symlink("nowhere", root_ + "/in/dangling");
  fs::create_directory(root_ + "/in/empty");
  ASSERT_EQ(mkfifo((root_ + "/in/pipe").c_str(), 0600), 0);
  const auto out = SealFolder();
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(out->item_count, out->sealed_count + out->unreadable_count + out->not_regular_count);
  EXPECT_EQ(out->sealed_count, 8);
  EXPECT_EQ(out->not_regular_count, 6);
  EXPECT_EQ(out->unreadable_count, 1) << "the folder that lies too deep, by its name";
  EXPECT_EQ(Count("SELECT count(*) FROM exhibit_item WHERE state <> 'sealed' AND reason = ''"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM blob"), 1) << "all say x, and nothing from outside came in";
  for (const std::string path : {"new%0Aline", "not utf8 %FF%FE", "..hidden", "100%2541", "-rf"})
    EXPECT_EQ(Count("SELECT count(*) FROM exhibit_item WHERE state = 'sealed' AND path = '" + path + "'"), 1) << path;
  const auto read = Read(out->key);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->media_copy_count, 8);
}

TEST_F(SealTest, AFileThatChangesOnceIsReadAgain) {
  Write("calm", "calm");
  Write("moving", "moving");
  TrickyTree tree(OpenSystemTree(root_ + "/in").value());
  tree.changes_ = "moving";
  tree.changes_left_ = 1;
  const auto out = SealTree(env_, *vault_, *database_, ids_, Gated(), operation_, "in", tree);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->sealed_count, 2);
  EXPECT_EQ(Count("SELECT count(*) FROM blob"), 2) << "nothing of the first reading stays";
}

TEST_F(SealTest, AFileThatKeepsChangingIsUnreadableAndStopsNobody) {
  Write("calm", "calm");
  Write("moving", "moving");
  Write("zebra", "zebra");
  TrickyTree tree(OpenSystemTree(root_ + "/in").value());
  tree.changes_ = "moving";
  tree.changes_left_ = 100;
  tree.fails_ = "zebra";
  const auto out = SealTree(env_, *vault_, *database_, ids_, Gated(), operation_, "in", tree);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->sealed_count, 1);
  EXPECT_EQ(out->unreadable_count, 2);
  EXPECT_EQ(TextOf("SELECT reason FROM exhibit_item WHERE path = 'moving'"), "changed while reading");
  EXPECT_EQ(Count("SELECT count(*) FROM blob"), 1);
}

TEST_F(SealTest, WhatWasCommittedBeforeACrashStaysAndTheRestFollows) {
  for (int i = 0; i < 200; ++i) Write("f" + std::to_string(1000 + i), "content " + std::to_string(i));
  TrickyTree tree(OpenSystemTree(root_ + "/in").value());
  tree.stop_after_ = 151;  // one look for emptiness, then 150 entries: two batches of 64 are committed
  EXPECT_FALSE(SealTree(env_, *vault_, *database_, ids_, Gated(), operation_, root_ + "/in", tree));
  EXPECT_EQ(Count("SELECT count(*) FROM exhibit_item"), 128);
  EXPECT_EQ(TextOf("SELECT state FROM submission"), "sealing");
  OpenVault();
  Write("f1003", "what lay there changed in the meantime");
  const auto out = SealFolder();
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_TRUE(out->resumed);
  EXPECT_EQ(out->sealed_count, 200);
  EXPECT_EQ(Count("SELECT count(*) FROM submission"), 1);
  const Sha256 now = HashSha256(AsBytes("what lay there changed in the meantime"));
  EXPECT_EQ(TextOf("SELECT lower(hex(sha256)) FROM exhibit_item WHERE path = 'f1003'"), now.hex())
      << "a name alone is never trusted";
  // The same, sealed in one go elsewhere, is the same submission.
  fs::copy(root_ + "/in", root_ + "/copy", fs::copy_options::recursive);
  EXPECT_TRUE(SealFolder("copy")->already_taken_in);
}

TEST_F(SealTest, ABrokenOffRepetitionLeavesNoSecondSubmission) {
  Write("a", "1");
  Write("a", "1", "copy");
  Write("b", "2", "copy");
  TrickyTree tree(OpenSystemTree(root_ + "/copy").value());
  tree.stop_after_ = 2;
  EXPECT_FALSE(SealTree(env_, *vault_, *database_, ids_, Gated(), operation_, root_ + "/copy", tree));
  fs::remove(root_ + "/copy/b");
  ASSERT_TRUE(SealFolder());
  const auto out = SealFolder("copy");
  ASSERT_TRUE(out);
  EXPECT_TRUE(out->already_taken_in);
  EXPECT_EQ(Count("SELECT count(*) FROM submission WHERE state = 'sealed'"), 1);
}

// The disk fills up, or fails, at each call of the vault in turn: one clear error, what was committed stays, and the
// next run ends in the same submission.
TEST_F(SealTest, ADiskThatFailsAtAnyCallLosesNothing) {
  for (int i = 0; i < 70; ++i) Write("f" + std::to_string(i), "content " + std::to_string(i));
  Write("large", std::string(300 << 10, 'x'));  // longer than what this vault holds in memory
  const Sha256 manifest = SealFolder().value().manifest_sha256;
  int failed = 0;
  for (uint64_t call = 1;; ++call) {
    MemoryFiles disk(call);
    Env env{.clock = clock_, .random = random_, .files = disk, .log = Log(nullptr)};
    const auto database = OpenSqlite(":memory:", OpenMode::kReadWrite).value();
    ASSERT_TRUE(database->Run("INSERT INTO operation (id, name, created_at) VALUES ('op-test', 'Test', 0)"));
    const Key<Operation> operation{database->last_insert_key()};
    const auto vault = Vault::Open(env, *database, "/vault", store_key_, {.hold_bytes = 64 << 10}).value();
    const auto seal = [&] { return Seal(env, *vault, *database, ids_, Gated(), operation, root_ + "/in"); };
    const uint64_t before = disk.calls();
    disk.FailAt(before + call, Code::kExhausted);
    const auto first = seal();
    const bool had_its_turn = disk.calls() >= before + call;
    disk.FailAt(0, Code::kExhausted);
    if (!first) {
      ++failed;
      EXPECT_EQ(first.error().code, Code::kExhausted) << call << ": " << first.error().message;
    }
    const int64_t kept = database->Number("SELECT count(*) FROM exhibit_item").value().value_or(0);
    EXPECT_TRUE(kept == 0 || kept == 64 || kept == 71) << kept;
    const auto second = seal();
    ASSERT_TRUE(second) << call << ": " << second.error().message;
    EXPECT_EQ(second->manifest_sha256, manifest);
    EXPECT_EQ(second->already_taken_in, first.has_value());
    EXPECT_EQ(database->Number("SELECT count(*) FROM submission").value(), 1);
    EXPECT_EQ(database->Number("SELECT count(*) FROM blob").value(), 71);
    EXPECT_TRUE(vault->Scrub([](int64_t) {}));
    if (!had_its_turn) break;  // a run without the fault: every call has been tried
  }
  EXPECT_GT(failed, 10);
}

TEST_F(SealTest, ASourceThatIsNothingIsSaid) {
  EXPECT_EQ(SealFolder("none").error().code, Code::kNotFound);
  EXPECT_EQ(SealFolder("in").error().code, Code::kInvalid);  // empty
  EXPECT_EQ(Count("SELECT count(*) FROM submission"), 0);
  Write("one.xml", "<report/>");
  const auto single = Seal(env_, *vault_, *database_, ids_, Gated(), operation_, root_ + "/in/one.xml");
  ASSERT_TRUE(single);
  EXPECT_EQ(TextOf("SELECT path FROM exhibit_item"), "one.xml");
}

TEST_F(SealTest, NobodyWithoutTheRoleSeals) {
  Write("a", "1");
  book_.officers[0].roles = {"analyst"};
  EXPECT_EQ(SealFolder().error().code, Code::kDenied);
  EXPECT_EQ(Count("SELECT count(*) FROM submission"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM exhibit_item"), 0);
}

}  // namespace
}  // namespace crossguard
