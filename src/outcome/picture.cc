#include "outcome/picture.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/json.h"
#include "outcome/suppress.h"
#include "outcome/units.h"
#include "register/outcome_rows.h"

namespace crossguard::outcome {
namespace {

using nlohmann::json;
using CountryFacts = std::map<std::string, bool>;  // of the authority book: country -> a member of the EU

CountryFacts CountriesOf(const AuthorityBook& book) {
  CountryFacts out;
  for (const Authority& authority : book.authorities) {
    if (!authority.country.empty()) out[authority.country] |= authority.kind == "eu_member_state";
  }
  return out;
}

bool InScope(const CountryFacts& countries, const std::string& scope, const std::string& country) {
  if (scope == "global") return true;
  if (scope != "eu") return country == scope;
  const auto at = countries.find(country);
  return at != countries.end() && at->second;
}

// What stands behind a sum of units.
struct Behind {
  std::set<size_t> reports;
  std::set<std::string> authorities;
  int64_t count = 0, without_key = 0;
};

class Figures {
 public:
  Figures(const AuthorityBook& book, const std::vector<StoredOutcome>& all, int64_t small_number, Instant as_of)
      : book_(book), all_(all), small_number_(small_number), as_of_(as_of), countries_(CountriesOf(book)) {}

  Behind BehindOf(OutcomeKind metric, const std::string& scope) const {
    Behind out;
    for (const Unit& unit : UnitsOf(all_, metric, as_of_)) {
      if (!InScope(countries_, scope, unit.country)) continue;
      out.count += unit.weight;
      if (!unit.keyed) out.without_key += unit.weight;
      for (const size_t report : unit.reports) {
        out.reports.insert(report);
        out.authorities.insert(all_[report].authority);
      }
    }
    return out;
  }

  json Metric(OutcomeKind metric) const {
    std::map<std::string, std::map<std::string, int64_t>> parts;  // country -> authority -> count
    parts[""];  // "not said" is a cell always: one that stood there only when it counts would tell that it does
    for (const auto& [country, eu] : countries_) parts[country];
    for (const Authority& authority : book_.authorities) {
      if (!authority.country.empty()) parts[authority.country][authority.id];
    }
    for (const Unit& unit : UnitsOf(all_, metric, as_of_)) parts[unit.country][unit.authority] += unit.weight;
    std::vector<Cell> cells;
    for (const auto& [country, by_authority] : parts) {
      Cell cell{.eu = InScope(countries_, "eu", country), .count = 0};
      for (const auto& [authority, count] : by_authority) cell.count += count;
      cells.push_back(cell);
    }
    const Published published = Publish(cells, small_number_);
    const Behind behind = BehindOf(metric, "global");
    json out = {{"metric", Text(metric)},
                {"as_of", DateText(as_of_)},
                {"global", Maybe(published.total)},
                {"eu", Maybe(published.eu)},
                {"countries", json::array()}};
    AddBehind(out, behind, published.total.has_value());
    size_t place = 0;
    for (const auto& [country, by_authority] : parts) {
      out["countries"].push_back({{"country", country},
                                  {"eu", cells[place].eu},
                                  {"count", Maybe(published.cells[place])},
                                  {"by_authority", published.cells[place] ? Parts(by_authority) : json()}});
      ++place;
    }
    return out;
  }

  // Where a scope's number is shown, how much stands behind it may be too; but how many have no key is itself a number
  // of persons, and so is the rest.
  void AddBehind(json& out, const Behind& behind, bool shown) const {
    const int64_t parts[] = {behind.without_key, behind.count - behind.without_key};
    out["reports"] = shown ? json(behind.reports.size()) : json();
    out["authorities"] = shown ? json(behind.authorities.size()) : json();
    out["without_key"] = shown && PartsMayBeShown(parts, small_number_) ? json(behind.without_key) : json();
  }

  bool Reported(OutcomeKind metric) const {
    return std::ranges::any_of(
        all_, [&](const StoredOutcome& stored) { return stored.report.kind == metric && CountsAsOf(stored, as_of_); });
  }

 private:
  static json Maybe(const std::optional<int64_t>& count) { return count ? json(*count) : json(); }

  json Parts(const std::map<std::string, int64_t>& by_authority) const {
    std::vector<int64_t> values;
    for (const auto& [authority, count] : by_authority) values.push_back(count);
    if (!PartsMayBeShown(values, small_number_)) return nullptr;
    json out = json::array();
    for (const auto& [authority, count] : by_authority) out.push_back({{"authority", authority}, {"count", count}});
    return out;
  }

