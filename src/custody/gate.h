// The gate decides and records. A Permit exists only if the acts table said yes and the ledger leaf stands in the same
// transaction as the work: later code need not ask again, because it cannot be called without.
#pragma once

#include <string>
#include <utility>
#include <vector>

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
  Instant at() const { return at_; }  // the time of the act; stages use it instead of a clock
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

constexpr size_t kReasonMaxBytes = 1'000;
constexpr size_t kObjectIdMaxBytes = 200;

struct Ask {
  Act act;
  std::string officer;              // id in the authority book
  std::string object_id;            // public id of what it is done to; "" if none
  std::string reason;               // why; required, one line of UTF-8, kept salted beside the ledger
  std::string details_json = "{}";  // canonical JSON of counts, digests and ids; no person's data
};

struct ApprovalState {
  int given = 0;
  int needed = 1;
  bool complete() const { return given >= needed; }
};

struct Approval {
  std::string officer;
  Instant at;
  int64_t leaf_index = 0;
};

class Gate {
 public:
  // References must outlive the gate.
  Gate(Env& env, const AuthorityBook& book, Ledger& ledger) : env_(env), book_(book), ledger_(ledger) {}

  // Call it first in a transaction. On success the leaf is appended in `transaction`, and lives or dies with the work.
  // kDenied when the officer is unknown or has no role for it, or fewer officers than needed have approved;
  // kInvalid without a reason. A denial outlives the caller's rollback: what `transaction` held is undone, the leaf
  // "denied" is committed by itself, and `transaction` is as new.
  // An act that needs several officers uses up its approvals: the next one needs new ones.
  Result<Permit> Pass(Transaction& transaction, const Ask& ask);
  // Records that the officer agrees to an act that needs several, and to exactly these details: approvals for other
  // details of the same act and object do not count together, and Pass must give the same. The same officer twice
  // counts once (kConflict). kDenied as Pass; kInvalid for an act that takes none (composing does: package/compose.h).
  Result<ApprovalState> Approve(Transaction& transaction, const Ask& ask);
  // Who has agreed so far, to whatever details.
  Result<std::vector<Approval>> Approvals(Database& database, Act act, const std::string& object_id) const;

 private:
  enum class Denial : uint8_t { kUnknownOfficer, kNoRole, kTooFewOfficers, kNotInForce };
  bool HasRole(const Officer& officer, const ActRule& rule) const;
  // The officer may, or the denial has been recorded.
  Status Admit(Transaction& transaction, const Ask& ask, const ActRule& rule);
  std::unexpected<Error> Deny(Transaction& transaction, const Ask& ask, Denial denial, std::string message);
  // Officers who approved these details and may still do so.
  Result<std::vector<std::string>> Approvers(Database& database, const Ask& ask, const ActRule& rule) const;

  Env& env_;
  const AuthorityBook& book_;
  Ledger& ledger_;
};

}  // namespace crossguard
