// Any bytes as an envelope, a signature, a certificate and a key: no crash, and an accepted signature in our form is
// one that its signer could have written.
#include <cstdlib>

#include "crypto/cms.h"
#include "env/random.h"

namespace {
using namespace crossguard;  // NOLINT

// The corpus was made by these keys; certificates are named by issuer and serial number, which the seed fixes too.
struct World {
  SeededRandom random{1};
  Instant at = *ParseInstant("2024-06-01T12:00:00Z");
  PrivateKey ca_key = PrivateKey::MakeP256(random);
  PrivateKey key = PrivateKey::MakeP256(random);
  Certificate ca = *MakeSelfSigned(Spec("Example CA", CertificateUse::kAuthority), ca_key, random);
  Certificate recipient =
      *MakeCertificate(Spec("recipient.example", CertificateUse::kRecipient), key, ca, ca_key, random);
  Certificate signer = *MakeCertificate(Spec("sender.example", CertificateUse::kSigner), key, ca, ca_key, random);

  static CertificateSpec Spec(const char* name, CertificateUse use) {
    return {.common_name = name,
            .organization = "Example",
            .country = "NO",
            .use = use,
            .not_before = *ParseInstant("2020-01-01T00:00:00Z"),
            .not_after = *ParseInstant("2090-01-01T00:00:00Z")};
  }
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const World kWorld;
  const ByteView bytes(data, size);
  (void)OpenEnvelope(bytes, kWorld.recipient, kWorld.key);
  const Bytes content = ToBytes("the signed content\n");
  // Our own form is asked for last of all, so what no standard takes is not ours either.
  if (VerifyDetached(bytes, content, std::span(&kWorld.ca, 1), kWorld.at, SignatureForm::kAnyStandard)) {
    const auto verified = VerifyDetached(bytes, content, std::span(&kWorld.ca, 1), kWorld.at);
    if (verified && !verified->signer.BelongsTo(kWorld.key)) std::abort();
  }
  if (const auto certificate = Certificate::LoadDer(bytes)) {
    (void)certificate->CommonName();
    (void)certificate->CheckValidAt(kWorld.at);
    (void)certificate->KeyFingerprint();
  }
  (void)Certificate::LoadPemFile(AsText(bytes));
  (void)PrivateKey::LoadPem(AsText(bytes));
  return 0;
}
