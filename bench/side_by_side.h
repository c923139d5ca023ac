// Measures ours and its peers in turn, in one run: ours, peer, limit, ours, peer, limit ... A busy machine then slows
// all of them alike, and the ratio stays. Prints one table; bench/README.md says how to read it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace crossguard::bench {

// Seconds that the call took, by processor time of this process and of the children that it waited for, or by the clock
// on the wall (for what waits for a disk).
double CpuSeconds(const std::function<void()>& call);
double WallSeconds(const std::function<void()>& call);

// One who does the work; returns what it cost, in seconds. `seconds` may do unmeasured work before and after.
struct Contender {
  std::string name;
  std::function<double()> seconds;
};
Contender ByCpu(std::string name, std::function<void()> call);
Contender ByWall(std::string name, std::function<void()> call);

// What issue and design ask for: the peer's cost / ours, at least.
struct Target {
  std::string id;  // "E3"
  double ratio_min = 0;
};

struct Comparison {
  std::string what;
  double amount = 0;  // of `unit`, done by every contender in one call
  std::string unit;   // "MB", "pictures"; rates are printed per second
  Contender ours;
  Contender peer;                       // what a user would take instead
  std::optional<Contender> limit = {};  // what no way of doing this can beat
  std::optional<Target> target = {};
};

// A program and its arguments; stdout goes to /dev/null.
struct ProgramCost {
  int exit_code = 0;
  double wall_seconds = 0;
  double cpu_seconds = 0;      // with the children it waited for
  int64_t peak_rss_bytes = 0;  // of the largest process among them
};
// on_error_line, if given, gets each line of stderr when it comes; else stderr is this program's own.
ProgramCost RunProgram(const std::vector<std::string>& arguments,
                       const std::function<void(std::string_view)>& on_error_line = {});
// What it writes to stdout, its stderr thrown away; nullopt if it fails.
std::optional<Bytes> OutputOf(const std::vector<std::string>& arguments);
// The same as something to measure; a program that fails ends the bench.
Contender ProgramByCpu(std::string name, std::vector<std::string> arguments);
bool HasProgram(const std::string& name);  // in PATH
std::string CrossguardProgram();           // the one named by CROSSGUARD, or built beside this one

class SideBySide {
 public:
  // work_folder: an empty folder on a disk, for files; its owner removes it.
  SideBySide(int rounds, std::string work_folder) : rounds_(rounds), work_folder_(std::move(work_folder)) {}

  // One unmeasured call of each, then `rounds` rounds.
  void Compare(const Comparison& comparison);
  void Compare(const Comparison& comparison, int rounds);
  void Skip(std::string what, std::string reason);
  void Note(std::string line);  // printed below the table
  void PrintTable() const;
  void PrintJson() const;  // the same with bare numbers, to be read by programs

  std::string Path(std::string_view name) const { return work_folder_ + "/" + std::string(name); }

 private:
  struct Measured {
    double amount = 0;
    std::string unit, ours_name, peer_name;
    double ours_seconds = 0, peer_seconds = 0, ratio = 0, ratio_least = 0, ratio_most = 0;
    int rounds = 0;
    std::optional<Target> target;
  };
  struct Line {
    std::string what, ours, peer, ratio, target, limit;
    std::optional<Measured> measured = {};
  };
  int rounds_;
  std::string work_folder_;
  std::vector<Line> lines_;
  std::vector<std::string> notes_;
};

// Work that is drawn from a seed, the same in every run.
Bytes NoiseOf(size_t size_bytes, uint64_t seed);
void WriteFile(const std::string& path, ByteView bytes);
Bytes ReadFile(const std::string& path);
// Reads in pieces of 64 KiB, as a program that streams does.
void ReadInPieces(const std::string& path, const std::function<void(ByteView)>& on_piece);
// Ends the bench with the sentence: a bench that measures something wrong must not print a figure.
[[noreturn]] void Stop(std::string_view sentence);
inline void StopUnless(bool condition, std::string_view sentence) {
  if (!condition) Stop(sentence);
}
// The value, or the end of the bench with the error's sentence.
template <class T>
T OrStop(Result<T> result) {
  if (!result) Stop(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace crossguard::bench
