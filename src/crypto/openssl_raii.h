// Private to this room: ownership of OpenSSL objects and the one way its errors become ours. No other room includes
// this.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <climits>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace crossguard::crypto::openssl {

template <auto kFree>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
template <class T, auto kFree>
using Owned = std::unique_ptr<T, Deleter<kFree>>;

using MdCtx = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using CipherCtx = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using Pkey = Owned<EVP_PKEY, EVP_PKEY_free>;
using PkeyCtx = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Bio = Owned<BIO, BIO_free_all>;
using Cert = Owned<X509, X509_free>;
using CertExtension = Owned<X509_EXTENSION, X509_EXTENSION_free>;
using DistinguishedName = Owned<X509_NAME, X509_NAME_free>;
using Store = Owned<X509_STORE, X509_STORE_free>;
using StoreCtx = Owned<X509_STORE_CTX, X509_STORE_CTX_free>;
using Cms = Owned<CMS_ContentInfo, CMS_ContentInfo_free>;
using BigNumber = Owned<BIGNUM, BN_clear_free>;
using Group = Owned<EC_GROUP, EC_GROUP_free>;
using Point = Owned<EC_POINT, EC_POINT_free>;
using Time = Owned<ASN1_TIME, ASN1_TIME_free>;
using Integer = Owned<ASN1_INTEGER, ASN1_INTEGER_free>;

// OpenSSL keeps a queue of errors per thread. Its text may quote the input, so ours says what to do instead, and the
// queue is emptied so that a later call does not find it.
inline std::unexpected<Error> FailClean(Code code, std::string message) {
  ERR_clear_error();
  return Fail(code, std::move(message));
}

// Null-safe start of a view, for C functions that dislike null even with length 0.
inline const uint8_t* Data(ByteView bytes) {
  static constexpr uint8_t kNothing = 0;
  return bytes.empty() ? &kNothing : bytes.data();
}

// An all-in-memory BIO over bytes that must outlive it. bytes.size() <= INT_MAX.
inline Bio ReadingBio(ByteView bytes) {
  return Bio(BIO_new_mem_buf(Data(bytes), static_cast<int>(bytes.size())));
}

inline Bytes TakeBytes(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size <= 0 ? Bytes{} : Bytes(reinterpret_cast<uint8_t*>(data), reinterpret_cast<uint8_t*>(data) + size);
}

}  // namespace crossguard::crypto::openssl
