// Videos by their frames, judged by comparing every frame with every other.
#include "match/video_match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "crypto/digest.h"
#include "custody/test_house.h"
#include "match/match.h"
#include "register/match_rows.h"

namespace crossguard::match {
namespace {

Pdq Random(std::mt19937_64& random) {
  Pdq out;
  for (uint8_t& byte : out.bytes) byte = static_cast<uint8_t>(random());
  return out;
}
Pdq Near(Pdq pdq, int bits) {  // differs in exactly so many bits
  for (int i = 0; i < bits; ++i) pdq.bytes[static_cast<size_t>(i) / 8] ^= static_cast<uint8_t>(1U << (i % 8));
  return pdq;
}
int PlainDistance(const Pdq& a, const Pdq& b) {
  return Distance(WordsOf(a), WordsOf(b));
}

TEST(Frames, MeetingsAndLinksAreThoseOfThePlainComparison) {
  std::mt19937_64 random(1);
  std::vector<Pdq> scenes;
  for (int i = 0; i < 40; ++i) scenes.push_back(Random(random));
  std::vector<Frame> frames;
  constexpr uint32_t kVideos = 30;
  for (uint32_t video = 0; video < kVideos; ++video) {
    const size_t first = random() % 30;
    const size_t count = 1 + random() % 10;
    for (size_t i = 0; i < count; ++i)
      frames.push_back({.media = video, .pdq = Near(scenes[first + i], static_cast<int>(random() % 40))});
  }
  const FrameIndex index(frames, kVideos);
  const auto compared = [&](uint32_t media) {
    return static_cast<uint32_t>(std::ranges::count(frames, media, &Frame::media));
  };
  for (const Pdq& scene : scenes) {
    std::map<uint32_t, std::pair<int, uint32_t>> plain;
    for (const Frame& frame : frames) {
      const int distance = PlainDistance(frame.pdq, scene);
      if (distance > 31) continue;
      auto [at, is_new] = plain.try_emplace(frame.media, distance, 0U);
      at->second.first = std::min(at->second.first, distance);
      ++at->second.second;
    }
    const auto met = index.Meet(scene);
    ASSERT_EQ(met.size(), plain.size());
    for (const FrameMeeting& meeting : met) {
      EXPECT_EQ(plain.at(meeting.media), std::pair(meeting.distance, meeting.frames_met));
    }
  }
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> plain;
  for (uint32_t a = 0; a < kVideos; ++a) {
    EXPECT_EQ(index.frames_compared(a), compared(a));
    for (uint32_t b = 0; b < kVideos; ++b) {
      uint32_t met = 0;
      for (const Frame& frame : frames) {
        met += a != b && frame.media == a && std::ranges::any_of(frames, [&](const Frame& other) {
                 return other.media == b && PlainDistance(frame.pdq, other.pdq) <= 31;
               });
      }
      if (met > 0 && met * 100 >= compared(a) * 80) plain[{a, b}] = met;
    }
  }
  EXPECT_GT(plain.size(), 10U);
  const auto links = index.Links({});
  ASSERT_EQ(links.size(), plain.size());
  for (const SharedFrames& link : links) EXPECT_EQ(plain.at({link.media, link.other}), link.frames_met);
}

TEST(Frames, AFrameThatIsEverywhereLinksNothing) {
  std::mt19937_64 random(2);
  const Pdq intro = Random(random);
  std::vector<Frame> frames;
  for (uint32_t video = 0; video < 1'200; ++video) frames.push_back({.media = video, .pdq = intro});
  EXPECT_TRUE(FrameIndex(frames, 1'200).Links({}).empty());
  frames.resize(900);
  EXPECT_EQ(FrameIndex(frames, 1'200).Links({}).size(), 900U * 899U);
}

TEST(VideoMatching, AListedFrameMakesAVideoKnownAndSaysHowMuchOfItMet) {
  TestHouse house;
  std::mt19937_64 random(3);
  const Pdq listed = Random(random);
  const std::vector<Pdq> scenes{Random(random), Random(random), Random(random)};
  struct Content {
    std::string name;
    std::vector<std::pair<Pdq, int>> frames;  // with quality
    std::optional<Pdq> still;
  };
  const std::vector<Content> contents{
      {"film", {{scenes[0], 90}, {Near(listed, 31), 90}, {Near(listed, 9), 60}, {scenes[1], 90}}, {}},
      {"clip", {{scenes[0], 90}}, {}},
      {"flat", {{listed, 49}}, {}},
      {"far", {{Near(listed, 32), 90}, {scenes[2], 90}}, {}},
      {"still", {}, Near(scenes[1], 5)}};
  const auto id = [](const std::string& name) { return "med-" + name; };
  const MatchSummary summary =
      house
          .Do(Act::kMatchFiles,
              [&](Transaction& t, const Permit& permit) -> Result<MatchSummary> {
                for (const Content& content : contents) {
                  const Digests digests = HashAll(AsBytes(content.name));
                  TRY(
                      t.db().Run("INSERT INTO media (id,sha256,md5,sha1,size_bytes,state,pdq,pdq_quality) VALUES "
                                 "(?1,?2,?3,?4,7,'examined',?5,90)",
                                 id(content.name), digests.sha256, digests.md5, digests.sha1, content.still));
                  const Key<Media> key{t.db().last_insert_key()};
                  int64_t number = 0;
                  for (const auto& [pdq, quality] : content.frames) {
                    TRY(t.db().Run("INSERT INTO media_frame VALUES (?1,?2,0,?3,?4)", key, number++, int64_t{quality},
                                   pdq));
                  }
                }
                match_rows::ListRow list;
                list.name = "list";
                list.owner = "xx-house";
                list.kind = "known";
                list.scheme = "projectvic_us";
                list.state = "current";
                list.source_sha256 = HashAll(AsBytes("list")).sha256;
                list.source_name = "list";
                list.id = house.ids.Make<HashList>("list");
                match_rows::EntryRow entry;
                entry.list = TRY(match_rows::InsertList(t.db(), list));
                entry.entry_id = "e1";
                entry.place = "row 1";
                entry.code = "1";
                entry.grade = "trusted";
                entry.pdq = listed;
                TRY(match_rows::InsertEntry(t.db(), entry));
                return MatchFiles(t, permit, house.ids);
              })
          .value();
  EXPECT_EQ(summary.frame_count, 7);
  EXPECT_EQ(summary.hits_by_vpdq, 1);
  EXPECT_EQ(summary.hits_by_pdq, 0);
  EXPECT_EQ(summary.media_known, 1);
  EXPECT_EQ(house.Rows("SELECT m.id, h.method, h.distance, h.frames_met, h.frames_compared, v.verdict FROM hash_hit h "
                       "JOIN media m USING (media_key) JOIN media_verdict v USING (media_key)",
                       6),
            "med-film|vpdq|9|2|4|known\n");
  EXPECT_EQ(house.Number("SELECT count(*) FROM media_verdict WHERE explanation LIKE '%\"frames_met\":2%'"), 1);
  // The clip is all in the film, the still is a frame of it; the film is not in the clip.
  EXPECT_EQ(house.Rows("SELECT a.id, b.id, l.frames_met, l.frames_compared FROM video_link l JOIN media a ON "
                       "a.media_key=l.media_key JOIN media b ON b.media_key=l.other_key ORDER BY 1, 2",
                       4),
            "med-clip|med-film|1|1\nmed-still|med-film|1|1\n");
}

}  // namespace
}  // namespace crossguard::match
