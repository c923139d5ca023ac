// Version 3: clocks, reviews, erasures, and the checkpoints of other nodes.
#include "register/schema_parts.h"

namespace crossguard {

const std::string_view kRetentionTables = R"sql(
)sql";

}  // namespace crossguard
