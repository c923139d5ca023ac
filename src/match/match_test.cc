#include "match/match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "crypto/digest.h"
#include "custody/test_house.h"
#include "match/hamming_index.h"
#include "register/match_rows.h"

namespace crossguard::match {
namespace {

namespace rows = match_rows;

struct Picture {
  std::string name;  // its content, as far as digests go
  std::optional<Pdq> pdq;
  int quality = 90;
  int64_t size_bytes = 100;
  std::optional<Pdq> pdq_full;
  int full_quality = 90;
};
struct Listed {
  rows::EntryRow entry;
  size_t list = 0;
};
struct World {
  std::vector<Picture> pictures;
  std::vector<rows::ListRow> lists;
  std::vector<Listed> entries;
};

Digests Of(const std::string& name) {
  return HashAll(AsBytes(name));
}

Pdq Bits(int from, int to) {
  Pdq hash;
  for (int bit = from; bit < to; ++bit)
    hash.bytes[static_cast<size_t>(bit) / 8] =
        static_cast<uint8_t>(hash.bytes[static_cast<size_t>(bit) / 8] | (1U << (bit % 8)));
  return hash;
}

rows::ListRow List(const std::string& name, const std::string& kind = "known",
                   const std::string& scheme = "projectvic_us", const std::string& state = "current") {
  rows::ListRow list;
  list.name = name;
  list.owner = "xx-house";
  list.kind = kind;
  list.scheme = scheme;
  list.state = state;
  list.source_sha256 = Of(name).sha256;
  list.source_name = name;
  return list;
}
Listed Entry(size_t list, const std::string& id, const std::string& code = "1") {
  Listed listed{.entry = {}, .list = list};
  listed.entry.entry_id = id;
  listed.entry.place = "row " + id;
  listed.entry.code = code;
  listed.entry.grade = "indicative";
  return listed;
}
Listed Md5Entry(size_t list, const std::string& id, const std::string& picture, const std::string& code = "1") {
  Listed listed = Entry(list, id, code);
  listed.entry.md5 = Of(picture).md5;
  return listed;
}
Listed PdqEntry(size_t list, const std::string& id, const Pdq& pdq, const std::string& code = "1") {
  Listed listed = Entry(list, id, code);
  listed.entry.pdq = pdq;
  return listed;
}

class Matching : public testing::Test {
 protected:
  // Rows go in in the order that `random` makes of them.
  MatchSummary Run(TestHouse& house, World world, SeededRandom* random = nullptr) {
    const auto shuffle = [&](auto& items) {
      if (random == nullptr) return;
      for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random->Below(i)]);
    };
    return house
        .Do(Act::kMatchFiles,
            [&](Transaction& t, const Permit& permit) -> Result<MatchSummary> {
              shuffle(world.pictures);
              shuffle(world.entries);
              for (const Picture& picture : world.pictures) {
                const Digests digests = Of(picture.name);
                TRY(t.db().Run(
                    "INSERT INTO media (id,sha256,md5,sha1,size_bytes,state,pdq,pdq_quality,pdq_full,"
                    "pdq_full_quality) VALUES (?1,?2,?3,?4,?5,'examined',?6,?7,?8,?9)",
                    "med-" + digests.sha256.hex(), digests.sha256, digests.md5, digests.sha1, picture.size_bytes,
                    picture.pdq, picture.quality, picture.pdq_full, picture.full_quality));
              }
              for (rows::ListRow& list : world.lists) {
                list.id = house.ids.Make<HashList>(list.source_sha256.hex());
                list.key = TRY(rows::InsertList(t.db(), list));
              }
              for (Listed& listed : world.entries) {
                listed.entry.list = world.lists[listed.list].key;
                TRY(rows::InsertEntry(t.db(), listed.entry));
              }
              return MatchFiles(t, permit, house.ids);
            })
        .value();
  }
  static std::string Hits(TestHouse& house) {
    return house.Rows(
        "SELECT lower(hex(m.sha256)),l.name,e.entry_id,h.method,h.distance,h.state FROM hash_hit h JOIN media m USING "
        "(media_key) "
        "JOIN hash_entry e USING (entry_key) JOIN hash_list l USING (list_key) ORDER BY m.sha256,l.name,e.entry_id",
        6);
  }
  static std::string HitOf(TestHouse& house, const std::string& picture) {
    std::string out;
    const Status status = house.db->Each(
        "SELECT e.entry_id,h.method,h.distance,h.state FROM hash_hit h JOIN hash_entry e USING (entry_key) JOIN media "
        "m USING (media_key) WHERE m.sha256=?1 ORDER BY e.entry_id",
        [&](const SqlRow& row) -> Status {
          out += row.Text(0) + " " + row.Text(1) + " " + row.Text(2) + " " + row.Text(3) + "; ";
          return {};
        },
        Of(picture).sha256);
    EXPECT_TRUE(status);
    return out;
  }
  static std::string VerdictOf(TestHouse& house, const std::string& picture) {
    return house.db
        ->TextOf("SELECT verdict FROM media_verdict v JOIN media m USING (media_key) WHERE m.sha256=?1",
                 Of(picture).sha256)
        .value()
        .value_or("");
  }
};

