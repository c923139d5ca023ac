// Private to coordination: strict reading of JSON that another node wrote. Unknown, missing or wrong: one sentence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/time_text.h"

namespace crossguard::coordination {

constexpr size_t kAuthorityIdMaxBytes = 64;
constexpr size_t kContactMaxBytes = 200;

// Lower-case letters, digits and '-', at most kAuthorityIdMaxBytes.
bool IsAuthorityId(std::string_view text);
// "<prefix>-" and 16 characters a-z2-7.
bool IsPublicId(std::string_view text, std::string_view prefix);
// Not blank, one line, UTF-8, no control characters, at most that long.
bool IsLine(std::string_view text, size_t bytes_max);

class Fields {
 public:
  // An object of this format ("crossguard-task/1") with exactly these fields beside "format": else kInvalid, or
  // kUnsupported for another version. format "": a part of such an object, without one. what: "A task message".
  static Result<Fields> Of(const nlohmann::json& json, std::string what, std::string_view format,
                           const std::vector<std::string_view>& names);

  Result<std::string> Text(std::string_view name, size_t bytes_max) const;  // one line
  Result<std::string> TextOrEmpty(std::string_view name, size_t bytes_max) const;
  Result<std::string> Word(std::string_view name, const std::vector<std::string_view>& words) const;
  Result<std::string> Authority(std::string_view name) const;
  Result<std::string> AuthorityOrEmpty(std::string_view name) const;
  Result<std::string> Id(std::string_view name, const std::vector<std::string_view>& prefixes) const;
  Result<Instant> Time(std::string_view name) const;  // RFC 3339 with zone
  Result<Instant> Day(std::string_view name) const;   // "2022-03-02": its beginning, UTC
  const nlohmann::json& Raw(std::string_view name) const { return json_[std::string(name)]; }
  std::unexpected<Error> Wrong(std::string_view name, std::string_view must) const;

 private:
  Fields(const nlohmann::json& json, std::string what) : json_(json), what_(std::move(what)) {}
  const nlohmann::json& json_;
  std::string what_;
};

}  // namespace crossguard::coordination
