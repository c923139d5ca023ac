#include "crypto/cms.h"

#include <gtest/gtest.h>

#include "crypto/command_for_test.h"
#include "env/random.h"

namespace crossguard {
namespace {

constexpr int64_t kDay = kMicrosPerDay;
// The openssl program checks against the machine's clock, so what it shall accept is valid for long around any today.
const Instant kFrom = *ParseInstant("2020-01-01T00:00:00Z");
const Instant kUntil = *ParseInstant("2090-01-01T00:00:00Z");
const Instant kAt = *ParseInstant("2024-06-01T12:00:00Z");

class Pki : public testing::Test {
 protected:
  CertificateSpec Spec(const std::string& name, CertificateUse use, Instant from = kFrom, Instant until = kUntil) {
    return {.common_name = name,
            .organization = "Example Authority",
            .country = "NO",
            .use = use,
            .not_before = from,
            .not_after = until};
  }
  Certificate Issue(const std::string& name, CertificateUse use, const PrivateKey& key, Instant from = kFrom,
                    Instant until = kUntil) {
    return *MakeCertificate(Spec(name, use, from, until), key, ca, ca_key, random);
  }
  // An RSA recipient, made by the stock program.
  std::pair<Certificate, PrivateKey> RsaRecipient() {
    EXPECT_TRUE(
        folder.Run("openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.crt -days 20000 "
                   "-not_before 20200101000000Z -subj '/CN=rsa.example' 2>/dev/null || "
                   "openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.crt -days 20000 "
                   "-subj '/CN=rsa.example'"))
        << folder.Output();
    return {*Certificate::LoadPem(AsText(folder.Read("rsa.crt"))),
            *PrivateKey::LoadPem(AsText(folder.Read("rsa.key")))};
  }

