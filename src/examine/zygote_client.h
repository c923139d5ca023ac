// The trusted end of the examiner's control socket: starts the program, asks it for workers, hears of their deaths.
// Not thread-safe. Everything it owns is closed on destruction; the zygote and its workers then die.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "examine/kernel/job.h"

namespace crossguard::examine {

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.Release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int Release();

 private:
  int fd_ = -1;
};

// A file in memory: filled, then sealed so that nobody, not even its maker, can change it any more.
class SealedInput {
 public:
  static Result<SealedInput> Create();
  // Appends and returns the offset. kExhausted if there is no memory for it.
  Result<uint64_t> Append(ByteView bytes);
  Status Seal();
  int fd() const { return fd_.get(); }
  uint64_t size_bytes() const { return size_bytes_; }

 private:
  Fd fd_;
  uint64_t size_bytes_ = 0;
};

class ZygoteClient {
 public:
  // Starts `program` and waits for its self-test. kNotFound if there is no such program; kUnavailable if it does not
  // start, with the name of the self-test that failed. A program that dies before it has said anything is started again
  // up to three times.
  static Result<std::unique_ptr<ZygoteClient>> Start(const std::string& program);
  ~ZygoteClient();
  ZygoteClient(const ZygoteClient&) = delete;

  // Asks for a worker; returns the socket on which it will answer. kUnavailable if the zygote is gone.
  Result<Fd> Spawn(uint64_t id, const Job& job, int input_fd);
  void Kill(uint64_t id);  // it will be reported as died

  struct Event {
    uint64_t id = 0;
    bool spawned = true;  // false: it never lived
    int status = 0;       // as of waitpid, or errno
    uint64_t cpu_micros = 0;
  };
  // What is there now, without waiting. kUnavailable if the zygote is gone.
  Result<std::vector<Event>> Events();

  int control_fd() const { return control_.get(); }
  int landlock_abi() const { return landlock_abi_; }
  int pid() const { return pid_; }

 private:
  ZygoteClient(int pid, Fd control) : pid_(pid), control_(std::move(control)) {}
  static Result<std::unique_ptr<ZygoteClient>> StartOnce(const std::string& program, bool& died_unheard);
  std::string Ended();
  int pid_;
  Fd control_;
  int landlock_abi_ = 0;
};

}  // namespace crossguard::examine
