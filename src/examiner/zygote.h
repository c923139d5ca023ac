// The zygote: one small process that holds no keys and no files, only the control socket. It sets up and tests the jail
// once, warms the decoders up, and then forks a worker for every batch.
#pragma once

#include "examiner/worker.h"

namespace crossguard::examiner {

// Expects the control socket at kControlFd. Returns the exit status: 0 when the trusted side closed the socket.
int RunZygote(BeforeFile before_file);

}  // namespace crossguard::examiner
