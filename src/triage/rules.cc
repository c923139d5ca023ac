#include "triage/rules.h"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <set>

#include "crypto/digest.h"

namespace crossguard {
namespace {

constexpr size_t kFileBytesMax = 256U << 10U;
constexpr size_t kRulesMax = 500;
constexpr size_t kTextBytesMax = 500;
constexpr size_t kValuesMax = 200;

// One table of the file. Every key must be asked for; Done() names the first that nobody asked for.
class Part {
 public:
  Part(std::string_view name, std::string_view what, const toml::table& table)
      : name_(name), what_(what), table_(table) {}

  std::unexpected<Error> Bad(const toml::node& node, const std::string& text) const {
    return Fail(Code::kInvalid, name_ + " line " + std::to_string(node.source().begin.line) + ": " + text);
  }
  std::unexpected<Error> Missing(std::string_view key) const {
    return Bad(table_, what_ + " has no '" + std::string(key) + "'; add it.");
  }
  const toml::node* Find(std::string_view key) {
    asked_.emplace(key);
    return table_.get(key);
  }
  bool Has(std::string_view key) const { return table_.contains(key); }

  struct Bounds {
    int64_t min;
    int64_t max;
  };
  Result<int> Number(std::string_view key, Bounds bounds) {
    const toml::node* node = Find(key);
    if (node == nullptr) return Missing(key);
    const auto value = node->is_integer() ? node->value<int64_t>() : std::nullopt;
    if (!value || *value < bounds.min || *value > bounds.max) {
      return Bad(*node, "'" + std::string(key) + "' must be a whole number from " + std::to_string(bounds.min) +
                            " to " + std::to_string(bounds.max) + ".");
    }
    return static_cast<int>(*value);
  }
  Result<std::string> Text(std::string_view key) {
    const toml::node* node = Find(key);
    if (node == nullptr) return Missing(key);
    const auto* text = node->as_string();
    if (text == nullptr || text->get().empty() || text->get().size() > kTextBytesMax) {
      return Bad(*node, "'" + std::string(key) + "' must be a text of 1 to 500 bytes.");
    }
    return text->get();
  }
  Result<std::vector<std::string>> Texts(std::string_view key) {
    const toml::node* node = Find(key);
    if (node == nullptr) return Missing(key);
    const auto* array = node->as_array();
    if (array == nullptr || array->empty() || array->size() > kValuesMax)
      return Bad(*node, "'" + std::string(key) + "' must be a list of 1 to 200 texts.");
    std::vector<std::string> out;
    for (const toml::node& one : *array) {
      const auto* text = one.as_string();
      if (text == nullptr || text->get().empty() || text->get().size() > kTextBytesMax)
        return Bad(one, "'" + std::string(key) + "' must hold texts of 1 to 500 bytes.");
      out.push_back(text->get());
    }
    return out;
  }
  template <class E>
  Result<E> Word(std::string_view key) {
    const std::string text = TRY(Text(key));
    const auto value = FromText<E>(text);
    if (value) return *value;
    std::string known;
    for (const std::string_view one : Words<E>::kTexts) known += (known.empty() ? "" : ", ") + std::string(one);
    return Bad(*Find(key), "'" + text + "' is not a known " + std::string(key) + "; use one of: " + known + ".");
  }
  Result<Part> Sub(std::string_view key) {
    const toml::node* node = Find(key);
    if (node == nullptr) return Missing(key);
    const auto* table = node->as_table();
    if (table == nullptr) return Bad(*node, "'" + std::string(key) + "' must be a table.");
    return Part(name_, "[" + std::string(key) + "]", *table);
  }
  Result<std::vector<Part>> Each(std::string_view key) {
    const toml::node* node = Find(key);
    if (node == nullptr) return Missing(key);
    const auto* array = node->as_array();
    if (array == nullptr || array->empty() || array->size() > kRulesMax)
      return Bad(*node, "'" + std::string(key) + "' must be 1 to 500 tables [[" + std::string(key) + "]].");
    std::vector<Part> out;
    for (const toml::node& one : *array) {
      if (!one.is_table()) return Bad(one, "'" + std::string(key) + "' must be tables [[" + std::string(key) + "]].");
      out.emplace_back(name_, "[[" + std::string(key) + "]]", *one.as_table());
    }
    return out;
  }
  Status Done() const {
    for (const auto& [key, node] : table_) {
      if (!asked_.contains(key.str()))
        return Bad(node, "'" + std::string(key.str()) + "' is not known in " + what_ + "; correct it or take it out.");
    }
    return {};
  }
  const toml::table& table() const { return table_; }

