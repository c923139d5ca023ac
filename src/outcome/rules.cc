#include "outcome/rules.h"

#include <toml++/toml.h>

#include <algorithm>

#include "outcome/suppress.h"

namespace crossguard::outcome {
namespace {

constexpr size_t kRulesMaxBytes = 1 << 20;
constexpr size_t kPressLinesMax = 50;

std::unexpected<Error> Bad(const std::string& what) {
  return Fail(Code::kInvalid, "config/outcome.toml: " + what + ".");
}

Result<int64_t> Number(const toml::node& node, std::string_view name, int64_t min, int64_t max) {
  const auto value = node.value_exact<int64_t>();
  if (!value || *value < min || *value > max)
    return Bad("'" + std::string(name) + "' must be a whole number from " + std::to_string(min) + " to " +
               std::to_string(max));
  return *value;
}

Result<PressLine> ReadPress(const toml::table& table) {
  PressLine out;
  std::optional<OutcomeKind> metric;
  for (const auto& [key, node] : table) {
    const std::string_view name = key.str();
    const std::string text = node.value<std::string>().value_or("");
    if (name == "metric")
      metric = FromText<OutcomeKind>(text);
    else if (name == "scope")
      out.scope = text;
    else if (name == "text")
      out.text = text;
    else if (name == "more_than")
      out.more_than = TRY(Number(node, name, 1, 1'000'000'000));
    else
      return Bad("a [[press]] has the unknown key '" + std::string(name) + "'");
  }
  if (!metric) return Bad("a [[press]] needs a 'metric' that is known");
  if (!IsScope(out.scope)) return Bad("a [[press]] needs a 'scope': global, eu or a country of two capital letters");
  if (out.text.find("{n}") == std::string::npos) return Bad("a [[press]] needs a 'text' with {n} in it");
  out.metric = *metric;
  return out;
}

}  // namespace

bool IsScope(std::string_view text) {
  if (text == "global" || text == "eu") return true;
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Result<OutcomeRules> ReadOutcomeRules(std::string_view toml_text) {
  if (toml_text.size() > kRulesMaxBytes) return Fail(Code::kExhausted, "config/outcome.toml is larger than 1 MiB.");
  OutcomeRules out;
  try {
    const toml::table table = toml::parse(toml_text);
    for (const auto& [key, node] : table) {
      const std::string_view name = key.str();
      if (name == "small_number") {
        out.small_number = TRY(Number(node, name, kThresholdMin, 1'000));
      } else if (name == "answer_days") {
        out.answer_days = TRY(Number(node, name, 1, 3'650));
      } else if (name == "calibration_accounts_min") {
        out.calibration_accounts_min = TRY(Number(node, name, 1, 1'000'000));
      } else if (name == "press" && node.is_array_of_tables()) {
        if (node.as_array()->size() > kPressLinesMax) return Bad("more than 50 [[press]]");
        for (const toml::node& line : *node.as_array()) out.press.push_back(TRY(ReadPress(*line.as_table())));
      } else {
        return Bad("the unknown key '" + std::string(name) + "'; mend its name or take it out");
      }
    }
  } catch (const toml::parse_error& error) {
    return Bad("it breaks at line " + std::to_string(error.source().begin.line) + "; mend the TOML there");
  }
  return out;
}

}  // namespace crossguard::outcome
