// Private to src/register: how rows of a query become nouns.
#pragma once

#include <functional>
#include <optional>

#include "register/seal_rows.h"
#include "register/sql.h"

namespace crossguard {

// Each row by `read`, which gives a Row or a Result of one, to on_row. on_row must outlive what is returned.
template <class Row, class Read>
Database::OnRow Reading(Read read, const std::function<Status(const Row&)>& on_row) {
  return [read, &on_row](const SqlRow& row) -> Status {
    const Result<Row> one = read(row);
    return one ? on_row(*one) : std::unexpected(one.error());
  };
}
// Keeps the last row. `out` must outlive what is returned.
template <class Row>
std::function<Status(const Row&)> Into(std::optional<Row>& out) {
  return [&out](const Row& row) -> Status {
    out = row;
    return {};
  };
}

// item_key, path, size_bytes, sha256, state, reason, role of exhibit_item.
inline rows::ItemRow ItemOf(const SqlRow& row) {
  return {.key = row.KeyOf<ExhibitItem>(0),
          .path = row.Text(1),
          .size_bytes = static_cast<uint64_t>(row.Int(2)),
          .sha256 = row.Digest<Sha256>(3),
          .state = row.Text(4),
          .reason = row.Text(5),
          .role = row.Text(6)};
}

}  // namespace crossguard
