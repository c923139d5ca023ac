#include "vault/vault.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "env/memory_files.h"
#include "register/blob_rows.h"
#include "register/damage.h"
#include "vault/record.h"

namespace crossguard {
namespace {

Bytes Noise(SeededRandom& random, size_t size) {
  Bytes out(size);
  random.Fill(out);
  return out;
}

class VaultTest : public testing::Test {
 protected:
  void SetUp() override {
    database_ = OpenSqlite(":memory:", OpenMode::kReadWrite).value();
    Reopen();
  }
  void Reopen() {
    vault_.reset();
    auto opened = Vault::Open(env_, *database_, "/vault", key_, limits_);
    ASSERT_TRUE(opened) << opened.error().message;
    vault_ = std::move(*opened);
  }
  Digests Stage(const Bytes& content) { return vault_->Stage(SourceOf(content)).value(); }
  void Commit() {
    Transaction transaction = Transaction::Begin(*database_).value();
    ASSERT_TRUE(vault_->Flush(transaction));
    ASSERT_TRUE(transaction.Commit());
  }
  Digests Put(const Bytes& content) {
    const Digests digests = Stage(content);
    Commit();
    return digests;
  }
  uint64_t PackBytes(int64_t pack) { return files_.OpenRead("/vault/" + vault::PackName(pack)).value()->size(); }
  Bytes LoadPack(int64_t pack) { return files_.ReadWhole("/vault/" + vault::PackName(pack), 1U << 30U).value(); }
  void StorePack(int64_t pack, const Bytes& bytes) {
    ASSERT_TRUE(files_.WriteWhole("/vault/" + vault::PackName(pack), bytes));
  }

