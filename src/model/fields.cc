#include "model/fields.h"

#include <algorithm>

#include "base/json.h"
#include "model/canonical.h"
#include "model/json_stream.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr size_t kJsonDepthMax = 16;

// Only the depth is asked of the stream: what is nested deeper would be walked by recursion later.
class Ignore final : public JsonHandler {
 public:
  Status StartObject() override { return {}; }
  Status EndObject() override { return {}; }
  Status StartArray() override { return {}; }
  Status EndArray() override { return {}; }
  Status Key(std::string_view) override { return {}; }
  Status Text(std::string_view, bool) override { return {}; }
  Status Number(std::string_view) override { return {}; }
  Status Bool(bool) override { return {}; }
  Status Null() override { return {}; }
};

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}
bool IsText(std::string_view text) {
  return IsUtf8(text) && std::ranges::none_of(text, [](char c) { return IsControl(c) && c != '\n' && c != '\t'; });
}

// The marker is "version" or "format", already looked at; "" for an object without one.
Status CheckNames(const json& object, std::string_view what, std::string_view marker,
                  std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (!object.contains(name))
      return Fail(Code::kInvalid, std::string(what) + " has no field '" + std::string(name) + "'.");
  }
  if (object.size() != names.size() + (marker.empty() ? 0 : 1))
    return Fail(Code::kInvalid,
                std::string(what) + " has a field that this version does not know; it must not be passed over.");
  return {};
}

Status CheckObject(const json& object, std::string_view what) {
  if (!object.is_object()) return Fail(Code::kInvalid, std::string(what) + " is not an object.");
  return {};
}

}  // namespace

Result<json> ReadCanonical(std::string_view text, size_t size_max_bytes, std::string_view what) {
  if (text.size() > size_max_bytes)
    return Fail(Code::kExhausted,
                std::string(what) + " is larger than " + std::to_string(size_max_bytes) + " bytes; send less.");
  Ignore ignore;
  if (const Status read =
          ReadJson(AsBytes(text), {.depth_max = kJsonDepthMax, .token_max_bytes = size_max_bytes + 1}, ignore);
      !read)
    return Fail(read.error().code,
                std::string(what) + " is not JSON of at most " + std::to_string(kJsonDepthMax) + " levels.");
  json out = ParseJson(text);
  if (out.is_discarded() || Canonical(out) != text)
    return Fail(Code::kInvalid, std::string(what) + " is not canonical JSON: sorted keys, each once, and no spaces.");
  return out;
}

Result<Fields> Fields::Of(const json& object, std::string_view what, std::initializer_list<std::string_view> names) {
  TRY(CheckObject(object, what));
  TRY(CheckNames(object, what, "", names));
  return Fields(object, what);
}

Result<Fields> Fields::OfVersion(const json& object, std::string_view what,
                                 std::initializer_list<std::string_view> names) {
  TRY(CheckObject(object, what));
  const Fields fields(object, what);
  if (!object.contains("version") || !object["version"].is_number_integer())
    return fields.Wrong("version", "the number of its version");
  if (object["version"] != kBodyVersion)
    return Fail(Code::kUnsupported, std::string(what) + " has a version that this node does not know; send version 1.");
  TRY(CheckNames(object, what, "version", names));
  return fields;
}

Result<Fields> Fields::OfFormat(const json& object, std::string_view what, std::string_view format,
                                std::initializer_list<std::string_view> names) {
  TRY(CheckObject(object, what));
  const Fields fields(object, what);
  const std::string said =
      object.contains("format") && object["format"].is_string() ? object["format"].get<std::string>() : "";
  if (said != format) {
    if (said.starts_with(format.substr(0, format.rfind('/') + 1)))
      return Fail(Code::kUnsupported,
                  std::string(what) + " is of another version; this node reads " + std::string(format) + ".");
    return fields.Wrong("format", "'" + std::string(format) + "'");
  }
  TRY(CheckNames(object, what, "format", names));
  return fields;
}

std::unexpected<Error> Fields::Wrong(std::string_view name, std::string_view needed) const {
  return Fail(Code::kInvalid, what_ + " needs " + std::string(needed) + " in '" + std::string(name) + "'.");
}

Result<std::string> Fields::Line(std::string_view name, size_t size_max_bytes) const {
  std::string out = TRY(LineOrEmpty(name, size_max_bytes));
  if (out.empty()) return Wrong(name, "a text");
  return out;
}

Result<std::string> Fields::LineOrEmpty(std::string_view name, size_t size_max_bytes) const {
  const json& value = at(name);
  if (value == "") return std::string();
  if (!value.is_string() || !IsLine(value.get_ref<const std::string&>(), size_max_bytes))
    return Wrong(name, "one line of at most " + std::to_string(size_max_bytes) + " bytes");
  return value.get<std::string>();
}

Result<std::string> Fields::Text(std::string_view name, size_t size_max_bytes) const {
  const json& value = at(name);
  if (!value.is_string() || value.get_ref<const std::string&>().size() > size_max_bytes ||
      !IsText(value.get_ref<const std::string&>()))
    return Wrong(name, "a text of at most " + std::to_string(size_max_bytes) + " bytes");
  return value.get<std::string>();
}

