// For tests of other rooms: damage that no honest program does, so that they can show that they find it. It stands here
// because all SQL does; no part of the product includes it.
#pragma once

#include <string_view>

#include "register/sql.h"

namespace crossguard {

inline Status RewriteLeafForTest(Database& database, int64_t index, std::string_view entry, const Sha256& leaf_hash) {
  return database.Run("UPDATE ledger_leaf SET entry=?2, leaf_hash=?3 WHERE leaf_index=?1", index, AsBytes(entry),
                      leaf_hash);
}

// Leaves from that index on vanish, as if an old backup had been put back.
inline Status RemoveLeavesForTest(Database& database, int64_t from) {
  if (Status removed = database.Run("DELETE FROM ledger_private WHERE leaf_index>=?1", from); !removed) return removed;
  return database.Run("DELETE FROM ledger_leaf WHERE leaf_index>=?1", from);
}

inline Status RewritePrivateForTest(Database& database, int64_t index, std::string_view field, std::string_view value) {
  return database.Run("UPDATE ledger_private SET value=?3 WHERE leaf_index=?1 AND field=?2", index, field, value);
}

inline Status RemoveBlobsForTest(Database& database, int64_t from_pack, uint64_t from_offset_bytes) {
  return database.Run("DELETE FROM blob WHERE pack>?1 OR (pack=?1 AND offset_bytes>=?2)", from_pack, from_offset_bytes);
}

inline Status RewriteBlobForTest(Database& database, const Sha256& sha256, std::string_view column, const auto& value) {
  return database.Run("UPDATE blob SET " + std::string(column) + "=?2 WHERE sha256=?1", sha256, value);
}

}  // namespace crossguard
