// CMS (RFC 5652): the two standard forms that an agency's own PKI can open and check.
//
//   envelope   AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084): a small content (the one-package age identity)
//   for
//              the holders of some certificates; EC by ECDH with SHA-256 (RFC 5753), RSA by OAEP with SHA-256.
//   signature  SignedData, detached, SHA-256, one signer, with signing time and signing certificate (RFC 5035) bound
//   in.
//
// `openssl cms -decrypt -inform DER` and `openssl cms -verify -binary -inform DER -content` read both, and the reverse.
//
// Limits. Everything is in memory: OpenSSL's CMS cannot stream, so big content goes into age.h. An envelope does not
// say who made it, and what it holds around the content (other recipients, version numbers, spellings) is not
// authenticated: a changed bit there may go unnoticed, so put the envelope's digest into something signed. The signing
// time is the signer's claim. There is no revocation. ECDSA: from a signature (r, s) anybody can make the other valid
// one, (r, -s). Content keys, nonces and ephemeral keys, and the nonces of ECDSA, come from OpenSSL's own generator,
// which cannot be handed in: no two envelopes or signatures are equal.
#pragma once

#include <span>

#include "base/bytes.h"
#include "base/time_text.h"
#include "crypto/x509.h"

namespace crossguard {

constexpr size_t kEnvelopeContentMaxBytes = size_t{1024} * 1024;
constexpr size_t kEnvelopeRecipientsMax = 256;
constexpr size_t kCmsMaxBytes = size_t{4} * 1024 * 1024;              // of anything read
constexpr size_t kSignedContentMaxBytes = size_t{256} * 1024 * 1024;  // a manifest, not the files

// DER. kInvalid: no recipients, too many, or a content too large. kDenied: a certificate is not valid at that time, or
// is not meant for being sealed to.
Result<Bytes> SealEnvelope(ByteView content, std::span<const Certificate> recipients, Instant at);

// The content, if it is for this certificate and its key. kDenied: it is for others, or the key is not the
// certificate's. kCorrupt: it is not what was written. kUnsupported: another kind of CMS, such as one without
// authentication.
Result<Bytes> OpenEnvelope(ByteView envelope, const Certificate& certificate, const PrivateKey& key);

// DER, detached, over exactly these bytes. The signer's certificate and `chain` (intermediate authorities, if any) go
// in. kInvalid if key and certificate do not fit; kDenied if the certificate is not valid at that time.
Result<Bytes> SignDetached(ByteView content, const Certificate& signer, const PrivateKey& key,
                           std::span<const Certificate> chain, Instant at);

enum class SignatureForm : uint8_t {
  kOurs,         // byte for byte as SignDetached writes it: any changed bit of the signature file is noticed
  kAnyStandard,  // whatever a standard program wrote: what the signature does not cover is not checked
};

struct VerifiedSignature {
  Certificate signer;
  Instant claimed_at;  // the signing time that the signer states
};
// Success only if the signature is over exactly these bytes, by a certificate that one of the authorities issued, for
// signing, valid at `at`. kCorrupt: the content or the signature is not what was written. kDenied: the signer is not
// one of theirs, or its certificate is expired, not yet valid, or not for signing. kUnsupported: a digest or kind of
// CMS that is not taken.
Result<VerifiedSignature> VerifyDetached(ByteView signature, ByteView content, std::span<const Certificate> authorities,
                                         Instant at, SignatureForm form = SignatureForm::kOurs);

}  // namespace crossguard
