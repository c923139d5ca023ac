// One file's bytes to its facts: the whole of what the jail does, as one pure function (so it can be tested, fuzzed and
// timed without a jail).
#pragma once

#include "base/bytes.h"
#include "examine/kernel/facts.h"

namespace crossguard::examine {

// bytes: the file, or its beginning if it is longer than the examiner opens; size_bytes: its true size.
// depth: 0 for a file of the submission, 1 for a member of an archive, and so on.
// Never gives crashed or timed_out: those are for the trusted side to say.
FileFacts ExamineBytes(ByteView bytes, uint64_t size_bytes, uint32_t depth, const Limits& limits);

// Decodes one small built-in picture of each kind and lists a built-in archive, so that libraries set up their tables
// and load what they load before the jail closes. False if one of them does not give the facts that it must.
bool WarmUp();

}  // namespace crossguard::examine
