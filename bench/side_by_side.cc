#include "side_by_side.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "env/random.h"

extern char** environ;

namespace crossguard::bench {
namespace {

double CpuOf(const rusage& usage) {
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double CpuNow() {
  timespec own{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  rusage children{};
  getrusage(RUSAGE_CHILDREN, &children);
  return static_cast<double>(own.tv_sec) + static_cast<double>(own.tv_nsec) * 1e-9 + CpuOf(children);
}

double WallNow() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

std::string Short(double value) {  // three digits that say something
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
  return text.data();
}

std::string Rate(double amount, const std::string& unit, double seconds) {
  double per_second = amount / seconds;
  const char* scale = "";
  if (unit != "MB" && per_second >= 1e6)
    scale = "M", per_second /= 1e6;
  else if (unit != "MB" && per_second >= 1e4)
    scale = "k", per_second /= 1e3;
  return Short(per_second) + scale + " " + unit + "/s";
}

std::string TargetText(const std::optional<Target>& target, double ratio) {
  if (!target) return "-";
  return target->id + " >= " + Short(target->ratio_min) + (ratio >= target->ratio_min ? ": met" : ": not met");
}

}  // namespace

double CpuSeconds(const std::function<void()>& call) {
  const double begun = CpuNow();
  call();
  return CpuNow() - begun;
}

double WallSeconds(const std::function<void()>& call) {
  const double begun = WallNow();
  call();
  return WallNow() - begun;
}

Contender ByCpu(std::string name, std::function<void()> call) {
  return {std::move(name), [call = std::move(call)] { return CpuSeconds(call); }};
}
Contender ByWall(std::string name, std::function<void()> call) {
  return {std::move(name), [call = std::move(call)] { return WallSeconds(call); }};
}

ProgramCost RunProgram(const std::vector<std::string>& arguments,
                       const std::function<void(std::string_view)>& on_error_line) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::array<int, 2> errors{-1, -1};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  if (on_error_line) {
    StopUnless(pipe2(errors.data(), O_CLOEXEC) == 0, "No pipe could be made.");
    posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
  }
  const double begun = WallNow();
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  StopUnless(failed == 0, "Cannot start '" + arguments[0] + "': " + std::strerror(failed));
  if (on_error_line) {
    close(errors[1]);
    std::string rest;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = read(errors[0], piece.data(), piece.size())) > 0;) {
      rest.append(piece.data(), static_cast<size_t>(got));
      for (size_t end = 0; (end = rest.find('\n')) != std::string::npos; rest.erase(0, end + 1))
        on_error_line(std::string_view(rest).substr(0, end));
    }
    close(errors[0]);
  }
  int status = 0;
  rusage usage{};
  StopUnless(wait4(pid, &status, 0, &usage) == pid, "A program was lost.");
  return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128,
          .wall_seconds = WallNow() - begun,
          .cpu_seconds = CpuOf(usage),
          .peak_rss_bytes = int64_t{usage.ru_maxrss} * 1024};
}

std::optional<Bytes> OutputOf(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::array<int, 2> output{-1, -1};
  StopUnless(pipe2(output.data(), O_CLOEXEC) == 0, "No pipe could be made.");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(output[1]);
  StopUnless(failed == 0, "Cannot start '" + arguments[0] + "': " + std::strerror(failed));
  Bytes out;
  std::array<uint8_t, size_t{64} * 1024> piece{};
  for (ssize_t got = 0; (got = read(output[0], piece.data(), piece.size())) > 0;)
    out.insert(out.end(), piece.begin(), piece.begin() + got);
  close(output[0]);
  int status = 0;
  StopUnless(waitpid(pid, &status, 0) == pid, "A program was lost.");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  return out;
}

Contender ProgramByCpu(std::string name, std::vector<std::string> arguments) {
  return {std::move(name), [arguments = std::move(arguments)] {
            const ProgramCost cost = RunProgram(arguments);
            StopUnless(cost.exit_code == 0,
                       "'" + arguments[0] + "' failed with exit code " + std::to_string(cost.exit_code) + ".");
            return cost.cpu_seconds;
          }};
}

bool HasProgram(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/" + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

std::string CrossguardProgram() {
  if (const char* const named = std::getenv("CROSSGUARD")) return named;
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "bin" / "crossguard").string();
}

void SideBySide::Compare(const Comparison& comparison) {
  Compare(comparison, rounds_);
}

