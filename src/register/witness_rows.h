// Heads of other nodes' ledgers, alarms about them, and what other nodes cosigned of this one's. The SQL of
// custody/witness.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "register/sql.h"

namespace crossguard::witness_rows {

struct Seen {
  std::string origin, authority, verifier, note;
  int64_t size = 0;
  Sha256 root;
  Instant at;
};
Result<std::optional<Seen>> FindSeen(Database& db, std::string_view origin);
Status PutSeen(Transaction& transaction, const Seen& seen);  // replaces the earlier one
Status EachSeen(Database& db, const std::function<Status(const Seen&)>& on_row);

struct Alarm {
  std::string origin, kind, seen_note, other_note;
  Instant at;
};
Status PutAlarm(Transaction& transaction, const Alarm& alarm);  // once for each other note
Status EachAlarm(Database& db, const std::function<Status(const Alarm&)>& on_row);

// This house's heads that went to witnesses.
struct Sent {
  int64_t size = 0;
  Sha256 root;
  std::string note;
};
Result<std::optional<Sent>> FindSent(Database& db, int64_t size);
// kConflict if another head of that size was sent before.
Status PutSent(Transaction& transaction, const Sent& sent, Instant at);

struct Cosignature {
  int64_t size = 0;
  std::string witness, verifier, line;
  Sha256 root;
  Instant at;
};
Status PutCosignature(Transaction& transaction, const Cosignature& cosignature);
Status EachCosignature(Database& db, const std::function<Status(const Cosignature&)>& on_row);  // largest size first
Result<std::optional<std::string>> VerifierOf(Database& db, std::string_view witness);          // as first kept
Result<int64_t> LastCosigned(Database& db, std::string_view witness);                           // 0: nothing

}  // namespace crossguard::witness_rows
