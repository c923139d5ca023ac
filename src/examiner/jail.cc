#include "examiner/jail.h"

#include <errno.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <memory>

namespace crossguard::examiner {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // its shadow memory is terabytes wide, and it needs a few calls more
#else
constexpr bool kSanitized = false;
#endif

// Debian 12's header knows Landlock's second version; the kernel may know more. The whole struct of version 6:
struct LandlockRules {
  uint64_t files;
  uint64_t network;  // version 4
  uint64_t scopes;   // version 6
};
constexpr uint64_t kFilesV1 = (uint64_t{1} << 13) - 1;
constexpr uint64_t kFilesRefer = uint64_t{1} << 13;     // version 2
constexpr uint64_t kFilesTruncate = uint64_t{1} << 14;  // version 3
constexpr uint64_t kFilesIoctl = uint64_t{1} << 15;     // version 5
constexpr uint64_t kNetworkTcp = 3;                     // bind, connect
constexpr uint64_t kScopes = 3;                         // abstract sockets, signals

struct ContextRelease {
  void operator()(void* context) const { seccomp_release(context); }
};

bool Limit(__rlimit_resource resource, uint64_t value) {
  const rlimit limit{.rlim_cur = value, .rlim_max = value};
  return setrlimit(resource, &limit) == 0;
}

// A thread of this process and nothing else: no namespaces, no new signal handling. clone3
// hides its flags behind a pointer, so it is said not to exist; the C library then uses clone.
bool AllowThreads(scmp_filter_ctx filter) {
  constexpr uint64_t kMust = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
  constexpr uint64_t kMustNot = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                CLONE_NEWPID | CLONE_NEWNET | CLONE_PTRACE | CLONE_VFORK;
  bool ok = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, kMust | kMustNot, kMust)) == 0;
  ok = ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
  for (const int call : {SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield)}) {
    ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
  }
  // Asked for and not needed: how many processors there are, a name for the thread, and to complain of the refusal.
  for (const int call : {SCMP_SYS(sched_getaffinity), SCMP_SYS(prctl), SCMP_SYS(write)}) {
    if (kSanitized && call != SCMP_SYS(prctl)) continue;  // allowed there
    ok = ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0) == 0;
  }
  return ok;
}

}  // namespace

Result<Filter> CompileFilter(const Walls& walls) {
  const auto refused = [] { return Fail(Code::kUnavailable, "The seccomp filter could not be made on this kernel."); };
  const std::unique_ptr<void, ContextRelease> context(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (context == nullptr) return refused();
  scmp_filter_ctx filter = context.get();
  bool ok = true;
  const auto allow = [&](int call) { ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0; };
  for (const int call :
       {SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(getrandom),
        SCMP_SYS(clock_gettime), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigaction),
        SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall), SCMP_SYS(getpid), SCMP_SYS(gettid)}) {
    allow(call);
  }
  // Memory may be had, but none that can be executed, and none that is a file.
  ok = ok &&
       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
  ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                              SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS)) == 0;
  // No mapping may be stretched: behind the input's last page may lie what an earlier batch left. The C library asks
  // for it when a large block grows, and copies the block where it may not.
  ok = ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOMEM), SCMP_SYS(mremap), 0) == 0;
  // Answers go out on one socket, to its one peer.
  ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 2, SCMP_A0(SCMP_CMP_EQ, kAnswerFd),
                              SCMP_A4(SCMP_CMP_EQ, 0)) == 0;
  if (walls.fetches) {
    ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(recvfrom), 2, SCMP_A0(SCMP_CMP_EQ, kAnswerFd),
                                SCMP_A4(SCMP_CMP_EQ, 0)) == 0;
  }
  // abort() raises by tgkill; refused, it goes on to an illegal instruction, so that a crash is seen as a crash.
  ok = ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(tgkill), 0) == 0;
  if (walls.open_refused) ok = ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0) == 0;
  if (walls.threads) ok = ok && AllowThreads(filter);
  if (kSanitized) {
    for (const int call :
         {SCMP_SYS(sigaltstack), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(write)}) {
      allow(call);
    }
  }
  if (!ok) return refused();

  // libseccomp writes the program to a descriptor.
  const int file = memfd_create("filter", MFD_CLOEXEC);
  if (file < 0) return refused();
  Filter program;
  if (seccomp_export_bpf(filter, file) == 0) {
    const off_t bytes = lseek(file, 0, SEEK_END);
    if (bytes > 0 && static_cast<size_t>(bytes) % sizeof(sock_filter) == 0) {
      program.resize(static_cast<size_t>(bytes) / sizeof(sock_filter));
      if (pread(file, program.data(), static_cast<size_t>(bytes), 0) != bytes) program.clear();
    }
  }
  close(file);
  if (program.empty()) return refused();
  return program;
}

int LandlockAbi() {
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, size_t{0}, LANDLOCK_CREATE_RULESET_VERSION);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

bool LimitResources(const Walls& walls, uint32_t cpu_seconds) {
  const rlimit cpu{.rlim_cur = cpu_seconds, .rlim_max = rlim_t{cpu_seconds} + 1};
  // Where threads are allowed, the seccomp list alone forbids processes: the limit would count every thread of the
  // user.
  return (kSanitized || Limit(RLIMIT_AS, walls.address_space_bytes)) && setrlimit(RLIMIT_CPU, &cpu) == 0 &&
         Limit(RLIMIT_FSIZE, 0) && Limit(RLIMIT_NOFILE, 16) && (walls.threads || Limit(RLIMIT_NPROC, 0)) &&
         Limit(RLIMIT_CORE, 0) && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
         prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

bool RestrictFiles(int landlock_abi) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  if (landlock_abi <= 0) return true;
  LandlockRules rules{.files = kFilesV1, .network = 0, .scopes = 0};
  size_t bytes = offsetof(LandlockRules, network);
  if (landlock_abi >= 2) rules.files |= kFilesRefer;
  if (landlock_abi >= 3) rules.files |= kFilesTruncate;
  if (landlock_abi >= 4) {
    rules.network = kNetworkTcp;
    bytes = offsetof(LandlockRules, scopes);
  }
  if (landlock_abi >= 5) rules.files |= kFilesIoctl;
  if (landlock_abi >= 6) {
    rules.scopes = kScopes;
    bytes = sizeof(rules);
  }
  const long ruleset = syscall(SYS_landlock_create_ruleset, &rules, bytes, 0);
  if (ruleset < 0) return false;
  const bool done = syscall(SYS_landlock_restrict_self, static_cast<int>(ruleset), 0) == 0;
  close(static_cast<int>(ruleset));
  return done;
}

bool CloseDoor(const Filter& filter) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                           .filter = const_cast<sock_filter*>(filter.data())};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

}  // namespace crossguard::examiner
