#include "examine/zygote_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace crossguard::examine {
namespace {

constexpr int kStartMillisMax = 60'000;  // for the self-test on a machine that is very busy

// A program can die before its first line: a machine that is short of memory for a moment refuses the loader a page.
// Nothing has been opened by then, so it is started again, after pauses that grow. A refusal of the self-test is final.
constexpr int kStartPausesMillis[] = {50, 500, 2'000};

std::unexpected<Error> Gone() {
  return Fail(Code::kUnavailable,
              "The examiner ended without being asked; run the command again, it resumes where it stopped.");
}

std::string Errno() {
  return std::string(strerrordesc_np(errno));
}

// From the trusted side's own memory to the socket, with descriptors if there are any.
bool SendRequest(int socket, const ControlRequest& request, const int (*fds)[2]) {
  iovec part{.iov_base = const_cast<ControlRequest*>(&request), .iov_len = sizeof(request)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int[2]))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fds != nullptr) {
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(*fds));
    std::memcpy(CMSG_DATA(header), fds, sizeof(*fds));
  }
  ssize_t sent = -1;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof(request));
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = other.Release();
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

int Fd::Release() {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

Result<SealedInput> SealedInput::Create() {
  SealedInput input;
  constexpr unsigned kNoExecSeal = 8;  // MFD_NOEXEC_SEAL, Linux 6.3; older kernels refuse the flag
  input.fd_ = Fd(memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING | kNoExecSeal));
  if (!input.fd_) input.fd_ = Fd(memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!input.fd_) return Fail(Code::kExhausted, "No memory file for the examiner's input: " + Errno() + ".");
  return input;
}

Result<uint64_t> SealedInput::Append(ByteView bytes) {
  const uint64_t offset = size_bytes_;
  while (!bytes.empty()) {
    const ssize_t written = pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_bytes_));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Fail(Code::kExhausted, "No memory for the examiner's input: " + Errno() + ".");
    size_bytes_ += static_cast<uint64_t>(written);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return offset;
}

Status SealedInput::Seal() {
  if (fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return Fail(Code::kUnavailable, "The examiner's input could not be sealed: " + Errno() + ".");
  }
  return {};
}

Result<std::unique_ptr<ZygoteClient>> ZygoteClient::Start(const std::string& program) {
  if (access(program.c_str(), X_OK) != 0) {
    return Fail(Code::kNotFound, "There is no program " + program + "; install crossguard-examiner beside crossguard.");
  }
  for (const int pause_millis : kStartPausesMillis) {
    bool died_unheard = false;
    auto started = StartOnce(program, died_unheard);
    if (!died_unheard) return started;
    poll(nullptr, 0, pause_millis);
  }
  bool died_unheard = false;
  return StartOnce(program, died_unheard);
}

Result<std::unique_ptr<ZygoteClient>> ZygoteClient::StartOnce(const std::string& program, bool& died_unheard) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return Fail(Code::kUnavailable, "No socket for the examiner: " + Errno() + ".");
  }
  Fd ours(pair[0]);
  Fd theirs(pair[1]);
  if (theirs.get() == kControlFd) {  // dup2 onto itself would leave close-on-exec set
    theirs = Fd(fcntl(theirs.get(), F_DUPFD_CLOEXEC, kControlFd + 1));
  }
  // posix_spawn does not copy this process's memory, however large. No environment, no other descriptor goes along.
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, theirs.get(), kControlFd);
  posix_spawn_file_actions_addclosefrom_np(&actions, kControlFd + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::string name = program;
  char* const argv[] = {name.data(), nullptr};
  char* const environment[] = {nullptr};
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, program.c_str(), &actions, &attributes, argv, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    return Fail(Code::kUnavailable, "The examiner could not be started: " + std::string(strerrordesc_np(failed)) + ".");
  }
  theirs = Fd();
  std::unique_ptr<ZygoteClient> client(new ZygoteClient(pid, std::move(ours)));

  pollfd ready{.fd = client->control_.get(), .events = POLLIN, .revents = 0};
  int polled = -1;
  do {
    polled = poll(&ready, 1, kStartMillisMax);
  } while (polled < 0 && errno == EINTR);
  ControlEvent event;
  const ssize_t got = polled > 0 ? recv(client->control_.get(), &event, sizeof(event), 0) : -1;
  if (got == 0) {  // nobody holds the other end any more
    died_unheard = true;
    return Fail(Code::kUnavailable, program + " ended (" + client->Ended() +
                                        ") before it said that it is ready; free " +
                                        "memory on this machine, or install the program of this version again.");
  }
  if (got != static_cast<ssize_t>(sizeof(event)) || event.magic != kControlMagic) {
    return Fail(Code::kUnavailable,
                "The examiner did not say that it is ready; check that " + program + " is of this version.");
  }
  if (event.kind != EventKind::kReady) {
    event.text.back() = 0;
    return Fail(Code::kUnavailable,
                "The examiner refused to start because its jail does not hold on this machine (self-test: " +
                    std::string(event.text.data()) + "); files are not opened without it.");
  }
  client->landlock_abi_ = event.landlock_abi;
  return client;
}

ZygoteClient::~ZygoteClient() {
  if (pid_ < 0) return;
  control_ = Fd();  // the zygote ends at that, its workers with it
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// Waits for a zygote that has hung up, and says how it ended.
std::string ZygoteClient::Ended() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                             : "exit status " + std::to_string(WEXITSTATUS(status));
}

Result<Fd> ZygoteClient::Spawn(uint64_t id, const Job& job, int input_fd) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return Fail(Code::kExhausted, "No socket for a worker: " + Errno() + ".");
  }
  Fd ours(pair[0]);
  const Fd theirs(pair[1]);
  const ControlRequest request{.magic = kControlMagic, .kind = RequestKind::kSpawn, .id = id, .job = job};
  const int fds[2] = {theirs.get(), input_fd};
  if (!SendRequest(control_.get(), request, &fds)) return Gone();
  return ours;
}

void ZygoteClient::Kill(uint64_t id) {
  ControlRequest request{};
  request.magic = kControlMagic;
  request.kind = RequestKind::kKill;
  request.id = id;
  SendRequest(control_.get(), request, nullptr);  // if the zygote is gone, so is the worker
}

Result<std::vector<ZygoteClient::Event>> ZygoteClient::Events() {
  std::vector<Event> events;
  for (;;) {
    ControlEvent event;
    const ssize_t got = recv(control_.get(), &event, sizeof(event), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return events;
    if (got != static_cast<ssize_t>(sizeof(event)) || event.magic != kControlMagic) return Gone();
    if (event.kind != EventKind::kDied && event.kind != EventKind::kSpawnFailed) return Gone();
    events.push_back({.id = event.id,
                      .spawned = event.kind == EventKind::kDied,
                      .status = event.status,
                      .cpu_micros = event.cpu_micros});
  }
}

}  // namespace crossguard::examine
