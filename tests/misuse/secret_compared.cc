// must fail with: no match for 'operator==|invalid operands to binary expression
// Secrets are compared in constant time only.
#include "crypto/secret.h"

namespace crossguard {
bool Same(const SecretKey& a, const SecretKey& b) {
#ifdef MISUSE
  return a == b;
#else
  return EqualConstantTime(a.reveal(), b.reveal());
#endif
}
}  // namespace crossguard
