// The memory in which a worker finds the files of its batch: written by this side, read-only to whoever gets its
// descriptor. What a batch leaves is taken again for the next one, with its pages, so that a run does not ask the
// kernel for fresh ones for every file: of a video they cost a twentieth of what decoding it does. What an earlier
// batch left behind the end of this one's last page is not in the worker's mapping, and the jail lets it make no other
// and stretch none (src/examiner/self_test.cc tries). Internal to examine.
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

  // A place of that length behind what is there, to be written by the caller; within the capacity. kExhausted if there
  // is no memory for it.
  Result<std::span<uint8_t>> Extend(uint64_t bytes);
  // Appends and returns the offset.
  Result<uint64_t> Append(ByteView bytes);
  // The files are all there: what is left of the last page becomes zeros.
  void Close();
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

// Hands out inputs and takes them back when the last batch that holds one lets go of it. It must outlive them. What it
// keeps holds at most kKeptBytesMax in all.
class BatchInputs {
 public:
  explicit BatchInputs(uint64_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}
  BatchInputs(const BatchInputs&) = delete;

  static constexpr uint64_t kKeptBytesMax = uint64_t{256} << 20;

  // An empty one. first_bytes: how long its first file is.
  Result<std::shared_ptr<BatchInput>> Take(uint64_t first_bytes);
  uint64_t kept_bytes() const { return kept_bytes_; }

 private:
  void Keep(std::unique_ptr<BatchInput> input);

  uint64_t capacity_bytes_;
  uint64_t kept_bytes_ = 0;
  std::vector<std::unique_ptr<BatchInput>> free_;
};

}  // namespace crossguard::examine
