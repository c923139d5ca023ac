// Witnesses against forged histories. CROSSGUARD_TAMPERED_PROOFS sets how many tampered proofs (2,000 unless it says
// another number).
#include "custody/witness.h"

#include <cstdlib>

#include "crypto/merkle.h"
#include "custody/testing_house.h"
#include "register/witness_rows.h"

namespace crossguard {
namespace {

using State = CosignAnswer::State;

int TamperedCount() {
  const char* const text = std::getenv("CROSSGUARD_TAMPERED_PROOFS");
  return text == nullptr ? 2'000 : std::stoi(text);
}

// A log in memory whose operator holds its key and may say what he likes.
struct Log1 {
  std::string origin = "crossguard/aa-lead/one";
  std::vector<Sha256> leaves;
  void Grow(uint64_t size, char of = 'a') {
    for (uint64_t i = leaves.size(); i < size; ++i) leaves.push_back(HashLeaf(AsBytes(of + std::to_string(i))));
  }
  Sha256 Root(uint64_t size) const { return TreeRoot(size, NodesOf(leaves)).value(); }
  std::string Head(uint64_t size, const SigningKey& key) const {
    return SignCheckpoint({.origin = origin, .size = size, .root = Root(size)}, key).value();
  }
  CosignRequest Ask(uint64_t old_size, uint64_t size, const SigningKey& key) const {
    return {.old_size = old_size,
            .proof = ProveConsistency(old_size, size, NodesOf(std::span(leaves).first(size))).value(),
            .checkpoint = Head(size, key)};
  }
};

class WitnessTest : public testing::Test {
 protected:
  // One witness: a house of its own.
  struct House {
    explicit House(const std::string& name) : self(name) {
      book.self = name;
      book.officers = {{.id = "officer-1", .roles = {"supervisor"}}};
    }
    std::string self;
    ManualClock clock{Instant{1'646'216'130'000'000}};
    SeededRandom random{21};
    SystemFiles files;
    Env env{.clock = clock, .random = random, .files = files, .log = Log(nullptr)};
    AuthorityBook book;
    SigningKey key = SigningKey::Make(random);
    std::unique_ptr<Database> db = OpenSqlite(":memory:", OpenMode::kReadWrite).value();
    Ledger ledger{env, "/nowhere", "crossguard/" + self + "/w", key};
    Gate gate{env, book, ledger};

    Result<CosignAnswer> Take(const WitnessedLog& log, const CosignRequest& request) {
      Transaction transaction = Transaction::Begin(*db).value();
      const Permit permit = Pass(transaction);
      auto answer = Cosign(transaction, permit, log, request, "crossguard/" + self + "/w", key);
      if (answer) {
        EXPECT_TRUE(transaction.Commit());
      }
      return answer;
    }
    Permit Pass(Transaction& transaction) {
      return gate
          .Pass(transaction,
                {.act = Act::kCosignCheckpoint, .officer = "officer-1", .object_id = "", .reason = "Test."})
          .value();
    }
    int64_t Number(std::string_view sql) { return db->Number(sql).value().value_or(-1); }
    NoteVerifier verifier() const { return {.name = "crossguard/" + self + "/w", .key = key.public_key()}; }
  };

  WitnessTest() { log_.Grow(200); }
  SeededRandom random_{5};
  SigningKey key_ = SigningKey::Make(random_);
  Log1 log_;
  WitnessedLog known_{.authority = "aa-lead", .verifier = {.name = log_.origin, .key = key_.public_key()}};
  House b_{"bb-hub"};
  House c_{"cc-police"};
};

TEST_F(WitnessTest, AHeadThatExtendsTheLastOneIsStoredAndCosigned) {
  const auto first = b_.Take(known_, log_.Ask(0, 60, key_));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->state, State::kCosigned);
  const auto next = b_.Take(known_, log_.Ask(60, 131, key_));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->state, State::kCosigned);
  EXPECT_EQ(b_.Number("SELECT size FROM witnessed"), 131);
  const std::string text = CheckpointText({.origin = log_.origin, .size = 131, .root = log_.Root(131)}).value();
  EXPECT_EQ(VerifyCosignature(text, next->line, b_.verifier()).value(), Instant{1'646'216'130'000'000});
  EXPECT_TRUE(b_.Take(known_, log_.Ask(131, 131, key_))->state == State::kCosigned) << "the same again is no harm";
  EXPECT_EQ(b_.Number("SELECT count(*) FROM witness_alarm"), 0);
}

TEST_F(WitnessTest, AnOldSizeThatIsNotTheLastSeenIsAConflictThatNamesIt) {
  ASSERT_TRUE(b_.Take(known_, log_.Ask(0, 60, key_)));
  for (const uint64_t old_size : {uint64_t{0}, uint64_t{59}, uint64_t{61}}) {
    const auto answer = b_.Take(known_, log_.Ask(old_size, 100, key_));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->state, State::kConflict);
    EXPECT_EQ(answer->last_seen, 60U);
    EXPECT_EQ(answer->line, "");
  }
  EXPECT_EQ(b_.Number("SELECT size FROM witnessed"), 60);
  EXPECT_EQ(b_.Take(known_, {.old_size = 101, .proof = {}, .checkpoint = log_.Head(100, key_)}).error().code,
            Code::kInvalid);
}

TEST_F(WitnessTest, NoTamperedProofIsAccepted) {
  ASSERT_TRUE(b_.Take(known_, log_.Ask(0, 77, key_)));
  Log1 forged = log_;
  forged.leaves[40] = HashLeaf(AsBytes("rewritten"));
  const int count = TamperedCount();
  int accepted = 0, refused = 0;
  for (int i = 0; i < count; ++i) {
    const uint64_t size = 78 + random_.Take<1>()[0] % 122U;
    CosignRequest request = log_.Ask(77, size, key_);
    const CosignRequest honest = request;
    const auto pick = random_.Take<4>();
    switch (pick[0] % 7) {
      case 0:  // one bit of one hash
        request.proof[pick[1] % request.proof.size()].bytes[pick[2] % 32] ^= static_cast<uint8_t>(1U << (pick[3] % 8U));
        break;
      case 1:
        request.proof.erase(request.proof.begin() + pick[1] % std::ssize(request.proof));
        break;
      case 2:
        request.proof.insert(request.proof.begin() + pick[1] % std::ssize(request.proof), log_.leaves[pick[2] % 200U]);
        break;
      case 3:
        std::swap(request.proof.front(), request.proof.back());
        break;
      case 4:  // a rewritten history, with its own honest proof
        request = forged.Ask(77, size, key_);
        break;
      case 5:  // a rewritten history's head with the true proof
        request.checkpoint = forged.Head(size, key_);
        break;
      default:  // the proof of another size
        request.proof = log_.Ask(77, size == 199 ? 198 : size + 1, key_).proof;
        break;
    }
    if (request.proof == honest.proof && request.checkpoint == honest.checkpoint) continue;
    const auto answer = b_.Take(known_, request);
    ASSERT_TRUE(answer) << answer.error().message;
    if (answer->state == State::kCosigned)
      ++accepted;
    else
      ++refused;
    ASSERT_EQ(b_.Number("SELECT size FROM witnessed"), 77) << "what is refused is not stored";
  }
  EXPECT_EQ(accepted, 0);
  EXPECT_GT(refused, count * 3 / 4);
  EXPECT_EQ(b_.Take(known_, log_.Ask(77, 150, key_))->state, State::kCosigned) << "the true one still is";
}

TEST_F(WitnessTest, ARewrittenHistoryRaisesAnAlarmWithBothHeads) {
  ASSERT_TRUE(b_.Take(known_, log_.Ask(0, 77, key_)));
  Log1 forged = log_;
  forged.leaves[3] = HashLeaf(AsBytes("rewritten"));
  const auto answer = b_.Take(known_, forged.Ask(77, 100, key_));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->state, State::kRefused);
  EXPECT_TRUE(answer->alarm);
  ASSERT_TRUE(witness_rows::EachAlarm(*b_.db, [&](const witness_rows::Alarm& alarm) -> Status {
    EXPECT_EQ(alarm.kind, "rewritten");
    EXPECT_EQ(alarm.seen_note, log_.Head(77, key_));
    EXPECT_EQ(alarm.other_note, forged.Head(100, key_));
    return {};
  }));
  EXPECT_EQ(b_.Number("SELECT count(*) FROM witness_alarm"), 1);
}

TEST_F(WitnessTest, ASplitViewIsDetectedAndNeitherSideGetsTwoOfThree) {
  House d{"dd-police"};
  Log1 other = log_;
  other.leaves[3] = HashLeaf(AsBytes("another history"));
  ASSERT_EQ(b_.Take(known_, log_.Ask(0, 77, key_))->state, State::kCosigned);
  ASSERT_EQ(c_.Take(known_, other.Ask(0, 77, key_))->state, State::kCosigned) << "C cannot know better yet";
  ASSERT_EQ(d.Take(known_, log_.Ask(0, 77, key_))->state, State::kCosigned);
  EXPECT_EQ(d.Take(known_, other.Ask(77, 77, key_))->state, State::kRefused)
      << "the other view finds no second witness";
  EXPECT_EQ(b_.Take(known_, other.Ask(77, 77, key_))->state, State::kRefused);
  EXPECT_EQ(d.Number("SELECT count(*) FROM witness_alarm WHERE kind='split_view'"), 1);
  // Two witnesses compare what they were shown: each signed by the log, and they differ.
  Transaction transaction = Transaction::Begin(*c_.db).value();
  bool alarm = false;
  EXPECT_TRUE(CompareHeads(transaction, log_.Head(77, key_), Instant{0}, &alarm).value());
  EXPECT_TRUE(alarm);
  EXPECT_TRUE(CompareHeads(transaction, other.Head(77, key_), Instant{0}, &alarm).value());
  EXPECT_FALSE(alarm);
  EXPECT_FALSE(CompareHeads(transaction, log_.Head(78, key_), Instant{0}, &alarm).value())
      << "another size says nothing";
  EXPECT_EQ(CompareHeads(transaction, log_.Head(77, c_.key), Instant{0}, &alarm).error().code, Code::kDenied);
}

TEST_F(WitnessTest, AnotherKeyOrASomebodyElsesLogIsDenied) {
  ASSERT_TRUE(b_.Take(known_, log_.Ask(0, 60, key_)));
  const SigningKey other = SigningKey::Make(random_);
  EXPECT_EQ(b_.Take(known_, log_.Ask(60, 70, other)).error().code, Code::kDenied) << "not signed by the known key";
  const WitnessedLog changed{.authority = "aa-lead", .verifier = {.name = log_.origin, .key = other.public_key()}};
  EXPECT_EQ(b_.Take(changed, log_.Ask(60, 70, other)).error().code, Code::kDenied) << "the key was another one";
  const WitnessedLog foreign{.authority = "dd-police", .verifier = {.name = log_.origin, .key = other.public_key()}};
  EXPECT_EQ(c_.Take(foreign, log_.Ask(0, 70, other)).error().code, Code::kDenied) << "a log is named after its own";
}

TEST_F(WitnessTest, ACosignatureHoldsForItsTextItsTimeAndItsWitnessOnly) {
  const std::string text = CheckpointText({.origin = log_.origin, .size = 77, .root = log_.Root(77)}).value();
  const std::string line = SignCosignature(text, "crossguard/bb-hub/w", b_.key, Instant{5'000'000}).value();
  EXPECT_EQ(VerifyCosignature(text, line, b_.verifier()).value(), Instant{5'000'000});
  const std::string longer = CheckpointText({.origin = log_.origin, .size = 78, .root = log_.Root(78)}).value();
  EXPECT_FALSE(VerifyCosignature(longer, line, b_.verifier()));
  EXPECT_FALSE(VerifyCosignature(text, line, c_.verifier()));
  for (size_t i = 0; i < line.size(); ++i) {
    std::string changed = line;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(VerifyCosignature(text, changed, b_.verifier())) << i;
  }
  // A plain signature over the checkpoint is no cosignature: it says nothing of when.
  const std::string note = SignNote(text, "crossguard/bb-hub/w", b_.key).value();
  EXPECT_FALSE(VerifyCosignature(text, note.substr(text.size() + 1, note.size() - text.size() - 2), b_.verifier()));
}

TEST_F(WitnessTest, AQuorumCountsOnlyNamedWitnessesOfOneSize) {
  const std::vector<WitnessCover> covers = {{.size = 90, .authorities = {"bb-hub", "zz-other"}},
                                            {.size = 77, .authorities = {"bb-hub", "cc-police"}}};
  const std::vector<std::string> named = {"bb-hub", "cc-police", "dd-police"};
  EXPECT_EQ(QuorumSize(covers, named, 2), 77U);
  EXPECT_EQ(QuorumSize(covers, named, 1), 90U);
  EXPECT_EQ(QuorumSize(covers, named, 3), 0U);
  EXPECT_EQ(QuorumSize(covers, named, 0), 0U) << "needing nobody is covered by nobody";
}

using LedgerExtensionTest = LedgerHouse;

TEST_F(LedgerExtensionTest, ThePublishedHeadIsProvenFromEverySmallerOne) {
  std::vector<LedgerHead> heads;
  for (const int64_t more : {1, 5, 250, 1, 300}) {
    AppendMany(more);
    heads.push_back(ledger_.Publish(*database_).value());
  }
  const LedgerHead& last = heads.back();
  for (const LedgerHead& head : heads) {
    const auto extension = ledger_.ProveSince(static_cast<uint64_t>(head.size));
    ASSERT_TRUE(extension) << extension.error().message;
    EXPECT_EQ(extension->checkpoint, last.checkpoint);
    EXPECT_TRUE(VerifyConsistency({.old_size = static_cast<uint64_t>(head.size),
                                   .old_root = head.root,
                                   .new_size = extension->size,
                                   .new_root = extension->root},
                                  extension->proof));
  }
  EXPECT_EQ(ledger_.ProveSince(static_cast<uint64_t>(last.size) + 1).error().code, Code::kConflict);
}

}  // namespace
}  // namespace crossguard
