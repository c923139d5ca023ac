// Statements of intake/read: report, account, mention, value, selector, sighting, file details, media rows, quarantine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "register/seal_rows.h"
#include "register/sql.h"

namespace crossguard::rows {

struct Mention {};  // account_mention: no public id

struct ReportRow {
  Id<Report> id;
  Key<Operation> operation;
  Key<Submission> submission;
  Key<ExhibitItem> item;
  std::string place;
  std::string dialect;
  std::string provider;
  std::string provider_report_id;
  std::string state;  // taken | duplicate
  Key<Report> duplicate_of;
  std::string incident_type;
  std::optional<Instant> incident_at;
  std::string incident_at_text;
  bool incident_zone_known = false;
  std::optional<Instant> received_at;
  std::optional<std::string> escalate_reason;
  std::optional<std::string> batched_reason;
  std::string annotations = "[]";
  std::string additional_info;
  std::string unknown_fields = "[]";
};
struct ReportFound {
  Key<Report> key;
  Id<Report> id;
  Key<Submission> submission;
  Key<ExhibitItem> item;
  Key<Operation> operation;
  std::string place;
  std::string state;
};
struct SightingRow {
  Key<Selector> selector;
  Key<Mention> mention;  // 0: tied to no account
  Key<Report> report;
  Key<FileDetails> details;  // 0: not of a file
  std::string origin;
  std::string raw;
  std::optional<Instant> at;
  std::string at_text;
  bool zone_known = false;
  std::optional<int64_t> port;
  std::string event_name;
  std::optional<bool> possible_proxy;
  std::optional<bool> verified;
  Key<ExhibitItem> item;
  std::string place;
};
struct DetailsRow {
  Key<FileDetails> key;
  Id<FileDetails> id;
  Key<Report> report;  // 0: not here
  std::string provider_report_id;
  Key<Account> account;
  std::string provider_file_id;
  std::string file_name;
  std::string original_file_name;
  std::optional<bool> viewed_by_esp;
  std::optional<bool> exif_viewed_by_esp;
  std::optional<bool> publicly_available;
  std::string relevance;
  std::string industry_classification;
  std::string annotations = "[]";
  std::string claimed_hashes = "[]";
  std::optional<Instant> uploaded_at;
  std::string uploaded_at_text;
  std::string additional_info;
  std::string unknown_fields = "[]";
  Key<ExhibitItem> item;
  std::string place;
  std::string item_path;  // when read: the document that declares it
};
struct MediaFound {
  Key<ExhibitItem> item;
  Sha256 sha256;
  Md5 md5;
  Sha1 sha1;
};

Result<Key<Report>> InsertReport(Database& db, const ReportRow& row);
Result<std::optional<ReportFound>> ReportById(Database& db, const Id<Report>& id);
// provider "": of any.
Result<std::vector<ReportFound>> ReportsOf(Database& db, std::string_view provider,
                                           std::string_view provider_report_id);
Result<std::string> ReportUnknown(Database& db, Key<Report> report);  // unknown_fields
// Of several rows that speak of one report: what one says counts, whichever it is.
Status AddToReport(Database& db, Key<Report> report, const std::optional<std::string>& escalate_reason,
                   const std::optional<std::string>& batched_reason);
Result<std::string> ReportAnnotations(Database& db, Key<Report> report);
Status SetReportAnnotations(Database& db, Key<Report> report, std::string_view annotations);
Result<bool> ReportHasSelector(Database& db, Key<Report> report, std::string_view type, std::string_view value);

Result<Key<Account>> PutAccount(Database& db, const Id<Account>& id, std::string_view service,
                                std::string_view esp_identifier, bool derived);
// What a mention says of an account: victim and may_be_minor stay once said; the category follows.
Status MarkAccount(Database& db, Key<Account> account, std::string_view role, std::string_view minor);
struct PutMentionResult {
  Key<Mention> key;
  bool made = false;      // false: the report named the account in this role before
  Key<ExhibitItem> item;  // where it was named first
  std::string place;
};
Result<PutMentionResult> PutMention(Database& db, Key<Account> account, Key<Report> report, std::string_view role,
                                    Key<ExhibitItem> item, std::string_view place, std::string_view unknown_fields);
Result<std::vector<std::pair<Key<Mention>, Key<Account>>>> MentionsOf(Database& db, Key<Report> report,
                                                                      std::string_view role);
// The mention of (provider's user id) in a report, reported ones first; 0 if none.
Result<std::pair<Key<Mention>, Key<Account>>> MentionOfUser(Database& db, Key<Report> report, std::string_view user_id);
// True if a value or a sighting of that place hangs on the mention already.
Result<bool> MentionHasPlace(Database& db, Key<Mention> mention, Key<ExhibitItem> item, std::string_view place);
Status InsertValue(Database& db, Key<Mention> mention, std::string_view field, std::string_view value,
                   Key<ExhibitItem> item, std::string_view place);
Result<Key<Selector>> PutSelector(Database& db, std::string_view type, std::string_view value);
Status InsertSighting(Database& db, const SightingRow& row);

Result<std::optional<DetailsRow>> DetailsById(Database& db, const Id<FileDetails>& id);  // key, item and place only
Result<Key<FileDetails>> InsertDetails(Database& db, const DetailsRow& row);
// Details of the submission that are still 'declared', behind `after`, at most `limit`.
Result<std::vector<DetailsRow>> DeclaredDetails(Database& db, Key<Submission> submission, Key<FileDetails> after,
                                                int64_t limit);
Status LinkDetails(Database& db, const DetailsRow& row, Key<ExhibitItem> media_item, std::string_view hash_check);
// The reported account of a report that shares a selector with the file's own sightings; 0 unless exactly one does.
Result<Key<Account>> AccountBySharedSelector(Database& db, Key<Report> report, Key<FileDetails> details);
Status TieSightings(Database& db, Key<Report> report, Key<FileDetails> details, Key<Account> account);

Status AddQuarantine(Database& db, Key<ExhibitItem> item, std::string_view place, std::string_view kind,
                     std::string_view reason);  // once per place and kind
Result<bool> ItemHasRecords(Database& db, Key<ExhibitItem> item, std::string_view role);
Status SetItemRole(Database& db, Key<ExhibitItem> item, std::string_view role);
// For the balance: reports that the reader of this document saw; identifiers that were found in it, added up.
Status SetReportCount(Database& db, Key<ExhibitItem> item, int64_t count);
Status CountIdentifiers(Database& db, Key<ExhibitItem> item, int64_t found, int64_t refused);
Result<std::vector<ItemRow>> UnreadItems(Database& db, Key<Submission> submission, Key<ExhibitItem> after,
                                         int64_t limit);
Result<std::optional<ItemRow>> ItemByKey(Database& db, Key<ExhibitItem> key);
// Makes the rows of a media item: its content once (pending), this occurrence once.
Status PutMedia(Database& db, const Id<Media>& id, const Sha256& sha256, Key<ExhibitItem> item);
Result<std::optional<MediaFound>> MediaOfItem(Database& db, Key<ExhibitItem> item);
// A media item of the submission whose content has that digest ("md5" | "sha1" | "sha256"); the first by key.
Result<std::optional<MediaFound>> MediaByDigest(Database& db, Key<Submission> submission, std::string_view kind,
                                                ByteView digest);
Result<int64_t> DocumentCount(Database& db, Key<Submission> submission);  // items of any role but 'media'
Status EachMediaItem(Database& db, Key<Submission> submission,
                     const std::function<Status(Key<ExhibitItem>, std::string_view path)>& on_item);

// The figures of ReadOutcome, in its order, for the submission.
struct ReadFigures {
  int64_t reports_taken = 0, reports_duplicate = 0, accounts = 0, mentions = 0, sightings_declared = 0,
          sightings_mined = 0, details = 0, details_matched = 0, details_missing = 0, hash_differs = 0, media = 0,
          media_copies = 0, undeclared = 0, quarantine = 0, quarantine_value = 0, quarantine_duplicate = 0;
};
Result<ReadFigures> CountRead(Database& db, Key<Submission> submission);

// The reason that a repeated record of file details or a row is kept with. CountRead counts by it.
constexpr std::string_view kDuplicateReason = "It came before; nothing was changed.";

}  // namespace crossguard::rows
