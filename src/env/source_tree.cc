#include "env/source_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "env/opened_file.h"

namespace crossguard {
namespace {

// Injective: '%', control characters and, in names that are not UTF-8, every byte of 0x80 and above become %XX.
std::string EncodeName(std::string_view name) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  const bool utf8 = IsUtf8(name);
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || byte == '%' || (byte >= 0x80 && !utf8))
      out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    else
      out += c;
  }
  return out;
}

std::string DecodeName(std::string_view encoded) {
  std::string out;
  for (size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] == '%' && i + 2 < encoded.size()) {
      if (const auto byte = FromHex(encoded.substr(i + 1, 2))) {
        out += static_cast<char>((*byte)[0]);
        i += 2;
        continue;
      }
    }
    out += encoded[i];
  }
  return out;
}

std::string_view KindWord(mode_t mode) {
  if (S_ISLNK(mode)) return "a symbolic link is never followed";
  if (S_ISFIFO(mode)) return "a FIFO is not a file";
  if (S_ISSOCK(mode)) return "a socket is not a file";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device is not a file";
  return "not a regular file";
}

struct Listed {
  std::string name;      // raw, as the system has it
  std::string sort_key;  // encoded, with '/' behind folders: byte order of keys is byte order of paths
  mode_t mode = 0;
  uint64_t size_bytes = 0;
  int error = 0;
};

struct Frame {
  Descriptor folder;
  std::string prefix;  // encoded, "" or ending in '/'
  std::vector<Listed> entries;
  size_t next = 0;
};

class SystemTree final : public SourceTree {
 public:
  // only: the one file to see in the folder; empty for all.
  SystemTree(Descriptor root, std::string root_path, std::string only)
      : root_(std::move(root)), root_path_(std::move(root_path)), only_(std::move(only)) {}

  Status Rewind() override {
    stack_.clear();
    Frame top{.folder = Descriptor(fcntl(root_.get(), F_DUPFD_CLOEXEC, 0)), .prefix = {}, .entries = {}};
    const int error = only_.empty() ? List(top) : ListOne(top);
    if (error != 0) return SystemError("Cannot list", root_path_, error);
    stack_.push_back(std::move(top));
    return {};
  }

