// must fail with: no match for 'operator==|invalid operands to binary expression
// Rows of two tables are never the same.
#include "model/ids.h"

namespace crossguard {
bool Same(Key<Account> a, Key<Account> b) { return a == b; }
#ifdef MISUSE
bool Same(Key<Account> a, Key<Media> b) { return a == b; }
#endif
}  // namespace crossguard
