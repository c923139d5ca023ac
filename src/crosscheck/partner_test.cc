#include <gtest/gtest.h>

#include "base/json.h"
#include "crosscheck/holdings.h"
#include "crosscheck/partner_match.h"
#include "crosscheck/resolve.h"
#include "crosscheck/test_world.h"
#include "crypto/digest.h"

namespace crossguard::crosscheck {
namespace {

nlohmann::json Holdings() {
  return {{"format", "crossguard-holdings/1"},
          {"owner", "at-bk"},
          {"purpose", "cross_check"},
          {"handling", {"H1"}},
          {"handling_text", ""},
          {"grade", "B2"},
          {"contact", "desk@at-bk.example"},
          {"items", nlohmann::json::array()}};
}
nlohmann::json Item(const std::string& type, const std::string& value, const std::string& category = "suspect",
                    const std::string& ref = "SECRET-REF") {
  return {{"type", type}, {"value", value}, {"category", category}, {"ref", ref}};
}

class Partners : public testing::Test {
 protected:
  Result<ImportedContribution> Take(const std::string& text) {
    return house.Do(Act::kImportContribution, [&](Transaction& t, const Permit& permit) {
      return ImportContribution(t, permit, house.ids, AsBytes(text));
    });
  }
  Result<PartnerSummary> Check() {
    return house.Do(Act::kCrossCheck, [&](Transaction& t, const Permit& permit) -> Result<PartnerSummary> {
      TRY(ResolveSubjects(t, permit, house.ids, {}));
      return CrossCheckPartners(t, permit, house.ids);
    });
  }
  void Put(const World& world) {
    auto t = Transaction::Begin(*house.db);
    ASSERT_TRUE(Fill(t->db(), world));
    ASSERT_TRUE(t->Commit());
  }
  std::vector<HitNoHit> Ask(const std::string& account) {
    return house
        .Do(Act::kShowRecord,
            [&](Transaction& t, const Permit& permit) -> Result<std::vector<HitNoHit>> {
              const auto key = TRY(t.db().Number("SELECT account_key FROM account WHERE esp_identifier=?1", account));
              return AnswerFor(t, permit, {key.value_or(0)});
            })
        .value();
  }
  // A file of the account, and if `member` a content inside it.
  void GiveFile(const std::string& account, const std::string& content, std::optional<Pdq> pdq = {}, int quality = 90,
                int64_t size_bytes = 5) {
    auto t = Transaction::Begin(*house.db);
    Database& db = t->db();
    const Digests digests = HashAll(AsBytes(content));
    ASSERT_TRUE(db.Run("INSERT INTO exhibit_item (submission_key,path,size_bytes,state) VALUES (1,?1,1,'sealed')",
                       account + "/" + content));
    const int64_t item = db.last_insert_key();
    ASSERT_TRUE(
        db.Run("INSERT INTO media (id,sha256,md5,sha1,size_bytes,state,pdq,pdq_quality) VALUES "
               "(?1,?2,?3,?4,?5,'examined',?6,?7)",
               "med-" + content, digests.sha256, digests.md5, digests.sha1, size_bytes, pdq, quality));
    ASSERT_TRUE(db.Run("INSERT INTO media_copy (media_key,item_key) VALUES (?1,?2)", db.last_insert_key(), item));
    ASSERT_TRUE(db.Run(
        "INSERT INTO file_details (id,provider_report_id,account_key,provider_file_id,item_key,place,media_item_key) "
        "SELECT ?1,'1',account_key,'1',?2,'',?2 FROM account WHERE esp_identifier=?3",
        "fil-" + content, item, account));
    ASSERT_TRUE(t->Commit());
  }
  TestHouse house;
};

TEST_F(Partners, OnlySuspectsConvictedAndPotentialFutureEnterAndTheRestIsCountedByReason) {
  auto holdings = Holdings();
  holdings["items"] = {Item("email", "A@Mail.example"),
                       Item("email", "b@mail.example", "convicted"),
                       Item("phone", "+43 660 1234567", "potential_future"),
                       Item("email", "c@mail.example", "victim"),
                       Item("email", "d@mail.example", "witness"),
                       Item("email", "e@mail.example", "informant"),
                       Item("email", "f@mail.example", "unresolved"),
                       Item("email", "g@mail.example", "contact_associate"),
                       Item("email", "h@mail.example", "villain"),
                       Item("shoe_size", "44"),
                       Item("email", "no address"),
                       Item("sha256", "abc"),
                       Item("sha256", std::string(64, 'A')),
                       Item("email", "a@mail.example"),
                       7,
                       Item("md5", "d41d8cd98f00b204e9800998ecf8427e")};
  const auto taken = Take(holdings.dump());
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(taken->item_count, 16);
  EXPECT_EQ(taken->taken_count, 4);
  const std::map<std::string, int64_t> refusals{{"category_victim", 1},
                                                {"category_witness", 1},
                                                {"category_informant", 1},
                                                {"category_unresolved", 1},
                                                {"category_contact_associate", 1},
                                                {"category_unknown", 1},
                                                {"unknown_type", 1},
                                                {"bad_value", 2},
                                                {"duplicate", 1},
                                                {"unreadable", 1},
                                                {"empty_file", 1}};
  EXPECT_EQ(taken->refusals, refusals);
  EXPECT_EQ(
      house.Rows("SELECT type,value,category FROM holding ORDER BY holding_key", 3),
      "email|a@mail.example|suspect\nemail|b@mail.example|convicted\nphone|+436601234567|potential_future\nsha256|" +
          std::string(64, 'a') + "|suspect\n");
  const auto again = Take(holdings.dump());
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->already_imported);
  EXPECT_EQ(again->refusals, refusals);
  EXPECT_EQ(house.Number("SELECT count(*) FROM holding"), 4);
}

TEST_F(Partners, ALabelThatCannotBeReadCannotBeObeyed) {
  const auto with = [&](const char* name, const nlohmann::json& value) {
    auto holdings = Holdings();
    holdings["items"] = {Item("email", "a@mail.example")};
    holdings[name] = value;
    return Take(holdings.dump());
  };
  for (const auto& [name, value] :
       std::vector<std::pair<const char*, nlohmann::json>>{{"format", "x"},
                                                           {"owner", ""},
                                                           {"contact", ""},
                                                           {"purpose", "operational_analysis"},
                                                           {"handling", nlohmann::json::array()},
                                                           {"handling", {"H9"}},
                                                           {"handling", {"H3"}},
                                                           {"items", 5}}) {
    const auto refused = with(name, value);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, Code::kInvalid);
  }
  EXPECT_EQ(house.Number("SELECT count(*) FROM contribution"), 0);
  EXPECT_EQ(with("grade", "Z9")->grade, "X4");
  EXPECT_EQ(with("grade", "A1")->grade, "A1");
  EXPECT_FALSE(Take("{\"format\":"));
}

