// Which request is which. The table is made from api/openapi.yaml at build time: a route that stands there and has no
// handler does not compile, and a handler without a route does not either.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace crossguard::server {

enum class Operation : uint8_t {
#define CROSSGUARD_ROUTE(operation, method, path, listener, body_max_bytes) k##operation,
#include "server/routes.inc"
#undef CROSSGUARD_ROUTE
};

enum class Listener : uint8_t { kNode, kHealth };  // TLS with certificates | loopback without

struct Route {
  Operation operation;
  std::string_view name;      // operationId
  std::string_view method;    // "GET"
  std::string_view path;      // "/v1/parcels/{id}"
  std::string_view listener;  // node | health | both
  uint64_t body_max_bytes;    // 0: no body
};
std::span<const Route> Routes();

// A request's route and what stood in its braces, decoded and checked.
struct Target {
  const Route* route = nullptr;
  std::string id;    // a-z, 0-9 and '-', 1..80 characters
  std::string name;  // IsSafeName
};
// kNotFound: no such path. kUnsupported: not with this method. kDenied: not on this listener. kInvalid: an id or a name
// that cannot be one.
Result<Target> Match(Listener listener, std::string_view method, std::string_view target);

// A relative path that stays below where it begins, on every file system: parts of 1..255 bytes between '/', none of
// them "." or "..", no backslash, no control character, UTF-8, at most 1,024 bytes.
bool IsSafeName(std::string_view name);
// What names a folder of our own: a-z, 0-9, '-', begins with a letter or digit, 1..80 characters.
bool IsPlainId(std::string_view id);

}  // namespace crossguard::server
