// Evidence sealed in batches (digests, encryption, register rows, all durable), against a plain file each with
// fdatasync; the limit is the same bytes appended to one plain file with one fdatasync a batch. Clock on the wall: this
// waits for the disk.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "benches.h"
#include "vault/vault.h"

namespace crossguard::bench {
namespace {

constexpr size_t kBlobBytes = 100'000;
constexpr size_t kBlobs = 256;
constexpr size_t kBatch = 64;

class PlainFile {
 public:
  explicit PlainFile(const std::string& path)
      : file_(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_TRUNC, 0600)) {
    StopUnless(file_ >= 0, "Cannot write '" + path + "'.");
  }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;
  ~PlainFile() { close(file_); }
  void Write(ByteView bytes) {
    StopUnless(write(file_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "The disk is full.");
  }
  void Sync() { StopUnless(fdatasync(file_) == 0, "fdatasync failed."); }

 private:
  int file_;
};

void SealAll(const std::string& folder, const std::vector<Bytes>& blobs) {
  SystemClock clock;
  SeededRandom random(1);
  SystemFiles files;
  Env env{.clock = clock, .random = random, .files = files, .log = Log(nullptr)};
  const SecretKey key = SecretKey::Make(random);
  const std::unique_ptr<Database> database = OrStop(OpenSqlite(folder + "/register.db", OpenMode::kReadWrite));
  const std::unique_ptr<Vault> vault = OrStop(Vault::Open(env, *database, folder + "/vault", key));
  for (size_t i = 0; i < blobs.size(); ++i) {
    OrStop(vault->Stage(SourceOf(blobs[i])));
    if ((i + 1) % kBatch != 0) continue;
    Transaction transaction = OrStop(Transaction::Begin(*database));
    OrStop(vault->Flush(transaction));
    OrStop(transaction.Commit());
  }
}

}  // namespace

void BenchVault(SideBySide& table) {
  static_assert(kBlobs % kBatch == 0);
  std::vector<Bytes> blobs;
  for (size_t i = 0; i < kBlobs; ++i) blobs.push_back(NoiseOf(kBlobBytes, i));
  const std::string folder = table.Path("vault");
  // A new folder each time, made and removed outside the measured time.
  const auto in_folder = [&](const std::function<void()>& call) {
    std::filesystem::create_directory(folder);
    const double seconds = WallSeconds(call);
    std::filesystem::remove_all(folder);
    return seconds;
  };
  table.Compare({.what = "100 KB blobs made durable, 64 a batch",
                 .amount = static_cast<double>(kBlobs * kBlobBytes) / 1e6,
                 .unit = "MB",
                 .ours = {"vault", [&] { return in_folder([&] { SealAll(folder, blobs); }); }},
                 .peer = {"a file and an fdatasync each",
                          [&] {
                            return in_folder([&] {
                              for (size_t i = 0; i < kBlobs; ++i) {
                                PlainFile file(folder + "/" + std::to_string(i));
                                file.Write(blobs[i]);
                                file.Sync();
                              }
                            });
                          }},
                 .limit = Contender{"one plain file", [&] {
                                      return in_folder([&] {
                                        PlainFile file(folder + "/all");
                                        for (size_t i = 0; i < kBlobs; ++i) {
                                          file.Write(blobs[i]);
                                          if ((i + 1) % kBatch == 0) file.Sync();
                                        }
                                      });
                                    }}});
}

}  // namespace crossguard::bench
