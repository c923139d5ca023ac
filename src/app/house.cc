#include "app/house.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "app/authority_desk.h"
#include "app/node_keys.h"
#include "crypto/digest.h"
#include "crypto/x509.h"
#include "model/canonical.h"
#include "package/example_keys.h"
#include "register/app_rows.h"
#include "register/authority_rows.h"
#include "register/exchange_rows.h"

namespace crossguard {
namespace {

constexpr uint64_t kConfigSizeMaxBytes = 16 * 1024 * 1024;
constexpr std::string_view kConfigFiles[] = {"authorities.toml", "triage.toml", "crosscheck.toml", "outcome.toml",
                                             "retention.toml"};

}  // namespace

Result<std::unique_ptr<House>> House::Open(Env& env, const HouseOptions& options) {
  if (options.data_folder.empty()) return Fail(Code::kInvalid, "Name the data directory with --data DIR.");
  std::unique_ptr<House> house(new House(env, options));
  const std::string register_path = house->Path("register.db");
  if (!options.writable && !env.files.Exists(register_path)) {
    return Fail(Code::kNotFound,
                "'" + options.data_folder +
                    "' holds no crossguard data; give --data a directory that `crossguard run` has used.");
  }
  if (options.writable) {
    TRY(env.files.MakeFolders(options.data_folder));
    TRY(house->TakeLock());
  }
  // The register first: a directory of a newer version is refused before anything in it is touched.
  house->database_ = TRY(OpenSqlite(register_path, options.writable ? OpenMode::kReadWrite : OpenMode::kReadOnly));
  TRY(house->OpenConfig());
  TRY(house->OpenKeys());
  const std::string vault_folder = house->Path("vault");
  house->vault_ = options.writable ? TRY(Vault::Open(env, *house->database_, vault_folder, *house->store_key_))
                                   : TRY(Vault::OpenToRead(env, *house->database_, vault_folder, *house->store_key_));
  house->ledger_ = std::make_unique<Ledger>(
      env, house->Path("ledger"), "crossguard/" + house->book_.self + "/" + house->store_id_, *house->ledger_key_);
  house->gate_ = std::make_unique<Gate>(env, house->book_, *house->ledger_);
  if (options.writable && house->new_book_) TRY(house->TakeNewBook());
  const std::string verifier_path = house->Path("ledger/verifier.txt");
  if (options.writable && !env.files.Exists(verifier_path)) {
    TRY(env.files.MakeFolders(house->Path("ledger")));
    TRY(env.files.WriteWhole(verifier_path, AsBytes(VerifierText(house->ledger_->verifier()) + "\n")));
  }
  return house;
}

House::~House() {
  if (lock_fd_ >= 0) close(lock_fd_);  // and with it the lock
}

Result<std::unique_ptr<Database>> House::OpenReader() const {
  return OpenSqlite(Path("register.db"), OpenMode::kReadOnly);
}

Status House::TakeLock() {
  const std::string path = Path("lock");
  lock_fd_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_fd_ < 0) return SystemError("Cannot open", path, errno);
  if (flock(lock_fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Fail(Code::kConflict, "Another crossguard command is writing to '" + options_.data_folder +
                                       "'; wait until it has ended, then run this again.");
    }
    return SystemError("Cannot lock", path, errno);
  }
  return {};
}

Status House::OpenConfig() {
  for (const std::string_view name : kConfigFiles) {
    const std::string path = Path("config/" + std::string(name));
    if (env_.files.Exists(path)) continue;
    if (!options_.writable) continue;  // an absent file is an error only where it is needed
    if (name == "authorities.toml" && !options_.authorities_path.empty()) {
      // A new house's own file: the shipped example is another authority's.
      const Bytes own = TRY(env_.files.ReadWhole(options_.authorities_path, kAuthoritiesSizeMaxBytes));
      TRY(InstallBookFile(env_.files, TRY(ParseBookFile(env_.files, options_.authorities_path, own)), own,
                          Path("config")));
      continue;
    }
    const Bytes shipped =
        TRY(env_.files.ReadWhole(options_.shipped_config_folder + "/" + std::string(name), kConfigSizeMaxBytes));
    TRY(env_.files.MakeFolders(Path("config")));
    TRY(env_.files.WriteWhole(path, shipped));
  }
  TRY(OpenBook());
  TRY(TakePeerCertificates());
  if (book_.example && options_.writable) TRY(MakeExampleCertificates(env_, book_, Path("example-authorities")));
  return {};
}

