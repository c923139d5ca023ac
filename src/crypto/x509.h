// X.509 certificates (RFC 5280) and the private keys that belong to them: whom a package is for, and who signed it.
// Time is always given, never taken from the system clock.
//
// Not here: revocation (CRL, OCSP). An authority whose key is lost is taken out of the configuration.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time_text.h"
#include "crypto/secret.h"

struct evp_pkey_st;  // OpenSSL's own names, so that no other room sees its headers
struct x509_st;

namespace crossguard {

constexpr size_t kPemMaxBytes = size_t{256} * 1024;
constexpr size_t kCertificatesPerFileMax = 64;

// An EC (P-256, P-384, P-521) or RSA (2,048 bit and up) private key. OpenSSL cleanses it when it goes. Cannot be
// copied.
class PrivateKey {
 public:
  // P-256 from the given randomness: the same random bytes, the same key.
  static PrivateKey MakeP256(Random& random);
  // PKCS#8 or traditional PEM without a passphrase. kInvalid: not a key, or locked with a passphrase. kUnsupported:
  // another kind of key, or one too short.
  static Result<PrivateKey> LoadPem(std::string_view pem);
  // PKCS#8 PEM, not encrypted: write it sealed or with mode 0600, and cleanse it.
  std::string RevealPem() const;

  evp_pkey_st* handle() const { return key_.get(); }  // for this room

 private:
  explicit PrivateKey(evp_pkey_st* key) : key_(key) {}
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  std::unique_ptr<evp_pkey_st, Free> key_;
};

// One certificate. Cheap to copy (shared, never changed).
class Certificate {
 public:
  static Result<Certificate> LoadPem(std::string_view pem);  // exactly one, kInvalid otherwise
  static Result<Certificate> LoadDer(ByteView der);          // and nothing after it
  // All of a file, in order; 1 .. kCertificatesPerFileMax.
  static Result<std::vector<Certificate>> LoadPemFile(std::string_view pem);

  std::string Pem() const;
  Bytes Der() const;
  Sha256 Fingerprint() const;      // SHA-256 of the DER: names this certificate
  Sha256 KeyFingerprint() const;   // SHA-256 of the SubjectPublicKeyInfo: names the key, through renewals
  std::string CommonName() const;  // UTF-8; empty if there is none
  Instant NotBefore() const;
  Instant NotAfter() const;
  // kDenied before NotBefore or after NotAfter. The message names the certificate by the start of its fingerprint.
  Status CheckValidAt(Instant at) const;
  bool BelongsTo(const PrivateKey& key) const;
  bool operator==(const Certificate& other) const { return Der() == other.Der(); }

  x509_st* handle() const { return certificate_.get(); }  // for this room

 private:
  friend Result<Certificate> IssueCertificate(const struct CertificateSpec&, const PrivateKey&, const Certificate*,
                                              const PrivateKey&, Random&);
  explicit Certificate(x509_st* certificate);
  std::shared_ptr<x509_st> certificate_;
};

enum class CertificateUse : uint8_t {
  kAuthority,  // signs certificates only
  kSigner,     // signs packages and receipts
  kRecipient,  // is sealed to
  kTls,        // a node, as server and as client; its dns_name stands in subjectAltName
};

struct CertificateSpec {
  std::string common_name;   // 1..64 characters
  std::string organization;  // 0..64
  std::string country;       // ISO 3166 alpha-2 in capitals, or empty
  std::string dns_name;      // kTls only, and needed there: 1..63 of a-z 0-9 and '-' (an authority id)
  CertificateUse use = CertificateUse::kSigner;
  Instant not_before;
  Instant not_after;
};

// The serial number comes from `random`; the ECDSA signature uses OpenSSL's own randomness, so two runs differ in it.
// kInvalid if the spec is not usable.
Result<Certificate> MakeSelfSigned(const CertificateSpec& spec, const PrivateKey& key, Random& random);
// For the holder of `subject_key`, by the authority. kInvalid also if the authority's key and certificate do not fit.
Result<Certificate> MakeCertificate(const CertificateSpec& spec, const PrivateKey& subject_key,
                                    const Certificate& authority, const PrivateKey& authority_key, Random& random);

}  // namespace crossguard
