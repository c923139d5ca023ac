#include "app/desk.h"

#include "app/access_desk.h"
#include "app/act.h"
#include "app/pipeline.h"
#include "base/json.h"
#include "crosscheck/holdings.h"
#include "model/canonical.h"
#include "package/compose.h"
#include "package/seal.h"
#include "register/app_rows.h"
#include "register/desk_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
constexpr uint64_t kAnswersSizeMaxBytes = 16 * 1024 * 1024;

Result<Answer> AnswerFromText(const std::string& text) {
  if (text == "accept") return Answer::kAccept;
  if (text == "refuse") return Answer::kRefuse;
  if (text == "already_known") return Answer::kAlreadyKnown;
  return Fail(Code::kInvalid, "A decision is accept, refuse or already_known.");
}

// The released referral packages of an authority that wait for its answer: what followed too. Where none waits, all:
// the same answer again is told as such.
Result<std::vector<std::string>> ReferralsOf(House& house, const Reader& reader, const AnswerFacts& answer) {
  std::vector<std::string> waiting, all;
  for (const json& package : TRY(ListPackages(house.db(), reader.viewer))) {
    if (package["operation"] != answer.operation || package["authority"] != answer.authority ||
        package["kind"] != Text(PackageKind::kReferral) || package["released_at"].is_null())
      continue;
    all.push_back(package["id"].get<std::string>());
    if (package["answered_at"].is_null()) waiting.push_back(all.back());
  }
  return waiting.empty() ? all : waiting;
}

// A release is of the package and of everything in it: each set of labels must allow it.
Status CheckMayLeave(House& house, const Actor& actor, const std::string& package_id) {
  Reader reader = TRY(ReadFor(house, actor, Act::kReleasePackage, "facilitate_exchange"));
  const json package = TRY(ShowPackage(house.db(), reader.viewer, package_id));
  reader.context.recipient = package["authority"].get<std::string>();
  reader.context.gateway.allowed = !package["gateway"].get<std::string>().empty();
  DatumLabels labels = TRY(LabelsOn(house.db(), reader.viewer, "package", package_id));
  const std::vector<Labels> carried = TRY(LabelsCarriedBy(house.db(), package_id));
  for (auto& way : labels.ways) way.insert(way.end(), carried.begin(), carried.end());
  const Decision decision = Judge(reader, DataAct::kRelease, labels);
  if (decision.permit) return {};
  return Fail(Code::kDenied, "Package " + package_id + " may not be released (" + std::string(decision.rule) +
                                 "); see `crossguard label show` for it and for what it carries.");
}

Status CheckBalanceHolds(House& house, const Actor& actor) {
  const json balance = TRY(TakeBalance(house, actor.officer));
  if (balance["holds"].get<bool>()) return {};
  return Fail(Code::kCorrupt, "The balance does not hold, so nothing may be released; see `crossguard balance`.");
}

}  // namespace

std::string DefaultOfficer(const AuthorityBook& book, Act act, std::optional<Instant> at) {
  for (const Officer& officer : book.officers) {
    if (at && !officer.MayActAt(*at)) continue;
    for (const std::string& role : officer.roles) {
      const auto known = RoleFromText(role);
      if (known && (RuleOf(act).roles & RoleBit(*known)) != 0) return officer.id;
    }
  }
  return book.officers.empty() ? "" : book.officers.front().id;
}

Result<json> ImportListFile(House& house, const Actor& actor, const std::string& path, const match::ListFacts& facts) {
  const auto file = TRY(house.env().files.OpenRead(path));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kImportList, ""));
  const auto list =
      TRY(match::ImportList(transaction, permit, house.ids(), {*file, path.substr(path.find_last_of('/') + 1)}, facts));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return json{{"id", list.id.text()},
              {"name", list.name},
              {"version", list.version},
              {"owner", list.owner},
              {"kind", Text(list.kind)},
              {"scheme", list.scheme},
              {"already_imported", list.already_imported},
              {"superseded_lists", list.superseded_lists},
              {"rows", list.row_count},
              {"taken", list.taken_count},
              {"ignored", list.ignored_count},
              {"quarantined", list.quarantined_count}};
}

