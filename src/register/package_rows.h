// What packages are made of and what is written about them. The SQL of package/.
//
// Readers walk rows in an order that does not depend on row numbers (public ids, then values), so that two registers
// with the same rows give the same walk. Rows reach the callback one at a time; views in them live during the call
// only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "register/sql.h"

namespace crossguard::package_rows {

struct OperationRow {
  Key<Operation> key;
  std::string id;
  std::string name;
  Instant created_at;
  Instant as_of;  // when the last submission was sealed; created_at if none was
};
Result<std::optional<OperationRow>> FindOperation(Database& db, std::string_view id);

// Each reported account of the operation (role 'reported'), by public id.
struct ReportedAccount {
  Key<Account> key;
  std::string id;
  bool ever_victim = false;
  std::string minor;
  std::string country;  // of its jurisdiction; "" unclear
  bool has_jurisdiction = false;
  bool second_officer = false;  // triage asks for one
  std::string second_officer_reason;
  int64_t priority = 0;  // rescue priority, then actionability: the order of urgency
  int64_t actionability = 0;
  bool urgent = false;
};
Status EachReportedAccount(Database& db, Key<Operation> operation,
                           const std::function<Status(const ReportedAccount&)>& on_row);
// Did an officer other than this one approve the act for the object?
Result<bool> ApprovedByAnother(Database& db, std::string_view act, std::string_view object_id,
                               std::string_view officer);

// --- One account ----------------------------------------------------------------------------------------------------

// Where a value was read: document and place.
struct SourceRow {
  int64_t item_key = 0;
  Sha256 exhibit;
  std::string path;
  std::string place;
};
struct AccountRow {
  Key<Account> key;
  std::string id, service, esp_identifier, minor, category;
  bool identifier_derived = false;
};
Result<AccountRow> ReadAccount(Database& db, Key<Account> account);

struct MentionRow {
  int64_t mention_key = 0;
  Key<Report> report_key;
  std::string report_id, provider, provider_report_id, role, incident_type, incident_at_text, dialect;
  std::optional<Instant> incident_at;
  std::optional<std::string> escalate_reason;
  std::string batched_reason;
  std::string report_additional_info;
  std::string annotations;  // JSON
  SourceRow source;
};
// Only the operation's. Roles other than victim.
Status EachMention(Database& db, Key<Operation> operation, Key<Account> account,
                   const std::function<Status(const MentionRow&)>& on_row);

struct ValueRow {
  std::string field, value;
  SourceRow source;
};
Status EachValue(Database& db, Key<Operation> operation, Key<Account> account,
                 const std::function<Status(const ValueRow&)>& on_row);

struct SightingRow {
  std::string type, value, raw, origin, at_text, event_name;
  std::optional<Instant> at;
  bool zone_known = false;
  std::optional<int64_t> port;
  std::optional<bool> possible_proxy, verified;
  SourceRow source;
};
// By type, value. A selector that was found in free text and is a victim's own is not the account's: left out.
Status EachSighting(Database& db, Key<Operation> operation, Key<Account> account,
                    const std::function<Status(const SightingRow&)>& on_row);

struct DetailsRow {
  std::string id, report_id, provider_file_id, file_name, original_file_name, relevance, classification, annotations,
      claimed_hashes, hash_check, state;
  std::optional<bool> viewed, exif_viewed, public_;
  std::optional<Instant> uploaded_at;
  std::string uploaded_at_text;
  std::optional<std::string> media_id;
  int64_t media_item_key = 0;  // 0: no bytes
  SourceRow source;
};
// The files declared for the account: by the provider, or in a report whose one reported account it is.
Status EachDetails(Database& db, Key<Operation> operation, Key<Account> account,
                   const std::function<Status(const DetailsRow&)>& on_row);

struct MediaRow {
  Key<Media> key;
  std::string id, kind, state;
  Sha256 sha256;
  Sha1 sha1;
  Md5 md5;
  std::optional<Pdq> pdq;
  std::optional<int64_t> pdq_quality, width, height;
  int64_t size_bytes = 0;
};
// What lies in one file of the submission: the content itself, and the members if it is an archive.
Status EachMediaOfItem(Database& db, int64_t item_key, const std::function<Status(const MediaRow&)>& on_row);
Result<std::optional<MediaRow>> FindMedia(Database& db, std::string_view id);
struct HitRow {
  std::string list_name, list_version, list_owner, scheme, scheme_country, scheme_version, code, grade, series, method,
      state, entry_id;
  int64_t distance = 0;
};
Status EachHit(Database& db, Key<Media> media, const std::function<Status(const HitRow&)>& on_row);

struct ScoreRow {
  std::string axis, contributions;
  int64_t points = 0;
};
Status EachScore(Database& db, Key<Account> account, const std::function<Status(const ScoreRow&)>& on_row);
struct TriageRow {
  std::string lane, lane_reason, band;
};
Result<std::optional<TriageRow>> ReadTriage(Database& db, Key<Account> account);
struct JurisdictionRow {
  std::string country, explanation, contradictions;
  int64_t confidence = 0;
};
Result<std::optional<JurisdictionRow>> ReadJurisdiction(Database& db, Key<Account> account);
struct ClaimRow {
  std::string country, basis, because;
  int64_t weight = 0;
};
Status EachClaim(Database& db, Key<Account> account, const std::function<Status(const ClaimRow&)>& on_row);
struct SubjectRow {
  std::string id;
  int64_t account_count = 0;
};
// Does a report of another operation name the account too? What was worked out of it then speaks of both.
Result<bool> NamedElsewhere(Database& db, Key<Operation> operation, Key<Account> account);
// Nothing where an account of it is named in another operation too.
Result<std::optional<SubjectRow>> ReadSubject(Database& db, Key<Operation> operation, Key<Account> account);
struct LinkRow {
  std::string type, value, strength, reason;
  int64_t sharer_count = 0;
};
// Only those that no account of another operation shares.
Status EachLink(Database& db, Key<Operation> operation, Key<Account> account,
                const std::function<Status(const LinkRow&)>& on_row);
struct PartnerHitRow {
  std::string selector_type, owner, contact, handling;
};
// Of an account that is named elsewhere too: only hits by a selector or file that this operation's reports say.
Status EachPartnerHit(Database& db, Key<Operation> operation, Key<Account> account,
                      const std::function<Status(const PartnerHitRow&)>& on_row);

// --- Documents ------------------------------------------------------------------------------------------------------

struct DocumentRow {
  int64_t item_key = 0;
  Sha256 sha256;
  int64_t size_bytes = 0;
  std::string path, role;
};
Result<DocumentRow> ReadDocument(Database& db, int64_t item_key);
// Who else a document speaks of: every account that any report read from it names, in any role, the owners of details,
// and in a table the accounts whose values and sightings stand in its rows.
struct DocumentPerson {
  Key<Account> account;
  std::string role;
  std::string place;
};
Status EachDocumentPerson(Database& db, const DocumentRow& document,
                          const std::function<Status(const DocumentPerson&)>& on_row);
// Reports read from the document; and whether something in it could not be read.
struct DocumentReport {
  Key<Report> key;
  std::string id, dialect, place;
  bool taken = true;  // false: it came before, so nobody took down of whom this one speaks
};
Status EachDocumentReport(Database& db, int64_t item_key, const std::function<Status(const DocumentReport&)>& on_row);
Result<bool> DocumentHasQuarantine(Database& db, int64_t item_key);
// The persons of a report whatever document they stand in (its fileDetails, its other rows).
Status EachReportPerson(Database& db, Key<Report> report, const std::function<Status(const DocumentPerson&)>& on_row);
// Reports whose file details stand in this document.
Status EachDetailsReport(Database& db, int64_t item_key, const std::function<Status(Key<Report>)>& on_row);
// How many file details were read from the document.
Result<int64_t> DetailsInDocument(Database& db, int64_t item_key);

// --- Packages -------------------------------------------------------------------------------------------------------

struct PackageRow {
  Key<Package> key;
  Key<Operation> operation_key;
  std::string id, operation_id, authority, kind, state, gateway, gateway_reason, folder, case_number;
  Sha256 contents_sha256;
  int64_t payload_bytes = 0, account_count = 0, file_count = 0;
  Instant composed_at;
  std::optional<Instant> sealed_at, released_at, answered_at;
  std::optional<std::string> answers_package;  // evidence: the id of the referral
  std::optional<std::string> follows_package;  // the id of the one that held accounts of this one back
};
Result<std::optional<PackageRow>> FindPackage(Database& db, std::string_view id);
Status EachPackage(Database& db, Key<Operation> operation,
                   const std::function<Status(const PackageRow&)>& on_row);  // by authority, kind, id
struct NewPackage {
  Key<Operation> operation;
  std::string id, authority, kind, gateway, gateway_reason;
  Sha256 contents_sha256;
  int64_t account_count = 0, file_count = 0;
  Instant composed_at;
  Key<Package> answers;
  Key<Package> follows;
};
Result<Key<Package>> InsertPackage(Transaction& transaction, const NewPackage& package);
Status AddPackageAccount(Transaction& transaction, Key<Package> package, Key<Account> account);
Status EachPackageAccount(Database& db, Key<Package> package,
                          const std::function<Status(Key<Account>)>& on_row);  // by public id
// Accounts that were left out of the package because a deconfliction of theirs was open.
Status AddHeldBack(Transaction& transaction, Key<Package> package, Key<Account> account);
Result<int64_t> CountHeldBack(Database& db, Key<Package> package);
// Each released package of that kind to the authority with each account that it held back, the first released first.
Status EachHeldBack(Database& db, Key<Operation> operation, std::string_view authority, std::string_view kind,
                    const std::function<Status(Key<Package> package, std::string_view id, Key<Account>)>& on_row);
// Did a released evidence package for the referral hold accounts back?
Result<bool> EvidenceHeldBack(Database& db, Key<Package> referral);
// Accounts that left in a released evidence package for the referral.
Status EachEvidenceSent(Database& db, Key<Package> referral, const std::function<Status(Key<Account>)>& on_row);
// Accepted referrals of the operation with accounts that a released evidence package held back and none carried since.
Result<std::vector<std::string>> ReferralsOwedEvidence(Database& db, Key<Operation> operation);
// Accounts of the operation that left in a released (or answered) referral package.
Status EachSentAccount(Database& db, Key<Operation> operation, const std::function<Status(Key<Account>)>& on_row);
// An unreleased package that newer contents replace: its accounts are freed and its state becomes `superseded`.
Status Supersede(Transaction& transaction, Key<Package> package);
// A superseded package whose contents are the right ones again.
Status Revive(Transaction& transaction, Key<Package> package, Instant at);
// A sealed package that is to be sealed anew for another certificate: composed again, released no more; the seal that
// stood stays as a row.
Status Unseal(Transaction& transaction, Key<Package> package, std::string_view certificate_sha256, Instant at);
Status MarkSealed(Transaction& transaction, Key<Package> package, std::string_view folder, int64_t payload_bytes,
                  Instant at);
// Accounts of the package that may not leave as things stand now: named as a victim, or perhaps a minor's and nobody
// agreed.
Result<int64_t> HeldAccountsIn(Database& db, Key<Package> package, std::string_view compose_act);
Status MarkReleased(Transaction& transaction, Key<Package> package, Instant at);
Status MarkAnswered(Transaction& transaction, Key<Package> package, std::string_view state,
                    std::string_view case_number, Instant at);
// Who is to receive each account that has not left: remade as a whole; the day on which one came to its authority
// stays.
struct Destination {
  Key<Account> account;
  std::string authority;
};
Status RemakeDestinations(Transaction& transaction, Key<Operation> operation,
                          const std::vector<Destination>& destinations, Instant at);
Status ClearWithheld(Transaction& transaction, Key<Operation> operation);
struct Withheld {
  Key<Account> account;
  std::string authority, reason_code, reason;
};
Status InsertWithheld(Transaction& transaction, Key<Operation> operation, const Withheld& withheld);

// --- Custody --------------------------------------------------------------------------------------------------------

struct LeafRow {
  int64_t index = 0;
  std::string act, object_id, entry;
  Instant at;
};
// Leaves about the package, its operation, and the submissions of that operation, by index.
Status EachCustodyLeaf(Database& db, Key<Operation> operation, std::string_view package_id,
                       const std::function<Status(const LeafRow&)>& on_row);

}  // namespace crossguard::package_rows
