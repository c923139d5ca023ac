#include "env/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "env/files.h"

namespace crossguard {
namespace {

int64_t NowMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// Reads until the other end closes or the deadline passes; false: it passed.
bool Drain(int fd, int64_t deadline_millis, std::string& output) {
  for (;;) {
    const int64_t left = deadline_millis - NowMillis();
    if (left <= 0) return false;
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::min<int64_t>(left, 1'000'000)));
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    char buffer[4096];
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    output.append(buffer, static_cast<size_t>(got));
    if (output.size() > 2 * kProcessOutputMaxBytes) output.erase(0, output.size() - kProcessOutputMaxBytes);
  }
}

}  // namespace

Result<ProcessEnd> RunProcess(const ProcessSpec& spec) {
  if (access(spec.program.c_str(), X_OK) != 0) return SystemError("Cannot run", spec.program, errno);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("Cannot make a pipe for", spec.program, errno);
  std::vector<std::string> arguments = spec.arguments;
  arguments.insert(arguments.begin(), spec.program);
  std::vector<std::string> environment = spec.environment;

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // a group of its own, so that its children go with it
  pid_t child = 0;
  const int failed = posix_spawn(&child, spec.program.c_str(), &actions, &attributes, Pointers(arguments).data(),
                                 Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed != 0) {
    close(ends[0]);
    return SystemError("Cannot run", spec.program, failed);
  }
  ProcessEnd end;
  const bool in_time = Drain(ends[0], NowMillis() + spec.timeout_millis, end.output);
  close(ends[0]);
  if (!in_time) kill(-child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time)
    return Fail(Code::kUnavailable, "'" + spec.program + "' did not end within " +
                                        std::to_string(spec.timeout_millis / 1000) + " s; try again.");
  if (end.output.size() > kProcessOutputMaxBytes) end.output.erase(0, end.output.size() - kProcessOutputMaxBytes);
  end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return end;
}

}  // namespace crossguard
