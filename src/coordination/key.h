// Deconfliction keys: one number for one account, selector or file, whoever holds it and through whatever channel it
// came. The rule is docs/formats/deconfliction.md, with the test vectors in tests/vectors/deconfliction.json.
//
// The open key is a plain digest: whoever can guess the datum can make it, so it stays in the house. Between nodes goes
// the keyed key, under a secret that the nodes of one operation share.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "crypto/secret.h"
#include "model/words.h"

namespace crossguard::coordination {

constexpr int kKeyRuleVersion = 1;
constexpr size_t kKeyPartMaxBytes = 4'096;  // of a service, an identifier or a value; longer is kInvalid

// The bytes that are hashed. Never leave the house.
class KeyMaterial {
 public:
  // kInvalid: empty, too long, not UTF-8, holds a zero byte; or an identifier that intake made from a place in a
  // report ("row:..."), which names nobody.
  static Result<KeyMaterial> OfAccount(std::string_view service, std::string_view esp_identifier);
  // value: normalised (selectors/normalise.h). kInvalid for what many people share: an address of the network, or the
  // ten digits that are kept of a card.
  static Result<KeyMaterial> OfSelector(SelectorType type, std::string_view value);
  static KeyMaterial OfFile(const Sha256& sha256);

  Sha256 OpenKey() const;

 private:
  explicit KeyMaterial(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string bytes_;
};

// What may leave the house. From the open key, so that it can be made of what came as a key only.
Sha256 KeyedKey(const SecretKey& operation_secret, const Sha256& open_key);

// True if a selector of this kind has a key at all.
bool Identifies(SelectorType type, std::string_view value);

}  // namespace crossguard::coordination
