// The one JSON type (nlohmann::json), compiled once. Whoever handles JSON values includes this; a header that only names the
// type includes <nlohmann/json_fwd.hpp>.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/bytes.h"

extern template class nlohmann::basic_json<>;

namespace crossguard {

// Strict RFC 8259 (no comments, nothing behind the value). Malformed text gives a value of which is_discarded() is true, and
// never throws. Nesting costs heap, not stack.
nlohmann::json ParseJson(std::string_view text);
inline nlohmann::json ParseJson(ByteView bytes) { return ParseJson(AsText(bytes)); }

}  // namespace crossguard
