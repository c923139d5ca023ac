// The book's way from a file into the register and back, by opening a house and by a person's load.
#include "app/authority_desk.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "crypto/x509.h"
#include "model/testing_books.h"
#include "register/custody_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += (c == '"' || c == '\\') ? std::string("\\") + c : std::string(1, c);
  return out + "\"";
}
std::string ListText(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + Quoted(text);
  return "[" + out + "]";
}

// The file that a person would have written for this book.
std::string TomlOf(const AuthorityBook& book) {
  std::string out = "format = \"crossguard-authorities/1\"\nself = " + Quoted(book.self) + "\n";
  if (book.example) out += "example = true\n";
  for (const Authority& one : book.authorities) {
    out += "[[authority]]\nid = " + Quoted(one.id) + "\nname = " + Quoted(one.name) + "\nkind = " + Quoted(one.kind) +
           "\ncountry = " + Quoted(one.country) + "\nunits = " + ListText(one.units) +
           "\ncontact = " + Quoted(one.contact) + "\nlanguages = " + ListText(one.languages) +
           "\ncertificate = " + Quoted(one.certificate_path) +
           "\nsingle_point_of_contact = " + (one.single_point_of_contact ? "true" : "false") + "\n";
    if (!one.channels.empty()) out += "channels = " + ListText(one.channels) + "\n";
    if (!one.receives_for.empty()) out += "receives_for = " + ListText(one.receives_for) + "\n";
  }
  for (const Gateway& one : book.gateways) {
    out += "[[gateway]]\nid = " + Quoted(one.id) + "\nfrom = " + Quoted(one.from) + "\nto = " + Quoted(one.to) +
           "\npurposes = " + ListText(one.purposes) + "\ndata_kinds = " + ListText(one.data_kinds) +
           "\nvalid_from = " + Quoted(DateText(one.valid_from)) + "\nlegal_reference = " + Quoted(one.legal_reference) +
           "\nconditions = " + Quoted(one.conditions) + "\n";
    if (one.valid_until) out += "valid_until = " + DateText(*one.valid_until) + "\n";  // a date of TOML's own
    if (!one.via.empty()) out += "via = " + Quoted(one.via) + "\n";
  }
  for (const Officer& one : book.officers) {
    out += "[[officer]]\nid = " + Quoted(one.id) + "\nroles = " + ListText(one.roles) + "\n";
    if (one.valid_from) out += "valid_from = " + Quoted(DateText(*one.valid_from)) + "\n";
    if (one.valid_until) out += "valid_until = " + Quoted(DateText(*one.valid_until)) + "\n";
  }
  return out;
}

AuthorityBook SmallBook() {
  AuthorityBook book;
  book.self = "nz-dia";
  const auto agency = [](const std::string& id, const std::string& country) {
    return Authority{.id = id,
                     .name = "Office " + id,
                     .kind = "third_country",
                     .country = country,
                     .units = {"one"},
                     .contact = "csa-desk@" + id + ".example",
                     .languages = {"en"},
                     .certificate_path = "",
                     .single_point_of_contact = true};
  };
  book.authorities = {agency("nz-dia", "NZ"), agency("at-bk", "AT")};
  book.gateways = {{.id = "g-1",
                    .from = "nz-dia",
                    .to = "at-bk",
                    .purposes = {"facilitate_exchange"},
                    .data_kinds = {"referral"},
                    .valid_from = ParseInstant("2020-01-01T00:00:00Z").value(),
                    .valid_until = std::nullopt,
                    .legal_reference = "Treaty",
                    .conditions = ""}};
  book.officers = {{.id = "officer-1", .roles = {"intake", "analyst"}}, {.id = "officer-2", .roles = {"supervisor"}}};
  return book;
}

class AuthorityDesk : public testing::Test {
 protected:
  AuthorityDesk() {
    fs::remove_all(root_);
    fs::create_directories(root_ / "elsewhere");
  }
  ~AuthorityDesk() override { fs::remove_all(root_); }

