// must fail with: could not convert|no viable conversion|no matching function
// A row of one table is not a row of another.
#include "model/ids.h"

namespace crossguard {
int64_t RowOf(Key<Account> account) { return account.value; }
int64_t Use(Key<Account> account, [[maybe_unused]] Key<Media> media) {
#ifdef MISUSE
  return RowOf(account) + RowOf(media);
#else
  return RowOf(account);
#endif
}
}  // namespace crossguard
