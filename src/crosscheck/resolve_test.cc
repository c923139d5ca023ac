#include "crosscheck/resolve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "crosscheck/strength.h"
#include "crosscheck/test_world.h"

namespace crossguard::crosscheck {

Status Fill(Database& db, World world, SeededRandom* random) {
  const auto shuffle = [&](auto& items) {
    if (random == nullptr) return;
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random->Below(i)]);
  };
  shuffle(world.accounts);
  shuffle(world.sights);
  TRY(db.Script(
      "INSERT INTO operation (operation_key,id,name,created_at) VALUES (1,'op-1','o',0);"
      "INSERT INTO submission (submission_key,id,operation_key,state,source_path,begun_at) VALUES "
      "(1,'sub-1',1,'read','x',0);"
      "INSERT INTO exhibit_item (item_key,submission_key,path,size_bytes,state) VALUES (1,1,'r.xml',1,'sealed');"
      "INSERT INTO report "
      "(report_key,id,operation_key,submission_key,item_key,place,dialect,provider,provider_report_id,state,incident_"
      "type) "
      "VALUES (1,'rep-1',1,1,1,'line 1','xml','p','1','taken','');"));
  std::map<std::string, int64_t> mention_of;
  for (const World::AccountLine& account : world.accounts) {
    TRY(db.Run("INSERT INTO account (id,service,esp_identifier,ever_victim,minor) VALUES (?1,'chat',?2,?3,?4)",
               "acc-" + account.name, account.name, account.ever_victim, account.minor));
    const int64_t key = db.last_insert_key();
    for (const std::string& role : account.roles) {
      TRY(db.Run("INSERT INTO account_mention (account_key,report_key,role,item_key,place) VALUES (?1,1,?2,1,'')", key,
                 role));
      mention_of[account.name] = db.last_insert_key();
    }
  }
  for (const World::SightLine& sight : world.sights) {
    TRY(db.Run("INSERT INTO selector (type,value) VALUES (?1,?2) ON CONFLICT DO NOTHING", sight.type, sight.value));
    TRY(
        db.Run("INSERT INTO sighting "
               "(selector_key,mention_key,report_key,origin,raw,at,zone_known,port,possible_proxy,item_key,place) "
               "SELECT selector_key,?3,1,?4,'',?5,?6,?7,?8,1,'' FROM selector WHERE type=?1 AND value=?2",
               sight.type, sight.value, mention_of.at(sight.account), sight.how.declared ? "declared" : "mined",
               sight.how.at, sight.how.zone_known, sight.how.port, sight.how.proxy));
  }
  return {};
}

