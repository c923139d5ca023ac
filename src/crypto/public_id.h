// Public ids: what people, packages and the ledger call a thing. From the noun and its natural key under a key of the
// store, so the same thing always has the same id here, ids have no order, and nobody without the store's key can
// find out from an id whose account it is.
#pragma once

#include <string>
#include <string_view>

#include "base/id.h"
#include "crypto/secret.h"

namespace crossguard {

class IdMaker {
 public:
  explicit IdMaker(SecretKey store_id_key) : key_(std::move(store_id_key)) {}

  // "<prefix>-" and 16 characters a-z2-7: 80 bits of HMAC-SHA-256(key, prefix 0x00 natural key).
  template <class Noun>
  Id<Noun> Make(std::string_view natural_key) const {
    return Id<Noun>(MakeText(Noun::kPrefix, natural_key));
  }

 private:
  std::string MakeText(std::string_view prefix, std::string_view natural_key) const;
  SecretKey key_;
};

// A name-based UUID (RFC 9562 version 5 shape, from SHA-256 of the id text) for formats that want one, such as CASE.
std::string UuidOf(std::string_view id_text);

}  // namespace crossguard
