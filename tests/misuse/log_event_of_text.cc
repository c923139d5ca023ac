// must fail with: could not convert|cannot convert|no matching|no viable conversion
// The name of an event is part of the program.
#include "base/log.h"

namespace crossguard {
void Tell(const Log& log, const std::string& text) {
  log.Event("file_read", {{"bytes", ByteCount{text.size()}}});
#ifdef MISUSE
  log.Event(text, {});
#endif
}
}  // namespace crossguard
