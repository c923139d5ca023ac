#include "package/compose.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "package/plan.h"
#include "package/summary_pdf.h"
#include "register/package_rows.h"

namespace crossguard {
namespace {

namespace rows = package_rows;

constexpr uint64_t kSummaryPdfMaxBytes = 64 * 1024 * 1024;
// Whatever an earlier run left behind: superseded packages, and half-written files.
Status Tidy(const PackageRoom& room, Database& db, Key<Operation> operation) {
  TRY(room.env.files.MakeFolders(StagingFolder(room)));
  const std::vector<std::string> names = TRY(room.env.files.List(StagingFolder(room)));
  for (const std::string& name : names) {
    if (name.starts_with(".new-")) TRY(room.env.files.RemoveTree(StagingFolder(room) + "/" + name));
  }
  return rows::EachPackage(db, operation, [&](const rows::PackageRow& row) -> Status {
    if (row.state != Text(PackageState::kSuperseded)) return {};
    TRY(room.env.files.RemoveTree(StagedTar(room, row.id)));
    return room.env.files.RemoveTree(room.folder + "/sealed/" + row.id);
  });
}

// Writes the bags of all plans, one WeasyPrint for all that are new, and their rows.
class Composer {
 public:
  Composer(Transaction& transaction, const Permit& permit, const PackageRoom& room)
      : transaction_(transaction), permit_(permit), room_(room) {}

  Status Add(BagPlan plan, Key<Package> answers = {}) {
    auto builder = std::make_unique<BagBuilder>(transaction_.db(), room_, std::move(plan));
    TRY(builder->Write());
    hits_kept_back_count_ += builder->hits_kept_back_count();
    const auto row = TRY(rows::FindPackage(transaction_.db(), builder->id().text()));
    const bool stands = row && row->state != Text(PackageState::kSuperseded);
    if (stands && (row->state != Text(PackageState::kComposed) || room_.env.files.Exists(StagedTar(room_, row->id)))) {
      TRY(builder->Abandon());
      const int64_t held_back_count = TRY(rows::CountHeldBack(transaction_.db(), row->key));
      composed_.push_back({.id = builder->id(),
                           .authority = row->authority,
                           .kind = builder->plan().kind,
                           .gateway = row->gateway,
                           .account_count = row->account_count,
                           .file_count = row->file_count,
                           .held_back_count = held_back_count,
                           .follows = builder->plan().follows,
                           .is_new = false});
      return {};
    }
    drafts_.push_back({.builder = std::move(builder), .row = row, .answers = answers});
    return {};
  }

  Status Finish() {
    const std::string pages = StagingFolder(room_) + "/.new-pages";
    TRY(room_.env.files.RemoveTree(pages));
    TRY(room_.env.files.MakeFolders(pages));
    for (const Draft& draft : drafts_) {
      TRY(room_.env.files.WriteWhole(pages + "/" + draft.builder->id().text() + ".html",
                                     AsBytes(draft.builder->SummaryHtml())));
    }
    TRY(room_.make_pdfs ? room_.make_pdfs(room_.env, pages) : MakeSummaryPdfs(room_.env, pages));
    for (const Draft& draft : drafts_)
      TRY(Keep(draft,
               TRY(room_.env.files.ReadWhole(pages + "/" + draft.builder->id().text() + ".pdf", kSummaryPdfMaxBytes))));
    TRY(room_.env.files.RemoveTree(pages));
    std::sort(composed_.begin(), composed_.end(),
              [](const auto& a, const auto& b) { return a.authority < b.authority; });
    return {};
  }

  const std::vector<ComposedPackage>& composed() const { return composed_; }
  int64_t hits_kept_back_count() const { return hits_kept_back_count_; }

 private:
  struct Draft {
    std::unique_ptr<BagBuilder> builder;
    std::optional<rows::PackageRow> row;  // the same contents stood there once
    Key<Package> answers;
  };

