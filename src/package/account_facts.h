// One account as a package tells of it: the record of accounts.json, from which every other form is made.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "register/package_rows.h"

namespace crossguard {

// What the facts are read for.
struct FactsScope {
  Database& db;
  Key<Operation> operation;
  std::string recipient;  // authority id: hits that its own holdings gave are for it whatever the code
  std::function<bool(Key<Account>)> in_package;
};

// What was met on the way, to be packed beside the accounts.
struct Gathered {
  struct MediaFile {
    package_rows::MediaRow row;
    std::string file_name;  // the first declared one, by details id
    std::string hits_json;  // canonical array
  };
  std::map<std::string, MediaFile> media;              // by public id
  std::map<int64_t, std::set<std::string>> documents;  // item key -> esp identifiers of packed accounts it speaks of
  std::map<int64_t, int64_t> details_in_document;      // item key -> how many file details of packed accounts
  std::map<int64_t, std::string> details_id;           // item key -> id of one of them
  std::set<std::string> handling;                      // H codes of all inputs
  int64_t hits_kept_back_count = 0;
};

// kCorrupt if a JSON column does not hold JSON.
Result<nlohmann::json> AccountFacts(const FactsScope& scope, Key<Account> account, Gathered& gathered);

// Does the report speak of a victim, or of an account that is not in the package?
Result<bool> SpeaksOfOthers(const FactsScope& scope, Key<Report> report);

}  // namespace crossguard
