// The tar inside a package: POSIX ustar, regular files only, fixed owner, mode and time, so that the same files give
// the same bytes; the stock `tar` opens it. The reader takes exactly that form and refuses links, folders, devices and
// sparse files.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "base/bytes.h"
#include "crypto/stream.h"

namespace crossguard {

constexpr size_t kTarBlockBytes = 512;
constexpr uint64_t kTarFileMaxBytes = uint64_t{1} << 43U;  // 8 TiB

// Header, content in pieces that add up to size_bytes, the next header ... and End() once.
class TarWriter {
 public:
  explicit TarWriter(Sink out) : out_(std::move(out)) {}
  // path: safe (kInvalid), at most 100 bytes or splittable at a '/' for the ustar prefix; kInvalid otherwise.
  Status Begin(const std::string& path, uint64_t size_bytes);
  Status Write(ByteView bytes);  // CHECKs that no more comes than was announced
  Status End();                  // two empty blocks
  Status Add(const std::string& path, ByteView bytes);

 private:
  Status Pad();
  Sink out_;
  uint64_t left_bytes_ = 0;
  uint64_t pad_bytes_ = 0;
};

// Push parser: feed pieces of any size. Errors are kCorrupt (not a whole tar of this form) or kInvalid (a name).
class TarReader {
 public:
  struct Events {
    std::function<Status(const std::string& path, uint64_t size_bytes)> on_file;  // the path has passed CheckSafePath
    std::function<Status(ByteView)> on_bytes;
    std::function<Status()> on_file_end;
  };
  explicit TarReader(Events events) : events_(std::move(events)) {}
  Status Feed(ByteView bytes);
  Status Finish();  // kCorrupt unless the end of the archive was seen

 private:
  Status Header();
  Status PaxRecords();
  Status FileEnd();
  Events events_;
  std::array<uint8_t, kTarBlockBytes> block_{};
  size_t block_fill_ = 0;
  uint64_t left_bytes_ = 0;  // of the content under way
  uint64_t padding_bytes_ = 0;
  bool in_pax_ = false;
  Bytes pax_;
  std::string pax_path_;
  int64_t pax_size_ = -1;
  int end_blocks_ = 0;
};

}  // namespace crossguard
