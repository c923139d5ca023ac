// The statements of triage: what it reads of one account or one report at a time, and the tables it remakes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ids.h"
#include "register/sql.h"

namespace crossguard {

// ---- read ----

struct TriageAccountRow {
  Key<Account> key;
  std::string id;
  bool identifier_derived = false;
  bool ever_victim = false;
  std::string minor;  // unknown | may_be_minor | adult
};
struct TriageReportRow {
  Key<Report> key;
  std::string incident_type;
  std::optional<Instant> incident_at;
  std::optional<Instant> received_at;
  std::optional<std::string> escalate_reason;
  std::optional<std::string> batched_reason;
  std::vector<std::string> annotations;
  std::string additional_info;
  bool bundled = false;
  std::string new_information;  // in its bundle; '' = brings nothing that the others do not
};
struct TriageValueRow {
  int64_t key = 0;
  Key<Report> report;
  std::string field;
  std::string value;
  std::string association;  // of an associated account: "Billing", "Linked" ...; '' otherwise
};
struct TriageSightingRow {
  int64_t key = 0;
  std::string type;   // selector type
  std::string value;  // normalised
  bool mined = false;
  std::optional<Instant> at;
  bool zone_known = false;
  bool has_port = false;
  std::optional<bool> possible_proxy;
  std::optional<bool> verified;
};
// One declared file with one content in it; a file without bytes, or whose bytes are not there, has media_key 0.
struct TriageFileRow {
  int64_t details_key = 0;
  Key<Report> report;
  std::optional<bool> viewed_by_esp;
  std::string industry_classification;
  std::vector<std::string> annotations;
  std::optional<Instant> uploaded_at;
  int64_t media_key = 0;
  std::string media_state;
  std::string media_kind;  // MIME
  std::string verdict;     // '' | known | benign | conflict
  int64_t group = 0;       // cluster key, or minus the media key where there is no cluster
  std::string camera;      // make and model by EXIF; '' if none
  bool rewritten = false;  // a JPEG with codes of its own or progressive: software wrote it after the camera
};
struct TriageReportContext {
  int64_t reported_count = 0;  // accounts
  int64_t victim_count = 0;
  int64_t school_count = 0;  // distinct
};

Result<std::vector<Key<Account>>> ReportedAccounts(Database& database);  // ascending
Result<TriageAccountRow> ReadTriageAccount(Database& database, Key<Account> account);
Result<std::vector<TriageReportRow>> ReadTriageReports(Database& database,
                                                       Key<Account> account);  // that report it, ascending
Result<std::vector<TriageValueRow>> ReadTriageValues(Database& database,
                                                     Key<Account> account);  // of its reported mentions
using OnSighting = std::function<void(const TriageSightingRow&)>;
Status EachTriageSighting(Database& database, Key<Account> account,
                          const OnSighting& on_row);  // of its reported mentions and its files
Result<std::vector<TriageFileRow>> ReadTriageFiles(Database& database, Key<Account> account);  // by details, then media
Result<int64_t> CountPartnerOwners(Database& database, Key<Account> account);
Result<int64_t> CountSubjectAccounts(Database& database, Key<Account> account);  // 1 if it is in no subject

Result<TriageReportContext> ReadTriageReportContext(Database& database, Key<Report> report);
Result<std::vector<TriageFileRow>> ReadUnattributedFiles(Database& database,
                                                         Key<Report> report);  // declared, of no account
Status EachUnattributedSighting(Database& database, Key<Report> report,
                                const OnSighting& on_row);  // of no mention, and of no account's file
Result<std::vector<TriageValueRow>> ReadAssociatedValues(Database& database, Key<Report> report);

// Bundles: batched reports; pairs of (known content group, report), ordered by both; what a bundle's reports bring.
struct BatchedReportRow {
  Key<Report> report;
  std::string provider;
  std::string reason;
};
Status EachBatchedReport(Database& database, const std::function<void(const BatchedReportRow&)>& on_row);
Status EachKnownGroupReport(Database& database, const std::function<void(int64_t group, Key<Report> report)>& on_row);
Result<std::string> GroupId(Database& database, int64_t group);  // public id of the cluster or media
Status EachBundleSelector(Database& database, int64_t bundle_key,
                          const std::function<void(Key<Report>, std::string_view type, int64_t selector_key)>& on_row);
Status EachBundleUnknownGroup(Database& database, int64_t bundle_key,
                              const std::function<void(Key<Report>, int64_t group)>& on_row);

// Unknown contents, ordered by group: once per declared file and account, or once with details_key 0 where no file
// details speak.
struct UnknownMediaRow {
  int64_t group = 0;
  int64_t media_key = 0;
  std::string media_id;
  std::string state;
  bool representative = false;  // of its cluster
  int64_t details_key = 0;
  Key<Report> report;
  std::string industry_classification;
  std::string annotations;  // JSON text
  std::string incident_type;
  int64_t points = 0;             // rescue_priority: of the file's account, else the highest among the report's
  std::optional<Instant> due_at;  // the earliest of the same
};
Status EachUnknownMedia(Database& database, const std::function<Status(const UnknownMediaRow&)>& on_row);

// ---- write ----

Status ClearTriage(Database& database);  // every triage table; of the queues only those of triage
Result<int64_t> InsertBundle(Database& database, std::string_view id, std::string_view kind, std::string_view label,
                             int64_t report_count);
Status InsertBundleReport(Database& database, Key<Report> report, int64_t bundle_key);
Status SetNewInformation(Database& database, Key<Report> report, std::string_view text);
Status SetNewInformationCount(Database& database, int64_t bundle_key, int64_t count);
Status InsertScore(Database& database, Key<Account> account, std::string_view axis, int64_t points,
                   std::string_view contributions);
struct TriageRow {
  std::string lane;
  std::string lane_reason;
  std::string band;
  Instant due_at;
  bool second_officer = false;
  std::string second_officer_reason;
};
Status InsertTriage(Database& database, Key<Account> account, const TriageRow& row);
Status InsertClaim(Database& database, Key<Account> account, std::string_view country, std::string_view basis,
                   int64_t weight, std::string_view because);
Status InsertJurisdiction(Database& database, Key<Account> account, std::string_view country, int64_t confidence,
                          std::string_view explanation, std::string_view contradictions);
struct QueueRow {
  std::string_view queue;
  int64_t position;
  std::string_view noun;
  int64_t noun_key;
  std::string_view noun_id;
  std::string_view reason;
  std::optional<Instant> due_at;
};
Status InsertQueueItem(Database& database, const QueueRow& row);
// The queues of accounts, ordered by lane, score and due date, straight from the tables above. Each gives the number of
// rows.
Result<int64_t> FillUrgentQueue(Database& database);
Result<int64_t> FillUnclearQueue(Database& database);
Result<int64_t> FillSecondOfficerQueue(Database& database);
// Victims by the standing of those who were reported with them, then accounts in minor-to-minor reports.
Result<int64_t> FillSafeguardingQueue(Database& database, Instant due_at_if_none);

}  // namespace crossguard
