// What people ask to see: explained records, lists of them, and the counts of a run, each as its viewer may see it
// (register/visibility.h). Answers are JSON objects; the caller prints or renders them. Where something is not found
// the answer is kNotFound and says how to name it; what the viewer may not see is not found either, in the same words.
#pragma once

#include <string_view>

#include "base/json.h"
#include "register/sql.h"
#include "register/visibility.h"

namespace crossguard {

// Records: desk_rows.cc. id: public id, or for accounts "<service>/<esp identifier>", for files a SHA-256 in hex or the
// provider's file id. What was worked out from reports of which the viewer may not see all stands as null or empty.
Result<nlohmann::json> ShowAccount(Database& database, const Viewer& viewer, std::string_view id);
Result<nlohmann::json> ShowSubject(Database& database, const Viewer& viewer, std::string_view id);
Result<nlohmann::json> ShowFile(Database& database, const Viewer& viewer, std::string_view id);
Result<nlohmann::json> ShowPackage(Database& database, const Viewer& viewer, std::string_view id);

// Lists and counts: desk_lists.cc.
Result<nlohmann::json> ListHashLists(Database& database);
Result<nlohmann::json> ShowHashList(Database& database, const Viewer& viewer, std::string_view id_or_name);
Result<nlohmann::json> ListPackages(Database& database, const Viewer& viewer);
Result<nlohmann::json> ListQueues(Database& database, const Viewer& viewer);  // queue and how many wait
Result<nlohmann::json> ShowQueue(Database& database, const Viewer& viewer, std::string_view queue, int64_t limit);
Result<nlohmann::json> ListQuarantine(Database& database, const Viewer& viewer, int64_t limit);

// Accounts by the beginning of an identifier: of a selector's normalised value, of the provider's account id; or by the
// account's whole public id. Who may not be the subject of a search is not found. kInvalid below
// kSearchTextMinBytes or above kSearchTextMaxBytes. {"found","shown","accounts":[...]}
constexpr size_t kSearchTextMinBytes = 3;
constexpr size_t kSearchTextMaxBytes = 256;
Result<nlohmann::json> SearchAccounts(Database& database, const Viewer& viewer, std::string_view text, int64_t limit);

// The newest leaves first: of what the viewer may see, and of what the viewer did. object_id "": of everything. Without
// their numbers in the log, which would count what others did; whoever must see all verifies the ledger's folder.
Result<nlohmann::json> ListLedger(Database& database, const Viewer& viewer, std::string_view object_id, int64_t limit);

// The figures of an operation: accounts, subjects, countries, hits, clusters, urgent, packages, quarantine.
Result<nlohmann::json> OperationFigures(Database& database, const Viewer& viewer, std::string_view operation_name);

// The id of an operation or package that the viewer may see, by id (an operation also by name). kNotFound otherwise.
Result<std::string> SeenOperation(Database& database, const Viewer& viewer, std::string_view id_or_name);
Result<std::string> SeenPackage(Database& database, const Viewer& viewer, std::string_view id);

}  // namespace crossguard
