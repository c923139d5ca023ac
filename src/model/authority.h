// Who may receive what: authorities, the dated legal gateways between them, and the officers of this house. Pure: where
// a book comes from is app/authorities.h (a file) and register/authority_rows.h (the register).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_text.h"

namespace crossguard {

// eu_member_state | third_country | international_organisation | eu_body | private_party
struct Authority {
  std::string id;    // "at-bk"
  std::string name;  // "Austrian Criminal Police Office"
  std::string kind;
  std::string country;  // ISO 3166-1 alpha-2, empty for an organisation
  std::vector<std::string> units;
  std::string contact;  // an address, not a person
  std::vector<std::string> languages;
  std::vector<std::string> channels = {};      // how it is reached: https, folder, siena, i24_7, liaison
  std::vector<std::string> receives_for = {};  // an international organisation: countries (or "*") without an authority
  std::string certificate_path;                // PEM; empty: nothing can be sealed to it
  std::string certificate_sha256 = {};         // of the DER, hex, as loaded; empty: there was no certificate to read
  bool single_point_of_contact = false;        // where a country has several, packages go here
  bool operator==(const Authority&) const = default;

  bool is_organisation() const { return kind == "international_organisation" || kind == "eu_body"; }
  bool is_private_party() const { return kind == "private_party"; }
};

// One direction only. Dates are inclusive from, exclusive until.
struct Gateway {
  std::string id;
  std::string from;  // authority id
  std::string to;
  std::vector<std::string> purposes;    // "facilitate_exchange", "operational_analysis", ...
  std::vector<std::string> data_kinds;  // "referral", "evidence", "selectors", "files", "feedback", "outcomes"
  Instant valid_from;
  std::optional<Instant> valid_until;
  std::string legal_reference;
  std::string conditions;
  std::string via = {};  // id of the organisation that carries what flows here, sealed to `to`; empty: nobody between
  bool operator==(const Gateway&) const = default;
};

struct Officer {
  std::string id;                                     // "officer-1"
  std::vector<std::string> roles;                     // names in custody/acts.h
  std::optional<Instant> valid_from = std::nullopt;   // inclusive
  std::optional<Instant> valid_until = std::nullopt;  // exclusive; from then on the officer may do nothing
  bool operator==(const Officer&) const = default;

  bool MayActAt(Instant at) const { return (!valid_from || at >= *valid_from) && (!valid_until || at < *valid_until); }
};

struct AuthorityBook {
  std::string self;      // the authority that runs this house
  bool example = false;  // certificates may be made up for authorities without one: for trying out only
  std::vector<Authority> authorities;
  std::vector<Gateway> gateways;
  std::vector<Officer> officers;
  bool operator==(const AuthorityBook&) const = default;

  const Authority* Find(std::string_view id) const;
  // The authority that receives packages for a country: its single point of contact, else its first; where it has none,
  // the organisation that receives for that country by name, else the one that receives for "*"; nullptr if none.
  // Never a private party.
  const Authority* ForCountry(std::string_view country) const;
  const Officer* FindOfficer(std::string_view id) const;
  const Gateway* FindGateway(std::string_view id) const;
};

// Why a flow is allowed or not, kept with the package. Default deny. `gateway_id` and `valid_from` together name the
// version of the gateway that allows; they are set only if one does.
struct GatewayDecision {
  bool allowed = false;
  std::string gateway_id;  // of the gateway that allows; empty otherwise
  std::string reason;  // one sentence either way; where allowed it names id, valid_from, legal reference and channel
  std::optional<Instant> valid_from = std::nullopt;
  std::string legal_reference = {};
  std::string conditions = {};
  std::string via = {};  // the organisation that carries it; empty: nobody between
};
struct Flow {
  std::string_view from;
  std::string_view to;
  std::string_view purpose;
  std::string_view data_kind;
};
// Pure. What goes to a private party is of kind "feedback" or does not go, whatever a gateway says (Regulation (EU)
// 2016/794, article 26): a provider learns what became of its report, not who somebody is.
GatewayDecision Decide(const AuthorityBook& book, const Flow& flow, Instant at);

}  // namespace crossguard
