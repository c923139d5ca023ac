// The statements of outcome/: national_case, outcome_report and what hangs on it, submission_origin, feedback_received;
// and what feedback reads of the other stages' rows.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "model/outcome.h"
#include "register/sql.h"
#include "register/visibility.h"

namespace crossguard::outcome_rows {

// Whoever gives a Sight is answered as far as its viewer sees; without one, it is the work itself.

// --- cases ---
struct CaseRow {
  std::string id, operation, case_number, country, package, account, lead_officer;
  Instant opened_at;
};
// kConflict if the operation has a case of that number.
Status InsertCase(Transaction& transaction, const CaseRow& row);
// By its id or its number; kNotFound. `id` of the answer is always the public id.
Result<CaseRow> FindCase(Database& database, std::string_view id_or_number);
Result<CaseRow> FindCase(Database& database, const Sight& see, std::string_view id_or_number);
// False if it was closed before.
Result<bool> CloseCase(Transaction& transaction, std::string_view id, std::string_view reason, Instant at);
Result<nlohmann::json> ListCases(Database& database, const Sight& see, std::string_view operation);  // "": all
// The case, the outcomes reported under its number by `self`, and the submissions that came of it.
Result<nlohmann::json> ShowCase(Database& database, const Sight& see, std::string_view id, std::string_view self);
Status PutOrigin(Transaction& transaction, std::string_view submission_id, std::string_view case_id, Instant at);

// --- outcomes ---
// Every report of the operation, oldest first, whatever its state.
Result<std::vector<StoredOutcome>> LoadOutcomes(Database& database, std::string_view operation);
Result<std::vector<StoredOutcome>> LoadOutcomes(Database& database, const Sight& see, std::string_view operation);
Result<std::vector<std::string>> OperationsWithOutcomes(Database& database);
// Sets stored.key.
Status InsertOutcome(Transaction& transaction, StoredOutcome& stored, std::string_view labels_json);
Status SetState(Transaction& transaction, const StoredOutcome& stored);  // state, why, superseded_on, replaced_by
// False if it is known that the report came this way.
Result<bool> AddArrival(Transaction& transaction, int64_t report_key, std::string_view channel,
                        std::string_view message, Instant at);
Status AddContradiction(Transaction& transaction, int64_t report_key, int64_t against_key);
Result<std::vector<int64_t>> Contradictions(Database& database, int64_t report_key);
// The operation of the report "out-..."; kNotFound.
Result<std::string> OperationOfOutcome(Database& database, std::string_view id);
Result<std::string> OperationOfOutcome(Database& database, const Sight& see, std::string_view id);
// state "": all. Newest first, with what each contradicts and by which ways it came.
Result<nlohmann::json> ListOutcomes(Database& database, const Sight& see, std::string_view operation,
                                    std::string_view state, int64_t limit);
Result<nlohmann::json> ShowOutcomes(Database& database, const Sight& see, const std::vector<int64_t>& keys);
// "acc-..." for an id or "<service>/<esp identifier>" that this register knows; nullopt otherwise.
// Whether the viewer sees the operation of that name, or this register has none of it.
Result<bool> OperationIsOpen(Database& database, const Sight& see, std::string_view name);
Result<std::optional<std::string>> AccountId(Database& database, std::string_view id_or_name);

// --- the picture: what went out and what came back ---
struct PackageFacts {
  std::string id, authority, kind, state;
  Instant released_at;
  std::optional<Instant> answered_at;
};
// Released packages of the operation.
Result<std::vector<PackageFacts>> ReleasedPackages(Database& database, const Sight& see, std::string_view operation);
// Each account and authority of released referral packages, once, up to the time.
Status EachAccountSent(Database& database, const Sight& see, std::string_view operation, Instant until,
                       const std::function<void(int64_t account, std::string_view authority)>& on);

// --- feedback ---
Result<std::vector<std::string>> Providers(Database& database, const Sight& see);
// Counts of how completely a provider reported: [{"field","of","filled"}].
Result<nlohmann::json> ProviderFields(Database& database, const Sight& see, std::string_view provider);
// Per account of counted outcomes: the kinds reported of it. An account without any does not appear.
struct AccountOutcomes {
  std::string account;   // "acc-..."
  std::string provider;  // of its first report
  std::string band;      // "" if it was never triaged
  std::vector<std::string> rules;
  std::vector<OutcomeKind> kinds;
};
Result<std::vector<AccountOutcomes>> OutcomesByAccount(Database& database, const Sight& see);
// Files that counted outcomes speak of, with each live list entry that they met: confirmed (a named file of an outcome
// that confirms) and refuted (a named file of a not_csam, or any file of its accounts if it names none).
struct VoteRow {
  std::string owner, list, version, entry_id;
  int64_t up = 0, down = 0;
};
Result<std::vector<VoteRow>> ListVotes(Database& database, const Sight& see);
// Who triaged: the officers of the leaves "triage" (of the operation's run) and of the approvals of single accounts.
Status EachTriageLeaf(Database& database,
                      const std::function<void(std::string_view act, std::string_view object, std::string entry)>& on);
Result<std::vector<std::string>> AccountsOfOperation(Database& database, const Sight& see,
                                                     std::string_view operation_id);
Result<std::string> OperationId(Database& database, const Sight& see, std::string_view name);  // "" if there is none

Status InsertFeedback(Transaction& transaction, std::string_view sender, std::string_view message,
                      std::string_view about, std::string_view name, std::string_view body_json, Instant at);
Result<nlohmann::json> ListFeedback(Database& database);

}  // namespace crossguard::outcome_rows