 private:
  std::string name_;
  std::string what_;
  const toml::table& table_;
  std::set<std::string, std::less<>> asked_;
};

bool NeedsValues(Signal signal) {
  return signal == Signal::kReportAnnotation || signal == Signal::kFileAnnotation || signal == Signal::kFileClass ||
         signal == Signal::kTextWords || signal == Signal::kIncidentType;
}
bool NeedsDays(Signal signal) {
  return signal == Signal::kRecentUpload || signal == Signal::kRetentionDays;
}

// The closed vocabularies of the report formats: a misspelt label would be a rule that never speaks.
Status CheckValues(Part& part, Signal signal, const std::vector<std::string>& values) {
  static const std::set<std::string, std::less<>> kReportLabels{"sextortion",
                                                                "csamSolicitation",
                                                                "minorToMinorInteraction",
                                                                "spam",
                                                                "sadisticOnlineExploitation",
                                                                "informational",
                                                                "potentialAggravatingFactors",
                                                                "instrumentalUse"};
  static const std::set<std::string, std::less<>> kFileLabels{"animeDrawingVirtualHentai",
                                                              "potentialMeme",
                                                              "viral",
                                                              "possibleSelfProduction",
                                                              "physicalHarm",
                                                              "violenceGore",
                                                              "bestiality",
                                                              "liveStreaming",
                                                              "infant",
                                                              "generativeAi"};
  static const std::set<std::string, std::less<>> kClasses{"A1", "A2", "B1", "B2"};
  const auto* known = signal == Signal::kReportAnnotation ? &kReportLabels
                      : signal == Signal::kFileAnnotation ? &kFileLabels
                      : signal == Signal::kFileClass      ? &kClasses
                                                          : nullptr;
  if (known == nullptr) return {};
  for (const std::string& value : values) {
    if (known->contains(value)) continue;
    std::string all;
    for (const std::string& one : *known) all += (all.empty() ? "" : ", ") + one;
    return part.Bad(*part.Find("values"), "'" + value + "' is not a known value for the signal " +
                                              std::string(Text(signal)) + "; use: " + all + ".");
  }
  return {};
}

Result<SignalParams> ReadParams(Part& part, Signal signal) {
  SignalParams params;
  if (part.Has("at_least")) params.at_least = TRY(part.Number("at_least", {1, 1'000'000}));
  if (NeedsDays(signal)) params.days = TRY(part.Number("days", {1, 36'500}));
  if (NeedsValues(signal)) {
    params.values = TRY(part.Texts("values"));
    TRY(CheckValues(part, signal, params.values));
  }
  return params;
}

Result<Rule> ReadRule(Part& part) {
  Rule rule;
  rule.id = TRY(part.Text("id"));
  rule.axis = TRY(part.Word<Axis>("axis"));
  rule.points = TRY(part.Number("points", {-100, 100}));
  rule.signal = TRY(part.Word<Signal>("signal"));
  rule.params = TRY(ReadParams(part, rule.signal));
  rule.because = TRY(part.Text("because"));
  TRY(part.Done());
  if (rule.points == 0) return part.Bad(*part.Find("points"), "'points' must not be 0; take the rule out instead.");
  if (rule.points < 0 && std::ranges::find(rule.params.values, "generativeAi") != rule.params.values.end()) {
    return part.Bad(*part.Find("points"),
                    "a file labelled generativeAi must not lower a score by itself; take the label out of this rule.");
  }
  if (rule.points < 0 && rule.signal == Signal::kEscalated)
    return part.Bad(*part.Find("points"), "an escalated report must not lower a score; use points above 0.");
  return rule;
}

Result<UrgentRule> ReadUrgent(Part& part) {
  UrgentRule rule;
  rule.id = TRY(part.Text("id"));
  rule.signal = TRY(part.Word<Signal>("signal"));
  rule.params = TRY(ReadParams(part, rule.signal));
  rule.because = TRY(part.Text("because"));
  TRY(part.Done());
  return rule;
}

Status ReadBands(Part& file, TriageRules& rules) {
  Part bands = TRY(file.Sub("bands"));
  for (size_t i = 0; i < rules.bands.size(); ++i) {
    const auto band = static_cast<RiskBand>(i);
    Part one = TRY(bands.Sub(Text(band)));
    rules.bands[i] = {band, TRY(one.Number("at_least", {0, 100})), TRY(one.Number("due_days", {1, 3650}))};
    TRY(one.Done());
    if (i > 0 && rules.bands[i].at_least >= rules.bands[i - 1].at_least)
      return one.Bad(one.table(), "the thresholds must fall from very_high to low.");
    if (i > 0 && rules.bands[i].due_days < rules.bands[i - 1].due_days)
      return one.Bad(one.table(), "a lower band must not be due sooner than a higher one.");
  }
  if (rules.bands.back().at_least != 0)
    return bands.Bad(bands.table(), "the band 'low' must begin at 0, so that every account has a band.");
  return bands.Done();
}

Status ReadJurisdiction(Part& file, JurisdictionRules& out) {
  Part part = TRY(file.Sub("jurisdiction"));
  struct Field {
    std::string_view key;
    int* value;
    Part::Bounds bounds;
  };
  const Field fields[] = {{"ip", &out.ip, {1, 100}},
                          {"phone", &out.phone, {1, 100}},
                          {"statement", &out.statement, {1, 100}},
                          {"estimated_location", &out.estimated_location, {1, 100}},
                          {"billing", &out.billing, {1, 100}},
                          {"language", &out.language, {1, 100}},
                          {"ip_total_max", &out.ip_total_max, {1, 1000}},
                          {"percent_no_zone", &out.percent_no_zone, {0, 100}},
                          {"percent_no_port", &out.percent_no_port, {0, 100}},
                          {"percent_no_time", &out.percent_no_time, {0, 100}},
                          {"percent_proxy", &out.percent_proxy, {0, 50}},
                          {"percent_mined", &out.percent_mined, {0, 100}},
                          {"percent_repeat", &out.percent_repeat, {0, 90}},
                          {"percent_unverified", &out.percent_unverified, {0, 100}},
                          {"percent_prefix_only", &out.percent_prefix_only, {0, 100}},
                          {"half_life_days", &out.half_life_days, {1, 36'500}},
                          {"data_age_days_max", &out.data_age_days_max, {1, 36'500}},
                          {"confidence_min", &out.confidence_min, {1, 100}},
                          {"margin_min", &out.margin_min, {0, 100}},
                          {"full_confidence_points", &out.full_confidence_points, {1, 1000}},
                          {"retention_days", &out.retention_days, {1, 36'500}}};
  for (const Field& field : fields) *field.value = TRY(part.Number(field.key, field.bounds));
  return part.Done();
}

Result<TriageRules> ReadRules(Part file) {
  TriageRules rules;
  rules.version = TRY(file.Text("version"));
  TRY(ReadBands(file, rules));
  Part lanes = TRY(file.Sub("lanes"));
  rules.urgent_due_days = TRY(lanes.Number("urgent_due_days", {1, 30}));
  rules.safeguarding_floor = TRY(lanes.Number("safeguarding_floor", {1, 100}));
  TRY(lanes.Done());
  std::set<std::string> ids;
  bool escalated = false;
  for (Part& one : TRY(file.Each("urgent"))) {
    rules.urgent.push_back(TRY(ReadUrgent(one)));
    if (!ids.insert("urgent " + rules.urgent.back().id).second)
      return one.Bad(*one.Find("id"),
                     "the id '" + rules.urgent.back().id + "' is there twice; give each urgent rule its own.");
    escalated =
        escalated || (rules.urgent.back().signal == Signal::kEscalated && rules.urgent.back().params.at_least == 1);
  }
  if (!escalated)
    return file.Bad(
        *file.Find("urgent"),
        "no [[urgent]] rule has the signal 'escalated'; a provider's urgent flag must open the urgent lane.");
  std::array<int, 2> per_axis{};
  for (Part& one : TRY(file.Each("rule"))) {
    rules.rules.push_back(TRY(ReadRule(one)));
    const Rule& rule = rules.rules.back();
    if (!ids.insert(std::string(Text(rule.axis)) + " " + rule.id).second)
      return one.Bad(*one.Find("id"), "the id '" + rule.id + "' is there twice on one axis; give each rule its own.");
    ++per_axis[static_cast<size_t>(rule.axis)];
  }
  for (size_t i = 0; i < per_axis.size(); ++i) {
    if (per_axis[i] == 0)
      return file.Bad(*file.Find("rule"),
                      "no rule is for the axis '" + std::string(Text(static_cast<Axis>(i))) + "'; add one.");
  }
  Part bundles = TRY(file.Sub("bundles"));
  rules.viral_report_count_min = TRY(bundles.Number("viral_report_count_min", {2, 1'000'000}));
  rules.new_information_selectors = TRY(bundles.Texts("new_information_selectors"));
  for (const std::string& type : rules.new_information_selectors) {
    if (!FromText<SelectorType>(type))
      return bundles.Bad(*bundles.Find("new_information_selectors"), "'" + type + "' is not a selector type.");
  }
  TRY(bundles.Done());
  Part unknown = TRY(file.Sub("unknown_material"));
  rules.material_incident_types = TRY(unknown.Texts("incident_types"));
  TRY(unknown.Done());
  TRY(ReadJurisdiction(file, rules.jurisdiction));
  TRY(file.Done());
  return rules;
}

}  // namespace

Result<TriageRules> ParseTriageRules(std::string_view toml_text, std::string_view name) {
  if (toml_text.size() > kFileBytesMax)
    return Fail(Code::kInvalid, std::string(name) + ": larger than 256 KiB; give a file of triage rules.");
  toml::table table;
  try {
    table = toml::parse(toml_text);
  } catch (const toml::parse_error& error) {
    return Fail(Code::kInvalid, std::string(name) + " line " + std::to_string(error.source().begin.line) + ": " +
                                    std::string(error.description()) + ".");
  }
  TriageRules rules = TRY(ReadRules(Part(name, "the file", table)));
  rules.sha256_hex = HashSha256(AsBytes(toml_text)).hex();
  return rules;
}

Result<TriageRules> LoadTriageRules(Files& files, const std::string& path) {
  const Bytes text = TRY(files.ReadWhole(path, kFileBytesMax));
  return ParseTriageRules(AsText(text), path);
}

}  // namespace crossguard
