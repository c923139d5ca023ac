// What the jail costs, and what the fingerprint costs: the same kernel over the same drawn pictures, in process and through the
// jailed examiner, processor time of all processes involved, in one run. Prints a table.
//
//   examine_bench [files per class]
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "examine/examiner_client.h"
#include "examine/kernel/decode.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/pdq.h"
#include "examine/kernel/test_pictures.h"

namespace {

using namespace crossguard;
using namespace crossguard::examine;

double CpuSeconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}
double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Class {
  const char* name;
  uint32_t width, height;
  std::vector<Bytes> files;
  size_t repeats;
};

struct Time {
  double wall, cpu;
};

Time InProcess(const Class& c) {
  const double wall = WallSeconds(), cpu = CpuSeconds(RUSAGE_SELF);
  for (size_t i = 0; i < c.repeats; ++i) {
    const Bytes& file = c.files[i % c.files.size()];
    if (ExamineBytes(file, file.size(), 0, Limits{}).state != State::kExamined) std::abort();
  }
  return {WallSeconds() - wall, CpuSeconds(RUSAGE_SELF) - cpu};
}

// The examiner's processes are reaped by this one when it is destroyed, so their time is counted then.
Time Jailed(const Class& c, uint32_t workers, Time& start) {
  const double wall = WallSeconds(), cpu = CpuSeconds(RUSAGE_SELF) + CpuSeconds(RUSAGE_CHILDREN);
  double started = 0, cpu_self = 0;
  {
    auto examiner = Examiner::Start({.workers = workers});
    if (!examiner) {
      std::fprintf(stderr, "%s\n", examiner.error().message.c_str());
      std::exit(1);
    }
    started = WallSeconds();
    cpu_self = CpuSeconds(RUSAGE_SELF);
    size_t given = 0;
    const Status done = (*examiner)->Examine(
        [&](ExamineInput& input) -> Result<bool> {
          if (given == c.repeats) return false;
          input.bytes = c.files[given++ % c.files.size()];
          return true;
        },
        [](uint64_t, const FileFacts& facts) -> Status {
          if (facts.state != State::kExamined) std::abort();
          return {};
        });
    if (!done) std::exit(1);
    start = {started - wall, CpuSeconds(RUSAGE_SELF) - cpu_self};
  }
  return {WallSeconds() - started, CpuSeconds(RUSAGE_SELF) + CpuSeconds(RUSAGE_CHILDREN) - cpu};
}

}  // namespace

int main(int argc, char** argv) {
  const size_t scale = argc > 1 ? static_cast<size_t>(std::strtoul(argv[1], nullptr, 10)) : 200;
  std::vector<Class> classes{{"JPEG 64x48", 64, 48, {}, scale * 20}, {"JPEG 640x480", 640, 480, {}, scale * 4},
                             {"JPEG 1280x960", 1280, 960, {}, scale}, {"JPEG 4000x3000", 4000, 3000, {}, scale / 8 + 1}};
  for (Class& c : classes) {
    for (uint64_t seed = 0; seed < 4; ++seed) c.files.push_back(testing::EncodeJpeg(testing::Draw(c.width, c.height, seed), {.quality = 85}));
  }
  {
    const SampledPicture picture = *DecodeJpeg(classes[2].files[0], Limits{}).picture;
    const double cpu = CpuSeconds(RUSAGE_SELF);
    for (size_t i = 0; i < scale * 5; ++i) {
      if (HashPdq(picture).quality < 0) std::abort();
    }
    std::printf("PDQ of a %ux%u picture: %.3f ms\n", picture.width, picture.height, (CpuSeconds(RUSAGE_SELF) - cpu) / static_cast<double>(scale * 5) * 1e3);
  }
  std::printf("%-16s %8s | %10s %10s | %10s %10s %10s | %s\n", "class", "KB/file", "in process", "ms cpu", "jail x1", "jail x2", "ms cpu", "cpu ratio");
  for (const Class& c : classes) {
    const auto per = [&](double seconds) { return static_cast<double>(c.repeats) / seconds; };
    const auto millis = [&](double seconds) { return seconds / static_cast<double>(c.repeats) * 1e3; };
    Time start{};
    // In turn, and the best of each: another program on the machine then hurts none of them alone.
    Time plain{1e9, 1e9}, one{1e9, 1e9}, two{1e9, 1e9};
    const auto keep = [](Time& best, Time now) { best = {std::min(best.wall, now.wall), std::min(best.cpu, now.cpu)}; };
    for (int round = 0; round < 5; ++round) {
      keep(plain, InProcess(c));
      keep(one, Jailed(c, 1, start));
      keep(two, Jailed(c, 2, start));
    }
    std::printf("%-16s %8.0f | %8.0f/s %10.3f | %8.0f/s %8.0f/s %10.3f | %.3f   (trusted side %.3f ms)\n", c.name,
                static_cast<double>(c.files[0].size()) / 1e3, per(plain.wall), millis(plain.cpu), per(one.wall), per(two.wall),
                millis(one.cpu), one.cpu / plain.cpu, millis(start.cpu));
  }
}