namespace {

constexpr int64_t kSecond = kMicrosPerSecond;

class Resolve : public testing::Test {
 protected:
  ResolveSummary Run(TestHouse& house, const World& world, SeededRandom* random = nullptr,
                     const CrossCheckRules& rules = {}) {
    return house
        .Do(Act::kCrossCheck,
            [&](Transaction& t, const Permit& permit) -> Result<ResolveSummary> {
              TRY(Fill(t.db(), world, random));
              return ResolveSubjects(t, permit, house.ids, rules);
            })
        .value();
  }
  // Subjects as sets of account names, joined for reading: "a+b c".
  static std::string Subjects(TestHouse& house) {
    std::map<std::string, std::set<std::string>> by_subject;
    EXPECT_TRUE(
        house.db->Each("SELECT s.id,a.esp_identifier FROM subject_account x JOIN subject s USING (subject_key) JOIN "
                       "account a USING (account_key)",
                       [&](const SqlRow& row) -> Status {
                         by_subject[row.Text(0)].insert(row.Text(1));
                         return {};
                       }));
    std::set<std::string> lines;
    for (const auto& [id, accounts] : by_subject) {
      std::string line;
      for (const std::string& account : accounts) line += (line.empty() ? "" : "+") + account;
      lines.insert(line);
    }
    std::string out;
    for (const std::string& line : lines) out += (out.empty() ? "" : " ") + line;
    return out;
  }
  static std::string Links(TestHouse& house) {
    return house.Rows(
        "SELECT s.type,s.value,l.strength,l.sharer_count,l.reason,a.esp_identifier,x.joined_group FROM link l JOIN "
        "selector s USING (selector_key) "
        "JOIN link_account x USING (link_key) JOIN account a USING (account_key) ORDER BY "
        "s.type,s.value,a.esp_identifier",
        7);
  }
};

TEST_F(Resolve, SharedOwnAddressesJoinAndEverySingleAccountIsASubject) {
  World world;
  world.Account("a").Account("b").Account("c").Account("d").Account("e");
  world.See("a", "email", "x@mail.example").See("b", "email", "x@mail.example");
  world.See("b", "phone", "+4366012345").See("c", "phone", "+4366012345");
  world.See("d", "email", "other@mail.example");
  TestHouse house;
  const ResolveSummary summary = Run(house, world);
  EXPECT_EQ(Subjects(house), "a+b+c d e");
  EXPECT_EQ(summary.subject_count, 3);
  EXPECT_EQ(summary.subjects_of_several, 1);
  EXPECT_EQ(summary.accounts_in_several, 3);
  EXPECT_EQ(summary.strong_links, 2);
}

TEST_F(Resolve, VictimsPossibleMinorsAndMereRecipientsNeverEnter) {
  World world;
  world.Account("offender")
      .Account("victim", {"reported"}, true)
      .Account("named", {"reported", "victim"})
      .Account("minor", {"reported"}, false, "may_be_minor");
  world.Account("recipient", {"recipient", "associated"}).Account("both", {"recipient", "reported"}, false, "adult");
  for (const char* name : {"offender", "victim", "named", "minor", "recipient", "both"})
    world.See(name, "email", "x@mail.example");
  TestHouse house;
  const ResolveSummary summary = Run(house, world);
  EXPECT_EQ(Subjects(house), "both+offender");
  EXPECT_EQ(
      house.Rows(
          "SELECT a.esp_identifier,e.reason FROM index_exclusion e JOIN account a USING (account_key) ORDER BY 1", 2),
      "minor|may_be_minor\nnamed|victim\nrecipient|recipient_only\nvictim|victim\n");
  EXPECT_EQ(house.Number("SELECT count(*) FROM link_account"), 2);
  EXPECT_EQ(summary.account_count, summary.eligible_count + summary.excluded_victim + summary.excluded_may_be_minor +
                                       summary.excluded_recipient_only);
}

TEST_F(Resolve, ASelectorOfVeryManyIsWeakAndEverySharerIsShown) {
  World world;
  for (int i = 0; i < 9; ++i)
    world.Account("n" + std::to_string(i)).See("n" + std::to_string(i), "device_id", "imei:1");
  for (int i = 0; i < 8; ++i)
    world.Account("m" + std::to_string(i)).See("m" + std::to_string(i), "device_id", "imei:2");
  TestHouse house;
  const ResolveSummary summary = Run(house, world);
  EXPECT_EQ(summary.subject_count, 9 + 1);
  EXPECT_EQ(
      house.Rows("SELECT s.value,l.strength,l.sharer_count FROM link l JOIN selector s USING (selector_key) ORDER BY 1",
                 3),
      "imei:1|weak|9\nimei:2|strong|8\n");
  EXPECT_EQ(house.Number("SELECT count(*) FROM link_account x JOIN link l USING (link_key) WHERE l.strength='weak'"),
            9);
  EXPECT_EQ(summary.largest_sharer_count, 9);
}

TEST_F(Resolve, AnAddressAtATemporaryMailDomainIsWeak) {
  CrossCheckRules rules;
  rules.temporary_mail_domains = {"tempmail.example"};
  World world;
  world.Account("a").Account("b").Account("c").Account("d").Account("e").Account("f");
  world.See("a", "email", "x@tempmail.example").See("b", "email", "x@tempmail.example");
  world.See("c", "email", "x@in.tempmail.example").See("d", "email", "x@in.tempmail.example");
  world.See("e", "email", "x@nottempmail.example").See("f", "email", "x@nottempmail.example");
  TestHouse house;
  Run(house, world, nullptr, rules);
  EXPECT_EQ(Subjects(house), "a b c d e+f");
}

TEST_F(Resolve, FreeTextJoinsOnlyBesideADeclarationAndNotWhenManyTalkOfIt) {
  World world;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"}) world.Account(name);
  const Sight mined{.declared = false};
  world.See("a", "email", "text@mail.example", mined).See("b", "email", "text@mail.example", mined);  // only text: weak
  world.See("c", "email", "own@mail.example").See("d", "email", "own@mail.example", mined);  // own and text: strong
  world.See("e", "email", "seller@mail.example");  // three buyers name the seller: weak
  for (const char* name : {"f", "g", "h"}) world.See(name, "email", "seller@mail.example", mined);
  world.See("i", "email", "two@mail.example")
      .See("j", "email", "two@mail.example");  // two owners stay joined, the talkers do not join
  for (const char* name : {"k", "l", "m"}) world.See(name, "email", "two@mail.example", mined);
  world.See("n", "email", "own@mail.example", mined).See("n", "email", "own@mail.example", mined);
  TestHouse house;
  Run(house, world);
  EXPECT_EQ(Subjects(house), "a b c+d+n e f g h i+j k l m");
  EXPECT_EQ(house.Number("SELECT count(*) FROM link_account x JOIN link l USING (link_key) JOIN selector s USING "
                         "(selector_key) WHERE s.value='two@mail.example'"),
            5);
}

TEST_F(Resolve, AnAddressOfTheNetJoinsOnlyWithPortAndTime) {
  World world;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}) world.Account(name);
  const auto at = [](int64_t second, std::optional<int64_t> port) {
    return Sight{.at = Instant{second * kSecond}, .zone_known = true, .port = port};
  };
  const char* ip = "198.51.100.7";
  world.See("a", "ip", ip, at(1'000, 5'000)).See("b", "ip", ip, at(1'120, 5'000));  // same port, 120 s: joined
  world.See("c", "ip", ip, at(1'000, 6'000)).See("d", "ip", ip, at(1'121, 6'000));  // 121 s: not
  world.See("e", "ip", ip, at(1'000, 7'000)).See("f", "ip", ip, at(1'000, 7'001));  // another port: not
  world.See("g", "ip", ip, at(1'000, {})).See("h", "ip", ip, at(1'000, {}));        // no port: not
  Sight no_zone = at(1'000, 8'000);
  no_zone.zone_known = false;
  world.See("i", "ip", ip, no_zone).See("j", "ip", ip, no_zone);  // a time without zone: not
  TestHouse house;
  Run(house, world);
  EXPECT_EQ(Subjects(house), "a+b c d e f g h i j");
  EXPECT_EQ(house.Rows("SELECT strength,sharer_count FROM link", 2), "strong|10\n");
  EXPECT_EQ(house.Number("SELECT count(*) FROM link_account WHERE joined_group=1"), 2);
}

