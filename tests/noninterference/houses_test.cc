// The same over whole houses, with what writes: search, looking, labels, case access, glass. Two houses on disk with
// the same keys, filled as two worlds; every answer must be equal, and what the viewer did not originate must stay as
// it was.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <functional>

#include "app/access_desk.h"
#include "model/canonical.h"
#include "register/json_rows.h"
#include "register/label_rows.h"
#include "testing_desk.h"

namespace crossguard::noninterference {
namespace {

using nlohmann::json;

class TestHouse {
 public:
  TestHouse(const std::string& folder, const Seeds& seeds) : folder_(folder) {
    std::filesystem::remove_all(folder_);
    auto opened = House::Open(env_, {.data_folder = folder_,
                                     .shipped_config_folder = std::string(CROSSGUARD_SOURCE_DIR) + "/config",
                                     .authorities_path = "",
                                     .writable = true});
    CHECK(opened.has_value());
    house_ = std::move(*opened);
    CHECK(house_->db().Script("PRAGMA synchronous=OFF").has_value());  // power cuts are others' tests
    FillWorld(house_->db(), seeds);
  }
  ~TestHouse() {
    house_.reset();
    std::filesystem::remove_all(folder_);
  }
  TestHouse(const TestHouse&) = delete;
  TestHouse& operator=(const TestHouse&) = delete;

  House& house() { return *house_; }
  ManualClock& clock() { return clock_; }

  // What the viewer may not touch: labels of what is hidden, and members of what the viewer is not a member of.
  std::string Hidden() {
    const json labels = JsonRows(house_->db(),
                                 "SELECT d.noun, d.noun_id, l.labels FROM labelled d JOIN label l USING (label_key) "
                                 "WHERE d.noun_id IN ('sub-hx','pkg-ha','pkg-hb','pkg-hd','acc-p','med-p','med-q',"
                                 "'op-hb','op-hc','op-hd','con-h') OR d.noun_id LIKE 'acc-h%' ORDER BY 1, 2")
                            .value();
    const json members =
        JsonRows(house_->db(), "SELECT * FROM membership WHERE compartment NOT IN ('op-va','op-vo') ORDER BY 1")
            .value();
    return Canonical({labels, members});
  }
  // What others originated and the viewer sees: it may be narrowed, never loosened.
  std::vector<Labels> OfOthers() {
    return {LabelsOfContribution(house_->db(), "con-v").value(), *OwnLabels(house_->db(), "package", "pkg-v2").value()};
  }

