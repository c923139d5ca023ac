#include "crypto/x509.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "crypto/digest.h"
#include "crypto/openssl_raii.h"

namespace crossguard {
namespace {

using namespace crypto::openssl;  // NOLINT: this room's own words

using ParamBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Params = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using Context = Owned<BN_CTX, BN_CTX_free>;

constexpr int kRsaBitsMin = 2048;
constexpr size_t kSerialBytes = 16;

// Never asks a person at a terminal.
int NoPassphrase(char*, int, int, void*) {
  return -1;
}

Status CheckKind(const EVP_PKEY* key) {
  const int kind = EVP_PKEY_get_base_id(key);
  if (kind == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) >= kRsaBitsMin) return {};
  if (kind == EVP_PKEY_EC && EVP_PKEY_get_security_bits(key) >= 128) return {};
  return Fail(Code::kUnsupported,
              "The key must be EC (P-256 or larger) or RSA of 2,048 bits or more: make such a key.");
}

Instant ToInstant(const ASN1_TIME* time) {
  std::tm parts{};
  CHECK(time != nullptr && ASN1_TIME_to_tm(time, &parts) == 1);  // checked when the certificate was loaded
  return {static_cast<int64_t>(timegm(&parts)) * kMicrosPerSecond};
}

bool HasReadableTimes(const X509* certificate) {
  std::tm parts{};
  const ASN1_TIME* before = X509_get0_notBefore(certificate);
  const ASN1_TIME* after = X509_get0_notAfter(certificate);
  return before != nullptr && after != nullptr && ASN1_TIME_to_tm(before, &parts) == 1 &&
         ASN1_TIME_to_tm(after, &parts) == 1;
}

Status CheckCertificate(const X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr || !HasReadableTimes(certificate)) {
    return FailClean(Code::kInvalid, "The certificate has no usable key or dates: ask its owner for a valid one.");
  }
  return CheckKind(key);
}

std::unexpected<Error> NotACertificate() {
  return FailClean(Code::kInvalid, "This is not an X.509 certificate: give it as PEM or DER, whole.");
}

bool AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const CertExtension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool AddName(X509_NAME* name, const char* field, const std::string& value) {
  if (value.empty()) return true;
  return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

// One label (RFC 1123), so that it cannot bring further names into the extension's text.
bool IsDnsLabel(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::ranges::all_of(text, fits);
}

Status CheckSpec(const CertificateSpec& spec) {
  const auto is_name = [](const std::string& text) {
    for (const char c : text) {
      if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) return false;
    }
    return text.size() <= 64 && IsUtf8(text);
  };
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const bool country_fits =
      spec.country.empty() || (spec.country.size() == 2 && is_capital(spec.country[0]) && is_capital(spec.country[1]));
  if (spec.common_name.empty() || !is_name(spec.common_name) || !is_name(spec.organization) || !country_fits) {
    return Fail(Code::kInvalid, "A certificate needs a name of 1 to 64 characters and a country of two capitals.");
  }
  if ((spec.use == CertificateUse::kTls) != IsDnsLabel(spec.dns_name)) {
    return Fail(Code::kInvalid, "A certificate for TLS, and no other, needs a DNS name of a-z, 0-9 and '-'.");
  }
  if (spec.not_after <= spec.not_before || spec.not_before.micros < 0) {
    return Fail(Code::kInvalid, "A certificate must end after it begins: give its two dates in order.");
  }
  return {};
}

const char* KeyUsage(CertificateUse use, const EVP_PKEY* key) {
  switch (use) {
    case CertificateUse::kAuthority:
      return "critical,keyCertSign,cRLSign";
    case CertificateUse::kSigner:
    case CertificateUse::kTls:
      return "critical,digitalSignature";
    case CertificateUse::kRecipient:
      break;
  }
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? "critical,keyEncipherment" : "critical,keyAgreement";
}

}  // namespace

// --- Keys -----------------------------------------------------------------------------------------------------------

void PrivateKey::Free::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

