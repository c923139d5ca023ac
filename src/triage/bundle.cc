#include "triage/bundle.h"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace crossguard {
namespace {

struct Draft {
  std::string kind;
  std::string label;
  std::string natural_key;
  std::vector<Key<Report>> reports;
};

// Which of a bundle's reports alone has a thing.
class Sole {
 public:
  void Add(Key<Report> report, int64_t thing) {
    const auto [it, fresh] = owner_.try_emplace(thing, report.value);
    if (!fresh && it->second != report.value) it->second = kSeveral;
  }
  std::map<int64_t, int64_t> CountByReport() const {
    std::map<int64_t, int64_t> out;
    for (const auto& [thing, report] : owner_) {
      if (report != kSeveral) ++out[report];
    }
    return out;
  }

 private:
  static constexpr int64_t kSeveral = 0;
  std::unordered_map<int64_t, int64_t> owner_;
};

std::string Plural(int64_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

// Says per report what it alone brings; the number of reports that bring something.
Result<int64_t> MarkNewInformation(Database& database, int64_t bundle_key, const TriageRules& rules) {
  Sole selectors;
  TRY(EachBundleSelector(database, bundle_key, [&](Key<Report> report, std::string_view type, int64_t selector_key) {
    if (std::ranges::find(rules.new_information_selectors, type) != rules.new_information_selectors.end())
      selectors.Add(report, selector_key);
  }));
  Sole contents;
  TRY(EachBundleUnknownGroup(database, bundle_key,
                             [&](Key<Report> report, int64_t group) { contents.Add(report, group); }));
  std::map<int64_t, std::string> texts;
  for (const auto& [report, count] : selectors.CountByReport()) texts[report] = Plural(count, "selector");
  for (const auto& [report, count] : contents.CountByReport()) {
    std::string& text = texts[report];
    text += (text.empty() ? "" : " and ") + Plural(count, "unknown file");
  }
  for (const auto& [report, text] : texts)
    TRY(SetNewInformation(database, {report}, text + " that no other report of the bundle has."));
  return static_cast<int64_t>(texts.size());
}

}  // namespace

Result<BundleCounts> MakeBundles(Database& database, const IdMaker& ids, const TriageRules& rules,
                                 KnownSpread& spread) {
  std::vector<Draft> drafts;
  std::unordered_set<int64_t> taken;
  TRY(EachBatchedReport(database, [&](const BatchedReportRow& row) {
    const std::string natural_key = std::string("batched\x1f", 8) + row.provider + '\x1f' + row.reason;
    if (drafts.empty() || drafts.back().natural_key != natural_key) {
      drafts.push_back(
          {"batched", row.reason.empty() ? row.provider : row.reason + " (" + row.provider + ")", natural_key, {}});
    }
    drafts.back().reports.push_back(row.report);
    taken.insert(row.report.value);
  }));

  struct Group {
    int64_t key = 0;
    std::vector<Key<Report>> reports;
    std::string id;
  };
  std::vector<Group> groups;
  TRY(EachKnownGroupReport(database, [&](int64_t key, Key<Report> report) {
    if (groups.empty() || groups.back().key != key) {
      // Groups below the threshold are counted and let go, so that only viral ones stay in memory.
      if (!groups.empty() && std::cmp_less(groups.back().reports.size(), rules.viral_report_count_min))
        groups.pop_back();
      groups.push_back({key, {}, {}});
    }
    groups.back().reports.push_back(report);
    ++spread[key];
  }));
  if (!groups.empty() && std::cmp_less(groups.back().reports.size(), rules.viral_report_count_min)) groups.pop_back();
  for (Group& group : groups) group.id = TRY(GroupId(database, group.key));
  std::ranges::sort(groups, [](const Group& a, const Group& b) {
    return a.reports.size() != b.reports.size() ? a.reports.size() > b.reports.size() : a.id < b.id;
  });
  for (Group& group : groups) {
    std::erase_if(group.reports, [&](Key<Report> report) { return taken.contains(report.value); });
    if (std::cmp_less(group.reports.size(), rules.viral_report_count_min)) continue;
    for (const Key<Report> report : group.reports) taken.insert(report.value);
    drafts.push_back({"viral", group.id, "viral\x1f" + group.id, std::move(group.reports)});
  }

  BundleCounts counts;
  for (const Draft& draft : drafts) {
    const int64_t key = TRY(InsertBundle(database, ids.Make<Bundle>(draft.natural_key).text(), draft.kind, draft.label,
                                         static_cast<int64_t>(draft.reports.size())));
    for (const Key<Report> report : draft.reports) TRY(InsertBundleReport(database, report, key));
    const int64_t fresh = TRY(MarkNewInformation(database, key, rules));
    TRY(SetNewInformationCount(database, key, fresh));
    ++counts.bundle_count;
    counts.report_count += static_cast<int64_t>(draft.reports.size());
    counts.new_information_count += fresh;
  }
  return counts;
}

}  // namespace crossguard
