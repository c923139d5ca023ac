#include "coordination/scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "coordination/testing_parties.h"

namespace crossguard::coordination {
namespace {

TEST(Deconfliction, TwoAuthoritiesOnOneAccountAreFoundAndOneIsNot) {
  Parties world;
  world.Account("one");
  world.Account("two");
  world.Selector("one", "email", "one@mail.example");
  world.Package("pkg-at", "at-bk", {"one", "two"});
  EXPECT_EQ(world.Scan().new_count, 0) << "one authority alone";
  world.Holding("at-bk", "email", "one@mail.example");
  EXPECT_EQ(world.Scan().new_count, 0) << "its own holding about an account that it is to receive";
  world.Holding("gb-nca", "email", "one@mail.example");
  const ScanSummary found = world.Scan();
  EXPECT_EQ(found.new_count, 1);
  EXPECT_EQ(found.open_count, 1);
  EXPECT_EQ(world.house.Rows("SELECT kind,state,party_count FROM deconfliction", 3), "account|open|2\n");
  EXPECT_EQ(world.house.Rows("SELECT party,channel,contact FROM deconfliction_party ORDER BY 1", 3),
            "at-bk||hits@at-bk.example\ngb-nca||hits@gb-nca.example\n");
  EXPECT_EQ(world.house.Rows("SELECT noun_id,queue FROM queue_item", 2), world.OnlyId() + "|deconfliction\n");
}

TEST(Deconfliction, ScanningTwiceChangesNothing) {
  Parties world;
  world.Account("one");
  world.Selector("one", "email", "one@mail.example");
  world.Package("pkg-at", "at-bk", {"one"});
  world.Holding("gb-nca", "email", "one@mail.example");
  world.Scan();
  const std::string before =
      world.Found() + world.house.Rows("SELECT * FROM deconfliction", 8) +
      world.house.Rows("SELECT hex(key),party,channel,source,basis FROM coordination_interest", 5) +
      world.house.Rows("SELECT position,noun_id,reason FROM queue_item", 3);
  const ScanSummary again = world.Scan();
  EXPECT_EQ(again.new_count + again.joined_count, 0);
  EXPECT_EQ(before, world.Found() + world.house.Rows("SELECT * FROM deconfliction", 8) +
                        world.house.Rows("SELECT hex(key),party,channel,source,basis FROM coordination_interest", 5) +
                        world.house.Rows("SELECT position,noun_id,reason FROM queue_item", 3));
}

TEST(Deconfliction, OneAccountThroughTwoChannelsIsOne) {
  Parties world;
  world.Received("pkg-a", "eu-europol", {"one", "only-a"}, 1);
  EXPECT_EQ(world.Scan().new_count, 0);
  world.Received("pkg-b", "int-interpol", {" one\n", "only-b"}, 3);  // written another way, the same account
  EXPECT_EQ(world.Scan().new_count, 1);
  const auto list = ListDeconflictions(*world.house.db, world.house.See(), "xx-house").value();
  EXPECT_EQ(list["deconflictions"][0]["known_through"].dump(),
            R"(["through eu-europol since 2022-04-16","through int-interpol since 2022-04-18"])");
}

TEST(Deconfliction, SeveralAccountsOfOneSubjectAreOneDeconfliction) {
  Parties world;
  for (const char* name : {"one", "lone"}) world.Account(name);
  world.Account("two", "one");
  world.Account("three", "one");
  world.Package("pkg-at", "at-bk", {"one", "lone"});
  world.Package("pkg-gb", "gb-nca", {"two"});
  EXPECT_EQ(world.Scan().new_count, 1);
  EXPECT_EQ(world.house.Rows("SELECT kind,party_count FROM deconfliction", 2), "subject|2\n");
  EXPECT_EQ(world.house.Number("SELECT count(*) FROM deconfliction_account"), 3)
      << "all of the subject's accounts wait";
}

TEST(Deconfliction, ASelectorThatTwoPartnersHoldIsFoundWithoutAnyAccount) {
  Parties world;
  world.Holding("at-bk", "phone", "+436601234567");
  world.Holding("gb-nca", "phone", "+436601234567");
  world.Holding("fr-ofmin", "phone", "+436601234568");
  EXPECT_EQ(world.Scan().new_count, 1);
  EXPECT_EQ(world.house.Rows("SELECT kind,party_count FROM deconfliction", 2), "selector|2\n");
  EXPECT_EQ(world.house.Rows("SELECT noun FROM queue_item", 1), "deconfliction\n");
}

TEST(Deconfliction, WhatManyShareIsNoReason) {
  Parties world;
  world.Account("one");
  world.Selector("one", "ip", "192.0.2.7");
  world.Selector("one", "payment", "card:411111-1111");
  world.Package("pkg-at", "at-bk", {"one"});
  for (const char* owner : {"gb-nca", "fr-ofmin"}) {
    world.Holding(owner, "ip", "192.0.2.7");
    world.Holding(owner, "payment", "card:411111-1111");
  }
  EXPECT_EQ(world.Scan().new_count, 0);
  world.Selector("one", "email", "school@mail.example");
  world.Row(
      "INSERT INTO link (selector_key,strength,sharer_count,reason) SELECT selector_key,'weak',9,'' FROM selector "
      "WHERE type='email'");
  world.Holding("gb-nca", "email", "school@mail.example");
  EXPECT_EQ(world.Scan().new_count, 0) << "an address of a school";
}

TEST(Deconfliction, AVictimsAccountNeverEnters) {
  Parties world;
  world.Account("one");
  world.Row("UPDATE account SET ever_victim=1");
  world.Row("DELETE FROM subject_account");
  world.Selector("one", "email", "one@mail.example");
  world.Package("pkg-at", "at-bk", {"one"});
  world.Holding("gb-nca", "email", "one@mail.example");
  EXPECT_EQ(world.Scan().new_count, 0);
  EXPECT_EQ(world.house.Number("SELECT count(*) FROM coordination_key"), 0);
}

TEST(Deconfliction, AFileThatNoListKnowsIsFoundAndAListedOneIsNot) {
  for (const bool listed : {false, true}) {
    Parties world;
    const Sha256 digest = HashSha256(AsBytes("a drawn picture"));
    world.Account("one");
    world.Row("INSERT INTO media (id,sha256,md5,sha1,size_bytes) VALUES ('med-1',?1,?2,?3,7)", digest, Md5{}, Sha1{});
    world.Row("INSERT INTO media_copy (media_key,item_key) VALUES (1,1)");
    world.Row(
        "INSERT INTO file_details (id,provider_report_id,account_key,provider_file_id,item_key,place,state,"
        "media_item_key) VALUES ('fil-1','1',?1,'f1',1,'','matched',1)",
        world.KeyOf("one"));
    if (listed) world.Row("INSERT INTO media_verdict (media_key,verdict,explanation) VALUES (1,'known','[]')");
    world.Package("pkg-at", "at-bk", {"one"});
    world.Holding("gb-nca", "sha256", digest.hex());
    EXPECT_EQ(world.Scan().new_count, listed ? 0 : 1);
    EXPECT_EQ(world.house.Rows("SELECT kind FROM deconfliction", 1), listed ? "" : "account\n") << "its only holder's";
  }
}

TEST(Deconfliction, AKeyedClaimMeetsWhatThisHouseHoldsInClear) {
  Parties world;
  world.Account("one");
  world.Account("two");
  world.Selector("two", "email", "two@mail.example");
  world.Package("pkg-at", "at-bk", {"one", "two"});
  // The same account reached the same country through another organisation; another node works on the other's address.
  world.Claims("int-interpol", {{"at-bk", "int-interpol", "account", KeyMaterial::OfAccount("CHAT", "one").value()},
                                {"at-bk", "int-interpol", "account", KeyMaterial::OfAccount("chat", "none").value()}});
  world.Claims("gb-nca",
               {{"gb-nca", "", "selector", KeyMaterial::OfSelector(SelectorType::kEmail, "two@mail.example").value()}});
  const ScanSummary found = world.Scan();
  EXPECT_EQ(found.new_count, 2);
  EXPECT_EQ(found.claims_unread, 0);
  EXPECT_EQ(world.house.Rows("SELECT a.id,p.party,p.channel FROM deconfliction_party p JOIN deconfliction_account x ON "
                             "x.deconfliction_key=p.deconfliction_key JOIN account a ON a.account_key=x.account_key "
                             "ORDER BY 1,2,3",
                             3),
            "acc-one|at-bk|\nacc-one|at-bk|int-interpol\nacc-two|at-bk|\nacc-two|gb-nca|\n");
}

TEST(Deconfliction, AClaimMeetsAPartnersHoldingThoughNoAccountHasIt) {
  Parties world;
  world.Holding("at-bk", "phone", "+436601234567");
  world.Claims("gb-nca",
               {{"gb-nca", "", "selector", KeyMaterial::OfSelector(SelectorType::kPhone, "+436601234567").value()}});
  EXPECT_EQ(world.Scan().new_count, 1);
}

TEST(Deconfliction, ClaimsMeetOneAnotherWhereNobodyHereHoldsTheDatum) {
  Parties world;
  world.secrets.clear();
  Parties keys;  // has the secret
  world.secrets.push_back({.operation = "another", .secret = keys.secrets[0].secret.Clone()});
  const KeyMaterial same = KeyMaterial::OfAccount("chat", "elsewhere").value();
  world.Claims("gb-nca", {{"gb-nca", "", "account", same}});
  EXPECT_EQ(world.Scan().claims_unread, 1);
  world.Claims("fr-ofmin", {{"fr-ofmin", "", "account", same}});
  EXPECT_EQ(world.Scan().new_count, 1);
}

TEST(Deconfliction, ClaimsOfOthersThanTheSenderAreRefusedWhole) {
  Parties world;
  const auto take = [&](const nlohmann::json& document) {
    const std::string text = document.dump();
    return world.house.Do(Act::kTakeMessages, [&](Transaction& transaction, const Permit& permit) {
      return TakeClaims(transaction, permit, AsBytes(text), "gb-nca", "msg-1");
    });
  };
  const std::string key = HashSha256(AsBytes("x")).hex();
  const auto claim = [&](const char* party, const char* channel) {
    return nlohmann::json{
        {"kind", "account"}, {"key", key}, {"party", party}, {"channel", channel}, {"since", "2022-03-02"}};
  };
  const auto document = [&](nlohmann::json claims) {
    return ClaimsDocument("kauri", "gb-nca", "desk@gb-nca.example", std::move(claims));
  };
  EXPECT_EQ(take(document({claim("gb-nca", ""), claim("at-bk", "")})).error().code, Code::kDenied);
  EXPECT_EQ(take(document({claim("gb-nca", "gb-nca")})).error().code, Code::kDenied);
  EXPECT_EQ(take(ClaimsDocument("kauri", "fr-ofmin", "x", nlohmann::json::array())).error().code, Code::kDenied);
  nlohmann::json more = claim("gb-nca", "");
  more["account"] = "u-1";
  EXPECT_NE(take(document({more})).error().message.find("Claim 1"), std::string::npos);
  nlohmann::json wrong = document({claim("gb-nca", "")});
  wrong["format"] = "crossguard-deconfliction-claims/2";
  EXPECT_EQ(take(wrong).error().code, Code::kUnsupported);
  EXPECT_EQ(world.house.Number("SELECT count(*) FROM coordination_claim"), 0);
  EXPECT_EQ(take(document({claim("gb-nca", ""), claim("at-bk", "gb-nca")}))->taken, 2);
  EXPECT_EQ(take(document({claim("gb-nca", "")}))->known, 1);
}

TEST(Deconfliction, OwnClaimsSayWhatTheHouseHoldsAndNothingInClear) {
  Parties world;
  world.Account("very-private-name");
  world.Package("pkg-at", "at-bk", {"very-private-name"});
  world.Received("pkg-in", "eu-europol", {"very-private-name"});
  world.Scan();
  const auto claims = world.house.Do(Act::kCrossCheck, [&](Transaction& transaction, const Permit& permit) {
    return OwnClaims(transaction, permit, "xx-house", world.secrets[0].secret);
  });
  ASSERT_TRUE(claims) << claims.error().message;
  const auto material = KeyMaterial::OfAccount("chat", "very-private-name").value();
  ASSERT_EQ(claims->size(), 2U);
  for (const auto& claim : *claims)
    EXPECT_EQ(claim["key"], KeyedKey(world.secrets[0].secret, material.OpenKey()).hex());
  EXPECT_EQ((*claims)[0]["party"], "at-bk");
  EXPECT_EQ((*claims)[0]["channel"], "xx-house");
  EXPECT_EQ((*claims)[1]["party"], "xx-house");
  EXPECT_EQ((*claims)[1]["channel"], "");
  EXPECT_EQ(claims->dump().find("private"), std::string::npos);
  EXPECT_EQ(claims->dump().find(material.OpenKey().hex()), std::string::npos) << "the open key can be guessed";
  const std::string text = ClaimsDocument("kauri", "xx-house", "desk@xx-house.example", *claims).dump();
  EXPECT_TRUE(ReadClaims(AsBytes(text)));
}

TEST(Notices, EachContactLearnsOfTheOtherOnceAndThisHouseSendsItselfNothing) {
  Parties world;
  world.Received("pkg-a", "eu-europol", {"one"});
  world.Received("case-1", "", {"one"});
  world.Scan();
  const std::vector<Notice> notices = world.Tell();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].to, "eu-europol");
  EXPECT_EQ(notices[0].other.authority, "xx-house");
  EXPECT_EQ(notices[0].other.contact, "desk@xx-house.example");
  EXPECT_EQ(world.State(world.OnlyId()), "contacts_told");
  EXPECT_TRUE(world.Tell().empty());
  world.Received("pkg-b", "int-interpol", {"one"});
  EXPECT_EQ(world.Scan().joined_count, 1);
  EXPECT_EQ(world.State(world.OnlyId()), "open") << "a new party opens it again";
  EXPECT_EQ(world.Tell().size(), 3U) << "the new one to the old, and both others to the new one";
  EXPECT_EQ(world.State(world.OnlyId()), "contacts_told");
}

