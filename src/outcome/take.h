// Taking reports of outcomes in: new, the same again, a correction, a withdrawal, or held because it contradicts what
// stands. Nothing is ever overwritten: a report keeps its row, its reason and what replaced it.
#pragma once

#include <string>
#include <vector>

#include "crypto/public_id.h"
#include "custody/gate.h"
#include "model/labels.h"
#include "model/outcome.h"
#include "register/sql.h"

namespace crossguard::outcome {

struct Arrival {
  std::string message;  // "msg-...", or "" from a file or by hand
  Labels labels;
};

struct Taken {
  std::string ref, id;
  OutcomeState state = OutcomeState::kCounted;
  std::string why;         // held: one sentence
  bool is_new = false;     // false: it had come before, by this channel or another
  std::string superseded;  // id of the report that it replaced or withdrew, or ""
};
struct TakeSummary {
  std::vector<Taken> reports;
  int64_t new_count = 0, repeated_count = 0, held_count = 0, corrected_count = 0, withdrawn_count = 0;
  int64_t unknown_account_count = 0;  // named, but not an account of this house: not kept
};

// Who may say what: an authority speaks of its own country, and an organisation (without a country) of any country of
// the book or none. kNotFound: an authority, channel or country that the book does not have; kDenied: another's
// country. A batch is taken whole or not at all.
Result<TakeSummary> TakeReports(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                                const AuthorityBook& book, const OutcomeBatch& batch, const Arrival& arrival);

struct Decision {
  std::string id;
  OutcomeState state = OutcomeState::kCounted;
  std::vector<std::string> superseded;  // ids of what it replaced
};
// A person decides on a held report. Accepted: it counts, and replaces what it contradicts or corrects, with the
// reason. Rejected: it stays visible and never counts. kConflict: it is not held, or accepting it would contradict yet
// another report.
Result<Decision> Decide(Transaction& transaction, const Permit& permit, const std::string& id, bool accept,
                        const std::string& reason);

}  // namespace crossguard::outcome
