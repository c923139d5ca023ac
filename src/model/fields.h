// Reading a stranger's JSON object: exactly these fields, each of its type and within its bounds, or one sentence that
// says which is wrong. The values themselves are never quoted. Every body of a message, receipt, envelope and document
// of another node is read through this.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/json.h"
#include "base/time_text.h"
#include "model/words.h"

namespace crossguard {

constexpr int kBodyVersion = 1;  // what Fields::OfVersion takes, and what writers of such bodies say

// Bounded in size and depth, one document, and canonical (model/canonical.h): a second spelling is no spelling.
// kExhausted over a bound, kInvalid otherwise. `what` names it in the sentence: "The receipt".
Result<nlohmann::json> ReadCanonical(std::string_view text, size_t size_max_bytes, std::string_view what);

class Fields {
 public:
  static constexpr size_t kLineMaxBytes = 512;
  static constexpr size_t kTextMaxBytes = size_t{16} * 1024;

  // kInvalid unless `object` is an object with exactly these names. Keeps a reference.
  static Result<Fields> Of(const nlohmann::json& object, std::string_view what,
                           std::initializer_list<std::string_view> names);
  // The same beside "version": kBodyVersion. kUnsupported for another version, before any other field is looked at.
  static Result<Fields> OfVersion(const nlohmann::json& object, std::string_view what,
                                  std::initializer_list<std::string_view> names);
  // The same beside "format": `format`, such as "crossguard-task/1". kUnsupported for "crossguard-task/2".
  static Result<Fields> OfFormat(const nlohmann::json& object, std::string_view what, std::string_view format,
                                 std::initializer_list<std::string_view> names);

  // One line of UTF-8, not blank, without control characters; nothing where that is allowed.
  Result<std::string> Line(std::string_view name, size_t size_max_bytes = kLineMaxBytes) const;
  Result<std::string> LineOrEmpty(std::string_view name, size_t size_max_bytes = kLineMaxBytes) const;
  // Several lines.
  Result<std::string> Text(std::string_view name, size_t size_max_bytes = kTextMaxBytes) const;
  Result<int64_t> Count(std::string_view name) const;  // 0 and up
  Result<bool> Flag(std::string_view name) const;
  Result<Instant> Time(std::string_view name) const;  // UTC, as ToText writes it
  Result<std::optional<Instant>> TimeOrNull(std::string_view name) const;
  Result<Instant> Day(std::string_view name) const;  // "2022-03-02": its beginning, UTC
  Result<Sha256> Digest(std::string_view name) const;
  Result<std::string> Id(std::string_view name, std::initializer_list<std::string_view> prefixes) const;  // IsPublicId
  Result<std::vector<std::string>> Ids(std::string_view name, std::string_view prefix, size_t count_max) const;
  Result<std::string> MessageId(std::string_view name) const;
  Result<std::string> MessageIdOrEmpty(std::string_view name) const;
  Result<std::string> Authority(std::string_view name) const;
  Result<std::string> AuthorityOrEmpty(std::string_view name) const;
  Result<const nlohmann::json*> List(std::string_view name, size_t count_max) const;
  // A word of a closed vocabulary (model/words.h). kUnsupported if it is none: a later version may know it.
  template <class E>
  Result<E> Word(std::string_view name) const {
    const std::string text = TRY(Line(name));
    const auto value = FromText<E>(text);
    if (!value)
      return Fail(Code::kUnsupported, what_ + " has a word in '" + std::string(name) +
                                          "' that this version does not know; bring this node up, or leave it out.");
    return *value;
  }
  Result<std::string> OneOf(std::string_view name, const std::vector<std::string_view>& words) const;
  const nlohmann::json& at(std::string_view name) const { return object_.at(std::string(name)); }
  std::unexpected<Error> Wrong(std::string_view name, std::string_view needed) const;

 private:
  Fields(const nlohmann::json& object, std::string_view what) : object_(object), what_(what) {}
  const nlohmann::json& object_;
  std::string what_;
};

bool IsLine(std::string_view text, size_t size_max_bytes);        // as Fields::Line takes it
bool IsPublicId(std::string_view text, std::string_view prefix);  // "<prefix>-" and 16 of a-z2-7 (model/ids.h)
bool IsMessageId(std::string_view text);                          // "msg-..."
bool IsAuthorityId(std::string_view text);                        // as config/authorities.toml has it: 1..64 of
                                                                  // a-z, 0-9 and '-', not first
}  // namespace crossguard
