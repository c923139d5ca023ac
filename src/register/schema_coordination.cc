// Version 3: who leads, who does what, who must talk to whom.
#include "register/schema_parts.h"

namespace crossguard {

const std::string_view kCoordinationTables = R"sql(
CREATE TABLE coordination_key (             -- coordination: keys of what this house holds in clear (docs/formats/deconfliction.md)
  noun TEXT NOT NULL,                       -- account | selector | media
  noun_key INTEGER NOT NULL,
  key BLOB NOT NULL,                        -- the open key, SHA-256: never leaves the house
  PRIMARY KEY (noun, noun_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX coordination_key_by_key ON coordination_key (key);

CREATE TABLE coordination_interest (        -- coordination: who holds or works on what, since when, and how we know
  key BLOB NOT NULL,
  party TEXT NOT NULL,                      -- authority id
  channel TEXT NOT NULL,                    -- authority through which it came to the party; '' directly
  source TEXT NOT NULL,                     -- public id of the package, contribution, message or act that says so
  kind TEXT NOT NULL,                       -- account | selector | file
  basis TEXT NOT NULL,                      -- package | hit | holding | own_case | received | claim
  contact TEXT NOT NULL,                    -- '' : as the authorities say
  since INTEGER NOT NULL,
  quiet INTEGER NOT NULL,                   -- 1: its handling codes do not let others be told who it is
  derived INTEGER NOT NULL,                 -- 1: remade at each scan from other tables; 0: stands for itself
  PRIMARY KEY (key, party, channel, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX coordination_interest_by_source ON coordination_interest (source);

CREATE TABLE coordination_claim (           -- coordination: what another node claims by keyed key, as received
  operation TEXT NOT NULL,                  -- name of the operation whose secret keyed it
  key BLOB NOT NULL,                        -- HMAC-SHA-256
  party TEXT NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  contact TEXT NOT NULL,
  since INTEGER NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (operation, key, party, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE coordination_unit (            -- coordination: keys that count as one, because the cross-check joined them; remade
  key BLOB PRIMARY KEY,
  unit BLOB NOT NULL,                       -- the smallest account key of the subject candidate
  kind TEXT NOT NULL                        -- account | subject
) STRICT, WITHOUT ROWID;
CREATE INDEX coordination_unit_by_unit ON coordination_unit (unit);

CREATE TABLE deconfliction (                -- coordination: two authorities or two channels hold the same
  deconfliction_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  unit BLOB NOT NULL UNIQUE,
  kind TEXT NOT NULL,                       -- subject | account | file | selector
  state TEXT NOT NULL,                      -- open | contacts_told | settled; a new party opens it again
  party_count INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL,
  settled_at INTEGER
) STRICT;
CREATE INDEX deconfliction_by_state ON deconfliction (state);
CREATE TABLE deconfliction_party (
  deconfliction_key INTEGER NOT NULL REFERENCES deconfliction,
  party TEXT NOT NULL,
  channel TEXT NOT NULL,
  contact TEXT NOT NULL,
  since INTEGER NOT NULL,
  quiet INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (deconfliction_key, party, channel)
) STRICT, WITHOUT ROWID;
CREATE TABLE deconfliction_account (        -- coordination: accounts of this register whose packages wait meanwhile
  deconfliction_key INTEGER NOT NULL REFERENCES deconfliction,
  account_key INTEGER NOT NULL REFERENCES account,
  PRIMARY KEY (deconfliction_key, account_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX deconfliction_account_by_account ON deconfliction_account (account_key);
CREATE TABLE deconfliction_source (         -- coordination: public ids of everything that made a party of it; found once, it stays
  deconfliction_key INTEGER NOT NULL REFERENCES deconfliction,
  source TEXT NOT NULL,
  PRIMARY KEY (deconfliction_key, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE deconfliction_told (           -- coordination: who was told of whom
  deconfliction_key INTEGER NOT NULL REFERENCES deconfliction,
  recipient TEXT NOT NULL,
  party TEXT NOT NULL,
  channel TEXT NOT NULL,
  message TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (deconfliction_key, recipient, party, channel)
) STRICT, WITHOUT ROWID;
CREATE TABLE deconfliction_agreement (      -- coordination: what a party says was agreed; all alike settle it
  deconfliction_key INTEGER NOT NULL REFERENCES deconfliction,
  authority TEXT NOT NULL,
  leads TEXT NOT NULL,
  outcome TEXT NOT NULL,
  party_count INTEGER NOT NULL,             -- how many parties there were when it was said
  at INTEGER NOT NULL,
  PRIMARY KEY (deconfliction_key, authority)
) STRICT, WITHOUT ROWID;
CREATE TABLE deconfliction_settlement (     -- coordination: how it was settled; each time
  deconfliction_key INTEGER NOT NULL REFERENCES deconfliction,
  leaf_index INTEGER NOT NULL,              -- of the act, in the ledger
  leads TEXT NOT NULL,                      -- authority id, '' nobody
  outcome TEXT NOT NULL,                    -- one_leads | joint | in_parallel | stands_down | not_the_same
  agreed_by TEXT NOT NULL,                  -- JSON array of authority ids
  officer TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (deconfliction_key, leaf_index)
) STRICT, WITHOUT ROWID;
CREATE TABLE deconfliction_override (       -- coordination: a child at risk now: its accounts may go to that authority while it is open
  deconfliction_key INTEGER NOT NULL REFERENCES deconfliction,
  authority TEXT NOT NULL,
  kind TEXT NOT NULL,                       -- of package: referral | evidence
  party_count INTEGER NOT NULL,             -- how many parties the officer knew of; one more, and it no longer counts
  leaf_index INTEGER NOT NULL,              -- the reason stands beside that leaf
  officer TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (deconfliction_key, authority, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE deconfliction_notice (         -- coordination: what another node told this one
  origin TEXT NOT NULL,                     -- authority that told
  deconfliction TEXT NOT NULL,              -- its id there
  other TEXT NOT NULL,                      -- authority id
  contact TEXT NOT NULL,
  kind TEXT NOT NULL,
  since INTEGER NOT NULL,
  message TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'open',       -- open | settled
  leads TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (origin, deconfliction, other)
) STRICT, WITHOUT ROWID;

CREATE TABLE lead_assignment (              -- coordination: who leads a subject or a deconfliction; one at a time
  lead_key INTEGER PRIMARY KEY,
  origin TEXT NOT NULL,                     -- authority that assigned: whose ids these are
  about TEXT NOT NULL,                      -- "sbj-..." or "dec-..."
  authority TEXT NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER,                            -- NULL: leads now
  assigned_by TEXT NOT NULL                 -- officer here, or who took the message that said so
) STRICT;
CREATE UNIQUE INDEX lead_assignment_current ON lead_assignment (origin, about) WHERE until IS NULL;

CREATE TABLE task (                         -- coordination: who does what until when
  task_key INTEGER PRIMARY KEY,
  origin TEXT NOT NULL,                     -- authority that set it: whose id it is
  id TEXT NOT NULL,
  about TEXT NOT NULL,
  what TEXT NOT NULL,
  authority TEXT NOT NULL,                  -- who does it
  due_at INTEGER NOT NULL,
  state TEXT NOT NULL,                      -- open | accepted | done | refused ('overdue' is said by the clock)
  set_by TEXT NOT NULL,                     -- officer here, or who took the message that brought it
  set_at INTEGER NOT NULL,
  UNIQUE (origin, id)
) STRICT;
CREATE INDEX task_by_state ON task (state, due_at);
CREATE TABLE task_report (
  report_key INTEGER PRIMARY KEY,
  task_key INTEGER NOT NULL REFERENCES task,
  state TEXT NOT NULL,                      -- accepted | done | refused
  note TEXT NOT NULL,
  said_by TEXT NOT NULL,                    -- authority
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX task_report_by_task ON task_report (task_key);
)sql";

}  // namespace crossguard
