#include "outcome/suppress.h"

#include <algorithm>

namespace crossguard::outcome {
namespace {

bool IsSmall(int64_t count, int64_t threshold) {
  return count > 0 && count < threshold;
}

// None hidden, or two of different value among the hidden.
bool IsProtected(std::span<const int64_t> cells, const std::vector<bool>& hidden) {
  std::optional<int64_t> first;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (!hidden[i]) continue;
    if (first && *first != cells[i]) return true;
    first = cells[i];
  }
  return !first;
}

void HideAll(std::span<const int64_t> cells, int64_t value, std::vector<bool>& hidden) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i] == value) hidden[i] = true;
  }
}

}  // namespace

std::optional<std::vector<bool>> HiddenOf(std::span<const int64_t> cells, int64_t threshold) {
  std::vector<bool> hidden;
  for (const int64_t cell : cells) hidden.push_back(IsSmall(cell, threshold));
  if (IsProtected(cells, hidden)) return hidden;
  std::optional<int64_t> smallest_shown;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (!hidden[i] && cells[i] > 0) smallest_shown = std::min(smallest_shown.value_or(cells[i]), cells[i]);
  }
  HideAll(cells, smallest_shown.value_or(0), hidden);
  if (!IsProtected(cells, hidden)) return std::nullopt;
  return hidden;
}

Published Publish(std::span<const Cell> cells, int64_t threshold) {
  const auto eu_count = static_cast<size_t>(std::ranges::count_if(cells, [](const Cell& cell) { return cell.eu; }));
  const size_t rest_count = cells.size() - eu_count;
  const bool apart = eu_count >= 2 && rest_count >= 2;
  Published out;
  out.cells.resize(cells.size());
  int64_t total = 0, eu = 0;
  bool eu_whole = true, rest_whole = true;  // no cell of it is hidden
  for (const bool group : {true, false}) {
    if (!apart && !group) break;
    std::vector<int64_t> values;
    std::vector<size_t> places;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (apart && cells[i].eu != group) continue;
      values.push_back(cells[i].count);
      places.push_back(i);
    }
    const auto hidden = HiddenOf(values, threshold);
    if (!hidden)
      return {.total = std::nullopt, .eu = std::nullopt, .cells = std::vector<std::optional<int64_t>>(cells.size())};
    for (size_t i = 0; i < values.size(); ++i) {
      total += values[i];
      eu += cells[places[i]].eu ? values[i] : 0;
      if ((*hidden)[i])
        (cells[places[i]].eu ? eu_whole : rest_whole) = false;
      else
        out.cells[places[i]] = values[i];
    }
  }
  out.total = total;
  // In one group the EU's total says no more than the cells do only where one side is shown whole.
  if (apart || eu_whole || rest_whole) out.eu = eu;
  return out;
}

bool PartsMayBeShown(std::span<const int64_t> parts, int64_t threshold) {
  return std::ranges::none_of(parts, [&](int64_t part) { return IsSmall(part, threshold); });
}

}  // namespace crossguard::outcome
