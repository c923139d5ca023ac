// A package's life: the same input, a change of mind, answers, release, and what a kill leaves behind.
#include <gmock/gmock.h>

#include "crypto/x509.h"
#include "package/testing_bag.h"
#include "package/testing_world.h"

namespace crossguard {
namespace {
using nlohmann::json;
using testing::HasSubstr;

TEST(PackageLife, TheSameInputGivesTheSameBytesBeforeSealing) {
  World first("first"), second("second");
  first.Fill();
  second.Fill();
  const ComposeSummary summary = MUST(first.Compose());
  MUST(second.Compose());
  ASSERT_EQ(summary.packages.size(), 3U);
  for (const ComposedPackage& one : summary.packages) {
    const std::string id = one.id.text();
    EXPECT_TRUE(one.is_new);
    EXPECT_EQ(second.PackageOf(one.authority), id);
    EXPECT_TRUE(first.StagedTar(id) == second.StagedTar(id)) << one.authority;
    EXPECT_EQ(first.Text("SELECT hex(contents_sha256) FROM package WHERE id = '" + id + "'"),
              second.Text("SELECT hex(contents_sha256) FROM package WHERE id = '" + id + "'"));
  }
  // Again: nothing is new. With the staged file lost: the same bytes stand there again.
  const std::string id = first.PackageOf("at-bk");
  const std::string tar = first.StagedTar(id);
  for (const ComposedPackage& one : MUST(first.Compose()).packages) EXPECT_FALSE(one.is_new);
  std::filesystem::remove(first.root() + "/packages/staging/" + id + ".tar");
  MUST(first.Compose());
  EXPECT_TRUE(first.StagedTar(id) == tar);
  EXPECT_EQ(first.Number("SELECT count(*) FROM package"), 3);
  // Nothing half-written lies beside them.
  for (const std::string& name : MUST(first.env().files.List(first.root() + "/packages/staging")))
    EXPECT_TRUE(name.ends_with(".tar") && !name.starts_with(".")) << name;
}

class Changes : public testing::Test {
 protected:
  void SetUp() override {
    world_.Fill();
    MUST(world_.Compose());
    referral_ = world_.PackageOf("at-bk");
  }
  void Accept() {
    MUST(world_.Seal(referral_));
    MUST(world_.Release(referral_));
    MUST(world_.Answer(referral_, Answer::kAccept));
  }
  std::vector<std::string> AccountsOf(const std::string& id) {
    std::vector<std::string> out;
    MUST(world_.db().Each(
        "SELECT a.esp_identifier FROM package p JOIN package_account x USING (package_key) JOIN "
        "account a USING (account_key) WHERE p.id = ?1 ORDER BY 1",
        [&](const SqlRow& row) -> Status {
          out.push_back(row.Text(0));
          return {};
        },
        id));
    return out;
  }
  std::string State(const std::string& id) { return world_.Text("SELECT state FROM package WHERE id = '" + id + "'"); }

  World world_{"changes"};
  std::string referral_;
};

TEST_F(Changes, AnAnswerIsTakenOnceAndOnlyToAReleasedPackage) {
  EXPECT_EQ(world_.Answer(referral_, Answer::kAccept).error().code, Code::kConflict) << "it was not released";
  EXPECT_EQ(world_.Evidence(referral_).error().code, Code::kConflict) << "it was not accepted";
  Accept();
  EXPECT_TRUE(world_.Answer(referral_, Answer::kAccept)) << "the same answer twice changes nothing";
  EXPECT_EQ(world_.Answer(referral_, Answer::kRefuse).error().code, Code::kConflict);
  EXPECT_EQ(world_.Answer(referral_, Answer::kAccept, "other").error().code, Code::kConflict);
  EXPECT_EQ(world_.Answer("pkg-none", Answer::kAccept).error().code, Code::kNotFound);
  // A released account is not packed a second time.
  const ComposeSummary again = MUST(world_.Compose());
  EXPECT_EQ(again.already_sent_count, 5);
  EXPECT_EQ(again.reported_count, again.already_sent_count + again.packaged_count + again.withheld_count);
  EXPECT_EQ(State(referral_), "accepted");
}

TEST_F(Changes, EvidenceNeedsAGatewayOfItsOwn) {
  const std::string british = world_.PackageOf("gb-nca");
  MUST(world_.Seal(british));
  MUST(world_.Release(british));
  MUST(world_.Answer(british, Answer::kAccept));
  const auto evidence = world_.Evidence(british);
  ASSERT_FALSE(evidence);
  EXPECT_EQ(evidence.error().code, Code::kDenied);
  EXPECT_EQ(evidence.error().message, "Gateway gw-gb-nca does not cover data of kind evidence.");
}

TEST_F(Changes, WhoBecameAVictimOrMovedAwaySinceTheReferralIsLeftOutOfTheEvidence) {
  Accept();
  const std::string before = MUST(world_.Evidence(referral_)).id.text();
  MUST(world_.Seal(before));
  // A later report names at-two as a victim, and at-csv turns out to live elsewhere.
  world_.Sql("UPDATE account SET ever_victim = 1 WHERE esp_identifier = 'at-two'");
  world_.PlaceIn("GB", {"at-csv"});
  const auto stale = world_.Release(before);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, Code::kConflict);
  EXPECT_THAT(stale.error().message, HasSubstr("holds 1 accounts that were since named as a victim's"));

