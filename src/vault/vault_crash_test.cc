// The vault under crashes and faults: random workloads, a crash at every operation of each, on a disk that keeps any
// legal part of what was not synced; recovery may crash as well. The judge knows only two things: what was acknowledged
// reads back, and no row points to bytes that are not what was written. Then the same judge is shown disks that break
// one promise each, and must complain: a judge that cannot is none.
//
// The register is the real SQL over SQLite in memory. It stands for "rows are durable at commit, whole or not at all":
// the commit is an operation of its own, at which the crash may come before or after.
#include <gtest/gtest.h>

#include <map>

#include "env/memory_files.h"
#include "register/blob_rows.h"
#include "register/damage.h"
#include "vault/vault.h"

namespace crossguard {
namespace {

enum class Mutant : uint8_t { kNone, kNoSync, kNoFolderSync, kRowsBeforeBytes, kNoTruncate };

// Passes everything on to the disk but breaks one promise.
class MutantFiles final : public Files {
 public:
  MutantFiles(MemoryFiles& disk, Mutant mutant) : disk_(disk), mutant_(mutant) {}

  // After the commit: what "rows before bytes" put off happens now.
  void AfterCommit() {
    for (const auto& file : late_) static_cast<void>(file->Sync());
    late_.clear();
  }
  void Forget() { late_.clear(); }

  Result<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override {
    return std::make_unique<Appender>(*this, std::shared_ptr<AppendFile>(TRY(disk_.OpenAppend(path))));
  }
  Result<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override { return disk_.OpenRead(path); }
  Status Truncate(const std::string& path, uint64_t size_bytes) override {
    return mutant_ == Mutant::kNoTruncate ? Status() : disk_.Truncate(path, size_bytes);
  }
  Status Rename(const std::string& from, const std::string& to) override { return disk_.Rename(from, to); }
  Status Remove(const std::string& path) override { return disk_.Remove(path); }
  Status SyncFolder(const std::string& folder) override {
    return mutant_ == Mutant::kNoFolderSync ? Status() : disk_.SyncFolder(folder);
  }
  Status MakeFolders(const std::string& folder) override { return disk_.MakeFolders(folder); }
  bool Exists(const std::string& path) override { return disk_.Exists(path); }
  Result<std::vector<std::string>> List(const std::string& folder) override { return disk_.List(folder); }

 private:
  class Appender final : public AppendFile {
   public:
    Appender(MutantFiles& owner, std::shared_ptr<AppendFile> real) : owner_(owner), real_(std::move(real)) {}
    Status Append(ByteView bytes) override { return real_->Append(bytes); }
    Status Sync() override {
      if (owner_.mutant_ == Mutant::kNoSync) return {};
      if (owner_.mutant_ != Mutant::kRowsBeforeBytes) return real_->Sync();
      owner_.late_.push_back(real_);
      return {};
    }
    uint64_t size() const override { return real_->size(); }

   private:
    MutantFiles& owner_;
    std::shared_ptr<AppendFile> real_;
  };

  MemoryFiles& disk_;
  Mutant mutant_;
  std::vector<std::shared_ptr<AppendFile>> late_;
};

class World {
 public:
  World(Database& database, uint64_t seed, uint64_t disk_seed, Mutant mutant)
      : database_(database),
        work_(seed),
        disk_(disk_seed),
        files_(disk_, mutant),
        keys_(seed + 77),
        env_{.clock = clock_, .random = keys_, .files = files_, .log = Log(nullptr)},
        key_(SecretKey::Make(keys_)) {
    EXPECT_TRUE(RemoveBlobsForTest(database_, 0, 0));
  }

  MemoryFiles& disk() { return disk_; }
  const std::string& violation() const { return violation_; }

  // The whole life: batches until done, with recovery whenever the machine crashed. crash_again: in recovery too.
  void Live(bool crash_again) {
    if (!OpenAgain(crash_again)) return;
    const uint64_t batches = 3 + work_.Below(4);
    for (uint64_t batch = 0; batch < batches && violation_.empty(); ++batch) {
      const bool went_well = Batch();
      if (disk_.crashed()) {
        if (!OpenAgain(crash_again)) return;
        Judge();
      } else if (!went_well) {
        vault_->Abandon();
      } else if (work_.Chance(0.2)) {
        if (!OpenAgain(false)) return;  // an orderly stop
      }
    }
    // A last power cut at rest: everything acknowledged has to be on the disk.
    vault_.reset();
    files_.Forget();
    disk_.Restart();
    if (OpenAgain(false)) Judge();
  }

 private:
  bool OpenAgain(bool crash_again) {
    for (int tries = 0; tries < 20; ++tries) {
      vault_.reset();
      files_.Forget();
      if (disk_.crashed()) {
        disk_.Restart();
        if (crash_again && work_.Chance(0.5)) disk_.CrashAt(disk_.operations() + 1 + work_.Below(3));
      }
      auto opened = Vault::Open(env_, database_, "/v", key_, {.pack_roll_bytes = 6'000, .hold_bytes = 1'000});
      if (opened) {
        vault_ = std::move(*opened);
        return true;
      }
      if (!disk_.crashed() && !faults_) {
        violation_ = "does not open: " + opened.error().message;
        return false;
      }
    }
    violation_ = "does not open in 20 tries";
    return false;
  }

