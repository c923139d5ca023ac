#include "match/list_import.h"

#include <gtest/gtest.h>

#include "custody/test_house.h"
#include "match/schemes.h"

namespace crossguard::match {
namespace {

class TextFile final : public ReadFile {
 public:
  explicit TextFile(std::string text) : text_(std::move(text)) {}
  Result<size_t> ReadAt(uint64_t offset, std::span<uint8_t> out) override {
    if (offset >= text_.size()) return 0;
    const size_t take = std::min<size_t>({out.size(), text_.size() - offset, 37});  // short reads on purpose
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(offset), take, out.begin());
    return take;
  }
  uint64_t size() const override { return text_.size(); }

 private:
  std::string text_;
};

constexpr const char* kMd5 = "0123456789abcdef0123456789abcdef";
const std::string kSha256(64, 'a');
constexpr const char* kPreamble =
    "# crossguard-list {\"name\":\"alpha\",\"version\":\"2024.2\",\"owner\":\"xx-house\",\"kind\":\"known\","
    "\"scheme\":{\"id\":\"projectvic_us\",\"country\":\"US\",\"version\":\"2.0\"}}\n";

class Import : public testing::Test {
 protected:
  Result<ImportedList> Take(const std::string& text, const ListFacts& facts = {},
                            const std::string& name = "list.csv") {
    TextFile file(text);
    return house.Do(Act::kImportList, [&](Transaction& t, const Permit& permit) {
      return ImportList(t, permit, house.ids, {file, name}, facts);
    });
  }
  TestHouse house;
};

TEST_F(Import, EachRowOfACsvEndsInOneStateWithItsReason) {
  const auto list =
      Take(std::string("\xEF\xBB\xBF") + kPreamble +
           "member,entry_id,md5,sha256,pdq,code,votes_for,votes_against,grade,withdrawn_at,note\r\n" + "m1,e1," + kMd5 +
           ",,,1,3,0,,,\"said \"\"so\"\", twice\"\r\n" +                          // taken, trusted
           "m1,e2,,D41D8CD98F00B204E9800998ECF8427E,,1,,,,,\n" +                  // a short sha256: quarantined
           "m1,e3,d41d8cd98f00b204e9800998ecf8427e,,,1,,,,,\n" +                  // of the empty file: ignored
           "m1,e4,,,,1,,,,,\n" +                                                  // no digest: ignored
           "\n" +                                                                 // no row at all
           "m1,e5," + kMd5 + "," + kSha256 + ",,2,1,1,,,\n" +                     // taken, disputed
           "m1,e6," + kMd5 + "\n" +                                               // too few fields: quarantined
           "m1,e7," + kMd5 + ",,,1,,,indicative,2024-01-02T00:00:00Z,\n" +        // taken, withdrawn
           "m1,e8," + kMd5 + ",,,1,,,,some day,\n" +                              // quarantined
           "m1,e9," + kMd5 + ",,,1,x,,,,\n" +                                     // quarantined
           "m1,e10,d41d8cd98f00b204e9800998ecf8427e," + kSha256 + ",,1,,,,,\n" +  // half empty: quarantined
           "m1,e11,,,zz,1,,,,,\n" +                                               // quarantined
           "m1,\xFF," + kMd5 + ",,,1,,,,,");                                      // not UTF-8: quarantined
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->row_count, 12);
  EXPECT_EQ(list->taken_count, 3);
  EXPECT_EQ(list->ignored_count, 2);
  EXPECT_EQ(list->quarantined_count, 7);
  EXPECT_EQ(list->scheme, "projectvic_us");
  EXPECT_EQ(list->version, "2024.2");
  EXPECT_EQ(
      house.Rows("SELECT entry_id,grade,withdrawn_at IS NOT NULL,place,facts FROM hash_entry ORDER BY entry_key", 5),
      "e1|trusted|0|line 3|{\"note\":\"said \\\"so\\\", twice\"}\ne5|disputed|0|line 8|{}\ne7|indicative|1|line "
      "10|{}\n");
  EXPECT_EQ(house.Number("SELECT count(*) FROM list_quarantine WHERE reason<>'' AND place LIKE 'line %'"), 7);
  EXPECT_EQ(house.Number("SELECT count(*) FROM list_quarantine WHERE place='line 4' AND reason LIKE 'sha256%'"), 1);
}

TEST_F(Import, AListSaysHowItsPdqHashesWereMadeAndOneThatDoesNotMeansTheReference) {
  const std::string rows = std::string("entry_id,md5\ne1,") + kMd5 + "\n";
  ASSERT_TRUE(Take("# crossguard-list {\"name\":\"a\",\"pdq_definition\":\"full\"}\n" + rows).has_value());
  ASSERT_TRUE(Take("# crossguard-list {\"name\":\"b\"}\n" + rows).has_value());
  ASSERT_TRUE(Take("# crossguard-list {\"name\":\"c\"}\n" + rows, {.pdq_definition = "full"}).has_value());
  EXPECT_EQ(house.Rows("SELECT name, pdq_definition FROM hash_list ORDER BY name", 2), "a|full\nb|reference\nc|full\n");
  const auto refused = Take("# crossguard-list {\"name\":\"d\",\"pdq_definition\":\"my own\"}\n" + rows);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kInvalid);
}

