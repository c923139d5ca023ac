#include "simulate/simulate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/json.h"
#include "crypto/digest.h"
#include "selectors/normalise.h"
#include "simulate/holdings.h"
#include "simulate/shapes.h"
#include "triage/ip_country.h"

namespace crossguard::simulate {
namespace {

using nlohmann::json;

constexpr const char* kSmall = "accounts=270,files=120,bytes=600KB";  // two blocks

class Operation : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "simulate_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  json Make(const std::string& name, const std::string& size, uint64_t seed, int workers) {
    auto made = Simulate(env_, {.size = size, .seed = seed, .out = root_ + "/" + name, .workers = workers});
    EXPECT_TRUE(made) << made.error().message;
    return made ? *made : json();
  }
  std::map<std::string, std::string> Digests(const std::string& name) const {
    std::map<std::string, std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ + "/" + name)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      std::ostringstream bytes;
      bytes << in.rdbuf();
      out[std::filesystem::relative(entry.path(), root_ + "/" + name).string()] =
          HashSha256(AsBytes(bytes.str())).hex();
    }
    return out;
  }
  json Truth(const std::string& name) const { return json::parse(std::ifstream(root_ + "/" + name + "/truth.json")); }

  std::string root_;
  SystemClock clock_;
  SystemRandom random_;
  SystemFiles files_;
  Env env_{clock_, random_, files_, Log(nullptr)};
};

TEST_F(Operation, TheSameSeedGivesTheSameBytesWhateverTheWorkersAndAnotherSeedDoesNot) {
  Make("one", kSmall, 5, 1);
  Make("three", kSmall, 5, 3);
  Make("other", kSmall, 6, 2);
  const auto one = Digests("one");
  EXPECT_GT(one.size(), 900U);
  EXPECT_EQ(one, Digests("three"));
  EXPECT_NE(one.at("truth.json"), Digests("other").at("truth.json"));
}

TEST_F(Operation, TheTruthCountsWhatLiesThere) {
  const json said = Make("op", kSmall, 9, 2);
  const json truth = Truth("op");
  EXPECT_EQ(truth["counts"]["reported_accounts"], 270);
  EXPECT_EQ(said["accounts"], truth["accounts"].size());
  std::set<std::string> keys;
  for (const json& account : truth["accounts"])
    EXPECT_TRUE(
        keys.insert(account["service"].get<std::string>() + "/" + account["esp_identifier"].get<std::string>()).second);
  uint64_t bytes = 0, count = 0;
  std::map<std::string, std::string> by_stem;
  const auto digests = Digests("op");
  for (const auto& [path, sha256] : digests) {
    if (!path.starts_with("submission-xml/files/")) continue;
    ++count;
    bytes += std::filesystem::file_size(root_ + "/op/" + path);
    by_stem[std::filesystem::path(path).stem().string()] = sha256;
    const std::string tail = path.substr(std::string("submission-xml").size());
    EXPECT_EQ(digests.at("submission-json" + tail), sha256);
    EXPECT_EQ(digests.at("submission-csv" + tail), sha256);
  }
  EXPECT_EQ(count, truth["counts"]["contents"].get<uint64_t>());
  EXPECT_EQ(bytes, truth["counts"]["bytes"].get<uint64_t>());
  for (const json& file : truth["files"]) {
    const auto found = by_stem.find(file["file_id"].get<std::string>());
    EXPECT_EQ(found == by_stem.end(), file["missing"].get<bool>()) << file;
    if (found != by_stem.end()) {
      EXPECT_EQ(found->second, file["sha256"].get<std::string>());
    }
  }
  for (const json& path : truth["quarantine"]) EXPECT_TRUE(digests.contains(path["path"].get<std::string>())) << path;
  EXPECT_FALSE(std::filesystem::exists(root_ + "/op.part"));
}

