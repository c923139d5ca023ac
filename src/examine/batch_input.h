// The memory in which a worker finds the files of its batch: written by this side, read-only to whoever gets its
// descriptor. What a batch leaves is taken again for the next one, so that a run does not ask the kernel for fresh
// pages for every file, which cost as much as a good part of the jail. Internal to examine.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "examine/zygote_client.h"

namespace crossguard::examine {

class BatchInput {
 public:
  static Result<std::unique_ptr<BatchInput>> Create(uint64_t capacity_bytes);
  BatchInput(const BatchInput&) = delete;
  ~BatchInput();

  // Appends and returns the offset; within the capacity. kExhausted if there is no memory for it.
  Result<uint64_t> Append(ByteView bytes);
  // The files are all there. Nothing of an earlier batch is left behind their end: a worker that stretched its mapping
  // would find no more than zeros up to the end of a page, and nothing after it.
  Status Close();
  void Empty() { size_bytes_ = 0; }  // once no worker has it any more
  // A worker may still have it for a moment: it is not to be taken again.
  void Leave() { left_ = true; }
  bool left() const { return left_; }

  int fd() const { return fd_.get(); }
  uint64_t size_bytes() const { return size_bytes_; }
  uint64_t held_bytes() const { return held_bytes_; }  // of memory

 private:
  BatchInput(Fd fd, std::span<uint8_t> memory) : fd_(std::move(fd)), memory_(memory) {}

  Fd fd_;
  std::span<uint8_t> memory_;
  uint64_t size_bytes_ = 0;
  uint64_t held_bytes_ = 0;
  bool left_ = false;
};

// Hands out inputs and takes them back when the last batch that holds one lets go of it. It must outlive them. It keeps
// no more of them than were out at once, and none that holds more than 40 MiB.
class BatchInputs {
 public:
  explicit BatchInputs(uint64_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}
  BatchInputs(const BatchInputs&) = delete;

  // An empty one. first_bytes: how long its first file is.
  Result<std::shared_ptr<BatchInput>> Take(uint64_t first_bytes);

 private:
  uint64_t capacity_bytes_;
  std::vector<std::unique_ptr<BatchInput>> free_;
};

}  // namespace crossguard::examine
