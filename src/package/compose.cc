#include "package/compose.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "crypto/x509.h"
#include "package/bag_builder.h"
#include "package/summary_pdf.h"
#include "register/package_rows.h"

namespace crossguard {
namespace {

namespace rows = package_rows;

constexpr uint64_t kSummaryPdfMaxBytes = 64 * 1024 * 1024;
constexpr std::string_view kPurpose = "facilitate_exchange";

// Where the accounts of one country go, or why nowhere.
struct Route {
  const Authority* authority = nullptr;
  const Gateway* gateway = nullptr;
  std::string named_authority;  // also where it does not get the package
  std::string code, reason;     // of withholding; empty: allowed
};

GatewayDecision DecideFor(const AuthorityBook& book, const Authority& to, PackageKind kind, Instant at) {
  return Decide(book, {.from = book.self, .to = to.id, .purpose = kPurpose, .data_kind = Text(kind)}, at);
}

// Sealing needs a certificate that is there, can be read and is valid: better known now than after two officers agreed.
Status CheckCertificate(Env& env, const Authority& authority, Instant at) {
  if (authority.certificate_path.empty())
    return Fail(Code::kDenied, authority.id + " has no certificate in the authorities file.");
  const auto pem = env.files.ReadWhole(authority.certificate_path, kPemMaxBytes);
  if (!pem) return Fail(Code::kDenied, "The certificate of " + authority.id + " cannot be read.");
  const auto certificate = Certificate::LoadPem(AsText(*pem));
  if (!certificate) return Fail(Code::kDenied, "The certificate file of " + authority.id + " holds no certificate.");
  if (!authority.certificate_sha256.empty() && certificate->Fingerprint().hex() != authority.certificate_sha256)
    return Fail(Code::kDenied, "The certificate of " + authority.id +
                                   " is not the one that was loaded with the authorities; load them again.");
  if (!certificate->CheckValidAt(at))
    return Fail(Code::kDenied, "The certificate of " + authority.id + " is not valid on " + DateText(at) + ".");
  return {};
}

class Router {
 public:
  Router(const PackageRoom& room, Instant at) : room_(room), at_(at) {}

  const Route& To(const std::string& country) {
    const auto [found, added] = routes_.try_emplace(country);
    if (added) found->second = Find(country);
    return found->second;
  }

 private:
  Route Find(const std::string& country) const {
    const AuthorityBook& book = room_.book;
    Route route;
    const Authority* const point = book.ForCountry(country);
    if (point == nullptr || (point->id == book.self && point->country != country)) {
      route.code = "no_authority";
      route.reason = "No authority of " + country + " is recorded.";
      return route;
    }
    const Authority* to = point->id == book.self ? NationalPolice(country) : point;
    route.named_authority = to == nullptr ? point->id : to->id;
    if (to == nullptr) {
      route.code = "own_country";
      route.reason = "The accounts are of the own country, and no gateway leads to another authority of it.";
      return route;
    }
    const GatewayDecision decision = DecideFor(book, *to, PackageKind::kReferral, at_);
    if (!decision.allowed) {
      route.code = "no_gateway";
      route.reason = decision.reason;
      return route;
    }
    if (const Status certificate = CheckCertificate(room_.env, *to, at_); !certificate) {
      route.code = "no_certificate";
      route.reason = certificate.error().message;
      return route;
    }
    route.authority = to;
    route.gateway = book.FindGateway(decision.gateway_id);
    route.reason = decision.reason;
    return route;
  }

  // The own country's accounts go to the first other authority of it that a gateway reaches.
  const Authority* NationalPolice(const std::string& country) const {
    for (const Authority& one : room_.book.authorities) {
      if (one.country == country && one.id != room_.book.self &&
          DecideFor(room_.book, one, PackageKind::kReferral, at_).allowed)
        return &one;
    }
    return nullptr;
  }

