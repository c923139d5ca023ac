// must fail with: use of deleted function|deleted constructor
// A permit is for one piece of work: it moves, it is not copied.
#include "custody/gate.h"

namespace crossguard {
Permit Hand(Permit permit) { return permit; }
#ifdef MISUSE
Permit Again(const Permit& permit) { return permit; }
#endif
}  // namespace crossguard
