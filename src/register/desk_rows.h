// What people ask to see: explained records, lists of them, and the counts of a run. Answers are JSON objects; the
// caller prints or renders them. Where something is not found the answer is kNotFound and says how to name it.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "register/sql.h"

namespace crossguard {

// id: public id, or for accounts "<service>/<esp identifier>", for files a SHA-256 in hex or the provider's file id.
Result<nlohmann::json> ShowAccount(Database& database, std::string_view id);
Result<nlohmann::json> ShowSubject(Database& database, std::string_view id);
Result<nlohmann::json> ShowFile(Database& database, std::string_view id);
Result<nlohmann::json> ListHashLists(Database& database);
Result<nlohmann::json> ShowHashList(Database& database, std::string_view id_or_name);
Result<nlohmann::json> ListPackages(Database& database);
Result<nlohmann::json> ShowPackage(Database& database, std::string_view id);
Result<nlohmann::json> ListQueues(Database& database);  // queue and how many wait
Result<nlohmann::json> ShowQueue(Database& database, std::string_view queue, int64_t limit);
Result<nlohmann::json> ListQuarantine(Database& database, int64_t limit);

// The figures of an operation: accounts, subjects, countries, hits, clusters, urgent, packages, quarantine.
Result<nlohmann::json> OperationFigures(Database& database, std::string_view operation_name);

}  // namespace crossguard
