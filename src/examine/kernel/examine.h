// All families in one process, without a jail: what tests, fuzzers and benches call. The jailed programs hold one
// family each (family.h).
#pragma once

#include "base/bytes.h"
#include "examine/kernel/facts.h"

namespace crossguard::examine {

// bytes: the file, or its beginning if it is longer than the examiner opens; size_bytes: its true size.
// depth: 0 for a file of the submission, 1 for a member of an archive, and so on.
// Never gives crashed or timed_out: those are for the trusted side to say.
FileFacts ExamineBytes(ByteView bytes, uint64_t size_bytes, uint32_t depth, const Limits& limits);

// Every family's built-in samples; false if one of them does not give the facts that it must.
bool WarmUp();

}  // namespace crossguard::examine
