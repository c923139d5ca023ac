// must fail with: use of deleted function|deleted constructor
// What is private cannot be logged.
#include "base/log.h"
#include "base/private.h"

namespace crossguard {
void Tell(const Log& log, const Private<std::string>& email) {
  log.Event("selector_read", {{"bytes", ByteCount{email.reveal().size()}}});
#ifdef MISUSE
  log.Event("selector_read", {{"value", email}});
#endif
}
}  // namespace crossguard
