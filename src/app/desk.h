// What a person can do with packages, lists and holdings after a run, one function each. Each passes the gate as a
// named officer, leaves a leaf in the ledger, and returns JSON for the caller to print.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/house.h"
#include "app/progress.h"
#include "base/json.h"
#include "match/list_import.h"

namespace crossguard {

struct Actor {
  std::string officer;
  std::string reason;
};

Result<nlohmann::json> ImportListFile(House& house, const Actor& actor, const std::string& path,
                                      const match::ListFacts& facts);
Result<nlohmann::json> ImportHoldingsFile(House& house, const Actor& actor, const std::string& path);

// One officer's agreement to release; the package is released when enough have agreed (custody/acts.h) and the last
// balance holds. package_ids empty: every sealed package of the operation.
Result<nlohmann::json> ApproveRelease(House& house, const Actor& actor, std::vector<std::string> package_ids,
                                      const std::string& operation);

// A second officer agrees that an account whose holder may be a minor may be packed. The next run composes anew.
// kConflict if the account waits for nobody, or this officer has agreed before.
Result<nlohmann::json> AgreeToAccount(House& house, const Actor& actor, const std::string& account_id);

struct AnswerFacts {
  std::string package_id;
  std::string authority;  // in a file: it answers every released referral of `operation` to it that waits
  std::string operation;
  std::string decision;  // accept | refuse | already_known
  std::string case_number;
};
// On acceptance the evidence package is composed and sealed too.
Result<nlohmann::json> TakeAnswer(House& house, const Actor& actor, const AnswerFacts& answer, Progress& progress);
Result<nlohmann::json> TakeAnswerFile(House& house, const Actor& actor, const std::string& path,
                                      const std::string& operation, Progress& progress);

// Looking at a record is an act too: the ledger keeps who looked at which id, and why.
Result<nlohmann::json> Show(House& house, const Actor& actor, std::string_view noun, const std::string& id);

// The officer who acts when none is named: the first of the book with a role for the act, and in force at that time.
std::string DefaultOfficer(const AuthorityBook& book, Act act, std::optional<Instant> at = std::nullopt);

}  // namespace crossguard
