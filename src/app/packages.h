// Packages and ledgers as their receiver sees them: checked and opened from a folder, with keys from files. No register
// needed.
#pragma once

#include <string>

#include "app/house.h"
#include "base/json.h"

namespace crossguard {

struct PackageToOpen {
  std::string package;           // folder, or the id of a package below <data>/packages/sealed
  std::string authority;         // empty: the recipient that the package names
  std::string certificate_path;  // empty: the example authority's in <data>/example-authorities, if it is there
  std::string key_path;
  std::string sender_ca_path;  // empty: <data>/keys/sender-ca.crt
};

// Outside only if no key is at hand; "verified": "outside" or "everything" says which.
Result<nlohmann::json> VerifyPackageFolder(Env& env, const PackageToOpen& package, const std::string& data_folder);
Result<nlohmann::json> OpenPackageFolder(Env& env, const PackageToOpen& package, const std::string& data_folder,
                                         const std::string& output_folder);

Result<nlohmann::json> VerifyLedger(House& house);
Result<nlohmann::json> VerifyLedgerCopy(Env& env, const std::string& folder, const std::string& verifier_path);

}  // namespace crossguard
