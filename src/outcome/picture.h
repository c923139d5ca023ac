// The operation's figures, honest: each is metric x scope x as-of day, of so many reports of so many authorities, each
// child, person and case once, small numbers withheld (suppress.h). Never a flat counter.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "model/authority.h"
#include "outcome/rules.h"
#include "register/visibility.h"

namespace crossguard::outcome {

// {"operation", "as_of", "press": [{"metric", "scope", "as_of", "count" | null, "withheld", "text", "reports",
//   "authorities", "without_key"}],
//  "figures": [{"metric", "as_of", "global" | null, "eu" | null, "reports", "authorities", "without_key",
//    "countries": [{"country", "eu", "count" | null, "by_authority": [{"authority", "count"}] | null}]}],
//  "sent": {"referral_packages", "evidence_packages", "distinct_accounts", "account_country_pairs"},
//  "answers": [{"country", "authority", "packages", "accepted", "refused", "already_known", "overdue", "open"}],
//  "held", "small_number"}
// null is withheld ("without_key" too, where it or the rest is small). Only metrics that somebody reported stand in
// "figures". kNotFound: nobody has reported anything and no package left in an operation of that name.
Result<nlohmann::json> MakePicture(Database& database, const Sight& see, const AuthorityBook& book,
                                   const OutcomeRules& rules, const std::string& operation, Instant as_of);

// "count" of the picture's metric in a scope; null if withheld; 0 where nobody reported of it.
nlohmann::json FigureOf(const nlohmann::json& picture, OutcomeKind metric, std::string_view scope);

// The reports behind one number, for those who may see them: {"metric", "scope", "as_of", "count", "reports": [...],
// "reported_more_than_once"}. Nothing is withheld here.
Result<nlohmann::json> OpenFigure(Database& database, const Sight& see, const AuthorityBook& book,
                                  const std::string& operation, OutcomeKind metric, const std::string& scope,
                                  Instant as_of);

}  // namespace crossguard::outcome
