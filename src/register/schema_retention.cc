// Version 3: clocks, reviews, erasures, and the checkpoints of other nodes.
#include "register/schema_parts.h"

namespace crossguard {

const std::string_view kRetentionTables = R"sql(
CREATE TABLE preservation (                 -- app/retention_desk: what a provider was asked to keep for us, by report
  report_key INTEGER PRIMARY KEY REFERENCES report,
  state TEXT NOT NULL,                      -- asked | confirmed; lapsed is what the clock says of either
  asked_at INTEGER NOT NULL,
  until_at INTEGER NOT NULL,                -- asked for, then what was confirmed
  confirmed_at INTEGER,
  reference TEXT NOT NULL DEFAULT ''        -- the provider's own
) STRICT;
CREATE TABLE retention_keep (               -- app/retention_desk: decided to keep, until when; the reason lies beside the leaf
  kind TEXT NOT NULL,                       -- account | contribution
  object_id TEXT NOT NULL,
  keep_until INTEGER NOT NULL,
  decided_at INTEGER NOT NULL,
  officer TEXT NOT NULL,
  leaf_index INTEGER NOT NULL,
  PRIMARY KEY (kind, object_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE erasure (                      -- app/erase: that something was erased; nothing of what it was
  erasure_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,                  -- "era-..."
  kind TEXT NOT NULL,                       -- account | contribution | file | identifier | notice
  object_id TEXT NOT NULL,                  -- the public id that it had; of a notice, its id at the sender
  why TEXT NOT NULL,                        -- cleared | mistake | order | review_date | owner_erased
  asked_by TEXT NOT NULL DEFAULT '',        -- authority whose notice it follows; '' this house
  officer TEXT NOT NULL,
  at INTEGER NOT NULL,
  commitment BLOB NOT NULL,                 -- SHA-256(salt | what it was); the salt was given out once and is not here
  counts TEXT NOT NULL DEFAULT '{}',        -- JSON: rows, documents, contents, packages, messages
  state TEXT NOT NULL                       -- begun (files to go) | open (something waits for a decision) | erased (here) |
                                            -- done (and every recipient has proved it)
) STRICT;
CREATE INDEX erasure_by_object ON erasure (object_id);
CREATE TABLE erasure_open (                 -- app/erase: what could not be erased yet, and why
  erasure_key INTEGER NOT NULL REFERENCES erasure,
  object TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  closed_at INTEGER,
  PRIMARY KEY (erasure_key, object)
) STRICT, WITHOUT ROWID;
CREATE TABLE erasure_line (                 -- app/erase: what a line of the balance counts as erased
  erasure_key INTEGER NOT NULL REFERENCES erasure,
  line TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (erasure_key, line)
) STRICT, WITHOUT ROWID;
CREATE TABLE erasure_document (             -- app/erase: documents sealed anew without the record, or destroyed whole
  erasure_key INTEGER NOT NULL REFERENCES erasure,
  item_key INTEGER NOT NULL REFERENCES exhibit_item,
  outcome TEXT NOT NULL,                    -- masked | destroyed
  record_count INTEGER NOT NULL,            -- records blanked
  value_count INTEGER NOT NULL,             -- values blanked outside of them
  original_commitment BLOB NOT NULL,        -- SHA-256(salt | SHA-256 of the original); the salt is not kept
  PRIMARY KEY (erasure_key, item_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE erased_package (               -- app/erase: packages whose sealed copy was destroyed after it had left
  package_key INTEGER PRIMARY KEY REFERENCES package,
  erasure_key INTEGER NOT NULL REFERENCES erasure,
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE erasure_file (                 -- app/erase: files and folders that go after the commit
  path TEXT PRIMARY KEY                     -- below the data directory
) STRICT, WITHOUT ROWID;
CREATE TABLE erasure_notice (               -- app/erase_notice: who got it, and what they answered
  erasure_key INTEGER NOT NULL REFERENCES erasure,
  recipient TEXT NOT NULL,                  -- authority id
  message_id TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  state TEXT NOT NULL,                      -- asked | partly | done | refused
  reason TEXT NOT NULL DEFAULT '',
  answered_at INTEGER,
  chased_count INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (erasure_key, recipient)
) STRICT, WITHOUT ROWID;
CREATE TABLE erasure_order (                -- app/mail_retention: notices of others; salt and marks go when it is done
  order_key INTEGER PRIMARY KEY,
  sender TEXT NOT NULL,
  erasure_id TEXT NOT NULL,                 -- at the sender
  message_id TEXT NOT NULL,
  body TEXT NOT NULL,                       -- canonical JSON of the notice; '{}' once executed
  received_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  erasure_key INTEGER REFERENCES erasure,   -- ours, once begun
  state TEXT NOT NULL,                      -- waiting | partly | done
  said TEXT NOT NULL DEFAULT '',            -- the last state that a receipt told
  UNIQUE (sender, erasure_id)
) STRICT;
CREATE TABLE destroyed_extent (             -- vault: places in packs that hold no blob any more
  pack INTEGER NOT NULL,
  offset_bytes INTEGER NOT NULL,
  length_bytes INTEGER NOT NULL,
  state TEXT NOT NULL,                      -- waiting | overwritten
  PRIMARY KEY (pack, offset_bytes)
) STRICT, WITHOUT ROWID;

CREATE TABLE witnessed (                    -- custody/witness: the last head seen of another node's ledger
  origin TEXT PRIMARY KEY,
  authority TEXT NOT NULL,
  verifier TEXT NOT NULL,                   -- its key as first seen, "<name>+<key id>+<base64>"
  size INTEGER NOT NULL,
  root BLOB NOT NULL,
  note TEXT NOT NULL,                       -- the signed checkpoint
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE witness_alarm (                -- custody/witness: two signed heads that cannot both be true
  alarm_key INTEGER PRIMARY KEY,
  origin TEXT NOT NULL,
  kind TEXT NOT NULL,                       -- split_view | rewritten
  seen_note TEXT NOT NULL,
  other_note TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (origin, other_note)
) STRICT;
CREATE TABLE cosignature (                  -- custody/witness: what other nodes said of this house's checkpoints
  size INTEGER NOT NULL,
  witness TEXT NOT NULL,                    -- authority id
  root BLOB NOT NULL,
  verifier TEXT NOT NULL,
  line TEXT NOT NULL,                       -- the signature line, as it stands in a note
  at INTEGER NOT NULL,
  PRIMARY KEY (size, witness)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint_seen (              -- custody/witness: this house's own heads that were sent out
  size INTEGER PRIMARY KEY,
  root BLOB NOT NULL,
  note TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
)sql";

}  // namespace crossguard
