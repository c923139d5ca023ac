// Version 3: who leads, who does what, who must talk to whom.
#include "register/schema_parts.h"

namespace crossguard {

const std::string_view kCoordinationTables = R"sql(
)sql";

}  // namespace crossguard
