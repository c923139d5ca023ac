// Files in memory that behave as a disk may at its worst. What was not synced, bytes and names alike, is remembered as
// such, and a crash keeps an arbitrary legal part of it; any call can be made to fail. For tests and simulation.
//
// What a crash may leave (Restart):
// - bytes behind the last Sync of a file: cut anywhere, and each 512-byte sector of what is left there or zero;
// - names (made, renamed, removed) since the last SyncFolder of their folder: each operation kept or undone by itself;
//   a folder that is renamed moves with all that is in it, and what was not synced in it may be missing there;
// - everything that was synced, as it was. Truncate and MakeFolders are durable when they return (files.h).
// After a Sync that failed, the bytes it was to write read as before until the crash and are zero after it, and no
// later Sync brings them back: that is how Linux drops pages it could not write.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "env/files.h"
#include "env/random.h"

namespace crossguard {

// One thread. Files opened must not outlive the MemoryFiles.
class MemoryFiles final : public Files {
 public:
  explicit MemoryFiles(uint64_t seed) : random_(seed) {}

  // Operations are the calls that change something, counted from 1. The n-th is cut short in the middle and it and all
  // later calls fail with kUnavailable until Restart(). 0: never.
  void CrashAt(uint64_t operation) { crash_at_ = operation; }
  bool crashed() const { return crashed_; }
  uint64_t operations() const { return operations_; }
  // An operation of a neighbour whose own state is durable at once (the register's commit): false if the crash came
  // before it.
  bool Step();
  // The machine comes back: draws what the disk kept. Also usable without a crash (a power cut at rest).
  void Restart();

  // Calls of every kind, counted from 1: the n-th fails with this code, later ones work. 0: none. An Append that fails
  // may have written a part.
  void FailAt(uint64_t call, Code code) {
    fail_at_ = call;
    fail_code_ = code;
  }
  uint64_t calls() const { return calls_; }

  Result<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override;
  Result<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override;
  Status Truncate(const std::string& path, uint64_t size_bytes) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncFolder(const std::string& folder) override;
  Status MakeFolders(const std::string& folder) override;
  bool Exists(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& folder) override;
  Status RemoveTree(const std::string& folder) override;

 private:
  struct Node {
    Bytes bytes;
    size_t durable_bytes = 0;                       // this prefix has been synced
    std::vector<std::pair<size_t, size_t>> doomed;  // [from, until): a sync of them failed
  };
  using NodePtr = std::shared_ptr<Node>;
  using Names = std::map<std::string, NodePtr>;
  struct NameChange {
    std::string folder;
    std::vector<std::pair<std::string, NodePtr>> sets;  // null: the name goes
    std::string made_folder;                            // by the rename of a folder: gone again if that is undone
  };
  class Appender;
  class Reader;
  enum class Way : uint8_t { kWhole, kTorn };

  // The error of a crash or a planned fault; otherwise how far the call may go.
  Result<Way> Enter(bool changes, std::string_view what);
  static Status Leave(Way way);
  bool TornAway(Way way) { return way == Way::kTorn && random_.Chance(0.5); }  // the crash came before the effect
  void Change(NameChange change);
  static void Apply(Names& names, const NameChange& change);
  Status RenameFolder(const std::string& from, const std::string& to, Way way);
  bool IsFolder(const std::string& path) const { return path == "/" || path == "." || folders_.contains(path); }
  void CutUnsynced(Node& node);

  SeededRandom random_;
  Names names_;  // as running programs see it
  Names durable_names_;
  std::vector<NameChange> pending_;  // between the two
  std::set<std::string> folders_;
  uint64_t epoch_ = 0;  // handles of an earlier one are dead
  bool crashed_ = false;
  uint64_t operations_ = 0;
  uint64_t calls_ = 0;
  uint64_t crash_at_ = 0;
  uint64_t fail_at_ = 0;
  Code fail_code_ = Code::kUnavailable;
};

}  // namespace crossguard
