// must fail with: could not convert|invalid initialization|no viable conversion|no matching function
// The public id of one kind of thing is not that of another, and a text is no id until somebody says so.
#include "model/ids.h"

namespace crossguard {
const std::string& Show(const Id<Account>& account) { return account.text(); }
const std::string& Use(const Id<Account>& account, [[maybe_unused]] const Id<Package>& package) {
#ifdef MISUSE
  return Show(package);
#else
  return Show(account);
#endif
}
}  // namespace crossguard
