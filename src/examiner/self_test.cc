#include "examiner/self_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>

namespace crossguard::examiner {
namespace {

constexpr uint32_t kCpuSeconds = 10;
constexpr int kSurvived = 77;  // exit status of a probe that was not stopped
constexpr int kAsExpected = 78;

struct Probe {
  std::string_view name;
  void (*act)();
};

constexpr std::string_view kOpen = "open a file";

// Raw calls, so that no library notices first.
const std::array kForbidden{
    Probe{kOpen,
          [] {
            if (syscall(SYS_openat, AT_FDCWD, "/etc/hostname", O_RDONLY) < 0 && errno == EACCES) _exit(kAsExpected);
          }},
    Probe{"open a file the old way", [] { syscall(SYS_open, "/etc/hostname", O_RDONLY); }},
    Probe{"open a socket", [] { syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }},
    Probe{"fork", [] { syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }},
    Probe{"fork into a namespace", [] { syscall(SYS_clone, SIGCHLD | CLONE_NEWUSER, 0, 0, 0, 0); }},
    Probe{"start a program",
          [] {
            const char* const none[] = {nullptr};
            syscall(SYS_execve, "/proc/self/exe", none, none);
          }},
    Probe{"signal another process", [] { syscall(SYS_kill, getppid(), 0); }},
    Probe{"trace a process", [] { syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0); }},
    Probe{"make memory executable",
          [] { syscall(SYS_mmap, nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
    Probe{"send on another descriptor", [] { syscall(SYS_sendto, kAnswerFd + 1, "", 0, 0, nullptr, 0); }},
    Probe{"receive on another descriptor",
          [] {
            char byte = 0;
            syscall(SYS_recvfrom, kAnswerFd + 1, &byte, 1, MSG_DONTWAIT, nullptr, nullptr);
          }},
    Probe{"receive a descriptor",
          [] {
            msghdr message{};
            syscall(SYS_recvmsg, kAnswerFd, &message, MSG_DONTWAIT);
          }},
};

template <class Act>
int StatusOf(Act act) {
  const pid_t child = fork();
  if (child < 0) return -1;
  if (child == 0) {
    act();
    _exit(kSurvived);
  }
  int status = -1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

bool ExitedWith(int status, int code) {
  return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

}  // namespace

std::string TestJail(const examine::FamilyWork& work, const Walls& walls, const Filter& filter, int landlock_abi) {
  const auto enter = [&] {
    if (!LimitResources(walls, kCpuSeconds) || !RestrictFiles(landlock_abi) || !CloseDoor(filter)) _exit(1);
  };
  for (const Probe& probe : kForbidden) {
    const int status = StatusOf([&] {
      enter();
      probe.act();
    });
    if (walls.open_refused && probe.name == kOpen && ExitedWith(status, kAsExpected)) continue;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS) return std::string(probe.name);
  }
  const int stretched = StatusOf([&] {
    void* const pages = mmap(nullptr, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    enter();
    if (pages != MAP_FAILED && mremap(pages, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED && errno == ENOMEM)
      _exit(kAsExpected);
  });
  if (!ExitedWith(stretched, kAsExpected)) return "stretch a mapping";
  // Landlock on its own: the second wall must stand without the first.
  if (landlock_abi > 0) {
    const int status = StatusOf([&] {
      if (!RestrictFiles(landlock_abi)) _exit(1);
      if (open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0 && errno == EACCES) _exit(kAsExpected);
    });
    if (!ExitedWith(status, kAsExpected)) return "read a folder behind Landlock";
  }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const int memory = StatusOf([&] {
    enter();
    if (mmap(nullptr, walls.address_space_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
      _exit(kAsExpected);
  });
  if (!ExitedWith(memory, kAsExpected)) return "take more memory than allowed";
#endif
  const int samples = StatusOf([&] {
    enter();
    if (work.warm_up()) _exit(kAsExpected);
  });
  if (!ExitedWith(samples, kAsExpected)) return "examine the built-in samples inside the jail";
  return {};
}

}  // namespace crossguard::examiner
