// What can go wrong, said so that the caller knows what to do next.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace crossguard {

// Eight codes, each named for what the caller can do about it. cli/exit_codes.h maps them to exit codes.
enum class Code : uint8_t {
  kInvalid = 1,  // mend the input and send it again
  kNotFound,     // name something that exists
  kConflict,     // the state is not what you think: look again, then decide
  kDenied,       // you may not; ask who may
  kCorrupt,      // what was stored or received is not what was written: stop and look
  kExhausted,    // a limit or a resource ran out: make room, raise it, or send less
  kUnavailable,  // try again later
  kUnsupported,  // this version cannot; use another way
};

std::string_view Name(Code code);  // "invalid", "not_found", ...

// message: one sentence that says what to do next. It names things by id, path or line, never by a person's data.
struct Error {
  Code code = Code::kInvalid;
  std::string message;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> Fail(Code code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

// Puts context in front: Because("Reading report 7", error) -> "Reading report 7: <message>".
std::unexpected<Error> Because(std::string_view context, const Error& error);

}  // namespace crossguard

// TRY(expression): the value of a Result, or return its error from the enclosing function. Each use names its own
// variable, so that a TRY inside a lambda inside a TRY shadows nothing.
#define TRY(...) CROSSGUARD_TRY_AS(CROSSGUARD_JOIN(try_result_, __COUNTER__), __VA_ARGS__)
#define CROSSGUARD_TRY_AS(name, ...)                            \
  __extension__({                                               \
    auto name = (__VA_ARGS__);                                  \
    if (!name) return std::unexpected(std::move(name).error()); \
    *std::move(name);                                           \
  })
#define CROSSGUARD_JOIN(a, b) CROSSGUARD_JOIN_EXPANDED(a, b)
#define CROSSGUARD_JOIN_EXPANDED(a, b) a##b

// CHECK(condition): what only a bug can break; stops the program in release too.
#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::crossguard::CheckFailed(#condition, __FILE__, __LINE__))

namespace crossguard {
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);
}  // namespace crossguard
