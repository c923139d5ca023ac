#include "intake/read.h"

#include <algorithm>
#include <vector>

#include "intake/match_files.h"
#include "intake/take.h"

namespace crossguard {
namespace {

using intake::Shape;

constexpr int64_t kRecordsPerTransaction = 500;
constexpr int64_t kItemsPerLook = 500;

// In which order documents are read: reports before what speaks of them.
int PassOf(Shape shape) {
  switch (shape) {
    case Shape::kXmlReport:
    case Shape::kJson:
      return 1;
    case Shape::kCsvAccounts:
      return 2;  // carries less, so where both came it is the repetition
    case Shape::kXmlFileDetails:
    case Shape::kCsvFiles:
    case Shape::kCsvIps:
      return 3;
    case Shape::kMedia:
      break;
  }
  return 0;
}

std::string_view RoleOf(Shape shape) {
  switch (shape) {
    case Shape::kXmlReport:
    case Shape::kJson:
      return "report";
    case Shape::kXmlFileDetails:
      return "file_details";
    case Shape::kCsvAccounts:
    case Shape::kCsvFiles:
    case Shape::kCsvIps:
      return "table";
    case Shape::kMedia:
      break;
  }
  return "media";
}

class Reading {
 public:
  Reading(Vault& vault, Database& database, const IdMaker& ids, const PassGate& pass_gate,
          rows::SubmissionRow submission, const std::function<void(const ReadProgress&)>& on_progress)
      : vault_(vault),
        db_(database),
        ids_(ids),
        pass_gate_(pass_gate),
        submission_(std::move(submission)),
        on_progress_(on_progress),
        taker_(
            database, ids,
            {.operation = submission_.operation, .submission = submission_.key, .submission_id = submission_.id.text()},
            [this] { return AfterRecord(); }) {}

  Status Run() {
    TRY(Open());
    TRY(pass_gate_(*transaction_, Act::kReadSubmission, submission_.id.text(), R"({"step":"begin"})"));
    TRY(Commit());
    TRY(Open());
    TRY(SortItems());
    for (const int pass : {1, 2, 3}) {
      for (Document& document : documents_) {
        if (PassOf(document.shape) == pass || (pass == 3 && document.files_wait)) TRY(ReadDocument(document));
      }
    }
    TRY(intake::MatchFiles(db_, submission_.key, [this] { return NextTransaction(); }));
    TRY(NextTransaction());
    TRY(NameUnreadArchives());
    const rows::ReadFigures figures = TRY(rows::CountRead(db_, submission_.key));
    TRY(pass_gate_(*transaction_, Act::kReadSubmission, submission_.id.text(),
                   R"({"accounts":)" + std::to_string(figures.accounts) + R"(,"details":)" +
                       std::to_string(figures.details) + R"(,"media":)" + std::to_string(figures.media) +
                       R"(,"quarantine":)" + std::to_string(figures.quarantine) + R"(,"reports":)" +
                       std::to_string(figures.reports_taken + figures.reports_duplicate) + R"(,"step":"read"})"));
    TRY(rows::SetSubmissionState(db_, submission_.key, "read"));
    return Commit();
  }

 private:
  struct Document {
    Key<ExhibitItem> item;
    Shape shape;
    bool files_wait = false;  // file details beside reports: read once more when all reports are in
  };

  Status Open() {
    transaction_.emplace(TRY(Transaction::Begin(db_)));
    records_in_transaction_ = 0;
    return {};
  }
  Status Commit() {
    TRY(transaction_->Commit());
    transaction_.reset();
    return {};
  }
  Status NextTransaction() {
    TRY(Commit());
    return Open();
  }
  Status AfterRecord() { return ++records_in_transaction_ >= kRecordsPerTransaction ? NextTransaction() : Status{}; }

  Result<Bytes> HeadOf(const Sha256& sha256) {
    Bytes head;
    bool enough = false;
    const Status done = vault_.ReadStream(sha256, [&](ByteView piece) -> Status {
      head.insert(head.end(), piece.begin(),
                  piece.begin() + static_cast<ptrdiff_t>(std::min(piece.size(), intake::kSniffBytes - head.size())));
      enough = head.size() == intake::kSniffBytes;
      return enough ? Status(Fail(Code::kConflict, "Enough.")) : Status{};
    });
    if (!done && !enough) return std::unexpected(done.error());
    return head;
  }

  // A submission without any report, but with archives, was handed in packed: say so, by name.
  Status NameUnreadArchives() {
    if (TRY(rows::DocumentCount(db_, submission_.key)) > 0) return {};
    std::vector<Key<ExhibitItem>> items;
    TRY(rows::EachMediaItem(db_, submission_.key, [&](Key<ExhibitItem> item, std::string_view) -> Status {
      items.push_back(item);
      return {};
    }));
    for (const Key<ExhibitItem> key : items) {
      const auto item = TRY(rows::ItemByKey(db_, key));
      CHECK(item.has_value());
      const std::string_view name = intake::ArchiveName(TRY(HeadOf(*item->sha256)));
      if (name.empty()) continue;
      TRY(rows::AddQuarantine(db_, key, "", "document",
                              "No report came in this submission, and this is an archive (" + std::string(name) +
                                  "), which is not searched for reports; unpack it and hand in the folder."));
      TRY(AfterRecord());
    }
    return {};
  }

