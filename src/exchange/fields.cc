#include "exchange/fields.h"

#include <algorithm>

#include "base/json.h"
#include "model/canonical.h"
#include "model/json_stream.h"

namespace crossguard::exchange {
namespace {

using nlohmann::json;

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
bool IsLine(std::string_view text) {
  return std::ranges::none_of(text, IsControl);
}
bool IsText(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return IsControl(c) && c != '\n' && c != '\t'; });
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
  if (!object.is_object()) return Fail(Code::kInvalid, std::string(what) + " is not an object.");
  for (const std::string_view name : names) {
    if (!object.contains(name))
      return Fail(Code::kInvalid, std::string(what) + " has no field '" + std::string(name) + "'.");
  }
  if (object.size() != names.size())
    return Fail(Code::kInvalid,
                std::string(what) + " has a field that this version does not know; it must not be passed over.");
  return Fields(object, what);
}

std::unexpected<Error> Fields::Wrong(const char* name, std::string_view needed) const {
  return Fail(Code::kInvalid, what_ + " needs " + std::string(needed) + " in '" + name + "'.");
}

Result<std::string> Fields::Line(const char* name, size_t size_max_bytes) const {
  std::string out = TRY(LineOrEmpty(name, size_max_bytes));
  if (out.empty()) return Wrong(name, "a text");
  return out;
}

Result<std::string> Fields::LineOrEmpty(const char* name, size_t size_max_bytes) const {
  const json& value = object_[name];
  if (!value.is_string() || value.get_ref<const std::string&>().size() > size_max_bytes ||
      !IsLine(value.get_ref<const std::string&>()))
    return Wrong(name, "one line of at most " + std::to_string(size_max_bytes) + " bytes");
  return value.get<std::string>();
}

Result<std::string> Fields::Text(const char* name, size_t size_max_bytes) const {
  const json& value = object_[name];
  if (!value.is_string() || value.get_ref<const std::string&>().size() > size_max_bytes ||
      !IsText(value.get_ref<const std::string&>()))
    return Wrong(name, "a text of at most " + std::to_string(size_max_bytes) + " bytes");
  return value.get<std::string>();
}

Result<int64_t> Fields::Count(const char* name) const {
  const json& value = object_[name];
  if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX) ||
      value.get<int64_t>() < 0)
    return Wrong(name, "a count");
  return value.get<int64_t>();
}

Result<bool> Fields::Flag(const char* name) const {
  if (!object_[name].is_boolean()) return Wrong(name, "true or false");
  return object_[name].get<bool>();
}

Result<Instant> Fields::Time(const char* name) const {
  const std::string text = TRY(Line(name, 64));
  const auto at = ParseInstant(text);
  if (!at || ToText(*at) != text) return Wrong(name, "a time in UTC as RFC 3339 writes it");
  return *at;
}

Result<std::optional<Instant>> Fields::TimeOrNull(const char* name) const {
  if (object_[name].is_null()) return std::optional<Instant>();
  return std::optional(TRY(Time(name)));
}

Result<Sha256> Fields::Digest(const char* name) const {
  const std::string text = TRY(Line(name, 64));
  const auto digest = Sha256::FromHexText(text);
  if (!digest || digest->hex() != text) return Wrong(name, "a SHA-256 in lower-case hex");
  return *digest;
}

Result<std::string> Fields::MessageId(const char* name) const {
  std::string out = TRY(Line(name, 64));
  if (!IsMessageId(out)) return Wrong(name, "the id of a message");
  return out;
}

Result<std::string> Fields::MessageIdOrEmpty(const char* name) const {
  std::string out = TRY(LineOrEmpty(name, 64));
  if (!out.empty() && !IsMessageId(out)) return Wrong(name, "the id of a message, or nothing");
  return out;
}

Result<std::string> Fields::Authority(const char* name) const {
  std::string out = TRY(Line(name, 64));
  if (!IsAuthorityId(out)) return Wrong(name, "the id of an authority");
  return out;
}

Result<const json*> Fields::List(const char* name, size_t count_max) const {
  const json& value = object_[name];
  if (!value.is_array() || value.size() > count_max)
    return Wrong(name, "a list of at most " + std::to_string(count_max));
  return &value;
}

Result<std::string> Fields::OneOf(const char* name, std::initializer_list<std::string_view> words) const {
  std::string text = TRY(Line(name));
  if (std::ranges::find(words, text) == words.end()) return Wrong(name, "a word of its list");
  return text;
}

bool IsMessageId(std::string_view text) {
  return text.size() == 20 && text.starts_with("msg-") &&
         std::ranges::all_of(text.substr(4), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

bool IsAuthorityId(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() != '-' &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::optional<Code> CodeFromName(std::string_view name) {
  for (const Code code : {Code::kInvalid, Code::kNotFound, Code::kConflict, Code::kDenied, Code::kCorrupt,
                          Code::kExhausted, Code::kUnavailable, Code::kUnsupported}) {
    if (Name(code) == name) return code;
  }
  return std::nullopt;
}

}  // namespace crossguard::exchange
