// The stage: sealed contents go through the jail into the register, what lies in archives becomes contents of its own.
#include "examine/examine_media.h"

#include <gtest/gtest.h>

#include "crypto/secret.h"
#include "custody/test_house.h"
#include "drawing/drawing.h"
#include "examine/kernel/testing_kinds.h"
#include "examine/test_support.h"
#include "register/media_rows.h"

namespace crossguard::examine {
namespace {

class MediaStage : public ::testing::Test {
 protected:
  MediaStage() {
    vault_ = Vault::Open(house_.env, *house_.db, house_.folder + "/vault", key_).value();
    EXPECT_TRUE(
        house_.db->Script("INSERT INTO operation (id, name, created_at) VALUES ('op-test', 'Test', 0); "
                          "INSERT INTO submission (id, operation_key, state, source_path, begun_at) VALUES ('sub-1', "
                          "1, 'read', 'x', 0)"));
  }

  // As intake leaves a file: sealed, with a pending content and one copy.
  void Seal(const std::string& path, const Bytes& bytes) {
    size_t at = 0;
    const auto digests = vault_->Stage([&](std::span<uint8_t> out) -> Result<size_t> {
      const size_t count = std::min(out.size(), bytes.size() - at);
      std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at), count, out.begin());
      at += count;
      return count;
    });
    ASSERT_TRUE(digests.has_value());
    auto transaction = Transaction::Begin(*house_.db);
    ASSERT_TRUE(transaction.has_value());
    ASSERT_TRUE(vault_->Flush(*transaction).has_value());
    const auto media = EnsureMedia(*transaction, house_.ids.Make<Media>(digests->sha256.hex()),
                                   {digests->md5, digests->sha1, digests->sha256, digests->size_bytes});
    ASSERT_TRUE(media.has_value());
    Database& db = transaction->db();
    ASSERT_TRUE(
        db.Run(
              "INSERT INTO exhibit_item (submission_key, path, size_bytes, sha256, state) VALUES (1,?1,?2,?3,'sealed')",
              path, digests->size_bytes, digests->sha256)
            .has_value());
    ASSERT_TRUE(db.Run("INSERT INTO media_copy (media_key, item_key) VALUES (?1,?2)", media->key, db.last_insert_key())
                    .has_value());
    ASSERT_TRUE(transaction->Commit().has_value());
  }

  Result<Permit> Pass(Transaction& transaction, const std::string& details) {
    return house_.gate.Pass(transaction, {.act = Act::kExamineFiles,
                                          .officer = "officer-1",
                                          .object_id = "op-test",
                                          .reason = "A test.",
                                          .details_json = details});
  }

  ExamineMediaSummary Run(uint64_t unpacked_bytes_max = uint64_t{1} << 30,
                          uint64_t whole_bytes_max = uint64_t{256} << 20) {
    const auto summary = ExamineMedia(
        house_.env, *vault_, *house_.db, house_.ids,
        [&](Transaction& transaction, const std::string& details) { return Pass(transaction, details); },
        {.workers = 2,
         .program = testing::ShippedProgram(),
         .whole_bytes_max = whole_bytes_max,
         .unpacked_bytes_max = unpacked_bytes_max},
        [](const ExamineProgress&) {});
    EXPECT_TRUE(summary.has_value()) << (summary ? "" : summary.error().message);
    return summary.value_or(ExamineMediaSummary{});
  }

  TestHouse house_;
  SecretKey key_ = SecretKey::Make(house_.random);
  std::unique_ptr<Vault> vault_;
};

TEST_F(MediaStage, AVideoLeavesItsFramesAndItsContainersClaims) {
  std::vector<drawing::Picture> film;
  for (size_t i = 0; i < 12; ++i) film.push_back(drawing::DrawScene(i / 4, 96, 64));
  Seal("a.mp4", testing::EncodeVideo(film, {.frames_per_second = 4, .created_at = "2021-07-04T16:22:31Z"}));
  EXPECT_EQ(Run().file_count, 1);
  EXPECT_EQ(house_.Rows("SELECT state, kind, width, height, frames, pdq IS NULL FROM media", 6),
            "examined|video/mp4|96|64|12|1\n");
  EXPECT_EQ(house_.Rows("SELECT number, at_millis, length(pdq) FROM media_frame ORDER BY number", 3),
            "0|0|32\n4|1000|32\n8|2000|32\n");
  EXPECT_EQ(
      house_.Rows("SELECT facts->'video'->>'codec', facts->'video'->>'created_at', facts->'video'->>'duration_millis' "
                  "FROM media",
                  3),
      "h264|2021-07-04T16:22:31Z|3000\n");
}

