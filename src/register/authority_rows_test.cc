// The book in the register: what is put is what is read, and nothing that stood there is lost.
#include "register/authority_rows.h"

#include <gmock/gmock.h>

#include "model/testing_books.h"

namespace crossguard::authority_rows {
namespace {

class AuthorityRows : public testing::Test {
 protected:
  Result<Load> Put(const AuthorityBook& book, int64_t day = 1, const std::string& officer = "") {
    Transaction transaction = Transaction::Begin(*db_).value();
    auto load = PutBook(transaction, book,
                        {.at = Instant{day * kMicrosPerDay},
                         .source_path = "a.toml",
                         .source_sha256 = Sha256::From(Bytes(32, static_cast<uint8_t>(day))).value(),
                         .officer = officer});
    if (load) {
      EXPECT_TRUE(transaction.Commit());
    }
    return load;
  }
  int64_t RowTotal() {
    return db_
        ->Number(
            "SELECT (SELECT count(*) FROM authority)+(SELECT count(*) FROM gateway)+(SELECT count(*) FROM officer)")
        .value()
        .value();
  }
  std::unique_ptr<Database> db_ = OpenSqlite(":memory:", OpenMode::kReadWrite).value();
};

template <class Noun>
std::vector<Noun> ById(std::vector<Noun> all) {
  std::sort(all.begin(), all.end(), [](const Noun& a, const Noun& b) { return a.id < b.id; });
  return all;
}

TEST_F(AuthorityRows, BeforeTheFirstLoadThereIsNoBook) {
  EXPECT_FALSE(LastLoad(*db_).value());
  EXPECT_EQ(ReadBook(*db_).error().code, Code::kNotFound);
}

TEST_F(AuthorityRows, WhatIsPutIsWhatIsReadThroughAnyNumberOfEdits) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    db_ = OpenSqlite(":memory:", OpenMode::kReadWrite).value();
    BookMaker maker(seed);
    AuthorityBook book = maker.Make();
    std::vector<std::pair<Load, AuthorityBook>> put;
    for (int64_t day = 1; day <= 12; ++day) {
      const BookChange told = CompareBook(*db_, book).value();
      const int64_t rows_before = RowTotal();
      const auto load = Put(book, day);
      ASSERT_TRUE(load) << load.error().message;
      EXPECT_EQ(load->change, told) << "what is told beforehand is what is done";
      EXPECT_EQ(RowTotal(), rows_before + told.added_count + told.changed_count) << "no row is ever deleted";
      ASSERT_EQ(ReadBook(*db_).value(), book) << "seed " << seed << ", day " << day;
      EXPECT_EQ(CompareBook(*db_, book)->unchanged_count,
                static_cast<int64_t>(book.authorities.size() + book.gateways.size() + book.officers.size()));
      put.emplace_back(*load, book);
      maker.Edit(book);
    }
    // Each earlier book can still be read; only the order of its entries is today's.
    for (const auto& [load, then] : put) {
      const AuthorityBook read = ReadBookOf(*db_, load).value();
      EXPECT_EQ(ById(read.authorities), ById(then.authorities));
      EXPECT_EQ(ById(read.gateways), ById(then.gateways));
      EXPECT_EQ(ById(read.officers), ById(then.officers));
    }
    EXPECT_EQ(Loads(*db_)->size(), put.size());
  }
}

TEST_F(AuthorityRows, TheSameBookAgainChangesNothingButIsRecorded) {
  const AuthorityBook book = BookMaker(1).Make();
  ASSERT_TRUE(Put(book, 1));
  const int64_t rows = RowTotal();
  const Load again = Put(book, 2, "officer-1").value();
  EXPECT_EQ(again.change.added_count + again.change.changed_count + again.change.ended_count, 0);
  EXPECT_EQ(RowTotal(), rows);
  EXPECT_EQ(LastLoad(*db_).value()->officer, "officer-1");
}

