// What a person can do with cases, outcomes, the picture and feedback. Each passes the gate as a named officer, leaves
// a leaf in the ledger, and returns JSON for the caller to print.
#pragma once

#include <string>
#include <vector>

#include "app/desk.h"
#include "app/house.h"
#include "base/json.h"
#include "model/outcome.h"

namespace crossguard {

// Opens a case and reports it as an outcome, to the authorities of `to` too.
struct CaseToOpen {
  std::string operation, case_number, package, account;
  std::vector<std::string> to;
};
Result<nlohmann::json> OpenCase(House& house, const Actor& actor, const CaseToOpen& facts);
Result<nlohmann::json> ShowCase(House& house, const Actor& actor, const std::string& id_or_number);
// As the officer sees them; no leaf is written.
Result<nlohmann::json> ListCases(House& house, const std::string& officer, const std::string& operation);  // "": all
struct OutcomesAsked {
  std::string operation, state;  // "": all
  int64_t limit = 200;
};
Result<nlohmann::json> ListOutcomes(House& house, const std::string& officer, const OutcomesAsked& asked);
Result<nlohmann::json> CloseCase(House& house, const Actor& actor, const std::string& id_or_number);

struct OutcomeToReport {
  std::string operation, kind, on;  // on: "2021-05-03"; "" today
  std::string country;              // "" this house's own
  int64_t count = 1;
  std::string case_number, ref;  // ref "": made from the rest
  // References that other agencies know for the same child, suspect or place; each becomes a key and is not kept.
  // All mean the one unit when count is 1; otherwise each means one of those counted.
  std::vector<std::string> references;
  std::string package;
  std::vector<std::string> accounts, files;
  std::string corrects;         // ref or id of the report of this house that it replaces
  std::string reason;           // why it is corrected
  std::vector<std::string> to;  // authorities that are told
};
Result<nlohmann::json> ReportOutcome(House& house, const Actor& actor, const OutcomeToReport& facts);
Result<nlohmann::json> DecideOutcome(House& house, const Actor& actor, const std::string& id, bool accept);
// A file of crossguard-outcomes/1 as reports of the authority that it names, as if they had come by message.
// `to`: who is told by message, if the file holds this authority's own outcomes (kDenied otherwise).
Result<nlohmann::json> TakeOutcomeFile(House& house, const Actor& actor, const std::string& path,
                                       const std::vector<std::string>& to = {});

// as_of: "2022-03-02", or "" for today.
Result<nlohmann::json> Picture(House& house, const Actor& actor, const std::string& operation,
                               const std::string& as_of);
Result<nlohmann::json> OpenPicture(House& house, const Actor& actor, const std::string& operation,
                                   const std::string& metric, const std::string& scope, const std::string& as_of);

// about: provider | lists | triage | officers. Nothing leaves.
Result<nlohmann::json> Feedback(House& house, const Actor& actor, const std::string& about,
                                const std::string& operation);
// The votes on each list to its owner, where that is an authority of the book with a way to it.
Result<nlohmann::json> SendListVotes(House& house, const Actor& actor);
// How often each band and rule of triage led to somebody, as shares, to peers. kConflict: too few were answered.
Result<nlohmann::json> SendTriageFigures(House& house, const Actor& actor, const std::string& operation,
                                         const std::vector<std::string>& to);

// The key that the participants of an operation share (outcome/tokens.h). One of the two paths: written there, or taken
// from there; a key that stands is replaced only while no outcome with keys was reported (kConflict).
Result<nlohmann::json> OutcomeKeyFile(House& house, const Actor& actor, const std::string& write_to,
                                      const std::string& take_from);

}  // namespace crossguard