void SideBySide::Compare(const Comparison& comparison, int rounds) {
  std::fprintf(stderr, "  %s\n", comparison.what.c_str());
  std::vector<double> ours, peer, limit, ratios;
  for (int round = -1; round < rounds; ++round) {
    const double a = comparison.ours.seconds();
    const double b = comparison.peer.seconds();
    const double c = comparison.limit ? comparison.limit->seconds() : 0;
    if (round < 0) continue;  // warms caches and the branch predictor
    ours.push_back(a);
    peer.push_back(b);
    limit.push_back(c);
    ratios.push_back(b / a);
  }
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  const Measured measured{.amount = comparison.amount,
                          .unit = comparison.unit,
                          .ours_name = comparison.ours.name,
                          .peer_name = comparison.peer.name,
                          .ours_seconds = Median(ours),
                          .peer_seconds = Median(peer),
                          .ratio = Median(ratios),
                          .ratio_least = *least,
                          .ratio_most = *most,
                          .rounds = rounds,
                          .target = comparison.target};
  const auto rate = [&](double seconds) { return Rate(comparison.amount, comparison.unit, seconds); };
  lines_.push_back({.what = comparison.what,
                    .ours = rate(measured.ours_seconds),
                    .peer = rate(measured.peer_seconds) + " " + comparison.peer.name,
                    .ratio = Short(measured.ratio) + " (" + Short(*least) + ".." + Short(*most) + ")",
                    .target = TargetText(comparison.target, measured.ratio),
                    .limit = comparison.limit ? rate(Median(limit)) + " " + comparison.limit->name + ": " +
                                                    Short(Median(limit) / measured.ours_seconds) + " of it"
                                              : "-",
                    .measured = measured});
}

void SideBySide::Skip(std::string what, std::string reason) {
  lines_.push_back({.what = std::move(what),
                    .ours = "skipped",
                    .peer = std::move(reason),
                    .ratio = "-",
                    .target = "-",
                    .limit = "-"});
}

void SideBySide::Note(std::string line) {
  notes_.push_back(std::move(line));
}

void SideBySide::PrintTable() const {
  const std::vector<Line> head{{.what = "what",
                                .ours = "ours",
                                .peer = "peer",
                                .ratio = "ratio (min..max)",
                                .target = "target",
                                .limit = "limit"}};
  std::array<size_t, 5> widths{};
  for (const std::vector<Line>* part : {&head, &lines_}) {
    for (const Line& line : *part) {
      const std::array<const std::string*, 5> cells{&line.what, &line.ours, &line.peer, &line.ratio, &line.target};
      for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i]->size());
    }
  }
  const auto print = [&](const Line& line) {
    std::printf("| %-*s | %-*s | %-*s | %-*s | %-*s | %s |\n", static_cast<int>(widths[0]), line.what.c_str(),
                static_cast<int>(widths[1]), line.ours.c_str(), static_cast<int>(widths[2]), line.peer.c_str(),
                static_cast<int>(widths[3]), line.ratio.c_str(), static_cast<int>(widths[4]), line.target.c_str(),
                line.limit.c_str());
  };
  print(head.front());
  std::printf("|---|---|---|---|---|---|\n");
  for (const Line& line : lines_) print(line);
  if (!notes_.empty()) std::printf("\n");
  for (const std::string& note : notes_) std::printf("- %s\n", note.c_str());
}

void SideBySide::PrintJson() const {
  nlohmann::json lines = nlohmann::json::array();
  for (const Line& line : lines_) {
    nlohmann::json out{{"what", line.what}};
    if (!line.measured) {
      out["skipped"] = line.peer;
      lines.push_back(std::move(out));
      continue;
    }
    const Measured& m = *line.measured;
    out["amount"] = m.amount;
    out["unit"] = m.unit;
    out["ours"] = {{"name", m.ours_name}, {"seconds", m.ours_seconds}};
    out["peer"] = {{"name", m.peer_name}, {"seconds", m.peer_seconds}};
    out["ratio"] = {{"median", m.ratio}, {"min", m.ratio_least}, {"max", m.ratio_most}, {"rounds", m.rounds}};
    if (m.target)
      out["target"] = {
          {"id", m.target->id}, {"ratio_min", m.target->ratio_min}, {"met", m.ratio >= m.target->ratio_min}};
    lines.push_back(std::move(out));
  }
  std::printf("%s\n", nlohmann::json{{"lines", std::move(lines)}, {"notes", notes_}}.dump(2).c_str());
}

Bytes NoiseOf(size_t size_bytes, uint64_t seed) {
  SeededRandom random(seed);
  Bytes bytes(size_bytes);
  random.Fill(bytes);
  return bytes;
}

void WriteFile(const std::string& path, ByteView bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  StopUnless(out.good(), "Cannot write '" + path + "'.");
}

Bytes ReadFile(const std::string& path) {
  Bytes bytes;
  ReadInPieces(path, [&](ByteView piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
  return bytes;
}

void ReadInPieces(const std::string& path, const std::function<void(ByteView)>& on_piece) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  StopUnless(file >= 0, "Cannot read '" + path + "'.");
  std::array<uint8_t, size_t{64} * 1024> piece{};
  for (ssize_t got = 0; (got = read(file, piece.data(), piece.size())) > 0;)
    on_piece(ByteView(piece).first(static_cast<size_t>(got)));
  close(file);
}

void Stop(std::string_view sentence) {
  std::fprintf(stderr, "bench: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  std::exit(1);
}

}  // namespace crossguard::bench
