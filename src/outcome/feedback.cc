#include "outcome/feedback.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/json.h"
#include "register/outcome_rows.h"

namespace crossguard::outcome {
namespace {

using nlohmann::json;
using enum OutcomeKind;
using outcome_rows::AccountOutcomes;

// The accounts of one group (of a provider, a band, a rule, an officer) and what came of them.
struct Tally {
  int64_t answered = 0, with_yield = 0, safeguarded = 0, suspects = 0, arrests = 0, not_csam = 0;

  void Add(const AccountOutcomes& account) {
    const auto has = [&](OutcomeKind kind) { return std::ranges::count(account.kinds, kind) > 0; };
    if (!std::ranges::any_of(account.kinds, IsAnswered)) return;
    ++answered;
    with_yield += std::ranges::any_of(account.kinds, IsYield) ? 1 : 0;
    safeguarded += has(kChildSafeguarded) ? 1 : 0;
    suspects += has(kSuspectIdentified) ? 1 : 0;
    arrests += has(kArrest) ? 1 : 0;
    not_csam += has(kNotCsam) ? 1 : 0;
  }
  json Counts() const {
    return {{"answered", answered},
            {"with_yield", with_yield},
            {"children_safeguarded", safeguarded},
            {"not_csam", not_csam}};
  }
};

// One decimal; null where it would be said of too few.
json Percent(int64_t part, int64_t whole, int64_t whole_min) {
  if (whole == 0 || whole < whole_min) return nullptr;
  return static_cast<double>(part * 1000 / whole) / 10.0;
}

json RuleLine(const std::string& rule, const Tally& of_rule, const Tally& all, int64_t accounts_min) {
  constexpr double kRaise = 1.5, kLower = 0.67;
  json out = of_rule.Counts();
  out["rule"] = rule;
  out["yield_percent"] = Percent(of_rule.with_yield, of_rule.answered, accounts_min);
  out["lift"] = nullptr;
  out["suggestion"] = "too few answers";
  if (of_rule.answered < accounts_min || all.with_yield == 0) return out;
  const double lift = (static_cast<double>(of_rule.with_yield) / static_cast<double>(of_rule.answered)) /
                      (static_cast<double>(all.with_yield) / static_cast<double>(all.answered));
  out["lift"] = static_cast<double>(static_cast<int64_t>(lift * 100)) / 100.0;
  out["suggestion"] = lift >= kRaise ? "raise" : lift <= kLower ? "lower" : "keep";
  return out;
}

// Which accounts each officer triaged: those of a run, and those that the officer agreed to by name.
Result<std::map<std::string, std::set<std::string>>> AccountsOfOfficers(Database& database, const Sight& see,
                                                                        const std::string& operation) {
  std::map<std::string, std::set<std::string>> out;
  const std::string operation_id = TRY(outcome_rows::OperationId(database, see, operation));
  if (operation_id.empty())
    return Fail(Code::kNotFound, "No operation here has this name; see `crossguard package list`.");
  const auto accounts = TRY(outcome_rows::AccountsOfOperation(database, see, operation_id));
  TRY(outcome_rows::EachTriageLeaf(database,
                                   [&](std::string_view act, std::string_view object, const std::string& entry) {
                                     const json leaf = ParseJson(entry);
                                     const std::string officer = leaf.is_object() ? leaf.value("officer", "") : "";
                                     if (officer.empty()) return;
                                     if (act == "triage" && object == operation_id)
                                       out[officer].insert(accounts.begin(), accounts.end());
                                     else if (act != "triage" && std::ranges::binary_search(accounts, object))
                                       out[officer].insert(std::string(object));
                                   }));
  return out;
}

std::string ThanksFor(const Tally& tally) {
  if (tally.safeguarded > 0) return "Because of accounts you put in their order, children are safe today. Thank you.";
  if (tally.with_yield > 0) return "Accounts you put in their order led to those who used them. Thank you.";
  if (tally.answered > 0)
    return "Authorities have looked at accounts you put in their order, and said what they are: that is work they "
           "need not do again. Thank you.";
  return "No authority has answered yet; most answers take weeks. Thank you for the work.";
}

}  // namespace

bool IsYield(OutcomeKind kind) {
  switch (kind) {
    case kSuspectIdentified:
    case kArrest:
    case kCharge:
    case kConviction:
    case kChildIdentified:
    case kChildSafeguarded:
      return true;
    default:
      return false;
  }
}

bool IsAnswered(OutcomeKind kind) {
  return IsYield(kind) || kind == kNoOffence || kind == kNotFound || kind == kNotCsam;
}

Result<json> ProviderCards(Database& database, const Sight& see, const OutcomeRules& rules) {
  std::map<std::string, Tally> tallies;
  for (const AccountOutcomes& account : TRY(outcome_rows::OutcomesByAccount(database, see)))
    tallies[account.provider].Add(account);
  json out = json::array();
  for (const std::string& provider : TRY(outcome_rows::Providers(database, see))) {
    json fields = TRY(outcome_rows::ProviderFields(database, see, provider));
    for (json& field : fields)
      field["percent"] = Percent(field["filled"].get<int64_t>(), field["of"].get<int64_t>(), 1);
    const Tally& tally = tallies[provider];
    out.push_back({{"provider", provider},
                   {"fields", fields},
                   {"accounts_answered", tally.answered},
                   {"accounts_with_yield", tally.with_yield},
                   {"accounts_child_safeguarded", tally.safeguarded},
                   {"accounts_not_csam", tally.not_csam},
                   {"yield_percent", Percent(tally.with_yield, tally.answered, rules.small_number)},
                   {"not_csam_percent", Percent(tally.not_csam, tally.answered, rules.small_number)}});
  }
  return out;
}

Result<json> ListVotes(Database& database, const Sight& see) {
  json out = json::array();
  for (const auto& vote : TRY(outcome_rows::ListVotes(database, see))) {
    if (out.empty() || out.back()["owner"] != vote.owner || out.back()["list"] != vote.list ||
        out.back()["version"] != vote.version)
      out.push_back({{"owner", vote.owner},
                     {"list", vote.list},
                     {"version", vote.version},
                     {"entries", 0},
                     {"up", 0},
                     {"down", 0},
                     {"votes", json::array()}});
    json& list = out.back();
    list["entries"] = list["entries"].get<int64_t>() + 1;
    list["up"] = list["up"].get<int64_t>() + vote.up;
    list["down"] = list["down"].get<int64_t>() + vote.down;
    list["votes"].push_back({{"entry_id", vote.entry_id}, {"up", vote.up}, {"down", vote.down}});
  }
  return out;
}

Result<json> Calibration(Database& database, const Sight& see, const OutcomeRules& rules,
                         const std::string& operation) {
  const std::string operation_id = TRY(outcome_rows::OperationId(database, see, operation));
  if (operation_id.empty())
    return Fail(Code::kNotFound, "No operation here has this name; see `crossguard package list`.");
  const auto accounts = TRY(outcome_rows::AccountsOfOperation(database, see, operation_id));
  Tally all;
  std::map<std::string, Tally> by_rule;
  std::vector<Tally> by_band(Words<RiskBand>::kTexts.size());
  for (const AccountOutcomes& account : TRY(outcome_rows::OutcomesByAccount(database, see))) {
    if (!std::ranges::binary_search(accounts, account.account)) continue;
    all.Add(account);
    if (const auto band = FromText<RiskBand>(account.band)) by_band[static_cast<size_t>(*band)].Add(account);
    for (const std::string& rule : std::set(account.rules.begin(), account.rules.end())) by_rule[rule].Add(account);
  }
  json out = all.Counts();
  out["operation"] = operation;
  out["yield_percent"] = Percent(all.with_yield, all.answered, rules.calibration_accounts_min);
  out["bands"] = json::array();
  for (size_t i = 0; i < by_band.size(); ++i) {
    json band = by_band[i].Counts();
    band["band"] = Text(static_cast<RiskBand>(i));
    band["yield_percent"] = Percent(by_band[i].with_yield, by_band[i].answered, rules.calibration_accounts_min);
    out["bands"].push_back(std::move(band));
  }
  out["rules"] = json::array();
  for (const auto& [rule, tally] : by_rule) {
    if (tally.answered > 0) out["rules"].push_back(RuleLine(rule, tally, all, rules.calibration_accounts_min));
  }
  return out;
}

Result<json> ForOfficers(Database& database, const Sight& see, const std::string& operation) {
  std::map<std::string, AccountOutcomes> outcomes;
  for (AccountOutcomes& account : TRY(outcome_rows::OutcomesByAccount(database, see))) {
    std::string id = account.account;
    outcomes.emplace(std::move(id), std::move(account));
  }
  json out = json::array();
  for (const auto& [officer, accounts] : TRY(AccountsOfOfficers(database, see, operation))) {
    Tally tally;
    for (const std::string& account : accounts) {
      if (const auto at = outcomes.find(account); at != outcomes.end()) tally.Add(at->second);
    }
    out.push_back({{"officer", officer},
                   {"accounts", accounts.size()},
                   {"answered", tally.answered},
                   {"children_safeguarded", tally.safeguarded},
                   {"suspects", tally.suspects},
                   {"arrests", tally.arrests},
                   {"not_csam", tally.not_csam},
                   {"words", ThanksFor(tally)}});
  }
  return out;
}

}  // namespace crossguard::outcome