PrivateKey PrivateKey::MakeP256(Random& random) {
  const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  CHECK(group != nullptr);
  BigNumber scalar;
  do {  // a number below the group's order, by rejection: 2^-32 of the draws fall away
    const SecretKey draw = SecretKey::Make(random);
    scalar.reset(BN_bin2bn(draw.reveal().data(), SecretKey::kSize, nullptr));
    CHECK(scalar != nullptr);
  } while (BN_is_zero(scalar.get()) == 1 || BN_cmp(scalar.get(), EC_GROUP_get0_order(group.get())) >= 0);
  BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
  const Point point(EC_POINT_new(group.get()));
  const Context context(BN_CTX_new());
  std::array<uint8_t, 65> encoded{};
  CHECK(point != nullptr && context != nullptr &&
        EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr, context.get()) == 1 &&
        EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(), encoded.size(),
                           context.get()) == encoded.size());
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  CHECK(builder != nullptr &&
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size()) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get()) == 1);
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const PkeyCtx maker(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  CHECK(params != nullptr && maker != nullptr && EVP_PKEY_fromdata_init(maker.get()) == 1 &&
        EVP_PKEY_fromdata(maker.get(), &key, EVP_PKEY_KEYPAIR, params.get()) == 1);
  return PrivateKey(key);
}

Result<PrivateKey> PrivateKey::LoadPem(std::string_view pem) {
  const auto fail = [] {
    return FailClean(Code::kInvalid, "This is not a private key in PEM without a passphrase: give it unlocked.");
  };
  // Looked at first: OpenSSL makes ready for every kind of key there is before it reads the first byte.
  if (pem.size() > kPemMaxBytes || pem.find("-----BEGIN ") == std::string_view::npos) return fail();
  const Bio bio = ReadingBio(AsBytes(pem));
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (key.handle() == nullptr) return fail();
  TRY(CheckKind(key.handle()));
  return key;
}

std::string PrivateKey::RevealPem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK(bio != nullptr &&
        PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  Bytes bytes = TakeBytes(bio.get());
  const CleanseAtExit cleanse(bytes);
  return std::string(AsText(bytes));
}

// --- Certificates ---------------------------------------------------------------------------------------------------

Certificate::Certificate(x509_st* certificate) : certificate_(certificate, X509_free) {}

Result<std::vector<Certificate>> Certificate::LoadPemFile(std::string_view pem) {
  if (pem.size() > kPemMaxBytes) return NotACertificate();
  const Bio bio = ReadingBio(AsBytes(pem));
  std::vector<Certificate> out;
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr)) {
    out.push_back(Certificate(one));
    TRY(CheckCertificate(one));
    if (out.size() > kCertificatesPerFileMax) {
      return FailClean(Code::kExhausted, "The certificate file holds more than 64: split it.");
    }
  }
  // The loop ends well only by finding no further PEM block.
  if (out.empty() || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) return NotACertificate();
  ERR_clear_error();
  return out;
}

Result<Certificate> Certificate::LoadPem(std::string_view pem) {
  std::vector<Certificate> all = TRY(LoadPemFile(pem));
  if (all.size() != 1) return Fail(Code::kInvalid, "The file holds more than one certificate: give exactly one.");
  return all.front();
}

Result<Certificate> Certificate::LoadDer(ByteView der) {
  if (der.size() > kPemMaxBytes) return NotACertificate();
  const uint8_t* next = Data(der);
  X509* parsed = d2i_X509(nullptr, &next, static_cast<long>(der.size()));
  if (parsed == nullptr) return NotACertificate();
  Certificate out(parsed);
  if (next != Data(der) + der.size()) return NotACertificate();
  TRY(CheckCertificate(parsed));
  return out;
}

std::string Certificate::Pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK(bio != nullptr && PEM_write_bio_X509(bio.get(), certificate_.get()) == 1);
  return std::string(AsText(TakeBytes(bio.get())));
}

Bytes Certificate::Der() const {
  const int size = i2d_X509(certificate_.get(), nullptr);
  CHECK(size > 0);
  Bytes out(static_cast<size_t>(size));
  uint8_t* next = out.data();
  CHECK(i2d_X509(certificate_.get(), &next) == size);
  return out;
}

Sha256 Certificate::Fingerprint() const {
  return HashSha256(Der());
}

Sha256 Certificate::KeyFingerprint() const {
  const X509_PUBKEY* key = X509_get_X509_PUBKEY(certificate_.get());
  const int size = i2d_X509_PUBKEY(key, nullptr);
  CHECK(size > 0);
  Bytes der(static_cast<size_t>(size));
  uint8_t* next = der.data();
  CHECK(i2d_X509_PUBKEY(key, &next) == size);
  return HashSha256(der);
}

std::string Certificate::CommonName() const {
  const X509_NAME* name = X509_get_subject_name(certificate_.get());
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) {
    ERR_clear_error();
    return {};
  }
  std::string out(reinterpret_cast<const char*>(utf8), static_cast<size_t>(size));
  OPENSSL_free(utf8);
  return ToValidUtf8(out);
}