TEST_F(Resolve, ACarriersAddressWithThousandsBehindItJoinsNobody) {
  World world;
  SeededRandom random(4);
  for (int i = 0; i < 2'000; ++i) {
    const std::string name = "n" + std::to_string(i);
    world.Account(name).See(name, "ip", "198.51.100.7",
                            {.at = Instant{i * 5 * kSecond}, .zone_known = true, .port = 1'024 + i});
    world.See(
        name, "ip", "198.51.100.8",
        {.at = Instant{i * kSecond}, .zone_known = true, .port = 443});  // a port that the provider's own side wrote
    world.See(name, "ip", "2001:db8::1", {.at = Instant{i * kSecond}, .zone_known = true});  // a gateway for IPv6
  }
  TestHouse house;
  const ResolveSummary summary = Run(house, world);
  EXPECT_EQ(summary.subject_count, 2'000);
  EXPECT_EQ(summary.weak_links, 3);
  EXPECT_EQ(house.Number("SELECT count(*) FROM link_account"), 6'000);
}

TEST_F(Resolve, AWholeIpv6AddressJoinsWithinADayAndAProxyNever) {
  World world;
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) world.Account(name);
  const auto at = [](int64_t second, bool proxy = false) {
    return Sight{.at = Instant{second * kSecond}, .zone_known = true, .proxy = proxy};
  };
  world.See("a", "ip", "2001:db8::a", at(0)).See("b", "ip", "2001:db8::a", at(86'400));
  world.See("c", "ip", "2001:db8::c", at(0)).See("d", "ip", "2001:db8::c", at(86'401));
  world.See("e", "ip", "2001:db8::e", at(0)).See("f", "ip", "2001:db8::e", at(10, true));
  TestHouse house;
  Run(house, world);
  EXPECT_EQ(Subjects(house), "a+b c d e f");
}

TEST_F(Resolve, ACardOfWhichTenDigitsAreKeptIsWeakAndAnIbanIsNot) {
  World world;
  world.Account("a").Account("b").Account("c").Account("d");
  world.See("a", "payment", "card:411111-1111").See("b", "payment", "card:411111-1111");
  world.See("c", "payment", "iban:AT611904300234573201").See("d", "payment", "iban:AT611904300234573201");
  TestHouse house;
  Run(house, world);
  EXPECT_EQ(Subjects(house), "a b c+d");
}

// The rule account by account: compare every pair of sightings, spread until nothing changes.
std::string PlainSubjects(const World& world, const CrossCheckRules& rules) {
  std::map<std::string, int> label;
  for (const auto& account : world.accounts) {
    const bool reported = std::find(account.roles.begin(), account.roles.end(), "reported") != account.roles.end();
    const bool victim =
        account.ever_victim || std::find(account.roles.begin(), account.roles.end(), "victim") != account.roles.end();
    if (reported && !victim && account.minor != "may_be_minor") label[account.name] = static_cast<int>(label.size());
  }
  std::map<std::pair<std::string, std::string>, std::map<std::string, std::vector<Sight>>> by_value;
  for (const auto& sight : world.sights) {
    if (label.contains(sight.account)) by_value[{sight.type, sight.value}][sight.account].push_back(sight.how);
  }
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [key, sharers] : by_value) {
    const auto owns = [&](const std::string& account) {
      return std::any_of(sharers.at(account).begin(), sharers.at(account).end(),
                         [](const Sight& s) { return s.declared; });
    };
    int owners = 0;
    for (const auto& [account, sights] : sharers) owners += owns(account) ? 1 : 0;
    const auto talkers = static_cast<int64_t>(sharers.size()) - owners;
    const int64_t sharers_max = key.first == "screen_name" ? rules.screen_name_sharers_max : rules.email_sharers_max;
    for (const auto& [a, sights_a] : sharers) {
      for (const auto& [b, sights_b] : sharers) {
        if (a >= b) continue;
        if (key.first == "ip") {
          for (const Sight& x : sights_a) {
            for (const Sight& y : sights_b) {
              if (x.declared && y.declared && x.port && x.port == y.port && x.at && y.at && x.zone_known &&
                  y.zone_known && !x.proxy && !y.proxy && std::abs(x.at->micros - y.at->micros) <= 120 * kSecond) {
                pairs.emplace_back(a, b);
              }
            }
          }
        } else if (static_cast<int64_t>(sharers.size()) <= sharers_max && owners > 0 &&
                   (talkers <= rules.mined_sharers_max || (owns(a) && owns(b)))) {
          pairs.emplace_back(a, b);
        }
      }
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [a, b] : pairs) {
      const int low = std::min(label[a], label[b]);
      changed = changed || label[a] != label[b];
      label[a] = label[b] = low;
    }
  }
  std::map<int, std::string> lines;
  for (const auto& [name, number] : label) lines[number] += (lines[number].empty() ? "" : "+") + name;
  std::set<std::string> sorted;
  for (const auto& [number, line] : lines) sorted.insert(line);
  std::string out;
  for (const std::string& line : sorted) out += (out.empty() ? "" : " ") + line;
  return out;
}

World Anything(SeededRandom& random) {
  World world;
  const size_t count = 30 + random.Below(40);
  for (size_t i = 0; i < count; ++i) {
    std::vector<std::string> roles{random.Chance(0.85) ? "reported" : "recipient"};
    if (random.Chance(0.05)) roles.push_back("victim");
    world.Account("n" + std::to_string(100 + i), roles, random.Chance(0.05),
                  random.Chance(0.1) ? "may_be_minor" : "unknown");
  }
  for (size_t i = 0; i < count * 2; ++i) {
    const std::string name = "n" + std::to_string(100 + random.Below(count));
    const std::string number = std::to_string(random.Below(count / 2));
    switch (random.Below(4)) {
      case 0:
        world.See(name, "email", "m" + number + "@mail.example", {.declared = random.Chance(0.7)});
        break;
      case 1:
        world.See(name, "screen_name", "chat/s" + std::to_string(random.Below(count / 4)),
                  {.declared = random.Chance(0.8)});
        break;
      case 2:
        world.See(name, "email", "busy" + std::to_string(random.Below(3)) + "@mail.example");
        break;
      default:
        // Ports meet rarely, so that a run never holds more than three accounts: the judge has no such bound.
        world.See(name, "ip", "198.51.100.7",
                  {.declared = random.Chance(0.9),
                   .at = Instant{static_cast<int64_t>(i / 2) * 1'000 * kSecond +
                                 static_cast<int64_t>(random.Below(200)) * kSecond},
                   .zone_known = random.Chance(0.9),
                   .port = static_cast<int64_t>(random.Below(2)),
                   .proxy = random.Chance(0.1)});
    }
  }
  return world;
}

TEST_F(Resolve, FindsWhatAPlainResolverFindsAndTheSameInAnyOrderOfRows) {
  size_t joined = 0;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SeededRandom random(seed);
    const World world = Anything(random);
    TestHouse house;
    joined += static_cast<size_t>(Run(house, world).subjects_of_several);
    ASSERT_EQ(Subjects(house), PlainSubjects(world, {})) << seed;
    TestHouse other;
    Run(other, world, &random);
    ASSERT_EQ(Links(other), Links(house)) << seed;
    const char* subjects =
        "SELECT s.id,a.id,s.account_count FROM subject_account x JOIN subject s USING (subject_key) JOIN account a "
        "USING (account_key) ORDER BY 1,2";
    ASSERT_EQ(other.Rows(subjects, 3), house.Rows(subjects, 3)) << seed;
  }
  EXPECT_GT(joined, 50U);
}

TEST_F(Resolve, FiftyThousandAccountsAreResolved) {
  SeededRandom random(11);
  World world;
  for (int i = 0; i < 50'000; ++i) {
    const std::string name = "n" + std::to_string(i);
    world.Account(name);
    world.See(name, "email", "m" + std::to_string(random.Below(45'000)) + "@mail.example")
        .See(name, "screen_name", "chat/" + name);
    if (i % 2 == 0) world.See(name, "phone", "+43660" + std::to_string(1'000'000 + random.Below(40'000)));
    for (int j = 0; j < 3; ++j) {
      world.See(name, "ip", "198.51." + std::to_string(random.Below(20)) + "." + std::to_string(random.Below(256)),
                {.at = Instant{static_cast<int64_t>(random.Below(10'000'000)) * kSecond},
                 .zone_known = true,
                 .port = static_cast<int64_t>(random.Below(64'000))});
    }
    if (i % 2 == 1)
      world.See(name, "ip", "203.0.113.1",
                {.at = Instant{static_cast<int64_t>(random.Below(86'400)) * kSecond},
                 .zone_known = true,
                 .port = static_cast<int64_t>(random.Below(64'000))});
  }
  TestHouse house;
  Run(house, world);
  const auto begin = std::chrono::steady_clock::now();
  const auto again = house.Do(Act::kCrossCheck, [&](Transaction& t, const Permit& permit) {
    return ResolveSubjects(t, permit, house.ids, {});
  });
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  ASSERT_TRUE(again);
  std::printf(
      "50,000 accounts, %zu sightings: %lld ms, %lld subjects, %lld strong and %lld weak links, one shared by %lld\n",
      world.sights.size(), static_cast<long long>(ms), static_cast<long long>(again->subject_count),
      static_cast<long long>(again->strong_links), static_cast<long long>(again->weak_links),
      static_cast<long long>(again->largest_sharer_count));
  EXPECT_EQ(again->largest_sharer_count, 25'000);
}

TEST(Rules, TheExampleIsReadAndMistakesAreNamed) {
  const auto rules = ReadCrossCheckRules("email_sharers_max = 5\ntemporary_mail_domains = ['TempMail.example']\n");
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->email_sharers_max, 5);
  EXPECT_TRUE(rules->temporary_mail_domains.contains("tempmail.example"));
  for (const char* bad :
       {"emial_sharers_max = 5", "email_sharers_max = '5'", "email_sharers_max = -1",
        "email_sharers_max = ", "temporary_mail_domains = 'x'", "temporary_mail_domains = ['a@b.example']"}) {
    EXPECT_FALSE(ReadCrossCheckRules(bad)) << bad;
  }
}

TEST(Rules, TheShippedFileSaysWhatHoldsWithoutIt) {
  SystemFiles files;
  const auto text =
      files.ReadWhole(std::string(CROSSGUARD_SOURCE_DIR) + "/" + std::string(CrossCheckRules::kExamplePath), 1 << 20);
  ASSERT_TRUE(text);
  const auto rules = ReadCrossCheckRules(AsText(*text));
  ASSERT_TRUE(rules) << rules.error().message;
  const CrossCheckRules defaults;
  EXPECT_EQ(rules->email_sharers_max, defaults.email_sharers_max);
  EXPECT_EQ(rules->screen_name_sharers_max, defaults.screen_name_sharers_max);
  EXPECT_EQ(rules->mined_sharers_max, defaults.mined_sharers_max);
  EXPECT_EQ(rules->ip_sharers_max, defaults.ip_sharers_max);
  EXPECT_EQ(rules->ip_port_window_s, defaults.ip_port_window_s);
  EXPECT_EQ(rules->ipv6_window_s, defaults.ipv6_window_s);
  EXPECT_TRUE(rules->temporary_mail_domains.contains("tempmail.example"));
}

}  // namespace
}  // namespace crossguard::crosscheck
