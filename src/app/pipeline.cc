#include "app/pipeline.h"

#include <algorithm>

#include "app/coordination_desk.h"
#include "app/operation_folder.h"
#include "app/reading.h"
#include "crosscheck/holdings.h"
#include "crosscheck/partner_match.h"
#include "crosscheck/resolve.h"
#include "crypto/digest.h"
#include "examine/examine_media.h"
#include "intake/read.h"
#include "intake/seal.h"
#include "match/list_import.h"
#include "match/match.h"
#include "model/canonical.h"
#include "package/compose.h"
#include "package/seal.h"
#include "register/app_rows.h"
#include "register/coordination_rows.h"
#include "register/desk_rows.h"
#include "register/match_rows.h"
#include "register/outcome_rows.h"
#include "register/retention_rows.h"
#include "triage/triage.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr uint64_t kConfigSizeMaxBytes = 16 * 1024 * 1024;

class Pipeline {
 public:
  Pipeline(House& house, std::string operation_name, std::string officer, Progress& progress)
      : house_(house), operation_name_(std::move(operation_name)), officer_(std::move(officer)), progress_(progress) {}

  Status OpenOperation() {
    const OperationRow found = TRY(FindOperation(house_.db(), operation_name_));
    if (found.key) {
      operation_ = found;
      return {};
    }
    operation_.id = house_.ids().Make<Operation>(operation_name_);
    Transaction transaction = TRY(Transaction::Begin(house_.db()));
    const Permit permit = TRY(Pass(transaction, Act::kOpenOperation, operation_.id.text(), "{}"));
    operation_.key = TRY(AddOperation(transaction, operation_.id, operation_name_, permit.at()));
    return transaction.Commit();
  }

