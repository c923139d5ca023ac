// Private to env: a descriptor that closes itself, and a file that was opened by name or below a folder.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <span>
#include <string>
#include <utility>

#include "env/files.h"

namespace crossguard {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

// size(): as it was when it was opened. path: for sentences only.
class OpenedFile final : public ReadFile {
 public:
  OpenedFile(Descriptor fd, std::string path, uint64_t size_bytes)
      : fd_(std::move(fd)), path_(std::move(path)), size_bytes_(size_bytes) {}
  Result<size_t> ReadAt(uint64_t offset, std::span<uint8_t> out) override {
    size_t total = 0;
    while (total < out.size()) {
      const ssize_t got = pread(fd_.get(), out.data() + total, out.size() - total, static_cast<off_t>(offset + total));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return SystemError("Cannot read", path_, errno);
      if (got == 0) break;
      total += static_cast<size_t>(got);
    }
    return total;
  }
  uint64_t size() const override { return size_bytes_; }

 private:
  Descriptor fd_;
  std::string path_;
  uint64_t size_bytes_;
};

}  // namespace crossguard
