// The statements of the match stage: hash_list, hash_entry, list_quarantine (import), hash_hit, media_verdict, cluster,
// cluster_member (match).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "register/sql.h"

namespace crossguard::match_rows {

struct ListRow {
  Key<HashList> key;
  Id<HashList> id;
  std::string name, version, owner;
  std::string kind;  // known | benign
  std::string scheme, scheme_country, scheme_version, environment;
  std::string pdq_definition = "reference";  // reference | full: how its PDQ hashes were made
  Sha256 source_sha256;
  std::string source_name;
  Instant imported_at;
  std::string state;  // current | superseded
  int64_t row_count = 0, taken_count = 0, ignored_count = 0, quarantined_count = 0;
};

struct EntryRow {
  Key<HashListEntry> key;
  Key<HashList> list;
  std::string member, entry_id, code;
  std::optional<Md5> md5;
  std::optional<Sha1> sha1;
  std::optional<Sha256> sha256;
  std::optional<Pdq> pdq;
  std::optional<int64_t> size_bytes;
  int64_t votes_for = 0, votes_against = 0;
  std::string grade, series;
  std::optional<Instant> withdrawn_at;
  std::string place;
  std::string facts = "{}";
};

Result<std::optional<ListRow>> FindListBySource(Database& db, const Sha256& source_sha256);
Result<std::vector<ListRow>> ListsNamed(Database& db, std::string_view name, std::string_view owner);
Result<Key<HashList>> InsertList(Database& db, const ListRow& list);
Status UpdateList(Database& db, const ListRow& list);  // all but key, id, source and time
Status SupersedeList(Database& db, Key<HashList> list);
Status InsertEntry(Database& db, const EntryRow& entry);
Status InsertListQuarantine(Database& db, Key<HashList> list, std::string_view place, std::string_view reason);
// Entries of one list that are not withdrawn: their name only (member, entry_id, key).
Status EachLiveEntryName(Database& db, Key<HashList> list, const std::function<Status(const EntryRow&)>& on_entry);
Status WithdrawEntry(Database& db, Key<HashListEntry> entry, Instant at);

struct MediaRow {
  Key<Media> key;
  Sha256 sha256;
  Sha1 sha1;
  Md5 md5;
  int64_t size_bytes = 0;
  std::optional<Pdq> pdq;
  int64_t pdq_quality = 0;
  std::optional<Pdq> pdq_full;  // by the other definition, where it was computed
  int64_t pdq_full_quality = 0;
};

Status EachMedia(Database& db, const std::function<Status(const MediaRow&)>& on_media);  // not empty ones only
// Frames of videos with at least this quality.
Status EachMediaFrame(Database& db, int64_t quality_min,
                      const std::function<Status(Key<Media> media, const Pdq& pdq)>& on_frame);
// Stand-ins inside pictures that show something else than their picture.
Status EachDifferingThumbnail(Database& db, int64_t quality_min,
                              const std::function<Status(Key<Media> media, const Pdq& pdq)>& on_thumbnail);
Result<std::vector<ListRow>> CurrentLists(Database& db);
// Entries of the lists in force, without facts.
Status EachCurrentEntry(Database& db, const std::function<Status(const EntryRow&)>& on_entry);

struct HitRow {
  Id<HashHit> id;
  Key<Media> media;
  Key<HashListEntry> entry;
  std::string_view method;
  int distance = 0;
  std::string_view state;                       // live | withdrawn | benign_first
  int64_t frames_met = 0, frames_compared = 0;  // method vpdq
};

Status ClearMatches(Database& db);
Status InsertHit(Database& db, const HitRow& hit);
Status InsertVerdict(Database& db, Key<Media> media, std::string_view verdict, std::string_view explanation);
struct ClusterRow {
  Id<VisualCluster> id;
  Key<Media> representative;
  std::string_view shows;  // picture | video | thumbnail: what of the representative is to be looked at
  int64_t member_count = 0;
};
Result<Key<VisualCluster>> InsertCluster(Database& db, const ClusterRow& cluster);
Status InsertVideoLink(Database& db, Key<Media> media, Key<Media> other, int64_t frames_met, int64_t frames_compared);
Status InsertClusterMember(Database& db, Key<Media> media, Key<VisualCluster> cluster, int distance);
Status InsertClusterThumbnail(Database& db, Key<Media> media, Key<VisualCluster> cluster, int distance);

}  // namespace crossguard::match_rows
