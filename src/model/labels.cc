#include "model/labels.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "base/json.h"

namespace crossguard {
namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;

constexpr auto kPurposes = std::to_array<std::string_view>(
    {"cross_check", "strategic_analysis", "operational_analysis", "facilitate_exchange"});
constexpr std::string_view kFields[] = {"category", "compartment", "grade",    "handling",   "handling_text",
                                        "owner",    "originators", "purposes", "release_to", "review_at"};
// How much a category is protected; the join takes the greater.
constexpr auto kProtection = std::to_array<int>({0, 1, 2, 3, 7, 6, 5, 4});  // in the order of the vocabulary
constexpr size_t kListMax = 1'000;
constexpr size_t kTextMaxBytes = 4'096;

Texts Union(const Texts& a, const Texts& b) {
  Texts out;
  std::ranges::set_union(a, b, std::back_inserter(out));
  return out;
}
Texts Intersection(const Texts& a, const Texts& b) {
  Texts out;
  std::ranges::set_intersection(a, b, std::back_inserter(out));
  return out;
}
// "a+b" as a set, so that joining is associative.
Texts Parts(const std::string& text) {
  std::set<std::string> out;
  for (size_t from = 0; from < text.size();) {
    const size_t plus = std::min(text.find('+', from), text.size());
    if (plus > from) out.insert(text.substr(from, plus - from));
    from = plus + 1;
  }
  return {out.begin(), out.end()};
}
std::string Joined(const Texts& parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : std::string(between)) + part;
  return out;
}
Texts Sentences(const std::string& text) {
  std::set<std::string> out;
  for (size_t from = 0; from < text.size();) {
    const size_t end = std::min(text.find('\n', from), text.size());
    if (end > from) out.insert(text.substr(from, end - from));
    from = end + 1;
  }
  return {out.begin(), out.end()};
}

Result<std::string> TextField(const json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_string() || at->get_ref<const std::string&>().size() > kTextMaxBytes)
    return Fail(Code::kInvalid, std::string("Labels need a text '") + name + "'.");
  return at->get<std::string>();
}
Result<Texts> ListField(const json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_array() || at->size() > kListMax)
    return Fail(Code::kInvalid, std::string("Labels need a list '") + name + "'.");
  Texts out;
  for (const json& one : *at) {
    if (!one.is_string() || one.get_ref<const std::string&>().empty())
      return Fail(Code::kInvalid, std::string("The list '") + name + "' of labels holds something that is no text.");
    out.push_back(one.get<std::string>());
  }
  if (!std::ranges::is_sorted(out) || std::ranges::adjacent_find(out) != out.end())
    return Fail(Code::kInvalid, std::string("The list '") + name + "' of labels must be sorted and distinct.");
  return out;
}

}  // namespace

bool IsPurpose(std::string_view text) {
  return std::ranges::find(kPurposes, text) != kPurposes.end();
}

uint32_t PurposeBit(std::string_view text) {
  const auto found = std::ranges::find(kPurposes, text);
  return found == kPurposes.end() ? 0 : 1U << static_cast<uint32_t>(found - kPurposes.begin());
}

std::vector<std::string> Compartments(const Labels& labels) {
  return Parts(labels.compartment);
}

std::vector<std::string> Consenters(const Labels& labels) {
  if (!labels.originators.empty()) return labels.originators;
  return labels.owner.empty() ? Texts() : Texts{labels.owner};
}

Labels OperationLabels(std::string_view house, std::string_view operation_id) {
  Labels out;
  out.owner = std::string(house);
  out.originators = {out.owner};
  out.purposes = {"cross_check", "facilitate_exchange", "operational_analysis", "strategic_analysis"};
  out.handling = {HandlingCode::kH0, HandlingCode::kH2};
  out.compartment = std::string(operation_id);
  return out;
}