  // Media get their rows at once; documents wait for their pass.
  Status SortItems() {
    Key<ExhibitItem> last;
    while (true) {
      const auto items = TRY(rows::UnreadItems(db_, submission_.key, last, kItemsPerLook));
      if (items.empty()) break;
      for (const rows::ItemRow& item : items) {
        const Shape shape = intake::Sniff(TRY(HeadOf(*item.sha256)));
        if (shape == Shape::kMedia) {
          TRY(rows::PutMedia(db_, ids_.Make<Media>(item.sha256->hex()), *item.sha256, item.key));
          TRY(rows::SetItemRole(db_, item.key, "media"));
        } else {
          documents_.push_back({item.key, shape});
        }
      }
      last = items.back().key;
      TRY(NextTransaction());
    }
    progress_.documents_total = static_cast<int64_t>(documents_.size());
    return {};
  }

  Status ReadDocument(Document& document) {
    using Part = intake::Taker::Part;
    const auto item = TRY(rows::ItemByKey(db_, document.item));
    CHECK(item.has_value());
    const bool first = document.shape == Shape::kXmlReport && !document.files_wait;
    taker_.Begin(*item, document.shape, first ? Part::kReports : document.files_wait ? Part::kFiles : Part::kAll);
    const auto dialect = intake::MakeDialect(document.shape, taker_);
    TRY(vault_.ReadStream(*item->sha256, [&](ByteView piece) { return dialect->Feed(piece); }));
    TRY(dialect->Finish());
    if (!document.files_wait) TRY(rows::SetReportCount(db_, item->key, taker_.report_count()));
    document.files_wait = first && taker_.files_wait();
    if (document.files_wait) return AfterRecord();
    TRY(rows::SetItemRole(db_, item->key, TRY(RoleOfItem(item->key, document.shape))));
    ++progress_.documents_done;
    if (on_progress_) on_progress_(progress_);
    return AfterRecord();
  }

  // By what it gave: a document of which nothing could be taken is quarantined as a whole.
  Result<std::string> RoleOfItem(Key<ExhibitItem> item, Shape shape) {
    const std::string_view role = RoleOf(shape);
    if (role == "table") return std::string(role);
    if (TRY(rows::ItemHasRecords(db_, item, role))) return std::string(role);
    if (TRY(rows::ItemHasRecords(db_, item, "file_details"))) return std::string("file_details");
    return std::string(taker_.damage_count() > 0 ? "quarantined" : role);
  }

  Vault& vault_;
  Database& db_;
  const IdMaker& ids_;
  const PassGate& pass_gate_;
  rows::SubmissionRow submission_;
  const std::function<void(const ReadProgress&)>& on_progress_;
  intake::Taker taker_;
  std::optional<Transaction> transaction_;
  int64_t records_in_transaction_ = 0;
  std::vector<Document> documents_;
  ReadProgress progress_;
};

Result<ReadOutcome> OutcomeOf(Database& database, Key<Submission> submission) {
  const rows::ReadFigures f = TRY(rows::CountRead(database, submission));
  return ReadOutcome{.already_read = false,
                     .report_count = f.reports_taken + f.reports_duplicate,
                     .report_taken_count = f.reports_taken,
                     .report_duplicate_count = f.reports_duplicate,
                     .account_count = f.accounts,
                     .mention_count = f.mentions,
                     .sighting_declared_count = f.sightings_declared,
                     .sighting_mined_count = f.sightings_mined,
                     .details_count = f.details,
                     .details_matched_count = f.details_matched,
                     .details_missing_count = f.details_missing,
                     .hash_differs_count = f.hash_differs,
                     .media_count = f.media,
                     .media_copy_count = f.media_copies,
                     .undeclared_count = f.undeclared,
                     .quarantine_count = f.quarantine,
                     .quarantine_value_count = f.quarantine_value,
                     .quarantine_duplicate_count = f.quarantine_duplicate};
}

}  // namespace

Result<ReadOutcome> ReadSubmission(Env& env, Vault& vault, Database& database, const IdMaker& ids,
                                   const PassGate& pass_gate, Key<Submission> submission,
                                   const std::function<void(const ReadProgress&)>& on_progress) {
  const auto row = TRY(rows::SubmissionByKey(database, submission));
  if (!row) return Fail(Code::kNotFound, "The submission does not exist; seal it first.");
  if (row->state == "sealing")
    return Fail(Code::kConflict, "The submission " + row->id.text() + " is not sealed yet; seal it, then read it.");
  const bool already_read = row->state == "read";
  if (!already_read) TRY(Reading(vault, database, ids, pass_gate, *row, on_progress).Run());
  ReadOutcome out = TRY(OutcomeOf(database, submission));
  out.already_read = already_read;
  env.log.Event("submission_read", {{"submission", row->id},
                                    {"reports", Count{static_cast<uint64_t>(out.report_count)}},
                                    {"accounts", Count{static_cast<uint64_t>(out.account_count)}},
                                    {"quarantine", Count{static_cast<uint64_t>(out.quarantine_count)}}});
  return out;
}

}  // namespace crossguard
