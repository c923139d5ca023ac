#include "examine/examiner_client.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <thread>

#include "examine/examination.h"
#include "examine/unpacking.h"
#include "examine/zygote_keeper.h"

namespace crossguard::examine {
namespace {

constexpr uint32_t kWorkersMax = 256;

class JailedExaminer final : public Examiner {
 public:
  JailedExaminer(ExaminerOptions options, std::unique_ptr<ZygoteClient> zygote)
      : options_(std::move(options)),
        landlock_abi_(zygote->landlock_abi()),
        keeper_(options_.program, std::move(zygote)),
        inputs_(std::max(options_.file_bytes_max, kBatchBytesMax)) {}

  Status Examine(const ExamineSource& source, const ExamineSink& sink) override {
    return Examination(keeper_, options_, inputs_, source, sink).Run();
  }
  Status Unpack(ByteView archive, const std::vector<ArchiveMember>& members, const MemberSink& sink,
                uint64_t total_bytes_max) override {
    return Unpacking(keeper_, options_, members, sink, total_bytes_max).Run(archive);
  }
  Status Unpack(const DistantArchive& archive, const std::vector<ArchiveMember>& members, const MemberSink& sink,
                uint64_t total_bytes_max) override {
    return Unpacking(keeper_, options_, members, sink, total_bytes_max).Run(archive);
  }
  int landlock_abi() const override { return landlock_abi_; }
  std::array<uint64_t, kFamilies> cpu_micros() const override { return keeper_.cpu_micros(); }
  int zygote_pid(Family family) const override {
    const ZygoteClient* const zygote = keeper_.Started(family);
    return zygote == nullptr ? -1 : zygote->pid();
  }

 private:
  ExaminerOptions options_;
  int landlock_abi_;
  ZygoteKeeper keeper_;
  BatchInputs inputs_;
};

}  // namespace

Result<std::string> FindExaminerProgram() {
  std::array<char, PATH_MAX> own{};
  const ssize_t length = readlink("/proc/self/exe", own.data(), own.size());
  if (length <= 0)
    return Fail(Code::kNotFound, "The running program's own place is unknown; name the examiner in the configuration.");
  std::string folder(own.data(), static_cast<size_t>(length));
  folder.resize(folder.rfind('/'));
  for (const char* const place :
       {"/crossguard-examiner", "/../examiner/crossguard-examiner", "/../libexec/crossguard/crossguard-examiner"}) {
    if (access((folder + place).c_str(), X_OK) == 0) return folder + place;
  }
  return Fail(Code::kNotFound, "There is no crossguard-examiner in " + folder + ", " + folder + "/../examiner or " +
                                   folder + "/../libexec/crossguard; install it there.");
}

Result<std::unique_ptr<Examiner>> Examiner::Start(const ExaminerOptions& wanted) {
  ExaminerOptions options = wanted;
  if (options.program.empty()) options.program = TRY(FindExaminerProgram());
  if (options.workers == 0) options.workers = std::max(1U, std::thread::hardware_concurrency());
  options.workers = std::min(options.workers, kWorkersMax);
  // A worker maps its input beside what it decodes: both must fit in its address space.
  constexpr uint64_t kInputMax = uint64_t{256} << 20;
  if (options.file_bytes_max > kInputMax) {
    return Fail(Code::kInvalid,
                "file_bytes_max must not exceed 256 MiB: a worker has 1 GiB for input and picture together.");
  }
  std::unique_ptr<ZygoteClient> zygote = TRY(ZygoteClient::Start(options.program));
  return std::make_unique<JailedExaminer>(std::move(options), std::move(zygote));
}

Result<FileFacts> Examiner::ExamineOne(ByteView bytes, uint32_t depth) {
  FileFacts result;
  bool given = false;
  TRY(Examine(
      [&](ExamineInput& input) -> Result<bool> {
        if (given) return false;
        given = true;
        input = {.tag = 0, .bytes = bytes, .size_bytes = bytes.size(), .depth = depth};
        return true;
      },
      [&](uint64_t, const FileFacts& facts) -> Status {
        result = facts;
        return {};
      }));
  return result;
}

Result<Bytes> Examiner::ExtractMember(ByteView archive, const std::vector<ArchiveMember>& members, uint32_t index) {
  const auto member = std::ranges::find(members, index, &ArchiveMember::index);
  if (member == members.end() || !member->is_file) {
    return Fail(Code::kNotFound, "The archive has no file member " + std::to_string(index) + ".");
  }
  Bytes bytes;
  Verdict verdict;
  TRY(Unpack(archive, {*member},
             {.data = [&](const ArchiveMember&, ByteView chunk) -> Status {
                bytes.insert(bytes.end(), chunk.begin(), chunk.end());
                return {};
              },
              .end = [&](const ArchiveMember&, Verdict end) -> Status {
                verdict = end;
                return {};
              }}));
  if (verdict.state == State::kExamined) return bytes;
  return Fail(verdict.state == State::kLimitExceeded ? Code::kExhausted : Code::kCorrupt,
              "Member " + std::to_string(index) + " of the archive cannot be unpacked whole: " +
                  std::string(Name(verdict.state)) + ", " + std::string(Name(verdict.reason)) + ".");
}

}  // namespace crossguard::examine