TEST_F(Partners, SelectorsAndFilesMeetHoldingsAndExcludedAccountsNever) {
  World world;
  world.Account("hit")
      .Account("none")
      .Account("minor", {"reported"}, false, "may_be_minor")
      .Account("victim", {"reported", "victim"})
      .Account("recipient", {"recipient"})
      .Account("file");
  for (const char* name : {"hit", "minor", "victim", "recipient"}) world.See(name, "email", "a@mail.example");
  world.See("none", "phone", "+436601234567");  // the same text under another type is no hit
  Put(world);
  Pdq pdq;
  pdq.bytes.fill(0x5A);
  Pdq flat;
  flat.bytes.fill(0x77);
  GiveFile("file", "content", pdq);
  GiveFile("minor", "of the minor");
  GiveFile("none", "flat", flat, 49);
  auto holdings = Holdings();
  holdings["items"] = {Item("email", "a@mail.example"),
                       Item("sha256", HashAll(AsBytes("content")).sha256.hex()),
                       Item("md5", HashAll(AsBytes("of the minor")).md5.hex()),
                       Item("pdq", pdq.hex()),
                       Item("pdq", flat.hex()),
                       Item("screen_name", "chat/+436601234567")};
  ASSERT_TRUE(Take(holdings.dump()));
  const auto summary = Check();
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->hit_count, 3);
  EXPECT_EQ(summary->accounts_with_hit, 2);
  EXPECT_EQ(
      house.Rows("SELECT a.esp_identifier,p.selector_type,p.owner,p.contact FROM partner_hit p JOIN account a USING "
                 "(account_key) ORDER BY 1,2",
                 4),
      "file|pdq|at-bk|desk@at-bk.example\nfile|sha256|at-bk|desk@at-bk.example\nhit|email|at-bk|desk@at-bk.example\n");
  EXPECT_EQ(Ask("hit").size(), 1U);
  EXPECT_TRUE(Ask("hit")[0].hit);
  for (const char* name : {"none", "minor", "victim", "recipient"}) {
    ASSERT_EQ(Ask(name).size(), 1U);
    EXPECT_FALSE(Ask(name)[0].hit) << name;
  }
  const std::string before = house.Rows("SELECT id,account_key FROM partner_hit ORDER BY 1", 2);
  ASSERT_TRUE(Check());
  EXPECT_EQ(house.Rows("SELECT id,account_key FROM partner_hit ORDER BY 1", 2), before);
}

TEST_F(Partners, TheAnswerHoldsTypeOwnerAndContactAndNothingElseOfTheHolding) {
  World world;
  world.Account("a").See("a", "email", "very-private@mail.example");
  Put(world);
  auto holdings = Holdings();
  holdings["items"] = {Item("email", "very-private@mail.example", "convicted", "SECRET-REF-17")};
  ASSERT_TRUE(Take(holdings.dump()));
  ASSERT_TRUE(Check());
  const auto answers = Ask("a");
  ASSERT_EQ(answers.size(), 1U);
  // Four members, by structured binding: a fifth would not compile.
  const auto& [hit, type, owner, contact] = answers[0];
  EXPECT_TRUE(hit);
  EXPECT_EQ(type + "/" + owner + "/" + contact, "email/at-bk/desk@at-bk.example");
  // And what a hit's row holds beyond them are keys and an id that says nothing.
  const std::string row = house.Rows("SELECT * FROM partner_hit", 7);
  for (const char* secret : {"very-private", "SECRET-REF-17", "convicted"})
    EXPECT_EQ(row.find(secret), std::string::npos) << secret;
}

}  // namespace
}  // namespace crossguard::crosscheck