  Status Keep(const Draft& draft, const Bytes& pdf) {
    const BagPlan& plan = draft.builder->plan();
    const Sha256 contents = TRY(draft.builder->Finish(pdf));
    Key<Package> key;
    const auto account_count = static_cast<int64_t>(plan.accounts.size());
    if (draft.row) {
      // The same id means the same accounts and records; only the making of the PDF can differ, after an upgrade.
      if (draft.row->contents_sha256 != contents) {
        return Fail(Code::kConflict,
                    "Package " + draft.row->id +
                        " cannot be staged again as it was; WeasyPrint or its fonts have changed since.");
      }
      key = draft.row->key;
      if (draft.row->state == Text(PackageState::kSuperseded)) TRY(rows::Revive(transaction_, key, permit_.at()));
    } else {
      key = TRY(rows::InsertPackage(transaction_, {.operation = plan.operation.key,
                                                   .id = draft.builder->id().text(),
                                                   .authority = plan.authority->id,
                                                   .kind = std::string(Text(plan.kind)),
                                                   .gateway = plan.gateway->id,
                                                   .gateway_reason = plan.gateway_reason,
                                                   .contents_sha256 = contents,
                                                   .account_count = account_count,
                                                   .file_count = draft.builder->file_count(),
                                                   .composed_at = permit_.at(),
                                                   .answers = draft.answers,
                                                   .follows = plan.follows_key}));
    }
    if (!draft.row || draft.row->state == Text(PackageState::kSuperseded)) {
      for (const Key<Account> account : plan.accounts) TRY(rows::AddPackageAccount(transaction_, key, account));
      for (const Key<Account> account : plan.held_back) TRY(rows::AddHeldBack(transaction_, key, account));
    }
    composed_.push_back({.id = draft.builder->id(),
                         .authority = plan.authority->id,
                         .kind = plan.kind,
                         .gateway = plan.gateway->id,
                         .account_count = account_count,
                         .file_count = draft.builder->file_count(),
                         .held_back_count = static_cast<int64_t>(plan.held_back.size()),
                         .follows = plan.follows,
                         .is_new = true});
    return {};
  }

