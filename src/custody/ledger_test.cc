#include "custody/ledger.h"

#include <chrono>
#include <fstream>
#include <set>

#include "crypto/merkle.h"
#include "custody/testing_house.h"
#include "register/custody_rows.h"
#include "register/damage.h"

namespace crossguard {
namespace {

class LedgerTest : public LedgerHouse {
 protected:
  std::vector<std::string> FilesBelow() {
    std::vector<std::string> out;
    for (const auto& item : std::filesystem::recursive_directory_iterator(folder_)) {
      if (item.is_regular_file()) out.push_back(item.path().string());
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  static Bytes Load(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void Store(const std::string& path, const Bytes& bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  Result<LedgerReport> VerifyFolder() { return VerifyLedgerFolder(files_, folder_, ledger_.verifier()); }
};

TEST_F(LedgerTest, AnEntryIsCanonicalAndItsLeafIsRfc6962) {
  LedgerEntry entry{.at = clock_.Now(),
                    .act = "seal_submission",
                    .officer = "officer-1",
                    .object_id = "sub-1",
                    .details_json = R"({ "z":1, "a":"b" })"};
  ASSERT_EQ(Append(entry), 0);
  const std::string text = Ledger::Entry(*database_, 0).value();
  EXPECT_EQ(
      text,
      R"({"act":"seal_submission","at":"2022-03-02T10:15:30Z","details":{"a":"b","z":1},"index":0,"object":"sub-1","officer":"officer-1"})");
  EXPECT_EQ(FindLeaf(*database_, 0).value()->leaf_hash, HashLeaf(AsBytes(text)));
}

TEST_F(LedgerTest, WhatIsTooLongOrNoObjectIsRefused) {
  Transaction transaction = Transaction::Begin(*database_).value();
  EXPECT_EQ(ledger_.Append(transaction, {.act = "x", .details_json = "{\"a\":\"" + std::string(70'000, 'x') + "\"}"})
                .error()
                .code,
            Code::kExhausted);
  EXPECT_EQ(ledger_.Append(transaction, {.act = "x", .details_json = "7"}).error().code, Code::kInvalid);
  EXPECT_EQ(
      ledger_.Append(transaction, {.act = "x", .secrets = {{.field = "f", .value = Private(std::string(20'000, 'x'))}}})
          .error()
          .code,
      Code::kExhausted);
  EXPECT_TRUE(ledger_.Append(transaction, {.act = "bad \xFF", .object_id = "\xFF"}));
  ASSERT_TRUE(transaction.Commit());
  EXPECT_TRUE(ledger_.Verify(*database_));
}

TEST_F(LedgerTest, ACopyOfTheFolderVerifiesWithTheKeyAloneAtEverySize) {
  int64_t size = 0;
  for (const int64_t grow : {0, 1, 2, 252, 1, 1, 255, 1, 300}) {
    AppendMany(grow);
    size += grow;
    const auto head = ledger_.Publish(*database_);
    ASSERT_TRUE(head) << head.error().message;
    EXPECT_EQ(head->size, size);
    const auto report = VerifyFolder();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->published_count, size);
    EXPECT_EQ(report->root, head->root);
    const auto whole = ledger_.Verify(*database_);
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_EQ(whole->leaf_count, size);
    // Only files of this size are left: a checkpoint, entries and tiles.
    EXPECT_LE(FilesBelow().size(), static_cast<size_t>(1 + 2 * ((size + 255) / 256) + 1));
  }
  const auto again = ledger_.Publish(*database_);
  EXPECT_EQ(again->size, size);
}

TEST_F(LedgerTest, AnyChangedByteOfAnyFileIsFoundAndTheFileNamed) {
  AppendMany(300);
  ASSERT_TRUE(ledger_.Publish(*database_));
  SeededRandom random(5);
  for (const std::string& path : FilesBelow()) {
    const Bytes good = Load(path);
    const size_t tries = std::min<size_t>(good.size(), 60);
    for (size_t i = 0; i < tries; ++i) {
      Bytes bad = good;
      bad[good.size() <= 60 ? i : random.Below(good.size())] ^= static_cast<uint8_t>(1U << random.Below(8));
      Store(path, bad);
      const auto report = VerifyFolder();
      ASSERT_FALSE(report) << path;
      EXPECT_EQ(report.error().code, Code::kCorrupt);
      EXPECT_NE(report.error().message.find("ledger/"), std::string::npos) << report.error().message;
      EXPECT_FALSE(ledger_.Verify(*database_)) << path;
    }
    for (const size_t keep : {size_t{0}, good.size() / 2, good.size() - 1}) {
      Store(path, Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(keep)));
      EXPECT_FALSE(VerifyFolder()) << path;
    }
    Bytes longer = good;
    longer.push_back(0);
    Store(path, longer);
    EXPECT_FALSE(VerifyFolder()) << path;
    std::filesystem::remove(path);
    EXPECT_FALSE(VerifyFolder()) << path;
    Store(path, good);
  }
  EXPECT_TRUE(VerifyFolder());
}

TEST_F(LedgerTest, AnyChangedRowIsFoundAndTheLeafNamed) {
  AppendMany(20);
  ASSERT_TRUE(ledger_.Publish(*database_));
  AppendMany(3);  // not published yet
  SeededRandom random(9);
  for (const int64_t leaf : {0, 7, 19, 21}) {
    const LeafRow good = FindLeaf(*database_, leaf).value().value();
    for (size_t at = 0; at < good.entry.size(); ++at) {
      std::string bad = good.entry;
      bad[at] = static_cast<char>(static_cast<uint8_t>(bad[at]) ^ static_cast<uint8_t>(1U << random.Below(8)));
      ASSERT_TRUE(RewriteLeafForTest(*database_, leaf, bad, good.leaf_hash));
      const auto found = ledger_.Verify(*database_);
      ASSERT_FALSE(found) << bad;
      EXPECT_EQ(found.error().code, Code::kCorrupt);
      EXPECT_NE(found.error().message.find("Leaf " + std::to_string(leaf) + " "), std::string::npos)
          << found.error().message;
      if (leaf < 20) {  // rewritten with care: entry and hash together
        ASSERT_TRUE(RewriteLeafForTest(*database_, leaf, bad, HashLeaf(AsBytes(bad))));
        EXPECT_FALSE(ledger_.Verify(*database_)) << bad;
      }
    }
    ASSERT_TRUE(RewriteLeafForTest(*database_, leaf, good.entry, good.leaf_hash));
  }
  EXPECT_TRUE(ledger_.Verify(*database_));
}

TEST_F(LedgerTest, ARegisterThatWasPutBackIsDetected) {
  AppendMany(10);
  ASSERT_TRUE(ledger_.Publish(*database_));
  ASSERT_TRUE(RemoveLeavesForTest(*database_, 8));
  EXPECT_EQ(ledger_.Publish(*database_).error().code, Code::kCorrupt);
  EXPECT_NE(ledger_.Publish(*database_).error().message.find("history was rewritten"), std::string::npos);
  EXPECT_EQ(ledger_.Verify(*database_).error().code, Code::kCorrupt);
  AppendMany(5);  // and grown again past the checkpoint: another history
  EXPECT_EQ(ledger_.Publish(*database_).error().code, Code::kCorrupt);
  EXPECT_EQ(ledger_.Verify(*database_).error().code, Code::kCorrupt);
}

TEST_F(LedgerTest, AnotherKeysCheckpointIsRefused) {
  AppendMany(4);
  ASSERT_TRUE(ledger_.Publish(*database_));
  const SigningKey other = SigningKey::Make(random_);
  EXPECT_FALSE(VerifyLedgerFolder(files_, folder_, {.name = "crossguard/nz-dia/test", .key = other.public_key()}));
  EXPECT_FALSE(VerifyLedgerFolder(files_, folder_, {.name = "crossguard/nz-dia/else", .key = key_.public_key()}));
  Ledger stranger(env_, folder_, "crossguard/nz-dia/test", other);
  EXPECT_EQ(stranger.Publish(*database_).error().code, Code::kCorrupt);
}

TEST_F(LedgerTest, AProofTravelsWithItsEntryAndFitsNoOther) {
  AppendMany(700);
  EXPECT_EQ(ledger_.Proof(*database_, 3).error().code, Code::kNotFound);
  ASSERT_TRUE(ledger_.Publish(*database_));
  for (const int64_t leaf : {0, 255, 256, 511, 699}) {
    const auto proof = ledger_.Proof(*database_, leaf);
    ASSERT_TRUE(proof) << proof.error().message;
    const std::string entry = Ledger::Entry(*database_, leaf).value();
    const auto proven = VerifyLedgerProof(*proof, entry, ledger_.verifier());
    ASSERT_TRUE(proven) << proven.error().message;
    EXPECT_EQ(proven->index, leaf);
    EXPECT_EQ(proven->checkpoint.size, 700U);
    EXPECT_FALSE(VerifyLedgerProof(*proof, entry + " ", ledger_.verifier()));
    for (size_t at = 0; at < proof->size(); at += 3) {
      std::string bad = *proof;
      bad[at] = static_cast<char>(bad[at] ^ 1);
      EXPECT_FALSE(VerifyLedgerProof(bad, entry, ledger_.verifier())) << at;
      EXPECT_FALSE(VerifyLedgerProof(proof->substr(0, at), entry, ledger_.verifier())) << at;
    }
  }
  EXPECT_EQ(ledger_.Proof(*database_, 700).error().code, Code::kNotFound);
}

TEST_F(LedgerTest, AnErasedReasonLeavesALogThatVerifiesAndSaysNothing) {
  LedgerEntry entry{.at = clock_.Now(), .act = "triage", .officer = "officer-1"};
  entry.secrets.push_back({.field = "reason", .value = Private<std::string>("about someone")});
  Append(entry);
  Append(entry);
  const std::string first = Ledger::Entry(*database_, 0).value();
  EXPECT_NE(first.find("commitments"), std::string::npos);
  EXPECT_EQ(first.find("someone"), std::string::npos);
  // The same reason twice is two commitments: no one can see that they are equal.
  EXPECT_NE(first.substr(first.find("commitments"), 90),
            Ledger::Entry(*database_, 1)->substr(first.find("commitments"), 90));
  ASSERT_TRUE(ledger_.Publish(*database_));
  {
    Transaction transaction = Transaction::Begin(*database_).value();
    ASSERT_TRUE(Ledger::Erase(transaction, 0, "reason"));
    EXPECT_EQ(Ledger::Erase(transaction, 0, "reason").error().code, Code::kNotFound);
    ASSERT_TRUE(transaction.Commit());
  }
  EXPECT_EQ(Ledger::Reveal(*database_, 0, "reason").value(), std::nullopt);
  EXPECT_EQ(Ledger::Reveal(*database_, 1, "reason").value()->reveal(), "about someone");
  EXPECT_EQ(Ledger::Reveal(*database_, 1, "name").error().code, Code::kNotFound);
  EXPECT_TRUE(ledger_.Verify(*database_));
}

TEST_F(LedgerTest, AChangedReasonIsFound) {
  AppendMany(3);
  ASSERT_TRUE(RewritePrivateForTest(*database_, 1, "reason", "another reason"));
  const auto found = ledger_.Verify(*database_);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("Leaf 1 "), std::string::npos);
  EXPECT_EQ(found.error().message.find("another reason"), std::string::npos);
}

TEST_F(LedgerTest, TwentyThousandLeavesAppendPublishAndVerifyInSeconds) {
  const auto begin = std::chrono::steady_clock::now();
  AppendMany(20'000);
  const auto appended = std::chrono::steady_clock::now();
  ASSERT_TRUE(ledger_.Publish(*database_));
  const auto published = std::chrono::steady_clock::now();
  const auto report = ledger_.Verify(*database_);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->published_count, 20'000);
  const auto verified = std::chrono::steady_clock::now();
  const auto ms = [](auto from, auto until) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(until - from).count());
  };
  RecordProperty("append_ms", ms(begin, appended));
  RecordProperty("publish_ms", ms(appended, published));
  RecordProperty("verify_ms", ms(published, verified));
  EXPECT_LT(verified - begin, std::chrono::seconds(60));  // about 1.5 s; quadratic work would take many minutes
}

}  // namespace
}  // namespace crossguard
