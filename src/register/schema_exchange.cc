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
  state TEXT NOT NULL,                      -- taken | held | refused | erased (by its sender before it came: shut out)
  receipt TEXT NOT NULL,                    -- the signed receipt: the same each time
  PRIMARY KEY (sender, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_by_time ON inbox (received_at);

CREATE TABLE carriage (                     -- app/carriage_desk, app/mail_carriage: messages that an organisation carries, sealed
  direction TEXT NOT NULL,                  -- out (ours) | through (of others, carried by us) | in (for us)
  origin TEXT NOT NULL,                     -- authority id: whose message it is
  id TEXT NOT NULL,                         -- "msg-...", the origin's
  destination TEXT NOT NULL,
  carrier TEXT NOT NULL,
  kind TEXT NOT NULL,                       -- of the message, as its origin says outside; proven at the destination
  gateway TEXT NOT NULL,                    -- id of the one that lets it be carried; '': it follows up what was carried
  attempt INTEGER NOT NULL,                 -- 1, 2 ...
  message_id TEXT NOT NULL,                 -- of the carriage message: the one sent on (out, through), the one that came (in)
  state TEXT NOT NULL,                      -- carried | answered | settled | delivered | refused | arrived | opened | taken
  problem TEXT NOT NULL DEFAULT '',
  receipt TEXT NOT NULL DEFAULT '',         -- the destination's, sealed to the origin; out: until it is written down
  begun_at INTEGER NOT NULL,
  ended_at INTEGER,
  PRIMARY KEY (direction, origin, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX carriage_by_message ON carriage (message_id);
CREATE INDEX carriage_by_state ON carriage (direction, state);

CREATE TABLE received_package (             -- app/mail_package: sealed packages that other nodes sent
  sender TEXT NOT NULL,                     -- authority id
  package TEXT NOT NULL,                    -- "pkg-...", the sender's
  message_id TEXT NOT NULL,
  kind TEXT NOT NULL,                       -- referral | evidence
  operation TEXT NOT NULL,                  -- the sender's id of it
  gateway TEXT NOT NULL,                    -- the sender's gateway decision
  gateway_reason TEXT NOT NULL,
  account_count INTEGER NOT NULL,           -- as the sender says; proven when it is opened
  file_count INTEGER NOT NULL,
  payload_bytes INTEGER NOT NULL,
  labels TEXT NOT NULL,                     -- canonical JSON of Labels
  folder TEXT NOT NULL,                     -- below the data directory
  received_at INTEGER NOT NULL,
  decision TEXT NOT NULL DEFAULT '',        -- what this house answered: accept | refuse | already_known | ask
  case_number TEXT NOT NULL DEFAULT '',
  decided_at INTEGER,
  recalled_at INTEGER,                      -- the sender took it back
  recall_reason TEXT NOT NULL DEFAULT '',
  erased_at INTEGER,                        -- the sender erased somebody in it: the sealed copy is gone
  via TEXT NOT NULL DEFAULT '',             -- the organisation that carried it; '': nobody between
  PRIMARY KEY (sender, package)
) STRICT, WITHOUT ROWID;
CREATE TABLE package_question (             -- app/mail_package: what an authority asks before it decides
  sender TEXT NOT NULL,
  message_id TEXT NOT NULL,
  package TEXT NOT NULL,
  question TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  PRIMARY KEY (sender, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE information_request (          -- app/mail_request, app/request_desk: requests for information, both ways
  direction TEXT NOT NULL,                  -- in | out
  authority TEXT NOT NULL,                  -- the other one
  message_id TEXT NOT NULL,
  question TEXT NOT NULL,
  selectors TEXT NOT NULL,                  -- canonical JSON [{"type","value"}]
  legal_basis TEXT NOT NULL,
  urgency TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  held_count INTEGER NOT NULL DEFAULT 0,    -- in: selectors of it that this house holds something on; for its officers only
  state TEXT NOT NULL DEFAULT 'open',       -- open | answered | refused | clarification
  answer TEXT NOT NULL DEFAULT '',
  answered_at INTEGER,
  PRIMARY KEY (direction, authority, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE release_request (              -- app/mail_request, app/request_desk: after a hit, may I see what you hold?
  direction TEXT NOT NULL,                  -- in | out
  authority TEXT NOT NULL,
  message_id TEXT NOT NULL,
  type TEXT NOT NULL,                       -- of the selector that met
  value TEXT NOT NULL,
  reason TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'open',       -- open | granted | refused
  decision_reason TEXT NOT NULL DEFAULT '',
  fields TEXT NOT NULL DEFAULT '[]',        -- granted: canonical JSON [{"type","value","category","ref"}], no more than the hit
  labels TEXT NOT NULL DEFAULT '{}',        -- of what was granted
  decided_at INTEGER,
  PRIMARY KEY (direction, authority, message_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX release_request_by_value ON release_request (type, value);

CREATE TABLE hit_query (                    -- app/request_desk: what this house asked
  authority TEXT NOT NULL,
  message_id TEXT NOT NULL,
  type TEXT NOT NULL,
  value TEXT NOT NULL,                      -- '' once it is erased, here and in the two tables of questions below
  asked_at INTEGER NOT NULL,
  answers TEXT NOT NULL DEFAULT '[]',       -- canonical JSON [{"hit","type","owner","contact"}]
  answered_at INTEGER,
  PRIMARY KEY (authority, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX hit_query_by_value ON hit_query (type, value);
CREATE TABLE hit_quota (                    -- app/mail_request: how much each authority asked on each day (UTC)
  authority TEXT NOT NULL,
  day TEXT NOT NULL,
  asked_count INTEGER NOT NULL,
  hit_count INTEGER NOT NULL,
  PRIMARY KEY (authority, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE hit_officer_quota (            -- app/mail_request: and each of its officers, by a name of that day
  authority TEXT NOT NULL,
  officer TEXT NOT NULL,                    -- "ofc-...", the asker's
  day TEXT NOT NULL,
  asked_count INTEGER NOT NULL,
  PRIMARY KEY (authority, officer, day)
) STRICT, WITHOUT ROWID;

-- Blinded questions (docs/decisions/blinded_hit_no_hit.md). The first two are the holder's, the others the asker's.
CREATE TABLE hit_epoch (                    -- app/blind_desk: which tags were last published to an authority
  authority TEXT NOT NULL,
  epoch INTEGER NOT NULL,                   -- weeks since 1970
  public_key BLOB NOT NULL,
  content_mac BLOB NOT NULL,                -- of what may be told, under the epoch's key: the same again is not published again
  made_at INTEGER NOT NULL,
  entry_count INTEGER NOT NULL,             -- filled up
  PRIMARY KEY (authority, epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE hit_blinded (                  -- app/mail_blind: each blinded question, written down before it is answered
  authority TEXT NOT NULL,
  message_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  case_commitment BLOB NOT NULL,
  legal_basis TEXT NOT NULL,
  officer TEXT NOT NULL,                    -- "ofc-...", the asker's
  elements BLOB NOT NULL,                   -- 32 bytes each: they commit the asker to what it asked
  elements_sha256 BLOB NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (authority, message_id),
  UNIQUE (authority, elements_sha256)       -- the same elements again are no new question
) STRICT, WITHOUT ROWID;
CREATE TABLE hit_tags (                     -- app/mail_blind: what a holder published to this house, in parts
  authority TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  part INTEGER NOT NULL,                    -- from 0, in the order of the tags
  part_count INTEGER NOT NULL,
  public_key BLOB NOT NULL,
  cards TEXT NOT NULL,                      -- canonical JSON of base64; of part 0
  first_tag BLOB NOT NULL,
  entries BLOB NOT NULL,
  PRIMARY KEY (authority, epoch, made_at, part)
) STRICT;
CREATE TABLE hit_blind_ask (                -- app/blind_desk: blinded questions of this house
  authority TEXT NOT NULL,
  message_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  public_key BLOB NOT NULL,                 -- whose proof the answer must bear
  case_text TEXT NOT NULL,
  case_nonce BLOB NOT NULL,                 -- the holder has SHA-256 of both
  legal_basis TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  answered_at INTEGER,
  PRIMARY KEY (authority, message_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE hit_blind_item (
  authority TEXT NOT NULL,
  message_id TEXT NOT NULL,
  place INTEGER NOT NULL,
  type TEXT NOT NULL,
  value TEXT NOT NULL,
  blind BLOB NOT NULL,                      -- opens the element to an auditor; x'' once the value is erased
  element BLOB NOT NULL,
  answers TEXT NOT NULL DEFAULT '[]',       -- canonical JSON [{"hit","type","owner","contact"}]
  PRIMARY KEY (authority, message_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX hit_blind_item_by_value ON hit_blind_item (type, value);

CREATE TABLE correction (                   -- app/mail_package: what was said was wrong; what was said stays
  sender TEXT NOT NULL,
  message_id TEXT NOT NULL,
  about TEXT NOT NULL,                      -- id of a message or package
  correction TEXT NOT NULL,
  said_at INTEGER NOT NULL,
  PRIMARY KEY (sender, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX correction_by_about ON correction (about);
)sql";

}  // namespace crossguard
