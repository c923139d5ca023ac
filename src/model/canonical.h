// The one encoding of structured data that is hashed, signed or compared: JSON with keys sorted by byte, no spaces,
// UTF-8 unescaped, integers only where a number is needed for identity (RFC 8785 for the subset that we write).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace crossguard {

std::string Canonical(const nlohmann::json& value);  // bad UTF-8 is replaced by U+FFFD, never thrown on

}  // namespace crossguard
