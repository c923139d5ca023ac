#include "examine/batch_input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace crossguard::examine {
namespace {

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kLargeFirst = uint64_t{1} << 20;
constexpr uint64_t kKeptBytes = uint64_t{40} << 20;  // of one that held a very large file, no more is kept

uint64_t WholePages(uint64_t bytes) {
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

std::unexpected<Error> NoMemory(Code code) {
  return Fail(code, "No memory for the examiner's input: " + std::string(strerrordesc_np(errno)) + ".");
}

}  // namespace

Result<std::unique_ptr<BatchInput>> BatchInput::Create(uint64_t capacity_bytes) {
  constexpr unsigned kNoExecSeal = 8;  // MFD_NOEXEC_SEAL, Linux 6.3; older kernels refuse the flag
  Fd fd(memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING | kNoExecSeal));
  if (!fd) fd = Fd(memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return NoMemory(Code::kExhausted);
  const uint64_t mapped = WholePages(capacity_bytes);
  void* const memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return NoMemory(Code::kExhausted);
  std::unique_ptr<BatchInput> input(new BatchInput(std::move(fd), {static_cast<uint8_t*>(memory), mapped}));
  // This mapping is the last that may write: whoever else gets the descriptor can only read.
  if (fcntl(input->fd(), F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) != 0) return NoMemory(Code::kUnavailable);
  return input;
}

BatchInput::~BatchInput() {
  munmap(memory_.data(), memory_.size());
}

Result<uint64_t> BatchInput::Append(ByteView bytes) {
  const uint64_t offset = size_bytes_;
  CHECK(bytes.size() <= memory_.size() - offset);
  const uint64_t wanted = WholePages(offset + bytes.size());
  while (held_bytes_ < wanted) {  // asked for here, so that too little memory is an answer and not a signal
    if (fallocate(fd_.get(), 0, static_cast<off_t>(held_bytes_), static_cast<off_t>(wanted - held_bytes_)) == 0) {
      // At once, and not page by page when they are written; where the kernel cannot (before 5.14), so they come.
      madvise(&memory_[held_bytes_], wanted - held_bytes_, MADV_POPULATE_WRITE);
      held_bytes_ = wanted;
    } else if (errno != EINTR) {
      return NoMemory(Code::kExhausted);
    }
  }
  if (!bytes.empty()) std::memcpy(&memory_[offset], bytes.data(), bytes.size());
  size_bytes_ += bytes.size();
  return offset;
}

Status BatchInput::Close() {
  const uint64_t end = WholePages(size_bytes_);
  if (end > size_bytes_) std::memset(&memory_[size_bytes_], 0, end - size_bytes_);
  if (held_bytes_ > end && ftruncate(fd_.get(), static_cast<off_t>(end)) != 0) return NoMemory(Code::kUnavailable);
  held_bytes_ = end;
  return {};
}

Result<std::shared_ptr<BatchInput>> BatchInputs::Take(uint64_t first_bytes) {
  std::unique_ptr<BatchInput> input;
  if (free_.empty()) {
    input = TRY(BatchInput::Create(capacity_bytes_));
  } else {
    // The largest for a large file, the smallest for a small one.
    const auto held = [](const std::unique_ptr<BatchInput>& one) { return one->held_bytes(); };
    const auto found = first_bytes >= kLargeFirst ? std::ranges::max_element(free_, {}, held)
                                                  : std::ranges::min_element(free_, {}, held);
    input = std::move(*found);
    free_.erase(found);
  }
  return std::shared_ptr<BatchInput>(input.release(), [this](BatchInput* back) {
    std::unique_ptr<BatchInput> one(back);
    if (one->held_bytes() > kKeptBytes || one->left()) return;
    one->Empty();
    free_.push_back(std::move(one));
  });
}

}  // namespace crossguard::examine
