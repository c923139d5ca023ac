// Builds the house from a data directory: opens or makes the register, the keys, the vault, the ledger and the
// configuration, and holds them for as long as one command runs. Composition only: no rule lives here.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/authorities.h"
#include "crypto/public_id.h"
#include "crypto/signing.h"
#include "custody/gate.h"
#include "custody/ledger.h"
#include "env/env.h"
#include "model/authority.h"
#include "package/compose.h"
#include "package/seal.h"
#include "register/sql.h"
#include "vault/vault.h"

namespace crossguard {

// DATA/
//   register.db            rows (SQLite, WAL)
//   vault/                 sealed evidence bytes
//   ledger/                tiles and checkpoint: copy this folder and `verifier.txt`, and it verifies anywhere
//   keys/                  0600: store, id, ledger, sender certificate, node keys (node_keys.h). Back up apart from the
//                          rest; guard as evidence.
//   config/                authorities.toml, triage.toml, crosscheck.toml, outcome.toml, retention.toml: yours to edit;
//   the
//                          first goes into the register when a command that writes finds it changed
//   example-authorities/   certificates and keys made for authorities without a certificate: for trying out only
//   packages/              sealed packages
//   exchange/              parcels that leave and arrive, certificates of pinned peers
//   lock                   held while a command writes
struct HouseOptions {
  std::string data_folder;
  std::string shipped_config_folder;  // where the shipped configuration lies, copied at first use
  std::string authorities_path;       // given by the caller: goes before config/authorities.toml, and becomes it where
                                      // there is none yet; may be empty
  bool writable = true;               // false: opens an existing house only, takes no lock, changes nothing
};

class House {
 public:
  // kConflict when another command writes to the same data directory; kNotFound when it is absent and not writable;
  // kUnsupported for a register of a newer version; kCorrupt when a key or the register is damaged.
  static Result<std::unique_ptr<House>> Open(Env& env, const HouseOptions& options);
  ~House();

  Env& env() { return env_; }
  Database& db() { return *database_; }
  Vault& vault() { return *vault_; }
  Ledger& ledger() { return *ledger_; }
  Gate& gate() { return *gate_; }
  const IdMaker& ids() const { return *ids_; }
  // The register's book in force (docs/decisions/authorities_in_the_register.md), certificates placed in the folder of
  // its file. It stays the same for as long as this house is open, whatever is loaded meanwhile.
  const AuthorityBook& book() const { return book_; }
  const Sha256& book_sha256() const { return book_sha256_; }  // of the file that it was loaded from
  std::string book_path() const;                              // the file that one edits
  // Opened to read, and the file differs from what was loaded: one sentence that says so. Else empty.
  const std::string& book_note() const { return book_note_; }
  const SigningKey& signing_key() const { return *ledger_key_; }
  PackageRoom package_room();              // refers to this house
  Result<SenderKeys> sender_keys() const;  // reads keys/sender.*
  const std::string& store_id() const { return store_id_; }
  std::string Path(const std::string& relative) const { return options_.data_folder + "/" + relative; }

  // A second connection for reading from another thread.
  Result<std::unique_ptr<Database>> OpenReader() const;

 private:
  House(Env& env, HouseOptions options) : env_(env), options_(std::move(options)) {}
  Status TakeLock();
  Status OpenConfig();
  Status OpenBook();
  Status TakeNewBook();
  Status OpenKeys();
  Status OpenSenderKeys();
  Status TakePeerCertificates();
  Result<SecretKey> KeyFile(const std::string& name);

  Env& env_;
  HouseOptions options_;
  int lock_fd_ = -1;
  std::unique_ptr<Database> database_;
  AuthorityBook book_;
  Sha256 book_sha256_;
  std::string book_note_;
  std::optional<BookFile> new_book_;  // read from the file, and not in the register yet
  std::unique_ptr<SecretKey> store_key_;
  std::unique_ptr<IdMaker> ids_;
  std::unique_ptr<SigningKey> ledger_key_;
  std::string store_id_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Gate> gate_;
};

}  // namespace crossguard