  std::string Data() const { return (root_ / "data").string(); }
  std::string Home() const { return Data() + "/config/authorities.toml"; }
  static void Write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  }
  static std::string Read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  Result<std::unique_ptr<House>> Open(bool writable = true, const std::string& authorities = "") {
    return House::Open(env_, {.data_folder = Data(),
                              .shipped_config_folder = std::string(CROSSGUARD_SOURCE_DIR) + "/config",
                              .authorities_path = authorities,
                              .writable = writable});
  }
  static std::vector<std::string> LeavesOf(House& house, const std::string& act) {
    std::vector<std::string> out;
    EXPECT_TRUE(EachLeaf(house.db(), 0, 1'000, [&](const LeafRow& row) -> Status {
      if (row.act == act) out.push_back(row.entry);
      return {};
    }));
    return out;
  }
  std::string CertificatePem() {
    const PrivateKey key = PrivateKey::MakeP256(random_);
    return MakeSelfSigned({.common_name = "at-bk",
                           .organization = "",
                           .country = "",
                           .use = CertificateUse::kRecipient,
                           .not_before = clock_.Now(),
                           .not_after = {clock_.Now().micros + 365 * kMicrosPerDay}},
                          key, random_)
        ->Pem();
  }

  const fs::path root_ = fs::path(testing::TempDir()) / (std::string("authority_desk_") +
                                                         testing::UnitTest::GetInstance()->current_test_info()->name());
  ManualClock clock_{Instant{1'650'000'000 * kMicrosPerSecond}};
  SeededRandom random_{7};
  SystemFiles files_;
  Env env_{.clock = clock_, .random = random_, .files = files_, .log = Log(nullptr)};
};

TEST_F(AuthorityDesk, ABookFromTheRegisterEqualsTheOneFromItsFile) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    BookMaker maker(seed);
    AuthorityBook book = maker.Make();
    const auto db = OpenSqlite(":memory:", OpenMode::kReadWrite).value();
    for (int64_t day = 1; day <= 4; ++day) {
      const std::string toml = TomlOf(book);
      const auto parsed = ParseAuthorities(toml, "a.toml", "");
      ASSERT_TRUE(parsed) << parsed.error().message << "\n" << toml;
      ASSERT_EQ(*parsed, book) << "the file says what the book says";
      Transaction transaction = Transaction::Begin(*db).value();
      ASSERT_TRUE(authority_rows::PutBook(transaction, *parsed, {.at = Instant{day}}));
      ASSERT_TRUE(transaction.Commit());
      ASSERT_EQ(authority_rows::ReadBook(*db).value(), *parsed) << toml;
      maker.Edit(book);
    }
  }
}

TEST_F(AuthorityDesk, TheShippedExampleIsTheSameFromTheRegister) {
  AuthorityBook from_file, from_register;
  {
    const auto house = Open().value();
    from_file = house->book();
    EXPECT_EQ(
        authority_rows::LastLoad(house->db()).value()->change.added_count,
        static_cast<int64_t>(from_file.authorities.size() + from_file.gateways.size() + from_file.officers.size()));
  }
  from_register = Open().value()->book();
  EXPECT_EQ(from_register, from_file);
  EXPECT_TRUE(from_file.example);
}

TEST_F(AuthorityDesk, OpeningToWriteTakesAChangedFileOnceWithALeafAndNoOfficer) {
  AuthorityBook book = SmallBook();
  Write(Home(), TomlOf(book));
  Open().value();
  Open().value();
  book.gateways.front().conditions = "case by case";
  Write(Home(), TomlOf(book));
  Open().value();
  const auto house = Open().value();
  EXPECT_EQ(house->book(), book);
  EXPECT_EQ(house->book_note(), "");
  const auto leaves = LeavesOf(*house, "load_authorities");
  ASSERT_EQ(leaves.size(), 2U) << "one for each change, none for an opening that changed nothing";
  const json leaf = json::parse(leaves[1]);
  EXPECT_EQ(leaf["officer"], "");
  EXPECT_EQ(
      leaf["details"],
      json(
          {{"added", 0}, {"changed", 1}, {"ended", 0}, {"unchanged", 4}, {"file_sha256", house->book_sha256().hex()}}));
  EXPECT_TRUE(house->ledger().Publish(house->db()));
  EXPECT_TRUE(house->ledger().Verify(house->db()));
}

TEST_F(AuthorityDesk, OpenedToReadTheRegisterCountsAndADifferentFileIsTold) {
  const AuthorityBook book = SmallBook();
  Write(Home(), TomlOf(book));
  Open().value();
  EXPECT_EQ(Open(false).value()->book_note(), "");
  AuthorityBook other = book;
  other.gateways.front().data_kinds = {"referral", "evidence", "files"};
  Write(Home(), TomlOf(other));
  {
    const auto house = Open(false).value();
    EXPECT_EQ(house->book(), book);
    EXPECT_THAT(house->book_note(), HasSubstr("is not what was loaded on 2022-04-15"));
  }
  Write(Home(), "format = ");
  EXPECT_EQ(Open(false).value()->book(), book) << "a broken file does not stop who only looks";
  EXPECT_EQ(Open().error().code, Code::kInvalid) << "but whoever writes must mend it";
  fs::remove(Home());
  EXPECT_EQ(Open(false).value()->book(), book);
}

