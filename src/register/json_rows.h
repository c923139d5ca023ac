// Rows as JSON, for answers that are shown and not computed with. The column's name says how it reads:
//   "at" or "..._at"   microseconds -> RFC 3339        "..._json"   canonical JSON text -> its value, "_json" dropped
//   "is_..."           0 or 1 -> false or true (NULL stays null: tri-state)     bytes -> lower-case hex
#pragma once

#include <span>
#include <string_view>

#include "base/json.h"
#include "register/sql.h"

namespace crossguard {

Result<nlohmann::json> JsonRowsOf(Database& database, std::string_view sql, std::span<const SqlValue> values);

template <class... Values>
Result<nlohmann::json> JsonRows(Database& database, std::string_view sql, const Values&... values) {
  const std::array<SqlValue, sizeof...(Values)> bound{SqlValue(values)...};
  return JsonRowsOf(database, sql, bound);
}

}  // namespace crossguard