  const ComposedPackage after = MUST(world_.Evidence(referral_));
  EXPECT_NE(after.id.text(), before);
  EXPECT_EQ(State(before), "superseded");
  EXPECT_EQ(after.left_out_by_reason, (std::map<std::string, int64_t>{{"other_jurisdiction", 1}, {"victim", 1}}));
  EXPECT_EQ(AccountsOf(after.id.text()), (std::vector<std::string>{"at-dup", "at-json", "at-one"}));
  const FileMap opened = world_.Opened(after.id.text());
  for (const auto& [path, text] : opened) {
    EXPECT_EQ(text.find("end of f2"), std::string::npos) << path;
    EXPECT_EQ(text.find("noise of c1"), std::string::npos) << path;
    EXPECT_EQ(text.find("at-two"), std::string::npos) << path;
  }
  EXPECT_EQ(json::parse(opened.at("bag/data/handling.json"))["accounts_left_out"],
            (json{{"other_jurisdiction", 1}, {"victim", 1}}));
  EXPECT_THAT(JudgeBag([&] {
                FileMap bag;
                for (const auto& [path, text] : opened) {
                  if (path.starts_with("bag/")) bag[path.substr(4)] = text;
                }
                return bag;
              }()),
              testing::IsEmpty());
  world_.Sql("UPDATE account SET ever_victim = 1");
  EXPECT_EQ(world_.Evidence(referral_).error().code, Code::kDenied) << "nobody may go any more";
}

TEST_F(Changes, APossibleMinorGoesOnlyAfterAnotherOfficerAgreed) {
  world_.AgreeTo(world_.AccountId("at-minor"), "officer-1");
  MUST(world_.Compose());
  EXPECT_EQ(world_.PackageOf("at-bk"), referral_) << "the composing officer's own word is not enough";
  world_.AgreeTo(world_.AccountId("at-minor"), "officer-2");
  MUST(world_.Compose());
  const std::string with_minor = world_.PackageOf("at-bk");
  EXPECT_NE(with_minor, referral_);
  EXPECT_EQ(State(referral_), "superseded") << "newer contents replace what has not left";
  EXPECT_THAT(AccountsOf(with_minor), testing::Contains("at-minor"));
  EXPECT_THAT(AccountsOf(referral_), testing::IsEmpty());
  EXPECT_EQ(world_.Seal(referral_).error().code, Code::kConflict) << "a superseded package is not sealed";
  // Agreed to, and no country: then it waits for its country.
  world_.PlaceIn("", {"at-minor"});
  MUST(world_.Compose());
  EXPECT_EQ(world_.Text("SELECT reason_code FROM withheld JOIN account USING (account_key) WHERE esp_identifier = "
                        "'at-minor'"),
            "unclear_jurisdiction");
  EXPECT_EQ(State(referral_), "composed") << "the first contents are the right ones again";
  EXPECT_EQ(AccountsOf(referral_).size(), 5U);
}

TEST_F(Changes, APackageNeitherIsSealedNorLeavesByAnotherVersionOfItsGateway) {
  const auto to_austria = [&]() -> Gateway& {
    return *std::ranges::find_if(world_.book().gateways, [](const Gateway& one) { return one.to == "at-bk"; });
  };
  const Gateway was = to_austria();
  to_austria().valid_from = *ParseInstant("2022-03-01T00:00:00Z");
  EXPECT_EQ(world_.Seal(referral_).error().code, Code::kConflict);
  to_austria() = was;
  MUST(world_.Seal(referral_));
  to_austria().legal_reference = "Another agreement";
  const auto released = world_.Release(referral_);
  ASSERT_FALSE(released);
  EXPECT_EQ(released.error().code, Code::kConflict);
  EXPECT_THAT(released.error().message, HasSubstr("another version of its gateway"));
  MUST(world_.Compose());
  const std::string anew = world_.PackageOf("at-bk");
  EXPECT_NE(anew, referral_);
  MUST(world_.Seal(anew));
  EXPECT_TRUE(world_.Release(anew));
}

TEST_F(Changes, ACertificateThatWasExchangedSinceItWasLoadedIsNotSealedTo) {
  const auto austria = [&]() -> Authority& {
    return *std::ranges::find_if(world_.book().authorities, [](const Authority& one) { return one.id == "at-bk"; });
  };
  austria().certificate_sha256 = MUST(Certificate::LoadPem(ReadText(austria().certificate_path))).Fingerprint().hex();
  MUST(world_.Compose());
  austria().certificate_sha256 = std::string(64, '0');
  const auto sealed = world_.Seal(referral_);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, Code::kDenied);
  EXPECT_THAT(sealed.error().message, HasSubstr("is not the one that was loaded"));
  MUST(world_.Compose());
  EXPECT_EQ(world_.PackageOf("at-bk"), "(null)");
  EXPECT_GT(world_.Number("SELECT count(*) FROM withheld WHERE authority = 'at-bk' AND reason_code = 'no_certificate'"),
            0);
}

