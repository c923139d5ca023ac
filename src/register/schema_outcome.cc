// Version 3: cases, and what came of them.
#include "register/schema_parts.h"

namespace crossguard {

const std::string_view kOutcomeTables = R"sql(
)sql";

}  // namespace crossguard
