#include "intake/seal.h"

#include <vector>

#include "base/json.h"
#include "crypto/digest.h"
#include "crypto/public_id.h"
#include "model/canonical.h"
#include "register/seal_rows.h"

namespace crossguard {
namespace {

constexpr size_t kBatchFilesMax = 64;
constexpr uint64_t kBatchBytesMax = 64ULL << 20U;
constexpr size_t kPieceBytes = 1U << 20U;
constexpr int kReadingsMax = 2;  // a file that changed under the reader is read once more, then left
constexpr std::string_view kReceiptFormat = "crossguard-receipt/1";

// The manifest's digest, line by line.
class Manifest {
 public:
  void Add(std::string_view path, const std::optional<Sha256>& sha256) {
    const std::string line = (sha256 ? sha256->hex() : "-") + "  " + std::string(path) + "\n";
    stream_.Update(AsBytes(line));
  }
  Sha256 Finish() { return stream_.Finish(); }

 private:
  Sha256Stream stream_;
};

// Reads a file from its start, piece by piece, and remembers whether it was the reading that failed.
class Reading {
 public:
  Reading(SourceTree& tree, const std::string& path) : tree_(tree), path_(path) {}
  Result<size_t> operator()(std::span<uint8_t> out) {
    auto got = Piece(out);
    if (!got) error_ = got.error();
    return got;
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  Result<size_t> Piece(std::span<uint8_t> out) {
    if (!file_) file_ = TRY(tree_.Open(path_));
    const size_t got = TRY(file_->ReadAt(offset_, out));
    offset_ += got;
    return got;
  }
  SourceTree& tree_;
  const std::string& path_;
  std::unique_ptr<ReadFile> file_;
  uint64_t offset_ = 0;
  std::optional<Error> error_;
};

struct Hashed {
  Sha256 sha256;
  uint64_t size_bytes = 0;
};

struct Pending {
  rows::ItemRow row;
  bool has_bytes = false;  // a regular file, still believed to be readable
  int changed_times = 0;
};

class Sealing {
 public:
  Sealing(Vault& vault, Database& database, const IdMaker& ids, const PassGate& pass_gate, Key<Operation> operation,
          const std::string& source_name, SourceTree& tree, const std::function<void(const SealProgress&)>& on_progress)
      : vault_(vault),
        db_(database),
        ids_(ids),
        pass_gate_(pass_gate),
        operation_(operation),
        source_name_(source_name),
        tree_(tree),
        on_progress_(on_progress),
        piece_(kPieceBytes) {}

  Result<SealOutcome> Run() {
    operation_id_ = TRY(rows::OperationId(db_, operation_));
    TRY(tree_.Rewind());
    if (!TRY(tree_.Next()))
      return Fail(Code::kInvalid, "'" + source_name_ + "' holds no files; name the folder that the provider filled.");
    if (TRY(rows::OperationHasSealed(db_, operation_))) {
      if (auto known = TRY(FindKnown())) return *std::move(known);
    }
    TRY(Begin());
    TRY(tree_.Rewind());
    while (const auto entry = TRY(tree_.Next())) TRY(Take(*entry));
    TRY(SealBatch());
    return Finish();
  }

 private:
  Result<Hashed> HashFile(const std::string& path) {
    Reading reading(tree_, path);
    Sha256Stream stream;
    Hashed out;
    while (const size_t got = TRY(reading(piece_))) {
      stream.Update({piece_.data(), got});
      out.size_bytes += got;
    }
    out.sha256 = stream.Finish();
    return out;
  }

  // One reading of everything: a submission that came before changes nothing at all.
  Result<std::optional<SealOutcome>> FindKnown() {
    Manifest manifest;
    TRY(tree_.Rewind());
    while (const auto entry = TRY(tree_.Next())) {
      std::optional<Sha256> sha256;
      if (entry->kind == SourceEntry::Kind::kRegular) {
        if (const auto hashed = HashFile(entry->path)) sha256 = hashed->sha256;
      }
      manifest.Add(entry->path, sha256);
    }
    const auto known = TRY(rows::SubmissionByManifest(db_, operation_, manifest.Finish()));
    if (!known) return std::optional<SealOutcome>();
    Transaction transaction = TRY(Transaction::Begin(db_));
    SealOutcome out = TRY(Repeated(transaction, *known));
    TRY(transaction.Commit());
    return std::optional(std::move(out));
  }