  ManualClock clock_{Instant{0}};
  SeededRandom random_{1};
  MemoryFiles files_{2};
  Env env_{.clock = clock_, .random = random_, .files = files_, .log = Log(nullptr)};
  SecretKey key_ = SecretKey::Make(random_);
  VaultLimits limits_{.pack_roll_bytes = 300'000, .hold_bytes = 10'000};
  std::unique_ptr<Database> database_;
  std::unique_ptr<Vault> vault_;
};

TEST_F(VaultTest, EverySizeComesBackAsItWentIn) {
  std::vector<std::pair<Digests, Bytes>> all;
  for (const size_t size : std::initializer_list<size_t>{0, 1, 9'999, 10'000, 10'001, 65'535, 65'536, 65'537, 131'072,
                                                         400'000, 1'500'000}) {
    Bytes content = Noise(random_, size);
    const Digests digests = Put(content);
    EXPECT_EQ(digests, HashAll(content));
    all.emplace_back(digests, std::move(content));
  }
  Reopen();
  EXPECT_EQ(vault_->recovered_bytes(), 0U);
  for (const auto& [digests, content] : all) {
    EXPECT_EQ(vault_->Read(digests.sha256, content.size()).value(), content);
    Bytes streamed;
    EXPECT_TRUE(vault_->ReadStream(digests.sha256, SinkTo(streamed)));
    EXPECT_EQ(streamed, content);
  }
  EXPECT_GT(LastPackEnd(*database_)->pack, 2);
  int64_t seen = 0;
  const auto report = vault_->Scrub([&](int64_t done) { seen = done; });
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->blob_count, 11);
  EXPECT_EQ(seen, 11);
  EXPECT_EQ(report->unused_byte_count, 0U);
}

TEST_F(VaultTest, TheBytesOnDiskDoNotShowTheContentNorItsDigest) {
  const Bytes content(50'000, 'E');
  const Digests digests = Put(content);
  const Bytes pack = LoadPack(1);
  const Bytes run(32, 'E');
  EXPECT_EQ(std::search(pack.begin(), pack.end(), run.begin(), run.end()), pack.end());
  EXPECT_EQ(std::search(pack.begin(), pack.end(), digests.sha256.bytes.begin(), digests.sha256.bytes.end()),
            pack.end());
}

TEST_F(VaultTest, AContentIsKeptOnceHoweverItComes) {
  for (const size_t size : {size_t{500}, size_t{50'000}}) {  // hashed in memory first; streamed and cut back
    const Bytes content = Noise(random_, size);
    const Bytes other = Noise(random_, 700);
    const Digests first = Stage(content);
    const uint64_t staged = vault_->staged_bytes();
    EXPECT_EQ(Stage(content), first);  // twice in a batch
    EXPECT_EQ(vault_->staged_bytes(), staged);
    Commit();
    const uint64_t bytes = PackBytes(1);
    EXPECT_EQ(Put(content), first);  // and in a later one
    EXPECT_EQ(PackBytes(1), bytes);
    const Digests second = Stage(other);
    Stage(content);
    Commit();
    EXPECT_EQ(vault_->Read(second.sha256, 1'000).value(), other);
    EXPECT_EQ(vault_->Read(first.sha256, size).value(), content);
  }
  EXPECT_EQ(vault_->Scrub({})->unused_byte_count, 0U);
}

TEST_F(VaultTest, NothingIsThereBeforeTheCommit) {
  const Digests digests = Stage(Noise(random_, 100));
  EXPECT_EQ(vault_->Read(digests.sha256, 100).error().code, Code::kNotFound);
  {
    Transaction transaction = Transaction::Begin(*database_).value();
    ASSERT_TRUE(vault_->Flush(transaction));
  }  // rolled back
  EXPECT_EQ(vault_->Read(digests.sha256, 100).error().code, Code::kNotFound);
  vault_->Abandon();
  EXPECT_FALSE(files_.Exists("/vault/pack-000001"));
  const Bytes content = Noise(random_, 100);
  const Digests later = Put(content);
  EXPECT_EQ(vault_->Read(later.sha256, 100).value(), content);
}

TEST_F(VaultTest, AbandonCutsOnlyWhatHasNoRow) {
  const Bytes content = Noise(random_, 1'000);
  const Digests kept = Put(content);
  const uint64_t bytes = PackBytes(1);
  vault_->Abandon();
  EXPECT_EQ(PackBytes(1), bytes);
  Stage(Noise(random_, 1'000));
  EXPECT_GT(PackBytes(1), bytes);
  vault_->Abandon();
  EXPECT_EQ(PackBytes(1), bytes);
  EXPECT_EQ(vault_->staged_bytes(), 0U);
  EXPECT_EQ(vault_->Read(kept.sha256, 1'000).value(), content);
}

TEST_F(VaultTest, ARollbackWithoutAbandonWastesBytesAndNothingElse) {
  Put(Noise(random_, 100));
  Stage(Noise(random_, 100));
  {
    Transaction transaction = Transaction::Begin(*database_).value();
    ASSERT_TRUE(vault_->Flush(transaction));
  }
  Put(Noise(random_, 100));
  Reopen();
  const auto report = vault_->Scrub({});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->blob_count, 2);
  EXPECT_GT(report->unused_byte_count, 0U);
}

TEST_F(VaultTest, TwoFlushesInOneTransactionAreOne) {
  const Bytes a = Noise(random_, 100), b = Noise(random_, 20'000);
  Transaction transaction = Transaction::Begin(*database_).value();
  const Digests first = Stage(a);
  ASSERT_TRUE(vault_->Flush(transaction));
  const Digests second = Stage(b);
  Stage(a);
  ASSERT_TRUE(vault_->Flush(transaction));
  ASSERT_TRUE(transaction.Commit());
  Reopen();
  EXPECT_EQ(vault_->Read(first.sha256, 100).value(), a);
  EXPECT_EQ(vault_->Read(second.sha256, 20'000).value(), b);
}

TEST_F(VaultTest, ASourceThatFailsLeavesTheBatchAsItWas) {
  const Bytes good = Noise(random_, 20'000);
  const Digests digests = Stage(good);
  const uint64_t staged = vault_->staged_bytes();
  for (const int pieces : {0, 3}) {  // within what is held, and after bytes have been written
    int given = 0;
    const auto failing = [&](std::span<uint8_t> out) -> Result<size_t> {
      if (given++ == pieces) return Fail(Code::kCorrupt, "The medium cannot be read.");
      return std::min<size_t>(out.size(), 8'000);
    };
    EXPECT_EQ(vault_->Stage(failing).error().code, Code::kCorrupt);
    EXPECT_EQ(vault_->staged_bytes(), staged);
  }
  Commit();
  EXPECT_EQ(vault_->Read(digests.sha256, 20'000).value(), good);
  EXPECT_EQ(vault_->Scrub({})->unused_byte_count, 0U);
}

TEST_F(VaultTest, ABatchMayCloseOnePackButNotTwo) {
  Put(Noise(random_, 290'000));
  Stage(Noise(random_, 20'000));
  Stage(Noise(random_, 310'000));  // opens pack 2 and fills it
  EXPECT_EQ(vault_->Stage(SourceOf(Bytes(10))).error().code, Code::kExhausted);
  Commit();
  Put(Noise(random_, 10));
  EXPECT_EQ(LastPackEnd(*database_)->pack, 3);
  EXPECT_TRUE(vault_->Scrub({}));
}

TEST_F(VaultTest, EveryFlippedBitAndEveryCutIsFound) {
  const Digests first = Put(Noise(random_, 300));
  const Digests second = Put(Noise(random_, 66'000));
  const Bytes good = LoadPack(1);
  for (size_t i = 0; i < 400; ++i) {
    Bytes bad = good;
    const size_t at = i < 200 ? i : i < 300 ? good.size() - 1 - (i - 200) : random_.Below(good.size());
    bad[at] ^= static_cast<uint8_t>(1U << random_.Below(8));
    StorePack(1, bad);
    Reopen();
    const auto report = vault_->Scrub({});
    ASSERT_FALSE(report) << at;
    EXPECT_EQ(report.error().code, Code::kCorrupt) << report.error().message;
  }
  for (const size_t keep : {size_t{0}, size_t{15}, size_t{400}, good.size() - 1}) {
    StorePack(1, Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(keep)));
    vault_.reset();
    EXPECT_EQ(Vault::Open(env_, *database_, "/vault", key_, limits_).error().code, Code::kCorrupt);
  }
  ASSERT_TRUE(files_.Remove("/vault/pack-000001"));
  EXPECT_EQ(Vault::Open(env_, *database_, "/vault", key_, limits_).error().code, Code::kCorrupt);
  const auto reader = Vault::OpenToRead(env_, *database_, "/vault", key_).value();
  EXPECT_EQ(reader->Read(first.sha256, 1'000).error().code, Code::kCorrupt);
  StorePack(1, good);
  Reopen();
  EXPECT_TRUE(vault_->Read(second.sha256, 66'000));
}

TEST_F(VaultTest, RowsThatPointElsewhereAreFound) {
  const Digests first = Put(Noise(random_, 300));
  const Digests second = Put(Noise(random_, 300));
  const BlobRow row = FindBlob(*database_, first.sha256).value().value();
  const BlobRow other = FindBlob(*database_, second.sha256).value().value();
  const auto still_reads = [&] {
    return vault_->Read(first.sha256, 1'000).has_value() && vault_->Scrub({}).has_value();
  };
  ASSERT_TRUE(still_reads());
  ASSERT_TRUE(RewriteBlobForTest(*database_, first.sha256, "wrapped_key", other.wrapped_key));
  EXPECT_EQ(vault_->Read(first.sha256, 1'000).error().code, Code::kDenied);
  ASSERT_TRUE(RewriteBlobForTest(*database_, first.sha256, "wrapped_key", row.wrapped_key));
  for (const int64_t offset : {int64_t{17}, int64_t{1'000'000}}) {
    ASSERT_TRUE(RewriteBlobForTest(*database_, first.sha256, "offset_bytes", offset));
    EXPECT_EQ(vault_->Read(first.sha256, 1'000).error().code, Code::kCorrupt);
  }
  ASSERT_TRUE(RewriteBlobForTest(*database_, first.sha256, "offset_bytes", row.offset_bytes));
  ASSERT_TRUE(RewriteBlobForTest(*database_, first.sha256, "size_bytes", int64_t{301}));
  EXPECT_EQ(vault_->Read(first.sha256, 1'000).error().code, Code::kCorrupt);
  ASSERT_TRUE(RewriteBlobForTest(*database_, first.sha256, "size_bytes", int64_t{300}));
  ASSERT_TRUE(RewriteBlobForTest(*database_, first.sha256, "md5", Md5()));
  EXPECT_TRUE(vault_->Read(first.sha256, 1'000));  // reading proves SHA-256; the scrub proves all three
  EXPECT_EQ(vault_->Scrub({}).error().code, Code::kCorrupt);
}

TEST_F(VaultTest, AnotherKeyOpensNothing) {
  const Digests digests = Put(Noise(random_, 300));
  const SecretKey other = SecretKey::Make(random_);
  const auto reader = Vault::OpenToRead(env_, *database_, "/vault", other).value();
  EXPECT_EQ(reader->Read(digests.sha256, 1'000).error().code, Code::kDenied);
}

TEST_F(VaultTest, AReaderChangesNothingAndSeesCommittedBlobsOnly) {
  const Bytes content = Noise(random_, 300);
  const Digests digests = Put(content);
  const auto reader = Vault::OpenToRead(env_, *database_, "/vault", key_).value();
  Stage(Noise(random_, 400));  // bytes behind the last row, which a reader must not cut
  const uint64_t bytes = PackBytes(1);
  EXPECT_EQ(reader->Read(digests.sha256, 300).value(), content);
  EXPECT_EQ(reader->Stage(SourceOf(content)).error().code, Code::kDenied);
  Transaction transaction = Transaction::Begin(*database_).value();
  EXPECT_EQ(reader->Flush(transaction).error().code, Code::kDenied);
  reader->Abandon();
  EXPECT_EQ(PackBytes(1), bytes);
}

TEST_F(VaultTest, ReadsAboveTheLimitAndUnknownBlobsHaveTheirCodes) {
  const Digests digests = Put(Noise(random_, 300));
  EXPECT_EQ(vault_->Read(digests.sha256, 299).error().code, Code::kExhausted);
  EXPECT_EQ(vault_->Read(Sha256(), 299).error().code, Code::kNotFound);
}

// Cutting the tail is right after a crash and fatal after an old register was put back: the vault tells them apart.
TEST_F(VaultTest, ARegisterOlderThanTheVaultIsRefusedAndNothingIsCut) {
  Put(Noise(random_, 300));
  Put(Noise(random_, 300));
  const PackEnd before = LastPackEnd(*database_).value();
  Put(Noise(random_, 300));
  Put(Noise(random_, 300));
  const Bytes good = LoadPack(1);
  ASSERT_TRUE(RemoveBlobsForTest(*database_, before.pack, before.end_bytes));
  vault_.reset();
  const auto refused = Vault::Open(env_, *database_, "/vault", key_, limits_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_EQ(LoadPack(1), good);
}

TEST_F(VaultTest, PacksThatTheRegisterDoesNotKnowAtAllAreRefused) {
  for (int i = 0; i < 3; ++i) Put(Noise(random_, 310'000));
  ASSERT_TRUE(RemoveBlobsForTest(*database_, 0, 0));
  vault_.reset();
  EXPECT_EQ(Vault::Open(env_, *database_, "/vault", key_, limits_).error().code, Code::kCorrupt);
  EXPECT_EQ(files_.List("/vault")->size(), 3U);
}

TEST(VaultOnDisk, ReadersWithTheirOwnRegisterWorkBesideTheWriter) {
  const std::string root = testing::TempDir() + "vault_on_disk";
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root);
  SystemFiles files;
  ManualClock clock(Instant{0});
  SeededRandom random(4);
  Env env{.clock = clock, .random = random, .files = files, .log = Log(nullptr)};
  const SecretKey key = SecretKey::Make(random);
  const auto database = OpenSqlite(root + "/register.db", OpenMode::kReadWrite).value();
  const auto vault =
      Vault::Open(env, *database, root + "/vault", key, {.pack_roll_bytes = 200'000, .hold_bytes = 5'000}).value();
  std::vector<std::pair<Sha256, Bytes>> all;
  const auto put = [&](size_t size) {
    Bytes content = Noise(random, size);
    const Digests digests = vault->Stage(SourceOf(content)).value();
    Transaction transaction = Transaction::Begin(*database).value();
    ASSERT_TRUE(vault->Flush(transaction));
    ASSERT_TRUE(transaction.Commit());
    all.emplace_back(digests.sha256, std::move(content));
  };
  for (size_t i = 0; i < 20; ++i) put(1'000 * i);
  const auto known = all;
  std::vector<int> wrong(2, 0);
  std::vector<std::thread> readers;
  for (size_t reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&, reader] {
      const auto own = OpenSqlite(root + "/register.db", OpenMode::kReadOnly).value();
      SystemFiles own_files;
      SeededRandom unused(0);
      Env own_env{.clock = clock, .random = unused, .files = own_files, .log = Log(nullptr)};
      const auto own_vault = Vault::OpenToRead(own_env, *own, root + "/vault", key).value();
      for (int round = 0; round < 5; ++round) {
        for (const auto& [sha256, content] : known) {
          const auto read = own_vault->Read(sha256, 1'000'000);
          if (!read || *read != content) ++wrong[reader];
        }
      }
    });
  }
  for (size_t i = 0; i < 20; ++i) put(900 * i + 7);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, std::vector<int>(2, 0));
  EXPECT_TRUE(vault->Scrub({}));
  std::filesystem::remove_all(root);
}

TEST_F(VaultTest, WhatIsPushedInPiecesIsTheBlobThatIsPulled) {
  for (const size_t size : std::initializer_list<size_t>{0, 1, 9'999, 10'000, 10'001, 65'536, 250'000}) {
    const Bytes content = Noise(random_, size);
    ASSERT_TRUE(vault_->StageBegin());
    for (size_t at = 0; at < size;) {
      const size_t count = std::min(size - at, 1 + random_.Below(70'000));
      ASSERT_TRUE(vault_->StagePart(ByteView(content).subspan(at, count)));
      at += count;
    }
    const auto digests = vault_->StageEnd();
    ASSERT_TRUE(digests) << digests.error().message;
    EXPECT_EQ(*digests, HashAll(content));
    const uint64_t staged = vault_->staged_bytes();
    EXPECT_EQ(Stage(content), *digests);  // known now, either way
    ASSERT_TRUE(vault_->StageBegin());
    ASSERT_TRUE(vault_->StagePart(content));
    EXPECT_EQ(vault_->StageEnd().value(), *digests);
    EXPECT_EQ(vault_->staged_bytes(), staged);
    Commit();
    EXPECT_EQ(vault_->Read(digests->sha256, 1U << 30U).value(), content);
  }
  EXPECT_EQ(vault_->Scrub({}).value().unused_byte_count, 0U);
}

TEST_F(VaultTest, APushThatIsGivenUpLeavesTheBatchAsItWas) {
  const Bytes before = Noise(random_, 30'000), behind = Noise(random_, 40'000);
  Stage(before);
  const uint64_t staged = vault_->staged_bytes();
  for (const size_t size : std::initializer_list<size_t>{0, 5'000, 200'000}) {
    ASSERT_TRUE(vault_->StageBegin());
    ASSERT_TRUE(vault_->StagePart(Noise(random_, size)));
    vault_->StageCancel();
    EXPECT_EQ(vault_->staged_bytes(), staged);
  }
  Stage(behind);
  Commit();
  ASSERT_TRUE(vault_->StageBegin());
  ASSERT_TRUE(vault_->StagePart(Noise(random_, 100'000)));
  vault_->Abandon();
  EXPECT_EQ(vault_->Read(HashAll(before).sha256, 1U << 30U).value(), before);
  EXPECT_EQ(vault_->Read(HashAll(behind).sha256, 1U << 30U).value(), behind);
  EXPECT_EQ(vault_->Scrub({}).value().unused_byte_count, 0U);
  Reopen();
  EXPECT_EQ(vault_->recovered_bytes(), 0U);
}

TEST_F(VaultTest, APartIsTheSameBytesAsInTheWhole) {
  for (const size_t size : std::initializer_list<size_t>{0, 1, 65'535, 65'536, 65'537, 131'072, 400'000}) {
    const Bytes content = Noise(random_, size);
    const Digests digests = Put(content);
    for (int i = 0; i < 60; ++i) {
      const uint64_t offset = i < 3 ? size - std::min<size_t>(size, static_cast<size_t>(i)) : random_.Below(size + 10);
      Bytes out(1 + random_.Below(i % 2 == 0 ? 200'000 : 100), 0xA5);
      const auto got = vault_->ReadAt(digests.sha256, offset, out);
      ASSERT_TRUE(got) << got.error().message;
      ASSERT_EQ(*got, offset < size ? std::min<uint64_t>(out.size(), size - offset) : 0);
      EXPECT_TRUE(std::equal(out.begin(), out.begin() + static_cast<ptrdiff_t>(*got),
                             content.begin() + static_cast<ptrdiff_t>(std::min<uint64_t>(offset, size))));
    }
  }
  Bytes out(1);
  EXPECT_EQ(vault_->ReadAt(Sha256{}, 0, out).error().code, Code::kNotFound);
}

TEST_F(VaultTest, APartIsAuthenticInItsPlaceOrNotGiven) {
  const Bytes content = Noise(random_, 200'000);
  const Digests digests = Put(content);
  const Bytes whole = LoadPack(1);
  constexpr size_t kSealedChunkBytes = kBlobChunkBytes + kBlobTagBytes;
  const size_t body = vault::kPackHeaderBytes + vault::kRecordHeaderBytes;
  Bytes out(100);
  const auto damage = [&](const std::function<void(Bytes&)>& strike) {
    Bytes pack = whole;
    strike(pack);
    StorePack(1, pack);
    Reopen();
  };
  damage([&](Bytes& pack) { pack[body + kSealedChunkBytes + 7] ^= 1; });
  EXPECT_EQ(vault_->ReadAt(digests.sha256, 70'000, out).error().code, Code::kCorrupt);
  EXPECT_TRUE(vault_->ReadAt(digests.sha256, 10, out).has_value());  // the chunks beside it are what they were
  damage([&](Bytes& pack) {                                          // two chunks change places
    std::swap_ranges(pack.begin() + static_cast<ptrdiff_t>(body),
                     pack.begin() + static_cast<ptrdiff_t>(body + kSealedChunkBytes),
                     pack.begin() + static_cast<ptrdiff_t>(body + kSealedChunkBytes));
  });
  EXPECT_EQ(vault_->ReadAt(digests.sha256, 10, out).error().code, Code::kCorrupt);
  EXPECT_EQ(vault_->ReadAt(digests.sha256, 70'000, out).error().code, Code::kCorrupt);
}

TEST_F(VaultTest, ADestroyedContentIsGoneFromRegisterAndPackAndTheRestReads) {
  const Bytes kept = Noise(random_, 5'000);
  const Bytes gone = Noise(random_, 100'000);
  const Bytes last = Noise(random_, 3'000);
  const Digests a = Put(kept);
  const Digests b = Put(gone);
  const Digests c = Put(last);
  const auto row = FindBlob(*database_, b.sha256).value().value();
  const std::vector<Sha256> targets = {b.sha256, c.sha256, HashSha256(AsBytes("never held"))};
  {
    Transaction transaction = Transaction::Begin(*database_).value();
    EXPECT_EQ(vault_->Destroy(transaction, targets).value(), 2);
    ASSERT_TRUE(transaction.Commit());
  }
  EXPECT_EQ(vault_->Read(b.sha256, 1U << 20U).error().code, Code::kNotFound);
  EXPECT_EQ(vault_->PunchDestroyed().value(), 2);
  EXPECT_EQ(vault_->PunchDestroyed().value(), 0) << "nothing is done twice";
  const Bytes pack = LoadPack(row.pack);
  const auto begin = pack.begin() + static_cast<ptrdiff_t>(row.offset_bytes);
  EXPECT_EQ(std::count(begin, begin + static_cast<ptrdiff_t>(row.length_bytes), 0),
            static_cast<ptrdiff_t>(row.length_bytes));
  EXPECT_EQ(vault_->Read(a.sha256, 1U << 20U).value(), kept);
  // The last records were destroyed: the vault opens all the same, cuts nothing, and goes on behind them.
  Reopen();
  EXPECT_EQ(vault_->recovered_bytes(), 0U);
  EXPECT_EQ(LoadPack(row.pack).size(), pack.size());
  const Digests again = Put(gone);
  EXPECT_EQ(again.sha256, b.sha256);
  EXPECT_EQ(vault_->Read(b.sha256, 1U << 20U).value(), gone) << "what comes in again is a new content";
  EXPECT_EQ(vault_->Scrub({}).value().blob_count, 2);
}

TEST_F(VaultTest, ADestroyThatIsRolledBackDestroysNothing) {
  const Bytes content = Noise(random_, 5'000);
  const Digests a = Put(content);
  {
    Transaction transaction = Transaction::Begin(*database_).value();
    EXPECT_EQ(vault_->Destroy(transaction, std::vector{a.sha256}).value(), 1);
  }
  EXPECT_EQ(vault_->PunchDestroyed().value(), 0);
  EXPECT_EQ(vault_->Read(a.sha256, 1U << 20U).value(), content);
  Stage(Noise(random_, 100));
  Transaction transaction = Transaction::Begin(*database_).value();
  EXPECT_EQ(vault_->Destroy(transaction, std::vector{a.sha256}).error().code, Code::kConflict);
}

}  // namespace
}  // namespace crossguard
