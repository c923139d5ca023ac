#include "base/error.h"

#include <cstdio>
#include <cstdlib>

namespace crossguard {

std::string_view Name(Code code) {
  switch (code) {
    case Code::kInvalid:
      return "invalid";
    case Code::kNotFound:
      return "not_found";
    case Code::kConflict:
      return "conflict";
    case Code::kDenied:
      return "denied";
    case Code::kCorrupt:
      return "corrupt";
    case Code::kExhausted:
      return "exhausted";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kUnsupported:
      return "unsupported";
  }
  return "invalid";
}

std::unexpected<Error> Because(std::string_view context, const Error& error) {
  return Fail(error.code, std::string(context) + ": " + error.message);
}

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "crossguard: a check failed that only a bug can break: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace crossguard
