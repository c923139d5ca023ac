// The queue that a victim-identification analyst works from: contents that no list knows, one look per visual cluster.
#pragma once

#include "base/error.h"
#include "register/sql.h"
#include "triage/rules.h"

namespace crossguard {

// Fills the queue 'unknown_material' from the finished scores. Order: first what could be opened and points to abuse of
// children (labels of the file, else the kind of incident), then by severity of the labels, by the rescue_priority of
// whose it is, by cluster size, by id. Unflagged, undeclared and unopened contents follow; none is left out except
// empty files and archives (whose members stand for themselves). Memory: about 150 bytes per cluster. The number of
// rows.
Result<int64_t> FillUnknownMaterialQueue(Database& database, const TriageRules& rules);

}  // namespace crossguard
