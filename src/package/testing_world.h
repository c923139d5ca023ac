// For tests of this room: a whole small operation in a scratch folder, taken in by intake from a provider's documents
// in all three shapes, with a key for every authority. Countries, scores and hits are set row by row, as the stages
// between would leave them. Every account has words of its own, so that a test can see where they turn up.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "crypto/public_id.h"
#include "custody/gate.h"
#include "intake/read.h"
#include "intake/seal.h"
#include "package/compose.h"
#include "package/example_keys.h"
#include "package/open.h"
#include "package/seal.h"
#include "vault/vault.h"

namespace crossguard {

using FileMap = std::map<std::string, std::string>;  // path below a folder -> bytes

inline std::string ReadText(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}
inline void WriteText(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}
inline FileMap FilesBelow(const std::filesystem::path& folder) {
  FileMap out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) out[entry.path().lexically_relative(folder).string()] = ReadText(entry.path());
  }
  return out;
}
// A folder that belongs to the running test alone.
inline std::string ScratchFolder(const std::string& name) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::string folder =
      testing::TempDir() + "/package_" +
      (test == nullptr ? name : std::string(test->test_suite_name()) + "_" + test->name() + "_" + name);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

#define MUST(...)                                                                    \
  __extension__({                                                                    \
    auto must = (__VA_ARGS__);                                                       \
    EXPECT_TRUE(must) << #__VA_ARGS__ << ": " << (must ? "" : must.error().message); \
    CHECK(must.has_value());                                                         \
    *std::move(must);                                                                \
  })

// The system's files, without waiting for the disk: these tests pull no plug (KilledFiles and MemoryFiles do).
class HastyFiles final : public Files {
 public:
  class Appender final : public AppendFile {
   public:
    explicit Appender(std::unique_ptr<AppendFile> file) : file_(std::move(file)) {}
    Status Append(ByteView bytes) override { return file_->Append(bytes); }
    Status Sync() override { return {}; }
    uint64_t size() const override { return file_->size(); }

   private:
    std::unique_ptr<AppendFile> file_;
  };
  Result<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override {
    return std::make_unique<Appender>(TRY(files_.OpenAppend(path)));
  }
  Result<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override { return files_.OpenRead(path); }
  Status Truncate(const std::string& path, uint64_t size_bytes) override { return files_.Truncate(path, size_bytes); }
  Status Rename(const std::string& from, const std::string& to) override { return files_.Rename(from, to); }
  Status Remove(const std::string& path) override { return files_.Remove(path); }
  Status SyncFolder(const std::string&) override { return {}; }
  Status MakeFolders(const std::string& folder) override {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    return error ? files_.MakeFolders(folder) : Status{};
  }
  bool Exists(const std::string& path) override { return files_.Exists(path); }
  Result<std::vector<std::string>> List(const std::string& folder) override { return files_.List(folder); }

 private:
  SystemFiles files_;
};

// Watches that bytes and names are on disk before the name of what holds them appears.
class WatchedFiles final : public Files {
 public:
  class Appender final : public AppendFile {
   public:
    Appender(WatchedFiles& watch, std::string path, std::unique_ptr<AppendFile> file)
        : watch_(watch), path_(std::move(path)), file_(std::move(file)) {}
    Status Append(ByteView bytes) override {
      watch_.loose_bytes_.insert(path_);
      return file_->Append(bytes);
    }
    Status Sync() override {
      watch_.loose_bytes_.erase(path_);
      return {};
    }
    uint64_t size() const override { return file_->size(); }