TEST_F(AuthorityDesk, AFileGivenForOneCommandIsTakenInAndTheNextCommandGoesBack) {
  const AuthorityBook book = SmallBook();
  AuthorityBook other = book;
  other.gateways.front().id = "g-other";
  Write(Home(), TomlOf(book));
  Write(root_ / "elsewhere/b.toml", TomlOf(other));
  Open().value();
  EXPECT_EQ(Open(true, root_ / "elsewhere/b.toml").value()->book(), other);
  const auto house = Open().value();
  EXPECT_EQ(house->book(), book);
  EXPECT_EQ(authority_rows::Loads(house->db())->size(), 3U);
  EXPECT_EQ(authority_rows::GatewayVersions(house->db())->size(), 3U) << "g-1 twice, g-other once";
}

TEST_F(AuthorityDesk, TheFileGivenAtTheFirstUseBecomesTheHousesOwn) {
  AuthorityBook book = SmallBook();
  book.self = "at-bk";
  book.authorities[0].certificate_path = "pki/nz.crt";
  Write(root_ / "elsewhere/at.toml", TomlOf(book));
  Write(root_ / "elsewhere/pki/nz.crt", CertificatePem());
  Open(true, root_ / "elsewhere/at.toml").value();
  fs::remove_all(root_ / "elsewhere");
  const auto house = Open().value();
  EXPECT_EQ(house->book().self, "at-bk");
  EXPECT_TRUE(fs::exists(house->book().authorities[0].certificate_path));
  EXPECT_EQ(authority_rows::Loads(house->db())->size(), 1U);
}

TEST_F(AuthorityDesk, AnotherAuthoritysFileIsRefused) {
  AuthorityBook book = SmallBook();
  Write(Home(), TomlOf(book));
  Open().value();
  book.self = "at-bk";
  Write(Home(), TomlOf(book));
  EXPECT_EQ(Open().error().code, Code::kConflict);
  EXPECT_EQ(Open(false).value()->book().self, "nz-dia");
}

TEST_F(AuthorityDesk, ASupervisorLoadsAFileAndItsCertificatesComeAlong) {
  AuthorityBook book = SmallBook();
  Write(Home(), TomlOf(book));
  const auto house = Open().value();
  book.authorities[1].certificate_path = "certificates/at-bk.crt";
  book.gateways.front().id = "g-2";
  const std::string path = (root_ / "elsewhere/new.toml").string();
  const std::string pem = CertificatePem();
  Write(path, TomlOf(book));
  Write(root_ / "elsewhere/certificates/at-bk.crt", pem);

  const auto refused = LoadAuthorityFile(*house, {.officer = "officer-1", .reason = "new treaty"}, path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kDenied);
  EXPECT_EQ(authority_rows::Loads(house->db())->size(), 1U);
  EXPECT_EQ(LeavesOf(*house, "denied").size(), 1U);

  const auto loaded = LoadAuthorityFile(*house, {.officer = "officer-2", .reason = "new treaty"}, path);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ((*loaded)["added"], 1);
  EXPECT_EQ((*loaded)["changed"], 1);
  EXPECT_EQ((*loaded)["ended"], 1);
  EXPECT_EQ((*loaded)["unchanged"], 3);
  EXPECT_EQ(Read(Home()), TomlOf(book));
  EXPECT_EQ(Read(Data() + "/config/certificates/at-bk.crt"), pem);
  EXPECT_EQ(json::parse(LeavesOf(*house, "load_authorities").back())["officer"], "officer-2");
  EXPECT_TRUE(house->ledger().Verify(house->db()));

  fs::remove_all(root_ / "elsewhere");
  fs::rename(Data(), root_ / "moved");  // a data directory stays whole wherever it lies
  const auto moved = House::Open(env_, {.data_folder = (root_ / "moved").string(), .writable = false}).value();
  EXPECT_EQ(moved->book_note(), "");
  const Authority& at = *moved->book().Find("at-bk");
  EXPECT_EQ(at.certificate_path, (root_ / "moved/config/certificates/at-bk.crt").string());
  EXPECT_EQ(at.certificate_sha256, Certificate::LoadPem(pem)->Fingerprint().hex());
}

TEST_F(AuthorityDesk, ALoadThatIsNotRightChangesNothing) {
  const AuthorityBook book = SmallBook();
  Write(Home(), TomlOf(book));
  const auto house = Open().value();
  const Actor actor{.officer = "officer-2", .reason = "a test"};
  AuthorityBook outside = book;
  outside.authorities[1].certificate_path = "../at-bk.crt";
  AuthorityBook foreign = book;
  foreign.self = "at-bk";
  for (const auto& [text, code] : {std::pair<std::string, Code>("format = ", Code::kInvalid),
                                   {TomlOf(outside), Code::kInvalid},
                                   {TomlOf(foreign), Code::kConflict}}) {
    Write(root_ / "elsewhere/bad.toml", text);
    const auto loaded = LoadAuthorityFile(*house, actor, root_ / "elsewhere/bad.toml");
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, code) << loaded.error().message;
  }
  EXPECT_EQ(LoadAuthorityFile(*house, actor, root_ / "elsewhere/none.toml").error().code, Code::kNotFound);
  EXPECT_EQ(authority_rows::Loads(house->db())->size(), 1U);
  EXPECT_EQ(Read(Home()), TomlOf(book));
  EXPECT_EQ(LeavesOf(*house, "load_authorities").size(), 1U);
}

