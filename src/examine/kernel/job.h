// What the trusted side tells the examiner, and what its zygote tells back, on the control socket (fd 3 of the
// examiner; one message per datagram). Both sides are trusted and of one build: plain structs. A spawn request carries
// two descriptors: the worker's end of an answer socket, and the memory file with the input, which only the trusted
// side can write, or the window through which a file that is too large for that is seen.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "examine/kernel/facts.h"

namespace crossguard::examine {

constexpr uint32_t kControlMagic = 0x43477A35;  // changes with every change of these structs
constexpr int kControlFd = 3;
constexpr uint32_t kBatchFilesMax = 16;

struct JobFile {
  uint64_t offset;      // in the memory file
  uint64_t bytes;       // held there; of a windowed job: 0
  uint64_t size_bytes;  // of the whole file
  uint32_t depth;
  uint32_t zero;
};

enum class Act : uint32_t { kExamine = 1, kUnpack = 2 };

struct Job {
  Act act;
  uint32_t file_count;    // 1..16; kUnpack: 1
  uint32_t first_member;  // kUnpack
  uint32_t member_count;
  uint64_t input_bytes;  // size of the memory file
  uint32_t cpu_seconds;  // of the whole job, a second fence behind the trusted side's deadline
  uint32_t windowed;     // 1: one file, at a distance; the memory file is its window

  Limits limits;
  std::array<JobFile, kBatchFilesMax> files;
};
static_assert(std::is_trivially_copyable_v<Job>);

enum class RequestKind : uint32_t { kSpawn = 1, kKill = 2 };
struct ControlRequest {
  uint32_t magic;
  RequestKind kind;
  uint64_t id;  // of the worker, chosen by the trusted side, never repeated
  Job job;      // kSpawn
};
static_assert(std::is_trivially_copyable_v<ControlRequest>);

enum class EventKind : uint32_t { kReady = 1, kRefused = 2, kSpawnFailed = 3, kDied = 4 };
struct ControlEvent {
  uint32_t magic;
  EventKind kind;
  uint64_t id;
  int32_t status;             // kDied: as of waitpid; kSpawnFailed: errno
  int32_t landlock_abi;       // kReady: 0 if the kernel has none
  uint64_t cpu_micros;        // kDied: the processor time that it took, as the kernel counted it
  std::array<char, 96> text;  // kRefused: which self-test failed, NUL-terminated
};
static_assert(std::is_trivially_copyable_v<ControlEvent>);

}  // namespace crossguard::examine
