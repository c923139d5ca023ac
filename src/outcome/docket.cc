#include "outcome/docket.h"

#include <algorithm>
#include <array>
#include <utility>

namespace crossguard::outcome {
namespace {

using enum OutcomeKind;

// On one case these cannot both be true.
constexpr std::array<std::pair<OutcomeKind, OutcomeKind>, 10> kExclude{{{kNotCsam, kConviction},
                                                                        {kNotCsam, kCharge},
                                                                        {kNoOffence, kConviction},
                                                                        {kNoOffence, kCharge},
                                                                        {kNotFound, kConviction},
                                                                        {kNotFound, kCharge},
                                                                        {kNotFound, kArrest},
                                                                        {kNotFound, kSuspectIdentified},
                                                                        {kNotCsam, kChildIdentified},
                                                                        {kNotCsam, kChildSafeguarded}}};

bool Exclude(OutcomeKind a, OutcomeKind b) {
  return std::ranges::any_of(kExclude, [&](const auto& pair) {
    return (pair.first == a && pair.second == b) || (pair.first == b && pair.second == a);
  });
}

bool Counts(const StoredOutcome& stored) {
  return stored.state == OutcomeState::kCounted && stored.report.count > 0;
}

}  // namespace

Docket::Docket(std::vector<StoredOutcome> all) {
  for (StoredOutcome& stored : all) Add(std::move(stored));
}

size_t Docket::Add(StoredOutcome stored) {
  const size_t place = all_.size();
  by_id_[stored.id] = place;
  by_ref_[{stored.authority, stored.report.ref}].push_back(place);
  if (!stored.report.case_number.empty()) by_case_[{stored.authority, stored.report.case_number}].push_back(place);
  if (groups_ && Counts(stored))
    groups_->Add(UnitOf(stored.report.kind), place, SubjectsOf(stored.authority, stored.report));
  all_.push_back(std::move(stored));
  return place;
}

std::optional<size_t> Docket::WithId(const std::string& id) const {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? std::nullopt : std::optional(at->second);
}

std::vector<size_t> Docket::WithRef(const std::string& authority, const std::string& ref) const {
  const auto at = by_ref_.find({authority, ref});
  return at == by_ref_.end() ? std::vector<size_t>() : at->second;
}

void Docket::BeganToCount(size_t place) {
  const StoredOutcome& stored = all_[place];
  if (groups_ && Counts(stored))
    groups_->Add(UnitOf(stored.report.kind), place, SubjectsOf(stored.authority, stored.report));
}

void Docket::StateChanged() {
  groups_.reset();
}

KeyGroups Docket::GroupsWithout(const std::set<size_t>& aside) const {
  KeyGroups groups;
  for (size_t i = 0; i < all_.size(); ++i) {
    if (Counts(all_[i]) && !aside.contains(i))
      groups.Add(UnitOf(all_[i].report.kind), i, SubjectsOf(all_[i].authority, all_[i].report));
  }
  return groups;
}

std::optional<Contradiction> Docket::Against(const std::string& authority, const OutcomeReport& report,
                                             const std::set<size_t>& aside) {
  if (auto other = OtherVersion(authority, report, aside)) return other;
  if (report.count == 0) return std::nullopt;
  if (auto same_case = SameCase(authority, report, aside)) return same_case;
  if (report.subjects.empty()) return std::nullopt;
  if (!aside.empty()) return OneOrTwo(authority, report, GroupsWithout(aside));
  if (!groups_) groups_ = GroupsWithout({});
  return OneOrTwo(authority, report, *groups_);
}

// One reference, two contents, and no word of a correction.
std::optional<Contradiction> Docket::OtherVersion(const std::string& authority, const OutcomeReport& report,
                                                  const std::set<size_t>& aside) const {
  Contradiction out;
  bool found = false;
  for (const size_t place : WithRef(authority, report.ref)) {
    const StoredOutcome& other = all_[place];
    if (aside.contains(place) || other.state == OutcomeState::kRejected || other.state == OutcomeState::kHeld) continue;
    found = true;
    if (other.state == OutcomeState::kCounted) out.against.push_back(place);
  }
  if (!found) return std::nullopt;
  out.why =
      "The authority gave another count, day or kind under the same reference before, and did not call this a "
      "correction.";
  return out;
}

std::optional<Contradiction> Docket::SameCase(const std::string& authority, const OutcomeReport& report,
                                              const std::set<size_t>& aside) const {
  const auto at = by_case_.find({authority, report.case_number});
  if (at == by_case_.end()) return std::nullopt;
  Contradiction out;
  for (const size_t place : at->second) {
    const StoredOutcome& other = all_[place];
    if (aside.contains(place) || !Counts(other)) continue;
    if (Exclude(report.kind, other.report.kind)) {
      out.against.push_back(place);
      out.why = "On one case it says '" + std::string(Text(report.kind)) + "' where '" +
                std::string(Text(other.report.kind)) + "' stands; both cannot be true.";
    } else if (report.kind == kCaseOpened && other.report.kind == kCaseOpened &&
               (report.on != other.report.on || report.country != other.report.country ||
                report.count != other.report.count)) {
      out.against.push_back(place);
      out.why = "The authority opened the same case twice, on another day, in another country or in another number.";
    }
  }
  if (out.against.empty()) return std::nullopt;
  return out;
}

// Two subjects of one report are two; whoever says that they are one contradicts it.
std::optional<Contradiction> Docket::OneOrTwo(const std::string& authority, const OutcomeReport& report,
                                              const KeyGroups& groups) const {
  const UnitClass unit = UnitOf(report.kind);
  const auto subjects = SubjectsOf(authority, report);
  std::map<size_t, size_t> subject_of_group;
  for (size_t i = 0; i < subjects.size(); ++i) {
    std::map<size_t, std::set<size_t>> seen;  // report -> its subjects that this one would join
    for (const std::string& key : subjects[i]) {
      const auto group = groups.Find(unit, key);
      if (!group) continue;
      const auto members = groups.GroupOf(unit, key);
      if (const auto [at, is_new] = subject_of_group.try_emplace(*group, i); !is_new && at->second != i) {
        Contradiction out{.why = "It counts as two what another report counts as one.", .against = {}};
        for (const auto& member : members) out.against.push_back(member.report);
        std::ranges::sort(out.against);
        out.against.erase(std::ranges::unique(out.against).begin(), out.against.end());
        return out;
      }
      for (const auto& member : members) seen[member.report].insert(member.subject);
    }
    for (const auto& [place, joined] : seen) {
      if (joined.size() < 2) continue;
      return Contradiction{.why = "It counts as one what another report counts as two.", .against = {place}};
    }
  }
  return std::nullopt;
}

}  // namespace crossguard::outcome
