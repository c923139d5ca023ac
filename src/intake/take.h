// Takes the records of a document into the register: one call, its rows. Every record has a natural key (its source),
// so a record that was taken before, by a reading that was broken off, is passed over; one that another source brought
// is a duplicate.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "crypto/public_id.h"
#include "intake/dialect.h"
#include "register/intake_rows.h"
#include "selectors/mine.h"

namespace crossguard::intake {

class Taker final : public RecordSink {
 public:
  struct Where {
    Key<Operation> operation;
    Key<Submission> submission;
    std::string submission_id;
  };
  // after_record: called behind each record, in the open transaction; it may commit and begin the next one.
  Taker(Database& database, const IdMaker& ids, Where where, std::function<Status()> after_record)
      : db_(database), ids_(ids), where_(std::move(where)), after_record_(std::move(after_record)) {}

  // Which records of a document are taken. File details that stand beside reports in one document wait until all
  // reports are in, whichever stood first.
  enum class Part : uint8_t { kAll, kReports, kFiles };
  // The document that the next records come from.
  void Begin(const rows::ItemRow& item, Shape shape, Part part);
  int64_t damage_count() const { return damage_count_; }  // of this document
  int64_t report_count() const { return report_count_; }  // of it: whole or not, new or not; a table's by their numbers
  bool files_wait() const { return files_wait_; }         // Part::kReports passed file details over

  Status OnReport(ReportRecord&& report) override;
  Status OnFile(FileRecord&& file) override;
  Status OnAccountRow(ReportRecord&& report) override;
  Status OnIpRow(IpRow&& row) override;
  Status OnDamage(Damage&& damage) override;

 private:
  struct Resolved {
    bool found = false;
    rows::ReportFound report;
  };
  struct Context {  // what the accounts and selectors of one report share
    Key<Report> report;
    std::string provider;
    std::string provider_report_id;
    std::optional<Instant> at;  // of the incident, else of the receipt
    bool minors_said = false;   // the report says that minors dealt with minors
    // "type value" of what is the provider's own desk's, or an officer's: never mined as anybody else's.
    std::set<std::string> desk;
  };

  // A report of that id that this house holds: of this submission first, then of the operation, then any.
  Result<Resolved> FindReport(std::string_view provider, std::string_view provider_report_id);
  Result<Key<Report>> InsertReport(const ReportRecord& record, const std::string& provider,
                                   const std::string& report_id, const rows::ReportFound* duplicate_of,
                                   Context& context);
  Status TakeAccount(const Context& context, AccountRecord& account, size_t number);
  Status TakeSelector(const Context& context, const SelectorRecord& selector, Key<rows::Mention> mention,
                      Key<FileDetails> details, const SelectorHint& hint);
  Status MineText(const Context& context, std::string_view text, const std::string& place, Key<rows::Mention> mention,
                  Key<FileDetails> details, const SelectorHint& hint);
  Status TakeFile(FileRecord& file, const rows::ReportFound* report);
  // A later row of a report that this table brought.
  Status AddToReport(const ReportRecord& record, Key<Report> report);
  // Says so if a repeated report holds what the first did not.
  Status CompareRepeated(const Context& context, const ReportRecord& record, Key<Report> first);
  std::string ReportIdOf(const ReportRecord& record) const;
  Status EndRecord();

  Database& db_;
  const IdMaker& ids_;
  Where where_;
  std::function<Status()> after_record_;
  rows::ItemRow item_;
  Shape shape_ = Shape::kMedia;
  Part part_ = Part::kAll;
  int64_t damage_count_ = 0;
  int64_t report_count_ = 0;
  std::set<std::string> table_reports_;  // the report numbers of this table, some 100 bytes each
  int64_t identifier_count_ = 0;         // of this record: found in a field or a text
  int64_t refused_count_ = 0;            // of them, what the rule cannot read
  bool files_wait_ = false;
};

// "type value" of every identifier in the fields of the reporter, the reporting provider and the police.
std::set<std::string> DeskValues(const std::vector<UnknownField>& unknown);

}  // namespace crossguard::intake