TEST(Notices, APartyWhoseHandlingCodesForbidItIsNotNamed) {
  Parties world;
  world.Holding("at-bk", "phone", "+436601234567");
  world.Holding("gb-nca", "phone", "+436601234567", "[\"H2\"]");
  world.Scan();
  const std::vector<Notice> notices = world.Tell();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].to, "gb-nca") << "it may decide to speak";
  EXPECT_EQ(notices[0].other.authority, "at-bk");
  EXPECT_EQ(world.State(world.OnlyId()), "open") << "not both know";
}

// The worst case: every key with every party. The number of keys can be raised from outside.
TEST(Deconfliction, ManyKeysOfTwelvePartiesAreWalkedOnce) {
  const char* const asked = std::getenv("CROSSGUARD_SCALE_KEYS");
  const int64_t keys = asked == nullptr ? 5'000 : std::strtoll(asked, nullptr, 10);
  constexpr int64_t kParties = 12;
  Parties world;
  world.Row(
      "INSERT INTO coordination_interest (key,party,channel,source,kind,basis,contact,since,quiet,derived) "
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<?1), p(j) AS (SELECT 1 UNION ALL "
      "SELECT j+1 FROM p WHERE j<?2) SELECT cast(printf('%032d',i*7919%1000003) AS BLOB),'p-' || j,'','s','account',"
      "'received','c',1,0,0 FROM n,p WHERE j=1 OR i%2=0",
      keys, kParties);
  SystemClock clock;
  const int64_t begun = clock.MonotonicMicros();
  const ScanSummary first = world.Scan();
  const int64_t between = clock.MonotonicMicros();
  const ScanSummary second = world.Scan();
  std::printf("%lld keys, %lld interests, %lld deconflictions: first scan %.2f s, again %.2f s\n",
              static_cast<long long>(keys), static_cast<long long>(first.interest_count),
              static_cast<long long>(first.new_count), static_cast<double>(between - begun) / 1e6,
              static_cast<double>(clock.MonotonicMicros() - between) / 1e6);
  EXPECT_EQ(first.new_count, keys / 2) << "the odd ones have one party";
  EXPECT_EQ(first.interest_count, keys - keys / 2 + keys / 2 * kParties);
  EXPECT_EQ(second.new_count + second.joined_count, 0);
  EXPECT_EQ(world.house.Number("SELECT min(party_count)=12 AND max(party_count)=12 FROM deconfliction"), 1);
}

