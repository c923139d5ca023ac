// Who may receive what: authorities, the dated legal gateways between them, and the officers of this house.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_text.h"

namespace crossguard {

// eu_member_state | third_country | international_organisation | eu_body
struct Authority {
  std::string id;    // "at-bk"
  std::string name;  // "Austrian Criminal Police Office"
  std::string kind;
  std::string country;  // ISO 3166-1 alpha-2, empty for an organisation
  std::vector<std::string> units;
  std::string contact;  // an address, not a person
  std::vector<std::string> languages;
  std::string certificate_path;          // PEM; empty: nothing can be sealed to it
  bool single_point_of_contact = false;  // where a country has several, packages go here
};

// One direction only. Dates are inclusive from, exclusive until.
struct Gateway {
  std::string id;
  std::string from;  // authority id
  std::string to;
  std::vector<std::string> purposes;    // "facilitate_exchange", "operational_analysis", ...
  std::vector<std::string> data_kinds;  // "referral", "evidence", "selectors", "files"
  Instant valid_from;
  std::optional<Instant> valid_until;
  std::string legal_reference;
  std::string conditions;
};

struct Officer {
  std::string id;                  // "officer-1"
  std::vector<std::string> roles;  // names in custody/acts.h
};

struct AuthorityBook {
  std::string self;      // the authority that runs this house
  bool example = false;  // certificates may be made up for authorities without one: for trying out only
  std::vector<Authority> authorities;
  std::vector<Gateway> gateways;
  std::vector<Officer> officers;

  const Authority* Find(std::string_view id) const;
  // The authority that receives packages for a country: its single point of contact, else its first; nullptr if none.
  const Authority* ForCountry(std::string_view country) const;
  const Officer* FindOfficer(std::string_view id) const;
};

// Why a flow is allowed or not, kept with the package. Default deny.
struct GatewayDecision {
  bool allowed = false;
  std::string gateway_id;  // of the gateway that allows; empty otherwise
  std::string reason;      // one sentence either way
};
struct Flow {
  std::string_view from;
  std::string_view to;
  std::string_view purpose;
  std::string_view data_kind;
};
GatewayDecision Decide(const AuthorityBook& book, const Flow& flow, Instant at);

}  // namespace crossguard
