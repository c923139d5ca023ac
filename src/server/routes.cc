#include "server/routes.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/bytes.h"

namespace crossguard::server {
namespace {

constexpr Route kRoutes[] = {
#define CROSSGUARD_ROUTE(operation, method, path, listener, body_max_bytes) \
  {Operation::k##operation, #operation, method, path, listener, body_max_bytes},
#include "server/routes.inc"
#undef CROSSGUARD_ROUTE
};

std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // '/'
    const size_t end = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

bool PathFits(std::string_view pattern, std::span<const std::string_view> parts) {
  const auto wanted = Split(pattern);
  return std::ranges::equal(wanted, parts, [](std::string_view want, std::string_view got) {
    return want.starts_with('{') ? !got.empty() : want == got;
  });
}

// One spelling: percent-encoded bytes, nothing else that needs encoding (RFC 3986 pchar).
Result<std::string> Decode(std::string_view part) {
  constexpr std::string_view kPlain = "-._~!$&'()*+,;=:@";
  std::string out;
  for (size_t i = 0; i < part.size(); ++i) {
    const char c = part[i];
    if (c == '%') {
      const auto byte = FromHex(part.substr(i + 1, 2));  // at the end of the text: shorter, and refused
      if (!byte || byte->size() != 1)
        return Fail(Code::kInvalid, "The target is not percent-encoded as RFC 3986 has it.");
      out.push_back(static_cast<char>((*byte)[0]));
      i += 2;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kPlain.contains(c)) {
      out.push_back(c);
    } else {
      return Fail(Code::kInvalid, "The target is not percent-encoded as RFC 3986 has it.");
    }
  }
  return out;
}

Status Fill(Target& target, std::span<const std::string_view> parts) {
  const auto pattern = Split(target.route->path);
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (!pattern[i].starts_with('{')) continue;
    std::string value = TRY(Decode(parts[i]));
    if (pattern[i] == "{id}") {
      if (!IsPlainId(value)) return Fail(Code::kInvalid, "A parcel's id is that of its message: send it as it is.");
      target.id = std::move(value);
    } else {
      if (!IsSafeName(value))
        return Fail(Code::kInvalid, "A file's name stays inside its parcel: no '..', no leading '/'.");
      target.name = std::move(value);
    }
  }
  return {};
}

}  // namespace

std::span<const Route> Routes() {
  return kRoutes;
}

Result<Target> Match(Listener listener, std::string_view method, std::string_view target) {
  if (!target.starts_with('/')) return Fail(Code::kInvalid, "The target is a path that begins with '/'.");
  const auto parts = Split(target);
  bool path_known = false;
  for (const Route& route : kRoutes) {
    if (!PathFits(route.path, parts)) continue;
    path_known = true;
    if (route.method != method) continue;
    if (route.listener != "both" && route.listener != (listener == Listener::kNode ? "node" : "health"))
      return Fail(Code::kDenied, "This route is not served on this listener: see api/openapi.yaml.");
    Target out{.route = &route, .id = {}, .name = {}};
    TRY(Fill(out, parts));
    return out;
  }
  if (path_known) return Fail(Code::kUnsupported, "Not with this method: see api/openapi.yaml.");
  return Fail(Code::kNotFound, "No such route: see api/openapi.yaml.");
}

bool IsSafeName(std::string_view name) {
  if (name.empty() || name.size() > 1024 || !IsUtf8(name)) return false;
  if (std::ranges::any_of(name, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F || c == '\\'; })) return false;
  const std::string rooted = "/" + std::string(name);
  for (const std::string_view part : Split(rooted)) {
    if (part.empty() || part == "." || part == ".." || part.size() > 255) return false;
  }
  return !name.ends_with('/');
}

bool IsPlainId(std::string_view id) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !id.empty() && id.size() <= 80 && is_plain(id[0]) &&
         std::ranges::all_of(id, [&](char c) { return is_plain(c) || c == '-'; });
}

}  // namespace crossguard::server
