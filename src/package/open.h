// Opening: everything is verified before anything is released. Needs no register: an authority opens with its key
// alone.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/time_text.h"
#include "env/env.h"

namespace crossguard {

struct OpenKeys {
  std::string authority;  // who I am: the manifest inside must name me
  Bytes certificate_pem;
  Bytes key_pem;
  Bytes sender_ca_pem;  // what I trust to vouch for the sender; one or more certificates
};

// What the outside says, once its signature and every part held. It may be read by anyone: it names no person.
struct OuterFacts {
  std::string package_id;
  std::string sender;     // authority id
  std::string recipient;  // authority id
  std::string created;    // RFC 3339
  uint64_t payload_bytes = 0;
};

// Exists only if every seal held: outer signature and digests, envelope, payload, inner signature, the manifest's
// recipient and id, SHA256SUMS both ways, and a complete and valid bag.
class VerifiedPackage {
 public:
  const OuterFacts& outer() const { return outer_; }
  const std::string& kind() const { return kind_; }  // "referral", "evidence"
  const std::string& gateway() const { return gateway_; }
  const std::string& operation() const { return operation_; }
  int64_t account_count() const { return account_count_; }
  int64_t file_count() const { return file_count_; }
  const std::string& folder() const { return folder_; }  // where it was released; empty after VerifyPackage
  const Sha256& contents_sha256() const { return contents_sha256_; }

 private:
  friend class PackageOpener;
  VerifiedPackage() = default;
  OuterFacts outer_;
  std::string kind_, gateway_, operation_, folder_;
  int64_t account_count_ = 0;
  int64_t file_count_ = 0;
  Sha256 contents_sha256_;
};

// Without a key: that the folder is whole and the sender signed it, at the time `at`.
Result<OuterFacts> VerifyOuter(Env& env, const std::string& package_folder, ByteView sender_ca_pem, Instant at);
// With the key, without releasing: contents are checked in a temporary folder beside `scratch` that is removed.
Result<VerifiedPackage> VerifyPackage(Env& env, const std::string& package_folder, const OpenKeys& keys, Instant at,
                                      const std::string& scratch_folder);
// As VerifyPackage, then `output_folder` appears by one rename; kConflict if it exists.
// Errors: kDenied wrong key, not for me, or a certificate that is not valid at `at`; kCorrupt anything that was
// changed; kInvalid not a package; kUnsupported a later format; kExhausted a limit (docs/formats/package.md, "Limits").
Result<VerifiedPackage> OpenPackage(Env& env, const std::string& package_folder, const OpenKeys& keys, Instant at,
                                    const std::string& output_folder);

}  // namespace crossguard