   private:
    WatchedFiles& watch_;
    std::string path_;
    std::unique_ptr<AppendFile> file_;
  };
  Result<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override {
    if (!files_.Exists(path)) loose_names_.insert(FolderOf(path));
    loose_bytes_.insert(path);
    return std::make_unique<Appender>(*this, path, TRY(files_.OpenAppend(path)));
  }
  Result<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override { return files_.OpenRead(path); }
  Status Truncate(const std::string& path, uint64_t size_bytes) override { return files_.Truncate(path, size_bytes); }
  Status Rename(const std::string& from, const std::string& to) override {
    for (const std::set<std::string>* loose : {&loose_bytes_, &loose_names_}) {
      for (const std::string& path : *loose) {
        if (path == from || path.starts_with(from + "/")) early_.push_back(path);
      }
    }
    loose_names_.insert(FolderOf(to));
    return files_.Rename(from, to);
  }
  Status Remove(const std::string& path) override { return files_.Remove(path); }
  Status SyncFolder(const std::string& folder) override {
    loose_names_.erase(folder);
    return {};
  }
  Status MakeFolders(const std::string& folder) override { return files_.MakeFolders(folder); }
  bool Exists(const std::string& path) override { return files_.Exists(path); }
  Result<std::vector<std::string>> List(const std::string& folder) override { return files_.List(folder); }

  // What a power cut could have taken although its name had appeared; and folders whose names are not on disk yet.
  const std::vector<std::string>& early() const { return early_; }
  const std::set<std::string>& loose_names() const { return loose_names_; }

 private:
  static std::string FolderOf(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }
  HastyFiles files_;
  std::set<std::string> loose_bytes_, loose_names_;
  std::vector<std::string> early_;
};