// Events as other parts of the house and other nodes make them known, in any order and with scans anywhere between.
TEST(Deconfliction, AnyOrderOfTheSameEventsGivesTheSameSet) {
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g", "h"};
  const auto play = [&](SeededRandom& random, bool shuffle) {
    Parties world;
    for (const std::string& name : names) world.Account(name, name == "b" || name == "c" ? "a" : "");
    for (const std::string& name : names) world.Selector(name, "email", name + "@mail.example");
    world.Selector("d", "phone", "+436601234567");
    world.Selector("e", "phone", "+436601234567");
    std::vector<std::function<void()>> events;
    for (const auto& [id, authority, accounts] :
         std::vector<std::tuple<std::string, std::string, std::vector<std::string>>>{
             {"pkg-1", "at-bk", {"a", "d"}}, {"pkg-2", "gb-nca", {"b", "e"}}, {"pkg-3", "fr-ofmin", {"f", "g"}}})
      events.emplace_back([&world, id, authority, accounts] { world.Package(id, authority, accounts); });
    for (const auto& [owner, type, value] :
         std::vector<std::tuple<std::string, std::string, std::string>>{{"gb-nca", "email", "d@mail.example"},
                                                                        {"fr-ofmin", "phone", "+436601234567"},
                                                                        {"at-bk", "phone", "+436601234567"},
                                                                        {"eu-europol", "email", "nobody@mail.example"},
                                                                        {"at-bk", "email", "nobody@mail.example"},
                                                                        {"eu-europol", "email", "g@mail.example"}})
      events.emplace_back([&world, owner, type, value] { world.Holding(owner, type, value); });
    events.emplace_back([&world] { world.Received("pkg-in-1", "eu-europol", {"g", "h"}); });
    events.emplace_back([&world] { world.Received("pkg-in-2", "int-interpol", {"h", "not-here"}); });
    events.emplace_back([&world] { world.Received("case-9", "", {"not-here"}); });
    events.emplace_back([&world] {
      world.Claims(
          "int-interpol",
          {{"fr-ofmin", "int-interpol", "account", KeyMaterial::OfAccount("chat", "f").value()},
           {"int-interpol", "", "selector", KeyMaterial::OfSelector(SelectorType::kEmail, "e@mail.example").value()}});
    });
    for (size_t i = events.size(); shuffle && i > 1; --i) std::swap(events[i - 1], events[random.Below(i)]);
    for (const auto& event : events) {
      event();
      if (shuffle && random.Chance(0.4)) world.Scan();
      if (shuffle && random.Chance(0.2)) world.Tell();
    }
    world.Scan();
    return world.Found();
  };
  SeededRandom random(11);
  const std::string expected = play(random, false);
  EXPECT_GE(std::ranges::count(expected, '\n'), 20) << expected;
  for (int round = 0; round < 8; ++round) ASSERT_EQ(play(random, true), expected) << "round " << round;
}

}  // namespace
}  // namespace crossguard::coordination
