#include "package/example_keys.h"

#include "crypto/x509.h"

namespace crossguard {
namespace {

constexpr uint64_t kPemFileMaxBytes = kPemMaxBytes;
constexpr int64_t kValidMicros = 5 * 365 * kMicrosPerDay;
constexpr int64_t kBeforeMicros = kMicrosPerDay;  // clocks of two machines differ

struct Pair {
  Certificate certificate;
  PrivateKey key;
};

Result<Pair> Load(Files& files, const std::string& stem) {
  Bytes key_pem = TRY(files.ReadWhole(stem + ".key", kPemFileMaxBytes));
  const CleanseAtExit cleanse(key_pem);
  const Bytes certificate_pem = TRY(files.ReadWhole(stem + ".crt", kPemFileMaxBytes));
  Certificate certificate = TRY(Certificate::LoadPem(AsText(certificate_pem)));
  PrivateKey key = TRY(PrivateKey::LoadPem(AsText(key_pem)));
  return Pair{std::move(certificate), std::move(key)};
}

// The key first: a certificate without its key would be worse than neither.
Status Store(Files& files, const std::string& stem, const Pair& pair) {
  std::string key_pem = pair.key.RevealPem();
  const CleanseAtExit cleanse({reinterpret_cast<uint8_t*>(key_pem.data()), key_pem.size()});
  TRY(files.WriteWhole(stem + ".key", AsBytes(key_pem)));
  return files.WriteWhole(stem + ".crt", AsBytes(pair.certificate.Pem()));
}

CertificateSpec SpecOf(const std::string& name, const std::string& country, CertificateUse use, Instant now) {
  return {.common_name = "EXAMPLE " + name,
          .organization = "EXAMPLE KEYS, NOT FOR REAL USE",
          .country = country,
          .use = use,
          .not_before = {now.micros - kBeforeMicros},
          .not_after = {now.micros + kValidMicros}};
}

}  // namespace

Result<int> MakeExampleCertificates(Env& env, AuthorityBook& book, const std::string& folder) {
  int made = 0;
  const Instant now = env.clock.Now();
  const std::string ca_stem = folder + "/example-ca";
  TRY(env.files.MakeFolders(folder));
  if (!env.files.Exists(ca_stem + ".crt")) {
    PrivateKey key = PrivateKey::MakeP256(env.random);
    Certificate certificate = TRY(MakeSelfSigned(SpecOf("CA", "", CertificateUse::kAuthority, now), key, env.random));
    TRY(Store(env.files, ca_stem, {std::move(certificate), std::move(key)}));
  }
  const Pair ca = TRY(Load(env.files, ca_stem));
  for (Authority& authority : book.authorities) {
    if (!authority.certificate_path.empty()) continue;
    const std::string stem = folder + "/" + authority.id;
    if (!env.files.Exists(stem + ".crt")) {
      PrivateKey key = PrivateKey::MakeP256(env.random);
      const auto use = authority.id == book.self ? CertificateUse::kSigner : CertificateUse::kRecipient;
      Certificate certificate = TRY(
          MakeCertificate(SpecOf(authority.id, authority.country, use, now), key, ca.certificate, ca.key, env.random));
      TRY(Store(env.files, stem, {std::move(certificate), std::move(key)}));
      ++made;
    }
    authority.certificate_path = stem + ".crt";
  }
  return made;
}

}  // namespace crossguard
