// Opening: what is refused, with which words, and that nothing of it is released.
#include "package/open.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "crypto/x509.h"
#include "package/container.h"
#include "package/testing_forge.h"
#include "package/testing_world.h"

namespace crossguard {
namespace {
using nlohmann::json;
using testing::HasSubstr;

class OpenTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = new World("to_open");
    world_->Fill();
    MUST(world_->Compose());
    at_id_ = new std::string(world_->PackageOf("at-bk"));
    inside_ = new FileMap(world_->Opened(*at_id_));
    inside_->erase("SHA256SUMS");
    inside_->erase("SHA256SUMS.p7s");
    MUST(world_->Seal(world_->PackageOf("gb-nca")));
  }
  static void TearDownTestSuite() {
    delete inside_;
    delete at_id_;
    delete world_;
  }
  void SetUp() override {
    scratch_ = ScratchFolder("open");
    folder_ = scratch_ + "/package";
    std::filesystem::copy(world_->SealedFolder(*at_id_), folder_);
  }
  void TearDown() override { std::filesystem::remove_all(scratch_); }

  static json RealOuter() { return json::parse(ReadText(world_->SealedFolder(*at_id_) + "/OUTER.json")); }
  void ForgePackage(Forgery forgery) {
    if (forgery.inside.empty()) forgery.inside = *inside_;
    std::filesystem::remove_all(folder_);
    Forge(*world_, folder_, RealOuter(), forgery);
  }
  Result<VerifiedPackage> Open(const OpenKeys& keys, Instant at) {
    return OpenPackage(world_->env(), folder_, keys, at, scratch_ + "/out");
  }
  Result<VerifiedPackage> Open() { return Open(world_->KeysOf("at-bk"), world_->clock().Now()); }
  // Refused with that code and words, in one sentence; nothing stays; and verifying says the same as opening.
  void Refused(const Result<VerifiedPackage>& opened, Code code, const std::string& words) {
    ASSERT_FALSE(opened) << "accepted";
    EXPECT_EQ(Name(opened.error().code), Name(code)) << opened.error().message;
    EXPECT_THAT(opened.error().message, HasSubstr(words));
    EXPECT_EQ(opened.error().message.back(), '.');
    std::vector<std::string> left;
    for (const auto& entry : std::filesystem::directory_iterator(scratch_)) left.push_back(entry.path().filename());
    EXPECT_EQ(left, std::vector<std::string>{"package"}) << "nothing is released, nothing is left over";
  }
  void Refused(Code code, const std::string& words) { Refused(Open(), code, words); }
  // The forgery with that tar is refused, and so is nothing else about it: without the change it opens.
  void RefusedTar(const std::function<void(std::vector<TarEntry>&)>& change, Code code, const std::string& words) {
    ForgePackage({.tar = change});
    Refused(code, words);
  }
  std::string Part(const std::string& name) const { return ReadText(folder_ + "/" + name); }
  void SetPart(const std::string& name, std::string_view bytes) const { WriteText(folder_ + "/" + name, bytes); }

  static inline World* world_ = nullptr;
  static inline std::string* at_id_ = nullptr;
  static inline FileMap* inside_ = nullptr;
  std::string scratch_, folder_;
};

TEST_F(OpenTest, TheRightKeyOpensIt) {
  const auto opened = Open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->outer().package_id, *at_id_);
  EXPECT_EQ(opened->outer().sender, "nz-dia");
  EXPECT_EQ(opened->kind(), "referral");
  EXPECT_EQ(opened->account_count(), 5);
  EXPECT_EQ(opened->gateway(), "gw-at-bk");
  EXPECT_EQ(opened->folder(), scratch_ + "/out");
  EXPECT_EQ(FilesBelow(scratch_ + "/out").at("bag/data/accounts.json"), inside_->at("bag/data/accounts.json"));
}

TEST_F(OpenTest, WhatTheForgeSealsUnchangedOpens) {
  ForgePackage({});
  EXPECT_TRUE(Open()) << "or the tests below prove nothing";
}

TEST_F(OpenTest, ASlashBehindAFolderMeansTheSameFolder) {
  const OpenKeys keys = world_->KeysOf("at-bk");
  EXPECT_TRUE(VerifyPackage(world_->env(), folder_ + "/", keys, world_->clock().Now(), folder_ + "/"));
  EXPECT_TRUE(OpenPackage(world_->env(), folder_ + "/", keys, world_->clock().Now(), scratch_ + "/out/"));
  EXPECT_TRUE(std::filesystem::exists(scratch_ + "/out/MANIFEST.json"));
}

