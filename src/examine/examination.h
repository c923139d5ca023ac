// One run of Examiner::Examine: batches, workers in flight, answers put back in order. Internal to examine.
#pragma once

#include <deque>
#include <list>
#include <optional>
#include <vector>

#include "examine/batch_input.h"
#include "examine/examiner_client.h"
#include "examine/file_window.h"
#include "examine/worker_handle.h"
#include "examine/zygote_keeper.h"

namespace crossguard::examine {

constexpr uint64_t kBatchBytesMax = uint64_t{16} << 20;  // or one larger file
// Batches that wait for a worker: no more is taken in while so much waits. So memory holds, besides what the workers
// have, one file more than this, and the one that is just being taken in.
constexpr uint64_t kWaitingBytesMax = uint64_t{64} << 20;

class Examination {
 public:
  Examination(ZygoteKeeper& keeper, const ExaminerOptions& options, BatchInputs& inputs, const ExamineSource& source,
              const ExamineSink& sink);
  ~Examination();
  Status Run();

 private:
  struct File {
    uint64_t number = 0;  // of the input, from 0
    JobFile job{};
    std::optional<FileFacts> facts;
    std::optional<FileFacts> verdict;  // it failed alone; this run only asks for its kind
  };
  struct Batch {
    std::shared_ptr<BatchInput> input;
    ReadAt read = {};  // of one file at a distance, of which the input holds the beginning
    Family family = Family::kPictures;
    std::vector<File> files;
    uint32_t losses = 0;  // times that it was lost without fault of its own
    uint32_t kills = 0;   // times that its worker was killed from outside
    bool alone =
        false;  // one file of a batch that failed: given more wall clock, so that a busy machine is not its fault
    bool windowed() const { return read != nullptr && family != Family::kPictures; }  // those only name its kind
  };
  struct Running {
    WorkerHandle worker;
    Batch batch;
    size_t next = 0;  // the file whose answer is awaited
    Records records;  // of that file, so far
    std::unique_ptr<FileWindow> window = {};
  };
  struct Slot {
    uint64_t tag = 0;
    std::optional<FileFacts> facts;
  };

  bool WantsInput() const;
  Status Pull();
  Status PullDistant(const ExamineInput& input, uint64_t number);
  void CloseOpenBatch();
  Status StartWorkers();
  Status Wait(bool may_block);
  Status TakeAnswers(Running& running);
  bool TakeAnswer(Running& running, const Message& message);
  Status Serve(Running& running, const Message& question);
  Status TakeEvents(Family family);
  Status Finish(const ZygoteClient::Event& event);
  static bool IsToBeReadAtADistance(const Batch& batch, Family family);
  void TakeFacts(Batch batch);
  Status Retry(Batch batch);
  void BlameOrSplit(Batch batch, const WorkerHandle::Fault& fault);
  Status Restart(Family family);
  Status Deliver();
  void Put(uint64_t number, FileFacts facts);
  uint64_t CpuMillis(const Batch& batch, size_t file) const;
  uint64_t DeadlineMillis(const Batch& batch, size_t file) const;

  ZygoteKeeper& keeper_;
  const ExaminerOptions& options_;
  const ExamineSource& source_;
  const ExamineSink& sink_;
  BatchInputs& inputs_;
  bool source_done_ = false;
  std::optional<Batch> open_;
  std::deque<Batch> ready_;
  std::list<Running> running_;
  std::deque<Slot> slots_;  // the first is input number first_slot_
  uint64_t first_slot_ = 0;
  MessageBuffer buffer_{};
};

}  // namespace crossguard::examine
