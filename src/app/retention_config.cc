#include "app/retention_config.h"

#include <toml++/toml.h>

#include <set>

namespace crossguard {
namespace {

constexpr std::string_view kFormat = "crossguard-retention/1";
constexpr int kDaysMax = 36'500;
constexpr size_t kEntriesMax = 1'000;

class Reader {
 public:
  Reader(const toml::table& root, std::string name) : root_(root), name_(std::move(name)) {}

  std::unexpected<Error> Refuse(const toml::node* node, const std::string& sentence) const {
    const auto line = (node != nullptr ? node->source() : root_.source()).begin.line;
    return Fail(Code::kInvalid, name_ + ", line " + std::to_string(line) + ": " + sentence);
  }
  const toml::node* Take(const std::string& part, const std::string& key) {
    known_[part].insert(key);
    const toml::node* const node = part.empty() ? nullptr : root_.get(part);
    const toml::table* const table = part.empty() ? &root_ : node == nullptr ? nullptr : node->as_table();
    return table == nullptr ? nullptr : table->get(key);
  }
  Result<int> Number(const std::string& part, const std::string& key, int most) {
    return NumberOf(Take(part, key), "'" + part + "." + key + "'", most);
  }
  Result<int> NumberOf(const toml::node* node, const std::string& what, int most) const {
    const auto value = node == nullptr ? std::nullopt : node->value_exact<int64_t>();
    if (!value || *value < 0 || *value > most)
      return Refuse(node, what + " must be a whole number from 0 to " + std::to_string(most) + ".");
    return static_cast<int>(*value);
  }
  Result<bool> Flag(const std::string& part, const std::string& key) {
    const toml::node* const node = Take(part, key);
    const auto value = node == nullptr ? std::nullopt : node->value_exact<bool>();
    if (!value) return Refuse(node, "'" + part + "." + key + "' must be true or false.");
    return *value;
  }
  // Whatever nobody asked for is an unknown key.
  Status NothingElse() const {
    for (const auto& [key, node] : root_) {
      const std::string part(key.str());
      if (known_.at("").contains(part)) continue;
      if (!known_.contains(part) || node.as_table() == nullptr)
        return Refuse(&node, "'" + part + "' is not known here.");
      for (const auto& [inner, value] : *node.as_table()) {
        if (!known_.at(part).contains(std::string(inner.str())))
          return Refuse(&value, "'" + part + "." + std::string(inner.str()) + "' is not known here.");
      }
    }
    return {};
  }

 private:
  const toml::table& root_;
  std::string name_;
  std::map<std::string, std::set<std::string>> known_ = {{"", {}}};
};

Status ReadProviders(Reader& reader, RetentionRules& rules) {
  const toml::node* const node = reader.Take("preservation", "providers");
  if (node == nullptr) return {};
  const toml::table* const table = node->as_table();
  if (table == nullptr || table->size() > kEntriesMax)
    return reader.Refuse(node, "'preservation.providers' must be a table of at most 1,000 names and days.");
  for (const auto& [provider, days] : *table) {
    rules.preservation_days_by_provider[std::string(provider.str())] =
        TRY(reader.NumberOf(&days, "A provider's days", kDaysMax));
  }
  return {};
}

Status ReadWitnesses(Reader& reader, RetentionRules& rules) {
  rules.witnesses_needed = TRY(reader.Number("witnesses", "needed", 64));
  const toml::node* const node = reader.Take("witnesses", "authorities");
  const toml::array* const array = node == nullptr ? nullptr : node->as_array();
  if (array == nullptr || array->size() > 64)
    return reader.Refuse(node, "'witnesses.authorities' must be a list of at most 64 authority ids.");
  std::set<std::string> seen;
  for (const toml::node& one : *array) {
    const auto id = one.value_exact<std::string>();
    if (!id || id->empty() || !seen.insert(*id).second)
      return reader.Refuse(&one, "'witnesses.authorities' must hold authority ids, each once.");
    rules.witnesses.push_back(*id);
  }
  if (!rules.witnesses.empty() && static_cast<size_t>(rules.witnesses_needed) > rules.witnesses.size())
    return reader.Refuse(node, "More witnesses are needed than are named; name more, or need fewer.");
  return {};
}

}  // namespace

Result<RetentionRules> ParseRetentionRules(std::string_view text, const std::string& name) {
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return Fail(Code::kInvalid, name + ", line " + std::to_string(error.source().begin.line) + ": " +
                                    std::string(error.description()) + ".");
  }
  Reader reader(root, name);
  const toml::node* const format = reader.Take("", "format");
  if (format == nullptr || format->value_exact<std::string>() != std::string(kFormat))
    return reader.Refuse(format, "The file must say format = \"crossguard-retention/1\".");
  RetentionRules rules;
  rules.preservation_days = TRY(reader.Number("preservation", "days", kDaysMax));
  rules.preservation_warn_days = TRY(reader.Number("preservation", "warn_days", kDaysMax));
  TRY(ReadProviders(reader, rules));
  rules.categorise_months = TRY(reader.Number("categorisation", "months", 1'200));
  rules.categorise_warn_days = TRY(reader.Number("categorisation", "warn_days", kDaysMax));
  rules.review_years = TRY(reader.Number("review", "years", 100));
  rules.review_warn_days = TRY(reader.Number("review", "warn_days", kDaysMax));
  rules.erase_at_review = TRY(reader.Flag("review", "erase_at_review"));
  rules.answer_hours_urgent_direct = TRY(reader.Number("answers", "urgent_direct_hours", 8'760));
  rules.answer_hours_urgent = TRY(reader.Number("answers", "urgent_hours", 8'760));
  rules.answer_hours_normal = TRY(reader.Number("answers", "normal_hours", 8'760));
  rules.erasure_answer_days = TRY(reader.Number("erasure", "answer_days", 3'650));
  TRY(ReadWitnesses(reader, rules));
  TRY(reader.NothingElse());
  // Nought would erase everything at once.
  if (rules.review_years == 0 || rules.categorise_months == 0)
    return Fail(Code::kInvalid, name + ": 'review.years' and 'categorisation.months' must be at least 1.");
  return rules;
}

Result<RetentionRules> LoadRetentionRules(Files& files, const std::string& path) {
  if (!files.Exists(path)) return RetentionRules{};
  const Bytes bytes = TRY(files.ReadWhole(path, kRetentionSizeMaxBytes));
  return ParseRetentionRules(AsText(bytes), path);
}

}  // namespace crossguard
