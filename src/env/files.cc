#include "env/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "env/opened_file.h"

namespace crossguard {
namespace {

constexpr size_t kCopyPieceBytes = size_t{1} << 20U;

bool RangeIsOutside(uint64_t offset, uint64_t size_bytes, uint64_t file_bytes) {
  return size_bytes > file_bytes || offset > file_bytes - size_bytes;
}
std::unexpected<Error> OutsideOf(const std::string& path) {
  return Fail(Code::kInvalid, "The range to be erased ends behind '" + path + "'; give one that lies in it.");
}

class SystemAppendFile final : public AppendFile {
 public:
  SystemAppendFile(Descriptor fd, std::string path, uint64_t size_bytes)
      : fd_(std::move(fd)), path_(std::move(path)), size_bytes_(size_bytes) {}
  Status Append(ByteView bytes) override {
    while (!bytes.empty()) {
      const ssize_t wrote = write(fd_.get(), bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return SystemError("Cannot write", path_, errno);
      size_bytes_ += static_cast<uint64_t>(wrote);
      bytes = bytes.subspan(static_cast<size_t>(wrote));
    }
    return {};
  }
  Status Sync() override {
    if (fdatasync(fd_.get()) != 0) return SystemError("Cannot sync", path_, errno);
    return {};
  }
  uint64_t size() const override { return size_bytes_; }

 private:
  Descriptor fd_;
  std::string path_;
  uint64_t size_bytes_;
};

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

std::unexpected<Error> SystemError(std::string_view what, const std::string& path, int error_number) {
  Code code = Code::kUnavailable;
  std::string_view advice;
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      code = Code::kNotFound;
      advice = "; give a path that exists";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = Code::kDenied;
      advice = "; give yourself access to it";
      break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      code = Code::kExhausted;
      advice = "; make room and run the same command again";
      break;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      code = Code::kExhausted;
      break;
    case EIO:
      code = Code::kCorrupt;
      advice = "; check the disk";
      break;
    case EISDIR:
    case ENAMETOOLONG:
    case EINVAL:
    case ELOOP:
      code = Code::kInvalid;
      break;
    default:
      break;
  }
  return Fail(code, std::string(what) + " '" + path + "': " + std::strerror(error_number) + std::string(advice) + ".");
}

Result<std::unique_ptr<AppendFile>> SystemFiles::OpenAppend(const std::string& path) {
  Descriptor fd(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (fd.get() < 0) return SystemError("Cannot open", path, errno);
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return SystemError("Cannot inspect", path, errno);
  return std::make_unique<SystemAppendFile>(std::move(fd), path, static_cast<uint64_t>(info.st_size));
}

Result<std::unique_ptr<ReadFile>> SystemFiles::OpenRead(const std::string& path) {
  // O_NONBLOCK: a FIFO in a hostile tree must not hang the open; regular files ignore it.
  Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return SystemError("Cannot open", path, errno);
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return SystemError("Cannot inspect", path, errno);
  if (!S_ISREG(info.st_mode)) return Fail(Code::kInvalid, "'" + path + "' is not a regular file; give a file.");
  return std::make_unique<OpenedFile>(std::move(fd), path, static_cast<uint64_t>(info.st_size));
}

Status SystemFiles::Truncate(const std::string& path, uint64_t size_bytes) {
  const Descriptor fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (fd.get() < 0) return SystemError("Cannot open", path, errno);
  if (ftruncate(fd.get(), static_cast<off_t>(size_bytes)) != 0) return SystemError("Cannot truncate", path, errno);
  if (fsync(fd.get()) != 0) return SystemError("Cannot sync", path, errno);
  return {};
}

Status SystemFiles::Rename(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) return SystemError("Cannot rename to", to, errno);
  return {};
}

Status SystemFiles::Remove(const std::string& path) {
  if (unlink(path.c_str()) != 0) return SystemError("Cannot remove", path, errno);
  return {};
}

Status SystemFiles::LinkOrCopy(const std::string& from, const std::string& to) {
  if (link(from.c_str(), to.c_str()) == 0) return {};
  if (errno == EPERM || errno == EXDEV || errno == EMLINK || errno == EOPNOTSUPP) return Files::LinkOrCopy(from, to);
  if (errno == EEXIST) return Fail(Code::kConflict, "'" + to + "' is there already; remove it first.");
  return SystemError("Cannot link to", to, errno);
}

Status SystemFiles::EraseRange(const std::string& path, uint64_t offset, uint64_t size_bytes) {
  const Descriptor fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (fd.get() < 0) return SystemError("Cannot open", path, errno);
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return SystemError("Cannot inspect", path, errno);
  if (RangeIsOutside(offset, size_bytes, static_cast<uint64_t>(info.st_size))) return OutsideOf(path);
  const Bytes zeros(static_cast<size_t>(std::min<uint64_t>(size_bytes, kCopyPieceBytes)));
  for (uint64_t done = 0; done < size_bytes;) {
    const auto want = static_cast<size_t>(std::min<uint64_t>(zeros.size(), size_bytes - done));
    const ssize_t put = pwrite(fd.get(), zeros.data(), want, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return SystemError("Cannot overwrite", path, errno);
    done += static_cast<uint64_t>(put);
  }
  if (fdatasync(fd.get()) != 0) return SystemError("Cannot sync", path, errno);
  // The zeros are on disk; that the room is given back as well is a courtesy that not every file system has.
  if (size_bytes > 0 && fallocate(fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                                  static_cast<off_t>(size_bytes)) == 0) {
    if (fsync(fd.get()) != 0) return SystemError("Cannot sync", path, errno);
  }
  return {};
}

Status SystemFiles::SyncFolder(const std::string& folder) {
  const Descriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return SystemError("Cannot open folder", folder, errno);
  if (fsync(fd.get()) != 0) return SystemError("Cannot sync folder", folder, errno);
  return {};
}

Status SystemFiles::MakeFolders(const std::string& folder) {
  std::filesystem::path built;
  for (const auto& part : std::filesystem::path(folder)) {
    built /= part;
    if (mkdir(built.c_str(), 0700) == 0) {
      if (auto synced = SyncFolder(FolderOf(built.string())); !synced) return synced;
    } else if (errno != EEXIST) {
      return SystemError("Cannot make folder", built.string(), errno);
    }
  }
  struct stat info{};
  if (stat(folder.c_str(), &info) != 0) return SystemError("Cannot inspect", folder, errno);
  if (!S_ISDIR(info.st_mode)) return Fail(Code::kInvalid, "'" + folder + "' is a file; give a folder.");
  return {};
}

bool SystemFiles::Exists(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0;
}

Result<std::vector<std::string>> SystemFiles::List(const std::string& folder) {
  DIR* dir = opendir(folder.c_str());
  if (dir == nullptr) return SystemError("Cannot list", folder, errno);
  std::vector<std::string> names;
  while (const dirent* entry = readdir(dir)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(dir);
  std::sort(names.begin(), names.end());
  return names;
}

Status Files::RemoveTree(const std::string& folder) {
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  if (error) return SystemError("Cannot remove", folder, error.value());
  return {};
}

Status Files::LinkOrCopy(const std::string& from, const std::string& to) {
  if (Exists(to)) return Fail(Code::kConflict, "'" + to + "' is there already; remove it first.");
  const auto source = TRY(OpenRead(from));
  const auto copy = TRY(OpenAppend(to));
  Bytes piece(kCopyPieceBytes);
  for (uint64_t offset = 0;;) {
    const size_t got = TRY(source->ReadAt(offset, piece));
    if (got == 0) return {};
    TRY(copy->Append(ByteView(piece).first(got)));
    offset += got;
  }
}

Status Files::EraseRange(const std::string& path, uint64_t offset, uint64_t size_bytes) {
  const std::string temporary = path + ".new";
  if (Exists(temporary)) TRY(Remove(temporary));  // left by a crash
  {
    const auto source = TRY(OpenRead(path));
    if (RangeIsOutside(offset, size_bytes, source->size())) return OutsideOf(path);
    const auto copy = TRY(OpenAppend(temporary));
    Bytes piece(kCopyPieceBytes);
    for (uint64_t at = 0;;) {
      const size_t got = TRY(source->ReadAt(at, piece));
      if (got == 0) break;
      for (size_t i = 0; i < got; ++i) {
        if (at + i >= offset && at + i - offset < size_bytes) piece[i] = 0;
      }
      TRY(copy->Append(ByteView(piece).first(got)));
      at += got;
    }
    TRY(copy->Sync());
  }
  TRY(Rename(temporary, path));
  return SyncFolder(FolderOf(path));
}

Status Files::WriteWhole(const std::string& path, ByteView bytes) {
  const std::string temporary = path + ".new";
  if (Exists(temporary)) TRY(Remove(temporary));  // left by a crash
  {
    const auto file = TRY(OpenAppend(temporary));
    TRY(file->Append(bytes));
    TRY(file->Sync());
  }
  TRY(Rename(temporary, path));
  return SyncFolder(FolderOf(path));
}

Result<Bytes> Files::ReadWhole(const std::string& path, uint64_t size_max_bytes) {
  const auto file = TRY(OpenRead(path));
  if (file->size() > size_max_bytes) {
    return Fail(Code::kExhausted,
                "'" + path + "' is larger than the limit of " + std::to_string(size_max_bytes) + " bytes.");
  }
  Bytes bytes(static_cast<size_t>(file->size()));
  const size_t got = TRY(file->ReadAt(0, bytes));
  bytes.resize(got);
  return bytes;
}

}  // namespace crossguard
