// Private to this room: the one byte form in which this house writes a detached CMS signature.
#pragma once

#include "base/bytes.h"
#include "crypto/openssl_raii.h"

namespace crossguard::crypto {

// The DER of a SignedData with these parts and nothing else: version 1, SHA-256, detached data, the certificates, one
// signer named by issuer and serial number, its signed attributes, no unsigned ones, and the signature. Empty if the
// signer's key is of a kind that we do not sign with.
//
// A CMS reader must be lenient, and a signature covers its attributes and the content only: version numbers, algorithm
// names and the spelling of names around it can be changed and it still verifies. What equals this form byte for byte
// has no such freedom: any flipped bit of a signature file is noticed.
Bytes SignatureInOurForm(const CMS_SignerInfo* info, X509* signer, const STACK_OF(X509) * certificates);

}  // namespace crossguard::crypto