  Status ImportLists(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      const auto file = TRY(house_.env().files.OpenRead(path));
      Transaction transaction = TRY(Transaction::Begin(house_.db()));
      const Permit permit = TRY(Pass(transaction, Act::kImportList, "", "{}"));
      const auto list = TRY(match::ImportList(transaction, permit, house_.ids(), {*file, BaseName(path)}));
      if (list.already_imported) continue;  // rolled back: nothing changed, nothing recorded
      TRY(transaction.Commit());
      progress_.Note("list " + list.name + " " + list.version + ": " + std::to_string(list.taken_count) +
                     " entries of " + std::to_string(list.row_count) + " rows");
    }
    return {};
  }

  Status ImportHoldings(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      const Bytes bytes = TRY(house_.env().files.ReadWhole(path, crosscheck::kHoldingsMaxBytes));
      Transaction transaction = TRY(Transaction::Begin(house_.db()));
      const Permit permit = TRY(Pass(transaction, Act::kImportContribution, "", "{}"));
      const auto contribution = TRY(crosscheck::ImportContribution(transaction, permit, house_.ids(), bytes));
      if (contribution.already_imported) continue;
      TRY(transaction.Commit());
      progress_.Note("holdings of " + contribution.owner + ": " + std::to_string(contribution.taken_count) +
                     " taken, " + std::to_string(contribution.refused_count) + " refused");
    }
    return {};
  }

  Result<SealOutcome> SealAndRead(const std::string& path, const std::string& origin_case) {
    std::string origin;
    if (!origin_case.empty()) origin = TRY(outcome_rows::FindCase(house_.db(), origin_case)).id;
    const SealOutcome sealed = TRY(
        Seal(house_.env(), house_.vault(), house_.db(), house_.ids(), Gatekeeper(), operation_.key, path,
             [&](const SealProgress& p) {
               progress_.Tell({.stage = "sealing", .done = p.file_count, .noun = "files", .byte_count = p.byte_count});
             }));
    if (!origin.empty()) TRY(SetOrigin(sealed.id.text(), origin));
    TRY(house_.ledger().Publish(house_.db()));
    progress_.Note((sealed.already_taken_in ? "already taken in as " : "sealed as ") + sealed.id.text() + ": " +
                   std::to_string(sealed.item_count) + " files, " + std::to_string(sealed.byte_count) + " bytes");
    const ReadOutcome read = TRY(ReadSubmission(
        house_.env(), house_.vault(), house_.db(), house_.ids(), Gatekeeper(), sealed.key, [&](const ReadProgress& p) {
          progress_.Tell(
              {.stage = "reading", .done = p.documents_done, .total = p.documents_total, .noun = "documents"});
        }));
    progress_.Note("read: " + std::to_string(read.report_taken_count) + " reports, " +
                   std::to_string(read.account_count) + " accounts, " + std::to_string(read.details_count) +
                   " declared files, " + std::to_string(read.quarantine_count) + " quarantined");
    return sealed;
  }

  Status Examine(int workers) {
    // The second fingerprint of large pictures costs, so it is made where a list in force was made with it.
    const std::vector<match_rows::ListRow> lists = TRY(match_rows::CurrentLists(house_.db()));
    const bool full_pdq =
        std::ranges::any_of(lists, [](const match_rows::ListRow& list) { return list.pdq_definition == "full"; });
    const examine::ExamineMediaOptions options{.workers = workers, .full_pdq = full_pdq};
    const auto summary = TRY(examine::ExamineMedia(
        house_.env(), house_.vault(), house_.db(), house_.ids(), GatekeeperForExamine(), options,
        [&](const examine::ExamineProgress& p) {
          progress_.Tell(
              {.stage = "examining", .done = p.done, .total = p.total, .noun = "files", .byte_count = p.byte_count});
        }));
    for (size_t i = 0; i < examine::kFamilies; ++i) {
      const examine::FamilyCost& cost = summary.families[i];
      examined_[std::string(examine::Name(static_cast<examine::Family>(i)))] = {
          {"files", cost.file_count},
          {"bytes", cost.byte_count},
          {"cpu_seconds", static_cast<double>(cost.cpu_micros / 1'000) / 1'000}};
    }
    if (summary.file_count > 0) {
      progress_.Note("examined: " + std::to_string(summary.file_count) + " contents, " +
                     std::to_string(summary.fault_count) + " could not be opened, each with its reason");
    }
    return {};
  }

  // {"pictures": {"files", "bytes", "cpu_seconds"}, "heif": ...}: what this run examined, by family of formats.
  const json& examined() const { return examined_; }

  // Match, cross-check, triage, compose: each remakes its rows as a whole from what stands in the register.
  Status Derive() {
    const TriageRules triage_rules = TRY(LoadTriageRules(house_.env().files, house_.Path("config/triage.toml")));
    const std::string crosscheck_path = house_.Path("config/crosscheck.toml");
    const Bytes crosscheck_toml = TRY(house_.env().files.ReadWhole(crosscheck_path, kConfigSizeMaxBytes));
    const crosscheck::CrossCheckRules crosscheck_rules = TRY(crosscheck::ReadCrossCheckRules(AsText(crosscheck_toml)));
    const auto ip_source = TRY(OpenIpCountry(house_.env().files, {}));
    const std::string input = TRY(DerivedInput(house_.db())) + triage_rules.sha256_hex +
                              HashSha256(crosscheck_toml).hex() + ip_source->Describe() + house_.book_sha256().hex();
    const std::string digest = HashSha256(AsBytes(input)).hex();

    TRY(Once("match", Act::kMatchFiles, digest, [&](Transaction& transaction, const Permit& permit) -> Status {
      const auto summary = TRY(match::MatchFiles(transaction, permit, house_.ids()));
      progress_.Note("matched: " + std::to_string(summary.hits_live) + " hits, " + std::to_string(summary.media_known) +
                     " known files, " + std::to_string(summary.cluster_count) + " clusters, which save " +
                     std::to_string(summary.looks_saved) + " of " + std::to_string(summary.look_count) + " looks");
      return {};
    }));
    TRY(Once("crosscheck", Act::kCrossCheck, digest, [&](Transaction& transaction, const Permit& permit) -> Status {
      const auto resolved = TRY(crosscheck::ResolveSubjects(transaction, permit, house_.ids(), crosscheck_rules));
      const auto partners = TRY(crosscheck::CrossCheckPartners(transaction, permit, house_.ids()));
      progress_.Note("cross-checked: " + std::to_string(resolved.subject_count) + " subject candidates, " +
                     std::to_string(resolved.weak_links) + " weak links shown, " + std::to_string(partners.hit_count) +
                     " hits with partners");
      return {};
    }));
    TRY(Once("triage", Act::kTriage, digest, [&](Transaction& transaction, const Permit& permit) -> Status {
      const auto summary = TRY(Triage(transaction, permit, house_.ids(), triage_rules, *ip_source));
      progress_.Note("triaged: " + std::to_string(summary.account_count) + " accounts, " +
                     std::to_string(summary.urgent_count) + " urgent, " + std::to_string(summary.country_count) +
                     " countries, " + std::to_string(summary.unclear_count) + " unclear");
      return {};
    }));
    TRY(Once("plan", Act::kComposePackage, digest, [&](Transaction& transaction, const Permit& permit) {
      return PlanPackages(transaction, permit, house_.package_room(), operation_.id);
    }));
    TRY(Deconflict(digest));
    const std::string compose_input = digest + TRY(coordination_rows::PauseInput(house_.db()));
    TRY(Once("compose", Act::kComposePackage, HashSha256(AsBytes(compose_input)).hex(),
             [&](Transaction& transaction, const Permit& permit) -> Status {
               const PackageRoom room = house_.package_room();
               const auto summary = TRY(ComposePackages(transaction, permit, room, operation_.id));
               progress_.Note("composed: " + std::to_string(summary.packages.size()) + " referral packages, " +
                              std::to_string(summary.withheld_count) + " accounts withheld with a reason");
               return {};
             }));
    return ComposeOwedEvidence();
  }

  // Evidence that was made without accounts which may go by now.
  Status ComposeOwedEvidence() {
    for (const std::string& id : TRY(ReferralsOwedEvidence(house_.db(), operation_.id))) {
      Transaction transaction = TRY(Transaction::Begin(house_.db()));
      const Permit permit = TRY(Pass(transaction, Act::kComposePackage, id, "{}"));
      const auto made = ComposeEvidence(transaction, permit, house_.package_room(), Id<Package>(id));
      if (!made && made.error().code == Code::kDenied) continue;  // no gateway any more, or nothing of it may go
      TRY(made);
      TRY(transaction.Commit());
      progress_.Note("composed: evidence " + made->id.text() + " with what was held back");
    }
    return {};
  }

  // Once it is known who is to receive what, and before packages are made: what two hold is left out of them.
  Status Deconflict(const std::string& derived_digest) {
    const std::string input = derived_digest + TRY(coordination_rows::ScanInput(house_.db()));
    return Once("deconflict", Act::kCrossCheck, HashSha256(AsBytes(input)).hex(),
                [&](Transaction& transaction, const Permit& permit) -> Status {
                  const auto summary = TRY(ScanAndTell(house_, transaction, permit));
                  if (summary.open_count > 0) {
                    progress_.Note("deconfliction: " + std::to_string(summary.open_count) +
                                   " open; their accounts wait, see `crossguard deconfliction list`");
                  }
                  return {};
                });
  }

  Status SealPackages() {
    const SenderKeys sender = TRY(house_.sender_keys());
    const std::vector<std::string> ids =
        TRY(PackagesInState(house_.db(), operation_.key, Text(PackageState::kComposed)));
    int64_t done = 0;
    for (const std::string& id : ids) {
      progress_.Tell(
          {.stage = "sealing packages", .done = done++, .total = static_cast<int64_t>(ids.size()), .noun = "packages"});
      Transaction transaction = TRY(Transaction::Begin(house_.db()));
      const Permit permit = TRY(Pass(transaction, Act::kSealPackage, id, "{}"));
      const PackageRoom room = house_.package_room();
      TRY(SealPackage(transaction, permit, room, sender, Id<Package>(id)));
      TRY(transaction.Commit());
    }
    if (!ids.empty())
      progress_.Note("sealed: " + std::to_string(ids.size()) +
                     " packages; each waits for two officers before it may leave");
    TRY(house_.ledger().Publish(house_.db()));
    return {};
  }

  const OperationRow& operation() const { return operation_; }

 private:
  using Work = std::function<Status(Transaction&, const Permit&)>;

  // Seized material is a submission like any other, and is cross-checked like any other; this says where it is from.
  Status SetOrigin(const std::string& submission_id, const std::string& case_id) {
    Transaction transaction = TRY(Transaction::Begin(house_.db()));
    const Permit permit =
        TRY(Pass(transaction, Act::kSealSubmission, submission_id, Canonical({{"origin_case", case_id}})));
    TRY(outcome_rows::PutOrigin(transaction, submission_id, case_id, permit.at()));
    return transaction.Commit();
  }

  static std::string BaseName(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

  Result<Permit> Pass(Transaction& transaction, Act act, const std::string& object_id,
                      const std::string& details_json) {
    return house_.gate().Pass(transaction, {.act = act,
                                            .officer = officer_,
                                            .object_id = object_id,
                                            .reason = "operation " + operation_name_,
                                            .details_json = details_json});
  }
  PassGate Gatekeeper() {
    return [this](Transaction& transaction, Act act, const std::string& object_id, const std::string& details_json) {
      return Pass(transaction, act, object_id, details_json);
    };
  }
  examine::PassGate GatekeeperForExamine() {
    return [this](Transaction& transaction, const std::string& details_json) {
      return Pass(transaction, Act::kExamineFiles, operation_.id.text(), details_json);
    };
  }

  // One step, one transaction: the work, the mark that it is done for this input, the ledger leaf.
  Status Once(std::string_view name, Act act, const std::string& digest, const Work& work) {
    if (TRY(StepDone(house_.db(), operation_.key, name, digest))) return {};
    progress_.Tell({.stage = name});
    {
      Transaction transaction = TRY(Transaction::Begin(house_.db()));
      const Permit permit = TRY(Pass(transaction, act, operation_.id.text(), Canonical({{"input", digest}})));
      TRY(work(transaction, permit));
      TRY(MarkStep(transaction, operation_.key, name, digest, permit.at()));
      TRY(transaction.Commit());
    }
    TRY(house_.ledger().Publish(house_.db()));
    return {};
  }

  House& house_;
  std::string operation_name_;
  std::string officer_;
  Progress& progress_;
  json examined_ = json::object();
  OperationRow operation_;
};

json BalanceJson(const std::vector<BalanceLine>& lines) {
  json out = {{"holds", true}, {"lines", json::array()}};
  for (const BalanceLine& line : lines) {
    json states = json::object();
    for (const auto& [state, count] : line.states) states[state] = count;
    out["lines"].push_back({{"line", line.name},
                            {"counts", line.noun},
                            {"in", line.in_count},
                            {"out", line.out_count},
                            {"states", states},
                            {"holds", line.holds()}});
    if (!line.holds()) out["holds"] = false;
  }
  return out;
}

std::string BrokenLines(const json& balance) {
  std::string names;
  for (const json& line : balance["lines"]) {
    if (!line["holds"].get<bool>()) names += (names.empty() ? "" : ", ") + line["line"].get<std::string>();
  }
  return names;
}

// A sealed package that is not on disk is not in its state: the line "packages" must not hold then. One that was erased
// after it had left has its tombstone instead.
Status CheckPackageFolders(House& house, const std::vector<PackageFolderRow>& packages,
                           std::vector<BalanceLine>& lines) {
  int64_t missing = 0;
  for (const PackageFolderRow& package : packages) {
    if (package.state == Text(PackageState::kComposed) || package.state == Text(PackageState::kSuperseded)) continue;
    if (!package.folder.empty() && house.env().files.Exists(house.Path(package.folder + "/payload.age"))) continue;
    if (!TRY(retention_rows::PackageIsErased(house.db(), package.id))) ++missing;
  }
  if (missing == 0) return {};
  for (BalanceLine& line : lines) {
    if (line.name != "packages") continue;
    line.states.emplace_back("folder_missing", -missing);
    line.out_count -= missing;
  }
  return {};
}

// An operation that is there is worked on by who may see it. Its name is known to whoever gives it, so to say no tells
// nothing that a new operation of that name would not tell.
Status CheckMayWorkOn(House& house, const RunOptions& options) {
  if (!TRY(FindOperation(house.db(), options.operation)).key) return {};
  const Reader reader = TRY(ReadAs(house.db(), house.book(), options.officer, house.env().clock.Now()));
  if (SeenOperation(house.db(), reader.viewer, options.operation)) return {};
  return Fail(Code::kDenied, "Officer " + options.officer + " is no member of operation '" + options.operation +
                                 "'; ask its members, or give the operation another name.");
}

Result<json> FiguresFor(House& house, const RunOptions& options) {
  const Reader reader = TRY(ReadAs(house.db(), house.book(), options.officer, house.env().clock.Now()));
  return OperationFigures(house.db(), reader.viewer, options.operation);
}

}  // namespace

