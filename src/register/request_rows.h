// What nodes ask of each other and send each other, as rows: received packages, requests for information, releases
// after a hit, hit or no hit, corrections. The SQL of app/mail_package, app/mail_request and the desks beside them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "register/sql.h"

namespace crossguard::request_rows {

// --- Received packages ----------------------------------------------------------------------------------------------

struct ReceivedPackageRow {
  std::string sender, package, message_id, kind, operation, gateway, gateway_reason;
  int64_t account_count = 0, file_count = 0, payload_bytes = 0;
  std::string labels, folder;  // canonical JSON; below the data directory
  Instant received_at;
  std::string decision, case_number;
  std::optional<Instant> decided_at, recalled_at;
  std::string recall_reason;
  std::optional<Instant> erased_at;  // the sealed copy is gone, since its sender erased somebody in it
  std::string via;                   // the organisation that carried it; empty: nobody between
};
Result<std::optional<ReceivedPackageRow>> FindReceivedPackage(Database& db, std::string_view sender,
                                                              std::string_view package);
Status EachReceivedPackage(Database& db,
                           const std::function<Status(const ReceivedPackageRow&)>& on_row);  // newest first
Status InsertReceivedPackage(Transaction& transaction, const ReceivedPackageRow& row);
struct PackageDecision {
  std::string sender, package, decision, case_number;
  Instant at;
};
Status MarkPackageDecided(Transaction& transaction, const PackageDecision& decision);
// The first recall counts.
Status MarkPackageRecalled(Transaction& transaction, std::string_view sender, std::string_view package,
                           std::string_view reason, Instant at);

struct QuestionRow {
  std::string sender, message_id, package, question;
  Instant asked_at;
};
Status InsertPackageQuestion(Transaction& transaction, const QuestionRow& row);
Status EachPackageQuestion(Database& db, const std::function<Status(const QuestionRow&)>& on_row);

// --- Requests for information ---------------------------------------------------------------------------------------

struct InformationRow {
  std::string direction, authority, message_id, question, selectors, legal_basis, urgency;
  Instant asked_at, due_at;
  int64_t held_count = 0;
  std::string state = "open", answer;
  std::optional<Instant> answered_at;
};
Status InsertInformation(Transaction& transaction, const InformationRow& row);  // the same twice changes nothing
Result<std::optional<InformationRow>> FindInformation(Database& db, std::string_view direction, std::string_view id);
Status EachInformation(Database& db, const std::function<Status(const InformationRow&)>& on_row);  // by due time
Status MarkInformation(Transaction& transaction, const InformationRow& row);  // state, answer, answered_at

// --- Releases -------------------------------------------------------------------------------------------------------

struct ReleaseRow {
  std::string direction, authority, message_id, type, value, reason;
  Instant asked_at;
  std::string state = "open", decision_reason, fields = "[]", labels = "{}";
  std::optional<Instant> decided_at;
};
Status InsertRelease(Transaction& transaction, const ReleaseRow& row);
Result<std::optional<ReleaseRow>> FindRelease(Database& db, std::string_view direction, std::string_view id);
Status EachRelease(Database& db, const std::function<Status(const ReleaseRow&)>& on_row);
Status MarkRelease(Transaction& transaction, const ReleaseRow& row);  // state, reason, fields, labels, decided_at

// --- Hit or no hit --------------------------------------------------------------------------------------------------

struct HeldRow {
  std::string category, ref;
};
// What this house itself holds on a selector: its own holdings, and accounts that may stand in a cross-check index.
Status EachHeld(Database& db, std::string_view self, std::string_view type, std::string_view value,
                const std::function<Status(const HeldRow&)>& on_row);
// Owners, other than these two, whose holdings meet and whose handling codes let others know: distinct, by owner.
Status EachOwnerMet(Database& db, std::string_view type, std::string_view value, std::string_view self,
                    std::string_view asker,
                    const std::function<Status(std::string_view owner, std::string_view contact)>& on_row);
// How many queries of the authority on that day were answered; and one more.
Result<int64_t> AskedOn(Database& db, std::string_view authority, std::string_view day);
Status CountAsked(Transaction& transaction, std::string_view authority, std::string_view day, bool hit);
// The same of one of its officers, whatever came of it.
Result<int64_t> OfficerAskedOn(Database& db, std::string_view authority, std::string_view officer,
                               std::string_view day);
Status CountOfficerAsked(Transaction& transaction, std::string_view authority, std::string_view officer,
                         std::string_view day, int64_t count);
struct QuotaRow {
  std::string authority, day, officer;  // officer "": all of the authority
  int64_t asked_count = 0;
};
Status EachQuota(Database& db, const std::function<Status(const QuotaRow&)>& on_row);  // newest day first
struct HitQueryRow {
  std::string authority, message_id, type, value;
  Instant asked_at;
  std::string answers = "[]";
  std::optional<Instant> answered_at;
};
Status InsertHitQuery(Transaction& transaction, const HitQueryRow& row);
Result<std::optional<HitQueryRow>> FindHitQuery(Database& db, std::string_view authority, std::string_view id);
Status EachHitQuery(Database& db, const std::function<Status(const HitQueryRow&)>& on_row);  // newest first
Status MarkHitQuery(Transaction& transaction, const HitQueryRow& row);                       // answers, answered_at

// --- Corrections ----------------------------------------------------------------------------------------------------

struct CorrectionRow {
  std::string sender, message_id, about, correction;
  Instant said_at;
};
Status InsertCorrection(Transaction& transaction, const CorrectionRow& row);
Status EachCorrection(Database& db, std::string_view about, const std::function<Status(const CorrectionRow&)>& on_row);

}  // namespace crossguard::request_rows
