// Reading a stranger's JSON object: exactly these fields, each of its type and within its bounds, or one sentence that
// says which is wrong. The values themselves are never quoted.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/json.h"
#include "base/time_text.h"
#include "model/words.h"

namespace crossguard::exchange {

constexpr size_t kJsonDepthMax = 16;
constexpr size_t kLineMaxBytes = 512;
constexpr size_t kTextMaxBytes = size_t{16} * 1024;

// Bounded in size and depth, one document, and canonical (model/canonical.h): a second spelling is no spelling.
// kExhausted over a bound, kInvalid otherwise. `what` names it in the sentence: "The receipt".
Result<nlohmann::json> ReadCanonical(std::string_view text, size_t size_max_bytes, std::string_view what);

class Fields {
 public:
  // kInvalid unless `object` is an object with exactly these names. Keeps a reference.
  static Result<Fields> Of(const nlohmann::json& object, std::string_view what,
                           std::initializer_list<std::string_view> names);

  // One line without control characters; empty only where that is allowed.
  Result<std::string> Line(const char* name, size_t size_max_bytes = kLineMaxBytes) const;
  Result<std::string> LineOrEmpty(const char* name, size_t size_max_bytes = kLineMaxBytes) const;
  // Several lines.
  Result<std::string> Text(const char* name, size_t size_max_bytes = kTextMaxBytes) const;
  Result<int64_t> Count(const char* name) const;  // 0 and up
  Result<bool> Flag(const char* name) const;
  Result<Instant> Time(const char* name) const;
  Result<std::optional<Instant>> TimeOrNull(const char* name) const;
  Result<Sha256> Digest(const char* name) const;
  Result<std::string> MessageId(const char* name) const;  // "msg-" and 16 of a-z2-7
  Result<std::string> MessageIdOrEmpty(const char* name) const;
  Result<std::string> Authority(const char* name) const;
  Result<const nlohmann::json*> List(const char* name, size_t count_max) const;
  // A word of a closed vocabulary (model/words.h). kUnsupported if it is none: a later version may know it.
  template <class E>
  Result<E> Word(const char* name) const {
    const std::string text = TRY(Line(name));
    const auto value = FromText<E>(text);
    if (!value)
      return Fail(Code::kUnsupported, what_ + " has a word in '" + name +
                                          "' that this version does not know; bring this node up, or leave it out.");
    return *value;
  }
  Result<std::string> OneOf(const char* name, std::initializer_list<std::string_view> words) const;
  const nlohmann::json& at(const char* name) const { return object_[name]; }
  std::unexpected<Error> Wrong(const char* name, std::string_view needed) const;

 private:
  Fields(const nlohmann::json& object, std::string_view what) : object_(object), what_(what) {}
  const nlohmann::json& object_;
  std::string what_;
};

bool IsMessageId(std::string_view text);
bool IsAuthorityId(std::string_view text);  // as config/authorities.toml has it: 1..64 of a-z, 0-9 and '-'
// The code of a name (base/error.h), as receipts carry it.
std::optional<Code> CodeFromName(std::string_view name);

}  // namespace crossguard::exchange
