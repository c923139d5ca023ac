// What the jail costs: the same kernel over the same drawn pictures, without a jail and through crossguard-examiner, by
// processor time of all processes involved. Starting the programs (once a run) is not in it.
//
// Each of the two is a program of its own (this one, called as `crossguard-bench --examine`), which has opened nothing
// but the files in question: what a heap has been through, or a codec, weighs as much as the jail. Both have them in
// memory and look at all of them once before the clock runs.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "benches.h"
#include "drawn_files.h"
#include "examine/examiner_client.h"
#include "examine/kernel/examine.h"

extern char** environ;

namespace crossguard::bench {
namespace {

using namespace examine;

constexpr std::string_view kJailed = "jailed", kPlain = "plain";

struct Class {
  const char* name;
  uint32_t width, height;
  size_t files;  // examined in one call
};

void MustBeExamined(State state) {
  StopUnless(state == State::kExamined || state == State::kUnsupportedKind, "A drawn file was not examined.");
}

void ExaminePlainly(const std::vector<Bytes>& drawn, size_t files) {
  for (size_t i = 0; i < files; ++i) {
    const Bytes& file = drawn[i % drawn.size()];
    MustBeExamined(ExamineBytes(file, file.size(), 0, Limits{}).state);
  }
}

void ExamineJailed(Examiner& examiner, const std::vector<Bytes>& drawn, size_t files) {
  size_t given = 0;
  OrStop(examiner.Examine(
      [&](ExamineInput& input) -> Result<bool> {
        if (given == files) return false;
        input.bytes = drawn[given++ % drawn.size()];
        return true;
      },
      [](uint64_t, const FileFacts& facts) -> Status {
        MustBeExamined(facts.state);
        return {};
      }));
}

// Seconds that the examiner's programs took so far, by the kernel's own count: of the workers that ended, which nobody
// here has waited for, as their programs told it; and of those programs themselves, which live on.
double CpuOfPrograms(const Examiner& examiner) {
  double micros = 0;
  for (const uint64_t one : examiner.cpu_micros()) micros += static_cast<double>(one);
  double nanos = 0;
  for (const Family family : {Family::kPictures, Family::kHeif, Family::kVideo, Family::kArchives}) {
    const int pid = examiner.zygote_pid(family);
    if (pid < 0) continue;
    std::ifstream stat("/proc/" + std::to_string(pid) + "/schedstat");
    double own = 0;
    StopUnless(static_cast<bool>(stat >> own), "The kernel does not tell what the examiner's programs took.");
    nanos += own;
  }
  return micros * 1e-6 + nanos * 1e-9;
}

double Measured(Examiner* examiner, const std::vector<Bytes>& drawn, size_t files) {
  if (examiner == nullptr) return CpuSeconds([&] { ExaminePlainly(drawn, files); });
  const double before = CpuOfPrograms(*examiner);
  const double own = CpuSeconds([&] { ExamineJailed(*examiner, drawn, files); });
  return own + CpuOfPrograms(*examiner) - before;
}

// The other end of RunExamining.
class Examining {
 public:
  Examining(std::string_view how, size_t files, const std::vector<std::string>& paths) {
    std::vector<std::string> arguments{"/proc/self/exe", "--examine", std::string(how), std::to_string(files)};
    arguments.insert(arguments.end(), paths.begin(), paths.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::array<int, 2> to{-1, -1}, from{-1, -1};
    StopUnless(pipe2(to.data(), O_CLOEXEC) == 0 && pipe2(from.data(), O_CLOEXEC) == 0, "No pipe could be made.");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    StopUnless(posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) == 0, "Cannot start this program.");
    posix_spawn_file_actions_destroy(&actions);
    close(to[0]);
    close(from[1]);
    ask_ = fdopen(to[1], "w");
    answer_ = fdopen(from[0], "r");
  }
  ~Examining() {
    std::fclose(ask_);
    std::fclose(answer_);
    waitpid(pid_, nullptr, 0);
  }
  Examining(const Examining&) = delete;

