// must fail with: use of deleted function|deleted constructor
// A secret is copied only by saying so.
#include "crypto/secret.h"

namespace crossguard {
SecretKey Second(const SecretKey& key) {
#ifdef MISUSE
  return key;
#else
  return key.Clone();
#endif
}
}  // namespace crossguard
