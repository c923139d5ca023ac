// must fail with: use of deleted function|deleted constructor
// A free string may hold a person's data: it cannot be logged.
#include "base/log.h"

namespace crossguard {
void Tell(const Log& log, const std::string& text) {
  log.Event("file_read", {{"bytes", ByteCount{text.size()}}});
#ifdef MISUSE
  log.Event("file_read", {{"name", text}});
#endif
}
}  // namespace crossguard
