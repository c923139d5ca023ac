// Another program, run once and waited for.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace crossguard {

struct ProcessSpec {
  std::string program;                   // a full path
  std::vector<std::string> arguments;    // without the program itself
  std::vector<std::string> environment;  // "NAME=value", all of it: nothing is inherited
  int64_t timeout_millis = 60'000;       // then it and its children are killed
};
struct ProcessEnd {
  int exit_code = 0;   // 128 + signal if it was killed by one
  std::string output;  // stdout and stderr, the last kProcessOutputMaxBytes
};
constexpr size_t kProcessOutputMaxBytes = 64 * 1024;

// kNotFound: no such program. kUnavailable: it could not be started, or did not end in time.
Result<ProcessEnd> RunProcess(const ProcessSpec& spec);

}  // namespace crossguard