class World {
 public:
  enum class Pdf : uint8_t { kReal, kStandIn };  // WeasyPrint takes a second to start: only who looks at pages needs it
  explicit World(const std::string& name, Pdf pdf = Pdf::kStandIn, Instant at = *ParseInstant("2022-03-10T12:00:00Z"))
      : root_(ScratchFolder(name)), pdf_(pdf), clock_(at) {
    FillBook();
    MUST(MakeExampleCertificates(env_, book_, root_ + "/keys"));
    book_.authorities[IndexOf("us-hsi")].certificate_path = "";
    book_.authorities[IndexOf("gr-hp")].certificate_path = root_ + "/keys/none.crt";
    book_.authorities[IndexOf("cz-pcr")].certificate_path = ExpiredCertificate();
    database_ = MUST(OpenSqlite(root_ + "/register.db", OpenMode::kReadWrite));
    MUST(database_->Script("PRAGMA synchronous = OFF"));
    vault_ = MUST(Vault::Open(env_, *database_, root_ + "/vault", store_key_));
    operation_id_ = ids_.Make<Operation>("Test");
    Sql("INSERT INTO operation (id, name, created_at) VALUES ('" + operation_id_.text() + "', 'Test <kauri> & co', 0)");
    operation_ = {database_->last_insert_key()};
  }
  ~World() {
    vault_.reset();
    database_.reset();
    std::filesystem::remove_all(root_);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const std::string& root() const { return root_; }
  Env& env() { return env_; }
  Database& db() { return *database_; }
  Ledger& ledger() { return ledger_; }
  Gate& gate() { return gate_; }
  AuthorityBook& book() { return book_; }
  ManualClock& clock() { return clock_; }
  const Id<Operation>& operation_id() const { return operation_id_; }
  PackageRoom Room() {
    return {.env = env_,
            .book = book_,
            .ids = ids_,
            .vault = *vault_,
            .folder = root_ + "/packages",
            .tool_version = "crossguard test",
            .proof = [this](int64_t leaf) { return ledger_.Proof(*database_, leaf); },
            .make_pdfs = pdf_ == Pdf::kReal ? std::function<Status(Env&, const std::string&)>() : MakeStandIns};
  }

  // --- What comes in
  // --------------------------------------------------------------------------------------------------

  void Put(const std::string& path, std::string_view bytes, const std::string& folder = "in") const {
    WriteText(root_ + "/" + folder + "/" + path, bytes);
  }
  void TakeIn(const std::string& folder = "in") {
    const PassGate gated = [this](Transaction& transaction, Act act, const std::string& object,
                                  const std::string& details) {
      return gate_.Pass(transaction, {.act = act,
                                      .officer = "officer-1",
                                      .object_id = object,
                                      .reason = "A test of packages",
                                      .details_json = details});
    };
    const auto sealed = MUST(intake_Seal(gated, root_ + "/" + folder));
    MUST(ReadSubmission(env_, *vault_, *database_, ids_, gated, sealed.key));
    Sql("UPDATE media SET state = 'examined', kind = 'image/jpeg', pdq = zeroblob(32), pdq_quality = 90");
  }
  int64_t AccountKey(const std::string& identifier) {
    return Number("SELECT account_key FROM account WHERE esp_identifier = '" + identifier + "'");
  }
  std::string AccountId(const std::string& identifier) {
    return Text("SELECT id FROM account WHERE esp_identifier = '" + identifier + "'");
  }
  void PlaceIn(const std::string& country, const std::vector<std::string>& identifiers) {
    for (const std::string& identifier : identifiers) {
      const int64_t key = AccountKey(identifier);
      EXPECT_GT(key, 0) << identifier;
      MUST(
          database_->Run("INSERT INTO jurisdiction (account_key, country, confidence, explanation) VALUES "
                         "(?1, ?2, 80, '{}') ON CONFLICT DO UPDATE SET country = excluded.country",
                         key, country));
      MUST(
          database_->Run("INSERT OR REPLACE INTO triage (account_key, lane, lane_reason, band, due_at, "
                         "second_officer) VALUES (?1, 'urgent', '<b>said so</b>', 'very_high', 0, 0)",
                         key));
      MUST(
          database_->Run("INSERT OR REPLACE INTO score (account_key, axis, points, contributions) VALUES "
                         "(?1, 'rescue_priority', 55, '[]')",
                         key));
    }
  }
  // A partner's holding meets the account.
  void PartnerHit(const std::string& identifier, const std::string& owner, const std::string& handling) {
    const std::string n = std::to_string(++serial_);
    MUST(
        database_->Run("INSERT INTO contribution (id, owner, purpose, handling, grade, contact, source_sha256, "
                       "imported_at, item_count, taken_count, refused_count) VALUES "
                       "(?1, ?2, 'cross_check', ?3, 'B2', 'desk of ' || ?2, ?4, 0, 1, 1, 0)",
                       "con-" + n, owner, handling, HashSha256(AsBytes(n))));
    const int64_t contribution = database_->last_insert_key();
    MUST(
        database_->Run("INSERT INTO holding (contribution_key, type, value, category, ref) VALUES "
                       "(?1, 'email', 'x', 'suspect', 'owners-own-reference')",
                       contribution));
    MUST(
        database_->Run("INSERT INTO partner_hit (id, account_key, holding_key, selector_type, owner, contact) VALUES "
                       "(?1, ?2, ?3, 'email', ?4, 'desk of ' || ?4)",
                       "pht-" + n, AccountKey(identifier), database_->last_insert_key(), owner));
  }
  // A known-files list has the content of that file.
  void ListHit(const std::string& file_name, const std::string& state) {
    const std::string n = std::to_string(++serial_);
    MUST(
        database_->Run("INSERT INTO hash_list (id, name, version, owner, kind, scheme, source_sha256, source_name, "
                       "imported_at, state, row_count, taken_count, ignored_count, quarantined_count) VALUES "
                       "(?1, 'list', '1', 'xx-lists', 'known', 'inhope', ?2, 'list.csv', 0, 'current', 1, 1, 0, 0)",
                       "lst-" + n, HashSha256(AsBytes(n))));
    MUST(database_->Run(
        "INSERT INTO hash_entry (list_key, entry_id, code, series, place) VALUES (?1, ?2, '1', 'blue', '')",
        database_->last_insert_key(), n));
    const int64_t entry = database_->last_insert_key();
    MUST(database_->Run(
        "INSERT INTO hash_hit (id, media_key, entry_key, method, state) SELECT ?1, c.media_key, ?2, "
        "'sha256', ?3 FROM media_copy c JOIN exhibit_item i ON i.item_key = c.item_key WHERE i.path = ?4",
        "hit-" + n, entry, state, file_name));
  }

  // --- What is done
  // ---------------------------------------------------------------------------------------------------

  template <class Work>
  auto Do(Act act, const std::string& object, const Work& work, const std::string& officer = "officer-1") {
    Transaction transaction = MUST(Transaction::Begin(*database_));
    const Permit permit =
        MUST(gate_.Pass(transaction, {.act = act, .officer = officer, .object_id = object, .reason = "A test"}));
    auto result = work(transaction, permit);
    if (result) MUST(transaction.Commit());
    return result;
  }
  Result<ComposeSummary> Compose() {
    return Do(Act::kComposePackage, operation_id_.text(), [&](Transaction& transaction, const Permit& permit) {
      return ComposePackages(transaction, permit, Room(), operation_id_);
    });
  }
  Result<SealedPackage> Seal(const std::string& id) {
    return Do(Act::kSealPackage, id, [&](Transaction& transaction, const Permit& permit) {
      return SealPackage(transaction, permit, Room(), Sender(), Id<Package>(id));
    });
  }
  Result<std::string> Release(const std::string& id) {
    for (const char* officer : {"officer-1", "officer-2"}) {
      Transaction transaction = MUST(Transaction::Begin(*database_));
      MUST(gate_.Approve(transaction,
                         {.act = Act::kReleasePackage, .officer = officer, .object_id = id, .reason = "A test"}));
      MUST(transaction.Commit());
    }
    return Do(Act::kReleasePackage, id, [&](Transaction& transaction, const Permit& permit) {
      return ReleasePackage(transaction, permit, Room(), Id<Package>(id));
    });
  }
  Status Answer(const std::string& id, crossguard::Answer answer, const std::string& case_number = "12/26") {
    return Do(Act::kRecordAnswer, id, [&](Transaction& transaction, const Permit& permit) {
      return RecordAnswer(transaction, permit, Id<Package>(id), answer, case_number);
    });
  }
  Result<ComposedPackage> Evidence(const std::string& referral) {
    return Do(Act::kComposePackage, operation_id_.text(), [&](Transaction& transaction, const Permit& permit) {
      return ComposeEvidence(transaction, permit, Room(), Id<Package>(referral));
    });
  }
  // Another officer agrees that this account may go, though its holder may be a minor.
  void AgreeTo(const std::string& account_id, const std::string& officer) {
    Transaction transaction = MUST(Transaction::Begin(*database_));
    MUST(gate_.Approve(transaction,
                       {.act = Act::kComposePackage, .officer = officer, .object_id = account_id, .reason = "A test"}));
    MUST(transaction.Commit());
  }
  std::string PackageOf(const std::string& authority, const std::string& kind = "referral") {
    return Text("SELECT id FROM package WHERE authority = '" + authority + "' AND kind = '" + kind +
                "' AND state <> 'superseded'");
  }
  std::string StagedTar(const std::string& id) const { return ReadText(root_ + "/packages/staging/" + id + ".tar"); }
  std::string SealedFolder(const std::string& id) const { return root_ + "/packages/sealed/" + id; }

  SenderKeys Sender() const {
    return {.certificate_pem = Pem(book_.self + ".crt"), .key_pem = Pem(book_.self + ".key")};
  }
  OpenKeys KeysOf(const std::string& authority) const {
    return {.authority = authority,
            .certificate_pem = Pem(authority + ".crt"),
            .key_pem = Pem(authority + ".key"),
            .sender_ca_pem = Pem("example-ca.crt")};
  }
  Bytes Pem(const std::string& name) const { return ToBytes(ReadText(root_ + "/keys/" + name)); }

  // --- What one sees
  // --------------------------------------------------------------------------------------------------

  int64_t Number(const std::string& sql) { return database_->Number(sql).value().value_or(-1); }
  std::string Text(const std::string& sql) { return database_->TextOf(sql).value().value_or("(null)"); }
  void Sql(const std::string& sql) { MUST(database_->Run(sql)); }
  // Seals a composed package, opens it with its authority's key: everything that travelled.
  FileMap Opened(const std::string& id) {
    MUST(Seal(id));
    const std::string authority = Text("SELECT authority FROM package WHERE id = '" + id + "'");
    const std::string out = root_ + "/opened-" + id;
    std::filesystem::remove_all(out);
    MUST(OpenPackage(env_, SealedFolder(id), KeysOf(authority), clock_.Now(), out));
    return FilesBelow(out);
  }

  // The documents of the operation: who is in which is said beside each.
  void PutDocuments();
  // All of the above, composed.
  void Fill() {
    PutDocuments();
    TakeIn();
    PlaceIn("AT", {"at-one", "at-two", "at-minor", "at-csv", "at-json", "at-dup", "twice-named"});
    PlaceIn("GB", {"gb-one", "gb-csv", "gb-json", "gb-dup"});
    PlaceIn("NZ", {"nz-one"});
    PlaceIn("HR", {"hr-one"});
    PlaceIn("ES", {"es-one"});
    PlaceIn("SI", {"si-one"});
    PlaceIn("HU", {"hu-one"});
    PlaceIn("CA", {"ca-one"});
    PlaceIn("US", {"us-one"});
    PlaceIn("GR", {"gr-one"});
    PlaceIn("CZ", {"cz-one"});
    PlaceIn("FR", {"fr-one"});
    PlaceIn("", {"unclear-one"});
    MUST(
        database_->Run("INSERT INTO jurisdiction_claim (account_key, country, basis, weight, because) VALUES "
                       "(?1, 'AT', 'ip', 40, 'ip sighting 123 at 2022-03-01T10:00:00Z, a sighting too')",
                       AccountKey("at-one")));
    PartnerHit("at-one", "gb-nca", R"(["H0","H1"])");
    PartnerHit("at-one", "hr-mup", R"(["H2"])");
    PartnerHit("at-one", "at-bk", R"(["H3"])");
    ListHit("files/f1.jpg", "live");
    ListHit("files/f2.jpg", "withdrawn");
  }

 private:
  auto intake_Seal(const PassGate& gated, const std::string& folder) -> Result<SealOutcome> {
    return crossguard::Seal(env_, *vault_, *database_, ids_, gated, operation_, folder);
  }
  size_t IndexOf(const std::string& id) const {
    for (size_t i = 0; i < book_.authorities.size(); ++i) {
      if (book_.authorities[i].id == id) return i;
    }
    CHECK(false);
    return 0;
  }
  void FillBook();
  std::string ExpiredCertificate();

  static Status MakeStandIns(Env& env, const std::string& folder) {
    for (const std::string& page : TRY(env.files.List(folder)))
      TRY(env.files.WriteWhole(folder + "/" + page.substr(0, page.size() - 5) + ".pdf", AsBytes("%PDF of " + page)));
    return {};
  }

  std::string root_;
  Pdf pdf_;
  ManualClock clock_;
  SeededRandom random_{11};
  HastyFiles files_;
  Env env_{.clock = clock_, .random = random_, .files = files_, .log = Log(nullptr)};
  AuthorityBook book_;
  SigningKey key_ = SigningKey::Make(random_);
  SecretKey store_key_ = HkdfSha256Key(AsBytes("store"), {}, AsBytes("test"));
  IdMaker ids_{HkdfSha256Key(AsBytes("ids"), {}, AsBytes("test"))};
  Ledger ledger_{env_, root_ + "/ledger", "crossguard/nz-dia/test", key_};
  Gate gate_{env_, book_, ledger_};
  std::unique_ptr<Database> database_;
  std::unique_ptr<Vault> vault_;
  Key<Operation> operation_;
  Id<Operation> operation_id_;
  int serial_ = 0;
};

}  // namespace crossguard
