// The trusted end of a file at a distance: one that is too large to be handed to a worker whole. The worker asks for a
// range, this side has it read (from the vault: decrypted and authenticated) into a window of memory that both see and
// only this side can write, and says that it is there. So memory is flat, one window for each such file in work, and no
// plain byte touches a disk. What a worker asks is a stranger's word: it is checked, and counted. Internal to examine.
#pragma once

#include <memory>
#include <span>

#include "examine/examiner_client.h"
#include "examine/zygote_client.h"

namespace crossguard::examine {

// A worker may ask for so many times its file, and this beyond: an honest reader walks a file two or three times, and
// around leaps it takes more than it needs.
constexpr uint64_t kFetchedFactorMax = 32;
constexpr uint64_t kFetchedFreeBytes = uint64_t{256} << 20;
constexpr uint64_t kFetchedCountedMin = uint64_t{64} << 10;  // so that many small questions come to an end too

class FileWindow {
 public:
  static Result<std::unique_ptr<FileWindow>> Open(uint64_t size_bytes, ReadAt read);
  FileWindow(const FileWindow&) = delete;
  ~FileWindow();

  int fd() const { return fd_.get(); }

  enum class Served : uint8_t {
    kGood,
    kMalformed,  // not a question, or outside of the file, or asked before the last answer was taken
    kTooMuch,    // more than any honest reader asks
  };
  // body: of a message of kind kFetch. Errors: of the reading, which are this side's own.
  Result<Served> Serve(ByteView body, int socket);

 private:
  FileWindow(Fd fd, std::span<uint8_t> memory, uint64_t size_bytes, ReadAt read)
      : fd_(std::move(fd)), memory_(memory), size_bytes_(size_bytes), read_(std::move(read)) {}

  Fd fd_;
  std::span<uint8_t> memory_;
  uint64_t size_bytes_;
  ReadAt read_;
  uint64_t fetched_bytes_ = 0;
};

}  // namespace crossguard::examine