// What two officers have pinned comes before what the file names, and before an example.
Status House::TakePeerCertificates() {
  Sha256Stream digest;
  bool any = false;
  TRY(exchange_rows::EachPeer(*database_, [&](const exchange_rows::PeerRow& peer) -> Status {
    if (peer.revoked_at) return {};
    for (Authority& authority : book_.authorities) {
      if (authority.id != peer.authority) continue;
      const std::string path = Path("exchange/peers/" + peer.authority + ".crt");
      const auto there = env_.files.ReadWhole(path, kPemMaxBytes);
      if (!there || AsText(*there) != peer.sealing_certificate) {
        if (!options_.writable) continue;
        TRY(env_.files.MakeFolders(Path("exchange/peers")));
        TRY(env_.files.WriteWhole(path, AsBytes(peer.sealing_certificate)));
      }
      authority.certificate_path = path;
      digest.Update(AsBytes(peer.authority + "\n" + peer.sealing_certificate));
      any = true;
    }
    return {};
  }));
  if (!any) return {};
  // Steps that depend on the book are done anew when a peer was pinned.
  digest.Update(book_sha256_.view());
  book_sha256_ = digest.Finish();
  return {};
}

std::string House::book_path() const {
  return options_.authorities_path.empty() ? Path("config/authorities.toml") : options_.authorities_path;
}

// The register's book, unless the file holds another one that may be taken in. A house opened to read decides by what
// was loaded, and says that the file differs.
Status House::OpenBook() {
  const std::string path = book_path();
  const auto last = TRY(authority_rows::LastLoad(*database_));
  auto text = env_.files.ReadWhole(path, kAuthoritiesSizeMaxBytes);
  const bool is_loaded = last && text && HashSha256(*text) == last->source_sha256;
  if (last && (is_loaded || !options_.writable)) {
    book_ = TRY(authority_rows::ReadBook(*database_));
    book_sha256_ = last->source_sha256;
    if (!is_loaded) {
      book_note_ = "'" + path + "' is not what was loaded on " + ToText(last->at) +
                   ", and that is what counts here; `crossguard authority load` takes a new one.";
    }
  } else {
    new_book_ = TRY(ParseBookFile(env_.files, path, TRY(std::move(text))));
    book_ = new_book_->book;
    book_sha256_ = new_book_->sha256;
  }
  PlaceCertificates(FolderOf(path), book_);
  return {};
}

// No person asked for this: whoever may write the file in the data directory has the house. The leaf has no officer.
Status House::TakeNewBook() {
  Transaction transaction = TRY(Transaction::Begin(*database_));
  const auto load = TRY(authority_rows::PutBook(
      transaction, new_book_->book,
      {.at = env_.clock.Now(), .source_path = new_book_->path, .source_sha256 = new_book_->sha256}));
  TRY(ledger_->Append(transaction, {.at = load.at,
                                    .act = std::string(RuleOf(Act::kLoadAuthorities).name),
                                    .officer = "",
                                    .object_id = "",
                                    .details_json = Canonical(LoadDetails(load.source_sha256, load.change))}));
  new_book_.reset();
  return transaction.Commit();
}