TEST_F(OpenTest, VerifyingReleasesNothing) {
  const auto verified =
      VerifyPackage(world_->env(), folder_, world_->KeysOf("at-bk"), world_->clock().Now(), scratch_ + "/v");
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->folder(), "");
  EXPECT_FALSE(std::filesystem::exists(scratch_ + "/v"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ + "/v.verifying"));
}

TEST_F(OpenTest, AFolderThatExistsIsNotWrittenInto) {
  WriteText(scratch_ + "/out/mine", "mine");
  const auto opened = Open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kConflict);
  EXPECT_EQ(FilesBelow(scratch_ + "/out"), (FileMap{{"mine", "mine"}}));
}

TEST_F(OpenTest, TheWrongKeyOrTheWrongCertificateOpensNothing) {
  OpenKeys keys = world_->KeysOf("at-bk");
  keys.key_pem = world_->Pem("gb-nca.key");
  Refused(Open(keys, world_->clock().Now()), Code::kDenied, "");
  keys.certificate_pem = world_->Pem("gb-nca.crt");  // a pair, but not the recipient's
  Refused(Open(keys, world_->clock().Now()), Code::kDenied, "");
  keys = world_->KeysOf("at-bk");
  keys.certificate_pem = world_->Pem("gb-nca.crt");
  Refused(Open(keys, world_->clock().Now()), Code::kDenied, "");
  keys.certificate_pem = ToBytes("not a certificate");
  Refused(Open(keys, world_->clock().Now()), Code::kInvalid, "");
}

TEST_F(OpenTest, APackageForSomebodyElseIsRefused) {
  Refused(Open(world_->KeysOf("gb-nca"), world_->clock().Now()), Code::kDenied,
          "The package is for at-bk, not for gb-nca");
}

TEST_F(OpenTest, WhatARecipientSealsAnewToSomebodyElseInTheSendersNameIsRefused) {
  // gb-nca's contents, signed inside by the sender for gb-nca, in an outside that names at-bk.
  FileMap british = world_->Opened(world_->PackageOf("gb-nca"));
  const std::string sums = british.at("SHA256SUMS");
  const std::string signature = british.at("SHA256SUMS.p7s");
  british.erase("SHA256SUMS");
  british.erase("SHA256SUMS.p7s");
  ForgePackage({.inside = british, .tar = [&](std::vector<TarEntry>& entries) {
                  entries[entries.size() - 2].bytes = sums;
                  entries[entries.size() - 1].bytes = signature;
                }});
  Refused(Code::kDenied, "The sender made these contents for gb-nca, not for at-bk");
}

TEST_F(OpenTest, AForeignSenderCaOrAnExpiredSenderIsRefused) {
  OpenKeys keys = world_->KeysOf("at-bk");
  SeededRandom random(5);
  const PrivateKey key = PrivateKey::MakeP256(random);
  const auto foreign = MUST(MakeSelfSigned({.common_name = "EXAMPLE CA",
                                            .organization = "EXAMPLE KEYS, NOT FOR REAL USE",
                                            .country = "",
                                            .use = CertificateUse::kAuthority,
                                            .not_before = *ParseInstant("2020-01-01T00:00:00Z"),
                                            .not_after = *ParseInstant("2030-01-01T00:00:00Z")},
                                           key, random));
  keys.sender_ca_pem = ToBytes(foreign.Pem());
  Refused(Open(keys, world_->clock().Now()), Code::kDenied, "");
  EXPECT_EQ(VerifyOuter(world_->env(), folder_, keys.sender_ca_pem, world_->clock().Now()).error().code, Code::kDenied);
  Refused(Open(world_->KeysOf("at-bk"), *ParseInstant("2028-01-01T00:00:00Z")), Code::kDenied, "");
  Refused(Open(world_->KeysOf("at-bk"), *ParseInstant("2021-01-01T00:00:00Z")), Code::kDenied, "");
}