Result<json> ImportHoldingsFile(House& house, const Actor& actor, const std::string& path) {
  const Bytes bytes = TRY(house.env().files.ReadWhole(path, crosscheck::kHoldingsMaxBytes));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kImportContribution, ""));
  const auto contribution = TRY(crosscheck::ImportContribution(transaction, permit, house.ids(), bytes));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return json{{"id", contribution.id.text()},          {"owner", contribution.owner},
              {"grade", contribution.grade},           {"already_imported", contribution.already_imported},
              {"items", contribution.item_count},      {"taken", contribution.taken_count},
              {"refused", contribution.refused_count}, {"refusals", contribution.refusals}};
}

Result<json> ApproveRelease(House& house, const Actor& actor, std::vector<std::string> package_ids,
                            const std::string& operation) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kReleasePackage));
  TRY(CheckBalanceHolds(house, actor));
  const bool all_of_operation = package_ids.empty();
  if (all_of_operation) {
    if (!SeenOperation(house.db(), reader.viewer, operation))
      return Fail(Code::kNotFound, "No operation is named '" + operation + "'; see `crossguard package list`.");
    for (const json& package : TRY(ListPackages(house.db(), reader.viewer))) {
      if (package["operation"] == operation && package["state"] == Text(PackageState::kSealed))
        package_ids.push_back(package["id"].get<std::string>());
    }
  }
  json out = json::array();
  std::optional<Error> said_before;
  size_t said_before_count = 0;
  for (const std::string& id : package_ids) {
    TRY(SeenPackage(house.db(), reader.viewer, id));
    TRY(CheckMayLeave(house, actor, id));
    Transaction transaction = TRY(Transaction::Begin(house.db()));
    const Ask ask{.act = Act::kReleasePackage, .officer = actor.officer, .object_id = id, .reason = actor.reason};
    auto agreed = house.gate().Approve(transaction, ask);
    if (!agreed && all_of_operation && agreed.error().code == Code::kConflict) {  // this officer agreed before
      out.push_back({{"package", id}, {"released", false}, {"waits", agreed.error().message}});
      said_before = agreed.error();
      ++said_before_count;
      continue;
    }
    const ApprovalState state = TRY(std::move(agreed));
    json row = {{"package", id}, {"approvals", state.given}, {"needed", state.needed}, {"released", state.complete()}};
    if (state.complete()) {
      const Permit permit = TRY(house.gate().Pass(transaction, ask));
      auto folder = ReleasePackage(transaction, permit, house.package_room(), Id<Package>(id));
      if (!folder && all_of_operation && folder.error().code == Code::kConflict) {
        // It waits, the others need not. Rolled back: this agreement can be given again when it may leave.
        out.push_back({{"package", id},
                       {"approvals", state.given - 1},
                       {"needed", state.needed},
                       {"released", false},
                       {"waits", folder.error().message}});
        continue;
      }
      row["folder"] = TRY(std::move(folder));
    }
    TRY(transaction.Commit());
    out.push_back(std::move(row));
  }
  TRY(house.ledger().Publish(house.db()));
  if (said_before && said_before_count == package_ids.size()) return std::unexpected(*said_before);
  return out;
}

Result<json> AgreeToAccount(House& house, const Actor& actor, const std::string& account_id) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kComposePackage));
  const json account = TRY(ShowAccount(house.db(), reader.viewer, account_id));
  const std::string id = account["id"];
  // For who does not see all its reports it waits for nobody: whether it does was worked out from them all.
  if (account["minor"].is_null() || !TRY(WaitsForSecondOfficer(house.db(), id)))
    return Fail(Code::kConflict,
                "Account " + id + " waits for no second officer; see `crossguard queue second_officer`.");
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Ask ask{.act = Act::kComposePackage, .officer = actor.officer, .object_id = id, .reason = actor.reason};
  const ApprovalState state = TRY(house.gate().Approve(transaction, ask));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return json{{"account", id}, {"approvals", state.given}, {"next", "crossguard run: composes the packages anew"}};
}

