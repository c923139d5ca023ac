// The book of authorities, gateways and officers as rows: versions that begin and end with a load, none ever deleted.
// The SQL of app/authority_desk and of opening a house.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/authority.h"
#include "register/sql.h"

namespace crossguard::authority_rows {

// Authorities, gateways and officers together.
struct BookChange {
  int64_t added_count = 0;
  int64_t changed_count = 0;  // an earlier version ended, a new one began
  int64_t ended_count = 0;    // the file no longer holds it
  int64_t unchanged_count = 0;
  bool operator==(const BookChange&) const = default;
};

struct Load {
  int64_t key = 0;
  Instant at;
  std::string source_path;
  Sha256 source_sha256;
  std::string officer;  // "": taken at opening
  std::string self;
  bool example = false;
  BookChange change;
};

template <class Noun>
struct Version {
  Noun value;
  Instant since;                 // when it was loaded
  std::optional<Instant> until;  // when a load ended it; absent: in force
};

Result<std::optional<Load>> LastLoad(Database& database);
Result<std::vector<Load>> Loads(Database& database);  // oldest first

// What would change if this book were put.
Result<BookChange> CompareBook(Database& database, const AuthorityBook& book);
// Puts the book in force. load.key and load.change are not read; the load as written comes back. Certificate paths
// should be as the file writes them. kConflict if the register belongs to another authority than book.self.
Result<Load> PutBook(Transaction& transaction, const AuthorityBook& book, const Load& load);

// The book in force, equal to the one that was put, its order included. kNotFound before the first load, kCorrupt where
// a row is damaged.
Result<AuthorityBook> ReadBook(Database& database);
// What was in force after that load; the order is today's.
Result<AuthorityBook> ReadBookOf(Database& database, const Load& load);

// All versions, those of one id together, oldest first.
Result<std::vector<Version<Authority>>> AuthorityVersions(Database& database);
Result<std::vector<Version<Gateway>>> GatewayVersions(Database& database);
Result<std::vector<Version<Officer>>> OfficerVersions(Database& database);

}  // namespace crossguard::authority_rows