Result<json> TakeBalance(House& house, const std::string& officer) {
  std::vector<BalanceLine> lines = TRY(ComputeBalance(house.db()));
  TRY(CheckPackageFolders(house, TRY(PackageFolders(house.db())), lines));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const json balance = BalanceJson(lines);
  TRY(house.gate().Pass(transaction, {.act = Act::kBalance,
                                      .officer = officer,
                                      .object_id = "",
                                      .reason = "balance",
                                      .details_json = Canonical({{"holds", balance["holds"]}})}));
  TRY(StoreBalance(transaction, lines));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return balance;
}

Status SealComposed(House& house, const std::string& operation, const std::string& officer, Progress& progress) {
  Pipeline pipeline(house, operation, officer, progress);
  TRY(pipeline.OpenOperation());
  return pipeline.SealPackages();
}

Status MakePackages(House& house, const std::string& operation, const std::string& officer, Progress& progress) {
  Pipeline pipeline(house, operation, officer, progress);
  TRY(pipeline.OpenOperation());
  TRY(pipeline.Derive());
  return pipeline.SealPackages();
}

Result<json> ComposeAgain(House& house, const std::string& operation, const std::string& officer, Progress& progress) {
  TRY(CheckMayWorkOn(house, {.operation = operation, .officer = officer}));
  if (!TRY(FindOperation(house.db(), operation)).key)
    return Fail(Code::kNotFound, "No operation is named '" + operation + "'; see `crossguard package list`.");
  TRY(MakePackages(house, operation, officer, progress));
  const json balance = TRY(TakeBalance(house, officer));
  if (!balance["holds"].get<bool>()) {
    return Fail(Code::kCorrupt, "The balance does not hold for: " + BrokenLines(balance) +
                                    ". No package may be released; see `crossguard balance`.");
  }
  const Reader reader = TRY(ReadAs(house.db(), house.book(), officer, house.env().clock.Now()));
  json out = {{"operation", operation}, {"packages", json::array()}, {"balance", balance}};
  for (json& package : TRY(ListPackages(house.db(), reader.viewer))) {
    if (package["operation"] == operation && package["state"] == Text(PackageState::kSealed))
      out["packages"].push_back(std::move(package));
  }
  out["withheld"] = TRY(FiguresFor(house, {.operation = operation, .officer = officer}))["withheld"];
  return out;
}

