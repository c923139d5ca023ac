#include "env/memory_files.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace crossguard {
namespace {

constexpr size_t kSectorBytes = 512;

std::string Clean(const std::string& path) {
  std::string out = std::filesystem::path(path).lexically_normal().string();
  while (out.size() > 1 && out.ends_with('/')) out.pop_back();
  return out;
}

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::unexpected<Error> Missing(const std::string& path) {
  return Fail(Code::kNotFound, "Cannot open '" + path + "': it does not exist; give a path that exists.");
}

std::unexpected<Error> Crash() {
  return Fail(Code::kUnavailable, "The machine has crashed; start again.");
}

}  // namespace

class MemoryFiles::Appender final : public AppendFile {
 public:
  Appender(MemoryFiles& disk, NodePtr node)
      : disk_(disk), node_(std::move(node)), epoch_(disk.epoch_), size_bytes_(node_->bytes.size()) {}

  Status Append(ByteView bytes) override {
    if (epoch_ != disk_.epoch_) return Crash();
    auto way = disk_.Enter(true, "Cannot append");
    if (!way || *way == Way::kTorn)
      bytes = bytes.first(disk_.random_.Below(bytes.size() + 1));  // as much as went through
    if (!way && way.error().code == Code::kUnavailable && disk_.crashed_) bytes = {};
    node_->bytes.insert(node_->bytes.end(), bytes.begin(), bytes.end());
    size_bytes_ += bytes.size();
    if (!way) return std::unexpected(way.error());
    return Leave(*way);
  }

  Status Sync() override {
    if (epoch_ != disk_.epoch_) return Crash();
    const bool was_crashed = disk_.crashed_;
    const auto way = disk_.Enter(true, "Cannot sync");
    if (!way) {
      if (!was_crashed) node_->doomed.emplace_back(node_->durable_bytes, node_->bytes.size());
      node_->durable_bytes = was_crashed ? node_->durable_bytes : node_->bytes.size();
      return std::unexpected(way.error());
    }
    if (!disk_.TornAway(*way)) node_->durable_bytes = node_->bytes.size();
    return Leave(*way);
  }

  uint64_t size() const override { return size_bytes_; }

 private:
  MemoryFiles& disk_;
  NodePtr node_;
  uint64_t epoch_;
  uint64_t size_bytes_;
};

class MemoryFiles::Reader final : public ReadFile {
 public:
  Reader(MemoryFiles& disk, NodePtr node)
      : disk_(disk), node_(std::move(node)), epoch_(disk.epoch_), size_bytes_(node_->bytes.size()) {}

  Result<size_t> ReadAt(uint64_t offset, std::span<uint8_t> out) override {
    if (epoch_ != disk_.epoch_) return Crash();
    TRY(disk_.Enter(false, "Cannot read"));
    if (offset >= node_->bytes.size()) return size_t{0};
    const size_t size = std::min<size_t>(out.size(), node_->bytes.size() - static_cast<size_t>(offset));
    std::copy_n(node_->bytes.begin() + static_cast<std::ptrdiff_t>(offset), size, out.begin());
    return size;
  }

  uint64_t size() const override { return size_bytes_; }

 private:
  MemoryFiles& disk_;
  NodePtr node_;
  uint64_t epoch_;
  uint64_t size_bytes_;
};

Result<MemoryFiles::Way> MemoryFiles::Enter(bool changes, std::string_view what) {
  if (crashed_) return Crash();
  ++calls_;
  if (calls_ == fail_at_) return Fail(fail_code_, std::string(what) + ": the test said so.");
  if (!changes) return Way::kWhole;
  ++operations_;
  if (operations_ != crash_at_) return Way::kWhole;
  crashed_ = true;
  return Way::kTorn;
}

Status MemoryFiles::Leave(Way way) {
  if (way == Way::kTorn) return Crash();
  return {};
}

bool MemoryFiles::Step() {
  if (crashed_) return false;
  ++operations_;
  if (operations_ == crash_at_) crashed_ = true;
  return !crashed_;
}

void MemoryFiles::Apply(Names& names, const NameChange& change) {
  for (const auto& [path, node] : change.sets) {
    if (node == nullptr) {
      names.erase(path);
    } else {
      names[path] = node;
    }
  }
}

void MemoryFiles::Change(NameChange change) {
  Apply(names_, change);
  pending_.push_back(std::move(change));
}