Result<int64_t> Fields::Count(std::string_view name) const {
  const json& value = at(name);
  if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX) ||
      value.get<int64_t>() < 0)
    return Wrong(name, "a count");
  return value.get<int64_t>();
}

Result<bool> Fields::Flag(std::string_view name) const {
  if (!at(name).is_boolean()) return Wrong(name, "true or false");
  return at(name).get<bool>();
}

Result<Instant> Fields::Time(std::string_view name) const {
  const std::string text = TRY(Line(name, 64));
  const auto at = ParseInstant(text);
  if (!at || ToText(*at) != text) return Wrong(name, "a time in UTC as RFC 3339 writes it");
  return *at;
}

Result<std::optional<Instant>> Fields::TimeOrNull(std::string_view name) const {
  if (at(name).is_null()) return std::optional<Instant>();
  return std::optional(TRY(Time(name)));
}

Result<Instant> Fields::Day(std::string_view name) const {
  const std::string text = TRY(Line(name, 64));
  const auto at = ParseInstant(text + "T00:00:00Z");
  if (!at || DateText(*at) != text) return Wrong(name, "a date such as 2022-03-02");
  return *at;
}

Result<Sha256> Fields::Digest(std::string_view name) const {
  const std::string text = TRY(Line(name, 64));
  const auto digest = Sha256::FromHexText(text);
  if (!digest || digest->hex() != text) return Wrong(name, "a SHA-256 in lower-case hex");
  return *digest;
}

Result<std::string> Fields::Id(std::string_view name, std::initializer_list<std::string_view> prefixes) const {
  std::string text = TRY(Line(name, 64));
  std::string list;
  for (const std::string_view prefix : prefixes) {
    if (IsPublicId(text, prefix)) return text;
    list += (list.empty() ? "" : " or ") + std::string(prefix) + "-...";
  }
  return Wrong(name, "an id " + list);
}

Result<std::vector<std::string>> Fields::Ids(std::string_view name, std::string_view prefix, size_t count_max) const {
  std::vector<std::string> out;
  for (const json& one : *TRY(List(name, count_max))) {
    if (!one.is_string() || !IsPublicId(one.get_ref<const std::string&>(), prefix))
      return Wrong(name, "a list of ids " + std::string(prefix) + "-...");
    out.push_back(one.get<std::string>());
  }
  return out;
}

Result<std::string> Fields::MessageId(std::string_view name) const {
  std::string out = TRY(Line(name, 64));
  if (!IsMessageId(out)) return Wrong(name, "the id of a message");
  return out;
}

Result<std::string> Fields::MessageIdOrEmpty(std::string_view name) const {
  std::string out = TRY(LineOrEmpty(name, 64));
  if (!out.empty() && !IsMessageId(out)) return Wrong(name, "the id of a message, or nothing");
  return out;
}

Result<std::string> Fields::Authority(std::string_view name) const {
  std::string out = TRY(Line(name, 64));
  if (!IsAuthorityId(out)) return Wrong(name, "the id of an authority");
  return out;
}

Result<std::string> Fields::AuthorityOrEmpty(std::string_view name) const {
  std::string out = TRY(LineOrEmpty(name, 64));
  if (!out.empty() && !IsAuthorityId(out)) return Wrong(name, "the id of an authority, or nothing");
  return out;
}

Result<const json*> Fields::List(std::string_view name, size_t count_max) const {
  const json& value = at(name);
  if (!value.is_array()) return Wrong(name, "a list");
  if (value.size() > count_max)
    return Fail(Code::kExhausted, what_ + " holds more than " + std::to_string(count_max) + " in '" +
                                      std::string(name) + "'; send several.");
  return &value;
}

Result<std::string> Fields::OneOf(std::string_view name, const std::vector<std::string_view>& words) const {
  std::string text = TRY(Line(name));
  if (std::ranges::find(words, text) != words.end()) return text;
  std::string list;
  for (const std::string_view word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  return Wrong(name, "one of " + list);
}

bool IsLine(std::string_view text, size_t size_max_bytes) {
  return text.size() <= size_max_bytes && IsUtf8(text) && std::ranges::none_of(text, IsControl) &&
         !std::ranges::all_of(text, [](char c) { return c == ' '; });
}

bool IsPublicId(std::string_view text, std::string_view prefix) {
  constexpr size_t kIdCharacters = 16;
  return text.size() == prefix.size() + 1 + kIdCharacters && text.starts_with(prefix) && text[prefix.size()] == '-' &&
         std::ranges::all_of(text.substr(prefix.size() + 1),
                             [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

bool IsMessageId(std::string_view text) {
  return IsPublicId(text, "msg");
}

bool IsAuthorityId(std::string_view text) {
  constexpr size_t kAuthorityIdMaxBytes = 64;
  return !text.empty() && text.size() <= kAuthorityIdMaxBytes && text.front() != '-' &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

}  // namespace crossguard
