// Sealed packages, opened and looked at from outside: the bag, the forms in it, the custody, the pages for people.
#include "package/seal.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <set>

#include "package/contents.h"
#include "package/summary_pdf.h"
#include "package/testing_bag.h"
#include "package/testing_world.h"

namespace crossguard {
namespace {
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

// '#' stands for a small letter or a digit, everything else for itself.
bool Looks(std::string_view text, std::string_view shape) {
  return std::ranges::equal(
      text, shape, [](char c, char s) { return s == '#' ? (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') : c == s; });
}

// One operation whose Austrian referral was released and accepted, and whose evidence is sealed.
class SealTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = new World("sealed", World::Pdf::kReal);
    world_->Fill();
    MUST(world_->Compose());
    MUST(world_->ledger().Publish(world_->db()));
    const std::string referral = world_->PackageOf("at-bk");
    referral_ = new FileMap(world_->Opened(referral));
    MUST(world_->Release(referral));
    MUST(world_->Answer(referral, Answer::kAccept));
    evidence_id_ = new std::string(MUST(world_->Evidence(referral)).id.text());
    MUST(world_->ledger().Publish(world_->db()));
    evidence_ = new FileMap(world_->Opened(*evidence_id_));
  }
  static void TearDownTestSuite() {
    delete evidence_;
    delete evidence_id_;
    delete referral_;
    delete world_;
  }
  static FileMap Below(const FileMap& files, const std::string& folder) {
    FileMap out;
    for (const auto& [path, text] : files) {
      if (path.starts_with(folder)) out[path.substr(folder.size())] = text;
    }
    return out;
  }

  static inline World* world_ = nullptr;
  static inline FileMap* referral_ = nullptr;
  static inline std::string* evidence_id_ = nullptr;
  static inline FileMap* evidence_ = nullptr;
};

TEST_F(SealTest, TheBagIsCompleteAndValidInTheEyesOfAPlainReader) {
  EXPECT_THAT(JudgeBag(Below(*referral_, "bag/")), IsEmpty());
  EXPECT_THAT(JudgeBag(Below(*evidence_, "bag/")), IsEmpty());
}

TEST_F(SealTest, ThePlainReaderObjectsToEveryBrokenBag) {
  const FileMap good = Below(*referral_, "bag/");
  const auto bad = [&](const std::function<void(FileMap&)>& change) {
    FileMap bag = good;
    change(bag);
    return !JudgeBag(bag).empty();
  };
  EXPECT_TRUE(bad([](FileMap& bag) { bag["data/more"] = "x"; }));
  EXPECT_TRUE(bad([](FileMap& bag) { bag.erase("data/vics.json"); }));
  EXPECT_TRUE(bad([](FileMap& bag) { bag["data/vics.json"] += " "; }));
  EXPECT_TRUE(bad([](FileMap& bag) { bag["bag-info.txt"] += "X: y\n"; }));
  EXPECT_TRUE(bad([](FileMap& bag) { bag["manifest-sha256.txt"] += std::string(64, 'a') + "  ../x\n"; }));
  EXPECT_TRUE(bad([](FileMap& bag) { bag.erase("tagmanifest-sha256.txt"); }));
}

TEST_F(SealTest, TheSumsNameEveryOtherFileOnce) {
  for (const FileMap* files : {referral_, evidence_}) {
    FileMap rest = *files;
    rest.erase("SHA256SUMS");
    rest.erase("SHA256SUMS.p7s");
    Findings bad;
    CompareDigests(ReadManifest(files->at("SHA256SUMS"), "SHA256SUMS", bad), rest, "SHA256SUMS", bad);
    EXPECT_THAT(bad, IsEmpty());
  }
}

TEST_F(SealTest, EvidenceHoldsTheFilesOfTheseAccountsByteForByteUnderNamesOfOurOwn) {
  std::set<std::string> contents, wanted;
  for (const auto& [name, bytes] : Below(*evidence_, "bag/data/files/")) {
    EXPECT_TRUE(Looks(name, "med-################.jpg")) << name;
    contents.insert(bytes);
  }
  for (const char* file : {"f1.jpg", "f2.jpg", "c1.jpg"}) wanted.insert(ReadText(world_->root() + "/in/files/" + file));
  EXPECT_EQ(contents, wanted) << "and none of another country's, a victim's or a possible minor's";
}

TEST_F(SealTest, TheMediaListIsShapedAsVicsAndSaysNoCategory) {
  const json vics = json::parse(evidence_->at("bag/data/vics.json"));
  EXPECT_EQ(vics["@odata.context"],
            "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/Default/$metadata#Media");
  std::set<int64_t> numbers;
  bool known = false;
  for (const json& media : vics["value"]) {
    ASSERT_TRUE(media.contains("Category"));
    EXPECT_TRUE(media["Category"].is_null());
    numbers.insert(media["MediaID"].get<int64_t>());
    std::string path = media["RelativeFilePath"];
    std::replace(path.begin(), path.end(), '\\', '/');
    const std::string& bytes = evidence_->at("bag/data/" + path);
    EXPECT_EQ(media["MD5"], HashAll(AsBytes(bytes)).md5.hex());
    EXPECT_EQ(media["SHA1"], HashAll(AsBytes(bytes)).sha1.hex());
    EXPECT_EQ(media["MediaSize"], bytes.size());
    EXPECT_EQ(media["MediaFiles"][0]["MD5"], media["MD5"]);
    if (bytes.find("noise of f1") != std::string::npos) {
      known = true;
      EXPECT_EQ(media["Comments"], "xx-lists list 1: inhope 1 by sha256");
      EXPECT_EQ(media["Series"], "blue");
    } else {
      EXPECT_EQ(media["Comments"], "") << "a withdrawn entry says nothing";
    }
  }
  EXPECT_TRUE(known);
  EXPECT_EQ(numbers.size(), 3U);
}

// Every "@id" that is defined (an object with more than its id) and every one that is only referred to.
void Walk(const json& value, std::set<std::string>& defined, std::set<std::string>& referred,
          std::vector<std::string>& twice) {
  if (value.is_object()) {
    if (const auto id = value.find("@id"); id != value.end()) {
      if (value.size() == 1)
        referred.insert(id->get<std::string>());
      else if (!defined.insert(id->get<std::string>()).second)
        twice.push_back(id->get<std::string>());
    }
    for (const auto& [key, inner] : value.items()) {
      if (key != "@context") Walk(inner, defined, referred, twice);
    }
  } else if (value.is_array()) {
    for (const json& inner : value) Walk(inner, defined, referred, twice);
  }
}

TEST_F(SealTest, EveryNodeOfTheCaseGraphThatIsReferredToExistsOnceAndIsNamedByAUuid) {
  for (const FileMap* files : {referral_, evidence_}) {
    const json graph = json::parse(files->at("bag/data/case.jsonld"));
    std::set<std::string> defined, referred;
    std::vector<std::string> twice;
    Walk(graph, defined, referred, twice);
    EXPECT_THAT(twice, IsEmpty());
    EXPECT_GT(referred.size(), 5U);
    for (const std::string& id : referred) EXPECT_TRUE(defined.contains(id)) << id;
    for (const std::string& id : defined) {
      ASSERT_TRUE(id.starts_with("kb:") && id.size() > 36) << id;
      EXPECT_TRUE(Looks(id.substr(id.size() - 37), "-########-####-5###-####-############")) << id;
    }
    // Every prefix that is used is in the context.
    for (const json& node : graph["@graph"]) {
      const std::string type = node["@type"];
      EXPECT_TRUE(graph["@context"].contains(type.substr(0, type.find(':')))) << type;
    }
  }
}

TEST_F(SealTest, TheCaseGraphSaysWhoMayHaveItAndUnderWhichAuthorization) {
  const json graph = json::parse(referral_->at("bag/data/case.jsonld"));
  int markings = 0, authorizations = 0, accounts = 0;
  for (const json& node : graph["@graph"]) {
    if (node["@type"] == "case-investigation:Authorization") {
      ++authorizations;
      EXPECT_EQ(node["case-investigation:authorizationIdentifier"], json({"gw-at-bk"}));
    }
    if (node["@type"] == "uco-marking:MarkingDefinition") {
      ++markings;
      EXPECT_EQ(node["uco-marking:definition"][1]["cg:handlingCodes"], json({"H0", "H1", "H2", "H3"}));
    }
    accounts += node["@type"] == "uco-observable:DigitalAccount" ? 1 : 0;
  }
  EXPECT_EQ(markings, 1);
  EXPECT_EQ(authorizations, 1);
  EXPECT_EQ(accounts, 5);
}

TEST_F(SealTest, TheManifestNamesWhoItIsForTheGatewayAndItsLegalReference) {
  const json manifest = json::parse(evidence_->at("MANIFEST.json"));
  EXPECT_EQ(manifest["recipient"], "at-bk");
  EXPECT_EQ(manifest["sender"], "nz-dia");
  EXPECT_EQ(manifest["package"], *evidence_id_);
  EXPECT_EQ(manifest["operation"], world_->operation_id().text());
  EXPECT_EQ(manifest["kind"], "evidence");
  EXPECT_EQ(manifest["gateway"]["id"], "gw-at-bk");
  EXPECT_EQ(manifest["gateway"]["legal_reference"], "Example agreement with at-bk, art. 7");
  EXPECT_EQ(manifest["account_count"], 5);
  EXPECT_EQ(manifest["file_count"], 3);
  EXPECT_EQ(manifest["contents_sha256"], HexOf(evidence_->at("bag/tagmanifest-sha256.txt")));
}

TEST_F(SealTest, CustodyEntriesAreTheLedgersAndTheirProofsVerifyOffline) {
  std::istringstream lines(evidence_->at("custody/leaves.jsonl"));
  int entries = 0, proofs = 0;
  std::set<std::string> acts;
  for (std::string line; std::getline(lines, line);) {
    const json leaf = json::parse(line);
    const int64_t index = leaf["index"];
    const std::string entry = leaf["entry"];
    ++entries;
    acts.insert(leaf["act"]);
    EXPECT_EQ(entry, MUST(Ledger::Entry(world_->db(), index)));
    const auto proof = evidence_->find("custody/" + std::to_string(index) + ".tlog-proof");
    if (proof == evidence_->end()) continue;
    ++proofs;
    const auto proven = VerifyLedgerProof(proof->second, entry, world_->ledger().verifier());
    ASSERT_TRUE(proven) << proven.error().message;
    EXPECT_EQ(proven->index, index);
    EXPECT_FALSE(VerifyLedgerProof(proof->second, entry + " ", world_->ledger().verifier()));
  }
  EXPECT_GE(proofs, 4);
  EXPECT_GT(entries, proofs) << "this sealing itself was not published yet";
  for (const char* act : {"seal_submission", "read_submission", "compose_package", "seal_package"})
    EXPECT_TRUE(acts.contains(act)) << act;
}

TEST_F(SealTest, ThePageForPeopleHoldsNoImageryNoScriptAndNothingFromOutside) {
  for (const FileMap* files : {referral_, evidence_}) {
    const std::string& page = files->at("bag/data/summary.html");
    for (const char* word : {"<img", "<svg", "<script", "<link", "<iframe", "<object", "<embed", "<video", "<a ",
                             "src=", "href=", "url(", "@import", "javascript:", "data:"})
      EXPECT_EQ(page.find(word), std::string::npos) << word;
    EXPECT_EQ(page.find("<b>said so"), std::string::npos);
    EXPECT_THAT(page, HasSubstr("&lt;b&gt;said so"));
    EXPECT_THAT(page, HasSubstr("Test &lt;kauri&gt; &amp; co"));
    EXPECT_THAT(page, HasSubstr("Agency &lt;at-bk&gt;"));
    const std::string& pdf = files->at("bag/data/summary.pdf");
    EXPECT_TRUE(pdf.starts_with("%PDF"));
    for (const char* word : {"/Image", "/JavaScript", "/URI", "/EmbeddedFile", "/Launch"})
      EXPECT_EQ(pdf.find(word), std::string::npos) << word;
  }
}

TEST_F(SealTest, SealingAgainChangesNothing) {
  const std::string folder = world_->SealedFolder(*evidence_id_);
  const FileMap before = FilesBelow(folder);
  const auto again = world_->Seal(*evidence_id_);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(FilesBelow(folder), before);
  EXPECT_EQ(before.size(), 4U) << "nothing else lies in the folder";
}

TEST_F(SealTest, TheOutsideNamesNoPersonAndNoGateway) {
  const FileMap outside = FilesBelow(world_->SealedFolder(*evidence_id_));
  const json page = json::parse(outside.at("OUTER.json"));
  EXPECT_EQ(page["recipient"]["authority"], "at-bk");
  EXPECT_EQ(page["payload"]["size_bytes"], outside.at("payload.age").size());
  EXPECT_EQ(page["payload"]["parts_sha256"], json({HexOf(outside.at("payload.age"))}));
  EXPECT_EQ(page["recipient"]["envelope_sha256"], HexOf(outside.at("key-at-bk.cms")));
  for (const char* word : {"at-one", "kauri", "gw-", "Agency"})
    EXPECT_EQ(outside.at("OUTER.json").find(word), std::string::npos) << word;
}

TEST_F(SealTest, ThePermitIsForSealingAndForReleasing) {
  const Id<Package> id(*evidence_id_);
  const auto sealed = world_->Do(Act::kComposePackage, "x", [&](Transaction& transaction, const Permit& permit) {
    return SealPackage(transaction, permit, world_->Room(), world_->Sender(), id);
  });
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, Code::kDenied);
  const auto released = world_->Do(Act::kSealPackage, "x", [&](Transaction& transaction, const Permit& permit) {
    return ReleasePackage(transaction, permit, world_->Room(), id);
  });
  ASSERT_FALSE(released);
  EXPECT_EQ(released.error().code, Code::kDenied);
}

TEST(EscapeTest, WhatOneDoesNotSeeIsShownAndWhatAPageUnderstandsIsEscaped) {
  EXPECT_EQ(EscapeHtml("<script>'\"&"), "&lt;script&gt;&#39;&quot;&amp;");
  EXPECT_EQ(EscapeHtml("a\xE2\x80\xAE"
                       "b"),
            "a[U+202E]b")
      << "right-to-left override";
  EXPECT_EQ(EscapeHtml("\xE2\x81\xA6\xE2\x80\x8B\xEF\xBB\xBF"), "[U+2066][U+200B][U+FEFF]");
  EXPECT_EQ(EscapeHtml(std::string_view("a\0b\x1B[31m\x7F", 9)), "a[U+0000]b[U+001B][31m[U+007F]");
  EXPECT_EQ(EscapeHtml("\xC2\x85\xE2\x80\xA8"), "[U+0085][U+2028]");
  EXPECT_EQ(EscapeHtml("\xF3\xA0\x81\x81"), "[U+E0041]") << "tag characters";
  EXPECT_EQ(EscapeHtml("one\r\ntwo\tthree"), "one  two three");
  EXPECT_EQ(EscapeHtml("\xFFz"), "\xEF\xBF\xBDz") << "not UTF-8";
  EXPECT_EQ(EscapeHtml("M\xC4\x81ori \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xF0\x9F\x8C\xB2"),
            "M\xC4\x81ori \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xF0\x9F\x8C\xB2");
}

TEST(SummaryTest, AStrangersLongNamesAndManyServicesStayOnePage) {
  Summary summary;
  for (int i = 0; i < 100; ++i) {
    summary.Take({{"id", "acc-" + std::to_string(i)},
                  {"service", "service " + std::to_string(i) + std::string(100'000, 'x')},
                  {"esp_identifier", std::string(100'000, 'y')},
                  {"scores", json::object()},
                  {"files", json::array()},
                  {"media", json::array()},
                  {"partner_hits", json::array()},
                  {"mentions", json::array()}});
  }
  const Authority authority{.id = "xx",
                            .name = "X",
                            .kind = "",
                            .country = "",
                            .units = {},
                            .contact = "",
                            .languages = {},
                            .certificate_path = ""};
  const std::string page = summary.Html({.operation_id = "op",
                                         .operation_name = "o",
                                         .kind = "referral",
                                         .as_of = "",
                                         .tool = "",
                                         .sender = &authority,
                                         .recipient = &authority,
                                         .gateway_id = "",
                                         .legal_reference = "",
                                         .handling = {}},
                                        "pkg-x", {}, {}, 0);
  EXPECT_LT(page.size(), 100'000U);
  EXPECT_THAT(page, HasSubstr("70 others"));
  EXPECT_EQ(page.find(std::string(kSummaryTextMax + 1, 'y')), std::string::npos);
}

TEST(SummaryPdfTest, TheSamePageGivesTheSameBytesAndNothingIsFetched) {
  HastyFiles files;
  ManualClock clock(Instant{});
  SeededRandom random(1);
  Env env{.clock = clock, .random = random, .files = files, .log = Log(nullptr)};
  const std::string folder = ScratchFolder("pdf");
  WriteText(folder + "/secret.png", "not to be read");
  const std::string page =
      "<!DOCTYPE html><html><body><h1>Package</h1><p>" +
      EscapeHtml("<script>alert(1)</script> \xE2\x80\xAE \xD7\xA9\xD7\x9C " + std::string(500, 'x')) +
      "</p><img src='file://" + folder + "/secret.png'><img src='http://192.0.2.1/x.png'></body></html>";
  for (const char* name : {"/a", "/b"}) {
    WriteText(folder + name + "/page.html", page);
    const Status made = MakeSummaryPdfs(env, folder + name);
    ASSERT_TRUE(made) << made.error().message;
  }
  const std::string pdf = ReadText(folder + "/a/page.pdf");
  EXPECT_TRUE(pdf.starts_with("%PDF"));
  EXPECT_TRUE(pdf == ReadText(folder + "/b/page.pdf"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace crossguard
