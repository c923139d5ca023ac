// Version 3: who may receive what: authorities, gateways, officers.
#include "register/schema_parts.h"

namespace crossguard {

// Nothing is deleted. A row is one version: it stands from the load that brought it until the load that no longer held
// it or held it otherwise. `place` is the order of the file that is in force; it is no part of a version.
const std::string_view kAuthorityTables = R"sql(
CREATE TABLE authority_load (               -- app/authority_desk: each time a book was taken from a file; the last is in force
  authority_load_key INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  source_path TEXT NOT NULL,
  source_sha256 BLOB NOT NULL,              -- of the file
  officer TEXT NOT NULL,                    -- '': taken at opening, because the file had changed
  self TEXT NOT NULL,                       -- the authority that runs this house
  is_example INTEGER NOT NULL,
  added_count INTEGER NOT NULL,             -- of authorities, gateways and officers
  changed_count INTEGER NOT NULL,
  ended_count INTEGER NOT NULL,
  unchanged_count INTEGER NOT NULL
) STRICT;

CREATE TABLE authority (                    -- app/authority_desk, as the two below
  authority_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  since_load_key INTEGER NOT NULL REFERENCES authority_load,
  until_load_key INTEGER REFERENCES authority_load,  -- NULL: in force
  place INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,                       -- eu_member_state | third_country | international_organisation | eu_body | private_party
  country TEXT NOT NULL,                    -- '' for an organisation
  units_json TEXT NOT NULL,
  contact TEXT NOT NULL,
  languages_json TEXT NOT NULL,
  channels_json TEXT NOT NULL,
  receives_for_json TEXT NOT NULL,          -- countries without an authority, or "*"
  certificate_path TEXT NOT NULL,           -- as the file writes it: relative to its folder
  certificate_sha256 TEXT NOT NULL,         -- of the DER, hex, when it was loaded; '' without one
  is_single_point INTEGER NOT NULL,
  UNIQUE (id, since_load_key)
) STRICT;
CREATE UNIQUE INDEX authority_in_force ON authority (id) WHERE until_load_key IS NULL;
CREATE UNIQUE INDEX authority_single_point ON authority (country)
  WHERE until_load_key IS NULL AND is_single_point = 1 AND country <> '';

CREATE TABLE gateway (
  gateway_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  since_load_key INTEGER NOT NULL REFERENCES authority_load,
  until_load_key INTEGER REFERENCES authority_load,
  place INTEGER NOT NULL,
  sender TEXT NOT NULL,                     -- authority ids
  recipient TEXT NOT NULL,
  purposes_json TEXT NOT NULL,
  data_kinds_json TEXT NOT NULL,
  valid_from INTEGER NOT NULL,              -- the legal dates: inclusive, exclusive
  valid_until INTEGER,
  legal_reference TEXT NOT NULL,
  conditions TEXT NOT NULL,
  via TEXT NOT NULL,                        -- the organisation that carries it; '': nobody between
  UNIQUE (id, since_load_key)
) STRICT;
CREATE UNIQUE INDEX gateway_in_force ON gateway (id) WHERE until_load_key IS NULL;

CREATE TABLE officer (
  officer_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  since_load_key INTEGER NOT NULL REFERENCES authority_load,
  until_load_key INTEGER REFERENCES authority_load,
  place INTEGER NOT NULL,
  roles_json TEXT NOT NULL,                 -- names in custody/acts
  valid_from INTEGER,                       -- inclusive, exclusive
  valid_until INTEGER,
  UNIQUE (id, since_load_key)
) STRICT;
CREATE UNIQUE INDEX officer_in_force ON officer (id) WHERE until_load_key IS NULL;
)sql";

}  // namespace crossguard
