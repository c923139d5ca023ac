// One running worker as the trusted side holds it: its answer socket, its deadline, and what became of it.
#pragma once

#include <array>
#include <optional>

#include "examine/kernel/answer.h"
#include "examine/zygote_client.h"

namespace crossguard::examine {

// A message in the trusted side's own memory; valid until the next Receive of the same handle's buffer.
struct Message {
  MessageHeader header;
  ByteView body;
};
using MessageBuffer = std::array<uint8_t, kMessageBytesMax>;

class WorkerHandle {
 public:
  WorkerHandle(uint64_t id, Fd answers, Fd timer) : id_(id), answers_(std::move(answers)), timer_(std::move(timer)) {}
  // kUnavailable if the zygote is gone.
  static Result<WorkerHandle> Spawn(ZygoteClient& zygote, uint64_t id, const Job& job, int input_fd);

  uint64_t id() const { return id_; }
  int answers_fd() const { return answers_.get(); }  // -1 once it is closed
  int timer_fd() const { return timer_.get(); }

  // The next message without waiting. nullopt: none now, or none any more; malformed() is then set if what came was not
  // one.
  std::optional<Message> Receive(MessageBuffer& buffer);

  void SetDeadline(uint64_t millis);  // from now
  bool DeadlinePassed();              // since the last SetDeadline

  // Ends it for a reason; its death will be reported by the zygote.
  void KillFor(ZygoteClient& zygote, State state, Reason reason);

  // Why it failed, from its end and from why it was killed; nullopt: it ended well. status: as of waitpid.
  struct Fault {
    State state;
    Reason reason;
    uint8_t signal = 0;
    bool from_outside = false;  // killed by a signal that neither this side nor the jail sent: may be tried again
    bool no_jail = false;       // its walls could not be built: no file was opened
  };
  std::optional<Fault> Judge(int status) const;

 private:
  uint64_t id_;
  Fd answers_;
  Fd timer_;
  std::optional<Fault> killed_for_;
};

}  // namespace crossguard::examine
