// Version 3: the nodes that this one knows, and the envelopes that leave and arrive.
#include "register/schema_parts.h"

namespace crossguard {

const std::string_view kExchangeTables = R"sql(
CREATE TABLE peer (                         -- app/node: another node, as two officers have pinned it
  authority TEXT PRIMARY KEY,
  identity TEXT NOT NULL,                   -- the signed identity document, as it came (docs/formats/identity.md)
  verifier TEXT NOT NULL,                   -- of its messages and receipts: a C2SP verifier key
  age_recipient TEXT NOT NULL,
  tls_key_sha256 BLOB NOT NULL UNIQUE,      -- of the SubjectPublicKeyInfo
  sealing_certificate TEXT NOT NULL,        -- PEM: packages for it are sealed to this
  sender_ca TEXT NOT NULL,                  -- PEM: vouches for who signs its packages
  ledger_verifier TEXT NOT NULL,            -- of its checkpoints
  channel TEXT NOT NULL,                    -- https | folder
  address TEXT NOT NULL,
  pinned_at INTEGER NOT NULL,
  revoked_at INTEGER                        -- nothing goes to it, nothing of it is taken
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (                       -- exchange: what leaves, in the transaction of the act that says it
  message_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,                  -- "msg-..."
  recipient TEXT NOT NULL,                  -- authority id
  kind TEXT NOT NULL,                       -- MessageKind
  body TEXT NOT NULL,                       -- canonical JSON
  labels TEXT NOT NULL,                     -- canonical JSON of Labels
  in_reply_to TEXT NOT NULL DEFAULT '',
  urgency TEXT NOT NULL DEFAULT 'normal',
  due_at INTEGER,
  attachment TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting',    -- waiting | sealed | taken | held | refused (the receiver's receipt says which)
  message_sha256 BLOB,                      -- of what was sealed
  attempt_count INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER,                  -- not before; NULL: at once
  problem_code TEXT NOT NULL DEFAULT '',    -- why it has not been taken yet, or was refused
  problem TEXT NOT NULL DEFAULT '',
  decided_at INTEGER,
  receipt TEXT,                             -- the signed receipt, as it came
  answered_at INTEGER                       -- when a message in reply to it was taken
) STRICT;
CREATE INDEX outbox_by_state ON outbox (state, message_key);

CREATE TABLE inbox (                        -- exchange: what arrived, proven to be of its sender and for this house
  sender TEXT NOT NULL,                     -- authority id
  id TEXT NOT NULL,                         -- "msg-...", the sender's
  kind TEXT NOT NULL,
  message_sha256 BLOB NOT NULL,             -- the same id with another one contradicts, and is refused
  labels TEXT NOT NULL,                     -- canonical JSON of Labels, exactly as received
  in_reply_to TEXT NOT NULL,
  urgency TEXT NOT NULL,
  due_at INTEGER,
  created_at INTEGER NOT NULL,              -- by the sender's clock
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL,                      -- taken | held | refused
  receipt TEXT NOT NULL,                    -- the signed receipt: the same each time
  PRIMARY KEY (sender, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_by_time ON inbox (received_at);
)sql";

}  // namespace crossguard