void MemoryFiles::CutUnsynced(Node& node) {
  for (const auto& [from, until] : node.doomed) {
    for (size_t i = from; i < std::min(until, node.bytes.size()); ++i) node.bytes[i] = 0;
  }
  node.doomed.clear();
  size_t kept = node.durable_bytes;
  const size_t loose = node.bytes.size() - node.durable_bytes;
  switch (random_.Below(4)) {
    case 0:
      break;  // nothing of it
    case 1:
      kept += loose;
      break;  // all of it
    default:
      kept += random_.Below(loose + 1);
      break;
  }
  node.bytes.resize(kept);
  if (random_.Chance(0.5)) {  // the size was written, some of the sectors were not
    for (size_t at = node.durable_bytes; at < kept;) {
      const size_t sector_end = std::min(kept, (at / kSectorBytes + 1) * kSectorBytes);
      if (random_.Chance(0.5))
        std::fill(node.bytes.begin() + static_cast<std::ptrdiff_t>(at),
                  node.bytes.begin() + static_cast<std::ptrdiff_t>(sector_end), uint8_t{0});
      at = sector_end;
    }
  }
  node.durable_bytes = kept;
}

void MemoryFiles::Restart() {
  for (const NameChange& change : pending_) {
    if (random_.Chance(0.5))
      Apply(durable_names_, change);
    else if (!change.made_folder.empty())
      std::erase_if(folders_, [&](const std::string& one) {
        return one == change.made_folder || one.starts_with(change.made_folder + "/");
      });
  }
  pending_.clear();
  names_ = durable_names_;
  for (const auto& [path, node] : names_) {  // a folder that was renamed or removed is back if something in it is
    for (std::string folder = FolderOf(path); !IsFolder(folder); folder = FolderOf(folder)) folders_.insert(folder);
  }
  std::set<Node*> seen;
  for (const auto& [path, node] : names_) {
    if (seen.insert(node.get()).second) CutUnsynced(*node);
  }
  crashed_ = false;
  crash_at_ = 0;
  ++epoch_;
}

Result<std::unique_ptr<AppendFile>> MemoryFiles::OpenAppend(const std::string& path_given) {
  const std::string path = Clean(path_given);
  const auto found = names_.find(path);
  const bool makes = found == names_.end();
  const Way way = TRY(Enter(makes, "Cannot open"));
  if (IsFolder(path)) return Fail(Code::kInvalid, "'" + path + "' is a folder; give a file.");
  if (!makes) return std::make_unique<Appender>(*this, found->second);
  if (!IsFolder(FolderOf(path))) return Missing(path);
  auto node = std::make_shared<Node>();
  if (!TornAway(way)) Change({.folder = FolderOf(path), .sets = {{path, node}}});
  TRY(Leave(way));
  return std::make_unique<Appender>(*this, std::move(node));
}

Result<std::unique_ptr<ReadFile>> MemoryFiles::OpenRead(const std::string& path_given) {
  const std::string path = Clean(path_given);
  TRY(Enter(false, "Cannot open"));
  if (IsFolder(path)) return Fail(Code::kInvalid, "'" + path + "' is not a regular file; give a file.");
  const auto found = names_.find(path);
  if (found == names_.end()) return Missing(path);
  return std::make_unique<Reader>(*this, found->second);
}

Status MemoryFiles::Truncate(const std::string& path_given, uint64_t size_bytes) {
  const std::string path = Clean(path_given);
  const Way way = TRY(Enter(true, "Cannot truncate"));
  const auto found = names_.find(path);
  if (found == names_.end()) return Missing(path);
  if (TornAway(way)) return Crash();
  Node& node = *found->second;
  const auto size = static_cast<size_t>(size_bytes);
  node.bytes.resize(size);
  std::erase_if(node.doomed, [&](auto& range) {
    range.second = std::min(range.second, size);
    return range.first >= range.second;
  });
  node.durable_bytes = size;
  return Leave(way);
}

Status MemoryFiles::Rename(const std::string& from_given, const std::string& to_given) {
  const std::string from = Clean(from_given);
  const std::string to = Clean(to_given);
  const Way way = TRY(Enter(true, "Cannot rename"));
  if (IsFolder(from)) return RenameFolder(from, to, way);
  const auto found = names_.find(from);
  if (found == names_.end() || !IsFolder(FolderOf(to))) return Missing(from);
  if (IsFolder(to)) return Fail(Code::kInvalid, "'" + to + "' is a folder; give a file.");
  if (TornAway(way) || from == to) return Leave(way);
  const NodePtr node = found->second;
  if (FolderOf(from) == FolderOf(to)) {
    Change({.folder = FolderOf(to), .sets = {{from, nullptr}, {to, node}}});
  } else {
    Change({.folder = FolderOf(to), .sets = {{to, node}}});
    Change({.folder = FolderOf(from), .sets = {{from, nullptr}}});
  }
  return Leave(way);
}

