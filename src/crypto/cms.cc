#include "crypto/cms.h"

#include <openssl/asn1.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <ctime>
#include <optional>

#include "crypto/cms_form.h"
#include "crypto/openssl_raii.h"

namespace crossguard {
namespace {

using namespace crypto::openssl;  // NOLINT: this room's own words

struct FreeStackOnly {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
struct FreeStackDeep {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using BorrowedCerts = std::unique_ptr<STACK_OF(X509), FreeStackOnly>;
using OwnedCerts = std::unique_ptr<STACK_OF(X509), FreeStackDeep>;

constexpr int kChainDepthMax = 5;
constexpr int kSecurityLevel = 2;  // OpenSSL's level of 112 bits: no SHA-1, no RSA below 2,048
constexpr long kGcmTagBytes = 16;

std::unexpected<Error> BadEnvelope() {
  return FailClean(Code::kCorrupt, "The key envelope is not what was written: get the package again from its sender.");
}
std::unexpected<Error> BadSignature() {
  return FailClean(Code::kCorrupt,
                   "The signature does not fit the content: get both again from the sender, and rely on neither.");
}

// One DER element: what follows its head, and how it is tagged.
struct Element {
  int tag = 0;
  int tag_class = 0;
  bool constructed = false;
  ByteView content;
};

// Takes the next element off the front. nullopt at an error, or if its length is indefinite (BER, not DER).
std::optional<Element> TakeElement(ByteView& bytes) {
  if (bytes.empty()) return std::nullopt;
  const uint8_t* next = bytes.data();
  long length = 0;
  Element out;
  const int form = ASN1_get_object(&next, &length, &out.tag, &out.tag_class, static_cast<long>(bytes.size()));
  if ((form & 0x80) != 0 || (form & 1) != 0) {
    ERR_clear_error();
    return std::nullopt;
  }
  out.constructed = (form & V_ASN1_CONSTRUCTED) != 0;
  const size_t head = static_cast<size_t>(next - bytes.data());
  out.content = bytes.subspan(head, static_cast<size_t>(length));
  bytes = bytes.subspan(head + out.content.size());
  return out;
}

// GCM with a short tag is easy to forge, OpenSSL's reader takes tags from 4 bytes up, and its face does not tell the
// length: so the mac field of AuthEnvelopedData is looked up in the DER itself.
bool HasFullTag(ByteView envelope) {
  const auto content_info = TakeElement(envelope);
  if (!content_info || !envelope.empty()) return false;
  ByteView inside = content_info->content;
  if (!TakeElement(inside)) return false;  // the content type
  const auto wrapper = TakeElement(inside);
  if (!wrapper) return false;
  ByteView explicit_tag = wrapper->content;
  const auto authenticated = TakeElement(explicit_tag);
  if (!authenticated) return false;
  ByteView fields = authenticated->content;
  while (!fields.empty()) {
    const auto field = TakeElement(fields);
    if (!field) return false;
    if (field->tag_class == V_ASN1_UNIVERSAL && field->tag == V_ASN1_OCTET_STRING) {
      return !field->constructed && static_cast<long>(field->content.size()) == kGcmTagBytes;
    }
  }
  return false;
}

// Null if it is not one CMS ContentInfo with nothing after it.
Cms ParseCms(ByteView der) {
  if (der.size() > kCmsMaxBytes) return nullptr;
  const uint8_t* next = Data(der);
  Cms cms(d2i_CMS_ContentInfo(nullptr, &next, static_cast<long>(der.size())));
  if (cms == nullptr || next != Data(der) + der.size()) {
    ERR_clear_error();
    return nullptr;
  }
  return cms;
}

Result<Bytes> ToDer(const CMS_ContentInfo* cms) {
  const int size = i2d_CMS_ContentInfo(cms, nullptr);
  if (size <= 0) return FailClean(Code::kExhausted, "The CMS structure cannot be written: give less content.");
  Bytes out(static_cast<size_t>(size));
  uint8_t* next = out.data();
  CHECK(i2d_CMS_ContentInfo(cms, &next) == size);
  return out;
}

bool SetRecipientOptions(CMS_RecipientInfo* recipient) {
  EVP_PKEY_CTX* const options = CMS_RecipientInfo_get0_pkey_ctx(recipient);
  if (options == nullptr) return false;
  // OpenSSL's own choices would be SHA-1 in the key derivation and PKCS#1 v1.5 padding.
  if (CMS_RecipientInfo_type(recipient) == CMS_RECIPINFO_AGREE) {
    return EVP_PKEY_CTX_set_ecdh_kdf_md(options, EVP_sha256()) == 1;
  }
  return EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_OAEP_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(options, EVP_sha256()) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(options, EVP_sha256()) == 1;
}

// Is this recipient info for this certificate?
bool IsFor(CMS_RecipientInfo* recipient, X509* certificate) {
  if (CMS_RecipientInfo_type(recipient) == CMS_RECIPINFO_TRANS) {
    return CMS_RecipientInfo_ktri_cert_cmp(recipient, certificate) == 0;
  }
  if (CMS_RecipientInfo_type(recipient) != CMS_RECIPINFO_AGREE) return false;
  STACK_OF(CMS_RecipientEncryptedKey)* const keys = CMS_RecipientInfo_kari_get0_reks(recipient);
  for (int i = 0; i < sk_CMS_RecipientEncryptedKey_num(keys); ++i) {
    if (CMS_RecipientEncryptedKey_cert_cmp(sk_CMS_RecipientEncryptedKey_value(keys, i), certificate) == 0) return true;
  }
  return false;
}

// Why the chain did not hold, as what to do next.
std::unexpected<Error> ChainError(int reason, const Certificate& signer) {
  const std::string name = "The signer's certificate " + signer.Fingerprint().hex().substr(0, 16);
  switch (reason) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return FailClean(Code::kDenied,
                       name + " or its authority's had expired at that time: ask for a fresh signature.");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return FailClean(Code::kDenied, name + " or its authority's was not yet valid at that time: check the clock.");
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
      return FailClean(Code::kDenied, name + " is not meant for signing content: ask for a signature by one that is.");
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return FailClean(Code::kUnsupported, name + " uses keys or digests that are too weak: ask for a stronger one.");
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return FailClean(Code::kCorrupt, name + " is not what its authority issued: get the signature again.");
    default:
      return FailClean(Code::kDenied, name +
                                          " was issued by none of the trusted authorities: add its authority if you "
                                          "trust it.");
  }
}

Result<Store> MakeStore(std::span<const Certificate> authorities, Instant at) {
  Store store(X509_STORE_new());
  if (store == nullptr)
    return FailClean(Code::kExhausted, "There is no memory to check a certificate: close programs.");
  for (const Certificate& authority : authorities) CHECK(X509_STORE_add_cert(store.get(), authority.handle()) == 1);
  X509_VERIFY_PARAM* const param = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_time(param, static_cast<time_t>(at.micros / kMicrosPerSecond));
  X509_VERIFY_PARAM_set_depth(param, kChainDepthMax);
  X509_VERIFY_PARAM_set_auth_level(param, kSecurityLevel);
  CHECK(X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SMIME_SIGN) == 1);
  return store;
}

// The chain from the signer to the authority that vouches for it.
Result<OwnedCerts> CheckChain(const Store& store, const Certificate& signer, STACK_OF(X509) * others) {
  const StoreCtx context(X509_STORE_CTX_new());
  CHECK(context != nullptr && X509_STORE_CTX_init(context.get(), store.get(), signer.handle(), others) == 1);
  if (X509_verify_cert(context.get()) == 1) return OwnedCerts(X509_STORE_CTX_get1_chain(context.get()));
  return ChainError(X509_STORE_CTX_get_error(context.get()), signer);
}

bool AllIn(const STACK_OF(X509) * some, const STACK_OF(X509) * all) {
  for (int i = 0; i < sk_X509_num(some); ++i) {
    bool found = false;
    for (int j = 0; j < sk_X509_num(all); ++j) {
      found = found || X509_cmp(sk_X509_value(some, i), sk_X509_value(all, j)) == 0;
    }
    if (!found) return false;
  }
  return true;
}

std::optional<Instant> SigningTime(const CMS_SignerInfo* signer) {
  const int at = CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1);
  if (at < 0) return std::nullopt;
  X509_ATTRIBUTE* const attribute = CMS_signed_get_attr(signer, at);
  const ASN1_TYPE* const value = X509_ATTRIBUTE_get0_type(attribute, 0);
  if (value == nullptr || X509_ATTRIBUTE_count(attribute) != 1) return std::nullopt;
  if (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME) return std::nullopt;
  std::tm parts{};
  if (ASN1_TIME_to_tm(reinterpret_cast<const ASN1_TIME*>(value->value.asn1_string), &parts) != 1) return std::nullopt;
  return Instant{static_cast<int64_t>(timegm(&parts)) * kMicrosPerSecond};
}

bool IsStrongDigest(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  const int nid = OBJ_obj2nid(object);
  return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

// CMS_verify of OpenSSL 3.0 makes a second memory BIO of one that it is given, and loses it where the signature is of
// an unknown kind. Behind a filter it reads the one that there is.
Bio DetachedBio(ByteView content) {
  Bio filter(BIO_new(BIO_f_null()));
  Bio bytes = ReadingBio(content);
  if (filter == nullptr || bytes == nullptr) return nullptr;
  BIO_push(filter.get(), bytes.release());  // freed as one chain
  return filter;
}

}  // namespace

Result<Bytes> SealEnvelope(ByteView content, std::span<const Certificate> recipients, Instant at) {
  if (recipients.empty() || recipients.size() > kEnvelopeRecipientsMax) {
    return Fail(Code::kInvalid, "A key envelope needs 1 to 256 recipients: give at least one, and no more than that.");
  }
  if (content.size() > kEnvelopeContentMaxBytes) {
    return Fail(Code::kInvalid, "A key envelope holds 1 MiB at most: seal larger content with age.");
  }
  const auto fail = [] {
    return FailClean(Code::kInvalid, "The key envelope cannot be made: check that each certificate has a usable key.");
  };
  const Cms cms(CMS_encrypt(nullptr, nullptr, EVP_aes_256_gcm(), CMS_BINARY | CMS_PARTIAL));
  if (cms == nullptr) return fail();
  for (const Certificate& recipient : recipients) {
    TRY(recipient.CheckValidAt(at));
    const bool is_rsa = EVP_PKEY_get_base_id(X509_get0_pubkey(recipient.handle())) == EVP_PKEY_RSA;
    const uint32_t needed = is_rsa ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT;
    if ((X509_get_key_usage(recipient.handle()) & needed) == 0) {  // all bits are set if the extension is absent
      return FailClean(Code::kDenied, "The certificate " + recipient.Fingerprint().hex().substr(0, 16) +
                                          " is not meant for receiving sealed content: ask its owner for one that is.");
    }
    CMS_RecipientInfo* const info = CMS_add1_recipient_cert(cms.get(), recipient.handle(), CMS_KEY_PARAM);
    if (info == nullptr || !SetRecipientOptions(info)) return fail();
  }
  const Bio input = DetachedBio(content);
  if (input == nullptr || CMS_final(cms.get(), input.get(), nullptr, CMS_BINARY) != 1) return fail();
  return ToDer(cms.get());
}

Result<Bytes> OpenEnvelope(ByteView envelope, const Certificate& certificate, const PrivateKey& key) {
  if (!certificate.BelongsTo(key)) {
    return Fail(Code::kDenied, "The private key is not the certificate's: give the pair that the package is for.");
  }
  const Cms cms = ParseCms(envelope);
  if (cms == nullptr) return BadEnvelope();
  if (OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_id_smime_ct_authEnvelopedData) {
    return FailClean(Code::kUnsupported,
                     "The key envelope is not authenticated (AuthEnvelopedData): ask for one that is.");
  }
  if (!HasFullTag(envelope)) return BadEnvelope();
  STACK_OF(CMS_RecipientInfo)* const infos = CMS_get0_RecipientInfos(cms.get());
  const int count = sk_CMS_RecipientInfo_num(infos);
  if (count > static_cast<int>(kEnvelopeRecipientsMax)) {
    return FailClean(Code::kExhausted, "The key envelope has more than 256 recipients: ask for one with fewer.");
  }
  bool found = false;
  for (int i = 0; i < count && !found; ++i) found = IsFor(sk_CMS_RecipientInfo_value(infos, i), certificate.handle());
  if (!found) {
    return FailClean(Code::kDenied, "The key envelope is not for this certificate: use the key it was sealed to.");
  }
  const Bio output(BIO_new(BIO_s_mem()));
  CHECK(output != nullptr);
  // From here on every failure means other bytes than were written, for recipient, certificate and key fit together.
  if (CMS_decrypt(cms.get(), key.handle(), certificate.handle(), nullptr, output.get(), CMS_BINARY) != 1) {
    return BadEnvelope();
  }
  return TakeBytes(output.get());
}

Result<Bytes> SignDetached(ByteView content, const Certificate& signer, const PrivateKey& key,
                           std::span<const Certificate> chain, Instant at) {
  if (!signer.BelongsTo(key)) {
    return Fail(Code::kInvalid, "The signer's key and certificate do not belong together: give a pair.");
  }
  TRY(signer.CheckValidAt(at));
  if (content.size() > kSignedContentMaxBytes) {
    return Fail(Code::kInvalid, "A signed content may have 256 MiB at most: sign a list of digests instead.");
  }
  const auto fail = [] {
    return FailClean(Code::kInvalid, "The content cannot be signed: check that the signer's key is EC or RSA.");
  };
  constexpr unsigned kFlags = CMS_BINARY | CMS_DETACHED | CMS_PARTIAL | CMS_NOSMIMECAP;
  const Cms cms(CMS_sign(nullptr, nullptr, nullptr, nullptr, kFlags));
  if (cms == nullptr) return fail();
  CMS_SignerInfo* const info =
      CMS_add1_signer(cms.get(), signer.handle(), key.handle(), EVP_sha256(), kFlags | CMS_CADES);
  // Given here, or OpenSSL would take the system clock.
  const Time time(ASN1_TIME_set(nullptr, static_cast<time_t>(at.micros / kMicrosPerSecond)));
  if (info == nullptr || time == nullptr ||
      CMS_signed_add1_attr_by_NID(info, NID_pkcs9_signingTime, time->type, time.get(), -1) != 1) {
    return fail();
  }
  for (const Certificate& one : chain) {
    if (CMS_add1_cert(cms.get(), one.handle()) != 1) return fail();
  }
  const Bio input = DetachedBio(content);
  if (input == nullptr || CMS_final(cms.get(), input.get(), nullptr, kFlags) != 1) return fail();
  return ToDer(cms.get());
}

Result<VerifiedSignature> VerifyDetached(ByteView signature, ByteView content, std::span<const Certificate> authorities,
                                         Instant at, SignatureForm form) {
  const Cms cms = ParseCms(signature);
  if (cms == nullptr || content.size() > kSignedContentMaxBytes) return BadSignature();
  if (OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed || CMS_is_detached(cms.get()) != 1) {
    return FailClean(Code::kUnsupported, "The signature is not a detached CMS signature: ask the sender for one.");
  }
  const STACK_OF(CMS_SignerInfo)* const infos = CMS_get0_SignerInfos(cms.get());
  if (sk_CMS_SignerInfo_num(infos) != 1) {
    return FailClean(Code::kUnsupported, "The signature must have exactly one signer: ask the sender for such a one.");
  }
  CMS_SignerInfo* const info = sk_CMS_SignerInfo_value(infos, 0);
  X509_ALGOR* digest = nullptr;
  CMS_SignerInfo_get0_algs(info, nullptr, nullptr, &digest, nullptr);
  const auto claimed_at = SigningTime(info);
  if (digest == nullptr || !IsStrongDigest(digest) || !claimed_at) {
    return FailClean(Code::kUnsupported,
                     "The signature needs SHA-256 or stronger and a signing time: ask for such a one.");
  }

  // First the signature, then who made it: so that a changed byte is not reported as a stranger's certificate.
  constexpr unsigned kSignatureOnly = CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY;
  const Bio input = DetachedBio(content);
  if (input == nullptr || CMS_verify(cms.get(), nullptr, nullptr, input.get(), nullptr, kSignatureOnly) != 1) {
    return BadSignature();
  }
  const BorrowedCerts signers(CMS_get0_signers(cms.get()));
  if (signers == nullptr || sk_X509_num(signers.get()) != 1) return BadSignature();
  uint8_t* der = nullptr;
  const int der_size = i2d_X509(sk_X509_value(signers.get(), 0), &der);
  if (der_size <= 0) return BadSignature();
  const auto signer = Certificate::LoadDer({der, static_cast<size_t>(der_size)});
  OPENSSL_free(der);
  if (!signer) return std::unexpected(signer.error());

  const Store store = TRY(MakeStore(authorities, at));
  const OwnedCerts others(CMS_get1_certs(cms.get()));
  const OwnedCerts chain = TRY(CheckChain(store, *signer, others.get()));

  // The signature may name its certificate (RFC 5035); then a second certificate for the same key must not pass for it.
  if (CMS_signed_get_attr_by_NID(info, NID_id_smime_aa_signingCertificateV2, -1) >= 0) {
    const Bio again = DetachedBio(content);
    if (again == nullptr ||
        CMS_verify(cms.get(), nullptr, store.get(), again.get(), nullptr, CMS_BINARY | CMS_CADES) != 1) {
      return BadSignature();
    }
  }
  if (form == SignatureForm::kOurs) {
    // A certificate outside the chain was checked by nobody, so none may be there.
    const Bytes expected = crypto::SignatureInOurForm(info, signer->handle(), others.get());
    if (!AllIn(others.get(), chain.get()) || !std::ranges::equal(expected, signature)) return BadSignature();
  }
  ERR_clear_error();
  return VerifiedSignature{.signer = *signer, .claimed_at = *claimed_at};
}

}  // namespace crossguard
