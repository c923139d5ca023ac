// For tests of this room: a node of its own register and keys over files in memory or on disk, without a house.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "base/json.h"
#include "crypto/public_id.h"
#include "crypto/x509.h"
#include "env/memory_files.h"
#include "exchange/identity.h"
#include "exchange/inbox.h"
#include "exchange/outbox.h"
#include "exchange/post.h"
#include "exchange/room.h"

namespace crossguard::exchange {

inline AuthorityBook BookOf(const std::string& self) {
  AuthorityBook book;
  book.self = self;
  for (const char* id : {"nz-dia", "eu-europol", "at-bk"}) book.authorities.push_back({.id = id});
  book.officers = {{.id = "officer-1", .roles = {"intake", "dissemination", "supervisor", "analyst"}}};
  return book;
}

// Everything of one node but the house. The files may crash; register and keys are durable.
class Node {
 public:
  Node(const std::string& self, Files& files, uint64_t seed)
      : random_(seed),
        env_{.clock = clock, .random = random_, .files = files, .log = Log(nullptr)},
        message_key_(SigningKey::Make(random_)),
        identity_(AgeIdentity::Make(random_)),
        book_(BookOf(self)),
        database_(OpenSqlite(":memory:", OpenMode::kReadWrite).value()),
        ledger_(env_, self + "/ledger", "crossguard/" + self + "/test", message_key_),
        gate_(env_, book_, ledger_),
        ids_(SecretKey::Make(random_)) {}

  Room room() {
    return {.env = env_,
            .db = *database_,
            .gate = gate_,
            .book = book_,
            .message_key = message_key_,
            .identity = identity_,
            .data_folder = book_.self,
            .folder = book_.self + "/exchange",
            .officer = "officer-1",
            .reason = "test"};
  }
  NodeIdentity IdentityDocument() {
    const PrivateKey key = PrivateKey::MakeP256(random_);
    const Certificate certificate = MakeSelfSigned({.common_name = book_.self,
                                                    .use = CertificateUse::kAuthority,
                                                    .not_before = {0},
                                                    .not_after = {4'000'000'000'000'000}},
                                                   key, random_)
                                        .value();
    NodeIdentity out;
    out.authority = book_.self;
    out.signer = room().signer();
    out.seal_to = identity_.recipient();
    out.tls_key_sha256 = certificate.KeyFingerprint();
    out.sealing_certificate = certificate.Pem();
    out.sender_ca = certificate.Pem();
    out.ledger = ledger_.verifier();
    return out;
  }
  void Pin(Node& other, const std::string& channel = "folder", const std::string& address = "share") {
    const NodeIdentity identity = other.IdentityDocument();
    Transaction transaction = Transaction::Begin(*database_).value();
    ASSERT_TRUE(exchange_rows::PutPeer(transaction, {.authority = identity.authority,
                                                     .identity = "",
                                                     .verifier = VerifierText(identity.signer),
                                                     .age_recipient = identity.seal_to.text(),
                                                     .tls_key_sha256 = identity.tls_key_sha256,
                                                     .sealing_certificate = identity.sealing_certificate,
                                                     .sender_ca = identity.sender_ca,
                                                     .ledger_verifier = VerifierText(identity.ledger),
                                                     .channel = channel,
                                                     .address = address}));
    ASSERT_TRUE(transaction.Commit());
  }
  void Revoke(const std::string& authority) {
    Transaction transaction = Transaction::Begin(*database_).value();
    ASSERT_TRUE(exchange_rows::RevokePeer(transaction, authority, clock.Now()));
    ASSERT_TRUE(transaction.Commit());
  }
  Labels OwnLabels() const {
    Labels labels;
    labels.owner = book_.self;
    labels.originators = {book_.self};
    labels.purposes = {"facilitate_exchange"};
    return labels;
  }
  // Posts, and returns the id.
  std::string Say(const std::string& to, const std::string& key, const Labels& labels,
                  const std::string& attachment = "", std::optional<Instant> due_at = std::nullopt) {
    OutgoingMessage message{.to = to, .kind = MessageKind::kFeedback};
    message.body = {{"say", key}};
    message.idempotency_key = key;
    message.labels = labels;
    message.attachment = attachment;
    message.due_at = due_at;
    Transaction transaction = Transaction::Begin(*database_).value();
    const Permit permit = gate_.Pass(transaction, room().AskTo(Act::kSendMessages, "")).value();
    const std::string id = Post(transaction, permit, ids_, message).value();
    EXPECT_TRUE(transaction.Commit());
    return id;
  }
  Result<std::string> TryPost(const OutgoingMessage& message) {
    Transaction transaction = Transaction::Begin(*database_).value();
    const Permit permit = gate_.Pass(transaction, room().AskTo(Act::kSendMessages, "")).value();
    return Post(transaction, permit, ids_, message);
  }
  exchange_rows::OutgoingRow Out(const std::string& id) {
    return exchange_rows::FindOutgoing(*database_, id).value().value();
  }
  std::optional<exchange_rows::IncomingRow> In(const std::string& sender, const std::string& id) {
    return exchange_rows::FindIncoming(*database_, sender, id).value();
  }
  int64_t Leaves() { return database_->Number("SELECT count(*) FROM ledger_leaf").value().value_or(0); }

  std::optional<Error> refuse;  // what Apply says instead
  // What arrives leaves one row each time it has effect.
  Apply apply() {
    return [this](Transaction& transaction, const Permit&, const ReceivedMessage& message) -> Result<Applied> {
      if (refuse) return std::unexpected(*refuse);
      TRY(transaction.db().Run("INSERT INTO hit_quota (authority,day,asked_count,hit_count) VALUES (?1,?2,0,0)",
                               message.body["say"].get<std::string>(), std::to_string(++effect_number_)));
      return Applied{.facts = {{"heard", message.body["say"]}}};
    };
  }
  // How often each message had effect.
  std::map<std::string, int> effects() {
    std::map<std::string, int> out;
    EXPECT_TRUE(database_->Each("SELECT authority FROM hit_quota", [&](const SqlRow& row) -> Status {
      ++out[row.Text(0)];
      return {};
    }));
    return out;
  }

  ManualClock clock{Instant{1'772'000'000'000'000}};
  Database& db() { return *database_; }
  const SigningKey& message_key() const { return message_key_; }
  const AgeIdentity& identity() const { return identity_; }
  Random& random() { return random_; }

 private:
  SeededRandom random_;
  Env env_;
  SigningKey message_key_;
  AgeIdentity identity_;
  AuthorityBook book_;
  std::unique_ptr<Database> database_;
  Ledger ledger_;
  Gate gate_;
  IdMaker ids_;
  int64_t effect_number_ = 0;
};

}  // namespace crossguard::exchange