Labels Join(const Labels& a, const Labels& b) {
  Labels out;
  out.owner = a.owner == b.owner ? a.owner : "";
  out.originators = Union(a.originators, b.originators);
  out.purposes = Intersection(a.purposes, b.purposes);
  std::ranges::set_union(a.handling, b.handling, std::back_inserter(out.handling));
  out.handling_text = Joined(Union(Sentences(a.handling_text), Sentences(b.handling_text)), "\n");
  out.grade = {std::max(a.grade[0], b.grade[0]), std::max(a.grade[1], b.grade[1])};  // A < B < C < X, 1 < 2 < 3 < 4
  out.category = kProtection[static_cast<size_t>(a.category)] >= kProtection[static_cast<size_t>(b.category)]
                     ? a.category
                     : b.category;
  if (a.release_to && b.release_to)
    out.release_to = Intersection(*a.release_to, *b.release_to);
  else
    out.release_to = a.release_to ? a.release_to : b.release_to;
  out.compartment = Joined(Union(Parts(a.compartment), Parts(b.compartment)), "+");
  if (a.review_at && b.review_at)
    out.review_at = std::min(*a.review_at, *b.review_at);
  else
    out.review_at = a.review_at ? a.review_at : b.review_at;
  return out;
}

bool Widens(const Labels& from, const Labels& to) {
  return Join(from, to) != to;
}

json LabelsJson(const Labels& labels) {
  json handling = json::array();
  for (const HandlingCode code : labels.handling) handling.push_back(Text(code));
  return {{"owner", labels.owner},
          {"originators", labels.originators},
          {"purposes", labels.purposes},
          {"handling", handling},
          {"handling_text", labels.handling_text},
          {"grade", labels.grade},
          {"category", Text(labels.category)},
          {"release_to", labels.release_to ? json(*labels.release_to) : json()},
          {"compartment", labels.compartment},
          {"review_at", labels.review_at ? json(ToText(*labels.review_at)) : json()}};
}

Result<Labels> ParseLabels(const json& object) {
  if (!object.is_object()) return Fail(Code::kInvalid, "Labels are an object.");
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(kFields, name) == std::end(kFields))
      return Fail(Code::kInvalid, "Labels hold a field that this version does not know; it must not be passed over.");
  }
  Labels out;
  out.owner = TRY(TextField(object, "owner"));
  out.originators = TRY(ListField(object, "originators"));
  out.purposes = TRY(ListField(object, "purposes"));
  for (const std::string& purpose : out.purposes) {
    if (!IsPurpose(purpose)) return Fail(Code::kInvalid, "Labels name a purpose that is not known.");
  }
  for (const std::string& code : TRY(ListField(object, "handling"))) {
    const auto known = FromText<HandlingCode>(code);
    if (!known) return Fail(Code::kInvalid, "Labels name a handling code that is not known.");
    out.handling.push_back(*known);
  }
  out.handling_text = TRY(TextField(object, "handling_text"));
  out.grade = TRY(TextField(object, "grade"));
  if (out.grade.size() != 2 || std::string_view("ABCX").find(out.grade[0]) == std::string_view::npos ||
      out.grade[1] < '1' || out.grade[1] > '4')
    return Fail(Code::kInvalid, "The grade of labels is one of A B C X and one of 1 2 3 4, as B2.");
  const auto category = FromText<DataSubjectCategory>(TRY(TextField(object, "category")));
  if (!category) return Fail(Code::kInvalid, "Labels name a data-subject category that is not known.");
  out.category = *category;
  if (!object.contains("release_to")) return Fail(Code::kInvalid, "Labels need 'release_to': a list, or null.");
  if (!object["release_to"].is_null()) out.release_to = TRY(ListField(object, "release_to"));
  out.compartment = TRY(TextField(object, "compartment"));
  if (!object.contains("review_at")) return Fail(Code::kInvalid, "Labels need 'review_at': a time, or null.");
  if (!object["review_at"].is_null()) out.review_at = TRY(ParseInstant(TRY(TextField(object, "review_at"))));
  return out;
}

}  // namespace crossguard
