// Version 3: labels on data, and who is member of which case.
#include "register/schema_parts.h"

namespace crossguard {

const std::string_view kLabelTables = R"sql(
CREATE TABLE label (                        -- label_rows: each distinct set of labels once; never changed
  label_key INTEGER PRIMARY KEY,
  labels TEXT NOT NULL UNIQUE,              -- canonical JSON (model/labels.h); the columns below say the same for the predicate
  owner TEXT NOT NULL,                      -- authority id, or ''
  consenters TEXT NOT NULL,                 -- JSON array: whose consent a widening needs
  purposes INTEGER NOT NULL,                -- bits (PurposeBit)
  handling INTEGER NOT NULL,                -- bits: 1 H0, 2 H1, 4 H2, 8 H3
  category TEXT NOT NULL,                   -- DataSubjectCategory
  release_to TEXT,                          -- JSON array of authority ids; NULL: no set
  compartments TEXT NOT NULL                -- JSON array: one must be a member of each
) STRICT;
CREATE TABLE labelled (                     -- label_rows: what bears labels of its own now; what does not bears its operation's
  noun TEXT NOT NULL,                       -- operation | submission | contribution | package | account | file | case | outcome
  noun_id TEXT NOT NULL,                    -- public id
  label_key INTEGER NOT NULL REFERENCES label,
  PRIMARY KEY (noun, noun_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE label_change (                 -- label_rows: every labelling there was, the last one is in force
  change_key INTEGER PRIMARY KEY,
  noun TEXT NOT NULL,
  noun_id TEXT NOT NULL,
  label_key INTEGER NOT NULL REFERENCES label,
  at INTEGER NOT NULL,
  officer TEXT NOT NULL,
  leaf_index INTEGER NOT NULL REFERENCES ledger_leaf
) STRICT;
CREATE INDEX label_change_by_noun ON label_change (noun, noun_id);
CREATE TABLE membership (                   -- label_rows: who works on which case, from when until when
  membership_key INTEGER PRIMARY KEY,
  compartment TEXT NOT NULL,                -- operation or case id
  officer TEXT NOT NULL,
  valid_from INTEGER NOT NULL,              -- inclusive
  valid_until INTEGER,                      -- exclusive; NULL: no end is set
  granted_leaf INTEGER NOT NULL REFERENCES ledger_leaf,
  revoked_leaf INTEGER REFERENCES ledger_leaf  -- of the act that brought the end forward
) STRICT;
CREATE INDEX membership_by_compartment ON membership (compartment, officer);
CREATE TABLE break_glass (                  -- label_rows: access without membership, for a time, after two officers agreed
  break_key INTEGER PRIMARY KEY,
  compartment TEXT NOT NULL,
  officer TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_until INTEGER NOT NULL,
  leaf_index INTEGER NOT NULL REFERENCES ledger_leaf,
  owner_notified_at INTEGER                 -- NULL: the owner has still to be told
) STRICT;
CREATE INDEX break_glass_by_compartment ON break_glass (compartment, officer);
CREATE TABLE access_notice (                -- label_rows: that another house broke the glass before what is this one's
  sender TEXT NOT NULL,                     -- authority id
  message TEXT NOT NULL,                    -- "msg-..."
  compartment TEXT NOT NULL,                -- its id there
  officer_count INTEGER NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_until INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (sender, message)
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace crossguard