Status MemoryFiles::RenameFolder(const std::string& from, const std::string& to, Way way) {
  const auto below = [](const std::string& path, const std::string& folder) { return path.starts_with(folder + "/"); };
  const auto moved = [&](const std::string& path) { return to + path.substr(from.size()); };
  if (!IsFolder(FolderOf(to)) || below(to, from)) return Missing(from);
  for (const auto& [path, node] : names_) {
    if (path == to || below(path, to))
      return Fail(Code::kConflict, "'" + to + "' is there and not empty; remove it first.");
  }
  if (TornAway(way) || from == to) return Leave(way);
  // What the disk knows moves by one operation; what it did not know yet still has to reach it, at the new place.
  for (NameChange& change : pending_) {
    for (auto& [path, node] : change.sets) path = below(path, from) ? moved(path) : path;
    if (change.folder == from || below(change.folder, from)) change.folder = moved(change.folder);
  }
  NameChange change{.folder = FolderOf(to), .made_folder = to};
  for (const auto& [path, node] : durable_names_) {
    if (!below(path, from)) continue;
    change.sets.emplace_back(path, nullptr);
    change.sets.emplace_back(moved(path), node);
  }
  Names names;
  for (const auto& [path, node] : names_) names[below(path, from) ? moved(path) : path] = node;
  names_ = std::move(names);
  std::set<std::string> folders{to};
  for (const std::string& folder : folders_) {
    if (folder != from) folders.insert(below(folder, from) ? moved(folder) : folder);
  }
  folders_ = std::move(folders);
  pending_.push_back(std::move(change));
  return Leave(way);
}

// One name after the other, as a real one does: a crash leaves a part.
Status MemoryFiles::RemoveTree(const std::string& folder_given) {
  const std::string folder = Clean(folder_given);
  std::vector<std::string> paths;
  for (const auto& [path, node] : names_) {
    if (path == folder || path.starts_with(folder + "/")) paths.push_back(path);
  }
  for (const std::string& path : paths) TRY(Remove(path));
  std::erase_if(folders_, [&](const std::string& one) { return one == folder || one.starts_with(folder + "/"); });
  return {};
}

Status MemoryFiles::Remove(const std::string& path_given) {
  const std::string path = Clean(path_given);
  const Way way = TRY(Enter(true, "Cannot remove"));
  if (IsFolder(path)) return Fail(Code::kInvalid, "'" + path + "' is a folder; give a file.");
  if (!names_.contains(path)) return Missing(path);
  if (!TornAway(way)) Change({.folder = FolderOf(path), .sets = {{path, nullptr}}});
  return Leave(way);
}

Status MemoryFiles::SyncFolder(const std::string& folder_given) {
  const std::string folder = Clean(folder_given);
  const Way way = TRY(Enter(true, "Cannot sync folder"));
  if (!IsFolder(folder)) return Missing(folder);
  if (TornAway(way)) return Crash();
  std::erase_if(pending_, [&](const NameChange& change) {
    if (change.folder != folder) return false;
    Apply(durable_names_, change);
    return true;
  });
  return Leave(way);
}

Status MemoryFiles::MakeFolders(const std::string& folder_given) {
  const std::string folder = Clean(folder_given);
  const bool makes = !IsFolder(folder);
  const Way way = TRY(Enter(makes, "Cannot make folder"));
  std::filesystem::path built;
  for (const auto& part : std::filesystem::path(folder)) {
    if (TornAway(way)) return Crash();
    built /= part;
    if (names_.contains(built.string()))
      return Fail(Code::kInvalid, "'" + built.string() + "' is a file; give a folder.");
    if (!IsFolder(built.string())) folders_.insert(built.string());
  }
  return Leave(way);
}

bool MemoryFiles::Exists(const std::string& path_given) {
  const std::string path = Clean(path_given);
  return IsFolder(path) || names_.contains(path);
}

Result<std::vector<std::string>> MemoryFiles::List(const std::string& folder_given) {
  const std::string folder = Clean(folder_given);
  TRY(Enter(false, "Cannot list"));
  if (!IsFolder(folder)) return Missing(folder);
  std::vector<std::string> out;
  for (const auto& [path, node] : names_) {
    if (FolderOf(path) == folder) out.push_back(std::filesystem::path(path).filename().string());
  }
  for (const std::string& path : folders_) {
    if (FolderOf(path) == folder && path != folder) out.push_back(std::filesystem::path(path).filename().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace crossguard
