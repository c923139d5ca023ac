// Version 3 of the tables, in parts: one for each subject of the exchange between nodes. Conventions: schema.cc.
#pragma once

#include <string_view>

namespace crossguard {

extern const std::string_view kAuthorityTables;     // who may receive what: authorities, gateways, officers
extern const std::string_view kLabelTables;         // labels on data, and who is member of which case
extern const std::string_view kExchangeTables;      // the nodes that this one knows, what leaves and arrives
extern const std::string_view kCoordinationTables;  // who leads, who does what, who must talk to whom
extern const std::string_view kOutcomeTables;       // cases, and what came of them
extern const std::string_view kRetentionTables;     // clocks, reviews, erasures, and the checkpoints of other nodes

}  // namespace crossguard
