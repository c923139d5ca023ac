#include "custody/gate.h"

#include <algorithm>

#include "base/json.h"
#include "crypto/digest.h"
#include "model/canonical.h"
#include "register/custody_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

// A line of text that a person wrote: not blank, no control characters, well-formed.
bool IsOneLine(std::string_view text) {
  const auto blank = [](char c) { return c == ' '; };
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return !std::ranges::all_of(text, blank) && std::ranges::none_of(text, control) && IsUtf8(text);
}

bool IsId(std::string_view text) {
  return text.size() <= kObjectIdMaxBytes && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

Status CheckShape(const Ask& ask) {
  if (!IsOneLine(ask.reason))
    return Fail(Code::kInvalid, "Give a reason for '" + std::string(RuleOf(ask.act).name) + "', in one line.");
  if (ask.reason.size() > kReasonMaxBytes)
    return Fail(Code::kInvalid, "Give a reason of at most " + std::to_string(kReasonMaxBytes) + " bytes.");
  if (!IsId(ask.object_id))
    return Fail(Code::kInvalid, "Name what '" + std::string(RuleOf(ask.act).name) + "' is done to by its public id.");
  const json details = ParseJson(ask.details_json);
  if (!details.is_object()) return Fail(Code::kInvalid, "Give the details of an act as one JSON object.");
  if (details.contains("approved_by"))
    return Fail(Code::kInvalid, "The details of an act may not say who approved it; the gate does.");
  return {};
}

Sha256 DetailsDigest(const Ask& ask) {
  return HashSha256(AsBytes(Canonical(ParseJson(ask.details_json))));
}

// Composing is one officer's work, but an account whose holder may be a minor goes only after another officer has
// agreed to that account (package/compose.h).
bool TakesApprovals(const ActRule& rule) {
  return rule.officers_needed > 1 || rule.act == Act::kComposePackage;
}

std::string_view Text(bool unknown_officer, bool no_role) {
  return unknown_officer ? "unknown_officer" : no_role ? "no_role" : "too_few_officers";
}

}  // namespace

bool Gate::HasRole(const Officer& officer, const ActRule& rule) const {
  return std::ranges::any_of(officer.roles, [&](const std::string& name) {
    const auto role = RoleFromText(name);
    return role && (rule.roles & RoleBit(*role)) != 0;
  });
}

std::unexpected<Error> Gate::Deny(Transaction& transaction, const Ask& ask, Denial denial, std::string message) {
  // The caller will roll back. So its transaction is emptied here, and the leaf committed before it hears of the
  // denial.
  const auto record = [&]() -> Status {
    TRY(transaction.Restart());
    const bool unknown = denial == Denial::kUnknownOfficer;
    const json details = {
        {"asked", RuleOf(ask.act).name},
        {"why", denial == Denial::kNotInForce ? "not_in_force" : Text(unknown, denial == Denial::kNoRole)}};
    LedgerEntry entry{.at = env_.clock.Now(),
                      .act = "denied",
                      .officer = unknown ? "" : ask.officer,
                      .object_id = ask.object_id,
                      .details_json = Canonical(details)};
    entry.secrets.push_back({.field = "reason", .value = Private(ask.reason)});
    // Whoever is not in the book may have typed a name: that is a person's data.
    if (unknown)
      entry.secrets.push_back({.field = "claimed_officer", .value = Private(ask.officer.substr(0, kObjectIdMaxBytes))});
    TRY(ledger_.Append(transaction, entry));
    return transaction.CommitAndRestart();
  };
  if (Status recorded = record(); !recorded)
    return Because(message + " The denial could not be recorded", recorded.error());
  return Fail(Code::kDenied, std::move(message));
}

Status Gate::Admit(Transaction& transaction, const Ask& ask, const ActRule& rule) {
  const Officer* const officer = book_.FindOfficer(ask.officer);
  if (officer == nullptr || ask.officer.empty()) {
    return Deny(transaction, ask, Denial::kUnknownOfficer,
                "The authority book knows no officer of this id; ask a supervisor to enter one.");
  }
  if (!officer->MayActAt(env_.clock.Now())) {
    return Deny(transaction, ask, Denial::kNotInForce,
                "Officer " + ask.officer + " is not in force today; ask a supervisor to enter other dates.");
  }
  if (!HasRole(*officer, rule)) {
    return Deny(
        transaction, ask, Denial::kNoRole,
        "Officer " + ask.officer + " has no role for '" + std::string(rule.name) + "'; ask an officer who has.");
  }
  return {};
}