// docs/decisions/pdq_definitions.md
TEST_F(Matching, AnEntryIsMetByTheHashOfItsListsOwnDefinition) {
  TestHouse house;
  const Pdq reference = Bits(0, 100), full = Bits(60, 160), other = Bits(150, 250);
  World world;
  world.pictures = {{.name = "large", .pdq = reference, .pdq_full = full},
                    {.name = "examined before", .pdq = other},
                    {.name = "flat when whole", .pdq = Bits(100, 140), .pdq_full = Bits(100, 140), .full_quality = 40}};
  world.lists = {List("c++"), List("python")};
  world.lists[1].pdq_definition = "full";
  world.entries = {PdqEntry(0, "a", reference),      PdqEntry(0, "b", full),          PdqEntry(1, "c", reference),
                   PdqEntry(1, "d", full),           PdqEntry(0, "e", other),         PdqEntry(1, "f", other),
                   PdqEntry(0, "g", Bits(100, 140)), PdqEntry(1, "h", Bits(100, 140))};
  Run(house, world);
  EXPECT_EQ(HitOf(house, "large"), "a pdq 0 live; d pdq 0 live; ");
  EXPECT_EQ(HitOf(house, "examined before"), "e pdq 0 live; f pdq 0 live; ");  // no hit is lost
  EXPECT_EQ(HitOf(house, "flat when whole"), "g pdq 0 live; ");
  const auto said = [&](const std::string& picture, const std::string& entry) {
    return house.db
        ->TextOf(
            "SELECT value->'pdq_definition' FROM media_verdict v JOIN media m USING (media_key), "
            "json_each(v.explanation) WHERE m.sha256=?1 AND value->>'entry'=?2",
            Of(picture).sha256, entry)
        .value()
        .value_or("");
  };
  EXPECT_EQ(said("large", "a"), R"({"list":"reference","ours":"reference"})");
  EXPECT_EQ(said("large", "d"), R"({"list":"full","ours":"full"})");
  EXPECT_EQ(said("examined before", "f"), R"({"list":"full","ours":"reference"})");
}

TEST_F(Matching, TheStrongestMethodIsTold) {
  World world{.pictures = {{"a", Bits(0, 50)}}, .lists = {List("one")}, .entries = {}};
  Listed all = PdqEntry(0, "all", Bits(0, 55));
  all.entry.md5 = Of("a").md5;
  all.entry.sha1 = Of("a").sha1;
  all.entry.sha256 = Of("a").sha256;
  Listed two = Md5Entry(0, "two", "a");
  two.entry.sha1 = Of("a").sha1;
  world.entries = {all, two, Md5Entry(0, "weak", "a"), PdqEntry(0, "near", Bits(0, 60))};
  TestHouse house;
  const MatchSummary summary = Run(house, world);
  EXPECT_EQ(HitOf(house, "a"), "all sha256 0 live; near pdq 10 live; two sha1 0 live; weak md5 0 live; ");
  EXPECT_EQ(VerdictOf(house, "a"), "known");
  EXPECT_EQ(summary.hits_live, 4);
  EXPECT_EQ(summary.hits_by_sha256 + summary.hits_by_sha1 + summary.hits_by_md5 + summary.hits_by_pdq, 4);
}

TEST_F(Matching, PdqAt31MeetsAt32DoesNotAndAFlatPictureDoesNot) {
  TestHouse house;
  Run(house, {.pictures = {{"near", Bits(0, 131)},
                           {"far", Bits(0, 132)},
                           {"flat", Bits(0, 100), 49},
                           {"good", Bits(0, 101), 50},
                           {"none", std::nullopt}},
              .lists = {List("one")},
              .entries = {PdqEntry(0, "e", Bits(0, 100))}});
  EXPECT_EQ(HitOf(house, "near"), "e pdq 31 live; ");
  EXPECT_EQ(HitOf(house, "far"), "");
  EXPECT_EQ(HitOf(house, "flat"), "");
  EXPECT_EQ(HitOf(house, "good"), "e pdq 1 live; ");
}

