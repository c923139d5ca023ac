// One run of Examiner::Unpack. Internal to examine.
#pragma once

#include <optional>
#include <vector>

#include "examine/examiner_client.h"
#include "examine/file_window.h"
#include "examine/worker_handle.h"
#include "examine/zygote_keeper.h"

namespace crossguard::examine {

class Unpacking {
 public:
  Unpacking(ZygoteKeeper& keeper, const ExaminerOptions& options, const std::vector<ArchiveMember>& members,
            const MemberSink& sink, uint64_t total_bytes_max);
  Status Run(ByteView archive);
  Status Run(const DistantArchive& archive);

 private:
  enum class Took { kGood, kMalformed, kTooMuch };
  // What every worker of this run is given.
  struct Input {
    int fd = -1;
    uint64_t size_bytes = 0;       // of the archive
    FileWindow* window = nullptr;  // of one at a distance
  };
  Status RunWorker(const Input& input);
  Result<Took> Take(WorkerHandle& worker, const Message& message, FileWindow* window);
  Status EndCurrent(Verdict verdict);
  Status Finish(const WorkerHandle& worker, int status);

  ZygoteKeeper& keeper_;
  const ExaminerOptions& options_;
  Limits limits_;
  const MemberSink& sink_;
  std::vector<const ArchiveMember*> files_;
  size_t at_ = 0;       // the file that is being unpacked
  uint64_t given_ = 0;  // bytes of it already handed to the sink
  uint64_t skip_ = 0;   // bytes of it to pass over, because an earlier worker gave them
  uint64_t total_ = 0;
  uint64_t since_deadline_ = 0;
  uint32_t losses_ = 0;  // of the current file, through no fault of its own
  std::optional<Verdict> done_;
  MessageBuffer buffer_{};
};

}  // namespace crossguard::examine
