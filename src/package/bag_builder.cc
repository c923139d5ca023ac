#include "package/bag_builder.h"

#include "base/json.h"
#include "model/canonical.h"
#include "package/documents.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = package_rows;

// A text file that grows beside the tar, for forms that are written while the accounts are read once.
class Spool {
 public:
  static Result<Spool> Begin(Env& env, std::string path) {
    if (env.files.Exists(path)) TRY(env.files.Remove(path));
    auto file = TRY(env.files.OpenAppend(path));
    return Spool(env, std::move(path), std::move(file));
  }
  Status Put(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() < kFlushBytes) return {};
    return Flush();
  }
  // Into the bag under that name, and away.
  Status Into(BagStage& stage, const std::string& name) {
    TRY(Flush());
    const auto file = TRY(env_.files.OpenRead(path_));
    TRY(stage.AddSpooled(name, [&](const Sink& sink) -> Status {
      Bytes buffer(kFlushBytes);
      for (uint64_t offset = 0; offset < file->size();) {
        const size_t got = TRY(file->ReadAt(offset, buffer));
        if (got == 0) return Fail(Code::kCorrupt, "A temporary file became shorter; run the same command again.");
        TRY(sink(ByteView(buffer).first(got)));
        offset += got;
      }
      return {};
    }));
    return env_.files.Remove(path_);
  }

 private:
  static constexpr size_t kFlushBytes = 256 * 1024;
  Spool(Env& env, std::string path, std::unique_ptr<AppendFile> file)
      : env_(env), path_(std::move(path)), file_(std::move(file)) {}
  Status Flush() {
    TRY(file_->Append(AsBytes(buffer_)));
    buffer_.clear();
    return {};
  }
  Env& env_;
  std::string path_;
  std::unique_ptr<AppendFile> file_;
  std::string buffer_;
};

// A JSON array that is written item by item, one a line.
class ArrayText {
 public:
  explicit ArrayText(Spool& spool) : spool_(spool) {}
  Status Add(const json& item) {
    TRY(spool_.Put(first_ ? "\n" : ",\n"));
    first_ = false;
    return spool_.Put(Canonical(item));
  }

 private:
  Spool& spool_;
  bool first_ = true;
};

// One line, as bag-info.txt wants it.
std::string OneLine(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

}  // namespace

std::string StagingFolder(const PackageRoom& room) {
  return room.folder + "/staging";
}
std::string StagedTar(const PackageRoom& room, const std::string& package_id) {
  return StagingFolder(room) + "/" + package_id + ".tar";
}

BagBuilder::BagBuilder(Database& db, const PackageRoom& room, BagPlan plan)
    : db_(db),
      room_(room),
      plan_(std::move(plan)),
      scope_{.db = db_,
             .operation = plan_.operation.key,
             .recipient = plan_.authority->id,
             .in_package = [this](Key<Account> account) { return packed_.contains(account.value); }} {
  for (const Key<Account> account : plan_.accounts) packed_.insert(account.value);
}

CaseFrame BagBuilder::Frame() const {
  return {.operation_id = plan_.operation.id,
          .operation_name = plan_.operation.name,
          .kind = std::string(Text(plan_.kind)),
          .as_of = ToText(plan_.operation.as_of),
          .tool = room_.tool_version,
          .sender = room_.book.Find(room_.book.self),
          .recipient = plan_.authority,
          .gateway_id = plan_.gateway->id,
          .legal_reference = plan_.gateway->legal_reference,
          .handling = HandlingOf().codes};
}

Handling BagBuilder::HandlingOf() const {
  std::set<std::string> codes = gathered_.handling;
  codes.insert(room_.handling.begin(), room_.handling.end());
  return {.codes = {codes.begin(), codes.end()},
          .grade = room_.grade,
          .as_of = plan_.operation.as_of,
          .left_out = plan_.left_out,
          .follows = plan_.follows};
}

Status BagBuilder::Write() {
  TRY(room_.env.files.MakeFolders(StagingFolder(room_)));
  const std::string path =
      StagingFolder(room_) + "/.new-" + plan_.authority->id + "-" + std::string(Text(plan_.kind)) + ".tar";
  stage_ = TRY(BagStage::Begin(room_.env, path));
  TRY(WriteAccounts());
  TRY(WriteMedia());
  TRY(AddDocuments(scope_, room_.vault, gathered_, *stage_));
  const json handling = HandlingFacts(Frame(), *plan_.gateway, HandlingOf());
  TRY(stage_->Add("data/handling.json", AsBytes(Canonical(handling) + "\n")));
  // The id depends on all that does not name it: the same contents have the same id.
  id_ = room_.ids.Make<Package>(plan_.operation.id + "\n" + plan_.authority->id + "\n" + std::string(Text(plan_.kind)) +
                                "\n" + stage_->Basis(kBagFormat).hex());
  return {};
}