Result<json> TakeAnswer(House& house, const Actor& actor, const AnswerFacts& answer, Progress& progress) {
  const Answer decision = TRY(AnswerFromText(answer.decision));
  const Reader reader = TRY(ReadFor(house, actor, Act::kRecordAnswer));
  const std::string& id = answer.package_id;
  TRY(SeenPackage(house.db(), reader.viewer, id));
  const std::string operation = TRY(OperationOfPackage(house.db(), id));
  json out = {{"package", id},
              {"decision", answer.decision},
              {"case_number", answer.case_number},
              {"evidence_package", nullptr},
              {"evidence_withheld", nullptr}};
  {
    Transaction transaction = TRY(Transaction::Begin(house.db()));
    const Permit permit = TRY(Pass(house, transaction, actor, Act::kRecordAnswer, id));
    TRY(RecordAnswer(transaction, permit, Id<Package>(id), decision, answer.case_number));
    TRY(transaction.Commit());
  }
  if (decision == Answer::kAccept) {
    Transaction transaction = TRY(Transaction::Begin(house.db()));
    const Permit permit = TRY(Pass(house, transaction, actor, Act::kComposePackage, id));
    const auto evidence = ComposeEvidence(transaction, permit, house.package_room(), Id<Package>(id));
    if (evidence) {
      out["evidence_package"] = evidence->id.text();
      TRY(transaction.Commit());
    } else if (evidence.error().code == Code::kDenied) {
      out["evidence_withheld"] =
          evidence.error().message;  // no gateway for files: the acceptance stands, the files stay
    } else {
      return std::unexpected(evidence.error());
    }
  }
  TRY(SealComposed(house, operation, actor.officer, progress));
  return out;
}

Result<json> TakeAnswerFile(House& house, const Actor& actor, const std::string& path, const std::string& operation,
                            Progress& progress) {
  const Bytes bytes = TRY(house.env().files.ReadWhole(path, kAnswersSizeMaxBytes));
  const json root = ParseJson(bytes);
  if (!root.is_object() || root.value("format", json()) != "crossguard-answers/1" || !root.contains("answers") ||
      !root["answers"].is_array()) {
    return Fail(Code::kInvalid, "'" + path + "' is not a file of answers (crossguard-answers/1).");
  }
  json out = json::array();
  for (const json& one : root["answers"]) {
    const auto text = [&](const char* name) {
      return one.is_object() && one.contains(name) && one[name].is_string() ? one[name].get<std::string>()
                                                                            : std::string();
    };
    AnswerFacts answer{.authority = text("authority"),
                       .operation = operation,
                       .decision = text("decision"),
                       .case_number = text("case_number")};
    const Reader reader = TRY(ReadFor(house, actor, Act::kRecordAnswer));
    const std::vector<std::string> packages = TRY(ReferralsOf(house, reader, answer));
    if (packages.empty()) {
      out.push_back({{"authority", answer.authority},
                     {"not_taken", "No released referral package to '" + answer.authority + "' stands in operation '" +
                                       operation + "'; release it first."}});
    }
    for (const std::string& id : packages) {
      answer.package_id = id;
      auto taken = TakeAnswer(house, actor, answer, progress);
      // A line that does not fit what stands here is told, and stops none of the others.
      if (!taken && (taken.error().code == Code::kNotFound || taken.error().code == Code::kConflict)) {
        out.push_back({{"authority", answer.authority}, {"package", id}, {"not_taken", taken.error().message}});
        continue;
      }
      out.push_back(TRY(std::move(taken)));
    }
  }
  return out;
}

Result<json> Show(House& house, const Actor& actor, std::string_view noun, const std::string& id) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kShowRecord));
  Record record = TRY(ReadRecord(reader, noun, id));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  TRY(house.gate().Pass(transaction, {.act = Act::kShowRecord,
                                      .officer = actor.officer,
                                      .object_id = record.id,
                                      .reason = actor.reason,
                                      .details_json = Canonical({{"rule", record.decision.rule}})}));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return std::move(record.json);
}

}  // namespace crossguard