TEST_F(OpenTest, TheContentsMustBeSignedByWhoSignedTheOutside) {
  ForgePackage({.inner_signer = "example-ca"});
  Refused(Code::kDenied, "");
  // Another signer of the same authority's making.
  SeededRandom random(6);
  const PrivateKey key = PrivateKey::MakeP256(random);
  const auto ca = MUST(Certificate::LoadPem(AsText(world_->Pem("example-ca.crt"))));
  const auto ca_key = MUST(PrivateKey::LoadPem(AsText(world_->Pem("example-ca.key"))));
  const auto other = MUST(MakeCertificate({.common_name = "other",
                                           .organization = "",
                                           .country = "",
                                           .use = CertificateUse::kSigner,
                                           .not_before = *ParseInstant("2020-01-01T00:00:00Z"),
                                           .not_after = *ParseInstant("2030-01-01T00:00:00Z")},
                                          key, ca, ca_key, random));
  WriteText(world_->root() + "/keys/other.crt", other.Pem());
  WriteText(world_->root() + "/keys/other.key", key.RevealPem());
  ForgePackage({.inner_signer = "other"});
  Refused(Code::kDenied, "The contents were signed by another certificate than the outside");
}

TEST_F(OpenTest, OuterJsonHoldsExactlyItsFields) {
  const auto outer = [&](const std::function<void(json&)>& change, Code code, const std::string& words) {
    ForgePackage({.outer = change});
    Refused(code, words);
  };
  const std::string not_a_page = "OUTER.json is not a page of a crossguard package";
  outer([](json& page) { page["pakcage"] = page["package"], page.erase("package"); }, Code::kInvalid, not_a_page);
  outer([](json& page) { page["more"] = 1; }, Code::kInvalid, not_a_page);
  outer([](json& page) { page["payload"].erase("part_bytes"); }, Code::kInvalid, not_a_page);
  outer([](json& page) { page["payload"]["file"] = "../payload.age"; }, Code::kInvalid, not_a_page);
  outer([](json& page) { page["payload"]["size_bytes"] = -1; }, Code::kInvalid, not_a_page);
  outer([](json& page) { page["payload"]["parts_sha256"] = json::array(); }, Code::kInvalid, not_a_page);
  outer([](json& page) { page["recipient"]["envelope"] = "key-gb-nca.cms"; }, Code::kInvalid, not_a_page);
  outer([](json& page) { page["recipient"] = {{"authority", "../x"}}; }, Code::kInvalid, not_a_page);
  outer([](json& page) { page["package"] = "../../x"; }, Code::kInvalid, not_a_page);
  outer([](json& page) { page["created"] = "yesterday"; }, Code::kInvalid, not_a_page);
  outer([](json& page) { page["payload"]["parts_sha256"][0] = "abc"; }, Code::kInvalid, not_a_page);
  outer([](json& page) { page["recipient"]["envelope_sha256"] = "abc"; }, Code::kInvalid, not_a_page);
  outer([](json& page) { page["format"] = "crossguard-outer/2"; }, Code::kUnsupported, "use a newer crossguard");
  outer([](json& page) { page["sender"]["certificate_sha256"] = std::string(64, '0'); }, Code::kDenied,
        "another sender's certificate");
  outer([](json& page) { page["package"] = "pkg-other"; }, Code::kCorrupt, "MANIFEST.json");
}

TEST_F(OpenTest, AChangedOuterPageOrSignatureIsRefused) {
  std::string page = Part("OUTER.json");
  page.replace(page.find("at-bk"), 5, "gb-nc");
  SetPart("OUTER.json", page);
  Refused(Code::kCorrupt, "");
  std::filesystem::remove_all(folder_);
  std::filesystem::copy(world_->SealedFolder(*at_id_), folder_);
  SetPart("OUTER.json.p7s", ReadText(world_->SealedFolder(world_->PackageOf("gb-nca")) + "/OUTER.json.p7s"));
  Refused(Code::kCorrupt, "");
}

TEST_F(OpenTest, AFileMoreOrLessInTheFolderIsRefused) {
  SetPart("README.txt", "x");
  Refused(Code::kCorrupt, "The list of files in the folder");
  std::filesystem::remove(folder_ + "/README.txt");
  std::filesystem::create_directory(folder_ + "/more");
  Refused(Code::kCorrupt, "The list of files in the folder");
  std::filesystem::remove(folder_ + "/more");
  for (const char* name : {"payload.age", "key-at-bk.cms", "OUTER.json.p7s"}) {
    const std::string bytes = Part(name);
    std::filesystem::remove(folder_ + "/" + name);
    Refused(Code::kCorrupt, "");
    SetPart(name, bytes);
  }
  EXPECT_TRUE(VerifyPackage(world_->env(), folder_, world_->KeysOf("at-bk"), world_->clock().Now(), folder_));
  std::filesystem::remove(folder_ + "/OUTER.json");
  Refused(Code::kInvalid, "is not a package: it has no OUTER.json");
}

