// What a person can do with access: search and lists as their viewer sees them, who works on which case, labels and
// their history, and broken glass. docs/decisions/labels_and_visibility.md says by which rules.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/desk.h"
#include "app/reading.h"
#include "base/json.h"

namespace crossguard {

// As the officer, now, in this house.
Result<Reader> ReadAs(House& house, const std::string& officer, std::string_view purpose = "operational_analysis");

// The same for an act that is recorded: who may not even look is denied by the gate, which keeps that in the ledger.
Result<Reader> ReadFor(House& house, const Actor& actor, Act act, std::string_view purpose = "operational_analysis");

// Leaves a leaf: who searched, why, and how many were found. Never for what.
Result<nlohmann::json> Search(House& house, const Actor& actor, const std::string& text, int64_t limit);

// Members of an operation (by id or name) or of a case of this house (by id, cas-...). Who may not see it finds none of
// that name.
Result<nlohmann::json> ShowCaseAccess(House& house, const Actor& actor, const std::string& operation);
struct CaseGrant {
  std::string operation;  // id or name of an operation, or the id of a case
  std::string officer;
  std::string from;   // RFC 3339; "": now
  std::string until;  // exclusive; "": no end is set
};
// The first grant closes the operation or case: from then on its members alone see it. kConflict if the officer is a
// member for all of that time already.
Result<nlohmann::json> GrantCaseAccess(House& house, const Actor& actor, const CaseGrant& grant);
// Ends now. kNotFound if the officer is no member.
Result<nlohmann::json> RevokeCaseAccess(House& house, const Actor& actor, const CaseGrant& grant);
// Two officers, one after the other, name the same operation or case by its id; at the second's word the first and the
// second are let in for kBreakGlassHours. Whether there is such a one is said to two only.
constexpr int64_t kBreakGlassHours = 24;
Result<nlohmann::json> BreakGlass(House& house, const Actor& actor, const std::string& id);

// That glass was broken before what is another's: what other houses told this one, and what this one told owners, with
// the state of each message ("taken" once the owner's receipt came).
Result<nlohmann::json> ShowAccessNotices(House& house, const std::string& officer);

// Labels on an operation, submission, package, account, file, contribution, case or outcome: what is in force, its own,
// and every labelling there was.
Result<nlohmann::json> ShowLabels(House& house, const Actor& actor, const std::string& id);
struct LabelWish {  // what is absent stays as it is
  std::optional<std::vector<std::string>> purposes;
  std::optional<std::vector<std::string>> handling;
  std::optional<std::string> handling_text;
  std::optional<std::string> grade;
  std::optional<std::string> category;
  std::optional<std::vector<std::string>> release_to;  // empty: to nobody
  bool release_to_anybody = false;                     // takes the set away: gateways alone decide
  std::optional<std::string> compartment;
  std::optional<std::string> review_at;  // "": none
};
// Narrowing is for who is authorised; loosening is for the originator alone (kDenied names them). kInvalid if a word is
// not known or nothing changes.
Result<nlohmann::json> ChangeLabels(House& house, const Actor& actor, const std::string& id, const LabelWish& wish);

}  // namespace crossguard
