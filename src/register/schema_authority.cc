// Version 3: who may receive what: authorities, gateways, officers, peers.
#include "register/schema_parts.h"

namespace crossguard {

const std::string_view kAuthorityTables = R"sql(
)sql";

}  // namespace crossguard
