// The one table of exit codes.
#pragma once

#include "base/error.h"

namespace crossguard {

//  0 done           3 not_found      6 corrupt        9 unsupported
//  2 invalid        4 conflict       7 exhausted    134 a bug stopped the program (SIGABRT)
//  (and bad usage)  5 denied         8 unavailable
constexpr int kExitDone = 0;
constexpr int ExitCode(Code code) {
  return static_cast<int>(code) + 1;
}
constexpr int kExitUsage = ExitCode(Code::kInvalid);
static_assert(kExitUsage == 2 && ExitCode(Code::kUnsupported) == 9);

}  // namespace crossguard
