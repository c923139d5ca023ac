// The zygote: one small process that holds no keys and no files, only the control socket. It sets up and tests the jail
// once, warms the decoders up, and then forks a worker for every batch.
#pragma once

#include "examiner/jail.h"
#include "examiner/worker.h"

namespace crossguard::examiner {

// One family of formats and its walls; each program of the examiner is one of these (program_<family>.cc).
struct Program {
  const examine::FamilyWork* work;
  Walls walls;
};
extern const Program kProgram;

// Expects the control socket at kControlFd. Returns the exit status: 0 when the trusted side closed the socket.
int RunZygote(const Program& program, BeforeFile before_file);

}  // namespace crossguard::examiner