Status BagBuilder::WriteAccounts() {
  Spool accounts = TRY(Spool::Begin(room_.env, stage_->path() + ".accounts"));
  Spool table = TRY(Spool::Begin(room_.env, stage_->path() + ".table"));
  Spool graph = TRY(Spool::Begin(room_.env, stage_->path() + ".graph"));
  TRY(accounts.Put("{\"accounts\":["));
  TRY(table.Put(CsvHeader()));
  TRY(graph.Put("{\"@context\":" + Canonical(CaseContext()) + ",\"@graph\":["));
  ArrayText account_list(accounts);
  ArrayText nodes(graph);
  // A selector or service that several accounts share is one node; everything else is its account's alone.
  std::unordered_set<std::string> shared;
  std::vector<std::string> ids;
  for (const Key<Account> key : plan_.accounts) {
    const json account = TRY(AccountFacts(scope_, key, gathered_));
    ids.push_back(account.at("id"));
    summary_.Take(account);
    TRY(account_list.Add(account));
    TRY(table.Put(CsvRow(account)));
    std::unordered_set<std::string> own;
    for (const json& node : CaseAccountNodes(account)) {
      const auto& id = node.at("@id").get_ref<const std::string&>();
      const bool may_be_shared = id.starts_with("kb:selector-") || id.starts_with("kb:service-");
      if ((may_be_shared ? shared : own).insert(id).second) TRY(nodes.Add(node));
    }
  }
  for (const auto& [id, media] : gathered_.media) TRY(nodes.Add(CaseMediaNode(media)));
  for (const json& node : CaseFrameNodes(Frame(), ids)) TRY(nodes.Add(node));
  TRY(accounts.Put("\n],\"format\":\"crossguard-accounts/1\"}\n"));
  TRY(graph.Put("\n]}\n"));
  TRY(accounts.Into(*stage_, "data/accounts.json"));
  TRY(table.Into(*stage_, "data/accounts.csv"));
  return graph.Into(*stage_, "data/case.jsonld");
}

Status BagBuilder::WriteMedia() {
  if (gathered_.media.empty()) return {};
  const bool with_files = plan_.kind == PackageKind::kEvidence;
  Spool list = TRY(Spool::Begin(room_.env, stage_->path() + ".media"));
  TRY(list.Put(VicsHead()));
  ArrayText media_list(list);
  int64_t number = 0;
  for (const auto& [id, media] : gathered_.media) {
    TRY(media_list.Add(VicsMedia(media, ++number, with_files)));
    if (with_files)
      TRY(stage_->Promise("data/files/" + MediaFileName(media.row), static_cast<uint64_t>(media.row.size_bytes),
                          media.row.sha256));
  }
  TRY(list.Put("\n]}\n"));
  return list.Into(*stage_, "data/vics.json");
}

std::string BagBuilder::SummaryHtml() const {
  return summary_.Html(Frame(), id_.text(), *plan_.gateway, HandlingOf(), file_count());
}

Result<Sha256> BagBuilder::Finish(ByteView summary_pdf) {
  TRY(stage_->Add("data/summary.html", AsBytes(SummaryHtml())));
  TRY(stage_->Add("data/summary.pdf", summary_pdf));
  const Authority& sender = *room_.book.Find(room_.book.self);
  const std::string info = "Bag-Group-Identifier: " + plan_.operation.id +
                           "\nBagging-Date: " + DateText(plan_.operation.as_of) +
                           "\nContact-Email: " + OneLine(sender.contact) + "\nExternal-Identifier: " + id_.text() +
                           "\nSource-Organization: " + OneLine(sender.name) + "\n";
  const Sha256 contents = TRY(stage_->Finish(info));
  TRY(room_.env.files.Rename(stage_->path(), StagedTar(room_, id_.text())));
  TRY(room_.env.files.SyncFolder(StagingFolder(room_)));
  return contents;
}

}  // namespace crossguard