// What stands in an animated picture behind the first is in the register as a video's frames are.
TEST_F(MediaStage, ThePicturesOfAnAnimationAreFramesOfIt) {
  Seal("moves.gif", drawing::EncodeGif({drawing::DrawScene(1, 80, 60), drawing::DrawScene(2, 80, 60)}));
  Seal("moves.webp", drawing::EncodeAnimatedWebp({drawing::DrawScene(3, 80, 60), drawing::DrawScene(4, 80, 60),
                                                  drawing::DrawScene(5, 80, 60)}));
  Seal("still.gif", drawing::EncodeGif({drawing::DrawScene(1, 80, 60)}));
  EXPECT_EQ(Run().fault_count, 0);
  EXPECT_EQ(house_.Rows("SELECT m.kind, m.state, m.frames, m.pdq IS NOT NULL, (SELECT group_concat(number||' '||"
                        "at_millis) FROM media_frame f WHERE f.media_key=m.media_key) FROM media m ORDER BY m.kind, "
                        "m.frames",
                        5),
            "image/gif|examined|1|1|\nimage/gif|examined|2|1|0 0,1 100\nimage/webp|examined|3|1|0 0,1 100,2 200\n");
}

// The way of contents beyond 256 MiB, with the limit lowered: a video, and an archive with a video in it, are read from
// the vault in windows and leave the same rows as if they had been handed over whole.
TEST_F(MediaStage, ContentsThatAreTooLargeToBeHandedOverWholeAreReadFromTheVaultInWindows) {
  std::vector<drawing::Picture> film;
  for (size_t i = 0; i < 30; ++i) film.push_back(drawing::DrawScene(i / 10, 160, 120));
  const Bytes video = testing::EncodeVideo(film, {.container = "mov", .codec = "rawvideo", .frames_per_second = 10});
  const Bytes other = testing::EncodeVideo(film, {.container = "matroska", .codec = "ffv1", .frames_per_second = 5});
  const Bytes zip = drawing::MakeZip({{"film.mkv", other}, {"a.txt", ToBytes("text")}});
  ASSERT_GT(video.size(), 1'000'000U);
  ASSERT_GT(other.size(), 200'000U);
  Seal("film.mov", video);
  Seal("all.zip", zip);
  const ExamineMediaSummary summary = Run(uint64_t{1} << 30, 100'000);
  EXPECT_EQ(summary.fault_count, 0);
  EXPECT_EQ(summary.archive_count, 1);
  EXPECT_EQ(house_.Rows("SELECT m.kind, m.state, m.frames, count(f.number) FROM media m LEFT JOIN media_frame f USING "
                        "(media_key) GROUP BY m.media_key ORDER BY m.kind",
                        4),
            "application/zip|examined||0\ntext/plain|unsupported_kind||0\nvideo/quicktime|examined|30|3\n"
            "video/x-matroska|examined|30|6\n");
}

// Files that take two seconds each: a checkpoint after every second one, and an end in the midst loses no earlier one.
TEST_F(MediaStage, WhatCameOutIsWrittenDownEveryFewSecondsAndAnEndLosesWhatCameSince) {
  for (uint64_t i = 0; i < 7; ++i) Seal(std::to_string(i) + ".png", drawing::EncodePng(drawing::DrawScene(i, 40, 30)));
  int gates = 0;
  const auto examine = [&](int gates_max) {
    gates = 0;
    return ExamineMedia(
        house_.env, *vault_, *house_.db, house_.ids,
        [&](Transaction& transaction, const std::string& details) -> Result<Permit> {
          if (++gates > gates_max) return Fail(Code::kExhausted, "The disk is full.");
          return Pass(transaction, details);
        },
        {.workers = 1, .program = testing::ShippedProgram()},
        [&](const ExamineProgress&) { house_.clock.Advance(2'000'000); });
  };
  const auto ended = examine(2);
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(house_.Rows("SELECT state, count(*) FROM media GROUP BY state", 2), "examined|4\npending|3\n");
  const auto resumed = examine(100);
  ASSERT_TRUE(resumed.has_value()) << resumed.error().message;
  EXPECT_EQ(resumed->file_count, 3);
  EXPECT_EQ(gates, 2);
  EXPECT_EQ(house_.Rows("SELECT state, count(*) FROM media GROUP BY state", 2), "examined|7\n");
}

TEST_F(MediaStage, AStandInThatShowsSomethingElseIsAFact) {
  const auto stand_in = drawing::EncodeJpeg(drawing::DrawScene(9, 160, 120));
  Seal("a.jpg",
       drawing::EncodeJpeg(drawing::DrawScene(1, 640, 480), {.exif = testing::MakeExifWithThumbnail(stand_in)}));
  Run();
  EXPECT_EQ(house_.Rows("SELECT facts->'thumbnail'->>'differs', facts->'thumbnail'->>'width' FROM media", 2),
            "1|160\n");
}

TEST_F(MediaStage, NestedArchivesMailAndDocumentsAreUnpackedToTheirPictures) {
  const Bytes picture = drawing::EncodeJpeg(drawing::DrawScene(1, 64, 64));
  const Bytes tar = testing::MakeArchive(testing::Packing::kTarGz, {{"deep.jpg", picture}});
  const Bytes seven = testing::MakeArchive(testing::Packing::kSevenZip, {{"inner.tgz", tar}});
  const Bytes mail = ToBytes(
      "From: a@example.org\nDate: x\nContent-Type: application/zip; name=a.7z\n"
      "Content-Transfer-Encoding: base64\n\n" +
      ToBase64(seven) + "\n");
  Seal("mail.eml", mail);
  Seal("locked.rar", testing::MakeRar({{"secret", ToBytes("secret")}}, true));
  const ExamineMediaSummary summary = Run();
  EXPECT_EQ(summary.archive_count, 4);
  EXPECT_EQ(
      house_.Rows("SELECT m.kind, m.state, c.depth, c.member_path FROM media m JOIN media_copy c USING (media_key) "
                  "JOIN exhibit_item i USING (item_key) WHERE i.path='mail.eml' ORDER BY c.depth",
                  4),
      "message/rfc822|examined|0|\napplication/x-7z-compressed|examined|1|a.7z\n"
      "application/gzip|examined|2|inner.tgz\nimage/jpeg|examined|3|deep.jpg\n");
  EXPECT_EQ(house_.Rows("SELECT state, reason, members->0->>'reason' FROM media WHERE kind='application/vnd.rar'", 3),
            "undecodable|encrypted|encrypted\n");
  EXPECT_EQ(house_.Number("SELECT count(*) FROM media WHERE state='pending'"), 0);
}

// A motion photo's film, an archive hung on by hand: programs that show the picture never show them.
TEST_F(MediaStage, WhatLiesBehindAPictureIsExaminedLikeAMemberOfAnArchive) {
  const auto behind = [](Bytes picture, const Bytes& hidden) {
    picture.insert(picture.end(), hidden.begin(), hidden.end());
    return picture;
  };
  const drawing::Picture scene = drawing::DrawScene(1, 96, 64);
  const Bytes film = testing::EncodeVideo({scene, scene, scene, scene}, {.frames_per_second = 2});
  const Bytes zip = drawing::MakeZip({{"inside.gif", drawing::EncodeGif({drawing::DrawScene(3, 50, 40)})}});
  Seal("motion.jpg", behind(drawing::EncodeJpeg(scene), film));
  Seal("hidden.png", behind(drawing::EncodePng(drawing::DrawScene(2, 60, 50)), zip));
  Seal("plain.webp", drawing::EncodeWebp(drawing::DrawScene(4, 60, 50)));
  const ExamineMediaSummary summary = Run();
  EXPECT_EQ(summary.fault_count, 0);
  EXPECT_EQ(
      house_.Rows("SELECT m.kind, m.state, m.facts->>'behind_at' > 0, m.members->0->>'name', count(f.number) FROM "
                  "media m LEFT JOIN media_frame f USING (media_key) GROUP BY m.media_key ORDER BY m.kind",
                  5),
      "application/zip|examined||inside.gif|0\n"
      "image/gif|examined|||0\n"
      "image/jpeg|examined|1|behind the end of the picture|0\n"
      "image/png|examined|1|behind the end of the picture|0\n"
      "image/webp|examined|||0\n"
      "video/mp4|examined|||2\n");
}

// Half a picture can be seen and fingerprinted; thrown away with the word that it is cut, it is lost.
TEST_F(MediaStage, OfAMemberThatIsCutThePartThatCameIsAContent) {
  const Bytes picture = drawing::EncodeJpeg(drawing::DrawScene(1, 320, 240));
  Bytes packed = testing::Compress("gzip", picture);
  packed.resize(packed.size() * 2 / 3);
  Bytes zip = drawing::MakeZip({{"a.txt", ToBytes("text")}, {"b.jpg", picture}}, true);
  zip.resize(AsText(zip).find("PK\x01\x02") - picture.size() / 2);
  Seal("a.gz", packed);
  Seal("b.zip", zip);
  Run();
  EXPECT_EQ(house_.Rows("SELECT m.kind, m.state, m.reason, i.path, c.depth FROM media m JOIN media_copy c USING "
                        "(media_key) JOIN exhibit_item i USING (item_key) ORDER BY i.path, c.depth, m.kind",
                        5),
            "application/gzip|truncated|ended_early|a.gz|0\n"
            "image/jpeg|truncated|ended_early|a.gz|1\n"
            "application/zip|truncated|ended_early|b.zip|0\n"
            "image/jpeg|truncated|ended_early|b.zip|1\n"
            "text/plain|unsupported_kind||b.zip|1\n");
  EXPECT_EQ(house_.Number("SELECT count(*) FROM media, json_each(media.members) WHERE value->>'state'='truncated' AND "
                          "value->>'reason'='ended_early' AND value->>'media' IS NOT NULL"),
            2);
}

TEST_F(MediaStage, WhatLiesBehindAnArchiveAFilmOrAProgramIsItsLastMember) {
  const auto joined = [](Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  };
  const Bytes gif = drawing::EncodeGif({drawing::DrawScene(3, 50, 40)});
  const Bytes png = drawing::EncodePng(drawing::DrawScene(2, 60, 50));
  Bytes program = ToBytes("MZ");
  program.resize(600, 1);
  const std::vector<drawing::Picture> frames(4, drawing::DrawScene(1, 64, 48));
  Seal("film.mp4", joined(testing::EncodeVideo(frames, {.frames_per_second = 2}), png));
  Seal("all.zip", joined(drawing::MakeZip({{"a.gif", gif}}), png));
  Seal("setup.exe", joined(program, drawing::MakeZip({{"b.gif", gif}})));
  Run();
  EXPECT_EQ(house_.Rows("SELECT i.path, c.depth, c.member_path, m.kind, m.state FROM media m JOIN media_copy c USING "
                        "(media_key) JOIN exhibit_item i USING (item_key) ORDER BY i.path, c.depth, c.member_path",
                        5),
            "all.zip|0||application/zip|examined\n"
            "all.zip|1|a.gif|image/gif|examined\n"
            "all.zip|1|behind the end of the archive|image/png|examined\n"
            "film.mp4|0||video/mp4|examined\n"
            "film.mp4|1|behind the end of the video|image/png|examined\n"
            "setup.exe|0||application/vnd.microsoft.portable-executable|unsupported_kind\n"
            "setup.exe|1|behind the end of the program|application/zip|examined\n"
            "setup.exe|2|b.gif|image/gif|examined\n");
  EXPECT_EQ(house_.Number("SELECT count(*) FROM media_frame"), 2) << "the film keeps its own";
}

TEST_F(MediaStage, WhatOneFileUnpacksToIsCountedThroughAllItsLevels) {
  std::vector<std::pair<std::string, Bytes>> inner;
  for (uint8_t i = 0; i < 5; ++i) {
    Bytes noise(40'000);
    SeededRandom random(i);
    random.Fill(noise);
    inner.emplace_back(std::to_string(i), noise);
  }
  Seal("a.zip", drawing::MakeZip({{"inner.zip", drawing::MakeZip(inner, true)}}, true));
  Run(300'000);  // the inner archive is 200 kB, and as much lies in it
  EXPECT_EQ(house_.Number("SELECT count(*) FROM media WHERE kind='application/octet-stream'"), 2);
  EXPECT_EQ(house_.Number("SELECT count(*) FROM media, json_each(media.members) WHERE value->>'reason'='total_limit'"),
            3);
  EXPECT_EQ(house_.Number("SELECT count(*) FROM media WHERE state='pending'"), 0);
}

}  // namespace
}  // namespace crossguard::examine