  const PackageRoom& room_;
  Instant at_;
  std::map<std::string, Route> routes_;
};

// Why this account waits whatever its country; nullopt: it may go.
Result<std::optional<rows::Withheld>> HoldBack(Database& db, const Permit& permit,
                                               const rows::ReportedAccount& account) {
  rows::Withheld held{.account = account.key};
  if (account.ever_victim) {
    held.reason_code = "victim";
    held.reason = "A report names this account as a victim; its data is not passed on as a suspect's.";
    return held;
  }
  if (account.minor == "may_be_minor" || account.second_officer) {
    if (!TRY(rows::ApprovedByAnother(db, RuleOf(Act::kComposePackage).name, account.id, permit.officer()))) {
      held.reason_code = "may_be_minor";
      held.reason = account.second_officer_reason.empty()
                        ? "The holder may be a minor; a second officer must agree first."
                        : account.second_officer_reason;
      return held;
    }
  }
  if (account.country.empty()) {
    held.reason_code = "unclear_jurisdiction";
    held.reason = account.has_jurisdiction
                      ? "No country is clear enough; the account waits in the queue of unclear jurisdiction."
                      : "Triage has not looked at this account.";
    return held;
  }
  return std::nullopt;
}

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
      composed_.push_back({.id = builder->id(),
                           .authority = row->authority,
                           .kind = builder->plan().kind,
                           .gateway = row->gateway,
                           .account_count = row->account_count,
                           .file_count = row->file_count,
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
                                                   .answers = draft.answers}));
    }
    if (!draft.row || draft.row->state == Text(PackageState::kSuperseded)) {
      for (const Key<Account> account : plan.accounts) TRY(rows::AddPackageAccount(transaction_, key, account));
    }
    composed_.push_back({.id = draft.builder->id(),
                         .authority = plan.authority->id,
                         .kind = plan.kind,
                         .gateway = plan.gateway->id,
                         .account_count = account_count,
                         .file_count = draft.builder->file_count(),
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

// The referral's accounts, each asked again: since it left, another report may have said who the holder is.
// It is this authority's where it is the country's own, or receives for it.
Status TakeWhatMayGo(Database& db, const Permit& permit, const AuthorityBook& book, const rows::PackageRow& referral,
                     BagPlan& plan) {
  std::unordered_set<int64_t> referred;
  TRY(rows::EachPackageAccount(db, referral.key, [&](Key<Account> account) -> Status {
    referred.insert(account.value);
    return {};
  }));
  std::vector<rows::ReportedAccount> accounts;  // first all: HoldBack asks the register too
  TRY(rows::EachReportedAccount(db, referral.operation_key, [&](const rows::ReportedAccount& account) -> Status {
    if (referred.contains(account.key.value)) accounts.push_back(account);
    return {};
  }));
  for (const rows::ReportedAccount& account : accounts) {
    const auto held = TRY(HoldBack(db, permit, account));
    if (held) {
      ++plan.left_out[held->reason_code];
    } else if (account.country != plan.authority->country && book.ForCountry(account.country) != plan.authority) {
      ++plan.left_out["other_jurisdiction"];
    } else {
      plan.accounts.push_back(account.key);
    }
  }
  return {};
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
  const auto operation = TRY(rows::FindOperation(db, operation_id.text()));
  if (!operation)
    return Fail(Code::kNotFound, "There is no operation " + operation_id.text() + "; see crossguard operations.");
  TRY(Tidy(room, db, operation->key));

  std::unordered_set<int64_t> sent;
  TRY(rows::EachSentAccount(db, operation->key, [&](Key<Account> account) -> Status {
    sent.insert(account.value);
    return {};
  }));
  std::vector<rows::ReportedAccount> accounts;
  TRY(rows::EachReportedAccount(db, operation->key, [&](const rows::ReportedAccount& account) -> Status {
    accounts.push_back(account);
    return {};
  }));

  ComposeSummary summary;
  TRY(rows::ClearWithheld(transaction, operation->key));
  Router router(room, permit.at());
  std::map<std::string, BagPlan> plans;  // by authority id
  for (const rows::ReportedAccount& account : accounts) {
    ++summary.reported_count;
    if (sent.contains(account.key.value)) {
      ++summary.already_sent_count;
      continue;
    }
    auto held = TRY(HoldBack(db, permit, account));
    if (!held) {
      const Route& route = router.To(account.country);
      if (route.code.empty()) {
        const auto [plan, added] = plans.try_emplace(route.authority->id);
        if (added) {
          plan->second = {.operation = *operation,
                          .kind = PackageKind::kReferral,
                          .authority = route.authority,
                          .gateway = route.gateway,
                          .gateway_reason = route.reason};
        }
        plan->second.accounts.push_back(account.key);
        ++summary.packaged_count;
        continue;
      }
      held = rows::Withheld{.account = account.key,
                            .authority = route.named_authority,
                            .reason_code = route.code,
                            .reason = route.reason};
    }
    TRY(rows::InsertWithheld(transaction, operation->key, *held));
    ++summary.withheld_count;
    ++summary.withheld_by_reason[held->reason_code];
  }
  accounts = {};

  Composer composer(transaction, permit, room);
  for (auto& [authority, plan] : plans) TRY(composer.Add(std::move(plan)));
  TRY(composer.Finish());
  summary.packages = composer.composed();
  summary.hits_kept_back_count = composer.hits_kept_back_count();

  // What was composed before, has not left, and is not what stands now.
  TRY(SupersedeIf(transaction, operation->key, [&](const rows::PackageRow& row) {
    return row.kind == Text(PackageKind::kReferral) &&
           std::none_of(summary.packages.begin(), summary.packages.end(),
                        [&](const ComposedPackage& one) { return one.id.text() == row.id; });
  }));
  CHECK(summary.reported_count == summary.packaged_count + summary.already_sent_count + summary.withheld_count);
  return summary;
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
