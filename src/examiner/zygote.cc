#include "examiner/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <map>

#include "examiner/jail.h"
#include "examiner/self_test.h"

namespace crossguard::examiner {
namespace {

using namespace examine;

constexpr int kKeptBytes = 32 << 20;   // of memory that a worker does not give back between files
constexpr int kReadyBytes = 64 << 20;  // of heap, for the first of them
constexpr int kExitUsage = 2;
constexpr int kExitRefused = 5;
constexpr int kExitNoJail = 6;  // of a worker: a wall could not be built, nothing was opened
constexpr int kInputFd = 4;     // of a worker, until it is mapped

bool SendEvent(EventKind kind, uint64_t id, int32_t status, int32_t landlock_abi, std::string_view text,
               uint64_t cpu_micros = 0) {
  ControlEvent event;
  std::memset(&event, 0, sizeof(event));
  event.magic = kControlMagic;
  event.kind = kind;
  event.id = id;
  event.status = status;
  event.landlock_abi = landlock_abi;
  event.cpu_micros = cpu_micros;
  std::memcpy(event.text.data(), text.data(), std::min(text.size(), event.text.size() - 1));
  return send(kControlFd, &event, sizeof(event), MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof(event));
}

// One request and its descriptors (-1 where none came). 0: the trusted side is gone.
struct Received {
  ssize_t bytes = 0;
  ControlRequest request;
  int fds[2] = {-1, -1};
};
void Receive(Received& received) {
  iovec part{.iov_base = &received.request, .iov_len = sizeof(received.request)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(received.fds))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  do {
    received.bytes = recvmsg(kControlFd, &message, MSG_CMSG_CLOEXEC);
  } while (received.bytes < 0 && errno == EINTR);
  if (received.bytes <= 0) return;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
      header->cmsg_len == CMSG_LEN(sizeof(received.fds))) {
    std::memcpy(received.fds, CMSG_DATA(header), sizeof(received.fds));
  }
}

uint64_t Micros(const timeval& time) {
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000 + static_cast<uint64_t>(time.tv_usec);
}

class Zygote {
 public:
  Zygote(const Program& program, BeforeFile before_file, Filter filter, int landlock_abi, int signal_fd)
      : program_(program),
        before_file_(before_file),
        filter_(std::move(filter)),
        landlock_abi_(landlock_abi),
        signal_fd_(signal_fd),
        own_pid_(getpid()) {}

  int Run() {
    for (;;) {
      pollfd fds[2] = {{.fd = kControlFd, .events = POLLIN, .revents = 0},
                       {.fd = signal_fd_, .events = POLLIN, .revents = 0}};
      if (poll(fds, 2, -1) < 0 && errno != EINTR) return 1;
      if (fds[1].revents != 0 && !Reap()) return 0;
      if (fds[0].revents != 0 && !Serve()) return 0;
    }
  }

 private:
  bool Serve() {
    Received received;
    Receive(received);
    if (received.bytes != static_cast<ssize_t>(sizeof(ControlRequest)) || received.request.magic != kControlMagic)
      return false;
    const ControlRequest& request = received.request;
    if (request.kind == RequestKind::kKill) {
      // The id names a child that is not reaped yet, so its pid cannot be another process.
      for (const auto& [pid, id] : children_) {
        if (id == request.id) kill(pid, SIGKILL);
      }
      return true;
    }
    bool alive = true;
    const pid_t child = received.fds[1] < 0 ? -1 : fork();
    if (child == 0) Become(request.job, received.fds[0], received.fds[1]);
    if (child < 0) {
      alive = SendEvent(EventKind::kSpawnFailed, request.id, errno, 0, "");
    } else {
      children_[child] = request.id;
    }
    for (const int fd : received.fds) {
      if (fd >= 0) close(fd);
    }
    return alive;
  }

  bool Reap() {
    signalfd_siginfo ignored;
    while (read(signal_fd_, &ignored, sizeof(ignored)) == static_cast<ssize_t>(sizeof(ignored))) {
    }
    for (;;) {
      int status = 0;
      rusage used{};
      const pid_t pid = wait4(-1, &status, WNOHANG, &used);
      if (pid <= 0) return true;
      const auto child = children_.find(pid);
      if (child == children_.end()) continue;
      const uint64_t id = child->second;
      children_.erase(child);
      if (!SendEvent(EventKind::kDied, id, status, 0, "", Micros(used.ru_utime) + Micros(used.ru_stime))) return false;
    }
  }