Instant Certificate::NotBefore() const {
  return ToInstant(X509_get0_notBefore(certificate_.get()));
}
Instant Certificate::NotAfter() const {
  return ToInstant(X509_get0_notAfter(certificate_.get()));
}

Status Certificate::CheckValidAt(Instant at) const {
  const std::string name = "The certificate " + Fingerprint().hex().substr(0, 16);
  if (at < NotBefore()) {
    return Fail(Code::kDenied, name + " is not valid before " + DateText(NotBefore()) + ": wait, or use an older one.");
  }
  // NotAfter names the last valid second (RFC 5280 §4.1.2.5).
  if (at.micros >= NotAfter().micros + kMicrosPerSecond) {
    return Fail(Code::kDenied, name + " expired on " + DateText(NotAfter()) + ": ask its owner for the renewed one.");
  }
  return {};
}

bool Certificate::BelongsTo(const PrivateKey& key) const {
  const bool fits = X509_check_private_key(certificate_.get(), key.handle()) == 1;
  if (!fits) ERR_clear_error();
  return fits;
}

// authority: null for a certificate that signs itself.
Result<Certificate> IssueCertificate(const CertificateSpec& spec, const PrivateKey& subject_key,
                                     const Certificate* authority, const PrivateKey& authority_key, Random& random) {
  TRY(CheckSpec(spec));
  Cert made(X509_new());
  CHECK(made != nullptr);
  X509* const issuer = authority == nullptr ? made.get() : authority->handle();

  auto serial_bytes = random.Take<kSerialBytes>();
  serial_bytes[0] = static_cast<uint8_t>((serial_bytes[0] & 0x7fU) | 0x40U);  // positive, and of one length
  const BigNumber serial(BN_bin2bn(serial_bytes.data(), kSerialBytes, nullptr));
  const DistinguishedName name(X509_NAME_new());
  const Time before(ASN1_TIME_set(nullptr, static_cast<time_t>(spec.not_before.micros / kMicrosPerSecond)));
  const Time after(ASN1_TIME_set(nullptr, static_cast<time_t>(spec.not_after.micros / kMicrosPerSecond)));
  const bool is_authority = spec.use == CertificateUse::kAuthority;
  const bool is_tls = spec.use == CertificateUse::kTls;
  const bool filled =
      serial != nullptr && name != nullptr && before != nullptr && after != nullptr &&
      X509_set_version(made.get(), X509_VERSION_3) == 1 &&
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(made.get())) != nullptr &&
      AddName(name.get(), "C", spec.country) && AddName(name.get(), "O", spec.organization) &&
      AddName(name.get(), "CN", spec.common_name) && X509_set_subject_name(made.get(), name.get()) == 1 &&
      X509_set_issuer_name(made.get(), X509_get_subject_name(issuer)) == 1 &&
      X509_set1_notBefore(made.get(), before.get()) == 1 && X509_set1_notAfter(made.get(), after.get()) == 1 &&
      X509_set_pubkey(made.get(), subject_key.handle()) == 1 &&
      AddExtension(made.get(), issuer, NID_basic_constraints,
                   is_authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE") &&
      AddExtension(made.get(), issuer, NID_key_usage, KeyUsage(spec.use, subject_key.handle())) &&
      (is_authority ||
       AddExtension(made.get(), issuer, NID_ext_key_usage, is_tls ? "serverAuth,clientAuth" : "emailProtection")) &&
      (!is_tls || AddExtension(made.get(), issuer, NID_subject_alt_name, ("DNS:" + spec.dns_name).c_str())) &&
      AddExtension(made.get(), issuer, NID_subject_key_identifier, "hash") &&
      AddExtension(made.get(), issuer, NID_authority_key_identifier, "keyid:always") &&
      X509_sign(made.get(), authority_key.handle(), EVP_sha256()) > 0;
  if (!filled) {
    return FailClean(Code::kInvalid, "The certificate cannot be made: check the names, dates and keys given for it.");
  }
  return Certificate(made.release());
}

Result<Certificate> MakeSelfSigned(const CertificateSpec& spec, const PrivateKey& key, Random& random) {
  return IssueCertificate(spec, key, nullptr, key, random);
}

Result<Certificate> MakeCertificate(const CertificateSpec& spec, const PrivateKey& subject_key,
                                    const Certificate& authority, const PrivateKey& authority_key, Random& random) {
  if (!authority.BelongsTo(authority_key)) {
    return Fail(Code::kInvalid, "The authority's key and certificate do not belong together: give a pair.");
  }
  return IssueCertificate(spec, subject_key, &authority, authority_key, random);
}

}  // namespace crossguard