TEST_F(Import, TheSameFileAgainChangesNothingAndSaysSo) {
  const std::string text = std::string(kPreamble) + "entry_id,md5\ne1," + kMd5 + "\n";
  const auto first = Take(text);
  ASSERT_TRUE(first);
  const auto again = Take(text, {.name = "another"}, "other.csv");
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->already_imported);
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(again->name, "alpha");
  EXPECT_EQ(house.Number("SELECT count(*) FROM hash_entry"), 1);
  EXPECT_EQ(house.Number("SELECT count(*) FROM hash_list"), 1);
}

TEST_F(Import, ANewerVersionPutsTheOlderOutOfForceInWhateverOrderTheyCome) {
  const auto versioned = [&](const char* version, const char* id) {
    return Take(std::string("entry_id,md5\n") + id + "," + kMd5 + "\n",
                {.name = "alpha", .version = version, .owner = "xx-house"});
  };
  ASSERT_TRUE(versioned("2.9", "a"));
  const auto newer = versioned("2.10", "b");
  ASSERT_TRUE(newer);
  EXPECT_EQ(newer->superseded_lists, 1);
  const auto late = versioned("2.2", "c");
  ASSERT_TRUE(late);
  EXPECT_FALSE(late->current);
  EXPECT_EQ(house.Rows("SELECT version,state FROM hash_list ORDER BY list_key", 2),
            "2.9|superseded\n2.10|current\n2.2|superseded\n");
  EXPECT_EQ(house.Number("SELECT count(*) FROM hash_entry"), 3);  // entries stay

  const auto same_version = versioned("2.10", "d");
  ASSERT_FALSE(same_version);
  EXPECT_EQ(same_version.error().code, Code::kConflict);
  const auto other_kind = Take("md5\n" + std::string(kMd5) + "\n\n",
                               {.name = "alpha", .version = "3", .owner = "xx-house", .kind = ListKind::kBenign});
  ASSERT_FALSE(other_kind);
  EXPECT_EQ(other_kind.error().code, Code::kConflict);
  EXPECT_EQ(house.Number("SELECT count(*) FROM hash_list"), 3);
  // Without an owner two lists of one name are strangers.
  ASSERT_TRUE(Take("md5\n" + std::string(kMd5) + "\n"));
  EXPECT_EQ(Take("md5\n" + std::string(32, 'b') + "\n")->superseded_lists, 0);
}

TEST_F(Import, VicsJsonOfBothGenerationsIsReadAndItsSchemeDerived) {
  const auto two = Take(
      "\xEF\xBB\xBF{\"value\":[{\"MediaID\":7,\"Category\":1,\"MD5\":\"" + std::string(kMd5) +
          "\",\"MediaSize\":\"12\",\"Tags\":[\"a\",\"b\"],\"VictimIdentified\":true,\"DateUpdated\":\"/"
          "Date(1646216130000+0000)/\",\"Series\":\"s\","
          "\"AlternativeHashes\":[{\"HashName\":\"PDQ\",\"HashValue\":\"" +
          std::string(64, 'c') +
          "\"},{\"HashName\":\"PhotoDNA\",\"HashValue\":\"QUJD\"}],"
          "\"MediaFiles\":[{\"MD5\":\"x\",\"FileName\":\"a\\\\b\"},{}]},"
          "{\"MediaID\":8,\"Category\":null,\"SHA1\":\"bad\",\"DateUpdated\":\"03/02/2022 10:15:30 AM\"},"
          "{\"MediaID\":9,\"IsPrecategorized\":true,\"DateUpdated\":\"2022-03-03T00:00:00Z\"},5],"
          "\"@odata.context\":\"http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media\"}",
      {}, "vics.json");
  ASSERT_TRUE(two) << two.error().message;
  EXPECT_EQ(two->name, "vics");
  EXPECT_EQ(two->scheme, "projectvic_us");
  EXPECT_EQ(two->version, "2022-03-03T00:00:00Z");
  EXPECT_EQ(two->row_count, 4);
  EXPECT_EQ(two->taken_count, 1);
  EXPECT_EQ(two->ignored_count, 1);
  EXPECT_EQ(two->quarantined_count, 2);
  EXPECT_EQ(house.Rows("SELECT entry_id,code,size_bytes,series,hex(pdq),facts FROM hash_entry", 6),
            "7|1|12|s|" + std::string(64, 'C') +
                "|{\"AlternativeHashes.PhotoDNA\":\"QUJD\",\"DateUpdated\":\"/Date(1646216130000+0000)/"
                "\",\"MediaFiles\":\"2\",\"Tags\":\"a|b\",\"VictimIdentified\":\"true\"}\n");

  const auto one = Take(
      "{\"odata.metadata\":\"http://github.com/ICMEC/ProjectVic/DataModels/"
      "1.3.xml#Media\",\"value\":[{\"Category\":0,\"MD5\":\"" +
      std::string(kMd5) + "\"}]}");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->scheme, "unclassified");

  const auto cases = Take(
      "{\"@odata.context\":\"http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/"
      "$metadata#Cases\",\"value\":[{\"CaseID\":\"c\",\"Media\":["
      "{\"MediaID\":1,\"MD5\":\"" +
      std::string(kMd5) + "\"},{\"MediaID\":2,\"MD5\":\"" + std::string(kMd5) + "\"}],\"TotalMediaFiles\":9}]}");
  ASSERT_TRUE(cases);
  EXPECT_EQ(cases->taken_count, 2);
  EXPECT_EQ(cases->row_count, 2);
}