  SeededRandom random{21};
  TestFolder folder;
  PrivateKey ca_key = PrivateKey::MakeP256(random);
  Certificate ca = *MakeSelfSigned(Spec("Example CA", CertificateUse::kAuthority), ca_key, random);
  PrivateKey signer_key = PrivateKey::MakeP256(random);
  Certificate signer = Issue("sender.example", CertificateUse::kSigner, signer_key);
  PrivateKey recipient_key = PrivateKey::MakeP256(random);
  Certificate recipient = Issue("recipient.example", CertificateUse::kRecipient, recipient_key);
  Bytes content = ToBytes("a small content,\nwith a line and a \r in it");
};

// --- Keys and certificates ------------------------------------------------------------------------------------------

TEST_F(Pki, KeysComeFromTheGivenRandomnessAndSurviveTheirPem) {
  SeededRandom one(5);
  SeededRandom two(5);
  const PrivateKey key = PrivateKey::MakeP256(one);
  EXPECT_EQ(key.RevealPem(), PrivateKey::MakeP256(two).RevealPem());
  EXPECT_NE(key.RevealPem(), PrivateKey::MakeP256(two).RevealPem());
  EXPECT_EQ(PrivateKey::LoadPem(key.RevealPem())->RevealPem(), key.RevealPem());
  folder.Write("key.pem", key.RevealPem());
  EXPECT_TRUE(folder.Run("openssl pkey -in key.pem -check -noout")) << folder.Output();
}

TEST_F(Pki, UnusableKeysAreRefused) {
  EXPECT_EQ(PrivateKey::LoadPem("nothing").error().code, Code::kInvalid);
  ASSERT_TRUE(folder.Run(
      "openssl genrsa -out weak.pem 1024; openssl genpkey -algorithm ed25519 -out ed.pem; "
      "openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -passout pass:x -out locked.pem"));
  EXPECT_EQ(PrivateKey::LoadPem(AsText(folder.Read("weak.pem"))).error().code, Code::kUnsupported);
  EXPECT_EQ(PrivateKey::LoadPem(AsText(folder.Read("ed.pem"))).error().code, Code::kUnsupported);
  EXPECT_EQ(PrivateKey::LoadPem(AsText(folder.Read("locked.pem"))).error().code, Code::kInvalid);
}

TEST_F(Pki, TheStockProgramAcceptsTheCertificatesForTheirUse) {
  folder.Write("ca.crt", ca.Pem());
  folder.Write("signer.crt", signer.Pem());
  folder.Write("recipient.crt", recipient.Pem());
  EXPECT_TRUE(folder.Run("openssl verify -x509_strict -purpose smimesign -CAfile ca.crt signer.crt"))
      << folder.Output();
  EXPECT_TRUE(folder.Run("openssl verify -x509_strict -CAfile ca.crt recipient.crt")) << folder.Output();
  EXPECT_FALSE(folder.Run("openssl verify -purpose smimesign -CAfile ca.crt recipient.crt"));
  ASSERT_TRUE(
      folder.Run("openssl x509 -in signer.crt -noout -fingerprint -sha256 | tr -d ':' | tr A-F a-f | cut -d= -f2"));
  EXPECT_EQ(folder.Output(), signer.Fingerprint().hex() + "\n");
  ASSERT_TRUE(folder.Run(
      "openssl x509 -in signer.crt -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -c1-64"));
  EXPECT_EQ(folder.Output(), signer.KeyFingerprint().hex() + "\n");
}

TEST_F(Pki, ACertificateForTlsServesAndCallsUnderItsDnsNameAndSignsNoPackage) {
  CertificateSpec spec{.common_name = "at-bk", .use = CertificateUse::kTls, .not_before = kFrom, .not_after = kUntil};
  EXPECT_EQ(MakeCertificate(spec, signer_key, ca, ca_key, random).error().code, Code::kInvalid) << "no DNS name";
  spec.dns_name = "at-bk,DNS:gb-nca";
  EXPECT_EQ(MakeCertificate(spec, signer_key, ca, ca_key, random).error().code, Code::kInvalid) << "a second name";
  spec.dns_name = "at-bk";
  const Certificate tls = MakeCertificate(spec, signer_key, ca, ca_key, random).value();
  folder.Write("ca.crt", ca.Pem());
  folder.Write("tls.crt", tls.Pem());
  for (const char* purpose : {"sslserver", "sslclient"})
    EXPECT_TRUE(folder.Run("openssl verify -x509_strict -verify_hostname at-bk -purpose " +
                           std::string(purpose) + " -CAfile ca.crt tls.crt"))
        << folder.Output();
  EXPECT_FALSE(folder.Run("openssl verify -verify_hostname gb-nca -CAfile ca.crt tls.crt"));
  EXPECT_FALSE(folder.Run("openssl verify -purpose smimesign -CAfile ca.crt tls.crt"));
  spec.use = CertificateUse::kSigner;
  EXPECT_FALSE(MakeCertificate(spec, signer_key, ca, ca_key, random)) << "a DNS name is for TLS only";
}

TEST_F(Pki, ACertificateTellsItsFactsAndSurvivesPemAndDer) {
  EXPECT_EQ(signer.CommonName(), "sender.example");
  EXPECT_EQ(signer.NotBefore(), kFrom);
  EXPECT_EQ(signer.NotAfter(), kUntil);
  EXPECT_TRUE(signer.BelongsTo(signer_key));
  EXPECT_FALSE(signer.BelongsTo(ca_key));
  EXPECT_EQ(*Certificate::LoadPem(signer.Pem()), signer);
  EXPECT_EQ(*Certificate::LoadDer(signer.Der()), signer);
  Bytes longer = signer.Der();
  longer.push_back(0);
  EXPECT_FALSE(Certificate::LoadDer(longer).has_value());
  EXPECT_FALSE(Certificate::LoadPem(signer.Pem() + ca.Pem()).has_value());
  EXPECT_EQ(Certificate::LoadPemFile(signer.Pem() + ca.Pem())->size(), 2U);
  EXPECT_FALSE(
      Certificate::LoadPemFile(signer.Pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(Certificate::LoadPemFile("").has_value());
}

TEST_F(Pki, ACertificateIsValidFromItsFirstToItsLastSecond) {
  EXPECT_TRUE(signer.CheckValidAt(kFrom).has_value());
  EXPECT_TRUE(signer.CheckValidAt(kUntil).has_value());
  EXPECT_EQ(signer.CheckValidAt({kFrom.micros - 1}).error().code, Code::kDenied);
  EXPECT_EQ(signer.CheckValidAt({kUntil.micros + kMicrosPerSecond}).error().code, Code::kDenied);
}

TEST_F(Pki, ASpecThatMakesNoSenseIsRefused) {
  EXPECT_FALSE(MakeSelfSigned(Spec("", CertificateUse::kSigner), ca_key, random));
  EXPECT_FALSE(MakeSelfSigned(Spec(std::string(65, 'a'), CertificateUse::kSigner), ca_key, random));
  EXPECT_FALSE(MakeSelfSigned(Spec("a", CertificateUse::kSigner, kUntil, kFrom), ca_key, random));
  CertificateSpec spec = Spec("a", CertificateUse::kSigner);
  spec.country = "no";
  EXPECT_FALSE(MakeSelfSigned(spec, ca_key, random));
  EXPECT_FALSE(MakeCertificate(Spec("a", CertificateUse::kSigner), signer_key, ca, signer_key, random));
}

// --- Envelopes ------------------------------------------------------------------------------------------------------

TEST_F(Pki, TheStockProgramOpensOurEnvelopeWithEitherKindOfKey) {
  const auto [rsa, rsa_key] = RsaRecipient();
  const Instant at{std::max(kAt.micros, rsa.NotBefore().micros)};
  folder.Write("key.cms", *SealEnvelope(content, std::vector<Certificate>{recipient, rsa}, at));
  folder.Write("ec.crt", recipient.Pem());
  folder.Write("ec.key", recipient_key.RevealPem());
  for (const std::string kind : {"ec", "rsa"}) {
    ASSERT_TRUE(folder.Run("openssl cms -decrypt -binary -inform DER -in key.cms -recip " + kind + ".crt -inkey " +
                           kind + ".key -out plain"))
        << folder.Output();
    EXPECT_EQ(folder.Read("plain"), content);
  }
}

TEST_F(Pki, WeOpenWhatTheStockProgramSealsAndWhatWeSeal) {
  const auto [rsa, rsa_key] = RsaRecipient();
  const Instant at{std::max(kAt.micros, rsa.NotBefore().micros)};
  folder.Write("ec.crt", recipient.Pem());
  folder.Write("plain", content);
  ASSERT_TRUE(folder.Run(
      "openssl cms -encrypt -binary -aes-256-gcm -in plain -outform DER -out key.cms -recip ec.crt -recip rsa.crt"))
      << folder.Output();
  const Bytes theirs = folder.Read("key.cms");
  const Bytes ours = *SealEnvelope(content, std::vector<Certificate>{rsa, recipient}, at);
  for (const Bytes& envelope : {theirs, ours}) {
    EXPECT_EQ(OpenEnvelope(envelope, recipient, recipient_key), content);
    EXPECT_EQ(OpenEnvelope(envelope, rsa, rsa_key), content);
  }
  ASSERT_TRUE(
      folder.Run("openssl cms -encrypt -binary -aes-256-cbc -in plain -outform DER -out old.cms -recip ec.crt"));
  EXPECT_EQ(OpenEnvelope(folder.Read("old.cms"), recipient, recipient_key).error().code, Code::kUnsupported);
}

TEST_F(Pki, AnEnvelopeOfAnySizeUpToTheLimitComesBack) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{1000}, kEnvelopeContentMaxBytes}) {
    Bytes some(size);
    random.Fill(some);
    EXPECT_EQ(OpenEnvelope(*SealEnvelope(some, std::span(&recipient, 1), kAt), recipient, recipient_key), some);
  }
  EXPECT_EQ(SealEnvelope(Bytes(kEnvelopeContentMaxBytes + 1), std::span(&recipient, 1), kAt).error().code,
            Code::kInvalid);
  EXPECT_EQ(SealEnvelope(content, {}, kAt).error().code, Code::kInvalid);
}

TEST_F(Pki, AnEnvelopeIsDeniedToEverybodyElse) {
  const Bytes envelope = *SealEnvelope(content, std::span(&recipient, 1), kAt);
  const PrivateKey other_key = PrivateKey::MakeP256(random);
  const Certificate other = Issue("other.example", CertificateUse::kRecipient, other_key);
  EXPECT_EQ(OpenEnvelope(envelope, other, other_key).error().code, Code::kDenied);
  EXPECT_EQ(OpenEnvelope(envelope, recipient, other_key).error().code, Code::kDenied);
}

TEST_F(Pki, NothingIsSealedToACertificateThatIsExpiredOrNotMeantForIt) {
  const Certificate expired =
      Issue("old.example", CertificateUse::kRecipient, recipient_key, kFrom, {kAt.micros - kDay});
  const auto refused = SealEnvelope(content, std::span(&expired, 1), kAt);
  EXPECT_EQ(refused.error().code, Code::kDenied);
  EXPECT_NE(refused.error().message.find("expired on 2024-05-31"), std::string::npos) << refused.error().message;
  EXPECT_EQ(SealEnvelope(content, std::span(&signer, 1), kAt).error().code, Code::kDenied);
}

TEST_F(Pki, NoFlippedBitChangesWhatAnEnvelopeYieldsAndNoCutOneOpens) {
  const Bytes envelope = *SealEnvelope(content, std::span(&recipient, 1), kAt);
  size_t rejected = 0;
  for (size_t bit = 0; bit < envelope.size() * 8; ++bit) {
    Bytes bad = envelope;
    bad[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    const auto opened = OpenEnvelope(bad, recipient, recipient_key);
    if (opened) {
      ASSERT_EQ(*opened, content) << bit;
    } else {
      ++rejected;
      ASSERT_TRUE(opened.error().code == Code::kCorrupt || opened.error().code == Code::kDenied ||
                  opened.error().code == Code::kUnsupported);
    }
  }
  EXPECT_GT(rejected, envelope.size() * 8 * 95 / 100);
  for (size_t size = 0; size < envelope.size(); ++size) {
    ASSERT_FALSE(OpenEnvelope(ByteView(envelope).first(size), recipient, recipient_key).has_value()) << size;
  }
  Bytes longer = envelope;
  longer.push_back(0);
  EXPECT_EQ(OpenEnvelope(longer, recipient, recipient_key).error().code, Code::kCorrupt);
}

TEST_F(Pki, AShortenedAuthenticationTagIsRefused) {
  // The mac is the last field: cut it to 4 bytes and mend every length above it, as a forger would.
  Bytes envelope = *SealEnvelope(content, std::span(&recipient, 1), kAt);
  const size_t cut = 12;
  ASSERT_EQ(envelope[envelope.size() - 17], 16);
  envelope[envelope.size() - 17] = 4;
  envelope.erase(envelope.end() - static_cast<std::ptrdiff_t>(cut), envelope.end());
  // SEQUENCE, [0], SEQUENCE: each with a two-byte length, nested at the end of one another.
  size_t at = 0;
  for (int level = 0; level < 3; ++level) {
    ASSERT_EQ(envelope[at + 1], 0x82);
    const size_t length = (size_t{envelope[at + 2]} << 8U) + envelope[at + 3] - cut;
    envelope[at + 2] = static_cast<uint8_t>(length >> 8U);
    envelope[at + 3] = static_cast<uint8_t>(length);
    at += 4;
    if (level == 0) at += size_t{2} + envelope[at + 1];  // the content type
  }
  EXPECT_EQ(OpenEnvelope(envelope, recipient, recipient_key).error().code, Code::kCorrupt);
}

// --- Signatures -----------------------------------------------------------------------------------------------------

TEST_F(Pki, TheStockProgramVerifiesOurSignature) {
  folder.Write("content", content);
  folder.Write("content.p7s", *SignDetached(content, signer, signer_key, {}, kAt));
  folder.Write("ca.crt", ca.Pem());
  const std::string verify =
      "openssl cms -verify -binary -inform DER -in content.p7s -content content -CAfile ca.crt -out /dev/null";
  EXPECT_TRUE(folder.Run(verify)) << folder.Output();
  EXPECT_TRUE(folder.Run(verify + " -cades")) << folder.Output();
  folder.Write("content", "another content");
  EXPECT_FALSE(folder.Run(verify));
}

TEST_F(Pki, WeVerifyWhatTheStockProgramSigns) {
  folder.Write("content", content);
  folder.Write("signer.crt", signer.Pem());
  folder.Write("signer.key", signer_key.RevealPem());
  for (const std::string extra : {"", " -cades"}) {
    ASSERT_TRUE(
        folder.Run("openssl cms -sign -binary -md sha256 -in content -signer signer.crt -inkey signer.key -outform DER "
                   "-out s.p7s" +
                   extra))
        << folder.Output();
    const auto verified =
        VerifyDetached(folder.Read("s.p7s"), content, std::span(&ca, 1), kAt, SignatureForm::kAnyStandard);
    ASSERT_TRUE(verified.has_value()) << verified.error().message;
    EXPECT_EQ(verified->signer, signer);
  }
  ASSERT_TRUE(folder.Run(
      "openssl cms -sign -binary -md sha1 -in content -signer signer.crt -inkey signer.key -outform DER -out s.p7s"));
  EXPECT_EQ(VerifyDetached(folder.Read("s.p7s"), content, std::span(&ca, 1), kAt).error().code, Code::kUnsupported);
  ASSERT_TRUE(folder.Run(
      "openssl cms -sign -binary -nodetach -in content -signer signer.crt -inkey signer.key -outform DER -out s.p7s"));
  EXPECT_EQ(VerifyDetached(folder.Read("s.p7s"), content, std::span(&ca, 1), kAt).error().code, Code::kUnsupported);
}

TEST_F(Pki, ASignatureSaysWhoAndWhenAndEndsWithTheCertificate) {
  const Bytes signature = *SignDetached(content, signer, signer_key, {}, kAt);
  const auto verified = VerifyDetached(signature, content, std::span(&ca, 1), {kAt.micros + 5 * kDay});
  ASSERT_TRUE(verified.has_value()) << verified.error().message;
  EXPECT_EQ(verified->signer, signer);
  EXPECT_EQ(verified->claimed_at, kAt);
  for (const Instant when : {Instant{kUntil.micros + kDay}, Instant{kFrom.micros - kDay}}) {
    EXPECT_EQ(VerifyDetached(signature, content, std::span(&ca, 1), when).error().code, Code::kDenied);
  }
  EXPECT_EQ(SignDetached(content, signer, signer_key, {}, {kUntil.micros + kDay}).error().code, Code::kDenied);
  EXPECT_EQ(SignDetached(content, signer, ca_key, {}, kAt).error().code, Code::kInvalid);
}

TEST_F(Pki, AnotherContentIsCorruptAndAnotherAuthorityIsDenied) {
  const Bytes signature = *SignDetached(content, signer, signer_key, {}, kAt);
  for (size_t bit = 0; bit < content.size() * 8; ++bit) {
    Bytes bad = content;
    bad[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    ASSERT_EQ(VerifyDetached(signature, bad, std::span(&ca, 1), kAt).error().code, Code::kCorrupt);
  }
  const PrivateKey other_key = PrivateKey::MakeP256(random);
  const Certificate other = *MakeSelfSigned(Spec("Other CA", CertificateUse::kAuthority), other_key, random);
  const Certificate namesake = *MakeSelfSigned(Spec("Example CA", CertificateUse::kAuthority), other_key, random);
  EXPECT_EQ(VerifyDetached(signature, content, std::span(&other, 1), kAt).error().code, Code::kDenied);
  EXPECT_EQ(VerifyDetached(signature, content, std::span(&namesake, 1), kAt).error().code, Code::kDenied);
  EXPECT_EQ(VerifyDetached(signature, content, {}, kAt).error().code, Code::kDenied);
  EXPECT_TRUE(VerifyDetached(signature, content, std::vector<Certificate>{other, ca}, kAt).has_value());
}

TEST_F(Pki, ACertificateForReceivingDoesNotSign) {
  const Bytes signature = *SignDetached(content, recipient, recipient_key, {}, kAt);
  EXPECT_EQ(VerifyDetached(signature, content, std::span(&ca, 1), kAt).error().code, Code::kDenied);
}

TEST_F(Pki, ASelfMadeSignerIsNotTrustedBecauseItBringsItsOwnAuthority) {
  const PrivateKey fake_ca_key = PrivateKey::MakeP256(random);
  const Certificate fake_ca = *MakeSelfSigned(Spec("Example CA", CertificateUse::kAuthority), fake_ca_key, random);
  const Certificate fake =
      *MakeCertificate(Spec("sender.example", CertificateUse::kSigner), signer_key, fake_ca, fake_ca_key, random);
  const Bytes signature = *SignDetached(content, fake, signer_key, std::span(&fake_ca, 1), kAt);
  EXPECT_EQ(VerifyDetached(signature, content, std::span(&ca, 1), kAt).error().code, Code::kDenied);
}

TEST_F(Pki, EveryFlippedBitAndEveryTruncationOfASignatureIsFound) {
  const Bytes signature = *SignDetached(content, signer, signer_key, {}, kAt);
  for (size_t bit = 0; bit < signature.size() * 8; ++bit) {
    Bytes bad = signature;
    bad[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    ASSERT_FALSE(VerifyDetached(bad, content, std::span(&ca, 1), kAt).has_value()) << bit;
    if (bit % 7 != 0) continue;  // enough of them, for each costs three signature checks
    // In any standard form, what the signature does not cover may change; who signed what and when may not.
    const auto lenient = VerifyDetached(bad, content, std::span(&ca, 1), kAt, SignatureForm::kAnyStandard);
    if (lenient) {
      ASSERT_EQ(lenient->signer, signer);
      ASSERT_EQ(lenient->claimed_at, kAt);
    }
  }
  for (size_t size = 0; size < signature.size(); ++size) {
    ASSERT_FALSE(VerifyDetached(ByteView(signature).first(size), content, std::span(&ca, 1), kAt).has_value()) << size;
  }
}

TEST_F(Pki, OurOwnFormHoldsForRsaAndForAChain) {
  // An intermediate authority, and an RSA signer below it, made by the stock program.
  folder.Write("ca.crt", ca.Pem());
  folder.Write("ca.key", ca_key.RevealPem());
  ASSERT_TRUE(folder.Run(
      "openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.crt -days 20000 -subj '/CN=root.example' "
      "&& "
      "printf 'basicConstraints=critical,CA:TRUE\n' > ca.ext && printf 'keyUsage=digitalSignature\n' > leaf.ext && "
      "openssl req -new -newkey rsa:2048 -nodes -keyout mid.key -out mid.csr -subj '/CN=mid.example' && "
      "openssl x509 -req -in mid.csr -CA root.crt -CAkey root.key -CAcreateserial -days 19000 -extfile ca.ext -out "
      "mid.crt && "
      "openssl req -new -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj '/CN=leaf.example' && "
      "openssl x509 -req -in leaf.csr -CA mid.crt -CAkey mid.key -CAcreateserial -days 18000 -extfile leaf.ext -out "
      "leaf.crt"))
      << folder.Output();
  const auto load = [&](const std::string& name) { return *Certificate::LoadPem(AsText(folder.Read(name))); };
  const Certificate root = load("root.crt");
  const Certificate middle = load("mid.crt");
  const Certificate leaf = load("leaf.crt");
  const PrivateKey leaf_key = *PrivateKey::LoadPem(AsText(folder.Read("leaf.key")));
  const Instant at{leaf.NotBefore().micros + kDay};
  const Bytes signature = *SignDetached(content, leaf, leaf_key, std::span(&middle, 1), at);
  const auto verified = VerifyDetached(signature, content, std::span(&root, 1), at);
  ASSERT_TRUE(verified.has_value()) << verified.error().message;
  EXPECT_EQ(verified->signer, leaf);
  // without the middle, the chain does not reach the root
  const Bytes alone = *SignDetached(content, leaf, leaf_key, {}, at);
  EXPECT_EQ(VerifyDetached(alone, content, std::span(&root, 1), at).error().code, Code::kDenied);
  // a certificate that has nothing to do with it is not in our form
  const Bytes crowded = *SignDetached(content, leaf, leaf_key, std::vector<Certificate>{middle, ca}, at);
  EXPECT_EQ(VerifyDetached(crowded, content, std::span(&root, 1), at).error().code, Code::kCorrupt);
  EXPECT_TRUE(VerifyDetached(crowded, content, std::span(&root, 1), at, SignatureForm::kAnyStandard).has_value());
}

}  // namespace
}  // namespace crossguard
