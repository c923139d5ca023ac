// Bodies of messages that say their version: exactly the fields of it, nothing passed over.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace crossguard {

constexpr int kBodyVersion = 1;

// kInvalid: no object, no version, a field too many or too few; kUnsupported: another version.
Status CheckVersionedFields(const nlohmann::json& body, std::initializer_list<const char*> names);
std::unexpected<Error> WrongField(std::string_view field);

}  // namespace crossguard
