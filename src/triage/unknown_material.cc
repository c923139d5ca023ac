#include "triage/unknown_material.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "register/triage_rows.h"

namespace crossguard {
namespace {

// Children at risk by the provider's own labels; the highest one counts.
int LabelSeverity(const std::string& industry_classification, const std::string& annotations) {
  struct Label {
    std::string_view text;
    int severity;
  };
  constexpr auto kLabels = std::to_array<Label>({{"\"liveStreaming\"", 6},
                                                 {"\"infant\"", 6},
                                                 {"\"physicalHarm\"", 5},
                                                 {"\"violenceGore\"", 5},
                                                 {"\"bestiality\"", 4},
                                                 {"\"possibleSelfProduction\"", 3},
                                                 {"\"generativeAi\"", 1}});
  constexpr auto kClasses = std::to_array<Label>({{"A1", 5}, {"A2", 4}, {"B1", 3}, {"B2", 2}});
  int out = 0;
  for (const Label& label : kLabels) {
    if (annotations.find(label.text) != std::string::npos) out = std::max(out, label.severity);
  }
  for (const Label& label : kClasses) {
    if (industry_classification == label.text) out = std::max(out, label.severity);
  }
  return out;
}

struct Candidate {
  bool opened = false;
  bool by_label = false;
  bool by_incident = false;
  bool declared = false;
  int severity = 0;
  int64_t points = 0;
  int64_t member_count = 0;
  int64_t media_key = 0;  // the one to look at
  std::string media_id;
  std::string media_state;
  bool media_is_representative = false;
  std::optional<Instant> due_at;

  int Level() const { return !opened ? 3 : by_label || by_incident ? 0 : declared ? 1 : 2; }
  std::string Reason() const {
    std::string out = by_label      ? "No list knows it; the provider's labels point to abuse"
                      : by_incident ? "No list knows it; from a report of child sexual abuse"
                      : declared    ? "No list knows it; no label points to abuse"
                                    : "No list knows it, and no report speaks of it";
    if (!opened) out += "; it could not be opened (" + media_state + ")";
    if (member_count > 1) out += "; stands for " + std::to_string(member_count) + " near-duplicates";
    return out + "; rescue priority " + std::to_string(points) + ".";
  }
};

void Add(Candidate& candidate, const UnknownMediaRow& row, const TriageRules& rules, int64_t& last_media_key) {
  const bool opened = row.state == "examined" || row.state == "truncated";
  if (row.media_key != last_media_key) {
    last_media_key = row.media_key;
    ++candidate.member_count;
    // The cluster's representative if it is unknown itself; else the first that could be opened; rows come in order of
    // id.
    const auto rank = std::tuple(opened, row.representative);
    if (candidate.media_key == 0 || rank > std::tuple(candidate.opened, candidate.media_is_representative)) {
      candidate.media_key = row.media_key;
      candidate.media_id = row.media_id;
      candidate.media_state = row.state;
      candidate.media_is_representative = row.representative;
      candidate.opened = opened;
    }
  }
  const int severity = LabelSeverity(row.industry_classification, row.annotations);
  candidate.by_label = candidate.by_label || severity > 0;
  candidate.severity = std::max(candidate.severity, severity);
  candidate.by_incident =
      candidate.by_incident ||
      std::ranges::find(rules.material_incident_types, row.incident_type) != rules.material_incident_types.end();
  candidate.declared = candidate.declared || row.details_key != 0;
  candidate.points = std::max(candidate.points, row.points);
  if (row.due_at && (!candidate.due_at || *row.due_at < *candidate.due_at)) candidate.due_at = row.due_at;
}

}  // namespace

Result<int64_t> FillUnknownMaterialQueue(Database& database, const TriageRules& rules) {
  std::vector<Candidate> candidates;
  int64_t group = 0;
  int64_t last_media_key = 0;
  TRY(EachUnknownMedia(database, [&](const UnknownMediaRow& row) -> Status {
    if (candidates.empty() || row.group != group) {
      candidates.emplace_back();
      group = row.group;
      last_media_key = 0;
    }
    Add(candidates.back(), row, rules, last_media_key);
    return {};
  }));
  std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.Level(), -a.severity, -a.points, -a.member_count, std::string_view(a.media_id)) <
           std::tuple(b.Level(), -b.severity, -b.points, -b.member_count, std::string_view(b.media_id));
  });
  int64_t position = 0;
  for (const Candidate& one : candidates) {
    TRY(InsertQueueItem(
        database, {"unknown_material", ++position, "media", one.media_key, one.media_id, one.Reason(), one.due_at}));
  }
  return position;
}

}  // namespace crossguard
