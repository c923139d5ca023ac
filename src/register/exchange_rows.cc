#include "register/exchange_rows.h"

#include "base/json.h"
#include "model/canonical.h"
#include "register/row_readers.h"

namespace crossguard::exchange_rows {
namespace {

using nlohmann::json;

constexpr std::string_view kPeerColumns =
    "authority,identity,verifier,age_recipient,tls_key_sha256,sealing_certificate,sender_ca,ledger_verifier,channel,"
    "address,pinned_at,revoked_at";
constexpr std::string_view kOutgoingColumns =
    "id,recipient,kind,body,labels,in_reply_to,urgency,due_at,attachment,created_at,state,message_sha256,attempt_count,"
    "next_attempt_at,problem_code,problem,decided_at,receipt,answered_at";
constexpr std::string_view kIncomingColumns =
    "sender,id,kind,message_sha256,labels,in_reply_to,urgency,due_at,created_at,received_at,state,receipt";

std::string Select(std::string_view columns, std::string_view rest) {
  return "SELECT " + std::string(columns) + " FROM " + std::string(rest);
}

std::unexpected<Error> Damaged(std::string_view table) {
  return Fail(Code::kCorrupt,
              "A row of '" + std::string(table) + "' in the register is damaged; restore it from the backup.");
}

Result<PeerRow> PeerOf(const SqlRow& row) {
  const auto digest = row.Digest<Sha256>(4);
  if (!digest) return Damaged("peer");
  return PeerRow{.authority = row.Text(0),
                 .identity = row.Text(1),
                 .verifier = row.Text(2),
                 .age_recipient = row.Text(3),
                 .tls_key_sha256 = *digest,
                 .sealing_certificate = row.Text(5),
                 .sender_ca = row.Text(6),
                 .ledger_verifier = row.Text(7),
                 .channel = row.Text(8),
                 .address = row.Text(9),
                 .pinned_at = row.Time(10),
                 .revoked_at = row.OptionalTime(11)};
}

Result<OutgoingRow> OutgoingOf(const SqlRow& row) {
  const auto kind = FromText<MessageKind>(row.TextView(2));
  const auto urgency = FromText<Urgency>(row.TextView(6));
  json body = ParseJson(row.TextView(3));
  const json labels = ParseJson(row.TextView(4));
  if (!kind || !urgency || !body.is_object() || !labels.is_object()) return Damaged("outbox");
  OutgoingRow out;
  out.id = row.Text(0);
  out.message.to = row.Text(1);
  out.message.kind = *kind;
  out.message.body = std::move(body);
  out.message.labels = TRY(ParseLabels(labels));
  out.message.in_reply_to = row.Text(5);
  out.message.urgency = *urgency;
  out.message.due_at = row.OptionalTime(7);
  out.message.attachment = row.Text(8);
  out.created_at = row.Time(9);
  out.state = row.Text(10);
  out.message_sha256 = row.Digest<Sha256>(11);
  out.attempt_count = row.Int(12);
  out.next_attempt_at = row.OptionalTime(13);
  out.problem_code = row.Text(14);
  out.problem = row.Text(15);
  out.decided_at = row.OptionalTime(16);
  out.receipt = row.Text(17);
  out.answered_at = row.OptionalTime(18);
  return out;
}

Result<IncomingRow> IncomingOf(const SqlRow& row) {
  const auto digest = row.Digest<Sha256>(3);
  if (!digest) return Damaged("inbox");
  return IncomingRow{.sender = row.Text(0),
                     .id = row.Text(1),
                     .kind = row.Text(2),
                     .message_sha256 = *digest,
                     .labels = row.Text(4),
                     .in_reply_to = row.Text(5),
                     .urgency = row.Text(6),
                     .due_at = row.OptionalTime(7),
                     .created_at = row.Time(8),
                     .received_at = row.Time(9),
                     .state = row.Text(10),
                     .receipt = row.Text(11)};
}

// on_row with a row that was read, for Each(...).
}  // namespace

// --- Peers ----------------------------------------------------------------------------------------------------------

Result<std::optional<PeerRow>> FindPeer(Database& db, std::string_view authority) {
  std::optional<PeerRow> out;
  const auto keep = Into(out);
  TRY(db.Each(Select(kPeerColumns, "peer WHERE authority=?1"), Reading<PeerRow>(PeerOf, keep), authority));
  return out;
}

Result<std::optional<PeerRow>> FindPeerByTlsKey(Database& db, const Sha256& tls_key_sha256) {
  std::optional<PeerRow> out;
  const auto keep = Into(out);
  TRY(db.Each(Select(kPeerColumns, "peer WHERE tls_key_sha256=?1"), Reading<PeerRow>(PeerOf, keep), tls_key_sha256));
  return out;
}

Status EachPeer(Database& db, const std::function<Status(const PeerRow&)>& on_row) {
  return db.Each(Select(kPeerColumns, "peer ORDER BY authority"), Reading<PeerRow>(PeerOf, on_row));
}

Status PutPeer(Transaction& transaction, const PeerRow& peer) {
  return transaction.db().Run(
      "INSERT INTO peer (authority,identity,verifier,age_recipient,tls_key_sha256,sealing_certificate,sender_ca,"
      "ledger_verifier,channel,address,pinned_at,revoked_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,NULL) "
      "ON CONFLICT (authority) DO UPDATE SET identity=?2,verifier=?3,age_recipient=?4,tls_key_sha256=?5,"
      "sealing_certificate=?6,sender_ca=?7,ledger_verifier=?8,channel=?9,address=?10,pinned_at=?11,revoked_at=NULL",
      peer.authority, peer.identity, peer.verifier, peer.age_recipient, peer.tls_key_sha256, peer.sealing_certificate,
      peer.sender_ca, peer.ledger_verifier, peer.channel, peer.address, peer.pinned_at);
}

Status RevokePeer(Transaction& transaction, std::string_view authority, Instant at) {
  return transaction.db().Run("UPDATE peer SET revoked_at=?2 WHERE authority=?1 AND revoked_at IS NULL", authority, at);
}

// --- Outbox ---------------------------------------------------------------------------------------------------------

Result<bool> InsertOutgoing(Transaction& transaction, std::string_view id, const OutgoingMessage& message, Instant at) {
  const std::string body = Canonical(message.body);
  const std::string labels = Canonical(LabelsJson(message.labels));
  TRY(transaction.db().Run(
      "INSERT INTO outbox (id,recipient,kind,body,labels,in_reply_to,urgency,due_at,attachment,created_at) "
      "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT (id) DO NOTHING",
      id, message.to, Text(message.kind), body, labels, message.in_reply_to, Text(message.urgency), message.due_at,
      message.attachment, at));
  return transaction.db().changes() > 0;
}

Result<std::optional<OutgoingRow>> FindOutgoing(Database& db, std::string_view id) {
  std::optional<OutgoingRow> out;
  const auto keep = Into(out);
  TRY(db.Each(Select(kOutgoingColumns, "outbox WHERE id=?1"), Reading<OutgoingRow>(OutgoingOf, keep), id));
  return out;
}

Result<std::vector<std::string>> OutgoingDue(Database& db, Instant now, int64_t limit) {
  std::vector<std::string> out;
  TRY(db.Each(
      "SELECT id FROM outbox WHERE state IN ('waiting','sealed','held') AND "
      "(next_attempt_at IS NULL OR next_attempt_at<=?1) ORDER BY message_key LIMIT ?2",
      [&](const SqlRow& row) -> Status {
        out.push_back(row.Text(0));
        return {};
      },
      now, limit));
  return out;
}

Status EachOutgoing(Database& db, int64_t limit, const std::function<Status(const OutgoingRow&)>& on_row) {
  return db.Each(Select(kOutgoingColumns, "outbox ORDER BY message_key DESC LIMIT ?1"),
                 Reading<OutgoingRow>(OutgoingOf, on_row), limit);
}

Status EachOverdue(Database& db, Instant now, const std::function<Status(const OutgoingRow&)>& on_row) {
  return db.Each(Select(kOutgoingColumns,
                        "outbox WHERE due_at IS NOT NULL AND due_at<?1 AND answered_at IS NULL AND state<>'refused' "
                        "ORDER BY due_at,message_key"),
                 Reading<OutgoingRow>(OutgoingOf, on_row), now);
}

Status MarkSealed(Transaction& transaction, std::string_view id, const Sha256& message_sha256) {
  return transaction.db().Run(
      "UPDATE outbox SET state=CASE state WHEN 'waiting' THEN 'sealed' ELSE state END,message_sha256=?2 WHERE id=?1",
      id, message_sha256);
}

Status MarkAttempt(Transaction& transaction, std::string_view id, const Attempt& attempt) {
  return transaction.db().Run(
      "UPDATE outbox SET attempt_count=attempt_count+1,problem_code=?2,problem=?3,next_attempt_at=?4 WHERE id=?1 AND "
      "state IN ('waiting','sealed','held')",
      id, attempt.code, attempt.problem, attempt.next_attempt_at);
}

Status MarkDecided(Transaction& transaction, std::string_view id, const Decided& decided) {
  return transaction.db().Run(
      "UPDATE outbox SET state=?2,problem_code=?3,problem=?4,receipt=?5,next_attempt_at=?6,decided_at=?7,"
      "attempt_count=attempt_count+1 WHERE id=?1 AND state IN ('waiting','sealed','held')",
      id, decided.state, decided.code, decided.problem, decided.receipt, decided.next_attempt_at, decided.at);
}

Status MarkReplied(Transaction& transaction, std::string_view id, std::string_view recipient, Instant at) {
  return transaction.db().Run("UPDATE outbox SET answered_at=?3 WHERE id=?1 AND recipient=?2 AND answered_at IS NULL",
                              id, recipient, at);
}

// --- Inbox ----------------------------------------------------------------------------------------------------------

Result<std::optional<IncomingRow>> FindIncoming(Database& db, std::string_view sender, std::string_view id) {
  std::optional<IncomingRow> out;
  const auto keep = Into(out);
  TRY(db.Each(Select(kIncomingColumns, "inbox WHERE sender=?1 AND id=?2"), Reading<IncomingRow>(IncomingOf, keep),
              sender, id));
  return out;
}

Status PutIncoming(Transaction& transaction, const IncomingRow& row) {
  return transaction.db().Run(
      "INSERT INTO inbox (sender,id,kind,message_sha256,labels,in_reply_to,urgency,due_at,created_at,received_at,state,"
      "receipt) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12) ON CONFLICT (sender,id) DO UPDATE SET "
      "kind=?3,message_sha256=?4,labels=?5,in_reply_to=?6,urgency=?7,due_at=?8,created_at=?9,received_at=?10,state=?11,"
      "receipt=?12 WHERE state='held'",
      row.sender, row.id, row.kind, row.message_sha256, row.labels, row.in_reply_to, row.urgency, row.due_at,
      row.created_at, row.received_at, row.state, row.receipt);
}

Status EachIncoming(Database& db, int64_t limit, const std::function<Status(const IncomingRow&)>& on_row) {
  return db.Each(Select(kIncomingColumns, "inbox ORDER BY received_at DESC,sender,id LIMIT ?1"),
                 Reading<IncomingRow>(IncomingOf, on_row), limit);
}

Status EachIncomingOfId(Database& db, std::string_view id, const std::function<Status(const IncomingRow&)>& on_row) {
  return db.Each(Select(kIncomingColumns, "inbox WHERE id=?1 ORDER BY sender"),
                 Reading<IncomingRow>(IncomingOf, on_row), id);
}

Status EachFigure(Database& db, const std::function<Status(const FigureRow&)>& on_row) {
  return db.Each(
      "SELECT 'in',sender,kind,state,count(*) FROM inbox GROUP BY sender,kind,state UNION ALL "
      "SELECT 'out',recipient,kind,state,count(*) FROM outbox GROUP BY recipient,kind,state ORDER BY 1,2,3,4",
      [&](const SqlRow& row) -> Status {
        return on_row({.direction = row.Text(0),
                       .authority = row.Text(1),
                       .kind = row.Text(2),
                       .state = row.Text(3),
                       .count = row.Int(4)});
      });
}

}  // namespace crossguard::exchange_rows
