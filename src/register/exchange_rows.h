// The nodes that this one knows, and the envelopes that leave and arrive, as rows. The SQL of exchange/ and app/node.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "model/message.h"
#include "register/sql.h"

namespace crossguard::exchange_rows {

// --- Peers ----------------------------------------------------------------------------------------------------------

struct PeerRow {
  std::string authority, identity, verifier, age_recipient;
  Sha256 tls_key_sha256;
  std::string sealing_certificate, sender_ca, ledger_verifier, channel, address;
  Instant pinned_at;
  std::optional<Instant> revoked_at;
};
Result<std::optional<PeerRow>> FindPeer(Database& db, std::string_view authority);
Result<std::optional<PeerRow>> FindPeerByTlsKey(Database& db, const Sha256& tls_key_sha256);
Status EachPeer(Database& db, const std::function<Status(const PeerRow&)>& on_row);  // by authority
Status PutPeer(Transaction& transaction, const PeerRow& peer);                       // replaces; revoked_at goes
Status RevokePeer(Transaction& transaction, std::string_view authority, Instant at);

// --- Outbox ---------------------------------------------------------------------------------------------------------

// False if a message with this id stands there already: posting twice is posting once.
Result<bool> InsertOutgoing(Transaction& transaction, std::string_view id, const OutgoingMessage& message, Instant at);

struct OutgoingRow {
  std::string id;
  OutgoingMessage message;  // without its idempotency key, which is in the id
  Instant created_at;
  std::string state;  // waiting | sealed | taken | held | refused
  std::optional<Sha256> message_sha256;
  int64_t attempt_count = 0;
  std::optional<Instant> next_attempt_at;
  std::string problem_code, problem;
  std::optional<Instant> decided_at;
  std::string receipt;
  std::optional<Instant> answered_at;
};
Result<std::optional<OutgoingRow>> FindOutgoing(Database& db, std::string_view id);
// Ids of messages that are not taken and not refused and whose next attempt is due, oldest first.
Result<std::vector<std::string>> OutgoingDue(Database& db, Instant now, int64_t limit);
Status EachOutgoing(Database& db, int64_t limit,
                    const std::function<Status(const OutgoingRow&)>& on_row);  // newest first
// Sent, not refused, an answer expected before `now`, and none taken.
Status EachOverdue(Database& db, Instant now, const std::function<Status(const OutgoingRow&)>& on_row);
Status MarkSealed(Transaction& transaction, std::string_view id, const Sha256& message_sha256);
struct Attempt {
  std::string code, problem;  // "" if it is on its way and there is nothing to complain of
  std::optional<Instant> next_attempt_at;
};
Status MarkAttempt(Transaction& transaction, std::string_view id, const Attempt& attempt);
struct Decided {
  std::string state;  // taken | held | refused
  std::string code, problem, receipt;
  std::optional<Instant> next_attempt_at;  // held
  Instant at;
};
Status MarkDecided(Transaction& transaction, std::string_view id, const Decided& decided);
// Nothing happens unless such a message went to that authority and has no answer yet.
Status MarkReplied(Transaction& transaction, std::string_view id, std::string_view recipient, Instant at);

// --- Inbox ----------------------------------------------------------------------------------------------------------

struct IncomingRow {
  std::string sender, id, kind;
  Sha256 message_sha256;
  std::string labels;  // canonical JSON
  std::string in_reply_to, urgency;
  std::optional<Instant> due_at;
  Instant created_at, received_at;
  std::string state;  // taken | held | refused
  std::string receipt;
};
Result<std::optional<IncomingRow>> FindIncoming(Database& db, std::string_view sender, std::string_view id);
Status PutIncoming(Transaction& transaction, const IncomingRow& row);  // replaces one that was held
Status EachIncoming(Database& db, int64_t limit,
                    const std::function<Status(const IncomingRow&)>& on_row);  // newest first
Status EachIncomingOfId(Database& db, std::string_view id, const std::function<Status(const IncomingRow&)>& on_row);

// How many messages of each kind rest in each state. direction: in | out.
struct FigureRow {
  std::string direction, authority, kind, state;
  int64_t count = 0;
};
Status EachFigure(Database& db, const std::function<Status(const FigureRow&)>& on_row);

}  // namespace crossguard::exchange_rows