TEST_F(Matching, AnEmptyFileMeetsNothing) {
  TestHouse house;
  Run(house, {.pictures = {{"", std::nullopt, 0, 0}}, .lists = {List("one")}, .entries = {Md5Entry(0, "e", "")}});
  EXPECT_EQ(Hits(house), "");
}

TEST_F(Matching, AWithdrawnEntryIsShownAndNeverCounted) {
  Listed gone = Md5Entry(0, "gone", "a");
  gone.entry.withdrawn_at = Instant{1};
  TestHouse house;
  const MatchSummary summary = Run(
      house, {.pictures = {{"a", {}}, {"b", {}}}, .lists = {List("one")}, .entries = {gone, Md5Entry(0, "live", "b")}});
  EXPECT_EQ(HitOf(house, "a"), "gone md5 0 withdrawn; ");
  EXPECT_EQ(VerdictOf(house, "a"), "");
  EXPECT_EQ(summary.hits_withdrawn, 1);
  EXPECT_EQ(summary.hits_live, 1);
}

TEST_F(Matching, ASupersededListNoLongerMeets) {
  TestHouse house;
  const MatchSummary summary = Run(house, {.pictures = {{"a", {}}},
                                           .lists = {List("old", "known", "projectvic_us", "superseded")},
                                           .entries = {Md5Entry(0, "e", "a")}});
  EXPECT_EQ(Hits(house), "");
  EXPECT_EQ(summary.entry_count, 0);
}

TEST_F(Matching, BenignListsComeFirstAndByExactDigestOnly) {
  TestHouse house;
  const World world{.pictures = {{"harmless", Bits(0, 50)}, {"both", Bits(100, 150)}, {"near", Bits(0, 51)}},
                    .lists = {List("known"), List("system files", "benign", "unclassified")},
                    .entries = {Md5Entry(1, "b1", "harmless"), PdqEntry(1, "b2", Bits(0, 50)),
                                Md5Entry(1, "b3", "both"), Md5Entry(0, "k1", "both")}};
  const MatchSummary summary = Run(house, world);
  EXPECT_EQ(VerdictOf(house, "harmless"), "benign");
  EXPECT_EQ(HitOf(house, "harmless"), "b1 md5 0 benign_first; ");
  EXPECT_EQ(VerdictOf(house, "both"), "conflict");
  EXPECT_EQ(HitOf(house, "both"), "b3 md5 0 benign_first; k1 md5 0 benign_first; ");
  EXPECT_EQ(VerdictOf(house, "near"), "");  // near a harmless picture says nothing
  EXPECT_EQ(summary.hits_live, 0);
}

TEST_F(Matching, NothingIsWavedThroughOnADigestThatAnotherContradicts) {
  Listed forged = Md5Entry(1, "b", "a");
  forged.entry.sha256 = Of("another").sha256;
  TestHouse house;
  Run(house, {.pictures = {{"a", {}}},
              .lists = {List("known"), List("benign", "benign")},
              .entries = {forged, Md5Entry(0, "k", "a")}});
  EXPECT_EQ(VerdictOf(house, "a"), "known");
  EXPECT_EQ(HitOf(house, "a"), "b md5 0 benign_first; k md5 0 live; ");
}

