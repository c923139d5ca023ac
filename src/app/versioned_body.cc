#include "app/versioned_body.h"

#include <algorithm>
#include <string>

namespace crossguard {

std::unexpected<Error> WrongField(std::string_view field) {
  return Fail(Code::kInvalid, "The field '" + std::string(field) + "' of the message is not as its format says.");
}

Status CheckVersionedFields(const nlohmann::json& body, std::initializer_list<const char*> names) {
  if (!body.is_object()) return Fail(Code::kInvalid, "The body of the message is no object.");
  if (!body.contains("version") || !body["version"].is_number_integer()) return WrongField("version");
  if (body["version"] != kBodyVersion)
    return Fail(Code::kUnsupported, "The message has a version that this node does not know; send version 1.");
  for (const auto& [name, value] : body.items()) {
    if (name != "version" && std::ranges::find(names, name) == names.end())
      return Fail(Code::kInvalid, "The message holds a field that this version does not know.");
  }
  for (const char* name : names) {
    if (!body.contains(name)) return WrongField(name);
  }
  return {};
}

}  // namespace crossguard
