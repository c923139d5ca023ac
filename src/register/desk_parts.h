// Private to the room: what the desk's records and lists share.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "register/json_rows.h"
#include "register/sql.h"

namespace crossguard::desk_parts {

// One sentence for what is not there and for what the viewer may not see: they must not differ by a byte.
inline std::unexpected<Error> NotFound(std::string_view noun, std::string_view id) {
  return Fail(Code::kNotFound, "No " + std::string(noun) + " is named '" + std::string(id) +
                                   "'; take an id from a list, a queue or a package.");
}

inline Result<nlohmann::json> First(Result<nlohmann::json> rows, std::string_view noun, std::string_view id) {
  const nlohmann::json all = TRY(std::move(rows));
  if (all.empty()) return NotFound(noun, id);
  return all.front();
}

inline Result<int64_t> KeyFor(Database& database, std::string_view noun, std::string_view id, const std::string& sql) {
  const auto key = TRY(database.Number(sql, id));
  if (!key) return NotFound(noun, id);
  return *key;
}

// The first row, or null.
inline Result<nlohmann::json> OneOrNull(Result<nlohmann::json> rows) {
  const nlohmann::json all = TRY(std::move(rows));
  return all.empty() ? nlohmann::json() : all.front();
}

}  // namespace crossguard::desk_parts
