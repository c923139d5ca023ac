// The gate decides and records. A Permit exists only if the acts table said yes and the ledger leaf stands in the same
// transaction as the work: later code need not ask again, because it cannot be called without.
#pragma once

#include <string>

#include "custody/acts.h"
#include "custody/ledger.h"
#include "env/env.h"
#include "model/authority.h"
#include "register/sql.h"

namespace crossguard {

class Permit {
 public:
  Permit(Permit&&) = default;
  Permit& operator=(Permit&&) = default;
  Act act() const { return act_; }
  const std::string& officer() const { return officer_; }
  Instant at() const { return at_; }          // the time of the act; stages use it instead of a clock
  int64_t leaf_index() const { return leaf_index_; }

 private:
  friend class Gate;
  Permit(Act act, std::string officer, Instant at, int64_t leaf_index)
      : act_(act), officer_(std::move(officer)), at_(at), leaf_index_(leaf_index) {}
  Act act_;
  std::string officer_;
  Instant at_;
  int64_t leaf_index_;
};

struct Ask {
  Act act;
  std::string officer;          // id in the authority book
  std::string object_id;        // public id of what it is done to; "" if none
  std::string reason;           // why; required, one line, kept salted in the ledger
  std::string details_json = "{}";  // canonical JSON of counts, digests and ids; no person's data
};

struct ApprovalState {
  int given = 0;
  int needed = 1;
  bool complete() const { return given >= needed; }
};

class Gate {
 public:
  // References must outlive the gate.
  Gate(Env& env, const AuthorityBook& book, Ledger& ledger) : env_(env), book_(book), ledger_(ledger) {}

  // kDenied when the officer is unknown or has no role for it, or fewer officers than needed have approved;
  // kInvalid without a reason. On success the leaf is appended in `transaction`.
  Result<Permit> Pass(Transaction& transaction, const Ask& ask);
  // Records that the officer agrees to an act that needs several. The same officer twice counts once (kConflict).
  Result<ApprovalState> Approve(Transaction& transaction, const Ask& ask);

 private:
  Env& env_;
  const AuthorityBook& book_;
  Ledger& ledger_;
};

}  // namespace crossguard
