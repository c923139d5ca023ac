// Private to outcome: all reports of one operation in memory, and the rules of what contradicts what.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "outcome/units.h"

namespace crossguard::outcome {

struct Contradiction {
  std::string why;              // one sentence
  std::vector<size_t> against;  // places of counted reports
};

class Docket {
 public:
  explicit Docket(std::vector<StoredOutcome> all);

  StoredOutcome& at(size_t place) { return all_[place]; }
  std::span<const StoredOutcome> all() const { return all_; }
  std::optional<size_t> WithId(const std::string& id) const;
  std::vector<size_t> WithRef(const std::string& authority, const std::string& ref) const;  // in any state
  size_t Add(StoredOutcome stored);
  void BeganToCount(size_t place);  // it was held
  void StateChanged();  // in any other way: what is derived from counted reports is made anew when next asked for

  // What a report would contradict if it counted beside all counted reports but those of `aside`.
  std::optional<Contradiction> Against(const std::string& authority, const OutcomeReport& report,
                                       const std::set<size_t>& aside);

 private:
  std::optional<Contradiction> OtherVersion(const std::string& authority, const OutcomeReport& report,
                                            const std::set<size_t>& aside) const;
  std::optional<Contradiction> SameCase(const std::string& authority, const OutcomeReport& report,
                                        const std::set<size_t>& aside) const;
  std::optional<Contradiction> OneOrTwo(const std::string& authority, const OutcomeReport& report,
                                        const KeyGroups& groups) const;
  KeyGroups GroupsWithout(const std::set<size_t>& aside) const;

  std::vector<StoredOutcome> all_;
  std::map<std::string, size_t> by_id_;
  std::map<std::pair<std::string, std::string>, std::vector<size_t>> by_ref_;
  std::map<std::pair<std::string, std::string>, std::vector<size_t>> by_case_;
  std::optional<KeyGroups> groups_;  // of all counted reports
};

}  // namespace crossguard::outcome
