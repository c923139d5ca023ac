// A national authority's case: opened for a package that came, or for an account, under the authority's own number.
#pragma once

#include <string>

#include "crypto/public_id.h"
#include "custody/gate.h"
#include "model/outcome.h"
#include "register/outcome_rows.h"

namespace crossguard::outcome {

struct CaseFacts {
  std::string operation;  // its name, the same at all nodes
  std::string case_number;
  std::string package;  // one of the two, or neither
  std::string account;
};
// The case, led by the officer of the permit, in the country of this house. kInvalid: words that are missing or too
// long; kConflict: the number is taken. Its outcome case_opened is for the caller to report (CaseOpened).
Result<outcome_rows::CaseRow> OpenCase(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                                       const AuthorityBook& book, const CaseFacts& facts);
// What is reported when a case is opened. Its reference is the case's id: opened once, reported once.
OutcomeReport CaseOpened(const outcome_rows::CaseRow& opened);
// kConflict: it is closed already.
Status CloseCase(Transaction& transaction, const Permit& permit, const std::string& id, const std::string& reason);

Instant DayOf(Instant at);  // midnight UTC before it

}  // namespace crossguard::outcome