TEST_F(AuthorityRows, WhatTheFileLeavesOutEndsAndStaysVisibleAndMayComeBack) {
  AuthorityBook book = BookMaker(2).Make();
  book.gateways.front().id = "gone";
  ASSERT_TRUE(Put(book, 1));
  const AuthorityBook whole = book;
  book.gateways.erase(book.gateways.begin());
  if (book.gateways.empty()) book.gateways.push_back(BookMaker(3).Make().gateways.front());
  ASSERT_TRUE(Put(book, 2));
  EXPECT_EQ(ReadBook(*db_)->FindGateway("gone"), nullptr);
  const auto versions = [&] {
    std::vector<Version<Gateway>> out;
    const auto all = GatewayVersions(*db_).value();
    for (const auto& one : all) {
      if (one.value.id == "gone") out.push_back(one);
    }
    return out;
  };
  ASSERT_EQ(versions().size(), 1U);
  EXPECT_EQ(versions()[0].since, Instant{1 * kMicrosPerDay});
  EXPECT_EQ(versions()[0].until, Instant{2 * kMicrosPerDay});
  ASSERT_TRUE(Put(whole, 3));
  ASSERT_EQ(versions().size(), 2U);
  EXPECT_EQ(versions()[0].value, versions()[1].value);
  EXPECT_FALSE(versions()[1].until);
}

TEST_F(AuthorityRows, AChangedOfficerIsASecondVersionAndTheFirstHasEnded) {
  AuthorityBook book = BookMaker(4).Make();
  ASSERT_TRUE(Put(book, 1));
  book.officers.front().roles = {"data_protection", "intake"};
  book.officers.front().valid_until = Instant{30'000 * kMicrosPerDay};
  const Load load = Put(book, 2).value();
  EXPECT_EQ(load.change.changed_count, 1);
  EXPECT_EQ(load.change.added_count, 0);
  std::vector<std::optional<Instant>> ends;
  const auto all = OfficerVersions(*db_).value();
  for (const auto& one : all) {
    if (one.value.id == book.officers.front().id) ends.push_back(one.until);
  }
  EXPECT_THAT(ends, testing::ElementsAre(Instant{2 * kMicrosPerDay}, std::nullopt));
}

TEST_F(AuthorityRows, ThePointOfContactMovesFromOneAuthorityToAnother) {
  AuthorityBook book = BookMaker(6).Make();
  Authority second = *book.ForCountry("BB");
  second.id = "bb-second";
  second.single_point_of_contact = false;
  book.authorities.insert(book.authorities.begin(), second);
  ASSERT_TRUE(Put(book, 1));
  for (Authority& one : book.authorities) {
    if (one.country == "BB") one.single_point_of_contact = one.id == "bb-second";
  }
  ASSERT_TRUE(Put(book, 2));
  EXPECT_EQ(ReadBook(*db_)->ForCountry("BB")->id, "bb-second");
  for (Authority& one : book.authorities) one.single_point_of_contact = one.country == "BB";
  EXPECT_FALSE(Put(book, 3)) << "no country has two, whoever writes the rows";
}

TEST_F(AuthorityRows, ARegisterBelongsToOneAuthority) {
  AuthorityBook book = BookMaker(7).Make();
  ASSERT_TRUE(Put(book, 1));
  book.self = "bb-1";
  const auto load = Put(book, 2);
  ASSERT_FALSE(load);
  EXPECT_EQ(load.error().code, Code::kConflict);
  EXPECT_THAT(load.error().message, testing::HasSubstr("that of aa-1"));
  EXPECT_EQ(ReadBook(*db_)->self, "aa-1");
}

TEST_F(AuthorityRows, ADamagedRowIsCorruptAndNotAnEmptyList) {
  ASSERT_TRUE(Put(BookMaker(8).Make(), 1));
  for (const char* damage : {"'[1]'", "'{}'", "'[\"a\"'", "''"}) {
    ASSERT_TRUE(db_->Run(std::string("UPDATE gateway SET purposes_json=") + damage));
    const auto book = ReadBook(*db_);
    ASSERT_FALSE(book) << damage;
    EXPECT_EQ(book.error().code, Code::kCorrupt);
  }
}

}  // namespace
}  // namespace crossguard::authority_rows
