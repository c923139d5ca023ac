#include "register/blob_rows.h"

#include <algorithm>

namespace crossguard {
namespace {

Result<BlobRow> FromRow(const SqlRow& row) {
  const auto sha256 = row.Digest<Sha256>(0);
  const auto md5 = row.Digest<Md5>(1);
  const auto sha1 = row.Digest<Sha1>(2);
  const auto wrapped = row.Digest<FixedBytes<60>>(7);
  if (!sha256 || !md5 || !sha1 || !wrapped || row.Int(3) < 0 || row.Int(4) < 1 || row.Int(5) < 0 || row.Int(6) < 0) {
    return Fail(Code::kCorrupt, "A row of table blob has an impossible value; restore the register from a backup.");
  }
  return BlobRow{.sha256 = *sha256,
                 .md5 = *md5,
                 .sha1 = *sha1,
                 .size_bytes = static_cast<uint64_t>(row.Int(3)),
                 .pack = row.Int(4),
                 .offset_bytes = static_cast<uint64_t>(row.Int(5)),
                 .length_bytes = static_cast<uint64_t>(row.Int(6)),
                 .wrapped_key = *wrapped};
}

}  // namespace

Result<std::optional<BlobRow>> FindBlob(Database& database, const Sha256& sha256) {
  std::optional<BlobRow> found;
  const auto keep = [&](const SqlRow& row) -> Status {
    found = TRY(FromRow(row));
    return {};
  };
  TRY(
      database.Each("SELECT sha256,md5,sha1,size_bytes,pack,offset_bytes,length_bytes,wrapped_key FROM blob "
                    "WHERE sha256=?1",
                    keep, sha256));
  return found;
}

Status InsertBlob(Database& database, const BlobRow& row) {
  return database.Run(
      "INSERT INTO blob (sha256,md5,sha1,size_bytes,pack,offset_bytes,length_bytes,wrapped_key) "
      "VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
      row.sha256, row.md5, row.sha1, row.size_bytes, row.pack, row.offset_bytes, row.length_bytes, row.wrapped_key);
}

Result<PackEnd> LastPackEnd(Database& database) {
  PackEnd end;
  const auto later = [&](const SqlRow& row) -> Status {
    end = std::max(end, {.pack = row.Int(0), .end_bytes = static_cast<uint64_t>(row.Int(1))});
    return {};
  };
  TRY(database.Each("SELECT pack, offset_bytes+length_bytes FROM blob ORDER BY pack DESC, offset_bytes DESC LIMIT 1",
                    later));
  TRY(database.Each(
      "SELECT pack, offset_bytes+length_bytes FROM destroyed_extent ORDER BY pack DESC, offset_bytes DESC "
      "LIMIT 1",
      later));
  return end;
}

Status DestroyBlob(Database& database, const BlobRow& row) {
  TRY(database.Run("DELETE FROM blob WHERE sha256=?1", row.sha256));
  return database.Run(
      "INSERT INTO destroyed_extent (pack, offset_bytes, length_bytes, state) VALUES (?1,?2,?3,'waiting')", row.pack,
      row.offset_bytes, row.length_bytes);
}

Result<std::vector<Extent>> DestroyedExtents(Database& database) {
  std::vector<Extent> out;
  TRY(
      database.Each("SELECT pack, offset_bytes, length_bytes FROM destroyed_extent WHERE state='waiting' "
                    "ORDER BY pack, offset_bytes",
                    [&](const SqlRow& row) -> Status {
                      out.push_back({.pack = row.Int(0),
                                     .offset_bytes = static_cast<uint64_t>(row.Int(1)),
                                     .length_bytes = static_cast<uint64_t>(row.Int(2))});
                      return {};
                    }));
  return out;
}

Status MarkOverwritten(Database& database, const Extent& extent) {
  return database.Run("UPDATE destroyed_extent SET state='overwritten' WHERE pack=?1 AND offset_bytes=?2", extent.pack,
                      extent.offset_bytes);
}

Status EachBlob(Database& database, const std::function<Status(const BlobRow&)>& on_blob) {
  return database.Each(
      "SELECT sha256,md5,sha1,size_bytes,pack,offset_bytes,length_bytes,wrapped_key FROM blob "
      "ORDER BY pack, offset_bytes",
      [&](const SqlRow& row) -> Status { return on_blob(TRY(FromRow(row))); });
}

}  // namespace crossguard
