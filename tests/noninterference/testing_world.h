// A small register in which one officer sees a part. Two worlds of the same `visible` seed are equal in all that the
// viewer may see; what the viewer may not see comes from the `hidden` seed: other rows, other texts, other numbers,
// other keys in between.
//
// What is hidden: operations of which the viewer is no member; a submission within the viewer's own operation, a
// package, an account and a file that bear narrower labels; a partner's contribution; whatever was worked out of any of
// these; the ledger of what others did there.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "model/authority.h"
#include "register/sql.h"

namespace crossguard::noninterference {

constexpr const char* kViewer = "officer-2";    // member of the operation kauri
constexpr const char* kInsider = "officer-1";   // member of everything
constexpr Instant kNow{1'700'000'000'000'000};  // when it is asked

struct Seeds {
  uint64_t visible = 0;
  uint64_t hidden = 0;
};

AuthorityBook Book();

// Fills an empty register. Ids and identifiers of what is hidden come from a small pool, so that a request may name
// what is there in one world and not in the other.
void FillWorld(Database& database, const Seeds& seeds);

}  // namespace crossguard::noninterference
