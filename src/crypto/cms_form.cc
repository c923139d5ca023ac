#include "crypto/cms_form.h"

#include <algorithm>
#include <vector>

namespace crossguard::crypto {
namespace {

constexpr uint8_t kSequence = 0x30;
constexpr uint8_t kSet = 0x31;
constexpr uint8_t kOctetString = 0x04;
constexpr uint8_t kContext0 = 0xa0;  // constructed

const Bytes kVersion1 = {0x02, 0x01, 0x01};
// Object identifiers with their heads.
const Bytes kSignedDataType = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
const Bytes kDataType = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
const Bytes kSha256Type = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
const Bytes kEcdsaSha256Type = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
const Bytes kRsaType = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
const Bytes kNull = {0x05, 0x00};

Bytes Joined(std::initializer_list<ByteView> parts) {
  Bytes out;
  for (const ByteView part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

Bytes Element(uint8_t tag, ByteView content) {
  Bytes out = {tag};
  const size_t size = content.size();
  if (size < 0x80) {
    out.push_back(static_cast<uint8_t>(size));
  } else {
    Bytes digits;
    for (size_t rest = size; rest > 0; rest >>= 8U) digits.insert(digits.begin(), static_cast<uint8_t>(rest));
    out.push_back(static_cast<uint8_t>(0x80U | digits.size()));
    out.insert(out.end(), digits.begin(), digits.end());
  }
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

// DER orders the elements of a SET OF by their bytes.
Bytes Sorted(std::vector<Bytes> elements) {
  std::sort(elements.begin(), elements.end());
  Bytes out;
  for (const Bytes& element : elements) out.insert(out.end(), element.begin(), element.end());
  return out;
}

template <auto kWrite, class T>
Bytes Der(const T* object) {
  uint8_t* der = nullptr;
  const int size = kWrite(object, &der);
  if (size <= 0) return {};
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

}  // namespace

Bytes SignatureInOurForm(const CMS_SignerInfo* info, X509* signer, const STACK_OF(X509) * certificates) {
  const int kind = EVP_PKEY_get_base_id(X509_get0_pubkey(signer));
  if (kind != EVP_PKEY_EC && kind != EVP_PKEY_RSA) return {};
  const Bytes digest = Element(kSequence, kSha256Type);
  const Bytes algorithm =
      kind == EVP_PKEY_EC ? Element(kSequence, kEcdsaSha256Type) : Element(kSequence, Joined({kRsaType, kNull}));

  std::vector<Bytes> certificate_ders;
  for (int i = 0; i < sk_X509_num(certificates); ++i) {
    certificate_ders.push_back(Der<i2d_X509>(sk_X509_value(certificates, i)));
  }
  std::vector<Bytes> attributes;
  for (int i = 0; i < CMS_signed_get_attr_count(info); ++i) {
    attributes.push_back(Der<i2d_X509_ATTRIBUTE>(CMS_signed_get_attr(info, i)));
  }
  const Bytes signer_id = Element(kSequence, Joined({Der<i2d_X509_NAME>(X509_get_issuer_name(signer)),
                                                     Der<i2d_ASN1_INTEGER>(X509_get0_serialNumber(signer))}));
  // OpenSSL's getter takes what it does not change by non-const pointer.
  const ASN1_OCTET_STRING* const value = CMS_SignerInfo_get0_signature(const_cast<CMS_SignerInfo*>(info));
  const ByteView value_bytes(ASN1_STRING_get0_data(value), static_cast<size_t>(ASN1_STRING_length(value)));

  const Bytes signer_info =
      Element(kSequence, Joined({kVersion1, signer_id, digest, Element(kContext0, Sorted(std::move(attributes))),
                                 algorithm, Element(kOctetString, value_bytes)}));
  const Bytes signed_data =
      Element(kSequence, Joined({kVersion1, Element(kSet, digest), Element(kSequence, kDataType),
                                 Element(kContext0, Sorted(std::move(certificate_ders))), Element(kSet, signer_info)}));
  return Element(kSequence, Joined({kSignedDataType, Element(kContext0, signed_data)}));
}

}  // namespace crossguard::crypto
