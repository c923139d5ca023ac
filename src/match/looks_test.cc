// What is looked at once, judged by the rule written pair by pair.
#include "match/looks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "crypto/digest.h"
#include "custody/test_house.h"
#include "env/random.h"
#include "match/cluster.h"
#include "match/hamming_index.h"
#include "match/match.h"
#include "model/ids.h"
#include "register/match_rows.h"

namespace crossguard::match {
namespace {

Pdq RandomHash(SeededRandom& random) {
  Pdq hash;
  random.Fill(hash.bytes);
  return hash;
}
Pdq Flipped(Pdq hash, uint64_t bits, SeededRandom& random) {  // in at most so many bits
  for (uint64_t i = 0; i < bits; ++i) {
    const uint64_t bit = random.Below(256);
    hash.bytes[bit / 8] = static_cast<uint8_t>(hash.bytes[bit / 8] ^ (1U << (bit % 8)));
  }
  return hash;
}
int Far(const Pdq& a, const Pdq& b) {
  return Distance(WordsOf(a), WordsOf(b));
}

struct World {
  std::vector<LookItem> items;
  std::vector<Frame> frames;
  uint32_t media_count = 0;
};

World Draw(SeededRandom& random) {
  World world;
  std::vector<Pdq> scenes;
  for (int i = 0; i < 12; ++i) scenes.push_back(RandomHash(random));
  const auto content = [&](Shown shown) {
    LookItem item{.media = world.media_count++, .shown = shown, .size_bytes = 10 + random.Below(4)};
    item.sha256 = HashAll(AsBytes(std::to_string(item.media))).sha256;
    return item;
  };
  const uint64_t videos = random.Below(8);
  for (uint64_t v = 0; v < videos; ++v) {
    const LookItem item = content(Shown::kVideo);
    const uint64_t first = random.Below(8);
    const uint64_t count = 1 + random.Below(5);
    for (uint64_t i = 0; i < count; ++i)
      world.frames.push_back({.media = item.media, .pdq = Flipped(scenes[first + i % 4], random.Below(24), random)});
    world.items.push_back(item);
  }
  const uint64_t stills = random.Below(25);
  for (uint64_t i = 0; i < stills; ++i) {
    LookItem item = content(Shown::kPicture);
    item.pdq = Flipped(scenes[random.Below(12)], random.Below(30), random);
    world.items.push_back(item);
    if (!random.Chance(0.3)) continue;
    item.shown = Shown::kThumbnail;  // of the same content
    item.pdq = Flipped(scenes[random.Below(12)], random.Below(30), random);
    world.items.push_back(item);
  }
  return world;
}

using Name = std::pair<Sha256, Shown>;
using Named = std::map<Name, std::map<Name, int>>;
Name NameOf(const LookItem& item) {
  return {item.sha256, item.shown};
}

Named NamesOf(const World& world, const std::vector<LookGroup>& groups) {
  Named named;
  for (const LookGroup& group : groups) {
    auto& members = named[NameOf(world.items[group.representative])];
    for (const LookMember& member : group.members) members[NameOf(world.items[member.item])] = member.distance;
  }
  return named;
}

std::vector<Pdq> HashesOf(const World& world, const LookItem& item) {
  if (item.shown != Shown::kVideo) return {item.pdq};
  std::vector<Pdq> hashes;
  for (const Frame& frame : world.frames) {
    if (frame.media == item.media) hashes.push_back(frame.pdq);
  }
  return hashes;
}

struct PlainLink {
  uint32_t met = 0;
  int distance = 256;
};
// Every frame with every other.
std::optional<PlainLink> LinkOf(const World& world, const LookItem& item, const LookItem& video) {
  if (video.shown != Shown::kVideo || NameOf(item) == NameOf(video)) return std::nullopt;
  const std::vector<Pdq> own = HashesOf(world, item);
  PlainLink link;
  for (const Pdq& a : own) {
    int least = 256;
    for (const Pdq& b : HashesOf(world, video)) least = std::min(least, Far(a, b));
    link.met += least <= 31 ? 1 : 0;
    link.distance = std::min(link.distance, least);
  }
  if (link.met == 0 || link.met * 100 < own.size() * 80) return std::nullopt;
  return link;
}

Named Judge(const World& world) {
  std::vector<std::tuple<int64_t, uint64_t, Sha256, const LookItem*>> order;
  for (const LookItem& video : world.items) {
    int64_t degree = 0;
    for (const LookItem& item : world.items) degree += LinkOf(world, item, video) ? 1 : 0;
    if (degree > 0) order.emplace_back(-degree, video.size_bytes, video.sha256, &video);
  }
  std::sort(order.begin(), order.end());
  std::vector<const LookItem*> centres;
  for (const auto& [degree, size, sha256, video] : order) {
    if (std::ranges::none_of(centres, [&](const LookItem* c) { return LinkOf(world, *video, *c).has_value(); }))
      centres.push_back(video);
  }
  std::map<const LookItem*, std::map<Name, int>> around;
  std::set<Name> taken;
  for (const LookItem& item : world.items) {
    if (std::ranges::find(centres, &item) != centres.end()) continue;
    const LookItem* best = nullptr;
    PlainLink best_link;
    for (const LookItem* const centre : centres) {
      const auto link = LinkOf(world, item, *centre);
      if (!link) continue;
      if (best == nullptr || link->met > best_link.met ||
          (link->met == best_link.met && link->distance < best_link.distance)) {
        best = centre;
        best_link = *link;
      }
    }
    if (best == nullptr) continue;
    around[best][NameOf(item)] = best_link.distance;
    taken.insert(NameOf(item));
  }
  Named named;
  for (auto& [centre, members] : around) {
    members[NameOf(*centre)] = 0;
    named[NameOf(*centre)] = members;
  }
  // What is left are stars, which cluster_test judges.
  std::vector<ClusterInput> rest;
  for (const LookItem& item : world.items) {
    if (item.shown == Shown::kVideo || taken.contains(NameOf(item))) continue;
    rest.push_back({.sha256 = item.sha256,
                    .size_bytes = item.size_bytes,
                    .pdq = item.pdq,
                    .thumbnail = item.shown == Shown::kThumbnail});
  }
  const auto name = [&](size_t i) {
    return Name{rest[i].sha256, rest[i].thumbnail ? Shown::kThumbnail : Shown::kPicture};
  };
  for (const NearDuplicates& star : FindClusters(rest)) {
    for (const ClusterMember& member : star.members)
      named[name(star.representative)][name(member.input)] = member.distance;
  }
  return named;
}

TEST(Looks, AreThoseOfThePlainJudgeInAnyOrder) {
  int around_videos = 0;
  int thumbnails = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SeededRandom random(seed);
    World world = Draw(random);
    const FrameIndex frames(world.frames, world.media_count);
    const std::vector<LookGroup> groups = FindLooks(world.items, frames);
    const Named found = NamesOf(world, groups);
    ASSERT_EQ(found, Judge(world)) << seed;
    std::set<size_t> once;
    for (const LookGroup& group : groups) {
      around_videos += world.items[group.representative].shown == Shown::kVideo ? 1 : 0;
      EXPECT_GE(group.members.size(), 2U);
      for (const LookMember& member : group.members) {
        EXPECT_TRUE(once.insert(member.item).second);
        EXPECT_LE(member.distance, 31);
        thumbnails += world.items[member.item].shown == Shown::kThumbnail ? 1 : 0;
      }
    }
    for (size_t i = world.items.size(); i > 1; --i) std::swap(world.items[i - 1], world.items[random.Below(i)]);
    ASSERT_EQ(NamesOf(world, FindLooks(world.items, frames)), found) << seed;
  }
  EXPECT_GT(around_videos, 300);  // the worlds are not empty of what is tested
  EXPECT_GT(thumbnails, 300);
}

Status Insert(Transaction& t, const std::string& name, int64_t size, const std::optional<Pdq>& pdq,
              const std::vector<Pdq>& frames, const std::optional<Pdq>& thumbnail) {
  const Digests digests = HashAll(AsBytes(name));
  const std::string facts =
      thumbnail ? R"({"thumbnail":{"differs":true,"pdq":")" + thumbnail->hex() + R"(","pdq_quality":80}})" : "{}";
  TRY(
      t.db().Run("INSERT INTO media (id,sha256,md5,sha1,size_bytes,state,pdq,pdq_quality,facts) VALUES "
                 "(?1,?2,?3,?4,?5,'examined',?6,90,?7)",
                 "med-" + name, digests.sha256, digests.md5, digests.sha1, size, pdq, facts));
  const Key<Media> key{t.db().last_insert_key()};
  int64_t number = 0;
  for (const Pdq& frame : frames)
    TRY(t.db().Run("INSERT INTO media_frame VALUES (?1,?2,0,90,?3)", key, number++, frame));
  return {};
}

// The register's side: a still, its near-duplicate, a clip, and a stand-in all hang on one film.
TEST(Looks, AFilmIsLookedAtOnceForItsStillsClipsAndStandIns) {
  TestHouse house;
  SeededRandom random(5);
  const Pdq first = RandomHash(random), second = RandomHash(random), elsewhere = RandomHash(random);
  const auto summary = house.Do(Act::kMatchFiles, [&](Transaction& t, const Permit& permit) -> Result<MatchSummary> {
    TRY(Insert(t, "film", 900, std::nullopt, {first, second}, std::nullopt));
    TRY(Insert(t, "clip", 300, std::nullopt, {Flipped(first, 8, random)}, std::nullopt));
    TRY(Insert(t, "still", 20, Flipped(second, 12, random), {}, std::nullopt));
    TRY(Insert(t, "cut", 20, elsewhere, {}, Flipped(first, 5, random)));  // its stand-in shows the film
    TRY(Insert(t, "cut again", 19, Flipped(elsewhere, 9, random), {}, std::nullopt));
    TRY(Insert(t, "alone", 7, RandomHash(random), {}, std::nullopt));
    return MatchFiles(t, permit, house.ids);
  });
  ASSERT_TRUE(summary.has_value());
  EXPECT_EQ(summary->look_count, 7);
  EXPECT_EQ(summary->cluster_count, 2);
  EXPECT_EQ(summary->clustered_media, 6);
  EXPECT_EQ(summary->looks_saved, 4);
  EXPECT_EQ(
      house.Rows("SELECT r.id, c.shows, m.id, l.thumbnail FROM cluster c JOIN media r ON "
                 "r.media_key=c.representative_key JOIN cluster_look l USING (cluster_key) JOIN media m ON "
                 "m.media_key=l.media_key ORDER BY 1, 3, 4",
                 4),
      "med-cut again|picture|med-cut|0\nmed-cut again|picture|med-cut again|0\n"
      "med-film|video|med-clip|0\nmed-film|video|med-cut|1\nmed-film|video|med-film|0\nmed-film|video|med-still|0\n");
}

// Its first picture is a fingerprint of its own and a frame too: it is one content, and one look.
TEST(Looks, AnAnimatedPictureIsLookedAtOnceAsAVideoIs) {
  TestHouse house;
  SeededRandom random(6);
  const Pdq first = RandomHash(random), behind = RandomHash(random);
  const auto summary = house.Do(Act::kMatchFiles, [&](Transaction& t, const Permit& permit) -> Result<MatchSummary> {
    TRY(Insert(t, "moves", 90, first, {first, behind}, std::nullopt));
    TRY(Insert(t, "moves too", 100, Flipped(first, 3, random), {Flipped(first, 3, random), behind}, std::nullopt));
    TRY(Insert(t, "still of the first", 20, Flipped(first, 12, random), {}, std::nullopt));
    TRY(Insert(t, "still of what is behind it", 20, Flipped(behind, 12, random), {}, std::nullopt));
    TRY(Insert(t, "moves alone", 80, RandomHash(random), {RandomHash(random)}, std::nullopt));
    return MatchFiles(t, permit, house.ids);
  });
  ASSERT_TRUE(summary.has_value());
  EXPECT_EQ(summary->look_count, 5);
  EXPECT_EQ(summary->cluster_count, 1);
  EXPECT_EQ(summary->clustered_media, 4);
  EXPECT_EQ(
      house.Rows("SELECT r.id, c.shows, m.id FROM cluster c JOIN media r ON r.media_key=c.representative_key JOIN "
                 "cluster_look l USING (cluster_key) JOIN media m ON m.media_key=l.media_key ORDER BY 3",
                 3),
      "med-moves|video|med-moves\nmed-moves|video|med-moves too\nmed-moves|video|med-still of the first\n"
      "med-moves|video|med-still of what is behind it\n");
  EXPECT_EQ(house.Rows("SELECT a.id, b.id FROM video_link l JOIN media a ON a.media_key=l.media_key JOIN media b ON "
                       "b.media_key=l.other_key WHERE a.id=b.id",
                       2),
            "");
}

}  // namespace
}  // namespace crossguard::match
