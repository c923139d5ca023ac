#include "register/media_rows.h"

namespace crossguard {

Result<std::vector<PendingMedia>> PendingMediaAfter(Database& db, Key<Media> after, int64_t limit) {
  std::vector<PendingMedia> out;
  TRY(db.Each(
      "SELECT m.media_key, m.sha256, m.size_bytes, coalesce((SELECT min(depth) FROM media_copy c WHERE "
      "c.media_key=m.media_key),0) "
      "FROM media m WHERE m.state='pending' AND m.media_key>?1 ORDER BY m.media_key LIMIT ?2",
      [&](const SqlRow& row) -> Status {
        const auto sha256 = row.Digest<Sha256>(1);
        if (!sha256)
          return Fail(Code::kCorrupt,
                      "A media row holds a digest of a wrong length; restore the register from a backup.");
        out.push_back(
            {row.KeyOf<Media>(0), *sha256, static_cast<uint64_t>(row.Int(2)), static_cast<uint32_t>(row.Int(3))});
        return {};
      },
      after.value, limit));
  return out;
}

Result<PendingTotals> CountPendingMedia(Database& db) {
  PendingTotals out;
  TRY(db.Each("SELECT count(*), coalesce(sum(size_bytes),0) FROM media WHERE state='pending'",
              [&](const SqlRow& row) -> Status {
                out = {row.Int(0), static_cast<uint64_t>(row.Int(1))};
                return {};
              }));
  return out;
}

Status AddMediaFrame(Transaction& transaction, Key<Media> key, const MediaFrame& frame) {
  return transaction.db().Run(
      "INSERT INTO media_frame (media_key, number, at_millis, quality, pdq) SELECT ?1,?2,?3,?4,?5 "
      "WHERE EXISTS (SELECT 1 FROM media WHERE media_key=?1 AND state='pending')",
      key, frame.number, frame.at_millis, frame.quality, frame.pdq);
}

Status StoreMediaFacts(Transaction& transaction, Key<Media> key, const MediaFacts& facts, Instant at) {
  return transaction.db().Run(
      "UPDATE media SET state=?2, reason=?3, kind=?4, width=?5, height=?6, frames=?7, pdq=?8, pdq_quality=?9, "
      "exif=?10, members=?11, examined_at=?12, facts=?13, pdq_full=?14, pdq_full_quality=?15 "
      "WHERE media_key=?1 AND state='pending'",
      key, Text(facts.state), facts.reason, facts.kind, facts.width, facts.height, facts.frames, facts.pdq,
      facts.pdq_quality, facts.exif_json, facts.members_json, at, facts.facts_json, facts.pdq_full,
      facts.pdq_full_quality);
}

Result<std::vector<Key<ExhibitItem>>> ItemsOf(Database& db, Key<Media> media) {
  std::vector<Key<ExhibitItem>> out;
  TRY(db.Each(
      "SELECT DISTINCT item_key FROM media_copy WHERE media_key=?1",
      [&](const SqlRow& row) -> Status {
        out.push_back(row.KeyOf<ExhibitItem>(0));
        return {};
      },
      media));
  return out;
}

Result<uint64_t> UnpackedBytesOf(Database& db, Key<ExhibitItem> item) {
  const auto sum =
      TRY(db.Number("SELECT coalesce(sum(m.size_bytes),0) FROM media_copy c JOIN media m USING (media_key) WHERE "
                    "c.item_key=?1 AND c.depth>0",
                    item));
  return static_cast<uint64_t>(sum.value_or(0));
}

Result<EnsuredMedia> EnsureMedia(Transaction& transaction, const Id<Media>& id, const NewMedia& media) {
  Database& db = transaction.db();
  TRY(db.Run(
      "INSERT INTO media (id, sha256, md5, sha1, size_bytes) VALUES (?1,?2,?3,?4,?5) ON CONFLICT (sha256) DO NOTHING",
      id, media.sha256, media.md5, media.sha1, media.size_bytes));
  const bool is_new = db.changes() > 0;
  const auto key = TRY(db.Number("SELECT media_key FROM media WHERE sha256=?1", media.sha256));
  CHECK(key.has_value());
  return EnsuredMedia{.key = {*key}, .is_new = is_new};
}

Status AddMemberCopies(Transaction& transaction, Key<Media> archive, Key<Media> member, std::string_view member_path) {
  return transaction.db().Run(
      "INSERT INTO media_copy (media_key, item_key, parent_media_key, member_path, depth) "
      "SELECT ?2, item_key, ?1, ?3, min(depth)+1 FROM media_copy WHERE media_key=?1 GROUP BY item_key ON CONFLICT DO "
      "NOTHING",
      archive, member, member_path);
}

}  // namespace crossguard