  // In the child: only the answer socket and the input are left, then the walls go up, then the first byte is looked
  // at.
  [[noreturn]] void Become(const Job& job, int answers, int input) {
    sigset_t none;
    sigemptyset(&none);
    if (dup2(answers, kAnswerFd) < 0 || dup2(input, kInputFd) < 0) _exit(kExitNoJail);
    if (close_range(kInputFd + 1, ~0U, 0) != 0) _exit(kExitNoJail);
    const int sharing = job.windowed != 0 ? MAP_SHARED : MAP_PRIVATE;  // a window is filled again and again
    const void* mapped = mmap(nullptr, job.input_bytes, PROT_READ, sharing, kInputFd, 0);
    if (mapped == MAP_FAILED) _exit(kExitNoJail);
    close(kInputFd);
    if (!LimitResources(program_.walls, job.cpu_seconds)) _exit(kExitNoJail);
    if (getppid() != own_pid_) _exit(kExitNoJail);  // the zygote died before the death signal was set
    if (sigprocmask(SIG_SETMASK, &none, nullptr) != 0) _exit(kExitNoJail);
    if (!RestrictFiles(landlock_abi_) || !CloseDoor(filter_)) _exit(kExitNoJail);
    RunWorker(*program_.work, job, static_cast<const uint8_t*>(mapped), before_file_);
  }

  const Program& program_;
  BeforeFile before_file_;
  Filter filter_;
  int landlock_abi_;
  int signal_fd_;
  pid_t own_pid_;
  std::map<pid_t, uint64_t> children_;
};

// The C library's qsort asks once in a process how much memory the machine has, when it first sorts more than a little.
// Asked here, that answer is there in every worker, which may not ask.
void AskHowMuchMemory() {
  std::array<uint64_t, 512> numbers{};
  qsort(numbers.data(), numbers.size(), sizeof(numbers[0]),
        [](const void* a, const void* b) { return std::memcmp(a, b, sizeof(uint64_t)); });
}

// Half of what a worker's birth costs is the pages that it touches first, one fault each. So what the warm-up left is
// given back (of pages that the zygote has touched a worker makes copies), and the heap that the workers fill is there
// already, untouched, and may be had in large pages; that the kernel may refuse, and it is then as it was.
void PrepareHeap() {
  constexpr uintptr_t kLargePage = uintptr_t{2} << 20;
  constexpr uintptr_t kOwn = uintptr_t{128} << 10;       // for the zygote's own, below the large pages
  constexpr size_t kLargerThanHoles = size_t{24} << 20;  // than any that the warm-up left: it must come from the end
  malloc_trim(0);
  mallopt(M_TOP_PAD, kReadyBytes);
  const auto begin = reinterpret_cast<uintptr_t>(sbrk(0));
  // Never used nor freed: so that the next memory that is had lies just below the first large page.
  static void* gap = nullptr;
  gap = malloc(kLargerThanHoles);
  if (gap == nullptr) return;
  const auto low = reinterpret_cast<uintptr_t>(gap);
  if (low > begin || begin - low > kLargerThanHoles) return;  // not glibc's heap
  const uintptr_t first = (begin + 2 * kOwn + kLargePage - 1) / kLargePage * kLargePage;
  gap = realloc(gap, first - kOwn - low);
  const auto end = reinterpret_cast<uintptr_t>(sbrk(0));
  if (first >= end) return;
  madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}

}  // namespace

int RunZygote(const Program& program, BeforeFile before_file) {
  struct stat control{};
  if (fstat(kControlFd, &control) != 0 || !S_ISSOCK(control.st_mode)) {
    fputs("crossguard-examiner is started by crossguard; run `crossguard hash FILE` instead.\n", stderr);
    return kExitUsage;
  }
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3 && null >= 0; ++fd) dup2(null, fd);
  if (null > kControlFd) close(null);
  // A name in an archive is UTF-8 here, whatever the caller's environment says.
  setlocale(LC_ALL, "C.UTF-8");
  // Without it the libraries' first use of a calendar time would look for a file of time zones, from inside the jail.
  setenv("TZ", "UTC0", 1);
  tzset();
  // What a decoder frees stays for the next file of the batch: fresh pages cost a worker more than decoding does.
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, kKeptBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  signal(SIGPIPE, SIG_IGN);
  // Ctrl-C in a terminal goes to the whole group: the trusted side decides when the examiner ends.
  signal(SIGINT, SIG_IGN);
  signal(SIGCHLD, SIG_DFL);

  AskHowMuchMemory();
  const auto refuse = [](std::string_view text) {
    SendEvent(EventKind::kRefused, 0, 0, 0, text);
    return kExitRefused;
  };
  if (!program.work->warm_up()) return refuse("examine the built-in samples");
  PrepareHeap();
  Result<Filter> filter = CompileFilter(program.walls);
  if (!filter) return refuse("make the seccomp filter");
  const int landlock_abi = LandlockAbi();
  if (const std::string failed = TestJail(*program.work, program.walls, *filter, landlock_abi); !failed.empty())
    return refuse(failed);

  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  if (sigprocmask(SIG_BLOCK, &child, nullptr) != 0) return refuse("block a signal");
  const int signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signal_fd < 0) return refuse("watch its children");
  if (!SendEvent(EventKind::kReady, 0, 0, landlock_abi, "")) return 0;
  return Zygote(program, before_file, *std::move(filter), landlock_abi, signal_fd).Run();
}

}  // namespace crossguard::examiner
