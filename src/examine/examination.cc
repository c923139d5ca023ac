#include "examine/examination.h"

#include <errno.h>
#include <poll.h>

#include <algorithm>

#include "examine/kernel/file_bytes.h"
#include "examine/kernel/kind.h"

namespace crossguard::examine {
namespace {

constexpr size_t kSlotsPerWorker = 64;
constexpr uint32_t kLossesMax = 5;  // of one batch through a dead zygote or a refused fork
constexpr uint32_t kKillsMax = 2;   // of one lone file from outside before it is believed to be the file
constexpr uint64_t kKindOnlyBytes = kKindBytes;
constexpr uint64_t kAloneFactor = 3;
constexpr uint64_t kVideoFactor = 6;  // a megabyte of video holds more to decode than one of anything else
constexpr uint64_t kLongestMillis = uint64_t{2} * 3600 * 1000;  // of processor time, however large the file

}  // namespace

Examination::Examination(ZygoteKeeper& keeper, const ExaminerOptions& options, BatchInputs& inputs,
                         const ExamineSource& source, const ExamineSink& sink)
    : keeper_(keeper), options_(options), source_(source), sink_(sink), inputs_(inputs) {}

// On an error the workers still in flight are of no use; their deaths are reported later and ignored by their numbers.
Examination::~Examination() {
  for (const Running& running : running_) {
    if (ZygoteClient* const zygote = keeper_.Started(running.batch.family)) zygote->Kill(running.worker.id());
    running.batch.input->Leave();
  }
}

Status Examination::Run() {
  for (;;) {
    if (WantsInput()) TRY(Pull());
    if (source_done_ && open_) CloseOpenBatch();
    TRY(StartWorkers());
    TRY(Deliver());
    if (source_done_ && ready_.empty() && running_.empty()) break;
    if (!running_.empty()) TRY(Wait(!WantsInput()));
  }
  TRY(Deliver());
  CHECK(slots_.empty());
  return {};
}

bool Examination::WantsInput() const {
  if (source_done_ || slots_.size() >= kSlotsPerWorker * options_.workers) return false;
  uint64_t waiting_bytes = 0;
  for (const Batch& batch : ready_) waiting_bytes += batch.input->size_bytes();
  return ready_.empty() || (ready_.size() <= options_.workers && waiting_bytes < kWaitingBytesMax);
}

// Takes one input from the source into the open batch.
Status Examination::Pull() {
  ExamineInput input;
  if (!TRY(source_(input))) {
    source_done_ = true;
    return {};
  }
  const uint64_t number = first_slot_ + slots_.size();
  slots_.push_back({.tag = input.tag, .facts = std::nullopt});
  const uint64_t size_bytes = std::max<uint64_t>(input.size_bytes, input.bytes.size());
  const bool filled = input.fill && size_bytes > 0 && size_bytes <= options_.file_bytes_max;
  if (input.bytes.empty() && !filled) {
    FileFacts facts;
    facts.state = size_bytes == 0 ? State::kEmpty : State::kLimitExceeded;
    facts.reason = size_bytes == 0 ? Reason::kNone : Reason::kFileSizeLimit;
    Put(number, std::move(facts));
    return {};
  }
  if (size_bytes > options_.file_bytes_max && input.read) return PullDistant(input, number);
  const ByteView bytes = size_bytes <= options_.file_bytes_max
                             ? input.bytes
                             : input.bytes.first(std::min<size_t>(input.bytes.size(), kKindOnlyBytes));
  const uint64_t given_bytes = filled ? size_bytes : bytes.size();
  if (open_ && open_->input->size_bytes() + given_bytes > kBatchBytesMax) CloseOpenBatch();
  if (!open_) {
    open_ = Batch{};  // not emplace(): clang asks for the default constructor before the class is whole
    open_->input = TRY(inputs_.Take(given_bytes));
  }
  const uint64_t offset = open_->input->size_bytes();
  if (filled) {
    TRY(input.fill(TRY(open_->input->Extend(given_bytes))));
  } else {
    TRY(open_->input->Append(bytes));
  }
  open_->files.push_back(
      {.number = number,
       .job = {.offset = offset, .bytes = given_bytes, .size_bytes = size_bytes, .depth = input.depth, .zero = 0}});
  if (open_->files.size() == kBatchFilesMax) CloseOpenBatch();
  return {};
}

// Alone, and at first only to be named: whether it is of a kind that can be read at a distance is said in the jail.
Status Examination::PullDistant(const ExamineInput& input, uint64_t number) {
  Batch batch{};
  batch.input = TRY(inputs_.Take(0));
  const ByteView head = input.bytes.first(std::min<size_t>(input.bytes.size(), kKindOnlyBytes));
  TRY(batch.input->Append(head));
  batch.input->Close();
  batch.read = input.read;
  batch.alone = true;
  batch.files.push_back(
      {.number = number,
       .job = {.offset = 0, .bytes = head.size(), .size_bytes = input.size_bytes, .depth = input.depth, .zero = 0}});
  ready_.push_back(std::move(batch));
  return {};
}

void Examination::CloseOpenBatch() {
  open_->input->Close();
  ready_.push_back(*std::move(open_));
  open_.reset();
}

uint64_t Examination::CpuMillis(const Batch& batch, size_t file) const {
  const JobFile& job = batch.files[file].job;
  const uint64_t bytes = std::min(batch.windowed() ? job.size_bytes : job.bytes, uint64_t{1} << 40);
  const uint64_t millis = options_.deadline_millis + (bytes * options_.deadline_millis_per_mib >> 20);
  return std::min(millis * (batch.family == Family::kVideo ? kVideoFactor : 1),
                  std::max<uint64_t>(kLongestMillis, options_.deadline_millis));
}

uint64_t Examination::DeadlineMillis(const Batch& batch, size_t file) const {
  return CpuMillis(batch, file) * (batch.alone ? kAloneFactor : 1);
}

Status Examination::StartWorkers() {
  while (running_.size() < options_.workers && !ready_.empty()) {
    Batch batch = std::move(ready_.front());
    ready_.pop_front();
    Job job{};
    job.act = Act::kExamine;
    job.file_count = static_cast<uint32_t>(batch.files.size());
    std::unique_ptr<FileWindow> window;
    if (batch.windowed()) window = TRY(FileWindow::Open(batch.files[0].job.size_bytes, batch.read));
    job.windowed = window == nullptr ? 0 : 1;
    job.input_bytes = window == nullptr ? batch.input->size_bytes() : kWindowBytes;
    job.limits = options_.limits;
    uint64_t millis = 0;
    for (size_t i = 0; i < batch.files.size(); ++i) {
      job.files[i] = batch.files[i].job;
      if (window != nullptr) job.files[i].bytes = 0;
      millis += CpuMillis(batch, i);
    }
    job.cpu_seconds = static_cast<uint32_t>(std::min<uint64_t>(millis / 1000 + 2, 86'400));
    const Family family = batch.family;
    ZygoteClient& zygote = *TRY(keeper_.Get(family));
    const int input_fd = window == nullptr ? batch.input->fd() : window->fd();
    Result<WorkerHandle> worker = WorkerHandle::Spawn(zygote, keeper_.NextId(), job, input_fd);
    if (!worker) {
      if (worker.error().code != Code::kUnavailable) return std::unexpected(worker.error());
      TRY(Retry(std::move(batch)));
      TRY(Restart(family));
      continue;
    }
    worker->SetDeadline(DeadlineMillis(batch, 0));
    running_.push_back({.worker = *std::move(worker),
                        .batch = std::move(batch),
                        .next = 0,
                        .records = {},
                        .window = std::move(window)});
  }
  return {};
}

Status Examination::Wait(bool may_block) {
  std::vector<pollfd> fds;
  for (const Family family : kEveryFamily) {
    const ZygoteClient* const zygote = keeper_.Started(family);
    if (zygote != nullptr) fds.push_back({.fd = zygote->control_fd(), .events = POLLIN, .revents = 0});
  }
  for (const Running& running : running_) {
    fds.push_back({.fd = running.worker.answers_fd(), .events = POLLIN, .revents = 0});  // -1 is skipped
    fds.push_back({.fd = running.worker.timer_fd(), .events = POLLIN, .revents = 0});
  }
  const int ready = poll(fds.data(), fds.size(), may_block ? -1 : 0);
  if (ready < 0 && errno != EINTR)
    return Fail(Code::kUnavailable, "Waiting for the examiner failed; run the command again.");
  if (ready <= 0) return {};

  for (const Family family : kEveryFamily) TRY(TakeEvents(family));
  for (Running& running : running_) {
    // An answer that came meanwhile has set the deadline anew, which takes back an expiry.
    if (running.worker.DeadlinePassed()) {
      ZygoteClient& zygote = *TRY(keeper_.Get(running.batch.family));
      running.worker.KillFor(zygote, State::kTimedOut, Reason::kDeadline);
    }
  }
  return {};
}

// Deaths are read first but judged last: all that a worker sent before it died is in its socket by then.
Status Examination::TakeEvents(Family family) {
  ZygoteClient* const zygote = keeper_.Started(family);
  if (zygote == nullptr) return {};
  const Result<std::vector<ZygoteClient::Event>> events = zygote->Events();
  for (Running& running : running_) {
    if (running.batch.family == family) TRY(TakeAnswers(running));
  }
  if (!events) return Restart(family);
  for (const ZygoteClient::Event& event : *events) {
    keeper_.Charge(family, event.cpu_micros);
    TRY(Finish(event));
  }
  return {};
}

Status Examination::TakeAnswers(Running& running) {
  while (const std::optional<Message> message = running.worker.Receive(buffer_)) {
    if (message->header.kind == MessageKind::kFetch && running.window != nullptr) {
      return Serve(running, *message);  // one window, then it is another worker's turn
    }
    if (TakeAnswer(running, *message)) continue;
    ZygoteClient* const zygote = keeper_.Started(running.batch.family);
    CHECK(zygote != nullptr);
    running.worker.KillFor(*zygote, State::kCrashed, Reason::kMalformedAnswer);
    return {};
  }
  return {};
}

Status Examination::Serve(Running& running, const Message& question) {
  using Served = FileWindow::Served;
  const bool in_turn = running.next < running.batch.files.size() && question.header.index == running.next;
  const Served served =
      in_turn ? TRY(running.window->Serve(question.body, running.worker.answers_fd())) : Served::kMalformed;
  if (served == Served::kGood) return {};
  ZygoteClient* const zygote = keeper_.Started(running.batch.family);
  CHECK(zygote != nullptr);
  if (served == Served::kTooMuch) {
    running.worker.KillFor(*zygote, State::kLimitExceeded, Reason::kReadLimit);
  } else {
    running.worker.KillFor(*zygote, State::kCrashed, Reason::kMalformedAnswer);
  }
  return {};
}

// False: not what this worker may say now.
bool Examination::TakeAnswer(Running& running, const Message& message) {
  if (running.next >= running.batch.files.size() || message.header.index != running.next) return false;
  File& file = running.batch.files[running.next];
  if (message.header.kind == MessageKind::kMembers) {
    return !message.body.empty() && ReadMembers(message.body, options_.limits, running.records.members).has_value();
  }
  if (message.header.kind == MessageKind::kFrames) {
    return !message.body.empty() && ReadFrames(message.body, options_.limits, running.records.frames).has_value();
  }
  if (message.header.kind != MessageKind::kAnswer) return false;
  Result<FileFacts> facts = ReadAnswer(message.body, std::move(running.records), options_.limits, running.batch.family);
  running.records = {};
  if (!facts) return false;
  file.facts = *std::move(facts);
  if (++running.next < running.batch.files.size()) {
    running.worker.SetDeadline(DeadlineMillis(running.batch, running.next));
  }
  return true;
}

Status Examination::Finish(const ZygoteClient::Event& event) {
  const auto found = std::ranges::find_if(running_, [&](const Running& r) { return r.worker.id() == event.id; });
  if (found == running_.end()) return {};  // of an examination that was broken off
  Running running = std::move(*found);
  running_.erase(found);
  if (!event.spawned) return Retry(std::move(running.batch));

  std::optional<WorkerHandle::Fault> fault = running.worker.Judge(event.status);
  if (!fault && running.next < running.batch.files.size())
    fault = {.state = State::kCrashed, .reason = Reason::kExited};
  if (!fault) {
    TakeFacts(std::move(running.batch));
    return {};
  }
  if (fault->no_jail) return Retry(std::move(running.batch));
  if (fault->from_outside && running.batch.files.size() == 1 && ++running.batch.kills < kKillsMax) {
    ready_.push_front(std::move(running.batch));
    return {};
  }
  BlameOrSplit(std::move(running.batch), *fault);
  return {};
}

bool Examination::IsToBeReadAtADistance(const Batch& batch, Family family) {
  return batch.read != nullptr && (family == Family::kVideo || family == Family::kArchives);
}

// A file whose kind belongs to another family goes on to that one, alone; else its facts are final.
void Examination::TakeFacts(Batch batch) {
  for (size_t i = batch.files.size(); i-- > 0;) {
    File& file = batch.files[i];
    const Family family = FamilyOf(file.facts->kind);
    if (file.verdict) {
      file.verdict->kind = file.facts->kind;
      Put(file.number, *std::move(file.verdict));
    } else if (batch.family == Family::kPictures && family != Family::kPictures &&
               (file.facts->state == State::kUnsupportedKind || IsToBeReadAtADistance(batch, family))) {
      file.facts.reset();
      ready_.push_front(
          {.input = batch.input, .read = batch.read, .family = family, .files = {std::move(file)}, .alone = true});
    } else {
      Put(file.number, *std::move(file.facts));
    }
  }
}

// Several files: each again alone, whatever was answered before the fault. One file: it is at fault; its kind is asked
// for with only its beginning, and if even that fails, it stays unknown.
void Examination::BlameOrSplit(Batch batch, const WorkerHandle::Fault& fault) {
  if (batch.files.size() > 1) {
    for (size_t i = batch.files.size(); i-- > 0;) {
      File file = batch.files[i];
      file.facts.reset();
      ready_.push_front(
          {.input = batch.input, .files = {std::move(file)}, .losses = batch.losses, .kills = 0, .alone = true});
    }
    return;
  }
  File& file = batch.files[0];
  if (file.verdict) {
    Put(file.number, *std::move(file.verdict));
    return;
  }
  batch.family = Family::kPictures;  // the one that names kinds
  file.verdict.emplace();
  file.verdict->state = fault.state;
  file.verdict->reason = fault.reason;
  file.verdict->signal = fault.signal;
  file.facts.reset();
  file.job.size_bytes = std::max(file.job.size_bytes, file.job.bytes) + 1;  // more than is shown: the kind only
  file.job.bytes = std::min(file.job.bytes, kKindOnlyBytes);
  ready_.push_front(std::move(batch));
}

Status Examination::Retry(Batch batch) {
  if (++batch.losses > kLossesMax) {
    return Fail(Code::kUnavailable,
                "The examiner's workers cannot be started; free memory or processes, then run the command again.");
  }
  for (File& file : batch.files) file.facts.reset();
  ready_.push_front(std::move(batch));
  return {};
}

// The zygote died, and its workers with it: none of their files is to blame.
Status Examination::Restart(Family family) {
  std::list<Running> lost;
  for (auto at = running_.begin(); at != running_.end();) {
    const auto next = std::next(at);
    if (at->batch.family == family) lost.splice(lost.end(), running_, at);
    at = next;
  }
  for (Running& running : lost) {
    running.batch.input->Leave();  // its worker dies with the zygote, and not at once
    TRY(Retry(std::move(running.batch)));
  }
  return keeper_.Restart(family);
}

void Examination::Put(uint64_t number, FileFacts facts) {
  slots_[number - first_slot_].facts = std::move(facts);
}

Status Examination::Deliver() {
  while (!slots_.empty() && slots_.front().facts) {
    const Slot slot = std::move(slots_.front());
    slots_.pop_front();
    ++first_slot_;
    TRY(sink_(slot.tag, *slot.facts));
  }
  return {};
}

}  // namespace crossguard::examine
