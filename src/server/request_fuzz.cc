// What a stranger sends before anybody knows it: the head, the route with its names, the ranges; and what another node
// may answer.
#include <cstddef>
#include <cstdint>

#include "server/content_range.h"
#include "server/http_head.h"
#include "server/routes.h"
#include "server/status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  using namespace crossguard::server;
  const ByteView bytes(data, size);
  const std::string_view text = AsText(bytes);

  const auto end = HeadEnd(bytes, 0);
  for (size_t seen = 0; seen < std::min<size_t>(size, 64); ++seen) {  // found the same, wherever the pieces part
    if (!HeadEnd(bytes.first(seen), 0)) CHECK(HeadEnd(bytes, seen) == end);
  }
  const auto head = ParseRequestHead(end ? bytes.first(*end) : bytes);
  if (head) {
    CHECK(head->target.starts_with('/') && head->target.size() <= kTargetMaxBytes);
    for (const Listener listener : {Listener::kNode, Listener::kHealth}) {
      const auto target = Match(listener, head->method, head->target);
      if (!target) continue;
      CHECK(target->route != nullptr && target->route->method == head->method);
      CHECK(target->id.empty() || IsPlainId(target->id));
      CHECK(target->name.empty() || IsSafeName(target->name));
      CHECK(!target->name.contains("..") || target->name.find("../") == std::string::npos);
    }
  }
  static_cast<void>(ParseResponseHead(end ? bytes.first(*end) : bytes));
  const auto range = ParseContentRange(text);
  if (range) CHECK(range->first <= range->last && range->last < range->size_bytes && range->length() > 0);
  const auto wanted = ParseRange(text);
  if (wanted && wanted->last) CHECK(wanted->first <= *wanted->last);
  const Error error = ErrorOfAnswer(200 + static_cast<int>(size % 400), bytes);
  CHECK(!error.message.empty() && IsUtf8(error.message));
  static_cast<void>(Match(Listener::kNode, "PUT", text));
  return 0;
}
