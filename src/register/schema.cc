#include "register/schema.h"

#include <string>

#include "register/schema_parts.h"

namespace crossguard {
namespace {

// Times are microseconds since 1970 UTC. Tri-state flags are NULL, 0 or 1. Digests are raw bytes. `id` columns are
// public ids. JSON columns hold canonical JSON. Beside each table: the one stage that writes it.

// Version 1, part 1: what came in (intake, vault, custody).
constexpr std::string_view kIncoming = R"sql(
CREATE TABLE operation (                    -- app
  operation_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE submission (                   -- intake/seal
  submission_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,                  -- from the operation and the manifest's digest once sealed; from the path before
  operation_key INTEGER NOT NULL REFERENCES operation,
  state TEXT NOT NULL,                      -- sealing | sealed | read
  source_path TEXT NOT NULL,
  manifest_sha256 BLOB,                     -- SHA-256 of the sorted lines "<sha256 hex>  <path>\n"
  item_count INTEGER NOT NULL DEFAULT 0,
  byte_count INTEGER NOT NULL DEFAULT 0,
  begun_at INTEGER NOT NULL,
  sealed_at INTEGER,
  receipt TEXT,                             -- canonical JSON, signed by the house
  UNIQUE (operation_key, manifest_sha256)
) STRICT;

CREATE TABLE blob (                         -- vault: where sealed bytes lie
  sha256 BLOB PRIMARY KEY,
  md5 BLOB NOT NULL,
  sha1 BLOB NOT NULL,
  size_bytes INTEGER NOT NULL,
  pack INTEGER NOT NULL,
  offset_bytes INTEGER NOT NULL,
  length_bytes INTEGER NOT NULL,
  wrapped_key BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX blob_by_place ON blob (pack, offset_bytes);

CREATE TABLE exhibit_item (                 -- intake/seal: each file of a submission, as it lay there
  item_key INTEGER PRIMARY KEY,
  submission_key INTEGER NOT NULL REFERENCES submission,
  path TEXT NOT NULL,                       -- relative, '/' between parts; bad UTF-8 percent-encoded
  size_bytes INTEGER NOT NULL,
  sha256 BLOB,                              -- NULL only when state is not 'sealed'
  state TEXT NOT NULL,                      -- sealed | unreadable | not_regular
  reason TEXT,
  role TEXT NOT NULL DEFAULT 'unread',      -- unread | report | file_details | table | media | quarantined
  report_count INTEGER NOT NULL DEFAULT 0,      -- reports that its reader saw, whatever became of them
  identifier_count INTEGER NOT NULL DEFAULT 0,  -- identifiers found in it, in fields and texts
  refused_count INTEGER NOT NULL DEFAULT 0,     -- of them, what the normalising rule cannot read
  UNIQUE (submission_key, path)
) STRICT;

CREATE TABLE quarantine (                   -- intake: what could not be read, and why; never stops the rest
  quarantine_key INTEGER PRIMARY KEY,
  item_key INTEGER NOT NULL REFERENCES exhibit_item,
  place TEXT NOT NULL,                      -- "line 7", "record 3", "" for the whole file
  kind TEXT NOT NULL,                       -- report | file_details | account_row | file_row | ip_row | document | value, or
                                            -- repeated: beside its report of state duplicate
  reason TEXT NOT NULL,
  UNIQUE (item_key, place, kind)
) STRICT;

CREATE TABLE report (                       -- intake
  report_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  operation_key INTEGER NOT NULL REFERENCES operation,
  submission_key INTEGER NOT NULL REFERENCES submission,
  item_key INTEGER NOT NULL REFERENCES exhibit_item,
  place TEXT NOT NULL,                      -- where in the item: "line 1", "record 12"
  dialect TEXT NOT NULL,                    -- xml | json | csv
  provider TEXT NOT NULL,
  provider_report_id TEXT NOT NULL,
  state TEXT NOT NULL,                      -- taken | duplicate (same provider and report id, seen before; duplicate_of says where)
  duplicate_of INTEGER REFERENCES report,
  incident_type TEXT NOT NULL,
  incident_at INTEGER,
  incident_at_text TEXT NOT NULL DEFAULT '',
  incident_zone_known INTEGER NOT NULL DEFAULT 0,
  received_at INTEGER,
  escalate_reason TEXT,                     -- NULL = not urgent; present (even empty) = urgent
  batched_reason TEXT,
  annotations TEXT NOT NULL DEFAULT '[]',   -- JSON array of flag names
  additional_info TEXT NOT NULL DEFAULT '',
  unknown_fields TEXT NOT NULL DEFAULT '{}' -- JSON: what the reader did not know, kept: [{"path","value"}]
) STRICT;
CREATE INDEX report_by_operation ON report (operation_key);
CREATE INDEX report_by_item ON report (item_key);
CREATE INDEX report_by_provider_id ON report (provider_report_id, provider);

CREATE TABLE account (                      -- intake
  account_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  service TEXT NOT NULL,                    -- espService, else the provider's name
  esp_identifier TEXT NOT NULL,             -- the provider's account id; a derived one ("screen:<name>", "row:<report>/<n>") where absent
  identifier_derived INTEGER NOT NULL DEFAULT 0,
  ever_victim INTEGER NOT NULL DEFAULT 0,   -- named as a victim in any report: never enters the index as a subject
  minor TEXT NOT NULL DEFAULT 'unknown',    -- unknown | may_be_minor | adult  (from age, birth date or statement; may_be_minor wins)
  category TEXT NOT NULL DEFAULT 'unresolved', -- data-subject category
  UNIQUE (service, esp_identifier)
) STRICT;

CREATE TABLE account_mention (              -- intake: an account as one report names it
  mention_key INTEGER PRIMARY KEY,
  account_key INTEGER NOT NULL REFERENCES account,
  report_key INTEGER NOT NULL REFERENCES report,
  role TEXT NOT NULL,                       -- reported | recipient | victim | associated
  item_key INTEGER NOT NULL REFERENCES exhibit_item,
  place TEXT NOT NULL,
  unknown_fields TEXT NOT NULL DEFAULT '[]',
  UNIQUE (report_key, account_key, role)
) STRICT;
CREATE INDEX account_mention_by_account ON account_mention (account_key);
CREATE INDEX account_mention_by_item ON account_mention (item_key);

CREATE TABLE account_value (                -- intake: every other declared value, with its source
  value_key INTEGER PRIMARY KEY,
  mention_key INTEGER NOT NULL REFERENCES account_mention,
  field TEXT NOT NULL,                      -- first_name, last_name, birth_date, age, bio, display_name, city, country, school, group, prior_report, disabled, language, notes, ...
  value TEXT NOT NULL,
  item_key INTEGER NOT NULL REFERENCES exhibit_item,
  place TEXT NOT NULL
) STRICT;
CREATE INDEX account_value_by_mention ON account_value (mention_key);

CREATE TABLE selector (                     -- intake (and crosscheck, for holdings it compares by value)
  selector_key INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  value TEXT NOT NULL,                      -- normalised (docs/formats/selectors.md)
  UNIQUE (type, value)
) STRICT;

CREATE TABLE sighting (                     -- intake: one selector seen at one place
  sighting_key INTEGER PRIMARY KEY,
  selector_key INTEGER NOT NULL REFERENCES selector,
  mention_key INTEGER REFERENCES account_mention,  -- NULL: seen in the report or a file, not tied to an account
  report_key INTEGER NOT NULL REFERENCES report,
  details_key INTEGER REFERENCES file_details,
  origin TEXT NOT NULL,                     -- declared | mined
  raw TEXT NOT NULL,                        -- as written
  at INTEGER,                               -- when used (IP events)
  at_text TEXT NOT NULL DEFAULT '',
  zone_known INTEGER NOT NULL DEFAULT 0,
  port INTEGER,
  event_name TEXT NOT NULL DEFAULT '',
  possible_proxy INTEGER,                   -- tri-state
  verified INTEGER,                         -- tri-state
  item_key INTEGER NOT NULL REFERENCES exhibit_item,
  place TEXT NOT NULL
) STRICT;
CREATE INDEX sighting_by_selector ON sighting (selector_key);
CREATE INDEX sighting_by_mention ON sighting (mention_key);
CREATE INDEX sighting_by_report ON sighting (report_key);
CREATE INDEX sighting_by_details ON sighting (details_key);

CREATE TABLE file_details (                 -- intake: what the provider declared of a file
  details_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  report_key INTEGER REFERENCES report,     -- NULL: its report is not (yet) here
  provider_report_id TEXT NOT NULL,
  account_key INTEGER REFERENCES account,
  provider_file_id TEXT NOT NULL,
  file_name TEXT NOT NULL DEFAULT '',
  original_file_name TEXT NOT NULL DEFAULT '',
  viewed_by_esp INTEGER,                    -- tri-state, all three
  exif_viewed_by_esp INTEGER,
  publicly_available INTEGER,
  relevance TEXT NOT NULL DEFAULT 'Reported',
  industry_classification TEXT NOT NULL DEFAULT '',  -- '' | A1 | A2 | B1 | B2
  annotations TEXT NOT NULL DEFAULT '[]',
  claimed_hashes TEXT NOT NULL DEFAULT '[]',-- JSON [{"type","value"}]
  uploaded_at INTEGER,
  uploaded_at_text TEXT NOT NULL DEFAULT '',
  additional_info TEXT NOT NULL DEFAULT '',
  unknown_fields TEXT NOT NULL DEFAULT '[]',
  item_key INTEGER NOT NULL REFERENCES exhibit_item,
  place TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'declared',   -- declared | matched (bytes found) | missing (no bytes came)
  media_item_key INTEGER REFERENCES exhibit_item,
  hash_check TEXT NOT NULL DEFAULT 'none'   -- none | agrees | differs (alert: modified or transcoded)
) STRICT;
CREATE INDEX file_details_by_report ON file_details (report_key);
CREATE INDEX file_details_by_account ON file_details (account_key);
CREATE INDEX file_details_by_item ON file_details (item_key);
CREATE INDEX file_details_by_media_item ON file_details (media_item_key);

CREATE TABLE media (                        -- intake makes rows (pending); examine fills them
  media_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  sha256 BLOB NOT NULL UNIQUE,              -- REFERENCES blob
  md5 BLOB NOT NULL,
  sha1 BLOB NOT NULL,
  size_bytes INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending',    -- MediaState
  reason TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL DEFAULT '',            -- type by content, as MIME
  width INTEGER,
  height INTEGER,
  frames INTEGER,
  pdq BLOB,
  pdq_quality INTEGER,
  exif TEXT NOT NULL DEFAULT '{}',
  members TEXT NOT NULL DEFAULT '[]',       -- of an archive: JSON [{"name","size_bytes","state","reason","media"}]
  examined_at INTEGER
) STRICT;
CREATE INDEX media_by_state ON media (state);
CREATE INDEX media_by_md5 ON media (md5);
CREATE INDEX media_by_sha1 ON media (sha1);

CREATE TABLE media_copy (                   -- intake, examine (members of archives): one occurrence of a content
  copy_key INTEGER PRIMARY KEY,
  media_key INTEGER NOT NULL REFERENCES media,
  item_key INTEGER NOT NULL REFERENCES exhibit_item,   -- the file of the submission it is, or lies in
  parent_media_key INTEGER REFERENCES media,           -- the archive it lies in
  member_path TEXT NOT NULL DEFAULT '',                -- its name there: data, never a path to open
  depth INTEGER NOT NULL DEFAULT 0,
  UNIQUE (item_key, parent_media_key, member_path, media_key)
) STRICT;
CREATE INDEX media_copy_by_media ON media_copy (media_key);
)sql";

// Version 1, part 2: what we make of it (match, crosscheck, triage).
constexpr std::string_view kFindings = R"sql(
CREATE TABLE hash_list (                    -- match
  list_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  owner TEXT NOT NULL,                      -- who answers for it
  kind TEXT NOT NULL,                       -- known | benign
  scheme TEXT NOT NULL,                     -- classification scheme id; 'unclassified' if it could not be told
  scheme_country TEXT NOT NULL DEFAULT '',
  scheme_version TEXT NOT NULL DEFAULT '',
  environment TEXT NOT NULL DEFAULT '',
  source_sha256 BLOB NOT NULL UNIQUE,
  source_name TEXT NOT NULL,
  imported_at INTEGER NOT NULL,
  state TEXT NOT NULL,                      -- current | superseded (a later version of the same name and owner came)
  row_count INTEGER NOT NULL,               -- = taken + ignored + quarantined
  taken_count INTEGER NOT NULL,
  ignored_count INTEGER NOT NULL,           -- digests of the empty file, rows without a digest
  quarantined_count INTEGER NOT NULL
) STRICT;

CREATE TABLE hash_entry (                   -- match
  entry_key INTEGER PRIMARY KEY,
  list_key INTEGER NOT NULL REFERENCES hash_list,
  member TEXT NOT NULL DEFAULT '',
  entry_id TEXT NOT NULL,
  code TEXT NOT NULL DEFAULT '',            -- in the list's own scheme
  md5 BLOB,
  sha1 BLOB,
  sha256 BLOB,
  pdq BLOB,
  size_bytes INTEGER,
  votes_for INTEGER NOT NULL DEFAULT 0,
  votes_against INTEGER NOT NULL DEFAULT 0,
  grade TEXT NOT NULL DEFAULT '',           -- indicative | trusted | disputed
  series TEXT NOT NULL DEFAULT '',
  withdrawn_at INTEGER,                     -- a tombstone: matches are shown as withdrawn, never counted as hits
  place TEXT NOT NULL,                      -- row in the list
  facts TEXT NOT NULL DEFAULT '{}'          -- what else the list says (VictimIdentified, IsDistributed, Tags ...)
) STRICT;
CREATE INDEX hash_entry_by_list ON hash_entry (list_key);

CREATE TABLE list_quarantine (              -- match: rows of lists that could not be read
  list_key INTEGER NOT NULL REFERENCES hash_list,
  place TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (list_key, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE hash_hit (                     -- match: remade as a whole at each run
  hit_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  media_key INTEGER NOT NULL REFERENCES media,
  entry_key INTEGER NOT NULL REFERENCES hash_entry,
  method TEXT NOT NULL,                     -- the strongest method that met
  distance INTEGER NOT NULL DEFAULT 0,      -- Hamming, for pdq
  state TEXT NOT NULL,                      -- live | withdrawn | benign_first (the file is on a benign list: shown, not counted)
  UNIQUE (media_key, entry_key)
) STRICT;

CREATE TABLE media_verdict (                -- match: one row per media that any list speaks of
  media_key INTEGER PRIMARY KEY REFERENCES media,
  verdict TEXT NOT NULL,                    -- known | benign | conflict (live entries of different meaning, or known and benign)
  explanation TEXT NOT NULL                 -- JSON: [{"list","entry","scheme","code","method","distance","state"}]
) STRICT;

CREATE TABLE cluster (                      -- match: near-duplicates, two or more media
  cluster_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  representative_key INTEGER NOT NULL REFERENCES media,
  member_count INTEGER NOT NULL
) STRICT;
CREATE TABLE cluster_member (
  media_key INTEGER PRIMARY KEY REFERENCES media,
  cluster_key INTEGER NOT NULL REFERENCES cluster,
  distance INTEGER NOT NULL                 -- to the representative
) STRICT;
CREATE INDEX cluster_member_by_cluster ON cluster_member (cluster_key);

CREATE TABLE contribution (                 -- crosscheck: what a partner lays down, with its labels
  contribution_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,                      -- authority id
  purpose TEXT NOT NULL,
  handling TEXT NOT NULL,                   -- JSON array of H codes
  handling_text TEXT NOT NULL DEFAULT '',
  grade TEXT NOT NULL,                      -- 4x4: "B2"; unassessed is "X4"
  contact TEXT NOT NULL,
  source_sha256 BLOB NOT NULL UNIQUE,
  imported_at INTEGER NOT NULL,
  item_count INTEGER NOT NULL,              -- = taken + refused
  taken_count INTEGER NOT NULL,
  refused_count INTEGER NOT NULL            -- victims, witnesses, unresolved, unreadable: counted by reason in refusals
) STRICT;
CREATE TABLE contribution_refusal (
  contribution_key INTEGER NOT NULL REFERENCES contribution,
  reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (contribution_key, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE holding (
  holding_key INTEGER PRIMARY KEY,
  contribution_key INTEGER NOT NULL REFERENCES contribution,
  type TEXT NOT NULL,                       -- selector type, or md5 | sha1 | sha256 | pdq
  value TEXT NOT NULL,                      -- normalised; digests as lower-case hex
  category TEXT NOT NULL,
  ref TEXT NOT NULL DEFAULT ''              -- the owner's reference: never shown to others
) STRICT;
CREATE INDEX holding_by_value ON holding (type, value);

CREATE TABLE partner_hit (                  -- crosscheck: remade at each run. What may be shown: type, owner, contact. Nothing else.
  partner_hit_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  account_key INTEGER NOT NULL REFERENCES account,
  holding_key INTEGER NOT NULL REFERENCES holding,
  selector_type TEXT NOT NULL,
  owner TEXT NOT NULL,
  contact TEXT NOT NULL,
  UNIQUE (account_key, holding_key)
) STRICT;

CREATE TABLE subject (                      -- crosscheck: a candidate, not a person; remade at each run
  subject_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  account_count INTEGER NOT NULL
) STRICT;
CREATE TABLE subject_account (
  account_key INTEGER PRIMARY KEY REFERENCES account,
  subject_key INTEGER NOT NULL REFERENCES subject
) STRICT;
CREATE INDEX subject_account_by_subject ON subject_account (subject_key);
CREATE TABLE link (                         -- crosscheck: why accounts belong (strong) or may belong (weak) together
  link_key INTEGER PRIMARY KEY,
  selector_key INTEGER NOT NULL REFERENCES selector,
  strength TEXT NOT NULL,                   -- strong | weak
  sharer_count INTEGER NOT NULL,            -- accounts that share the selector
  reason TEXT NOT NULL,                     -- one sentence: why strong or weak
  UNIQUE (selector_key)
) STRICT;
CREATE TABLE link_account (                 -- every sharer, also of weak links: never cut off silently
  link_key INTEGER NOT NULL REFERENCES link,
  account_key INTEGER NOT NULL REFERENCES account,
  joined_group INTEGER NOT NULL DEFAULT 0,  -- accounts of one number (1, 2 ...) are joined by the link; 0 shares the selector only
  PRIMARY KEY (link_key, account_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_account_by_account ON link_account (account_key);
CREATE TABLE index_exclusion (              -- crosscheck: who never enters the index as a subject, and why
  account_key INTEGER PRIMARY KEY REFERENCES account,
  reason TEXT NOT NULL                      -- victim | recipient_only | may_be_minor
) STRICT;

CREATE TABLE bundle (                       -- triage: viral or batched reports as one, with the count
  bundle_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,                       -- batched | viral
  label TEXT NOT NULL,
  report_count INTEGER NOT NULL,
  new_information_count INTEGER NOT NULL    -- reports in it that bring something the others do not
) STRICT;
CREATE TABLE bundle_report (
  report_key INTEGER PRIMARY KEY REFERENCES report,
  bundle_key INTEGER NOT NULL REFERENCES bundle,
  new_information TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE score (                        -- triage, per reported account and axis; remade at each run
  account_key INTEGER NOT NULL REFERENCES account,
  axis TEXT NOT NULL,                       -- rescue_priority | actionability
  points INTEGER NOT NULL,                  -- 0..100 after the clamp
  contributions TEXT NOT NULL,              -- JSON: [{"rule","points","because"}], in rule order, the clamp shown
  PRIMARY KEY (account_key, axis)
) STRICT, WITHOUT ROWID;
CREATE TABLE triage (                       -- triage: where the account stands
  account_key INTEGER PRIMARY KEY REFERENCES account,
  lane TEXT NOT NULL,                       -- urgent | normal
  lane_reason TEXT NOT NULL,
  band TEXT NOT NULL,                       -- RiskBand
  due_at INTEGER NOT NULL,
  second_officer INTEGER NOT NULL,          -- 1: a second officer must look (may be a minor ...)
  second_officer_reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE jurisdiction_claim (           -- triage: one hint each
  claim_key INTEGER PRIMARY KEY,
  account_key INTEGER NOT NULL REFERENCES account,
  country TEXT NOT NULL,                    -- ISO 3166-1 alpha-2
  basis TEXT NOT NULL,                      -- ip | phone | language | statement | billing | estimated_location
  weight INTEGER NOT NULL,                  -- points by the rules
  because TEXT NOT NULL                     -- e.g. "ip sighting 123 at 2022-..., tor-geoipdb of 2026-06-25"
) STRICT;
CREATE INDEX jurisdiction_claim_by_account ON jurisdiction_claim (account_key);
CREATE TABLE jurisdiction (                 -- triage: the result per reported account
  account_key INTEGER PRIMARY KEY REFERENCES account,
  country TEXT NOT NULL,                    -- '' = unclear, which is a result with its own queue
  confidence INTEGER NOT NULL,              -- 0..100
  explanation TEXT NOT NULL,                -- JSON: totals per country
  contradictions TEXT NOT NULL DEFAULT '[]' -- JSON array of sentences
) STRICT;
CREATE TABLE queue_item (                   -- triage: work waiting for a person
  queue TEXT NOT NULL,                      -- urgent | unclear_jurisdiction | second_officer | unknown_material | safeguarding | no_gateway
  position INTEGER NOT NULL,                -- 1 first
  noun TEXT NOT NULL,                       -- account | media | report
  noun_key INTEGER NOT NULL,
  noun_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  due_at INTEGER,
  PRIMARY KEY (queue, noun, noun_key)
) STRICT, WITHOUT ROWID;
)sql";

// Version 1, part 3: what leaves, and who did what (package, custody, app).
constexpr std::string_view kOutgoing = R"sql(
CREATE TABLE package (                      -- package
  package_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  operation_key INTEGER NOT NULL REFERENCES operation,
  authority TEXT NOT NULL,
  kind TEXT NOT NULL,                       -- referral | evidence
  state TEXT NOT NULL,                      -- PackageState
  gateway TEXT NOT NULL,
  gateway_reason TEXT NOT NULL,
  contents_sha256 BLOB NOT NULL,            -- digest of the bag's tagmanifest: same input, same value
  folder TEXT NOT NULL DEFAULT '',          -- below the data directory, once sealed
  payload_bytes INTEGER NOT NULL DEFAULT 0,
  account_count INTEGER NOT NULL,
  file_count INTEGER NOT NULL,
  composed_at INTEGER NOT NULL,
  sealed_at INTEGER,
  released_at INTEGER,
  answered_at INTEGER,
  case_number TEXT NOT NULL DEFAULT '',
  answers_package_key INTEGER REFERENCES package,  -- evidence: the referral that was accepted
  follows_package_key INTEGER REFERENCES package,  -- the released one that held accounts of this one back
  UNIQUE (operation_key, authority, kind, contents_sha256)
) STRICT;
CREATE TABLE package_account (
  package_key INTEGER NOT NULL REFERENCES package,
  account_key INTEGER NOT NULL REFERENCES account,
  PRIMARY KEY (package_key, account_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE package_seal (                 -- package: seals that a later one of the same package took the place of
  package_key INTEGER NOT NULL REFERENCES package,
  version INTEGER NOT NULL,                 -- 1, 2 ...; the seal in force is the one after the last
  certificate_sha256 TEXT NOT NULL,         -- to which it was sealed, hex
  sealed_at INTEGER NOT NULL,
  superseded_at INTEGER NOT NULL,
  PRIMARY KEY (package_key, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE package_held_back (            -- package: accounts that were left out of it because a deconfliction of theirs was open
  package_key INTEGER NOT NULL REFERENCES package,
  account_key INTEGER NOT NULL REFERENCES account,
  PRIMARY KEY (package_key, account_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX package_held_back_by_account ON package_held_back (account_key);
CREATE TABLE destination (                  -- package: who is to receive an account that has not left; known before any package is made
  operation_key INTEGER NOT NULL REFERENCES operation,
  account_key INTEGER NOT NULL REFERENCES account,
  authority TEXT NOT NULL,                  -- the house itself: of its own country, it works on it itself
  since INTEGER NOT NULL,
  current INTEGER NOT NULL,                 -- 0 only while it is being remade
  PRIMARY KEY (operation_key, account_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX destination_by_account ON destination (account_key);
CREATE TABLE withheld (                     -- package: accounts that no package carries, each with its reason; remade at each run
  operation_key INTEGER NOT NULL REFERENCES operation,
  account_key INTEGER NOT NULL REFERENCES account,
  authority TEXT NOT NULL,                  -- '' where no authority is known
  reason_code TEXT NOT NULL,                -- unclear_jurisdiction | no_authority | no_gateway | no_certificate | victim | may_be_minor | own_country | deconfliction | bundled
  reason TEXT NOT NULL,
  PRIMARY KEY (operation_key, account_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_leaf (                  -- custody: the entries; tiles and checkpoints are published from them
  leaf_index INTEGER PRIMARY KEY,           -- 0, 1, 2 ... without gaps
  entry BLOB NOT NULL,                      -- canonical JSON, < 64 KiB
  leaf_hash BLOB NOT NULL,
  at INTEGER NOT NULL,
  act TEXT NOT NULL,
  object_id TEXT NOT NULL                   -- public id of what it was done to; '' if none
) STRICT;
CREATE INDEX ledger_leaf_by_object ON ledger_leaf (object_id);
CREATE TABLE ledger_private (               -- custody: what a leaf only commits to; NULL once lawfully erased
  leaf_index INTEGER NOT NULL REFERENCES ledger_leaf,
  field TEXT NOT NULL,                      -- reason | officer | ...
  salt BLOB,                                -- 32 random bytes; the leaf holds SHA-256(salt | value)
  value TEXT,
  PRIMARY KEY (leaf_index, field)
) STRICT, WITHOUT ROWID;
CREATE TABLE approval (                     -- custody: officers who agreed to an act that needs several; used up by the permit
  act TEXT NOT NULL,
  object_id TEXT NOT NULL,
  officer TEXT NOT NULL,
  details_sha256 BLOB NOT NULL,             -- of the canonical details: what exactly was agreed to
  at INTEGER NOT NULL,
  leaf_index INTEGER NOT NULL REFERENCES ledger_leaf,
  PRIMARY KEY (act, object_id, officer)
) STRICT, WITHOUT ROWID;

CREATE TABLE step (                         -- app/pipeline: how far a run is; a step done is not done again
  operation_key INTEGER NOT NULL REFERENCES operation,
  submission_key INTEGER NOT NULL DEFAULT 0,
  name TEXT NOT NULL,
  state TEXT NOT NULL,                      -- begun | done
  input_digest TEXT NOT NULL DEFAULT '',    -- what it was done for: a changed input does it again
  at INTEGER NOT NULL,
  PRIMARY KEY (operation_key, submission_key, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE balance (                      -- app/balance: the last balance, line by line
  line TEXT PRIMARY KEY,
  in_count INTEGER NOT NULL,
  out_count INTEGER NOT NULL,
  detail TEXT NOT NULL                      -- JSON: count by state
) STRICT, WITHOUT ROWID;
)sql";

// Version 2: what examination finds beyond pictures.
constexpr std::string_view kVersion2 = R"sql(
ALTER TABLE media ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';      -- JSON {"of_preview","thumbnail":{...},"video":{...}}
CREATE TABLE media_frame (                  -- examine: the fingerprinted frames of a video (vPDQ, one a second)
  media_key INTEGER NOT NULL REFERENCES media,
  number INTEGER NOT NULL,                  -- in the order of showing, from 0
  at_millis INTEGER NOT NULL,
  quality INTEGER NOT NULL,                 -- 0..100
  pdq BLOB NOT NULL,                        -- of the whole frame
  PRIMARY KEY (media_key, number)
) STRICT, WITHOUT ROWID;
ALTER TABLE hash_hit ADD COLUMN frames_met INTEGER NOT NULL DEFAULT 0;         -- for vpdq: frames near the entry
ALTER TABLE hash_hit ADD COLUMN frames_compared INTEGER NOT NULL DEFAULT 0;    -- of this many with quality enough
CREATE TABLE video_link (                   -- match: two contents that share frames; remade as a whole at each run
  media_key INTEGER NOT NULL REFERENCES media,
  other_key INTEGER NOT NULL REFERENCES media,
  frames_met INTEGER NOT NULL,              -- frames of media_key that are near one of other_key
  frames_compared INTEGER NOT NULL,         -- of this many with quality enough
  PRIMARY KEY (media_key, other_key)
) STRICT, WITHOUT ROWID;
)sql";

// Version 3, beside the parts of schema_parts.h: what grew with the square of an operation.
constexpr std::string_view kVersion3 = R"sql(
CREATE INDEX IF NOT EXISTS bundle_report_by_bundle ON bundle_report (bundle_key);
ALTER TABLE cluster ADD COLUMN shows TEXT NOT NULL DEFAULT 'picture';    -- of the representative: picture | video | thumbnail
CREATE TABLE cluster_thumbnail (            -- match: stand-ins that show something else than their picture, by their own hash
  media_key INTEGER PRIMARY KEY REFERENCES media,
  cluster_key INTEGER NOT NULL REFERENCES cluster,
  distance INTEGER NOT NULL                 -- to what the representative shows
) STRICT;
CREATE INDEX cluster_thumbnail_by_cluster ON cluster_thumbnail (cluster_key);
CREATE VIEW cluster_look AS                 -- whatever a cluster spares somebody, a content and its stand-in apart
  SELECT media_key, cluster_key, 0 AS thumbnail FROM cluster_member
  UNION ALL SELECT media_key, cluster_key, 1 FROM cluster_thumbnail;
ALTER TABLE hash_list ADD COLUMN pdq_definition TEXT NOT NULL DEFAULT 'reference';   -- reference | full
ALTER TABLE media ADD COLUMN pdq_full BLOB;                              -- the other definition, where it was computed
ALTER TABLE media ADD COLUMN pdq_full_quality INTEGER;
)sql";

}  // namespace

Status BringSchemaUp(Database& database, OpenMode mode) {
  const auto found = database.Number("PRAGMA user_version");
  if (!found)
    return Fail(found.error().code == Code::kUnavailable ? Code::kUnavailable : Code::kCorrupt,
                "The file is not a crossguard register: " + found.error().message);
  const int64_t version = found->value_or(0);
  if (version == kSchemaVersion) return {};
  if (version > kSchemaVersion) {
    return Fail(Code::kUnsupported, "The register has version " + std::to_string(version) + ", this crossguard knows " +
                                        std::to_string(kSchemaVersion) + "; use the newer crossguard that wrote it.");
  }
  if (mode == OpenMode::kReadOnly)
    return Fail(Code::kUnsupported, "The register has an older version; run a command that may write to bring it up.");
  Transaction transaction = TRY(Transaction::Begin(database));
  if (version < 1) {
    for (const std::string_view part : {kIncoming, kFindings, kOutgoing}) TRY(database.Script(part));
  }
  if (version < 2) TRY(database.Script(kVersion2));
  if (version < 3) {
    TRY(database.Script(kVersion3));
    for (const std::string_view part :
         {kAuthorityTables, kLabelTables, kExchangeTables, kCoordinationTables, kOutcomeTables, kRetentionTables}) {
      TRY(database.Script(part));
    }
  }
  TRY(database.Script("PRAGMA user_version=" + std::to_string(kSchemaVersion)));
  return transaction.Commit();
}

}  // namespace crossguard
