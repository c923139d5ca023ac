#include "app/node_keys.h"

namespace crossguard {
namespace {

constexpr int64_t kValidMicros = 10 * 365 * kMicrosPerDay;
constexpr std::string_view kLast = "/tls.crt";  // its presence says that all are there

Result<Bytes> Read(Files& files, const std::string& path) {
  auto bytes = files.ReadWhole(path, kPemMaxBytes);
  if (!bytes && bytes.error().code == Code::kNotFound)
    return Fail(Code::kNotFound, "Key file '" + path + "' is missing; restore it from the backup of the keys.");
  return bytes;
}

Status WriteSecret(Files& files, const std::string& path, std::string text) {
  const CleanseAtExit cleanse({reinterpret_cast<uint8_t*>(text.data()), text.size()});
  return files.WriteWhole(path, AsBytes(text));
}

}  // namespace

Status MakeNodeKeys(Env& env, const std::string& folder, const std::string& authority, const std::string& country) {
  Files& files = env.files;
  if (files.Exists(folder + std::string(kLast)) || !files.Exists(folder + "/sender-ca.key")) return {};
  Bytes ca_pem = TRY(Read(files, folder + "/sender-ca.key"));
  const CleanseAtExit cleanse(ca_pem);
  const PrivateKey ca_key = TRY(PrivateKey::LoadPem(AsText(ca_pem)));
  const Certificate ca = TRY(Certificate::LoadPem(AsText(TRY(Read(files, folder + "/sender-ca.crt")))));
  const Instant now = env.clock.Now();
  CertificateSpec spec{.common_name = authority,
                       .organization = "crossguard",
                       .country = country,
                       .use = CertificateUse::kRecipient,
                       .not_before = now,
                       .not_after = {now.micros + kValidMicros}};
  const PrivateKey recipient_key = PrivateKey::MakeP256(env.random);
  const Certificate recipient = TRY(MakeCertificate(spec, recipient_key, ca, ca_key, env.random));
  spec.use = CertificateUse::kTls;
  spec.dns_name = authority;
  const PrivateKey tls_key = PrivateKey::MakeP256(env.random);
  const Certificate tls = TRY(MakeCertificate(spec, tls_key, ca, ca_key, env.random));
  const SecretKey seed = SecretKey::Make(env.random);
  TRY(files.WriteWhole(folder + "/message.key", seed.reveal()));
  TRY(WriteSecret(files, folder + "/exchange.age", AgeIdentity::Make(env.random).RevealText() + "\n"));
  TRY(WriteSecret(files, folder + "/recipient.key", recipient_key.RevealPem()));
  TRY(files.WriteWhole(folder + "/recipient.crt", AsBytes(recipient.Pem())));
  TRY(WriteSecret(files, folder + "/tls.key", tls_key.RevealPem()));
  return files.WriteWhole(folder + std::string(kLast), AsBytes(tls.Pem()));
}

Result<NodeKeys> LoadNodeKeys(Files& files, const std::string& folder) {
  Bytes seed_bytes = TRY(Read(files, folder + "/message.key"));
  const CleanseAtExit cleanse_seed(seed_bytes);
  auto seed = SecretKey::From(seed_bytes);
  if (!seed)
    return Fail(Code::kCorrupt,
                "Key file '" + folder + "/message.key' is damaged; restore it from the backup of the keys.");
  Bytes age_bytes = TRY(Read(files, folder + "/exchange.age"));
  const CleanseAtExit cleanse_age(age_bytes);
  AgeIdentity identity = TRY(AgeIdentity::ParseFile(AsText(age_bytes)));
  Certificate sealing = TRY(Certificate::LoadPem(AsText(TRY(Read(files, folder + "/recipient.crt")))));
  Certificate tls = TRY(Certificate::LoadPem(AsText(TRY(Read(files, folder + "/tls.crt")))));
  std::string sender_ca(AsText(TRY(Read(files, folder + "/sender-ca.crt"))));
  return NodeKeys{.message_key = SigningKey(std::move(*seed)),
                  .envelope_identity = std::move(identity),
                  .sealing = std::move(sealing),
                  .tls = std::move(tls),
                  .sender_ca = std::move(sender_ca)};
}

}  // namespace crossguard
