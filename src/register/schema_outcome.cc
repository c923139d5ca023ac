// Version 3: cases, and what came of them.
#include "register/schema_parts.h"

namespace crossguard {

const std::string_view kOutcomeTables = R"sql(
CREATE TABLE national_case (                -- outcome: opened here, for a package received or for an account
  case_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,                  -- "cas-..."
  operation TEXT NOT NULL,                  -- name: the operation may run on another node
  case_number TEXT NOT NULL,                -- the authority's own
  country TEXT NOT NULL,
  package TEXT NOT NULL DEFAULT '',         -- id of the package received
  account TEXT NOT NULL DEFAULT '',         -- or of the account
  lead_officer TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open',       -- open | closed
  opened_at INTEGER NOT NULL,
  closed_at INTEGER,
  close_reason TEXT NOT NULL DEFAULT '',
  UNIQUE (operation, case_number)
) STRICT;

CREATE TABLE outcome_report (               -- outcome: what authorities say; never removed, never changed but for its state
  report_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,                  -- "out-..."
  operation TEXT NOT NULL,
  authority TEXT NOT NULL,                  -- who reports
  ref TEXT NOT NULL,                        -- its own reference
  kind TEXT NOT NULL,                       -- OutcomeKind
  count INTEGER NOT NULL,
  on_day INTEGER NOT NULL,                  -- when it happened: midnight UTC
  reported_on INTEGER NOT NULL,             -- when the authority said so
  country TEXT NOT NULL,
  case_number TEXT NOT NULL,
  package TEXT NOT NULL,
  channel TEXT NOT NULL,                    -- of the first arrival
  corrects TEXT NOT NULL,
  reason TEXT NOT NULL,
  labels TEXT NOT NULL,                     -- canonical JSON of Labels
  state TEXT NOT NULL,                      -- OutcomeState
  why TEXT NOT NULL DEFAULT '',
  superseded_on INTEGER,                    -- from this day on it counts no more
  replaced_by INTEGER REFERENCES outcome_report,
  received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outcome_report_by_operation ON outcome_report (operation, authority, ref);
CREATE TABLE outcome_subject (              -- outcome: the units of a report that have keys
  report_key INTEGER NOT NULL REFERENCES outcome_report,
  subject INTEGER NOT NULL,                 -- 0, 1 ... within the report
  token TEXT NOT NULL,                      -- "key-...": all tokens of one subject mean the same child, person, case
  PRIMARY KEY (report_key, subject, token)
) STRICT, WITHOUT ROWID;
CREATE TABLE outcome_account (              -- outcome: the accounts it came of
  report_key INTEGER NOT NULL REFERENCES outcome_report,
  account TEXT NOT NULL,                    -- "acc-..."
  PRIMARY KEY (report_key, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX outcome_account_by_account ON outcome_account (account);
CREATE TABLE outcome_file (                 -- outcome: the files it is about
  report_key INTEGER NOT NULL REFERENCES outcome_report,
  sha256 BLOB NOT NULL,
  PRIMARY KEY (report_key, sha256)
) STRICT, WITHOUT ROWID;
CREATE TABLE outcome_arrival (              -- outcome: each way by which the same report came
  report_key INTEGER NOT NULL REFERENCES outcome_report,
  channel TEXT NOT NULL,                    -- authority id of the organisation that carried it; '' directly
  message TEXT NOT NULL,                    -- "msg-...", or '' from a file or by hand
  at INTEGER NOT NULL,
  PRIMARY KEY (report_key, channel, message)
) STRICT, WITHOUT ROWID;
CREATE TABLE outcome_contradiction (        -- outcome: what a held report contradicts
  report_key INTEGER NOT NULL REFERENCES outcome_report,
  against_key INTEGER NOT NULL REFERENCES outcome_report,
  PRIMARY KEY (report_key, against_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE submission_origin (            -- outcome: material seized in a case, taken in as a submission
  submission TEXT PRIMARY KEY,              -- "sub-..."
  case_id TEXT NOT NULL,                    -- "cas-..."
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE feedback_received (            -- outcome: what others say of our reports, lists and triage
  feedback_key INTEGER PRIMARY KEY,
  sender TEXT NOT NULL,                     -- authority id
  message TEXT NOT NULL UNIQUE,             -- "msg-..."
  about TEXT NOT NULL,                      -- list | provider | triage
  name TEXT NOT NULL,                       -- of the list, the provider, the operation
  body TEXT NOT NULL,                       -- canonical JSON
  at INTEGER NOT NULL
) STRICT;
)sql";

}  // namespace crossguard
