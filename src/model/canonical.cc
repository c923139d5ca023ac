#include "model/canonical.h"

#include "base/json.h"

namespace crossguard {

std::string Canonical(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace crossguard
