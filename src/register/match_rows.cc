#include "register/match_rows.h"

namespace crossguard::match_rows {
namespace {

constexpr std::string_view kListColumns =
    "list_key,id,name,version,owner,kind,scheme,scheme_country,scheme_version,environment,source_sha256,source_name,"
    "imported_at,state,row_count,"
    "taken_count,ignored_count,quarantined_count,pdq_definition";

Result<ListRow> ReadList(const SqlRow& row) {
  ListRow list;
  list.key = row.KeyOf<HashList>(0);
  list.id = row.IdOf<HashList>(1);
  list.name = row.Text(2);
  list.version = row.Text(3);
  list.owner = row.Text(4);
  list.kind = row.Text(5);
  list.scheme = row.Text(6);
  list.scheme_country = row.Text(7);
  list.scheme_version = row.Text(8);
  list.environment = row.Text(9);
  const auto source = row.Digest<Sha256>(10);
  if (!source)
    return Fail(Code::kCorrupt,
                "The list " + list.id.text() + " has no digest of its source in the register; restore a backup.");
  list.source_sha256 = *source;
  list.source_name = row.Text(11);
  list.imported_at = row.Time(12);
  list.state = row.Text(13);
  list.row_count = row.Int(14);
  list.taken_count = row.Int(15);
  list.ignored_count = row.Int(16);
  list.quarantined_count = row.Int(17);
  list.pdq_definition = row.Text(18);
  return list;
}

template <class... Values>
Result<std::vector<ListRow>> ReadLists(Database& db, std::string_view where, const Values&... values) {
  std::vector<ListRow> lists;
  const auto take = [&](const SqlRow& row) -> Status {
    lists.push_back(TRY(ReadList(row)));
    return {};
  };
  TRY(db.Each("SELECT " + std::string(kListColumns) + " FROM hash_list " + std::string(where), take, values...));
  return lists;
}

}  // namespace

Result<std::optional<ListRow>> FindListBySource(Database& db, const Sha256& source_sha256) {
  auto lists = TRY(ReadLists(db, "WHERE source_sha256=?1", source_sha256));
  if (lists.empty()) return std::nullopt;
  return std::move(lists.front());
}

Result<std::vector<ListRow>> ListsNamed(Database& db, std::string_view name, std::string_view owner) {
  return ReadLists(db, "WHERE name=?1 AND owner=?2 ORDER BY list_key", name, owner);
}

Result<Key<HashList>> InsertList(Database& db, const ListRow& list) {
  TRY(
      db.Run("INSERT INTO hash_list "
             "(id,name,version,owner,kind,scheme,scheme_country,scheme_version,environment,source_sha256,source_name,"
             "imported_at,state,row_count,taken_count,ignored_count,quarantined_count,pdq_definition) "
             "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)",
             list.id, list.name, list.version, list.owner, list.kind, list.scheme, list.scheme_country,
             list.scheme_version, list.environment, list.source_sha256, list.source_name, list.imported_at, list.state,
             list.row_count, list.taken_count, list.ignored_count, list.quarantined_count, list.pdq_definition));
  return Key<HashList>{db.last_insert_key()};
}

Status UpdateList(Database& db, const ListRow& list) {
  return db.Run(
      "UPDATE hash_list SET "
      "name=?2,version=?3,owner=?4,kind=?5,scheme=?6,scheme_country=?7,scheme_version=?8,environment=?9,state=?10,"
      "row_count=?11,taken_count=?12,ignored_count=?13,quarantined_count=?14,pdq_definition=?15 WHERE list_key=?1",
      list.key, list.name, list.version, list.owner, list.kind, list.scheme, list.scheme_country, list.scheme_version,
      list.environment, list.state, list.row_count, list.taken_count, list.ignored_count, list.quarantined_count,
      list.pdq_definition);
}

Status SupersedeList(Database& db, Key<HashList> list) {
  return db.Run("UPDATE hash_list SET state='superseded' WHERE list_key=?1", list);
}

Status InsertEntry(Database& db, const EntryRow& entry) {
  return db.Run(
      "INSERT INTO hash_entry "
      "(list_key,member,entry_id,code,md5,sha1,sha256,pdq,size_bytes,votes_for,votes_against,grade,series,"
      "withdrawn_at,place,facts) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)",
      entry.list, entry.member, entry.entry_id, entry.code, entry.md5, entry.sha1, entry.sha256, entry.pdq,
      entry.size_bytes, entry.votes_for, entry.votes_against, entry.grade, entry.series, entry.withdrawn_at,
      entry.place, entry.facts);
}

Status InsertListQuarantine(Database& db, Key<HashList> list, std::string_view place, std::string_view reason) {
  return db.Run("INSERT INTO list_quarantine (list_key,place,reason) VALUES (?1,?2,?3)", list, place, reason);
}

Status EachLiveEntryName(Database& db, Key<HashList> list, const std::function<Status(const EntryRow&)>& on_entry) {
  EntryRow entry;
  return db.Each(
      "SELECT entry_key,member,entry_id FROM hash_entry WHERE list_key=?1 AND withdrawn_at IS NULL",
      [&](const SqlRow& row) -> Status {
        entry.key = row.KeyOf<HashListEntry>(0);
        entry.member = row.Text(1);
        entry.entry_id = row.Text(2);
        return on_entry(entry);
      },
      list);
}

Status WithdrawEntry(Database& db, Key<HashListEntry> entry, Instant at) {
  return db.Run("UPDATE hash_entry SET withdrawn_at=?2 WHERE entry_key=?1", entry, at);
}

Status EachMedia(Database& db, const std::function<Status(const MediaRow&)>& on_media) {
  MediaRow media;
  return db.Each(
      "SELECT media_key,sha256,sha1,md5,size_bytes,pdq,pdq_quality,pdq_full,pdq_full_quality FROM media WHERE "
      "size_bytes>0",
      [&](const SqlRow& row) -> Status {
        media.key = row.KeyOf<Media>(0);
        const auto sha256 = row.Digest<Sha256>(1);
        const auto sha1 = row.Digest<Sha1>(2);
        const auto md5 = row.Digest<Md5>(3);
        if (!sha256 || !sha1 || !md5)
          return Fail(Code::kCorrupt, "A media row of the register lacks a digest; restore a backup.");
        media.sha256 = *sha256;
        media.sha1 = *sha1;
        media.md5 = *md5;
        media.size_bytes = row.Int(4);
        media.pdq = row.Digest<Pdq>(5);
        media.pdq_quality = row.Int(6);
        media.pdq_full = row.Digest<Pdq>(7);
        media.pdq_full_quality = row.Int(8);
        return on_media(media);
      });
}

Status EachMediaFrame(Database& db, int64_t quality_min,
                      const std::function<Status(Key<Media> media, const Pdq& pdq)>& on_frame) {
  return db.Each(
      "SELECT media_key,pdq FROM media_frame WHERE quality>=?1",
      [&](const SqlRow& row) -> Status {
        const auto pdq = row.Digest<Pdq>(1);
        if (!pdq) return Fail(Code::kCorrupt, "A frame of the register lacks its hash; restore a backup.");
        return on_frame(row.KeyOf<Media>(0), *pdq);
      },
      quality_min);
}

Status EachDifferingThumbnail(Database& db, int64_t quality_min,
                              const std::function<Status(Key<Media> media, const Pdq& pdq)>& on_thumbnail) {
  return db.Each(
      "SELECT media_key, facts->'thumbnail'->>'pdq' FROM media WHERE facts<>'{}' AND facts->'thumbnail'->>'differs'=1 "
      "AND facts->'thumbnail'->>'pdq_quality'>=?1",
      [&](const SqlRow& row) -> Status {
        return on_thumbnail(row.KeyOf<Media>(0), TRY(Pdq::FromHexText(row.TextView(1))));
      },
      quality_min);
}

Result<std::vector<ListRow>> CurrentLists(Database& db) {
  return ReadLists(db, "WHERE state='current' ORDER BY list_key");
}

Status EachCurrentEntry(Database& db, const std::function<Status(const EntryRow&)>& on_entry) {
  EntryRow entry;
  return db.Each(
      "SELECT "
      "e.entry_key,e.list_key,e.member,e.entry_id,e.code,e.md5,e.sha1,e.sha256,e.pdq,e.grade,e.withdrawn_at,e.place "
      "FROM hash_entry e JOIN hash_list l ON l.list_key=e.list_key WHERE l.state='current'",
      [&](const SqlRow& row) -> Status {
        entry.key = row.KeyOf<HashListEntry>(0);
        entry.list = row.KeyOf<HashList>(1);
        entry.member.assign(row.TextView(2));
        entry.entry_id.assign(row.TextView(3));
        entry.code.assign(row.TextView(4));
        entry.md5 = row.Digest<Md5>(5);
        entry.sha1 = row.Digest<Sha1>(6);
        entry.sha256 = row.Digest<Sha256>(7);
        entry.pdq = row.Digest<Pdq>(8);
        entry.grade.assign(row.TextView(9));
        entry.withdrawn_at = row.OptionalTime(10);
        entry.place.assign(row.TextView(11));
        return on_entry(entry);
      });
}

Status ClearMatches(Database& db) {
  return db.Script(
      "DELETE FROM cluster_thumbnail; DELETE FROM cluster_member; DELETE FROM cluster; DELETE FROM media_verdict; "
      "DELETE FROM hash_hit; "
      "DELETE FROM video_link;");
}

Status InsertHit(Database& db, const HitRow& hit) {
  return db.Run(
      "INSERT INTO hash_hit (id,media_key,entry_key,method,distance,state,frames_met,frames_compared) "
      "VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
      hit.id, hit.media, hit.entry, hit.method, hit.distance, hit.state, hit.frames_met, hit.frames_compared);
}

Status InsertVerdict(Database& db, Key<Media> media, std::string_view verdict, std::string_view explanation) {
  return db.Run("INSERT INTO media_verdict (media_key,verdict,explanation) VALUES (?1,?2,?3)", media, verdict,
                explanation);
}

Result<Key<VisualCluster>> InsertCluster(Database& db, const ClusterRow& cluster) {
  TRY(db.Run("INSERT INTO cluster (id,representative_key,shows,member_count) VALUES (?1,?2,?3,?4)", cluster.id,
             cluster.representative, cluster.shows, cluster.member_count));
  return Key<VisualCluster>{db.last_insert_key()};
}

Status InsertVideoLink(Database& db, Key<Media> media, Key<Media> other, int64_t frames_met, int64_t frames_compared) {
  return db.Run("INSERT INTO video_link (media_key,other_key,frames_met,frames_compared) VALUES (?1,?2,?3,?4)", media,
                other, frames_met, frames_compared);
}

Status InsertClusterMember(Database& db, Key<Media> media, Key<VisualCluster> cluster, int distance) {
  return db.Run("INSERT INTO cluster_member (media_key,cluster_key,distance) VALUES (?1,?2,?3)", media, cluster,
                distance);
}

Status InsertClusterThumbnail(Database& db, Key<Media> media, Key<VisualCluster> cluster, int distance) {
  return db.Run("INSERT INTO cluster_thumbnail (media_key,cluster_key,distance) VALUES (?1,?2,?3)", media, cluster,
                distance);
}

}  // namespace crossguard::match_rows
