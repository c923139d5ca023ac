// The life of one worker: at most sixteen files of one batch, or the members of one archive; then it ends.
#pragma once

#include "base/bytes.h"
#include "examine/kernel/family.h"
#include "examine/kernel/job.h"

namespace crossguard::examiner {

// Called before each file is examined, with its bytes. The shipped program passes none; the tests' program passes one
// that misbehaves on demand.
using BeforeFile = void (*)(ByteView bytes, uint32_t index);

// Runs inside the jail with the input, or the window of a file at a distance, mapped at `input`; sends on kAnswerFd;
// never returns.
[[noreturn]] void RunWorker(const examine::FamilyWork& work, const examine::Job& job, const uint8_t* input,
                            BeforeFile before_file);

}  // namespace crossguard::examiner
