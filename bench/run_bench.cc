// The whole journey of a tiny synthetic operation, from the provider's bytes to sealed packages, against fingerprinting
// the same files and keeping nothing; the limit is their digests alone. Clock on the wall; the programs use all cores.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>

#include "benches.h"

namespace crossguard::bench {
namespace {

namespace fs = std::filesystem;

double Wall(const std::vector<std::string>& arguments) {
  const ProgramCost cost = RunProgram(arguments);
  StopUnless(cost.exit_code == 0, "'" + arguments[0] + " " + arguments[1] + "' failed with exit code " +
                                      std::to_string(cost.exit_code) + ".");
  return cost.wall_seconds;
}

// The notes of a run end a step each ("sealed as ...", "examined: ..."); the time since the note before is that step's.
void TellSteps(SideBySide& table, const std::vector<std::string>& run, double files, double megabytes) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::pair<std::string, double>> steps;
  Clock::time_point last = Clock::now();
  const ProgramCost cost = RunProgram(run, [&](std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const std::string step(line.substr(0, line.find_first_of(": ")));
    const Clock::time_point now = Clock::now();
    steps.emplace_back(step, std::chrono::duration<double>(now - last).count());
    last = now;
  });
  StopUnless(cost.exit_code == 0, "The run failed.");
  steps.emplace_back("balance", std::chrono::duration<double>(Clock::now() - last).count());
  char text[160];
  std::snprintf(text, sizeof(text),
                "crossguard run: %.0f files/s, %.1f MB/s, %.2f s of processor time, largest process %.0f MB.",
                files / cost.wall_seconds, megabytes / cost.wall_seconds, cost.cpu_seconds,
                static_cast<double>(cost.peak_rss_bytes) / 1e6);
  table.Note(text);
  std::string shares = "Time until each step's note, in percent:";
  for (const auto& [step, seconds] : steps) {
    std::snprintf(text, sizeof(text), " %s %.0f", step.c_str(), 100 * seconds / cost.wall_seconds);
    shares += text;
  }
  table.Note(shares + ".");
}

}  // namespace

void BenchRun(SideBySide& table) {
  const std::string crossguard = CrossguardProgram();
  if (access(crossguard.c_str(), X_OK) != 0) return table.Skip("crossguard run", "the program is not built");
  const std::string operation = table.Path("operation"), data = table.Path("data"),
                    files = operation + "/submission-xml/files";
  if (RunProgram({crossguard, "simulate", "tiny", "--seed", "1", "--out", operation, "--quiet"}).exit_code != 0) {
    return table.Skip("crossguard run", "crossguard simulate failed");
  }
  double file_count = 0, megabytes = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(files)) {
    if (!entry.is_regular_file()) continue;
    ++file_count;
    megabytes += static_cast<double>(entry.file_size()) / 1e6;
  }
  const std::vector<std::string> run{crossguard, "run", operation, "--operation", "bench", "--data", data};
  std::vector<std::string> quiet_run = run;
  quiet_run.emplace_back("--quiet");
  std::optional<Contender> digests;
  if (HasProgram("hashdeep"))
    digests = Contender{"hashdeep -r", [&] { return Wall({"hashdeep", "-c", "md5,sha1,sha256", "-r", files}); }};
  table.Compare({.what = "crossguard run, tiny operation",
                 .amount = file_count,
                 .unit = "files",
                 .ours = {"run",
                          [&] {
                            fs::remove_all(data);
                            return Wall(quiet_run);
                          }},
                 .peer = {"crossguard hash", [&] { return Wall({crossguard, "hash", files, "--quiet"}); }},
                 .limit = digests},
                3);
  fs::remove_all(data);
  TellSteps(table, run, file_count, megabytes);
}

}  // namespace crossguard::bench
