#include "examine/unpacking.h"

#include <errno.h>
#include <poll.h>

#include <algorithm>

#include "examine/kernel/file_bytes.h"

namespace crossguard::examine {
namespace {

constexpr uint32_t kLossesMax = 3;
constexpr uint64_t kBytesPerDeadline = uint64_t{1}
                                       << 20;  // a worker must give this much, or end a member, within each deadline

}  // namespace

Unpacking::Unpacking(ZygoteKeeper& keeper, const ExaminerOptions& options, const std::vector<ArchiveMember>& members,
                     const MemberSink& sink, uint64_t total_bytes_max)
    : keeper_(keeper), options_(options), limits_(options.limits), sink_(sink) {
  limits_.total_bytes_max = std::min(limits_.total_bytes_max, total_bytes_max);
  for (const ArchiveMember& member : members) {
    if (member.is_file) files_.push_back(&member);
  }
}

Status Unpacking::Run(ByteView archive) {
  if (files_.empty()) return {};
  SealedInput input = TRY(SealedInput::Create());
  TRY(input.Append(archive));
  TRY(input.Seal());
  while (at_ < files_.size()) TRY(RunWorker({.fd = input.fd(), .size_bytes = input.size_bytes(), .window = nullptr}));
  return {};
}

Status Unpacking::Run(const DistantArchive& archive) {
  while (at_ < files_.size()) {
    const std::unique_ptr<FileWindow> window = TRY(FileWindow::Open(archive.size_bytes, archive.read));
    TRY(RunWorker({.fd = window->fd(), .size_bytes = archive.size_bytes, .window = window.get()}));
  }
  return {};
}

// One worker, from the current file on, until it is dead.
Status Unpacking::RunWorker(const Input& input) {
  Job job{};
  job.act = Act::kUnpack;
  job.file_count = 1;
  job.first_member = files_[at_]->index;
  job.member_count = files_.back()->index - job.first_member + 1;
  job.windowed = input.window == nullptr ? 0 : 1;
  job.input_bytes = input.window == nullptr ? input.size_bytes : kWindowBytes;
  job.cpu_seconds = 86'400;  // the deadline is what counts: a whole archive may take long
  job.limits = limits_;
  job.files[0] = {.offset = 0,
                  .bytes = input.window == nullptr ? input.size_bytes : 0,
                  .size_bytes = input.size_bytes,
                  .depth = 0,
                  .zero = 0};
  done_.reset();
  skip_ = given_;
  ZygoteClient& zygote = *TRY(keeper_.Get(Family::kArchives));
  Result<WorkerHandle> started = WorkerHandle::Spawn(zygote, keeper_.NextId(), job, input.fd);
  if (!started && started.error().code == Code::kUnavailable && ++losses_ <= kLossesMax)
    return keeper_.Restart(Family::kArchives);
  WorkerHandle worker = TRY(std::move(started));
  const uint64_t deadline_millis =
      options_.deadline_millis + (input.size_bytes * options_.deadline_millis_per_mib >> 20);
  worker.SetDeadline(deadline_millis);
  since_deadline_ = 0;
  for (;;) {
    pollfd fds[3] = {{.fd = zygote.control_fd(), .events = POLLIN, .revents = 0},
                     {.fd = worker.answers_fd(), .events = POLLIN, .revents = 0},
                     {.fd = worker.timer_fd(), .events = POLLIN, .revents = 0}};
    if (poll(fds, 3, -1) < 0 && errno != EINTR)
      return Fail(Code::kUnavailable, "Waiting for the examiner failed; run the command again.");
    Result<std::vector<ZygoteClient::Event>> events = zygote.Events();
    while (const std::optional<Message> message = worker.Receive(buffer_)) {
      const Result<Took> took = Take(worker, *message, input.window);
      if (!took) {
        zygote.Kill(worker.id());
        return std::unexpected(took.error());
      }
      if (*took == Took::kMalformed) worker.KillFor(zygote, State::kCrashed, Reason::kMalformedAnswer);
      if (*took == Took::kTooMuch) worker.KillFor(zygote, State::kLimitExceeded, Reason::kReadLimit);
      if (since_deadline_ >= kBytesPerDeadline) {
        worker.SetDeadline(deadline_millis);
        since_deadline_ = 0;
      }
    }
    if (!events) {
      if (++losses_ > kLossesMax) return std::unexpected(events.error());
      return keeper_.Restart(Family::kArchives);
    }
    for (const ZygoteClient::Event& event : *events) {
      keeper_.Charge(Family::kArchives, event.cpu_micros);
      if (event.id != worker.id()) continue;
      if (event.spawned) return Finish(worker, event.status);
      if (++losses_ > kLossesMax)
        return Fail(Code::kUnavailable, "The examiner's workers cannot be started; free memory or processes.");
      return {};
    }
    if (worker.DeadlinePassed()) worker.KillFor(zygote, State::kTimedOut, Reason::kDeadline);
  }
}

Result<Unpacking::Took> Unpacking::Take(WorkerHandle& worker, const Message& message, FileWindow* window) {
  if (done_) return Took::kMalformed;
  if (message.header.kind == MessageKind::kFetch) {
    if (window == nullptr) return Took::kMalformed;
    switch (TRY(window->Serve(message.body, worker.answers_fd()))) {
      case FileWindow::Served::kGood:
        return Took::kGood;
      case FileWindow::Served::kMalformed:
        return Took::kMalformed;
      case FileWindow::Served::kTooMuch:
        return Took::kTooMuch;
    }
  }
  if (message.header.kind == MessageKind::kDone) {
    const Result<Verdict> verdict = ReadMemberEnd(message.body);
    if (!verdict) return Took::kMalformed;
    done_ = *verdict;
    return Took::kGood;
  }
  if (at_ >= files_.size() || message.header.index != files_[at_]->index) return Took::kMalformed;
  if (message.header.kind == MessageKind::kMemberEnd) {
    const Result<Verdict> verdict = ReadMemberEnd(message.body);
    if (!verdict) return Took::kMalformed;
    since_deadline_ = kBytesPerDeadline;
    TRY(EndCurrent(*verdict));
    return Took::kGood;
  }
  if (message.header.kind != MessageKind::kMemberData || message.body.empty()) return Took::kMalformed;
  since_deadline_ += message.body.size();
  const uint64_t again = std::min<uint64_t>(skip_, message.body.size());
  skip_ -= again;
  const ByteView fresh = message.body.subspan(again);
  given_ += fresh.size();
  total_ += fresh.size();
  // Counted on this side too: the worker's own count is only its word.
  if (given_ > limits_.member_bytes_max || total_ > limits_.total_bytes_max) return Took::kMalformed;
  if (!fresh.empty()) TRY(sink_.data(*files_[at_], fresh));
  return Took::kGood;
}

Status Unpacking::EndCurrent(Verdict verdict) {
  const ArchiveMember& member = *files_[at_];
  ++at_;
  given_ = 0;
  skip_ = 0;
  losses_ = 0;
  return sink_.end(member, verdict);
}

Status Unpacking::Finish(const WorkerHandle& worker, int status) {
  std::optional<WorkerHandle::Fault> fault = worker.Judge(status);
  if (!fault && !done_) fault = {.state = State::kCrashed, .reason = Reason::kExited};
  if (!fault) {
    // What the archive did not give after all, it never will.
    const Verdict rest = done_->state == State::kExamined ? Verdict{State::kTruncated, Reason::kDamagedData} : *done_;
    while (at_ < files_.size()) TRY(EndCurrent(rest));
    return {};
  }
  if ((fault->from_outside || fault->no_jail) && ++losses_ < kLossesMax) return {};
  if (fault->no_jail)
    return Fail(Code::kUnavailable, "The examiner's workers cannot be started; free memory or processes.");
  if (at_ < files_.size()) return EndCurrent({fault->state, fault->reason});
  return {};
}

}  // namespace crossguard::examine
