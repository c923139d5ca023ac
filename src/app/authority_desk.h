// What a person can do with authorities, gateways and officers: load a file of them into the register, and look at what
// stands there and stood before. Answers are JSON.
#pragma once

#include <string>

#include "app/desk.h"
#include "base/json.h"
#include "register/authority_rows.h"

namespace crossguard {

// The file becomes the book in force: it replaces DATA/config/authorities.toml, certificates that it names by relative
// paths are copied beside it, and the register's versions begin and end. This house's book() stays as it was opened.
// kInvalid with the line if the file is not right, or if the house was opened with another file (--authorities);
// kConflict if it is another authority's; kDenied by the gate, which asks the book in force, not the new one.
Result<nlohmann::json> LoadAuthorityFile(House& house, const Actor& actor, const std::string& path);
// What a leaf says of a load.
nlohmann::json LoadDetails(const Sha256& file, const authority_rows::BookChange& change);

Result<nlohmann::json> ListLoads(House& house);        // oldest first
Result<nlohmann::json> ListAuthorities(House& house);  // in force, with how many gateways lead in and out on this day
Result<nlohmann::json> ListOfficers(House& house);     // all versions, each with its state on this day
// One authority, its earlier versions, and all gateways in and out that there are and were. kNotFound.
Result<nlohmann::json> ShowAuthority(House& house, const std::string& id);
// All versions; `from` and `to` empty: any. A gateway's state: in_force | not_yet | expired (its own dates), or ended
// (a load no longer held it so).
Result<nlohmann::json> ListGateways(House& house, const std::string& from, const std::string& to);
// The decision and why, by the book in force. kNotFound for an authority that is not in it.
Result<nlohmann::json> CheckGateway(House& house, const Flow& flow, Instant on);

}  // namespace crossguard
