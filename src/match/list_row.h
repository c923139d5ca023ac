// One row of a list, as text and as facts. What both readers (CSV, VICS) hand over, and the one place that judges it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "match/list_import.h"
#include "register/match_rows.h"

namespace crossguard::match {

struct RawRow {
  std::string place;  // "line 7", "record 3"
  std::string member, entry_id, md5, sha1, sha256, pdq, size_bytes, code, votes_for, votes_against, grade, series,
      withdrawn_at;
  std::vector<std::pair<std::string, std::string>> facts;  // other fields, as the list names them
  std::string problem;                                     // not empty: the reader could not read it whole, and why
};

// What the file says of itself; the JSON form may say it after its rows.
struct ListHeader {
  std::optional<std::string> name, version, owner, kind, scheme, scheme_country, scheme_version, environment,
      pdq_definition;
  std::string newest_update;  // the latest DateUpdated of its rows, a version where the list states none
};

using OnRawRow = std::function<Status(RawRow&&)>;

struct Ignored {};  // nothing to match by
struct Refused {
  std::string reason;  // goes to quarantine; names fields, never values
};
using JudgedRow = std::variant<match_rows::EntryRow, Ignored, Refused>;

JudgedRow Judge(RawRow&& row);

}  // namespace crossguard::match
