#include "coordination/fields.h"

#include <algorithm>

#include "base/bytes.h"

namespace crossguard::coordination {

using nlohmann::json;

bool IsAuthorityId(std::string_view text) {
  return !text.empty() && text.size() <= kAuthorityIdMaxBytes &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool IsPublicId(std::string_view text, std::string_view prefix) {
  constexpr size_t kIdCharacters = 16;
  return text.size() == prefix.size() + 1 + kIdCharacters && text.starts_with(prefix) && text[prefix.size()] == '-' &&
         std::ranges::all_of(text.substr(prefix.size() + 1),
                             [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

bool IsLine(std::string_view text, size_t bytes_max) {
  return text.size() <= bytes_max && IsUtf8(text) && !std::ranges::all_of(text, [](char c) { return c == ' '; }) &&
         std::ranges::none_of(text, [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7F; });
}

Result<Fields> Fields::Of(const json& object, std::string what, std::string_view format,
                          const std::vector<std::string_view>& names) {
  if (!object.is_object()) return Fail(Code::kInvalid, what + " must be a JSON object.");
  if (!format.empty()) {  // first: another version may have other fields
    const std::string said = object.contains("format") && object["format"].is_string() ? object["format"] : json("");
    if (said != format && said.starts_with(format.substr(0, format.rfind('/') + 1)))
      return Fail(Code::kUnsupported, what + " is of another version; this node reads " + std::string(format) + ".");
    if (said != format) return Fail(Code::kInvalid, what + ": 'format' must be " + std::string(format) + ".");
  }
  for (const std::string_view name : names) {
    if (!object.contains(std::string(name)))
      return Fail(Code::kInvalid, what + " must have the field '" + std::string(name) + "'.");
  }
  if (object.size() != names.size() + (format.empty() ? 0 : 1))
    return Fail(Code::kInvalid, what + " must have the fields of its format and no other.");
  return Fields(object, std::move(what));
}

std::unexpected<Error> Fields::Wrong(std::string_view name, std::string_view must) const {
  return Fail(Code::kInvalid, what_ + ": '" + std::string(name) + "' must be " + std::string(must) + ".");
}

Result<std::string> Fields::Text(std::string_view name, size_t bytes_max) const {
  const json& value = Raw(name);
  if (!value.is_string() || !IsLine(value.get_ref<const std::string&>(), bytes_max))
    return Wrong(name, "one line of text of at most " + std::to_string(bytes_max) + " bytes");
  return value.get<std::string>();
}

Result<std::string> Fields::TextOrEmpty(std::string_view name, size_t bytes_max) const {
  return Raw(name) == "" ? Result<std::string>("") : Text(name, bytes_max);
}

Result<std::string> Fields::Word(std::string_view name, const std::vector<std::string_view>& words) const {
  const json& value = Raw(name);
  if (value.is_string() && std::ranges::find(words, value.get_ref<const std::string&>()) != words.end())
    return value.get<std::string>();
  std::string list;
  for (const std::string_view word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  return Wrong(name, "one of " + list);
}

Result<std::string> Fields::Authority(std::string_view name) const {
  const json& value = Raw(name);
  if (!value.is_string() || !IsAuthorityId(value.get_ref<const std::string&>()))
    return Wrong(name, "the id of an authority");
  return value.get<std::string>();
}

Result<std::string> Fields::AuthorityOrEmpty(std::string_view name) const {
  return Raw(name) == "" ? Result<std::string>("") : Authority(name);
}

Result<std::string> Fields::Id(std::string_view name, const std::vector<std::string_view>& prefixes) const {
  const json& value = Raw(name);
  if (value.is_string()) {
    for (const std::string_view prefix : prefixes) {
      if (IsPublicId(value.get_ref<const std::string&>(), prefix)) return value.get<std::string>();
    }
  }
  std::string list;
  for (const std::string_view prefix : prefixes) list += (list.empty() ? "" : " or ") + std::string(prefix) + "-...";
  return Wrong(name, "an id " + list);
}

Result<Instant> Fields::Time(std::string_view name) const {
  const json& value = Raw(name);
  const auto instant =
      value.is_string() ? ParseInstant(value.get_ref<const std::string&>()) : Result<Instant>(Fail(Code::kInvalid, ""));
  if (!instant) return Wrong(name, "a time as in RFC 3339, with its zone");
  return *instant;
}

Result<Instant> Fields::Day(std::string_view name) const {
  constexpr size_t kDateCharacters = 10;
  const json& value = Raw(name);
  const auto instant = value.is_string() && value.get_ref<const std::string&>().size() == kDateCharacters
                           ? ParseInstant(value.get_ref<const std::string&>() + "T00:00:00Z")
                           : Result<Instant>(Fail(Code::kInvalid, ""));
  if (!instant) return Wrong(name, "a date such as 2022-03-02");
  return *instant;
}

}  // namespace crossguard::coordination