TEST_F(AuthorityDesk, WhoOpensWithAnotherFileMayNotLoad) {
  Write(Home(), TomlOf(SmallBook()));
  Write(root_ / "elsewhere/b.toml", TomlOf(SmallBook()));
  const auto house = Open(true, root_ / "elsewhere/b.toml").value();
  EXPECT_EQ(LoadAuthorityFile(*house, {.officer = "officer-2", .reason = "x"}, Home()).error().code, Code::kInvalid);
}

TEST_F(AuthorityDesk, TheFirstOfficerInForceActsWhereNoneIsNamed) {
  AuthorityBook book = SmallBook();
  book.officers.push_back({.id = "officer-3", .roles = {"supervisor"}});
  EXPECT_EQ(DefaultOfficer(book, Act::kLoadAuthorities, clock_.Now()), "officer-2");
  book.officers[1].valid_until = clock_.Now();
  EXPECT_EQ(DefaultOfficer(book, Act::kLoadAuthorities, clock_.Now()), "officer-3");
}

TEST_F(AuthorityDesk, WhatIsShownHoldsWhatStoodBefore) {
  AuthorityBook book = SmallBook();
  Write(Home(), TomlOf(book));
  Open().value();
  clock_.Advance(kMicrosPerDay);
  book.authorities[1].name = "Renamed office";
  book.gateways.front().valid_until = ParseInstant("2021-01-01T00:00:00Z").value();
  book.officers[0].valid_until = ParseInstant("2021-01-01T00:00:00Z").value();
  Write(Home(), TomlOf(book));
  const auto house = Open().value();

  const json shown = ShowAuthority(*house, "at-bk").value();
  EXPECT_EQ(shown["authority"]["name"], "Renamed office");
  ASSERT_EQ(shown["history"].size(), 1U);
  EXPECT_EQ(shown["history"][0]["name"], "Office at-bk");
  EXPECT_EQ(shown["history"][0]["loaded_at"], "2022-04-15T05:20:00Z");
  EXPECT_EQ(shown["history"][0]["ended_at"], "2022-04-16T05:20:00Z");
  EXPECT_EQ(shown["gateways_out"].size(), 0U);
  ASSERT_EQ(shown["gateways_in"].size(), 2U);
  EXPECT_EQ(shown["gateways_in"][0]["state"], "ended");
  EXPECT_EQ(shown["gateways_in"][1]["state"], "expired");
  EXPECT_EQ(ShowAuthority(*house, "xx").error().code, Code::kNotFound);

  EXPECT_EQ(ListGateways(*house, "at-bk", "")->size(), 0U);
  EXPECT_EQ(ListGateways(*house, "nz-dia", "at-bk")->size(), 2U);
  const json authorities = ListAuthorities(*house).value();
  EXPECT_EQ(authorities[1]["gateways_in"], 0) << "the one that stands has expired";
  EXPECT_EQ(ListLoads(*house)->size(), 2U);
  std::vector<std::string> states;
  const json officers = ListOfficers(*house).value();
  for (const json& officer : officers) states.push_back(officer["state"]);
  EXPECT_THAT(states, testing::ElementsAre("ended", "expired", "in_force"));
}

TEST_F(AuthorityDesk, ACheckSaysTheDecisionAndWhy) {
  Write(Home(), TomlOf(SmallBook()));
  const auto house = Open().value();
  const Flow flow{.from = "nz-dia", .to = "at-bk", .purpose = "facilitate_exchange", .data_kind = "referral"};
  const json yes = CheckGateway(*house, flow, clock_.Now()).value();
  EXPECT_EQ(yes["allowed"], true);
  EXPECT_EQ(yes["gateway"], "g-1");
  EXPECT_EQ(yes["valid_from"], "2020-01-01");
  EXPECT_EQ(yes["reason"], "Gateway g-1 (from 2020-01-01): Treaty.");
  const json no = CheckGateway(*house, flow, ParseInstant("2019-12-31T00:00:00Z").value()).value();
  EXPECT_EQ(no["allowed"], false);
  EXPECT_EQ(no["gateway"], "");
  EXPECT_TRUE(no["valid_from"].is_null());
  EXPECT_EQ(CheckGateway(*house, {.from = "nz-dia", .to = "xx", .purpose = "", .data_kind = ""}, {}).error().code,
            Code::kNotFound);
}

}  // namespace
}  // namespace crossguard
