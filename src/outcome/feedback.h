// What outcomes say back: to the provider, to the owners of lists, to the weights of triage, to those who triaged.
// Suggestions and thanks, never commands: no weight, list or officer is changed by it.
#pragma once

#include <string>

#include "base/json.h"
#include "outcome/rules.h"
#include "register/visibility.h"

namespace crossguard::outcome {

// Of counted outcomes that name accounts, as they stand now.
bool IsYield(OutcomeKind kind);  // suspect_identified, arrest, charge, conviction, child_identified, child_safeguarded
bool IsAnswered(OutcomeKind kind);  // says what the account came to: a yield, or no_offence, not_found, not_csam

// A card per provider: [{"provider", "fields": [{"field", "of", "filled", "percent"}], "accounts_answered",
// "accounts_with_yield", "accounts_child_safeguarded", "accounts_not_csam", "yield_percent", "not_csam_percent"}].
// Percentages are null where too few accounts were answered to say one (rules.small_number).
Result<nlohmann::json> ProviderCards(Database& database, const Sight& see, const OutcomeRules& rules);

// Votes of authorities on list entries, by owner and list: [{"owner", "list", "version", "entries", "up", "down",
// "votes": [{"entry_id", "up", "down"}]}]. An authority has one vote each way on an entry. No account, case or file.
Result<nlohmann::json> ListVotes(Database& database, const Sight& see);

// {"answered", "yield_percent", "bands": [{"band", "answered", "with_yield", "children_safeguarded", "not_csam",
// "yield_percent"}], "rules": [{"rule", "answered", ..., "lift", "suggestion"}]}. lift: the yield of accounts that the
// rule spoke of, beside that of all. A suggestion ("raise", "lower", "keep", "too few answers") needs
// rules.calibration_accounts_min answered accounts.
Result<nlohmann::json> Calibration(Database& database, const Sight& see, const OutcomeRules& rules,
                                   const std::string& operation);

// For the people who triaged: [{"officer", "accounts", "answered", "children_safeguarded", "suspects", "arrests",
// "not_csam", "words"}]. No picture, no name.
Result<nlohmann::json> ForOfficers(Database& database, const Sight& see, const std::string& operation);

}  // namespace crossguard::outcome