  const AuthorityBook& book_;
  const std::vector<StoredOutcome>& all_;
  int64_t small_number_;
  Instant as_of_;
  CountryFacts countries_;
};

std::string Worded(const PressLine& line, const json& count, int64_t small_number) {
  std::string number;
  if (count.is_null())
    number =
        "a number that cannot be published (fewer than " + std::to_string(small_number) + ", or it would show one) of";
  else if (line.more_than && count.get<int64_t>() > *line.more_than)
    number = "more than " + std::to_string(*line.more_than);
  else
    number = std::to_string(count.get<int64_t>());
  std::string text = line.text;
  return text.replace(text.find("{n}"), 3, number);
}

// How countries answered: packages, not persons, so nothing is withheld.
Result<json> Answers(Database& database, const Sight& see, const AuthorityBook& book, const std::string& operation,
                     Instant end_of_day, int64_t answer_days, json& sent) {
  struct Count {
    int64_t packages = 0, accepted = 0, refused = 0, already_known = 0, overdue = 0, open = 0;
  };
  std::map<std::string, Count> counts;
  int64_t referrals = 0, evidence = 0;
  for (const auto& package : TRY(outcome_rows::ReleasedPackages(database, see, operation))) {
    if (package.released_at > end_of_day) continue;
    if (package.kind != "referral") {
      ++evidence;
      continue;
    }
    ++referrals;
    Count& count = counts[package.authority];
    ++count.packages;
    const bool answered = package.answered_at && *package.answered_at <= end_of_day;
    if (answered && package.state == "accepted") ++count.accepted;
    if (answered && package.state == "refused") ++count.refused;
    if (answered && package.state == "already_known") ++count.already_known;
    const bool late = package.released_at.micros + answer_days * kMicrosPerDay < end_of_day.micros;
    if (!answered) ++(late ? count.overdue : count.open);
  }
  // One account may go to several countries, and to several authorities of one: three numbers, never one.
  std::set<int64_t> accounts;
  std::set<std::pair<int64_t, std::string>> pairs;
  TRY(outcome_rows::EachAccountSent(
      database, see, operation, end_of_day, [&](int64_t account, std::string_view authority) {
        const Authority* const receiver = book.Find(authority);
        accounts.insert(account);
        pairs.emplace(account, receiver == nullptr || receiver->country.empty() ? authority : receiver->country);
      }));
  sent = {{"referral_packages", referrals},
          {"evidence_packages", evidence},
          {"distinct_accounts", accounts.size()},
          {"account_country_pairs", pairs.size()}};
  json out = json::array();
  for (const auto& [id, count] : counts) {
    const Authority* const authority = book.Find(id);
    out.push_back({{"country", authority == nullptr ? "" : authority->country},
                   {"authority", id},
                   {"packages", count.packages},
                   {"accepted", count.accepted},
                   {"refused", count.refused},
                   {"already_known", count.already_known},
                   {"overdue", count.overdue},
                   {"open", count.open}});
  }
  return out;
}

}  // namespace

Result<json> MakePicture(Database& database, const Sight& see, const AuthorityBook& book, const OutcomeRules& rules,
                         const std::string& operation, Instant as_of) {
  const auto all = TRY(outcome_rows::LoadOutcomes(database, see, operation));
  const Instant end_of_day{as_of.micros + kMicrosPerDay - 1};
  json sent;
  json answers = TRY(Answers(database, see, book, operation, end_of_day, rules.answer_days, sent));
  if (all.empty() && TRY(outcome_rows::OperationId(database, see, operation)).empty())
    return Fail(Code::kNotFound, "Nothing is known here of an operation of that name; see `crossguard outcome list`.");
  const Figures figures(book, all, rules.small_number, as_of);
  json out = {{"operation", operation},
              {"as_of", DateText(as_of)},
              {"press", json::array()},
              {"figures", json::array()},
              {"sent", sent},
              {"answers", answers},
              {"small_number", rules.small_number}};
  out["held"] = std::ranges::count(all, OutcomeState::kHeld, &StoredOutcome::state);
  for (size_t i = 0; i < kOutcomeKindCount; ++i) {
    const auto metric = static_cast<OutcomeKind>(i);
    if (figures.Reported(metric)) out["figures"].push_back(figures.Metric(metric));
  }
  for (const PressLine& line : rules.press) {
    const json count = FigureOf(out, line.metric, line.scope);
    json one = {{"metric", Text(line.metric)}, {"scope", line.scope},
                {"as_of", DateText(as_of)},    {"count", count},
                {"withheld", count.is_null()}, {"text", Worded(line, count, rules.small_number)}};
    figures.AddBehind(one, figures.BehindOf(line.metric, line.scope), !count.is_null());
    out["press"].push_back(std::move(one));
  }
  return out;
}

json FigureOf(const json& picture, OutcomeKind metric, std::string_view scope) {
  for (const json& figure : picture["figures"]) {
    if (figure["metric"] != Text(metric)) continue;
    if (scope == "global" || scope == "eu") return figure[std::string(scope)];
    for (const json& country : figure["countries"]) {
      if (country["country"] == scope) return country["count"];
    }
    return 0;
  }
  return 0;
}

Result<json> OpenFigure(Database& database, const Sight& see, const AuthorityBook& book, const std::string& operation,
                        OutcomeKind metric, const std::string& scope, Instant as_of) {
  if (!IsScope(scope)) return Fail(Code::kInvalid, "A scope is global, eu or a country of two capital letters.");
  const auto all = TRY(outcome_rows::LoadOutcomes(database, see, operation));
  if (all.empty()) return Fail(Code::kNotFound, "Nobody has reported an outcome in an operation of that name.");
  const CountryFacts countries = CountriesOf(book);
  std::set<int64_t> keys;
  int64_t count = 0, repeated = 0;
  for (const Unit& unit : UnitsOf(all, metric, as_of)) {
    if (!InScope(countries, scope, unit.country)) continue;
    count += unit.weight;
    if (unit.reports.size() > 1) ++repeated;
    for (const size_t report : unit.reports) keys.insert(all[report].key);
  }
  return json{{"operation", operation},
              {"metric", Text(metric)},
              {"scope", scope},
              {"as_of", DateText(as_of)},
              {"count", count},
              {"reported_more_than_once", repeated},
              {"reports", TRY(outcome_rows::ShowOutcomes(database, see, {keys.begin(), keys.end()}))}};
}

}  // namespace crossguard::outcome