  double Seconds() {
    double seconds = 0;
    std::fputc('\n', ask_);
    std::fflush(ask_);
    StopUnless(std::fscanf(answer_, "%lf", &seconds) == 1, "Examining broke off.");
    return seconds;
  }

 private:
  pid_t pid_ = -1;
  FILE* ask_ = nullptr;
  FILE* answer_ = nullptr;
};

void CompareJail(SideBySide& table, const std::string& what, const std::vector<std::string>& paths, size_t files,
                 const std::optional<Target>& target, int rounds) {
  Examining jailed(kJailed, files, paths);
  Examining plain(kPlain, files, paths);
  table.Compare({.what = what + ", examined in the jail",
                 .amount = static_cast<double>(files),
                 .unit = "files",
                 .ours = {"jailed", [&] { return jailed.Seconds(); }},
                 .peer = {"same kernel, no jail", [&] { return plain.Seconds(); }},
                 .target = target},
                rounds);
}

}  // namespace

// jailed|plain COUNT FILE...: for each line on stdin examines so many files and prints the seconds that it took.
int RunExamining(const std::vector<std::string>& arguments) {
  StopUnless(arguments.size() >= 3 && (arguments[0] == kJailed || arguments[0] == kPlain),
             "--examine jailed|plain COUNT FILE...");
  const size_t files = std::strtoul(arguments[1].c_str(), nullptr, 10);
  std::vector<Bytes> drawn;
  for (size_t i = 2; i < arguments.size(); ++i) drawn.push_back(ReadFile(arguments[i]));
  std::unique_ptr<Examiner> examiner;
  if (arguments[0] == kJailed) examiner = OrStop(Examiner::Start({.workers = 1}));
  Measured(examiner.get(), drawn, drawn.size());
  for (int c = 0; (c = std::getchar()) != EOF;) {
    std::printf("%.9f\n", Measured(examiner.get(), drawn, files));
    std::fflush(stdout);
  }
  return 0;
}

void BenchJail(SideBySide& table) {
  if (!FindExaminerProgram()) return table.Skip("examination in the jail", "crossguard-examiner is not built");
  // Many short rounds: neighbours on the machine come and go within a second, and so weigh on both alike.
  constexpr int kRounds = 25, kRoundsOfMix = 15;
  for (const Class& c : {Class{"64x48", 64, 48, 1600}, Class{"640x480", 640, 480, 64}, Class{"1280x960", 1280, 960, 32},
                         Class{"4000x3000", 4000, 3000, 8}}) {
    std::vector<std::function<Bytes()>> draw;
    for (uint64_t seed = 0; seed < 4; ++seed) {
      draw.emplace_back([seed, c] { return drawing::EncodeJpeg(DrawPhoto(seed, c.width, c.height), {.quality = 85}); });
    }
    CompareJail(table, std::string("JPEG ") + c.name, DrawApart(table, c.name, draw), c.files, {}, kRounds);
  }
  const DrawnMix& mix = DrawMix(table);
  std::vector<std::string> pictures, all;
  for (const DrawnFile& file : mix.files) {
    all.push_back(file.path);
    if (file.kind == DrawnKind::kJpeg || file.kind == DrawnKind::kPng || file.kind == DrawnKind::kWebp)
      pictures.push_back(file.path);
  }
  CompareJail(table, "The pictures of the mixed set", pictures, pictures.size(), {}, kRounds);
  CompareJail(table, "The mixed set", all, all.size(), Target{"E8", 0.97}, kRoundsOfMix);
  table.Note(mix.description);
  char note[112];
  std::snprintf(note, sizeof(note), "Starting the examiner with its self-test: %.0f ms of processor time, once a run.",
                CpuSeconds([] { OrStop(Examiner::Start({.workers = 1})); }) * 1e3);
  table.Note(note);
}

}  // namespace crossguard::bench