TEST_F(Changes, AnOrganisationReceivesForACountryWithoutAnAuthorityAndTheCarrierIsNamed) {
  Authority organisation = *world_.book().Find("at-bk");  // with its certificate
  organisation.id = "int-org";
  organisation.kind = "international_organisation";
  organisation.country = "";
  organisation.single_point_of_contact = false;
  organisation.receives_for = {"FR"};
  world_.book().authorities.push_back(organisation);
  Gateway gateway = world_.book().gateways.front();
  gateway.id = "gw-org";
  gateway.to = "int-org";
  gateway.via = "eu-carrier";
  world_.book().gateways.push_back(gateway);
  MUST(world_.Compose());
  const std::string id = world_.PackageOf("int-org");
  EXPECT_EQ(AccountsOf(id), std::vector<std::string>{"fr-one"});
  EXPECT_THAT(world_.Text("SELECT gateway_reason FROM package WHERE id = '" + id + "'"),
              HasSubstr("; carried by eu-carrier."));
  MUST(world_.Seal(id));
  MUST(world_.Release(id));
  MUST(world_.Answer(id, Answer::kAccept));
  const auto evidence = world_.Evidence(id);
  ASSERT_TRUE(evidence) << evidence.error().message;
  EXPECT_EQ(evidence->account_count, 1) << "France's account is the organisation's, and no other jurisdiction's";
}

TEST_F(Changes, AGatewayThatEndsBeforeReleaseStopsIt) {
  MUST(world_.Seal(referral_));
  for (Gateway& gateway : world_.book().gateways) {
    if (gateway.to == "at-bk") gateway.valid_until = *ParseInstant("2022-03-10T12:00:00Z");
  }
  const auto released = world_.Release(referral_);
  ASSERT_FALSE(released);
  EXPECT_EQ(released.error().code, Code::kDenied);
  EXPECT_THAT(released.error().message, HasSubstr("expired on 2022-03-10"));
  EXPECT_EQ(State(referral_), "sealed");
}

