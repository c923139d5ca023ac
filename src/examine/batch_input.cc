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
constexpr uint64_t kSmallBatchBytes = uint64_t{16} << 20;  // a batch of small files grows to so much
constexpr uint64_t kMuchTooLarge = 4;                      // times

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

Result<std::span<uint8_t>> BatchInput::Extend(uint64_t bytes) {
  CHECK(bytes <= memory_.size() - size_bytes_);
  const uint64_t wanted = WholePages(size_bytes_ + bytes);
  while (held_bytes_ < wanted) {  // asked for here, so that too little memory is an answer and not a signal
    if (fallocate(fd_.get(), 0, static_cast<off_t>(held_bytes_), static_cast<off_t>(wanted - held_bytes_)) == 0) {
      // At once, and not page by page when they are written; where the kernel cannot (before 5.14), so they come.
      madvise(&memory_[held_bytes_], wanted - held_bytes_, MADV_POPULATE_WRITE);
      held_bytes_ = wanted;
    } else if (errno != EINTR) {
      return NoMemory(Code::kExhausted);
    }
  }
  const std::span<uint8_t> place = memory_.subspan(size_bytes_, bytes);
  size_bytes_ += bytes;
  return place;
}

Result<uint64_t> BatchInput::Append(ByteView bytes) {
  const uint64_t offset = size_bytes_;
  const std::span<uint8_t> place = TRY(Extend(bytes.size()));
  if (!bytes.empty()) std::memcpy(place.data(), bytes.data(), bytes.size());
  return offset;
}

void BatchInput::Close() {
  const uint64_t end = WholePages(size_bytes_);
  if (end > size_bytes_) std::memset(&memory_[size_bytes_], 0, end - size_bytes_);
}

Result<std::shared_ptr<BatchInput>> BatchInputs::Take(uint64_t first_bytes) {
  // The smallest that need not grow for that file, or else the largest; but none that is much too large, which a large
  // file would look for in vain.
  const auto rank = [&](const std::unique_ptr<BatchInput>& one) {
    const uint64_t held = one->held_bytes();
    return held >= first_bytes ? std::pair(false, held) : std::pair(true, UINT64_MAX - held);
  };
  const auto found = std::ranges::min_element(free_, {}, rank);
  std::unique_ptr<BatchInput> input;
  if (found == free_.end() || (*found)->held_bytes() > kMuchTooLarge * std::max(first_bytes, kSmallBatchBytes)) {
    input = TRY(BatchInput::Create(capacity_bytes_));
  } else {
    input = std::move(*found);
    free_.erase(found);
    kept_bytes_ -= input->held_bytes();
  }
  return std::shared_ptr<BatchInput>(input.release(),
                                     [this](BatchInput* back) { Keep(std::unique_ptr<BatchInput>(back)); });
}

// What lay there longest goes first.
void BatchInputs::Keep(std::unique_ptr<BatchInput> input) {
  if (input->held_bytes() > kKeptBytesMax || input->left()) return;
  input->Empty();
  kept_bytes_ += input->held_bytes();
  free_.push_back(std::move(input));
  while (kept_bytes_ > kKeptBytesMax) {
    kept_bytes_ -= free_.front()->held_bytes();
    free_.erase(free_.begin());
  }
}

}  // namespace crossguard::examine
