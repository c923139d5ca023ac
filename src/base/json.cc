#include "base/json.h"

template class nlohmann::basic_json<>;

namespace crossguard {

nlohmann::json ParseJson(std::string_view text) { return nlohmann::json::parse(text.begin(), text.end(), nullptr, false); }

}  // namespace crossguard