TEST(Schemes, ZeroAndFiveAreSwappedBetweenGenerationsAndAnUnknownSchemeIsNeverBenign) {
  EXPECT_EQ(MeaningOf("projectvic_us", "0"), Meaning::kNonPertinent);
  EXPECT_EQ(MeaningOf("projectvic_us", "5"), Meaning::kUnclassified);
  EXPECT_EQ(MeaningOf("dhs_legacy", "0"), Meaning::kUnclassified);
  EXPECT_EQ(MeaningOf("dhs_legacy", "5"), Meaning::kNonPertinent);
  for (const char* code : {"0", "5", "", "A"}) EXPECT_EQ(MeaningOf("unclassified", code), Meaning::kUnclassified);
  EXPECT_EQ(SchemeOfContext("http://x.example/DataModels/2.0.xml/NZ/$metadata#Media").id, "unclassified");
  EXPECT_EQ(SchemeOfContext("http://x.example/DataModels/2.0.xml/NZ/$metadata#Media").country, "NZ");
  EXPECT_EQ(SchemeOfContext("http://x.example/DataModels/2.0.xml/Default/$metadata#Media").id, "unclassified");
  EXPECT_EQ(SchemeOfContext("").id, "unclassified");
}

TEST_F(Import, AnIcseStyleExportIsReadByItsHeader) {
  const auto list = Take(
      "MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender identified;Series name;Number of "
      "submissions;File Available;Media Type;Baseline\n" +
          std::string(kMd5) + ";;;77;true;false;false;blue;3;true;image;true\n" + std::string(32, 'b') +
          ";;;78;;;;;;;;false\n",
      {.owner = "xx-house"});
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->scheme, "interpol_baseline");
  EXPECT_EQ(house.Rows("SELECT entry_id,code,series FROM hash_entry ORDER BY entry_key", 3),
            "77|baseline|blue\n78||\n");
}

TEST_F(Import, ATombstoneWithdrawsItsEntryWhereverItStands) {
  const auto list = Take(std::string(kPreamble) + "member,entry_id,md5,withdrawn_at\nm1,e1," + kMd5 + ",\nm2,e1," +
                         kMd5 + ",\nm1,e1," + kMd5 + ",2024-05-01\n");
  ASSERT_TRUE(list);
  EXPECT_EQ(house.Rows("SELECT member,withdrawn_at IS NOT NULL FROM hash_entry ORDER BY entry_key", 2),
            "m1|1\nm2|0\nm1|1\n");
}

TEST_F(Import, ABrokenListIsRefusedWholeAndLeavesNothing) {
  const std::string half = "{\"value\":[{\"MD5\":\"" + std::string(kMd5) + "\"},{\"MD5\":";
  for (const std::string& bad :
       {std::string(), std::string("name,code\na,b\n"), half, std::string("{\"values\":[]}"), std::string("md5,md5\n"),
        std::string("md5\n\"") + kMd5, std::string("m\0d5\n", 6), std::string("# crossguard-list {\nmd5\n"),
        std::string("# crossguard-list {\"kind\":\"maybe\"}\nmd5\n"), std::string("[") + std::string(100, '[')}) {
    const auto list = Take(bad);
    ASSERT_FALSE(list) << bad;
    EXPECT_TRUE(list.error().code == Code::kInvalid || list.error().code == Code::kExhausted);
    EXPECT_EQ(list.error().message.find(kMd5), std::string::npos);
  }
  EXPECT_EQ(house.Number("SELECT count(*) FROM hash_list"), 0);
  EXPECT_EQ(house.Number("SELECT count(*) FROM hash_entry"), 0);
}

TEST_F(Import, AnOverlongFieldQuarantinesItsRowAndTheRestIsTaken) {
  const auto csv = Take("md5,code\n" + std::string(kMd5) + "," + std::string(2'000'000, 'x') + "\n" + kMd5 + ",1\n");
  ASSERT_TRUE(csv);
  EXPECT_EQ(csv->quarantined_count, 1);
  EXPECT_EQ(csv->taken_count, 1);
  const auto json = Take("{\"value\":[{\"MD5\":\"" + std::string(kMd5) + "\",\"Comments\":\"" +
                         std::string(2'000'000, 'x') + "\"},{\"MD5\":\"" + kMd5 + "\"}]}");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->quarantined_count, 1);
  EXPECT_EQ(json->taken_count, 1);
}

}  // namespace
}  // namespace crossguard::match
