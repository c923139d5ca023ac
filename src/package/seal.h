// Sealing: a composed bag becomes a folder that only one authority can open and everyone can check. Container:
// docs/formats/package.md, "The sealed folder".
#pragma once

#include <string>

#include "base/bytes.h"
#include "package/compose.h"

namespace crossguard {

// The house's own certificate and key, PEM. The certificate goes into each signature.
struct SenderKeys {
  Bytes certificate_pem;
  Bytes key_pem;
};

struct SealedPackage {
  Id<Package> id;
  std::string authority;
  std::string folder;          // complete, synced, under its final name
  uint64_t payload_bytes = 0;  // of payload.age
  bool is_new = false;         // false: it was sealed before (perhaps by a run that was killed before it could say so)
};

// Seals to the certificate of the package's authority, as the book names it. The folder appears under its final name by
// one rename, after all of it is on disk; a kill at any moment leaves at most a folder ".new-<id>" that the next call
// removes. The row moves to `sealed` in the caller's transaction. kDenied: the certificate is not valid at permit.at(),
// or the gateway has ended. kConflict: the package was superseded, or another version of its gateway stands. kCorrupt:
// the staged bag or a file in the vault is not what was composed.
Result<SealedPackage> SealPackage(Transaction& transaction, const Permit& permit, const PackageRoom& room,
                                  const SenderKeys& sender, const Id<Package>& package);

// Marks a sealed package as released; the permit of Act::kReleasePackage proves that enough officers agreed. The same
// twice changes nothing. Returns the folder that may leave. The gateway is asked again at permit.at(): kDenied if it
// ended, kConflict if another version of it stands. kConflict if an account of it was since named as a victim's or a
// possible minor's, or stands in a deconfliction that is neither settled nor overridden for this package.
Result<std::string> ReleasePackage(Transaction& transaction, const Permit& permit, const PackageRoom& room,
                                   const Id<Package>& package);

}  // namespace crossguard