  Result<SealOutcome> Repeated(Transaction& transaction, const rows::SubmissionRow& known) {
    TRY(pass_gate_(transaction, Act::kSealSubmission, known.id.text(),
                   R"({"already_taken_in":true,"manifest_sha256":")" + known.manifest_sha256->hex() + "\"}"));
    SealOutcome out = TRY(OutcomeOf(known.key));
    out.id = known.id;
    out.already_taken_in = true;
    out.manifest_sha256 = *known.manifest_sha256;
    out.receipt = known.receipt;
    return out;
  }

  Result<SealOutcome> OutcomeOf(Key<Submission> key) {
    const rows::ItemCounts counts = TRY(rows::CountItems(db_, key));
    return SealOutcome{.key = key,
                       .id = {},
                       .resumed = resumed_,
                       .manifest_sha256 = {},
                       .item_count = counts.item,
                       .sealed_count = counts.sealed,
                       .unreadable_count = counts.unreadable,
                       .not_regular_count = counts.not_regular,
                       .byte_count = static_cast<uint64_t>(counts.sealed_bytes),
                       .receipt = {}};
  }

  Status Begin() {
    Transaction transaction = TRY(Transaction::Begin(db_));
    const auto broken_off = TRY(rows::SubmissionInSealing(db_, operation_, source_name_));
    resumed_ = broken_off.has_value();
    const Id<Submission> id =
        resumed_ ? broken_off->id : ids_.Make<Submission>("path|" + operation_id_ + '|' + source_name_);
    const Permit permit = TRY(pass_gate_(transaction, Act::kSealSubmission, id.text(),
                                         resumed_ ? R"({"step":"resume"})" : R"({"step":"begin"})"));
    submission_ =
        resumed_ ? broken_off->key : TRY(rows::InsertSubmission(db_, id, operation_, source_name_, permit.at()));
    return transaction.Commit();
  }

  Status Take(const SourceEntry& entry) {
    Pending pending{.row = {.key = {},
                            .path = entry.path,
                            .size_bytes = entry.size_bytes,
                            .sha256 = {},
                            .state = "not_regular",
                            .reason = entry.reason,
                            .role = {}}};
    if (entry.kind == SourceEntry::Kind::kUnreadableFolder) pending.row.state = "unreadable";
    pending.has_bytes = entry.kind == SourceEntry::Kind::kRegular;
    if (resumed_ && pending.has_bytes) {
      const auto row = TRY(rows::ItemByPath(db_, submission_, entry.path));
      if (row && row->state == "sealed") {
        const auto hashed = HashFile(entry.path);
        if (hashed && hashed->sha256 == row->sha256) return Tell(entry.size_bytes);
      }
    }
    batch_bytes_ += pending.has_bytes ? entry.size_bytes : 0;
    batch_.push_back(std::move(pending));
    TRY(Tell(entry.size_bytes));
    if (batch_.size() >= kBatchFilesMax || batch_bytes_ >= kBatchBytesMax) return SealBatch();
    return {};
  }

  Status Tell(uint64_t size_bytes) {
    ++progress_.file_count;
    progress_.byte_count += size_bytes;
    if (on_progress_) on_progress_(progress_);
    return {};
  }

  enum class Staged : uint8_t { kDone, kAgain };

  // Two readings of one file: the second goes into the vault. kAgain: what is staged must be forgotten and the batch
  // staged anew.
  Result<Staged> StageOne(Pending& item) {
    const auto give_up = [&](std::string reason) {
      item.has_bytes = false;
      item.row.state = "unreadable";
      item.row.reason = std::move(reason);
    };
    const auto first = HashFile(item.row.path);
    if (!first) {
      give_up("it cannot be read: " + first.error().message);
      return Staged::kDone;  // nothing of it was staged
    }
    Reading reading(tree_, item.row.path);
    const auto second = vault_.Stage([&](std::span<uint8_t> out) { return reading(out); });
    if (!second && !reading.error()) return std::unexpected(second.error());  // the vault, not the file
    if (second && second->sha256 == first->sha256) {
      item.row.sha256 = second->sha256;
      item.row.size_bytes = second->size_bytes;
      item.row.state = "sealed";
      item.row.reason.clear();
      return Staged::kDone;
    }
    if (reading.error()) {
      give_up("it cannot be read: " + reading.error()->message);
      return Staged::kDone;  // the vault has undone what it had of it
    }
    if (++item.changed_times >= kReadingsMax) give_up("changed while reading");
    return Staged::kAgain;
  }