Result<std::vector<std::string>> Gate::Approvers(Database& database, const Ask& ask, const ActRule& rule) const {
  std::vector<std::string> out;
  const Sha256 details = DetailsDigest(ask);
  for (const ApprovalRow& row : TRY(ApprovalsOf(database, rule.name, ask.object_id))) {
    const Officer* const officer = book_.FindOfficer(row.officer);
    if (row.details_sha256 == details && officer != nullptr && officer->MayActAt(env_.clock.Now()) &&
        HasRole(*officer, rule))
      out.push_back(row.officer);
  }
  return out;
}

Result<Permit> Gate::Pass(Transaction& transaction, const Ask& ask) {
  TRY(CheckShape(ask));
  const ActRule& rule = RuleOf(ask.act);
  TRY(Admit(transaction, ask, rule));
  json details = ParseJson(ask.details_json);
  if (rule.officers_needed > 1) {
    const auto approvers = TRY(Approvers(transaction.db(), ask, rule));
    if (static_cast<int>(approvers.size()) < rule.officers_needed) {
      return Deny(transaction, ask, Denial::kTooFewOfficers,
                  "'" + std::string(rule.name) + "' needs the approval of " + std::to_string(rule.officers_needed) +
                      " officers and has " + std::to_string(approvers.size()) + "; let another officer approve it.");
    }
    details["approved_by"] = approvers;
    TRY(RemoveApprovals(transaction.db(), rule.name, ask.object_id));
  }
  LedgerEntry entry{.at = env_.clock.Now(),
                    .act = std::string(rule.name),
                    .officer = ask.officer,
                    .object_id = ask.object_id,
                    .details_json = Canonical(details)};
  entry.secrets.push_back({.field = "reason", .value = Private(ask.reason)});
  const int64_t leaf_index = TRY(ledger_.Append(transaction, entry));
  return Permit(ask.act, ask.officer, entry.at, leaf_index);
}

Result<ApprovalState> Gate::Approve(Transaction& transaction, const Ask& ask) {
  TRY(CheckShape(ask));
  const ActRule& rule = RuleOf(ask.act);
  if (!TakesApprovals(rule)) return Fail(Code::kInvalid, "'" + std::string(rule.name) + "' needs no approval; do it.");
  TRY(Admit(transaction, ask, rule));
  const Sha256 details = DetailsDigest(ask);
  for (const ApprovalRow& row : TRY(ApprovalsOf(transaction.db(), rule.name, ask.object_id))) {
    if (row.officer == ask.officer && row.details_sha256 == details) {
      return Fail(Code::kConflict,
                  "Officer " + ask.officer + " has approved this already; let another officer approve it.");
    }
  }
  LedgerEntry entry{.at = env_.clock.Now(),
                    .act = "approve_" + std::string(rule.name),
                    .officer = ask.officer,
                    .object_id = ask.object_id,
                    .details_json = Canonical(ParseJson(ask.details_json))};
  entry.secrets.push_back({.field = "reason", .value = Private(ask.reason)});
  const int64_t leaf_index = TRY(ledger_.Append(transaction, entry));
  TRY(PutApproval(transaction.db(), {.act = std::string(rule.name),
                                     .object_id = ask.object_id,
                                     .officer = ask.officer,
                                     .details_sha256 = details,
                                     .at = entry.at,
                                     .leaf_index = leaf_index}));
  return ApprovalState{.given = static_cast<int>(TRY(Approvers(transaction.db(), ask, rule)).size()),
                       .needed = rule.officers_needed};
}

Result<std::vector<Approval>> Gate::Approvals(Database& database, Act act, const std::string& object_id) const {
  std::vector<Approval> out;
  for (const ApprovalRow& row : TRY(ApprovalsOf(database, RuleOf(act).name, object_id))) {
    out.push_back({.officer = row.officer, .at = row.at, .leaf_index = row.leaf_index});
  }
  return out;
}

}  // namespace crossguard