Result<SecretKey> House::KeyFile(const std::string& name) {
  const std::string path = Path("keys/" + name);
  if (!env_.files.Exists(path)) {
    if (!options_.writable)
      return Fail(Code::kNotFound, "Key file '" + path + "' is missing; restore it from the backup of the keys.");
    if (TRY(HoldsEvidence(*database_))) {
      return Fail(Code::kCorrupt,
                  "Key file '" + path +
                      "' is missing but the register holds sealed evidence; restore it from the backup of the keys.");
    }
    TRY(env_.files.MakeFolders(Path("keys")));
    const SecretKey made = SecretKey::Make(env_.random);
    TRY(env_.files.WriteWhole(path, made.reveal()));
  }
  Bytes bytes = TRY(env_.files.ReadWhole(path, 4096));
  const CleanseAtExit cleanse(bytes);
  auto key = SecretKey::From(bytes);
  if (!key) return Fail(Code::kCorrupt, "Key file '" + path + "' is damaged; restore it from the backup of the keys.");
  return key;
}

Status House::OpenKeys() {
  store_key_ = std::make_unique<SecretKey>(TRY(KeyFile("store.key")));
  ids_ = std::make_unique<IdMaker>(TRY(KeyFile("id.key")));
  ledger_key_ = std::make_unique<SigningKey>(TRY(KeyFile("ledger.key")));
  store_id_ = ids_->Make<Operation>("store").text().substr(3);
  return OpenSenderKeys();
}

// The house's own certificate authority and the certificate that signs its packages, made once. Partners receive
// keys/sender-ca.crt by a way that they trust; an agency with a PKI of its own replaces all four files.
Status House::OpenSenderKeys() {
  const Authority* const self = book_.Find(book_.self);
  const std::string country = self == nullptr ? "" : self->country;
  if (!options_.writable) return {};
  if (env_.files.Exists(Path("keys/sender.crt"))) return MakeNodeKeys(env_, Path("keys"), book_.self, country);
  constexpr int64_t kYears = 10;
  const Instant now = env_.clock.Now();
  const Instant end{now.micros + kYears * 365 * kMicrosPerDay};
  const PrivateKey ca_key = PrivateKey::MakeP256(env_.random);
  const Certificate ca = TRY(MakeSelfSigned({.common_name = "crossguard " + book_.self + " CA",
                                             .organization = book_.self,
                                             .country = country,
                                             .use = CertificateUse::kAuthority,
                                             .not_before = now,
                                             .not_after = end},
                                            ca_key, env_.random));
  const PrivateKey key = PrivateKey::MakeP256(env_.random);
  const Certificate certificate = TRY(MakeCertificate({.common_name = "crossguard " + book_.self,
                                                       .organization = book_.self,
                                                       .country = country,
                                                       .use = CertificateUse::kSigner,
                                                       .not_before = now,
                                                       .not_after = end},
                                                      key, ca, ca_key, env_.random));
  const auto write_key = [&](const std::string& name, const PrivateKey& secret) -> Status {
    std::string pem = secret.RevealPem();
    const Status written = env_.files.WriteWhole(Path("keys/" + name), AsBytes(pem));
    Cleanse({reinterpret_cast<uint8_t*>(pem.data()), pem.size()});
    return written;
  };
  TRY(write_key("sender-ca.key", ca_key));
  TRY(env_.files.WriteWhole(Path("keys/sender-ca.crt"), AsBytes(ca.Pem())));
  TRY(write_key("sender.key", key));
  TRY(env_.files.WriteWhole(Path("keys/sender.crt"),
                            AsBytes(certificate.Pem())));  // last: its presence says that all four are there
  return MakeNodeKeys(env_, Path("keys"), book_.self, country);
}

Result<SenderKeys> House::sender_keys() const {
  // Not inside the braces: g++ 12 leaks the fields before one that returns early.
  Bytes certificate_pem = TRY(env_.files.ReadWhole(Path("keys/sender.crt"), kPemMaxBytes));
  Bytes key_pem = TRY(env_.files.ReadWhole(Path("keys/sender.key"), kPemMaxBytes));
  return SenderKeys{.certificate_pem = std::move(certificate_pem), .key_pem = std::move(key_pem)};
}

PackageRoom House::package_room() {
  return {.env = env_,
          .book = book_,
          .ids = *ids_,
          .vault = *vault_,
          .folder = Path("packages"),
          .tool_version = "crossguard 0.1.0",
          .proof = [this](int64_t leaf_index) { return ledger_->Proof(*database_, leaf_index); }};
}

}  // namespace crossguard
