#include "outcome/units.h"

#include <algorithm>
#include <tuple>

namespace crossguard::outcome {
namespace {

std::string CaseKey(const std::string& authority, const std::string& case_number) {
  std::string out = "case of " + authority + ": ";  // never a token: those begin with "key-"
  for (const char c : case_number) {
    if (c != ' ' && c != '\t') out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

// Whoever reported first, in an order that does not depend on when a report arrived.
auto Seniority(const StoredOutcome& stored) {
  return std::tuple(stored.report.on, stored.report.reported_on, std::string_view(stored.authority),
                    std::string_view(stored.report.ref), std::string_view(stored.id));
}

}  // namespace

bool CountsAsOf(const StoredOutcome& stored, Instant as_of) {
  if (stored.state == OutcomeState::kHeld || stored.state == OutcomeState::kRejected) return false;
  if (stored.report.on > as_of || stored.report.reported_on > as_of) return false;
  return !stored.superseded_on || *stored.superseded_on > as_of;
}

std::vector<std::vector<std::string>> SubjectsOf(const std::string& authority, const OutcomeReport& report) {
  auto subjects = report.subjects;
  if (report.kind == OutcomeKind::kCaseOpened && report.count == 1 && !report.case_number.empty()) {
    if (subjects.empty()) subjects.emplace_back();
    subjects.front().push_back(CaseKey(authority, report.case_number));
  }
  return subjects;
}

void KeyGroups::Add(UnitClass unit, size_t report, const std::vector<std::vector<std::string>>& subjects) {
  for (size_t i = 0; i < subjects.size(); ++i) {
    std::optional<size_t> root;
    for (const std::string& key : subjects[i]) {
      const auto [at, is_new] = node_of_.try_emplace({unit, key}, parent_.size());
      if (is_new) {
        parent_.push_back(parent_.size());
        subjects_.emplace_back();
      }
      size_t other = Root(at->second);
      if (!root) {
        root = other;
      } else if (other != *root) {
        if (subjects_[other].size() > subjects_[*root].size()) std::swap(other, *root);
        parent_[other] = *root;
        auto& into = subjects_[*root];
        into.insert(into.end(), subjects_[other].begin(), subjects_[other].end());
        subjects_[other].clear();
      }
    }
    if (root) subjects_[*root].push_back({.report = report, .subject = i});
  }
}

size_t KeyGroups::Root(size_t node) const {
  while (parent_[node] != node) node = parent_[node];  // joined by size: a short way
  return node;
}

std::optional<size_t> KeyGroups::Find(UnitClass unit, const std::string& key) const {
  const auto at = node_of_.find({unit, key});
  return at == node_of_.end() ? std::nullopt : std::optional(Root(at->second));
}

std::vector<KeyGroups::Subject> KeyGroups::GroupOf(UnitClass unit, const std::string& key) const {
  const auto root = Find(unit, key);
  return root ? subjects_[*root] : std::vector<Subject>();
}

std::vector<Unit> UnitsOf(std::span<const StoredOutcome> all, OutcomeKind kind, Instant as_of) {
  // Groups of every kind of the class: what one kind says of two keys (the suspect known as both) holds for another.
  KeyGroups groups;
  std::vector<size_t> counted;
  for (size_t i = 0; i < all.size(); ++i) {
    if (UnitOf(all[i].report.kind) != UnitOf(kind) || !CountsAsOf(all[i], as_of) || all[i].report.count == 0) continue;
    groups.Add(UnitOf(kind), i, SubjectsOf(all[i].authority, all[i].report));
    if (all[i].report.kind == kind) counted.push_back(i);
  }
  std::ranges::sort(counted, [&](size_t a, size_t b) { return Seniority(all[a]) < Seniority(all[b]); });
  std::vector<Unit> units;
  std::map<size_t, size_t> unit_of_group;
  for (const size_t place : counted) {
    const StoredOutcome& stored = all[place];
    const auto subjects = SubjectsOf(stored.authority, stored.report);
    for (const auto& keys : subjects) {
      const size_t group = groups.Find(UnitOf(kind), keys.front()).value();
      const auto [at, is_new] = unit_of_group.try_emplace(group, units.size());
      if (is_new)
        units.push_back({.authority = stored.authority,
                         .country = stored.report.country,
                         .weight = 1,
                         .keyed = true,
                         .reports = {}});
      units[at->second].reports.push_back(place);
    }
    const int64_t rest = stored.report.count - static_cast<int64_t>(subjects.size());
    if (rest > 0)
      units.push_back({.authority = stored.authority,
                       .country = stored.report.country,
                       .weight = rest,
                       .keyed = false,
                       .reports = {place}});
  }
  for (Unit& unit : units) {
    std::ranges::sort(unit.reports);
    unit.reports.erase(std::ranges::unique(unit.reports).begin(), unit.reports.end());
  }
  return units;
}

}  // namespace crossguard::outcome
