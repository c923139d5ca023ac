#include "match/match.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <vector>

#include "base/json.h"
#include "crypto/public_id.h"
#include "match/hamming_index.h"
#include "match/looks.h"
#include "match/schemes.h"
#include "match/video_match.h"
#include "model/canonical.h"
#include "model/words.h"
#include "register/match_rows.h"

namespace crossguard::match {
namespace {

namespace rows = match_rows;

constexpr std::string_view kFullDefinition = "full";

// Where a digest occurs among our files: sorted, found by its first two bytes and a short search. Several files may
// share an MD5.
template <class Fixed>
class DigestIndex {
 public:
  void Add(const Fixed& digest, uint32_t media) { places_.push_back({digest, media}); }
  void Build() {
    std::sort(places_.begin(), places_.end());
    starts_.assign(65'537, 0);
    for (const auto& [digest, media] : places_) ++starts_[Prefix(digest) + 1];
    for (size_t i = 0; i < 65'536; ++i) starts_[i + 1] += starts_[i];
  }
  template <class OnMedia>
  void Each(const Fixed& digest, const OnMedia& on_media) const {
    const auto begin = places_.begin() + starts_[Prefix(digest)];
    const auto end = places_.begin() + starts_[Prefix(digest) + 1];
    for (auto at = std::lower_bound(begin, end, Place{digest, 0}); at != end && at->first == digest; ++at)
      on_media(at->second);
  }

 private:
  using Place = std::pair<Fixed, uint32_t>;
  static size_t Prefix(const Fixed& digest) { return static_cast<size_t>(digest.bytes[0]) << 8 | digest.bytes[1]; }
  std::vector<Place> places_;
  std::vector<uint32_t> starts_;
};

struct Found {
  uint32_t media = 0;  // position in Files::media
  uint32_t entry = 0;  // position in Hits::entries
  MatchMethod method = MatchMethod::kPdq;
  int distance = 0;
  uint32_t frames_met = 0;        // kVpdq
  bool digests_disagree = false;  // one digest met and another, stated too, did not
};

// An entry that met something.
struct MetEntry {
  Key<HashListEntry> key;
  uint32_t list = 0;  // position in lists
  std::string entry_id, member, code, grade, place;
  bool withdrawn = false;
  Meaning meaning = Meaning::kUnclassified;
};

// The pictures by their hash of one definition.
struct Hashed {
  std::vector<uint32_t> media;                  // of quality enough, sorted by hash
  std::vector<Pdq> hashes;                      // distinct, in the same order
  std::vector<std::pair<size_t, size_t>> same;  // for each distinct hash its range in media

  // hash_of: nullptr for what has none of quality enough.
  template <class HashOf>
  void Build(size_t count, const HashOf& hash_of) {
    for (uint32_t i = 0; i < count; ++i) {
      if (hash_of(i) != nullptr) media.push_back(i);
    }
    std::stable_sort(media.begin(), media.end(), [&](uint32_t a, uint32_t b) { return *hash_of(a) < *hash_of(b); });
    for (size_t i = 0; i < media.size(); ++i) {
      const Pdq& hash = *hash_of(media[i]);
      if (hashes.empty() || hashes.back() != hash) {
        hashes.push_back(hash);
        same.emplace_back(i, i);
      }
      same.back().second = i + 1;
    }
  }
};

struct Files {
  std::vector<rows::MediaRow> media;
  DigestIndex<Sha256> by_sha256;
  DigestIndex<Sha1> by_sha1;
  DigestIndex<Md5> by_md5;
  Hashed reference;
  Hashed full;  // for lists of that definition; a picture of which only the other hash is known is met by that one
  std::vector<Frame> frames;      // of videos and animated pictures, of quality enough
  std::set<uint32_t> moving;      // what those are of
  std::vector<Frame> thumbnails;  // that show something else than their picture, of quality enough
};

const Pdq* ReferenceHash(const rows::MediaRow& media) {
  return media.pdq && media.pdq_quality >= kPdqQualityMin ? &*media.pdq : nullptr;
}
const Pdq* FullHash(const rows::MediaRow& media) {
  if (!media.pdq_full) return ReferenceHash(media);
  return media.pdq_full_quality >= kPdqQualityMin ? &*media.pdq_full : nullptr;
}

Result<Files> LoadFiles(Database& db, bool full_wanted) {
  Files files;
  TRY(rows::EachMedia(db, [&](const rows::MediaRow& media) -> Status {
    files.media.push_back(media);
    return {};
  }));
  // From here on nothing depends on the order of the register's rows.
  std::sort(files.media.begin(), files.media.end(), [](const auto& a, const auto& b) { return a.sha256 < b.sha256; });
  for (uint32_t i = 0; i < files.media.size(); ++i) {
    const rows::MediaRow& media = files.media[i];
    files.by_sha256.Add(media.sha256, i);
    files.by_sha1.Add(media.sha1, i);
    files.by_md5.Add(media.md5, i);
  }
  std::map<Key<Media>, uint32_t> place_of;
  for (uint32_t i = 0; i < files.media.size(); ++i) place_of[files.media[i].key] = i;
  TRY(rows::EachMediaFrame(db, kPdqQualityMin, [&](Key<Media> key, const Pdq& pdq) -> Status {
    if (const auto at = place_of.find(key); at != place_of.end()) {
      files.frames.push_back({.media = at->second, .pdq = pdq});
      files.moving.insert(at->second);
    }
    return {};
  }));
  TRY(rows::EachDifferingThumbnail(db, kPdqQualityMin, [&](Key<Media> key, const Pdq& pdq) -> Status {
    if (const auto at = place_of.find(key); at != place_of.end())
      files.thumbnails.push_back({.media = at->second, .pdq = pdq});
    return {};
  }));
  files.by_sha256.Build();
  files.by_sha1.Build();
  files.by_md5.Build();
  files.reference.Build(files.media.size(), [&](uint32_t i) { return ReferenceHash(files.media[i]); });
  if (full_wanted) files.full.Build(files.media.size(), [&](uint32_t i) { return FullHash(files.media[i]); });
  return files;
}

// All pairs of a file and an entry that meet, each once with its strongest method, by file and then by list and place.
class HitFinder {
 public:
  HitFinder(const Files& files, const FrameIndex& frames, const std::vector<rows::ListRow>& lists)
      : files_(files), frames_(frames), reference_(files.reference.hashes), full_(files.full.hashes) {
    for (uint32_t i = 0; i < lists.size(); ++i) {
      list_at_[lists[i].key] = i;
      of_full_.push_back(lists[i].pdq_definition == kFullDefinition);
      benign_.push_back(lists[i].kind == Text(ListKind::kBenign));
      schemes_.push_back(lists[i].scheme);
    }
  }

  void Meet(const rows::EntryRow& entry) {
    const uint32_t list = list_at_.at(entry.list);
    pairs_.clear();
    // Strongest first: a pair that is there already stays.
    if (entry.sha256)
      files_.by_sha256.Each(*entry.sha256, [&](uint32_t media) { Pair(media, MatchMethod::kSha256, 0); });
    if (entry.sha1) files_.by_sha1.Each(*entry.sha1, [&](uint32_t media) { Pair(media, MatchMethod::kSha1, 0); });
    if (entry.md5) files_.by_md5.Each(*entry.md5, [&](uint32_t media) { Pair(media, MatchMethod::kMd5, 0); });
    // A picture near a harmless one is not harmless: benign lists speak by exact digest alone.
    if (entry.pdq && !benign_[list]) {
      const size_t exact = pairs_.size();
      const Hashed& ours = of_full_[list] ? files_.full : files_.reference;
      (of_full_[list] ? full_ : reference_).Search(*entry.pdq, [&](uint32_t number, int distance) {
        for (size_t i = ours.same[number].first; i < ours.same[number].second; ++i) {
          const uint32_t media = ours.media[i];
          const auto same = [&](const Found& found) { return found.media == media; };
          if (std::none_of(pairs_.begin(), pairs_.begin() + static_cast<std::ptrdiff_t>(exact), same)) {
            pairs_.push_back({.media = media, .method = MatchMethod::kPdq, .distance = distance});
          }
        }
        return true;
      });
      for (const FrameMeeting& meeting : frames_.Meet(*entry.pdq)) {
        Pair(meeting.media, MatchMethod::kVpdq, meeting.distance, meeting.frames_met);
      }
    }
    if (pairs_.empty()) return;
    const auto number = static_cast<uint32_t>(entries.size());
    for (Found& found : pairs_) {
      const rows::MediaRow& media = files_.media[found.media];
      found.entry = number;
      const bool by_digest = found.method != MatchMethod::kPdq && found.method != MatchMethod::kVpdq;
      found.digests_disagree =
          by_digest && ((entry.sha256 && *entry.sha256 != media.sha256) || (entry.sha1 && *entry.sha1 != media.sha1) ||
                        (entry.md5 && *entry.md5 != media.md5));
      hits.push_back(found);
    }
    entries.push_back({.key = entry.key,
                       .list = list,
                       .entry_id = entry.entry_id,
                       .member = entry.member,
                       .code = entry.code,
                       .grade = entry.grade,
                       .place = entry.place,
                       .withdrawn = entry.withdrawn_at.has_value(),
                       .meaning = benign_[list] ? Meaning::kNonPertinent : MeaningOf(schemes_[list], entry.code)});
  }

  bool benign(const Found& hit) const { return benign_[entries[hit.entry].list]; }

  std::vector<Found> hits;
  std::vector<MetEntry> entries;

 private:
  void Pair(uint32_t media, MatchMethod method, int distance, uint32_t frames_met = 0) {
    const auto same = [&](const Found& found) { return found.media == media; };
    if (std::none_of(pairs_.begin(), pairs_.end(), same))
      pairs_.push_back({.media = media, .method = method, .distance = distance, .frames_met = frames_met});
  }

  const Files& files_;
  const FrameIndex& frames_;
  HammingIndex reference_;
  HammingIndex full_;
  std::map<Key<HashList>, uint32_t> list_at_;
  std::vector<bool> of_full_;
  std::vector<bool> benign_;
  std::vector<std::string> schemes_;
  std::vector<Found> pairs_;
};

struct Judgement {
  std::string_view verdict;   // empty: no live entry speaks of it
  bool benign_first = false;  // its hits are shown, not counted
};

// All hits of one file.
Judgement JudgeFile(std::span<const Found> hits, const HitFinder& finder) {
  bool benign_list = false;
  bool known = false;
  bool unclassified = false;
  std::set<Meaning> meanings;
  for (const Found& hit : hits) {
    const MetEntry& entry = finder.entries[hit.entry];
    if (entry.withdrawn) continue;
    if (finder.benign(hit)) {
      // A digest that met beside one that did not is a collision or a mistake; nothing may be waved through on it.
      benign_list = benign_list || !hit.digests_disagree;
      continue;
    }
    known = true;
    if (entry.meaning == Meaning::kUnclassified)
      unclassified = true;
    else
      meanings.insert(entry.meaning);
  }
  if (benign_list) return {known ? "conflict" : "benign", true};
  if (!known) return {};
  if (meanings.size() > 1) return {"conflict", false};
  if (!meanings.contains(Meaning::kNonPertinent)) return {"known", false};
  // Somebody says "not pertinent"; an entry of unknown meaning beside it still says that the file is listed.
  return unclassified ? Judgement{"conflict", false} : Judgement{"benign", true};
}

std::string_view StateOf(const Found& hit, const Judgement& judgement, const HitFinder& finder) {
  if (finder.entries[hit.entry].withdrawn) return "withdrawn";
  return judgement.benign_first || finder.benign(hit) ? "benign_first" : "live";
}

// By which definition our own hash was made that met the entry's.
std::string_view DefinitionOf(const Found& hit, const rows::ListRow& list, const rows::MediaRow& media) {
  const bool full = hit.method == MatchMethod::kVpdq || (list.pdq_definition == kFullDefinition && media.pdq_full);
  return full ? kFullDefinition : std::string_view("reference");
}

std::string Explain(std::span<const Found> hits, const Files& files, const Judgement& judgement,
                    const HitFinder& finder, const FrameIndex& frames, const std::vector<rows::ListRow>& lists) {
  nlohmann::json lines = nlohmann::json::array();
  for (const Found& hit : hits) {
    const MetEntry& entry = finder.entries[hit.entry];
    const rows::ListRow& list = lists[entry.list];
    nlohmann::json line{{"list", list.name},
                        {"list_id", list.id.text()},
                        {"list_version", list.version},
                        {"list_kind", list.kind},
                        {"owner", list.owner},
                        {"entry", entry.entry_id},
                        {"member", entry.member},
                        {"scheme", list.scheme},
                        {"code", entry.code},
                        {"meaning", Text(entry.meaning)},
                        {"grade", entry.grade},
                        {"method", Text(hit.method)},
                        {"distance", hit.distance},
                        {"state", StateOf(hit, judgement, finder)}};
    if (hit.method == MatchMethod::kVpdq) {
      line["frames_met"] = hit.frames_met;
      line["frames_compared"] = frames.frames_compared(hit.media);
    }
    if (hit.method == MatchMethod::kPdq || hit.method == MatchMethod::kVpdq) {
      line["pdq_definition"] = {{"list", list.pdq_definition},
                                {"ours", DefinitionOf(hit, list, files.media[hit.media])}};
    }
    if (hit.digests_disagree) line["digests_disagree"] = true;
    lines.push_back(std::move(line));
  }
  return Canonical(lines);
}

Status WriteHits(Database& db, const IdMaker& ids, const Files& files, const std::vector<rows::ListRow>& lists,
                 const FrameIndex& frames, HitFinder& finder, MatchSummary& summary) {
  const auto order = [&](const Found& a, const Found& b) {
    const MetEntry& x = finder.entries[a.entry];
    const MetEntry& y = finder.entries[b.entry];
    return std::tie(a.media, lists[x.list].source_sha256, x.place, x.key) <
           std::tie(b.media, lists[y.list].source_sha256, y.place, y.key);
  };
  std::sort(finder.hits.begin(), finder.hits.end(), order);
  const std::array<int64_t*, 5> by_method{&summary.hits_by_sha256, &summary.hits_by_sha1, &summary.hits_by_md5,
                                          &summary.hits_by_pdq, &summary.hits_by_vpdq};
  const std::span<const Found> all(finder.hits);
  for (size_t begin = 0; begin < all.size();) {
    size_t end = begin;
    while (end < all.size() && all[end].media == all[begin].media) ++end;
    const std::span<const Found> hits = all.subspan(begin, end - begin);
    const rows::MediaRow& media = files.media[hits.front().media];
    const Judgement judgement = JudgeFile(hits, finder);
    for (const Found& hit : hits) {
      const MetEntry& entry = finder.entries[hit.entry];
      const std::string_view state = StateOf(hit, judgement, finder);
      TRY(rows::InsertHit(
          db, {.id = ids.Make<HashHit>(media.sha256.hex() + "/" + lists[entry.list].id.text() + "/" + entry.place),
               .media = media.key,
               .entry = entry.key,
               .method = Text(hit.method),
               .distance = hit.distance,
               .state = state,
               .frames_met = hit.frames_met,
               .frames_compared = hit.method == MatchMethod::kVpdq ? frames.frames_compared(hit.media) : 0}));
      ++*by_method[static_cast<size_t>(hit.method)];
      ++(state == "live"        ? summary.hits_live
         : state == "withdrawn" ? summary.hits_withdrawn
                                : summary.hits_benign_first);
    }
    if (!judgement.verdict.empty()) {
      TRY(rows::InsertVerdict(db, media.key, judgement.verdict,
                              Explain(hits, files, judgement, finder, frames, lists)));
      ++(judgement.verdict == "known"    ? summary.media_known
         : judgement.verdict == "benign" ? summary.media_benign
                                         : summary.media_conflict);
    }
    begin = end;
  }
  return {};
}

Status WriteVideoLinks(Database& db, const Files& files, const FrameIndex& frames, MatchSummary& summary) {
  if (files.frames.empty()) return {};
  std::vector<Frame> stills;
  for (const uint32_t i : files.reference.media) {
    if (!files.moving.contains(i)) stills.push_back({.media = i, .pdq = *files.media[i].pdq});
  }
  for (const SharedFrames& link : frames.Links(stills)) {
    const uint32_t compared = std::max(frames.frames_compared(link.media), uint32_t{1});  // a picture: one
    TRY(rows::InsertVideoLink(db, files.media[link.media].key, files.media[link.other].key, link.frames_met, compared));
    ++summary.video_links;
  }
  return {};
}

std::vector<LookItem> ItemsOf(const Files& files) {
  std::vector<LookItem> items;
  const auto add = [&](uint32_t media, Shown shown, const Pdq& pdq) {
    items.push_back({.media = media,
                     .shown = shown,
                     .sha256 = files.media[media].sha256,
                     .size_bytes = static_cast<uint64_t>(files.media[media].size_bytes),
                     .pdq = pdq});
  };
  // An animated picture is looked at as a video is: its first frame is one among others.
  for (const uint32_t i : files.reference.media) {
    if (!files.moving.contains(i)) add(i, Shown::kPicture, *files.media[i].pdq);
  }
  for (const Frame& thumbnail : files.thumbnails) add(thumbnail.media, Shown::kThumbnail, thumbnail.pdq);
  for (const uint32_t i : files.moving) add(i, Shown::kVideo, {});
  return items;
}

Status WriteClusters(Database& db, const IdMaker& ids, const Files& files, const FrameIndex& frames,
                     MatchSummary& summary) {
  const std::vector<LookItem> items = ItemsOf(files);
  for (const LookGroup& group : FindLooks(items, frames)) {
    const LookItem& shown = items[group.representative];
    const auto count = static_cast<int64_t>(group.members.size());
    const Key<VisualCluster> cluster = TRY(rows::InsertCluster(
        db, {.id = ids.Make<VisualCluster>(shown.sha256.hex() + (shown.shown == Shown::kThumbnail ? "/thumbnail" : "")),
             .representative = files.media[shown.media].key,
             .shows = Text(shown.shown),
             .member_count = count}));
    for (const LookMember& member : group.members) {
      const LookItem& item = items[member.item];
      TRY(item.shown == Shown::kThumbnail
              ? rows::InsertClusterThumbnail(db, files.media[item.media].key, cluster, member.distance)
              : rows::InsertClusterMember(db, files.media[item.media].key, cluster, member.distance));
    }
    ++summary.cluster_count;
    summary.clustered_media += count;
  }
  summary.look_count = static_cast<int64_t>(items.size());
  summary.looks_saved = summary.clustered_media - summary.cluster_count;
  return {};
}

}  // namespace

Result<MatchSummary> MatchFiles(Transaction& transaction, const Permit& permit, const IdMaker& ids) {
  CHECK(permit.act() == Act::kMatchFiles);
  Database& db = transaction.db();
  TRY(rows::ClearMatches(db));
  const std::vector<rows::ListRow> lists = TRY(rows::CurrentLists(db));
  const bool full_wanted =
      std::ranges::any_of(lists, [](const rows::ListRow& list) { return list.pdq_definition == kFullDefinition; });
  const Files files = TRY(LoadFiles(db, full_wanted));
  MatchSummary summary;
  summary.media_count = static_cast<int64_t>(files.media.size());
  summary.media_with_pdq = static_cast<int64_t>(files.reference.media.size());
  summary.frame_count = static_cast<int64_t>(files.frames.size());
  const FrameIndex frames(files.frames, files.media.size());
  {
    HitFinder finder(files, frames, lists);
    TRY(rows::EachCurrentEntry(db, [&](const rows::EntryRow& entry) -> Status {
      ++summary.entry_count;
      finder.Meet(entry);
      return {};
    }));
    TRY(WriteHits(db, ids, files, lists, frames, finder, summary));
  }
  TRY(WriteVideoLinks(db, files, frames, summary));
  TRY(WriteClusters(db, ids, files, frames, summary));
  return summary;
}

}  // namespace crossguard::match
