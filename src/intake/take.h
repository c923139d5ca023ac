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

  Status LoadProviders();  // once, before the first document
  // The document that the next records come from.
  void Begin(const rows::ItemRow& item, Shape shape);
  int64_t damage_count() const { return damage_count_; }  // of this document

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
  std::string ReportIdOf(const ReportRecord& record) const;

  Database& db_;
  const IdMaker& ids_;
  Where where_;
  std::function<Status()> after_record_;
  std::set<std::string> providers_;
  rows::ItemRow item_;
  Shape shape_ = Shape::kMedia;
  int64_t damage_count_ = 0;
};

}  // namespace crossguard::intake
