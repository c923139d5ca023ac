#include "simulate/shapes.h"

namespace crossguard::simulate {

ClaimedDigests ClaimsOf(const PlannedFile& file, const Digests& digests) {
  ClaimedDigests out;
  if (file.claims_md5) out.md5 = digests.md5.hex();
  if (file.claims_sha1) out.sha1 = digests.sha1.hex();
  if (file.claimed_wrong) out.md5.front() = out.md5.front() == '0' ? '1' : '0';
  return out;
}

}  // namespace crossguard::simulate