TEST_F(OpenTest, AFileOfTheFolderThatIsADeviceOrAFolderIsRefused) {
  std::filesystem::remove(folder_ + "/payload.age");
  ASSERT_EQ(mkfifo((folder_ + "/payload.age").c_str(), 0600), 0);
  ASSERT_FALSE(Open()) << "and it did not hang";
  std::filesystem::remove(folder_ + "/payload.age");
  std::filesystem::create_directory(folder_ + "/payload.age");
  ASSERT_FALSE(Open());
  EXPECT_FALSE(std::filesystem::exists(scratch_ + "/out"));
}

TEST_F(OpenTest, ACutOrLengthenedOrSwappedPayloadIsRefused) {
  const std::string payload = Part("payload.age");
  SetPart("payload.age", payload.substr(0, payload.size() - 1));
  Refused(Code::kCorrupt, "payload.age is not what the sender sealed");
  SetPart("payload.age", payload + "x");
  Refused(Code::kCorrupt, "payload.age is not what the sender sealed");
  SetPart("payload.age", "");
  Refused(Code::kCorrupt, "payload.age is not what the sender sealed");
  SetPart("payload.age", ReadText(world_->SealedFolder(world_->PackageOf("gb-nca")) + "/payload.age"));
  Refused(Code::kCorrupt, "payload.age is not what the sender sealed");
}

TEST_F(OpenTest, ASwappedKeyEnvelopeIsRefusedOutsideAndInside) {
  SetPart("key-at-bk.cms", ReadText(world_->SealedFolder(world_->PackageOf("gb-nca")) + "/key-gb-nca.cms"));
  Refused(Code::kCorrupt, "key-at-bk.cms is not what the sender sealed");
  // Signed by the sender like that: another identity to the right recipient.
  ForgePackage({.envelope = [](std::string& envelope) {
    SeededRandom random(9);
    const Certificate to[] = {MUST(Certificate::LoadPem(AsText(world_->Pem("at-bk.crt"))))};
    envelope =
        AsText(MUST(SealEnvelope(AsBytes(AgeIdentity::Make(random).RevealText() + "\n"), to, world_->clock().Now())));
  }});
  Refused(Code::kDenied, "The key in the envelope does not open this payload");
  ForgePackage({.envelope = [](std::string& envelope) {
    const Certificate to[] = {MUST(Certificate::LoadPem(AsText(world_->Pem("at-bk.crt"))))};
    envelope = AsText(MUST(SealEnvelope(AsBytes("no identity\n"), to, world_->clock().Now())));
  }});
  Refused(Code::kInvalid, "");
}

TEST_F(OpenTest, NamesThatLeadOutAreRefused) {
  for (const char* name : {"../evil", "bag/../../evil", "/etc/evil", "bag//x", "./x", "~root/x", "bag/x:y",
                           "bag/CON.txt", "bag\\x", "bag/x.", "bag/x ", "bag/\x01", "bag/x%2e", "bag/\xFF", ""}) {
    RefusedTar([&](std::vector<TarEntry>& entries) { entries.push_back({.name = name, .bytes = "evil", .link = ""}); },
               Code::kInvalid, "A name in the package");
  }
  EXPECT_FALSE(std::filesystem::exists(testing::TempDir() + "/evil"));
  // The same by an extended header.
  RefusedTar(
      [](std::vector<TarEntry>& entries) {
        entries.push_back({.name = "pax", .bytes = "20 path=../../evil2\n", .type = 'x', .link = ""});
        entries.push_back({.name = "ok", .bytes = "evil", .link = ""});
      },
      Code::kInvalid, "leads out of its folder");
}

TEST_F(OpenTest, LinksDevicesAndFoldersAreRefused) {
  for (const char type : {'1', '2', '3', '4', '5', '6', '7', 'g', 'L', 'K', 'S', '\0'}) {
    RefusedTar(
        [&](std::vector<TarEntry>& entries) {
          entries.insert(entries.begin(), {.name = "bag", .bytes = "", .type = type, .link = "/etc"});
        },
        Code::kInvalid, "a link, a folder or a device");
  }
}

TEST_F(OpenTest, ANameTwiceIsRefusedAlsoInOtherCapitalsAndAsAFolder) {
  const auto with = [&](const std::string& name) {
    RefusedTar([&](std::vector<TarEntry>& entries) { entries.push_back({.name = name, .bytes = "x", .link = ""}); },
               Code::kInvalid, "holds a name twice");
  };
  with("MANIFEST.json");
  with("manifest.JSON");
  with("bag/data/handling.json");
  with("bag/data/HANDLING.json");
  with("bag/data/handling.json/x");
  with("bag/data");
  with("BAG/data/x");
}