TEST_F(Matching, EntriesOfDifferentMeaningAreAConflictAndEachStaysShown) {
  TestHouse house;
  const World world{
      .pictures =
          {{"differ", {}}, {"same", {}}, {"swapped", {}}, {"not pertinent", {}}, {"unknown scheme", {}}, {"mixed", {}}},
      .lists = {List("us"), List("uk", "known", "uk_abc"), List("old", "known", "dhs_legacy"),
                List("strange", "known", "unclassified")},
      .entries = {Md5Entry(0, "1", "differ", "1"), Md5Entry(0, "2", "differ", "3"), Md5Entry(0, "3", "same", "1"),
                  Md5Entry(1, "4", "same", "C"), Md5Entry(0, "5", "swapped", "1"), Md5Entry(2, "6", "swapped", "0"),
                  Md5Entry(0, "7", "not pertinent", "0"), Md5Entry(3, "8", "unknown scheme", "0"),
                  Md5Entry(0, "9", "mixed", "0"), Md5Entry(3, "10", "mixed", "1")}};
  Run(house, world);
  EXPECT_EQ(VerdictOf(house, "differ"), "conflict");
  EXPECT_EQ(HitOf(house, "differ"), "1 md5 0 live; 2 md5 0 live; ");
  EXPECT_EQ(VerdictOf(house, "same"), "known");     // C of one scheme and 1 of another mean the same
  EXPECT_EQ(VerdictOf(house, "swapped"), "known");  // 0 of the older scheme is "uncategorized", not "non-pertinent"
  EXPECT_EQ(VerdictOf(house, "not pertinent"), "benign");
  EXPECT_EQ(HitOf(house, "not pertinent"), "7 md5 0 benign_first; ");
  EXPECT_EQ(VerdictOf(house, "unknown scheme"), "known");  // never "non-pertinent" by guess
  EXPECT_EQ(VerdictOf(house, "mixed"), "conflict");
  const std::string why =
      house.db
          ->TextOf("SELECT explanation FROM media_verdict v JOIN media m USING (media_key) WHERE m.sha256=?1",
                   Of("differ").sha256)
          .value()
          .value();
  EXPECT_NE(why.find("\"code\":\"1\""), std::string::npos);
  EXPECT_NE(why.find("\"code\":\"3\""), std::string::npos);
  EXPECT_NE(why.find("\"meaning\":\"drawn_or_generated\""), std::string::npos);
}

// A world with everything in it, from one seed.
World Anything(SeededRandom& random) {
  World world{.pictures = {},
              .lists = {List("one"), List("two", "known", "uk_abc"), List("benign", "benign"),
                        List("old", "known", "projectvic_us", "superseded")},
              .entries = {}};
  std::vector<Pdq> bases(10);
  for (Pdq& base : bases) random.Fill(base.bytes);
  const auto hash = [&] {
    Pdq pdq = bases[random.Below(bases.size())];
    for (uint64_t i = random.Below(40); i > 0; --i) {
      const uint64_t bit = random.Below(256);
      pdq.bytes[bit / 8] = static_cast<uint8_t>(pdq.bytes[bit / 8] ^ (1U << (bit % 8)));
    }
    return pdq;
  };
  for (int i = 0; i < 80; ++i) {
    world.pictures.push_back({"p" + std::to_string(i), random.Chance(0.8) ? std::optional(hash()) : std::nullopt,
                              static_cast<int>(40 + random.Below(60))});
  }
  for (int i = 0; i < 120; ++i) {
    Listed listed = Entry(random.Below(4), "e" + std::to_string(i),
                          random.Chance(0.5)   ? "1"
                          : random.Chance(0.5) ? "0"
                                               : "A");
    const std::string target = "p" + std::to_string(random.Below(120));
    if (random.Chance(0.4)) listed.entry.md5 = Of(target).md5;
    if (random.Chance(0.2)) listed.entry.sha1 = Of(target).sha1;
    if (random.Chance(0.2)) listed.entry.sha256 = Of(target).sha256;
    if (random.Chance(0.5)) listed.entry.pdq = hash();
    if (random.Chance(0.1)) listed.entry.withdrawn_at = Instant{1};
    world.entries.push_back(listed);
  }
  return world;
}

// Every picture against every entry, one after the other.
std::set<std::tuple<std::string, std::string, std::string, int>> PlainHits(const World& world) {
  std::set<std::tuple<std::string, std::string, std::string, int>> hits;
  for (const Picture& picture : world.pictures) {
    const Digests digests = Of(picture.name);
    for (const Listed& listed : world.entries) {
      const rows::ListRow& list = world.lists[listed.list];
      if (list.state != "current") continue;
      const rows::EntryRow& entry = listed.entry;
      const bool pdq = list.kind == "known" && entry.pdq && picture.pdq && picture.quality >= 50 &&
                       Distance(WordsOf(*entry.pdq), WordsOf(*picture.pdq)) <= 31;
      const std::string method = entry.sha256 == digests.sha256 ? "sha256"
                                 : entry.sha1 == digests.sha1   ? "sha1"
                                 : entry.md5 == digests.md5     ? "md5"
                                 : pdq                          ? "pdq"
                                                                : "";
      if (!method.empty())
        hits.insert({picture.name, entry.entry_id, method,
                     method == "pdq" ? Distance(WordsOf(*entry.pdq), WordsOf(*picture.pdq)) : 0});
    }
  }
  return hits;
}

