// The vault's rows: where each distinct content lies. Written in the caller's transaction, after the bytes are durable.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "register/sql.h"

namespace crossguard {

struct BlobRow {
  Sha256 sha256;
  Md5 md5;
  Sha1 sha1;
  uint64_t size_bytes = 0;    // of the content
  int64_t pack = 0;           // 1, 2, ...
  uint64_t offset_bytes = 0;  // of the record in its pack
  uint64_t length_bytes = 0;  // of the whole record
  FixedBytes<60> wrapped_key;
};

// A place in a pack that holds no blob any more.
struct Extent {
  int64_t pack = 0;
  uint64_t offset_bytes = 0;
  uint64_t length_bytes = 0;
};

// Where the last known record of the last known pack ends.
struct PackEnd {
  int64_t pack = 0;  // 0: no blob at all
  uint64_t end_bytes = 0;
  auto operator<=>(const PackEnd&) const = default;
};

Result<std::optional<BlobRow>> FindBlob(Database& database, const Sha256& sha256);
// kConflict if the content or its place is already taken.
Status InsertBlob(Database& database, const BlobRow& row);
// A destroyed record counts: it was acknowledged once.
Result<PackEnd> LastPackEnd(Database& database);
// The row goes, and with it the wrapped key and the digests; its place becomes a destroyed extent.
Status DestroyBlob(Database& database, const BlobRow& row);
// Those whose bytes may still stand in a pack.
Result<std::vector<Extent>> DestroyedExtents(Database& database);
Status MarkOverwritten(Database& database, const Extent& extent);
// In the order of the packs. The callback may read, not write, the table.
Status EachBlob(Database& database, const std::function<Status(const BlobRow&)>& on_blob);

}  // namespace crossguard
