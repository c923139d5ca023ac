#include "examine/file_window.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "examine/kernel/answer.h"
#include "examine/kernel/file_bytes.h"

namespace crossguard::examine {
namespace {

std::unexpected<Error> NoWindow() {
  return Fail(Code::kExhausted,
              "No memory for the window on a large file: " + std::string(strerrordesc_np(errno)) + ".");
}

}  // namespace

Result<std::unique_ptr<FileWindow>> FileWindow::Open(uint64_t size_bytes, ReadAt read) {
  constexpr unsigned kNoExecSeal = 8;  // MFD_NOEXEC_SEAL, Linux 6.3; older kernels refuse the flag
  Fd fd(memfd_create("window", MFD_CLOEXEC | MFD_ALLOW_SEALING | kNoExecSeal));
  if (!fd) fd = Fd(memfd_create("window", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd || ftruncate(fd.get(), static_cast<off_t>(kWindowBytes)) != 0) return NoWindow();
  void* const memory = mmap(nullptr, kWindowBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return NoWindow();
  std::unique_ptr<FileWindow> window(
      new FileWindow(std::move(fd), {static_cast<uint8_t*>(memory), kWindowBytes}, size_bytes, std::move(read)));
  // This mapping is the last that may write: whoever else gets the descriptor can only read.
  if (fcntl(window->fd(), F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return Fail(Code::kUnavailable,
                "The window on a large file could not be sealed: " + std::string(strerrordesc_np(errno)) + ".");
  }
  return window;
}

FileWindow::~FileWindow() {
  munmap(memory_.data(), memory_.size());
}

Result<FileWindow::Served> FileWindow::Serve(ByteView body, int socket) {
  FetchRequest request{};
  if (body.size() != sizeof(request)) return Served::kMalformed;
  std::memcpy(&request, body.data(), sizeof(request));
  if (request.length == 0 || request.length > kWindowBytes) return Served::kMalformed;
  if (request.offset >= size_bytes_ || request.length > size_bytes_ - request.offset) return Served::kMalformed;
  fetched_bytes_ += std::max(request.length, kFetchedCountedMin);
  const uint64_t most = std::min(size_bytes_, UINT64_MAX / 2 / kFetchedFactorMax) * kFetchedFactorMax;
  if (fetched_bytes_ > most + kFetchedFreeBytes) return Served::kTooMuch;
  const size_t got = TRY(read_(request.offset, memory_.first(static_cast<size_t>(request.length))));
  if (got != request.length)
    return Fail(Code::kCorrupt, "A large file is shorter than its size says; run the scrub on the vault.");
  const FetchReply reply{.magic = kMessageMagic, .zero = 0, .offset = request.offset, .length = request.length};
  ssize_t sent = -1;
  do {
    sent = send(socket, &reply, sizeof(reply), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  // A worker that dies is heard of elsewhere; one that asks and asks without listening fills its own socket.
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Served::kMalformed;
  return Served::kGood;
}

}  // namespace crossguard::examine