// Two hold an account of it (coordination/ finds that; here it is written down): nothing of it leaves meanwhile.
TEST_F(Changes, AnOpenDeconflictionOfAnyOfItsAccountsStopsItUntilItIsSettledOrOverridden) {
  MUST(world_.Seal(referral_));
  const auto set = [&](const std::string& state) {
    MUST(world_.db().Run("UPDATE deconfliction SET state = ?1", state));
  };
  MUST(world_.db().Run(
      "INSERT INTO deconfliction (deconfliction_key, id, unit, kind, state, party_count, first_seen_at) "
      "VALUES (1, 'dec-x', x'00', 'account', 'open', 2, 0)"));
  MUST(world_.db().Run("INSERT INTO deconfliction_account (deconfliction_key, account_key) VALUES (1, ?1)",
                       world_.AccountKey("at-one")));
  for (const char* state : {"open", "contacts_told"}) {
    set(state);
    const auto refused = world_.Release(referral_);
    ASSERT_FALSE(refused) << state;
    EXPECT_EQ(refused.error().code, Code::kConflict);
    EXPECT_THAT(refused.error().message, HasSubstr("dec-x"));
    EXPECT_EQ(State(referral_), "sealed");
    MUST(world_.db().Run("DELETE FROM approval"));
  }
  // Overridden for the parties that were known: one more, and it waits again.
  MUST(world_.db().Run(
      "INSERT INTO deconfliction_override (deconfliction_key, authority, kind, party_count, "
      "leaf_index, officer, at) SELECT 1, authority, kind, 1, 0, 'officer-1', 0 FROM package WHERE id = ?1",
      referral_));
  EXPECT_EQ(world_.Release(referral_).error().code, Code::kConflict);
  MUST(world_.db().Run("DELETE FROM approval"));
  MUST(world_.db().Run("UPDATE deconfliction_override SET party_count = 2"));
  EXPECT_TRUE(world_.Release(referral_));
}

TEST_F(Changes, ASettledDeconflictionAndOneOfOtherAccountsStopNothing) {
  MUST(world_.Seal(referral_));
  MUST(world_.db().Run(
      "INSERT INTO deconfliction (deconfliction_key, id, unit, kind, state, party_count, first_seen_at) "
      "VALUES (1, 'dec-x', x'00', 'account', 'settled', 2, 0), (2, 'dec-y', x'01', 'account', 'open', "
      "2, 0)"));
  MUST(world_.db().Run("INSERT INTO deconfliction_account (deconfliction_key, account_key) VALUES (1, ?1), (2, ?2)",
                       world_.AccountKey("at-one"), world_.AccountKey("gb-one")));
  EXPECT_TRUE(world_.Release(referral_));
}

TEST_F(Changes, AChangedStagedFileOrAChangedVaultIsNotSealed) {
  const std::string path = world_.root() + "/packages/staging/" + referral_ + ".tar";
  std::string tar = ReadText(path);
  const size_t at = tar.find("at-one@mail.example");
  ASSERT_NE(at, std::string::npos);
  tar[at] = 'x';
  WriteText(path, tar);
  const auto sealed = world_.Seal(referral_);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, Code::kCorrupt);
  EXPECT_FALSE(std::filesystem::exists(world_.SealedFolder(referral_)));
  EXPECT_TRUE(std::filesystem::is_empty(world_.root() + "/packages/sealed")) << "no half folder stays";
}

TEST_F(Changes, APackageIsOnDiskBeforeItHasItsNameAndSoIsWhatIsReleased) {
  WatchedFiles disk;
  Env env{.clock = world_.env().clock, .random = world_.env().random, .files = disk, .log = Log(nullptr)};
  const PackageRoom room = world_.Room();
  const PackageRoom watched{.env = env,
                            .book = room.book,
                            .ids = room.ids,
                            .vault = room.vault,
                            .folder = room.folder,
                            .tool_version = room.tool_version,
                            .proof = room.proof,
                            .make_pdfs = room.make_pdfs};
  MUST(world_.Do(Act::kSealPackage, referral_, [&](Transaction& transaction, const Permit& permit) {
    return SealPackage(transaction, permit, watched, world_.Sender(), Id<Package>(referral_));
  }));
  EXPECT_THAT(disk.early(), testing::IsEmpty());
  EXPECT_THAT(disk.loose_names(), testing::IsEmpty()) << "before the caller's commit";
  MUST(OpenPackage(env, world_.SealedFolder(referral_), world_.KeysOf("at-bk"), world_.clock().Now(),
                   world_.root() + "/out"));
  EXPECT_THAT(disk.early(), testing::IsEmpty());
  EXPECT_FALSE(disk.loose_names().contains(world_.root()));
}

// A process that is killed between two of its file operations: what was done stays done, the rest never happens.
class KilledFiles final : public Files {
 public:
  explicit KilledFiles(int64_t operations) : left_(operations) {}
  bool killed() const { return left_ < 0; }

