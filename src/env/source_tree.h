// A folder (or one file) that a stranger filled, seen without trusting it: symbolic links are never followed, nothing
// outside can be reached, special files are named but never opened, names that are not UTF-8 are percent-encoded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "env/files.h"

namespace crossguard {

constexpr int kSourceDepthMax = 64;            // folders in folders
constexpr size_t kSourceNamesMax = 1'000'000;  // entries of one folder: they are sorted in memory

struct SourceEntry {
  enum class Kind : uint8_t { kRegular, kNotRegular, kUnreadableFolder };
  // Relative to the root, '/' between parts. Bytes that are not UTF-8, control characters and '%' itself are written
  // %XX, so that two different names never become one.
  std::string path;
  Kind kind = Kind::kRegular;
  uint64_t size_bytes = 0;  // regular files: when listed
  std::string reason;       // kNotRegular, kUnreadableFolder: one clause
};

class SourceTree {
 public:
  virtual ~SourceTree() = default;
  // In byte order of the paths; nullopt at the end. Folders themselves are not entries, except those that cannot be
  // listed ("name/").
  virtual Result<std::optional<SourceEntry>> Next() = 0;
  // A regular entry by the path that Next() gave. Each part is opened without following links. kConflict if it is no
  // regular file any more.
  virtual Result<std::unique_ptr<ReadFile>> Open(const std::string& path) = 0;
  // Back to before the first entry.
  virtual Status Rewind() = 0;
};

// path: a folder, or a regular file (then the one entry is its name). A link given here by the caller is followed: it
// is the caller's own word. kNotFound, kDenied, kInvalid (neither a folder nor a regular file).
Result<std::unique_ptr<SourceTree>> OpenSystemTree(const std::string& path);

}  // namespace crossguard