TEST_F(Operation, AFolderThatIsThereIsNotTouchedAndHalfAnOperationIsNotLeftUnderItsName) {
  std::filesystem::create_directories(root_ + "/op");
  EXPECT_EQ(Simulate(env_, {.size = "tiny", .seed = 1, .out = root_ + "/op"}).error().code, Code::kConflict);
  EXPECT_TRUE(std::filesystem::is_empty(root_ + "/op"));
  std::filesystem::create_directories(root_ + "/again.part/old");  // left by a kill
  Make("again", "accounts=10,files=4,bytes=20KB", 1, 1);
  EXPECT_FALSE(std::filesystem::exists(root_ + "/again/old"));
}

TEST(Sizes, NamesAndNumbersAreReadAndAllElseIsRefused) {
  EXPECT_EQ(ParseSize("demo")->account_count, 3'000);
  EXPECT_EQ(ParseSize("seed")->byte_count, 32'000'000'000U);
  EXPECT_EQ(ParseSize("accounts=7,bytes=2MB")->file_count, 14);
  for (const char* bad :
       {"", "huge", "accounts=0", "accounts=x", "accounts=5,files=900", "accounts=5,bytes=1XB", "accounts=5,,",
        "accounts=99999999999999999999", "files=5", "accounts=20000000", "accounts=5,files=5,bytes=10"}) {
    EXPECT_EQ(ParseSize(bad).error().code, Code::kInvalid) << bad;
  }
}

// The truth is composed, not computed; here the one published rule is asked whether it sees the same.
TEST(Plan, EverySpellingOfAnIdentifierIsTheCanonicalOneByThePublishedRule) {
  const OperationPlan plan = PlanOperation(ParseSize("accounts=2000").value(), 11);
  int64_t asked = 0;
  for (int64_t number = 0; number < plan.block_count; ++number) {
    for (const PlannedAccount& account : PlanBlock(plan, number).accounts) {
      for (const PlannedSelector& one : account.selectors) {
        if (one.where == Where::kHidden) continue;
        const auto type = FromText<SelectorType>(one.type);
        ASSERT_TRUE(type) << one.type;
        const auto value = Normalise(*type, one.written, {.service = account.service, .id_type = one.kind});
        ASSERT_TRUE(value) << one.type << " " << one.written;
        EXPECT_EQ(*value, one.value);
        ++asked;
      }
      for (const PlannedIp& ip : account.ips) EXPECT_EQ(Normalise(SelectorType::kIp, ip.written, {}).value(), ip.value);
    }
  }
  EXPECT_GT(asked, 5'000);
}

TEST(Plan, AddressesLieInTheirCountries) {
  SystemFiles files;
  const auto source = OpenIpCountry(files, {});
  ASSERT_TRUE(source) << source.error().message;
  SeededRandom random(3);
  for (const Country& country : Countries()) {
    int right = 0;
    for (int i = 0; i < 50; ++i) {
      right += (*source)->Look(Ip4(country, random))->country == country.code ? 1 : 0;
      right += (*source)->Look(Ip6(country, random))->country == country.code ? 1 : 0;
    }
    EXPECT_GE(right, 95) << country.code << ": allocations move; choose another network for it";
  }
}

TEST(Plan, NoTwoPersonsShareATelephoneOrAMailboxByChance) {
  const OperationPlan plan = PlanOperation(ParseSize("seed").value(), 2);
  std::map<std::string, std::set<int64_t>> persons;
  std::set<std::string> shared;
  for (int64_t number = 0; number < 40; ++number) {
    const Block block = PlanBlock(plan, number);
    for (const SharedSelector& one : block.shared) shared.insert(one.value);
    for (const PlannedAccount& account : block.accounts) {
      if (account.role != Role::kReported) continue;
      for (const PlannedSelector& one : account.selectors) {
        if (one.type == "phone" || one.type == "email" || one.type == "device_id")
          persons[one.value].insert(account.person);
      }
    }
  }
  EXPECT_GT(persons.size(), 10'000U);
  for (const auto& [value, who] : persons) {
    EXPECT_TRUE(shared.contains(value) || who.size() == 1) << value;
  }
}

TEST(Plan, WhatIsHardIsThere) {
  const OperationPlan plan = PlanOperation(ParseSize("accounts=3000,files=6000").value(), 4);
  std::map<std::string, int> seen;
  for (int64_t number = 0; number < plan.block_count; ++number) {
    const Block block = PlanBlock(plan, number);
    for (const PlannedAccount& account : block.accounts) {
      if (account.role == Role::kVictim) ++seen["victim"];
      if (account.minor) ++seen["minor by " + account.minor_by];
      if (account.role == Role::kReported) ++seen["place: " + account.place_by];
      if (!account.tie.empty()) ++seen["tie: " + account.tie];
      for (const PlannedSelector& one : account.selectors) ++seen["selector in " + std::string(Text(one.where))];
      for (const PlannedIp& ip : account.ips)
        ++seen[ip.port != 0 ? "port" : ip.value.find(':') != std::string::npos ? "IPv6" : "no port"];
    }
    for (const SharedSelector& one : block.shared) ++seen["shared: " + one.kind];
    for (const std::string& urgent : block.urgent) ++seen["urgent: " + urgent];
    for (const PlannedReport& report : block.reports) {
      if (report.repeated) ++seen["repeated"];
      if (report.batched) ++seen["batched"];
      for (const PlannedFile& file : report.files) {
        ++seen["edit: " + std::string(Text(file.content.edit))];
        ++seen["damage: " + std::string(Text(file.content.damage))];
        ++seen["form: " + std::to_string(static_cast<int>(file.content.form))];
        ++seen[!file.viewed ? "viewed absent" : *file.viewed ? "viewed yes" : "viewed no"];
        if (file.claimed_wrong) ++seen["claimed wrong"];
        if (file.missing) ++seen["missing"];
      }
    }
  }
  for (const char* what : {"victim",
                           "minor by age",
                           "minor by birth date",
                           "minor by annotation",
                           "minor by text only",
                           "place: home",
                           "place: data centre abroad",
                           "place: nothing",
                           "place: three countries",
                           "tie: e-mail",
                           "tie: phone",
                           "tie: device",
                           "tie: same address and port",
                           "tie: IBAN in free text",
                           "tie: one address, hours apart",
                           "selector in field",
                           "selector in text",
                           "selector in hidden",
                           "port",
                           "no port",
                           "IPv6",
                           "shared: cgnat",
                           "shared: cafe",
                           "shared: temporary_mail",
                           "shared: school",
                           "shared: family_device",
                           "urgent: escalated",
                           "urgent: live streaming",
                           "urgent: words",
                           "urgent: words that no rule knows",
                           "repeated",
                           "batched",
                           "edit: hard_crop",
                           "edit: mirror",
                           "edit: caption",
                           "edit: hard_colour",
                           "edit: resize",
                           "damage: empty",
                           "damage: truncated",
                           "damage: corrupt",
                           "damage: mislabelled",
                           "form: 0",
                           "form: 1",
                           "form: 2",
                           "form: 3",
                           "form: 4",
                           "form: 5",
                           "form: 6",
                           "form: 7",
                           "form: 8",
                           "form: 9",
                           "form: 10",
                           "form: 11",
                           "viewed absent",
                           "viewed yes",
                           "viewed no",
                           "claimed wrong",
                           "missing"}) {
    EXPECT_GT(seen[what], 0) << what;
  }
}

TEST(Content, AnExactCopyHasTheOriginalsBytesAndAnEditDoesNot) {
  const OperationPlan plan = PlanOperation(ParseSize("tiny").value(), 4);
  ContentMaker maker, fresh;
  const PlannedContent original = OriginalOf(plan, PopularBase(plan, 0));
  PlannedContent edited = original;
  edited.edit = Edit::kReencode;
  edited.quality = 50;
  EXPECT_TRUE(IsOriginal(original));
  EXPECT_FALSE(IsOriginal(edited));
  const MadeContent made = maker.Make(original);
  EXPECT_EQ(made.bytes, maker.Make(original).bytes) << "from memory";
  EXPECT_EQ(made.bytes, fresh.Make(original).bytes) << "drawn anew";
  EXPECT_NE(made.bytes, maker.Make(edited).bytes);
  EXPECT_EQ(made.digests, HashAll(made.bytes));
}

}  // namespace
}  // namespace crossguard::simulate