TEST_F(OpenTest, AFileMoreOrLessOrChangedInTheTarIsRefused) {
  const auto changed = "is not what the sender sealed";
  RefusedTar([](auto& entries) { entries.push_back({.name = "more", .bytes = "x", .link = ""}); }, Code::kCorrupt,
             changed);
  RefusedTar([](auto& entries) { entries.push_back({.name = "bag/data/more", .bytes = "x", .link = ""}); },
             Code::kCorrupt, changed);
  RefusedTar([](auto& entries) { entries.erase(entries.begin() + 3); }, Code::kCorrupt, changed);
  RefusedTar([](auto& entries) { entries[3].bytes += " "; }, Code::kCorrupt, changed);
  RefusedTar([](auto& entries) { entries[entries.size() - 2].bytes += " "; }, Code::kCorrupt, "");
  RefusedTar([](auto& entries) { entries.pop_back(); }, Code::kCorrupt, "SHA256SUMS.p7s");
  RefusedTar([](auto& entries) { entries.erase(entries.end() - 2); }, Code::kCorrupt, "SHA256SUMS");
  RefusedTar([](auto& entries) { entries.clear(); }, Code::kCorrupt, "");
}

TEST_F(OpenTest, ASignedPackageThatIsNoBagIsRefused) {
  const auto contents = [&](const std::function<void(FileMap&)>& change, Code code, const std::string& words) {
    ForgePackage({.contents = change});
    Refused(code, words);
  };
  contents([](FileMap& inside) { inside["bag/data/more"] = "x"; }, Code::kCorrupt, "The bag's payload");
  contents([](FileMap& inside) { inside.erase("bag/data/handling.json"); }, Code::kCorrupt, "The bag's payload");
  contents([](FileMap& inside) { inside["bag/data/handling.json"] += " "; }, Code::kCorrupt, "The bag's payload");
  contents([](FileMap& inside) { inside["bag/bagit.txt"] = "BagIt-Version: 0.97\n"; }, Code::kCorrupt, "bagit.txt");
  contents([](FileMap& inside) { inside["bag/bag-info.txt"] += "Payload-Oxum: 1.1\n"; }, Code::kCorrupt, "tag files");
  contents([](FileMap& inside) { inside["bag/fetch.txt"] = "x"; }, Code::kCorrupt, "tag files");
  contents([](FileMap& inside) { inside["bag/tagmanifest-sha256.txt"] += "x\n"; }, Code::kCorrupt, "The bag");
  contents([](FileMap& inside) { inside.erase("bag/tagmanifest-sha256.txt"); }, Code::kCorrupt, "The bag");
  contents([](FileMap& inside) { inside["stray"] = "x"; }, Code::kCorrupt, "The list of files inside");
  contents([](FileMap& inside) { inside.erase("MANIFEST.json"); }, Code::kCorrupt, "MANIFEST.json");
}

TEST_F(OpenTest, AManifestThatIsNotItsOwnFormIsRefused) {
  const auto manifest = [&](const std::function<void(json&)>& change, Code code, const std::string& words) {
    ForgePackage({.contents = [&](FileMap& inside) {
      json page = json::parse(inside["MANIFEST.json"]);
      change(page);
      inside["MANIFEST.json"] = page.dump() + "\n";
    }});
    Refused(code, words);
  };
  const std::string not_a_page = "MANIFEST.json is not a page of a crossguard package";
  manifest([](json& page) { page["more"] = 1; }, Code::kInvalid, not_a_page);
  manifest([](json& page) { page.erase("gateway"); }, Code::kInvalid, not_a_page);
  manifest([](json& page) { page["kind"] = "gift"; }, Code::kInvalid, not_a_page);
  manifest([](json& page) { page["account_count"] = "5"; }, Code::kInvalid, not_a_page);
  manifest([](json& page) { page["format"] = "crossguard-manifest/9"; }, Code::kUnsupported, "use a newer crossguard");
  manifest([](json& page) { page["recipient"] = "gb-nca"; }, Code::kDenied, "not for at-bk");
  manifest([](json& page) { page["package"] = "pkg-other"; }, Code::kCorrupt, "MANIFEST.json");
  manifest([](json& page) { page["sender"] = "gb-nca"; }, Code::kCorrupt, "MANIFEST.json");
  manifest([](json& page) { page["contents_sha256"] = std::string(64, '0'); }, Code::kCorrupt, "The bag");
}

