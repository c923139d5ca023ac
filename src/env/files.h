// The file system, as the parts that must not lose anything see it. Every call that changes something says when it is
// durable. The real one and one that forgets what was not synced (memory_files.h) pass the same contract test.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace crossguard {

class AppendFile {
 public:
  virtual ~AppendFile() = default;
  virtual Status Append(ByteView bytes) = 0;  // not durable until Sync; kExhausted when the disk is full
  virtual Status Sync() = 0;                  // fdatasync; an error is final: reopen, never retry
  virtual uint64_t size() const = 0;
};

class ReadFile {
 public:
  virtual ~ReadFile() = default;
  virtual Result<size_t> ReadAt(uint64_t offset, std::span<uint8_t> out) = 0;  // fewer than asked only at the end
  virtual uint64_t size() const = 0;                                           // when opened
};

class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) = 0;  // made if absent, mode 0600
  virtual Result<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) = 0;      // kNotFound, kDenied
  virtual Status Truncate(const std::string& path, uint64_t size_bytes) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual Status Remove(const std::string& path) = 0;
  virtual Status SyncFolder(const std::string& folder) = 0;   // makes names in it durable
  virtual Status MakeFolders(const std::string& folder) = 0;  // with parents, mode 0700; durable
  virtual bool Exists(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> List(const std::string& folder) = 0;  // names, sorted

  // The same content under a second name that does not exist yet: by a hard link where the file system has them, else
  // by copying. Neither name may be written to afterwards. Not durable.
  virtual Status LinkOrCopy(const std::string& from, const std::string& to);

  // Zeros over a range of a file, so that what stood there can no longer be read from it. Durable on return; safe to
  // repeat. The real one writes in place and gives the room back where the file system can; this one writes the file
  // anew, and so a file that is open elsewhere still reads the old bytes. kInvalid if the range ends behind the file.
  virtual Status EraseRange(const std::string& path, uint64_t offset, uint64_t size_bytes);

  // Removes a folder and all in it, links themselves and never what they point to. Not there: nothing to do.
  virtual Status RemoveTree(const std::string& folder);

  // Temporary name, write, sync, rename, sync the folder: the old content or the new one, never a mixture. mode 0600.
  Status WriteWhole(const std::string& path, ByteView bytes);
  // kExhausted if it is larger than size_max_bytes.
  Result<Bytes> ReadWhole(const std::string& path, uint64_t size_max_bytes);
};

class SystemFiles final : public Files {
 public:
  Result<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override;
  Result<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override;
  Status Truncate(const std::string& path, uint64_t size_bytes) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncFolder(const std::string& folder) override;
  Status MakeFolders(const std::string& folder) override;
  bool Exists(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& folder) override;
  Status LinkOrCopy(const std::string& from, const std::string& to) override;
  Status EraseRange(const std::string& path, uint64_t offset, uint64_t size_bytes) override;
};

// The error of a failed system call: "<what> '<path>': <reason>", with the code that fits errno.
std::unexpected<Error> SystemError(std::string_view what, const std::string& path, int error_number);

}  // namespace crossguard