  Transaction& transaction_;
  const Permit& permit_;
  const PackageRoom& room_;
  std::vector<Draft> drafts_;
  std::vector<ComposedPackage> composed_;
  int64_t hits_kept_back_count_ = 0;
};

// Packages of the operation that wait and that newer ones replace.
Status SupersedeIf(Transaction& transaction, Key<Operation> operation,
                   const std::function<bool(const rows::PackageRow&)>& replaced) {
  std::vector<Key<Package>> old;
  TRY(rows::EachPackage(transaction.db(), operation, [&](const rows::PackageRow& row) -> Status {
    const bool waiting = row.state == Text(PackageState::kComposed) || row.state == Text(PackageState::kSealed);
    if (waiting && replaced(row)) old.push_back(row.key);
    return {};
  }));
  for (const Key<Package> key : old) TRY(rows::Supersede(transaction, key));
  return {};
}

// The referral's accounts, each asked again: since it left, another report may have said who the holder is, or another
// authority may turn out to hold the account. It is this authority's where it is the country's own, or receives for it.
// Where evidence left already and held some back, only those follow.
Status TakeWhatMayGo(Database& db, const Permit& permit, const AuthorityBook& book, const rows::PackageRow& referral,
                     BagPlan& plan) {
  std::unordered_set<int64_t> referred, sent;
  TRY(rows::EachPackageAccount(db, referral.key, [&](Key<Account> account) -> Status {
    referred.insert(account.value);
    return {};
  }));
  if (TRY(rows::EvidenceHeldBack(db, referral.key))) {
    TRY(rows::EachEvidenceSent(db, referral.key, [&](Key<Account> account) -> Status {
      sent.insert(account.value);
      return {};
    }));
  }
  const Paused paused = TRY(PausedFor(db, referral.authority, PackageKind::kEvidence));
  std::vector<rows::ReportedAccount> accounts;  // first all: HoldBack asks the register too
  TRY(rows::EachReportedAccount(db, referral.operation_key, [&](const rows::ReportedAccount& account) -> Status {
    if (referred.contains(account.key.value) && !sent.contains(account.key.value)) accounts.push_back(account);
    return {};
  }));
  for (const rows::ReportedAccount& account : accounts) {
    const auto held = TRY(HoldBack(db, permit, account));
    if (held) {
      ++plan.left_out[held->reason_code];
    } else if (account.country != plan.authority->country && book.ForCountry(account.country) != plan.authority) {
      ++plan.left_out["other_jurisdiction"];
    } else if (paused.contains(account.key.value)) {
      ++plan.left_out[std::string(kPausedCode)];
      plan.held_back.push_back(account.key);
    } else {
      plan.accounts.push_back(account.key);
    }
  }
  return FollowWhatHeldBack(db, plan);
}

// The evidence that left last, where all that was held back has left too: nothing is to be made any more.
Result<std::optional<ComposedPackage>> LastEvidence(Database& db, const rows::PackageRow& referral) {
  std::optional<ComposedPackage> out;
  if (!TRY(rows::EvidenceHeldBack(db, referral.key))) return out;
  Instant last;
  TRY(rows::EachPackage(db, referral.operation_key, [&](const rows::PackageRow& row) -> Status {
    if (row.answers_package != referral.id || !row.released_at || (out && *row.released_at < last)) return {};
    last = *row.released_at;
    out = ComposedPackage{.id = Id<Package>(row.id),
                          .authority = row.authority,
                          .kind = PackageKind::kEvidence,
                          .gateway = row.gateway,
                          .account_count = row.account_count,
                          .file_count = row.file_count,
                          .follows = row.follows_package.value_or("")};
    return {};
  }));
  return out;
}

Result<rows::OperationRow> Find(Database& db, const Id<Operation>& id) {
  auto operation = TRY(rows::FindOperation(db, id.text()));
  if (!operation) return Fail(Code::kNotFound, "There is no operation " + id.text() + "; see crossguard operations.");
  return std::move(*operation);
}

Status CheckPermit(const Permit& permit, Act act) {
  if (permit.act() != act)
    return Fail(Code::kDenied, "This permit is for '" + std::string(RuleOf(permit.act()).name) +
                                   "'; ask the gate for '" + std::string(RuleOf(act).name) + "'.");
  return {};
}

}  // namespace

Result<ComposeSummary> ComposePackages(Transaction& transaction, const Permit& permit, const PackageRoom& room,
                                       const Id<Operation>& operation_id) {
  TRY(CheckPermit(permit, Act::kComposePackage));
  Database& db = transaction.db();
  const rows::OperationRow operation = TRY(Find(db, operation_id));
  TRY(Tidy(room, db, operation.key));
  ReferralPlan plan = TRY(PlanReferrals(db, permit, room, operation));
  TRY(rows::RemakeDestinations(transaction, operation.key, plan.destinations, permit.at()));
  ComposeSummary summary{.reported_count = plan.reported_count, .already_sent_count = plan.already_sent_count};
  TRY(rows::ClearWithheld(transaction, operation.key));
  for (const rows::Withheld& held : plan.withheld) {
    TRY(rows::InsertWithheld(transaction, operation.key, held));
    ++summary.withheld_count;
    ++summary.withheld_by_reason[held.reason_code];
  }
  Composer composer(transaction, permit, room);
  for (auto& [authority, bag] : plan.bags) {
    summary.packaged_count += static_cast<int64_t>(bag.accounts.size());
    TRY(composer.Add(std::move(bag)));
  }
  TRY(composer.Finish());
  summary.packages = composer.composed();
  summary.hits_kept_back_count = composer.hits_kept_back_count();

  // What was composed before, has not left, and is not what stands now.
  TRY(SupersedeIf(transaction, operation.key, [&](const rows::PackageRow& row) {
    return row.kind == Text(PackageKind::kReferral) &&
           std::none_of(summary.packages.begin(), summary.packages.end(),
                        [&](const ComposedPackage& one) { return one.id.text() == row.id; });
  }));
  CHECK(summary.reported_count == summary.packaged_count + summary.already_sent_count + summary.withheld_count);
  return summary;
}

Status PlanPackages(Transaction& transaction, const Permit& permit, const PackageRoom& room,
                    const Id<Operation>& operation_id) {
  TRY(CheckPermit(permit, Act::kComposePackage));
  const rows::OperationRow operation = TRY(Find(transaction.db(), operation_id));
  const ReferralPlan plan = TRY(PlanReferrals(transaction.db(), permit, room, operation));
  return rows::RemakeDestinations(transaction, operation.key, plan.destinations, permit.at());
}

Result<std::vector<std::string>> ReferralsOwedEvidence(Database& db, const Id<Operation>& operation_id) {
  const rows::OperationRow operation = TRY(Find(db, operation_id));
  std::vector<std::string> out;
  for (std::string& id : TRY(rows::ReferralsOwedEvidence(db, operation.key))) {
    const auto row = TRY(rows::FindPackage(db, id));
    CHECK(row.has_value());
    const Paused paused = TRY(PausedFor(db, row->authority, PackageKind::kEvidence));
    std::unordered_set<int64_t> carried;
    std::vector<Key<Package>> evidence;  // first all: another walk inside a walk would need the same statement
    TRY(rows::EachPackage(db, operation.key, [&](const rows::PackageRow& one) -> Status {
      if (one.answers_package == row->id && one.state != Text(PackageState::kSuperseded)) evidence.push_back(one.key);
      return {};
    }));
    for (const Key<Package> one : evidence) {
      TRY(rows::EachPackageAccount(db, one, [&](Key<Account> account) -> Status {
        carried.insert(account.value);
        return {};
      }));
    }
    bool any = false;
    TRY(rows::EachPackageAccount(db, row->key, [&](Key<Account> account) -> Status {
      any = any || !(paused.contains(account.value) || carried.contains(account.value));
      return {};
    }));
    if (any) out.push_back(std::move(id));
  }
  return out;
}

Status RecordAnswer(Transaction& transaction, const Permit& permit, const Id<Package>& package, Answer answer,
                    std::string_view case_number) {
  TRY(CheckPermit(permit, Act::kRecordAnswer));
  const auto row = TRY(rows::FindPackage(transaction.db(), package.text()));
  if (!row) return Fail(Code::kNotFound, "There is no package " + package.text() + "; see crossguard package list.");
  const PackageState state = answer == Answer::kAccept   ? PackageState::kAccepted
                             : answer == Answer::kRefuse ? PackageState::kRefused
                                                         : PackageState::kAlreadyKnown;
  if (row->answered_at) {
    if (row->state == Text(state) && row->case_number == case_number) return {};
    return Fail(Code::kConflict,
                "Package " + row->id + " was answered before with '" + row->state + "'; an answer is not changed.");
  }
  if (row->state != Text(PackageState::kReleased))
    return Fail(Code::kConflict,
                "Package " + row->id + " is " + row->state + "; only a released package can be answered.");
  return rows::MarkAnswered(transaction, row->key, Text(state), case_number, permit.at());
}

Result<ComposedPackage> ComposeEvidence(Transaction& transaction, const Permit& permit, const PackageRoom& room,
                                        const Id<Package>& referral) {
  TRY(CheckPermit(permit, Act::kComposePackage));
  Database& db = transaction.db();
  const auto row = TRY(rows::FindPackage(db, referral.text()));
  if (!row) return Fail(Code::kNotFound, "There is no package " + referral.text() + "; see crossguard package list.");
  if (row->kind != Text(PackageKind::kReferral) || row->state != Text(PackageState::kAccepted)) {
    return Fail(Code::kConflict, "Package " + row->id + " is a " + row->kind + " in state " + row->state +
                                     "; evidence follows an accepted referral.");
  }
  const Authority* const authority = room.book.Find(row->authority);
  if (authority == nullptr)
    return Fail(Code::kDenied, "Authority " + row->authority + " is no longer in the authorities file.");
  const GatewayDecision decision = DecideFor(room.book, *authority, PackageKind::kEvidence, permit.at());
  if (!decision.allowed) return Fail(Code::kDenied, decision.reason);
  TRY(CheckCertificate(room.env, *authority, permit.at()));
  const auto operation = TRY(rows::FindOperation(db, row->operation_id));
  CHECK(operation.has_value());
  BagPlan plan{.operation = *operation,
               .kind = PackageKind::kEvidence,
               .authority = authority,
               .gateway = room.book.FindGateway(decision.gateway_id),
               .gateway_reason = decision.reason};
  TRY(TakeWhatMayGo(db, permit, room.book, *row, plan));
  if (plan.accounts.empty()) {
    if (const auto last = TRY(LastEvidence(db, *row))) return *last;
  }
  if (plan.accounts.empty())
    return Fail(Code::kDenied, "No account of package " + row->id + " may go any more; look at its accounts.");
  const std::map<std::string, int64_t> left_out = plan.left_out;
  Composer composer(transaction, permit, room);
  TRY(composer.Add(std::move(plan), row->key));
  TRY(composer.Finish());
  ComposedPackage composed = composer.composed().front();
  composed.left_out_by_reason = left_out;
  TRY(SupersedeIf(transaction, operation->key, [&](const rows::PackageRow& one) {
    return one.kind == Text(PackageKind::kEvidence) && one.answers_package == row->id && one.id != composed.id.text();
  }));
  return composed;
}

}  // namespace crossguard
