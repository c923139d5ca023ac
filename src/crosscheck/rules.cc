#include "crosscheck/rules.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace crossguard::crosscheck {
namespace {

constexpr size_t kRulesMaxBytes = 1 << 20;
constexpr int64_t kNumberMax = 1'000'000;

struct NumberKey {
  std::string_view name;
  int64_t CrossCheckRules::* field;
};
constexpr std::array kNumbers{NumberKey{"email_sharers_max", &CrossCheckRules::email_sharers_max},
                              NumberKey{"phone_sharers_max", &CrossCheckRules::phone_sharers_max},
                              NumberKey{"device_sharers_max", &CrossCheckRules::device_sharers_max},
                              NumberKey{"payment_sharers_max", &CrossCheckRules::payment_sharers_max},
                              NumberKey{"profile_sharers_max", &CrossCheckRules::profile_sharers_max},
                              NumberKey{"screen_name_sharers_max", &CrossCheckRules::screen_name_sharers_max},
                              NumberKey{"mined_sharers_max", &CrossCheckRules::mined_sharers_max},
                              NumberKey{"ip_sharers_max", &CrossCheckRules::ip_sharers_max},
                              NumberKey{"ip_port_window_s", &CrossCheckRules::ip_port_window_s},
                              NumberKey{"ipv6_window_s", &CrossCheckRules::ipv6_window_s}};

Status ReadDomains(const toml::node& node, CrossCheckRules& rules) {
  const auto* list = node.as_array();
  if (list == nullptr)
    return Fail(Code::kInvalid, "temporary_mail_domains in the rules of the cross-check must be a list of domains.");
  for (const toml::node& item : *list) {
    const auto text = item.value<std::string>();
    if (!text || text->empty() || text->find('@') != std::string::npos) {
      return Fail(Code::kInvalid,
                  "temporary_mail_domains in the rules of the cross-check holds something that is not a domain.");
    }
    std::string lower = *text;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    rules.temporary_mail_domains.insert(std::move(lower));
  }
  return {};
}

}  // namespace

Result<CrossCheckRules> ReadCrossCheckRules(std::string_view text) {
  if (text.size() > kRulesMaxBytes)
    return Fail(Code::kExhausted, "The rules of the cross-check are larger than 1 MiB; shorten them.");
  CrossCheckRules rules;
  try {
    const toml::table table = toml::parse(text);
    for (const auto& [key, node] : table) {
      const std::string_view name = key.str();
      if (name == "temporary_mail_domains") {
        TRY(ReadDomains(node, rules));
        continue;
      }
      const auto known =
          std::find_if(kNumbers.begin(), kNumbers.end(), [&](const NumberKey& number) { return number.name == name; });
      if (known == kNumbers.end())
        return Fail(Code::kInvalid, "The rules of the cross-check hold the unknown key '" + std::string(name) +
                                        "'; mend its name or take it out.");
      const auto value = node.value_exact<int64_t>();
      if (!value || *value < 0 || *value > kNumberMax) {
        return Fail(Code::kInvalid, "'" + std::string(name) +
                                        "' in the rules of the cross-check must be a whole number from 0 to " +
                                        std::to_string(kNumberMax) + ".");
      }
      rules.*known->field = *value;
    }
  } catch (const toml::parse_error& error) {
    return Fail(Code::kInvalid, "The rules of the cross-check break at line " +
                                    std::to_string(error.source().begin.line) + "; mend the TOML there.");
  }
  return rules;
}

}  // namespace crossguard::crosscheck
