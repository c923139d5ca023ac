// For tests of clocks and erasure: whole houses in scratch folders, each of another authority, and a provider's folder.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "app/house.h"
#include "app/mail_room.h"
#include "app/pipeline.h"
#include "app/retention_desk.h"
#include "register/app_rows.h"

namespace crossguard {

class SilentProgress final : public Progress {
 public:
  void Tell(const ProgressNews&) override {}
  void Note(std::string_view) override {}
};

// One authority's node: its own data directory, keys, clock.
class RetentionNode {
 public:
  RetentionNode(const std::string& root, std::string self, uint64_t seed)
      : self_(std::move(self)), folder_(root + "/" + self_), random_(seed) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ + "-authorities.toml") << Book();
    Open();
  }
  void Open() {
    house_.reset();
    auto opened = House::Open(env_, {.data_folder = folder_,
                                     .shipped_config_folder = std::string(CROSSGUARD_SOURCE_DIR) + "/config",
                                     .authorities_path = folder_ + "-authorities.toml"});
    ASSERT_TRUE(opened) << opened.error().message;
    house_ = std::move(*opened);
  }

  // Seals and reads a provider's folder.
  void TakeIn(const std::string& folder) {
    SilentProgress progress;
    const auto taken =
        Intake(house(), {.submission_path = folder, .operation = "kauri", .officer = "officer-1"}, progress);
    ASSERT_TRUE(taken) << taken.error().message;
  }
  template <class Work>
  void Do(Act act, const Work& work) {
    Transaction transaction = Transaction::Begin(house().db()).value();
    auto permit =
        house().gate().Pass(transaction, {.act = act, .officer = "officer-1", .object_id = "", .reason = "A test."});
    ASSERT_TRUE(permit) << permit.error().message;
    work(transaction, *permit);
    ASSERT_TRUE(transaction.Commit());
  }
  void Sql(std::string_view sql) {
    const Status done = house().db().Run(sql);
    ASSERT_TRUE(done) << done.error().message;
  }
  int64_t Number(std::string_view sql) { return house().db().Number(sql).value().value_or(-1); }
  std::string TextOf(std::string_view sql) { return house().db().TextOf(sql).value().value_or("(null)"); }
  std::string AccountId(const std::string& esp_identifier) {
    return house().db().TextOf("SELECT id FROM account WHERE esp_identifier=?1", esp_identifier).value().value_or("");
  }
  nlohmann::json Run() {
    const auto done = RunRetention(house(), {.officer = "officer-3", .reason = "Daily."});
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(nlohmann::json());
  }
  // Both officers agree.
  Result<nlohmann::json> Erase(const EraseTarget& target, const std::string& why = "cleared", bool keep_files = false) {
    const auto first = ApproveErasure(house(), {.officer = "officer-2", .reason = "Cleared."}, target, why, keep_files);
    if (!first) return first;
    EXPECT_EQ((*first)["erased"], false) << "one officer is not enough";
    return ApproveErasure(house(), {.officer = "officer-3", .reason = "Cleared, seen."}, target, why, keep_files);
  }
  House& house() { return *house_; }
  const std::string& folder() const { return folder_; }
  const std::string& self() const { return self_; }

  void SetClock(Instant at) { clock.Advance(at.micros - clock.Now().micros); }

  ManualClock clock{Instant{1'646'216'130'000'000}};  // 2022-03-02

 private:
  std::string Book() const {
    std::string out = "format = \"crossguard-authorities/1\"\nself = \"" + self_ + "\"\nexample = false\n";
    const auto officer = [&](const char* id, const char* roles) {
      out += std::string("[[officer]]\nid = \"") + id + "\"\nroles = [" + roles + "]\n";
    };
    officer("officer-1", "\"intake\", \"analyst\", \"triage\", \"dissemination\"");
    officer("officer-2", "\"supervisor\"");
    officer("officer-3", "\"supervisor\", \"data_protection\"");
    for (const char* id : {"aa-lead", "bb-hub", "cc-police", "dd-police"}) {
      std::string country(id, 2);
      for (char& c : country) c = static_cast<char>(c - 'a' + 'A');
      out += std::string("[[authority]]\nid = \"") + id + "\"\nname = \"" + id +
             "\"\nkind = \"third_country\"\ncountry = \"" + country +
             "\"\nunits = [\"desk\"]\ncontact = \"desk@test.example\"\nlanguages = [\"en\"]\ncertificate = "
             "\"\"\nsingle_point_of_contact = true\n";
    }
    return out + "[[gateway]]\nid = \"gw-1\"\nfrom = \"aa-lead\"\nto = \"bb-hub\"\npurposes = [\"cross_check\"]\n" +
           "data_kinds = [\"selectors\"]\nvalid_from = \"2020-01-01\"\nlegal_reference = \"x\"\nconditions = \"\"\n";
  }

  std::string self_;
  std::string folder_;
  SeededRandom random_;
  SystemFiles files_;
  Env env_{.clock = clock, .random = random_, .files = files_, .log = Log(nullptr)};
  std::unique_ptr<House> house_;
};

// Carries what waits in one node's outbox to another, in order; how many. Contributions stay: these tests lay them down
// on both sides themselves.
inline int64_t Deliver(RetentionNode& from, RetentionNode& to) {
  std::vector<ReceivedMessage> messages;
  const Status read = from.house().db().Each(
      "SELECT id, kind, body, in_reply_to, created_at FROM outbox WHERE state='waiting' AND recipient=?1 ORDER BY "
      "message_key",
      [&](const SqlRow& row) -> Status {
        const auto kind = FromText<MessageKind>(row.TextView(1));
        if (!kind || *kind == MessageKind::kContribution || HandlerOf(*kind) == nullptr) return {};
        messages.push_back({.id = row.Text(0),
                            .from = from.self(),
                            .kind = *kind,
                            .body = nlohmann::json::parse(row.TextView(2)),
                            .in_reply_to = row.Text(3),
                            .created = row.Time(4),
                            .received = to.clock.Now()});
        return {};
      },
      to.self());
  EXPECT_TRUE(read);
  for (const ReceivedMessage& message : messages) {
    to.Do(Act::kTakeMessages, [&](Transaction& transaction, const Permit& permit) {
      const auto handled = HandlerOf(message.kind)(to.house(), transaction, permit, message);
      EXPECT_TRUE(handled) << handled.error().message;
    });
    EXPECT_TRUE(from.house().db().Run("UPDATE outbox SET state='taken' WHERE id=?1", message.id));
  }
  return static_cast<int64_t>(messages.size());
}

// Files below a folder that hold one of the texts, as such, in hex or in base64: a plain search over every byte.
inline std::vector<std::string> FilesHolding(const std::string& folder, const std::vector<std::string>& texts) {
  Needles needles;
  for (const std::string& text : texts) {
    needles.Add(text);
    needles.Add(ToHex(AsBytes(text)));
    needles.Add(ToBase64(AsBytes(text)).substr(0, text.size() / 3 * 4));
  }
  std::vector<std::string> out;
  for (const auto& item : std::filesystem::recursive_directory_iterator(folder)) {
    if (!item.is_regular_file()) continue;
    std::ifstream in(item.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (needles.Find(bytes, Needles::Where::kAnywhere)) out.push_back(item.path().string());
  }
  return out;
}

class RetentionWorld : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = testing::TempDir() + "/retention_" + test->test_suite_name() + "_" + test->name();
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_ + "/in");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void Write(const std::string& name, std::string_view bytes) const {
    const std::string path = root_ + "/in/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::string root_;
};

}  // namespace crossguard
