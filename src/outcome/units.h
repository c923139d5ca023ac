// Which reports speak of the same child, person or case, and so how many there are. One child, two reports, one count;
// the same case through two channels, one count.
//
// - A report is its authority and reference: through however many channels it comes, it is one.
// - Subjects that share a key are one unit, directly or through others (keys of one class only).
// - A single case_opened with a case number has the key of its authority and that number beside any others.
// - What a report counts beyond its subjects has no key: each is a unit of its own. A picture says how many those are.
// - A unit counts once, at the country and authority of its earliest report of the kind (by the day it happened, then
//   by authority and reference), so that parts add up to their whole.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "model/outcome.h"

namespace crossguard::outcome {

// True if the report counts in a picture as of that day: it had happened, it had been said, and it had not been
// superseded.
bool CountsAsOf(const StoredOutcome& stored, Instant as_of);

// The keys of each unit that has any.
std::vector<std::vector<std::string>> SubjectsOf(const std::string& authority, const OutcomeReport& report);

struct Unit {
  std::string authority, country;
  int64_t weight = 1;  // more than one: so many without a key, of one report
  bool keyed = true;
  std::vector<size_t> reports;  // places in `all`, ascending
};
std::vector<Unit> UnitsOf(std::span<const StoredOutcome> all, OutcomeKind kind, Instant as_of);

// Joins keys, and remembers which subjects of which reports each group holds.
class KeyGroups {
 public:
  struct Subject {
    size_t report;   // place
    size_t subject;  // in it
    auto operator<=>(const Subject&) const = default;
  };
  void Add(UnitClass unit, size_t report, const std::vector<std::vector<std::string>>& subjects);
  // The group of a key: the subjects in it, however joined. Empty if nobody has it.
  std::vector<Subject> GroupOf(UnitClass unit, const std::string& key) const;
  // Number of the group of a key, for comparing only.
  std::optional<size_t> Find(UnitClass unit, const std::string& key) const;

 private:
  size_t Root(size_t node) const;
  std::map<std::pair<UnitClass, std::string>, size_t> node_of_;
  std::vector<size_t> parent_;
  std::vector<std::vector<Subject>> subjects_;  // of roots
};

}  // namespace crossguard::outcome