Result<json> Intake(House& house, const RunOptions& options, Progress& progress) {
  const auto folder = TRY(ReadOperationFolder(house.env().files, options.submission_path));
  TRY(CheckMayWorkOn(house, options));
  Pipeline pipeline(house, options.operation, options.officer, progress);
  TRY(pipeline.OpenOperation());
  const SealOutcome sealed =
      TRY(pipeline.SealAndRead(folder ? folder->submission : options.submission_path, options.origin_case));
  const json figures = TRY(FiguresFor(house, options));
  json out = {{"submission", sealed.id.text()},
              {"already_taken_in", sealed.already_taken_in},
              {"manifest_sha256", sealed.manifest_sha256.hex()},
              {"items", sealed.item_count},
              {"unreadable", sealed.unreadable_count},
              {"not_regular", sealed.not_regular_count},
              {"bytes", sealed.byte_count}};
  for (const char* name : {"reports", "reports_duplicate", "accounts", "selectors", "quarantine"})
    out[name] = figures[name];
  return out;
}

Result<json> Run(House& house, const RunOptions& options, Progress& progress) {
  const int64_t begun = house.env().clock.MonotonicMicros();
  const auto folder = TRY(ReadOperationFolder(house.env().files, options.submission_path));
  TRY(CheckMayWorkOn(house, options));
  Pipeline pipeline(house, options.operation, options.officer, progress);
  TRY(pipeline.OpenOperation());
  if (folder) {
    TRY(pipeline.ImportLists(folder->lists));
    TRY(pipeline.ImportHoldings(folder->holdings));
  }
  const SealOutcome sealed =
      TRY(pipeline.SealAndRead(folder ? folder->submission : options.submission_path, options.origin_case));
  TRY(pipeline.Examine(options.workers));
  TRY(pipeline.Derive());
  const json before_release = TRY(TakeBalance(house, options.officer));
  if (!before_release["holds"].get<bool>() && BrokenLines(before_release) != "packages") {
    return Fail(Code::kCorrupt, "The balance does not hold for: " + BrokenLines(before_release) +
                                    ". Nothing was sealed; see `crossguard balance`.");
  }
  TRY(pipeline.SealPackages());
  const json balance = TRY(TakeBalance(house, options.officer));
  json out = TRY(FiguresFor(house, options));
  out["submission"] = sealed.id.text();
  out["already_taken_in"] = sealed.already_taken_in;
  out["manifest_sha256"] = sealed.manifest_sha256.hex();
  out["balance"] = balance;
  out["examined_by_family"] = pipeline.examined();
  out["seconds"] = (house.env().clock.MonotonicMicros() - begun) / kMicrosPerSecond;
  if (!balance["holds"].get<bool>()) {
    return Fail(Code::kCorrupt, "The balance does not hold for: " + BrokenLines(balance) +
                                    ". No package may be released; see `crossguard balance`.");
  }
  return out;
}

}  // namespace crossguard
