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

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "benches.h"
#include "drawn_files.h"
#include "examine/examiner_client.h"
#include "examine/kernel/examine.h"

extern char** environ;

namespace crossguard::bench {
namespace {

namespace fs = std::filesystem;
using namespace examine;

constexpr std::string_view kJailed = "jailed", kPlain = "plain";

struct Class {
  const char* name;
  uint32_t width, height;
  size_t files;  // examined in one call
};

// What examining some files cost, and how many of them could be examined.
struct Cost {
  double seconds = 0;
  size_t examined = 0;
};

// Files that are examined before it is the other side's turn, begun anew behind the last: a batch, or less.
struct Slice {
  size_t first = 0, count = 0;
};

size_t ExaminePlainly(const std::vector<Bytes>& drawn, const Slice& slice) {
  size_t examined = 0;
  for (size_t i = 0; i < slice.count; ++i) {
    const Bytes& file = drawn[(slice.first + i) % drawn.size()];
    if (ExamineBytes(file, file.size(), 0, Limits{}).state == State::kExamined) ++examined;
  }
  return examined;
}

size_t ExamineJailed(Examiner& examiner, const std::vector<Bytes>& drawn, const Slice& slice) {
  size_t given = 0, examined = 0;
  OrStop(examiner.Examine(
      [&](ExamineInput& input) -> Result<bool> {
        if (given == slice.count) return false;
        input.bytes = drawn[(slice.first + given++) % drawn.size()];
        return true;
      },
      [&](uint64_t, const FileFacts& facts) -> Status {
        if (facts.state == State::kExamined) ++examined;
        return {};
      }));
  return examined;
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

Cost Measured(Examiner* examiner, const std::vector<Bytes>& drawn, const Slice& slice) {
  Cost cost;
  if (examiner == nullptr) {
    cost.seconds = CpuSeconds([&] { cost.examined = ExaminePlainly(drawn, slice); });
    return cost;
  }
  const double before = CpuOfPrograms(*examiner);
  const double own = CpuSeconds([&] { cost.examined = ExamineJailed(*examiner, drawn, slice); });
  cost.seconds = own + CpuOfPrograms(*examiner) - before;
  return cost;
}

// The other end of RunExamining.
class Examining {
 public:
  Examining(std::string_view how, const std::vector<std::string>& paths) {
    std::vector<std::string> arguments{"/proc/self/exe", "--examine", std::string(how)};
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

  Cost Examine(const Slice& slice) {
    Cost cost;
    std::fprintf(ask_, "%zu %zu\n", slice.first, slice.count);
    std::fflush(ask_);
    StopUnless(std::fscanf(answer_, "%lf %zu", &cost.seconds, &cost.examined) == 2, "Examining broke off.");
    return cost;
  }

 private:
  pid_t pid_ = -1;
  FILE* ask_ = nullptr;
  FILE* answer_ = nullptr;
};

// The two take turns slice by slice, and each time the other one begins: what a neighbour on the machine takes from one
// it soon takes from the other. A round is all slices; `plain` of it is what the other side took meanwhile.
class Turns {
 public:
  Turns(const std::vector<std::string>& paths, std::vector<Slice> slices)
      : jailed_(kJailed, paths), plain_(kPlain, paths), slices_(std::move(slices)) {}

  double Jailed() {
    double jailed_seconds = 0;
    plain_seconds_ = 0;
    size_t files = 0, examined = 0;
    for (const Slice& slice : slices_) {
      jailed_first_ = !jailed_first_;
      Cost jailed;
      if (jailed_first_) jailed = jailed_.Examine(slice);
      const Cost plain = plain_.Examine(slice);
      if (!jailed_first_) jailed = jailed_.Examine(slice);
      StopUnless(jailed.examined == plain.examined, "The jail says something else of a file.");
      files += slice.count;
      examined += plain.examined;
      jailed_seconds += jailed.seconds;
      plain_seconds_ += plain.seconds;
    }
    StopUnless(examined * 2 > files, "Most of the files were not examined.");
    if (slices_.size() % 2 == 0) jailed_first_ = !jailed_first_;  // and in the next round the other way round
    return jailed_seconds;
  }
  double Plain() const { return plain_seconds_; }

 private:
  Examining jailed_, plain_;
  std::vector<Slice> slices_;
  bool jailed_first_ = false;
  double plain_seconds_ = 0;
};

std::vector<Slice> Batches(size_t files) {
  constexpr size_t kBatch = 16;
  std::vector<Slice> slices;
  for (size_t first = 0; first < files; first += kBatch) slices.push_back({first, std::min(kBatch, files - first)});
  return slices;
}

void CompareJail(SideBySide& table, const std::string& what, const std::vector<std::string>& paths,
                 const std::vector<Slice>& slices, const std::optional<Target>& target, int rounds) {
  Turns turns(paths, slices);
  size_t files = 0;
  for (const Slice& slice : slices) files += slice.count;
  table.Compare({.what = what + ", examined in the jail",
                 .amount = static_cast<double>(files),
                 .unit = "files",
                 .ours = {"jailed", [&] { return turns.Jailed(); }},
                 .peer = {"same kernel, no jail", [&] { return turns.Plain(); }},
                 .target = target},
                rounds);
}

// Each video and HEIC by itself, then the pictures and the rest.
void CompareMix(SideBySide& table, const DrawnMix& mix, int rounds_of_pictures, int rounds) {
  std::vector<std::string> large, pictures, other;
  for (const DrawnFile& file : mix.files) {
    const bool alone = file.kind == DrawnKind::kVideo || file.kind == DrawnKind::kHeic;
    (alone ? large : file.kind == DrawnKind::kOther ? other : pictures).push_back(file.path);
  }
  CompareJail(table, "The pictures of the mixed set", pictures, Batches(pictures.size()), {}, rounds_of_pictures);
  std::vector<Slice> slices;
  for (size_t i = 0; i < large.size(); ++i) slices.push_back({i, 1});
  std::vector<std::string> all = large;
  all.insert(all.end(), pictures.begin(), pictures.end());
  all.insert(all.end(), other.begin(), other.end());
  for (const Slice& batch : Batches(all.size() - large.size()))
    slices.push_back({large.size() + batch.first, batch.count});
  CompareJail(table, "The mixed set", all, slices, Target{"E8", 0.97}, rounds);
}

}  // namespace

// jailed|plain FILE...: for each line "FIRST COUNT" on stdin examines those files and prints the seconds that it took
// and how many of them could be examined.
int RunExamining(const std::vector<std::string>& arguments) {
  StopUnless(arguments.size() >= 2 && (arguments[0] == kJailed || arguments[0] == kPlain),
             "--examine jailed|plain FILE...");
  std::vector<Bytes> drawn;
  for (size_t i = 1; i < arguments.size(); ++i) drawn.push_back(ReadFile(arguments[i]));
  std::unique_ptr<Examiner> examiner;
  if (arguments[0] == kJailed) examiner = OrStop(Examiner::Start({.workers = 1}));
  Measured(examiner.get(), drawn, {.first = 0, .count = drawn.size()});
  for (Slice slice; std::scanf("%zu %zu", &slice.first, &slice.count) == 2;) {
    const Cost cost = Measured(examiner.get(), drawn, slice);
    std::printf("%.9f %zu\n", cost.seconds, cost.examined);
    std::fflush(stdout);
  }
  return 0;
}

void BenchJail(SideBySide& table) {
  if (!FindExaminerProgram()) return table.Skip("examination in the jail", "crossguard-examiner is not built");
  constexpr int kRounds = 25, kRoundsOfMix = 25;
  for (const Class& c : {Class{"64x48", 64, 48, 1600}, Class{"640x480", 640, 480, 64}, Class{"1280x960", 1280, 960, 32},
                         Class{"4000x3000", 4000, 3000, 8}}) {
    std::vector<std::function<Bytes()>> draw;
    for (uint64_t seed = 0; seed < 4; ++seed) {
      draw.emplace_back([seed, c] { return drawing::EncodeJpeg(DrawPhoto(seed, c.width, c.height), {.quality = 85}); });
    }
    CompareJail(table, std::string("JPEG ") + c.name, DrawApart(table, c.name, draw), Batches(c.files), {}, kRounds);
  }
  const DrawnMix& mix = DrawMix(table);
  CompareMix(table, mix, kRounds, kRoundsOfMix);
  table.Note(mix.description);
  char note[112];
  std::snprintf(note, sizeof(note), "Starting the examiner with its self-test: %.0f ms of processor time, once a run.",
                CpuSeconds([] { OrStop(Examiner::Start({.workers = 1})); }) * 1e3);
  table.Note(note);
}

// The files of one provider as `simulate` draws a seizure, in their mix and sizes: what the jail costs a pipeline.
void BenchSeizure(SideBySide& table) {
  const std::string crossguard = CrossguardProgram(), operation = table.Path("seizure");
  if (!FindExaminerProgram() || access(crossguard.c_str(), X_OK) != 0)
    return table.Skip("a seizure in the jail", "crossguard and crossguard-examiner are not built");
  const ProgramCost drawn = RunProgram(
      {crossguard, "simulate", "accounts=270,files=530,bytes=1GB", "--seed", "1", "--out", operation, "--quiet"});
  StopUnless(drawn.exit_code == 0, "crossguard simulate failed.");
  std::vector<std::string> paths;
  double megabytes = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(operation + "/submission-xml/files")) {
    if (!entry.is_regular_file() || entry.file_size() == 0) continue;
    paths.push_back(entry.path().string());
    megabytes += static_cast<double>(entry.file_size()) / 1e6;
  }
  std::ranges::sort(paths);
  constexpr int kRounds = 5;
  CompareJail(table, "A seizure", paths, Batches(paths.size()), Target{"E8", 0.97}, kRounds);
  char note[112];
  std::snprintf(note, sizeof(note), "The seizure: %zu files, %.0f MB, by `simulate`, five rounds.", paths.size(),
                megabytes);
  table.Note(note);
  fs::remove_all(operation);
}

}  // namespace crossguard::bench