 private:
  std::string folder_;
  ManualClock clock_{kNow};
  SeededRandom random_{11};
  SystemFiles files_;
  Env env_{.clock = clock_, .random = random_, .files = files_, .log = Log(nullptr)};
  std::unique_ptr<House> house_;
};

struct Write {
  std::string verb, id, more;
  uint64_t dice = 0;
};

// The desk that writes; a mutant replaces how labels are changed.
using ChangeFunction = std::function<Result<json>(House&, const Actor&, const Write&, const LabelWish&)>;
Result<json> RealChange(House& house, const Actor& actor, const Write& write, const LabelWish& wish) {
  return ChangeLabels(house, actor, write.id, wish);
}

LabelWish WishOf(uint64_t dice) {
  LabelWish wish;
  switch (dice % 6) {
    case 0:
      wish.release_to_anybody = true;
      break;
    case 1:
      wish.release_to = std::vector<std::string>{"nz-dia"};
      break;
    case 2:
      wish.handling = std::vector<std::string>{"H0", "H1", "H2"};
      break;
    case 3:
      wish.handling = std::vector<std::string>{"H0"};
      break;
    case 4:
      wish.purposes = std::vector<std::string>{"cross_check", "facilitate_exchange", "operational_analysis"};
      break;
    default:
      wish.compartment = "op-va";
      break;
  }
  return wish;
}

Result<json> Do(House& house, const Write& write, const ChangeFunction& change) {
  const Actor actor{.officer = kViewer, .reason = "test"};
  if (write.verb == "search") return Search(house, actor, write.id, 100);
  if (write.verb == "show") return Show(house, actor, write.more, write.id);
  if (write.verb == "labels") return ShowLabels(house, actor, write.id);
  if (write.verb == "change") return change(house, actor, write, WishOf(write.dice));
  if (write.verb == "access") return ShowCaseAccess(house, actor, write.id);
  if (write.verb == "grant") return GrantCaseAccess(house, actor, {.operation = write.id, .officer = write.more});
  if (write.verb == "revoke") return RevokeCaseAccess(house, actor, {.operation = write.id, .officer = write.more});
  if (write.verb == "glass") return BreakGlass(house, actor, write.id);
  if (write.verb == "agree") return AgreeToAccount(house, actor, write.id);
  const Reader reader = TRY(ReadAs(house, kViewer));
  return ListLedger(house.db(), reader.viewer, write.id, 50);
}

Write AnyWrite(std::mt19937_64& random) {
  const auto of = [&](const std::vector<std::string>& all) { return all[random() % all.size()]; };
  Write out{.dice = random()};
  out.verb =
      of({"search", "show", "labels", "change", "change", "access", "grant", "revoke", "glass", "agree", "ledger"});
  const std::string account =
      of({"acc-w0", "acc-w2", "acc-w4", "acc-m0", "acc-m2", "acc-h0", "acc-h1", "acc-p", "acc-no"});
  const std::string package = of({"pkg-v0", "pkg-v1", "pkg-v2", "pkg-v2", "pkg-ha", "pkg-hb", "pkg-no"});
  const std::string operation = of({"op-va", "op-hb", "op-hc", "op-hd", "op-no"});
  if (out.verb == "search") {
    out.id = of({"sam", "samh", "user-acc", "acc-h0"});
  } else if (out.verb == "show") {
    out.more = of({"account", "package", "file", "subject"});
    out.id = out.more == "account"   ? account
             : out.more == "package" ? package
             : out.more == "file"    ? of({"med-v0", "med-x0", "med-h0", "med-p", "med-q"})
                                     : of({"sbj-v0", "sbj-e", "sbj-h"});
  } else if (out.verb == "labels" || out.verb == "change") {
    out.id = of({account, package, operation, "sub-v1", "sub-hx", "med-v1", "med-p", "con-v", "con-h"});
    out.more = of({"pkg-ha", "acc-m0", "med-p", "sub-hx"});  // what a confused desk might write instead
  } else if (out.verb == "access" || out.verb == "grant" || out.verb == "revoke") {
    // The viewer stays a member of the viewer's own operation, else there is nothing more to see.
    out.id = of({"kauri", operation, "rimu", "none"});
    out.more = of({"officer-3", kInsider});
  } else if (out.verb == "glass") {
    out.id = operation;
  } else if (out.verb == "agree") {
    out.id = account;
  } else {
    out.id = of({"", account, package, operation});
  }
  return out;
}

std::string Bytes(const Result<json>& answer) {
  return answer ? Canonical(*answer) : std::string(Name(answer.error().code)) + ": " + answer.error().message;
}

struct Outcome {
  int64_t trials = 0;
  std::string differs;   // the first answer that differs, or ""
  std::string violated;  // the first act that changed what was not the viewer's, or ""
};
Outcome RunHouses(const ChangeFunction& change, int pairs, int acts_per_pair, uint64_t seed) {
  std::mt19937_64 random(seed);
  Outcome out;
  for (int pair = 0; pair < pairs; ++pair) {
    const uint64_t visible = random();
    TestHouse one(testing::TempDir() + "/noninterference_one", {.visible = visible, .hidden = random()});
    TestHouse two(testing::TempDir() + "/noninterference_two", {.visible = visible, .hidden = random()});
    for (int i = 0; i < acts_per_pair; ++i) {
      const Write write = AnyWrite(random);
      for (TestHouse* const each : {&one, &two}) each->clock().Advance(1'000'000);
      const std::string hidden = one.Hidden();
      const std::vector<Labels> of_others = one.OfOthers();
      const std::string a = Bytes(Do(one.house(), write, change));
      const std::string b = Bytes(Do(two.house(), write, change));
      ++out.trials;
      const std::string what = write.verb + " " + write.id + " " + write.more;
      if (a != b && out.differs.empty()) out.differs = what + "\n  one: " + a + "\n  two: " + b;
      bool violated = one.Hidden() != hidden;
      const std::vector<Labels> now = one.OfOthers();
      for (size_t n = 0; n < now.size(); ++n) violated = violated || Widens(of_others[n], now[n]);
      if (violated && out.violated.empty()) out.violated = what;
      if (!out.differs.empty() || !out.violated.empty()) return out;
    }
  }
  return out;
}

TEST(Houses, NothingThatTheDeskWritesTellsOrTouchesWhatIsHidden) {
  const Outcome outcome = RunHouses(RealChange, 2, 150, 5);
  std::printf("%lld acts in each of two houses\n", static_cast<long long>(outcome.trials));
  EXPECT_EQ(outcome.differs, "");
  EXPECT_EQ(outcome.violated, "");
}

// A desk that lets the recipient of released data share it on.
TEST(Mutants, ARecipientThatLoosensLabelsIsFound) {
  const ChangeFunction unasked = [](House& house, const Actor& actor, const Write& write,
                                    const LabelWish& wish) -> Result<json> {
    auto real = ChangeLabels(house, actor, write.id, wish);
    if (real || real.error().code != Code::kDenied) return real;
    Transaction transaction = TRY(Transaction::Begin(house.db()));
    Labels loosened = *TRY(OwnLabels(house.db(), "package", "pkg-v2"));
    loosened.release_to = std::nullopt;
    TRY(SetOwnLabels(transaction,
                     {.noun = "package", .id = "pkg-v2", .at = kNow, .officer = actor.officer, .leaf_index = 0},
                     loosened));
    TRY(transaction.Commit());
    return json{{"id", write.id}};
  };
  EXPECT_NE(RunHouses(unasked, 4, 150, 5).violated, "");
}

// A desk that asks about one thing and writes another.
TEST(Mutants, AnActAuthorisedOnOneAndDoneToAnotherIsFound) {
  const ChangeFunction confused = [](House& house, const Actor& actor, const Write& write,
                                     const LabelWish& wish) -> Result<json> {
    const json real = TRY(ChangeLabels(house, actor, write.id, wish));
    Transaction transaction = TRY(Transaction::Begin(house.db()));
    TRY(SetOwnLabels(
        transaction,
        {.noun = *LabelledNoun(write.more), .id = write.more, .at = kNow, .officer = actor.officer, .leaf_index = 0},
        TRY(ParseLabels(real["labels"]))));
    TRY(transaction.Commit());
    return real;
  };
  const Outcome outcome = RunHouses(confused, 4, 150, 5);
  EXPECT_TRUE(outcome.violated != "" || outcome.differs != "");
}

}  // namespace
}  // namespace crossguard::noninterference