  Result<std::optional<SourceEntry>> Next() override {
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      if (frame.next == frame.entries.size()) {
        stack_.pop_back();
        continue;
      }
      const Listed entry = std::move(frame.entries[frame.next++]);
      SourceEntry out{.path = frame.prefix + EncodeName(entry.name),
                      .kind = SourceEntry::Kind::kRegular,
                      .size_bytes = entry.size_bytes,
                      .reason = {}};
      if (entry.error != 0) {
        out.kind = SourceEntry::Kind::kUnreadableFolder;
        out.reason = std::string("it cannot be looked at: ") + std::strerror(entry.error);
        return out;
      }
      if (S_ISDIR(entry.mode)) {
        const int error = Enter(frame, entry.name, out.path + '/');
        if (error == 0) continue;
        out.kind = SourceEntry::Kind::kUnreadableFolder;
        out.path += '/';  // where it stands in the order
        out.size_bytes = 0;
        out.reason = error == ELOOP   ? "folders lie deeper than " + std::to_string(kSourceDepthMax)
                     : error == E2BIG ? "the folder holds more than " + std::to_string(kSourceNamesMax) + " names"
                                      : std::string("the folder cannot be listed: ") + std::strerror(error);
        return out;
      }
      if (!S_ISREG(entry.mode)) {
        out.kind = SourceEntry::Kind::kNotRegular;
        out.size_bytes = 0;
        out.reason = KindWord(entry.mode);
      }
      return out;
    }
    return std::optional<SourceEntry>();
  }

  Result<std::unique_ptr<ReadFile>> Open(const std::string& path) override {
    Descriptor folder(fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
    std::string_view rest = path;
    while (true) {
      const size_t slash = rest.find('/');
      const std::string name = DecodeName(rest.substr(0, slash));
      if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
          name.find('\0') != std::string::npos) {
        return Fail(Code::kInvalid, "A path of the submission has a part that is no name.");
      }
      // O_NONBLOCK: what was a file when listed may be a FIFO now, and opening that would wait for ever.
      const int flags = slash == std::string_view::npos ? O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
                                                        : O_RDONLY | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC;
      Descriptor next(openat(folder.get(), name.c_str(), flags));
      if (!next.ok()) {
        if (errno == ELOOP) return Fail(Code::kConflict, "It became a symbolic link.");
        return SystemError("Cannot open", path, errno);
      }
      folder = std::move(next);
      if (slash == std::string_view::npos) break;
      rest.remove_prefix(slash + 1);
    }
    struct stat info{};
    if (fstat(folder.get(), &info) != 0) return SystemError("Cannot look at", path, errno);
    if (!S_ISREG(info.st_mode)) return Fail(Code::kConflict, "It is no regular file any more.");
    return std::make_unique<OpenedFile>(std::move(folder), path, static_cast<uint64_t>(info.st_size));
  }

 private:
  // 0 or errno.
  static int Look(int folder, Listed& entry) {
    struct stat info{};
    if (fstatat(folder, entry.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return errno;
    entry.mode = info.st_mode;
    entry.size_bytes = static_cast<uint64_t>(info.st_size);
    return 0;
  }

  static int List(Frame& frame) {
    const int copy = openat(frame.folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);  // its own position
    if (copy < 0) return errno;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(fdopendir(copy), closedir);
    if (!folder) {
      const int error = errno;
      close(copy);
      return error;
    }
    while (true) {
      errno = 0;
      const dirent* found = readdir(folder.get());
      if (found == nullptr) break;
      const std::string_view name = found->d_name;
      if (name == "." || name == "..") continue;
      if (frame.entries.size() == kSourceNamesMax) return E2BIG;
      Listed entry{.name = std::string(name), .sort_key = {}};
      entry.error = Look(frame.folder.get(), entry);
      entry.sort_key = EncodeName(name) + (S_ISDIR(entry.mode) ? "/" : "");
      frame.entries.push_back(std::move(entry));
    }
    if (errno != 0) return errno;
    std::ranges::sort(frame.entries, {}, &Listed::sort_key);
    return 0;
  }

  int ListOne(Frame& frame) const {
    Listed entry{.name = only_, .sort_key = EncodeName(only_)};
    const int error = Look(frame.folder.get(), entry);
    frame.entries.push_back(std::move(entry));
    return error;
  }

  int Enter(const Frame& parent, const std::string& name, std::string prefix) {
    if (stack_.size() > static_cast<size_t>(kSourceDepthMax)) return ELOOP;
    Frame frame{.folder = Descriptor(
                    openat(parent.folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)),
                .prefix = std::move(prefix),
                .entries = {}};
    if (!frame.folder.ok()) return errno == ELOOP ? ENOTDIR : errno;
    const int error = List(frame);
    if (error == 0) stack_.push_back(std::move(frame));
    return error;
  }

  Descriptor root_;
  std::string root_path_;
  std::string only_;
  std::vector<Frame> stack_;
};

}  // namespace

Result<std::unique_ptr<SourceTree>> OpenSystemTree(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  if (error) return SystemError("Cannot find", path, error.value());
  const auto kind = std::filesystem::status(real, error).type();
  if (error) return SystemError("Cannot look at", path, error.value());
  const bool folder = kind == std::filesystem::file_type::directory;
  if (!folder && kind != std::filesystem::file_type::regular)
    return Fail(Code::kInvalid, "'" + path + "' is neither a folder nor a regular file; name one of these.");
  const std::string root = folder ? real.string() : real.parent_path().string();
  Descriptor fd(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok()) return SystemError("Cannot open", path, errno);
  auto tree = std::make_unique<SystemTree>(std::move(fd), path, folder ? "" : real.filename().string());
  TRY(tree->Rewind());
  return tree;
}

}  // namespace crossguard
