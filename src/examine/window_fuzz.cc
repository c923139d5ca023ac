#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "examine/file_window.h"
#include "examine/kernel/answer.h"

// What a worker may ask of a file at a distance: whatever it asks, this side reads nothing outside of the file, fills
// no more than the window, and answers what it says it answered. The body is cut into questions of 16 bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  using namespace crossguard::examine;
  constexpr uint64_t kFileBytes = 100'000;
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
  const Fd ours(pair[0]);
  const Fd theirs(pair[1]);
  uint64_t asked_offset = 0;
  uint64_t asked_bytes = 0;
  const auto window = FileWindow::Open(kFileBytes, [&](uint64_t offset, std::span<uint8_t> out) -> Result<size_t> {
    CHECK(!out.empty() && offset < kFileBytes && out.size() <= kFileBytes - offset);
    asked_offset = offset;
    asked_bytes = out.size();
    std::fill(out.begin(), out.end(), uint8_t{7});
    return out.size();
  });
  CHECK(window.has_value());
  for (ByteView rest(data, size); !rest.empty();) {
    const ByteView question = rest.first(std::min(rest.size(), sizeof(FetchRequest)));
    rest = rest.subspan(question.size());
    const auto served = (*window)->Serve(question, ours.get());
    CHECK(served.has_value());
    if (*served != FileWindow::Served::kGood) continue;
    FetchReply reply;
    CHECK(recv(theirs.get(), &reply, sizeof(reply), MSG_DONTWAIT) == static_cast<ssize_t>(sizeof(reply)));
    CHECK(reply.offset == asked_offset && reply.length == asked_bytes);
  }
  return 0;
}
