// The walls around one worker: resource limits, no new privileges, no dumps, death with the parent, Landlock with no
// rights at all, and a seccomp list of the few calls that computing needs. Everything else kills the process.
//
// What remains possible inside: to compute, to allocate up to the address-space limit, to send on one socket, to exit;
// where a family's library cannot do without, to start a thread of the same process; and where a family's files may be
// too large for its memory, to receive on that socket which part of them is in its window.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "base/error.h"

namespace crossguard::examiner {

// How wide the walls of one family of formats stand.
struct Walls {
  uint64_t address_space_bytes = uint64_t{1} << 30;
  bool threads = false;
  // Files at a distance: it may also receive on its one socket, into plain memory (no descriptor can come that way).
  bool fetches = false;
  // To open a file is refused and not death: for a library that looks for one in passing and goes on without it.
  bool open_refused = false;
};

constexpr int kAnswerFd = 3;  // in a worker: the only descriptor it may use: to send, and with `fetches` to receive

using Filter = std::vector<sock_filter>;

// The seccomp program, compiled once in the zygote. kUnavailable if it cannot be made.
Result<Filter> CompileFilter(const Walls& walls);

// The Landlock version of the running kernel; 0 if it has none or it is switched off.
int LandlockAbi();

// Each returns false if the kernel refused; the caller must then exit. To be called in this order, in a process with
// one thread.
bool LimitResources(const Walls& walls, uint32_t cpu_seconds);
bool RestrictFiles(int landlock_abi);  // true without effect if landlock_abi is 0
bool CloseDoor(const Filter& filter);  // no new privileges, then the filter

}  // namespace crossguard::examiner
