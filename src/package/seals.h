// Private to src/package: by what a package is proven. The one that counts is open.cc's, over certificates and keys.
// The fuzz body has another, whose signature is a digest: so what lies behind the seals is reached without the price of
// making and checking certificates, which crypto/cms_fuzz.cc explores by itself. It gets a Status, never a
// VerifiedPackage.
#pragma once

#include <string>

#include "base/bytes.h"
#include "crypto/x509.h"
#include "env/env.h"

namespace crossguard {

class Seals {
 public:
  virtual ~Seals() = default;
  // Who signed exactly these bytes; errors as VerifyDetached.
  virtual Result<Certificate> SignerOf(ByteView signature, ByteView content) const = 0;
  // What the envelope holds; errors as OpenEnvelope.
  virtual Result<Bytes> Open(ByteView envelope) const = 0;
};

// As VerifyPackage, by these seals.
Status CheckPackage(Env& env, const std::string& package_folder, const std::string& authority, const Seals& seals,
                    const std::string& scratch_folder);

}  // namespace crossguard