TEST_F(Matching, FindsWhatAPlainMatcherFindsAndTheSameInAnyOrderOfRows) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SeededRandom random(seed);
    const World world = Anything(random);
    TestHouse house;
    Run(house, world);
    std::map<std::string, std::string> name_of;
    for (const Picture& picture : world.pictures) name_of[Of(picture.name).sha256.hex()] = picture.name;
    std::set<std::tuple<std::string, std::string, std::string, int>> found;
    ASSERT_TRUE(
        house.db->Each("SELECT lower(hex(m.sha256)),e.entry_id,h.method,h.distance FROM hash_hit h JOIN media m USING "
                       "(media_key) JOIN hash_entry e USING (entry_key)",
                       [&](const SqlRow& row) -> Status {
                         found.insert({name_of[row.Text(0)], row.Text(1), row.Text(2), static_cast<int>(row.Int(3))});
                         return {};
                       }));
    ASSERT_EQ(found, PlainHits(world)) << seed;
    ASSERT_FALSE(found.empty());

    TestHouse other;
    Run(other, world, &random);
    EXPECT_EQ(Hits(other), Hits(house)) << seed;
    const char* clusters =
        "SELECT c.id,lower(hex(m.sha256)),x.distance,c.member_count FROM cluster_member x JOIN cluster c USING "
        "(cluster_key) JOIN media m USING (media_key) ORDER BY c.id,m.sha256";
    EXPECT_EQ(other.Rows(clusters, 4), house.Rows(clusters, 4));
    const char* verdicts =
        "SELECT lower(hex(m.sha256)),v.verdict,v.explanation FROM media_verdict v JOIN media m USING (media_key) ORDER "
        "BY m.sha256";
    EXPECT_EQ(other.Rows(verdicts, 3), house.Rows(verdicts, 3));
    EXPECT_EQ(other.Rows("SELECT id FROM hash_hit ORDER BY hit_key", 1),
              house.Rows("SELECT id FROM hash_hit ORDER BY hit_key", 1));
  }
}

TEST_F(Matching, AgainGivesTheSameRows) {
  SeededRandom random(3);
  TestHouse house;
  Run(house, Anything(random));
  const std::string before = Hits(house);
  ASSERT_TRUE(house.Do(Act::kMatchFiles,
                       [&](Transaction& t, const Permit& permit) { return MatchFiles(t, permit, house.ids); }));
  EXPECT_EQ(Hits(house), before);
  // A verdict "benign" leaves no live hit, and "known" at least one.
  EXPECT_EQ(house.Number("SELECT count(*) FROM media_verdict v JOIN hash_hit h USING (media_key) WHERE "
                         "v.verdict='benign' AND h.state='live'"),
            0);
  EXPECT_EQ(house.Number("SELECT count(*) FROM media_verdict v WHERE v.verdict='known' AND NOT EXISTS (SELECT 1 FROM "
                         "hash_hit h WHERE h.media_key=v.media_key AND h.state='live')"),
            0);
}

TEST_F(Matching, FortyThousandPicturesMeetTwentyThousandEntries) {
  SeededRandom random(9);
  World world{.pictures = {}, .lists = {List("one")}, .entries = {}};
  for (int i = 0; i < 40'000; ++i) {
    Pdq pdq;
    random.Fill(pdq.bytes);
    if (i % 4 == 3) pdq = *world.pictures.back().pdq;
    world.pictures.push_back({"p" + std::to_string(i), pdq});
    if (i % 2 == 0) world.entries.push_back(PdqEntry(0, "e" + std::to_string(i), pdq));
  }
  TestHouse house;
  const auto filled = std::chrono::steady_clock::now();
  const MatchSummary summary = Run(house, world);
  const auto first = std::chrono::steady_clock::now();
  ASSERT_TRUE(house.Do(Act::kMatchFiles,
                       [&](Transaction& t, const Permit& permit) { return MatchFiles(t, permit, house.ids); }));
  const auto second = std::chrono::steady_clock::now();
  const auto ms = [](auto from, auto to) {
    return static_cast<long long>(std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count());
  };
  std::printf("40,000 pictures, 20,000 entries: %lld hits, %lld clusters; match alone %lld ms (with filling %lld ms)\n",
              static_cast<long long>(summary.hits_live), static_cast<long long>(summary.cluster_count),
              ms(first, second), ms(filled, first));
  EXPECT_GE(summary.hits_live, 20'000);
}

}  // namespace
}  // namespace crossguard::match
