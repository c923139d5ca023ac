// must fail with: is private within this context|calling a private constructor
// A permit comes from the gate, or not at all.
#include "custody/gate.h"

namespace crossguard {
Act Use(const Permit& permit) { return permit.act(); }
#ifdef MISUSE
Permit Forge() { return Permit(Act::kReleasePackage, "officer-1", Instant{}, 0); }
#endif
}  // namespace crossguard
