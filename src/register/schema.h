// The tables, and the way from one version of them to the next.
#pragma once

#include "register/sql.h"

namespace crossguard {

// The version this program writes. A register of a newer version is refused, an older one is brought up, in one
// transaction.
constexpr int64_t kSchemaVersion = 3;

Status BringSchemaUp(Database& database, OpenMode mode);

}  // namespace crossguard
