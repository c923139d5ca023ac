// The examiner of the tests: the same program, but a file with a known line near its beginning makes its worker
// misbehave (near, so that a signature before it can bring it to any family). Not shipped.
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include "examine/kernel/answer.h"
#include "examine/kernel/kind.h"
#include "examiner/jail.h"
#include "examiner/zygote.h"

// Under AddressSanitizer too a crash is to be a crash, and not a report that the jail forbids.
extern "C" const char* __asan_default_options() {
  return "handle_segv=0:handle_abort=0:handle_sigill=0";
}

namespace {

using namespace crossguard;

constexpr std::string_view kMark = "CROSSGUARD-TEST ";

[[gnu::noinline]] int Deepen(volatile int* level) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(*level);
  *level = *level + 1;
  if (*level < 0) return 0;
  return Deepen(level) + frame[0];
}

void SendRaw(std::string_view bytes) {
  send(examiner::kAnswerFd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void SendAnswer(uint32_t index, const examine::Answer& answer, uint32_t length) {
  struct {
    examine::MessageHeader header;
    examine::Answer answer;
  } message;
  std::memset(&message, 0, sizeof(message));
  message.header = {
      .magic = examine::kMessageMagic, .kind = examine::MessageKind::kAnswer, .index = index, .length = length};
  message.answer = answer;
  send(examiner::kAnswerFd, &message, sizeof(message.header) + length, MSG_NOSIGNAL);
}

void SendFetch(uint32_t index, uint64_t offset, uint64_t asked_bytes,
               size_t body_bytes = sizeof(examine::FetchRequest)) {
  struct {
    examine::MessageHeader header;
    examine::FetchRequest request;
  } message;
  message.header = {.magic = examine::kMessageMagic,
                    .kind = examine::MessageKind::kFetch,
                    .index = index,
                    .length = static_cast<uint32_t>(body_bytes)};
  message.request = {.offset = offset, .length = asked_bytes};
  send(examiner::kAnswerFd, &message, sizeof(message.header) + body_bytes, MSG_NOSIGNAL);
}

void Misbehave(ByteView bytes, uint32_t index) {
  std::string_view text = AsText(bytes.first(std::min(bytes.size(), size_t{512})));
  const size_t mark = text.find(kMark);
  // Every file passes through the pictures' program first; only the one that opens it is betrayed.
  if (mark == std::string_view::npos ||
      examine::FamilyOf(examine::DetectKind(bytes)) != examiner::kProgram.work->family)
    return;
  text.remove_prefix(mark + kMark.size());
  const std::string_view act = text.substr(0, text.find('\n'));
  examine::Answer answer;
  std::memset(&answer, 0, sizeof(answer));
  answer.state = static_cast<uint8_t>(examine::State::kUnsupportedKind);
  if (act == "segv") *reinterpret_cast<volatile int*>(uintptr_t{16}) = 1;
  if (act == "abort") std::abort();
  if (act == "trap") __builtin_trap();
  if (act == "stack") {
    volatile int level = 0;
    Deepen(&level);
  }
  if (act == "hang") {
    for (volatile unsigned spin = 0;;) spin = spin + 1;
  }
  if (act == "fork") syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (act == "open") syscall(SYS_openat, AT_FDCWD, "/etc/hostname", O_RDONLY);
  if (act == "socket") syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
  if (act == "exec") syscall(SYS_execve, "/bin/true", nullptr, nullptr);
  if (act == "memory") throw std::bad_alloc();
  if (act == "eat") {
    for (;;) std::memset(new char[1 << 20], 1, 1 << 20);  // bad_alloc at the address-space limit
  }
  if (act == "exit") _exit(0);
  if (act == "exit9") _exit(9);
  if (act == "garbage") SendRaw("this is no message");
  if (act == "empty") SendRaw("");
  if (act == "short") SendAnswer(index, answer, sizeof(answer) - 8);
  if (act == "twice") {
    SendAnswer(index, answer, sizeof(answer));
    SendAnswer(index, answer, sizeof(answer));
  }
  if (act == "another") SendAnswer(index + 1, answer, sizeof(answer));
  if (act == "fetch-outside") SendFetch(index, uint64_t{1} << 40, 4096);
  if (act == "fetch-past") SendFetch(index, 0, uint64_t{1} << 19);  // begins inside, ends outside of a small file
  if (act == "fetch-wrap") SendFetch(index, UINT64_MAX - 10, 4096);
  if (act == "fetch-none") SendFetch(index, 0, 0);
  if (act == "fetch-huge") SendFetch(index, 0, UINT64_MAX);
  if (act == "fetch-another") SendFetch(index + 1, 0, 16);
  if (act == "fetch-short") SendFetch(index, 0, 16, 12);
  if (act == "fetch-deaf") {  // asks and asks, and never takes an answer
    for (;;) SendFetch(index, 0, 16);
  }
  if (act == "fetch-endless") {  // takes every answer, and asks again
    for (;;) {
      SendFetch(index, 0, 16);
      examine::FetchReply reply;
      recv(examiner::kAnswerFd, &reply, sizeof(reply), 0);
    }
  }
  if (act == "fetch-silent") {  // waits for an answer to nothing
    examine::FetchReply reply;
    recv(examiner::kAnswerFd, &reply, sizeof(reply), 0);
  }
  if (act == "claims") {  // a fingerprint for a file that is no picture
    answer.has_pdq = 1;
    SendAnswer(index, answer, sizeof(answer));
  }
}

// Makes one system call fail, as an older kernel or a container would.
void Deny(int call, int error) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (filter == nullptr || seccomp_rule_add(filter, SCMP_ACT_ERRNO(static_cast<unsigned>(error)), call, 0) != 0 ||
      seccomp_load(filter) != 0) {
    _exit(99);
  }
  seccomp_release(filter);
}

}  // namespace

// The name by which it is called chooses the machine that it pretends to run on.
int main(int, char** argv) {
  const std::string_view name = argv[0];
  if (name.ends_with("-without-landlock")) Deny(SCMP_SYS(landlock_create_ruleset), ENOSYS);
  if (name.ends_with("-without-seccomp")) Deny(SCMP_SYS(seccomp), EPERM);
  return crossguard::examiner::RunZygote(crossguard::examiner::kProgram, Misbehave);
}
