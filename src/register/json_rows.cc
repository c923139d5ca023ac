#include "register/json_rows.h"

#include "base/json.h"

namespace crossguard {
namespace {

using nlohmann::json;

json ValueOf(const SqlRow& row, int column, std::string_view name) {
  if (row.IsNull(column)) return nullptr;
  if (name == "at" || name.ends_with("_at")) return ToText(row.Time(column));
  if (name.starts_with("is_")) return row.Bool(column);
  if (name.ends_with("_json")) {
    json parsed = ParseJson(row.TextView(column));
    return parsed.is_discarded() ? json(row.Text(column)) : parsed;
  }
  if (row.IsBlob(column)) return ToHex(row.Blob(column));
  if (row.IsNumber(column)) return row.Int(column);
  return row.Text(column);
}

}  // namespace

Result<json> JsonRowsOf(Database& database, std::string_view sql, std::span<const SqlValue> values) {
  json rows = json::array();
  TRY(database.Query(sql, values, [&](const SqlRow& row) -> Status {
    json object = json::object();
    for (int i = 0; i < row.column_count(); ++i) {
      const std::string_view name = row.ColumnName(i);
      std::string key(name);
      if (name.ends_with("_json")) key.resize(key.size() - 5);
      object[key] = ValueOf(row, i, name);
    }
    rows.push_back(std::move(object));
    return {};
  }));
  return rows;
}

}  // namespace crossguard