  class Appender final : public AppendFile {
   public:
    Appender(KilledFiles& disk, std::unique_ptr<AppendFile> file) : disk_(disk), file_(std::move(file)) {}
    Status Append(ByteView bytes) override {
      TRY(disk_.Do());
      return file_->Append(bytes);
    }
    Status Sync() override {
      TRY(disk_.Do());
      return file_->Sync();
    }
    uint64_t size() const override { return file_->size(); }

   private:
    KilledFiles& disk_;
    std::unique_ptr<AppendFile> file_;
  };

  Result<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override {
    TRY(Do());
    return std::make_unique<Appender>(*this, TRY(files_.OpenAppend(path)));
  }
  Result<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override { return files_.OpenRead(path); }
  Status Truncate(const std::string& path, uint64_t size_bytes) override {
    TRY(Do());
    return files_.Truncate(path, size_bytes);
  }
  Status Rename(const std::string& from, const std::string& to) override {
    TRY(Do());
    return files_.Rename(from, to);
  }
  Status Remove(const std::string& path) override {
    TRY(Do());
    return files_.Remove(path);
  }
  Status SyncFolder(const std::string& folder) override {
    TRY(Do());
    return files_.SyncFolder(folder);
  }
  Status MakeFolders(const std::string& folder) override {
    TRY(Do());
    return files_.MakeFolders(folder);
  }
  bool Exists(const std::string& path) override { return files_.Exists(path); }
  Result<std::vector<std::string>> List(const std::string& folder) override { return files_.List(folder); }
  // One operation for each name that goes: a kill may leave a half of the folder.
  Status RemoveTree(const std::string& folder) override {
    if (!files_.Exists(folder)) return {};
    if (std::filesystem::is_directory(folder)) {
      for (const std::string& name : TRY(files_.List(folder))) TRY(RemoveTree(folder + "/" + name));
    }
    TRY(Do());
    return files_.RemoveTree(folder);
  }

 private:
  Status Do() { return --left_ < 0 ? Fail(Code::kUnavailable, "Killed.") : Status{}; }
  HastyFiles files_;
  int64_t left_;
};

TEST_F(Changes, AKillBetweenAnyTwoFileOperationsLeavesNoHalfPackageAndSealingAgainSucceeds) {
  const std::string folder = world_.SealedFolder(referral_);
  bool whole = false;
  int64_t operations = 0;
  for (; !whole; ++operations) {
    ASSERT_LT(operations, 1000);
    KilledFiles disk(operations);
    Env env{.clock = world_.env().clock, .random = world_.env().random, .files = disk, .log = Log(nullptr)};
    {
      Transaction transaction = MUST(Transaction::Begin(world_.db()));
      const Permit permit = MUST(world_.gate().Pass(
          transaction, {.act = Act::kSealPackage, .officer = "officer-1", .object_id = referral_, .reason = "A test"}));
      const PackageRoom room = world_.Room();
      const PackageRoom mortal{.env = env,
                               .book = room.book,
                               .ids = room.ids,
                               .vault = room.vault,
                               .folder = room.folder,
                               .tool_version = room.tool_version,
                               .proof = room.proof,
                               .make_pdfs = room.make_pdfs};
      whole = SealPackage(transaction, permit, mortal, world_.Sender(), Id<Package>(referral_)).has_value();
      EXPECT_EQ(whole, !disk.killed());
    }  // rolled back: the kill came before the commit, even where all files were written
    const bool exists = std::filesystem::exists(folder + "/OUTER.json");
    const auto verified = VerifyPackage(world_.env(), folder, world_.KeysOf("at-bk"), world_.clock().Now(), folder);
    if (verified) {
      EXPECT_TRUE(exists);
      EXPECT_EQ(FilesBelow(folder).size(), 4U) << "what verifies is all of it";
    }
    EXPECT_EQ(State(referral_), "composed");
  }
  EXPECT_GT(operations, 15);
  // After each of these kills, and here after the last one: sealing again succeeds, and what was left is gone.
  EXPECT_TRUE(MUST(world_.Seal(referral_)).is_new);
  EXPECT_TRUE(VerifyPackage(world_.env(), folder, world_.KeysOf("at-bk"), world_.clock().Now(), folder));
  EXPECT_EQ(MUST(world_.env().files.List(world_.root() + "/packages/sealed")), std::vector<std::string>{referral_});
}

}  // namespace
}  // namespace crossguard