  Status StageBatch() {
    for (bool again = true; again;) {
      again = false;
      for (Pending& item : batch_) {
        if (!item.has_bytes) continue;
        if (TRY(StageOne(item)) == Staged::kDone) continue;
        vault_.Abandon();
        again = true;  // ends: each time round, one file comes nearer to being given up
        break;
      }
    }
    return {};
  }

  Status CommitBatch() {
    Transaction transaction = TRY(Transaction::Begin(db_));
    TRY(vault_.Flush(transaction));
    for (const Pending& item : batch_) TRY(rows::PutItem(db_, submission_, item.row));
    return transaction.Commit();
  }

  Status SealBatch() {
    if (batch_.empty()) return {};
    Status done = StageBatch();
    if (done) done = CommitBatch();
    if (!done) vault_.Abandon();
    batch_.clear();
    batch_bytes_ = 0;
    return done;
  }

  Result<SealOutcome> Finish() {
    Transaction transaction = TRY(Transaction::Begin(db_));
    Manifest manifest;
    TRY(rows::EachItem(db_, submission_, [&](const rows::ItemRow& item) -> Status {
      manifest.Add(item.path, item.sha256);
      return {};
    }));
    const Sha256 digest = manifest.Finish();
    if (const auto known = TRY(rows::SubmissionByManifest(db_, operation_, digest))) {
      SealOutcome out = TRY(Repeated(transaction, *known));
      TRY(rows::DropSubmission(db_, submission_));
      TRY(transaction.Commit());
      return out;
    }
    SealOutcome out = TRY(OutcomeOf(submission_));
    out.id = ids_.Make<Submission>(operation_id_ + '|' + digest.hex());
    out.manifest_sha256 = digest;
    nlohmann::json facts = {{"manifest_sha256", digest.hex()},      {"items", out.item_count},
                            {"sealed", out.sealed_count},           {"unreadable", out.unreadable_count},
                            {"not_regular", out.not_regular_count}, {"bytes", out.byte_count}};
    nlohmann::json details = facts;
    details["step"] = "sealed";
    const Permit permit = TRY(pass_gate_(transaction, Act::kSealSubmission, out.id.text(), Canonical(details)));
    facts["format"] = kReceiptFormat;
    facts["submission"] = out.id.text();
    facts["operation"] = operation_id_;
    facts["sealed_at"] = ToText(permit.at());
    out.receipt = Canonical(facts);
    const rows::ItemCounts counts{.item = out.item_count,
                                  .sealed = out.sealed_count,
                                  .unreadable = out.unreadable_count,
                                  .not_regular = out.not_regular_count,
                                  .sealed_bytes = static_cast<int64_t>(out.byte_count)};
    TRY(rows::FinishSubmission(db_, submission_, out.id, digest, counts, permit.at(), out.receipt));
    TRY(transaction.Commit());
    return out;
  }

  Vault& vault_;
  Database& db_;
  const IdMaker& ids_;
  const PassGate& pass_gate_;
  Key<Operation> operation_;
  const std::string& source_name_;
  SourceTree& tree_;
  const std::function<void(const SealProgress&)>& on_progress_;
  Bytes piece_;
  std::string operation_id_;
  Key<Submission> submission_;
  bool resumed_ = false;
  std::vector<Pending> batch_;
  uint64_t batch_bytes_ = 0;
  SealProgress progress_;
};

}  // namespace

Result<SealOutcome> SealTree(Env& env, Vault& vault, Database& database, const IdMaker& ids, const PassGate& pass_gate,
                             Key<Operation> operation, const std::string& source_name, SourceTree& tree,
                             const std::function<void(const SealProgress&)>& on_progress) {
  auto out = Sealing(vault, database, ids, pass_gate, operation, source_name, tree, on_progress).Run();
  if (out)
    env.log.Event("submission_sealed", {{"submission", out->id},
                                        {"items", Count{static_cast<uint64_t>(out->item_count)}},
                                        {"bytes", ByteCount{out->byte_count}},
                                        {"already_taken_in", out->already_taken_in}});
  return out;
}

Result<SealOutcome> Seal(Env& env, Vault& vault, Database& database, const IdMaker& ids, const PassGate& pass_gate,
                         Key<Operation> operation, const std::string& source_path,
                         const std::function<void(const SealProgress&)>& on_progress) {
  const auto tree = TRY(OpenSystemTree(source_path));
  return SealTree(env, vault, database, ids, pass_gate, operation, source_path, *tree, on_progress);
}

}  // namespace crossguard