TEST_F(OpenTest, AListOfDigestsHasOneForm) {
  const auto sums = [&](const std::function<void(std::string&)>& change) {
    ForgePackage({.sums = change});
    Refused(Code::kCorrupt, "SHA256SUMS");
  };
  sums([](std::string& text) { text.pop_back(); });
  sums([](std::string& text) { text[0] = 'G'; });
  sums([](std::string& text) { text[64] = '\t'; });
  sums([](std::string& text) { text += text.substr(0, text.find('\n') + 1); });
  sums([](std::string& text) { text = text.substr(text.find('\n') + 1) + text.substr(0, text.find('\n') + 1); });
}

TEST_F(OpenTest, ATarThatDoesNotEndOrGoesOnIsRefused) {
  const auto plain = [&](const std::function<void(std::string&)>& change, const std::string& words) {
    ForgePackage({.plain = change});
    Refused(Code::kCorrupt, words);
  };
  plain([](std::string& bytes) { bytes.resize(bytes.size() - 512); }, "it ends too early");
  plain([](std::string& bytes) { bytes.resize(bytes.size() - 1024); }, "it ends too early");
  plain([](std::string& bytes) { bytes.resize(bytes.size() / 2); }, "it ends too early");
  plain([](std::string& bytes) { bytes += std::string(512, '\0'); }, "something follows its end");
  plain([](std::string& bytes) { bytes += std::string(512, 'x'); }, "something follows its end");
  plain([](std::string& bytes) { bytes[148] = '7'; }, "");
  plain([](std::string& bytes) { bytes[257] = 'U'; }, "not ustar");
}

TEST_F(OpenTest, AThousandFlippedBitsAreAllNoticed) {
  const std::vector<std::string> names = {"OUTER.json", "OUTER.json.p7s", "key-at-bk.cms", "payload.age"};
  SeededRandom random(20220310);
  const OpenKeys keys = world_->KeysOf("at-bk");
  for (int i = 0; i < 1000; ++i) {
    const std::string& name = names[static_cast<size_t>(i) % names.size()];
    const std::string whole = Part(name);
    std::string flipped = whole;
    const size_t at = random.Below(flipped.size());
    const auto bit = static_cast<int>(random.Below(8));
    flipped[at] = static_cast<char>(static_cast<unsigned char>(flipped[at]) ^ (1U << bit));
    SetPart(name, flipped);
    const auto opened = OpenPackage(world_->env(), folder_, keys, world_->clock().Now(), scratch_ + "/out");
    EXPECT_FALSE(opened) << name << " byte " << at << " bit " << bit;
    EXPECT_FALSE(std::filesystem::exists(scratch_ + "/out"));
    EXPECT_FALSE(std::filesystem::exists(scratch_ + "/out.opening"));
    SetPart(name, whole);
  }
  EXPECT_TRUE(Open());
}

TEST_F(OpenTest, FlippedBitsOfASignedPayloadAreAllNoticedInside) {
  // The outer digests would catch each of these; here the sender vouches for the changed bytes, and the inner seals
  // must.
  SeededRandom random(7);
  for (int i = 0; i < 60; ++i) {
    ForgePackage({.plain = [&](std::string& bytes) {
      const size_t at = random.Below(bytes.size());
      bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << random.Below(8)));
    }});
    const auto opened = Open();
    // Also in owner, mode and time of a header, which mean nothing here: the header's own sum covers them.
    EXPECT_FALSE(opened);
    EXPECT_FALSE(std::filesystem::exists(scratch_ + "/out"));
  }
}

TEST(ContainerTest, TheOuterPageOfTheLargestPayloadFitsItsLimit) {
  OuterPage page{.package = "pkg-a",
                 .created = "2022-03-10T12:00:00Z",
                 .sender = "nz-dia",
                 .recipient = "at-bk",
                 .envelope = "key-at-bk.cms",
                 .sender_certificate = {},
                 .recipient_certificate = {},
                 .envelope_sha256 = {},
                 .payload_bytes = kPayloadMaxBytes,
                 .parts = {}};
  page.parts.resize(kPayloadMaxBytes / kPartBytes);
  const std::string text = OuterText(page);
  EXPECT_LE(text.size(), kOuterMaxBytes);
  const auto parsed = ParseOuter(text);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(OuterText(*parsed), text);
}

}  // namespace
}  // namespace crossguard
