// A file's bytes wherever they lie: whole in memory, or at a distance and fetched window by window. Readers that walk
// (containers of video, archives) need no more than this, so a file of any size costs one window.
#pragma once

#include <cstdint>
#include <functional>

#include "base/bytes.h"

namespace crossguard::examine {

constexpr uint64_t kWindowBytes = uint64_t{1} << 20;        // at most so many at once
constexpr uint64_t kFirstWindowBytes = uint64_t{64} << 10;  // after a leap; doubled while the reading goes straight on

class FileBytes {
 public:
  // Gives exactly `length` bytes from `offset` on, valid until the next call. Within the file, 1..kWindowBytes.
  using Fetch = std::function<ByteView(uint64_t offset, uint64_t length)>;

  explicit FileBytes(ByteView whole) : whole_(whole), size_(whole.size()) {}  // `whole` must outlive it
  FileBytes(uint64_t size_bytes, Fetch fetch) : size_(size_bytes), fetch_(std::move(fetch)) {}

  uint64_t size() const { return size_; }
  bool in_memory() const { return fetch_ == nullptr; }
  // All of it if it is in memory; else its first kKindBytes, which say of what kind it is.
  ByteView head();
  // What is at hand from there on: at least one byte, none only at the end or behind it. Valid until the next call.
  ByteView At(uint64_t offset);
  // Copies the bytes [offset, offset + length), fewer at the end of the file.
  Bytes Copy(uint64_t offset, uint64_t length);

 private:
  ByteView whole_;
  uint64_t size_;
  Fetch fetch_;
  Bytes head_;
  ByteView window_;
  uint64_t window_at_ = 0;
  uint64_t step_ = 0;  // length of the last window
};

}  // namespace crossguard::examine
