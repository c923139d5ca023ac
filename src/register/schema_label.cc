// Version 3: labels on data, and who is member of which case.
#include "register/schema_parts.h"

namespace crossguard {

const std::string_view kLabelTables = R"sql(
)sql";

}  // namespace crossguard
