// The head of an HTTP/1.1 message (RFC 9112), strictly: what two readers could understand differently is refused. The
// only file that knows Boost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace crossguard::server {

constexpr size_t kHeadMaxBytes = size_t{16} * 1024;
constexpr size_t kFieldsMax = 64;
constexpr size_t kTargetMaxBytes = size_t{4} * 1024;

// How many bytes the head takes, with its empty line; nullopt: it is not whole yet. `looked_at` bytes were looked at
// before and hold no end.
std::optional<size_t> HeadEnd(ByteView so_far, size_t looked_at);

struct RequestHead {
  std::string method;  // as written
  std::string target;  // as written, begins with '/'
  uint64_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;
  std::optional<std::string> content_range;
  std::optional<std::string> range;
};
// head: exactly the head. kInvalid; kUnsupported for another version than 1.1 and for a transfer encoding; kExhausted
// beyond the limits above.
Result<RequestHead> ParseRequestHead(ByteView head);

struct ResponseHead {
  int status = 0;
  uint64_t content_length = 0;
  bool keep_alive = true;
};
Result<ResponseHead> ParseResponseHead(ByteView head);

}  // namespace crossguard::server