  Bytes Content() {
    if (!made_.empty() && work_.Chance(0.25)) return made_[work_.Below(made_.size())];  // seen before
    constexpr std::array<size_t, 6> kSizes = {0, 10, 700, 1'000, 1'001, 4'000};
    Bytes content(kSizes[work_.Below(kSizes.size())]);
    work_.Fill(content);
    made_.push_back(content);
    return content;
  }

  // Stage, flush, commit, ack. False if something failed or the batch was given up.
  bool Batch() {
    std::map<Sha256, Bytes> batch;
    const uint64_t blobs = 1 + work_.Below(4);
    for (uint64_t i = 0; i < blobs; ++i) {
      const Bytes content = Content();
      const auto digests = vault_->Stage(SourceOf(content));
      if (!digests && digests.error().code == Code::kExhausted && !faults_) break;  // the batch is full: flush it
      if (!digests) return false;
      batch[digests->sha256] = content;
    }
    if (work_.Chance(0.15)) return false;  // the caller gives up before the flush
    auto transaction = Transaction::Begin(database_);
    if (!transaction || !vault_->Flush(*transaction)) return false;
    if (work_.Chance(0.15)) return false;  // ... or after it
    if (!disk_.Step()) return false;       // the crash came before the commit
    if (!transaction->Commit()) return false;
    files_.AfterCommit();
    if (!disk_.Step()) return false;  // the crash came before the answer
    acked_.merge(batch);
    return true;
  }

  void Judge() {
    for (const auto& [sha256, content] : acked_) {
      const auto read = vault_->Read(sha256, 1'000'000);
      if (!read || *read != content) {
        violation_ = "an acknowledged blob does not read back: " + (read ? "other bytes" : read.error().message);
        return;
      }
    }
    if (const auto scrub = vault_->Scrub({}); !scrub)
      violation_ = "a row points to bad bytes: " + scrub.error().message;
  }

 public:
  void ExpectFaults() { faults_ = true; }

 private:
  Database& database_;
  SeededRandom work_;
  MemoryFiles disk_;
  MutantFiles files_;
  SeededRandom keys_;
  ManualClock clock_{Instant{0}};
  Env env_;
  SecretKey key_;
  std::unique_ptr<Vault> vault_;
  std::vector<Bytes> made_;
  std::map<Sha256, Bytes> acked_;
  std::string violation_;
  bool faults_ = false;
};

struct Tally {
  int64_t states = 0;
  int64_t violations = 0;
  std::string first;
};

Tally CrashEverywhere(Mutant mutant, uint64_t workloads) {
  const auto database = OpenSqlite(":memory:", OpenMode::kReadWrite).value();
  Tally tally;
  for (uint64_t seed = 1; seed <= workloads; ++seed) {
    World calm(*database, seed, seed, mutant);
    calm.Live(false);
    const uint64_t operations = calm.disk().operations();
    for (uint64_t crash = 1; crash <= operations; ++crash) {
      World world(*database, seed, seed * 1'000 + crash, mutant);
      world.disk().CrashAt(crash);
      world.Live(crash % 2 == 0);
      ++tally.states;
      if (world.violation().empty()) continue;
      if (tally.violations++ == 0)
        tally.first =
            "workload " + std::to_string(seed) + ", crash at " + std::to_string(crash) + ": " + world.violation();
    }
  }
  return tally;
}

TEST(VaultCrash, ACrashAtAnyOperationLosesNothingAcknowledgedAndLeavesNoBadRow) {
  const Tally tally = CrashEverywhere(Mutant::kNone, 60);
  RecordProperty("states", std::to_string(tally.states));
  EXPECT_GT(tally.states, 1'500);
  EXPECT_EQ(tally.violations, 0) << tally.first;
}

class VaultJudge : public testing::TestWithParam<std::pair<const char*, Mutant>> {};

TEST_P(VaultJudge, SeesABrokenPromise) {
  const Tally tally = CrashEverywhere(GetParam().second, 12);
  RecordProperty("states", std::to_string(tally.states));
  RecordProperty("violations", std::to_string(tally.violations));
  EXPECT_GT(tally.violations, 0);
}

INSTANTIATE_TEST_SUITE_P(Mutants, VaultJudge,
                         testing::Values(std::pair("NoSync", Mutant::kNoSync),
                                         std::pair("NoFolderSync", Mutant::kNoFolderSync),
                                         std::pair("RowsBeforeBytes", Mutant::kRowsBeforeBytes),
                                         std::pair("NoTruncate", Mutant::kNoTruncate)),
                         [](const auto& which) { return which.param.first; });

TEST(VaultFaults, ACallThatFailsAnywhereCostsAtMostItsBatch) {
  const auto database = OpenSqlite(":memory:", OpenMode::kReadWrite).value();
  int64_t states = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    World calm(*database, seed, seed, Mutant::kNone);
    calm.Live(false);
    ASSERT_EQ(calm.violation(), "");
    const uint64_t calls = calm.disk().calls();
    for (uint64_t call = 1; call <= calls; ++call) {
      World world(*database, seed, seed * 1'000 + call, Mutant::kNone);
      world.ExpectFaults();
      world.disk().FailAt(call, call % 2 == 0 ? Code::kExhausted : Code::kCorrupt);
      world.Live(false);
      ++states;
      // A read that the judge makes may be the one that fails; then the judge says so, and it is not the vault's fault.
      if (world.violation().find("the test said so") != std::string::npos) continue;
      ASSERT_EQ(world.violation(), "") << "workload " << seed << ", call " << call;
    }
  }
  RecordProperty("states", std::to_string(states));
}

}  // namespace
}  // namespace crossguard
