#include "examine/worker_handle.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace crossguard::examine {
namespace {
constexpr int kExitNoJail = 6;  // as the examiner's zygote says it
}

Result<WorkerHandle> WorkerHandle::Spawn(ZygoteClient& zygote, uint64_t id, const Job& job, int input_fd) {
  Fd timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return Fail(Code::kExhausted, "No timer for a worker: raise the limit of open files.");
  Fd answers = TRY(zygote.Spawn(id, job, input_fd));
  return WorkerHandle(id, std::move(answers), std::move(timer));
}

std::optional<Message> WorkerHandle::Receive(MessageBuffer& buffer) {
  if (!answers_) return std::nullopt;
  ssize_t got = -1;
  do {
    got = recv(answers_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
  if (got <= 0) {  // the other end is closed, or pretends to be
    answers_ = Fd();
    return std::nullopt;
  }
  Message message{};
  const size_t bytes = static_cast<size_t>(got);
  if (bytes >= sizeof(message.header) && bytes <= buffer.size()) {
    std::memcpy(&message.header, buffer.data(), sizeof(message.header));
    message.body = ByteView(buffer.data() + sizeof(message.header), bytes - sizeof(message.header));
    if (message.header.magic == kMessageMagic && message.header.length == message.body.size()) return message;
  }
  // Not a message: handed on as one of no kind, so that the one reader of kinds refuses it.
  message.header = {.magic = 0, .kind = MessageKind{0}, .index = 0, .length = 0};
  message.body = {};
  return message;
}

void WorkerHandle::SetDeadline(uint64_t millis) {
  const itimerspec when{.it_interval = {.tv_sec = 0, .tv_nsec = 0},
                        .it_value = {.tv_sec = static_cast<time_t>(millis / 1000),
                                     .tv_nsec = static_cast<long>(millis % 1000) * 1'000'000 + 1}};
  CHECK(timerfd_settime(timer_.get(), 0, &when, nullptr) == 0);
}

bool WorkerHandle::DeadlinePassed() {
  uint64_t expirations = 0;
  return read(timer_.get(), &expirations, sizeof(expirations)) == static_cast<ssize_t>(sizeof(expirations));
}

void WorkerHandle::KillFor(ZygoteClient& zygote, State state, Reason reason) {
  if (!killed_for_) killed_for_ = Fault{.state = state, .reason = reason};
  answers_ = Fd();
  zygote.Kill(id_);
}

std::optional<WorkerHandle::Fault> WorkerHandle::Judge(int status) const {
  if (killed_for_) return killed_for_;
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (signal == SIGXCPU) return Fault{.state = State::kTimedOut, .reason = Reason::kDeadline};
    return Fault{.state = State::kCrashed,
                 .reason = signal == SIGSYS ? Reason::kForbiddenCall : Reason::kSignal,
                 .signal = static_cast<uint8_t>(signal),
                 .from_outside = signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGHUP};
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  return Fault{.state = State::kCrashed,
               .reason = Reason::kExited,
               .no_jail = WIFEXITED(status) && WEXITSTATUS(status) == kExitNoJail};
}

}  // namespace crossguard::examine
